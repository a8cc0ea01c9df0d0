"""Scores: customer satisfaction (CSAT), net promoter score (NPS), customer effort; by group, over time, by mode.

Reading answers stands in ``answers``, the questionnaire in ``questionnaire`` and ``reliability``, drivers in
``drivers``, Kano in ``kano``; their main functions can be called from here.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.methods.answers import (
    LABELS,
    SCALES,
    SurveyWarning,
    check_answers,
    clean_answers,
    named_rows,
    read_answers,
    reverse,
)
from crmbook.methods.comparison import two_proportions
from crmbook.methods.drivers import (
    behind,
    correlation,
    drivers,
    importance_performance,
    performance,
    regression,
    what_if,
)
from crmbook.methods.estimate import Estimate, Z, wilson
from crmbook.methods.kano import kano, kano_answers, kano_by_group
from crmbook.methods.questionnaire import (
    item_bank,
    margin_of_error,
    missing,
    post_stratify,
    responded,
    response_rate,
    sample_size,
    straight_lining,
    weighted_mean,
)
from crmbook.methods.reliability import cronbach_alpha, factors, item_statistics, reliability, reversed_items

__all__ = [
    "LABELS",
    "MEASURES",
    "MINIMUM",
    "SCALES",
    "Difference",
    "ModeEffect",
    "SurveyWarning",
    "Trend",
    "behind",
    "by_group",
    "by_wave",
    "check_answers",
    "clean_answers",
    "correlation",
    "cronbach_alpha",
    "csat",
    "difference",
    "drivers",
    "effort",
    "factors",
    "importance_performance",
    "item_bank",
    "item_statistics",
    "kano",
    "kano_answers",
    "kano_by_group",
    "margin_of_error",
    "mean_score",
    "missing",
    "mode_effect",
    "named_rows",
    "nps",
    "nps_sample_size",
    "per_answer",
    "performance",
    "post_stratify",
    "read_answers",
    "regression",
    "reliability",
    "responded",
    "response_rate",
    "reverse",
    "reversed_items",
    "sample_size",
    "straight_lining",
    "trend",
    "weighted_mean",
    "what_if",
]

MEASURES = ("csat", "nps", "mean")
MINIMUM = 10  # answers below which a group shows no score
SMALL = 30  # answers below which the net promoter score's interval comes from the bootstrap
DRAWS = 10_000


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
        As from `by_group`, with ``adjusted``: the score the channel would have if its respondents were mixed like all
        of them.
    chi2, p : float
        Pearson's chi-square of answer class × channel and its p value; NaN with a single channel or class.
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


def csat(
    scores: Iterable, top: int = 2, points: int = 5, labels: Mapping[str, int] | Sequence[str] | None = None
) -> Estimate:
    """Return customer satisfaction as the share of answers in the top boxes (top-two-box by default).

    Parameters
    ----------
    scores : iterable
        Answers 1 to ``points``, or labels; blanks are left out and not counted in ``n``.
    top : int
        How many of the highest answers count as satisfied.
    points : int
        The scale's highest answer.
    labels : mapping or sequence of str, optional
        As in `read_answers`.

    Returns
    -------
    Estimate
        A share with its Wilson interval at 95 %.

    Raises
    ------
    DataError
        For an answer off the scale (a 0 for "not applicable", a 55), an unknown label, no answers at all, or a
        ``top`` that is not below ``points``.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209–212. The mean is `mean_score`.

    Examples
    --------
    >>> print(csat([5, 4, 4, 3, 5, 2, 4, 5, 1, 4]))
    0.7 (0.3968 to 0.8922, n = 10)
    """
    _refuse_top(top, points)
    answers = _answered(read_answers(scores, 1, points, labels))
    return wilson(int((answers > points - top).sum()), len(answers))


def mean_score(
    scores: Iterable, lowest: int = 1, highest: int = 5, labels: Mapping[str, int] | Sequence[str] | None = None
) -> Estimate:
    """Return the mean answer with its 95 % interval from Student's t.

    Parameters
    ----------
    scores : iterable
        Answers ``lowest`` to ``highest``, or labels; blanks are left out.
    lowest, highest : int
        The ends of the scale; the interval is cut there.
    labels : mapping or sequence of str, optional
        As in `read_answers`.

    Returns
    -------
    Estimate
        In scale points; a single answer has no interval (NaN).

    Raises
    ------
    DataError
        As `csat`.

    Examples
    --------
    >>> print(mean_score([5, 4, 4, 3]))
    4 (2.701 to 5, n = 4)
    """
    answers = _answered(read_answers(scores, lowest, highest, labels))
    return _mean(answers.to_numpy(), lowest, highest)


def effort(scores: Iterable, points: int = 7) -> Estimate:
    """Return the customer effort score: how easy the company made it, as the mean of 1 (very hard) to 7 (very easy).

    Parameters
    ----------
    scores : iterable
        Answers; high is good. A form that asks how much effort it took (high is bad) must be turned round first
        (`reverse`).
    points : int
        The scale's highest answer.

    Returns
    -------
    Estimate
        As from `mean_score`.

    Raises
    ------
    DataError
        As `csat`.

    Notes
    -----
    The newer wording of the customer effort score ("made it easy"); the older one (Dixon, M., Freeman, K. and Toman,
    N. 2010, Harvard Business Review 88) asked for effort and runs the other way.

    Examples
    --------
    >>> effort([7, 6, 6, 5]).value
    6.0
    """
    return mean_score(scores, 1, points)


def nps(scores: Iterable, method: str | None = None, scale: tuple[int, int] | None = None, seed: int = 0) -> Estimate:
    """Return the net promoter score: the share of promoters (9–10) minus that of detractors (0–6), in points.

    Parameters
    ----------
    scores : iterable
        Answers 0 to 10; blanks are left out and not counted in ``n``.
    method : str, optional
        Of the interval: ``"variance"`` (normal, variance of one answer p + d − (p − d)²), ``"bootstrap"``
        (percentile, 10,000 draws) or ``"adjusted"`` (three answers added: ¾ promoter, 1½ passive, ¾ detractor). Not
        given: the bootstrap under 30 answers, else the variance.
    scale : tuple of int, optional
        The scale that the question really offered, ``(0, 10)`` or ``(1, 10)``; states it and leaves out the guess
        from the answers.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Estimate
        −100 to 100, the interval at 95 % cut there.

    Raises
    ------
    DataError
        For an answer that is not a whole number of 0 to 10, no answers, and a question of 1 to 5 points (three
        answers or more, all 1 to 5): its "5" would count as a detractor.

    Warns
    -----
    SurveyWarning
        When the answers look like a scale of 1 to 10 (there is a 1 and no 0) or of 1 to 7: promoters and detractors
        are then cut from another scale than the one they are defined on.

    Notes
    -----
    Reichheld, F. F. (2003), Harvard Business Review 81(12), 46–54. Adjusted interval: Rocks, B. (2016), The American
    Statistician 70, 365–372.

    Examples
    --------
    >>> print(nps([10] * 180 + [8] * 140 + [3] * 80))
    25 (17.49 to 32.51, n = 400)
    """
    answers = _answered(_recommend(scores, scale))
    method = method or ("bootstrap" if len(answers) < SMALL else "variance")
    if method not in ("variance", "bootstrap", "adjusted"):
        raise DataError("survey_choice", setting="method", value=method, known="variance, bootstrap, adjusted")
    return _nps(answers.to_numpy(), method, seed)


def nps_sample_size(margin: float = 5.0, promoters: float = 0.5, detractors: float = 0.2) -> int:
    """Return how many answers give the net promoter score a margin.

    Parameters
    ----------
    margin : float
        Half the width of the 95 % interval, in points.
    promoters, detractors : float
        The shares expected.

    Raises
    ------
    DataError
        When the shares do not fit (below 0, or more than 1 together) or the margin is not positive.

    Examples
    --------
    >>> nps_sample_size(5)
    938
    """
    if min(promoters, detractors) < 0 or promoters + detractors > 1:
        raise DataError("survey_nps_shares", promoters=promoters, detractors=detractors)
    if margin <= 0:
        raise DataError("survey_setting_positive", setting="margin", value=margin)
    variance = promoters + detractors - (promoters - detractors) ** 2
    return math.ceil(Z**2 * 100**2 * variance / margin**2)


def by_group(
    scores: pd.Series,
    groups: pd.Series,
    measure: str = "csat",
    top: int = 2,
    points: int = 5,
    scale: tuple[int, int] | None = None,
    minimum: int = MINIMUM,
) -> pd.DataFrame:
    """Return a score by group (tier, stage, segment, channel, wave), with n and interval.

    Parameters
    ----------
    scores, groups : Series
        One row an answer, same index. Answers without a group are shown as group ``unknown``.
    measure : str
        ``"csat"``, ``"nps"`` or ``"mean"``.
    top, points : int
        Of ``csat``; ``points`` also of ``mean``.
    scale : tuple of int, optional
        Of ``nps``, see there; the scale is judged from all answers together.
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
    answers = _read(scores, measure, points, scale, top)
    groups = _aligned(groups, answers).astype("object")
    groups = groups.where(groups.notna(), "unknown")[answers.notna()]
    answers = answers.dropna()
    rows = {}
    for group, values in answers.groupby(groups, sort=True):
        enough = len(values) >= minimum
        found = (
            _estimate(values.to_numpy(), measure, top, points)
            if enough
            else Estimate(math.nan, math.nan, math.nan, len(values))
        )
        rows[group] = (len(values), found.value, found.low, found.high, "" if enough else "too_few")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "value", "low", "high", "note"]).rename_axis(
        "group"
    )
    return table.loc[[group for group in table.index if group != "unknown"] + ["unknown"] * ("unknown" in table.index)]


def difference(
    first: Iterable,
    second: Iterable,
    measure: str = "csat",
    top: int = 2,
    points: int = 5,
    scale: tuple[int, int] | None = None,
) -> Difference:
    """Return the difference of two groups' or waves' scores, the second minus the first.

    Parameters
    ----------
    first, second : iterable
        Answers; independent of each other (not the same people twice).
    measure, top, points, scale
        As in `by_group`.

    Raises
    ------
    DataError
        For faulty answers and when one side has no answers (a mean or an NPS needs two).

    Notes
    -----
    ``csat``: interval of Newcombe, R. G. (1998), Statistics in Medicine 17, 873–890 (method 10, from Wilson's), p
    from the pooled two-proportion z test. ``mean``: Welch's t. ``nps``: normal, variances p + d − (p − d)² of both
    sides.

    Examples
    --------
    >>> change = difference([5] * 30 + [3] * 20, [5] * 40 + [3] * 10)
    >>> round(change.value, 3), round(change.p, 3)
    (0.2, 0.029)
    """
    one, two = (
        _answered(_read(pd.Series(list(side)), measure, points, scale, top)).to_numpy() for side in (first, second)
    )
    if measure == "csat":
        return _two_shares(one > points - top, two > points - top)
    one, two = per_answer(one, measure), per_answer(two, measure)
    if min(len(one), len(two)) < 2:
        raise DataError("survey_few_rows", need=2, have=min(len(one), len(two)))
    return _two_means(one, two, student=measure == "mean")


def by_wave(
    scores: pd.Series,
    waves: pd.Series,
    measure: str = "csat",
    top: int = 2,
    points: int = 5,
    scale: tuple[int, int] | None = None,
    minimum: int = MINIMUM,
) -> pd.DataFrame:
    """Return a score wave by wave, each with its change from the wave before.

    Parameters
    ----------
    scores, waves : Series
        One row an answer, same index; waves sort in time (``2024-1``, ``2024-2``).
    measure, top, points, scale, minimum
        As in `by_group`.

    Returns
    -------
    pandas.DataFrame
        As `by_group`, with ``change``, ``change_low``, ``change_high``, ``p`` against the last wave before that shows
        a score.

    Raises
    ------
    DataError
        As `by_group`.

    Examples
    --------
    >>> waves = pd.Series(["2024-1"] * 50 + ["2024-2"] * 50)
    >>> table = by_wave(pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), waves)
    >>> table["change"].round(3).tolist()
    [nan, 0.2]
    """
    table = by_group(scores, waves, measure, top, points, scale, minimum)
    for column in ("change", "change_low", "change_high", "p"):
        table[column] = math.nan
    shown = [wave for wave in table.index if table.at[wave, "note"] == "" and wave != "unknown"]
    stated = scale or ((0, 10) if measure == "nps" else None)  # judged once already, on all answers
    for before, after in pairwise(shown):
        found = difference(scores[waves.eq(before)], scores[waves.eq(after)], measure, top, points, stated)
        table.loc[after, ["change", "change_low", "change_high", "p"]] = [found.value, found.low, found.high, found.p]
    return table


def trend(
    scores: pd.Series,
    waves: pd.Series,
    measure: str = "csat",
    top: int = 2,
    points: int = 5,
    scale: tuple[int, int] | None = None,
) -> Trend:
    """Test whether a score moves steadily from wave to wave.

    Parameters
    ----------
    scores, waves : Series
        One row an answer, same index; waves sort in time and count as equally far apart.
    measure, top, points, scale
        As in `by_group`.

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
    answers = _read(scores, measure, points, scale, top)
    there = answers.notna() & _aligned(waves, answers).notna()
    values = per_answer(answers[there].to_numpy(), measure, top, points)
    number, names = pd.factorize(waves[there], sort=True)
    if len(names) < 2:
        raise DataError("survey_one_wave", have=len(names))
    n = len(values)
    slope = np.cov(number, values, ddof=0)[0, 1] / number.var()
    error = values.std() / (number.std() * math.sqrt(n))
    p = _two_sided(slope / error) if error > 0 else 1.0
    return Trend(float(slope), float(slope - Z * error), float(slope + Z * error), p, n, len(names))


def mode_effect(
    scores: pd.Series,
    channels: pd.Series,
    strata: pd.Series | None = None,
    measure: str = "csat",
    top: int = 2,
    points: int = 5,
    scale: tuple[int, int] | None = None,
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
    measure, top, points, scale
        As in `by_group`.

    Returns
    -------
    ModeEffect

    Raises
    ------
    DataError
        As `by_group`.

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
    table = by_group(scores, channels, measure, top, points, scale)
    stated = scale or ((0, 10) if measure == "nps" else None)
    answers = _read(scores, measure, points, stated, top)
    there = answers.notna() & _aligned(channels, answers).notna()
    values = pd.Series(per_answer(answers[there].to_numpy(), measure, top, points), index=answers.index[there])
    channel = channels[there]
    table["adjusted"] = math.nan
    if strata is not None:
        adjusted = _standardised(values, channel, _aligned(strata, answers)[there])
        table["adjusted"] = adjusted.reindex(table.index).where(table["note"].eq(""))
    counts = pd.crosstab(values, channel).to_numpy()
    if min(counts.shape) < 2:
        return ModeEffect(table, math.nan, math.nan, 0, math.nan)
    from scipy.stats import chi2_contingency

    found = chi2_contingency(counts, correction=False)
    strength = math.sqrt(found.statistic / (counts.sum() * (min(counts.shape) - 1)))
    return ModeEffect(table, float(found.statistic), float(found.pvalue), int(found.dof), strength)


def per_answer(answers: np.ndarray, measure: str, top: int = 2, points: int = 5) -> np.ndarray:
    """Return what each answer adds to a score, so that the score is the mean.

    Parameters
    ----------
    answers : ndarray
        Answers read as numbers.
    measure, top, points
        As in `by_group`.

    Returns
    -------
    ndarray
        ``csat``: 1 in a top box, else 0. ``nps``: 100 for a promoter, 0, −100 for a detractor. ``mean``: the answer.

    Examples
    --------
    >>> per_answer(np.array([10.0, 7, 0]), "nps").tolist()
    [100.0, 0.0, -100.0]
    """
    if measure == "csat":
        return np.asarray(answers > points - top, dtype=float)
    if measure == "nps":
        return 100.0 * ((answers >= 9).astype(float) - (answers <= 6))
    return np.asarray(answers, dtype=float)


def _refuse_top(top: int, points: int) -> None:
    if not 1 <= top < points:
        raise DataError("survey_top", value=top, points=points)


def _answered(answers: pd.Series) -> pd.Series:
    there = answers.dropna()
    if there.empty:
        raise DataError(
            "survey_no_answers", column="scores" if answers.name is None else answers.name, rows=len(answers)
        )
    return there


def _recommend(scores: Iterable, scale: tuple[int, int] | None) -> pd.Series:
    lowest, highest = scale or (0, 10)
    if scale is not None and scale not in ((0, 10), (1, 10)):
        raise DataError("nps_scale", lowest=lowest, highest=highest)
    answers = read_answers(scores, lowest, highest)
    there = answers.dropna()
    if scale is not None or len(there) < 3 or there.min() < 1:
        return answers
    column = "scores" if answers.name is None else answers.name
    if there.max() <= 5:
        raise DataError("nps_five_points", column=column, count=len(there))
    if there.max() <= 7:
        warnings.warn(SurveyWarning("nps_seven_points", column=column, count=len(there)), stacklevel=3)
    elif there.min() == 1:
        warnings.warn(SurveyWarning("nps_from_one", column=column, count=len(there)), stacklevel=3)
    return answers


def _read(scores: Iterable, measure: str, points: int, scale: tuple[int, int] | None, top: int) -> pd.Series:
    if measure not in MEASURES:
        raise DataError("survey_choice", setting="measure", value=measure, known=", ".join(MEASURES))
    if measure == "nps":
        return _recommend(scores, scale)
    _refuse_top(top, points)
    return read_answers(scores, 1, points)


def _aligned(groups: pd.Series, answers: pd.Series) -> pd.Series:
    if not groups.index.equals(answers.index):
        raise DataError("survey_lengths", first=len(answers), second=len(groups))
    return groups


def _estimate(answers: np.ndarray, measure: str, top: int, points: int) -> Estimate:
    if measure == "csat":
        return wilson(int((answers > points - top).sum()), len(answers))
    if measure == "nps":
        return _nps(answers, "bootstrap" if len(answers) < SMALL else "variance", 0)
    return _mean(answers, 1, points)


def _mean(answers: np.ndarray, lowest: int, highest: int) -> Estimate:
    from scipy.stats import t

    n, mean = len(answers), float(answers.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half = float(t.ppf(0.975, n - 1)) * float(answers.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, max(lowest, mean - half), min(highest, mean + half), n)


def _nps(answers: np.ndarray, method: str, seed: int) -> Estimate:
    n = len(answers)
    promoters, detractors = int((answers >= 9).sum()), int((answers <= 6).sum())
    value = 100 * (promoters - detractors) / n
    if method == "bootstrap":
        rng = np.random.default_rng(seed)
        draws = rng.multinomial(n, (promoters / n, detractors / n, (n - promoters - detractors) / n), size=DRAWS)
        low, high = np.quantile(100 * (draws[:, 0] - draws[:, 1]) / n, (0.025, 0.975))
        return Estimate(value, float(low), float(high), n)
    added = 3 if method == "adjusted" else 0
    p, d = ((count + added / 4) / (n + added) for count in (promoters, detractors))
    half = 100 * Z * math.sqrt((p + d - (p - d) ** 2) / (n + added))
    centre = 100 * (p - d)
    return Estimate(value, max(-100.0, centre - half), min(100.0, centre + half), n)


def _two_shares(first: np.ndarray, second: np.ndarray) -> Difference:
    found = two_proportions(int(second.sum()), len(second), int(first.sum()), len(first))
    gap = found.difference
    p = 1.0 if math.isnan(found.p_value) else found.p_value  # both shares 0, or both 1
    return Difference(gap.value, gap.low, gap.high, p, len(first), len(second))


def _two_means(first: np.ndarray, second: np.ndarray, student: bool) -> Difference:
    from scipy.stats import norm, t

    gap = float(second.mean() - first.mean())
    ddof = 1 if student else 0
    parts = [side.var(ddof=ddof) / len(side) for side in (first, second)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Difference(gap, gap, gap, 1.0 if gap == 0 else 0.0, len(first), len(second))
    freedom = sum(parts) ** 2 / sum(
        part**2 / (len(side) - 1) for part, side in zip(parts, (first, second), strict=True)
    )
    spread = t(freedom) if student else norm()
    half = float(spread.ppf(0.975)) * error
    return Difference(gap, gap - half, gap + half, float(2 * spread.sf(abs(gap) / error)), len(first), len(second))


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _standardised(values: pd.Series, channel: pd.Series, strata: pd.Series) -> pd.Series:
    share = strata.value_counts(normalize=True)
    means = values.groupby([channel, strata]).mean().unstack()
    return means.reindex(columns=share.index).mul(share, axis=1).sum(axis=1, skipna=False)
