"""The loop: plan, do, check, act. Dated steps, an action log, what the scorecard asks for next, what to tell the boss.

Everything here is codes and figures; the words come from the catalogue, in the language in use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.evaluation.periods import ALL
from crmbook.evaluation.scorecards import last_period
from crmbook.shared.estimate import Estimate


@dataclass(frozen=True)
class Task:
    """A task of the implementation plan: its step (1 to 6), code, working days, and the role that answers for it."""

    step: int
    code: str
    days: int
    role: str


PLAN: tuple[Task, ...] = (
    Task(1, "set_goals", 5, "management"),
    Task(1, "ask_customers", 10, "marketing"),
    Task(1, "record_baseline", 5, "analysis"),
    Task(2, "collect_data", 10, "analysis"),
    Task(2, "check_data", 5, "analysis"),
    Task(2, "describe_customers", 5, "analysis"),
    Task(3, "choose_criteria", 5, "sales"),
    Task(3, "test_scheme", 5, "analysis"),
    Task(3, "approve_scheme", 3, "management"),
    Task(4, "assign_tiers", 3, "analysis"),
    Task(4, "set_service", 10, "service"),
    Task(4, "train_staff", 10, "sales"),
    Task(4, "choose_control", 2, "analysis"),
    Task(5, "publish_scorecard", 5, "analysis"),
    Task(5, "collect_feedback", 20, "service"),
    Task(5, "link_performance", 10, "management"),
    Task(6, "measure_effect", 10, "analysis"),
    Task(6, "regrade", 3, "analysis"),
    Task(6, "decide_changes", 5, "management"),
)
"""The course's six steps: goals and needs; customers as they are; standards; tiers at work; monitoring; improvement."""


def implementation_plan(start: object, plan: Sequence[Task] = PLAN, pause: int = 0) -> pd.DataFrame:
    """Return the six steps of introducing customer tiers as a dated checklist.

    Parameters
    ----------
    start : date-like
        The first day; on a weekend the plan begins on the Monday after.
    plan : sequence of Task
        The course's unless a company has its own. Tasks of one step run side by side, steps one after the other.
    pause : int
        Working days between steps.

    Returns
    -------
    DataFrame
        ``step``, ``task`` (codes), ``role``, ``start``, ``due`` (days; weekends are free, holidays are not known),
        ``done`` (False).

    Raises
    ------
    DataError
        ``evaluation_start`` for a start that is no date, ``evaluation_plan`` for a task without days or out of order.

    Examples
    --------
    >>> implementation_plan("2025-01-06")["due"].dt.strftime("%Y-%m-%d").iloc[0]
    '2025-01-10'
    """
    first = pd.to_datetime(start, errors="coerce")  # type: ignore[call-overload]
    if pd.isna(first):
        raise DataError("evaluation_start", value=start)
    steps = [task.step for task in plan]
    if not plan or steps != sorted(steps) or min(task.days for task in plan) < 1 or pause < 0:
        raise DataError("evaluation_plan", tasks=len(plan))
    begin = _working_day(first.normalize(), 0)
    rows = []
    for step in dict.fromkeys(steps):
        own = [task for task in plan if task.step == step]
        rows += [(step, task.code, task.role, begin, _working_day(begin, task.days - 1), False) for task in own]
        begin = _working_day(begin, max(task.days for task in own) + pause)
    return pd.DataFrame(rows, columns=["step", "task", "role", "start", "due", "done"])


def _working_day(day: pd.Timestamp, ahead: int) -> pd.Timestamp:
    return pd.Timestamp(np.busday_offset(day.to_datetime64().astype("datetime64[D]"), ahead, roll="forward"))


LOG = ("action", "owner", "opened", "due")
STATUS = ("overdue", "open", "done_late", "done", "checked")


def action_log(actions: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """Return a log of actions with the state of each: open, overdue, done, or done and its effect checked.

    Parameters
    ----------
    actions : DataFrame
        ``action``, ``owner``, ``opened`` and ``due`` (dates, also as text); where there, ``done`` (date, blank while
        open), ``before`` and ``after`` (the figure that it was to change), ``better`` (``higher`` or ``lower``: which
        way was meant).
    as_of : date-like
        The last day that counts: what was done after it is open.

    Returns
    -------
    DataFrame
        As given, with ``status`` (``overdue``, ``open``, ``done_late``, ``done``, or ``checked`` once both figures are
        there), ``days_left`` (negative: overdue; blank when done), ``effect`` (after − before) and ``worked`` (whether
        it went the right way; blank where that cannot be said). Overdue first, then by due date.

    Raises
    ------
    DataError
        ``column_needed``; ``evaluation_action`` for a row without action, owner or dates, or due before it was opened.

    Examples
    --------
    >>> day = pd.Timestamp("2025-01-10")
    >>> log = pd.DataFrame({"action": ["call_back"], "owner": ["E01"], "opened": [day], "due": [day]})
    >>> action_log(log, "2025-01-20")["status"].tolist()
    ['overdue']
    """
    day = _day(as_of)
    for column in LOG:
        if column not in actions:
            raise DataError("column_needed", table="actions", column=column)
    written = actions["done"] if "done" in actions else pd.Series(None, actions.index, dtype="object")
    dates = {name: _dates(actions[name]) for name in ("opened", "due")}
    actions, done = actions.assign(**dates), _dates(written)
    blank = actions[list(LOG)].isna().any(axis=1) | (actions["due"] < actions["opened"])
    blank |= done.isna() & written.notna() & written.ne("")
    if blank.any():
        raise DataError("evaluation_action", row=actions.index[blank.to_numpy()][0], count=int(blank.sum()))
    nothing = pd.Series(math.nan, actions.index)
    done = done.where(done < day + pd.Timedelta(days=1))
    before, after = (actions[name].astype(float) if name in actions else nothing for name in ("before", "after"))
    effect = (after - before).where(done.notna())
    late = done.dt.normalize() > actions["due"].dt.normalize()
    left = (actions["due"].dt.normalize() - day).dt.days
    status = np.select(
        [done.isna() & (left < 0), done.isna(), effect.notna(), late],
        ["overdue", "open", "checked", "done_late"],
        "done",
    )
    way = actions["better"] if "better" in actions else pd.Series(None, actions.index, dtype="object")
    sign = way.map({"higher": 1.0, "lower": -1.0}).astype(float)
    worked = (sign * effect > 0).astype("boolean").where((sign.notna() & effect.notna()).to_numpy())
    table = actions.assign(
        done=done, status=status, days_left=left.where(done.isna()).astype("Int64"), effect=effect, worked=worked
    )
    place = pd.Series(status, actions.index).map({"overdue": 0, "open": 1}).fillna(2)
    return table.iloc[np.lexsort((actions["due"].to_numpy(), place.to_numpy()))]


# What the scorecard asks for --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionRule:
    """When an indicator asks for an action.

    Attributes
    ----------
    indicator : str
    when : str
        ``worse`` (changed for the worse by more than chance), ``above`` or ``below`` (the whole interval lies beyond
        ``limit``), ``missing`` (its table is not there).
    action : str
        Code of what to do.
    role : str
        Who answers for it.
    days : int
        Until it is due.
    limit : float
        For ``above`` and ``below``.
    """

    indicator: str
    when: str
    action: str
    role: str
    days: int
    limit: float = math.nan


WHEN = ("worse", "above", "below", "missing")

RULES: tuple[ActionRule, ...] = (
    ActionRule("churn_rate", "worse", "call_silent_customers", "sales", 14),
    ActionRule("churn_rate", "above", "ask_why_they_left", "service", 30, 0.10),
    ActionRule("satisfaction", "worse", "fix_first_driver", "service", 30),
    ActionRule("satisfaction", "below", "fix_first_driver", "service", 30, 0.60),
    ActionRule("recommendation", "worse", "call_detractors", "service", 7),
    ActionRule("recommendation", "below", "call_detractors", "service", 7, 0.0),
    ActionRule("repurchase_rate", "worse", "second_purchase_offer", "marketing", 30),
    ActionRule("customer_value", "worse", "review_offers", "marketing", 30),
    ActionRule("customer_margin", "worse", "review_discounts", "marketing", 30),
    ActionRule("lifetime_value", "worse", "keep_falling_value", "sales", 30),
    ActionRule("interaction_frequency", "worse", "plan_call_backs", "sales", 14),
    ActionRule("acquisition_cost", "worse", "review_channels", "marketing", 30),
    ActionRule("retention_cost", "worse", "review_service_plan", "service", 60),
    ActionRule("cross_sell", "worse", "offer_bundles", "marketing", 30),
    ActionRule("up_sell", "worse", "offer_upgrades", "sales", 30),
    ActionRule("resolution_time", "worse", "speed_up_tickets", "service", 14),
    ActionRule("resolution_time", "above", "speed_up_tickets", "service", 14, 72.0),
    ActionRule("handling_rate", "below", "clear_backlog", "service", 7, 0.80),
    ActionRule("complaint_rate", "worse", "find_complaint_causes", "quality", 14),
    ActionRule("engagement", "worse", "reactivate_customers", "marketing", 30),
    ActionRule("relationship_quality", "worse", "read_negative_comments", "service", 7),
    ActionRule("satisfaction", "missing", "start_survey", "marketing", 60),
    ActionRule("resolution_time", "missing", "record_complaints", "service", 60),
    ActionRule("acquisition_cost", "missing", "record_spend", "management", 60),
)
"""The rules unless a company has its own. A limit is a convention: set it where the company wants to be."""


def next_actions(card: pd.DataFrame, as_of: object, rules: Sequence[ActionRule] = RULES) -> pd.DataFrame:
    """Return what the last period of a scorecard that is over asks for, with the evidence.

    Parameters
    ----------
    card : DataFrame
        As from `scorecard`.
    as_of : date-like
        From which day the due dates are counted.
    rules : sequence of ActionRule

    Returns
    -------
    DataFrame
        ``action``, ``role``, ``due``, and as evidence ``indicator``, ``tier``, ``period``, ``when`` (which rule),
        ``value``, ``previous``, ``low``, ``high``, ``limit``, ``unit``, ``n``, ``note``. One row for an action: that of
        all customers where it shows there, else of the tier with the most observations; first what is due first.
        Where no period is over yet, changes ask for nothing.

    Raises
    ------
    DataError
        ``evaluation_rule`` for a rule with an unknown condition or without its limit; ``column_needed``.

    Examples
    --------
    >>> row = {"indicator": "handling_rate", "period": "2024-12", "tier": "all", "value": 0.5, "previous": 0.6}
    >>> row |= {"low": 0.4, "high": 0.6, "unit": "share", "n": 90, "note": "", "verdict": "unclear"}
    >>> next_actions(pd.DataFrame([row]), "2024-12-31")["action"].tolist()
    ['clear_backlog']
    """
    for rule in rules:
        if rule.when not in WHEN or (rule.when in ("above", "below") and not math.isfinite(rule.limit)):
            raise DataError("evaluation_rule", indicator=rule.indicator, value=rule.when, choices=", ".join(WHEN))
    for column in ("indicator", "period", "tier", "value", "low", "high", "note", "verdict"):
        if column not in card:
            raise DataError("column_needed", table="scorecard", column=column)
    day = _day(as_of)
    newest = card[card["period"] == last_period(card)] if len(card) else card
    rows = []
    for place, rule in enumerate(rules):
        own = newest[newest["indicator"] == rule.indicator]
        asked = own[_asks(own, rule)]
        if asked.empty:
            continue
        whole = asked[asked["tier"] == ALL]
        evidence = (whole if len(whole) else asked.sort_values("n", ascending=False, kind="stable")).iloc[0]
        rows.append(
            {
                "action": rule.action,
                "role": rule.role,
                "due": day + pd.Timedelta(days=rule.days),
                **{name: evidence[name] for name in EVIDENCE},
                "when": rule.when,
                "limit": rule.limit,
                "place": place,
            }
        )
    columns = ["action", "role", "due", "indicator", "tier", "period", "when", "value", "previous", "low", "high"]
    columns += ["limit", "unit", "n", "note"]
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.DataFrame(rows).drop_duplicates("action")
    return table.sort_values(["due", "place"], kind="stable", ignore_index=True)[columns]


def _dates(given: pd.Series) -> pd.Series:
    return pd.to_datetime(given, errors="coerce", format="ISO8601")


def _day(given: object) -> pd.Timestamp:
    day = pd.to_datetime(given, errors="coerce")  # type: ignore[call-overload]
    if pd.isna(day):
        raise DataError("load_as_of", value=given)
    return day.normalize()


EVIDENCE = ("indicator", "tier", "period", "value", "previous", "low", "high", "unit", "n", "note")


def _asks(own: pd.DataFrame, rule: ActionRule) -> pd.Series:
    if rule.when == "worse":
        return own["verdict"].eq("worse")
    if rule.when == "above":
        return own["low"] > rule.limit
    if rule.when == "below":
        return own["high"] < rule.limit
    return own["note"].str.startswith(("table_needed:", "column_needed:")) & own["tier"].eq(ALL)


# What to tell the management --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """A sentence of the management summary: its code in the catalogue, and the facts that fill it."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def management_summary(
    card: pd.DataFrame,
    effect: Estimate | None = None,
    investment: Any = None,
    actions: pd.DataFrame | None = None,
    most: int = 3,
) -> list[Statement]:
    """Return what one page for the management says, as sentences to be worded from the catalogue.

    Parameters
    ----------
    card : DataFrame
        As from `scorecard`.
    effect : Estimate, optional
        Of the programme, as from `did`.
    investment : Investment, optional
        As from `roi`.
    actions : DataFrame, optional
        As from `next_actions`.
    most : int
        How many indicators are named in each sentence.

    Returns
    -------
    list of Statement
        ``summary_period`` (period, measured, indicators; the last period that is over), ``summary_partial`` (a later
        one that is not over, and so not judged), ``summary_better`` and ``summary_worse`` (a list of indicators with
        value and previous; the clearest changes first) or ``summary_steady``, ``summary_missing`` (needs: tables, or
        ``table.column``), ``summary_effect``, ``summary_no_effect`` or ``summary_harm``, ``summary_pays`` or
        ``summary_does_not_pay``, ``summary_action`` (one each). A sentence without a figure behind it is not there.

    Raises
    ------
    DataError
        ``column_needed``; ``evaluation_no_card`` for an empty scorecard.

    Examples
    --------
    >>> row = {"indicator": "churn_rate", "period": "2024-12", "tier": "all", "value": 0.1, "previous": 0.05, "n": 900}
    >>> row |= {"change": 0.05, "change_low": 0.02, "change_high": 0.08, "unit": "share", "note": ""}
    >>> row |= {"verdict": "worse"}
    >>> [one.code for one in management_summary(pd.DataFrame([row]))]
    ['summary_period', 'summary_worse']
    """
    for column in (
        "indicator",
        "period",
        "tier",
        "value",
        "previous",
        "change",
        "change_low",
        "change_high",
        "verdict",
    ):
        if column not in card:
            raise DataError("column_needed", table="scorecard", column=column)
    if card.empty:
        raise DataError("evaluation_no_card")
    period = last_period(card)
    newest = card[(card["period"] == period) & (card["tier"] == ALL)]
    measured = int(newest["value"].notna().sum())
    said = [Statement("summary_period", {"period": period, "measured": measured, "indicators": len(newest)})]
    clear = newest[newest["verdict"].isin(["better", "worse"])]
    for verdict in ("better", "worse"):
        own = _clearest(clear[clear["verdict"] == verdict]).head(most)
        if len(own):
            columns = ["indicator", "value", "previous", "unit"]
            said.append(Statement(f"summary_{verdict}", {"changes": own[columns].to_dict("records")}))
    if clear.empty and newest["verdict"].eq("unclear").any():
        said.append(Statement("summary_steady", {"period": period}))
    running = card.loc[card["partial"], "period"].max() if "partial" in card and card["partial"].any() else None
    if running is not None:
        said.insert(1, Statement("summary_partial", {"period": running}))
    lacking = [note.split(":")[1] for note in newest["note"] if note.startswith(("table_needed:", "column_needed:"))]
    if lacking:
        said.append(Statement("summary_missing", {"needs": sorted(set(lacking)), "indicators": len(lacking)}))
    if effect is not None:
        said.append(_effect(effect))
    if investment is not None:
        code = "summary_pays" if investment.npv > 0 else "summary_does_not_pay"
        facts = {"roi": investment.roi, "npv": investment.npv, "payback": investment.payback, "cost": investment.cost}
        said.append(Statement(code, facts))
    if actions is not None:
        for _, action in actions.head(most).iterrows():
            said.append(Statement("summary_action", {str(name): value for name, value in action.items()}))
    return said


def _clearest(changes: pd.DataFrame) -> pd.DataFrame:
    """The change in halves of its interval: how far it is from chance, in every unit alike."""
    wide = (changes["change_high"] - changes["change_low"]) / 2
    far = (changes["change"].abs() / wide.where(wide > 0)).fillna(math.inf)
    order = far.sort_values(ascending=False, kind="stable").index
    return changes.loc[order]


def _effect(effect: Estimate) -> Statement:
    facts = {"value": effect.value, "low": effect.low, "high": effect.high, "n": effect.n}
    if effect.low > 0:
        return Statement("summary_effect", facts)
    return Statement("summary_harm" if effect.high < 0 else "summary_no_effect", facts)
