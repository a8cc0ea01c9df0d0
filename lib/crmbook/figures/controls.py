"""What all panels are made of: controls with room for their words, a spoken line, figures redrawn in place."""

from __future__ import annotations

import html
from collections.abc import Sequence

import ipywidgets as widgets
import plotly.graph_objects as go

from crmbook.figures import style
from crmbook.locale import text

WIDE = widgets.Layout(width="auto", max_width="640px")
WORDED = {"description_width": "260px"}


def slider(key: str, at: float, end: float, kind: str, start: float = 0.0) -> widgets.FloatSlider:
    """Return a slider for a share; it reaches as far as its first value even where that lies outside.

    Parameters
    ----------
    key : str
        The catalogue's entry that describes it.
    at, start, end : float
        Where it stands at first, and its ends.
    kind : str
        Its CSS class.
    """
    return widgets.FloatSlider(
        value=at,
        min=min(start, at),
        max=max(end, at),
        step=0.01,
        readout_format=".0%",
        description=text(key),
        style=WORDED,
        layout=WIDE,
    ).add_class(kind)


def choice(key: str, options: Sequence[tuple[str, str]], at: str, kind: str) -> widgets.ToggleButtons:
    """Return buttons of which one is chosen; not a Dropdown, whose arrow keys JupyterLab takes for the notebook.

    Parameters
    ----------
    key : str
        The catalogue's entry that describes it.
    options : sequence of (words, value)
    at : str
        The value chosen at first.
    kind : str
        Its CSS class.
    """
    return widgets.ToggleButtons(
        options=list(options),
        value=at,
        description=text(key),
        style={**WORDED, "button_width": "auto"},
        layout=WIDE,
    ).add_class(kind)


def words(said: str) -> widgets.HTML:
    """Return the line of words under the controls."""
    return widgets.HTML(spoken(said)).add_class("crmbook-words")


def spoken(said: str) -> str:
    """Return a line so that screen readers say it when it changes."""
    return f'<p role="status" aria-live="polite">{html.escape(said)}</p>'


def shown(figure: go.Figure, kind: str) -> go.FigureWidget:
    """Return a figure that is redrawn in place, with its CSS class."""
    return style.live(figure).add_class(kind)


def panel(question: str, *children: widgets.DOMWidget, kind: str) -> widgets.VBox:
    """Return the panel: its question (a catalogue entry) above its children, with the panel's CSS class."""
    asked = widgets.HTML(f"<b>{html.escape(text(question))}</b>").add_class("crmbook-question")
    return widgets.VBox([asked, *children]).add_class("crmbook-panel").add_class(kind)
