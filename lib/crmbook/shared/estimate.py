"""A figure with its 95 % interval: a share, a difference, a mean, and groups compared."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError

Z = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Estimate:
    """A figure, its 95 % interval and the number of observations behind it.

    Attributes
    ----------
    value, low, high : float
        The figure and its interval, in the figure's own unit; NaN where nothing can be said.
    n : int
        Observations behind it.
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g}, n = {self.n})"


def wilson(successes: int, n: int) -> Estimate:
    """Return a share with its Wilson score interval at 95 %.

    Parameters
    ----------
    successes, n : int
        Counts, 0 ≤ successes ≤ n. With n = 0 the share and its interval are NaN.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209–212.

    Examples
    --------
    >>> print(wilson(8, 10))
    0.8 (0.4902 to 0.9433, n = 10)
    """
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share = successes / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # at none and at all the bound is exact; the subtraction would leave 3e-17 of it
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, n)


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


def mean(values: Iterable[float], low: float = -math.inf, high: float = math.inf) -> Estimate:
    """Return a mean with its 95 % interval (Student's t).

    Parameters
    ----------
    values : iterable of float, shape (n,)
        None of them blank.
    low, high : float
        The ends of the scale where it has some; the interval is cut there.

    Returns
    -------
    Estimate
        In the values' unit. Without a value all is NaN; one value has no interval where the scale has no ends.

    Notes
    -----
    A few answers that are all alike say little about how far answers differ: two fives are not "5 to 5". On a scale
    with ends the interval, not the value, therefore counts a quarter of an answer more at each end, in the manner of
    the adjusted Wald interval (Agresti & Caffo 2000, The American Statistician 54, 280–288).

    Examples
    --------
    >>> print(mean([1.0, 2.0, 3.0]))
    2 (-0.4841 to 4.484, n = 3)
    >>> mean([5, 5], low=1, high=5).low < 5
    True
    """
    numbers = np.asarray(list(values), dtype=float)
    value = float(numbers.mean()) if len(numbers) else math.nan
    return _student(value, float(((numbers - value) ** 2).sum()), len(numbers), low, high)


def mean_of_sums(total: float, squares: float, n: int, low: float = -math.inf, high: float = math.inf) -> Estimate:
    """Return `mean` of values of which only the sum and the sum of squares are known.

    Examples
    --------
    >>> print(mean_of_sums(6.0, 14.0, 3))
    2 (-0.4841 to 4.484, n = 3)
    """
    value = total / n if n else math.nan
    return _student(value, max(squares - n * value * value, 0.0), n, low, high)


def reach(n: pd.Series) -> np.ndarray:
    """Return how many standard errors the 95 % interval of each mean reaches: Student's t, NaN under two observations.

    Examples
    --------
    >>> reach(pd.Series([1, 5, 1000])).round(2).tolist()
    [nan, 2.78, 1.96]
    """
    from scipy.special import stdtrit

    freedom = n.to_numpy(dtype=float) - 1
    return np.asarray(stdtrit(np.where(freedom > 0, freedom, np.nan), 0.975))


def net_points(good: int, bad: int, n: int, added: float = 3) -> Estimate:
    """Return the share of good answers less that of bad ones, in points, with its 95 % interval.

    Parameters
    ----------
    good, bad, n : int
        Counts, good + bad ≤ n; n at least 1.
    added : float
        Answers that the interval, not the value, counts more: a quarter of them good, a quarter bad. 3 is the adjusted
        Wald interval, 0 the plain one.

    Notes
    -----
    Rocks, B. (2016), The American Statistician 70, 365–372.

    Examples
    --------
    >>> print(net_points(10, 0, 10))
    100 (47.5 to 100, n = 10)
    """
    value = 100 * (good - bad) / n
    centre, error = net_moments(good, bad, n, added)
    low, high = max(-100.0, centre - Z * error), min(100.0, centre + Z * error)
    return Estimate(value, min(low, value), max(high, value), n)


def net_moments(good: int, bad: int, n: int, added: float = 3) -> tuple[float, float]:
    """Return where the interval of `net_points` has its middle, and its standard error."""
    p, d = ((count + added / 4) / (n + added) for count in (good, bad))
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0.0) / (n + added))


def spearman(one: pd.Series, other: pd.Series) -> Estimate:
    """Return Spearman's rank correlation of two columns of the same rows, with its 95 % interval.

    Returns
    -------
    Estimate
        NaN under four rows, and where one of the two does not vary.

    Notes
    -----
    Interval: Fieller, E. C., Hartley, H. O. & Pearson, E. S. (1957), Biometrika 44, 470–481 (Fisher's z, variance
    1.06 / (n − 3)).

    Examples
    --------
    >>> round(spearman(pd.Series([1.0, 2, 3, 4, 5]), pd.Series([10.0, 20, 30, 50, 40])).value, 3)
    0.9
    """
    n = len(one)
    if n < 4 or one.nunique() < 2 or other.nunique() < 2:
        return Estimate(math.nan, math.nan, math.nan, n)
    r = float(np.corrcoef(one.rank(), other.rank())[0, 1])
    z, half = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r))), 1.03 * Z / math.sqrt(n - 3)
    return Estimate(r, math.tanh(z - half), math.tanh(z + half), n)


def mean_moments(values: np.ndarray, low: float, high: float) -> tuple[float, float, float]:
    """Return what the interval of `mean` on a scale with ends is made of: its middle, its error, and its freedom."""
    value = float(values.mean())
    return _moments(value, float(((values - value) ** 2).sum()), len(values), low, high)


def _moments(value: float, about: float, n: int, low: float, high: float) -> tuple[float, float, float]:
    middle, rows = value, float(n)
    if math.isfinite(low) and math.isfinite(high):
        rows = n + 0.5
        middle = (n * value + 0.25 * (low + high)) / rows
        about += n * (value - middle) ** 2 + 0.25 * ((low - middle) ** 2 + (high - middle) ** 2)
    return middle, math.sqrt(about / (rows - 1) / rows) if rows > 1 else math.nan, rows - 1


def _student(value: float, about: float, n: int, low: float, high: float) -> Estimate:
    """The interval from the sum of squares about the mean."""
    from scipy.special import stdtrit

    if not n:
        return Estimate(value, math.nan, math.nan, n)
    middle, error, freedom = _moments(value, about, n, low, high)
    half = float(stdtrit(freedom, 0.975)) * error if freedom > 0 else math.nan
    if math.isnan(half):
        return Estimate(value, math.nan, math.nan, n)
    return Estimate(value, max(low, min(middle - half, value)), min(high, max(middle + half, value)), n)


def welch(first: pd.Series, second: pd.Series) -> Estimate:
    """Return the difference of two means with its 95 % interval (Welch); NaN bounds where a group has less than two.

    Examples
    --------
    >>> found = welch(pd.Series([1.0, 2.0, 3.0]), pd.Series([1.0, 1.0, 1.0]))
    >>> found.value, round(found.low, 2)
    (1.0, -1.48)
    """
    from scipy.stats import ttest_ind

    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, apart = len(one) + len(two), float(one.mean() - two.mean())
    if min(len(one), len(two)) < 2 or not (np.ptp(one) or np.ptp(two)):  # values without spread tell of none
        return Estimate(apart, math.nan, math.nan, n)
    with warnings.catch_warnings():  # scipy warns of a group without spread; the other one's is what counts then
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = ttest_ind(one, two, equal_var=False).confidence_interval()
    return Estimate(apart, float(interval.low), float(interval.high), n)


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


def shares(successes: pd.Series, n: pd.Series, name: str = "share") -> pd.DataFrame:
    """Return a share for each group with its Wilson interval at 95 %.

    Parameters
    ----------
    successes, n : Series of int
        By group, same index, 0 ≤ successes ≤ n; a group of nobody has blanks.
    name : str
        Of the share's column.

    Returns
    -------
    pandas.DataFrame
        Same index: the share, ``low``, ``high``.

    Notes
    -----
    Wilson, E. B. (1927), as ``estimate.wilson`` for one group.

    Examples
    --------
    >>> shares(pd.Series({"A": 8}), pd.Series({"A": 10})).loc["A"].round(3).tolist()
    [0.8, 0.49, 0.943]
    """
    total = n.to_numpy(dtype=float)
    total = np.where(total > 0, total, np.nan)
    share = successes.to_numpy(dtype=float) / total
    centre = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    half = Z / (1 + Z**2 / total) * np.sqrt(share * (1 - share) / total + Z**2 / (4 * total**2))
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    return pd.DataFrame({name: share, "low": low, "high": high}, index=n.index)
