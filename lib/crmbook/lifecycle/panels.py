"""Controls over the lifecycle: move the churn window, set a win-back budget, and see at once what follows.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import ipywidgets as widgets
import pandas as pd
from pandas.io.formats.style import Styler

from crmbook.figures import controls
from crmbook.figures.table import show
from crmbook.figures.wording import money, percent
from crmbook.lifecycle import charts as draw
from crmbook.lifecycle import winback
from crmbook.locale import text


def window(table: pd.DataFrame, days: float, currency: str = "") -> widgets.VBox:
    """Return a panel on which the churn window can be moved.

    Parameters
    ----------
    table : DataFrame
        From `crmbook.lifecycle.windows`: the panel only looks rows up.
    days : float
        Where the slider stands at first: the window of the table that is nearest.
    currency : str
        Of the revenue.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the slider
        (``crmbook-window-days``), a line of words (``crmbook-words``), the figure (``crmbook-window-figure``).

    Examples
    --------
    >>> stages = {"prospect": 1, "contacted": 1, "active": 3, "loyal": 2, "churned": 3}
    >>> rates = {"churn": 0.1, "low": 0, "high": 0.4, "churned_revenue": 9.0, "due": 1, "at_risk": 20.0}
    >>> window(pd.DataFrame([stages | rates], index=[30]), 30).children[1].value
    30
    """
    choices = [int(window) for window in table.index]
    slider = widgets.SelectionSlider(
        options=choices,
        value=min(choices, key=lambda window: abs(window - days)),
        description=text("lifecycle.window_days"),
        style=controls.WORDED,
        layout=controls.WIDE,
    ).add_class("crmbook-window-days")

    def look() -> controls.Seen:
        row = table.loc[slider.value]
        return {"crmbook-words": _window_words(row, currency), "crmbook-window-figure": draw.stage_counts(row)}

    return controls.answering("lifecycle.window_question", [slider], look, kind="crmbook-window-panel")


def calls(
    worth: pd.Series, uplift: float, cost: float, budget: float, rows: int = 8, currency: str = ""
) -> widgets.VBox:
    """Return a panel on which the budget of a win-back can be moved.

    Parameters
    ----------
    worth : Series
        What each lost customer is expected to bring on return, by ``customer_id``.
    uplift, cost, budget : float
        As for `crmbook.lifecycle.winback.plan_calls`; the slider runs from nothing to what calling everybody worth it
        costs.
    rows : int
        How many of those to be called the list shows.
    currency : str
        Of the money.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the slider
        (``crmbook-call-budget``), a line of words (``crmbook-words``), the figure (``crmbook-call-figure``), the list
        of whom to call (``crmbook-call-list``).

    Examples
    --------
    >>> calls(pd.Series({"a": 100.0, "b": 300.0}), uplift=0.1, cost=5, budget=5).children[1].value
    5.0
    """
    everybody = winback.plan_calls(worth, uplift, cost, cost * max(len(worth), 1))
    most = max(float(everybody["spent"].max()) if len(everybody) else 0.0, cost)
    slider = controls.amount(text("lifecycle.call_budget"), min(budget, most), most, cost, "crmbook-call-budget")

    def look() -> controls.Seen:
        plan = winback.plan_calls(worth, uplift, cost, slider.value)
        called = plan[plan["call"]]
        return {
            "crmbook-words": _call_words(called, uplift, currency),
            "crmbook-call-figure": draw.call_plan(everybody, _spent(called)),
            "crmbook-call-list": _list(called, rows),
        }

    return controls.answering("lifecycle.call_question", [slider], look, kind="crmbook-call-panel")


def _window_words(row: pd.Series, currency: str) -> str:
    return text(
        "lifecycle.window_words",
        rate=percent(row["churn"]),
        low=percent(row["low"]),
        high=percent(row["high"]),
        churned_revenue=money(row["churned_revenue"], currency),
        due=int(row["due"]),
        at_risk=money(row["at_risk"], currency),
    )


def _call_words(called: pd.DataFrame, uplift: float, currency: str) -> str:
    if called.empty:
        return text("lifecycle.call_nobody")
    spent, gained = _spent(called), float(called["expected_return"].iloc[-1])
    return text(
        "lifecycle.call_words",
        customers=len(called),
        cost=money(spent, currency),
        gained=money(gained, currency),
        left=money(gained - spent, currency),
        uplift=f"{uplift * 100:.0f}",
    )


def _spent(called: pd.DataFrame) -> float:
    return float(called["spent"].iloc[-1]) if len(called) else 0.0


def _list(called: pd.DataFrame, rows: int) -> Styler:
    table = called[["value", "gain"]].rename(columns={"value": "expected_worth", "gain": "expected_gain"})
    return show(table.rename_axis("customer_id"), rows=rows)
