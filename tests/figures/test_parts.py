"""What of a figure changes: only that is sent to a page."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
from crmbook.figures import style
from crmbook.figures.parts import Parts, fill


@pytest.fixture
def bars(monkeypatch):
    made = go.FigureWidget(style.figure("One bar is tall"))
    made.add_bar(x=["A", "B"], y=[1, 2], text=["1", "2"])
    made._sent = []

    def keep(restyle_data, relayout_data, **_):
        made._sent.append((restyle_data, relayout_data))

    monkeypatch.setattr(made, "_send_update_msg", keep)
    return made


def test_only_what_differs_is_sent(bars):
    fill(bars, Parts("One bar is small", "Two bars.", ({"y": [1, 3], "text": ["1", "2"]},), {"height": 430}))
    [(data, layout)] = bars._sent
    assert data == {"y": [[1, 3]]}
    assert set(layout) == {"title.text", "meta"}  # neither margin nor height: both cost a redraw of everything
    assert bars.layout.title.text == "One bar is small"


def test_what_stays_sends_nothing_and_keeps_its_values(bars):
    same = Parts("One bar is tall", "One bar is tall", ({"y": [1, 2], "text": ["1", "2"]},))
    fill(bars, same)
    assert bars._sent == []
    assert (bars.data[0].y, bars.data[0].text) == ((1, 2), ("1", "2"))


def test_title_that_wraps_gets_its_room(bars):
    before = bars.layout.margin.t
    fill(bars, Parts("A title of many words " * 6, "Two bars.", ({"y": [1, 2]},)))
    assert bars.layout.margin.t > before
