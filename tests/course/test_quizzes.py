"""Quizzes: both languages, one right choice, feedback for each; a file that is none is refused with what is missing."""

from __future__ import annotations

import re

import crmbook
import pytest
import yaml
from crmbook import DataError, locale
from crmbook.course import lessons, quizzes
from crmbook.course.quizzes import quiz

LESSONS = [lesson for lesson in lessons.find() if lesson.topic == lesson.chapter]  # a case has no quiz of its own
CHAPTERS = [lesson.chapter for lesson in LESSONS]


@pytest.fixture(autouse=True)
def _english():
    locale.use("en")
    yield
    locale.use("en")


def test_every_lesson_has_a_quiz_and_shows_it():
    assert sorted(CHAPTERS) == quizzes.chapters()
    for lesson in LESSONS:
        assert [cell.source for cell in lesson.cells if "quiz" in cell.tags and cell.is_code] == [
            f'from crmbook import quiz\n\nquiz("{lesson.chapter}")'
        ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_questions_and_what_is_told_are_written_in_both_languages(chapter):
    found = quiz(chapter)
    assert 4 <= len(found.questions) <= 6
    for question in found.questions:
        texts = [question.words, *(part for choice in question.choices for part in (choice.words, choice.because))]
        assert all(each["en"] and each["zh"] for each in texts)
        assert not [each["en"] for each in texts if re.search(r"[\u4e00-\u9fff]", each["en"])]
        assert re.search(r"[\u4e00-\u9fff]", question.words["zh"])
        assert all(re.search(r"[\u4e00-\u9fff]|\d", choice.because["zh"]) for choice in question.choices)
        assert len({choice.because["en"] for choice in question.choices}) == len(question.choices)
        assert len({choice.words["zh"] for choice in question.choices}) == len(question.choices)


def test_the_right_choice_stands_in_every_place():
    places = [
        [choice.right for choice in question.choices].index(True)
        for chapter in CHAPTERS
        for question in quiz(chapter).questions
    ]
    assert {places.count(place) >= 5 for place in range(3)} == {True}


@pytest.mark.parametrize(("language", "right", "wrong"), [("en", "✓ Right.", "✗ No."), ("zh", "✓ 对。", "✗ 不对。")])
def test_a_choice_opens_without_a_script_and_says_why(language, right, wrong):
    locale.use(language)
    found = quiz("tiering")
    page = found._repr_html_()
    assert "<script" not in page and "onclick" not in page
    assert page.count("<details") == page.count("<summary") == sum(len(each.choices) for each in found.questions)
    assert page.count(right) == len(found.questions)
    assert page.count(wrong) == page.count("<details") - len(found.questions)
    assert found.questions[0].words[language] in repr(found)


def test_what_stands_in_a_quiz_is_text_and_no_markup(monkeypatch, tmp_path):
    entry = written()
    entry[0]["choices"][1]["because_en"] = "<script>alert(1)</script>"
    assert "<script>" not in put(monkeypatch, tmp_path, entry)._repr_html_()


def written(rights=(True, False, False), questions=4):
    choice = {"en": "a", "zh": "甲", "because_en": "so", "because_zh": "因为"}
    return [
        {"en": f"Q{number}?", "zh": f"问{number}？", "choices": [choice | {"right": right} for right in rights]}
        for number in range(questions)
    ]


def put(monkeypatch, folder, entry):
    (folder / "own").mkdir()
    (folder / "own" / "quiz.yaml").write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(crmbook, "__path__", [*crmbook.__path__, str(folder)])
    return quiz("own")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (written(questions=3), "3 questions"),
        (written((True, True, False)), "question 1: 3 choices, 2 right"),
        (written((False, False, False)), "question 1: 3 choices, 0 right"),
        (written((True, False)), "question 1: 2 choices, 1 right"),
        ([{"en": "Q?", "choices": []}], "zh"),
        ("no list", "quiz.yaml is not as a quiz should be"),
        (None, "quiz.yaml is not as a quiz should be"),
    ],
)
def test_file_that_is_no_quiz_is_refused_with_what_is_missing(monkeypatch, tmp_path, entry, said):
    with pytest.raises(DataError, match=said):
        put(monkeypatch, tmp_path, entry)


@pytest.mark.parametrize("name", ["no_such", "", "../etc", "tiering/"])
def test_chapter_without_a_quiz_is_refused_with_those_that_have_one(name):
    with pytest.raises(DataError, match="Chapters with one: clustering"):
        quiz(name)
