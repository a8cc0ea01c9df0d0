"""Who bought, and when: what stages, retention, churn, offers, recovery and loyalty are counted from.

The purchase rule stands in ``customers.sql`` and nowhere else: lines under one order id are one order, an order below
zero is a return and no purchase, purchases of a customer on one day are one purchase day.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.customers import definition
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

DAY: Any = pd.Timedelta(days=1)

_SPAN = 1_000_000  # days; more than any calendar holds, so that customers do not run into each other


def end_of(as_of: Any) -> pd.Timestamp:
    """Return the moment at which the as-of day is over; a moment with a time of day is that moment.

    Parameters
    ----------
    as_of : str, date or Timestamp

    Raises
    ------
    DataError
        ``load_as_of`` for what names no day.

    Examples
    --------
    >>> end_of("2024-01-31")
    Timestamp('2024-02-01 00:00:00')
    """
    last = dates.day(as_of)
    try:
        moment = pd.Timestamp(as_of).tz_localize(None)
    except ValueError:  # a day in words that pandas does not read
        moment = last
    return moment if moment.normalize() == last != moment else last + pd.Timedelta(days=1)


def purchases(orders: pd.DataFrame, as_of: Any) -> pd.DataFrame:
    """Return a row for each order: lines of a customer under one order_id are one order.

    Parameters
    ----------
    orders : DataFrame
        Order lines: ``order_id``, ``customer_id``, ``order_date``, ``amount`` (returns negative).
    as_of : str, date or Timestamp
        The last day that counts.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``order_id``, ``date`` (of the first line), ``net`` and ``returned`` (the lines add up to
        less than zero: no purchase).

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> day, money = pd.Timestamp("2024-01-05"), [5.0, 4.0, -5.0]
    >>> lines = pd.DataFrame({"order_id": ["1", "1", "2"], "customer_id": "C1", "order_date": day, "amount": money})
    >>> purchases(lines, "2024-01-31")["returned"].tolist()
    [False, True]
    """
    found = query(
        "brought_back",
        "SELECT customer_id, order_id, CAST(order_day AS TIMESTAMP) AS date, net FROM customer_orders"
        " ORDER BY customer_id, order_id",
        orders,
        pd.Timestamp(as_of),
    )
    return found.assign(returned=found["net"] < 0)


class BuyingDays:
    """The purchase days of all customers, made for fast questions about many customers and days.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in `purchases`.
    as_of : str, date or Timestamp
        The last day that counts.

    Raises
    ------
    DataError
        When there is no purchase up to that day.

    Attributes
    ----------
    customers : Index
        Everybody who bought; a customer's number is the place in it.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-05", "2024-01-20"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [9.0, 9.0]})
    >>> bought = BuyingDays(lines, "2024-01-31")
    >>> bought.count(bought.number(["C1"]), day_number(days[:1]), day_number(days[1:])).tolist()
    [1]
    """

    def __init__(self, orders: pd.DataFrame, as_of: Any) -> None:
        days = purchase_days(orders, as_of)  # sorted by customer and day
        self.customers = pd.Index(days["customer_id"].unique())
        self._day = day_number(days["day"])
        self._key = self.customers.get_indexer(days["customer_id"]) * _SPAN + self._day

    def number(self, customers: Any) -> np.ndarray:
        """Return each customer's number, −1 for one who never bought."""
        return self.customers.get_indexer(pd.Index(customers))

    def upto(self, number: np.ndarray, day: np.ndarray | int) -> np.ndarray:
        """Return on how many days each customer bought, up to and with a day."""
        first = np.searchsorted(self._key, number * _SPAN, side="left")
        last = np.searchsorted(self._key, number * _SPAN + day, side="right")
        return np.where(number >= 0, last - first, 0)

    def since(self, number: np.ndarray, day: np.ndarray | int) -> np.ndarray:
        """Return the days from each customer's last buying day up to a day; NaN for one who had not bought yet."""
        last = np.searchsorted(self._key, number * _SPAN + day, side="right") - 1
        return np.where(self.upto(number, day) > 0, day - self._day[np.clip(last, 0, None)], np.nan)

    def count(self, number: np.ndarray, after: np.ndarray | int, until: np.ndarray | int) -> np.ndarray:
        """Return on how many days each customer bought, after one day and up to another."""
        return self.upto(number, until) - self.upto(number, after)


def day_number(moments: Any) -> np.ndarray:
    """Return the days of moments as whole numbers, one a day.

    Examples
    --------
    >>> np.diff(day_number(pd.to_datetime(["2024-02-28 23:00", "2024-03-01 01:00"]))).tolist()
    [2]
    """
    days = pd.DatetimeIndex(moments).to_numpy().astype("datetime64[D]")
    return (days - np.datetime64("1800-01-01")).astype("int64")


def purchase_lines(orders: pd.DataFrame, as_of: object = None) -> pd.DataFrame:
    """Return the order lines that are purchases: lines of an order that adds up to zero or more, up to a day.

    Parameters
    ----------
    orders : DataFrame
        Order lines: ``order_id``, ``customer_id``, ``order_date``, ``amount`` and what else there is.
    as_of : date, optional
        The last day that counts.

    Returns
    -------
    DataFrame
        The lines' own columns, in customer, date and order order.

    Raises
    ------
    DataError
        When one of the four columns is missing.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": day, "amount": [10.0, -4.0]})
    >>> purchase_lines(lines)["order_id"].tolist()
    ['1']
    """
    needed(orders, "orders", ["order_id", "customer_id", "order_date", "amount"])
    lines = orders if as_of is None else orders[orders["order_date"] < end_of(as_of)]
    lines = lines.dropna(subset=["order_id", "customer_id", "order_date", "amount"])
    return lines[of_purchases(lines)].sort_values(["customer_id", "order_date", "order_id"], kind="stable")


def of_purchases(lines: pd.DataFrame) -> np.ndarray:
    """Return which order lines belong to a purchase, and not to an order that adds up to less than zero, a return.

    Parameters
    ----------
    lines : DataFrame, shape (n,)
        Order lines: ``customer_id``, ``amount`` and, where lines make up orders, ``order_id``; without it each line is
        an order of its own. Lines after the as-of date are to be left out before.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    An exchange that gives back more than it takes is a return, its new article too.

    >>> lines = pd.DataFrame({"order_id": ["1", "2", "2"], "customer_id": "C1", "amount": [10.0, 10.0, -50.0]})
    >>> of_purchases(lines).tolist()
    [True, False, False]
    """
    if "order_id" not in lines:
        return (lines["amount"].round(6) >= 0).to_numpy(dtype=bool)
    # an order without a number stands alone, as in the orders' own table
    order = lines.groupby(["customer_id", "order_id"], observed=True)["amount"].transform("sum")
    net = order.where(lines["order_id"].notna(), lines["amount"])
    return (net.round(6) >= 0).to_numpy(dtype=bool)


def goods_bought(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of goods that customers kept: those of purchases, without the articles given back in them.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": ["1", "1", "2"], "customer_id": "C1", "amount": [10.0, -4.0, -5.0]})
    >>> goods_bought(lines)["amount"].tolist()
    [10.0]
    """
    return lines[of_purchases(lines) & (lines["amount"] >= 0).to_numpy(dtype=bool)]


def last_day(orders: pd.DataFrame | None, as_of: object = None) -> pd.Timestamp:
    """Return the as-of date as a day: the one given, or that of the last order line.

    Raises
    ------
    DataError
        ``lifecycle_as_of_early`` when no order line lies on or before it; ``load_as_of`` for what is no date;
        ``customers_date`` when the orders' dates are none, or carry a time zone.
    """
    written = needed(orders, "orders", ["order_date"])["order_date"]
    kind = written.dtype
    if not isinstance(kind, np.dtype) or kind.kind != "M":  # with a time zone, text, or dates of another library
        raise DataError("customers_date", file="orders", column="order_date", type=str(kind))
    day = written.max().normalize() if as_of is None else dates.day(as_of)
    first = written.min().normalize()
    if first > day:
        raise DataError("lifecycle_as_of_early", as_of=f"{day:%Y-%m-%d}", first=f"{first:%Y-%m-%d}")
    return day


def purchase_days(orders: pd.DataFrame | None, as_of: object = None, kept: bool = False) -> pd.DataFrame:
    """Return a row for each customer and purchase day up to the as-of date.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.
    kept : bool
        Leave out orders that were brought back whole, as the models of lifetime value do.

    Returns
    -------
    DataFrame
        ``customer_id``, ``day``, ``orders`` (how many that day), ``net`` and ``margin`` (blank without cost) of the
        day's purchases, ``number`` (1 for the customer's first purchase day) and ``gap`` (days since the one before;
        blank for the first), sorted by customer and day.

    Raises
    ------
    DataError
        ``table_needed``, ``lifecycle_as_of_early``, ``lifecycle_no_purchases`` when there are returns only.

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-11"])
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": "C1", "order_date": dates, "amount": [10, 5, 5]})
    >>> purchase_days(lines)[["orders", "net", "number", "gap"]].to_dict("list")
    {'orders': [1, 2], 'net': [10.0, 10.0], 'number': [1, 2], 'gap': [nan, 10.0]}
    """
    day = last_day(orders, as_of)
    seen, money = ("kept_day", "kept") if kept else ("purchase_day", "net")
    found = query(
        "totals",
        f"SELECT customer_id, CAST({seen} AS TIMESTAMP) AS day, CAST(day_orders AS BIGINT) AS orders, {money} AS net,"
        f" margin FROM customer_days WHERE {seen} IS NOT NULL ORDER BY customer_id, {seen}",
        orders,
        day,
    )
    if found.empty:
        raise DataError("lifecycle_no_purchases", as_of=f"{day:%Y-%m-%d}")
    per_customer = found.groupby("customer_id", sort=False)["day"]
    return found.assign(number=per_customer.cumcount() + 1, gap=per_customer.diff().dt.days)


def query(before: str, select: str, orders: pd.DataFrame | None, as_of: pd.Timestamp) -> pd.DataFrame:
    """Run a query in DuckDB over the steps of ``customers.sql`` that come before the one named.

    Before ``customer_days`` there is ``customer_orders`` (customer_id, order_id, order_day, net, margin); before
    ``totals`` also ``customer_days`` (customer_id, purchase_day, day_orders, net, margin; the returns' day is blank).
    """
    import pyarrow as pa

    lines = needed(orders, "orders")
    for column in ("customer_id", "order_date", "amount"):
        if column not in lines:
            raise DataError("column_needed", table="orders", column=column)
        if isinstance(lines[column], pd.DataFrame):
            raise DataError("customers_column_twice", column=column)
    for column in ("amount", "cost"):
        if column in lines and not pd.api.types.is_numeric_dtype(lines[column]):
            raise DataError("customers_number", file="orders", column=column, type=str(lines[column].dtype))
    columns = {column: _arrow(lines[column]) for column in ("customer_id", "order_date", "amount")}
    columns["order_id"] = _arrow(lines["order_id"]) if "order_id" in lines else pa.array(np.arange(len(lines)))
    columns["cost"] = _arrow(lines["cost"]) if "cost" in lines else pa.nulls(len(lines), pa.float64())
    steps = definition()[: definition().index(f"{before} AS")].rstrip().rstrip(",")
    with _engine(os.getpid()).cursor() as connection:
        connection.register("orders", pa.table(columns))
        found = connection.sql(f"{steps} {select}".replace("$as_of", f"DATE '{as_of:%Y-%m-%d}'"))
        return found.to_arrow_table().to_pandas()


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:
    """One database in memory for each process: to open one takes longer than to ask it. It keeps nothing."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return connection


def _arrow(values: pd.Series) -> pa.Array:
    import pyarrow as pa

    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    try:
        return pa.Array.from_pandas(values)
    except (pa.ArrowException, TypeError, ValueError) as problem:
        raise DataError("customers_mixed", column=values.name) from problem


def some_days(window: float) -> None:
    """Refuse a number of days that is none, or not above zero.

    Raises
    ------
    DataError
        ``lifecycle_days``.
    """
    if not window > 0:
        raise DataError("lifecycle_days", days=f"{window:g}")


def window_of_gaps(days: pd.DataFrame, quantile: float) -> float:
    """Return a quantile of all gaps between the purchase days of a customer, in days.

    Raises
    ------
    DataError
        ``lifecycle_quantile`` when it does not lie between 0 and 1; ``lifecycle_nobody_repeats`` without a gap.
    """
    if not 0 <= quantile <= 1:
        raise DataError("lifecycle_quantile", quantile=f"{quantile:g}")
    return float(np.quantile(gaps(days), quantile))


def gaps(days: pd.DataFrame) -> np.ndarray:
    """Return all gaps between the purchase days of a customer, in days.

    Raises
    ------
    DataError
        ``lifecycle_nobody_repeats`` when there is none.
    """
    found = days["gap"].dropna().to_numpy()
    if not len(found):
        raise DataError("lifecycle_nobody_repeats", customers=days["customer_id"].nunique())
    return found


def need_history(days: pd.DataFrame, as_of: pd.Timestamp, window: float) -> None:
    """Refuse a window that the history does not fill: a silence as long as it cannot have been seen.

    Raises
    ------
    DataError
        ``lifecycle_short_history``.
    """
    there = int((as_of - days["day"].min()) / DAY)
    if there <= window:
        raise DataError("lifecycle_short_history", days=there, window=f"{window:g}", as_of=f"{as_of:%Y-%m-%d}")
