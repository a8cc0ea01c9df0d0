"""Controls over complaints: promise other hours and see who is overdue; look for the place and month of the trouble.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from dataclasses import replace

import ipywidgets as widgets
import pandas as pd

from crmbook import complaints
from crmbook.complaints import charts as draw
from crmbook.data.faults import DataError
from crmbook.figures import controls
from crmbook.figures.wording import number
from crmbook.locale import label, name, text
from crmbook.shared.purchases import end_of

STEPS = ("resolution", "first_response")
PLACES = ("category", "product_id", "severity", "channel", "store")
LONGEST = 240  # hours up to which can be promised
NAMED = 5  # overdue customers named; the list has them all


def sla(tickets: pd.DataFrame, as_of: object, promise: complaints.Promise) -> widgets.VBox:
    """Return a panel on which the hours that are promised can be moved.

    Parameters
    ----------
    tickets : DataFrame
        As for `crmbook.complaints.sla`, with ``customer_id``.
    as_of : str, date or Timestamp
        The last day that counts.
    promise : Promise
        By severity: where the sliders and the choice of the step (``resolution``, ``first_response``) stand at first.
        The choice is offered where the tickets say when they were answered.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the step
        (``crmbook-sla-step``), a slider for each severity met (``crmbook-sla-hours``), a line of words
        (``crmbook-words``), the figure (``crmbook-sla-figure``).

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 2)
    >>> frame = pd.DataFrame({"customer_id": ["C1", "C2"], "opened_at": opened, "closed_at": [opened[0], pd.NaT]})
    >>> promise = complaints.Promise({1: 72, 3: 24})
    >>> sla(frame.assign(severity=[1, 3]), "2024-01-31", promise).children[2].value
    72
    """
    steps = [known for known in STEPS if known == "resolution" or "first_response_at" in tickets]
    promise = replace(promise, step=promise.step if promise.step in steps else steps[0])
    kept = complaints.sla(tickets, as_of, promise)
    grades = [group for group in kept.index if group != "all" or len(kept) == 1]
    choice = controls.choice(
        "complaints.sla_step", [(name(known), known) for known in steps], promise.step, "crmbook-sla-step"
    )
    sliders = {grade: _hours(draw.grade(grade), promise.limit(grade)) for grade in grades}

    def look() -> controls.Seen:
        moved = complaints.Promise({grade: slider.value for grade, slider in sliders.items()}, choice.value)
        found = complaints.sla(tickets, as_of, moved)
        words = _sla_words(tickets, as_of, found, moved)
        return {"crmbook-words": words, "crmbook-sla-figure": draw.promises(found, moved)}

    return controls.answering("complaints.sla_question", [choice, *sliders.values()], look, kind="crmbook-sla-panel")


def where(tickets: pd.DataFrame, orders: pd.DataFrame, as_of: object) -> widgets.VBox:
    """Return a panel that counts complaints by what the tickets hold, and follows one of them by month.

    Parameters
    ----------
    tickets : DataFrame
        ``opened_at`` and at least one of ``category``, ``product_id``, ``severity``, ``channel`` and ``store``.
    orders : DataFrame
        Order lines. The rate is for 1,000 of all orders, whatever is chosen.
    as_of : str, date or Timestamp
        The last day that counts.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), what to count by
        (``crmbook-where-group``), the Pareto chart (``crmbook-where-causes``), which of them to follow
        (``crmbook-where-which``), a line of words (``crmbook-words``), the control chart (``crmbook-where-months``).

    Raises
    ------
    DataError
        As `crmbook.complaints.monthly`, and when the tickets have none of the columns.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-05")
    >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": "C1", "order_date": [day], "amount": 9.0})
    >>> tickets = pd.DataFrame({"opened_at": [day], "category": ["delivery"]})
    >>> where(tickets, orders, "2024-01-31").children[1].value
    'category'
    """
    places = [place for place in PLACES if place in tickets]
    if not places:
        raise DataError("tickets_no_column", column=PLACES[0])
    months = complaints.monthly(tickets, orders, as_of)
    known = tickets[tickets["opened_at"] < end_of(as_of)]
    counts = {place: _by_month(known, place, months.index) for place in places}
    offered = [(label(place), place) for place in places]
    choice = controls.choice("complaints.where_group", offered, places[0], "crmbook-where-group")
    which = widgets.SelectionSlider(
        options=_choices(counts[places[0]]),
        description=text("complaints.where_which"),
        style=controls.WORDED,
        layout=controls.WIDE,
        continuous_update=True,
    ).add_class("crmbook-where-which")
    chart, of, said = _followed(counts[places[0]], months["orders"], 0)
    words = controls.words(said)
    pareto = controls.shown(draw.causes(counts[places[0]].sum(), places[0]), "crmbook-where-causes")
    line = controls.shown(draw.control_chart(chart, of=of), "crmbook-where-months")

    def follow(_: dict) -> None:
        chart, of, said = _followed(counts[choice.value], months["orders"], which.value)
        words.value = controls.spoken(said)
        controls.redraw(line, draw.control_chart(chart, of=of))

    def count_by(_: dict) -> None:
        controls.redraw(pareto, draw.causes(counts[choice.value].sum(), choice.value))
        which.options = _choices(counts[choice.value])  # goes back to the first, and so draws the months

    choice.observe(count_by, "value")
    which.observe(follow, "index")
    return controls.panel("complaints.where_question", choice, pareto, which, words, line, kind="crmbook-where-panel")


def _by_month(tickets: pd.DataFrame, place: str, months: pd.Index) -> pd.DataFrame:
    """Complaints of each month (row) and cause (column), the most frequent cause first."""
    cause = tickets[place].astype("object").where(tickets[place].notna(), "unknown")
    if place == "severity":
        cause = cause.map(draw.grade)
    table = pd.crosstab(tickets["opened_at"].dt.to_period("M"), cause.to_numpy())
    ranked = complaints.pareto(table.sum())
    return table.reindex(index=months, columns=ranked.index, fill_value=0)


def _choices(counts: pd.DataFrame) -> list[tuple[str, int]]:
    first = counts.columns[: draw.MOST_CAUSES]
    return [(text("complaints.where_all"), 0), *((name(cause), place) for place, cause in enumerate(first, start=1))]


def _followed(counts: pd.DataFrame, orders: pd.Series, which: int) -> tuple[pd.DataFrame, str, str]:
    monthly = counts.iloc[:, which - 1] if which else counts.sum(axis=1)
    of = name(counts.columns[which - 1]) if which else text("complaints.where_all")
    count, rate = int(monthly.sum()), complaints.complaint_rate(int(monthly.sum()), int(orders.sum()))
    said = text("complaints.where_words", which=of, count=count, rate=number(rate.value))
    return complaints.u_chart(monthly, orders), of, said


def _sla_words(tickets: pd.DataFrame, as_of: object, kept: pd.DataFrame, promise: complaints.Promise) -> str:
    total = {part: int(kept[part]["all"]) for part in ("met", "missed", "pending")}
    judged = text("complaints.sla_words", **total)
    late = complaints.overdue(tickets, as_of, promise)
    if late.empty:
        return f"{judged} {text('complaints.sla_overdue_none')}"
    named = late[["customer_id", "hours_over"]].head(NAMED).itertuples(index=False)
    first = text("charts.and").join(_waits(customer, over) for customer, over in named)
    return f"{judged} {text('complaints.sla_overdue', count=len(late), first=first)}"


def _waits(customer: object, over: float) -> str:
    if over <= 72:
        return text("complaints.sla_overdue_hours", customer=customer, time=f"{over:,.0f}")
    return text("complaints.sla_overdue_days", customer=customer, time=f"{over / 24:,.0f}")


def _hours(grade: str, hours: float) -> widgets.IntSlider:
    said = text("complaints.sla_hours", grade=grade)
    return controls.count(said, round(hours), 1, max(LONGEST, round(hours)), "crmbook-sla-hours")
