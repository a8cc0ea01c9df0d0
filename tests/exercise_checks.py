"""What holds for the exercises of every chapter. A chapter's test file imports these and names its data:

``GIVEN`` (what `checker` gets), ``RIGHT`` (the answer of each exercise, worked by hand) and ``WRONG`` (exercise, an
answer that people really give, the text of its hint or None).
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from crmbook.course.checks import HINTS, checker
from crmbook.figures import table
from crmbook.figures.wording import percent
from crmbook.locale import LANGUAGES, text, use

# Shares and points: pages show these as 0.22, as 22 or as 22%.
IN_HUNDREDS = {
    "start-3", "tiering-1", "tiering-4",
    "lifecycle-1", "lifecycle-2", "offers-1", "offers-3", "satisfaction-1", "evaluation-3",
}  # fmt: skip


@pytest.fixture(name="check", params=["en", "zh"])
def check_in_both_languages(request):
    use(request.param)
    yield checker(**request.module.GIVEN)
    use("en")


def test_untouched_exercise_is_not_tried(check, exercise):
    assert check(exercise, ...).status == "not tried"


def test_right_answer_is_correct(check, exercise, request):
    assert check(exercise, request.module.RIGHT[exercise]).status == "correct"


def test_wrong_answers_get_a_hint_that_fits(check, wrong_answer):
    exercise, answer, hint = wrong_answer
    verdict = check(exercise, answer)
    assert verdict.status == "not yet"
    if hint and "{" not in text(hint):
        assert verdict.message == text(hint)


def test_answer_that_breaks_on_comparison_does_not_stop_the_notebook(check, exercise):
    class Spiteful:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    for answer in (Spiteful(), None, np.nan, SimpleNamespace()):
        assert check(exercise, answer).status == "not yet"


def test_right_answer_is_taken_as_a_page_of_either_language_shows_it(check, exercise, request):
    right = request.module.RIGHT[exercise]
    forms = [form for language in LANGUAGES for form in _in_language(language, shown, exercise, right)]
    assert len(forms) >= 2
    assert [form for form in forms if check(exercise, form).status != "correct"] == []


def test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer(check, wrong_answer, request):
    exercise, answer, _ = wrong_answer
    right = request.module.RIGHT[exercise]
    seen = [check(exercise, answer) for _ in range(5)]
    chapter, _, number = exercise.rpartition("-")
    texts = [text(f"{chapter}.hint_{number}{step}") for step in HINTS]
    assert seen[0].hint == ""
    assert [texts.index(hint) for each in seen[1:] for hint in texts if each.hint.endswith(hint)] == [0, 1, 2, 2]
    message = seen[0].message
    for listed in re.findall(r"[：:] ?((?:\w+, ){2,}\w+)", message):  # all to choose from, and not the best one first
        assert listed.split(", ") == sorted(listed.split(", "))
        message = message.replace(listed, "")
    told = " ".join([message, *(each.hint for each in seen)])
    mine = set(map(str, answer)) if isinstance(answer, set | list) else {str(answer)}
    for secret in secrets(right) - mine:
        assert not re.search(rf"(?<![\w.]){re.escape(secret)}(?![\w.]*\w)", told), (secret, told)


def shown(exercise: str, right: Any) -> list[Any]:
    """The forms in which a page shows a right answer, made by what draws the tables."""
    if isinstance(right, str):
        return [right, table._heading(right), [table._heading(right)]]
    if isinstance(right, set):
        return [right, {table._heading(each) for each in right}, [table._heading(each) for each in sorted(right)]]
    if isinstance(right, pd.Series):
        return [right, right.astype(float)]
    words = table._cell(right, False, None)
    forms = [words, float(words.replace(",", ""))]
    if exercise in IN_HUNDREDS:
        share = right / 100 if exercise == "satisfaction-1" else right
        forms += [percent(share), round(100 * share), f"{100 * share:.1f} %", f"{100 * share:.1f}％"]
    return forms


def secrets(right: Any) -> set[str]:
    """What must not be read in a message: names and ids that are right, and figures that nobody writes by chance."""
    if isinstance(right, str):
        return {right, *(_in_language(language, table._heading, right) for language in LANGUAGES)}
    if isinstance(right, set):
        return set(map(str, right))
    return set() if isinstance(right, pd.Series) or float(right) == int(right) else {f"{right:.3g}", f"{right:.2f}"}


def _in_language(language: str, call: Any, *arguments: Any) -> Any:
    from crmbook import locale

    before = locale.language()
    use(language)
    found = call(*arguments)
    use(before)
    return found
