"""The few causes behind most of the trouble."""

from __future__ import annotations

import pandas as pd


def pareto(counts: pd.Series, cut: float = 0.8) -> pd.DataFrame:
    """Return causes from the most to the least frequent, with their running share.

    Parameters
    ----------
    counts : Series of number
        How often each cause was met (index: the cause); none is negative.
    cut : float
        Share that the vital few make up.

    Returns
    -------
    pandas.DataFrame
        Index as given, sorted (equal counts by name): ``count``, ``share``, ``cumulative`` and ``vital`` (the causes
        that together reach the cut, the one that crosses it included). Shares are blank when nothing was counted.

    Examples
    --------
    >>> pareto(pd.Series({"price": 1, "delivery": 7, "service": 2}))["vital"].to_dict()
    {'delivery': True, 'service': True, 'price': False}
    """
    ordered = counts.sort_index(key=lambda index: index.astype(str)).sort_values(ascending=False, kind="stable")
    total = ordered.sum()
    share = ordered / total if total else ordered * float("nan")
    before = share.cumsum() - share
    # a running share that reaches the cut up to rounding has reached it
    vital = (before < cut - 1e-12) & (ordered > 0)
    return pd.DataFrame({"count": ordered, "share": share, "cumulative": share.cumsum(), "vital": vital})
