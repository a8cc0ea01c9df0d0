"""What the value lesson tells the manager: what customers will bring, what moved revenue, what winning one costs."""

from __future__ import annotations

import math

import pandas as pd

from crmbook.data.load import Book
from crmbook.figures.wording import amount, percent
from crmbook.locale import name, text
from crmbook.shared.told import Action, Finding, Told, leaves_out, share_of, told, within
from crmbook.value.growth import DiscountEffect


def findings(
    book: Book,
    customers: pd.DataFrame | None = None,
    by_tier: pd.DataFrame | None = None,
    tested: object = None,
    horizon: int = 12,
    steps: pd.DataFrame | None = None,
    falling: pd.DataFrame | None = None,
    trend: pd.DataFrame | None = None,
    returns: pd.DataFrame | None = None,
    lift: DiscountEffect | None = None,
    due: pd.DataFrame | None = None,
    listed: pd.DataFrame | None = None,
    data: str = "",
    contract_data: str = "",
    **_: object,
) -> Told:
    """Choose what the value lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Orders or contracts are needed.
    customers, by_tier, tested, horizon, steps, falling, trend, returns, lift, due, listed, data, contract_data
        The lesson's results and settings by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are neither orders nor contracts.
    """
    if book.contracts is None:
        book.need("orders")
    own_contracts = due if data or contract_data else None  # with the sample, contracts are another firm's
    spent = float(customers["monetary"].clip(lower=0).sum()) if customers is not None else math.nan
    return told(
        [
            _expected(by_tier, horizon, book.currency),
            _revenue(steps, book.currency),
            _falling(falling, trend, book.currency),
            _forecast(tested),
            _channel(returns),
            _discount(lift, book.currency),
            _renewals(own_contracts, book.currency),
        ],
        [
            _renew(own_contracts, book.as_of),
            _ask(falling, book.as_of),
            _call_back(listed, customers, spent, book.as_of),
        ],
    )


def _expected(by_tier: pd.DataFrame | None, horizon: int, currency: str) -> Finding | None:
    if by_tier is None or by_tier.empty or not by_tier["clv"].sum() > 0:
        return None
    total, first = float(by_tier["clv"].sum()), by_tier["clv"].idxmax()
    row = by_tier.loc[[first]].iloc[0]
    share = share_of(row["clv"], total)
    facts = {"money": amount(total, currency), "months": horizon, "tier": name(first), "share": percent(share)}
    low, high = amount(row["low"], currency), amount(row["high"], currency)
    interval = text("summary.interval", low=low, high=high)
    beside = text("value.finding_expected_beside", tier=name(first), interval=interval)
    return Finding(text("value.finding_expected", **facts), 5, share, True, beside, total)


def _revenue(steps: pd.DataFrame | None, currency: str) -> Finding | None:
    """The step of the revenue bridge that changed most, beside the change as a whole."""
    if steps is None or not {"opening", "closing"} <= set(steps.index):
        return None
    opening, closing = (float(steps["revenue"].loc[end]) for end in ("opening", "closing"))
    if not opening > 0:
        return None
    between = steps["revenue"].drop(["opening", "closing"])
    most = str(between.abs().idxmax())
    change = closing / opening - 1
    facts = {"closing": amount(closing, currency), "change": f"{'+' if change > 0 else '−'}{percent(abs(change))}"}
    beside = text("value.finding_revenue_beside", step=name(most), money=amount(float(between.loc[most]), currency))
    return Finding(
        text("value.finding_revenue", **facts),
        9,
        share_of(abs(closing - opening), opening),
        True,
        beside,
        closing - opening,
    )


def _falling(falling: pd.DataFrame | None, trend: pd.DataFrame | None, currency: str) -> Finding | None:
    if falling is None or trend is None or falling.empty:
        return None
    lost = float(falling["year_ago"].sum() - falling["last"].sum())
    facts = {"count": len(falling), "then": amount(falling["year_ago"].sum(), currency)}
    said = text("value.finding_falling", now=amount(falling["last"].sum(), currency), **facts)
    return Finding(
        said, 10, share_of(lost, float(trend["year_ago"].sum())), True, text("value.finding_falling_beside"), lost
    )


def _forecast(tested: object) -> Finding | None:
    rows = getattr(tested, "summary", None)
    if rows is None or rows["error"].isna().all():
        return None
    error, simple = rows["error"].loc["bgnbd"], rows["error"].loc["own_rate"]
    better = abs(error) < abs(simple)
    key = "finding_forecast" if better else "finding_forecast_worse"
    said = text(f"value.{key}", error=percent(abs(error)), simple=percent(abs(simple)))
    return Finding(said, 6, min(1.0, abs(error)), bool(better))


def _channel(returns: pd.DataFrame | None) -> Finding | None:
    """The channel whose customers bring least for what winning them costs."""
    if returns is None:
        return None
    paid = returns.dropna(subset=["ratio"])
    if len(paid) < 2:
        return None
    worst, best = paid["ratio"].idxmin(), paid["ratio"].idxmax()
    facts = {"worst": name(worst), "best": name(best)}
    said = text("value.finding_channel", low=f"{paid['ratio'].min():.1f}", high=f"{paid['ratio'].max():.1f}", **facts)
    loses = bool(paid["ratio"].min() < 1)
    beside = text("value.finding_channel_loses") if loses else text("value.finding_channel_pays")
    return Finding(said, 8, 0.3 if loses else 0.05, True, beside)


def _discount(lift: DiscountEffect | None, currency: str) -> Finding | None:
    if lift is None or math.isnan(lift.margin.value):
        return None
    certain = leaves_out(lift.margin)
    key = (
        "finding_discount_open"
        if not certain
        else "finding_discount"
        if lift.margin.value > 0
        else "finding_discount_loses"
    )
    interval = text("summary.interval", low=f"{lift.margin.low:,.1f}", high=f"{lift.margin.high:,.1f}")
    said = text(f"value.{key}", more=percent(abs(lift.lift)))
    beside = text("value.finding_discount_beside", margin=f"{lift.margin.value:,.1f}", interval=interval)
    return Finding(said, 9, min(1.0, abs(lift.lift)), certain, beside)


def _renewals(due: pd.DataFrame | None, currency: str) -> Finding | None:
    if due is None or due.empty:
        return None
    money = float(due["at_risk"].sum())
    said = text("value.finding_due", count=len(due), fee=amount(12 * due["monthly_fee"].sum(), currency))
    return Finding(said, 7, 0.5, True, text("value.finding_due_beside", money=amount(money, currency)), money)


def _renew(due: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if due is None or due.empty:
        return None
    return Action(
        text("value.do_renew"), "sales", within(as_of, 14), len(due), "renewals-due", float(due["at_risk"].sum())
    )


def _ask(falling: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if falling is None:
        return None
    lost = float(falling["year_ago"].sum() - falling["last"].sum())
    return Action(text("value.do_falling"), "sales", within(as_of, 14), len(falling), "sales-falling", lost)


def _call_back(
    listed: pd.DataFrame | None, customers: pd.DataFrame | None, spent: float, as_of: pd.Timestamp
) -> Action | None:
    if listed is None or customers is None:
        return None
    leaving = listed[listed["reason"] == "valuable_leaving"]
    worth = float(leaving["clv"].sum())
    return Action(text("value.do_call_back"), "sales", within(as_of, 7), len(leaving), "value-list", worth)
