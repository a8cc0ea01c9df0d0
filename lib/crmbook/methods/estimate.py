"""A figure with its 95 % interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
