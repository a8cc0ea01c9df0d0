"""How far two judgements agree beyond chance."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.estimate import Estimate, Z


def kappa(first: pd.Series, second: pd.Series) -> Estimate:
    """Return Cohen's kappa: how far two coders agree beyond what chance would bring.

    Parameters
    ----------
    first, second : Series
        One code for each answer (index). Answers that one of them did not code are left out; ``n`` says how many
        stayed.

    Returns
    -------
    Estimate
        1: full agreement, 0: as chance; 95 % interval. NaN where chance alone would agree on everything.

    Raises
    ------
    DataError
        When no answer was coded by both, or an answer stands there twice.

    Notes
    -----
    Cohen, J. (1960), Educational and Psychological Measurement 20, 37–46; the standard error is that of Fleiss, Cohen &
    Everitt (1969), Psychological Bulletin 72, 323–327.

    Examples
    --------
    >>> a = pd.Series(list("xxxxyyyy"))
    >>> kappa(a, pd.Series(list("xxxyyyyx"))).value
    0.5
    """
    for series in (first, second):
        if series.index.has_duplicates:
            twice = series.index[series.index.duplicated()].unique()
            raise DataError("interview_answer_twice", answers=", ".join(map(str, twice[:5])))
    both = pd.concat([first.rename("first"), second.rename("second")], axis=1, join="inner").dropna()
    if both.empty:
        raise DataError("interview_nothing_shared")
    codes = pd.Index(pd.unique(both.to_numpy(dtype=object).ravel()))
    counts = np.zeros((len(codes), len(codes)))
    np.add.at(counts, (codes.get_indexer(both["first"]), codes.get_indexer(both["second"])), 1)
    return kappa_of_counts(counts)


def kappa_of_counts(counts: np.ndarray) -> Estimate:
    """Return Cohen's kappa of a table that counts what one said (rows) against what the other said (columns).

    Parameters
    ----------
    counts : ndarray, shape (codes, codes)

    Examples
    --------
    >>> kappa_of_counts(np.array([[3, 1], [1, 3]])).value
    0.5
    """
    n = int(counts.sum())
    shares = counts / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(rows @ columns)
    if math.isclose(expected, 1):
        return Estimate(math.nan, math.nan, math.nan, n)
    value = (observed - expected) / (1 - expected)
    error = _kappa_error(shares, rows, columns, value, expected, n)
    return Estimate(value, max(-1.0, value - Z * error), min(1.0, value + Z * error), n)


def _kappa_error(
    shares: np.ndarray, rows: np.ndarray, columns: np.ndarray, value: float, expected: float, n: int
) -> float:
    agreeing = (np.diag(shares) * (1 - (rows + columns) * (1 - value)) ** 2).sum()
    weight = (columns[:, None] + rows[None, :]) ** 2
    np.fill_diagonal(weight, 0)
    differing = (1 - value) ** 2 * (shares * weight).sum()
    variance = agreeing + differing - (value - expected * (1 - value)) ** 2
    return math.sqrt(max(float(variance), 0.0) / n) / (1 - expected)
