"""Exercises of lesson 02, lifecycle."""

from __future__ import annotations

from typing import Any

from crmbook.lifecycle import retention
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("lifecycle-1", needs=("rates",))
def churn_of_a_year(answer: Any, given: Any) -> Miss | None:
    """The yearly rate that the monthly churn rates of the last twelve months compound to."""
    monthly = given.rates["churn"].tail(12)
    wrong = checks.share(answer, retention.annualise(monthly))
    if wrong and checks.number(answer, float(monthly.sum())) is None:
        return miss("lifecycle.hint_added_up")
    if wrong and checks.number(answer, float(monthly.mean() * 12)) is None:
        return miss("lifecycle.hint_added_up")
    if wrong and checks.share(answer, float(monthly.mean())) is None:
        return miss("lifecycle.hint_one_month")
    if wrong and checks.share(answer, 1 - retention.annualise(monthly)) is None:
        return miss("lifecycle.hint_kept_not_lost")
    return wrong


@exercise("lifecycle-2", needs=("customers",))
def second_purchase_in_time(answer: Any, given: Any) -> Miss | None:
    """Of the customers first seen at least a year ago, the share that has bought on a second day, at any time."""
    bought_again = given.customers["x"] > 0
    old = given.customers["T"] >= 365
    wrong = checks.share(answer, float(bought_again[old].mean()))
    if wrong and checks.share(answer, float(bought_again.mean())) is None:
        return miss("lifecycle.hint_newcomers")
    if wrong and checks.count(answer, int(bought_again[old].sum())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, float((~bought_again[old]).mean())) is None:
        return miss("lifecycle.hint_once_not_again")
    return wrong


@exercise("lifecycle-3", needs=("stage", "customers", "rules"))
def loyal_and_going_quiet(answer: Any, given: Any) -> Miss | None:
    """Loyal customers whose silence has lasted for more than half of the churn window."""
    loyal = given.stage.index[given.stage == "loyal"]
    quiet = given.customers.index[given.customers["recency"] > given.rules.churn_days / 2]
    wrong = checks.customers(answer, loyal.intersection(quiet))
    if wrong and checks.customers(answer, loyal) is None:
        return miss("lifecycle.hint_only_loyal")
    if wrong and checks.customers(answer, quiet) is None:
        return miss("lifecycle.hint_only_quiet")
    return wrong
