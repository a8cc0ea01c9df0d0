"""Scores compared: by group, from wave to wave, by the way of asking."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.ratings import (
    Measure,
    answered,
    estimate_of,
    measure_of,
    per_answer,
    read_scores,
)
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import Estimate, Z, holm, mean_moments, net_moments, two_proportions

MINIMUM = 10  # answers below which a group shows no score


@dataclass(frozen=True)
class Difference:
    """A difference of two scores, the second minus the first, with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        In the score's unit (a share, points, or scale points).
    p : float
        Two-sided p value of no difference.
    n_first, n_second : int
        Answers.
    """

    value: float
    low: float
    high: float
    p: float
    n_first: int
    n_second: int


@dataclass(frozen=True)
class Trend:
    """A steady change from wave to wave.

    Attributes
    ----------
    slope, low, high : float
        Change of the score a wave, with its 95 % interval.
    p : float
        Two-sided p value of no trend.
    n, waves : int
        Answers, and waves they come from.
    """

    slope: float
    low: float
    high: float
    p: float
    n: int
    waves: int


@dataclass(frozen=True)
class ModeEffect:
    """Whether the way of asking goes with the answers.

    Attributes
    ----------
    channels : DataFrame
        As from `by_group` (answers without a channel left out), with ``adjusted``: the score the channel would have if
        its respondents were mixed like all of them.
    chi2, p : float
        Pearson's chi-square of answer class × channel and its p value; NaN where all answers are of one class.
    freedom : int
        Its degrees of freedom.
    cramers_v : float
        Strength, 0 to 1.
    """

    channels: pd.DataFrame
    chi2: float
    p: float
    freedom: int
    cramers_v: float


def by_group(
    scores: pd.Series, groups: pd.Series, measure: Measure | str = "csat", minimum: int = MINIMUM
) -> pd.DataFrame:
    """Return a score by group (tier, stage, segment, channel, wave), with n and interval.

    Parameters
    ----------
    scores, groups : Series
        One row an answer, same index. Answers without a group are shown as group ``unknown``.
    measure : Measure or str
        ``"csat"``, ``"nps"``, ``"mean"``, or one of them with its own settings.
    minimum : int
        Answers below which a group shows no score.

    Returns
    -------
    pandas.DataFrame
        Index group (sorted, ``unknown`` last): ``n``, ``value``, ``low``, ``high``, ``note`` (``too_few``: the score
        is left blank).

    Raises
    ------
    DataError
        For faulty answers, see `csat` and `nps`, and an unknown measure.

    Examples
    --------
    >>> table = by_group(pd.Series([5] * 10 + [2] * 4), pd.Series(["A"] * 10 + ["B"] * 4))
    >>> table["n"].tolist(), table["note"].tolist()
    ([10, 4], ['', 'too_few'])
    """
    measure = measure_of(measure)
    scores, groups = aligned(scores=scores, groups=groups)
    answers = read_scores(scores, measure)
    groups = groups.astype("object")
    groups = groups.where(groups.notna(), "unknown")[answers.notna()]
    answers = answers.dropna()
    rows = {}
    for group, values in answers.groupby(groups, sort=True):
        n, enough = len(values), len(values) >= minimum
        found = estimate_of(values.to_numpy(), measure) if enough else Estimate(math.nan, math.nan, math.nan, n)
        rows[group] = (n, found.value, found.low, found.high, "" if enough else "too_few")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "value", "low", "high", "note"])
    ordered = [group for group in table.index if group != "unknown"] + ["unknown"] * ("unknown" in table.index)
    return table.loc[ordered].rename_axis("group")


def difference(first: Iterable, second: Iterable, measure: Measure | str = "csat") -> Difference:
    """Return the difference of two groups' or waves' scores, the second minus the first.

    Parameters
    ----------
    first, second : iterable
        Answers; independent of each other (not the same people twice).
    measure : Measure or str

    Raises
    ------
    DataError
        For faulty answers and when one side has no answers (a mean or an NPS needs two).

    Notes
    -----
    ``csat``: interval of Newcombe, R. G. (1998), Statistics in Medicine 17, 873–890 (method 10, from Wilson's), p
    from the pooled two-proportion z test. ``mean``: Welch's t, ``nps``: normal, variances p + d − (p − d)² of both
    sides; each side counts the answers more that its own interval counts more (`mean_score`, `nps`), so that a few
    answers that are all alike settle nothing.

    Examples
    --------
    >>> change = difference([5] * 30 + [3] * 20, [5] * 40 + [3] * 10)
    >>> round(change.value, 3), round(change.p, 3)
    (0.2, 0.029)
    """
    measure = measure_of(measure)
    answers = (answered(read_scores(pd.Series(list(side)), measure)).to_numpy() for side in (first, second))
    one, two = (per_answer(side, measure) for side in answers)
    if measure.kind == "csat":
        return _two_shares(one, two)
    if min(len(one), len(two)) < 2:
        raise DataError("survey_few_rows", need=2, have=min(len(one), len(two)))
    if measure.kind == "nps":
        sides = [
            (*net_moments(int((side > 0).sum()), int((side < 0).sum()), len(side)), math.inf) for side in (one, two)
        ]
    else:
        sides = [mean_moments(side, 1, measure.points) for side in (one, two)]
    return _apart(one, two, *sides)


def against_others(scores: pd.Series, groups: pd.Series, measure: Measure | str = "csat") -> pd.DataFrame:
    """Compare each group's score with that of all other answers together.

    Parameters
    ----------
    scores, groups, measure
        As in `by_group`; answers without a group are among the others, but are no group of their own.

    Returns
    -------
    pandas.DataFrame
        Index group, those that show a score: ``n``, ``value``, ``others`` (their score), ``difference`` with ``low``,
        ``high`` and ``p`` (see `difference`), ``beyond_chance``: whether p stays below 5 % with Holm's correction for
        so many comparisons.

    Raises
    ------
    DataError
        As `by_group`, and ``survey_one_group`` when fewer than two groups show a score.

    Notes
    -----
    Holm, S. (1979), Scandinavian Journal of Statistics 6, 65–70.

    Examples
    --------
    >>> scores, tiers = pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), pd.Series(["A"] * 50 + ["B"] * 50)
    >>> against_others(scores, tiers)["difference"].round(3).tolist()
    [-0.2, 0.2]
    """
    measure = _stated(measure)
    table = by_group(scores, groups, measure).drop(index="unknown", errors="ignore")
    table = table[table["note"] == ""]
    if len(table) < 2:
        raise DataError("survey_one_group", have=len(table))
    rows = []
    for group, value in table["value"].items():
        here = groups.isin([group])
        found = difference(scores[~here], scores[here], measure)
        rows.append((value, value - found.value, found.value, found.low, found.high, found.p))
    columns = ["value", "others", "difference", "low", "high", "p"]
    compared = pd.DataFrame(rows, index=table.index, columns=columns)
    compared.insert(0, "n", table["n"])
    return compared.assign(beyond_chance=holm(compared["p"]) < 0.05)


def by_wave(
    scores: pd.Series, waves: pd.Series, measure: Measure | str = "csat", minimum: int = MINIMUM
) -> pd.DataFrame:
    """Return a score wave by wave, each with its change from the wave before.

    Parameters
    ----------
    scores, waves : Series
        One row an answer, same index; waves sort in time (``2024-1``, ``2024-2``).
    measure, minimum
        As in `by_group`, which also says what is refused.

    Returns
    -------
    pandas.DataFrame
        As `by_group`, with ``change``, ``change_low``, ``change_high``, ``p`` against the last wave before that shows
        a score.

    Examples
    --------
    >>> waves = pd.Series(["2024-1"] * 50 + ["2024-2"] * 50)
    >>> table = by_wave(pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), waves)
    >>> table["change"].round(3).tolist()
    [nan, 0.2]
    """
    table = by_group(scores, waves, measure, minimum)
    for column in ("change", "change_low", "change_high", "p"):
        table[column] = math.nan
    shown = [wave for wave in table.index if table.at[wave, "note"] == "" and wave != "unknown"]
    for before, after in pairwise(shown):
        found = difference(scores[waves.eq(before)], scores[waves.eq(after)], _stated(measure))
        table.loc[after, ["change", "change_low", "change_high", "p"]] = [found.value, found.low, found.high, found.p]
    return table


def trend(scores: pd.Series, waves: pd.Series, measure: Measure | str = "csat") -> Trend:
    """Test whether a score moves steadily from wave to wave.

    Parameters
    ----------
    scores, waves : Series
        One row an answer, same index; waves sort in time and count as equally far apart.
    measure : Measure or str

    Raises
    ------
    DataError
        With fewer than two waves, or faulty answers.

    Notes
    -----
    The linear-by-linear test: z = r·√n with the correlation r of the answer's value (top box 1 or 0; +100, 0, −100;
    the answer) and the wave's number. For a share this is the Cochran-Armitage test (Armitage, P. 1955, Biometrics
    11, 375–386). The interval uses the same variance.

    Examples
    --------
    >>> waves = pd.Series(["1"] * 50 + ["2"] * 50)
    >>> round(trend(pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), waves).slope, 3)
    0.2
    """
    measure = measure_of(measure)
    scores, waves = aligned(scores=scores, waves=waves)
    answers = read_scores(scores, measure)
    there = answers.notna() & waves.notna()
    values = per_answer(answers[there].to_numpy(), measure)
    number, names = pd.factorize(waves[there], sort=True)
    if len(names) < 2:
        raise DataError("survey_one_wave", have=len(names))
    n = len(values)
    slope = np.cov(number, values, ddof=0)[0, 1] / number.var()
    error = values.std() / (number.std() * math.sqrt(n))
    p = _two_sided(slope / error) if error > 0 else 1.0
    return Trend(float(slope), float(slope - Z * error), float(slope + Z * error), p, n, len(names))


def mode_effect(
    scores: pd.Series, channels: pd.Series, strata: pd.Series | None = None, measure: Measure | str = "csat"
) -> ModeEffect:
    """Compare the answers by the way they were asked for (telephone, link, counter).

    Parameters
    ----------
    scores, channels : Series
        One row an answer, same index.
    strata : Series, optional
        Who answered (tier): the adjusted score gives each channel the mix of strata of all respondents, so that a
        difference that comes from whom a channel reaches goes out. A channel that lacks a stratum has no adjusted
        score.
    measure : Measure or str

    Returns
    -------
    ModeEffect

    Raises
    ------
    DataError
        As `by_group`, and ``survey_one_group`` with fewer than two channels.

    Notes
    -----
    Classes for the chi-square: top box or not (``csat``), promoter, passive, detractor (``nps``), each answer
    (``mean``). Cramér's V = √(χ²/(n·(min(rows, columns) − 1))). Direct standardisation for the adjusted score.

    Examples
    --------
    >>> scores = pd.Series([5] * 30 + [2] * 10 + [5] * 20 + [2] * 20)
    >>> channels = pd.Series(["phone"] * 40 + ["link"] * 40)
    >>> round(mode_effect(scores, channels).cramers_v, 3)
    0.258
    """
    scores, channels, strata = aligned(scores=scores, channels=channels, strata=strata)
    table = by_group(scores, channels, measure).drop(index="unknown", errors="ignore")
    if len(table) < 2:
        raise DataError("survey_one_group", have=len(table))
    measure = _stated(measure)
    answers = read_scores(scores, measure)
    there = answers.notna() & channels.notna()
    values = pd.Series(per_answer(answers[there].to_numpy(), measure), index=answers.index[there])
    channel = channels[there]
    table["adjusted"] = math.nan
    if strata is not None:
        adjusted = _standardised(values, channel, strata[there])
        table["adjusted"] = adjusted.reindex(table.index).where(table["note"].eq(""))
    counts = pd.crosstab(values, channel).to_numpy()
    if min(counts.shape) < 2:
        return ModeEffect(table, math.nan, math.nan, 0, math.nan)
    from scipy.stats import chi2_contingency

    found = chi2_contingency(counts, correction=False)
    strength = math.sqrt(found.statistic / (counts.sum() * (min(counts.shape) - 1)))
    return ModeEffect(table, float(found.statistic), float(found.pvalue), int(found.dof), strength)


def _stated(measure: Measure | str) -> Measure:
    """A measure whose scale is not judged again: that is done once, on all answers."""
    known = measure_of(measure)
    return replace(known, scale=(0, 10)) if known.kind == "nps" and known.scale is None else known


Moments = tuple[float, float, float]


def _two_shares(first: np.ndarray, second: np.ndarray) -> Difference:
    found = two_proportions(int(second.sum()), len(second), int(first.sum()), len(first))
    gap = found.difference
    p = 1.0 if math.isnan(found.p_value) else found.p_value  # both shares 0, or both 1
    return Difference(gap.value, gap.low, gap.high, p, len(first), len(second))


def _apart(first: np.ndarray, second: np.ndarray, one: Moments, two: Moments) -> Difference:
    """The difference of two means, by the middle, the standard error and the degrees of freedom of each side."""
    from scipy.stats import norm, t

    gap = float(second.mean() - first.mean())
    middle, error = two[0] - one[0], math.hypot(one[1], two[1])
    freedom = error**4 / sum(each[1] ** 4 / each[2] for each in (one, two)) if math.isfinite(one[2]) else math.inf
    spread = t(freedom) if math.isfinite(freedom) else norm()
    half = float(spread.ppf(0.975)) * error
    p = float(2 * spread.sf(abs(middle) / error))
    return Difference(gap, middle - half, middle + half, p, len(first), len(second))


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _standardised(values: pd.Series, channel: pd.Series, strata: pd.Series) -> pd.Series:
    share = strata.value_counts(normalize=True)
    means = values.groupby([channel, strata]).mean().unstack()
    return means.reindex(columns=share.index).mul(share, axis=1).sum(axis=1, skipna=False)
