"""Do the items hang together: item statistics, Cronbach's alpha, reversed items, exploratory factors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.satisfaction.answers import SurveyWarning, read_items
from crmbook.shared.estimate import Estimate


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha of a scale and what each item does to it.

    Attributes
    ----------
    raw : Estimate
        Alpha from covariances, with Feldt's interval; ``n`` counts complete rows.
    standardised : Estimate
        Alpha from correlations, with Feldt's interval.
    items : DataFrame
        As from `item_statistics`.
    left_out : int
        Rows with a blank, which are not used.
    """

    raw: Estimate
    standardised: Estimate
    items: pd.DataFrame
    left_out: int


@dataclass(frozen=True)
class Factors:
    """Exploratory factors after rotation.

    Attributes
    ----------
    loadings : DataFrame (items × factors)
        Columns ``factor_1`` …, the strongest first, each with a positive sum.
    communalities : Series
        Share of each item's variance that the factors explain.
    explained : Series
        Share of all variance that each factor explains.
    eigenvalues, random_eigenvalues : ndarray
        Of the correlation matrix, and the 95th percentile of those of unrelated items (parallel analysis).
    kmo : float
        Kaiser-Meyer-Olkin measure: below .5 the items share too little for factors.
    n : int
        Complete rows.
    """

    loadings: pd.DataFrame
    communalities: pd.Series
    explained: pd.Series
    eigenvalues: np.ndarray
    random_eigenvalues: np.ndarray
    kmo: float
    n: int


def cronbach_alpha(items: pd.DataFrame | np.ndarray | Sequence, standardised: bool = False) -> float:
    """Return Cronbach's alpha of several items, from complete rows.

    Parameters
    ----------
    items : DataFrame or array (respondents × items)
        At least two items; rows with a blank are left out.
    standardised : bool
        False: the raw alpha, from variances. True: the one of items scaled to equal variance, k·r̄/(1 + (k−1)·r̄)
        with the mean correlation r̄.

    Raises
    ------
    DataError
        With fewer than two items or two complete rows, a constant item, or items whose sum does not vary.

    Warns
    -----
    SurveyWarning
        When an item runs against the rest (a negative item-total correlation): turn it round with `reverse` first.

    Notes
    -----
    Cronbach, L. J. (1951), Psychometrika 16, 297–334: α = k/(k−1)·(1 − Σs²ᵢ/s²_total).

    Examples
    --------
    >>> round(cronbach_alpha([(4, 5, 4), (3, 3, 2), (5, 5, 5), (2, 3, 2), (4, 4, 5)]), 6)
    0.934426
    """
    complete = _complete(read_items(items))
    turned = reversed_items(complete)
    if turned:
        warnings.warn(SurveyWarning("survey_reversed", items=", ".join(turned)), stacklevel=2)
    return _alpha(_covariance(complete, standardised))


def reliability(items: pd.DataFrame) -> Reliability:
    """Return alpha in both variants with intervals, and the statistics of each item.

    Parameters
    ----------
    items : DataFrame (respondents × items)

    Notes
    -----
    Feldt, L. S. (1965), Psychometrika 30, 357–370: (1 − α)/(1 − α̂) follows F with (n−1) and (n−1)(k−1) degrees of
    freedom.

    Examples
    --------
    >>> rows = pd.DataFrame([(4, 5, 4), (3, 3, 2), (5, 5, 5), (2, 3, 2), (4, 4, 5)])
    >>> print(reliability(rows).raw)
    0.9344 (0.6687 to 0.9927, n = 5)
    """
    read = read_items(items)
    complete = _complete(read)
    rows, count = complete.shape
    raw, equal = (_alpha(_covariance(complete, standardised)) for standardised in (False, True))
    return Reliability(_feldt(raw, rows, count), _feldt(equal, rows, count), item_statistics(read), len(read) - rows)


def item_statistics(items: pd.DataFrame) -> pd.DataFrame:
    """Return what can be said of each item on its own and beside the others.

    Parameters
    ----------
    items : DataFrame (respondents × items)

    Returns
    -------
    pandas.DataFrame
        Index item: ``n``, ``blank``, ``mean``, ``deviation``, ``lowest_share`` and ``highest_share`` (answers at the
        lowest and the highest value seen), ``item_total`` (correlation with the sum of the other items),
        ``alpha_without`` (raw alpha of the others) and ``note``: ``constant``, ``reversed`` (as `reversed_items`
        finds) or empty. ``item_total`` and ``alpha_without`` come from complete rows and without the constant items;
        they are blank with too few items or rows.

    Examples
    --------
    >>> item_statistics(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 3, 4], "c": [3, 3, 3, 3]}))["note"].tolist()
    ['', '', 'constant']
    """
    read = read_items(items)
    table = pd.DataFrame(
        {
            "n": read.notna().sum(),
            "blank": read.isna().sum(),
            "mean": read.mean(),
            "deviation": read.std(),
            "lowest_share": read.eq(read.min()).sum() / read.notna().sum().where(lambda n: n > 0),
            "highest_share": read.eq(read.max()).sum() / read.notna().sum().where(lambda n: n > 0),
        }
    ).rename_axis("item")
    constant = read.nunique() <= 1
    varying = read.loc[:, ~constant].dropna()
    constant_here = varying.nunique() <= 1
    varying = varying.loc[:, ~constant_here]
    total, without = _item_total(varying), _alpha_without(varying)
    table["item_total"] = total.reindex(table.index)
    table["alpha_without"] = without.reindex(table.index)
    turned = table.index.isin(reversed_items(read))
    table["note"] = np.select([constant, turned], ["constant", "reversed"], "")
    return table


def reversed_items(items: pd.DataFrame) -> list:
    """Return the items that run against the rest: a negative correlation with the sum of the others.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        Complete rows are used, constant items are passed over.

    Returns
    -------
    list
        Item names. Of two items that run against each other both are named: either may be the reversed one. Where
        more than half of the items look reversed, those are named that load negatively on the first principal
        component.

    Examples
    --------
    >>> reversed_items(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 3, 4], "slow": [4, 3, 2, 2], "c": [2, 2, 3, 5]}))
    ['slow']
    """
    varying = read_items(items).dropna()
    varying = varying.loc[:, varying.nunique() > 1]
    if varying.shape[1] < 2 or len(varying) < 3:
        return []
    negative = _item_total(varying) < 0
    if negative.mean() <= 0.5 or varying.shape[1] == 2:
        return list(varying.columns[negative])
    _, vectors = np.linalg.eigh(np.corrcoef(varying.to_numpy(), rowvar=False))
    main = vectors[:, -1] if np.sign(vectors[:, -1]).sum() >= 0 else -vectors[:, -1]
    return list(varying.columns[main < 0])


def factors(items: pd.DataFrame, count: int | None = None, seed: int = 0) -> Factors:
    """Find exploratory factors by principal axes, turned by varimax.

    Parameters
    ----------
    items : DataFrame (respondents × items)
        At least three items; complete rows are used.
    count : int, optional
        How many factors. Not given: as many as eigenvalues exceed those of unrelated items (parallel analysis, 100
        draws, 95th percentile), at least one.
    seed : int
        Of those draws.

    Raises
    ------
    DataError
        With fewer than three items, not more rows than items, a constant item, or a count that the items cannot carry.

    Notes
    -----
    Principal axes start at squared multiple correlations; varimax with Kaiser's normalisation (Kaiser, H. F. 1958,
    Psychometrika 23, 187–200); parallel analysis by Horn, J. L. (1965), Psychometrika 30, 179–185.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> speed = rng.normal(size=300)
    >>> items = pd.DataFrame({name: speed + rng.normal(scale=.5, size=300) for name in ("a", "b", "c")})
    >>> list(factors(items).loadings.columns)
    ['factor_1']
    """
    complete = _complete(read_items(items), least_items=3)
    rows, width = complete.shape
    if rows <= width:
        raise DataError("survey_few_rows", need=width + 1, have=rows)
    correlation = np.corrcoef(complete.to_numpy(), rowvar=False)
    eigenvalues = np.sort(np.linalg.eigvalsh(correlation))[::-1]
    random = _random_eigenvalues(rows, width, seed)
    if count is None:
        beyond = eigenvalues > random
        count = max(1, min(int(np.argmin(beyond)) if not beyond.all() else width, width - 1))
    if not 1 <= count < width:
        raise DataError("survey_factor_count", value=count, most=width - 1)
    loadings = _varimax(_principal_axes(correlation, count))
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1, 1)
    loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    names = [f"factor_{place + 1}" for place in range(count)]
    frame = pd.DataFrame(loadings, index=complete.columns.rename("item"), columns=names)
    return Factors(
        loadings=frame,
        communalities=(frame**2).sum(axis=1),
        explained=(frame**2).sum() / width,
        eigenvalues=eigenvalues,
        random_eigenvalues=random,
        kmo=_kmo(correlation),
        n=rows,
    )


def _complete(read: pd.DataFrame, least_items: int = 2) -> pd.DataFrame:
    if read.shape[1] < least_items:
        raise DataError("survey_few_items", need=least_items, have=read.shape[1])
    complete = read.dropna()
    if len(complete) < 2:
        raise DataError("survey_few_rows", need=2, have=len(complete))
    refuse_constant(complete)
    return complete


def refuse_constant(complete: pd.DataFrame) -> None:
    """Refuse items whose answers are all the same: they correlate with nothing.

    Parameters
    ----------
    complete : DataFrame (respondents × items)

    Raises
    ------
    DataError
        Naming the first such item and its answer.

    Examples
    --------
    >>> refuse_constant(pd.DataFrame({"price": [4, 5]}))
    """
    constant = complete.columns[complete.nunique() <= 1]
    if len(constant):
        raise DataError(
            "survey_constant", column=constant[0], value=f"{complete[constant[0]].iloc[0]:g}", rows=len(complete)
        )


def _covariance(complete: pd.DataFrame, standardised: bool) -> np.ndarray:
    values = complete.to_numpy()
    return np.corrcoef(values, rowvar=False) if standardised else np.cov(values, rowvar=False)


def _alpha(covariance: np.ndarray) -> float:
    count, total = len(covariance), covariance.sum()
    if total <= 1e-12 * np.trace(covariance):
        raise DataError("survey_no_variance")
    return float(count / (count - 1) * (1 - np.trace(covariance) / total))


def _feldt(alpha: float, rows: int, count: int) -> Estimate:
    from scipy.stats import f

    low, high = (1 - (1 - alpha) * f.ppf(point, rows - 1, (rows - 1) * (count - 1)) for point in (0.975, 0.025))
    return Estimate(alpha, float(low), float(high), rows)


def _item_total(varying: pd.DataFrame) -> pd.Series:
    if varying.shape[1] < 2 or len(varying) < 3:
        return pd.Series(np.nan, index=varying.columns)
    covariance = np.cov(varying.to_numpy(), rowvar=False)
    own = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - own
    rest = covariance.sum() - 2 * covariance.sum(axis=1) + own
    with np.errstate(invalid="ignore", divide="ignore"):
        total = with_rest / np.sqrt(own * np.where(rest > 1e-12, rest, np.nan))
    return pd.Series(total, index=varying.columns)


def _alpha_without(varying: pd.DataFrame) -> pd.Series:
    count = varying.shape[1]
    if count < 3 or len(varying) < 3:
        return pd.Series(np.nan, index=varying.columns)
    covariance = np.cov(varying.to_numpy(), rowvar=False)
    own, rows = np.diag(covariance), covariance.sum(axis=1)
    total = covariance.sum() - 2 * rows + own
    left = np.trace(covariance) - own
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = (count - 1) / (count - 2) * (1 - left / np.where(total > 1e-12, total, np.nan))
    return pd.Series(alpha, index=varying.columns)


def _random_eigenvalues(rows: int, width: int, seed: int, draws: int = 100) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = min(rows, 5000)  # the spread shrinks with the rows: at 5,000 it is small, and stays on the careful side
    found = [np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(rows, width)), rowvar=False))[::-1] for _ in range(draws)]
    return np.quantile(found, 0.95, axis=0)


def _principal_axes(correlation: np.ndarray, count: int, rounds: int = 1000) -> np.ndarray:
    communalities = 1 - 1 / np.diag(np.linalg.pinv(correlation))
    for _ in range(rounds):
        reduced = correlation.copy()
        np.fill_diagonal(reduced, communalities)
        values, vectors = np.linalg.eigh(reduced)
        top = np.argsort(values)[::-1][:count]
        loadings = vectors[:, top] * np.sqrt(np.maximum(values[top], 0))
        # a communality above 1 (a Heywood case) would be an item explained beyond its own variance
        after = np.minimum((loadings**2).sum(axis=1), 1.0)
        if np.abs(after - communalities).max() < 1e-8:
            break
        communalities = after
    return loadings


def _varimax(loadings: np.ndarray, rounds: int = 200) -> np.ndarray:
    """Turn two factors at a time by Kaiser's angle until none turns any more."""
    lengths = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    lengths[lengths == 0] = 1
    turned = loadings / lengths
    for _ in range(rounds):
        widest = 0.0
        for one, other in combinations(range(turned.shape[1]), 2):
            angle = _kaiser_angle(turned[:, one], turned[:, other])
            cosine, sine = math.cos(angle), math.sin(angle)
            turned[:, [one, other]] = turned[:, [one, other]] @ np.array([[cosine, -sine], [sine, cosine]])
            widest = max(widest, abs(angle))
        if widest < 1e-10:
            break
    return turned * lengths


def _kaiser_angle(x: np.ndarray, y: np.ndarray) -> float:
    u, v, n = x**2 - y**2, 2 * x * y, len(x)
    above = 2 * (n * (u @ v) - u.sum() * v.sum())
    below = n * (u @ u - v @ v) - (u.sum() ** 2 - v.sum() ** 2)
    return math.atan2(above, below) / 4


def _kmo(correlation: np.ndarray) -> float:
    inverse = np.linalg.pinv(correlation)
    partial = -inverse / np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
    apart = ~np.eye(len(correlation), dtype=bool)
    shared = (correlation[apart] ** 2).sum()
    return float(shared / (shared + (partial[apart] ** 2).sum()))
