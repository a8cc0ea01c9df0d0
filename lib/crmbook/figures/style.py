"""What all figures share: colours that keep their meaning, fonts that know Chinese, titles that wrap, safe text.

The colours are those of Okabe and Ito (2008), which red-blind readers can tell apart; sequences use cividis.
"""

from __future__ import annotations

import html
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import plotly.io

from crmbook.data.faults import visible
from crmbook.figures import groups

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#000000", "#767676"

COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE, GREY)
SEQUENCE = "Cividis"

TIER: Mapping[str, str] = {"A": BLUE, "B": ORANGE, "C": GREY}
STAGE: Mapping[str, str] = {
    "prospect": GREY,
    "contacted": SKY,
    "active": GREEN,
    "loyal": BLUE,
    "churned": VERMILLION,
}
GOOD, BAD, NEUTRAL = BLUE, VERMILLION, GREY
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "x")

FONTS = "Noto Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, Segoe UI, Helvetica, Arial, sans-serif"
# plotly offers to upload a figure with its data: customers' data stay where they are
CONFIG = {"showSendToCloud": False, "displaylogo": False}
# The renderers bring in jsonschema, which compiles a grammar of international addresses when it finds one installed: a
# second at the start of each notebook, for a check that nobody asks for here.
_GRAMMAR = "rfc3987_syntax"
if _hide := _GRAMMAR not in sys.modules:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
plotly.io.renderers["plotly_mimetype"].config = CONFIG
if _hide:
    del sys.modules[_GRAMMAR]
TITLE_WIDTH = 74  # half-width characters that fit one line of a title at the figures' usual width

_TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONTS, "size": 13, "color": "#222222"},
        "title": {
            "x": 0.0,
            "xref": "container",
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "top",
            "pad": {"l": 12, "t": 14},
            "font": {"size": 17},
        },
        "colorway": COLOURS,
        "colorscale": {"sequential": SEQUENCE},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hoverlabel": {"font": {"family": FONTS}},
        "xaxis": {
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "linecolor": "#999999",
            "ticks": "outside",
            "automargin": True,
        },
        "yaxis": {"gridcolor": "#e6e6e6", "zeroline": False, "automargin": True},
        "margin": {"l": 60, "r": 30, "b": 55},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "separators": ".,",
    }
)


class Figure(go.Figure):
    """A figure that shortens long labels when it is shown."""

    def to_dict(self) -> dict:
        groups.fit(self)
        return dict(super().to_dict())


def figure(
    title: str, x: str | None = None, y: str | None = None, alt: str | None = None, height: int = 430
) -> go.Figure:
    """Return an empty figure in the workbook's style.

    Parameters
    ----------
    title : str
        The figure's message, in the language in use; long ones are wrapped.
    x, y : str, optional
        Axis names with their units.
    alt : str, optional
        A line for readers who cannot see the figure; the title where it is not given.
    height : int
        Pixels.

    Examples
    --------
    >>> figure("22 % of customers bring 78 % of revenue", x="share of customers").layout.title.text
    '22 % of customers bring 78 % of revenue'
    """
    made = Figure()
    made.update_layout(template=_TEMPLATE, height=height)
    retitle(made, title, alt)
    if x is not None:
        made.update_xaxes(title_text=x)
    if y is not None:
        made.update_yaxes(title_text=y)
    return made


def live(made: go.Figure) -> go.FigureWidget:
    """Return a figure that a panel can redraw in place."""
    groups.fit(made)
    widget = go.FigureWidget(made)
    widget._config = CONFIG
    return widget


def retitle(made: go.Figure, title: str, alt: str | None = None) -> None:
    """Give a figure its title, its alt text and the room they need."""
    for key, value in heading(title, alt).items():
        made.layout[key] = value


def heading(title: str, alt: str | None = None) -> dict[str, object]:
    """Return what a title sets in a figure's layout, property by property.

    Examples
    --------
    >>> heading("Few customers bring most of the revenue")["margin.t"]
    80
    """
    lines = wrap(title)
    lower = {"title.pad.t": 26} if len(lines) > 1 else {}  # plotly sets the first of several lines above the edge
    return {
        "title.text": "<br>".join(lines),
        **lower,
        "meta": {"alt": plain(alt or title)},
        "margin.t": 80 + 24 * (len(lines) - 1),
    }


def escape(text: object) -> str:
    """Return customers' own text so that plotly shows it as it is: it renders a few HTML tags otherwise."""
    return html.escape(visible(str(text)), quote=False)


def plain(text: str) -> str:
    """Return a title's text without line breaks and markup, for readers who hear it."""
    for tag in ("<b>", "</b>", "<i>", "</i>"):
        text = text.replace(tag, "")
    return text.replace("<br>", " ")


def wrap(text: str, width: int = TITLE_WIDTH) -> list[str]:
    """Return a text as lines of at most ``width`` half-width characters; a Chinese character counts two.

    Examples
    --------
    >>> wrap("few customers bring most of the revenue", width=20)
    ['few customers bring', 'most of the revenue']
    """
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        size = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in piece)
        if line and used + size > width and piece.strip() and piece not in "，。；：、）":
            lines.append(line.rstrip())
            line, used, piece = "", 0, piece.lstrip()
        line, used = line + piece, used + size
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def _pieces(text: str) -> list[str]:
    pieces, word = [], ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        if wide or character == " ":
            pieces += [word] if word else []
            word = "" if wide else " "
            pieces += [character] if wide else []
        else:
            word += character
    return [*pieces, word] if word else pieces


def fill(
    made: go.Figure,
    title: str,
    alt: str,
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Put the data into a figure whose form is there, and return it.

    Parameters
    ----------
    made : Figure
        With its traces, in the order of ``traces``.
    title, alt : str
        The message, and the line for readers who cannot see the figure.
    traces : sequence of mappings
        For each trace property (``"y"``, ``"marker.colors"``) to value.
    layout : mapping, optional
        Property of the layout (``"xaxis.range"``) to value.

    Examples
    --------
    >>> bars = fill(go.Figure(go.Bar(x=["A"])), "One", "A bar.", [{"y": [1]}])
    >>> bars.data[0].y, bars.layout.title.text
    ((1,), 'One')
    """
    for trace, data in zip(made.data, traces, strict=True):
        for key, value in data.items():
            trace[key] = value
    for key, value in {**(layout or {}), **heading(title, alt)}.items():
        made.layout[key] = value
    return made
