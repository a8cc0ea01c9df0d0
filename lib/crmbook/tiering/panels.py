"""Controls over tiering: move the cuts of ABC, change how RFM is scored, and see at once what follows.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import ipywidgets as widgets
import pandas as pd

from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.faults import DataError
from crmbook.data.schemes import Scheme
from crmbook.figures import controls, table
from crmbook.figures.wording import percent
from crmbook.locale import name, text
from crmbook.tiering import charts as draw
from crmbook.tiering import tables


def abc(
    value: pd.Series, hours: Mapping[str, float] | pd.Series | None = None, cuts: Sequence[float] = (0.80, 0.95)
) -> widgets.VBox:
    """Return a panel on which the cuts of ABC can be moved.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer. It is sorted once; moving a cut only looks up.
    hours : mapping or Series of class to float, optional
        Working hours per customer and month in A, B and C; those of the built-in scheme ``abc`` where not given.
    cuts : two floats
        Where the sliders stand at first.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the slider of A
        (``crmbook-abc-cut-a``), the slider of B (``crmbook-abc-cut-b``), a line of words (``crmbook-words``), the
        figure (``crmbook-abc-figure``). B never ends before A: the one that is moved pushes the other.

    Raises
    ------
    DataError
        When there is no customer, a value is missing, or cuts or hours do not make sense.

    Examples
    --------
    >>> panel = abc(pd.Series([80.0, 15, 5]), hours={"A": 2, "B": 1, "C": 0})
    >>> panel.children[1].value
    0.8
    """
    each = schemes.policies(schemes.read("abc"))["hours_each"] if hours is None else pd.Series(dict(hours))
    ranked = tiering.concentration(value)
    cut_a = controls.slider("tiering.abc_cut_a", cuts[0], 1.0, "crmbook-abc-cut-a", start=0.05)
    cut_b = controls.slider("tiering.abc_cut_b", cuts[1], 1.0, "crmbook-abc-cut-b", start=0.05)

    def push(change: dict) -> None:
        if cut_a.value > cut_b.value:
            follower = cut_b if change["owner"] is cut_a else cut_a
            follower.value = change["new"]

    def taken(first: float, second: float) -> tuple[pd.DataFrame, tiering.Capacity]:
        classes = tiering.abc_classes(ranked, (first, second))
        return classes, tiering.capacity(classes["customers"], each)

    at_start = taken(cuts[0], cuts[1])[1].needed

    def look() -> controls.Seen:
        classes, needed = taken(cut_a.value, cut_b.value)
        words = _abc_words(classes, needed, at_start)
        return {"crmbook-words": words, "crmbook-abc-figure": draw.abc_hours(classes, needed)}

    for control in (cut_a, cut_b):
        control.observe(push, "value")
    return controls.answering("tiering.abc_question", [cut_a, cut_b], look, kind="crmbook-abc-panel")


def rfm(
    customers: pd.DataFrame,
    bins: int = 5,
    method: str = "quantile",
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> widgets.VBox:
    """Return a panel on which the way of scoring RFM can be changed.

    Parameters
    ----------
    customers : DataFrame, index customer
        ``recency``, ``frequency``, ``monetary``.
    bins, method
        What the controls stand at first; bins run from 2 to 10.
    cuts : mapping of column to cuts, optional
        Offers fixed cuts as a fourth method, which has as many scores as the cuts make whatever the slider says.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the number of scores
        (``crmbook-rfm-bins``), the method (``crmbook-rfm-method``), a line of words (``crmbook-words``), the segment
        map (``crmbook-rfm-map``), the treemap (``crmbook-rfm-treemap``).

    Raises
    ------
    DataError
        When a column or a value is missing, or bins, method or cuts do not make sense.

    Examples
    --------
    >>> orders = {"recency": [5, 40, 300], "frequency": [9, 2, 1], "monetary": [900.0, 80, 20]}
    >>> rfm(pd.DataFrame(orders)).children[1].value
    5
    """
    methods = [known for known in tiering.METHODS if known != "fixed" or cuts is not None]
    slider = controls.count(text("tiering.rfm_bins"), bins, 2, 10, "crmbook-rfm-bins")
    choice = controls.choice(
        "tiering.rfm_method", [(name(known), known) for known in methods], method, "crmbook-rfm-method"
    )

    @cache  # whoever compares goes back and forth
    def scored(asked: int, way: str) -> controls.Seen:
        found, steps = _scored(customers, asked, way, cuts)
        report = tiering.segment_report(customers, found["segment"])
        cells, areas = draw.segment_map(found, steps), draw.segment_treemap(report)
        return {"crmbook-words": _rfm_words(found, steps), "crmbook-rfm-map": cells, "crmbook-rfm-treemap": areas}

    def look() -> controls.Seen:
        return scored(int(slider.value), str(choice.value))

    return controls.answering("tiering.rfm_question", [slider, choice], look, kind="crmbook-rfm-panel")


def _scored(
    customers: pd.DataFrame, bins: int, method: str, cuts: Mapping[str, Sequence[float]] | None
) -> tuple[pd.DataFrame, int]:
    if method != "fixed" or not cuts:
        return tiering.rfm(customers, bins, method), bins
    bins = len(next(iter(cuts.values()))) + 1
    return tiering.rfm(customers, bins, method, cuts), bins


def _rfm_words(scored: pd.DataFrame, bins: int) -> str:
    cells = tiering.score_cells(scored, bins)
    best = int(cells.to_numpy()[-1, -1])
    return text(
        "tiering.rfm_words",
        best=best,
        share=percent(best / len(scored)),
        empty=int((cells == 0).to_numpy().sum()),
        cells=cells.size,
    )


def _abc_words(classes: pd.DataFrame, needed: tiering.Capacity, at_start: float) -> str:
    a, b, c = (int(count) for count in classes["customers"])
    change = round(needed.needed - at_start)
    way = "abc_more" if change > 0 else "abc_less" if change < 0 else "abc_as_at_start"
    compared = text(f"tiering.{way}", change=abs(change))
    return text("tiering.abc_words", a=a, b=b, c=c, hours=needed.needed, compared=compared)


def customer(
    customers: pd.DataFrame, found: pd.DataFrame, scheme: Scheme, currency: str = "", most: int = 50
) -> widgets.VBox:
    """Return a panel that goes through a list, a customer at a time: tier, why, how near the next one is.

    Parameters
    ----------
    customers : DataFrame, index customer
        All of them, as `crmbook.tiering.reasons` was given them.
    found : DataFrame, index customer
        What it gave, in the order in which customers are to be looked at.
    scheme : Scheme
    currency : str
    most : int
        How many customers of the list can be chosen.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the place in the list
        (``crmbook-customer-place``), a line of words (``crmbook-words``), the figures that the scheme looks at
        (``crmbook-customer-facts``).

    Raises
    ------
    DataError
        When the list is empty.
    """
    if len(found) == 0:
        raise DataError("tiering_no_customers", column="customer_id")
    listed = tables.tier_list(customers, found.head(most), scheme, currency=currency)
    place = controls.count(text("tiering.customer_place"), 1, 1, len(listed), "crmbook-customer-place")

    def look() -> controls.Seen:
        who = listed.index[place.value - 1]
        row = listed.loc[who]
        said = text("tiering.customer_card", customer=who, tier=row["tier"], why=row["why"], step=row["next_step"])
        facts = customers.loc[[who], scheme.columns].rename_axis("customer_id")
        return {"crmbook-words": said, "crmbook-customer-facts": table.show(facts)}

    return controls.answering("tiering.customer_question", [place], look, kind="crmbook-customer-panel")


def limit(customers: pd.DataFrame, scheme: Scheme, tier: str) -> widgets.VBox:
    """Return a panel on which the limit of a tier can be moved, for schemes with fixed limits.

    Parameters
    ----------
    customers : DataFrame, index customer
        As `crmbook.tiering.assign` takes them; ``monetary`` too where revenue is to be seen.
    scheme : Scheme
        Of the rule ``interval`` or ``scorecard``.
    tier : str
        The tier whose lower limit moves; not the last one.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the limit
        (``crmbook-limit-value``), a line of words (``crmbook-words``), the figure (``crmbook-limit-figure``).

    Raises
    ------
    DataError
        As `crmbook.data.schemes.with_limit` and `crmbook.tiering.assign` do.
    """
    low, at, high = schemes.room(scheme, tier)
    values = tiering.ranked_by(customers, scheme)
    low, high = (
        float(end) if math.isfinite(end) else float(bound)
        for end, bound in ((low, min(values.min(), at)), (high, max(values.max(), at)))
    )
    step = max((high - low) / 100, 1e-9)
    slider = controls.amount(
        text("tiering.limit_slider", tier=scheme.names[tier]), at, high, step, "crmbook-limit-value", start=low
    )
    hours = schemes.policies(scheme)["hours_each"]
    money = customers["monetary"] if "monetary" in customers else pd.Series(1.0, customers.index)

    def look() -> controls.Seen:
        moved = schemes.with_limit(scheme, tier, slider.value)
        tiers = tiering.assign(customers, moved)
        report = tiering.segment_report(pd.DataFrame({"monetary": money}), tiers).reindex(moved.codes).fillna(0)
        counts = tiers.value_counts().reindex(moved.codes, fill_value=0)
        needed = tiering.capacity(counts, hours).needed
        listed = text("tiering.why_joined").join(f"{moved.names[code]} {counts[code]:,}" for code in moved.codes)
        words = text("tiering.limit_words", tiers=listed, hours=needed)
        return {"crmbook-words": words, "crmbook-limit-figure": draw.tier_bars(report, moved.names)}

    return controls.answering("tiering.limit_question", [slider], look, kind="crmbook-limit-panel")
