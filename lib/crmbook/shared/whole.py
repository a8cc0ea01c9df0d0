"""Which periods the data cover from their first to their last day: only these are compared, summed or judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.purchases import DAY, last_day

SLACK = 7
"""Days at most that a shop may be closed at the start of a period which still counts as covered."""


@dataclass(frozen=True)
class Covered:
    """The days that data cover.

    Attributes
    ----------
    first, last : Timestamp
        The first day with data, and the last day that counts.
    slack : int
        Days that ordinarily pass between two days with orders, at most `SLACK`: data that begin so few days into a
        period still cover it.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    slack: int = 0

    def whole(self, starts: Any, ends: Any) -> np.ndarray:
        """Return which periods are covered from their first to their last day.

        Parameters
        ----------
        starts, ends : day or sequence of days, shape (n,)
            First and last day of each period, both counted.

        Returns
        -------
        ndarray of bool, shape (n,)

        Examples
        --------
        >>> file = Covered(pd.Timestamp("2010-12-01"), pd.Timestamp("2011-06-30"))
        >>> file.whole(["2010-07-01", "2011-01-01", "2011-07-01"], ["2010-12-31", "2011-06-30", "2011-12-31"]).tolist()
        [False, True, False]
        """
        starts, ends = (
            pd.DatetimeIndex(np.atleast_1d(np.asarray(days, dtype="datetime64[ns]"))) for days in (starts, ends)
        )
        return np.asarray((starts >= self.first - self.slack * DAY) & (ends.normalize() <= self.last))

    def need(self, start: Any) -> None:
        """Refuse a window that begins before the data do.

        Raises
        ------
        DataError
            ``window_not_covered``.
        """
        begin = dates.day(start)
        if begin < self.first - self.slack * DAY:
            raise DataError("window_not_covered", start=f"{begin:%Y-%m-%d}", first=f"{self.first:%Y-%m-%d}")


def covered(orders: pd.DataFrame | None, as_of: object = None) -> Covered:
    """Return the days that order lines cover.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.

    Examples
    --------
    A shop that is closed at weekends covers January from Monday the 2nd.

    >>> days = pd.bdate_range("2023-01-02", "2023-03-31")
    >>> covered(pd.DataFrame({"order_date": days})).whole("2023-01-01", "2023-01-31").tolist()
    [True]
    """
    last = last_day(orders, as_of)
    assert orders is not None  # last_day has refused that
    return covered_days(orders["order_date"], last)


def covered_days(written: pd.Series, last: pd.Timestamp) -> Covered:
    """Return the days that the rows of any table cover, from their dates.

    Parameters
    ----------
    written : Series of datetime
        Blanks and what lies after the last day do not count; at least one date must be left.
    last : Timestamp
        The last day that counts.
    """
    known = written.dropna()
    days = np.sort(pd.unique(known[known < last + DAY].to_numpy().astype("datetime64[D]")))
    between = np.diff(days).astype(int) - 1
    ordinary = int(np.quantile(between, 0.95, method="lower")) if len(between) else 0
    return Covered(pd.Timestamp(days[0]), last, min(ordinary, SLACK))
