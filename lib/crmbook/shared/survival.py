"""How long until something happens, when for many it has not happened yet: Kaplan-Meier and the log-rank test."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmbook.data.faults import DataError
from crmbook.shared.aligned import aligned, events
from crmbook.shared.checked import floats
from crmbook.shared.estimate import Estimate

LEAST = 5  # cases below which a group is not compared


@dataclass(frozen=True, eq=False)
class Survival:
    """A Kaplan-Meier curve.

    Attributes
    ----------
    curve : DataFrame
        A row for each time at which something happened, after a first row at 0; index ``time``, columns ``at_risk``,
        ``events``, ``survival``, ``low``, ``high`` (95 %, by the log-log formula; NaN once nobody is left).
    n, events : int
        Cases, and those to which it has happened.
    """

    curve: pd.DataFrame
    n: int
    events: int

    @property
    def median(self) -> Estimate:
        """The time by which half of the cases have had it, with its interval; NaN where the curve stays above."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Estimate:
        """Return the time by which ``share`` of the cases have had it; NaN where the curve never falls so low."""
        value, low, high = (self._first_at(column, 1 - share) for column in ("survival", "low", "high"))
        return Estimate(value, low, high, self.n)

    def at(self, time: float) -> Estimate:
        """Return the share that has not had it after ``time``, with its interval."""
        row = self.curve.iloc[self.curve.index.searchsorted(time, side="right") - 1]
        return Estimate(float(row["survival"]), float(row["low"]), float(row["high"]), self.n)

    def _first_at(self, column: str, level: float) -> float:
        reached = self.curve.index[self.curve[column] <= level + 1e-12]
        return float(reached[0]) if len(reached) else float("nan")


def kaplan_meier(time: ArrayLike, happened: ArrayLike) -> Survival:
    """Return the Kaplan-Meier curve of cases that are followed for different lengths of time.

    Parameters
    ----------
    time : array_like, shape (cases,)
        How long each case was followed: until it happened, or until we stopped looking. Any unit, 0 or more.
    happened : array_like of bool, shape (cases,)
        Whether it happened; False says "not yet" (the case is censored).

    Raises
    ------
    DataError
        ``survival_nobody`` without a case, ``survival_time`` for a time that is negative, endless or blank,
        ``event_unclear`` where it is not known whether it happened, ``rows_…`` as `crmbook.shared.aligned.aligned`.

    Notes
    -----
    Kaplan, E. L., & Meier, P. (1958), JASA 53, 457–481; interval of the exponential Greenwood formula, as in
    ``scipy.stats.ecdf``, which does the work.

    Examples
    --------
    >>> kaplan_meier([2, 5, 5, 8], [True, True, False, False]).curve["survival"].to_dict()
    {0.0: 1.0, 2.0: 0.75, 5.0: 0.5}
    """
    from scipy.stats import CensoredData, ecdf

    length, event = _checked(time, happened)
    estimated = ecdf(CensoredData.right_censored(length, ~event)).sf
    with warnings.catch_warnings():  # undefined where nobody is left, and said so in the curve
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = estimated.confidence_interval(method="log-log")
    times = np.unique(length[event])
    place = np.searchsorted(estimated.quantiles, times)
    low, high = interval.low.probabilities[place], interval.high.probabilities[place]
    curve = pd.DataFrame(
        {
            "at_risk": [len(length), *(len(length) - np.searchsorted(np.sort(length), times))],
            "events": [0, *np.unique(length[event], return_counts=True)[1]],
            "survival": [1.0, *estimated.probabilities[place]],
            "low": [1.0, *low],
            "high": [1.0, *high],
        },
        index=pd.Index([0.0, *times], name="time"),
    )
    if len(times) and times[0] == 0:
        curve = curve.iloc[1:]
    return Survival(curve, len(length), int(event.sum()))


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: chi-square ``statistic``, ``degrees`` of freedom, ``p_value``, and a ``table`` of the groups."""

    statistic: float
    degrees: int
    p_value: float
    table: pd.DataFrame


def log_rank(samples: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> LogRank:
    """Test whether two or more groups have the same survival curve.

    Parameters
    ----------
    samples : mapping of group to (time, happened)
        As for ``kaplan_meier``, at least two groups.

    Returns
    -------
    LogRank
        Its table holds ``n``, ``events`` and ``expected`` (events, were all groups alike) for each group.

    Raises
    ------
    DataError
        ``survival_one_group``, ``survival_nothing_happened`` when no group has an event, ``survival_small_group`` for
        a group of less than five: there chi-square is no guide (one case that leaves first would be p = 10⁻⁶⁵).

    Notes
    -----
    Mantel, N. (1966), Cancer Chemotherapy Reports 50, 163–170; with two groups the square of ``scipy.stats.logrank``.

    Examples
    --------
    >>> left = [True, True, True, False, False]
    >>> log_rank({"basic": ([1, 2, 3, 4, 5], left), "plus": ([4, 5, 6, 7, 8], left)}).degrees
    1
    """
    from scipy.stats import chi2

    if len(samples) < 2:
        raise DataError("survival_one_group", groups=", ".join(map(str, samples)) or "–")
    checked = {group: _checked(*sample) for group, sample in samples.items()}
    small = min(checked, key=lambda group: len(checked[group][0]))
    if len(checked[small][0]) < LEAST:
        raise DataError("survival_small_group", group=small, n=len(checked[small][0]), least=LEAST)
    times = np.unique(np.concatenate([length[event] for length, event in checked.values()]))
    if not len(times):
        raise DataError("survival_nothing_happened")
    at_risk = np.array([len(length) - np.searchsorted(np.sort(length), times) for length, _ in checked.values()], float)
    seen = np.array(
        [
            np.bincount(np.searchsorted(times, length[event]), minlength=len(times))
            for length, event in checked.values()
        ],
        float,
    )
    all_risk, all_events = at_risk.sum(axis=0), seen.sum(axis=0)
    share = at_risk / all_risk
    expected = (share * all_events).sum(axis=1)
    spread = all_events * (all_risk - all_events) / np.maximum(all_risk - 1, 1)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    difference = seen.sum(axis=1) - expected
    # the groups' differences add up to zero, so one direction has no spread but for rounding: it must not be inverted
    statistic = float(difference @ np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ difference)
    degrees = len(checked) - 1
    table = pd.DataFrame(
        {
            "n": [len(length) for length, _ in checked.values()],
            "events": seen.sum(axis=1).astype(int),
            "expected": expected,
        },
        index=pd.Index(list(checked), name="group"),
    )
    return LogRank(statistic, degrees, float(chi2.sf(statistic, degrees)), table)


def _checked(time: ArrayLike, happened: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    time, happened = aligned(time=time, happened=happened)
    length, event = floats(time), events(happened, "happened")
    if not len(length):
        raise DataError("survival_nobody")
    faulty = ~((length >= 0) & np.isfinite(length))
    if faulty.any():
        first = int(np.argmax(faulty))
        raise DataError("survival_time", row=first + 1, value=f"{length[first]:g}", rows=int(faulty.sum()))
    return length, event
