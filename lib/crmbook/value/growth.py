"""Growing with the customers one has: cross-selling, up-selling, revenue per customer, referrals, discounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.campaigns import responses
from crmbook.shared.checked import needed
from crmbook.shared.commonest import named, pairable
from crmbook.shared.estimate import Estimate, shares, welch, wilson
from crmbook.shared.purchases import DAY, goods_bought, last_day
from crmbook.value.economics import acquired


def attach_rates(orders: pd.DataFrame, by: str = "category", unit: str = "order") -> pd.DataFrame:
    """Return how often one thing is bought together with another: support, confidence (the attach rate) and lift.

    Parameters
    ----------
    orders : DataFrame
        Order lines; returned lines do not count.
    by : str
        ``"category"`` or ``"product_id"``.
    unit : str
        ``"order"``: together in one order; ``"customer"``: by one customer, whenever that was.

    Returns
    -------
    DataFrame
        Index (``anchor``, ``attached``), highest lift first; ``together`` and ``anchors`` (orders or customers),
        ``support`` (share of all that hold both), ``rate`` (of those with the anchor, how many hold the other too)
        with ``low`` and ``high`` (Wilson), ``lift`` (rate ÷ share of all that hold the other). Of very many things only
        the commonest are paired; ``attrs["left_out"]`` says how many are not.

    Raises
    ------
    DataError
        ``growth_unit``; ``column_needed``; ``growth_one_thing`` with less than two things.
    """
    from scipy import sparse

    column = {"order": "order_id", "customer": "customer_id"}.get(unit)
    if column is None:
        raise DataError("growth_unit", unit=unit, choices="order, customer")
    lines = needed(orders, "orders", [column, by])
    held = goods_bought(lines)[[column, by]].dropna().drop_duplicates()
    basket, baskets = pd.factorize(held[column])
    thing, things = pd.factorize(held[by].astype(str), sort=True)
    if len(things) < 2:
        raise DataError("growth_one_thing", column=by)
    single = np.bincount(thing)
    common = pairable(basket, thing)
    kept = common[thing]
    ones = np.ones(int(kept.sum()), dtype=np.int64)
    table = sparse.csr_array((ones, (basket[kept], thing[kept])), (len(baskets), len(things)))
    both = (table.T @ table).tocsr()
    both.sort_indices()
    both = both.tocoo()
    apart = both.row != both.col
    anchor, attached, together = both.row[apart], both.col[apart], both.data[apart]
    found = pd.DataFrame({"anchor": things[anchor], "attached": things[attached], "together": together}, copy=False)
    found["anchors"] = single[anchor]
    found["support"] = together / len(baskets)
    found = found.join(shares(found["together"], found["anchors"], "rate"))
    found["lift"] = found["rate"] / (single[attached] / len(baskets))
    found = found.sort_values("lift", ascending=False, kind="stable").set_index(["anchor", "attached"])
    if not common.all():
        found.attrs["left_out"] = int((~common).sum())
    return found


def next_purchase(orders: pd.DataFrame, by: str = "category", most: int = 100) -> pd.DataFrame:
    """Return what customers buy on the purchase day after one with a certain thing: shares of those who came again.

    Parameters
    ----------
    orders : DataFrame
        Order lines.
    by : str
        ``"category"`` or ``"product_id"``.
    most : int
        Things that are named, the commonest; what goes beyond counts as ``all_others``.

    Returns
    -------
    DataFrame
        What was bought (rows) against what was bought on the next day of purchase (columns). A day with several things
        counts for each, so rows may add to more than 1.
    """
    lines = needed(orders, "orders", ["customer_id", by])
    held = goods_bought(lines).dropna(subset=[by])
    day = held["order_date"].dt.normalize()
    visits = pd.DataFrame(
        {"customer_id": held["customer_id"], "day": day, "thing": named(held[by], most)}
    ).drop_duplicates()
    order = visits[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    visits = visits.merge(order.assign(visit=order.groupby("customer_id").cumcount()), on=["customer_id", "day"])
    after = visits.assign(visit=visits["visit"] - 1)
    pairs = visits.merge(after, on=["customer_id", "visit"], suffixes=("", "_next"))
    base = pairs.drop_duplicates(["customer_id", "visit", "thing"]).groupby("thing").size()
    counts = pd.crosstab(pairs["thing"], pairs["thing_next"])
    return counts.div(base, axis=0).rename_axis(index="bought", columns="next")


def breadth(orders: pd.DataFrame, as_of: object = None, days: int = 365) -> pd.DataFrame:
    """Return how many categories customers bought from in the last days, and what customers of each breadth spent.

    Returns
    -------
    DataFrame
        Index ``categories``; ``customers``, ``share``, ``mean_spend``. Those who buy more buy more categories by
        chance alone: the slope is no proof that cross-selling raises spending.
    """
    day = last_day(orders, as_of)
    lines = needed(orders, "orders", ["category"])
    lines = lines[(lines["order_date"] < day + DAY) & (lines["order_date"] >= day - (days - 1) * DAY)]
    each = goods_bought(lines).groupby("customer_id")["category"].nunique().to_frame("categories")
    each["spend"] = lines.groupby("customer_id")["amount"].sum()
    table = each.groupby("categories").agg(customers=("spend", "size"), mean_spend=("spend", "mean"))
    table.insert(1, "share", table["customers"] / len(each))
    return table


def upsell_rate(orders: pd.DataFrame, as_of: object = None) -> pd.DataFrame:
    """Return how often a customer's next product of a category is a dearer, an equal or a cheaper one than his last.

    Products are compared by their median unit price over all orders, so that discounts and price rises do not count.

    Returns
    -------
    DataFrame
        Index ``category``, then *all*; ``repeats``, ``up``, ``same``, ``down`` (counts), ``rate`` (up ÷ repeats) with
        ``low`` and ``high`` (Wilson).

    Raises
    ------
    DataError
        ``column_needed``; ``growth_no_repeats`` when nobody bought from a category twice.
    """
    day = last_day(orders, as_of)
    lines = needed(orders, "orders", ["category", "product_id", "quantity"])
    lines = goods_bought(lines[lines["order_date"] < day + DAY])
    lines = lines[(lines["amount"] > 0) & (lines["quantity"] > 0)]
    if lines.empty:
        raise DataError("growth_no_repeats")
    usual = (lines["amount"] / lines["quantity"]).groupby(lines["product_id"].astype(str)).median()
    priced = lines.assign(day=lines["order_date"].dt.normalize(), price=lines["product_id"].astype(str).map(usual))
    visits = priced.groupby(["customer_id", "category", "day"], observed=True)["price"].max().reset_index()
    before = visits.groupby(["customer_id", "category"], observed=True)["price"].shift()
    repeats = visits.assign(move=np.sign(visits["price"] - before))[before.notna()]
    if repeats.empty:
        raise DataError("growth_no_repeats")
    counts = pd.crosstab(repeats["category"].astype(str), repeats["move"]).reindex(
        columns=[1.0, 0.0, -1.0], fill_value=0
    )
    counts.columns = pd.Index(["up", "same", "down"])
    counts.loc["all"] = counts.sum()
    counts.insert(0, "repeats", counts.sum(axis=1))
    return counts.join(shares(counts["up"], counts["repeats"], "rate")).rename_axis("category")


def revenue_bridge(orders: pd.DataFrame, as_of: object = None, days: int = 365) -> pd.DataFrame:
    """Return how revenue, and revenue per customer (ARPU), came from one period to the next.

    Parameters
    ----------
    orders : DataFrame
        Order lines; returns take money back.
    as_of : date-like, optional
        Last day of the second period; that of the last order line unless given.
    days : int
        Length of each period; with season, take whole years.

    Returns
    -------
    DataFrame
        Rows *opening*, *lost*, *contraction*, *expansion*, *new*, *closing*; ``customers``, ``revenue`` (adds up from
        opening to closing) and ``arpu``: the opening figure, then what each step changes (also adds up): dropping the
        lost, the kept buying less, the kept buying more, adding the new. ``customers`` is how many each step concerns.

    Raises
    ------
    DataError
        ``lifecycle_short_history`` when the data do not hold two periods; ``growth_no_customers`` when one period has
        none.
    """
    day = last_day(orders, as_of)
    start = orders["order_date"].min().normalize()
    if start > day - (2 * days - 1) * DAY:
        raise DataError(
            "lifecycle_short_history", days=int((day - start) / DAY), window=2 * days, as_of=f"{day:%Y-%m-%d}"
        )
    middle = day - (days - 1) * DAY
    second = orders[(orders["order_date"] >= middle) & (orders["order_date"] < day + DAY)]
    first = orders[(orders["order_date"] >= middle - days * DAY) & (orders["order_date"] < middle)]
    before, after = (part.groupby("customer_id")["amount"].sum() for part in (first, second))
    kept = before.index.intersection(after.index)
    if not len(before) or not len(after) or not len(kept):
        raise DataError("growth_no_customers", first=len(before), second=len(after), both=len(kept))
    change = after[kept] - before[kept]
    lost, new = before.drop(kept), after.drop(kept)
    more, less = change[change > 0], change[change < 0]
    revenue = [before.sum(), -lost.sum(), less.sum(), more.sum(), new.sum(), after.sum()]
    arpu = [
        before.mean(),
        before[kept].mean() - before.mean(),
        less.sum() / len(kept),
        more.sum() / len(kept),
        after.mean() - after[kept].mean(),
        after.mean(),
    ]
    return pd.DataFrame(
        {
            "customers": [len(before), len(lost), len(less), len(more), len(new), len(after)],
            "revenue": revenue,
            "arpu": arpu,
        },
        index=pd.Index(["opening", "lost", "contraction", "expansion", "new", "closing"], name="step"),
    )


@dataclass(frozen=True)
class Referrals:
    """Referred customers and what they are worth.

    Attributes
    ----------
    share : Estimate
        Of the new customers, how many were referred.
    per_customer : float
        Referred new customers for each customer who could refer, in the time looked at.
    k_factor : float
        Referred new customers for each new customer of the time before, of equal length: above 1 the base would grow
        by itself.
    value : Estimate
        Spend of a referred customer less that of another, in the first ``days`` (Welch interval).
    referrers : Series
        How many each referrer brought, most first.
    """

    share: Estimate
    per_customer: float
    k_factor: float
    value: Estimate
    referrers: pd.Series


def referrals(customers: pd.DataFrame, orders: pd.DataFrame, as_of: object = None, days: int = 365) -> Referrals:
    """Return how many new customers come by referral, and whether they are worth more.

    Parameters
    ----------
    customers : DataFrame
        With ``referrer_id``.
    orders : DataFrame
        Order lines.
    as_of : date-like, optional
        The last day that counts.
    days : int
        New customers of this many days are looked at. For the value, customers whose first ``days`` are over.

    Raises
    ------
    DataError
        ``column_needed`` without a referrer; ``growth_no_new`` without new customers in that time, or before it;
        ``comparison_empty`` when only referred, or only other customers are old enough to compare.
    """
    day = last_day(orders, as_of)
    own = (
        needed(customers, "customers", ["customer_id", "referrer_id"])
        .drop_duplicates("customer_id")
        .set_index("customer_id")
    )
    new = acquired(orders, customers, day)
    referrer = own["referrer_id"].reindex(new.index)
    recent = new["first_order"] > day - days * DAY
    earlier = ~recent & (new["first_order"] > day - 2 * days * DAY)
    if not recent.any() or not earlier.any():
        raise DataError("growth_no_new", recent=int(recent.sum()), earlier=int(earlier.sum()), days=days)
    brought = int((recent & referrer.notna()).sum())
    lines = orders[(orders["order_date"] < day + DAY) & orders["customer_id"].isin(new.index)]
    age = (lines["order_date"].dt.normalize() - lines["customer_id"].map(new["first_order"])) / DAY
    spend = lines[age < days].groupby("customer_id")["amount"].sum()
    old = spend.reindex(new.index[new["first_order"] <= day - days * DAY], fill_value=0.0)
    by_referral = referrer[old.index].notna()
    if by_referral.all() or not by_referral.any():
        raise DataError("comparison_empty", first=int(by_referral.sum()), second=int((~by_referral).sum()))
    everyone = orders.loc[orders["order_date"] < day + DAY, "customer_id"].nunique()
    return Referrals(
        share=wilson(brought, int(recent.sum())),
        per_customer=brought / (everyone - int(recent.sum())),
        k_factor=brought / int(earlier.sum()),
        value=welch(old[by_referral], old[~by_referral]),
        referrers=referrer.dropna().value_counts().rename("referred"),
    )


def break_even_lift(margin: float, discount: float) -> float:
    """Return by what share sales must rise for a discount to give back the margin it costs.

    Parameters
    ----------
    margin : float
        Margin at full price, as a share of it.
    discount : float
        Discount, as a share of the full price, below the margin.

    Raises
    ------
    DataError
        ``growth_discount`` when the discount eats the whole margin: no lift pays then.

    Notes
    -----
    discount ÷ (margin − discount).

    Examples
    --------
    >>> round(break_even_lift(margin=0.40, discount=0.15), 2)
    0.6
    """
    if not 0 <= discount < margin <= 1:
        raise DataError("growth_discount", margin=margin, discount=discount)
    return discount / (margin - discount)


@dataclass(frozen=True)
class DiscountEffect:
    """What a discount brought against what it gave away.

    Attributes
    ----------
    orders, revenue, margin : Estimate
        Difference per customer, treated less held out (Welch interval).
    lift : float
        Orders of the treated ÷ orders of the held out − 1; NaN where those bought nothing.
    break_even : float
        The lift in orders that would leave the margin as it was, from what an order of either group leaves; NaN where a
        discounted order leaves nothing.
    """

    orders: Estimate
    revenue: Estimate
    margin: Estimate
    lift: float
    break_even: float


def discount_effect(
    campaigns: pd.DataFrame, orders: pd.DataFrame, campaign: str, days: int = 28, as_of: object = None
) -> DiscountEffect:
    """Compare customers who got a discount with those held out: more orders, but less on each.

    Parameters
    ----------
    campaigns, orders, campaign, days, as_of
        As for ``winback.campaign_effect``; order lines need ``cost``.

    Raises
    ------
    DataError
        ``comparison_empty`` when a group is empty; ``column_needed`` without cost; ``winback_campaign``.
    """
    needed(orders, "orders", ["cost"])
    found = responses(campaigns, orders, campaign, days, as_of)
    treated, held = found[found["arm"] == "treated"], found[found["arm"] == "holdout"]
    if treated.empty or held.empty:
        raise DataError("comparison_empty", first=len(treated), second=len(held))
    bought, bought_held = treated["orders"].sum(), held["orders"].sum()
    each = float(treated["margin"].sum() / bought) if bought else np.nan
    each_held = held["margin"].sum() / bought_held if bought_held else np.nan
    return DiscountEffect(
        orders=welch(treated["orders"], held["orders"]),
        revenue=welch(treated["revenue"], held["revenue"]),
        margin=welch(treated["margin"], held["margin"]),
        lift=float(treated["orders"].mean() / held["orders"].mean() - 1) if bought_held else np.nan,
        break_even=float(each_held / each - 1) if each > 0 else np.nan,
    )


def price_only_buyers(orders: pd.DataFrame, as_of: object = None, share: float = 0.8, fewest: int = 3) -> pd.DataFrame:
    """Return the customers who buy almost only at a discount.

    Parameters
    ----------
    orders : DataFrame
        Order lines with ``discount`` (share of the price; blank is none).
    as_of : date-like, optional
        The last day that counts.
    share : float
        From this share of discounted orders on.
    fewest : int
        Customers with fewer orders are not judged.

    Returns
    -------
    DataFrame
        Index ``customer_id`` (all who are judged); ``orders``, ``discounted``, ``share``, ``spend``, ``price_only``.

    Raises
    ------
    DataError
        ``column_needed``; ``growth_no_repeats`` when nobody has enough orders.
    """
    day = last_day(orders, as_of)
    lines = needed(orders, "orders", ["order_id", "discount"])
    lines = goods_bought(lines[lines["order_date"] < day + DAY])
    each = (
        lines.assign(reduced=lines["discount"] > 0)
        .groupby(["customer_id", "order_id"])
        .agg(reduced=("reduced", "any"), spend=("amount", "sum"))
    )
    table = each.groupby("customer_id").agg(
        orders=("reduced", "size"), discounted=("reduced", "sum"), spend=("spend", "sum")
    )
    table = table[table["orders"] >= fewest]
    if table.empty:
        raise DataError("growth_no_repeats")
    table.insert(2, "share", table["discounted"] / table["orders"])
    return table.assign(price_only=table["share"] >= share)
