"""How customers deal with the company: the channels they order through, how they use, answer, praise and complain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.commonest import named
from crmbook.shared.estimate import Z, reach, shares
from crmbook.shared.purchases import purchase_lines

if TYPE_CHECKING:
    from crmbook.data.load import Book


def order_size(orders: pd.DataFrame, groups: pd.Series | None = None) -> pd.DataFrame:
    """Return how often and how much at a time each group buys.

    Parameters
    ----------
    orders : DataFrame
        Order lines; ``quantity`` is used where it is there.
    groups : Series, optional
        A group for each customer; None: all together as ``"all"``.

    Returns
    -------
    DataFrame
        Index group: ``customers``, ``orders``, ``orders_each`` (orders a customer), ``mean_order`` (amount an order,
        currency) with ``low`` and ``high`` (95 %, between customers, because the orders of one customer are alike) and,
        with quantities, ``items_each`` (items an order, among orders whose quantity is known).

    Raises
    ------
    DataError
        When a column is missing, or no customer of a group purchased.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> lines = pd.DataFrame({"order_id": ["1", "1", "2"], "customer_id": "C1", "order_date": day})
    >>> table = order_size(lines.assign(amount=[10.0, 20.0, 30.0], quantity=[1, 2, 1]))
    >>> table.loc["all", ["orders_each", "mean_order", "items_each"]].tolist()
    [2.0, 30.0, 2.0]
    """
    lines = purchase_lines(orders)
    pieces = lines["quantity"].clip(lower=0) if "quantity" in lines else pd.Series(np.nan, lines.index)
    orders_of = lines.assign(items=pieces).groupby(["customer_id", "order_id"], sort=False, observed=True)
    single = orders_of["amount"].sum().to_frame().join(orders_of["items"].sum(min_count=1))
    counted = _grouped(single.reset_index(), groups)
    if counted.empty:
        raise DataError("behaviour_no_purchase")
    grouped = counted.groupby("group", observed=True)
    table = pd.DataFrame({"customers": grouped["customer_id"].nunique(), "orders": grouped.size()})
    table["orders_each"] = table["orders"] / table["customers"]
    table["mean_order"] = grouped["amount"].mean()
    half = Z * _ratio_error(counted, table["mean_order"])
    table["low"], table["high"] = table["mean_order"] - half, table["mean_order"] + half
    if counted["items"].notna().any():
        table["items_each"] = grouped["items"].mean()
    return table


def _ratio_error(single: pd.DataFrame, mean: pd.Series) -> pd.Series:
    """Return the standard error of amount ÷ orders with the customer as the unit drawn (linearised ratio)."""
    own = single.groupby(["group", "customer_id"], observed=True)["amount"].agg(["sum", "size"])
    rest = own["sum"] - own["size"] * mean.reindex(own.index.get_level_values("group")).to_numpy()
    by_group = rest.groupby(level="group")
    n = by_group.size()
    squares = (rest**2).groupby(level="group").sum()
    return np.sqrt(squares * n / (n - 1).where(n > 1)) / own["size"].groupby(level="group").sum()


def channel_mix(orders: pd.DataFrame, groups: pd.Series | None = None) -> pd.DataFrame:
    """Return which channels purchases come through.

    Parameters
    ----------
    orders : DataFrame
        Order lines with ``channel``; an order has the channel of its first line, a blank one is ``"unknown"``.
    groups : Series, optional
        A group for each customer; None: all together as ``"all"``.

    Returns
    -------
    DataFrame
        Index (group, channel): ``orders``, ``share`` with ``low`` and ``high`` (95 %, Wilson), ``amount``,
        ``amount_share``, ``mean_order``.

    Raises
    ------
    DataError
        When there is no channel.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "C1", "order_date": days, "amount": [10.0, 30.0]})
    >>> channel_mix(lines.assign(channel=["web", "store"])).loc[("all", "web"), ["share", "amount_share"]].tolist()
    [0.5, 0.25]
    """
    single = _orders_with_channel(orders)
    table = (
        _grouped(single, groups).groupby(["group", "channel"], observed=True)["amount"].agg(orders="size", amount="sum")
    )
    totals = table.groupby("group").transform("sum")
    table = table[["orders"]].join(shares(table["orders"], totals["orders"])).join(table["amount"])
    table["amount_share"] = table["amount"] / totals["amount"].where(totals["amount"] > 0)
    table["mean_order"] = table["amount"] / table["orders"]
    return table


def _grouped(table: pd.DataFrame, groups: pd.Series | None) -> pd.DataFrame:
    """Return the rows of customers with a group, and that group; all in one without groups."""
    if groups is None:
        return table.assign(group="all")
    known = groups.dropna()
    inside = table[table["customer_id"].isin(known.index)]
    return inside.assign(group=inside["customer_id"].map(known))


def _orders_with_channel(orders: pd.DataFrame) -> pd.DataFrame:
    needed(orders, "orders", ["channel"])
    lines = purchase_lines(orders)
    single = lines.groupby(["customer_id", "order_id"], sort=False, observed=True).agg(
        order_date=("order_date", "min"), channel=("channel", "first"), amount=("amount", "sum")
    )
    single = single.reset_index().sort_values(["customer_id", "order_date", "order_id"], kind="stable")
    single["channel"] = single["channel"].astype("object").where(single["channel"].notna(), "unknown")
    return single


def channel_switching(orders: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """Return through which channel a customer's next order comes, given the channel of this one.

    Parameters
    ----------
    orders : DataFrame
        Order lines with ``channel``; orders whose channel is blank take part as ``"unknown"``.
    most : int
        Channels that are named, the commonest; what goes beyond counts as ``all_others``.

    Returns
    -------
    DataFrame
        Index (channel, next_channel), every combination: ``orders`` (steps from one order to the next), ``share`` (of
        the steps from this channel) with ``low`` and ``high`` (95 %, Wilson).

    Raises
    ------
    DataError
        When there is no channel, or no customer ordered twice.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=3)
    >>> lines = pd.DataFrame({"order_id": list("123"), "customer_id": "C1", "order_date": days, "amount": 1.0})
    >>> channel_switching(lines.assign(channel=["web", "web", "store"]))["share"].loc["web"].to_dict()
    {'store': 0.5, 'web': 0.5}
    """
    single = _orders_with_channel(orders)
    single["channel"] = named(single["channel"], most)
    following = single.groupby("customer_id", observed=True)["channel"].shift(-1)
    steps = single.assign(next_channel=following).dropna(subset=["next_channel"])
    if steps.empty:
        raise DataError("behaviour_no_repeat")
    names = sorted({*single["channel"]})
    every = pd.MultiIndex.from_product([names, names], names=["channel", "next_channel"])
    table = steps.groupby(["channel", "next_channel"]).size().reindex(every, fill_value=0).rename("orders").to_frame()
    totals = table.groupby("channel")["orders"].transform("sum")
    return table.join(shares(table["orders"], totals))


def stickiness(usage: pd.DataFrame, groups: pd.Series | None = None) -> pd.DataFrame:
    """Return how often those who use a service in a month come back within it.

    Parameters
    ----------
    usage : DataFrame
        A row for each customer and month: ``customer_id``, ``month``, ``active_days`` and, where known, ``minutes`` and
        ``sessions``.
    groups : Series, optional
        A group for each customer; None: all together as ``"all"``.

    Returns
    -------
    DataFrame
        Index (group, month): ``monthly_active`` (customers with an active day), ``daily_active`` (mean of a day),
        ``stickiness`` = daily_active / monthly_active with ``low`` and ``high`` (95 %, between customers),
        ``minutes_per_session`` where known.

    Raises
    ------
    DataError
        When the table or one of its columns is missing, or nobody was active.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "month": pd.Timestamp("2024-06-01"), "active_days": [30, 15]})
    >>> stickiness(table)[["monthly_active", "daily_active", "stickiness"]].iloc[0].tolist()
    [2.0, 1.5, 0.75]
    """
    usage = needed(usage, "usage", ["customer_id", "month", "active_days"])
    active = _grouped(usage[usage["active_days"] > 0].dropna(subset=["month"]), groups)
    if active.empty:
        raise DataError("behaviour_no_use")
    active["ratio"] = active["active_days"] / active["month"].dt.days_in_month
    grouped = active.groupby(["group", "month"], observed=True)
    ratio = grouped["ratio"]
    table = pd.DataFrame({"monthly_active": ratio.size(), "daily_active": ratio.sum(), "stickiness": ratio.mean()})
    half = reach(ratio.size()) * ratio.sem()
    table["low"], table["high"] = (table["stickiness"] - half).clip(lower=0), (table["stickiness"] + half).clip(upper=1)
    if {"minutes", "sessions"} <= set(active.columns):
        both = (
            active.dropna(subset=["minutes", "sessions"])
            .groupby(["group", "month"], observed=True)[["minutes", "sessions"]]
            .sum()
        )
        table["minutes_per_session"] = both["minutes"] / both["sessions"].where(both["sessions"] > 0)
    return table


def usage_tiers(
    usage: pd.DataFrame, as_of: object, months: int = 3, heavy: float = 0.5, light: float = 0.1
) -> pd.DataFrame:
    """Return how much each customer uses the service of late.

    Parameters
    ----------
    usage : DataFrame
        As for ``stickiness``; a month without a row is a month without use.
    as_of : date
        The last day that counts; the last ``months`` complete months up to it are looked at.
    months : int
        How many months.
    heavy, light : float
        Shares of active days from which a customer is a heavy, and below which a light user.

    Returns
    -------
    DataFrame
        Index customer_id: ``active_share`` (active days over the days of the months), ``usage_tier``: ``"heavy"``,
        ``"medium"``, ``"light"`` or ``"dormant"`` (no active day), a category in this order.

    Raises
    ------
    DataError
        When the table or one of its columns is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "month": pd.Timestamp("2024-06-01"), "active_days": [30, 1]})
    >>> usage_tiers(table, "2024-06-30", months=1)["usage_tier"].tolist()
    ['heavy', 'light']
    """
    usage = needed(usage, "usage", ["customer_id", "month", "active_days"])
    last = (dates.day(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    window = pd.period_range(end=last, periods=months, freq="M")
    inside = usage[usage["month"].dt.to_period("M").isin(window)]
    everyone = pd.Index(sorted(usage["customer_id"].unique()), name="customer_id")
    days = inside.groupby("customer_id", observed=True)["active_days"].sum().reindex(everyone, fill_value=0)
    share = (days.astype(float) / sum(window.days_in_month)).rename("active_share")
    tier = np.select([share == 0, share < light, share < heavy], ["dormant", "light", "medium"], default="heavy")
    return share.to_frame().assign(usage_tier=pd.Categorical(tier, ["heavy", "medium", "light", "dormant"]))


def feedback(book: Book, groups: pd.Series) -> pd.DataFrame:
    """Return how customers answer back, by group: do they answer, complain, praise, respond to campaigns?

    Parameters
    ----------
    book : Book
        ``survey``, ``tickets`` and ``campaigns``, each used where it is there.
    groups : Series
        A group for each customer.

    Returns
    -------
    DataFrame
        Index (indicator, group): ``count`` of ``n``, ``rate`` with ``low`` and ``high`` (95 %, Wilson). Indicators:
        ``answered`` (customers with a survey answer), ``complained`` (customers with a complaint), ``praised`` (of
        those who answered, last answer: overall 5, or recommend 9–10 where overall is blank), ``responded`` (campaign
        contacts of the treated arm).

    Raises
    ------
    DataError
        When none of the three tables is there.
    """
    groups = groups.dropna()
    parts: dict[str, pd.Series] = {}
    survey, tickets, campaigns = book.survey, book.tickets, book.campaigns
    if survey is not None and "customer_id" in survey:
        parts["answered"] = _whether(groups, survey["customer_id"])
        praised = _praised(survey)
        if praised is not None:
            parts["praised"] = praised
    if tickets is not None and "kind" in tickets:
        parts["complained"] = _whether(groups, tickets.loc[tickets["kind"] == "complaint", "customer_id"])
    if campaigns is not None and "responded" in campaigns:
        treated = campaigns[(campaigns["arm"] == "treated") & campaigns["responded"].notna()]
        parts["responded"] = pd.Series(treated["responded"].astype(bool).to_numpy(), index=treated["customer_id"])
    if not parts:
        raise DataError("feedback_no_table")
    return pd.concat([_rates(values, groups, indicator) for indicator, values in parts.items()])


def _whether(groups: pd.Series, customers: pd.Series) -> pd.Series:
    return pd.Series(groups.index.isin(customers.dropna().unique()), index=groups.index)


def _praised(survey: pd.DataFrame) -> pd.Series | None:
    happy = pd.Series(np.nan, index=survey.index)
    for column, least in (("overall", 5), ("recommend", 9)):
        if column in survey:
            known = (survey[column] >= least).astype(float).where(survey[column].notna())
            happy = happy.fillna(known)
    answered = survey.assign(happy=happy).dropna(subset=["customer_id", "happy"])
    if answered.empty:
        return None
    if "date" in answered:
        answered = answered.sort_values("date", kind="stable", na_position="first")
    return answered.groupby("customer_id")["happy"].last() > 0


def _rates(values: pd.Series, groups: pd.Series, indicator: str) -> pd.DataFrame:
    values = values[values.index.isin(groups.index)]
    grouped = values.groupby(values.index.map(groups.to_dict()))
    table = pd.DataFrame({"count": grouped.sum(), "n": grouped.size()}).astype(int)
    table = table.join(shares(table["count"], table["n"], "rate"))
    table.index = pd.MultiIndex.from_product([[indicator], table.index], names=["indicator", "group"])
    return table
