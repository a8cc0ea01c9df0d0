"""The lifecycle panels: a control that moves changes the figure in place to what the methods say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import lifecycle
from crmbook.data.faults import DataError
from crmbook.lifecycle import charts as draw
from crmbook.lifecycle import panels, winback
from crmbook.locale import use
from panel_parts import child, same
from small_books import book, orders


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 730, 600), unit="D")
    lines = orders(*[(f"C{who:02}", day, 20) for who, day in zip(rng.integers(0, 60, 600), days, strict=True)])
    return book(lines, "2024-12-31")


@pytest.fixture(scope="module")
def table(data):
    return lifecycle.windows(data, range(20, 200, 10))


def test_panels_have_their_children_in_the_documented_order(table):
    window = panels.window(table, 60)
    kinds = ["crmbook-question", "crmbook-window-days", "crmbook-words", "crmbook-window-figure"]
    assert [kind in each._dom_classes for kind, each in zip(kinds, window.children, strict=True)] == [True] * 4
    calls = panels.calls(pd.Series({"a": 100.0}), 0.1, 4, 10)
    kinds = ["crmbook-question", "crmbook-call-budget", "crmbook-words", "crmbook-call-figure", "crmbook-call-list"]
    assert [kind in each._dom_classes for kind, each in zip(kinds, calls.children, strict=True)] == [True] * 5


def test_slider_stands_at_the_nearest_window(table):
    assert child(panels.window(table, 63.7), "crmbook-window-days").value == 60
    assert child(panels.window(table, 999), "crmbook-window-days").value == 190


def test_moving_the_window_shows_the_stages_of_that_window(data, table):
    panel = panels.window(table, 60)
    figure = child(panel, "crmbook-window-figure")
    for days in (20, 150):
        child(panel, "crmbook-window-days").value = days
        same(figure, draw.stage_counts(table.loc[days]))
        stage = lifecycle.stages(data, rules=lifecycle.Rules(days)).value_counts()
        assert list(figure.data[0].y) == [stage.get(each, 0) for each in lifecycle.STAGES]
    assert child(panel, "crmbook-window-figure") is figure


def test_words_say_churn_rate_and_revenue_at_risk():
    row = {"prospect": 0, "contacted": 0, "active": 3, "loyal": 2, "churned": 5}
    row |= {"churn": 0.25, "low": 0.1, "high": 0.4, "churned_revenue": 900.0, "due": 2, "at_risk": 350.0}
    said = child(panels.window(pd.DataFrame([row], index=[30]), 30, "EUR"), "crmbook-words").value
    assert "25% (10% to 40%)" in said
    assert "The churned brought 900 EUR" in said
    assert "2 customers pass the window" in said and "350 EUR" in said
    assert 'aria-live="polite"' in said


# Worth 1,000, 400, 100, 30: at an uplift of 10 % and a cost of 5 the gains are 95, 35, 5, −2.
WORTH = pd.Series({"a": 1000.0, "b": 400.0, "c": 100.0, "d": 30.0}).rename_axis("customer_id")


def test_budget_decides_whom_to_call_and_what_comes_back():
    panel = panels.calls(WORTH, 0.1, 5, 5)
    words, listed = child(panel, "crmbook-words"), child(panel, "crmbook-call-list")
    assert "1 customers are called for 5. Expected return: 100, that is 95 after" in words.value
    child(panel, "crmbook-call-budget").value = 10
    assert "2 customers are called for 10. Expected return: 140, that is 130 after" in words.value
    assert ">a<" in listed.value and ">b<" in listed.value and ">c<" not in listed.value
    figure = child(panel, "crmbook-call-figure")
    assert (list(figure.data[2].x), list(figure.data[2].y)) == ([10], [140])
    same(figure, draw.call_plan(winback.plan_calls(WORTH, 0.1, 5, 100), 10))
    child(panel, "crmbook-call-budget").value = 0
    assert "Nobody is called" in words.value


def test_slider_ends_where_another_call_costs_more_than_it_brings():
    assert child(panels.calls(WORTH, 0.1, 5, 1e6), "crmbook-call-budget").max == 15
    nobody = panels.calls(WORTH, 0.0, 5, 100)
    assert "Nobody is called" in child(nobody, "crmbook-words").value
    assert "Nobody is called" in child(panels.calls(WORTH.iloc[:0], 0.1, 5, 100), "crmbook-words").value


def test_call_panel_refuses_what_the_method_refuses():
    with pytest.raises(DataError):
        panels.calls(WORTH, 0.1, 0, 100)


def test_customers_own_text_is_escaped_in_the_list():
    named = pd.Series({"<b>x</b>": 1000.0}).rename_axis("customer_id")
    assert "<b>x</b>" not in child(panels.calls(named, 0.1, 5, 5), "crmbook-call-list").value


def test_every_control_says_what_it_does_in_the_language_in_use(table):
    for language in ("en", "zh"):
        use(language)
        for panel in (panels.window(table, 60), panels.calls(WORTH, 0.1, 5, 10)):
            controls = [each for each in panel.children if hasattr(each, "description") and each.description]
            assert len(controls) == 1
            for word in [child(panel, "crmbook-question").value, controls[0].description]:
                assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word


def test_a_redraw_sends_one_small_message():
    rng = np.random.default_rng(0)
    worth = pd.Series(rng.lognormal(5, 1, 20_000)).rename_axis("customer_id")
    panel = panels.calls(worth, 0.1, 5, 5000)
    figure = child(panel, "crmbook-call-figure")
    sent = []
    figure.observe(lambda change: sent.append(change["new"]), "_py2js_update")
    child(panel, "crmbook-call-budget").value = 10_000
    messages = [message for message in sent if message]
    assert len(messages) == 1
    assert len(repr(messages[0])) < 4000
