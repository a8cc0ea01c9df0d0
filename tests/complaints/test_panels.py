"""The complaints panels: a control that moves changes the figure in place to what the methods say."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import complaints
from crmbook.complaints import charts as draw
from crmbook.complaints import panels
from crmbook.data.faults import DataError
from crmbook.locale import LANGUAGES, use
from panel_parts import properties

AS_OF = "2024-03-31"
PROMISE = complaints.Promise({1: 72, 3: 24})


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def tickets() -> pd.DataFrame:
    """Six complaints: slight ones closed after 10, 80 and 200 hours; grave ones after 20 and 50 hours, one open."""
    opened = pd.to_datetime(["2024-01-10", "2024-01-20", "2024-02-10", "2024-02-15", "2024-03-05", "2024-03-29"])
    took = pd.to_timedelta([10, 80, 200, 20, 50, None], unit="h")
    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(1, 7)],
            "opened_at": opened,
            "first_response_at": opened + pd.Timedelta(hours=5),
            "closed_at": opened + took,
            "severity": [1, 1, 1, 3, 3, 3],
            "category": ["delivery", "delivery", "delivery", "quality", "quality", "<b>own</b>"],
            "product_id": ["P1", "P2", "P1", "P1", "P1", "P1"],
        }
    )


@pytest.fixture
def orders() -> pd.DataFrame:
    days = pd.to_datetime(["2024-01-05"] * 100 + ["2024-02-05"] * 200 + ["2024-03-05"] * 100)
    numbers = range(400)
    return pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in numbers],
            "customer_id": [f"C{number % 40}" for number in numbers],
            "order_date": days,
            "amount": 10.0,
        }
    )


def child(panel, kind: str):
    """The one child with a CSS class: how a browser test finds it as well."""
    (found,) = children(panel, kind)
    return found


def children(panel, kind: str) -> list:
    return [each for each in panel.children if kind in each._dom_classes]


def test_sla_panel_has_its_children_in_the_documented_order(tickets):
    panel = panels.sla(tickets, AS_OF, PROMISE)
    kinds = ["question", "sla-step", "sla-hours", "sla-hours", "words", "sla-figure"]
    assert [f"crmbook-{kind}" in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [
        True
    ] * 6


def test_moving_the_hours_redraws_the_same_figure(tickets):
    panel = panels.sla(tickets, AS_OF, PROMISE)
    figure = child(panel, "crmbook-sla-figure")
    # slight within 72 h: 1 of 3; grave within 24 h: 1 of 3, the open one has waited 72 hours
    assert list(figure.data[0].x) == pytest.approx([1 / 3, 1 / 3, 2 / 6])
    children(panel, "crmbook-sla-hours")[0].value = 96
    assert child(panel, "crmbook-sla-figure") is figure
    moved = complaints.Promise({1: 96, 3: 24})
    assert list(figure.data[0].x) == pytest.approx([2 / 3, 1 / 3, 3 / 6])
    assert properties(figure) == properties(draw.promises(complaints.sla(tickets, AS_OF, moved), moved))


def test_the_line_of_words_names_who_is_overdue(tickets):
    panel = panels.sla(tickets, AS_OF, PROMISE)
    words = child(panel, "crmbook-words")
    # opened at the start of 29 March: 72 hours to the end of the 31st, 48 beyond the promise of 24
    assert "Kept 2, missed 4, still in time 0." in words.value
    assert "Waiting beyond the promise: 1. The longest: C6 (48 h over)." in words.value
    children(panel, "crmbook-sla-hours")[1].value = 100
    assert "Nobody is waiting beyond the promise." in words.value
    assert 'aria-live="polite"' in words.value


def test_a_promise_of_the_first_response_is_another_matter(tickets):
    panel = panels.sla(tickets, AS_OF, PROMISE)
    child(panel, "crmbook-sla-step").value = "first_response"
    assert list(child(panel, "crmbook-sla-figure").data[0].x) == [1.0, 1.0, 1.0]


def test_step_is_not_offered_when_nobody_recorded_it(tickets):
    panel = panels.sla(
        tickets.drop(columns="first_response_at"), AS_OF, complaints.Promise(PROMISE.hours, "first_response")
    )
    assert [value for _, value in child(panel, "crmbook-sla-step").options] == ["resolution"]


def test_tickets_without_severity_have_one_promise(tickets):
    panel = panels.sla(tickets.drop(columns="severity"), AS_OF, complaints.Promise({1: 60}))
    assert len(children(panel, "crmbook-sla-hours")) == 1
    # within 60 hours: 10, 20 and 50
    assert list(child(panel, "crmbook-sla-figure").data[0].x) == [3 / 6]
    with pytest.raises(DataError):
        panels.sla(tickets, AS_OF, complaints.Promise({1: 72}))


def test_where_panel_has_its_children_in_the_documented_order(tickets, orders):
    panel = panels.where(tickets, orders, AS_OF)
    kinds = ["question", "where-group", "where-causes", "where-which", "words", "where-months"]
    assert [f"crmbook-{kind}" in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [
        True
    ] * 6


def test_following_one_cause_draws_its_months(tickets, orders):
    panel = panels.where(tickets, orders, AS_OF)
    months = child(panel, "crmbook-where-months")
    # all: 2 of 100, 2 of 200, 2 of 100 orders
    assert list(months.data[3].y) == [20, 10, 20]
    child(panel, "crmbook-where-which").value = 1
    # delivery: 2 of 100, 1 of 200, none
    assert list(months.data[3].y) == [20, 5, 0]
    assert months.layout.title.text.startswith("delivery: ")
    # 3 of 400 orders
    assert "delivery: 3, or 7.50 per 1,000 of all orders." in child(panel, "crmbook-words").value


def test_counting_by_something_else_goes_back_to_all(tickets, orders):
    panel = panels.where(tickets, orders, AS_OF)
    child(panel, "crmbook-where-which").value = 2
    child(panel, "crmbook-where-group").value = "product_id"
    causes = child(panel, "crmbook-where-causes")
    assert (list(causes.data[0].y), list(causes.data[0].x)) == (["P1", "P2"], [5, 1])
    assert list(child(panel, "crmbook-where-months").data[3].y) == [20, 10, 20]
    child(panel, "crmbook-where-group").value = "severity"
    assert list(causes.data[0].y) == ["1 slight", "3 grave"]
    fresh = draw.causes(pd.Series({"1 slight": 3, "3 grave": 3}), "severity")
    assert properties(causes) == properties(fresh)


def test_words_of_the_data_are_shown_as_text(tickets, orders):
    panel = panels.where(tickets, orders, AS_OF)
    assert "&lt;b&gt;own&lt;/b&gt;" in list(child(panel, "crmbook-where-causes").data[0].y)
    child(panel, "crmbook-where-which").value = 3
    assert "<b>own" not in child(panel, "crmbook-words").value
    assert "<b>own" not in child(panel, "crmbook-where-months").layout.title.text


def test_where_panel_refuses_tickets_that_hold_nothing_to_count_by(tickets, orders):
    with pytest.raises(DataError) as error:
        panels.where(tickets[["customer_id", "opened_at"]], orders, AS_OF)
    assert error.value.code == "tickets_no_column"


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_speak_the_language_in_use(tickets, orders, language):
    use(language)
    spoken = [
        child(panel, "crmbook-words").value
        for panel in (panels.sla(tickets, AS_OF, PROMISE), panels.where(tickets, orders, AS_OF))
    ]
    assert ["件" in words for words in spoken] == [language == "zh"] * 2
