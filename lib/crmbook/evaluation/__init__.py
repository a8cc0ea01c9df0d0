"""Evaluation: did it work, what did it cost, what do we do next?

`registry`, `kpis` (the indicators), `periods`, `scorecards` · `observations`, `programme`, `matching`, `sample_sizes`
(a programme's effect) · `investment`, `budgeting` · `performance`, `decisions` (people, suppliers, systems) ·
`action_loop`.
"""

from crmbook.evaluation.action_loop import (
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
from crmbook.evaluation.budgeting import budget, first_and_later_year, keep_or_acquire, response, tier_curves
from crmbook.evaluation.decisions import (
    SUPPLIER_CRITERIA,
    SYSTEM_CRITERIA,
    Decision,
    decide,
    robustness,
    sensitivity,
    supplier_score,
)
from crmbook.evaluation.investment import (
    Assumptions,
    Investment,
    Spread,
    StartingPoint,
    break_even,
    monte_carlo,
    programme_return,
    roi,
    scenarios,
    starting_point,
    tornado,
)
from crmbook.evaluation.matching import (
    Matched,
    balance,
    designs,
    matched_comparison,
    regression_to_mean,
    two_years,
)
from crmbook.evaluation.performance import Comparison, assignments, compare_groups, funnel
from crmbook.evaluation.programme import (
    Permutation,
    Trends,
    before_after,
    customer_gains,
    did,
    parallel_trends,
    permutation_test,
    programme_months,
)
from crmbook.evaluation.registry import REGISTRY, Indicator, indicator, indicators
from crmbook.evaluation.sample_sizes import power, power_table, sample_size, simulate, smallest_effect
from crmbook.evaluation.scorecards import add_tone, history, last_period, scorecard
from crmbook.shared.door import rooms
from crmbook.tiering.criteria import ahp

__getattr__ = rooms(__name__)
