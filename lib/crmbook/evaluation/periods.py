"""What customers did in each of the last periods, and in which tier each was when the period began.

A scorecard looks at many periods at once. The order lines are gone through once, by DuckDB; what stays is a row for
each customer and period, as numbers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.customers import definition
from crmbook.data.faults import DataError
from crmbook.lifecycle import stage
from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY, last_day
from crmbook.tiering.abc_analysis import abc

if TYPE_CHECKING:
    import pyarrow as pa

    from crmbook.data.load import Book

MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
ALL = "all"
NEW = "new"
NONE = "none"
NEVER = np.iinfo(np.int32).min  # the day number of something that has not happened
_LENT = "1200MB"  # what DuckDB may use before it writes to disk


@dataclass(frozen=True)
class Span:
    """A period of the calendar; ``end`` is the last day that counts, ``partial`` says that it is not over."""

    label: str
    start: pd.Timestamp
    end: pd.Timestamp
    partial: bool


@dataclass(frozen=True, eq=False)
class Activity:
    """Who did what in each period.

    Attributes
    ----------
    book : Book
    as_of : Timestamp
        The last day that counts.
    spans : tuple of Span
        The periods, oldest first; the first one is there to compare the second with.
    customers : Index
        Every customer the book names; the arrays below follow its order.
    tiers : tuple of str
        The tiers, best first, then ``new`` (nothing bought before the period) or ``none`` (not in the tiers given).
    tier : ndarray of int8, shape (spans, customers)
        Each customer's tier when the period began, as a number in ``tiers``.
    last : ndarray of int32, shape (spans + 1, customers)
        Day number of the last purchase before each period, and before the end of the last; ``NEVER`` without one.
    bought : ndarray of int32, same shape
        Purchase days so far.
    first : ndarray of int32, shape (customers,)
        Day number of the first purchase; ``NEVER`` without one.
    rows : DataFrame
        Customers with a line in a period: ``customer`` (number), ``span``, ``net``, ``margin``, ``orders``, ``days``.
    categories : DataFrame or None
        Customers who bought in a period: ``customer``, ``span``, ``several`` (from two categories or more).
    repeats : DataFrame or None
        Customers who bought from a category again: ``customer``, ``span``, ``repeats``, ``up`` (with a dearer product).
    gap, gaps : float, int
        The 90 % point of all days between purchase days of a customer, and how many there are; NaN and 0 without.
    start : Timestamp or None
        Day of the first order line.
    """

    book: Book
    as_of: pd.Timestamp
    spans: tuple[Span, ...]
    customers: pd.Index
    tiers: tuple[str, ...]
    tier: np.ndarray
    last: np.ndarray
    bought: np.ndarray
    first: np.ndarray
    rows: pd.DataFrame
    categories: pd.DataFrame | None
    repeats: pd.DataFrame | None
    gap: float
    gaps: int
    start: pd.Timestamp | None

    def counted(self, span: int, customer: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return how many customers (numbers) there are in each tier, or their weights added up; all of them last."""
        by_tier = np.bincount(self.tier[span][customer], weight, minlength=len(self.tiers))
        return np.append(by_tier, by_tier.sum())

    def parts(self, table: pd.DataFrame, date: str) -> Iterator[tuple[int, str, pd.DataFrame]]:
        """Yield the rows of a table that fall into each period: all of them, then those of each tier."""
        customer = self.customers.get_indexer(pd.Index(table["customer_id"])) if "customer_id" in table else None
        for number, span in enumerate(self.spans):
            inside = ((table[date] >= span.start) & (table[date] < span.end + DAY)).to_numpy()
            yield number, ALL, table[inside]
            for code, tier in enumerate(self.tiers):
                if customer is None:
                    yield number, tier, table[:0]
                else:
                    own = (customer >= 0) & (self.tier[number][customer] == code)
                    yield number, tier, table[inside & own]

    @property
    def answers(self) -> pd.DataFrame:
        """The survey, each answer dated by the middle of its wave: a wave is asked for one period.

        By its own date an answer of the first of July would count in another half-year than its wave, and the
        scorecard would show another score than the survey's own page.

        Raises
        ------
        DataError
            ``table_needed`` without a survey.
        """
        survey = needed(self.book.survey, "survey")
        if "date" in survey:  # what came after the day is not known, not even where it would put the middle
            survey = survey[~(survey["date"] >= self.as_of + DAY)]
        if "wave" not in survey or survey["wave"].isna().all():
            return survey
        middle = survey.groupby("wave", observed=True)["date"].transform("median")
        return survey.assign(date=middle.where(middle.notna() & survey["date"].notna(), survey["date"]))

    @property
    def names(self) -> tuple[str, ...]:
        """The tiers and ``all``, in the order of ``counted``."""
        return (*self.tiers, ALL)


def day_number(day: pd.Timestamp) -> int:
    """Return the days since 1970-01-01.

    Examples
    --------
    >>> day_number(pd.Timestamp("1970-01-31"))
    30
    """
    return (day - pd.Timestamp(0)).days


def spans(as_of: pd.Timestamp, periods: tuple[str, int]) -> tuple[Span, ...]:
    """Return the last periods up to a day, and the one before them.

    Parameters
    ----------
    as_of : Timestamp
        The last day that counts.
    periods : tuple of str and int
        ``"M"`` months, ``"Q"`` quarters, ``"H"`` half-years or ``"Y"`` years, and how many.

    Raises
    ------
    DataError
        ``evaluation_periods``.

    Examples
    --------
    >>> [span.label for span in spans(pd.Timestamp("2024-02-29"), ("M", 2))]
    ['2023-12', '2024-01', '2024-02']
    """
    try:
        freq, count = periods
    except (TypeError, ValueError) as problem:
        raise DataError("evaluation_periods", value=periods, choices=", ".join(MONTHS)) from problem
    if freq not in MONTHS or isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise DataError("evaluation_periods", value=periods, choices=", ".join(MONTHS))
    newest = _number(as_of, freq)
    return tuple(_span(number, freq, as_of) for number in range(newest - int(count), newest + 1))


def _span(number: int, freq: str, as_of: pd.Timestamp) -> Span:
    start, after = _first_day(number, freq), _first_day(number + 1, freq)
    label = {
        "M": f"{start:%Y-%m}",
        "Q": f"{start.year}Q{start.month // 3 + 1}",
        "H": f"{start.year}H{start.month // 6 + 1}",
        "Y": f"{start.year}",
    }[freq]
    return Span(label, start, min(after - DAY, as_of), as_of < after - DAY)


def _number(day: pd.Timestamp, freq: str) -> int:
    """Periods are numbered on from the year 0."""
    return (day.year * 12 + day.month - 1) // MONTHS[freq]


def _first_day(number: int, freq: str) -> pd.Timestamp:
    months = number * MONTHS[freq]
    return pd.Timestamp(months // 12, months % 12 + 1, 1)


def activity(
    book: Book, as_of: object = None, periods: tuple[str, int] = ("M", 2), tiers: pd.Series | None = None
) -> Activity:
    """Go through the order lines once and return what customers did in each period.

    Parameters
    ----------
    book : Book
        Without orders, everything that is counted from orders is empty.
    as_of : date-like, optional
        The last day that counts; the book's as-of date unless given.
    periods : tuple of str and int
        As in `spans`.
    tiers : Series, optional
        Each customer's tier, by ``customer_id``, the same for all periods (an ordered category keeps its order). Not
        given: ABC classes of what each customer had bought (net) before each period.

    Raises
    ------
    DataError
        ``load_as_of`` for a day that is none; ``evaluation_periods``; ``lifecycle_as_of_early`` when no order line lies
        on or before the day; ``evaluation_tier_all`` for a tier of that name.
    """
    day = dates.day(book.as_of if as_of is None else as_of)
    if book.orders is not None and len(book.orders):
        last_day(needed(book.orders, "orders", ["customer_id", "order_date", "amount"]), day)
    shown = spans(day, periods)
    code, ids = _factorised(book.orders)
    customers = _everyone(book, ids)
    lines = _lines(book.orders, code, day, periods[0], shown)
    last, bought, first, net = _so_far(lines["rows"], len(customers), len(shown))
    names, tier = _tiers(net, bought, tiers, customers)
    rows = lines["rows"]
    return Activity(
        book=book,
        as_of=day,
        spans=shown,
        customers=customers,
        tiers=names,
        tier=tier,
        last=last,
        bought=bought,
        first=first,
        rows=rows[rows["span"] >= 0].drop(columns=["first_day", "last_day"]).reset_index(drop=True),
        categories=lines["categories"],
        repeats=lines["repeats"],
        gap=lines["gap"],
        gaps=lines["gaps"],
        start=None if book.orders is None or book.orders.empty else book.orders["order_date"].min().normalize(),
    )


def _factorised(orders: pd.DataFrame | None) -> tuple[np.ndarray, pd.Index]:
    if orders is None or orders.empty:
        return np.array([], dtype=np.int32), pd.Index([], dtype="str")
    code, ids = pd.factorize(orders["customer_id"])
    return code.astype(np.int32), pd.Index(ids)


def _everyone(book: Book, ids: pd.Index) -> pd.Index:
    """The customers of the orders first, so that their numbers are the orders' codes; then those of other tables."""
    others = [
        table["customer_id"].dropna().drop_duplicates()
        for table in (book.customers, book.interactions, book.tickets, book.survey)
        if table is not None and "customer_id" in table
    ]
    if not others:
        return ids
    named = pd.Index(pd.concat(others).drop_duplicates())
    further = named[ids.get_indexer(named) < 0].sort_values()  # many times faster than isin, for text
    return ids.append(further) if len(further) else ids


_EMPTY = {
    "customer": "int32",
    "span": "int32",
    "net": "float64",
    "margin": "float64",
    "orders": "int64",
    "days": "int64",
    "first_day": "int32",
    "last_day": "int32",
}


def _lines(
    orders: pd.DataFrame | None, code: np.ndarray, as_of: pd.Timestamp, freq: str, shown: tuple[Span, ...]
) -> dict:
    if orders is None or orders.empty:
        empty = pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in _EMPTY.items()})
        return {"rows": empty, "categories": None, "repeats": None, "gap": float("nan"), "gaps": 0}
    import duckdb

    with duckdb.connect(config={"threads": min(4, os.cpu_count() or 1)}) as connection:
        connection.execute(f"SET enable_progress_bar = false; SET memory_limit = '{_LENT}'")
        connection.execute(f"SET temp_directory = '{Path(tempfile.gettempdir()) / 'crmbook'}'")
        connection.execute("SET preserve_insertion_order = false")
        connection.register("orders", _arrow(orders, code))
        connection.execute(_MACRO.format(months=MONTHS[freq], base=_number(shown[0].start, freq)))
        until = f"DATE '{as_of:%Y-%m-%d}'"
        steps = definition()[: definition().index("brought_back AS")].rstrip().rstrip(",")
        connection.execute(f"CREATE TEMP TABLE days AS {steps} {_DAYS}".replace("$as_of", until))
        connection.execute(f"CREATE TEMP TABLE returns AS {_RETURNS}")
        rows = connection.sql(_ROWS).to_arrow_table().to_pandas()
        gap, gaps = connection.sql(_GAPS.format(share=stage.QUANTILE)).fetchall()[0]
        connection.execute("DROP TABLE days")
        found = {"rows": rows.astype(_EMPTY), "gap": float("nan") if gap is None else float(gap), "gaps": int(gaps)}
        for name, query, columns in (
            ("categories", _CATEGORIES, ("category",)),
            ("repeats", _REPEATS, ("category", "product_id", "quantity")),
        ):
            there = all(column in orders and orders[column].notna().any() for column in columns)
            found[name] = connection.sql(query.replace("$as_of", until)).to_arrow_table().to_pandas() if there else None
    return found


def _arrow(orders: pd.DataFrame, code: np.ndarray) -> pa.Table:
    """The columns that are needed; customers, categories and products as numbers, which are compared much faster."""
    import pyarrow as pa

    columns = {"customer_id": pa.array(code, mask=code < 0)}
    for name in ("order_id", "order_date", "amount", "cost", "quantity"):
        if name in orders:
            values = orders[name]
            if isinstance(values.dtype, pd.CategoricalDtype):
                values = values.astype(values.cat.categories.dtype)
            columns[name] = pa.Array.from_pandas(values)
    for name in ("category", "product_id"):
        if name in orders:
            values = orders[name]
            number = values.cat.codes if isinstance(values.dtype, pd.CategoricalDtype) else pd.factorize(values)[0]
            number = np.asarray(number, dtype=np.int32)
            columns[name] = pa.array(number, mask=number < 0)
    if "order_id" not in columns:
        columns["order_id"] = pa.array(np.arange(len(orders)))
    if "cost" not in columns:
        columns["cost"] = pa.nulls(len(orders), pa.float64())
    return pa.table(columns)


_MACRO = "CREATE MACRO span(day) AS GREATEST(-1, (YEAR(day) * 12 + MONTH(day) - 1) // {months} - {base})"

_DAYS = """
SELECT
    customer_id, order_day, COUNT(*) FILTER (net >= 0) AS orders, SUM(net) AS net, SUM(margin) AS margin,
    LIST(order_id) FILTER (net < 0) AS returned
FROM customer_orders
GROUP BY customer_id, order_day
"""

_RETURNS = "SELECT customer_id, UNNEST(returned) AS order_id FROM days WHERE returned IS NOT NULL"

_ROWS = """
SELECT
    customer_id AS customer, span(order_day) AS span, ROUND(SUM(net), 6) AS net, ROUND(SUM(margin), 6) AS margin,
    CAST(SUM(orders) AS BIGINT) AS orders, COUNT(*) FILTER (orders > 0) AS days,
    COALESCE(MIN(order_day) FILTER (orders > 0) - DATE '1970-01-01', -2147483648)::INTEGER AS first_day,
    COALESCE(MAX(order_day) FILTER (orders > 0) - DATE '1970-01-01', -2147483648)::INTEGER AS last_day
FROM days
GROUP BY 1, 2
ORDER BY 2, 1
"""

_GAPS = """
SELECT QUANTILE_CONT(gap, {share}), COUNT(gap)
FROM (
    SELECT order_day - LAG(order_day) OVER (PARTITION BY customer_id ORDER BY order_day) AS gap
    FROM days
    WHERE orders > 0
) AS gaps
"""

_CATEGORIES = """
SELECT customer_id AS customer, span(order_date) AS span, MIN(category) <> MAX(category) AS several
FROM orders ANTI JOIN returns USING (customer_id, order_id)
WHERE
    customer_id IS NOT NULL AND amount >= 0 AND category IS NOT NULL
    AND order_date < $as_of + INTERVAL '1' DAY AND span(order_date) >= 0
GROUP BY 1, 2
ORDER BY 2, 1
"""

# Products are compared by their usual unit price, so that discounts and price rises do not count as selling up.
_REPEATS = """
WITH priced AS (
    SELECT customer_id, category, product_id, CAST(order_date AS DATE) AS day,
        amount / quantity AS price
    FROM orders ANTI JOIN returns USING (customer_id, order_id)
    WHERE amount > 0 AND quantity > 0 AND order_date < $as_of + INTERVAL '1' DAY AND customer_id IS NOT NULL
        AND category IS NOT NULL AND product_id IS NOT NULL
),

usual AS (SELECT product_id, MEDIAN(price) AS price FROM priced GROUP BY product_id),

visits AS (
    SELECT customer_id, category, day, MAX(usual.price) AS price
    FROM priced JOIN usual USING (product_id)
    GROUP BY customer_id, category, day
),

moves AS (
    SELECT customer_id, day, price - LAG(price) OVER (PARTITION BY customer_id, category ORDER BY day) AS change
    FROM visits
)

SELECT customer_id AS customer, span(day) AS span, COUNT(*) AS repeats, COUNT(*) FILTER (change > 0) AS up
FROM moves
WHERE change IS NOT NULL AND span(day) >= 0
GROUP BY 1, 2
ORDER BY 2, 1
"""


def _so_far(rows: pd.DataFrame, customers: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What each customer had done before each period, and before the end of the last one."""
    last = np.full((count + 1, customers), NEVER, dtype=np.int32)
    bought = np.zeros((count + 1, customers), dtype=np.int32)
    net = np.zeros((count, customers))
    first = np.full(customers, NEVER, dtype=np.int32)
    edges = np.searchsorted(rows["span"].to_numpy(), np.arange(-1, count + 1))
    columns = {name: rows[name].to_numpy() for name in ("customer", "net", "days", "first_day", "last_day")}
    for step in range(count + 1):  # step 0: what came before the first period
        if step:
            last[step], bought[step] = last[step - 1], bought[step - 1]
        part = slice(edges[step], edges[step + 1])
        who = columns["customer"][part]
        last[step][who] = np.maximum(last[step][who], columns["last_day"][part])
        bought[step][who] += columns["days"][part].astype(np.int32)
        unseen = first[who] == NEVER
        first[who[unseen]] = columns["first_day"][part][unseen]
        if step < count:
            net[step] = net[step - 1] if step else 0.0
            net[step][who] += columns["net"][part]
    return last, bought, first, net


def _tiers(
    net: np.ndarray, bought: np.ndarray, given: pd.Series | None, customers: pd.Index
) -> tuple[tuple[str, ...], np.ndarray]:
    if given is not None:
        ordered = (
            given.cat.categories if isinstance(given.dtype, pd.CategoricalDtype) else sorted(given.dropna().unique())
        )
        ordered = [tier for tier in ordered if str(tier) != NONE]
        if ALL in map(str, ordered):
            raise DataError("evaluation_tier_all", value=ALL)
        own = given[~given.index.duplicated()].reindex(customers).astype("object")
        code = pd.Index(ordered).get_indexer(own)
        code = np.where(code < 0, len(ordered), code).astype(np.int8)
        return (*map(str, ordered), NONE), np.tile(code, (len(net), 1))
    found = np.full(net.shape, 3, dtype=np.int8)
    for number, (money, days) in enumerate(zip(net, bought, strict=False)):
        ever = days > 0
        if (money[ever] > 0).any():
            classes = abc(pd.Series(money[ever].round(6)))
            found[number][ever] = pd.Index(["A", "B", "C"]).get_indexer(pd.Index(classes.astype("object")))
        else:
            found[number][ever] = 2
    return ("A", "B", "C", NEW), found
