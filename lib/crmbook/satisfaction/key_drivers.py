"""What to fix first: which items drive overall satisfaction, and what a better item would change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import SCALES, read_items
from crmbook.satisfaction.psychometrics import refuse_constant
from crmbook.shared.aligned import aligned
from crmbook.shared.estimate import Estimate

METHODS = ("johnson", "lmg")
MOST_LMG = 12  # 2^12 regressions a draw; beyond that Johnson's weights say nearly the same at once

_BLOCK = 4_000_000  # cells of the resampling weights held at once
_SMALLEST = 1e-10  # eigenvalues below this share of the trace count as zero: an item repeats others


@dataclass(frozen=True)
class Regression:
    """A linear regression of the overall answer on the items.

    Attributes
    ----------
    table : DataFrame
        Index item: ``coefficient`` (points of overall a point of the item), ``error``, ``low``, ``high``, ``p``,
        ``standardised`` and ``vif`` (variance inflation: above 5 the items overlap too much to tell their
        coefficients apart).
    covariance : DataFrame (items × items)
        Of the coefficients.
    intercept, r2, r2_adjusted : float
        Of the fit.
    means : Series
        Mean answer of each item in the rows used.
    freedom : int
        Residual degrees of freedom.
    n, left_out : int
        Complete rows, and rows with a blank, which are not used.
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    intercept: float
    r2: float
    r2_adjusted: float
    means: pd.Series
    freedom: int
    n: int
    left_out: int


def drivers(
    items: pd.DataFrame, overall: pd.Series, method: str = "johnson", draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return how much of what the items explain of overall satisfaction belongs to each of them.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        The possible drivers, on any scales.
    overall : Series
        The outcome, same rows.
    method : str
        ``"johnson"`` (relative weights) or ``"lmg"`` (Shapley value of R²: the average gain in R² over all orders of
        entry).
    draws : int
        Bootstrap draws for the intervals; 0 leaves them blank.
    seed : int
        Of those draws. Rows are put in order first, so theirs does not matter.

    Returns
    -------
    pandas.DataFrame
        Index item: ``weight`` (the weights add to R²), ``low``, ``high`` (percentile interval, 95 %), ``share`` (of
        R²), ``correlation`` (with overall; its sign says the direction, which weights do not have), ``n`` (complete
        rows), ``beyond_chance``: whether the item weighs more than a shuffled copy of an item does. A weight is a share
        of what is explained and never zero, so its interval cannot say that an item counts for nothing.

    Raises
    ------
    DataError
        For an unknown method, faulty answers, fewer complete rows than items + 2, a constant item or outcome, and
        more than 12 items with ``"lmg"``.

    Notes
    -----
    Johnson, J. W. (2000), Multivariate Behavioral Research 35, 1–19. Lindeman, R. H., Merenda, P. F. and Gold, R. Z.
    (1980); Grömping, U. (2006), Journal of Statistical Software 17(1). Against zero: Tonidandel, S., LeBreton, J. M. &
    Johnson, J. W. (2009), Psychological Methods 14, 387–399. An item that repeats others exactly gets an
    equal part. Each draw takes rows with replacement; only its cross-product matrix is made, so that 1,000 draws of
    100,000 rows take seconds.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})  # uncorrelated: each weight is r²
    >>> drivers(items, pd.Series([1, 2, 4, 5]), draws=0)["weight"].round(3).tolist()
    [0.9, 0.1]
    """
    if method not in METHODS:
        raise DataError("survey_choice", setting="method", value=method, known=", ".join(METHODS))
    values, names, _ = _complete(items, overall)
    width = len(names)
    if method == "lmg" and width > MOST_LMG:
        raise DataError("survey_lmg_items", have=width, most=MOST_LMG)
    weigh = _johnson if method == "johnson" else _lmg
    centred = values - values.mean(axis=0)
    cross = centred.T @ centred
    weight = weigh(_correlations(cross[None]))[0]
    low = high = np.full(width, np.nan)
    beyond: np.ndarray = np.full(width, None, dtype=object)
    if draws:
        with np.errstate(invalid="ignore", divide="ignore"):
            resampled = _correlations(_resampled(centred, draws, seed))
        usable = np.isfinite(resampled).all(axis=(1, 2))  # in a small sample a draw can make an item constant
        low, high = np.quantile(weigh(resampled[usable]), (0.025, 0.975), axis=0) if usable.any() else (low, high)
        beyond = _beyond_a_shuffled_copy(centred, weigh, draws, seed)
    total = weight.sum()
    return pd.DataFrame(
        {
            "weight": weight,
            "low": low,
            "high": high,
            "share": weight / total if total > 0 else np.nan,
            "correlation": _correlations(cross[None])[0, :-1, -1],
            "n": len(values),
            "beyond_chance": beyond,
        },
        index=pd.Index(names, name="item"),
    )


def _beyond_a_shuffled_copy(centred: np.ndarray, weigh: Callable, draws: int, seed: int) -> np.ndarray:
    """Return whether each item weighs more than a shuffled copy of one, which says nothing: in 97.5 % of draws."""
    shuffled = np.random.default_rng([seed, 1]).permutation(centred[:, 0])
    with_copy = np.column_stack([centred[:, :-1], shuffled, centred[:, -1]])
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = _correlations(_resampled(with_copy, draws, seed))
    usable = np.isfinite(resampled).all(axis=(1, 2))
    if not usable.any():
        return np.full(centred.shape[1] - 1, None, dtype=object)
    weights = weigh(resampled[usable])
    return (np.quantile(weights[:, :-1] - weights[:, -1:], 0.025, axis=0) > 0).astype(object)


def correlation(items: pd.DataFrame, overall: pd.Series) -> pd.DataFrame:
    """Return how each item goes with overall satisfaction, one at a time.

    Parameters
    ----------
    items : DataFrame (respondents × items)
    overall : Series
        Same rows; for each item the rows where both are answered count.

    Returns
    -------
    pandas.DataFrame
        Index item: ``r`` (Pearson) with ``low``, ``high`` (Fisher's z), ``rank_r`` (Spearman), ``n``, ``note``
        (``constant`` or ``too_few`` where no figure is given).

    Examples
    --------
    >>> correlation(pd.DataFrame({"a": [1, 2, 3, 4, 5]}), pd.Series([1, 2, 3, 5, 4]))["r"].round(2).tolist()
    [0.9]
    """
    from scipy.stats import pearsonr, spearmanr

    items, overall = aligned(items=items, overall=overall)
    read = read_items(items)
    outcome = read_items(overall.rename("overall").to_frame())["overall"]
    rows = {}
    for item in read.columns:
        both = read[item].notna() & outcome.notna()
        one, other, n = read.loc[both, item], outcome[both], int(both.sum())
        if n < 4 or one.nunique() < 2 or other.nunique() < 2:
            rows[item] = (math.nan, math.nan, math.nan, math.nan, n, "too_few" if n < 4 else "constant")
            continue
        found = pearsonr(one, other)
        low, high = found.confidence_interval()
        rows[item] = (found.statistic, float(low), float(high), spearmanr(one, other).statistic, n, "")
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["r", "low", "high", "rank_r", "n", "note"]
    ).rename_axis("item")


def regression(items: pd.DataFrame, overall: pd.Series) -> Regression:
    """Regress overall satisfaction on the items by ordinary least squares.

    Parameters
    ----------
    items : DataFrame (respondents × items)
    overall : Series
        Same rows; complete rows are used.

    Raises
    ------
    DataError
        For faulty answers, too few complete rows, a constant item or outcome, and items that repeat each other exactly.

    Notes
    -----
    Classical standard errors; intervals from Student's t. A coefficient says what goes with a higher answer, other
    items held equal; that the answer *causes* it is an assumption.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1, 1, 2, 2, 3], "b": [1, 2, 1, 2, 1]})
    >>> regression(items, pd.Series([1, 2, 4, 5, 7])).table["coefficient"].round(3).tolist()
    [3.0, 1.0]
    """
    from scipy.stats import t

    values, names, left_out = _complete(items, overall)
    n, width = len(values), len(names)
    means = values.mean(axis=0)
    centred = values - means
    cross = centred.T @ centred
    own = np.sqrt(np.diag(cross))
    related = cross / np.outer(own, own)
    smallest = np.linalg.eigvalsh(related[:-1, :-1])[0]
    if smallest < _SMALLEST * width:
        raise DataError("survey_collinear", items=", ".join(_collinear(related[:-1, :-1], names)))
    inverse = np.linalg.inv(related[:-1, :-1])
    standardised = inverse @ related[:-1, -1]
    r2 = float(np.clip(standardised @ related[:-1, -1], 0, 1))
    freedom = n - width - 1
    coefficient = standardised * own[-1] / own[:-1]
    residual = cross[-1, -1] * (1 - r2) / freedom
    covariance = residual * inverse / np.outer(own[:-1], own[:-1])
    error = np.sqrt(np.diag(covariance))
    reach = float(t.ppf(0.975, freedom)) * error
    with np.errstate(divide="ignore"):
        p = 2 * t.sf(np.abs(coefficient) / error, freedom)
    index = pd.Index(names, name="item")
    table = pd.DataFrame(
        {
            "coefficient": coefficient,
            "error": error,
            "low": coefficient - reach,
            "high": coefficient + reach,
            "p": p,
            "standardised": standardised,
            "vif": np.diag(inverse),
        },
        index=index,
    )
    return Regression(
        table,
        pd.DataFrame(covariance, index=index, columns=index),
        float(means[-1] - coefficient @ means[:-1]),
        r2,
        1 - (1 - r2) * (n - 1) / freedom,
        pd.Series(means[:-1], index=index),
        freedom,
        n,
        left_out,
    )


def performance(items: pd.DataFrame, scales: Mapping[str, tuple[int, int]] = SCALES) -> pd.Series:
    """Return how well each item does: its mean answer as a share of its scale, 0 worst to 1 best.

    Parameters
    ----------
    items : DataFrame (respondents × items)
    scales : mapping
        Item → (lowest, highest); an item that it lacks is taken to go from 1 to 5.

    Examples
    --------
    >>> performance(pd.DataFrame({"price": [3, 5], "effort": [4, 4]})).to_dict()
    {'price': 0.75, 'effort': 0.5}
    """
    means = read_items(items).mean()
    low, high = (pd.Series({item: scales.get(str(item), (1, 5))[end] for item in means.index}) for end in (0, 1))
    return ((means - low) / (high - low)).rename("performance").rename_axis("item")


def importance_performance(importance: pd.Series, performance: pd.Series) -> pd.DataFrame:
    """Set each item's importance beside its performance: what matters and is bad comes first.

    Parameters
    ----------
    importance : Series
        By item, for example the weights of `drivers`.
    performance : Series
        By item, for example from `performance`.

    Returns
    -------
    pandas.DataFrame
        Index item, most urgent first: ``importance``, ``performance``, ``quadrant`` (``concentrate_here``,
        ``keep_up``, ``low_priority``, ``possible_overkill``), ``gap`` (importance as a share of the sum × (1 −
        performance): the order). The axes cross at the means.

    Raises
    ------
    DataError
        When the two hold different items.

    Notes
    -----
    Martilla, J. A. and James, J. C. (1977), Journal of Marketing 41(1), 77–79.

    Examples
    --------
    >>> found = importance_performance(pd.Series({"price": .3, "speed": .1}), pd.Series({"price": .4, "speed": .8}))
    >>> found["quadrant"].to_dict()
    {'price': 'concentrate_here', 'speed': 'possible_overkill'}
    """
    alone = importance.index.symmetric_difference(performance.index)
    if len(alone):
        raise DataError("survey_item_alone", item=alone[0])
    frame = pd.DataFrame({"importance": importance, "performance": performance.reindex(importance.index)}).rename_axis(
        "item"
    )
    matters = frame["importance"] >= frame["importance"].mean()
    good = frame["performance"] >= frame["performance"].mean()
    frame["quadrant"] = np.select(
        [matters & ~good, matters & good, ~matters & ~good],
        ["concentrate_here", "keep_up", "low_priority"],
        "possible_overkill",
    )
    frame["gap"] = frame["importance"] / frame["importance"].sum() * (1 - frame["performance"])
    return frame.sort_values("gap", ascending=False, kind="stable")


def what_if(model: Regression, raises: Mapping[str, float], highest: Mapping[str, float] | float = 5) -> Estimate:
    """Return how overall satisfaction would move if items' means were raised.

    Parameters
    ----------
    model : Regression
        As from `regression`.
    raises : mapping
        Item → by how many points its mean goes up (down when negative).
    highest : mapping or float
        The scales' ends: no mean is raised beyond. A mapping gives it by item, 5 for the others.

    Returns
    -------
    Estimate
        Expected change of the mean overall answer, in its points, with the 95 % interval of the coefficients
        (Student's t).

    Raises
    ------
    DataError
        For an item that is not in the model.

    Examples
    --------
    >>> items = pd.DataFrame({"a": [1, 1, 2, 2, 3, 3], "b": [1, 2, 1, 2, 1, 2]})
    >>> model = regression(items, pd.Series([1, 2, 4, 5, 7, 9]))
    >>> round(what_if(model, {"a": .5}).value, 3)
    1.625
    """
    from scipy.stats import t

    step = pd.Series(0.0, index=model.table.index)
    for item, by in raises.items():
        if item not in step.index:
            raise DataError("survey_item_unknown", item=item, known=", ".join(map(str, step.index)))
        end = highest.get(item, 5) if isinstance(highest, Mapping) else highest
        step[item] = min(by, max(0.0, end - model.means[item]))
    by_item = step.to_numpy(dtype=float)
    change = float(by_item @ model.table["coefficient"].to_numpy(dtype=float))
    variance = float(by_item @ model.covariance.to_numpy(dtype=float) @ by_item)
    half = float(t.ppf(0.975, model.freedom)) * math.sqrt(variance)
    return Estimate(change, change - half, change + half, model.n)


def behind(
    items: pd.DataFrame,
    customers: pd.Series,
    revenue: pd.Series,
    scales: Mapping[str, tuple[int, int]] = SCALES,
) -> pd.DataFrame:
    """Return the customers and the revenue behind each item: those who are not satisfied with it.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        In order of time: the last answer of a customer to an item counts.
    customers : Series
        customer_id of each row, same index; rows without one are counted in no figure.
    revenue : Series
        By customer_id.
    scales : mapping
        Item → (lowest, highest); an item that it lacks goes from 1 to 5. Satisfied is an answer three quarters up its
        scale: 4 of 1–5, 6 of 1–7, 8 of 0–10; not satisfied is anything lower.

    Returns
    -------
    pandas.DataFrame
        Index item: ``customers`` (unsatisfied), ``answered`` (customers who answered it), ``share``, ``revenue`` of
        the unsatisfied and ``revenue_share`` of all who answered. A customer who is not in ``revenue`` counts with 0
        (no order yet).

    Raises
    ------
    DataError
        When rows do not match.

    Examples
    --------
    >>> items, who = pd.DataFrame({"price": [2, 5, 3]}), pd.Series(["C1", "C2", "C3"])
    >>> behind(items, who, pd.Series({"C1": 100.0, "C2": 300.0}))[["customers", "revenue_share"]].values.tolist()
    [[2.0, 0.25]]
    """
    items, customers = aligned(items=items, customers=customers)
    rows = {}
    for item, answers in read_items(items).items():
        last = _last_answers(answers, customers)
        unhappy = last.index[_unsatisfied(last, scales)]
        money = revenue.reindex(last.index).fillna(0.0)
        total, worth = money.to_numpy(dtype=float).sum(), money.loc[unhappy].to_numpy(dtype=float).sum()
        rows[item] = (
            len(unhappy),
            len(last),
            len(unhappy) / len(last) if len(last) else math.nan,
            worth,
            worth / total if total > 0 else math.nan,
        )
    columns = ["customers", "answered", "share", "revenue", "revenue_share"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("item")


def unsatisfied(answers: pd.Series, customers: pd.Series, scales: Mapping[str, tuple[int, int]] = SCALES) -> pd.Series:
    """Return the customers who are not satisfied with an item, by their last answer to it.

    Parameters
    ----------
    answers : Series
        Answers to one item, which is its name, in order of time.
    customers, scales
        As in `behind`.

    Returns
    -------
    pandas.Series
        ``answer`` by customer_id.

    Examples
    --------
    >>> unsatisfied(pd.Series([2, 5, 3], name="price"), pd.Series(["C1", "C1", "C2"])).to_dict()
    {'C2': 3.0}
    """
    answers, customers = aligned(answers=answers, customers=customers)
    last = _last_answers(read_items(answers.to_frame())[answers.name], customers)
    return last[_unsatisfied(last, scales)].rename("answer").rename_axis("customer_id")


def _last_answers(answers: pd.Series, customers: pd.Series) -> pd.Series:
    """Each customer's last answer to an item; answers that no customer is known of are left out."""
    known = customers.notna()
    return answers[known].dropna().groupby(customers[known]).last()


def _unsatisfied(answers: pd.Series, scales: Mapping[str, tuple[int, int]]) -> pd.Series:
    low, high = scales.get(str(answers.name), (1, 5))
    return (answers - low) / (high - low) < 0.75


def _complete(items: pd.DataFrame, overall: pd.Series) -> tuple[np.ndarray, list, int]:
    """Complete rows in a fixed order, overall as the last column; the items' names; how many rows were left out."""
    items = items if isinstance(items, pd.DataFrame) else pd.DataFrame(items)
    overall = overall if isinstance(overall, pd.Series) else pd.Series(np.asarray(overall), name="overall")
    items, overall = aligned(items=items, overall=overall)
    read = read_items(items)
    outcome = read_items(overall.rename("overall").to_frame())
    values = np.column_stack([read.to_numpy(), outcome.to_numpy()])
    values = values[np.isfinite(values).all(axis=1)]
    width = read.shape[1]
    if width == 0:
        raise DataError("survey_few_items", need=1, have=0)
    if len(values) < width + 2:
        raise DataError("survey_few_rows", need=width + 2, have=len(values))
    refuse_constant(pd.DataFrame(values, columns=[*read.columns, "overall"] if "overall" not in read else None))
    return values[np.lexsort(values.T)], list(read.columns), len(items) - len(values)


def _collinear(related: np.ndarray, names: list) -> list[str]:
    _, vectors = np.linalg.eigh(related)
    return [str(name) for name, part in zip(names, np.abs(vectors[:, 0]), strict=True) if part > 0.1]


def _resampled(centred: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Cross-product matrices (centred on the draw's own means) of rows drawn with replacement: (draws, width, width).

    A draw is how often each row was taken; one matrix product of these counts with the rows' products gives a block
    of draws.
    """
    rng = np.random.default_rng(seed)
    n, width = centred.shape
    upper = np.triu_indices(width)
    products = np.column_stack([centred[:, upper[0]] * centred[:, upper[1]], centred])
    sums = np.empty((draws, products.shape[1]))
    taken = np.empty((min(draws, max(1, _BLOCK // n)), n))
    for start in range(0, draws, len(taken)):
        size = min(len(taken), draws - start)
        for draw in range(size):
            taken[draw] = np.bincount(rng.integers(0, n, n), minlength=n)
        sums[start : start + size] = taken[:size] @ products
    cross = np.empty((draws, width, width))
    cross[:, upper[0], upper[1]] = cross[:, upper[1], upper[0]] = sums[:, :-width]
    means = sums[:, -width:] / n
    return cross - n * means[:, :, None] * means[:, None, :]


def _correlations(cross: np.ndarray) -> np.ndarray:
    own = np.einsum("bii->bi", cross)
    # a variance of rounding errors is none: the item is constant in this draw
    own = np.sqrt(np.where(own > 1e-9 * own.max(axis=0, initial=0.0), own, np.nan))
    return cross / (own[:, :, None] * own[:, None, :])


def _johnson(related: np.ndarray) -> np.ndarray:
    """Relative weights, a row a correlation matrix whose last row and column are the outcome's."""
    values, vectors = np.linalg.eigh(related[:, :-1, :-1])
    values = np.where(values > _SMALLEST * values.shape[1], values, 0.0)
    root = np.sqrt(values)
    with np.errstate(divide="ignore"):
        back = np.where(root > 0, 1 / root, 0.0)
    loadings = np.einsum("bij,bj,bkj->bik", vectors, root, vectors)  # items on their orthogonal counterparts
    effects = np.einsum("bij,bj,bkj,bk->bi", vectors, back, vectors, related[:, :-1, -1])
    return np.einsum("bik,bk->bi", loadings**2, effects**2)


def _lmg(related: np.ndarray) -> np.ndarray:
    """Shapley values of R², a row a correlation matrix whose last row and column are the outcome's."""
    width = related.shape[1] - 1
    explained: dict[tuple[int, ...], np.ndarray] = {(): np.zeros(len(related))}
    for subset in _subsets(width):
        explained[subset] = _r2(related, subset)
    weights = np.zeros((len(related), width))
    for subset, r2 in explained.items():
        size = len(subset)
        if size == width:
            continue
        part = 1 / (width * math.comb(width - 1, size))
        for item in set(range(width)).difference(subset):
            weights[:, item] += part * (explained[tuple(sorted((*subset, item)))] - r2)
    return weights


def _subsets(width: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, width + 1):
        yield from combinations(range(width), size)


def _r2(related: np.ndarray, subset: tuple[int, ...]) -> np.ndarray:
    among = related[:, subset, :][:, :, subset]
    outcome = related[:, subset, -1]
    values, vectors = np.linalg.eigh(among)
    along = np.einsum("bij,bi->bj", vectors, outcome)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(values > _SMALLEST * len(subset), along**2 / values, 0.0)
    return parts.sum(axis=1)
