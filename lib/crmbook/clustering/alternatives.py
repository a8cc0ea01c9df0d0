"""Clusterings beside k-means: Ward's tree, a mixture of normal clouds, and Gower's distance for mixed types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmbook.clustering.partition import distinct, nearest, sample, spread
from crmbook.data.faults import DataError
from crmbook.shared.features import BEYOND, checked, in_index_order, once, single_thread, whole

TREE_ROWS = 5_000
"""A tree needs the distances between all rows; more customers than this are sampled."""

MIXTURE_ROWS = 5_000
GOWER_ROWS = 2_000
MOST_LEVELS = 50
"""A category with more levels than this says only that nearly all customers differ."""


@dataclass(frozen=True)
class Tree:
    """Ward's hierarchical clusters.

    Attributes
    ----------
    labels : Series of int
        Cluster of each customer, in index order; 0 is the largest in the tree.
    heights : Series
        By number of clusters (2 to 20, the fewest first): the height at which they merge into one less. A large step
        down to the next number speaks for that number.
    merges : ndarray of shape (rows − 1, 4)
        The tree, as scipy's ``linkage`` gives it.
    rows : Index
        Customers in the tree; the others went to the nearest cluster mean.
    k : int
        Number of clusters.
    """

    labels: pd.Series
    heights: pd.Series
    merges: np.ndarray
    rows: pd.Index
    k: int


def ward(features: pd.DataFrame, k: int, seed: int = 0, scale: bool = True) -> Tree:
    """Cluster customers by Ward's method: from single customers up, always the merger that costs least inertia.

    Parameters
    ----------
    features, k, seed, scale
        As for ``clustering.cluster``. Above ``TREE_ROWS`` customers the tree is grown on a sample of that size.

    Notes
    -----
    Ward, J. H. (1963), Journal of the American Statistical Association 58, 236–244.

    Examples
    --------
    >>> ward(pd.DataFrame({"orders": [1, 2, 3, 20, 21]}), k=2).labels.tolist()
    [0, 0, 0, 1, 1]
    """
    from scipy.cluster.hierarchy import linkage

    numbers = checked(features, least=3)
    points = _standard(numbers, scale)
    _refuse_k(points, k)
    rows = sample(len(points), TREE_ROWS, [seed, 6])
    with single_thread():
        merges = linkage(points[rows], method="ward")
        own = _cut(merges, k)
        means = np.stack([points[rows][own == group].mean(axis=0) for group in range(k)])
        labels = own if len(rows) == len(points) else nearest(points, means)[0]
        labels[rows] = own
    return Tree(_series(labels, numbers.index), _heights(merges), merges, numbers.index[rows], k)


def _standard(numbers: pd.DataFrame, scale: bool) -> np.ndarray:
    return ((numbers - numbers.mean()) / spread(numbers) if scale else numbers).to_numpy()


def _refuse_k(points: np.ndarray, k: int) -> None:
    different = distinct(points, whole(k))
    if different < k:
        raise DataError("clustering_distinct", k=k, points=different)


def _cut(merges: np.ndarray, k: int) -> np.ndarray:
    """Return the k clusters of a tree, the largest first; equally large ones as they come in the rows."""
    from scipy.cluster.hierarchy import cut_tree

    groups = pd.factorize(cut_tree(merges, n_clusters=k)[:, 0])[0]
    order = np.argsort(-np.bincount(groups), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[groups]


def _heights(merges: np.ndarray, most: int = 20) -> pd.Series:
    numbers = range(2, min(most, len(merges)) + 1)
    return pd.Series([merges[-number + 1, 2] for number in numbers], index=pd.Index(numbers, name="k"), name="height")


def _series(labels: np.ndarray, index: pd.Index) -> pd.Series:
    return pd.Series(labels.astype(np.int64), index=index, name="cluster")


@dataclass(frozen=True)
class Mixture:
    """Customers as a mixture of normal clouds, each with its own shape.

    Attributes
    ----------
    labels : Series of int
        Most probable cloud of each customer, in index order; 0 is the largest.
    probabilities : DataFrame
        Index of customers, a column for each cloud: rows add to 1.
    means : DataFrame
        Index cluster: mean of each feature, in the features' own units.
    weights : Series
        Share of each cloud.
    bic : Series
        By k: Bayesian information criterion, lower is better; one cloud is among them where k was not given.
    k : int
    """

    labels: pd.Series
    probabilities: pd.DataFrame
    means: pd.DataFrame
    weights: pd.Series
    bic: pd.Series
    k: int


def mixture(features: pd.DataFrame, k: int | None = None, seed: int = 0, scale: bool = True, most: int = 8) -> Mixture:
    """Fit a mixture of normal clouds with full covariances.

    Parameters
    ----------
    features, seed, scale
        As for ``clustering.cluster``. Above ``MIXTURE_ROWS`` customers the mixture is fitted to a sample of that size
        and then tells the probabilities of all.
    k : int, optional
        Number of clouds. None: the one with the lowest BIC, from 1 to ``most``. Clouds are no clusters yet: two of them
        may describe one skewed group.
    most : int
        Largest number tried.

    Raises
    ------
    DataError
        As ``clustering.cluster`` does; k = 1 is allowed here.

    Notes
    -----
    scikit-learn's ``GaussianMixture``, ten starts from single customers (starts from k-means cut stretched clouds
    across), a ridge of 1e-4 on the covariances against clouds that collapse onto repeated values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> spend = np.concatenate([rng.normal(0, 1, 80), rng.normal(9, 2, 40)])
    >>> mixture(pd.DataFrame({"spend": spend})).k
    2
    """
    numbers = checked(features, least=3)
    points = _standard(numbers, scale)
    if k is not None and k != 1:
        _refuse_k(points, k)
    ks: Sequence[int] = range(1, distinct(points, most) + 1) if k is None else [int(k)]
    rows = sample(len(points), MIXTURE_ROWS, [seed, 7])
    with single_thread():
        models = {number: _mixture_of(points[rows], number, seed) for number in ks}
        bic = pd.Series({number: model.bic(points[rows]) for number, model in models.items()}, name="bic").rename_axis(
            "k"
        )
        model = models[int(bic.index[int(bic.to_numpy().argmin())])]
        chances = model.predict_proba(points)
    order = np.argsort(-np.bincount(chances.argmax(axis=1), minlength=chances.shape[1]), kind="stable")
    chances = chances[:, order]
    names = pd.RangeIndex(len(order), name="cluster")
    means = pd.DataFrame(model.means_[order], index=names, columns=numbers.columns)
    return Mixture(
        labels=_series(chances.argmax(axis=1), numbers.index),
        probabilities=pd.DataFrame(chances, index=numbers.index, columns=names),
        means=means * spread(numbers) + numbers.mean() if scale else means,
        weights=pd.Series(model.weights_[order], index=names, name="weight"),
        bic=bic,
        k=len(order),
    )


def _mixture_of(points: np.ndarray, k: int, seed: int) -> Any:
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(
        k, n_init=10, init_params="random_from_data", reg_covar=1e-4, max_iter=500, random_state=seed
    ).fit(points)


def gower(features: pd.DataFrame) -> np.ndarray:
    """Return Gower's distances between customers described by numbers and categories.

    Parameters
    ----------
    features : DataFrame
        Numbers (and ordered categories, by their rank) differ by their distance over the column's range; categories,
        text and yes/no by 0 or 1. All columns count the same. No blanks.

    Returns
    -------
    ndarray of shape (n, n)
        From 0 (alike in everything) to 1, in the order of the rows.

    Raises
    ------
    DataError
        With all columns concerned: blanks, more than ``MOST_LEVELS`` levels, constant columns; more than ``TREE_ROWS``
        rows.

    Notes
    -----
    Gower, J. C. (1971), Biometrics 27, 857–871.

    Examples
    --------
    >>> gower(pd.DataFrame({"age": [20, 30, 40], "city": ["A", "A", "B"]})).round(2).tolist()
    [[0.0, 0.25, 1.0], [0.25, 0.0, 0.75], [1.0, 0.75, 0.0]]
    """
    if len(features) > TREE_ROWS:
        raise DataError("clustering_too_many", rows=len(features), most=TREE_ROWS)
    numbers, codes = _mixed_columns(features)
    return _gower(numbers, codes, numbers, codes)


def _mixed_columns(features: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns as numbers on a range of 1 and as codes."""
    bad = features.isna()
    figures = features.select_dtypes("number")
    bad[figures.columns] = ~(figures.abs() < BEYOND).fillna(False).astype(bool)
    missing = bad.sum()
    if missing.any():
        listed = ", ".join(f"{column} ({count})" for column, count in missing[missing > 0].items())
        raise DataError("clustering_missing", columns=listed)
    dates = [
        str(column)
        for column in features
        if pd.api.types.is_datetime64_any_dtype(features[column]) or isinstance(features[column].dtype, pd.PeriodDtype)
    ]
    if dates:
        raise DataError("clustering_dates", columns=", ".join(dates))
    constant = [str(column) for column in features if features[column].nunique() < 2]
    if constant:
        raise DataError("clustering_constant", columns=", ".join(constant))
    numbers, codes, wide = [], [], []
    for column in features:
        values = features[column]
        if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered:
            numbers.append(values.cat.codes.to_numpy(float))
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            numbers.append(values.to_numpy(float))
        else:
            codes.append(pd.factorize(values.astype(str), sort=True)[0])
            if codes[-1].max() >= MOST_LEVELS:
                wide.append(f"{column} ({codes[-1].max() + 1})")
    if wide:
        raise DataError("clustering_levels", columns=", ".join(wide), most=MOST_LEVELS)
    scaled = [(values - values.min()) / np.ptp(values) for values in numbers]
    shape = (len(features), 0)
    return (
        np.stack(scaled, axis=1) if scaled else np.empty(shape),
        np.stack(codes, axis=1) if codes else np.empty(shape, dtype=np.int64),
    )


def _gower(numbers: np.ndarray, codes: np.ndarray, other_numbers: np.ndarray, other_codes: np.ndarray) -> np.ndarray:
    total = np.zeros((len(numbers), len(other_numbers)))
    for column in range(numbers.shape[1]):
        total += np.abs(numbers[:, column, None] - other_numbers[None, :, column])
    for column in range(codes.shape[1]):
        total += codes[:, column, None] != other_codes[None, :, column]
    return total / (numbers.shape[1] + codes.shape[1])


@dataclass(frozen=True)
class Mixed:
    """Clusters of customers described by numbers and categories.

    Attributes
    ----------
    labels : Series of int
        Cluster of each customer, in index order; 0 is the largest in the tree.
    medoids : DataFrame
        Index cluster: the customer nearest to all others of the cluster, as it stands in the features, and its
        ``customer_id``.
    silhouette : Series
        By k: mean silhouette by Gower's distance, in the tree.
    merges : ndarray
        The tree, as scipy's ``linkage`` gives it.
    rows : Index
        Customers in the tree; each other one went to the cluster whose medoid is nearest.
    k : int
    """

    labels: pd.Series
    medoids: pd.DataFrame
    silhouette: pd.Series
    merges: np.ndarray
    rows: pd.Index
    k: int


def mixed(features: pd.DataFrame, k: int | None = None, seed: int = 0, most: int = 8) -> Mixed:
    """Cluster customers described by numbers and categories: Gower's distance, Ward's tree.

    Parameters
    ----------
    features : DataFrame
        A row for each customer (index, each once); columns as for ``gower``.
    k : int, optional
        Number of clusters; None: the one with the largest mean silhouette from 2 to ``most``.
    seed : int
        Of the sample: above ``GOWER_ROWS`` customers the tree is grown on so many.
    most : int
        Largest number tried.

    Raises
    ------
    DataError
        As ``gower`` does; a customer twice; k below 2 or above the number of different customers.

    Notes
    -----
    The square root of Gower's distance is Euclidean, so Ward's method may be used on it: Gower, J. C. & Legendre, P.
    (1986), Journal of Classification 3, 5–48.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [20, 21, 22, 60, 61], "city": ["A", "A", "A", "B", "B"]})
    >>> mixed(frame, k=2).labels.tolist()
    [0, 0, 0, 1, 1]
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    once(features.index)
    if len(features) < 3:
        raise DataError("clustering_too_few", rows=len(features), least=3)
    ordered = in_index_order(features)
    numbers, codes = _mixed_columns(ordered)
    rows = sample(len(ordered), GOWER_ROWS, [seed, 8])
    apart = _gower(numbers[rows], codes[rows], numbers[rows], codes[rows])
    different = distinct(np.hstack([numbers[rows], codes[rows]]), most + 1)
    if different < 2:
        raise DataError("clustering_distinct", k=2, points=different)
    if k is not None:
        _refuse_k(np.hstack([numbers[rows], codes[rows]]), k)
    merges = linkage(squareform(np.sqrt(apart), checks=False), method="ward")
    ks = [int(k)] if k is not None else list(range(2, max(2, min(most, different - 1)) + 1))
    cuts = {number: _cut(merges, number) for number in ks}
    widths = pd.Series(
        {number: _mean_silhouette(apart, own) for number, own in cuts.items()}, name="silhouette"
    ).rename_axis("k")
    chosen = ks[int(widths.to_numpy().argmax())]
    own = cuts[chosen]
    middle = np.array([_medoid(apart, np.flatnonzero(own == group)) for group in range(chosen)])
    labels = np.empty(len(ordered), dtype=np.int64)
    for first in range(0, len(ordered), 20_000):
        part = slice(first, first + 20_000)
        centres = rows[middle]
        labels[part] = _gower(numbers[part], codes[part], numbers[centres], codes[centres]).argmin(axis=1)
    labels[rows] = own
    medoids = ordered.iloc[rows[middle]].assign(customer_id=ordered.index[rows[middle]])
    medoids.index = pd.RangeIndex(chosen, name="cluster")
    return Mixed(_series(labels, ordered.index), medoids, widths, merges, ordered.index[rows], chosen)


def _medoid(apart: np.ndarray, members: np.ndarray) -> int:
    return int(members[apart[np.ix_(members, members)].sum(axis=1).argmin()])


def _mean_silhouette(apart: np.ndarray, own: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(apart, own, metric="precomputed")) if len(np.unique(own)) < len(own) else 0.0
