"""Choosing by several criteria: suppliers and partners scored, a CRM system chosen, and how sure the choice is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.tiering.criteria import PairwiseWeights, ahp, scaled

SYSTEM_CRITERIA = (
    "customer_data",  # one record of a customer: base data, purchases, contacts
    "sales_process",
    "service_process",
    "marketing",
    "analysis",
    "integration",  # with the systems that are there
    "customisation",
    "ease_of_use",
    "data_security",
    "cost",
)
"""What the course asks of a CRM system. No vendor is named: score the ones that are on offer."""

SUPPLIER_CRITERIA = ("quality", "delivery", "price", "service", "reputation")
"""What the course asks of suppliers and partners."""


@dataclass(frozen=True, eq=False)
class Decision:
    """A choice by weighted criteria.

    Attributes
    ----------
    scores : DataFrame
        Options × criteria, on a scale of 0 (worst) to 1.
    contributions : DataFrame
        Weight × score; its rows add up to ``ranking["score"]``.
    ranking : DataFrame
        Index ``option``, the best first: ``score``, ``rank``, ``behind`` (the winner's score less its own).
    weights : Series
        By criterion, adding up to 1.
    winner : str
        The option with the highest score; of equal ones the first given.
    consistency : float
        Consistency ratio of the pairwise comparisons (NaN where the weights were given); above 0.10 they contradict one
        another too much.
    """

    scores: pd.DataFrame
    contributions: pd.DataFrame
    ranking: pd.DataFrame
    weights: pd.Series
    winner: str
    consistency: float


def decide(
    options: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series | PairwiseWeights | pd.DataFrame | Sequence[Sequence[float]],
    lower_is_better: Collection[str] = (),
    scale: tuple[float, float] | None = None,
) -> Decision:
    """Choose among options by weighted criteria.

    Parameters
    ----------
    options : DataFrame
        A row for each option, a column for each criterion, all filled.
    weights : mapping, PairwiseWeights or matrix
        A weight for each criterion (none below zero; they are divided by their sum; a criterion without one counts
        nothing and is left out), or pairwise comparisons of the criteria (`tiering.ahp`).
    lower_is_better : collection of str
        Criteria of which less is better, such as cost.
    scale : (float, float), optional
        Lowest and highest score possible, for scores given by people (1 to 5). Not given: from the worst of the options
        to the best, so that small differences look large, and adding an option may change the order of the others.

    Raises
    ------
    DataError
        ``evaluation_options`` with less than two options or none of the criteria, ``evaluation_scale`` for a score off
        the scale, ``evaluation_weights`` for weights that do not fit the criteria; as ``tiering.scaled`` and ``ahp``.

    Notes
    -----
    Simple additive weighting: Keeney, R. L. and Raiffa, H. (1976), Decisions with Multiple Objectives.

    Examples
    --------
    >>> options = pd.DataFrame({"quality": [5, 3], "cost": [400, 200]}, index=["one", "other"])
    >>> decide(options, {"quality": 3, "cost": 1}, lower_is_better=["cost"]).winner
    'one'
    """
    if len(options) < 2 or options.shape[1] < 1:
        raise DataError("evaluation_options", options=len(options), criteria=options.shape[1])
    if not options.index.is_unique:
        raise DataError("evaluation_option_twice", value=options.index[options.index.duplicated()][0])
    unknown = [code for code in lower_is_better if code not in options]
    if unknown:
        raise DataError("tiering_column", column=unknown[0], columns=", ".join(map(str, options.columns)))
    if isinstance(weights, Mapping | pd.Series):
        options = options[[code for code in options if code in weights]]
    weight, consistency = _weights(weights, list(map(str, options.columns)))
    lower_is_better = [code for code in lower_is_better if code in weight.index]
    score = _scores(options, list(weight.index), lower_is_better, scale)
    contributions = score * weight
    total = contributions.sum(axis=1).round(12)
    ranking = total.rename("score").to_frame().rename_axis("option")
    ranking["rank"] = total.rank(ascending=False, method="min").astype(int)
    ranking["behind"] = total.max() - total
    ranking = ranking.sort_values("score", ascending=False, kind="stable")
    return Decision(score, contributions, ranking, weight, str(ranking.index[0]), consistency)


def _weights(weights: object, criteria: list[str]) -> tuple[pd.Series, float]:
    compared: PairwiseWeights | None = None
    if isinstance(weights, PairwiseWeights):
        compared = weights
    elif not isinstance(weights, Mapping | pd.Series):
        compared = ahp(weights if isinstance(weights, pd.DataFrame) else pd.DataFrame(np.asarray(weights)))
    given = compared.weights if compared is not None else pd.Series(dict(weights))  # type: ignore[call-overload]
    number = pd.to_numeric(given.astype(object), errors="coerce").to_numpy(dtype=float)
    named = pd.Series(number, [str(name) for name in given.index])
    if compared is not None and list(named.index) == [str(number) for number in range(len(criteria))]:
        named.index = pd.Index(criteria)
    finite = np.isfinite(named).all() and (named >= 0).all() and named.sum() > 0
    if not finite or set(named.index) != set(criteria) or not named.index.is_unique:
        shown = ", ".join(f"{name} {size:g}" for name, size in named.items())
        raise DataError("evaluation_weights", weights=shown, criteria=", ".join(criteria))
    named = named[criteria]
    return (named / named.sum()).rename("weight"), float("nan") if compared is None else compared.consistency_ratio


def _scores(
    options: pd.DataFrame, criteria: list[str], lower_is_better: Collection[str], scale: tuple[float, float] | None
) -> pd.DataFrame:
    table = options.set_axis(criteria, axis=1).set_axis(options.index.map(str))
    if scale is None:
        return scaled(table, criteria, lower_is_better)
    low, high = scale
    scaled(table, criteria)  # refuses blanks and words
    off = table.lt(low) | table.gt(high)
    if not low < high or off.any(axis=None):
        row, column = (int(found[0]) for found in np.nonzero(off.to_numpy())) if off.any(axis=None) else (0, 0)
        where = {"option": table.index[row], "column": criteria[column], "value": table.iloc[row, column]}
        raise DataError("evaluation_scale", **where, low=low, high=high)
    found = (table.astype(float) - low) / (high - low)
    return found.assign(**{name: 1 - found[name] for name in lower_is_better})


def sensitivity(decision: Decision) -> pd.DataFrame:
    """Return for each criterion between which weights the winner stays the winner.

    Parameters
    ----------
    decision : Decision

    Returns
    -------
    DataFrame
        Index ``criterion``: ``weight`` (as used), ``low`` and ``high`` (the winner stays the winner while the weight
        lies between them, the others keeping their proportions), ``below`` and ``above`` (who wins outside; empty:
        nobody else), ``distance`` (to the nearer end that matters; blank where no weight changes the winner). The
        smallest distance first: the choice hangs on that criterion.

    Examples
    --------
    >>> options = pd.DataFrame({"quality": [5, 3], "cost": [400, 200]}, index=["one", "other"])
    >>> found = sensitivity(decide(options, {"quality": 3, "cost": 1}, lower_is_better=["cost"]))
    >>> found.loc["cost", ["high", "above"]].to_dict()
    {'high': 0.5, 'above': 'other'}
    """
    rows = []
    for criterion, weight in decision.weights.items():
        alone = decision.scores[criterion]
        rest = decision.weights.drop(criterion)
        total = rest.sum()
        others = decision.scores[rest.index] @ (rest / total) if total > 0 else alone * 0.0
        rows.append(
            (criterion, weight, *_stays(alone - alone[decision.winner], others - others[decision.winner], weight))
        )
    columns = ["criterion", "weight", "low", "high", "below", "above"]
    table = pd.DataFrame(rows, columns=columns).set_index("criterion")
    ends = pd.DataFrame(
        {
            "down": (table["weight"] - table["low"]).where(table["below"] != ""),
            "up": (table["high"] - table["weight"]).where(table["above"] != ""),
        }
    )
    return table.assign(distance=ends.min(axis=1)).sort_values("distance", kind="stable", na_position="last")


def _stays(alone: pd.Series, others: pd.Series, weight: float) -> tuple[float, float, str, str]:
    """Where another option's lead, a straight line in the weight, crosses zero on either side of the weight."""
    low, high, below, above = 0.0, 1.0, "", ""
    for option in alone.index:
        slope, start = float(alone[option] - others[option]), float(others[option])
        if abs(slope) < 1e-12:
            continue
        crossing = -start / slope
        if slope > 0 and weight <= crossing < high:
            high, above = crossing, str(option)
        if slope < 0 and low < crossing <= weight:
            low, below = crossing, str(option)
    return low, high, below, above


def robustness(decision: Decision, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Return how often each option wins when the weights are drawn at random: who wins whatever one thinks important?

    Parameters
    ----------
    decision : Decision
    draws : int
        Sets of weights, all equally likely (uniform over those that add up to 1).
    seed : int

    Returns
    -------
    DataFrame
        Index ``option``, the most frequent winner first: ``wins`` (share; of equal scores the first given wins),
        ``worst_rank`` and ``mean_rank``.

    Raises
    ------
    DataError
        ``evaluation_draws`` with less than 100 draws.

    Examples
    --------
    >>> options = pd.DataFrame({"quality": [5, 3], "cost": [100, 200]}, index=["one", "other"])
    >>> float(robustness(decide(options, {"quality": 1, "cost": 1}, ["cost"]))["wins"].iloc[0])
    1.0
    """
    if draws < 100:
        raise DataError("evaluation_draws", value=draws)
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(len(decision.weights)), draws)
    totals = decision.scores.to_numpy() @ weights.T
    ranks = (totals[:, None, :] < totals[None, :, :] - 1e-12).sum(axis=1) + 1
    table = pd.DataFrame(
        {
            "wins": np.bincount(totals.round(12).argmax(axis=0), minlength=len(totals)) / draws,
            "worst_rank": ranks.max(axis=1),
            "mean_rank": ranks.mean(axis=1),
        },
        index=decision.scores.index.rename("option"),
    )
    return table.sort_values(["wins", "mean_rank"], ascending=[False, True], kind="stable")


def supplier_score(
    metrics: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series,
    lower_is_better: Collection[str] = (),
    classes: tuple[float, float] = (0.75, 0.5),
) -> pd.DataFrame:
    """Score suppliers or partners by weighted criteria, and say where each is weakest.

    Parameters
    ----------
    metrics : DataFrame
        A row for each supplier, a column for each criterion: delivery in time, share of defects …
    weights : mapping or Series
        By criterion.
    lower_is_better : collection of str
        Criteria of which less is better.
    classes : (float, float)
        Scores from which a supplier is *preferred*, and *approved*; below, *improve*.

    Returns
    -------
    DataFrame
        Index ``supplier``, the best first: ``score`` (0 to 1, relative to these suppliers), ``rank``, ``class``,
        ``weakest`` (the criterion where most is lost) and ``lost`` (the score lost there).

    Raises
    ------
    DataError
        As `decide`; ``evaluation_classes`` when the cuts are out of order.

    Examples
    --------
    >>> metrics = pd.DataFrame({"in_time": [0.98, 0.90], "defects": [0.01, 0.03]}, index=["S1", "S2"])
    >>> supplier_score(metrics, {"in_time": 1, "defects": 1}, ["defects"])["class"].tolist()
    ['preferred', 'improve']
    """
    if not 1 >= classes[0] >= classes[1] >= 0:
        raise DataError("evaluation_classes", first=classes[0], second=classes[1])
    found = decide(metrics, weights, lower_is_better)
    table = found.ranking.rename_axis("supplier")[["score", "rank"]]
    lost = (found.weights - found.contributions).reindex(table.index)
    table["class"] = np.select(
        [table["score"] >= classes[0], table["score"] >= classes[1]], ["preferred", "approved"], "improve"
    )
    table["weakest"] = lost.idxmax(axis=1).where(lost.max(axis=1) > 0, "")
    return table.assign(lost=lost.max(axis=1))
