"""What customers cost and bring: acquisition cost, retention cost, value against cost, payback, and three phases.

New customers are counted by their first purchase; money spent comes from the book's spend table, by month and purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data import dates
from crmbook.data.faults import DataError
from crmbook.shared.checked import needed
from crmbook.shared.purchases import DAY, goods_bought, last_day, purchase_days

MONTH = 365 / 12  # days
PHASES = ("acquire", "keep", "develop")


def acquired(orders: pd.DataFrame, customers: pd.DataFrame | None = None, as_of: object = None) -> pd.DataFrame:
    """Return the new customers: who bought for the first time, in which month, won through which channel.

    Parameters
    ----------
    orders : DataFrame
        Order lines, as in a book.
    customers : DataFrame, optional
        For ``channel`` and ``signup_date``. Who signed up more than 31 days before the data begin was a customer
        before; he is left out and counted in ``attrs["known_before"]``.
    as_of : date-like, optional
        The last day that counts; that of the last order line unless given.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``first_order``, ``month`` (period), ``channel`` (*none* where it is not known).
    """
    first = purchase_days(orders, as_of).groupby("customer_id")["day"].min().rename("first_order")
    start = first.min()
    table = first.to_frame()
    table["channel"] = "none"
    before = pd.Series(False, table.index)
    if customers is not None:
        own = customers.drop_duplicates("customer_id").set_index("customer_id")
        if "channel" in own:
            table["channel"] = own["channel"].astype("object").reindex(table.index).fillna("none").astype(str)
        if "signup_date" in own:
            before = own["signup_date"].reindex(table.index) < start - 31 * DAY
    table.insert(1, "month", table["first_order"].dt.to_period("M"))
    new = table[~before]
    new.attrs["known_before"] = int(before.sum())
    return new


def channels(customers: pd.DataFrame) -> pd.Series:
    """Return the channel that brought each customer, by ``customer_id``.

    Raises
    ------
    DataError
        ``column_needed`` without a channel.
    """
    own = needed(customers, "customers", ["customer_id", "channel"]).drop_duplicates("customer_id")
    return own.set_index("customer_id")["channel"]


def acquisition_cost(spend: pd.DataFrame, new: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return the customer acquisition cost (CAC): acquisition spend ÷ new customers.

    Parameters
    ----------
    spend : DataFrame
        As in a book; rows of purpose *acquisition* count, whatever is in them: put salaries and tools in for a fully
        loaded figure.
    new : DataFrame
        As ``acquired`` gives.
    by : str, optional
        ``"channel"`` or ``"month"``; without it one row, *all*: the blended figure. Only months that have both spend
        rows and the data of new customers count, from the first to the last month of ``spend``.

    Returns
    -------
    DataFrame
        ``spend``, ``customers``, ``cac`` (blank without a new customer), ``free`` (customers of channels without any
        spend: they make the blended figure lower than the paid one).

    Raises
    ------
    DataError
        ``economics_no_spend`` without acquisition spend in months with data; ``economics_no_channel`` when no channel
        has both spend and new customers; ``economics_by``.
    """
    if by not in (None, "channel", "month"):
        raise DataError("economics_by", by=by, choices="channel, month")
    money = _of_purpose(spend, "acquisition")
    overlap = (money["month"] >= new["month"].min()) & (money["month"] <= new["month"].max())
    money = money[overlap]
    if not money["amount"].sum() > 0:
        raise DataError("economics_no_spend", purpose="acquisition")
    won = new[(new["month"] >= money["month"].min()) & (new["month"] <= money["month"].max())]
    paid = set(money.loc[money["amount"] > 0, "channel"]) if money["channel"].ne("none").any() else None
    if by == "channel" and not (paid or set()) & set(won["channel"]):
        came = ", ".join(sorted(set(won["channel"]))) or "–"
        raise DataError("economics_no_channel", spent=", ".join(sorted(paid or ["none"])), won=came)
    won = won.assign(free=~won["channel"].isin(paid) if paid is not None else False)
    keys = (money[by], won[by]) if by else (pd.Series("all", money.index), pd.Series("all", won.index))
    table = pd.DataFrame(
        {
            "spend": money.groupby(keys[0])["amount"].sum(),
            "customers": won.groupby(keys[1]).size(),
            "free": won.groupby(keys[1])["free"].sum(),
        }
    ).fillna(0)
    table = table.astype({"customers": int, "free": int})
    table.insert(2, "cac", table["spend"] / table["customers"].where(table["customers"] > 0))
    return table.rename_axis(by or "group")


def cost_of_one(spend: pd.DataFrame | None, new: pd.DataFrame, otherwise: float) -> float:
    """Return what winning a customer costs on average (blended), or a figure set by hand where no spending tells.

    Parameters
    ----------
    spend, new
        As for ``acquisition_cost``.
    otherwise : float
        What to go by where the book holds no acquisition spend, or nobody was won with it.

    Examples
    --------
    >>> cost_of_one(None, pd.DataFrame(), otherwise=40.0)
    40.0
    """
    try:
        cost = float(acquisition_cost(needed(spend, "spend"), new)["cac"].iloc[0])
    except DataError as refusal:
        if refusal.code in ("table_needed", "column_needed", "economics_no_spend"):
            return otherwise
        raise
    return cost if np.isfinite(cost) else otherwise


def retention_cost(spend: pd.DataFrame, bridge: pd.DataFrame) -> pd.DataFrame:
    """Return what keeping a customer costs each month: retention and service spend ÷ customers retained.

    Parameters
    ----------
    spend : DataFrame
        As in a book; purposes *retention* and *service*.
    bridge : DataFrame
        As ``lifecycle.bridge`` gives: retained are the opening customers who were not lost.

    Returns
    -------
    DataFrame
        Index ``month``; ``spend``, ``retained``, ``cost`` (of a customer and month; blank where nobody was retained).

    Raises
    ------
    DataError
        ``economics_no_spend``.
    """
    money = _of_purpose(spend, "retention", "service").groupby("month")["amount"].sum()
    kept = (bridge["opening"] - bridge["lost"]).set_axis(pd.DatetimeIndex(bridge.index).to_period("M"))
    table = pd.DataFrame({"spend": money, "retained": kept}).dropna()
    if not table["spend"].sum() > 0:
        raise DataError("economics_no_spend", purpose="retention, service")
    table = table.astype({"retained": int}).rename_axis("month")
    return table.assign(cost=table["spend"] / table["retained"].where(table["retained"] > 0))


@dataclass(frozen=True)
class KeepOrAcquire:
    """What a new customer costs against what keeping one for a year costs; ``ratio`` is the first by the second."""

    acquire: float
    keep_a_year: float
    ratio: float


def keep_or_acquire(cac: float, costs: pd.DataFrame) -> KeepOrAcquire:
    """Compare acquisition with retention by a company's own figures; "five times as dear" is folklore until measured.

    Parameters
    ----------
    cac : float
        Of ``acquisition_cost``.
    costs : DataFrame
        As ``retention_cost`` gives; the last twelve months count, or as many as there are, scaled to a year.

    Raises
    ------
    DataError
        ``economics_no_spend`` when nobody was retained or nothing spent.
    """
    year = costs.iloc[-12:]
    if not year["retained"].sum() > 0 or not year["spend"].sum() > 0:
        raise DataError("economics_no_spend", purpose="retention, service")
    keep = float(year["spend"].sum() / year["retained"].sum() * 12)
    return KeepOrAcquire(float(cac), keep, float(cac) / keep)


def value_to_cost(value: pd.Series, cost: pd.Series) -> pd.DataFrame:
    """Set lifetime value beside acquisition cost (LTV:CAC), by channel for example.

    Parameters
    ----------
    value, cost : Series
        Value of a customer (margin, not revenue) and cost of winning one, by the same index.

    Returns
    -------
    DataFrame
        ``value``, ``cost``, ``ratio`` and ``verdict``: *loss* below 1, *thin* below 3, *sound* from 3 on (a
        convention), *free* where nothing was spent, *unknown* where one of the two is blank.
    """
    table = pd.DataFrame({"value": value, "cost": cost})
    table["ratio"] = table["value"] / table["cost"].where(table["cost"] > 0)
    known = table["value"].notna() & table["cost"].notna()
    table["verdict"] = np.select(
        [~known, table["cost"] <= 0, table["ratio"] < 1, table["ratio"] < 3],
        ["unknown", "free", "loss", "thin"],
        "sound",
    )
    return table


def payback(
    orders: pd.DataFrame,
    new: pd.DataFrame,
    cost: pd.Series | float,
    as_of: object = None,
    margin: float | None = None,
    months: int = 24,
) -> tuple[pd.DataFrame, pd.Series]:
    """Return how many months it takes until new customers have brought in what winning them cost.

    Parameters
    ----------
    orders : DataFrame
        Order lines; returns take money back.
    new : DataFrame
        As ``acquired`` gives.
    cost : float or Series
        Of winning a customer: one figure, or one for each channel.
    as_of : date-like, optional
        The last day that counts.
    margin : float, optional
        Share of revenue that is margin; needed where order lines carry no cost.
    months : int
        How far to follow, in months of 30.4 days since the first order.

    Returns
    -------
    curve : DataFrame
        Index (``group``, ``month``): ``customers`` (old enough), ``margin`` (of that month, mean), ``cumulative``.
        Month 1 begins with the first order. In each month only customers count who are old enough to have it behind
        them.
    months : Series
        By group, the first month at whose end the cumulative margin covers the cost; blank where that has not happened.

    Raises
    ------
    DataError
        ``economics_nobody_new`` when nobody was won; ``column_needed`` without cost and without a margin;
        ``retention_all_new`` when no customer is a month old.
    """
    day = last_day(orders, as_of)
    if new.empty:
        raise DataError("economics_nobody_new", start=f"{orders['order_date'].min():%Y-%m-%d}")
    groups = new["channel"] if isinstance(cost, pd.Series) else pd.Series("all", new.index)
    price = cost if isinstance(cost, pd.Series) else pd.Series([float(cost)], ["all"])
    lines = orders[(orders["order_date"] < day + DAY) & orders["customer_id"].isin(new.index)]
    if margin is not None:
        money = lines["amount"] * margin
    else:
        # a line without a cost has no margin to count: it stays blank
        money = lines["amount"] - needed(lines, "orders", ["cost"])["cost"]
    first = lines["customer_id"].map(new["first_order"])
    month = ((lines["order_date"].dt.normalize() - first) / DAY // MONTH).clip(lower=0)
    whole = ((day + DAY - new["first_order"]) / DAY // MONTH).astype(int)
    if whole.max() < 1:
        raise DataError("retention_all_new", cohorts=1)
    group, old = lines["customer_id"].map(groups), lines["customer_id"].map(whole)
    counted = month < np.minimum(old, months)
    brought = money[counted].groupby([group[counted], month[counted].astype(int) + 1]).sum()
    rows = []
    for name, members in whole.groupby(groups, sort=True):
        total = 0.0
        for number in range(1, min(int(members.max()), months) + 1):
            customers = int((members >= number).sum())
            each = float(brought.get((name, number), 0.0)) / customers
            total += each
            rows.append((name, number, customers, each, total))
    curve = pd.DataFrame(rows, columns=["group", "month", "customers", "margin", "cumulative"]).set_index(
        ["group", "month"]
    )
    group_of = pd.Series(curve.index.get_level_values("group"), curve.index)
    reached = curve[curve["cumulative"] >= group_of.map(price)].reset_index().groupby("group")["month"].min()
    return curve, reached.reindex(curve.index.unique("group")).rename("months")


def channel_returns(
    orders: pd.DataFrame,
    new: pd.DataFrame,
    cost: pd.Series,
    as_of: object = None,
    margin: float | None = None,
    months: int = 24,
) -> pd.DataFrame:
    """Return what a new customer of each channel brought, beside what winning one cost.

    Parameters
    ----------
    orders, new, as_of, margin, months
        As for ``payback``.
    cost : Series
        Of winning a customer, by channel.

    Returns
    -------
    DataFrame
        Index ``channel``; ``months`` (as far as every channel can be followed, the same for all), ``brought`` (margin
        of a customer by then), ``cost``, ``ratio`` and ``verdict`` (as ``value_to_cost``), ``payback`` (the month in
        which the money was back, blank where it is not).
    """
    curve, paid_back = payback(orders, new, cost, as_of, margin, months)
    brought = curve["cumulative"].unstack("month").dropna(axis=1)
    table = value_to_cost(brought.iloc[:, -1], cost).rename(columns={"value": "brought"})
    table.insert(0, "months", int(brought.columns[-1]))
    return table.join(paid_back.rename("payback")).rename_axis("channel")


def payback_month(curve: pd.DataFrame, cost: float, margin: float = 1.0) -> int | None:
    """Return the first month at whose end a customer has brought in what winning him cost; None where none has.

    Parameters
    ----------
    curve : DataFrame, index month
        ``cumulative`` of one group, as ``payback`` gives.
    cost : float
        Of winning a customer.
    margin : float
        What of the curve's money counts; the margin's share where the curve holds revenue.

    Examples
    --------
    >>> curve = pd.DataFrame({"cumulative": [30.0, 50.0, 80.0]}, index=[1, 2, 3])
    >>> payback_month(curve, cost=40), payback_month(curve, cost=40, margin=0.6), payback_month(curve, cost=100)
    (2, 3, None)
    """
    reached = curve.index[curve["cumulative"] * margin >= cost]
    return int(reached[0]) if len(reached) else None


def phases(
    orders: pd.DataFrame,
    spend: pd.DataFrame,
    campaigns: pd.DataFrame | None = None,
    start: object = None,
    as_of: object = None,
    margin: float | None = None,
) -> pd.DataFrame:
    """Return budget and return of the three phases: acquire, keep, develop.

    Parameters
    ----------
    orders : DataFrame
        Order lines. A customer's first purchase day is *acquire*; a line of a category that the customer had not
        bought before is *develop* (cross-selling); all others, returns too, are *keep*.
    spend : DataFrame
        As in a book: *acquisition* is the budget of acquire, *retention* and *service* of keep.
    campaigns : DataFrame, optional
        Campaign costs are the budget of *develop*.
    start, as_of : date-like, optional
        First and last day that count; the last 365 days of the orders unless given.
    margin : float, optional
        Share of revenue that is margin; needed where order lines carry no cost.

    Returns
    -------
    DataFrame
        Index ``phase``; ``budget``, ``revenue``, ``margin``, ``result`` (margin − budget), ``roi`` (result ÷ budget;
        blank without a budget). The first order alone seldom pays for a customer: read the rows together.

    Raises
    ------
    DataError
        ``column_needed`` without categories, or without cost and margin.
    """
    day = last_day(orders, as_of)
    begin = day - 364 * DAY if start is None else dates.day(start)
    lines = needed(orders, "orders", ["customer_id", "category"])
    lines = lines[lines["order_date"] < day + DAY].assign(day=lines["order_date"].dt.normalize())
    first = purchase_days(orders, day).groupby("customer_id")["day"].min()
    own_first = lines["customer_id"].map(first)
    bought = goods_bought(lines)
    category_first = bought.groupby(["customer_id", "category"], observed=True)["day"].transform("min")
    new_category = (bought["day"] == category_first).reindex(lines.index, fill_value=False)
    phase = np.select([lines["day"] <= own_first, new_category], ["acquire", "develop"], "keep")
    cost = needed(lines, "orders", ["cost"])["cost"] if margin is None else lines["amount"] * (1 - margin)
    counted = lines.assign(phase=phase, margin=lines["amount"] - cost)[lines["day"] >= begin]
    table = counted.groupby("phase")[["amount", "margin"]].sum().reindex(list(PHASES), fill_value=0.0)
    table = table.rename(columns={"amount": "revenue"})
    months = (begin.to_period("M"), day.to_period("M"))
    budget = {
        "acquire": _between(spend, months, "acquisition"),
        "keep": _between(spend, months, "retention", "service"),
        "develop": 0.0,
    }
    if campaigns is not None and {"cost", "date"} <= set(campaigns):
        inside = (campaigns["date"] >= begin) & (campaigns["date"] < day + DAY)
        budget["develop"] = float(campaigns.loc[inside, "cost"].sum())
    table.insert(0, "budget", pd.Series(budget))
    table["result"] = table["margin"] - table["budget"]
    table["roi"] = table["result"] / table["budget"].where(table["budget"] > 0)
    return table.rename_axis("phase")


def _between(spend: pd.DataFrame, months: tuple[pd.Period, pd.Period], *purposes: str) -> float:
    money = _of_purpose(spend, *purposes)
    return float(money.loc[(money["month"] >= months[0]) & (money["month"] <= months[1]), "amount"].sum())


def _of_purpose(spend: pd.DataFrame, *purposes: str) -> pd.DataFrame:
    money = needed(spend, "spend", ["month", "purpose", "amount"])
    money = money[money["purpose"].astype(str).isin(purposes)]
    month = pd.to_datetime(money["month"]).dt.to_period("M")
    channel = money["channel"].astype("object").fillna("none").astype(str) if "channel" in money else "none"
    return money.assign(month=month, channel=channel)
