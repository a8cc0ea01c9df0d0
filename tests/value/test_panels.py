"""The value panels: a control that moves changes the figure in place to what the methods say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import value
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.value import charts as draw
from crmbook.value import panels
from crmbook.value.bgnbd import BgNbd
from crmbook.value.gamma_gamma import GammaGamma
from panel_parts import child, properties

BUYS = BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)
PAYS = GammaGamma({"p": 6.25, "q": 3.74, "gamma": 15.45}, -4059.0, 946, np.eye(3))
MODEL = value.ValueModel(BUYS, PAYS, "W")
CURVE = pd.DataFrame({"cumulative": [40.0, 70.0, 90.0, 120.0]}, index=pd.RangeIndex(1, 5, name="month"))


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    T = rng.integers(100, 700, 90).astype(float)
    x = rng.poisson(2, 90)
    return pd.DataFrame(
        {"x": x, "t_x": np.where(x > 0, T * rng.random(90), 0), "T": T, "frequency": x + 1, "mean_repeat": 30.0},
        index=[f"C{number:03}" for number in range(90)],
    )


@pytest.fixture
def tiers(customers) -> pd.Series:
    return pd.Series(["A", "B", "C"] * 30, index=customers.index)


def test_horizon_panel_has_its_children_in_the_documented_order(customers, tiers):
    panel = panels.horizon(customers, MODEL, tiers)
    kinds = ["crmbook-question", "crmbook-horizon-rate", "crmbook-horizon-months", "crmbook-words"]
    kinds.append("crmbook-horizon-figure")
    assert [kind in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [True] * 5


def test_moving_rate_and_months_shows_the_lifetime_value_of_each_tier(customers, tiers):
    panel = panels.horizon(customers, MODEL, tiers, margin=0.5)
    figure = child(panel, "crmbook-horizon-figure")
    child(panel, "crmbook-horizon-rate").value = 0.25
    child(panel, "crmbook-horizon-months").value = 30
    assert child(panel, "crmbook-horizon-figure") is figure
    whole = value.lifetime_value(customers, MODEL, 30, 0.25, 0.5)["clv"].groupby(tiers).sum()
    assert list(figure.data[0].y) == pytest.approx(whole.tolist())
    assert properties(figure) == properties(
        draw.value_by_tier(value.discounted(value.monthly_value(customers, MODEL, tiers, 36, 0.5), 0.25, 30), 30, 0.25)
    )


def test_the_words_say_what_discounting_takes_away(customers, tiers):
    panel = panels.horizon(customers, MODEL, tiers, yearly_rate=0.0)
    assert "takes 0% away" in child(panel, "crmbook-words").value
    child(panel, "crmbook-horizon-rate").value = 0.3
    assert "takes 0% away" not in child(panel, "crmbook-words").value
    assert 'aria-live="polite"' in child(panel, "crmbook-words").value


@pytest.mark.parametrize(("rate", "months"), [(0.5, 48), (0.0, 1)])
def test_sliders_stand_where_they_are_told(customers, tiers, rate, months):
    panel = panels.horizon(customers, MODEL, tiers, rate, months)
    assert child(panel, "crmbook-horizon-rate").value == rate
    assert child(panel, "crmbook-horizon-months").value == months


def test_horizon_panel_refuses_what_the_method_refuses(customers, tiers):
    with pytest.raises(DataError):
        panels.horizon(customers, MODEL, tiers, yearly_rate=-1.0)
    with pytest.raises(DataError):
        panels.horizon(customers, MODEL, tiers, months=0)


def test_payback_panel_finds_the_month_and_says_when_there_is_none():
    # margin one half: 20, 35, 45, 60 by the end of months 1 to 4
    panel = panels.payback(CURVE, cost=30, margin=0.5)
    figure, words = child(panel, "crmbook-payback-figure"), child(panel, "crmbook-words")
    assert list(figure.data[0].y) == [20, 35, 45, 60]
    assert "month 2" in figure.layout.title.text and "Paid back in month 2" in words.value
    child(panel, "crmbook-payback-cost").value = 50
    assert "month 4" in figure.layout.title.text
    child(panel, "crmbook-payback-margin").value = 0.25
    assert "Not paid back within 4 months" in words.value
    assert list(figure.data[1].y) == [50, 50]


def test_a_redraw_is_one_small_message(customers, tiers):
    panel = panels.horizon(pd.concat([customers] * 20, ignore_index=True), MODEL, tiers.reset_index(drop=True))
    figure = child(panel, "crmbook-horizon-figure")
    sent = []
    figure.observe(lambda change: sent.append(change["new"]), "_py2js_update")
    child(panel, "crmbook-horizon-rate").value = 0.2
    messages = [message for message in sent if message]
    assert len(messages) == 1 and len(repr(messages[0])) < 4000


def test_every_control_says_what_it_does_in_the_language_in_use(customers, tiers):
    for language in ("en", "zh"):
        use(language)
        for panel in (panels.horizon(customers, MODEL, tiers), panels.payback(CURVE, 30, 0.5)):
            controls = [each for each in panel.children if hasattr(each, "description") and each.description]
            assert len(controls) == 2
            for word in [child(panel, "crmbook-question").value, *(each.description for each in controls)]:
                assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word
