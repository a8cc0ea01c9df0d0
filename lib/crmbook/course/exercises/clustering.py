"""Exercises of lesson 03, clustering."""

from __future__ import annotations

from typing import Any

from crmbook.course import checks
from crmbook.course.checks import Miss, exercise, miss
from crmbook.methods import clustering


@exercise("clustering-1", needs=("scores",))
def what_davies_bouldin_wants(answer: Any, given: Any) -> Miss | None:
    """Number of clusters with the smallest Davies-Bouldin index."""
    index = given.scores["davies_bouldin"]
    wrong = checks.count(answer, int(index.idxmin()))
    if wrong and checks.count(answer, int(index.idxmax())) is None:
        return miss("clustering.hint_lower_is_better")
    if wrong and checks.number(answer, float(index.min())) is None:
        return miss("clustering.hint_index_not_k")
    return wrong


@exercise("clustering-2", needs=("labels",))
def share_of_the_largest(answer: Any, given: Any) -> Miss | None:
    """Share of the customers in the largest cluster."""
    counts = given.labels.value_counts()
    wrong = checks.share(answer, float(counts.max() / counts.sum()))
    if wrong and checks.count(answer, int(counts.max())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, float(counts.min() / counts.sum())) is None:
        return miss("clustering.hint_smallest_not_largest")
    return wrong


@exercise("clustering-3", needs=("labels", "prepared"))
def in_the_wrong_company(answer: Any, given: Any) -> Miss | None:
    """Customers with a silhouette below zero."""
    each = clustering.silhouettes(given.prepared, given.labels)["silhouette"]
    wrong = checks.customers(answer, each.index[each < 0])
    if wrong and checks.customers(answer, each.index[each >= 0]) is None:
        return miss("clustering.hint_well_placed")
    if wrong and checks.customers(answer, each.index[each < each.mean()]) is None:
        return miss("clustering.hint_below_average")
    return wrong
