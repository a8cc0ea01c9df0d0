"""Orders, and fast answers to "who bought in these days": what complaints, recovery and loyalty are measured against.

The purchase rule is the one of ``customers.sql``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.dates import day
from crmbook.methods.purchase_days import purchase_days, query

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
    last = day(as_of)
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
        "customer_days",
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
