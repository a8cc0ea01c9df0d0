"""How well a score tells who will and who will not: its order (AUC, lift) and its honesty (calibration)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned, events, numbers
from crmbook.shared.estimate import Estimate, Z, wilson


def auc(happened: ArrayLike, score: ArrayLike) -> Estimate:
    """Return the area under the ROC curve: how often a case that happened is scored above one that did not.

    Parameters
    ----------
    happened : array_like of bool, shape (cases,)
        Series go with the score by their labels.
    score : array_like, shape (cases,)
        Higher: more likely to happen. Equal scores count half.

    Raises
    ------
    DataError
        ``ranking_one_outcome`` when it happened to all or to none; ``rows_…`` as `crmbook.shared.aligned.aligned`;
        ``event_unclear`` where it is not known whether it happened; ``number_missing``.

    Notes
    -----
    Interval: the areas from which the one found is not further away than 1.96 of their own standard errors (Newcombe,
    R. G. 2006, Statistics in Medicine 25, 559–573, method 5), so that a perfect order of four cases is no proof of 1.

    Examples
    --------
    >>> print(auc([False, False, True, True], [0.1, 0.4, 0.35, 0.8]))
    0.75 (0.2272 to 0.9668, n = 4)
    """
    from scipy.optimize import brentq

    event, ranked = _checked(happened, score)
    rank = pd.Series(ranked).rank().to_numpy()
    yes, no = int(event.sum()), int((~event).sum())
    area = (rank[event].sum() - yes * (yes + 1) / 2) / (yes * no)

    def beyond(other: float) -> float:
        more = (yes + no) / 2 - 1
        spread = other * (1 - other) * (1 + more * ((1 - other) / (2 - other) + other / (1 + other)))
        return (area - other) ** 2 - Z**2 * spread / (yes * no)

    low = 0.0 if area == 0 else brentq(beyond, 0.0, area - 1e-9)
    high = 1.0 if area == 1 else brentq(beyond, area + 1e-9, 1.0)
    return Estimate(float(area), float(low), float(high), yes + no)


def auc_ahead(happened: ArrayLike, score: ArrayLike, other: ArrayLike) -> Estimate:
    """Return by how much the area under one score's ROC curve is larger than that of another, for the same cases.

    Two scores of the same cases err on the same cases, so their two intervals tell nothing of the difference: it has
    one of its own, which is narrower.

    Parameters
    ----------
    happened, score, other
        As for ``auc``.

    Notes
    -----
    DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988), Biometrics 44, 837–845.

    Examples
    --------
    >>> happened = [False, False, True, True]
    >>> auc_ahead(happened, [0.1, 0.4, 0.35, 0.8], [0.1, 0.2, 0.3, 0.4]).value
    -0.25
    """
    event, ranked = _checked(happened, score)
    _, rival = _checked(happened, other)
    yes, no = int(event.sum()), int((~event).sum())
    above, below = [], []  # of each case, the share of the other side that it is rightly above, or below
    for each in (ranked, rival):
        rank = pd.Series(each).rank().to_numpy()
        above.append((rank[event] - pd.Series(each[event]).rank().to_numpy()) / no)
        below.append(1 - (rank[~event] - pd.Series(each[~event]).rank().to_numpy()) / yes)
    gain, spare = above[0] - above[1], below[0] - below[1]
    value = float(gain.mean())
    if min(yes, no) < 2:
        return Estimate(value, float("nan"), float("nan"), yes + no)
    half = Z * float(np.sqrt(gain.var(ddof=1) / yes + spare.var(ddof=1) / no))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), yes + no)


def brier(happened: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean squared difference between probability and outcome; 0 is perfect.

    Examples
    --------
    >>> brier([True, False], [0.8, 0.4])
    0.1
    """
    event, chance = _both(happened, probability)
    return float(np.round(((event - chance) ** 2).mean(), 12))


def calibration(happened: ArrayLike, probability: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Return what was predicted and what happened, in bins of equally many cases by probability.

    Returns
    -------
    DataFrame
        Index ``bin`` (1: lowest probability); ``cases``, ``predicted`` (mean), ``observed`` with ``low`` and ``high``
        (Wilson). Equal probabilities stay in one bin, so there may be fewer bins than asked for.
    """
    event, chance = _both(happened, probability)
    cuts = np.unique(np.quantile(chance, np.arange(1, bins) / bins))
    place = np.searchsorted(cuts, chance, side="right")
    rows = []
    for number in np.unique(place):
        inside = place == number
        share = wilson(int(event[inside].sum()), int(inside.sum()))
        rows.append((share.n, float(chance[inside].mean()), share.value, share.low, share.high))
    table = pd.DataFrame(rows, columns=["cases", "predicted", "observed", "low", "high"])
    table.index = pd.RangeIndex(1, len(table) + 1, name="bin")
    return table


def calibration_error(table: pd.DataFrame) -> float:
    """Return the mean distance between predicted and observed of a calibration table, weighted by its cases."""
    return float(np.average((table["predicted"] - table["observed"]).abs(), weights=table["cases"]))


def lift(happened: ArrayLike, score: ArrayLike, depths: ArrayLike = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)) -> pd.DataFrame:
    """Return what is found by looking at the highest scores only.

    Parameters
    ----------
    happened, score
        As for ``auc``.
    depths : array_like
        Shares of the cases to look at, highest scores first. Cases that tie at the edge count by their share of the
        tie.

    Returns
    -------
    DataFrame
        Index ``depth``; ``cases``, ``precision`` (share of them to whom it happened), ``captured`` (share of all to
        whom it happened) and ``lift`` (precision ÷ that of all cases).

    Raises
    ------
    DataError
        ``ranking_one_outcome``.
    """
    event, ranked = _checked(happened, score)
    groups = pd.DataFrame({"score": ranked, "event": event}).groupby("score")["event"].agg(["size", "sum"])[::-1]
    ends = np.concatenate([[0], groups["size"].cumsum()])
    found = np.concatenate([[0], groups["sum"].cumsum()])
    cases = np.maximum(np.rint(np.asarray(depths, dtype=float) * len(event)), 1)
    hits = np.interp(cases, ends, found)
    table = pd.DataFrame(
        {"cases": cases.astype(int), "precision": hits / cases, "captured": hits / event.sum()},
        index=pd.Index(np.asarray(depths, dtype=float), name="depth"),
    )
    return table.assign(lift=table["precision"] / event.mean())


def _checked(happened: ArrayLike, score: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    event, ranked = _both(happened, score)
    if event.all() or not event.any():
        raise DataError("ranking_one_outcome", cases=len(event), happened=int(event.sum()))
    return event, ranked


def _both(happened: ArrayLike, score: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    event, number = aligned(happened=happened, score=score)
    return events(event, "happened"), numbers(number, "score")
