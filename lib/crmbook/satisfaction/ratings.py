"""Scores of one question: customer satisfaction (CSAT), net promoter score (NPS), customer effort."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import SurveyWarning, doubt_of_scale, read_answers
from crmbook.shared.estimate import Estimate, Z, mean, net_points, wilson

MEASURES = ("csat", "nps", "mean")
METHODS = ("adjusted", "variance")  # of the net promoter score's interval


@dataclass(frozen=True)
class Measure:
    """What is made of the answers to a question; groups and waves are compared by it.

    Attributes
    ----------
    kind : str
        ``"csat"`` (share of the top boxes), ``"nps"`` (net promoter score, in points) or ``"mean"``.
    top, points : int
        Of ``csat``, see there; ``points`` also of ``mean``.
    scale : tuple of int, optional
        Of ``nps``, see there; not given, it is judged from all answers together.

    Raises
    ------
    DataError
        For an unknown kind and a ``top`` that is not below ``points``.

    Examples
    --------
    >>> Measure("csat", top=1)
    Measure(kind='csat', top=1, points=5, scale=None)
    """

    kind: str = "csat"
    top: int = 2
    points: int = 5
    scale: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.kind not in MEASURES:
            raise DataError("survey_choice", setting="measure", value=self.kind, known=", ".join(MEASURES))
        if self.kind == "csat":
            _refuse_top(self.top, self.points)


def measures(survey: pd.DataFrame, top: int = 2) -> dict[str, Measure]:
    """Return what the questions of a survey are measured by: ``overall`` by CSAT, ``recommend`` by the NPS.

    Parameters
    ----------
    survey : DataFrame
        As in a book. A question that nobody answered is left out, and so is ``recommend`` on an unknown scale.
    top : int
        How many of the highest answers count as satisfied.

    Examples
    --------
    >>> measures(pd.DataFrame({"overall": [4, 5], "recommend": [None, None]}))
    {'overall': Measure(kind='csat', top=2, points=5, scale=None)}
    """
    found = {}
    if "overall" in survey and survey["overall"].notna().any():
        found["overall"] = Measure("csat", top=top)
    if "recommend" in survey and survey["recommend"].notna().any():
        with suppress(DataError):
            found["recommend"] = Measure("nps", scale=recommend_scale(survey["recommend"]))
    return found


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
    answers = answered(read_answers(scores, 1, points, labels))
    return wilson(int((answers > points - top).sum()), len(answers))


def mean_score(
    scores: Iterable, lowest: int = 1, highest: int = 5, labels: Mapping[str, int] | Sequence[str] | None = None
) -> Estimate:
    """Return the mean answer with its 95 % interval.

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
        In scale points; the interval is that of `crmbook.shared.estimate.mean` on a scale with ends.

    Examples
    --------
    >>> print(mean_score([5, 4, 4, 3]))
    4 (2.327 to 5, n = 4)
    """
    answers = answered(read_answers(scores, lowest, highest, labels))
    return mean(answers, lowest, highest)


def effort(scores: Iterable, points: int = 7) -> Estimate:
    """Return the customer effort score: how easy the company made it, as the mean of 1 (very hard) to 7 (very easy).

    Parameters
    ----------
    scores : iterable
        Answers; high is good. A form that asks how much effort it took (high is bad) must be turned round first
        (`reverse`).
    points : int
        The scale's highest answer.

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


def nps(scores: Iterable, method: str = "adjusted", scale: tuple[int, int] | None = None) -> Estimate:
    """Return the net promoter score: the share of promoters (9–10) minus that of detractors (0–6), in points.

    Parameters
    ----------
    scores : iterable
        Answers 0 to 10; blanks are left out and not counted in ``n``.
    method : str
        Of the interval: ``"adjusted"`` (adjusted Wald: three answers are added, ¾ promoter, 1½ passive, ¾ detractor)
        or ``"variance"`` (plain normal, variance of one answer p + d − (p − d)²), which is much too narrow for few
        answers: ten promoters are "100 to 100" by it.
    scale : tuple of int, optional
        The scale that the question really offered, ``(0, 10)`` or ``(1, 10)``; states it and leaves out the guess
        from the answers.

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
        When the answers look like a scale of 1 to 10 (no 0, but a 1 in 200 answers or oftener), of 1 to 7, or of 1 to 5
        with a 0 for "not applicable": promoters and detractors are then cut from another scale than the one they are
        defined on.

    Notes
    -----
    Reichheld, F. F. (2003), Harvard Business Review 81(12), 46–54. Adjusted interval: Rocks, B. (2016), The American
    Statistician 70, 365–372. With promoters .9 and detractors .02 it covers the truth in 92 % at n = 5 and in 96 % at
    n = 30, the plain one in 40 % and 86 % (enumerated over all outcomes).

    Examples
    --------
    >>> print(nps([10] * 180 + [8] * 140 + [3] * 80))
    25 (17.33 to 32.3, n = 400)
    """
    answers = answered(_recommend(scores, scale))
    if method not in METHODS:
        raise DataError("survey_choice", setting="method", value=method, known=", ".join(METHODS))
    return _nps(answers.to_numpy(), method)


def recommend_scale(scores: Iterable) -> tuple[int, int]:
    """Return the scale that a question for the net promoter score seems to have offered, judged from all its answers.

    Groups and waves are then computed with it (``Measure("nps", scale=…)``), and none is judged by a few answers of its
    own. `check_answers` lists what speaks against 0 to 10.

    Parameters
    ----------
    scores : iterable
        All answers of the question.

    Returns
    -------
    tuple of int
        ``(1, 10)`` when there is no 0, but a 1 in 200 answers or oftener, else ``(0, 10)``.

    Raises
    ------
    DataError
        As `nps`: for a question of 1 to 5 points, and answers off the scale.

    Examples
    --------
    >>> recommend_scale([1, 7, 10]), recommend_scale([0, 7, 10])
    ((1, 10), (0, 10))
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SurveyWarning)
        answers = _recommend(scores, None)
    return (1, 10) if doubt_of_scale(answers) == "nps_from_one" else (0, 10)


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


def measure_of(measure: Measure | str) -> Measure:
    """Return a measure; its kind alone stands for the usual settings."""
    return measure if isinstance(measure, Measure) else Measure(measure)


def per_answer(answers: np.ndarray, measure: Measure | str) -> np.ndarray:
    """Return what each answer adds to a score, so that the score is the mean.

    Parameters
    ----------
    answers : ndarray
        Answers read as numbers.
    measure : Measure or str

    Returns
    -------
    ndarray
        ``csat``: 1 in a top box, else 0. ``nps``: 100 for a promoter, 0, −100 for a detractor. ``mean``: the answer.

    Examples
    --------
    >>> per_answer(np.array([10.0, 7, 0]), "nps").tolist()
    [100.0, 0.0, -100.0]
    """
    measure = measure_of(measure)
    if measure.kind == "csat":
        return np.asarray(answers > measure.points - measure.top, dtype=float)
    if measure.kind == "nps":
        return 100.0 * ((answers >= 9).astype(float) - (answers <= 6))
    return np.asarray(answers, dtype=float)


def read_scores(scores: Iterable, measure: Measure) -> pd.Series:
    """Return the answers that a measure is made of as numbers; refuse what `csat` and `nps` refuse."""
    return _recommend(scores, measure.scale) if measure.kind == "nps" else read_answers(scores, 1, measure.points)


def estimate_of(answers: np.ndarray, measure: Measure) -> Estimate:
    """Return the score of answers that `read_scores` has read, none of them blank."""
    if measure.kind == "csat":
        return wilson(int(per_answer(answers, measure).sum()), len(answers))
    if measure.kind == "nps":
        return _nps(answers)
    return mean(answers, 1, measure.points)


def _refuse_top(top: int, points: int) -> None:
    if not 1 <= top < points:
        raise DataError("survey_top", value=top, points=points)


def answered(answers: pd.Series) -> pd.Series:
    """Return the answers that are not blank; refuse a column without any."""
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
    doubt = "" if scale is not None else doubt_of_scale(answers)
    facts = {"column": "scores" if answers.name is None else answers.name, "count": int(answers.notna().sum())}
    if doubt == "nps_five_points":
        raise DataError(doubt, **facts)
    if doubt:
        warnings.warn(SurveyWarning(doubt, **facts), stacklevel=3)
    return answers


def _nps(answers: np.ndarray, method: str = "adjusted") -> Estimate:
    return net_points(*_sides(answers), len(answers), 3 if method == "adjusted" else 0)


def _sides(answers: np.ndarray) -> tuple[int, int]:
    return int((answers >= 9).sum()), int((answers <= 6).sum())
