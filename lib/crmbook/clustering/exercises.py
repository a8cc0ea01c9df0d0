"""Exercises of lesson 03, clustering."""

from __future__ import annotations

from typing import Any

from crmbook import clustering
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("clustering-1", needs=("tried",))
def what_davies_bouldin_wants(answer: Any, given: Any) -> Miss | None:
    """Number of clusters with the smallest Davies-Bouldin index."""
    index = given.tried.scores["davies_bouldin"]
    wrong = checks.count(answer, int(index.idxmin()))
    if wrong and checks.count(answer, int(index.idxmax())) is None:
        return miss("clustering.hint_lower_is_better")
    if wrong and checks.number(answer, float(index.min())) is None:
        return miss("clustering.hint_index_not_k")
    return wrong


@exercise("clustering-2", needs=("base", "found"))
def index_of_a_cluster(answer: Any, given: Any) -> Miss | None:
    """Index of the largest cluster in the first feature: 100 where it is as the average of all."""
    feature = given.base.iloc[:, 0]
    own = (given.found.labels.reindex(feature.index) == 0).fillna(False).astype(bool)
    mean, average, others = float(feature[own].mean()), float(feature.mean()), float(feature[~own].mean())
    wrong = checks.number(answer, 100 * mean / average)
    if wrong and checks.number(answer, mean / average) is None:
        return miss("clustering.hint_ratio_not_index")
    if wrong and checks.number(answer, 100 * mean / others) is None:
        return miss("clustering.hint_compared_with_the_others")
    if wrong and checks.number(answer, 100 * average / mean) is None:
        return miss("clustering.hint_turned_round")
    return wrong


@exercise("clustering-3", needs=("found", "prepared"))
def in_the_wrong_company(answer: Any, given: Any) -> Miss | None:
    """Customers with a silhouette below zero."""
    each = clustering.silhouettes(given.prepared.features, given.found.labels)["silhouette"]
    wrong = checks.customers(answer, each.index[each < 0])
    if wrong and checks.customers(answer, each.index[each >= 0]) is None:
        return miss("clustering.hint_well_placed")
    if wrong and checks.customers(answer, each.index[each < each.mean()]) is None:
        return miss("clustering.hint_below_average")
    return wrong
