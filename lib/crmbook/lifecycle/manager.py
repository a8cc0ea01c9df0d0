"""What the lifecycle tells the manager: who came and went, who is in danger, whether campaigns brought anything."""

from __future__ import annotations

import math

import pandas as pd

from crmbook.data.load import Book
from crmbook.figures.wording import amount, percent
from crmbook.lifecycle.churn import EarlyWarning
from crmbook.lifecycle.winback import CampaignEffect
from crmbook.locale import text
from crmbook.shared.estimate import Estimate, two_proportions
from crmbook.shared.told import Action, Finding, Told, leaves_out, share_of, told, within

TENTH = 0.1
"""The share of the customers warned of that is called first."""


def findings(
    book: Book,
    customers: pd.DataFrame | None = None,
    bridge: pd.DataFrame | None = None,
    rates: pd.DataFrame | None = None,
    rate: Estimate | None = None,
    warning: EarlyWarning | None = None,
    warned: pd.DataFrame | None = None,
    tried: CampaignEffect | None = None,
    offered: CampaignEffect | None = None,
    plan: pd.DataFrame | None = None,
    scored: object = None,
    **_: object,
) -> Told:
    """Choose what the lifecycle lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its orders are needed.
    customers, bridge, rates, rate, warning, warned, tried, offered, plan, scored
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are no orders.
    """
    book.need("orders")
    revenue = float(customers["monetary"].clip(lower=0).sum()) if customers is not None else math.nan
    first = None if warned is None else warned.head(max(1, math.ceil(TENTH * len(warned))))
    return told(
        [
            _came_and_went(bridge),
            _churn(rates),
            _danger(warning, warned, first, revenue, book.currency),
            _campaign(tried, "winback", 8),
            _campaign(offered, "coupon", 3),
            _came_again(rate),
        ],
        [
            _call_first(first, warning, book.as_of),
            _win_back(plan, tried, book.as_of),
            _leads(scored, book.as_of),
        ],
    )


def _came_and_went(bridge: pd.DataFrame | None) -> Finding | None:
    """The last twelve months of the bridge; a first month, in which everybody is new, is none of them."""
    year = bridge.iloc[1:].tail(12) if bridge is not None else pd.DataFrame()
    if len(year) < 12 or not year["opening"].iloc[0]:
        return None
    opening, closing = int(year["opening"].iloc[0]), int(year["closing"].iloc[-1])
    moved = {name: int(year[name].sum()) for name in ("new", "returned", "lost")}
    said = text("lifecycle.finding_base", closing=closing, change=_signed(closing / opening - 1))
    size = share_of(abs(closing - opening), opening)
    return Finding(said, 2, size, True, text("lifecycle.finding_base_beside", **moved))


def _churn(rates: pd.DataFrame | None) -> Finding | None:
    """The churn of the last twelve months beside that of the twelve before: shares of customer-months."""
    if rates is None or len(rates) < 24:
        return None
    now, then = rates.tail(12), rates.iloc[-24:-12]
    counts = [int(part[name].sum()) for part in (now, then) for name in ("lost", "opening")]
    if not counts[1] or not counts[3]:
        return None
    compared = two_proportions(*counts)
    certain = leaves_out(compared.difference)
    key = (
        "finding_churn_same"
        if not certain
        else "finding_churn_up"
        if compared.difference.value > 0
        else "finding_churn_down"
    )
    facts = {"now": percent(compared.first.value), "then": percent(compared.second.value)}
    beside = text("summary.interval", low=percent(compared.first.low), high=percent(compared.first.high))
    return Finding(text(f"lifecycle.{key}", **facts), 5, compared.first.value, certain, beside)


def _danger(
    warning: EarlyWarning | None, warned: pd.DataFrame | None, first: pd.DataFrame | None, revenue: float, currency: str
) -> Finding | None:
    if warning is None or warned is None or first is None or warned.empty:
        return None
    learnt = warning.performance.loc["logistic"]
    money = float(warned["at_risk"].sum())
    said = text("lifecycle.finding_danger", count=len(warned), money=amount(money, currency))
    beside = text(
        "lifecycle.finding_danger_beside", count=len(first), share=percent(share_of(first["at_risk"].sum(), money))
    )
    size = share_of(money, float(warned["spend_365"].sum()))
    return Finding(said, 7, size, bool(learnt["low"] > 0.5), beside, money)


def _campaign(effect: CampaignEffect | None, which: str, section: int) -> Finding | None:
    if effect is None or math.isnan(effect.returned.difference.value):
        return None
    more, held = effect.returned.difference, effect.returned.second
    certain = leaves_out(more)
    key = which if certain and more.value > 0 else f"{which}_open"
    facts = {
        "points": f"{100 * more.value:.0f}",
        "share": percent(effect.returned.first.value),
        "held": percent(held.value),
    }
    low, high = (f"{100 * bound:.0f}" for bound in (more.low, more.high))
    beside = text("lifecycle.finding_points", interval=text("summary.interval", low=low, high=high), count=more.n)
    return Finding(text(f"lifecycle.finding_{key}", **facts), section, abs(more.value), certain, beside)


def _came_again(rate: Estimate | None) -> Finding | None:
    if rate is None or math.isnan(rate.value):
        return None
    beside = text("summary.interval", low=percent(rate.low), high=percent(rate.high))
    said = text(
        "lifecycle.finding_again", share=percent(rate.value), once=round((1 - rate.value) * rate.n), count=rate.n
    )
    return Finding(said, 5, 1 - rate.value, True, beside)


def _call_first(first: pd.DataFrame | None, warning: EarlyWarning | None, as_of: pd.Timestamp) -> Action | None:
    if first is None or warning is None or float(warning.performance["low"].loc["logistic"]) <= 0.5:
        return None
    return Action(
        text("lifecycle.do_warned"),
        "sales",
        within(as_of, 7),
        len(first),
        "early-warning",
        float(first["at_risk"].sum()),
    )


def _win_back(plan: pd.DataFrame | None, tried: CampaignEffect | None, as_of: pd.Timestamp) -> Action | None:
    """Calls are worth their money where a campaign with a hold-out group has shown it."""
    if plan is None or tried is None or tried.returned.difference.low <= 0:
        return None
    chosen = plan[plan["call"]]
    worth = float(chosen["expected_return"].max()) if len(chosen) else math.nan
    return Action(text("lifecycle.do_winback"), "marketing", within(as_of, 30), len(chosen), "win-back-calls", worth)


def _leads(scored: object, as_of: pd.Timestamp) -> Action | None:
    open_leads = getattr(scored, "scores", None)
    if open_leads is None or open_leads.empty:
        return None
    count = max(1, math.ceil(TENTH * len(open_leads)))
    return Action(text("lifecycle.do_leads", count=count), "sales", within(as_of, 7), listed="lead-scores")


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else '−' if share < 0 else '±'}{percent(abs(share))}"
