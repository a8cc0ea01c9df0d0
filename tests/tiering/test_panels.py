"""The tiering panels: a control that moves changes the figure in place to what the methods say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.tiering import charts as draw
from crmbook.tiering import panels
from panel_parts import child, same


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    frequency = rng.geometric(0.4, 300)
    return pd.DataFrame(
        {
            "recency": rng.integers(0, 700, 300).astype(float),
            "frequency": frequency,
            "monetary": (frequency * rng.lognormal(4, 0.9, 300)).round(2),
        }
    )


HOURS = {"A": 2.0, "B": 0.5, "C": 0.0}


def test_abc_panel_has_its_children_in_the_documented_order(customers):
    panel = panels.abc(customers["monetary"], HOURS)
    kinds = ["crmbook-question", "crmbook-abc-cut-a", "crmbook-abc-cut-b", "crmbook-words", "crmbook-abc-figure"]
    assert [kind in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [True] * 5
    assert "crmbook-abc-panel" in panel._dom_classes


def test_moving_a_cut_redraws_the_same_figure(customers):
    panel = panels.abc(customers["monetary"], HOURS)
    figure = child(panel, "crmbook-abc-figure")
    child(panel, "crmbook-abc-cut-a").value = 0.5
    assert child(panel, "crmbook-abc-figure") is figure
    classes = tiering.abc_report(customers["monetary"], (0.5, 0.95))
    same(figure, draw.abc_hours(classes, tiering.capacity(classes["customers"], HOURS)))
    assert list(figure.data[1].y) == classes["revenue_share"].tolist()
    assert list(figure.data[2].x) == (classes["customers"] * pd.Series(HOURS)).tolist()


def test_the_line_of_words_says_customers_and_hours():
    # 60, 20, 10, 6, 4 of 100: at .80 A has two, at .95 B two more; at .60 A has one and B three.
    panel = panels.abc(pd.Series([60.0, 20, 10, 6, 4]), {"A": 10, "B": 1, "C": 0})
    words = child(panel, "crmbook-words")
    assert "Customers: A 2, B 2, C 1. Together they need 22 hours a month, as with the cuts" in words.value
    child(panel, "crmbook-abc-cut-a").value = 0.6
    assert "Customers: A 1, B 3, C 1. Together they need 13 hours a month, 9 less than with the cuts" in words.value
    child(panel, "crmbook-abc-cut-a").value = 0.95
    assert "Together they need 40 hours a month, 18 more than with the cuts" in words.value
    assert 'aria-live="polite"' in words.value


def test_b_never_ends_before_a(customers):
    panel = panels.abc(customers["monetary"], HOURS)
    a, b = child(panel, "crmbook-abc-cut-a"), child(panel, "crmbook-abc-cut-b")
    a.value = 0.98
    assert (a.value, b.value) == (0.98, 0.98)
    b.value = 0.4
    assert (a.value, b.value) == (0.4, 0.4)
    classes = tiering.abc_report(customers["monetary"], (0.4, 0.4))
    assert list(child(panel, "crmbook-abc-figure").data[0].y) == classes["customer_share"].tolist()


def test_abc_panel_takes_hours_from_the_built_in_scheme():
    panel = panels.abc(pd.Series([80.0, 15, 5]))
    assert list(child(panel, "crmbook-abc-figure").data[2].x) == [2.0, 0.5, 0.05]


def test_abc_panel_works_where_nobody_brought_anything():
    panel = panels.abc(pd.Series([0.0, -3.0]), HOURS)
    child(panel, "crmbook-abc-cut-a").value = 0.5
    assert child(panel, "crmbook-abc-figure").layout.title.text.startswith("No customer brought more than zero")


@pytest.mark.parametrize("cuts", [[0.6, 0.9], (0.03, 0.5), (0.333, 1.0)])
def test_sliders_stand_at_the_cuts_that_were_given(customers, cuts):
    panel = panels.abc(customers["monetary"], HOURS, cuts)
    assert [child(panel, f"crmbook-abc-cut-{each}").value for each in "ab"] == list(cuts)
    classes = tiering.abc_report(customers["monetary"], (cuts[0], cuts[1]))
    assert list(child(panel, "crmbook-abc-figure").data[0].y) == classes["customer_share"].tolist()


def test_abc_panel_refuses_what_the_method_refuses():
    with pytest.raises(DataError):
        panels.abc(pd.Series([1.0, np.nan]), HOURS)
    with pytest.raises(DataError):
        panels.abc(pd.Series([1.0]), HOURS, (0.9, 0.5))


def test_rfm_panel_has_its_children_in_the_documented_order(customers):
    panel = panels.rfm(customers)
    kinds = ["crmbook-question", "crmbook-rfm-bins", "crmbook-rfm-method", "crmbook-words", "crmbook-rfm-map"]
    kinds.append("crmbook-rfm-treemap")
    assert [kind in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [True] * 6


def test_changing_bins_and_method_redraws_both_figures(customers):
    panel = panels.rfm(customers)
    cells, areas = child(panel, "crmbook-rfm-map"), child(panel, "crmbook-rfm-treemap")
    for bins, method in ((3, "quantile"), (5, "natural"), (10, "range"), (5, "quantile")):
        child(panel, "crmbook-rfm-bins").value = bins
        child(panel, "crmbook-rfm-method").value = method
        scored = tiering.rfm(customers, bins, method)
        same(cells, draw.segment_map(scored, bins))
        same(areas, draw.segment_treemap(tiering.segment_report(customers, scored["segment"])))
        best = int(((scored.r == bins) & (scored.f == bins)).sum())
        assert child(panel, "crmbook-words").value.find(f">{best:,} customers") > 0
    assert child(panel, "crmbook-rfm-map") is cells


def test_rfm_panel_offers_fixed_cuts_only_where_they_are_given(customers):
    offered = [value for _, value in child(panels.rfm(customers), "crmbook-rfm-method").options]
    assert offered == ["quantile", "range", "natural"]
    cuts = {"recency": [90, 365], "frequency": [1, 3], "monetary": [100, 500]}
    panel = panels.rfm(customers, cuts=cuts)
    child(panel, "crmbook-rfm-method").value = "fixed"
    assert np.array(child(panel, "crmbook-rfm-map").data[0].z).shape == (3, 3)
    assert list(child(panel, "crmbook-rfm-map").data[0].x) == [1, 2, 3]
    same(child(panel, "crmbook-rfm-map"), draw.segment_map(tiering.rfm(customers, 3, "fixed", cuts), 3))


@pytest.mark.parametrize("method", ["quantile", "natural"])
def test_rfm_panel_starts_where_it_is_told(customers, method):
    panel = panels.rfm(customers, bins=4, method=method)
    assert child(panel, "crmbook-rfm-bins").value == 4
    assert child(panel, "crmbook-rfm-method").value == method
    same(child(panel, "crmbook-rfm-map"), draw.segment_map(tiering.rfm(customers, 4, method), 4))


def test_every_control_says_what_it_does_in_the_language_in_use(customers):
    for language in ("en", "zh"):
        use(language)
        for panel in (panels.abc(customers["monetary"], HOURS), panels.rfm(customers)):
            controls = [each for each in panel.children if hasattr(each, "description") and each.description]
            assert len(controls) == 2
            question = child(panel, "crmbook-question").value
            for word in [question, *(each.description for each in controls)]:
                assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word


def test_a_redraw_sends_little_however_many_customers_there_are(customers):
    many = pd.concat([customers] * 50, ignore_index=True)
    panel = panels.abc(many["monetary"], HOURS)
    figure = child(panel, "crmbook-abc-figure")
    sent = []
    figure.observe(lambda change: sent.append(change["new"]), "_py2js_update")
    child(panel, "crmbook-abc-cut-a").value = 0.7
    messages = [message for message in sent if message]
    assert len(messages) == 1
    assert len(repr(messages[0])) < 4000


def test_customer_panel_goes_through_the_list(customers):
    plan = schemes.read("value")
    table = customers.assign(mean_order=customers["monetary"] / customers["frequency"], tenure=800.0)
    found = tiering.reasons(table, plan)
    panel = panels.customer(table, found, plan, most=20)
    listed = tiering.tables.tier_list(table, found.head(20), plan)
    for place in (1, 7, 20):
        child(panel, "crmbook-customer-place").value = place
        said = child(panel, "crmbook-words").value
        assert listed["next_step"].iloc[place - 1] in said and str(listed.index[place - 1]) in said
        assert "Monetary value" in child(panel, "crmbook-customer-facts").value
    with pytest.raises(DataError):
        panels.customer(table, found.iloc[:0], plan)


def test_limit_panel_moves_a_limit_and_counts_anew():
    money = pd.DataFrame({"monetary": [100.0, 900, 2000, 3500, 4500, 9000]})
    panel = panels.limit(money, schemes.read("members"), "vip")
    assert "VIP 2; gold 2; silver 1; bronze 0; ordinary 1" in child(panel, "crmbook-words").value
    child(panel, "crmbook-limit-value").value = 5000
    assert "VIP 1; gold 3; silver 1; bronze 0; ordinary 1" in child(panel, "crmbook-words").value
    with pytest.raises(DataError) as refused:
        panels.limit(money, schemes.read("abc"), "A")
    assert refused.value.code == "scheme_no_limit"
