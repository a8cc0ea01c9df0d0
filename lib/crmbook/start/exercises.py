"""Exercises of lesson 00, the start: one for each of the few things that later exercises need."""

from __future__ import annotations

from typing import Any

from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("start-1", needs=("orders",))
def number_of_rows(answer: Any, given: Any) -> Miss | None:
    """Rows of the table of orders."""
    wrong = checks.count(answer, len(given.orders))
    if wrong and checks.count(answer, given.orders.shape[1]) is None:
        return miss("start.columns_not_rows")
    if wrong and checks.count(answer, int(given.orders["customer_id"].nunique())) is None:
        return miss("start.customers_not_rows")
    return wrong


@exercise("start-2", needs=("customers",))
def mean_of_a_column(answer: Any, given: Any) -> Miss | None:
    """What a customer has spent on average."""
    spent = given.customers["monetary"]
    wrong = checks.number(answer, float(spent.mean()))
    if wrong and checks.number(answer, float(spent.sum())) is None:
        return miss("start.sum_not_mean")
    if wrong and checks.number(answer, float(spent.median())) is None:
        return miss("start.median_not_mean")
    if wrong and checks.number(answer, float(given.customers["mean_order"].mean())) is None:
        return miss("start.order_not_customer")
    return wrong


@exercise("start-3", needs=("customers",))
def mean_of_a_comparison(answer: Any, given: Any) -> Miss | None:
    """Share of the customers with more than one order."""
    again = given.customers["frequency"] > 1
    wrong = checks.share(answer, float(again.mean()))
    if wrong and checks.count(answer, int(again.sum())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, float((given.customers["frequency"] >= 1).mean())) is None:
        return miss("start.one_order_counted")
    return wrong


@exercise("start-4", needs=("tiers",))
def count_of_a_value(answer: Any, given: Any) -> Miss | None:
    """Customers of tier A."""
    counts = given.tiers.value_counts()
    right = int(counts.get("A", 0))
    wrong = checks.count(answer, right)
    if wrong and checks.share(answer, right / len(given.tiers)) is None:
        return miss("start.share_not_count")
    if wrong and any(checks.count(answer, int(other)) is None for other in counts):
        return miss("start.another_tier")
    return wrong


@exercise("start-5", needs=("customers", "tiers"))
def set_of_customers(answer: Any, given: Any) -> Miss | None:
    """Customers of tier A with at most two orders."""
    best, few = given.tiers == "A", given.customers["frequency"] <= 2
    index = given.customers.index
    wrong = checks.customers(answer, index[best & few])
    if wrong and checks.customers(answer, index[best | few]) is None:
        return miss("start.or_not_and")
    if wrong and checks.customers(answer, index[best]) is None:
        return miss("start.only_tier")
    if wrong and checks.customers(answer, index[few]) is None:
        return miss("start.only_few")
    return wrong


@exercise("start-6", needs=("customers",))
def first_of_an_index(answer: Any, given: Any) -> Miss | None:
    """The customer with the most orders; of several with as many, any."""
    orders = given.customers["frequency"]
    if isinstance(answer, bool) or not isinstance(answer, str | int):
        return miss("start.id_wanted")
    if answer in set(orders.index[orders == orders.max()]):
        return None
    if answer in set(orders.index[orders == orders.min()]):
        return miss("start.fewest_not_most")
    if answer == orders.max():
        return miss("start.number_not_id")
    if answer == given.customers["monetary"].idxmax():
        return miss("start.money_not_orders")
    return miss("start.id_wanted") if answer not in orders.index else miss("start.another_customer")
