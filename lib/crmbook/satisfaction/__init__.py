"""Customer satisfaction: what customers say, what drives it, what to mend first.

`answers` (codes and words read) · `questionnaire` (item bank, sample size, response, weighting) · `psychometrics`
(reliability, factors) · `ratings` (CSAT, NPS, effort) · `waves` (change and groups) · `key_drivers` (what matters
most) · `kano_model` (needs).
"""

from crmbook.satisfaction.answers import (
    LABELS,
    SCALES,
    SurveyWarning,
    check_answers,
    clean_answers,
    read_answers,
    reverse,
)
from crmbook.satisfaction.kano_model import evaluation_table, kano, kano_answers, kano_by_group
from crmbook.satisfaction.key_drivers import (
    Regression,
    behind,
    correlation,
    drivers,
    importance_performance,
    performance,
    regression,
    unsatisfied,
    what_if,
)
from crmbook.satisfaction.psychometrics import (
    Factors,
    Reliability,
    cronbach_alpha,
    factors,
    item_statistics,
    reliability,
    reversed_items,
)
from crmbook.satisfaction.questionnaire import (
    DIMENSIONS,
    LEVERS,
    Weights,
    asked,
    item_bank,
    last_wave,
    margin_of_error,
    missing,
    post_stratify,
    responded,
    response_rate,
    sample_size,
    straight_lining,
    weighted_mean,
)
from crmbook.satisfaction.ratings import (
    MEASURES,
    Measure,
    csat,
    effort,
    mean_score,
    measures,
    nps,
    nps_sample_size,
    per_answer,
    recommend_scale,
)
from crmbook.satisfaction.waves import (
    MINIMUM,
    Difference,
    ModeEffect,
    Trend,
    against_others,
    by_group,
    by_wave,
    difference,
    mode_effect,
    trend,
)
from crmbook.shared.door import rooms

__getattr__ = rooms(__name__)
