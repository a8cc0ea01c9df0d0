"""Exercises of lesson 03b, offers."""

from __future__ import annotations

from typing import Any

from crmbook import offers
from crmbook.offers import regression
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss

DOUBTED = 0.2
"""Customers with a smaller chance of buying were not expected to buy."""


@exercise("offers-1", needs=("orders",))
def share_that_bought(answer: Any, given: Any) -> Miss | None:
    """Share of the customers who bought in the period the models are judged on."""
    ahead = regression.forecast(given.orders, given.as_of, given.days)
    bought = ahead.judged.purchased
    wrong = checks.share(answer, float(bought.mean()))
    if wrong and checks.count(answer, int(bought.sum())) is None:
        return miss("exercises.count_not_share")
    if wrong and checks.share(answer, float(ahead.learnt.purchased.mean())) is None:
        return miss("offers.hint_earlier_period")
    if wrong and checks.share(answer, float(ahead.purchase.predicted.mean())) is None:
        return miss("offers.hint_predicted_not_seen")
    return wrong


@exercise("offers-2", needs=("orders",))
def surprises(answer: Any, given: Any) -> Miss | None:
    """Customers whom the model doubted and who bought."""
    purchase = regression.forecast(given.orders, given.as_of, given.days).purchase
    doubted, bought = purchase.predicted < DOUBTED, purchase.observed
    wrong = checks.customers(answer, bought.index[doubted & bought])
    if wrong and checks.customers(answer, bought.index[doubted]) is None:
        return miss("offers.hint_all_doubtful")
    if wrong and checks.customers(answer, bought.index[bought]) is None:
        return miss("offers.hint_all_buyers")
    return wrong


@exercise("offers-3", needs=("products",))
def share_of_the_consequent(answer: Any, given: Any) -> Miss | None:
    """Share of all orders that hold the consequent of the first rule: confidence / lift."""
    baskets = offers.baskets(given.orders)
    rule = offers.pairs(baskets).iloc[0]
    wrong = checks.share(answer, float(rule["confidence"] / rule["lift"]))
    if wrong and checks.number(answer, float(rule["lift"] / rule["confidence"])) is None:
        return miss("offers.hint_turned_round")
    if wrong and checks.share(answer, float(rule["support"])) is None:
        return miss("offers.hint_support")
    first = baskets.products.get_loc(rule["antecedent"])
    if wrong and checks.share(answer, float(baskets.matrix[:, [first]].mean())) is None:
        return miss("offers.hint_antecedent")
    return wrong
