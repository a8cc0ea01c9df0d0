"""The figures of the offers lesson: what they draw is what the methods found, and what they say is what they draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.locale import text, use
from crmbook.offers import charts as draw
from crmbook.offers import interviews, regression
from crmbook.shared.estimate import Estimate


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@LANGUAGES
def test_relationships_say_what_strategic_customers_bring(language):
    use(language)
    table = pd.DataFrame(
        {
            "type": ["strategic", "transactional", "transactional", "cooperative"],
            "frequency": [9, 1, 2, 5],
            "amount": [60.0, 10, 0, 30],
        }
    )
    figure = draw.relationships(table)
    assert "25%" in figure.layout.title.text and "60%" in figure.layout.title.text
    # nothing at zero on a logarithmic axis
    assert [list(trace.y) for trace in figure.data] == [[10.0], [30.0], [60.0]]
    none = draw.relationships(table[1:])
    assert none.layout.title.text in ("No customer is strategic", "没有一位客户是战略型")


@LANGUAGES
def test_channels_are_stacked_to_the_whole_and_small_parts_have_no_words(language):
    use(language)
    index = pd.MultiIndex.from_product([["<b>early</b>", "late"], ["app", "store"]], names=["group", "channel"])
    figure = draw.channel_mix(pd.DataFrame({"share": [0.97, 0.03, 0.4, 0.6], "orders": [97, 3, 4, 6]}, index=index))
    assert np.sum([trace.x for trace in figure.data], axis=0).tolist() == pytest.approx([1, 1])
    assert "97%" in figure.layout.title.text and "&lt;b&gt;" in figure.layout.title.text
    assert figure.data[1].text[0] == "" and figure.data[1].text[1] == "60%"


@LANGUAGES
def test_switching_names_the_most_faithful_channel(language):
    use(language)
    index = pd.MultiIndex.from_product([["fair", "phone"], ["fair", "phone"]], names=["channel", "next_channel"])
    figure = draw.channel_switching(pd.DataFrame({"share": [0.2, 0.8, 0.35, 0.65]}, index=index))
    assert "65%" in figure.layout.title.text and "80%" not in figure.layout.title.text
    assert list(figure.data[0].text[0]) == ["20%", "80%"]


def test_a_channel_nobody_leaves_is_no_fault():
    index = pd.MultiIndex.from_product([["fair", "phone"], ["fair", "phone"]], names=["channel", "next_channel"])
    figure = draw.channel_switching(pd.DataFrame({"share": [1.0, 0.0, np.nan, np.nan]}, index=index))
    assert list(figure.data[0].text[1]) == ["–", "–"]


@LANGUAGES
def test_feedback_names_the_widest_gap(language):
    use(language)
    index = pd.MultiIndex.from_product([["complained", "responded"], ["x", "y"]], names=["indicator", "group"])
    rates = pd.DataFrame({"rate": [0.1, 0.2, 0.5, 0.3]}, index=index)
    figure = draw.feedback(rates.assign(low=rates["rate"] - 0.05, high=rates["rate"] + 0.05))
    assert "30%" in figure.layout.title.text and "50%" in figure.layout.title.text
    assert list(figure.data[1].x) == [0.5, 0.3]
    assert figure.data[0].error_x.array[0] == pytest.approx(0.05)


@pytest.fixture(scope="module")
def ahead() -> regression.Forecast:
    rng = np.random.default_rng(2)
    rows = []
    for number in range(300):
        gap, day = rng.uniform(15, 400), rng.uniform(0, 60)
        while day < 729:
            rows.append((f"C{number}", day, rng.uniform(5, 90)))
            day += rng.exponential(gap) + 1
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    dates = pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"].round(), unit="D")
    return regression.forecast(frame.assign(order_id=[str(n) for n in frame.index], order_date=dates), "2024-12-30", 90)


@LANGUAGES
def test_the_ranking_in_words_is_the_auc(language, ahead):
    use(language)
    area = ahead.purchase.measures["auc"]
    said = draw.ranking(ahead.purchase).words
    assert f"{area.value:.2f}" in said and f"{area.low:.2f}" in said and f" {round(100 * area.value)}" in said


@LANGUAGES
@pytest.mark.parametrize(("low", "a_coin"), [(0.48, True), (0.5, True), (0.52, False)])
def test_a_ranking_no_better_than_a_coin_is_called_one(language, low, a_coin, ahead):
    use(language)
    judged = replace(ahead.purchase, measures={"auc": Estimate(0.6, low, 0.7, 50)})
    assert (text("offers.ranking_coin") in draw.ranking(judged).words) is a_coin


@LANGUAGES
@pytest.mark.parametrize("which", ["purchase", "orders", "amount"])
def test_calibration_draws_each_bin_and_names_the_worst(language, which, ahead):
    use(language)
    judged = getattr(ahead, which)
    figure = draw.calibration(judged)
    assert list(figure.data[1].y) == judged.calibration["observed"].tolist()
    off = (judged.calibration["predicted"] - judged.calibration["observed"]).abs().max()
    worst = f"{100 * off:.0f}" if which == "purchase" else f"{off:.1f}"[:3]
    assert worst in figure.layout.title.text


@LANGUAGES
def test_coefficients_of_all_three_models_have_words(language, ahead):
    use(language)
    for judged in (ahead.purchase, ahead.orders, ahead.amount):
        table = draw.in_words(judged.model)
        assert len(table) == len(judged.model.coefficients) - 1
        assert table.iloc[:, 0].str.len().min() > 10


def test_an_effect_that_may_be_none_says_so():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"frequency": rng.normal(size=200), "pieces": rng.normal(size=200)})
    happened = pd.Series(rng.random(200) < 1 / (1 + np.exp(-2 * frame["frequency"])))
    first, second = draw.in_words(regression.logistic(frame, happened))["next_purchase"]
    assert "odds of buying multiplied by" in first and "cannot be told from no effect" in second


PAIRS = pd.DataFrame(
    {"antecedent": ["a", "b", "a", "c"], "consequent": ["b", "a", "c", "a"], "lift": [3.0, 3, 0.5, 0.5], "q": 0.01}
)


@LANGUAGES
def test_rules_show_each_pair_once_and_none_that_chance_would_bring(language):
    use(language)
    figure = draw.rules(PAIRS)
    assert list(figure.data[0].y) == ["a + b"] and "3.0" in figure.layout.title.text
    with pytest.raises(DataError) as refused:
        draw.rules(PAIRS[2:])
    assert refused.value.code == "offers_no_rules" and str(refused.value)
    with pytest.raises(DataError):
        draw.rules_of_three(pd.DataFrame(columns=["first", "second", "consequent"]))


@LANGUAGES
def test_hits_name_the_best_method_and_the_popular_products(language):
    use(language)
    held = pd.DataFrame(
        {"hit_rate": [0.1, 0.2, 0.31, 0.3], "low": [np.nan, 0.1, 0.2, 0.2], "high": [np.nan, 0.3, 0.4, 0.4]},
        index=["chance", "popularity", "cosine", "jaccard"],
    )
    figure = draw.hits(held)
    assert "31%" in figure.layout.title.text and "20%" in figure.layout.title.text
    assert figure.data[0].error_y.array[0] == 0
    held.loc["popularity", "hit_rate"] = 0.4
    words = {"en": "Nothing beats popular products", "zh": "没有方法胜过热销商品"}
    assert draw.hits(held).layout.title.text.startswith(words[language])


@LANGUAGES
def test_the_interview_can_be_coded_by_words_as_the_lesson_shows(language):
    use(language)
    answers = draw.interview_answers()
    assert answers.index.tolist() == list(range(1, draw.ANSWERS + 1))
    words = {
        "price": ["price", "cheap", "expensive", "cost", "pay", "价", "便宜", "贵", "钱", "费"],
        "speed": ["late", "long", "wait", "week", "slow", "晚", "久", "等", "星期", "慢"],
    }
    coded = interviews.code_by_words(answers, words)
    # the words miss the queue (8) and take the waiting for sales (3) for slowness, in both languages
    assert coded.loc[3].tolist() == [True, True] and coded.loc[8].tolist() == [False, False]
    assert coded["price"].tolist()[:5] == [True] * 5


@LANGUAGES
def test_themes_say_which_comes_up_most(language):
    use(language)
    counted = interviews.themes(
        pd.DataFrame({"price": [True, True, False, True], "speed": [False, True, False, False]})
    )
    figure = draw.themes(counted)
    assert "75%" in figure.layout.title.text and list(figure.data[0].x) == [0.75, 0.25]
    with pytest.raises(DataError) as refused:
        draw.themes(interviews.themes(pd.DataFrame({"price": [False, False]})))
    assert refused.value.code == "interview_no_word" and str(refused.value)


@LANGUAGES
def test_competitors_prices_are_red_below_blue_above_and_grey_when_old(language):
    use(language)
    index = pd.MultiIndex.from_tuples([("n", "P1"), ("n", "P2"), ("r", "P1")], names=["competitor", "product_id"])
    figure = draw.competitors(
        pd.DataFrame({"difference": [-0.1, 0.2, -0.3], "fresh": [True, True, False]}, index=index)
    )
    assert list(figure.data[0].text) == ["-10%", "+20%", "-30%"]
    assert len(set(figure.data[0].marker.color)) == 3
    assert "2" in figure.layout.title.text and "3" in figure.layout.title.text


@LANGUAGES
def test_usage_counts_every_user_once(language):
    use(language)
    tiers = pd.DataFrame({"active_share": [0.0, 0.02, 0.3, 1.0], "usage_tier": ["dormant", "light", "medium", "heavy"]})
    figure = draw.usage(tiers)
    assert sum(sum(trace.y) for trace in figure.data) == 4
