"""Panels follow their controls, and a redrawn figure is the new one, whatever stood there before."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from crmbook.figures import controls
from crmbook.figures.table import show
from crmbook.locale import use
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(autouse=True)
def _english():
    use("en")


FIGURES = [
    go.Figure(),
    go.Figure(
        [go.Bar(y=np.array([1.0, 2]), marker={"color": ["red", "blue"]}, name="money")], {"title": {"text": "T"}}
    ),
    go.Figure([go.Bar(y=np.array([1.0, 2])), go.Bar(y=[4])], {"shapes": [{"type": "line"}], "barmode": "stack"}),
    go.Figure([go.Bar(y=[7.0, 2, 9], x=["a", "b", "c"]), go.Bar(y=[3])], {"annotations": [{"text": "here"}]}),
    go.Figure([go.Scatter(y=[1]), go.Bar(y=[3])], {"xaxis": {"range": [0, 1]}}),
]


def plain(figure):
    made = go.Figure(figure).to_dict()
    for trace in made["data"]:
        trace.pop("uid", None)
    return go.Figure(made).to_json()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(range(len(FIGURES))), min_size=1, max_size=4))
def test_a_redrawn_figure_is_the_new_one_whatever_stood_there(order):
    drawn = go.FigureWidget(FIGURES[order[0]])
    for each in order[1:]:
        controls.redraw(drawn, FIGURES[each])
    assert plain(drawn) == plain(FIGURES[order[-1]])


def test_an_equal_figure_sends_nothing(monkeypatch):
    drawn, sent = go.FigureWidget(FIGURES[3]), []
    monkeypatch.setattr(drawn, "_send_update_msg", lambda *args, **named: sent.append((args, named)))
    controls.redraw(drawn, go.Figure(FIGURES[3]))
    assert all(not any(args) for args, _ in sent)


def test_words_figure_and_table_follow_a_control_inside_a_box():
    size = widgets.IntSlider(value=2)

    def look():
        return {
            "crmbook-words": f"{size.value} bars",
            "crmbook-bars": go.Figure(go.Bar(y=list(range(size.value)))),
            "crmbook-list": show(pd.DataFrame({"orders": range(size.value)})),
        }

    made = controls.answering("tiering.abc_question", [widgets.HBox([size])], look, "crmbook-example-panel")
    _, _, words, bars, listed = made.children
    size.value = 3
    assert "3 bars" in words.value and len(bars.data[0].y) == 3 and listed.value.count("<tr") == 4
    assert "crmbook-bars" in bars._dom_classes and "crmbook-example-panel" in made._dom_classes
