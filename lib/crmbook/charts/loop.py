"""The loop in words: the plan, the log, what to do next, and a page for the management."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmbook.charts.evaluation import group_name, in_words, indicator_name, measured
from crmbook.charts.evaluation_tables import note_in_words
from crmbook.charts.wording import money, number, percent
from crmbook.locale import label, name, text
from crmbook.methods.evaluation import Statement


def plan_in_words(plan: pd.DataFrame) -> pd.DataFrame:
    """Return an implementation plan as a checklist in words."""
    return pd.DataFrame(
        {
            "step": [f"{step} {in_words(f'evaluation.step_{step}', '')}".strip() for step in plan["step"]],
            "task": [in_words(f"evaluation.task_{code}", code) for code in plan["task"]],
            "role": [in_words(f"evaluation.role_{code}", code) for code in plan["role"]],
            "start": plan["start"],
            "due": plan["due"],
            "done": [bool(done) for done in plan["done"]],
        }
    )


def actions_in_words(actions: pd.DataFrame, currency: str = "") -> pd.DataFrame:
    """Return next actions with who, until when, and the evidence in a sentence.

    Parameters
    ----------
    actions : DataFrame
        As from `crmbook.methods.evaluation.next_actions`.
    currency : str
        For the money.
    """
    return pd.DataFrame(
        {
            "action": [in_words(f"evaluation.action_{code}", code) for code in actions["action"]],
            "role": [in_words(f"evaluation.role_{code}", code) for code in actions["role"]],
            "due": pd.to_datetime(actions["due"]).tolist(),
            "evidence": [_evidence(row, currency) for row in actions.to_dict("records")],
        }
    )


def _evidence(row: dict[Any, Any], currency: str) -> str:
    facts = {
        "indicator": indicator_name(row["indicator"]),
        "group": group_name(row["tier"]),
        "value": measured(row["value"], row["unit"], currency),
    }
    if row["when"] == "worse":
        return text("evaluation.because_worse", previous=measured(row["previous"], row["unit"], currency), **facts)
    if row["when"] == "missing":
        return text("evaluation.because_missing", indicator=facts["indicator"], note=note_in_words(row["note"]))
    limit = measured(row["limit"], row["unit"], currency)
    return text(f"evaluation.because_{row['when']}", limit=limit, **facts)


def log_in_words(log: pd.DataFrame) -> pd.DataFrame:
    """Return an action log with actions, roles and states in words."""
    return pd.DataFrame(
        {
            "action": [in_words(f"evaluation.action_{code}", code) for code in log["action"]],
            "role": [in_words(f"evaluation.role_{code}", code) for code in log["owner"]],
            "due": log["due"].tolist(),
            "status": [text(f"evaluation.status_{status}") for status in log["status"]],
            "days_left": log["days_left"].tolist(),
            "log_effect": log["effect"].tolist(),
            "worked": [
                "–" if pd.isna(worked) else text("charts.yes" if worked else "charts.no") for worked in log["worked"]
            ],
        }
    )


@dataclass(frozen=True)
class Page:
    """Sentences of the management summary: a terminal shows them as lines, Jupyter as a list."""

    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        return "<ul>" + "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.sentences) + "</ul>"


def summary(statements: Iterable[Statement], currency: str = "") -> Page:
    """Return the management summary in the language in use; every sentence is filled from figures.

    Parameters
    ----------
    statements : iterable of Statement
        As from `crmbook.methods.evaluation.management_summary`.
    currency : str
        For the money.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> summary([Statement("summary_period", {"period": "2024H2", "measured": 16, "indicators": 17})])
    In the second half of 2024, 16 of 17 figures could be measured.
    """
    return Page(tuple(text(f"evaluation.{one.code}", **_worded(one, currency)) for one in statements))


def _worded(one: Statement, currency: str) -> dict[str, Any]:
    facts = dict(one.facts)
    if one.code in ("summary_better", "summary_worse"):
        return {"changes": text("evaluation.semicolon").join(_moved(change, currency) for change in facts["changes"])}
    if one.code == "summary_missing":
        return {"needs": text("charts.and").join(map(_need, facts["needs"])), "indicators": facts["indicators"]}
    if one.code in ("summary_effect", "summary_no_effect", "summary_harm"):
        worded = {end: money(facts[end], currency) for end in ("value", "low", "high")}
        return {**worded, "n": facts["n"]}
    if one.code in ("summary_pays", "summary_does_not_pay"):
        never = facts["payback"] != facts["payback"]
        back = text("evaluation.never") if never else text("evaluation.years", value=number(facts["payback"]))
        worth = {each: money(facts[each], currency) for each in ("npv", "cost")}
        return {"roi": percent(facts["roi"]), "payback": back, **worth}
    if one.code == "summary_action":
        return {
            "action": in_words(f"evaluation.action_{facts['action']}", facts["action"]),
            "role": in_words(f"evaluation.role_{facts['role']}", facts["role"]),
            "due": f"{facts['due']:%Y-%m-%d}",
            "evidence": _evidence(facts, currency),
        }
    return {**facts, "period": period_name(facts["period"])} if "period" in facts else facts


def period_name(period: str) -> str:
    """Return a period of the scorecard in words.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> period_name("2024H2"), period_name("2024-12")
    ('the second half of 2024', '2024-12')
    """
    year, rest = period[:4], period[4:]
    if rest.startswith("H"):
        return text(f"evaluation.period_{rest}", year=year)
    if not rest:
        return text("evaluation.period_Y", year=year)
    kind = "Q" if rest.startswith("Q") else "M"
    return text(f"evaluation.period_{kind}", year=year, number=int(rest[1:]))


def _moved(change: dict[str, Any], currency: str) -> str:
    ends: Sequence[str] = [measured(change[end], change["unit"], currency) for end in ("previous", "value")]
    return text("evaluation.moved", indicator=indicator_name(change["indicator"]), before=ends[0], after=ends[1])


def _need(need: str) -> str:
    table, _, column = need.partition(".")
    return text("evaluation.need_column", table=name(table), column=label(column)) if column else name(table)
