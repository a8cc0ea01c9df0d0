"""Tables of evaluation, ready to be shown: the scorecard, the programme, its return, owners, and a choice, in words."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmbook.evaluation import (
    REGISTRY,
    Assumptions,
    Comparison,
    Decision,
    Matched,
    Statement,
    break_even,
    robustness,
    sensitivity,
)
from crmbook.evaluation.charts import (
    assumption_name,
    class_name,
    criterion_name,
    group_name,
    in_words,
    indicator_name,
    measured,
)
from crmbook.figures.wording import money, number, percent
from crmbook.locale import label, name, text
from crmbook.value.economics import KeepOrAcquire

NONE = "–"
SIGNS = {"better": " ▲", "worse": " ▼"}
STRAIGHT = ("customers", "revenue", "uplift", "margin", "cost_per_customer", "fixed_cost")  # have a break-even
SHARES = ("uplift", "margin", "rate")
MONEY = ("revenue", "cost_per_customer", "fixed_cost")

# The scorecard ----------------------------------------------------------------------------------------------------


def definitions() -> pd.DataFrame:
    """Return each indicator of the registry with its formula, data, direction and trap, in words.

    A company's own, of which the catalogue knows nothing, shows the first line of its function as the formula.

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
            "formula": in_words(f"evaluation.formula_{code}", first_line(one.count)),
            "data_needed": _data_needed(one.needs),
            "direction": text(f"evaluation.direction_{one.better}"),
            "trap": in_words(f"evaluation.trap_{code}", NONE),
        }
        for code, one in REGISTRY.items()
    ]
    return pd.DataFrame(rows).set_index("number")


def first_line(work: object) -> str:
    """Return the first line of what a function says of itself, or a dash."""
    return (getattr(work, "__doc__", None) or NONE).strip().split("\n")[0]


def card_in_words(card: pd.DataFrame, period: str, tier: str = "all", currency: str = "") -> pd.DataFrame:
    """Return one period of the scorecard for one group: value, interval, change and verdict, in words.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.evaluation.scorecard`.
    period, tier : str
        One of the card's.
    currency : str
        For the money.

    Returns
    -------
    DataFrame
        Index ``indicator``; ``value``, ``interval``, ``previous``, ``change``, ``n``, ``verdict`` (with the note, where
        there is one).
    """
    own = card[(card["period"] == period) & (card["tier"] == tier)]

    def words(column: str) -> list[str]:
        return [measured(value, unit, currency) for value, unit in zip(own[column], own["unit"], strict=True)]

    def ends(column: str) -> list[str]:
        return [_plain(value, unit) for value, unit in zip(own[column], own["unit"], strict=True)]

    between = [f"{low} – {high}" if low != NONE else NONE for low, high in zip(ends("low"), ends("high"), strict=True)]
    table = pd.DataFrame(
        {
            "indicator": [indicator_name(code) for code in own["indicator"]],
            "value": words("value"),
            "interval": between,
            "previous": words("previous"),
            "change": [_change(value, unit) for value, unit in zip(own["change"], own["unit"], strict=True)],
            "n": own["n"].tolist(),
            "verdict": [_verdict(*each) for each in zip(own["verdict"], own["note"], strict=True)],
        }
    )
    return table.set_index("indicator")


def card_by_tier(card: pd.DataFrame, period: str, currency: str = "") -> pd.DataFrame:
    """Return one period of the scorecard side by side: all customers, then each tier.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.evaluation.scorecard`.
    period : str
        One of the card's.
    currency : str
        For the money.

    Returns
    -------
    DataFrame
        Index ``indicator``, a column for each group. ▲ marks what got better than in the period before by more than
        chance, ▼ what got worse; a dash what cannot be said of the group.
    """
    own = card[card["period"] == period]
    worded = [
        measured(value, unit, currency) + SIGNS.get(verdict, "")
        for value, unit, verdict in zip(own["value"], own["unit"], own["verdict"], strict=True)
    ]
    wide = own.assign(worded=worded).pivot(index="indicator", columns="tier", values="worded")
    shown = wide.reindex(index=own["indicator"].unique(), columns=own["tier"].unique())
    groups = pd.Index([group_name(str(tier)) for tier in shown.columns], name="group")
    return (
        shown.set_axis([indicator_name(code) for code in shown.index]).rename_axis("indicator").set_axis(groups, axis=1)
    )


def _verdict(verdict: str, note: str) -> str:
    if verdict == "unknown" and not note:
        return text("evaluation.verdict_first")
    worded = text(f"evaluation.verdict_{verdict}")
    return text("evaluation.verdict_note", verdict=worded, note=note_in_words(note)) if note else worded


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


def _need(need: str) -> str:
    table, _, column = need.partition(".")
    words = text("charts.table", table=table, words=name(table))
    return text("evaluation.need_column", table=words, column=label(column)) if column else words


def _data_needed(needs: tuple[str, ...]) -> str:
    columns: dict[str, list[str]] = {}
    for need in needs:
        table, _, column = need.partition(".")
        columns.setdefault(table, []).extend([label(column)] if column else [])
    worded = []
    for table, named in columns.items():
        words = text("charts.table", table=table, words=name(table))
        listed = text("charts.and").join(named)
        worded.append(text("evaluation.need_column", table=words, column=listed) if named else words)
    return text("evaluation.semicolon").join(worded)


def _plain(value: float, unit: str) -> str:
    if value != value:
        return NONE
    if unit == "share":
        return percent(value)
    return f"{value:.3f}" if 0 < abs(value) < 0.1 else number(value)


def _change(value: float, unit: str) -> str:
    if value != value:
        return NONE
    if unit == "share":
        return text("evaluation.change_points", value=f"{100 * value:+.1f}")
    return f"{value:+,.3f}" if abs(value) < 0.1 else f"{value:+,.1f}" if abs(value) < 100 else f"{value:+,.0f}"


# Did the programme work? ------------------------------------------------------------------------------------------


def match_balance(found: Matched) -> pd.DataFrame:
    """Return how far both groups were apart before the start: all customers, then the matched pairs.

    Returns
    -------
    DataFrame
        A row for each feature and set of customers: ``known_before``, ``compared_set`` (all, or pairs), ``treated`` and
        ``control`` (means), ``standard_difference`` (in standard deviations), ``apart`` (more than a tenth of one).
        Below it stands who has no partner, and why.
    """
    parts = [
        table.reset_index().assign(compared_set=which)
        for which, table in (("all_before", found.before), ("pairs_after", found.after))
    ]
    both = pd.concat(parts).sort_values("feature", kind="stable", ignore_index=True)
    both = both.rename(columns={"feature": "known_before", "difference": "standard_difference"})
    both["apart"] = both["apart"].astype(object)
    both = both[["known_before", "compared_set", "treated", "control", "standard_difference", "apart"]]
    facts = {"alone": found.left_out, "all": found.left_out + len(found.pairs), "far": found.far}
    both.attrs["note"] = ("evaluation.match_left_out", facts | {"taken": found.left_out - found.far})
    return both


# Is it worth it? --------------------------------------------------------------------------------------------------


def assumptions(assumed: Assumptions, currency: str = "") -> pd.DataFrame:
    """Return each assumption with the value in use, and the value at which nothing is left, the others as they are.

    Parameters
    ----------
    assumed : Assumptions
    currency : str
        For the money.

    Returns
    -------
    DataFrame
        Index ``assumption``: ``in_use`` and ``break_even``, in words; a dash where no value does it.
    """
    rows = {}
    for code, value in vars(assumed).items():
        edge = break_even(assumed, code) if code in STRAIGHT else math.nan
        if code == "margin" and edge > 1:  # no revenue is more than margin
            edge = math.nan
        rows[_heading(assumption_name(code))] = (_assumption(code, value, currency), _assumption(code, edge, currency))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["in_use", "break_even"])
    return table.rename_axis("assumption")


def _heading(words: str) -> str:
    return words[:1].upper() + words[1:]


def _assumption(code: str, value: float, currency: str) -> str:
    if value != value:
        return NONE
    if code in SHARES:
        return percent(value)
    return money(value, currency) if code in MONEY else f"{value:,.0f}"


def scenarios(table: pd.DataFrame, currency: str = "") -> pd.DataFrame:
    """Return the result of `crmbook.evaluation.scenarios` in words: what differs, and what comes of it.

    Parameters
    ----------
    table : DataFrame
    currency : str
        For the money.

    Returns
    -------
    DataFrame
        A row for each assumption that differs, then return, net present value and payback; a column for each scenario.
    """
    results = ["roi", "npv", "payback"]
    varied = [code for code in table.columns.difference(results, sort=False) if table[code].nunique() > 1]
    rows = {
        _heading(assumption_name(code)): [_assumption(code, value, currency) for value in table[code]]
        for code in varied
    }
    rows[label("investment_return")] = [percent(value) for value in table["roi"]]
    rows[label("net_value")] = [money(value, currency) for value in table["npv"]]
    rows[label("payback_years")] = [NONE if value != value else number(value) for value in table["payback"]]
    columns = pd.Index([name(scenario) for scenario in table.index], name="scenario")
    return pd.DataFrame.from_dict(rows, orient="index").set_axis(columns, axis=1).rename_axis("assumption")


def keep_or_acquire(costs: KeepOrAcquire, currency: str = "") -> pd.DataFrame:
    """Return what winning a customer and keeping one for a year cost, and how many times as dear the first is.

    Parameters
    ----------
    costs : KeepOrAcquire
        As from `crmbook.evaluation.keep_or_acquire`.
    currency : str
        For the money.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> keep_or_acquire(KeepOrAcquire(60.0, 40.0, 1.5), "CNY")["unit_cost"].tolist()
    ['60 CNY', '40 CNY', '1.50']
    """
    rows = {
        name("acquire_one"): money(costs.acquire, currency),
        name("keep_a_year"): money(costs.keep_a_year, currency),
        name("times_as_dear"): number(costs.ratio),
    }
    return pd.Series(rows, name="unit_cost").rename_axis("measure").to_frame()


def budget(table: pd.DataFrame) -> pd.DataFrame:
    """Return the result of `crmbook.evaluation.budget` by tier, with headings of its own."""
    headings = {"spend": "spend_today", "budget": "spend_planned", "gain": "gain_planned"}
    columns = ["spend_today", "spend_planned", "gain_today", "gain_planned", "marginal"]
    return table.rename(index={"all": group_name("all")}, columns=headings)[columns]


# Who does it well? Which to choose? -------------------------------------------------------------------------------


def groups(found: Comparison, by: str = "owner") -> pd.DataFrame:
    """Return owners or stores as compared: observed, expected with their customers, the fair estimate and its interval.

    Parameters
    ----------
    found : Comparison
        As from `crmbook.evaluation.compare_groups` of a share.
    by : str
        What the groups are: a column of the customers.
    """
    table = found.table
    between = [
        NONE if low != low else f"{low:.1%} – {high:.1%}" for low, high in zip(table["low"], table["high"], strict=True)
    ]
    shares = {"observed": "observed", "mix_expected": "expected", "shrunken": "shrunken"}
    worded = {heading: [_share(value) for value in table[column]] for heading, column in shares.items()}
    position = [text(f"evaluation.position_{place or 'unknown'}") for place in table["position"]]
    shown = pd.DataFrame(
        {"customers": table["customers"], **{key: words for key, words in worded.items()}}, table.index
    )
    return shown.assign(interval=between, position=position).rename_axis(by)


def _share(value: float) -> str:
    return NONE if value != value else f"{value:.1%}"


def suppliers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the result of `crmbook.evaluation.supplier_score` with class and weakest point in words."""
    words = {"class": table["class"].map(class_name), "weakest": table["weakest"].map(criterion_name)}
    return table.assign(**words).drop(columns=["rank"])


def firmness(found: Decision) -> pd.DataFrame:
    """Return between which weights the winner stays the winner, criterion by criterion, and who wins outside."""
    table = sensitivity(found)
    return pd.DataFrame(
        {
            "criterion": [_heading(criterion_name(str(code))) for code in table.index],
            "weight": [percent(value) for value in table["weight"]],
            "weight_low": [percent(value) for value in table["low"]],
            "weight_high": [percent(value) for value in table["high"]],
            "wins_below": table["below"].replace("", NONE).tolist(),
            "wins_above": table["above"].replace("", NONE).tolist(),
        }
    ).set_index("criterion")


def often(found: Decision) -> pd.DataFrame:
    """Return how often each option wins when the weights are drawn at random, and its mean and worst rank."""
    table = robustness(found)
    return table.assign(wins=[percent(value) for value in table["wins"]]).rename_axis("system")


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
        As from `crmbook.evaluation.next_actions`.
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
        As from `crmbook.evaluation.management_summary`.
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
        return {"needs": text("charts.and").join(map(_lacking, facts["needs"])), "indicators": facts["indicators"]}
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


def _lacking(need: str) -> str:
    table, _, column = need.partition(".")
    return text("evaluation.need_column", table=name(table), column=label(column)) if column else name(table)
