"""Customer lifecycle: who is where, who is leaving, whom to win back.

`stage` (the five stages and the churn window) · `retention` (cohorts, repurchase, curves) · `leads` · `churn`
(definitions, early warning) · `winback` · `health` (one number for a relationship) · `interactions` (contacts, calls,
sales trend).
"""

from crmbook.lifecycle.churn import against_truth, agreement, churn_definitions, early_warning
from crmbook.lifecycle.health import backtest, health_score
from crmbook.lifecycle.interactions import call_coverage, call_effect, call_lift, contact_rate, engagement, sales_trend
from crmbook.lifecycle.leads import conversion, follow, score_leads, time_to_order
from crmbook.lifecycle.retention import (
    active_customers,
    annualise,
    bracket_retention,
    churn_rates,
    churn_reasons,
    cohort_retention,
    cohorts,
    n_day_retention,
    reasons_by_group,
    repurchase_ladder,
    repurchase_rate,
    retention_curve,
    rolling_retention,
)
from crmbook.lifecycle.stage import (
    ABSENT,
    ACTIONS,
    STAGES,
    Rules,
    actions,
    bridge,
    by_stage,
    derive_rules,
    funnel,
    is_gone,
    movements,
    owners,
    settled,
    stage_history,
    stages,
    transitions,
    windows,
)
from crmbook.lifecycle.winback import campaign_effect, measured_uplift, plan_calls, required_customers, yearly_worth
from crmbook.shared.door import rooms
from crmbook.shared.purchases import gaps, purchase_days

__getattr__ = rooms(__name__)
