"""Exercises of lesson 04b, complaints."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from crmbook import complaints
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("complaints-1", needs=("tickets", "orders"))
def complaints_for_a_thousand_orders(answer: Any, given: Any) -> Miss | None:
    """Complaints per 1,000 orders over the whole time."""
    tickets = _complaints(given)
    months = complaints.monthly(tickets, given.orders, given.as_of)
    per_order = float(months["complaints"].sum() / months["orders"].sum())
    wrong = checks.number(answer, 1000 * per_order)
    handled = complaints.handling_rate(tickets, given.as_of).value
    if wrong and (checks.number(answer, handled) is None or checks.number(answer, 100 * handled) is None):
        return miss("complaints.hint_handling_rate")
    if wrong and checks.number(answer, per_order) is None:
        return miss("complaints.hint_per_order")
    return wrong


@exercise("complaints-2", needs=("tickets",))
def hours_until_nine_in_ten_are_closed(answer: Any, given: Any) -> Miss | None:
    """P90 of the time to resolution, the open tickets counted."""
    tickets = _complaints(given)
    curve = complaints.resolution(tickets, given.as_of)
    wrong = checks.number(answer, complaints.quantile(curve, 0.9))
    closed = tickets["closed_at"] - tickets["opened_at"]
    flattering = float(closed.dt.total_seconds().quantile(0.9)) / 3600
    if wrong and _near(answer, flattering):
        return miss("complaints.hint_closed_only")
    if wrong and _near(answer, complaints.quantile(curve)):
        return miss("complaints.hint_median")
    return wrong


@exercise("complaints-3", needs=("tickets", "orders"))
def complained_and_returned(answer: Any, given: Any) -> Miss | None:
    """Customers who both complained and returned something."""
    flags = complaints.dissatisfied(given.tickets, given.orders, None, given.as_of, days=given.days)
    wrong = checks.customers(answer, flags.index[flags["complaint"] & flags["returned"]])
    if wrong and checks.customers(answer, flags.index[flags["complaint"] | flags["returned"]]) is None:
        return miss("complaints.hint_either")
    if wrong and checks.customers(answer, flags.index[flags["complaint"]]) is None:
        return miss("complaints.hint_complaint_only")
    return wrong


def _complaints(given: Any) -> pd.DataFrame:
    return complaints.valid_tickets(complaints.only_complaints(given.tickets), given.as_of)[0]


def _near(answer: Any, figure: float) -> bool:
    return math.isfinite(figure) and checks.number(answer, figure) is None
