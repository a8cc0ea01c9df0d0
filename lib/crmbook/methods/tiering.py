"""Customer tiering, the methods of the chapter under one name.

They stand in `crmbook.methods.concentration` (ABC, Lorenz, Gini, capped tiers), `scores` (cut points, scores, RFM),
`criteria` (weighted scores, AHP, entropy, agreement), `assignment` (schemes at work, policy, hours) and `movement`
(tiers at two dates).
"""

from crmbook.methods.assignment import (
    Capacity,
    Coverage,
    assign,
    capacity,
    coverage,
    tiers_at,
    with_policy,
)
from crmbook.methods.concentration import (
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
from crmbook.methods.criteria import (
    Agreement,
    PairwiseWeights,
    agreement,
    ahp,
    cohen_kappa,
    entropy_weights,
    rank_correlation,
    scaled,
    value_grid,
    weighted_score,
)
from crmbook.methods.movement import Migration, migration, steady_state
from crmbook.methods.scores import (
    METHODS,
    SEGMENTS,
    cut_points,
    rfm,
    score,
    score_cells,
    score_report,
    segment_report,
)

__all__ = [
    "METHODS",
    "SEGMENTS",
    "Agreement",
    "Capacity",
    "Concentration",
    "Coverage",
    "Inequality",
    "Migration",
    "PairwiseWeights",
    "abc",
    "abc_classes",
    "abc_report",
    "agreement",
    "ahp",
    "assign",
    "capacity",
    "cohen_kappa",
    "concentration",
    "coverage",
    "cut_points",
    "entropy_weights",
    "gini",
    "inequality",
    "lorenz",
    "migration",
    "rank_correlation",
    "rfm",
    "scaled",
    "score",
    "score_cells",
    "score_report",
    "segment_report",
    "steady_state",
    "tiers_at",
    "top_report",
    "top_tiers",
    "value_grid",
    "weighted_score",
    "with_policy",
]
