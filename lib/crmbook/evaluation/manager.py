"""What the evaluation tells the manager: what got better or worse by more than chance, and what the programme did."""

from __future__ import annotations

import math

import pandas as pd

from crmbook.data.load import Book
from crmbook.evaluation import tables
from crmbook.evaluation.charts import indicator_name, measured
from crmbook.evaluation.investment import Investment
from crmbook.evaluation.scorecards import last_period
from crmbook.figures.wording import amount, percent
from crmbook.locale import text
from crmbook.shared.estimate import Estimate
from crmbook.shared.told import Action, Finding, Told, leaves_out, told

_ROLES = ("sales", "service", "marketing", "management", "analysis")


def findings(
    book: Book,
    card: pd.DataFrame | None = None,
    effect: Estimate | None = None,
    worth: Investment | None = None,
    actions: pd.DataFrame | None = None,
    compared: object = None,
    **_: object,
) -> Told:
    """Choose what the evaluation lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Its orders are needed.
    card, effect, worth, actions, compared
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are no orders.
    """
    book.need("orders")
    return told(
        [
            *_indicators(card, book.currency),
            _programme(effect, book.currency),
            _return(worth, book.currency),
            _owners(compared),
        ],
        _actions(actions, book.currency),
    )


def _indicators(card: pd.DataFrame | None, currency: str) -> list[Finding]:
    """Return a finding for each indicator that moved by more than chance, its size the relative change."""
    if card is None or card.empty:
        return []
    own = card[
        (card["period"] == last_period(card)) & (card["tier"] == "all") & card["verdict"].isin(["better", "worse"])
    ]
    found = []
    for row in own.to_dict("records"):
        unit = row["unit"]
        facts = {
            "indicator": indicator_name(row["indicator"]),
            "value": measured(row["value"], unit, currency),
            "previous": measured(row["previous"], unit, currency),
        }
        low, high = (measured(row[end], unit, currency) for end in ("low", "high"))
        size = abs(row["change"]) / abs(row["previous"]) if row["previous"] else 0.0
        beside = text("summary.interval", low=low, high=high)
        found.append(Finding(text(f"evaluation.finding_{row['verdict']}", **facts), 2, min(1.0, size), True, beside))
    return found


def _programme(effect: Estimate | None, currency: str) -> Finding | None:
    if not isinstance(effect, Estimate) or math.isnan(effect.value):
        return None
    certain = leaves_out(effect)
    key = "finding_effect_open" if not certain else "finding_effect" if effect.value > 0 else "finding_harm"
    interval = text("summary.interval", low=amount(effect.low, currency), high=amount(effect.high, currency))
    return Finding(text(f"evaluation.{key}", money=amount(abs(effect.value), currency)), 3, 0.5, certain, interval)


def _return(worth: Investment | None, currency: str) -> Finding | None:
    if not isinstance(worth, Investment):
        return None
    key = "finding_pays" if worth.npv > 0 else "finding_does_not_pay"
    said = text(f"evaluation.{key}", roi=percent(abs(worth.roi)), cost=amount(worth.cost, currency))
    return Finding(said, 4, 0.4, True, text("evaluation.finding_npv"), worth.npv)


def _owners(compared: object) -> Finding | None:
    """Told when somebody lies outside the funnel."""
    table = getattr(compared, "table", None)
    if table is None or "position" not in table:
        return None
    outside = table[~table["position"].isin(["within"])]
    if outside.empty:
        return None
    said = text("evaluation.finding_owners", count=len(outside), all=len(table))
    return Finding(said, 5, len(outside) / len(table), True)


def _actions(actions: pd.DataFrame | None, currency: str) -> list[Action]:
    """What follows from a change beyond chance; a limit that nobody has set is no reason to act."""
    if actions is None or actions.empty:
        return []
    worded = tables.actions_in_words(actions, currency).to_dict("records")
    return [
        Action(said["action"], role, said["due"], listed="next-actions")
        for said, role, when in zip(worded, actions["role"], actions["when"], strict=True)
        if role in _ROLES and when == "worse"
    ]
