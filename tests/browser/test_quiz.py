"""A quiz by the keyboard alone: Tab reaches each choice, Enter opens it and says why."""

from __future__ import annotations

import pytest
from crmbook import locale
from crmbook.course.quizzes import quiz


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    locale.use("en")


@pytest.mark.parametrize(("language", "right"), [("en", "✓ Right."), ("zh", "✓ 对。")])
def test_choices_are_reached_and_opened_by_keys(language, right, offline, screenshots):
    locale.use(language)
    found = quiz("satisfaction")
    offline.set_content(f"<html lang={language}><body>{found._repr_html_()}</body></html>")
    told = []
    for _ in range(sum(len(question.choices) for question in found.questions)):
        offline.keyboard.press("Tab")
        assert offline.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert not offline.evaluate("document.activeElement.parentElement.open")
        offline.keyboard.press("Enter")
        told.append(offline.evaluate("document.activeElement.nextElementSibling.innerText"))
    offline.screenshot(path=screenshots / f"quiz-{language}.png", full_page=True)
    assert sum(each.startswith(right) for each in told) == len(found.questions)
    assert all(len(each) > 5 for each in told)
