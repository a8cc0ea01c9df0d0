"""Customer value: what a customer will bring, and may cost.

`lifetime` (the customer's value and its check) · `bgnbd`, `gamma_gamma` (buying without a contract) · `contracts`
(sBG, BdW, renewals) · `economics` (acquisition and retention cost, payback) · `growth` (cross-sell, up-sell,
referrals, discounts).
"""

from crmbook.shared.door import rooms
from crmbook.value.bgnbd import BgNbd, fit_bgnbd
from crmbook.value.contracts import (
    compare_plans,
    contract_churn,
    fit_bdw,
    fit_sbg,
    fit_sbg_renewals,
    forecast,
    outlook,
    renewal_table,
    renewals_due,
    survival_of,
)
from crmbook.value.economics import (
    acquired,
    acquisition_cost,
    channel_returns,
    channels,
    cost_of_one,
    keep_or_acquire,
    payback,
    phases,
    retention_cost,
)
from crmbook.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from crmbook.value.growth import (
    attach_rates,
    breadth,
    discount_effect,
    next_purchase,
    price_only_buyers,
    referrals,
    revenue_bridge,
    upsell_rate,
)
from crmbook.value.lifetime import (
    MONTH,
    UNITS,
    Holdout,
    ValueModel,
    action_list,
    by_group,
    discounted,
    earned,
    fit,
    fit_checks,
    formula,
    holdout,
    interval,
    lifetime_value,
    lifetime_value_by_group,
    margin_share,
    monthly_value,
    preflight,
)

__getattr__ = rooms(__name__)
