"""Several criteria in one score, weights by judgement (AHP) or by data (entropy), and how far two tierings agree."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from numbers import Real

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared import checked
from crmbook.shared.agreement import kappa_of_counts
from crmbook.shared.estimate import Estimate, wilson
from crmbook.tiering.scores import score

SCALINGS = ("minmax", "z", "percentile")
LEVELS = ("low", "mid", "high")

# Saaty's random index: the mean consistency index of random matrices of 1, 2, 3 … criteria (Saaty 1980).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)


def scaled(
    customers: pd.DataFrame, columns: Sequence[str], lower_is_better: Collection[str] = (), scaling: str = "minmax"
) -> pd.DataFrame:
    """Return criteria on one scale, so that they may be added up; more is better in each.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds the columns.
    columns : sequence of str
        The criteria.
    lower_is_better : collection of str
        Columns of which less is better, such as ``recency``; where they are among the criteria they are turned round.
    scaling : {"minmax", "z", "percentile"}
        ``"minmax"``: 0 for the worst customer, 1 for the best. ``"z"``: standard deviations from the mean (divisor n).
        ``"percentile"``: the share of customers that are worse, those who are equal counted half; outliers do not
        pull it. Where all customers are equal: 0.5, 0 and 0.5.

    Returns
    -------
    DataFrame
        A column for each criterion, index as given.

    Raises
    ------
    DataError
        When a column or value is missing, or the scaling is not known.

    Examples
    --------
    >>> scaled(pd.DataFrame({"recency": [10, 30, 20]}), ["recency"], ["recency"]).recency.tolist()
    [1.0, 0.0, 0.5]
    """
    if scaling not in SCALINGS:
        nearest = get_close_matches(str(scaling), SCALINGS, n=1, cutoff=0.0)[0]
        raise DataError("tiering_scaling", scaling=scaling, nearest=nearest, scalings=", ".join(SCALINGS))
    made = {}
    for column in columns:
        found = checked.numbers(checked.measure(customers, column))
        made[column] = _scale(-found if column in lower_is_better else found, scaling)
    return pd.DataFrame(made, index=customers.index)


def weight_shares(weights: Mapping[str, float] | pd.Series) -> pd.Series:
    """Return weights divided by their sum.

    Parameters
    ----------
    weights : mapping or Series of column to weight
        None below zero.

    Returns
    -------
    Series
        Index column, adding up to 1.

    Raises
    ------
    DataError
        When a weight is negative, missing or no number, or all are zero.

    Examples
    --------
    >>> weight_shares({"monetary": 3, "recency": 1}).to_dict()
    {'monetary': 0.75, 'recency': 0.25}
    """
    given = dict(weights)
    weight = pd.to_numeric(pd.Series(given, dtype=object), errors="coerce").astype(float)
    if len(weight) == 0 or not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() == 0:
        raise DataError("tiering_weights", weights=", ".join(f"{column} {size}" for column, size in given.items()))
    return (weight / weight.sum()).rename("weight")


def weighted_score(
    customers: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series,
    lower_is_better: Collection[str] = (),
    scaling: str = "minmax",
) -> pd.Series:
    """Return one score from several criteria.

    Parameters
    ----------
    customers, lower_is_better, scaling
        As in `scaled`.
    weights : mapping or Series of column to weight
        None below zero; they are divided by their sum.

    Returns
    -------
    Series
        Σ weight × scaled criterion: 0 to 1 with ``"minmax"`` and ``"percentile"``.

    Raises
    ------
    DataError
        As in `scaled`; also when a weight is negative, missing, or all are zero.

    Examples
    --------
    >>> table = pd.DataFrame({"monetary": [100, 300, 200], "recency": [5, 5, 90]})
    >>> weighted_score(table, {"monetary": 3, "recency": 1}, lower_is_better=["recency"]).tolist()
    [0.25, 1.0, 0.375]
    """
    shares = weight_shares(weights)
    unknown = [column for column in lower_is_better if column not in customers]
    if unknown:
        raise DataError("tiering_column", column=unknown[0], columns=", ".join(map(str, customers.columns)))
    criteria = scaled(customers, [str(column) for column in shares.index], lower_is_better, scaling)
    total = sum(criteria[column].to_numpy() * share for column, share in shares.items())
    # Rounded, because 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 are the same score, but not in binary.
    return pd.Series(np.round(total, 12), index=customers.index, name="score")


def entropy_weights(criteria: pd.DataFrame) -> pd.Series:
    """Return weights that the data speak for: the more unequal customers are on a criterion, the more it weighs.

    Parameters
    ----------
    criteria : DataFrame, shape (customers, criteria)
        Zero or more in each cell, more being better: raw amounts, or what `scaled` gives.

    Returns
    -------
    Series
        Weight by column, adding up to 1; a column on which all are equal weighs 0.

    Raises
    ------
    DataError
        With fewer than two customers, a negative or missing value, or no column on which customers differ.

    Notes
    -----
    p = x/Σx in a column, e = −Σ p ln p / ln n, weight = (1 − e) / Σ(1 − e): Zeleny, M. (1982), Multiple Criteria
    Decision Making, after Shannon (1948). It measures spread, not importance: a criterion nobody cares about can
    weigh most.

    Examples
    --------
    >>> entropy_weights(pd.DataFrame({"monetary": [1, 0], "frequency": [2, 2]})).to_dict()
    {'monetary': 1.0, 'frequency': 0.0}
    """
    information = {}
    for column in criteria.columns:
        found = checked.numbers(criteria[column])
        if (found < 0).any():
            raise DataError(
                "tiering_entropy_negative", column=column, customer=criteria.index[int((found < 0).argmax())]
            )
        information[column] = 0.0 if found.min() == found.max() else 1 - _entropy(found / found.sum())
    total = sum(information.values())
    if total <= 0:
        raise DataError("tiering_entropy_equal", columns=", ".join(map(str, criteria.columns)))
    return pd.Series(information, name="weight") / total


@dataclass(frozen=True)
class PairwiseWeights:
    """Weights from pairwise comparisons.

    Attributes
    ----------
    weights : Series
        By criterion, adding up to 1.
    largest_eigenvalue, consistency_index, consistency_ratio : float
        λ, (λ − n)/(n − 1), and that over Saaty's random index.
    consistent : bool
        Ratio of at most 0.10, Saaty's rule; above it the comparisons contradict one another too much to be used.
    """

    weights: pd.Series
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float
    consistent: bool


def ahp(matrix: pd.DataFrame | Sequence[Sequence[float]]) -> PairwiseWeights:
    """Return criteria weights from pairwise comparisons (analytic hierarchy process, AHP).

    Parameters
    ----------
    matrix : DataFrame or nested sequence, shape (criteria, criteria)
        Row against column on Saaty's scale: 1 equal, 3 moderately, 5 strongly, 7 very strongly, 9 extremely more
        important. Below the diagonal stand the reciprocals, as numbers or as text such as ``"1/3"``.

    Returns
    -------
    PairwiseWeights

    Raises
    ------
    DataError
        When the matrix is not square, has more than 10 criteria, or a cell is not positive or not the reciprocal of its
        mirror cell (to 1 %, so that 0.33 serves for 1/3).

    Notes
    -----
    Weights are the principal eigenvector: Saaty, T. L. (1980), The Analytic Hierarchy Process.

    Examples
    --------
    >>> result = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    >>> result.weights.round(3).tolist(), round(result.consistency_ratio, 3)
    ([0.637, 0.258, 0.105], 0.033)
    """
    table = (matrix if isinstance(matrix, pd.DataFrame) else pd.DataFrame(matrix)).map(_ratio)
    _check_reciprocal(table)
    compared = table.to_numpy(dtype=float)
    values, vectors = np.linalg.eig(compared)
    principal = int(values.real.argmax())
    vector = np.abs(vectors[:, principal].real)
    n = len(compared)
    largest = float(values[principal].real)
    index = max(0.0, (largest - n) / (n - 1)) if n > 1 else 0.0
    ratio = index / RANDOM_INDEX[n - 1] if n > 2 else 0.0
    weights = pd.Series(vector / vector.sum(), index=table.columns, name="weight")
    return PairwiseWeights(weights, largest, index, ratio, ratio <= 0.10)


def _ratio(cell: object) -> float:
    """A comparison as a number; what is none is NaN, for the check to refuse."""
    if isinstance(cell, str):
        try:
            return float(Fraction(cell.replace(" ", "")))
        except (ValueError, ZeroDivisionError):
            return math.nan
    return float(cell) if isinstance(cell, Real) else math.nan


def value_grid(
    customers: pd.DataFrame,
    frequency: str = "frequency",
    amount: str = "mean_order",
    method: str = "quantile",
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    """Return high, mid and low value on a grid of how often and how much a customer buys.

    Parameters
    ----------
    customers : DataFrame, index customer
        Holds both columns.
    frequency, amount : str
        The two columns.
    method, cuts
        As in `crmbook.tiering.scores.cut_points`, with three levels; ``cuts`` by column for ``"fixed"``.

    Returns
    -------
    DataFrame
        ``frequency_level``, ``amount_level`` and ``value_level``, each low, mid or high. With levels counted 1, 2, 3,
        a sum of 5 or 6 is high, 4 is mid, 2 or 3 is low.

    Raises
    ------
    DataError
        When a column or value is missing, or the cuts do not make sense.

    Examples
    --------
    >>> table = pd.DataFrame({"frequency": [1, 4, 9], "mean_order": [20, 50, 70]})
    >>> value_grid(table).value_level.tolist()
    ['low', 'mid', 'high']
    """
    levels = {}
    for name, column in (("frequency_level", frequency), ("amount_level", amount)):
        own_cuts = (cuts or {}).get(column)
        if own_cuts is not None and len(own_cuts) != 2:
            raise DataError("tiering_cuts_count", column=column, cuts=len(own_cuts), bins=3, wanted=2)
        levels[name] = score(checked.measure(customers, column), 3, method, cuts=own_cuts).to_numpy()
    total = levels["frequency_level"] + levels["amount_level"]
    levels["value_level"] = np.where(total >= 5, 3, np.where(total == 4, 2, 1))
    return pd.DataFrame(
        {name: checked.words(level - 1, LEVELS, customers.index, name) for name, level in levels.items()},
        index=customers.index,
    )


@dataclass(frozen=True)
class Agreement:
    """How far two ways of tiering agree on the same customers.

    Attributes
    ----------
    counts : DataFrame, shape (tiers, tiers)
        Customers by the first tiering (rows) and the second (columns), best tier first.
    same : Estimate
        Share of customers whom both put into the same tier, with its 95 % Wilson interval.
    kappa : float
        Cohen's kappa: agreement beyond chance, 1 complete, 0 chance; NaN where both know only one and the same tier.
    spearman, kendall : float
        Rank correlation of the tiers (Kendall's tau-b, ties counted); NaN where one tiering knows only one tier.
    moved : DataFrame
        The customers whose tier differs: ``first``, ``second``.
    """

    counts: pd.DataFrame
    same: Estimate
    kappa: float
    spearman: float
    kendall: float
    moved: pd.DataFrame


def agreement(first: pd.Series, second: pd.Series, order: Sequence[str] | None = None) -> Agreement:
    """Compare two tierings of the same customers.

    Parameters
    ----------
    first, second : Series of str
        The tier of each customer, index customer, in any order of rows.
    order : sequence of str, optional
        Tiers, the best first; the alphabet where it is not given, which is right for A, B, C.

    Returns
    -------
    Agreement

    Raises
    ------
    DataError
        When the customers are not the same, one stands twice or has no tier, or ``order`` lacks a tier.

    Notes
    -----
    Cohen, J. (1960), Educational and Psychological Measurement 20, 37–46.

    Examples
    --------
    >>> result = agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    >>> result.kappa, list(result.moved.index)
    (0.5, [3])
    """
    first, second = checked.series(first), checked.series(second)
    for side in (first, second):
        checked.one_row_each(side.index)
        if side.isna().any():
            raise DataError("tiering_no_tier", customer=side.index[side.isna().to_numpy()][0])
    if len(first) == 0:
        raise DataError("tiering_no_customers", column="tier")
    strangers = first.index.symmetric_difference(second.index)
    if len(strangers):
        raise DataError("tiering_other_customers", count=len(strangers), customer=strangers[0])
    pair = pd.DataFrame({"first": first.astype(object), "second": second.reindex(first.index).astype(object)})
    tiers = list(order) if order is not None else sorted({*pair["first"], *pair["second"]}, key=str)
    codes = {side: pd.Index(tiers).get_indexer(pd.Index(pair[side])) for side in pair}
    for column, code in codes.items():
        if (code < 0).any():
            raise DataError(
                "tiering_order", tier=pair[column].iloc[int((code < 0).argmax())], order=", ".join(map(str, tiers))
            )
    size = len(tiers)
    table = np.bincount(codes["first"] * size + codes["second"], minlength=size * size).reshape(size, size)
    return Agreement(
        counts=pd.DataFrame(table, index=pd.Index(tiers, name="first"), columns=pd.Index(tiers, name="second")),
        same=wilson(int(np.trace(table)), len(pair)),
        kappa=kappa_of_counts(table).value,
        spearman=_spearman(table),
        kendall=_kendall(table),
        moved=pair[codes["first"] != codes["second"]],
    )


def rank_correlation(first: pd.Series, second: pd.Series) -> dict[str, float]:
    """Return Spearman's and Kendall's rank correlation of two scores of the same customers.

    Parameters
    ----------
    first, second : Series of float
        A score for each customer, index customer.

    Returns
    -------
    dict
        ``spearman`` and ``kendall`` (tau-b); NaN where all customers are equal on one of them.

    Raises
    ------
    DataError
        When the customers are not the same or a value is missing.

    Examples
    --------
    >>> rank_correlation(pd.Series([1, 2, 3]), pd.Series([10, 30, 20]))["spearman"]
    0.5
    """
    first, second = checked.series(first), checked.series(second)
    strangers = first.index.symmetric_difference(second.index)
    if len(strangers):
        raise DataError("tiering_other_customers", count=len(strangers), customer=strangers[0])
    for side in (first, second):
        checked.one_row_each(side.index)
    x, y = checked.numbers(first), checked.numbers(second.reindex(first.index))
    if x.min() == x.max() or y.min() == y.max():
        return {"spearman": float("nan"), "kendall": float("nan")}
    from scipy import stats

    return {"spearman": float(stats.spearmanr(x, y).statistic), "kendall": float(stats.kendalltau(x, y).statistic)}


def _scale(found: np.ndarray, scaling: str) -> np.ndarray:
    if scaling == "percentile":
        ordered = np.sort(found)
        return (np.searchsorted(ordered, found, "left") + np.searchsorted(ordered, found, "right")) / (2 * len(found))
    low, high = found.min(), found.max()
    if low == high:
        return np.full(len(found), 0.5 if scaling == "minmax" else 0.0)
    if scaling == "minmax":
        return (found - low) / (high - low)
    return (found - found.mean()) / found.std()


def _entropy(share: np.ndarray) -> float:
    present = share[share > 0]
    return float(-(present * np.log(present)).sum() / np.log(len(share)))


def _check_reciprocal(table: pd.DataFrame) -> None:
    rows, columns = table.shape
    if rows != columns or rows == 0:
        raise DataError("tiering_ahp_square", rows=rows, columns=columns)
    if rows > len(RANDOM_INDEX):
        raise DataError("tiering_ahp_many", criteria=rows, most=len(RANDOM_INDEX))
    cells = table.to_numpy(dtype=float)
    for i in range(rows):
        for j in range(i, columns):
            cell, mirror = cells[i, j], cells[j, i]
            names = {"row": table.columns[i], "column": table.columns[j]}
            if not (cell > 0 and mirror > 0 and np.isfinite([cell, mirror]).all()):
                raise DataError("tiering_ahp_positive", **names, value=cell if not 0 < cell < np.inf else mirror)
            if abs(cell * mirror - 1) > 0.0101:
                raise DataError("tiering_ahp_reciprocal", **names, value=cell, mirror=mirror, wanted=round(1 / cell, 4))


def _spearman(table: np.ndarray) -> float:
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    n = table.sum()
    x, y = (np.cumsum(side) - side / 2 - n / 2 for side in (rows, columns))
    spread = (rows * x**2).sum() * (columns * y**2).sum()
    return float((table * np.outer(x, y)).sum() / np.sqrt(spread)) if spread > 0 else float("nan")


def _kendall(table: np.ndarray) -> float:
    counts = table.astype(float)
    n = counts.sum()
    below = counts[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    left = counts[::-1].cumsum(axis=0)[::-1].cumsum(axis=1)
    agreeing = (counts[:-1, :-1] * below[1:, 1:]).sum()
    contrary = (counts[:-1, 1:] * left[1:, :-1]).sum()
    pairs = n * (n - 1) / 2
    tied = [(side * (side - 1) / 2).sum() for side in (counts.sum(axis=1), counts.sum(axis=0))]
    spread = (pairs - tied[0]) * (pairs - tied[1])
    return float((agreeing - contrary) / np.sqrt(spread)) if spread > 0 else float("nan")
