"""Controls over tiering: move the cuts of ABC, change how RFM is scored, and see at once what follows.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import ipywidgets as widgets
import pandas as pd

from crmbook import tiering
from crmbook.data import schemes
from crmbook.figures import controls
from crmbook.figures.wording import percent
from crmbook.locale import name, text
from crmbook.tiering import charts as draw


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
