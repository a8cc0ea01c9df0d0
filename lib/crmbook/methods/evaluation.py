"""Evaluation: did it work, what did it cost, what should we do next.

The methods of the chapter under one name. They stand in `scorecard`, `indicator` and `indicators` (the course's twelve
indicators in one registry, counted from `periods`), `programme`, `matching` and `power` (effects with a comparison
group), `business_case`, `investment` and `budget` (return, keep or acquire, money by tier), `performance` (owners and
stores), `decision` (suppliers, CRM systems) and `action_loop` (plan, log, next actions, summary).
"""

from __future__ import annotations

from crmbook.methods.action_loop import (
    PLAN,
    RULES,
    STATUS,
    ActionRule,
    Statement,
    Task,
    action_log,
    implementation_plan,
    management_summary,
    next_actions,
)
from crmbook.methods.budget import budget, first_and_later_year, keep_or_acquire, response, tier_curves
from crmbook.methods.business_case import StartingPoint, starting_point
from crmbook.methods.criteria import ahp
from crmbook.methods.decision import (
    SUPPLIER_CRITERIA,
    SYSTEM_CRITERIA,
    Decision,
    decide,
    robustness,
    sensitivity,
    supplier_score,
)
from crmbook.methods.indicator import REGISTRY, Indicator, indicator, indicators
from crmbook.methods.investment import (
    Assumptions,
    Investment,
    Spread,
    break_even,
    break_even_gain,
    monte_carlo,
    programme_return,
    roi,
    scenarios,
    tornado,
)
from crmbook.methods.matching import Matched, balance, matched_comparison, regression_to_mean, two_years
from crmbook.methods.performance import Comparison, assignments, compare_groups, funnel
from crmbook.methods.power import power, power_table, sample_size, simulate, smallest_effect
from crmbook.methods.programme import (
    Permutation,
    Trends,
    before_after,
    customer_gains,
    did,
    parallel_trends,
    permutation_test,
    programme_months,
)
from crmbook.methods.scorecard import add_tone, history, last_period, scorecard

__all__ = [
    "PLAN",
    "REGISTRY",
    "RULES",
    "STATUS",
    "SUPPLIER_CRITERIA",
    "SYSTEM_CRITERIA",
    "ActionRule",
    "Assumptions",
    "Comparison",
    "Decision",
    "Indicator",
    "Investment",
    "Matched",
    "Permutation",
    "Spread",
    "StartingPoint",
    "Statement",
    "Task",
    "Trends",
    "action_log",
    "add_tone",
    "ahp",
    "assignments",
    "balance",
    "before_after",
    "break_even",
    "break_even_gain",
    "budget",
    "compare_groups",
    "customer_gains",
    "decide",
    "did",
    "first_and_later_year",
    "funnel",
    "history",
    "implementation_plan",
    "indicator",
    "indicators",
    "keep_or_acquire",
    "last_period",
    "management_summary",
    "matched_comparison",
    "monte_carlo",
    "next_actions",
    "parallel_trends",
    "permutation_test",
    "power",
    "power_table",
    "programme_months",
    "programme_return",
    "regression_to_mean",
    "response",
    "robustness",
    "roi",
    "sample_size",
    "scenarios",
    "scorecard",
    "sensitivity",
    "simulate",
    "smallest_effect",
    "starting_point",
    "supplier_score",
    "tier_curves",
    "tornado",
    "two_years",
]
