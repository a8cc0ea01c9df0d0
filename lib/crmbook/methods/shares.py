"""Shares of many groups at once, each with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmbook.methods.estimate import Z


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
