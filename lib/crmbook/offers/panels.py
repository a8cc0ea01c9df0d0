"""Controls over offers: turn from segment to segment, and see who they are and what could be offered to them next.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import html
from collections.abc import Hashable, Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup

from crmbook import offers
from crmbook.clustering import charts as draw
from crmbook.clustering import portraits
from crmbook.data.faults import DataError
from crmbook.figures import controls
from crmbook.figures.table import show
from crmbook.figures.wording import inline
from crmbook.locale import text
from crmbook.offers import charts as draw_offers

LEVELS = 8
"""Rows of the table of attributes at most, the largest index first."""


def portrait(
    features: pd.DataFrame,
    labels: pd.Series,
    names: Mapping[Any, str],
    recommender: offers.Recommender | None = None,
    attributes: pd.DataFrame | None = None,
) -> widgets.VBox:
    """Return a panel that turns from segment to segment: its portrait, and what to offer it next.

    Parameters
    ----------
    features : DataFrame
        In units that a reader knows.
    labels : Series
        A segment for each customer.
    names : mapping of segment to name
    recommender : Recommender, optional
        Where it is not given, the panel has no offers.
    attributes : DataFrame, optional
        Who they are, by customer: gender, age band, city tier …, a column for each. Where it is given, a table under
        the portrait holds the levels whose share differs from that of all customers.

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the segment
        (``crmbook-segment``), a line of words (``crmbook-words``), the portrait (``crmbook-portrait``), with attributes
        their table (``crmbook-who``) and, with a recommender, the offers (``crmbook-offers``).

    Raises
    ------
    DataError
        For features that cannot be used, or when no customer has a segment.

    Examples
    --------
    >>> frame = pd.DataFrame({"frequency": [1, 2, 9]}, index=["a", "b", "c"])
    >>> panel = portrait(frame, pd.Series([0, 0, 1], index=frame.index), {0: "few", 1: "many"})
    >>> [caption for caption, _ in panel.children[1].options]
    ['few', 'many']
    """
    segments = list(portraits.profile(features, labels).index.unique("segment"))
    pages = {segment: portraits.portrait(features, labels, segment, attributes) for segment in segments}
    offered = {} if recommender is None else _offered(recommender, labels)
    options = [(names[segment], segment) for segment in segments]
    choice = controls.choice("clustering.portrait_choice", options, segments[0], "crmbook-segment")

    def look() -> controls.Seen:
        page, called = pages[choice.value], names[choice.value]
        seen: dict[str, str | go.Figure] = {"crmbook-words": _portrait_words(page)}
        seen["crmbook-portrait"] = draw.portrait(page, called)
        if attributes is not None:
            seen["crmbook-who"] = Markup(_who(page))
        if len(offered) == len(segments):
            seen["crmbook-offers"] = draw_offers.segment_offers(offered[choice.value], called)
        return seen

    return controls.answering("clustering.portrait_question", [choice], look, kind="crmbook-portrait-panel")


def _offered(recommender: offers.Recommender, labels: pd.Series) -> dict[Hashable, pd.DataFrame]:
    try:
        table = offers.segment_offers(recommender, labels)
    except DataError:  # nothing is left to offer: the portraits stand without
        return {}
    return {group: own.droplevel(0) for group, own in table.groupby(level=0)}


def _portrait_words(page: portraits.Portrait) -> str:
    features = text("clustering.list").join(
        text("clustering.more" if row["direction"] > 0 else "clustering.less", feature=inline(str(row["feature"])))
        for _, row in page.signature.iterrows()
    )
    if not features:
        return text("clustering.portrait_plain", typical=page.typical)
    return text("clustering.portrait_words", typical=page.typical, features=features)


def _who(page: portraits.Portrait) -> str:
    if page.attributes.empty:
        return html.escape(text("clustering.portrait_nobody"))
    table = page.attributes[["share", "low", "high", "average", "index"]]
    drawn = show(table, rows=LEVELS, percent=["low", "high", "average"], decimals={"index": 0}).to_html()
    return f"<b>{html.escape(text('clustering.portrait_who'))}</b>{drawn}"
