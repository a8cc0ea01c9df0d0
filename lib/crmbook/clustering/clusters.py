"""Clusters of customers: k-means, several opinions on the number, and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.clustering.partition import (
    SILHOUETTE_ROWS,
    Division,
    calinski_harabasz,
    davies_bouldin,
    distinct,
    group_means,
    kmeans,
    moved,
    own_distance,
    sample,
    silhouette,
    spread,
)
from crmbook.clustering.stability import STABLE, bootstrap, choose, merit, reference, verdict
from crmbook.data.faults import DataError
from crmbook.shared.features import checked, single_thread, whole

NOVEL = 0.995
"""A new customer farther from the centre than this share of the cluster's own members is called novel."""


@dataclass(frozen=True)
class Clusters:
    """Customers in clusters, and what speaks for and against them.

    Attributes
    ----------
    labels : Series of int
        Cluster of each customer, in index order; 0 is the largest.
    centres : DataFrame
        Index cluster: mean of each feature, in the features' own units.
    k : int
        Number of clusters.
    inertia : float
        Sum of squared distances from the centres, in the scale the clustering saw.
    scores : DataFrame
        Index k (one row where k was given): ``inertia``; ``silhouette`` (mean, −1 to 1, higher is better; on a sample
        above ``SILHOUETTE_ROWS`` customers, blank where that holds one cluster only); ``calinski_harabasz`` (higher);
        ``davies_bouldin`` (lower); ``gap`` with ``gap_error``, to be compared with ``gap_one``, that of a single
        cluster; ``separation`` (mean silhouette among the centres, which features of noise do not lower), to be
        compared with ``separation_reference``, that of clouds without groups, and its ``separation_error``;
        ``stability`` (mean adjusted Rand index over bootstraps) with ``stability_low`` and ``stability_high`` (middle
        90 % of the bootstraps); ``merit``, by which k is chosen.
    stability : float
        That of the chosen k.
    verdict : str
        ``"clusters"``, ``"blurred"`` or ``"structureless"``; see ``stability.verdict``.
    choices : DataFrame
        Cluster of each customer for each k looked at.
    mean, spread : Series
        By feature what was subtracted and divided by (0 and 1 without scaling).
    reach : Series
        By cluster the distance from the centre, in the scale the clustering saw, within which ``NOVEL`` of its members
        lie.
    """

    labels: pd.Series
    centres: pd.DataFrame
    k: int
    inertia: float
    scores: pd.DataFrame
    stability: float
    verdict: str
    choices: pd.DataFrame
    mean: pd.Series
    spread: pd.Series
    reach: pd.Series


def cluster(
    features: pd.DataFrame, k: int | None = None, seed: int = 0, scale: bool = True, most: int = 10
) -> Clusters:
    """Cluster customers by k-means.

    Parameters
    ----------
    features : DataFrame
        A row for each customer (index, each once), numeric columns without blanks. Rows are put in index order first,
        so the order they come in does not matter.
    k : int, optional
        Number of clusters. None: 2 up to ``most`` are tried and the one is taken whose gap statistic and separation are
        farthest above those of clouds without groups, weighed by how well it comes again in bootstraps
        (``stability.merit``). The indices need not agree: look at ``scores`` and ``opinions``.
    seed : int
        Same seed, same result, on one thread or several.
    scale : bool
        Whether each column is brought to mean 0 and standard deviation 1 first; without, the column with the largest
        numbers decides. Skewed columns want ``prepare`` before.
    most : int
        Largest number of clusters tried.

    Returns
    -------
    Clusters

    Raises
    ------
    DataError
        With the columns concerned: text, blank or infinite cells, constant columns; customers that stand there twice;
        fewer than three customers; k below 2 or above the number of different points. Nothing is filled in or left out.

    Notes
    -----
    Up to ``partition.EXACT_ROWS`` customers the labels are those of scikit-learn's ``KMeans(k, n_init=10,
    random_state=seed)`` on the ordered, scaled rows, numbered by size. With more customers the starts are made on a
    sample of that size and the best is iterated on all of them; silhouette, bootstrap and reference always look at
    samples (``partition.SILHOUETTE_ROWS``, ``stability.BOOTSTRAP_ROWS``, ``stability.REFERENCE_ROWS``).

    A column with a few values only (yes/no, a class from 1 to 3) is a heap at each of them, and k-means takes heaps
    for groups. The verdict is guarded against that (``stability.reference``), the labels are not:
    ``clustering.mixed`` takes such columns as what they are.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> spots = np.repeat([[0, 0], [9, 0], [0, 9]], [50, 40, 30], axis=0) + rng.normal(size=(120, 2))
    >>> found = cluster(pd.DataFrame(spots, columns=["orders", "spend"]), most=4)
    >>> found.k, found.labels.value_counts().tolist(), found.verdict
    (3, [50, 40, 30], 'clusters')
    """
    numbers = checked(features, least=3)
    mean, width = _scaling(numbers, scale)
    points = ((numbers - mean) / width).to_numpy()
    ks = _numbers_to_try(points, k, most)
    with single_thread():
        divisions = {number: kmeans(points, number, seed) for number in ks}
        scores = _scores(points, divisions, seed)
        chosen = choose(scores)
        division = divisions[chosen]
        apart = pd.Series(own_distance(points, division.labels, division.centres)).groupby(division.labels)
        reach = apart.quantile(NOVEL)
    index = pd.RangeIndex(chosen, name="cluster")
    return Clusters(
        labels=pd.Series(division.labels, index=numbers.index, name="cluster"),
        centres=pd.DataFrame(division.centres, index=index, columns=numbers.columns) * width + mean,
        k=chosen,
        inertia=division.inertia,
        scores=scores,
        stability=float(scores["stability"][chosen]),
        verdict=verdict(scores, chosen),
        choices=pd.DataFrame(
            {number: each.labels for number, each in divisions.items()}, index=numbers.index, dtype="int16"
        ),
        mean=mean,
        spread=width,
        reach=reach.rename_axis("cluster").rename("reach"),
    )


def _scaling(numbers: pd.DataFrame, scale: bool) -> tuple[pd.Series, pd.Series]:
    if scale:
        return numbers.mean().rename("mean"), spread(numbers).rename("spread")
    return pd.Series(0.0, numbers.columns, name="mean"), pd.Series(1.0, numbers.columns, name="spread")


def _numbers_to_try(points: np.ndarray, k: int | None, most: int) -> list[int]:
    if k is None:
        most = whole(most)
        different = distinct(points, most + 1)
        if different < 3:
            raise DataError("clustering_distinct", k=2, points=different)
        return list(range(2, min(most, different - 1) + 1))
    k = whole(k)
    different = distinct(points, k)
    if different < k:
        raise DataError("clustering_distinct", k=k, points=different)
    return [k]


def _scores(points: np.ndarray, divisions: dict[int, Division], seed: int) -> pd.DataFrame:
    ks = list(divisions)
    rows = sample(len(points), SILHOUETTE_ROWS, [seed, 4])
    labels = np.stack([division.labels[rows] for division in divisions.values()], axis=1)
    beside = reference(points, ks, seed)
    draws = {k: bootstrap(points, division, seed) for k, division in divisions.items()}
    scores = pd.DataFrame(
        {
            "inertia": [division.inertia for division in divisions.values()],
            "silhouette": silhouette(points[rows], labels).mean(axis=0),
            "calinski_harabasz": [calinski_harabasz(points, division.labels) for division in divisions.values()],
            "davies_bouldin": [davies_bouldin(points, division.labels) for division in divisions.values()],
            "gap": beside.gap[ks].to_numpy(),
            "gap_error": beside.gap_error[ks].to_numpy(),
            "gap_one": beside.gap[1],
            "separation": beside.separation.to_numpy(),
            "separation_reference": beside.separation_reference.to_numpy(),
            "separation_error": beside.separation_error.to_numpy(),
            "stability": [draws[k].mean() for k in ks],
            "stability_low": [np.quantile(draws[k], 0.05) for k in ks],
            "stability_high": [np.quantile(draws[k], 0.95) for k in ks],
        },
        index=pd.Index(ks, name="k"),
    )
    return scores.assign(merit=merit(scores))


def redraw(features: pd.DataFrame, labels: pd.Series, scale: bool = True) -> pd.Series:
    """Return the clusters again after the features were changed, beginning from the clusters there are.

    A quick look for a panel: as many clusters, one start, no scores. What it shows may be a worse division than
    ``cluster`` would find; ``cluster`` decides.

    Parameters
    ----------
    features : DataFrame
        As for ``cluster``.
    labels : Series
        A cluster for each of these customers.
    scale : bool
        As for ``cluster``.

    Returns
    -------
    Series of int
        In index order; 0 is the largest.

    Raises
    ------
    DataError
        For features that cannot be clustered, or a customer without a cluster.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 2, 3, 9, 10]})
    >>> redraw(frame, pd.Series([0, 0, 1, 1, 1])).tolist()
    [0, 0, 0, 1, 1]
    """
    numbers = checked(features)
    mean, width = _scaling(numbers, scale)
    points = ((numbers - mean) / width).to_numpy()
    codes = pd.factorize(_labels_of(numbers, labels), sort=True)[0]
    with single_thread():
        division = moved(points, group_means(points, codes)[0])
    return pd.Series(division.labels, index=numbers.index, name="cluster")


def opinions(scores: pd.DataFrame) -> pd.Series:
    """Return the number of clusters each index asks for, by its own rule.

    Parameters
    ----------
    scores : DataFrame
        ``Clusters.scores`` of several k.

    Returns
    -------
    Series of int
        By index: ``silhouette`` and ``calinski_harabasz`` (largest), ``davies_bouldin`` (smallest), ``gap`` (the
        smallest k whose gap is not exceeded by the next by more than its error; 1 is possible), ``stability`` (the
        largest k that reaches ``stability.STABLE``; 1 if none does), ``merit`` (largest).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> spots = np.repeat([[0, 0], [9, 0], [0, 9]], 40, axis=0) + rng.normal(size=(120, 2))
    >>> opinions(cluster(pd.DataFrame(spots, columns=["orders", "spend"]), most=4).scores)["silhouette"]
    np.int64(3)
    """
    stable = scores.index[scores["stability"] >= STABLE]
    return pd.Series(
        {
            "silhouette": scores["silhouette"].idxmax(),
            "calinski_harabasz": scores["calinski_harabasz"].idxmax(),
            "davies_bouldin": scores["davies_bouldin"].idxmin(),
            "gap": _first_gap(scores),
            "stability": stable.max() if len(stable) else 1,
            "merit": scores["merit"].idxmax(),
        },
        name="k",
    ).astype(int)


def _first_gap(scores: pd.DataFrame) -> int:
    gaps = [scores["gap_one"].iloc[0], *scores["gap"]]
    numbers = [1, *scores.index]
    for place, error in enumerate(scores["gap_error"]):
        if gaps[place] >= gaps[place + 1] - error:
            return numbers[place]
    return numbers[-1]


def carried(features: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """Return how much of each feature the clusters carry: share of its variance that lies between them, largest first.

    Parameters
    ----------
    features : DataFrame
        As for ``cluster``.
    labels : Series
        A cluster for each of these customers.

    Returns
    -------
    Series
        0 to 1, by trait (the feature). A feature near 0 is noise to these clusters: it only blurs them, so try without
        it.

    Raises
    ------
    DataError
        For features that cannot be clustered, or a customer without a cluster.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 2, 9, 10], "shoe_size": [38, 42, 38, 42]})
    >>> carried(frame, pd.Series([0, 0, 1, 1])).round(2).to_dict()
    {'orders': 0.98, 'shoe_size': 0.0}
    """
    numbers = checked(features)
    own = _labels_of(numbers, labels)
    between = numbers.groupby(own, observed=True).transform("mean").var(ddof=0)
    return (
        (between / numbers.var(ddof=0))
        .sort_values(ascending=False, kind="stable")
        .rename("carried")
        .rename_axis("trait")
    )


def _labels_of(numbers: pd.DataFrame, labels: pd.Series) -> pd.Series:
    own = labels.reindex(numbers.index)
    if own.isna().any():
        raise DataError("clustering_unlabelled", count=int(own.isna().sum()))
    return own


def silhouettes(features: pd.DataFrame, labels: pd.Series, seed: int = 0, scale: bool = True) -> pd.DataFrame:
    """Return the silhouette of each customer (of a sample of ``partition.SILHOUETTE_ROWS`` where there are more).

    Parameters
    ----------
    features : DataFrame
        As for ``cluster``.
    labels : Series
        A cluster for each of these customers.
    seed, scale
        As for ``cluster``.

    Returns
    -------
    DataFrame
        Index of customers: ``cluster``, ``silhouette``: below 0 the customer is nearer to another cluster.

    Raises
    ------
    DataError
        For features that cannot be clustered, or a customer without a cluster.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 2, 9, 9.5]})
    >>> silhouettes(frame, pd.Series([0, 0, 1, 1]))["silhouette"].round(2).tolist()
    [0.88, 0.86, 0.93, 0.94]
    """
    numbers = checked(features)
    mean, width = _scaling(numbers, scale)
    own = _labels_of(numbers, labels)
    rows = sample(len(numbers), SILHOUETTE_ROWS, [seed, 4])
    codes = pd.factorize(own, sort=True)[0][rows]
    with single_thread():
        values = silhouette(((numbers - mean) / width).to_numpy()[rows], codes[:, None])[:, 0]
    return pd.DataFrame({"cluster": own.iloc[rows], "silhouette": values}, index=numbers.index[rows])
