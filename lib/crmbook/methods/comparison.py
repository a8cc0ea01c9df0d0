"""Groups compared: how far apart their shares or their means are, and whether chance alone could do it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.methods.estimate import Estimate, wilson


@dataclass(frozen=True)
class TwoShares:
    """Two shares and their difference.

    Attributes
    ----------
    first, second : Estimate
        The shares, with Wilson intervals.
    difference : Estimate
        First minus second, with Newcombe's interval; ``n`` is both groups together.
    z, p_value : float
        Of the pooled two-proportion test, two-sided; NaN where both shares are 0 or both are 1.
    """

    first: Estimate
    second: Estimate
    difference: Estimate
    z: float
    p_value: float


def two_proportions(successes: int, n: int, other_successes: int, other_n: int) -> TwoShares:
    """Compare the share of successes in one group with that in another.

    Parameters
    ----------
    successes, n, other_successes, other_n : int
        Counts, 0 ≤ successes ≤ n.

    Raises
    ------
    DataError
        ``comparison_empty`` when one of the groups is empty.

    Notes
    -----
    Interval: Newcombe, R. G. (1998), Statistics in Medicine 17, 873–890, method 10 (from the two Wilson intervals).

    Examples
    --------
    >>> round(two_proportions(56, 70, 48, 80).difference.value, 2)
    0.2
    """
    if n == 0 or other_n == 0:
        raise DataError("comparison_empty", first=n, second=other_n)
    first, second = wilson(successes, n), wilson(other_successes, other_n)
    apart = first.value - second.value
    low = apart - math.hypot(first.value - first.low, second.high - second.value)
    high = apart + math.hypot(first.high - first.value, second.value - second.low)
    pooled = (successes + other_successes) / (n + other_n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    z = apart / error if error else math.nan
    p_value = math.erfc(abs(z) / math.sqrt(2)) if error else math.nan
    return TwoShares(first, second, Estimate(apart, low, high, n + other_n), z, p_value)


def welch(first: pd.Series, second: pd.Series) -> Estimate:
    """Return the difference of two means with its 95 % interval (Welch); NaN bounds where a group has less than two.

    Examples
    --------
    >>> found = welch(pd.Series([1.0, 2.0, 3.0]), pd.Series([1.0, 1.0, 1.0]))
    >>> found.value, round(found.low, 2)
    (1.0, -1.48)
    """
    from scipy.stats import t

    n, m = len(first), len(second)
    apart = float(first.mean() - second.mean())
    if min(n, m) < 2:
        return Estimate(apart, np.nan, np.nan, n + m)
    one, two = float(first.var() / n), float(second.var() / m)
    if one + two == 0:
        return Estimate(apart, apart, apart, n + m)
    degrees = (one + two) ** 2 / (one**2 / (n - 1) + two**2 / (m - 1))
    half = float(t.ppf(0.975, degrees)) * np.sqrt(one + two)
    return Estimate(apart, float(apart - half), float(apart + half), n + m)


def holm(p: pd.Series) -> pd.Series:
    """Return p-values corrected by Holm's step-down rule; blanks stay blank and count for nothing.

    Notes
    -----
    Holm, S. (1979), Scandinavian Journal of Statistics 6, 65–70.

    Examples
    --------
    >>> holm(pd.Series([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    known = p.dropna().astype(float).sort_values(kind="stable")
    factors = np.arange(len(known), 0, -1)
    corrected = np.minimum(np.maximum.accumulate(known.to_numpy() * factors), 1.0)
    return pd.Series(corrected, index=known.index, dtype=float).reindex(p.index)
