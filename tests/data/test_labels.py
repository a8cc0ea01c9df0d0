"""Answers in words, as survey tools export them: read as numbers, and said; never blanked in silence."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import load, satisfaction
from crmbook.data.labels import KANO, SATISFACTION, answers
from crmbook.locale import use
from crmbook.satisfaction import form as questionnaire
from crmbook.satisfaction import tables as satisfaction_tables

ORDERS = "customer_id,order_date,amount\nC1,2024-05-01,10\nC2,2024-05-02,20\n"
FIVE = ["非常不满意", "不满意", "一般", "满意", "非常满意"]


def book_with(folder, **tables):
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    for table, lines in tables.items():
        (folder / f"{table}.csv").write_text("\n".join(lines), encoding="utf-8")
    return load(folder)


def test_a_survey_in_words_gives_the_scores_of_the_numbers_it_stands_for(tmp_path):
    book = book_with(tmp_path, survey=["response_id,overall", *(f"R{at},{word}" for at, word in enumerate(FIVE))])
    assert book.survey["overall"].tolist() == [1, 2, 3, 4, 5]
    assert satisfaction.csat(book.survey["overall"]).value == 0.4
    note = book.findings.set_index("rule").loc["answers_in_words"]
    assert note["column"] == "overall" and note["rows"] == 5 and note["effect"] == "note"
    assert note["value"] == "非常满意 5, 满意 4, 一般 3, 不满意 2, 非常不满意 1"
    assert "answers_in_words" not in book.faults["rule"].tolist()


def test_words_numbers_points_and_not_applicable_may_stand_in_one_column():
    read = answers(pd.Series(["Very satisfied", "４", "3分", " 不满意 ", "不适用", "N/A", ""]), SATISFACTION)
    assert read.values.tolist()[:4] == [5, 4, 3, 2] and read.values.isna().tolist()[4:] == [True] * 3
    assert read.blank.tolist() == [False] * 4 + [True] * 3
    assert not any(where.any() for where in read.faults.values())


def test_an_unknown_word_is_blanked_and_named(tmp_path):
    many = [f"R{number},4" for number in range(4, 30)]  # of fewer answers, one would be more than 5 %
    book = book_with(tmp_path, survey=["response_id,overall", "R1,满意", "R2,还凑合吧", "R3,5", *many])
    assert book.survey["overall"].isna().tolist() == [False, True, False, *[False] * len(many)]
    found = book.faults.iloc[0]
    assert (found["rule"], found["row"], found["value"]) == ("answer_unreadable", 3, "还凑合吧")


def test_words_of_a_scale_of_more_than_five_points_are_not_squeezed_into_five(tmp_path):
    words = ["非常满意", "满意", "比较满意", "一般", "不满意", "4"]
    book = book_with(tmp_path, survey=["response_id,overall", *(f"R{at},{word}" for at, word in enumerate(words))])
    assert book.survey["overall"].dropna().tolist() == [4]
    assert set(book.faults.loc[book.faults["rule"] == "answer_clash", "value"]) == set(words[:-1])


def test_likelihood_to_recommend_has_no_words_of_its_own(tmp_path):
    # of 非常可能, 可能, 不太可能 our form has the first alone: reading it would leave half a column
    many = [f"R{number},8" for number in range(5, 50)]
    lines = ["response_id,recommend", "R1,非常可能", "R2,9", "R3,10 非常可能", "R4,9 非常可能", *many]
    book = book_with(tmp_path, survey=lines)
    assert book.survey["recommend"].dropna().tolist() == [9, 10, *[8] * len(many)]
    assert book.faults[["rule", "value"]].values.tolist() == [
        ["answer_unreadable", "非常可能"],
        ["answer_unreadable", "9 非常可能"],
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_options_of_our_own_questionnaire_come_back_as_answers(tmp_path, language):
    use(language)
    try:
        choices = questionnaire.export(satisfaction.item_bank())["choices"].drop("comment").str.split("|")
    finally:
        use("en")
    lines = ["response_id," + ",".join(choices.index)]
    lines += [f"R{end}," + ",".join(options[end] for options in choices) for end in (0, -1)]
    book = book_with(tmp_path, survey=lines)
    ends = {item: list(satisfaction.SCALES[item]) for item in choices.index}
    assert {item: book.survey[item].tolist() for item in choices.index} == ends
    assert {item: satisfaction.read_answers([o[0], o[-1]], *ends[item]).tolist() for item, o in choices.items()} == ends
    assert book.faults.empty and "answers_in_words" not in book.findings["rule"].tolist()


@pytest.mark.parametrize(
    "words",
    [
        ["我很喜欢", "它理应如此", "无所谓", "勉强接受", "我很不喜欢"],
        [
            "I like it that way",
            "It must be that way",
            "I am neutral",
            "I can live with it that way",
            "I dislike it that way",
        ],
    ],
)
def test_kano_pairs_in_the_usual_wording_are_read(tmp_path, words):
    lines = [
        "response_id,feature,functional,dysfunctional",
        *(f"R{at},gift,{word},{words[4]}" for at, word in enumerate(words)),
    ]
    book = book_with(tmp_path, kano=lines)
    assert book.kano["functional"].tolist() == [1, 2, 3, 4, 5]
    table = satisfaction.kano(*satisfaction.kano_answers(book.kano)).iloc[0]
    assert table[["O", "M", "Q"]].tolist() == [
        1,
        3,
        1,
    ]  # like-dislike O; must-be, neutral, live-with M; dislike twice Q
    assert satisfaction.kano(words, [words[4]] * 5).iloc[0]["M"] == 3 and KANO[words[0].casefold()] == 1


def test_the_lesson_shows_what_was_blanked_or_read_from_words_on_loading(tmp_path):
    many = [f"R{number},满意,4" for number in range(4, 30)]
    lines = ["response_id,overall,price", "R1,满意,5", "R2,还凑合吧,0", "R3,一般,4", *many]
    book = book_with(tmp_path, survey=lines)
    _, findings = satisfaction.clean_answers(book.survey)
    assert "value_low" not in findings["rule"].tolist()
    shown = satisfaction_tables.set_aside(findings, book.findings).data
    assert len(shown) == 3
    assert {"0", "还凑合吧", "满意 4, 一般 3"} <= set(shown.to_numpy().astype(str).ravel())
