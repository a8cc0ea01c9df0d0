"""Exercises of lesson 05, evaluation."""

from __future__ import annotations

from typing import Any

from crmbook import evaluation, tiering
from crmbook.data.faults import DataError
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss

WEIGHTS = {"customer_data": 3, "ease_of_use": 3, "cost": 4}


@exercise("evaluation-1", needs=("programme",))
def effect_by_hand(answer: Any, given: Any) -> Miss | None:
    """The change of the treated less the change of the comparison group."""
    try:
        sales = evaluation.programme_months(given.book, given.months)
    except DataError as refusal:
        return miss("evaluation.hint_refused", reason=str(refusal))
    mean = sales.groupby(["group", "period"])["net"].mean()
    treated = float(mean["treated", "after"] - mean["treated", "before"])
    wrong = checks.number(answer, treated - float(mean["control", "after"] - mean["control", "before"]))
    if wrong and checks.number(answer, treated) is None:
        return miss("evaluation.hint_before_after")
    if wrong and checks.number(answer, float(mean["treated", "after"] - mean["control", "after"])) is None:
        return miss("evaluation.hint_after_only")
    return wrong


@exercise("evaluation-2", needs=("book",))
def best_of_the_year_before(answer: Any, given: Any) -> Miss | None:
    """Mean change of those who were in class A of the first year."""
    try:
        years = evaluation.two_years(given.book.orders, given.book.as_of)
    except DataError as refusal:
        return miss("evaluation.hint_refused", reason=str(refusal))
    change = years["second"] - years["first"]
    best, best_later = (tiering.abc(years[year]) == "A" for year in ("first", "second"))
    wrong = checks.number(answer, float(change[best].mean()))
    if wrong and checks.number(answer, float(change.mean())) is None:
        return miss("evaluation.hint_all_customers")
    if wrong and checks.number(answer, float(change[best_later].mean())) is None:
        return miss("evaluation.hint_chosen_after")
    return wrong


@exercise("evaluation-3", needs=("assumed",))
def return_of_one_year(answer: Any, given: Any) -> Miss | None:
    """Return on investment when the programme runs for a single year."""
    one = given.assumed
    revenue = one.customers * one.revenue * one.uplift
    cost = one.customers * one.cost_per_customer + one.fixed_cost
    wrong = checks.in_hundreds(answer, (revenue * one.margin - cost) / cost)
    if wrong and checks.number(answer, (revenue - cost) / cost) is None:
        return miss("evaluation.hint_revenue_not_margin")
    if wrong and checks.number(answer, revenue * one.margin / cost) is None:
        return miss("evaluation.hint_cost_not_subtracted")
    return wrong


@exercise("evaluation-4", needs=("systems",))
def system_for_a_small_firm(answer: Any, given: Any) -> Miss | None:
    """The system that wins with the exercise's weights."""
    own = given.systems[list(WEIGHTS)]
    right = evaluation.decide(own, WEIGHTS, ["cost"], scale=(1, 5)).winner
    if isinstance(answer, str) and answer == right:
        return None
    if isinstance(answer, str) and answer == evaluation.decide(own, WEIGHTS, (), scale=(1, 5)).winner:
        return miss("evaluation.hint_cost_upwards")
    equal = evaluation.decide(own, dict.fromkeys(WEIGHTS, 1), ["cost"], scale=(1, 5)).winner
    if isinstance(answer, str) and answer == equal:
        return miss("evaluation.hint_equal_weights")
    return miss("evaluation.hint_name_one", names=", ".join(sorted(map(str, own.index))))
