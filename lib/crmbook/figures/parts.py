"""What of a figure changes with its data, apart from what stays: a control that moves sends only the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from crmbook.figures import style


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
    layout = {**parts.layout, **style.heading(parts.title, parts.alt)}
    with made.batch_update():
        for trace, changed in zip(made.data, parts.traces, strict=True):
            _put(trace, changed)
        _put(made.layout, layout)
    return made


def _put(part: Any, changed: Mapping[str, Any]) -> None:
    """Set what differs: a page redraws much more for a margin than for a title, even for the margin it has."""
    for key, value in changed.items():
        if not _same(part[key], value):
            part[key] = value


def _same(now: Any, new: Any) -> bool:
    if isinstance(new, list | tuple) and isinstance(now, list | tuple):
        return len(now) == len(new) and all(_same(*pair) for pair in zip(now, new, strict=True))
    return type(now) is type(new) and isinstance(now, str | int | float | dict) and now == new
