"""Complaints: do we keep our word when something goes wrong?

`tickets` (the process) · `rates` (how many, and where) · `service_recovery` (unhappy customers, and what putting it
right is worth) · `loyalty` (what they say and do, and whom to call).
"""

from crmbook.complaints.loyalty import (
    close_the_loop,
    loyalty_curve,
    loyalty_index,
    owners,
    promoter_class,
    stated_loyalty,
    unhappy_value,
)
from crmbook.complaints.rates import by_place, complaint_rate, monthly, p_chart, returns_link, u_chart
from crmbook.complaints.service_recovery import Recovery, dissatisfied, only_complaints, overlap, recovery
from crmbook.complaints.tickets import (
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
from crmbook.shared.door import rooms
from crmbook.shared.pareto import pareto
from crmbook.shared.purchases import purchases

__getattr__ = rooms(__name__)
