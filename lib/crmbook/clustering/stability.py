"""Whether clusters are there at all: do they come again, and does a cloud without groups look the same?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.clustering.partition import Division, distinct, kmeans, nearest, rand_index, sample, silhouette
from crmbook.data.faults import DataError
from crmbook.shared.features import checked

BOOTSTRAP_ROWS = 5_000
"""Rows the bootstrap draws from: a sample where there are more customers, which makes its figure a cautious one."""

REFERENCE_ROWS = 2_000
"""Rows that are compared with clouds without groups."""

BOOTSTRAPS = 20
REFERENCES = 10

STABLE = 0.9
"""Mean adjusted Rand index from which clusters are called reproducible."""

BLURRED = 0.85
"""Below STABLE, down to here, there are groups with blurred borders; below, the next sample would give others."""

MARGIN = 0.03
"""By how much the separation must exceed that of clouds without groups (and by three of their deviations)."""

SKEWED = 1.0
"""From this skewness on a column can make groups of a cloud that has none; so can one with few values."""

STEPS = 12
"""A column with at most this many values has them as steps."""

SEPARATION_ROWS = 1_000
"""Rows whose silhouettes make the separation, in the data and in each cloud."""


def bootstrap(points: np.ndarray, division: Division, seed: int, times: int = BOOTSTRAPS) -> np.ndarray:
    """Return how far clusters come again when the customers are drawn anew.

    Parameters
    ----------
    points : ndarray of shape (n, columns)
        At most ``BOOTSTRAP_ROWS`` rows are used, the same for each k.
    division : Division
        The clusters to be judged, of these points.
    seed : int
        Of the draws and the starts; starts are fresh each time, because warm ones would flatter.
    times : int
        Draws.

    Returns
    -------
    ndarray of shape (times,)
        Adjusted Rand index between the clusters judged and the clusters found in rows drawn with replacement, both on
        all rows (each row goes to the nearest centre).

    Notes
    -----
    Hennig, C. (2007), Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52,
    258–271, with the index of Hubert & Arabie (1985) for the division as a whole.

    Examples
    --------
    >>> points = np.repeat([[0.0], [9.0]], 20, axis=0) + np.linspace(0, 1, 40)[:, None]
    >>> bootstrap(points, kmeans(points, 2, seed=0), seed=0, times=3).tolist()
    [1.0, 1.0, 1.0]
    """
    rows = sample(len(points), BOOTSTRAP_ROWS, [seed, 1])
    points, labels = points[rows], division.labels[rows]
    rng = np.random.default_rng([seed, 2])
    agreement = np.empty(times)
    for draw in range(times):
        drawn = points[rng.integers(0, len(points), len(points))]
        again = kmeans(drawn, distinct(drawn, division.k), seed + draw, starts=5, tolerance=1e-3)
        agreement[draw] = rand_index(labels, nearest(points, again.centres)[0])
    return agreement


@dataclass(frozen=True)
class Reference:
    """The data beside clouds without groups.

    Attributes
    ----------
    gap, gap_error : Series
        By k, from 1: log dispersion of the clouds less that of the data, and its simulation error.
    separation : Series
        By k: mean silhouette of the data among the centres, see ``separation``.
    separation_reference, separation_error : Series
        By k: the same of the clouds, and its standard deviation from cloud to cloud; of the kind of clouds with the
        larger separation where two kinds were drawn.
    """

    gap: pd.Series
    gap_error: pd.Series
    separation: pd.Series
    separation_reference: pd.Series
    separation_error: pd.Series


def reference(points: np.ndarray, ks: Sequence[int], seed: int, times: int = REFERENCES) -> Reference:
    """Return the gap statistic and the separation, each beside that of clouds without groups.

    Parameters
    ----------
    points : ndarray of shape (n, columns)
        At most ``REFERENCE_ROWS`` rows are used.
    ks : sequence of int
        Numbers of clusters, from 2.
    seed : int
    times : int
        Clouds drawn.

    Notes
    -----
    Tibshirani, R., Walther, G. & Hastie, T. (2001), Journal of the Royal Statistical Society B 63, 411–423. As there,
    the clouds are uniform along the data's principal axes. Their spread along each axis is that of the data; the paper
    takes the range instead, which makes rare outliers on minor axes count and finds groups in elongated clouds.

    Uniform clouds are hard to beat for columns that are even to both sides. A skewed column (``SKEWED``) has a dense
    end and a thin one, a column with few values (``STEPS``) has a heap at each of them: both look like groups. Where
    the data have such columns, clouds of a second kind are drawn for the separation, with one hump in each column
    (Pearson's type III) and the data's correlations, skewness and steps.

    Examples
    --------
    >>> points = np.repeat([[0.0, 0.0], [9.0, 9.0]], 20, axis=0) + np.random.default_rng(0).normal(size=(40, 2))
    >>> int(reference(points, [2, 3], seed=0).gap.idxmax())
    2
    """
    points = points[sample(len(points), REFERENCE_ROWS, [seed, 5])]
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    spread = (centred @ axes.T).std(axis=0)
    rng = np.random.default_rng([seed, 3])
    own, own_separation = _described(centred, ks, seed, starts=5)
    dispersions, separations = np.empty((times, len(ks) + 1)), np.empty((times, len(ks)))
    for draw in range(times):
        cloud = (rng.random((len(points), len(spread))) - 0.5) * np.sqrt(12) * spread
        dispersions[draw], separations[draw] = _described(cloud, ks, seed + draw, starts=3)
    middle, error = separations.mean(axis=0), separations.std(axis=0)
    if _misleading(points):
        humps = np.array([_of_one_hump(points, ks, seed, draw) for draw in range(times)])
        larger = humps.mean(axis=0) > middle
        middle, error = np.where(larger, [humps.mean(axis=0), humps.std(axis=0)], [middle, error])
    index = pd.Index([1, *ks], name="k")
    return Reference(
        gap=pd.Series(dispersions.mean(axis=0) - own, index=index),
        gap_error=pd.Series(dispersions.std(axis=0) * np.sqrt(1 + 1 / times), index=index),
        separation=pd.Series(own_separation, index=index[1:]),
        separation_reference=pd.Series(middle, index=index[1:]),
        separation_error=pd.Series(error, index=index[1:]),
    )


def _misleading(points: np.ndarray) -> bool:
    few = any(len(np.unique(column)) <= STEPS for column in points.T)
    return few or bool((np.abs(_skewness(points)) > SKEWED).any())


def _skewness(points: np.ndarray) -> np.ndarray:
    from scipy.stats import skew

    return np.nan_to_num(skew(points)).clip(-6, 6)  # a column that is constant in a sample has none


def _of_one_hump(points: np.ndarray, ks: Sequence[int], seed: int, draw: int) -> list[float]:
    """Return by k the separation of a cloud with one hump in each column."""
    cloud = one_hump(points, np.random.default_rng([seed, 6, draw]))
    found = []
    for k in ks:
        groups = distinct(cloud, k)
        division = kmeans(cloud, groups, seed + draw, starts=3, tolerance=1e-3) if groups > 1 else None
        found.append(separation(cloud, division, slice(SEPARATION_ROWS)) if division else 0.0)
    return found


def one_hump(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a cloud without groups that has the data's means, spreads, skewness, correlations and steps.

    Parameters
    ----------
    points : ndarray of shape (n, columns)
    rng : Generator

    Examples
    --------
    >>> answers = np.random.default_rng(0).integers(1, 6, size=(50, 2)).astype(float)
    >>> sorted(set(one_hump(answers, np.random.default_rng(1)).ravel().tolist()))
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    from scipy.stats import norm, pearson3

    width = points.std(axis=0)
    centred = (points - points.mean(axis=0)) / np.where(width > 0, width, 1)
    drawn = rng.multivariate_normal(np.zeros(len(width)), centred.T @ centred / len(points), len(points), method="eigh")
    cloud = pearson3.ppf(norm.cdf(drawn), _skewness(points)) * width + points.mean(axis=0)
    for column, values in enumerate(map(np.unique, points.T)):
        if len(values) <= STEPS:
            cloud[:, column] = values[np.searchsorted((values[1:] + values[:-1]) / 2, cloud[:, column])]
    return cloud


def _described(points: np.ndarray, ks: Sequence[int], seed: int, starts: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the log dispersion for one cluster and each k, and the separation for each k."""
    divisions = [kmeans(points, k, seed, starts, tolerance=1e-3) for k in ks]
    total = ((points - points.mean(axis=0)) ** 2).sum()
    with np.errstate(divide="ignore"):
        logs = np.log([total, *(division.inertia for division in divisions)])
    rows = sample(len(points), SEPARATION_ROWS, [seed, 9])  # not the first: ids often come in the groups' order
    apart = [separation(points, division, rows) for division in divisions]
    return np.maximum(logs, -700), np.array(apart)


def separation(points: np.ndarray, division: Division, rows: np.ndarray | slice = slice(None)) -> float:
    """Return the mean silhouette among the centres: seen along the directions in which the centres differ.

    Parameters
    ----------
    points : ndarray of shape (n, columns)
    division : Division
        Of these points.
    rows : ndarray of int or slice
        Points whose silhouettes are averaged; all unless given. Where they are of one group, nothing is apart: 0.

    Notes
    -----
    A feature of noise moves every point and no centre. It lowers the silhouette in all columns, however clear the
    groups are; it has no weight here.

    Examples
    --------
    >>> points = np.array([[0.0, 5.0], [0.0, -5.0], [9.0, 5.0], [9.0, -5.0]])
    >>> separation(points, Division(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0]]), 100.0))
    1.0
    """
    centred = division.centres - division.centres.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][: division.k - 1]
    return float(np.nan_to_num(silhouette(points[rows] @ axes.T, division.labels[rows][:, None]).mean()))


def merit(scores: pd.DataFrame) -> pd.Series:
    """Return by k what speaks for it: how far it is above clouds without groups, and how well it comes again.

    Parameters
    ----------
    scores : DataFrame
        Index k; ``gap``, ``gap_one`` (that of a single cluster), ``separation``, ``separation_reference``,
        ``stability``.

    Notes
    -----
    (gap − gap of one cluster + separation − that of the reference) · stability²: the square lets a division that does
    not come again count for little. A rule of thumb, no theorem: on simulated customers
    (``benchmarks/bench_clustering.py --simulations``) it found the planted number more often than any index alone.
    """
    above = scores["gap"] - scores["gap_one"] + scores["separation"] - scores["separation_reference"]
    return above * scores["stability"].clip(lower=0) ** 2


def choose(scores: pd.DataFrame) -> int:
    """Return the number of clusters with the largest merit; the most stable one where none has any.

    Examples
    --------
    >>> choose(pd.DataFrame({"merit": [0.1, 0.3], "stability": [0.9, 0.9]}, index=[2, 3]))
    3
    """
    found = scores["merit"] if scores["merit"].max() > 0 else scores["stability"]
    return int(found.index[int(found.to_numpy().argmax())])


def verdict(scores: pd.DataFrame, k: int) -> str:
    """Return whether there are clusters: ``"clusters"``, ``"blurred"`` or ``"structureless"``.

    Parameters
    ----------
    scores : DataFrame
        By k, as ``clustering.cluster`` gives it.
    k : int
        The number of clusters judged.

    Notes
    -----
    ``"structureless"`` unless all three hold: the gap statistic at k is larger than that of one cluster; the separation
    exceeds that of clouds without groups by ``MARGIN`` and by three of their standard deviations; the bootstrap
    stability is at least ``BLURRED``. ``"clusters"`` when the stability reaches ``STABLE`` too, else ``"blurred"``.

    Examples
    --------
    >>> row = {"gap": 0.5, "gap_one": 0.1, "separation": 0.5, "separation_reference": 0.3, "separation_error": 0.01}
    >>> verdict(pd.DataFrame([{**row, "stability": 0.95}], index=[3]), 3)
    'clusters'
    """
    row = scores.loc[k]
    excess = row["separation"] - row["separation_reference"]
    beats = row["gap"] > row["gap_one"] and excess > max(MARGIN, 3 * row["separation_error"])
    if not beats or row["stability"] < BLURRED:
        return "structureless"
    return "clusters" if row["stability"] >= STABLE else "blurred"


def control(features: pd.DataFrame, seed: int = 0, kind: str = "normal") -> pd.DataFrame:
    """Return a control set: as many customers, the same columns, no groups.

    Parameters
    ----------
    features : DataFrame
        A row for each customer, numeric columns.
    seed : int
    kind : str
        ``"normal"``: one cloud with the columns' means and covariances; ``"uniform"``: each column evenly between its
        smallest and its largest value. (Shuffling each column would not do: a column with two humps keeps them.)

    Raises
    ------
    DataError
        For features that cannot be clustered, or another kind.

    Examples
    --------
    >>> control(pd.DataFrame({"a": [1, 2, 3]}), kind="uniform")["a"].between(1, 3).all()
    np.True_
    """
    if kind not in ("normal", "uniform"):
        raise DataError("clustering_control", kind=kind)
    numbers = checked(features)
    rng = np.random.default_rng(seed)
    values = numbers.to_numpy()
    if kind == "uniform":
        drawn = rng.uniform(values.min(axis=0), values.max(axis=0), size=values.shape)
    else:
        covariance = np.atleast_2d(np.cov(values, rowvar=False, ddof=0))
        drawn = rng.multivariate_normal(values.mean(axis=0), covariance, size=len(values), method="eigh")
    return pd.DataFrame(drawn, index=numbers.index, columns=numbers.columns)
