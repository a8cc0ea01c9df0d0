"""The pictures of tiering: what they say is what was computed, in both languages, for the odd cases too."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from crmbook import tiering
from crmbook.figures import style
from crmbook.locale import use
from crmbook.tiering import charts as draw

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frequency = rng.geometric(0.4, 400)
    return pd.DataFrame(
        {
            "recency": rng.integers(0, 900, 400).astype(float),
            "frequency": frequency,
            "monetary": np.append((frequency * rng.lognormal(4, 0.8, 400))[:-5].round(2), [0, 0, -10, -20, -30]),
        },
        index=[f"C{i}" for i in range(400)],
    )


def every_figure(customers: pd.DataFrame) -> dict:
    money = customers["monetary"]
    classes = tiering.abc_report(money)
    scored = tiering.rfm(customers)
    segments = tiering.segment_report(customers, scored["segment"])
    needed = tiering.capacity(classes["customers"], {"A": 2, "B": 0.5, "C": 0.05}, available=100)
    later = tiering.abc(money.iloc[20:] * np.resize([1, 3], len(money) - 20))
    moved = tiering.migration(tiering.abc(money.iloc[:-20]), later)
    both = tiering.agreement(tiering.abc(money), tiering.abc(customers["frequency"]))
    return {
        "lorenz": draw.lorenz(money),
        "abc_hours": draw.abc_hours(classes, needed),
        "value_distribution": draw.value_distribution(money, classes, "CNY"),
        "score_steps": draw.score_steps(
            customers["frequency"], tiering.score_report(customers["frequency"]), "frequency"
        ),
        "segment_map": draw.segment_map(scored),
        "segment_map_10": draw.segment_map(tiering.rfm(customers, 10), 10),
        "segment_treemap": draw.segment_treemap(segments),
        "segment_treemap_customers": draw.segment_treemap(segments, "customers"),
        "migration_map": draw.migration_map(moved),
        "sankey": draw.sankey(moved),
        "agreement_map": draw.agreement_map(both, "monetary", "frequency"),
        "hours": draw.hours(needed),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_says_its_message_in_the_language_in_use(customers, language):
    use(language)
    for name, figure in every_figure(customers).items():
        layout = figure.to_plotly_json()["layout"]
        words = [layout["title"]["text"], layout["meta"]["alt"]]
        words += [layout[axis]["title"]["text"] for axis in layout if "axis" in axis and "title" in layout[axis]]
        for word in words:
            assert word, name
            assert bool(CHINESE.search(word)) == (language == "zh"), f"{name}: {word}"
        assert "{" not in "".join(words)
        assert "nan" not in " ".join(words).lower(), name


def test_every_figure_is_small_enough_to_send(customers):
    many = pd.concat([customers] * 100, ignore_index=True)
    for name, figure in every_figure(many).items():
        assert len(figure.to_json()) < 60_000, name
        json.loads(figure.to_json())


def test_lorenz_says_who_brings_what():
    # 80 of 100 from one of three customers; Gini = (−2·5 + 0·15 + 2·80)/(3·100) = 0.5
    figure = draw.lorenz(pd.Series([80, 15, 5]))
    assert figure.layout.title.text == "33% of the customers bring 80% of the revenue; Gini coefficient 0.50"
    assert list(figure.data[1].x) == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert list(figure.data[1].y) == pytest.approx([0, 0.05, 0.2, 1])
    # the mark where A begins: two thirds of the customers have 20 %
    assert (figure.data[2].x[0], figure.data[2].y[0]) == pytest.approx((2 / 3, 0.2))
    assert figure.data[2].marker.color == style.TIER["A"]


def test_lorenz_says_how_many_are_left_out():
    assert "; 2 below zero left out" in style.plain(draw.lorenz(pd.Series([5, -1, -1])).layout.title.text)
    assert draw.lorenz(pd.Series([0, 0])).layout.title.text.startswith("No customer brought more than zero")


def test_a_thinned_lorenz_curve_keeps_its_ends_and_its_bend():
    value = pd.Series(np.random.default_rng(1).lognormal(0, 2, 50_000))
    drawn = draw.lorenz(value).data[1]
    whole = tiering.lorenz(value)
    assert len(drawn.x) <= 400
    assert (drawn.x[0], drawn.y[0], drawn.x[-1], drawn.y[-1]) == (0, 0, 1, 1)
    between = np.interp(whole["customer_share"], drawn.x, drawn.y)
    assert np.abs(between - whole["money_share"]).max() < 0.005


def test_distribution_counts_everybody_or_says_who_is_missing(customers):
    money = customers["monetary"] * np.append([400], np.ones(399))  # one who is far above the rest
    classes = tiering.abc_report(money)
    wide = draw.value_distribution(money, classes)
    assert wide.layout.xaxis.type == "log"
    assert sum(wide.data[0].y) == (money > 0).sum()
    assert "5 at or below zero are not drawn" in style.plain(wide.layout.title.text)
    narrow = draw.value_distribution(money.clip(-30, 100), classes)
    assert narrow.layout.xaxis.type == "linear"
    assert sum(narrow.data[0].y) == len(money)


def test_score_steps_mark_empty_scores_and_say_the_values():
    orders = pd.Series([1, 1, 1, 2, 9])
    figure = draw.score_steps(orders, tiering.score_report(orders), "frequency")
    assert list(figure.data[0].y) == [3, 0, 0, 1, 1]
    assert list(figure.data[0].text) == ["3 (60%)", "empty", "empty", "1 (20%)", "1 (20%)"]
    # cuts 1, 1, 1.4, 3.4: of whole numbers, up to 1 · 2 to 3 · above 3
    assert [tick.split("<br>")[1] for tick in figure.layout.xaxis.ticktext] == ["up to 1", "–", "–", "2–3", "above 3"]
    assert "5 scores were asked for by frequency (orders), 3 exist" in style.plain(figure.layout.title.text)


def test_segment_map_has_each_customer_once(customers):
    scored = tiering.rfm(customers)
    figure = draw.segment_map(scored)
    assert np.array(figure.data[0].z).sum() == 400
    assert figure.data[0].text[4][4].startswith("champions<br>")  # R 5, F 5
    assert figure.data[0].text[0][0].startswith("hibernating<br>")
    largest = scored.segment.value_counts()
    assert f": {largest.max()} customers" in style.plain(figure.layout.title.text)


def test_treemap_areas_are_never_negative():
    table = pd.DataFrame({"monetary": [30.0, -5.0]})
    figure = draw.segment_treemap(tiering.segment_report(table, pd.Series(["loyal", "new"])))
    assert list(figure.data[0]["values"]) == [30, 0]
    nothing = tiering.segment_report(pd.DataFrame({"monetary": [-1.0]}), pd.Series(["new"]))
    by_customers = draw.segment_treemap(nothing)
    assert by_customers.layout.title.text == "Most customers are in new: 100%"
    assert list(by_customers.data[0]["values"]) == [1]


def test_customers_own_words_are_escaped():
    code = "<b>A</b><script>"
    tiers = pd.Series({"u": code, "v": "B"})
    moved = tiering.migration(tiers, tiers)
    for figure in (draw.migration_map(moved), draw.sankey(moved)):
        assert "<script>" not in figure.to_json().replace("\\u003c", "<")
    report = tiering.segment_report(pd.DataFrame({"monetary": [1.0, 2.0]}, index=["u", "v"]), tiers)
    assert "<script>" not in str(draw.segment_treemap(report).data[0].labels)
    needed = tiering.capacity(tiers.value_counts(), {code: 1, "B": 1})
    assert "<script>" not in str(draw.hours(needed).data[0].y)


def test_migration_map_shows_shares_counts_and_intervals():
    before = pd.Series(["A"] * 10 + ["B"])
    after = pd.Series(["A"] * 8 + ["B"] * 2 + ["B"])
    figure = draw.migration_map(tiering.migration(before, after))
    assert figure.data[0].text[0][0] == "80%<br>8"
    assert "95 % from 49% to 94%" in figure.data[0].customdata[0][0]  # Wilson, 8 of 10
    assert figure.layout.title.text == "0% of the customers moved up, 18% moved down, 82% stayed"
    nobody = draw.migration_map(tiering.migration(pd.Series({"u": "A"}), pd.Series({"v": "B"})))
    assert nobody.layout.title.text == "No customer was there at both dates"
    assert list(nobody.data[0].text[1]) == ["", ""]  # nobody was in B before
    assert nobody.data[0].customdata[1][0] == "nobody was in B"


def test_sankey_carries_each_customer_of_both_dates_once_and_counts_the_others_in_words():
    before = pd.Series({"a": "A", "b": "A", "c": "B", "gone": "B"})
    after = pd.Series({"a": "A", "b": "B", "c": "B", "fresh": "A", "young": "B"})
    figure = draw.sankey(tiering.migration(before, after), {"A": "gold", "B": "basic"})
    link = figure.data[0].link
    assert sum(link.value) == 3
    assert figure.data[0].node.label == ("gold, before", "basic, before", "gold, now", "basic, now")
    title = style.plain(figure.layout.title.text)
    assert title == (
        "0% moved up and 33% moved down among the 3 customers there at both dates; "
        "apart from them 2 newcomers and 1 who left"
    )
    same = tiering.migration(before.iloc[:3], after.iloc[:3])
    assert "apart" not in style.plain(draw.sankey(same).layout.title.text)
    nobody = draw.sankey(tiering.migration(pd.Series({"u": "A"}), pd.Series({"v": "B"})))
    assert style.plain(nobody.layout.title.text) == "No customer was there at both dates"


def test_agreement_map_counts_and_names_the_two_ways():
    both = tiering.agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    figure = draw.agreement_map(both, "monetary", "weighted_score")
    assert "1 of 4 customers change tier between monetary value and weighted score" in style.plain(
        figure.layout.title.text
    )
    assert [list(row) for row in figure.data[0].z] == [[2, 0], [1, 1]]
    one = tiering.agreement(pd.Series(["A"]), pd.Series(["A"]))
    assert draw.agreement_map(one, "monetary", "frequency").layout.title.text.startswith("All 1 customers")


def test_hours_stand_end_to_end_and_the_title_says_whether_they_suffice():
    counts = pd.Series({"A": 10, "B": 20})
    short = draw.hours(tiering.capacity(counts, {"A": 2, "B": 0.5}, available=25))
    assert short.layout.title.text == "The policy needs 30 hours a month, 5 more than the 25 there are"
    assert list(short.data[0].x) == [20, 10] and list(short.data[0].base) == [0, 20]
    enough = draw.hours(tiering.capacity(counts, {"A": 2, "B": 0.5}, available=40))
    assert enough.layout.title.text == "The policy needs 30 of the 40 hours there are in a month"
    unknown = draw.hours(tiering.capacity(counts, {"A": 2, "B": 0.5}))
    assert unknown.layout.title.text == "The policy needs 30 hours a month"
    nothing = draw.hours(tiering.capacity(pd.Series({"A": 0}), {"A": 2}, available=0))
    assert nothing.layout.title.text == "The policy needs 0 of the 0 hours there are in a month"


def test_a_single_customer_can_be_drawn():
    one = pd.DataFrame({"recency": [3.0], "frequency": [1], "monetary": [20.0]})
    scored = tiering.rfm(one)
    assert "100%" in draw.segment_map(scored).layout.title.text
    assert draw.lorenz(one["monetary"]).layout.title.text.startswith("100% of the customers bring 100%")
    assert sum(draw.value_distribution(one["monetary"], tiering.abc_report(one["monetary"])).data[0].y) == 1
    report = tiering.score_report(one["frequency"])
    assert sum(draw.score_steps(one["frequency"], report, "frequency").data[0].y) == 1


def test_agreement_is_told_in_both_languages_and_dashes_where_one_tiering_knows_one_tier():
    same = pd.Series(list("AAA"))
    for language, first in (("en", "100% (44% – 100%)"), ("zh", "100%（44% – 100%）")):
        use(language)
        table = draw.agreement_table(tiering.agreement(same, same))
        # Wilson, 3 of 3: 3 / (3 + 1.96²) = 0.44
        assert table["value"].tolist() == [first, "–", "–", "–"]
    use("en")
