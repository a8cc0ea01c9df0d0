"""The tables and their columns: the one place where a column is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from crmbook import locale
from crmbook.locale import label, meaning, name, text

if TYPE_CHECKING:
    import pandera.pandas as pandera

Kind = Literal["id", "text", "number", "integer", "date", "flag", "category"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Its English name, the one that code and files use; ``crmbook.locale.label`` gives the heading a reader sees.
    kind : str
        ``"id"`` (text, leading zeros kept), ``"text"``, ``"number"``, ``"integer"`` (blanks allowed), ``"date"`` (a
        day, or a day with its time), ``"flag"`` (yes or no) or ``"category"`` (text from a short list).
    required : bool
        Whether the table must have the column, with a value in each row.
    unit : str
        What a number counts (``"currency"``, ``"minute"`` …), or how fine a date is (``"day"``, ``"minute"``,
        ``"month"``).
    allowed : tuple of str
        The only values a category takes. Empty: any short text, because a company has its own list.
    low, high : float, optional
        The smallest and the largest value of a number.
    words : str
        The scale of ``labels.WORDS`` by which answers in words are read as numbers; empty: numbers only.
    """

    name: str
    kind: Kind
    required: bool = False
    unit: str = ""
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Table:
    """One table: its name, the columns that identify a row (none: rows have no key) and all columns in their order."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def __getitem__(self, column: str) -> Column:
        for candidate in self.columns:
            if candidate.name == column:
                return candidate
        raise KeyError(column)

    @property
    def names(self) -> list[str]:
        """The columns' names in their order."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        """The names of the columns that must be there."""
        return [column.name for column in self.columns if column.required]


LIKERT_ITEMS = tuple(f"item_{number}" for number in range(1, 13))
SATISFACTION_ITEMS = ("product_quality", "service_attitude", "delivery_speed", "after_sales", "price")
ACCOUNT_TYPES = ("consumer", "partner", "supplier", "staff")


def _key(column: str) -> Column:
    return Column(column, "id", required=True)


def _day(column: str, required: bool = False) -> Column:
    return Column(column, "date", required, unit="day")


def _moment(column: str, required: bool = False) -> Column:
    return Column(column, "date", required, unit="minute")


def _money(column: str, required: bool = False, low: float | None = None) -> Column:
    return Column(column, "number", required, unit="currency", low=low)


def _scale(column: str, low: int, high: int, words: str = "") -> Column:
    return Column(column, "integer", unit="point", low=low, high=high, words=words)


_LATITUDE = Column("latitude", "number", unit="degree", low=-90, high=90)
_LONGITUDE = Column("longitude", "number", unit="degree", low=-180, high=180)

_TABLES = (
    Table(
        "customers",
        ("customer_id",),
        (
            _key("customer_id"),
            Column("name", "text"),
            Column("gender", "category"),
            _day("birth_date"),
            Column("province", "category"),
            Column("city", "category"),
            Column("city_tier", "category"),
            Column("income_band", "category"),
            Column("education", "category"),
            Column("occupation", "category"),
            Column("lifestyle", "category"),
            Column("account_type", "category", allowed=ACCOUNT_TYPES),
            Column("industry", "category"),
            Column("channel", "category"),
            _day("signup_date"),
            _money("acquisition_cost", low=0),
            Column("credit_grade", "category"),
            Column("owner", "category"),
            _day("last_followed"),
            Column("referrer_id", "id"),
            _day("exit_date"),
            Column("exit_reason", "category"),
            Column("store", "category"),
            _LATITUDE,
            _LONGITUDE,
        ),
    ),
    Table(
        "leads",
        ("lead_id",),
        (
            _key("lead_id"),
            Column("customer_id", "id"),
            _day("created_at", required=True),
            Column("source", "category"),
            Column("owner", "category"),
            Column("status", "category", allowed=("new", "contacted", "qualified", "converted", "lost")),
            _day("converted_at"),
        ),
    ),
    Table(
        "orders",
        (),
        (
            Column("order_id", "id"),
            _key("customer_id"),
            _day("order_date", required=True),
            Column("product_id", "category"),
            Column("category", "category"),
            Column("quantity", "number", unit="piece"),
            _money("amount", required=True),
            _money("cost"),
            Column("channel", "category"),
            Column("discount", "number", unit="share", low=0, high=1),
            _day("due_date"),
            _day("paid_date"),
            Column("currency", "category"),
            Column("store", "category"),
            Column("hour", "integer", unit="hour", low=0, high=23),
            Column("days_late", "integer", unit="day", low=0),
        ),
    ),
    Table(
        "interactions",
        (),
        (
            _key("customer_id"),
            _day("date", required=True),
            Column("kind", "category", allowed=("visit", "inquiry", "demo", "trial", "call", "email", "event")),
            Column("channel", "category"),
            Column("outcome", "category"),
            Column("minutes", "number", unit="minute", low=0),
            _money("cost", low=0),
        ),
    ),
    Table(
        "tickets",
        ("ticket_id",),
        (
            _key("ticket_id"),
            _key("customer_id"),
            _moment("opened_at", required=True),
            _moment("first_response_at"),
            _moment("closed_at"),
            Column("kind", "category", allowed=("complaint", "request")),
            Column("category", "category"),
            _scale("severity", 1, 3, "severity"),
            Column("product_id", "category"),
            Column("reopened", "flag"),
            Column("resolution", "category"),
            Column("order_id", "id"),
            Column("channel", "category"),
        ),
    ),
    Table(
        "survey",
        ("response_id",),
        (
            _key("response_id"),
            Column("customer_id", "id"),
            _day("date"),
            Column("wave", "category"),
            Column("channel", "category"),
            *(_scale(item, 1, 5, "satisfaction") for item in SATISFACTION_ITEMS),
            _scale("overall", 1, 5, "satisfaction"),
            _scale("recommend", 0, 10, "numbers"),
            _scale("effort", 1, 7, "numbers"),
            Column("comment", "text"),
        ),
    ),
    Table(
        "kano",
        ("response_id", "feature"),
        (
            _key("response_id"),
            Column("feature", "category", required=True),
            _scale("functional", 1, 5, "kano"),
            _scale("dysfunctional", 1, 5, "kano"),
        ),
    ),
    Table(
        "contracts",
        ("customer_id", "start_date"),
        (
            _key("customer_id"),
            _day("start_date", required=True),
            _day("end_date"),
            Column("renewals", "integer", low=0),
            Column("plan", "category"),
            _money("monthly_fee", low=0),
        ),
    ),
    Table(
        "campaigns",
        ("campaign", "customer_id"),
        (
            Column("campaign", "category", required=True),
            _key("customer_id"),
            _day("date"),
            Column("arm", "category", required=True, allowed=("treated", "holdout")),
            Column("offer", "category"),
            _money("cost", low=0),
            Column("responded", "flag"),
        ),
    ),
    Table(
        "spend",
        (),
        (
            Column("month", "date", required=True, unit="month"),
            Column("purpose", "category", required=True, allowed=("acquisition", "retention", "service")),
            Column("channel", "category"),
            Column("tier", "category"),
            _money("amount", required=True),
        ),
    ),
    Table(
        "programme",
        ("customer_id",),
        (
            _key("customer_id"),
            Column("group", "category", required=True, allowed=("treated", "control")),
            _day("start_date", required=True),
        ),
    ),
    Table(
        "lifestyle",
        ("customer_id",),
        (_key("customer_id"), *(_scale(item, 1, 5, "satisfaction") for item in LIKERT_ITEMS)),
    ),
    Table(
        "usage",
        ("customer_id", "month"),
        (
            _key("customer_id"),
            Column("month", "date", required=True, unit="month"),
            Column("active_days", "integer", unit="day", low=0, high=31),
            Column("sessions", "integer", low=0),
            Column("minutes", "number", unit="minute", low=0),
        ),
    ),
    Table(
        "stores",
        ("store",),
        (
            _key("store"),
            Column("city", "category"),
            Column("province", "category"),
            _LATITUDE,
            _LONGITUDE,
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every table a book can hold, by name, in the dictionary's order."""

_ON_THE_WAY = {"orders": (_money("unit_price"), _money("refund"))}


def as_read(table: Table) -> Table:
    """Return a table with the columns that are read to make others of it and then left out.

    Examples
    --------
    >>> as_read(TABLES["orders"]).names[-2:]
    ['unit_price', 'refund']
    """
    return Table(table.name, table.key, (*table.columns, *_ON_THE_WAY.get(table.name, ())))


TRUTH = Table(
    "truth",
    ("entity", "id"),
    (
        Column("entity", "category", required=True),
        _key("id"),
        Column("state", "category"),
        _day("lapse_date"),
        Column("segment", "category"),
        Column("psychographic", "category"),
        Column("theme", "category"),
        Column("sentiment", "category"),
        Column("template", "category"),
        Column("value", "text"),
    ),
)
"""What the generator of the sample data drew. No book holds it: it is the answer key, not data."""


def frame_schema(table: Table) -> pandera.DataFrameSchema:
    """Return the pandera schema that a frame of this table must pass.

    Nothing is coerced: numbers, dates and flags are parsed before. A column that is not required may be missing or
    blank; a column that the table does not name is left alone. Each check carries a rule's name, which pandera reports
    as ``failure_cases["check"]``: ``kind``, ``allowed``, ``low`` or ``high`` beside pandera's own ``not_nullable``,
    ``column_in_dataframe`` and ``multiple_fields_uniqueness``.

    Parameters
    ----------
    table : Table
        One of ``TABLES``.

    Returns
    -------
    pandera.DataFrameSchema
        To be called as ``.validate(frame, lazy=True)``, which lists every fault.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": ["C1"], "group": ["treated"], "start_date": [pd.Timestamp("2024-01-01")]})
    >>> len(frame_schema(TABLES["programme"]).validate(frame, lazy=True))
    1
    """
    import pandera.pandas as pandera

    return pandera.DataFrameSchema(
        columns={
            column.name: pandera.Column(
                dtype=None,
                checks=_checks(column),
                nullable=not column.required,
                required=column.required,
            )
            for column in table.columns
        },
        unique=list(table.key) or None,
        report_duplicates="exclude_first",
        strict=False,
        coerce=False,
        name=table.name,
    )


def _checks(column: Column) -> list[pandera.Check]:
    import pandera.pandas as pandera

    checks = [pandera.Check(lambda values: _is_of(column.kind, values), name="kind")]
    if column.allowed:
        checks.append(pandera.Check(lambda values: values.isin(column.allowed), name="allowed"))
    if column.low is not None:
        checks.append(pandera.Check(lambda values: values >= column.low, name="low"))
    if column.high is not None:
        checks.append(pandera.Check(lambda values: values <= column.high, name="high"))
    return checks


def _is_of(kind: Kind, values: pd.Series) -> bool | pd.Series:
    types = pd.api.types
    if values.empty:
        return True
    if kind == "number":
        return types.is_numeric_dtype(values)
    if kind == "integer":
        return types.is_numeric_dtype(values) and values.mod(1).eq(0)
    if kind == "date":
        return types.is_datetime64_any_dtype(values)
    if kind == "flag":
        return types.is_bool_dtype(values) or (types.is_numeric_dtype(values) and values.isin([0, 1]))
    return values.map(lambda value: isinstance(value, str))


def dictionary() -> str:
    """Return the data dictionary, English then Chinese, as the text of ``data/sample/dictionary.md``.

    Examples
    --------
    >>> dictionary().splitlines()[0]
    '# Data dictionary · 数据字典'
    """
    before = locale.language()
    try:
        parts = []
        for language in ("en", "zh"):
            locale.use(language)
            parts.append(_part())
    finally:
        locale.use(before)
    return "# Data dictionary · 数据字典\n\n" + "\n".join(parts)


def _part() -> str:
    lines = [f"## {text('data.dictionary_title')}", "", text("data.dictionary_intro"), ""]
    headings = [text(f"data.heading_{heading}") for heading in ("column", "label", "kind", "unit", "values", "meaning")]
    for table in [*TABLES.values(), TRUTH]:
        lines += [f"### {table.name} · {name(table.name)}", ""]
        key = ", ".join(f"`{column}`" for column in table.key)
        lines += [text("data.key_is", columns=key) if key else text("data.key_none"), ""]
        lines += ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
        lines += [_row(column) for column in table.columns]
        lines += [""]
    return "\n".join(lines)


def _row(column: Column) -> str:
    column_name = f"`{column.name}`" + (" *" if column.required else "")
    unit = name(column.unit) if column.unit else ""
    cells = [column_name, label(column.name), name(column.kind), unit, _values(column), meaning(column.name)]
    return "| " + " | ".join(cells) + " |"


def _values(column: Column) -> str:
    if column.allowed:
        return text("data.comma").join(f"`{value}` {name(value)}" for value in column.allowed)
    if column.low is not None and column.high is not None:
        return f"{column.low:g} – {column.high:g}"
    return f"≥ {column.low:g}" if column.low is not None else ""
