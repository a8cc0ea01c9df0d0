"""Exercises of lesson 04b, complaints."""

from __future__ import annotations

import math
from typing import Any

from crmbook.course import checks
from crmbook.course.checks import Miss, exercise, miss
from crmbook.methods import complaints


@exercise("complaints-1", needs=("tickets", "months"))
def complaints_for_a_thousand_orders(answer: Any, given: Any) -> Miss | None:
    """Complaints per 1,000 orders over the whole time."""
    per_order = float(given.months["complaints"].sum() / given.months["orders"].sum())
    wrong = checks.number(answer, 1000 * per_order)
    handled = complaints.handling_rate(given.tickets, given.as_of).value
    if wrong and (checks.number(answer, handled) is None or checks.number(answer, 100 * handled) is None):
        return miss("complaints.hint_handling_rate")
    if wrong and checks.number(answer, per_order) is None:
        return miss("complaints.hint_per_order")
    return wrong


@exercise("complaints-2", needs=("tickets",))
def hours_until_nine_in_ten_are_closed(answer: Any, given: Any) -> Miss | None:
    """P90 of the time to resolution, the open tickets counted."""
    curve = complaints.resolution(given.tickets, given.as_of)
    wrong = checks.number(answer, complaints.quantile(curve, 0.9))
    closed = given.tickets["closed_at"] - given.tickets["opened_at"]
    flattering = closed.dt.total_seconds().quantile(0.9) / 3600
    if wrong and _near(answer, flattering):
        return miss("complaints.hint_closed_only")
    if wrong and _near(answer, complaints.quantile(curve)):
        return miss("complaints.hint_median")
    return wrong


@exercise("complaints-3", needs=("tickets", "flags"))
def complained_and_returned(answer: Any, given: Any) -> Miss | None:
    """Customers who both complained and returned something."""
    flags = given.flags
    wrong = checks.customers(answer, flags.index[flags["complaint"] & flags["returned"]])
    if wrong and checks.customers(answer, flags.index[flags["complaint"] | flags["returned"]]) is None:
        return miss("complaints.hint_either")
    if wrong and checks.customers(answer, flags.index[flags["complaint"]]) is None:
        return miss("complaints.hint_complaint_only")
    return wrong


def _near(answer: Any, figure: float) -> bool:
    return math.isfinite(figure) and checks.number(answer, figure) is None
