"""Columns with very many values: the commonest keep their names, the others are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

OTHERS = "all_others"
"""What stands for all values that are not named; with a number where a value of one's own has that name."""
PAIRED = 4_000_000
"""Cells that a table of what goes together may have: half a gigabyte of work."""


def others(names: pd.Index | pd.Series) -> str:
    """Return the word that stands for what is not named, other than all names in use.

    Examples
    --------
    >>> others(pd.Index(["web", "all_others"]))
    'all_others 2'
    """
    taken, number, word = set(map(str, names)), 1, OTHERS
    while word in taken:
        number += 1
        word = f"{OTHERS} {number}"
    return word


def named(values: pd.Series, most: int, weights: pd.Series | None = None) -> pd.Series:
    """Return values as text, the ``most`` commonest under their names and all others as ``all_others``.

    Parameters
    ----------
    values : Series
        Blank ones stay blank.
    most : int
        Values that keep their names, where there are more than that.
    weights : Series, optional
        What a row counts; 1 unless given.

    Examples
    --------
    >>> named(pd.Series(["web", "fair", "web", "shop", "shop"]), most=2).tolist()
    ['web', 'all_others', 'web', 'shop', 'shop']
    """
    text = values.astype("object").where(values.notna(), None)
    text = text.map(str, na_action="ignore")
    count = text.value_counts() if weights is None else weights.groupby(text).sum()
    if len(count) <= most:
        return text
    order = sorted(count.index, key=lambda value: (-count[value], value))
    return text.where(text.isin(order[:most]) | text.isna(), others(count.index))


def pairable(rows: np.ndarray, things: np.ndarray, most: int = PAIRED) -> np.ndarray:
    """Return which things can be paired with each other in bounded memory: all, or the commonest.

    Parameters
    ----------
    rows, things : ndarray of int, same length
        Which row holds which thing, as codes from 0; each at most once.
    most : int
        Pairs that may come out.

    Returns
    -------
    ndarray of bool
        By thing.

    Examples
    --------
    >>> pairable(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), most=4).tolist()
    [True, True, False]
    """
    count = np.bincount(things)
    rank = np.empty(len(count), dtype=int)
    rank[np.argsort(-count, kind="stable")] = np.arange(len(count))

    def pairs(kept: int) -> int:
        held = np.bincount(rows[rank[things] < kept]).astype(np.int64)
        return min(int((held**2).sum()), kept**2)

    low, high = min(2, len(count)), len(count)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if pairs(middle) <= most else (low, middle - 1)
    return rank < low
