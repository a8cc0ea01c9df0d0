"""Exercises of lesson 01, customer tiering."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmbook import tiering
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("tiering-1", needs=("customers",))
def half_of_the_revenue(answer: Any, given: Any) -> Miss | None:
    """Share of customers that brings the first half of the revenue."""
    first_half = tiering.abc(given.customers["monetary"], (0.5, 0.95)) == "A"
    wrong = checks.share(answer, float(first_half.mean()))
    if wrong and checks.count(answer, int(first_half.sum())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, _revenue_share(given.customers["monetary"], first_half)) is None:
        return miss("exercises.revenue_not_customers")
    if wrong and checks.share(answer, float((tiering.abc(given.customers["monetary"]) == "A").mean())) is None:
        return miss("exercises.usual_cuts")
    return wrong


@exercise("tiering-2", needs=("customers",))
def recency_turned_the_right_way(answer: Any, given: Any) -> Miss | None:
    """Three recency scores by quantiles, the most recent highest."""
    recency = given.customers["recency"].dropna()
    wrong = checks.series(answer, tiering.score(recency, bins=3, higher_is_better=False))
    if wrong and checks.series(answer, tiering.score(recency, bins=3)) is None:
        return miss("exercises.direction_reversed")
    if wrong and checks.series(answer, tiering.score(recency, bins=5, higher_is_better=False)) is None:
        return miss("exercises.five_scores_not_three")
    return wrong


@exercise("tiering-3", needs=("customers",))
def valuable_and_slipping_away(answer: Any, given: Any) -> Miss | None:
    """Customers of class A whose recency score is 1 or 2."""
    index = given.customers.index
    valuable = tiering.abc(given.customers["monetary"]) == "A"
    silent = tiering.rfm(given.customers)["r"] <= 2
    wrong = checks.customers(answer, index[valuable & silent])
    if wrong and checks.customers(answer, index[valuable]) is None:
        return miss("exercises.only_valuable")
    if wrong and checks.customers(answer, index[silent]) is None:
        return miss("exercises.only_silent")
    return wrong


@exercise("tiering-4", needs=("before", "tiers", "plan"))
def upgrade_rate(answer: Any, given: Any) -> Miss | None:
    """Share of the customers with a tier at both dates who moved up."""
    moved = tiering.migration(given.before, given.tiers, order=given.plan.codes)
    wrong = checks.share(answer, moved.upgraded.value)
    if wrong and checks.share(answer, moved.downgraded.value) is None:
        return miss("exercises.downgrades_not_upgrades")
    if wrong and checks.share(answer, moved.upgraded.value * moved.upgraded.n / len(given.tiers)) is None:
        return miss("exercises.newcomers_counted")
    if wrong and checks.share(answer, moved.upgraded.value + moved.downgraded.value) is None:
        return miss("exercises.both_directions")
    if wrong and checks.share(answer, tiering.migration(given.before, given.tiers).upgraded.value) is None:
        return miss("exercises.alphabet_not_order")
    return wrong


@exercise("tiering_defects-1", needs=("tiers",))
def share_of_defective(answer: Any, given: Any) -> Miss | None:
    """Share of the customers who are defective."""
    return _share_of(answer, given.tiers == "defective")


@exercise("tiering_defects-2", needs=("seen", "tiers"))
def defective_and_worth_it(answer: Any, given: Any) -> Miss | None:
    """Defective customers with six orders or more in the year."""
    return _both(answer, given.tiers == "defective", given.seen["frequency"] >= 6)


@exercise("tiering_defects-3", needs=("seen", "tiers", "plan"))
def defective_no_more_once_heard(answer: Any, given: Any) -> Miss | None:
    """Number of defective customers who would not be so without their complaints."""
    settled = tiering.assign(given.seen.assign(complaints=0), given.plan)
    wrong = checks.count(answer, int(((given.tiers == "defective") & (settled != "defective")).sum()))
    if wrong and checks.count(answer, int((settled == "defective").sum())) is None:
        return miss("exercises.those_left")
    return wrong


def _share_of(answer: Any, inside: pd.Series) -> Miss | None:
    wrong = checks.share(answer, float(inside.mean()))
    if wrong and checks.count(answer, int(inside.sum())) is None:
        return miss("exercises.count_not_share")
    return wrong


def _both(answer: Any, first: pd.Series, second: pd.Series) -> Miss | None:
    wrong = checks.customers(answer, first.index[first & second])
    for only in (first, second):
        if wrong and checks.customers(answer, only.index[only]) is None:
            return miss("exercises.one_condition")
    return wrong


def _revenue_share(money: pd.Series, chosen: pd.Series) -> float:
    return float(money[chosen].sum() / money[money > 0].sum())
