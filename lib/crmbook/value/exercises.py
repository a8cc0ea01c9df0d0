"""Exercises of lesson 02b, value and economics."""

from __future__ import annotations

import math
from typing import Any

from crmbook import value
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss
from crmbook.value import economics


@exercise("value-1", needs=("yearly_rate", "stay"))
def formula_with_the_first_payment(answer: Any, given: Any) -> Miss | None:
    """Value of a customer with a margin of 500 a year, the first payment now."""
    right = value.formula(500, given.stay, given.yearly_rate)
    wrong = checks.number(answer, right.first_now)
    if wrong and checks.number(answer, right.first_later) is None:
        return miss("value.hint_first_payment")
    if wrong and given.stay < 1 and checks.number(answer, 500 / (1 - given.stay)) is None:
        return miss("value.hint_not_discounted")
    return wrong


@exercise("value-2", needs=("customers", "p_alive"))
def repeaters_who_are_probably_gone(answer: Any, given: Any) -> Miss | None:
    """Customers who bought again and are alive with less than one half."""
    unlikely = given.p_alive < 0.5
    again = given.customers["x"] > 0
    index = given.customers.index
    wrong = checks.customers(answer, index[unlikely & again])
    if wrong and checks.customers(answer, index[again & ~unlikely]) is None:
        return miss("value.hint_still_alive")
    if wrong and checks.customers(answer, index[unlikely | ~again]) is None:
        return miss("value.hint_one_time_buyers")
    return wrong


@exercise("value-3", needs=("spend", "new"))
def paid_acquisition_cost(answer: Any, given: Any) -> Miss | None:
    """Acquisition spend by customers from paid channels only."""
    blended = economics.acquisition_cost(given.spend, given.new)
    spent, won, free, cac = (float(blended[column].iloc[0]) for column in ("spend", "customers", "free", "cac"))
    wrong = checks.number(answer, spent / (won - free) if won > free else math.nan)
    if wrong and checks.number(answer, cac) is None:
        return miss("value.hint_blended")
    return wrong
