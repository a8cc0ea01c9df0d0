"""Exercises of lesson 05: the stub, right answers, and the wrong answers that people give, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook.course.checks import checker
from crmbook.locale import text, use
from crmbook.methods.evaluation import Assumptions

# Means: treated 11 before and 22 after, comparison group 10 and 13.
SALES = pd.DataFrame(
    {
        "group": ["treated"] * 4 + ["control"] * 4,
        "period": ["before", "after"] * 4,
        "net": [10.0, 20, 12, 24, 9, 11, 11, 15],
    }
)
# Class A of the first year: a (600 of 1,000) and b (before it 60 % < 80 %). In the second year: d alone reaches 83 %.
FIRST = pd.Series({"a": 600.0, "b": 250.0, "c": 150.0})
SECOND = pd.Series({"a": 60.0, "b": 40.0, "d": 500.0})
ASSUMED = Assumptions(100, revenue=1000, uplift=0.2, margin=0.4, cost_per_customer=20, fixed_cost=3000)
COLUMNS = ["customer_data", "ease_of_use", "cost", "analysis"]
SYSTEMS = pd.DataFrame([[5, 4, 5, 5], [3, 3, 1, 1], [5, 5, 4.2, 1]], index=["S1", "S2", "S3"], columns=COLUMNS)


@pytest.fixture(params=["en", "zh"])
def check(request):
    use(request.param)
    yield checker(sales=SALES, first=FIRST, second=SECOND, assumed=ASSUMED, systems=SYSTEMS)
    use("en")


RIGHT = {
    "evaluation-1": 8.0,  # (22 - 11) - (13 - 10)
    "evaluation-2": -375.0,  # a -540, b -210
    # gain 100 x 1000 x .2 x .4 = 8,000; cost 100 x 20 + 3,000 = 5,000
    "evaluation-3": 0.6,
    # on 0 to 1, cost turned: S1 .3 x 1 + .3 x .75 + 0 = .525; S2 .15 + .15 + .4 = .7; S3 .3 + .3 + .4 x .2 = .68
    "evaluation-4": "S2",
}


@pytest.mark.parametrize("name", RIGHT)
def test_untouched_exercise_is_not_tried(check, name):
    assert check(name, ...).status == "not tried"


@pytest.mark.parametrize("name", RIGHT)
def test_right_answer_is_correct(check, name):
    assert check(name, RIGHT[name]).status == "correct"


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
        ("evaluation-1", 11.0, "evaluation.hint_before_after"),
        ("evaluation-1", 9.0, "evaluation.hint_after_only"),
        ("evaluation-1", "8", None),
        ("evaluation-2", -100.0, "evaluation.hint_all_customers"),  # (-540 - 210 - 150 + 500) / 4
        ("evaluation-2", 500.0, "evaluation.hint_chosen_after"),
        ("evaluation-3", 3.0, "evaluation.hint_revenue_not_margin"),  # (20,000 - 5,000) / 5,000
        ("evaluation-3", 1.6, "evaluation.hint_cost_not_subtracted"),
        ("evaluation-4", "S1", "evaluation.hint_cost_upwards"),
        ("evaluation-4", "S3", "evaluation.hint_equal_weights"),
        ("evaluation-4", 2, None),
    ],
)
def test_wrong_answers_get_a_hint_that_fits(check, name, answer, hint):
    verdict = check(name, answer)
    assert verdict.status == "not yet"
    if hint:
        assert verdict.message == text(hint)
