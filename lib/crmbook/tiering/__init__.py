"""Customer tiering: who gets how much attention.

`abc_analysis` (ABC, Lorenz, Gini, capped tiers) · `scores` (cut points, scores, RFM) · `criteria` (weighted scores,
AHP, entropy, agreement) · `assignment` (schemes at work, policy, hours) · `why` (reasons, distance
to the next tier, how sure) · `movement` (tiers at two dates) · `upkeep` (month by month,
hysteresis, fairness).
"""

from crmbook.shared.door import rooms
from crmbook.tiering.abc_analysis import (
    Concentration,
    Inequality,
    abc,
    abc_classes,
    abc_report,
    concentration,
    gini,
    inequality,
    lorenz,
    top_report,
    top_tiers,
)
from crmbook.tiering.assignment import (
    Capacity,
    Coverage,
    assign,
    capacity,
    coverage,
    months_before,
    not_known,
    ranked_by,
    scorecard_points,
    seen_by,
    tiers_at,
    with_policy,
)
from crmbook.tiering.cases import Case, known_by, made_case
from crmbook.tiering.criteria import (
    Agreement,
    PairwiseWeights,
    agreement,
    ahp,
    entropy_weights,
    rank_correlation,
    scaled,
    value_grid,
    weight_shares,
    weighted_score,
)
from crmbook.tiering.holdout import draw_holdout
from crmbook.tiering.membership import PointRules, ledger, point_account, point_balances
from crmbook.tiering.movement import Migration, migration, movement_rates, steady_state
from crmbook.tiering.record import service_record
from crmbook.tiering.scores import METHODS, SEGMENTS, cut_points, rfm, score, score_cells, score_report, segment_report
from crmbook.tiering.upkeep import (
    History,
    fairness,
    history,
    moves,
    since,
    slowness,
    stability_index,
    unequal,
)
from crmbook.tiering.week import birthdays, customer_pool, owner_load, visit_plan, working_days
from crmbook.tiering.why import contributions, reasons, sureness

__getattr__ = rooms(__name__)
