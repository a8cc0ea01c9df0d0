"""What of a figure changes with its data, apart from what stays: a control that moves sends only the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from crmbook.charts import style


@dataclass(frozen=True)
class Parts:
    """The changing parts of a figure.

    Attributes
    ----------
    title, alt : str
        The message, and the line for readers who cannot see the figure.
    traces : tuple of mappings
        For each trace, in order, property (``"y"``, ``"marker.colors"``) to value.
    layout : mapping
        Property of the layout (``"xaxis.range"``) to value.
    """

    title: str
    alt: str
    traces: tuple[Mapping[str, Any], ...]
    layout: Mapping[str, Any] = field(default_factory=dict)


def fill(made: go.Figure, parts: Parts) -> go.Figure:
    """Put the parts into a figure and return it; one on the page changes in a single message.

    Parameters
    ----------
    made : Figure or FigureWidget
        With its traces there, in the order of the parts.
    parts : Parts

    Examples
    --------
    >>> bars = fill(go.Figure(go.Bar(x=["A"])), Parts("One", "A bar.", ({"y": [1]},)))
    >>> bars.data[0].y, bars.layout.title.text
    ((1,), 'One')
    """
    with made.batch_update():
        for trace, changed in zip(made.data, parts.traces, strict=True):
            for key, value in changed.items():
                trace[key] = value
        for key, value in parts.layout.items():
            made.layout[key] = value
        style.retitle(made, parts.title, parts.alt)
    return made
