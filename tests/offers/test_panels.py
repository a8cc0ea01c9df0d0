"""The offers panel: turning to a segment shows what the methods say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import offers
from crmbook.clustering import charts as draw
from crmbook.clustering import portraits
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.offers import charts as draw_offers
from crmbook.offers import panels
from panel_parts import child, same
from scipy import sparse

LABELS = pd.Series([0, 0, 1, 1], index=list("abcd"))
BASE = pd.DataFrame({"frequency": [1.0, 2, 8, 9], "pieces": [1.0, 1, 3, 5]}, index=list("abcd"))
NAMES = {0: "few", 1: "many"}


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def recommender():
    held = sparse.csr_array([[1.0, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
    bought = offers.Bought(held, pd.Index(list("abcd"), name="customer_id"), pd.Index(["tea", "cup", "ink"]), 0)
    return offers.learn(bought)


def test_turning_to_a_segment_shows_its_portrait_and_its_offers(recommender):
    panel = panels.portrait(BASE, LABELS, NAMES, recommender)
    page, next_ones = child(panel, "crmbook-portrait"), child(panel, "crmbook-offers")
    assert page.layout.title.text.lower() == "few: 2 customers, 50% of all"
    child(panel, "crmbook-segment").value = 1
    same(page, draw.portrait(portraits.portrait(BASE, LABELS, 1), "many"))
    table = offers.segment_offers(recommender, LABELS).loc[1]
    same(next_ones, draw_offers.segment_offers(table, "many"))
    assert "Sets it apart: " in child(panel, "crmbook-words").value


def test_where_everybody_owns_everything_the_portraits_stand_alone():
    held = sparse.csr_array(np.ones((4, 1)))
    bought = offers.Bought(held, pd.Index(list("abcd"), name="customer_id"), pd.Index(["tea"]), 0)
    panel = panels.portrait(BASE, LABELS, NAMES, offers.learn(bought))
    child(panel, "crmbook-segment").value = 1
    assert len(panel.children) == 4 and child(panel, "crmbook-portrait").layout.title.text.lower().startswith("many")


def test_without_products_the_panel_has_no_offers_and_without_attributes_no_table():
    panel = panels.portrait(BASE, LABELS, NAMES)
    kinds = ["crmbook-question", "crmbook-segment", "crmbook-words", "crmbook-portrait"]
    assert [kind in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [True] * 4
    child(panel, "crmbook-segment").value = 1
    assert child(panel, "crmbook-portrait").layout.title.text.lower().startswith("many")


def test_attributes_tell_who_they_are_with_index_and_interval():
    customers = [f"C{number:03}" for number in range(200)]
    features = pd.DataFrame({"frequency": np.arange(200.0), "pieces": np.arange(200.0) % 7}, index=customers)
    labels = pd.Series(np.repeat([0, 1], 100), index=customers)
    # segment 0: 90 women of 100; segment 1: 10 of 100: half of all are women, index 100 * .9 / .5 = 180
    gender = ["female"] * 90 + ["male"] * 10 + ["female"] * 10 + ["male"] * 90
    who = pd.DataFrame({"gender": gender, "same": ["x", "y"] * 100, "<b>": gender}, index=customers)
    panel = panels.portrait(features, labels, NAMES, attributes=who)
    table = child(panel, "crmbook-who")
    assert [said in table.value for said in ("90%", "50%", "180", "83%", "94%")] == [True] * 5  # Wilson: .826 to .945
    assert "<b>" not in table.value.split("</b>", 1)[1] and "same" not in table.value.split("<tbody>")[1]
    child(panel, "crmbook-segment").value = 1
    assert table.value.index("Gender · male") < table.value.index("Gender · female") and ">20<" in table.value
    plain = panels.portrait(features, labels, NAMES, attributes=who[["same"]])
    assert "no attribute differs" in child(plain, "crmbook-who").value


def test_customers_without_any_segment_are_refused():
    with pytest.raises(DataError):
        panels.portrait(BASE, LABELS.set_axis(list("wxyz")), NAMES)


def test_every_control_says_what_it_does_in_the_language_in_use():
    for language in ("en", "zh"):
        use(language)
        panel = panels.portrait(BASE, LABELS, NAMES)
        for word in (child(panel, "crmbook-segment").description, child(panel, "crmbook-question").value):
            assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word
