"""Campaigns with a hold-out group: what an offer brought that would not have come anyway, and whom to call next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmbook.data.faults import DataError
from crmbook.shared.campaigns import responses
from crmbook.shared.checked import needed
from crmbook.shared.estimate import Estimate, TwoShares, Z, two_proportions, welch


@dataclass(frozen=True)
class CampaignEffect:
    """What a campaign brought within a number of days, against the customers who were held out.

    Attributes
    ----------
    returned : TwoShares
        Customers who bought: treated, held out, and the uplift.
    revenue, margin : Estimate
        Difference per customer, treated less held out (Welch interval). Margin is NaN where costs are unknown.
    cost : float
        Spent on the treated, all together.
    cost_per_return : float
        Cost for each treated customer who bought; many would have come anyway.
    cost_per_extra_return : Estimate
        Cost for each one who would not have come: cost ÷ (uplift × treated). A bound is NaN where the uplift could be
        zero or less: then it cannot be said what a return costs.
    gain : Estimate
        Margin (revenue, where costs are unknown) that the treated brought more, all together, less the cost.
    days : int
    """

    returned: TwoShares
    revenue: Estimate
    margin: Estimate
    cost: float
    cost_per_return: float
    cost_per_extra_return: Estimate
    gain: Estimate
    days: int


def campaign_effect(
    campaigns: pd.DataFrame, orders: pd.DataFrame, campaign: str, days: int = 60, as_of: object = None
) -> CampaignEffect:
    """Compare the treated customers of a campaign with those held out: uplift, and what a return cost.

    Parameters
    ----------
    campaigns : DataFrame
        As in a book: ``campaign``, ``customer_id``, ``date``, ``arm``, ``cost``. Only a hold-out drawn at random makes
        the difference an effect.
    orders : DataFrame
        Order lines. An order counts when it lies in the ``days`` from the customer's campaign date on, that day
        included.
    campaign : str
        Which one.
    days : int
        How long a purchase is put down to the campaign.
    as_of : date-like, optional
        The last day that counts. Customers whose days are not over by then are left out of both groups.

    Raises
    ------
    DataError
        ``winback_campaign`` when there is no such campaign; ``winback_arm`` when one of the groups is empty (or not
        over yet).

    Examples
    --------
    >>> when = pd.Timestamp("2024-03-01")
    >>> sent = pd.DataFrame({"campaign": "back", "customer_id": list("abcd"), "date": when, "cost": [4, 4, 0, 0],
    ...                      "arm": ["treated", "treated", "holdout", "holdout"]})
    >>> day = when + pd.Timedelta(days=3)
    >>> bought = pd.DataFrame({"order_id": [1], "customer_id": ["a"], "order_date": [day], "amount": [50.0]})
    >>> campaign_effect(sent, bought, "back", as_of="2024-06-01").cost_per_extra_return.value
    8.0
    """
    found = responses(campaigns, orders, campaign, days, as_of)
    treated, held = found[found["arm"] == "treated"], found[found["arm"] == "holdout"]
    if treated.empty or held.empty:
        raise DataError("winback_arm", campaign=campaign, treated=len(treated), holdout=len(held), days=days)
    came = two_proportions(int(treated["bought"].sum()), len(treated), int(held["bought"].sum()), len(held))
    revenue = welch(treated["revenue"], held["revenue"])
    margin = welch(treated["margin"], held["margin"])
    cost, n = float(treated["cost"].sum()), len(treated)
    money = margin if np.isfinite(margin.value) else revenue
    uplift = came.difference

    def each(extra: float) -> float:
        return cost / (extra * n) if extra > 0 else np.nan

    return CampaignEffect(
        returned=came,
        revenue=revenue,
        margin=margin,
        cost=cost,
        cost_per_return=cost / int(treated["bought"].sum()) if treated["bought"].any() else np.nan,
        cost_per_extra_return=Estimate(each(uplift.value), each(uplift.high), each(uplift.low), n),
        gain=Estimate(money.value * n - cost, money.low * n - cost, money.high * n - cost, n),
        days=days,
    )


def measured_uplift(
    campaigns: pd.DataFrame | None,
    orders: pd.DataFrame,
    campaign: str,
    otherwise: float,
    days: int = 60,
    as_of: object = None,
) -> float:
    """Return by how much a campaign raised the probability of a return, or a figure set by hand where none tells.

    Parameters
    ----------
    campaigns, orders, campaign, days, as_of
        As for ``campaign_effect``.
    otherwise : float
        What to go by where the data hold no such campaign with both groups.

    Examples
    --------
    >>> measured_uplift(None, pd.DataFrame({"order_date": [pd.Timestamp("2024-01-01")]}), "back", otherwise=0.1)
    0.1
    """
    try:
        return campaign_effect(needed(campaigns, "campaigns"), orders, campaign, days, as_of).returned.difference.value
    except DataError as refusal:
        if refusal.code in ("table_needed", "column_needed", "winback_campaign", "winback_arm"):
            return otherwise
        raise


def yearly_worth(customers: pd.DataFrame) -> pd.Series:
    """Return what each customer brought a year while he was buying: the least that a return is hoped to bring again.

    Returns
    -------
    Series
        Margin (money, where costs are unknown) ÷ (days from first to last purchase + 90) × 365, by ``customer_id``. The
        90 days keep a customer of one purchase from counting as somebody who would buy every day.

    Examples
    --------
    >>> yearly_worth(pd.DataFrame({"monetary": [365.0], "t_x": [275.0]})).tolist()
    [365.0]
    """
    known = "margin" in customers and customers["margin"].notna().any()
    money = needed(customers, "customers", ["t_x"])["margin" if known else "monetary"]
    return (money / (customers["t_x"] + 90) * 365).rename("yearly_worth")


def plan_calls(value: pd.Series, uplift: float | pd.Series, cost: float, budget: float) -> pd.DataFrame:
    """Choose whom to call within a budget: the customers whose expected gain is highest, as long as there is one.

    Parameters
    ----------
    value : Series
        What a returning customer is expected to bring (margin), by ``customer_id``.
    uplift : float or Series
        By how much a call raises the probability of a return, from ``campaign_effect``; one figure, or one for each
        customer.
    cost : float
        Of a call, above zero.
    budget : float
        Money to spend.

    Returns
    -------
    DataFrame
        All customers, best first: ``value``, ``uplift``, ``gain`` (uplift × value − cost), ``spent`` and
        ``expected_return`` (running sums over those called), ``call``.

    Raises
    ------
    DataError
        ``winback_cost`` for a cost of zero or less, or a negative budget; ``winback_chance`` for an uplift beyond 1.

    Examples
    --------
    >>> plan_calls(pd.Series({"a": 100.0, "b": 300.0, "c": 10.0}), uplift=0.1, cost=5, budget=12)["call"].to_dict()
    {'b': True, 'a': True, 'c': False}
    """
    if not cost > 0 or budget < 0:
        raise DataError("winback_cost", cost=cost, budget=budget)
    table = pd.DataFrame({"value": value, "uplift": uplift}, index=value.index)
    beyond = table["uplift"].abs() > 1
    if beyond.any():
        raise DataError("winback_chance", uplift=f"{table['uplift'][beyond].iloc[0]:g}")
    table["gain"] = table["uplift"] * table["value"] - cost
    table = table.sort_values("gain", ascending=False, kind="stable")
    place = np.arange(1, len(table) + 1)
    call = (table["gain"] > 0) & (place * cost <= budget)
    return table.assign(
        spent=call.cumsum() * cost, expected_return=(table["gain"] + cost).where(call, 0.0).cumsum(), call=call
    )


def required_customers(base: float, uplift: float) -> int:
    """Return how many customers each group needs to find an uplift with 80 % power at the 5 % level, two-sided.

    Examples
    --------
    >>> required_customers(base=0.05, uplift=0.05)
    435
    """
    if not (0 < base < 1 and 0 < base + uplift < 1 and uplift != 0):
        raise DataError("winback_uplift", base=base, uplift=uplift)
    other = base + uplift
    mean = (base + other) / 2
    power = 0.8416212335729143  # the 80 % point of the normal distribution
    spread = Z * np.sqrt(2 * mean * (1 - mean)) + power * np.sqrt(base * (1 - base) + other * (1 - other))
    return int(np.ceil((spread / uplift) ** 2))
