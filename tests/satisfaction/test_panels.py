"""The satisfaction panels: a control that moves changes figure, words and list in place to what the methods say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import satisfaction
from crmbook.locale import use
from crmbook.satisfaction import charts as draw
from crmbook.satisfaction import panels
from panel_parts import child, properties


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def what_if():
    rng = np.random.default_rng(5)
    items = pd.DataFrame(rng.integers(1, 6, (200, 3)), columns=["price", "service_attitude", "delivery_speed"])
    overall = (items @ [0.1, 0.6, 0.2]).round().clip(1, 5)
    customers = pd.Series([f"C{place:03}" for place in range(200)])
    model = satisfaction.regression(items, overall)
    return model, satisfaction.behind(items, customers, pd.Series(10.0, index=customers))


@pytest.fixture
def answers():
    rng = np.random.default_rng(7)
    recommend = pd.Series(rng.integers(0, 11, 300), dtype=float).mask(rng.random(300) < 0.1)
    groups = pd.DataFrame({"tier": rng.choice(list("ABC"), 300), "channel": rng.choice(["app", "sms"], 300)})
    return recommend, groups, pd.Series(rng.choice(["2024H1", "2024H2"], 300))


def every_panel(what_if, answers):
    return (panels.what_if(*what_if), panels.nps(*answers))


def test_panels_have_their_children_in_the_documented_order(what_if, answers):
    kinds = (
        ["whatif-item", "whatif-points", "words", "whatif-figure"],
        ["nps-group", "nps-wave", "words", "nps-figure"],
    )
    for panel, wanted in zip(every_panel(what_if, answers), kinds, strict=True):
        wanted = ["crmbook-question", *(f"crmbook-{kind}" for kind in wanted)]
        assert [kind in each._dom_classes for kind, each in zip(wanted, panel.children, strict=True)] == [True] * len(
            wanted
        )


def test_raising_an_item_redraws_what_the_model_says(what_if):
    model, behind = what_if
    panel = panels.what_if(model, behind)
    figure = child(panel, "crmbook-whatif-figure")
    child(panel, "crmbook-whatif-points").value = 1.0
    child(panel, "crmbook-whatif-item").value = "price"
    # a mean near 3 raised by one stays below 5: the change is the coefficient itself
    assert list(figure.data[0].x) == pytest.approx(model.table["coefficient"].tolist())
    changes = {item: satisfaction.what_if(model, {item: 1.0}) for item in model.table.index}
    assert properties(figure) == properties(draw.raised(changes, "price"))
    words = child(panel, "crmbook-words").value
    assert f"{int(behind.loc['price', 'customers'])} customers" in words
    assert 'aria-live="polite"' in words


def test_no_raise_changes_nothing(what_if):
    panel = panels.what_if(*what_if)
    child(panel, "crmbook-whatif-points").value = 0.0
    assert list(child(panel, "crmbook-whatif-figure").data[0].x) == [0, 0, 0]


def test_nps_panel_starts_with_the_last_wave_and_follows_its_controls(answers):
    recommend, groups, waves = answers
    panel = panels.nps(recommend, groups, waves)
    figure = child(panel, "crmbook-nps-figure")
    assert child(panel, "crmbook-nps-wave").value == "2024H2"
    child(panel, "crmbook-nps-wave").value = panels.ALL
    child(panel, "crmbook-nps-group").value = "channel"
    table = satisfaction.by_group(recommend, groups["channel"], satisfaction.Measure("nps", scale=(0, 10)))
    assert properties(figure) == properties(draw.group_scores(table, "nps", "channel"))
    there = recommend.dropna()
    by_hand = 100 * ((there >= 9).mean() - (there <= 6).mean())
    assert f"All together: {by_hand:+.0f} points" in child(panel, "crmbook-words").value


def test_small_groups_show_no_score_but_their_n():
    recommend, tiers = pd.Series([10.0] * 12 + [0.0] * 3), pd.DataFrame({"tier": ["A"] * 12 + ["B"] * 3})
    figure = child(panels.nps(recommend, tiers, pd.Series([None] * 15, dtype=object)), "crmbook-nps-figure")
    assert list(figure.data[0].y) == ["A (n = 12)"]
    assert list(figure.data[1].y) == ["B (n = 3)"]
    assert "fewer than 10" in figure.data[1].text[0]


def test_every_control_says_what_it_does_in_the_language_in_use(what_if, answers):
    for language in ("en", "zh"):
        use(language)
        for panel in every_panel(what_if, answers):
            controls = [each for each in panel.children if hasattr(each, "description") and each.description]
            assert len(controls) == 2
            for word in [child(panel, "crmbook-question").value, *(each.description for each in controls)]:
                assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word
