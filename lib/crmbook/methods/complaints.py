"""Complaints: how many for the orders, how fast they are answered and solved, what stays open, where they come from.

The methods of the chapter under one name: `tickets` (the process), `complaint_rates` (how many, and where), `recovery`
(unhappy customers, and what putting it right is worth), `loyalty` (what they say and do, and whom to call) hold them.
"""

from __future__ import annotations

from crmbook.methods.complaint_rates import by_place, complaint_rate, monthly, p_chart, returns_link, u_chart
from crmbook.methods.loyalty import (
    close_the_loop,
    loyalty_curve,
    loyalty_index,
    owners,
    promoter_class,
    stated_loyalty,
    unhappy_value,
)
from crmbook.methods.pareto import pareto
from crmbook.methods.recovery import Recovery, dissatisfied, only_complaints, overlap, recovery
from crmbook.methods.tickets import (
    STEPS,
    Promise,
    ageing,
    backlog,
    check_tickets,
    handling_rate,
    overdue,
    process_times,
    quantile,
    repeats,
    resolution,
    sla,
    sla_by_month,
    valid_tickets,
)

__all__ = [
    "STEPS",
    "Promise",
    "Recovery",
    "ageing",
    "backlog",
    "by_place",
    "check_tickets",
    "close_the_loop",
    "complaint_rate",
    "dissatisfied",
    "handling_rate",
    "loyalty_curve",
    "loyalty_index",
    "monthly",
    "only_complaints",
    "overdue",
    "overlap",
    "owners",
    "p_chart",
    "pareto",
    "process_times",
    "promoter_class",
    "quantile",
    "recovery",
    "repeats",
    "resolution",
    "returns_link",
    "sla",
    "sla_by_month",
    "stated_loyalty",
    "u_chart",
    "unhappy_value",
    "valid_tickets",
]
