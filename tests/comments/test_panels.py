"""The comments panel: a control that moves changes figure, words and list in place to what the methods say."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import comments
from crmbook.comments import charts as pictures
from crmbook.comments import panels
from crmbook.locale import use
from panel_parts import child, properties


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def said():
    texts = ["快递太慢了", "The parcel was late", "价格实惠", "<script>alert(1)</script> late parcel"] * 15
    comment = pd.Series(texts)
    tones = pd.Series(["negative", "negative", "positive", "negative"] * 15)
    return comment, comments.code_themes(comment), pd.Series(["1", "2"] * 30), tones


def test_the_panel_has_its_children_in_the_documented_order(said):
    kinds = ["theme-choice", "theme-tone", "words", "theme-figure", "theme-comments"]
    wanted = ["crmbook-question", *(f"crmbook-{kind}" for kind in kinds)]
    assert [part for each in panels.themes(*said).children for part in each._dom_classes if part in wanted] == wanted


def test_theme_panel_lists_the_comments_behind_a_theme_escaped(said):
    comment, flags, periods, tones = said
    panel = panels.themes(comment, flags, periods, tones)
    assert child(panel, "crmbook-theme-choice").value == "delivery"
    listed = child(panel, "crmbook-theme-comments").value
    assert "<script>" not in listed and "&lt;script&gt;" in listed
    child(panel, "crmbook-theme-choice").value = "price"
    listed = child(panel, "crmbook-theme-comments").value
    assert listed.count("<li>") == 8 and "价格实惠" in listed and "parcel" not in listed
    assert "15 of 60 comments" in child(panel, "crmbook-words").value
    trend = comments.theme_trend(flags, periods)
    assert properties(child(panel, "crmbook-theme-figure")) == properties(pictures.theme_line(trend, "price"))
    child(panel, "crmbook-theme-tone").value = "negative"
    assert "None of 45 comments names price." in child(panel, "crmbook-words").value
    assert child(panel, "crmbook-theme-comments").value.count("<li>") == 0


def test_theme_panel_works_without_waves(said):
    comment, flags, _, tones = said
    panel = panels.themes(comment, flags, pd.Series([None] * 60, dtype=object), tones)
    assert child(panel, "crmbook-theme-figure").layout.title.text == "Too few comments for a share of delivery"


def test_every_control_says_what_it_does_in_the_language_in_use(said):
    for language in ("en", "zh"):
        use(language)
        for panel in [panels.themes(*said)]:
            controls = [each for each in panel.children if hasattr(each, "description") and each.description]
            assert len(controls) == 2
            for word in [child(panel, "crmbook-question").value, *(each.description for each in controls)]:
                assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word
