"""Satisfaction: the questionnaire, scores, drivers and needs.

The methods of the chapter under one name: `answers` (reading answers, what is wrong with them), `questionnaire` (its
questions, size, response, weights), `reliability` (do the items hang together), `ratings` (CSAT, NPS, effort), `waves`
(groups and waves compared), `drivers` (what to fix first) and `kano` (needs) hold them.
"""

from __future__ import annotations

from crmbook.methods.answers import (
    LABELS,
    SCALES,
    SurveyWarning,
    check_answers,
    clean_answers,
    read_answers,
    reverse,
)
from crmbook.methods.drivers import (
    Regression,
    behind,
    correlation,
    drivers,
    importance_performance,
    performance,
    regression,
    what_if,
)
from crmbook.methods.kano import evaluation_table, kano, kano_answers, kano_by_group, kano_from_counts
from crmbook.methods.questionnaire import (
    DIMENSIONS,
    Weights,
    item_bank,
    margin_of_error,
    missing,
    post_stratify,
    responded,
    response_rate,
    sample_size,
    straight_lining,
    weighted_mean,
)
from crmbook.methods.ratings import MEASURES, csat, effort, mean_score, nps, nps_sample_size, per_answer
from crmbook.methods.reliability import (
    Factors,
    Reliability,
    cronbach_alpha,
    factors,
    item_statistics,
    reliability,
    reversed_items,
)
from crmbook.methods.waves import (
    MINIMUM,
    Difference,
    ModeEffect,
    Trend,
    by_group,
    by_wave,
    difference,
    mode_effect,
    trend,
)

__all__ = [
    "DIMENSIONS",
    "LABELS",
    "MEASURES",
    "MINIMUM",
    "SCALES",
    "Difference",
    "Factors",
    "ModeEffect",
    "Regression",
    "Reliability",
    "SurveyWarning",
    "Trend",
    "Weights",
    "behind",
    "by_group",
    "by_wave",
    "check_answers",
    "clean_answers",
    "correlation",
    "cronbach_alpha",
    "csat",
    "difference",
    "drivers",
    "effort",
    "evaluation_table",
    "factors",
    "importance_performance",
    "item_bank",
    "item_statistics",
    "kano",
    "kano_answers",
    "kano_by_group",
    "kano_from_counts",
    "margin_of_error",
    "mean_score",
    "missing",
    "mode_effect",
    "nps",
    "nps_sample_size",
    "per_answer",
    "performance",
    "post_stratify",
    "read_answers",
    "regression",
    "reliability",
    "responded",
    "response_rate",
    "reverse",
    "reversed_items",
    "sample_size",
    "straight_lining",
    "trend",
    "weighted_mean",
    "what_if",
]
