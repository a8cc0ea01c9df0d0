"""Pictures of satisfaction and comments, and the questionnaire: what they say is what the methods found."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from crmbook import comments, satisfaction
from crmbook.comments import charts as pictures
from crmbook.figures import style
from crmbook.locale import use
from crmbook.satisfaction import charts as draw
from crmbook.satisfaction import form as questionnaire
from crmbook.satisfaction import tables
from crmbook.shared.estimate import Estimate
from small_books import kano_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


def every_figure() -> dict:
    rng = np.random.default_rng(3)
    items = pd.DataFrame(rng.integers(1, 6, (120, 3)), columns=["price", "service_attitude", "delivery_speed"])
    overall = (items @ [0.2, 0.5, 0.3]).round()
    weights = satisfaction.drivers(items, overall, draws=50)
    waves = pd.Series(np.repeat(["2023H1", "2023H2", "2024H1"], 40))
    flags = comments.code_themes(pd.Series(["快递太慢", "good price"] * 60))
    model = satisfaction.regression(items, overall)
    counts = pd.DataFrame({"M": [20, 2], "A": [5, 30], "I": [5, 3]}, index=["safe_payment", "gift_wrap"])
    return {
        "margins": draw.margins(2000),
        "group_scores": draw.group_scores(satisfaction.by_group(overall, waves), "csat", "wave"),
        "wave_scores": draw.wave_scores(satisfaction.by_wave(overall, waves, "mean"), "mean"),
        "driver_weights": draw.driver_weights(weights),
        "importance_map": draw.importance_map(
            satisfaction.importance_performance(weights["weight"], satisfaction.performance(items))
        ),
        "raised": draw.raised({item: satisfaction.what_if(model, {item: 0.5}) for item in items}, "price"),
        "better_worse": draw.better_worse(kano_of(counts)),
        "theme_pareto": pictures.theme_pareto(comments.theme_counts(flags)),
        "theme_line": pictures.theme_line(comments.theme_trend(flags, waves), "price"),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_says_its_message_in_the_language_in_use(language):
    use(language)
    for name, figure in every_figure().items():
        layout = figure.to_plotly_json()["layout"]
        words = [layout["title"]["text"], layout["meta"]["alt"]]
        words += [layout[axis]["title"]["text"] for axis in layout if "axis" in axis and "title" in layout[axis]]
        for word in words:
            assert word, name
            assert bool(CHINESE.search(word)) == (language == "zh"), f"{name}: {word}"
        assert "{" not in "".join(words)
        assert "nan" not in " ".join(words).lower(), name
        assert len(json.dumps(json.loads(figure.to_json()))) < 60_000, name


def test_margin_picture_marks_cochrans_number():
    # n0 = 1.96^2 * .25 / .05^2 = 384.1; 385 / (1 + 384 / 1000) = 278 (Cochran 1977)
    figure = draw.margins(1000, 0.05)
    assert list(figure.data[2].x) == [278]
    assert figure.data[2].y[0] == pytest.approx(5.0, abs=0.02)


def test_margin_picture_of_a_handful_of_customers_can_be_drawn():
    assert "3 of your 3 customers" in draw.margins(3).layout.title.text


def test_group_scores_show_value_interval_and_n():
    # Wilson, 8 of 10: .49 to .943
    table = satisfaction.by_group(pd.Series([5] * 8 + [1] * 2), pd.Series(["A"] * 10))
    figure = draw.group_scores(table, "csat", "tier")
    assert figure.data[0].x[0] - figure.data[0].error_x.arrayminus[0] == pytest.approx(0.4902, abs=1e-4)
    assert figure.data[0].x[0] + figure.data[0].error_x.array[0] == pytest.approx(0.9433, abs=1e-4)
    assert list(figure.data[0].y) == ["A (n = 10)"]
    assert "80%, one group" in style.plain(figure.layout.title.text)
    none = satisfaction.by_group(pd.Series([5, 4]), pd.Series(["A", "B"]))
    assert "no group has enough" in draw.group_scores(none, "csat", "tier").layout.title.text


def test_group_names_of_customers_are_escaped():
    table = satisfaction.by_group(pd.Series([5] * 10), pd.Series(["<script>"] * 10))
    assert "<script>" not in draw.group_scores(table, "csat", "tier").to_json().replace("\\u003c", "<")


def test_waves_mark_changes_beyond_chance():
    waves = pd.Series(["1"] * 50 + ["2"] * 50 + ["3"] * 50)
    figure = draw.wave_scores(satisfaction.by_wave(pd.Series([1] * 50 + [5] * 100), waves), "csat")
    assert list(figure.data[0].marker.color) == [style.BLUE, style.VERMILLION, style.BLUE]


def test_importance_map_names_what_matters_and_does_badly():
    table = satisfaction.importance_performance(
        pd.Series({"price": 0.3, "effort": 0.1}), pd.Series({"price": 0.4, "effort": 0.8})
    )
    figure = draw.importance_map(table)
    assert figure.layout.title.text == "Fix first: price"
    assert figure.data[0].marker.color[0] == style.BAD


def test_raised_shows_all_items_and_darkens_the_chosen_one():
    changes = {"price": Estimate(0.1, 0.0, 0.2, 50), "effort": Estimate(0.3, 0.2, 0.4, 50)}
    figure = draw.raised(changes, "effort")
    assert list(figure.data[0].x) == [0.1, 0.3]
    assert list(figure.data[0].marker.color) == [style.SKY, style.BLUE]


def test_kano_picture_stands_where_better_and_worse_say():
    # M 95, O 123, A 45, I 33: better 168/296 = .568, worse 218/296 = .736
    counts = pd.DataFrame({"M": [95], "O": [123], "A": [45], "I": [33]}, index=["fast_delivery"])
    figure = draw.better_worse(kano_of(counts))
    assert (figure.data[0].x[0], figure.data[0].y[0]) == pytest.approx((0.736, 0.568), abs=1e-3)
    empty = kano_of(pd.DataFrame({"Q": [3]}, index=["gift_wrap"]))
    assert len(draw.better_worse(empty).data) == 0


def test_kano_words_leave_no_single_letters():
    counts = pd.DataFrame({"M": [5], "O": [20]}, index=["gift_wrap"])
    shown = tables.kano_words(kano_of(counts))
    assert shown[["category", "runner_up"]].values.tolist() == [["one-dimensional", "must-be"]]
    assert not {"M", "O", "A", "I", "R", "Q"} & set(shown.columns)


def test_pareto_of_themes_without_unhappy_comments_says_so():
    flags = pd.DataFrame({"price": [True, False]})
    figure = pictures.theme_pareto(comments.theme_counts(flags, pd.Series([False, False])))
    assert figure.layout.title.text == "No unhappy comment names a theme"


def test_comments_are_escaped_and_carry_their_score():
    listed = pictures.comment_list(pd.Series(["<img src=x onerror=alert(1)>", "ok"]), pd.Series([1.0, np.nan]))
    assert "<img" not in listed and "<li><b>1</b> · &lt;img" in listed and "<li>ok</li>" in listed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("core_only", [True, False])
def test_form_and_export_hold_every_question_in_words(language, core_only):
    use(language)
    bank = satisfaction.item_bank(core_only=core_only)
    table, page = questionnaire.export(bank), questionnaire.form(bank).page
    assert table.index.tolist() == bank.index.tolist()
    assert page.count("☐") == int((bank["highest"] - bank["lowest"] + 1).sum())
    for question in table["question"]:
        assert bool(CHINESE.search(question)) == (language == "zh")
        assert question.replace("'", "&#x27;") in page
    assert f'lang="{language}"' in page
    assert table.loc["recommend", "choices"].count("|") == 10
    assert table.loc["comment", "choices"] == ""


def test_exported_labels_are_read_back_as_the_answers_they_stand_for():
    for language in ("en", "zh"):
        use(language)
        choices = questionnaire.export(satisfaction.item_bank(["price"])).loc["price", "choices"].split("|")
        words = [choice.split(" ", 1)[1] for choice in choices]
        assert satisfaction.read_answers(words).tolist() == [1, 2, 3, 4, 5]


def test_answers_set_aside_are_listed_in_words_or_said_to_be_none():
    survey = pd.DataFrame({"price": [5, 4, 0, 55]})
    shown = tables.set_aside(satisfaction.check_answers(survey)).to_html()
    assert "typed twice" in shown and "0: not applicable?" in shown and "Price" in shown
    assert "nothing was set aside" in tables.set_aside(satisfaction.check_answers(survey.head(2))).words


def test_tables_write_scores_as_readers_write_them():
    scores = {
        "csat": Estimate(0.64, 0.59, 0.69, 351),
        "nps": Estimate(19.2, 11, 27, 340),
        "ces": Estimate(5.07, 5, 5.2, 9),
    }
    assert tables.score_table(scores)["value"].tolist() == ["64%", "+19", "5.07"]
    trend = satisfaction.Trend(0.017, 0.003, 0.032, 0.019, 1548, 6)
    assert tables.trend_table({"csat": trend, "nps": trend})["slope"].tolist() == ["+1.7", "+0.0"]


def test_table_of_items_names_items_and_keeps_other_rows():
    table = satisfaction.missing(pd.DataFrame({"after_sales": [4, None], "effort": [7, 6]}))
    assert tables.item_table(table).index.tolist() == ["After-sales service", "Ease (effort)", "any item"]


def test_channels_without_strata_have_no_adjusted_column():
    scores, channels = pd.Series([5, 1] * 20), pd.Series(["app"] * 20 + ["sms"] * 20)
    shown = tables.channel_table(satisfaction.mode_effect(scores, channels), "csat")
    assert list(shown.columns) == ["n", "value", "low", "high"] and shown["n"].tolist() == [20, 20]


def test_labels_of_neighbouring_features_stand_apart():
    counts = pd.DataFrame({"M": [60, 60], "O": [200, 201], "A": [40, 40]}, index=["fast_delivery", "fair_price"])
    figure = draw.better_worse(kano_of(counts))
    assert len(set(figure.data[0].textposition)) == 2


def test_kano_tables_say_the_class_in_words():
    counts = pd.DataFrame({"M": [5], "O": [20]}, index=["gift_wrap"])
    shown = tables.kano_counts(kano_of(counts))
    assert shown.loc["gift_wrap", ["M", "O", "category"]].tolist() == [5, 20, "O · one-dimensional"]
    assert tables.kano_grid(satisfaction.evaluation_table()).loc[2, "5"] == "must-be"


def test_form_is_written_where_a_folder_is_named(tmp_path):
    form = questionnaire.form(satisfaction.item_bank(["price"]))
    form.write("")
    form.write(str(tmp_path / "forms"))
    assert (tmp_path / "forms" / "questionnaire.html").read_text(encoding="utf-8") == form.page
