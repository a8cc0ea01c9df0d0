"""Controls over evaluation: read the scorecard, move what a return hangs on, weigh the criteria of a choice.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from dataclasses import replace

import ipywidgets as widgets
import pandas as pd

from crmbook import evaluation
from crmbook.evaluation import charts as draw
from crmbook.figures import controls
from crmbook.figures.wording import money, percent
from crmbook.locale import text
from crmbook.shared.estimate import Estimate

DRAWS = 2000


def scorecard(card: pd.DataFrame, currency: str = "") -> widgets.VBox:
    """Return a panel on which period and group of the scorecard can be chosen.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.evaluation.scorecard`. It is counted once; choosing only looks up.
    currency : str
        For the money.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the period
        (``crmbook-card-period``; the last one that is over at first), the group (``crmbook-card-group``; all customers
        at first), a line of words (``crmbook-words``), the figure (``crmbook-card-figure``).

    Raises
    ------
    DataError
        ``evaluation_no_card`` for an empty scorecard.
    """
    first = evaluation.last_period(card)
    periods = [str(period) for period in card["period"].unique()]
    groups = [str(tier) for tier in card["tier"].unique()]
    period = controls.choice("evaluation.panel_period", [(one, one) for one in periods], first, "crmbook-card-period")
    named = [(draw.group_name(tier), tier) for tier in groups]
    group = controls.choice("evaluation.panel_group", named, groups[0], "crmbook-card-group")

    def look() -> controls.Seen:
        return {
            "crmbook-words": _card_words(card, period.value, group.value),
            "crmbook-card-figure": draw.changes(card, period.value, group.value, currency),
        }

    return controls.answering("evaluation.panel_card_question", [period, group], look, kind="crmbook-card-panel")


def programme_return(
    assumed: evaluation.Assumptions,
    ranges: Mapping[str, tuple[float, float] | Estimate],
    currency: str = "",
    draws: int = DRAWS,
) -> widgets.VBox:
    """Return a panel on which uplift, cost and discount rate can be moved, with the return and its interval.

    Parameters
    ----------
    assumed : Assumptions
        Where the sliders stand at first.
    ranges : mapping
        As for `crmbook.evaluation.monte_carlo`; each range moves along with its slider and keeps its width.
    currency : str
        For the money.
    draws : int
        Of each redraw, always with the same seed.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), uplift
        (``crmbook-return-uplift``), cost (``crmbook-return-cost``), discount rate (``crmbook-return-rate``), a line of
        words (``crmbook-words``), the figure (``crmbook-return-figure``).
    """
    dearest = max(2 * assumed.cost_per_customer, 10.0)
    uplift = controls.slider(
        "evaluation.panel_uplift", assumed.uplift, max(0.5, 2 * assumed.uplift), "crmbook-return-uplift"
    )
    step = max(1.0, round(dearest / 100))
    said = text("evaluation.panel_cost")
    cost = controls.amount(said, assumed.cost_per_customer, dearest, step, "crmbook-return-cost")
    rate = controls.slider("evaluation.panel_rate", assumed.rate, 0.4, "crmbook-return-rate")

    def look() -> controls.Seen:
        moved = replace(assumed, uplift=uplift.value, cost_per_customer=cost.value, rate=rate.value)
        spread = evaluation.monte_carlo(moved, _along(ranges, assumed, moved), draws)
        words = _return_words(moved, spread, currency)
        return {"crmbook-words": words, "crmbook-return-figure": draw.returns(spread, currency)}

    return controls.answering(
        "evaluation.panel_return_question", [uplift, cost, rate], look, kind="crmbook-return-panel"
    )


def decide(
    options: pd.DataFrame,
    weights: Mapping[str, float],
    lower_is_better: Collection[str] = (),
    scale: tuple[float, float] | None = None,
) -> widgets.VBox:
    """Return a panel on which the weights of a choice can be moved.

    Parameters
    ----------
    options, weights, lower_is_better, scale
        As for `crmbook.evaluation.decide`; the sliders stand at the weights at first.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), a slider for each criterion
        (``crmbook-weight-<criterion>``), a line of words (``crmbook-words``), the figure (``crmbook-choice-figure``).

    Examples
    --------
    >>> options = pd.DataFrame({"quality": [5, 3], "cost": [400, 200]}, index=["S1", "S2"])
    >>> decide(options, {"quality": 3, "cost": 1}, ["cost"]).children[1].value
    3.0
    """
    often = evaluation.robustness(evaluation.decide(options, weights, lower_is_better, scale))["wins"]
    end = max(10.0, *weights.values())
    sliders = {
        str(code): controls.amount(
            html.unescape(draw.criterion_name(str(code))),
            float(weight),
            end,
            0.5,
            f"crmbook-weight-{code}",
            readout=".1f",
        )
        for code, weight in weights.items()
    }

    def look() -> controls.Seen:
        given = {code: slider.value for code, slider in sliders.items()}
        if not sum(given.values()) > 0:
            return {"crmbook-words": text("evaluation.panel_choice_zero")}
        found = evaluation.decide(options, given, lower_is_better, scale)
        return {"crmbook-words": _choice_words(found, often), "crmbook-choice-figure": draw.choice(found)}

    return controls.answering(
        "evaluation.panel_choice_question", [*sliders.values()], look, kind="crmbook-choice-panel"
    )


def _along(
    ranges: Mapping[str, tuple[float, float] | Estimate], before: evaluation.Assumptions, now: evaluation.Assumptions
) -> dict[str, tuple[float, float] | Estimate]:
    """The ranges, each moved as far as its assumption was."""
    moved: dict[str, tuple[float, float] | Estimate] = {}
    for code, given in ranges.items():
        step = getattr(now, code) - getattr(before, code)
        if isinstance(given, Estimate):
            moved[code] = replace(given, value=given.value + step, low=given.low + step, high=given.high + step)
        else:
            moved[code] = (given[0] + step, given[1] + step)
    return moved


def _card_words(card: pd.DataFrame, period: str, tier: str) -> str:
    own = card[(card["period"] == period) & (card["tier"] == tier)]
    if own["verdict"].eq("unknown").all():
        return draw.changes_title(card, period, tier)

    def named(verdict: str) -> str:
        found = [draw.indicator_name(code) for code in own.loc[own["verdict"] == verdict, "indicator"]]
        return text("charts.and").join(found) or text("evaluation.panel_none")

    facts = {"group": draw.group_name(tier), "period": period, "better": named("better"), "worse": named("worse")}
    return text("evaluation.panel_card_words", **facts)


def _return_words(assumed: evaluation.Assumptions, spread: evaluation.Spread, currency: str) -> str:
    return text(
        "evaluation.panel_return_words",
        roi=percent(spread.roi.value),
        low=percent(spread.roi.low),
        high=percent(spread.roi.high),
        npv=money(spread.npv.value, currency),
        gains=percent(spread.gains),
        edge=percent(evaluation.break_even(assumed, "uplift")),
    )


def _choice_words(found: evaluation.Decision, often: pd.Series) -> str:
    if found.ranking["rank"].iloc[1] == 1:
        return draw.choice_title(found)
    return text("evaluation.panel_choice_words", winner=found.winner, wins=percent(float(often[found.winner])))
