"""The course's twelve indicators, some of them in two or three figures; each is one entry in the registry.

Where another chapter answers the same question, its definition holds: churn is that of ``lifecycle.bridge``, repurchase
that of ``retention.repurchase_rate``, satisfaction and recommendation those of ``satisfaction.csat`` and ``nps``, and
so on. The tests compare them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmbook import value
from crmbook.complaints.service_recovery import only_complaints
from crmbook.complaints.tickets import handling_rate, quantile, resolution, valid_tickets
from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.evaluation.periods import ALL, NEVER, Activity, day_number
from crmbook.evaluation.registry import (
    NO_DATA,
    NOTHING,
    Rows,
    covered,
    indicator,
    per_tier,
    poisson_limits,
    rate,
    share,
)
from crmbook.lifecycle.interactions import POINTS
from crmbook.lifecycle.stage import OUTSIDE, Rules, is_gone, rules_of_gap
from crmbook.satisfaction.answers import SurveyWarning
from crmbook.satisfaction.ratings import csat, nps
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, net_points, wilson
from crmbook.shared.purchases import DAY
from crmbook.value.economics import MONTH, acquired, acquisition_cost

FEW = 50  # customers who bought again, without whom no lifetime value is modelled (value.preflight)
CLV_SAMPLE = 20_000  # customers; of more than these, so many stand for all
CLV_MONTHS = 12
TONES = ("positive", "neutral", "negative")


# 1 Satisfaction, 2 loyalty ------------------------------------------------------------------------------------------


@indicator("satisfaction", 1, "share", "higher", ["survey.overall", "survey.date"])
def satisfaction(activity: Activity) -> Rows:
    """Satisfied answers (4 and 5 of 5) ÷ answers of the period's wave, as ``satisfaction.csat``."""
    for number, tier, part in activity.parts(activity.answers, "date"):
        answers = part["overall"].dropna()
        yield number, tier, *((csat(answers), "") if len(answers) else (NOTHING, NO_DATA))


@indicator("repurchase_rate", 2, "share", "higher", ["orders"])
def repurchase_rate(activity: Activity) -> Rows:
    """Customers with two purchase days or more ÷ customers who bought, up to the period's end."""
    for number, _ in enumerate(activity.spans):
        bought = activity.bought[number + 1]
        everyone = activity.counted(number, np.flatnonzero(bought > 0))
        again = activity.counted(number, np.flatnonzero(bought > 1))
        for tier, hits, n in zip(activity.names, again, everyone, strict=True):
            yield number, tier, *share(hits, n)


@indicator("recommendation", 2, "points", "higher", ["survey.recommend", "survey.date"])
def recommendation(activity: Activity) -> Rows:
    """Promoters less detractors, in points, as ``satisfaction.nps``; its scale is judged by all answers so far."""
    survey = activity.answers
    known = survey.loc[survey["date"] < activity.as_of + DAY, "recommend"].dropna()
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        if len(known):
            nps(known)
    doubt = "scale_doubt" if any(issubclass(one.category, SurveyWarning) for one in raised) else ""
    for number, tier, part in activity.parts(survey, "date"):
        answers = part["recommend"].dropna()
        yield number, tier, *((nps(answers, scale=(0, 10)), doubt) if len(answers) else (NOTHING, NO_DATA))


@indicator("churn_rate", 2, "share", "lower", ["orders"])
def churn_rate(activity: Activity) -> Rows:
    """Customers lost in the period ÷ customers there at its start, as ``lifecycle.bridge``."""
    window = churn_window(activity)
    if math.isnan(window):
        raise DataError("lifecycle_nobody_repeats", customers=int((activity.first != NEVER).sum()))
    start = day_number(activity.start) if activity.start is not None else 0
    for number, lost, there in left(activity, window):
        young = "short_history" if day_number(activity.spans[number].end) - start <= window else ""
        for tier, gone, n in zip(activity.names, lost, there, strict=True):
            found, note = share(gone, n)
            yield number, tier, found, note or young


def churn_rules(activity: Activity) -> Rules:
    """Return the lifecycle's rules that the scorecard's churn follows; the window is NaN where nobody came back."""
    return rules_of_gap(activity.gap, activity.gaps)


def churn_window(activity: Activity) -> float:
    """Return after how many silent days a customer counts as lost; NaN if unknown."""
    return churn_rules(activity).churn_days


def left(activity: Activity, window: float) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield for each period who was lost, and who was there at its start, by tier and all."""
    for number, span in enumerate(activity.spans):
        opening = _there(activity.last[number], day_number(span.start) - 1, window)
        closing = _there(activity.last[number + 1], day_number(span.end), window)
        lost = activity.counted(number, np.flatnonzero(opening & ~closing))
        yield number, lost, activity.counted(number, np.flatnonzero(opening))


def _there(last: np.ndarray, day: int, window: float) -> np.ndarray:
    return (last != NEVER) & ~is_gone(day - last.astype(np.int64), window)


# 3 Customer value, 4 lifetime value -------------------------------------------------------------------------------


@indicator("customer_value", 3, "currency", "higher", ["orders"])
def customer_value(activity: Activity) -> Rows:
    """Revenue of the period, returns taken off, ÷ customers with an order or a return in it."""
    yield from _money(activity, "net")


@indicator("customer_margin", 3, "currency", "higher", ["orders.cost"])
def customer_margin(activity: Activity) -> Rows:
    """Revenue less cost of the period ÷ customers with such lines in it; lines without a cost are left out."""
    note = "part_cost" if needed(activity.book.orders, "orders")["cost"].isna().any() else ""
    for number, tier, found, other in _money(activity, "margin"):
        yield number, tier, found, other or note


def _money(activity: Activity, column: str) -> Rows:
    rows = activity.rows[activity.rows[column].notna()]
    for number, _ in enumerate(activity.spans):
        part = rows[rows["span"] == number]
        yield from per_tier(activity, number, part["customer"].to_numpy(), part[column].to_numpy())


@indicator("lifetime_value", 4, "currency", "higher", ["orders"])
def lifetime_value(activity: Activity) -> Rows:
    """Expected revenue of the twelve months after the period, discounted, ÷ customers, as ``value.lifetime_value``.

    One model, fitted at the as-of date, values the customers as they stood at the end of each period: a change comes
    from the customers, not from the model. Its relative uncertainty is taken at the as-of date. Of more than 20,000
    customers every n-th stands for all.
    """
    orders, note = _for_lifetime_value(activity)
    newest = summarise(orders, activity.as_of)
    if int((newest["x"] > 0).sum()) < FEW:
        yield from (
            (number, tier, NOTHING, "too_few") for number, _ in enumerate(activity.spans) for tier in activity.names
        )
        return
    if not value.preflight(newest)["passed"][["history", "all_new"]].all():
        note = "short_history"
    with np.errstate(all="ignore"):
        model = value.fit(newest)
        reach = _reach(activity, newest, model)
        for number, span in enumerate(activity.spans):
            if not (orders["order_date"] < span.end + DAY).any():
                yield from ((number, tier, NOTHING, NO_DATA) for tier in activity.names)
                continue
            table = summarise(orders, span.end)
            each = value.lifetime_value(table, model, CLV_MONTHS)["clv"].dropna()
            tiers = _tier_of(activity, number, each.index)
            for tier in activity.names:
                own = each if tier == ALL else each[tiers == tier]
                wide = reach.get(tier, math.nan)
                middle = float(own.mean()) if len(own) else math.nan
                if not math.isfinite(middle):
                    yield number, tier, NOTHING, NO_DATA if not len(own) else "not_fitted"
                else:
                    yield number, tier, Estimate(middle, middle / wide, middle * wide, len(own)), note


def _for_lifetime_value(activity: Activity) -> tuple[pd.DataFrame, str]:
    columns = [
        name
        for name in ("order_id", "customer_id", "order_date", "amount")
        if name in needed(activity.book.orders, "orders")
    ]
    orders = needed(activity.book.orders, "orders")[columns]
    if "order_id" not in orders:
        orders = orders.assign(order_id=np.arange(len(orders)))
    buyers = activity.customers[activity.first != NEVER]
    if len(buyers) <= CLV_SAMPLE:
        return orders, ""
    step = -(-len(buyers) // CLV_SAMPLE)
    return orders[orders["customer_id"].isin(buyers.sort_values()[::step])], "sampled"


def _tier_of(activity: Activity, number: int, customers: pd.Index) -> np.ndarray:
    place = activity.customers.get_indexer(customers)
    return np.array(activity.tiers, dtype=object)[activity.tier[number][place]]


def _reach(activity: Activity, table: pd.DataFrame, model: value.ValueModel) -> dict[str, float]:
    """By what factor each tier's value may be off, from the model's parameters; empty where the data do not tell."""
    tiers = _tier_of(activity, len(activity.spans) - 1, table.index)

    def totals(purchases: value.BgNbd, spend: value.GammaGamma) -> pd.Series:
        each = value.lifetime_value(table, value.ValueModel(purchases, spend, model.unit), CLV_MONTHS)["clv"]
        by_tier = each.groupby(tiers).sum()
        return pd.concat([by_tier, pd.Series({ALL: by_tier.sum()})])

    try:
        parts = [
            value.interval(model.purchases, lambda fitted: totals(fitted, model.spend)),
            value.interval(model.spend, lambda fitted: totals(model.purchases, fitted)),
        ]
    except DataError:
        return {}
    first, second = (np.log(part["high"] / part["value"]) for part in parts)
    wide = np.exp((first**2 + second**2) ** 0.5)
    return {str(tier): float(factor) for tier, factor in wide.items() if math.isfinite(factor)}


# 5 Interaction frequency ------------------------------------------------------------------------------------------


@indicator("interaction_frequency", 5, "per_month", "higher", ["interactions"])
def interaction_frequency(activity: Activity) -> Rows:
    """Contacts of the period ÷ months that customers were known in it, as ``engagement.contact_rate``."""
    since = known_since(activity)
    table = needed(activity.book.interactions, "interactions", ["customer_id", "date"])
    known = since != NEVER
    customer = activity.customers.get_indexer(pd.Index(table["customer_id"]))
    for number, span in enumerate(activity.spans):
        if not covered(activity, table["date"].min(), number):
            yield from ((number, tier, NOTHING, NO_DATA) for tier in activity.names)
            continue
        begin, end = day_number(span.start), day_number(span.end) + 1
        there = np.flatnonzero(known & (since < end))
        months = activity.counted(number, there, (end - np.maximum(since[there], begin)) / MONTH)
        inside = ((table["date"] >= span.start) & (table["date"] < span.end + DAY)).to_numpy() & (customer >= 0)
        own = customer[inside]
        contacts = activity.counted(number, own[known[own]])
        for tier, count, exposure in zip(activity.names, contacts, months, strict=True):
            yield number, tier, *rate(count, exposure)


def known_since(activity: Activity) -> np.ndarray:
    """Return since which day (number) each customer is known: the sign-up or the first purchase, whichever is first."""
    since = activity.first.astype(np.int64)
    table = activity.book.customers
    if table is None:
        return since
    own = table.drop_duplicates("customer_id")
    place = activity.customers.get_indexer(pd.Index(own["customer_id"]))
    if "signup_date" in own:
        there = own["signup_date"].notna().to_numpy()
        day = (own["signup_date"][there] - pd.Timestamp(0)).dt.days.to_numpy()
        at = place[there]
        since[at] = np.where(since[at] == NEVER, day, np.minimum(since[at], day))
    if "account_type" in own:
        outside = place[own["account_type"].isin(OUTSIDE).to_numpy()]
        since[outside[activity.first[outside] == NEVER]] = NEVER
    return since


# 6 Acquisition cost, 7 retention cost -----------------------------------------------------------------------------


@indicator("acquisition_cost", 6, "currency", "lower", ["orders", "spend"], by_tier=False)
def customer_acquisition_cost(activity: Activity) -> Rows:
    """Acquisition spend of the period ÷ customers who bought for the first time in it (CAC)."""
    bought = activity.first != NEVER
    first = pd.DataFrame(
        {
            "order_id": np.arange(int(bought.sum())),
            "customer_id": activity.customers[bought],
            "order_date": pd.to_datetime(activity.first[bought].astype(np.int64), unit="D"),
            "amount": 0.0,
        }
    )
    new = acquired(first, activity.book.customers, activity.as_of)
    months = acquisition_cost(needed(activity.book.spend, "spend"), new, by="month")
    for number, span in enumerate(activity.spans):
        inside = months[[span.start <= month.start_time <= span.end for month in months.index]]
        money, customers = float(inside["spend"].sum()), int(inside["customers"].sum())
        if inside.empty or customers == 0:
            yield number, ALL, NOTHING, NO_DATA if inside.empty else "no_customers"
            continue
        few, many = poisson_limits(customers)
        high = money / few if few > 0 else math.nan
        yield number, ALL, Estimate(money / customers, money / many, high, customers), ""


@indicator("retention_cost", 7, "currency", "lower", ["orders", "spend"])
def customer_retention_cost(activity: Activity) -> Rows:
    """Retention and service spend of the period ÷ customers there at its start and not lost in it."""
    window = churn_window(activity)
    if math.isnan(window):
        raise DataError("lifecycle_nobody_repeats", customers=int((activity.first != NEVER).sum()))
    spend = needed(activity.book.spend, "spend", ["month", "purpose", "amount"])
    kept = spend[spend["purpose"].astype(str).isin(["retention", "service"])]
    if kept.empty:
        raise DataError("economics_no_spend", purpose="retention, service")
    tier_of = kept["tier"].astype("object") if "tier" in kept else pd.Series(None, kept.index, dtype="object")
    for number, lost, there in left(activity, window):
        span = activity.spans[number]
        inside = kept["month"].between(span.start, span.end)
        for tier, gone, n in zip(activity.names, lost, there, strict=True):
            own = kept.loc[inside & ((tier_of == tier) if tier != ALL else True), "amount"]
            yield number, tier, *_cost_of_keeping(float(own.sum()), len(own), int(n), int(gone))


def _cost_of_keeping(money: float, rows: int, there: int, lost: int) -> tuple[Estimate, str]:
    if rows == 0:
        return NOTHING, NO_DATA
    if there - lost == 0:
        return NOTHING, "no_customers"
    kept = wilson(there - lost, there)
    return Estimate(money / (there - lost), money / (there * kept.high), money / (there * kept.low), there - lost), ""


# 8 Cross-selling and up-selling -----------------------------------------------------------------------------------


@indicator("cross_sell", 8, "share", "higher", ["orders.category"])
def cross_sell(activity: Activity) -> Rows:
    """Customers who bought from two categories or more ÷ customers who bought in the period, as ``growth.breadth``."""
    assert activity.categories is not None
    for number, _ in enumerate(activity.spans):
        part = activity.categories[activity.categories["span"] == number]
        customer, several = part["customer"].to_numpy(), part["several"].to_numpy(dtype=bool)
        everyone, many = activity.counted(number, customer), activity.counted(number, customer[several])
        for tier, hits, n in zip(activity.names, many, everyone, strict=True):
            yield number, tier, *share(hits, n)


@indicator("up_sell", 8, "share", "higher", ["orders.category", "orders.product_id", "orders.quantity"])
def up_sell(activity: Activity) -> Rows:
    """Repeat purchases of a category with a dearer product ÷ repeat purchases, as ``growth.upsell_rate``."""
    assert activity.repeats is not None
    for number, _ in enumerate(activity.spans):
        part = activity.repeats[activity.repeats["span"] == number]
        customer = part["customer"].to_numpy()
        repeats = activity.counted(number, customer, part["repeats"].to_numpy(dtype=float))
        dearer = activity.counted(number, customer, part["up"].to_numpy(dtype=float))
        for tier, hits, n in zip(activity.names, dearer, repeats, strict=True):
            yield number, tier, *share(hits, n)


# 9 Resolution time, 10 complaints ---------------------------------------------------------------------------------


@indicator("resolution_time", 9, "hours", "lower", ["tickets"])
def resolution_time(activity: Activity) -> Rows:
    """Hours after which half of the tickets opened in the period were closed, as ``complaints.resolution``."""
    tickets, _ = valid_tickets(needed(activity.book.tickets, "tickets", ["opened_at"]), activity.as_of)
    for number, tier, part in activity.parts(tickets, "opened_at"):
        if part.empty:
            yield number, tier, NOTHING, NO_DATA
            continue
        curve = resolution(part, activity.as_of)
        middle = quantile(curve)
        low, high = (quantile(curve.assign(open_share=curve[limit])) for limit in ("low", "high"))
        yield number, tier, Estimate(middle, low, high, len(part)), "" if math.isfinite(middle) else "half_open"


@indicator("handling_rate", 10, "share", "higher", ["tickets"])
def complaint_handling_rate(activity: Activity) -> Rows:
    """Complaints of the period closed by its end ÷ complaints received in it, as ``complaints.handling_rate``."""
    tickets, _ = valid_tickets(only_complaints(needed(activity.book.tickets, "tickets", ["opened_at"])), activity.as_of)
    for number, tier, part in activity.parts(tickets, "opened_at"):
        end = activity.spans[number].end
        yield number, tier, *((handling_rate(part, end), "") if len(part) else (NOTHING, NO_DATA))


@indicator("complaint_rate", 10, "per_thousand", "lower", ["tickets", "orders"])
def complaints_per_thousand(activity: Activity) -> Rows:
    """Complaints of the period per 1,000 purchase orders in it, as ``complaints.monthly``."""
    tickets = only_complaints(needed(activity.book.tickets, "tickets", ["opened_at"]))
    purchases = {}
    for number, _ in enumerate(activity.spans):
        part = activity.rows[activity.rows["span"] == number]
        bought = part["orders"].to_numpy(dtype=float)
        purchases[number] = activity.counted(number, part["customer"].to_numpy(), bought)
    for number, tier, part in activity.parts(tickets, "opened_at"):
        n = purchases[number][activity.names.index(tier)]
        known = covered(activity, tickets["opened_at"].min(), number)
        yield number, tier, *(rate(len(part), n, per=1000) if known else (NOTHING, NO_DATA))


# 11 Engagement, 12 relationship quality ---------------------------------------------------------------------------


@indicator("engagement", 11, "points", "higher", ["orders"])
def engagement_points(activity: Activity) -> Rows:
    """Points for what customers did in the period ÷ customers with any event so far, as ``engagement.engagement``."""
    events = _events(activity)
    seen = events.groupby("customer")["day"].min()
    first = np.where(activity.first == NEVER, np.iinfo(np.int32).max, activity.first).astype(np.int64)
    first[seen.index] = np.minimum(first[seen.index], seen)
    rows = activity.rows
    for number, span in enumerate(activity.spans):
        begin, end = day_number(span.start), day_number(span.end)
        own = rows[rows["span"] == number]
        points = np.zeros(len(activity.customers))
        points[own["customer"].to_numpy()] = POINTS["purchase"] * own["days"].to_numpy(dtype=float)
        inside = events[events["day"].between(begin, end)]
        np.add.at(points, inside["customer"].to_numpy(), inside["points"].to_numpy())
        known = np.flatnonzero(first <= end)
        yield from per_tier(activity, number, known, points[known])


def _events(activity: Activity) -> pd.DataFrame:
    """Contacts and survey answers with their points; purchases are counted with the orders."""
    parts = []
    contacts = activity.book.interactions
    if contacts is not None and {"customer_id", "date", "kind"} <= set(contacts):
        table = contacts[["customer_id", "date", "kind"]].dropna()
        parts.append(table.assign(points=table["kind"].astype(str).map(POINTS).fillna(0.0).astype(float)))
    survey = activity.book.survey
    if survey is not None and {"customer_id", "date"} <= set(survey):
        parts.append(survey[["customer_id", "date"]].dropna().assign(points=float(POINTS["survey"])))
    columns = ["customer", "day", "points"]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns}).astype({"customer": "int64"})
    found = pd.concat(part[["customer_id", "date", "points"]] for part in parts)
    found["customer"] = activity.customers.get_indexer(pd.Index(found["customer_id"]))
    found["day"] = (found["date"] - pd.Timestamp(0)).dt.days
    return found[columns]


@indicator("relationship_quality", 12, "points", "higher", ["survey.sentiment", "survey.date"])
def relationship_quality(activity: Activity) -> Rows:
    """Positive less negative comments of the period, in points of all that were labelled."""
    unknown = set(needed(activity.book.survey, "survey")["sentiment"].dropna().astype(str)) - {*TONES, ""}
    if unknown:
        raise DataError("evaluation_labels", column="sentiment", value=min(unknown), known=", ".join(TONES))
    for number, tier, part in activity.parts(activity.answers, "date"):
        labels = part["sentiment"].dropna()
        labels = labels[labels.astype(str) != ""]
        if labels.empty:
            yield number, tier, NOTHING, NO_DATA
            continue
        good, bad = int((labels == "positive").sum()), int((labels == "negative").sum())
        yield number, tier, net_points(good, bad, len(labels)), ""
