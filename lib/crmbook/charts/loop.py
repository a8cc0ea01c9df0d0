"""The loop in words: what each indicator means, the plan, the log, what to do next, and a page for the management."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmbook.charts.evaluation import group_name, indicator_name, measured
from crmbook.charts.wording import money, number, percent
from crmbook.locale import label, name, text
from crmbook.methods.evaluation import REGISTRY, Statement


def definitions() -> pd.DataFrame:
    """Return each indicator of the registry with its formula, data, direction and trap, in words.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> definitions()["formula"].iloc[0]
    'answers of 4 or 5 out of 5 ÷ answers'
    """
    rows = [
        {
            "number": one.number,
            "indicator": indicator_name(code),
            "formula": text(f"evaluation.formula_{code}"),
            "data_needed": text("charts.and").join(_need(need) for need in one.needs),
            "direction": text(f"evaluation.direction_{one.better}"),
            "trap": text(f"evaluation.trap_{code}"),
        }
        for code, one in REGISTRY.items()
    ]
    return pd.DataFrame(rows).set_index("number")


def _need(need: str) -> str:
    table, _, column = need.partition(".")
    words = text("charts.table", table=table, words=name(table))
    return text("evaluation.need_column", table=words, column=label(column)) if column else words


def card_in_words(card: pd.DataFrame, period: str, tier: str = "all", currency: str = "") -> pd.DataFrame:
    """Return one period of the scorecard for one group: value, interval, change and verdict, in words.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.methods.evaluation.scorecard`.
    period, tier : str
        One of the card's.
    currency : str
        For the money.
    """
    own = card[(card["period"] == period) & (card["tier"] == tier)]

    def words(column: str) -> list[str]:
        return [measured(value, unit, currency) for value, unit in zip(own[column], own["unit"], strict=True)]

    between = [f"{low} – {high}" if low != "–" else "–" for low, high in zip(words("low"), words("high"), strict=True)]
    return pd.DataFrame(
        {
            "indicator": [indicator_name(code) for code in own["indicator"]],
            "value": words("value"),
            "interval": between,
            "previous": words("previous"),
            "n": own["n"].tolist(),
            "verdict": [text(f"evaluation.verdict_{verdict}") for verdict in own["verdict"]],
            "note": [note_in_words(note) for note in own["note"]],
        }
    )


def note_in_words(note: str) -> str:
    """Return a note of the scorecard as a short sentence; empty for none.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> note_in_words("table_needed:spend")
    'needs spend (Money spent on customers)'
    """
    if not note:
        return ""
    code, _, fact = note.partition(":")
    if code == "refused":
        return text("evaluation.note_refused")
    if fact:
        return text(f"evaluation.note_{code}", what=_need(fact))
    return text(f"evaluation.note_{code}")


def plan_in_words(plan: pd.DataFrame) -> pd.DataFrame:
    """Return an implementation plan as a checklist in words."""
    return pd.DataFrame(
        {
            "step": [f"{step} {text(f'evaluation.step_{step}')}" for step in plan["step"]],
            "task": [text(f"evaluation.task_{code}") for code in plan["task"]],
            "role": [text(f"evaluation.role_{code}") for code in plan["role"]],
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
            "action": [text(f"evaluation.action_{code}") for code in actions["action"]],
            "role": [text(f"evaluation.role_{code}") for code in actions["role"]],
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
            "action": [text(f"evaluation.action_{code}") for code in log["action"]],
            "role": [text(f"evaluation.role_{code}") for code in log["owner"]],
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
    In 2024H2, 16 of 17 figures could be measured.
    """
    return Page(tuple(text(f"evaluation.{one.code}", **_worded(one, currency)) for one in statements))


def _worded(one: Statement, currency: str) -> dict[str, Any]:
    facts = dict(one.facts)
    if one.code in ("summary_better", "summary_worse"):
        return {"changes": text("evaluation.semicolon").join(_moved(change, currency) for change in facts["changes"])}
    if one.code == "summary_missing":
        tables = text("charts.and").join(name(table) for table in facts["tables"])
        return {"tables": tables, "indicators": facts["indicators"]}
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
            "action": text(f"evaluation.action_{facts['action']}"),
            "role": text(f"evaluation.role_{facts['role']}"),
            "due": f"{facts['due']:%Y-%m-%d}",
            "indicator": indicator_name(facts["indicator"]),
        }
    return facts


def _moved(change: dict[str, Any], currency: str) -> str:
    ends: Sequence[str] = [measured(change[end], change["unit"], currency) for end in ("previous", "value")]
    return text("evaluation.moved", indicator=indicator_name(change["indicator"]), before=ends[0], after=ends[1])
