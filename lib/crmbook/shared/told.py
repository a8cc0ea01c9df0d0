"""What a manager is told first: findings by size and certainty, actions with who, how many and by when, key figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmbook.shared.estimate import Estimate
from crmbook.shared.purchases import purchases
from crmbook.shared.whole import covered

FINDINGS = (3, 5)
"""How many findings a first screen has: at least, where there are so many, and at most."""
ACTIONS = 5


@dataclass(frozen=True)
class Finding:
    """One thing to tell.

    Attributes
    ----------
    said : str
        The sentence with its figure, in words.
    section : int
        The section of the lesson where its picture stands.
    size : float
        What share of the business it is about, 0 to 1: of the revenue where money is known, of the customers otherwise.
    certain : bool
        Whether it is more than chance: a count of all, or an interval that leaves out "no difference".
    beside : str
        Its interval, or what it is compared with, in words.
    money : float
        The money that it is about; NaN where that is not known.
    """

    said: str
    section: int
    size: float
    certain: bool = True
    beside: str = ""
    money: float = math.nan


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes
    ----------
    said : str
        What to do, in words.
    who : str
        The coded name of those who do it: ``"sales"``, ``"service"``, ``"marketing"``, ``"management"`` or
        ``"analysis"``.
    by : Timestamp
        The last day for it.
    customers : int
        How many customers it is about; None where it is about none in particular.
    listed : str
        The list to work from, as `save` named it; empty where there is none.
    money : float
        What it is about in money; NaN where nothing can be said.
    """

    said: str
    who: str
    by: pd.Timestamp
    customers: int | None = None
    listed: str = ""
    money: float = math.nan


@dataclass(frozen=True)
class Told:
    """What one lesson tells the manager.

    Attributes
    ----------
    findings : tuple of Finding
        The most certain and largest first.
    actions : tuple of Action
    """

    findings: tuple[Finding, ...] = field(default=())
    actions: tuple[Action, ...] = field(default=())

    @property
    def is_certain(self) -> bool:
        """Whether anything that is told is more than chance."""
        return any(finding.certain for finding in self.findings)


def told(findings: Iterable[Finding | None], actions: Iterable[Action | None] = ()) -> Told:
    """Choose what a first screen says.

    Parameters
    ----------
    findings, actions : iterable
        All that a chapter could say; None for what its data do not hold. Actions come in the order of their use.

    Notes
    -----
    What is certain goes before what may be chance, the larger before the smaller. What may be chance is told only as
    long as there are fewer than three findings: nobody acts on it. Actions about no customer
    at all are left out.

    Examples
    --------
    >>> small, large = Finding("a", 1, 0.1), Finding("b", 1, 0.4)
    >>> [finding.said for finding in told([small, None, large]).findings]
    ['b', 'a']
    """
    there = [finding for finding in findings if finding is not None]
    ranked = sorted(there, key=lambda finding: (not finding.certain, -finding.size))
    least, most = FINDINGS
    certain = [finding for finding in ranked if finding.certain]
    kept = certain[:most] if len(certain) >= least else ranked[:least]
    useful = [action for action in actions if action is not None and action.customers != 0]
    return Told(tuple(kept), tuple(useful[:ACTIONS]))


def within(as_of: pd.Timestamp, days: int) -> pd.Timestamp:
    """Return the day by which something is to be done; a Saturday or Sunday becomes the Friday before.

    Examples
    --------
    >>> within(pd.Timestamp("2024-12-31"), 4)
    Timestamp('2025-01-03 00:00:00')
    """
    day = as_of.normalize() + pd.Timedelta(days=days)
    return day - pd.Timedelta(days=max(0, day.day_of_week - 4))


def key_figures(orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return revenue, customers, orders and the mean order of the last whole month, beside two others.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    as_of : Timestamp
        The last day that counts; a month that it cuts short is not judged.

    Returns
    -------
    DataFrame
        Index ``revenue``, ``customers``, ``orders``, ``mean_order``; ``value`` of the month, ``previous`` of the month
        before and ``year_ago`` of the same month a year before, NaN where the data do not cover it. The first day of
        the month stands in ``attrs["month"]``; no rows when the data cover no whole month.
    """
    bought = purchases(orders, as_of)
    known = covered(orders, as_of)
    this = (known.last + pd.Timedelta(days=1)).to_period("M") - 1
    months = {"value": this, "previous": this - 1, "year_ago": this - 12}
    columns = {
        name: _figures_of(bought, month)
        if known.whole(month.start_time, month.end_time.normalize())[0]
        else dict.fromkeys(_KEYS, math.nan)
        for name, month in months.items()
    }
    frame = pd.DataFrame(columns, index=pd.Index(_KEYS, name="key_figure"))
    frame = frame if frame["value"].notna().any() else frame.iloc[:0]
    frame.attrs["month"] = this.start_time
    return frame


_KEYS = ("revenue", "customers", "orders", "mean_order")


def _figures_of(bought: pd.DataFrame, month: pd.Period) -> dict[str, float]:
    rows = bought[(bought["date"] >= month.start_time) & (bought["date"] <= month.end_time)]
    orders = rows[~rows["returned"]]
    mean = orders["net"].mean() if len(orders) else math.nan
    return dict(zip(_KEYS, (rows["net"].sum(), orders["customer_id"].nunique(), len(orders), mean), strict=True))


def share_of(part: float, whole: float) -> float:
    """Return a part's share of a whole between 0 and 1; 0 where there is no whole."""
    return float(np.clip(part / whole, 0, 1)) if whole and np.isfinite(part / whole) else 0.0


def apart(first: Estimate, second: Estimate) -> bool:
    """Return whether two estimates have intervals that do not meet."""
    return first.low > second.high or second.low > first.high


def leaves_out(estimate: Estimate, value: float = 0.0) -> bool:
    """Return whether an estimate's interval leaves a value out, zero unless given."""
    return estimate.low > value or estimate.high < value
