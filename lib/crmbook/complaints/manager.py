"""What complaints tell the manager: how many, how long, who waits, what is behind them and what recovery brings."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from crmbook.complaints.service_recovery import Recovery
from crmbook.complaints.tickets import quantile
from crmbook.data.load import Book
from crmbook.figures.wording import percent
from crmbook.locale import text
from crmbook.shared.estimate import Estimate
from crmbook.shared.told import Action, Finding, Told, leaves_out, share_of, told, within


def findings(
    book: Book,
    tickets: pd.DataFrame | None = None,
    months: pd.DataFrame | None = None,
    rates: Mapping[str, Estimate] | None = None,
    curve: pd.DataFrame | None = None,
    kept: pd.DataFrame | None = None,
    late: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
    found: Recovery | None = None,
    at_stake: pd.DataFrame | None = None,
    to_call: pd.DataFrame | None = None,
    spent: pd.Series | None = None,
    flags: pd.DataFrame | None = None,
    **_: object,
) -> Told:
    """Choose what the complaints lesson tells the manager, from what its cells have set.

    Parameters
    ----------
    book : Book
        Complaints, orders or a survey are needed.
    tickets, months, rates, curve, kept, late, places, found, at_stake, to_call, spent, flags
        The lesson's results by their names there; None for one whose cell is closed.

    Raises
    ------
    DataError
        When there are neither complaints, nor orders, nor a survey.
    """
    if book.tickets is None and book.survey is None:
        book.need("orders")
    recovery = found if isinstance(found, Recovery) else None
    worst = _worst(places, rates)
    return told(
        [
            _unhappy(flags, spent, at_stake),
            _rate(rates, months),
            _time(curve),
            _promise(kept),
            _recovered(recovery),
            _place(worst, places),
        ],
        [
            _overdue(late, book.as_of),
            _close_loop(to_call, book.as_of),
            None
            if worst is None
            else Action(
                text("complaints.do_place", place=str(worst.name)),
                "management",
                within(book.as_of, 30),
                listed="complaints-by-place",
            ),
        ],
    )


def _unhappy(flags: pd.DataFrame | None, spent: pd.Series | None, at_stake: pd.DataFrame | None) -> Finding | None:
    if flags is None or spent is None or flags.empty:
        return None
    money = float(spent.reindex(flags.index).clip(lower=0).sum())
    size = share_of(money, float(spent.clip(lower=0).sum()))
    said = text("complaints.finding_unhappy", count=len(flags), share=percent(size))
    silent = int((~flags["complaint"]).sum()) if "complaint" in flags else 0
    return Finding(said, 6, size, True, text("complaints.finding_unhappy_beside", count=silent), money)


def _rate(rates: Mapping[str, Estimate] | None, months: pd.DataFrame | None) -> Finding | None:
    """The complaint rate, and whether it is higher in the last twelve months than before."""
    if not isinstance(rates, Mapping) or "complaint_rate" not in rates or months is None:
        return None
    from crmbook.complaints.rates import complaint_rate

    whole = months[~months["partial"]]
    now, then = whole.tail(12), whole.iloc[:-12]
    if len(whole) < 24 or not now["orders"].sum() or not then["orders"].sum():
        return None
    recent, before = (complaint_rate(int(part["complaints"].sum()), int(part["orders"].sum())) for part in (now, then))
    certain = recent.low > before.high or recent.high < before.low
    key = (
        "finding_rate_same"
        if not certain
        else "finding_rate_up"
        if recent.value > before.value
        else "finding_rate_down"
    )
    said = text(f"complaints.{key}", now=f"{recent.value:.0f}", then=f"{before.value:.0f}")
    beside = text("summary.interval", low=f"{recent.low:.0f}", high=f"{recent.high:.0f}")
    return Finding(said, 4, min(1.0, recent.value / 100), certain, beside)


def _time(curve: pd.DataFrame | None) -> Finding | None:
    if curve is None or curve.empty:
        return None
    half, most = quantile(curve), quantile(curve, 0.9)
    if math.isnan(half):
        return None
    key = "finding_time" if not math.isnan(most) else "finding_time_open"
    said = text(f"complaints.{key}", half=f"{half / 24:.1f}", most=f"{most / 24:.1f}")
    return Finding(said, 2, 0.2, True, text("complaints.finding_time_beside"))


def _promise(kept: pd.DataFrame | None) -> Finding | None:
    if kept is None or "all" not in kept.index:
        return None
    row = kept.loc[["all"]].iloc[0]
    if not row["met"] + row["missed"]:
        return None
    said = text("complaints.finding_promise", share=percent(1 - row["rate"]), count=int(row["n"]))
    beside = text("summary.interval", low=percent(1 - row["high"]), high=percent(1 - row["low"]))
    return Finding(said, 3, float(1 - row["rate"]), True, beside)


def _recovered(found: Recovery | None) -> Finding | None:
    if found is None or "recovered_unrecovered" not in found.effects.index:
        return None
    row = found.effects.loc[["recovered_unrecovered"]].iloc[0]
    if math.isnan(row["value"]):
        return None
    effect = Estimate(row["value"], row["low"], row["high"], int(row["n"]))
    certain = leaves_out(effect)
    said = text(f"complaints.finding_recovery{'' if certain else '_open'}", points=f"{100 * effect.value:.0f}")
    beside = text(
        "complaints.finding_points", low=f"{100 * effect.low:.0f}", high=f"{100 * effect.high:.0f}", count=effect.n
    )
    return Finding(said, 7, min(1.0, abs(effect.value)), certain, beside)


def _worst(places: pd.DataFrame | None, rates: Mapping[str, Estimate] | None) -> pd.Series | None:
    """Return the place whose complaints per order lie above the rate of all by more than chance, the most of them."""
    if places is None or not isinstance(rates, Mapping) or "complaint_rate" not in rates:
        return None
    above = places[(places["low"] > rates["complaint_rate"].value) & (places.index.astype(str) != "unknown")]
    return None if above.empty else above.sort_values("complaints").iloc[-1]


def _place(worst: pd.Series | None, places: pd.DataFrame | None) -> Finding | None:
    if worst is None or places is None:
        return None
    said = text(
        "complaints.finding_place",
        place=str(worst.name),
        rate=f"{worst['rate']:.0f}",
        count=int(worst["complaints"]),
    )
    beside = text("summary.interval", low=f"{worst['low']:.0f}", high=f"{worst['high']:.0f}")
    return Finding(said, 5, float(worst["share"]), True, beside)


def _overdue(late: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if late is None:
        return None
    return Action(
        text("complaints.do_overdue"), "service", within(as_of, 3), late["customer_id"].nunique(), "overdue-tickets"
    )


def _close_loop(to_call: pd.DataFrame | None, as_of: pd.Timestamp) -> Action | None:
    if to_call is None:
        return None
    worth = float(to_call["monetary"].clip(lower=0).sum()) if "monetary" in to_call else math.nan
    return Action(text("complaints.do_call"), "service", within(as_of, 7), len(to_call), "close-the-loop", worth)
