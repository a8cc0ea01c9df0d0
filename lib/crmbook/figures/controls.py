"""What all panels are made of: controls with room for their words, a spoken line, figures redrawn in place."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup
from pandas.io.formats.style import Styler

from crmbook.data.faults import visible
from crmbook.figures import groups, style
from crmbook.locale import text

Seen = Mapping[str, str | go.Figure | Styler]
"""What a panel shows, by CSS class."""

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


def amount(
    said: str, at: float, end: float, step: float, kind: str, readout: str = ",.0f", start: float = 0.0
) -> widgets.FloatSlider:
    """Return a slider for an amount: its words, where it stands at first, its end, its step and its CSS class."""
    slider = widgets.FloatSlider(
        value=at,
        min=start,
        max=end,
        step=step,
        readout_format=readout,
        description=said,
        style=WORDED,
        layout=WIDE,
    )
    return slider.add_class(kind)


def count(said: str, at: int, start: int, end: int, kind: str) -> widgets.IntSlider:
    """Return a slider for a whole number: its words, where it stands at first, its ends and its CSS class."""
    slider = widgets.IntSlider(value=at, min=start, max=end, description=said, style=WORDED, layout=WIDE)
    return slider.add_class(kind)


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
    return f'<p role="status" aria-live="polite">{html.escape(visible(said))}</p>'


def shown(figure: go.Figure, kind: str) -> go.FigureWidget:
    """Return a figure that is redrawn in place, with its CSS class."""
    return style.live(figure).add_class(kind)


def panel(question: str, *children: widgets.DOMWidget, kind: str) -> widgets.VBox:
    """Return the panel: its question (a catalogue entry) above its children, with the panel's CSS class."""
    asked = widgets.HTML(f"<b>{html.escape(text(question))}</b>").add_class("crmbook-question")
    return widgets.VBox([asked, *children]).add_class("crmbook-panel").add_class(kind)


def answering(
    question: str,
    controls: Sequence[widgets.DOMWidget],
    look: Callable[[], Seen],
    kind: str,
) -> widgets.VBox:
    """Return a panel whose words, figures and tables follow its controls.

    Parameters
    ----------
    question : str
        The catalogue's entry of the question above.
    controls : sequence of widgets
        As they stand in the panel; what has a ``value``, also inside a box, is followed.
    look : callable
        What there is to see at the controls' present values: by CSS class a line of words, a figure, a table or HTML
        (`markupsafe.Markup`). It is asked once for the panel, and again each time a control has moved; what it leaves
        out then stays as it was.
    kind : str
        The panel's CSS class.

    Examples
    --------
    >>> speed = widgets.IntSlider(value=3)
    >>> made = answering("tiering.abc_question", [speed], lambda: {"crmbook-words": f"{speed.value} km/h"}, "crmbook-x")
    >>> speed.value = 5
    >>> "5 km/h" in made.children[2].value
    True
    """
    seen = {part: _made(answer, part) for part, answer in look().items()}

    def move(_: object) -> None:
        for part, answer in look().items():
            if isinstance(answer, go.Figure):
                redraw(seen[part], answer)
            else:
                seen[part].value = _written(answer)

    for control in _with_a_value(controls):
        control.observe(move, "value")
    return panel(question, *controls, *seen.values(), kind=kind)


def redraw(drawn: go.FigureWidget, figure: go.Figure) -> None:
    """Show a figure in place of the one on the page, in one message that holds only what differs.

    Parameters
    ----------
    drawn : FigureWidget
        On the page; with as many traces of the same types it keeps them, else it gets new ones.
    figure : Figure
        What is to be seen.

    Examples
    --------
    >>> drawn = go.FigureWidget(go.Bar(y=[1], name="a"))
    >>> redraw(drawn, go.Figure(go.Bar(y=[2, 3])))
    >>> drawn.data[0].y, drawn.data[0].name
    ((2, 3), None)
    """
    groups.fit(figure)
    with drawn.batch_update():
        if [trace.type for trace in drawn.data] == [trace.type for trace in figure.data]:
            for trace, new in zip(drawn.data, figure.data, strict=True):
                _take(trace, new)
        else:
            drawn.data = ()
            drawn.add_traces(figure.data)
        _take(drawn.layout, figure.layout)


def _take(part: Any, new: Any) -> None:
    now, wanted = part.to_plotly_json(), new.to_plotly_json()
    for key in now.keys() | wanted.keys():
        # a trace's own id, which plotly gives; to set it anew would redraw a figure that did not change
        if key not in ("uid", "type") and not _same(now.get(key), wanted.get(key)):
            part[key] = wanted.get(key)


def _same(now: Any, new: Any) -> bool:
    if isinstance(now, Mapping) and isinstance(new, Mapping):
        return now.keys() == new.keys() and all(_same(now[key], new[key]) for key in now)
    if isinstance(now, list | tuple) and isinstance(new, list | tuple):
        return len(now) == len(new) and all(_same(*pair) for pair in zip(now, new, strict=True))
    if isinstance(now, np.ndarray) or isinstance(new, np.ndarray):
        return type(now) is type(new) and now.shape == new.shape and now.dtype == new.dtype and bool((now == new).all())
    return bool(now == new)


def _made(answer: str | go.Figure | Styler, part: str) -> widgets.DOMWidget:
    return shown(answer, part) if isinstance(answer, go.Figure) else widgets.HTML(_written(answer)).add_class(part)


def _written(answer: str | Styler) -> str:
    if isinstance(answer, Styler):
        return answer.to_html()
    return str(answer) if isinstance(answer, Markup) else spoken(answer)


def _with_a_value(controls: Sequence[widgets.DOMWidget]) -> Iterator[widgets.DOMWidget]:
    for control in controls:
        yield from _with_a_value(control.children) if isinstance(control, widgets.Box) else [control]
