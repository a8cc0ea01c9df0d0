"""``load``: a folder, a file or a frame to a ``Book``."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from crmbook import locale
from crmbook.data import dates, rule
from crmbook.data.faults import DataError, printable, reason
from crmbook.data.findings import Finding, as_frame
from crmbook.data.headers import NOT_OURS, accepted, match, near, other_names, recognised
from crmbook.data.home import expanded
from crmbook.data.layout import headed_by_number
from crmbook.data.numbers import SHARED, currency_of, told_apart
from crmbook.data.questions import prepared
from crmbook.data.read import ENDINGS, from_frame, read
from crmbook.data.schema import TABLES, as_read
from crmbook.data.settings import NAME, beside
from crmbook.data.settings import read as read_settings
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import listed, normal, unit_of
from crmbook.data.stack import are_one_table, stacked
from crmbook.data.states import checked
from crmbook.data.tables import typed
from crmbook.data.typed import Typed

Source = str | Path | pd.DataFrame | Mapping[str, pd.DataFrame | None]
Columns = dict[str, dict[str, str]]
ANY_TABLE = ""
ALLOWED_FAULTS = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Book:
    """A company's customer data, read and judged: a table each, None where it is not there.

    Attributes
    ----------
    orders, customers, … : pandas.DataFrame or None
        The rows that count, typed: identifiers as text, dates as ``datetime64``, amounts as float. Columns as
        ``data/sample/dictionary.md`` lists them, those that the file has.
    as_of : pandas.Timestamp
        The last day that counts.
    currency : str
        ISO code of the one currency; empty where the data do not name it.
    reconciliation : pandas.DataFrame
        What became of the order lines: part, rows, orders, money; rows read = kept + set aside.
    matches : pandas.DataFrame
        Which header was read as which column: file, table, header, column, how.
    noticed : tuple of Finding
        What ``findings`` words.
    questions : dict of str to str
        The question of each rating column of the survey, as the file has it; ``question_7`` is one that no column of
        ours is for.
    scales : dict of str to tuple of int
        The lowest and highest answer of each, as the file has them.
    country, company : str
        As the settings beside the data have them; else empty.
    """

    as_of: pd.Timestamp
    customers: pd.DataFrame | None = None
    leads: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None
    interactions: pd.DataFrame | None = None
    tickets: pd.DataFrame | None = None
    survey: pd.DataFrame | None = None
    kano: pd.DataFrame | None = None
    contracts: pd.DataFrame | None = None
    campaigns: pd.DataFrame | None = None
    spend: pd.DataFrame | None = None
    programme: pd.DataFrame | None = None
    lifestyle: pd.DataFrame | None = None
    usage: pd.DataFrame | None = None
    stores: pd.DataFrame | None = None
    currency: str = ""
    reconciliation: pd.DataFrame = field(default_factory=pd.DataFrame)
    matches: pd.DataFrame = field(default_factory=pd.DataFrame)
    noticed: tuple[Finding, ...] = ()
    questions: dict[str, str] = field(default_factory=dict)
    scales: dict[str, tuple[int, int]] = field(default_factory=dict)
    country: str = ""
    company: str = ""

    @property
    def findings(self) -> pd.DataFrame:
        """What was noticed: file, row, column, value, rule, effect, advice, rows, money; worded in the language in use.

        ``effect`` is ``set_aside`` (the rows are not in the book), ``blanked`` (the cell is blank) or ``note``.
        """
        return as_frame(self.noticed)

    @property
    def faults(self) -> pd.DataFrame:
        """The findings that cost something: rows set aside, cells blanked; not rows that are rightly no purchase."""
        found = self.findings
        return found[found["effect"].ne("note") & ~found["rule"].isin(NO_FAULTS)].reset_index(drop=True)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are there, by name, in the dictionary's order."""
        return {name: getattr(self, name) for name in TABLES if getattr(self, name) is not None}

    def need(self, table: str, *columns: str, least: int = 1) -> pd.DataFrame:
        """Return a table that an analysis cannot do without.

        Parameters
        ----------
        table : str
            ``"leads"``
        *columns : str
            Columns that must be there and not blank throughout.
        least : int
            Rows that must have all of these columns filled.

        Raises
        ------
        DataError
            When the table or a column is not there, or too few rows are filled.

        Examples
        --------
        >>> from crmbook import locale
        >>> locale.use("en")
        >>> Book(as_of=pd.Timestamp("2024-12-31")).need("leads")
        Traceback (most recent call last):
        crmbook.data.faults.DataError: This needs a table that is not there: leads (Leads).
        """
        frame = getattr(self, table)
        called = {"table": table, "words": locale.name(table)}
        if frame is None or frame.empty:
            raise DataError("no_table", **called)
        for column in columns:
            if column not in frame or frame[column].isna().all():
                raise DataError("no_column", column=column, heading=locale.label(column), **called)
        if (there := len(frame.dropna(subset=list(columns)))) < least:
            headings = locale.text("charts.and").join(locale.label(column) for column in columns)
            raise DataError("too_few_rows", headings=headings, least=least, there=there, **called)
        return frame

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(frame):,}" for name, frame in self.tables.items())
        aside = sum(finding.rows for finding in self.noticed if finding.effect == "set_aside")
        money = f" in {self.currency}" if self.currency else ""
        found = f"{aside:,} rows set aside, {len(self.noticed):,} findings"
        return f"Book(as of {self.as_of:%Y-%m-%d}{money}; {counts}; {found})"


def recall(source: Source, settings: Mapping[str, object]) -> Book | None:
    """Return a book that has been read before; a run whose notebooks read the same puts another function in this place.

    ``settings`` has what `load` was given besides the source, where it is not what stands there by default.
    """
    return None


def finish(book: Book) -> Book:
    """Return a book as whoever asked for it gets it; the report of one group puts another function in this place."""
    return book


def load(
    source: Source,
    preset: str | None = None,
    columns: Mapping | None = None,
    as_of: object = None,
    encoding: str | None = None,
    date_format: str | None = None,
    test_orders: Collection[str] | None = None,
    allowed_faults: float | None = None,
    states: Mapping[str, str] | None = None,
    unit: str | None = None,
    settings: str | Path | None = None,
) -> Book:
    """Read a company's data, judge every row, and return them as a book.

    Parameters
    ----------
    source : str, pathlib.Path, pandas.DataFrame or mapping of str to pandas.DataFrame
        A folder of CSV, Parquet or Excel files named after the tables (``orders.csv``, ``客户.xlsx`` …), one file of
        orders, a frame of orders, or frames by table name.
    preset : str, optional
        The name of a CRM system's export layout.
    columns : mapping, optional
        Own header to our column, ``{"Betrag": "amount"}``; for several tables ``{"orders": {"Betrag": "amount"}}``. It
        goes before what is recognised: our name, another spelling of it, a known heading in English or Chinese.
        ``"state"`` for a column that says what an order's rows mean, ``"ignore"`` for one that is to be left alone.
    as_of : str, datetime.date or pandas.Timestamp, optional
        The last day that counts, text as YYYY-MM-DD or in any way that can be read as one day only; the day of the last
        valid order when not given.
    encoding : str, optional
        Of text files; found out when not given.
    date_format : str, optional
        ``"dmy"`` or ``"mdy"`` for dates such as 05/01/2024, or a ``strptime`` pattern.
    test_orders : collection of str
        Order ids that are tests.
    allowed_faults : float, optional
        The largest share of faulty rows that a file may have, 0.05 when not given.
    states : mapping of str to str, optional
        What a value of a column of states means, where it is not known or known otherwise: ``"sale"``, ``"return"`` or
        ``"neither"``, as in ``{"已发货": "sale"}``.
    unit : str, optional
        What amounts are counted in where the file does not say so, or says it wrongly: ``"万元"``, ``"k"``.
    settings : str or pathlib.Path, optional
        A file of settings; when not given, ``crmbook.toml`` in the folder or beside the file, where there is one. It
        holds any of these arguments by name, and ``currency``, ``country`` and ``company``. An argument goes before it;
        of ``columns`` and ``states`` both hold.

    Returns
    -------
    Book

    Raises
    ------
    DataError
        When the data would make every figure wrong: no customer, date or amount column, an unreadable encoding, no
        valid row, two currencies, identifiers in scientific notation, dates whose order cannot be told, too many faulty
        rows; or when an argument does not fit the data.

    Examples
    --------
    >>> days = ["2024-01-05", "2024-02-01"]
    >>> load(pd.DataFrame({"客户编号": ["001", "002"], "下单日期": days, "金额": ["¥1,200", "(40.00)"]}))
    Book(as of 2024-02-01 in CNY; orders 2; 0 rows set aside, 1 findings)
    """
    given = {"preset": preset, "columns": columns, "as_of": as_of, "encoding": encoding, "date_format": date_format}
    given |= {"test_orders": test_orders, "states": states, "allowed_faults": allowed_faults, "unit": unit}
    explicit = {name: value for name, value in {**given, "settings": settings}.items() if value is not None}
    if explicit.get("as_of") == "":
        del explicit["as_of"]
    if (known := recall(source, explicit)) is not None:
        return finish(known)
    kept, findings = _settings(source, settings)
    preset = preset if preset is not None else kept.get("preset")
    encoding = encoding if encoding is not None else kept.get("encoding")
    date_format = date_format if date_format is not None else kept.get("date_format")
    test_orders = test_orders if test_orders is not None else kept.get("test_orders", ())
    allowed_faults = allowed_faults if allowed_faults is not None else kept.get("allowed_faults", ALLOWED_FAULTS)
    if not (isinstance(allowed_faults, int | float) and 0 <= allowed_faults <= 1):
        raise DataError("load_allowed_faults", value=allowed_faults)
    times = _times(unit if unit is not None else kept.get("unit"))
    accepted(TABLES["orders"], preset)
    said = checked(kept.get("states", {})) | checked(states if states is not None else {})
    asked = dates.day(as_of) if as_of is not None else None
    told = _columns_by_table(columns or {})
    by_table = _columns_by_table(kept.get("columns", {}))
    for told_table, mine in told.items():
        by_table[told_table] = {**by_table.get(told_table, {}), **mine}
    sheets, noticed = _sheets(source, preset, by_table, encoding, told)
    findings += noticed
    by_table = {key: mine for key, mine in by_table.items() if key in (*sheets, *told, ANY_TABLE)}
    own = _own_headers(by_table, sheets)
    survey = prepared(sheets["survey"], own["survey"]) if "survey" in sheets else None
    tables = {}
    for name, sheet in sheets.items():
        try:
            table, columns_of = as_read(TABLES[name]), own[name]
            if survey and name == "survey":
                sheet, table, columns_of = survey.sheet, survey.table, {**own[name], **survey.columns}
                findings += survey.findings
            tables[name] = typed(sheet, table, columns_of, preset, date_format, allowed_faults, said, times)
        except DataError as refused:
            if name == "orders" or len(sheets) == 1 or refused.code in OF_THE_USER:
                raise
            findings.append(Finding(sheet.file, "table_unread", "note", value=str(refused)))
    currency = _currency(tables, kept.get("currency", ""))
    orders = tables.get("orders")
    if orders is not None:
        _number_orders(orders)
        rule.mark_duplicates(orders, sheets["orders"].frame)
        rule.mark_tests(orders, test_orders)
        rule.mark_accounts(orders, tables.get("customers"))
        _cross_check(orders, tables.get("customers"))
    day = asked if asked is not None else rule.last_day(tables)
    rule.apply_as_of(tables, day)
    if orders is not None:
        _check_kept(orders, day)
    book = Book(
        as_of=day,
        **{name: _finished(table) for name, table in tables.items()},
        currency=currency,
        reconciliation=rule.reconciliation(orders) if orders is not None else NO_ORDERS.copy(),
        country=kept.get("country", ""),
        company=kept.get("company", ""),
        questions=survey.questions if survey else {},
        scales=survey.scales if survey else {},
        matches=pd.DataFrame([found for table in tables.values() for found in table.matches]),
        noticed=(*findings, *(finding for table in tables.values() for finding in table.findings)),
    )
    return finish(book)


ALLOWED_FAULTS = 0.05
OF_THE_USER = (
    *("load_columns_twice", "load_columns_header", "load_columns_target", "load_columns_turned"),
    *("load_date_format", "load_date_ambiguous", "load_encoding_wrong"),
)
"""Refusals of what the user said, which stop everything; any other closes its own table."""

NO_FAULTS = ("state_aside", "anonymous", "overlap")
"""Rules by which rows are set aside that are sound: no sales, sales to nobody known, what stands in two files."""

NO_ORDERS = pd.DataFrame({"part": [], "rows": [], "orders": [], "money": []})


def _settings(source: Source, settings: str | Path | None) -> tuple[dict, list[Finding]]:
    """The settings that hold for a source, and the note that says so."""
    path = expanded(settings) if settings is not None else None
    if path is None and isinstance(source, str | os.PathLike) and str(source):
        path = beside(expanded(source))
    if path is None:
        return {}, []
    kept = read_settings(path)
    said = [Finding(path.name, "settings_used", "note", value=", ".join(kept))] if kept else []
    return kept, said


def _times(unit: object) -> float | None:
    """What amounts are multiplied by, as the user says; None where he says nothing."""
    if unit is None:
        return None
    times = unit_of(unit) if isinstance(unit, str) else None
    if times is None:
        raise DataError("load_unit", value=unit)
    return times


# Sources --------------------------------------------------------------------------------------------------------------


def _sheets(
    source: Source, preset: str | None, columns: Columns, encoding: str | None, strict: Collection[str]
) -> tuple[dict[str, Sheet], list[Finding]]:
    if isinstance(source, pd.DataFrame):
        return {"orders": from_frame("orders", source)}, []
    if isinstance(source, Mapping):
        frames = {_table(str(name)): frame for name, frame in source.items() if frame is not None}
        for name, frame in frames.items():
            if not isinstance(frame, pd.DataFrame):
                raise DataError("load_source", value=f"{name}: {type(frame).__name__}")
        return {name: from_frame(name, frames[name]) for name in TABLES if name in frames}, []
    if not isinstance(source, str | os.PathLike):
        raise DataError("load_source", value=type(source).__name__)
    path = expanded(source)
    try:
        if not str(source) or not path.exists():
            raise DataError("no_source", source=source or '""')
        if not path.is_dir():
            return _single(path, preset, columns, encoding, strict), []
        files, findings = _files(path)
    except OSError as problem:
        raise DataError("load_no_access", file=path.name, reason=reason(problem)) from problem
    sheets = {}
    for name, parts in files.items():
        try:
            sheets[name] = _sheet(parts, name, preset, columns, encoding)
        except DataError as refused:
            if refused.code not in ("load_empty", "load_no_rows") or name == "orders" or len(files) == 1:
                raise
            findings.append(Finding(parts[0].name, "table_empty", "note"))
    return sheets, findings


def _single(
    path: Path, preset: str | None, columns: Columns, encoding: str | None, strict: Collection[str]
) -> dict[str, Sheet]:
    """Read a file as the table that its name says, as orders, or as the table whose required columns it has."""
    named = {**other_names(), **_table_names()}
    by_name = named.get(normal(path.stem)) or named.get(_bare(path.stem), "")
    told = next((table for table in columns if table != ANY_TABLE), "")
    first: DataError | None = None
    tries = (by_name, "orders") if by_name else (told, "orders", "tickets", "survey")
    for name in dict.fromkeys(filter(None, tries)):
        try:
            sheet = _sheet([path], name, preset, columns, encoding)
            mine = {table: own for table, own in columns.items() if table in {ANY_TABLE, name, *strict}}
            own = _own_headers(mine, {name: sheet})[name]
            match(sheet, as_read(TABLES[name]), own, preset)
            if name == "survey" and not by_name and not prepared(sheet, own).questions:
                break  # a number in each row makes no survey
            return {name: sheet}
        except DataError as refused:
            first = first or refused
            if refused.code not in ANOTHER_TABLE:
                break
    assert first is not None
    raise first


ANOTHER_TABLE = (
    *("load_column_missing", "load_column_nowhere", "load_no_header"),
    *("load_layout_months", "load_layout_rfm", "load_layout_pivot", "load_layout_two_headers"),
)
"""Refusals after which a file may still be another table."""


def _sheet(files: list[Path], name: str, preset: str | None, columns: Columns, encoding: str | None) -> Sheet:
    own = {**columns.get(ANY_TABLE, {}), **columns.get(name, {})}

    def recognise(words: list[str]) -> int:
        return recognised(words, as_read(TABLES[name]), own, preset)

    sheets = [read(file, recognise, encoding) for file in files]
    if own and all(header.isdecimal() for header in own):  # a file without a header, its columns called 1, 2, 3
        sheets = [sheet if set(own) <= set(sheet.headers) else headed_by_number(sheet) for sheet in sheets]
    names = [file.name for file in files]
    for file, sheet in zip(files, sheets, strict=True):
        if not are_one_table(sheets[0].headers, sheet.headers, recognise) and sheet is not sheets[0]:
            raise DataError("load_two_files", table=name, files=f"{names[0]}, {file.name}")
    return stacked(", ".join(names), sheets, names)


def _files(folder: Path) -> tuple[dict[str, list[Path]], list[Finding]]:
    """Return the files of each table; several are its parts when their names differ in a date or a number only."""
    there = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "~")) and not path.is_dir()]
    left = [path for path in there if path.suffix.lower() in ENDINGS]
    found: dict[str, list[Path]] = {}
    for known, name_of in ((_table_names(), _bare), (other_names(), _bare)):
        new: dict[str, list[Path]] = {}
        for path in left:
            name = known.get(normal(path.stem)) or known.get(name_of(path.stem), "")
            if name and name not in found:
                new.setdefault(name, []).append(path)
        for name, parts in new.items():
            stems = [normal(path.stem) for path in parts]
            if len(set(stems)) < len(stems) or len({name_of(path.stem) for path in parts}) > 1:
                raise DataError("load_two_files", table=name, files=", ".join(path.name for path in parts))
        found |= new
        left = [path for path in left if path not in {one for parts in new.values() for one in parts}]
    findings = [
        Finding(printable(path.name), "file_ignored", "note") for path in left if path.stem != "truth"
    ]  # the answer key of the sample data is no table
    for path in there:
        name = _table_names().get(normal(path.name.split(".")[0]), "")
        if not name or name in found or path.suffix.lower() in ENDINGS:
            continue
        if name == "orders":
            raise DataError("load_file_type", file=path.name, endings=", ".join(ENDINGS))
        findings.append(Finding(path.name, "file_kind", "note"))
    for path in (one for parts in found.values() for one in parts):
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            raise DataError("load_link", file=path.name, folder=folder.name)
    if not found:
        others = ", ".join(finding.file for finding in findings) or "–"
        raise DataError("load_no_table", folder=folder.name, files=others, tables=", ".join(TABLES))
    return {name: found[name] for name in TABLES if name in found}, findings


def _bare(stem: str) -> str:
    """Return a file's name without dates, numbers and what exports add to it: ``客户对象导出结果_20240701`` is 客户."""
    plain = re.sub(r"\d+", " ", stem.casefold())
    for word in sorted(listed()["file_noise"]["words"], key=len, reverse=True):
        alone = rf"(?<![a-z]){re.escape(word)}(?![a-z])" if len(word) < 4 else re.escape(word)
        plain = re.sub(alone, " ", plain.replace("_", " "))
    return normal(plain)


def _table(name: str) -> str:
    known = _table_names()
    if normal(name) not in known:
        raise DataError("load_table", value=name, nearest=", ".join(near(name, list(TABLES))) or ", ".join(TABLES))
    return known[normal(name)]


def _table_names() -> dict[str, str]:
    """The names a file may have: the table's own, and its names in both languages."""
    names = {normal(table): table for table in TABLES}
    for key, entry in locale.entries():
        kind, _, value = key.partition(".")
        if kind == "value" and value in TABLES:
            names |= {normal(entry[language]): value for language in locale.LANGUAGES}
    return names


# The user's own headers -----------------------------------------------------------------------------------------------


def _columns_by_table(columns: Mapping) -> Columns:
    wrong = not isinstance(columns, Mapping) or not all(isinstance(value, str | Mapping) for value in columns.values())
    if wrong:
        raise DataError("load_columns_form", value=columns)
    if any(isinstance(value, Mapping) for value in columns.values()):
        return {_table(str(table)): dict(own) for table, own in columns.items()}
    return {ANY_TABLE: dict(columns)}


def _own_headers(columns: Columns, sheets: dict[str, Sheet]) -> Columns:
    """The user's headers for each table; what is said for all tables holds in those that have the header."""
    for table in columns:
        if table != ANY_TABLE and table not in sheets:
            raise DataError("load_columns_table", table=table, tables=", ".join(sheets))
    everywhere = columns.get(ANY_TABLE, {})
    if len(sheets) == 1:
        return {name: {**everywhere, **columns.get(name, {})} for name in sheets}
    own = {
        name: {
            header: column
            for header, column in everywhere.items()
            if normal(header) in map(normal, sheet.headers) and column in (*as_read(TABLES[name]).names, *NOT_OURS)
        }
        for name, sheet in sheets.items()
    }
    for header in everywhere:
        if not any(header in found for found in own.values()):
            headers = [one for sheet in sheets.values() for one in sheet.headers]
            nearest = ", ".join(near(header, headers)) or "–"
            raise DataError("load_columns_header", file=", ".join(sheets), value=header, nearest=nearest)
    return {name: {**own[name], **columns.get(name, {})} for name in sheets}


# The whole book -------------------------------------------------------------------------------------------------------


def _currency(tables: dict[str, Typed], told: str = "") -> str:
    """The book's one currency, from the signs beside its numbers, the column that names it and the settings."""
    seen: dict[str, tuple[str, str, int, str]] = {}
    if told:
        seen[currency_of(told)] = (NAME, "currency", 1, told)
    for table in tables.values():
        if "currency" in table.frame:
            words = table.frame["currency"].where(table.part == "").drop_duplicates().dropna()
            for row, word in zip(table.rows[words.index], words, strict=True):
                seen.setdefault(currency_of(word), (table.file, "currency", int(row), word))
        for code, (column, row, value) in table.currencies.items():
            seen.setdefault(code, (table.file, column, row, value))
    codes = told_apart(seen)
    seen = {SHARED.get(code, (code,))[0]: seen[code] for code in codes}
    if len(seen) > 1:
        names = ("file", "column", "row", "value", "currency")
        (one, place), (other, other_place) = list(seen.items())[:2]
        facts = dict(zip(names, (*place, one), strict=True))
        other_facts = {f"other_{name}": fact for name, fact in zip(names, (*other_place, other), strict=True)}
        raise DataError("load_two_currencies", **facts, **other_facts)
    return next(iter(seen), "")


def _number_orders(orders: Typed) -> None:
    """Where a file has no order numbers, each line is an order of its own."""
    if "order_id" not in orders.frame:
        numbers = zip(range(len(orders.rows)), orders.rows, strict=True)
        names = [f"{orders.place(at)} row {row}" if orders.places else f"row {row}" for at, row in numbers]
        made = pd.Series(names, index=orders.frame.index, dtype="str")
        orders.frame.insert(0, "order_id", made)
        orders.remark("order_id_made", "order_id")


def _cross_check(orders: Typed, customers: Typed | None) -> None:
    kept = orders.part == ""
    frame = orders.frame
    pairs = frame.loc[kept, ["order_id", "customer_id"]].drop_duplicates()
    shared = pairs.loc[pairs["order_id"].duplicated(keep=False), "order_id"]
    orders.note("order_shared", frame["order_id"].isin(shared).to_numpy() & kept, "order_id")
    if orders.places:
        part = np.searchsorted([start for start, _ in orders.places], np.arange(len(frame)), side="right")
        spans = pd.Series(part[kept]).groupby(frame["order_id"][kept].to_numpy()).nunique()
        several = spans.index[spans > 1]
        orders.note("order_in_two", frame["order_id"].isin(several).to_numpy() & kept, "order_id")
    if customers is not None:
        known = frame["customer_id"].isin(customers.kept["customer_id"]).to_numpy()
        orders.note("customer_unknown", ~known & kept, "customer_id")


def _check_kept(orders: Typed, as_of: pd.Timestamp) -> None:
    if (orders.part == "").any():
        return
    after = orders.frame.loc[orders.part == "after_as_of", "order_date"]
    if after.empty:
        raise DataError("load_nothing_kept", file=orders.file, rows=len(orders.part))
    raise DataError("load_as_of_before", file=orders.file, as_of=f"{as_of:%Y-%m-%d}", first=f"{after.min():%Y-%m-%d}")


def _finished(table: Typed) -> pd.DataFrame:
    """The rows that stay; whole numbers become integers where no cell is blank."""
    left_out = set(as_read(TABLES[table.table.name]).names) - set(TABLES[table.table.name].names)
    frame = table.kept[[name for name in table.frame if name not in left_out]].reset_index(drop=True)
    integers = [column.name for column in table.table.columns if column.kind == "integer" and column.name in frame]
    return frame.astype({name: "int64" for name in integers if (frame[name] % 1 == 0).all()})
