"""Exercises of lesson 04, satisfaction."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmbook import satisfaction
from crmbook.shared import exercise as checks
from crmbook.shared.exercise import Miss, exercise, miss


@exercise("satisfaction-1", needs=("survey",))
def net_promoter_score(answer: Any, given: Any) -> Miss | None:
    """NPS of all answers, in points or as a difference of shares."""
    survey, _ = satisfaction.clean_answers(given.survey)
    scores = survey["recommend"].dropna()
    promoters, detractors = float((scores >= 9).mean()), float((scores <= 6).mean())
    wrong = checks.in_hundreds(answer, promoters - detractors)
    if wrong and checks.number(answer, 100 * ((scores >= 8).mean() - detractors)) is None:
        return miss("satisfaction.eights_promote")
    if wrong and checks.number(answer, 100 * (promoters - (scores <= 5).mean())) is None:
        return miss("satisfaction.sixes_detract")
    if wrong and checks.number(answer, 100 * (promoters - detractors) * len(scores) / len(survey)) is None:
        return miss("satisfaction.blanks_counted")
    return wrong


@exercise("satisfaction-2", needs=("survey",))
def first_to_fix(answer: Any, given: Any) -> Miss | None:
    """The item that stands first in the importance-performance table."""
    survey, _ = satisfaction.clean_answers(given.survey)
    levers = satisfaction.asked(survey, satisfaction.LEVERS)
    weights = satisfaction.drivers(levers, survey["overall"], draws=0)["weight"]
    table = satisfaction.importance_performance(weights, satisfaction.performance(levers))
    if answer == table.index[0]:
        return None
    if not isinstance(answer, str) or answer not in table.index:
        return miss("satisfaction.not_an_item", items=", ".join(sorted(map(str, table.index))))
    if answer == weights.idxmax():
        return miss("satisfaction.only_important")
    if answer == table["performance"].idxmin():
        return miss("satisfaction.only_bad")
    return miss("satisfaction.other_item")


@exercise("satisfaction-3", needs=("kano",))
def must_be_features(answer: Any, given: Any) -> Miss | None:
    """Features that are must-be in Kano's sense."""
    table = satisfaction.kano(*satisfaction.kano_answers(given.kano))
    right = set(table.index[table["category"] == "M"])
    if isinstance(answer, pd.Index | pd.Series | list | tuple | set | frozenset):
        said = set(answer)
        if said == right:
            return None
        if said == set(table.index[table["worse"] <= -0.5]):
            return miss("satisfaction.one_dimensional_too")
        if said == set(table.index[table["category"] == "O"]):
            return miss("satisfaction.one_dimensional_only")
        return miss("satisfaction.features_differ", right=len(right), given=len(said & right))
    return miss("satisfaction.not_features")
