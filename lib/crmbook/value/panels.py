"""Controls over value: move discount rate and horizon, cost and margin, and see at once what customers are worth.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import ipywidgets as widgets
import pandas as pd

from crmbook import value
from crmbook.figures import controls
from crmbook.figures.wording import money, percent
from crmbook.locale import text
from crmbook.value import charts as draw
from crmbook.value import economics

_LONGEST = 36  # months


def horizon(
    customers: pd.DataFrame,
    model: value.ValueModel,
    tiers: pd.Series,
    yearly_rate: float = 0.10,
    months: int = 12,
    margin: float = 1.0,
    currency: str = "",
) -> widgets.VBox:
    """Return a panel on which discount rate and horizon can be moved.

    Parameters
    ----------
    customers, model, margin
        As for `crmbook.value.lifetime_value`. The coming months are worked out once; moving a control only adds
        them up.
    tiers : Series
        Each customer's tier, by ``customer_id``.
    yearly_rate, months
        What the sliders stand at first; they reach 40 % and 36 months, further where they are given more.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the rate
        (``crmbook-horizon-rate``), the months (``crmbook-horizon-months``), a line of words (``crmbook-words``), the
        figure (``crmbook-horizon-figure``).

    Raises
    ------
    DataError
        As `crmbook.value.monthly_value` and `crmbook.value.discounted`.
    """
    longest = max(_LONGEST, months)
    flow = value.monthly_value(customers, model, tiers, longest, margin)
    value.discounted(flow, yearly_rate, months)  # refuses what is no rate or horizon, which a slider would only cut
    rate = controls.slider("value.panel_rate", yearly_rate, 0.4, "crmbook-horizon-rate")
    ahead = controls.count(text("value.panel_months"), months, 1, longest, "crmbook-horizon-months")

    def look() -> controls.Seen:
        totals = value.discounted(flow, rate.value, ahead.value)
        return {
            "crmbook-words": _horizon_words(flow, totals, ahead.value, currency),
            "crmbook-horizon-figure": draw.value_by_tier(totals, ahead.value, rate.value, currency),
        }

    return controls.answering("value.panel_horizon_question", [rate, ahead], look, kind="crmbook-horizon-panel")


def payback(curve: pd.DataFrame, cost: float, margin: float, currency: str = "") -> widgets.VBox:
    """Return a panel on which the cost of winning a customer and the margin can be moved.

    Parameters
    ----------
    curve : DataFrame, index month
        ``cumulative`` revenue of one group, as `crmbook.value.economics.payback` gives with a margin of 1.
    cost : float
        What winning a customer costs at first; the slider reaches what a customer brings in the whole curve, or twice
        this cost.
    margin : float
        Share of revenue that is margin at first.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the cost
        (``crmbook-payback-cost``), the margin (``crmbook-payback-margin``), a line of words (``crmbook-words``), the
        figure (``crmbook-payback-figure``).

    Examples
    --------
    >>> curve = pd.DataFrame({"cumulative": [30.0, 50.0]}, index=[1, 2])
    >>> payback(curve, cost=20, margin=0.5).children[1].value
    20.0
    """
    end = max(float(curve["cumulative"].max()), 2 * cost, 1.0)
    step = max(round(end / 200), 1)
    price = controls.amount(text("value.panel_cost"), cost, end, step, "crmbook-payback-cost")
    share = controls.slider("value.panel_margin", margin, 1.0, "crmbook-payback-margin")

    def look() -> controls.Seen:
        return {
            "crmbook-words": _payback_words(curve, price.value, share.value, currency),
            "crmbook-payback-figure": draw.payback(curve, price.value, share.value, currency),
        }

    return controls.answering("value.panel_payback_question", [price, share], look, kind="crmbook-payback-panel")


def _horizon_words(flow: pd.DataFrame, totals: pd.Series, months: int, currency: str) -> str:
    plain = float(value.discounted(flow, 0.0, months).sum())
    whole = float(totals.sum())
    return text(
        "value.panel_horizon_words",
        value=money(whole, currency),
        plain=money(plain, currency),
        away=percent(1 - whole / plain) if plain > 0 else "–",
    )


def _payback_words(curve: pd.DataFrame, cost: float, margin: float, currency: str) -> str:
    month = economics.payback_month(curve, cost, margin)
    last = int(curve.index[-1])
    brought = money(float(curve["cumulative"].iloc[-1]) * margin, currency)
    if month is None:
        return text("value.panel_payback_never", months=last, brought=brought)
    return text("value.panel_payback_words", month=month, months=last, brought=brought)
