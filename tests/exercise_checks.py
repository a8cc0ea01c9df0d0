"""What holds for the exercises of every chapter. A chapter's test file imports these and names its data:

``GIVEN`` (what `checker` gets), ``RIGHT`` (the answer of each exercise, worked by hand) and ``WRONG`` (exercise, an
answer that people really give, the text of its hint or None).
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from crmbook.course.checks import checker
from crmbook.locale import text, use


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
