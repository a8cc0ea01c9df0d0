"""Segments in use: new customers, other divisions of the same ones, drift between two dates, usefulness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.clustering.clusters import Clusters
from crmbook.clustering.partition import nearest, own_distance, rand_index
from crmbook.data.faults import DataError
from crmbook.shared.estimate import Estimate, reach, wilson
from crmbook.shared.features import checked, once, same_columns, single_thread


def assign(clusters: Clusters, features: pd.DataFrame) -> pd.DataFrame:
    """Put customers into existing clusters, and say who fits none.

    Parameters
    ----------
    clusters : Clusters
        The segments in use; they do not move.
    features : DataFrame
        The columns the clusters were made of, after the same treatment (``Prepared.apply``); other columns play no
        part.

    Returns
    -------
    DataFrame
        Index of customers, in order: ``cluster`` (nearest centre), ``distance`` (in the scale the clustering saw:
        standard deviations), ``novel`` (farther away than ``NOVEL`` of the cluster's own members).

    Raises
    ------
    DataError
        When a column is missing or cannot be used.

    Examples
    --------
    >>> from crmbook.clustering import cluster
    >>> known = pd.DataFrame({"orders": [1, 2, 3, 20, 21, 22]})
    >>> assign(cluster(known, k=2), pd.DataFrame({"orders": [2, 90]}))["novel"].tolist()
    [False, True]
    """
    numbers = checked(same_columns(features, clusters.centres.columns), constant=True, least=0)
    points = ((numbers - clusters.mean) / clusters.spread).to_numpy()
    centres = ((clusters.centres - clusters.mean) / clusters.spread).to_numpy()
    with single_thread():
        own = nearest(points, centres)[0]
    distance = own_distance(points, own, centres)
    table = pd.DataFrame({"cluster": own, "distance": distance}, index=numbers.index)
    table["novel"] = distance > clusters.reach.reindex(own).to_numpy() * (1 + 1e-9)
    return table


@dataclass(frozen=True)
class Comparison:
    """Two divisions of the same customers.

    Attributes
    ----------
    rand : float
        Adjusted Rand index: 1 the same division, 0 as if drawn by lot.
    counts : DataFrame
        Customers by first (rows) and second division (columns).
    shares : DataFrame
        The same as shares of each row.
    n : int
        Customers that are in both.
    """

    rand: float
    counts: pd.DataFrame
    shares: pd.DataFrame
    n: int


def compare(first: pd.Series, second: pd.Series) -> Comparison:
    """Compare two divisions of customers: clusters with tiers, RFM segments, last year's clusters.

    Parameters
    ----------
    first, second : Series
        A group for each customer (index, each once); only customers that have both count.

    Raises
    ------
    DataError
        When fewer than two customers are in both, or one stands there twice.

    Examples
    --------
    >>> compare(pd.Series(list("xxyy")), pd.Series([1, 1, 1, 2])).counts.to_numpy().tolist()
    [[2, 0], [1, 1]]
    """
    once(first.index)
    once(second.index)
    both = pd.concat([first.rename("first"), second.rename("second")], axis=1, join="inner").dropna()
    if len(both) < 2:
        raise DataError("clustering_nothing_shared", n=len(both))
    counts = pd.crosstab(both["first"], both["second"])
    counts.index.name, counts.columns.name = first.name or "first", second.name or "second"
    rand = rand_index(pd.factorize(both["first"])[0], pd.factorize(both["second"])[0])
    return Comparison(rand, counts, counts.div(counts.sum(axis=1), axis=0), len(both))


def ceiling(features: pd.DataFrame, truth: pd.Series, seed: int = 0) -> float:
    """Return how well somebody who was told the true groups finds them again in the features.

    For data whose groups are known because they were planted. Groups overlap, so nobody finds all of them; clusters are
    to be judged beside this figure, not beside 1.

    Parameters
    ----------
    features : DataFrame
        As for ``clustering.cluster``.
    truth : Series
        The true group of each customer (index); customers without one play no part.
    seed : int
        Of the parts.

    Returns
    -------
    float
        Adjusted Rand index between the true groups and those guessed: in each tenth of the customers by quadratic
        discriminant analysis (each group a normal cloud of its own shape) learnt on the other nine, whose groups it was
        told. The customers guessed were not among those told. An estimate: another rule could do slightly better.

    Raises
    ------
    DataError
        For features that cannot be clustered; fewer than two groups of at least two customers each.

    Examples
    --------
    >>> spots = pd.DataFrame({"orders": [1, 2, 3, 1, 2, 3, 21, 22, 23, 21, 22, 23]})
    >>> ceiling(spots, pd.Series(list("aaaaaabbbbbb")))
    1.0
    """
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    numbers = checked(features)
    own = truth.reindex(numbers.index).dropna()
    smallest = int(own.value_counts().min()) if own.nunique() > 1 else 0
    if smallest < 2:
        raise DataError("clustering_nothing_shared", n=smallest)
    points = numbers.loc[own.index]
    points = (points - points.mean()) / points.std(ddof=0)
    parts = StratifiedKFold(min(10, smallest), shuffle=True, random_state=seed)
    told = QuadraticDiscriminantAnalysis(reg_param=0.01)
    codes = pd.factorize(own, sort=True)[0]
    with single_thread():
        guessed = cross_val_predict(told, points.to_numpy(), codes, cv=parts)
    return rand_index(codes, guessed)


@dataclass(frozen=True)
class Drift:
    """How segments changed between two dates.

    Attributes
    ----------
    table : DataFrame
        Index segment: ``before``, ``after`` (customers), ``share_before``, ``share_after``, ``change``, ``psi`` (its
        part).
    psi : float
        Population stability index: the usual reading is below 0.1 stable, above 0.25 shifted.
    moved : Estimate
        Share of the customers present at both dates who changed segment.
    transitions : DataFrame
        Customers present at both dates, by segment before (rows) and after (columns).
    joined, gone : int
        Customers present at the second, at the first date only.
    """

    table: pd.DataFrame
    psi: float
    moved: Estimate
    transitions: pd.DataFrame
    joined: int
    gone: int


def drift(before: pd.Series, after: pd.Series) -> Drift:
    """Compare the segments of two dates.

    Parameters
    ----------
    before, after : Series
        A segment for each customer (index), from the same definition of segments (``assign``).

    Raises
    ------
    DataError
        When one of the dates has no customer, or a customer stands there twice.

    Notes
    -----
    PSI = Σ (after − before) · ln(after / before) over the segments' shares; an empty segment counts as half a customer.

    Examples
    --------
    >>> result = drift(pd.Series([0, 0, 1, 1], index=list("abcd")), pd.Series([0, 1, 1, 1], index=list("abcd")))
    >>> round(result.psi, 3), result.moved.value
    (0.275, 0.25)
    """
    once(before.index)
    once(after.index)
    before, after = before.dropna(), after.dropna()
    if before.empty or after.empty:
        raise DataError("clustering_drift_empty")
    table = (
        pd.DataFrame({"before": before.value_counts(), "after": after.value_counts()})
        .fillna(0)
        .astype(int)
        .sort_index()
    )
    table = table.rename_axis("segment")
    table["share_before"], table["share_after"] = table["before"] / len(before), table["after"] / len(after)
    table["change"] = table["share_after"] - table["share_before"]
    table["psi"] = _psi(table["before"].to_numpy(), table["after"].to_numpy())
    both = pd.concat([before.rename("before"), after.rename("after")], axis=1, join="inner")
    names = table.index
    moves = pd.crosstab(both["before"], both["after"]).reindex(index=names, columns=names, fill_value=0)
    return Drift(
        table=table,
        psi=float(table["psi"].sum()),
        moved=wilson(int((both["before"] != both["after"]).sum()), len(both)),
        transitions=moves.rename_axis(index="before", columns="after"),
        joined=len(after) - len(both),
        gone=len(before) - len(both),
    )


def _psi(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    first, second = np.maximum(before, 0.5) / before.sum(), np.maximum(after, 0.5) / after.sum()
    return (second - first) * np.log(second / first)


def feature_drift(before: pd.DataFrame, after: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Return how the features themselves shifted between two dates.

    Parameters
    ----------
    before, after : DataFrame
        Features of the customers at the two dates, the same columns.
    bins : int
        Bins for the index, quantiles of the first date; fewer where values repeat.

    Returns
    -------
    DataFrame
        Index trait (the feature), the largest shift first: ``psi``, ``median_before``, ``median_after``, ``bins``.

    Raises
    ------
    DataError
        When a column is missing or cannot be used.

    Examples
    --------
    >>> first = pd.DataFrame({"orders": range(100)})
    >>> feature_drift(first, first)["psi"].tolist()
    [0.0]
    """
    one = checked(before, constant=True)
    two = checked(same_columns(after, one.columns), constant=True)
    rows = {}
    for column in one:
        inner = np.unique(np.quantile(one[column], np.linspace(0, 1, bins + 1)[1:-1]))
        counts = [
            np.bincount(np.searchsorted(inner, frame[column], side="left"), minlength=len(inner) + 1)
            for frame in (one, two)
        ]
        rows[column] = {
            "psi": float(_psi(*counts).sum()),
            "median_before": one[column].median(),
            "median_after": two[column].median(),
            "bins": len(inner) + 1,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("trait").astype({"bins": int})
    return table.sort_values("psi", ascending=False, kind="stable")


@dataclass(frozen=True)
class Usefulness:
    """What a division into segments says about something it was not made of.

    Attributes
    ----------
    table : DataFrame
        Index segment: ``customers``, ``mean`` of the outcome with ``low`` and ``high`` (95 %), ``lift`` (mean over the
        mean of all; blank where that is 0).
    explained : float
        Share of the outcome's variance between the segments.
    by_chance : float
        The share that groups of the same sizes, drawn by lot, stay below in 95 of 100 cases.
    p : float
        Share of such draws that explain at least as much.
    """

    table: pd.DataFrame
    explained: float
    by_chance: float
    p: float


def usefulness(labels: pd.Series, outcome: pd.Series, seed: int = 0, times: int = 999) -> Usefulness:
    """Judge segments by an outcome of a later time, beside segments drawn by lot.

    Parameters
    ----------
    labels : Series
        A segment for each customer, made from what was known before.
    outcome : Series of float
        For the same customers, from a time that the segments have not seen: bought or not, orders, money.
    seed : int
        Of the draws.
    times : int
        Draws.

    Raises
    ------
    DataError
        When fewer than two customers have both, or one stands there twice.

    Examples
    --------
    >>> result = usefulness(pd.Series(list("aabb") * 5), pd.Series([1.0, 2, 8, 9] * 5))
    >>> round(result.explained, 2), result.p < 0.01, result.table["lift"].tolist()
    (0.98, True, [0.3, 1.7])
    """
    once(labels.index)
    once(outcome.index)
    both = pd.concat([labels.rename("segment"), outcome.rename("outcome")], axis=1, join="inner").dropna()
    if len(both) < 2:
        raise DataError("clustering_nothing_shared", n=len(both))
    both = both.sort_values(["segment", "outcome"], kind="stable")
    grouped = both.groupby("segment", observed=True)["outcome"]
    table = pd.DataFrame({"customers": grouped.size(), "mean": grouped.mean()})
    half = reach(table["customers"]) * grouped.sem()
    table["low"], table["high"] = table["mean"] - half, table["mean"] + half
    average = both["outcome"].mean()
    table["lift"] = table["mean"] / average if average else np.nan
    codes, values = pd.factorize(both["segment"])[0], both["outcome"].to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    own = _explained(codes, values)
    drawn = np.array([_explained(codes, rng.permutation(values)) for _ in range(times)])
    larger = int((drawn >= own * (1 - 1e-12)).sum())
    return Usefulness(table, own, float(np.quantile(drawn, 0.95)), (1 + larger) / (1 + times))


def _explained(codes: np.ndarray, values: np.ndarray) -> float:
    counts, sums = np.bincount(codes), np.bincount(codes, weights=values)
    total = ((values - values.mean()) ** 2).sum()
    return float((counts * (sums / counts - values.mean()) ** 2).sum() / total) if total > 0 else 0.0
