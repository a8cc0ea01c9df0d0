"""Exercises of lesson 02b: the untouched stub, right answers, and wrong answers that people give, in both languages."""

from __future__ import annotations

import pandas as pd
from crmbook.course.checks import checker
from crmbook.locale import text, use
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

CUSTOMERS = pd.DataFrame({"x": [0, 3, 5, 2]}, index=pd.Index(["C1", "C2", "C3", "C4"], name="customer_id"))
P_ALIVE = pd.Series([1.0, 0.2, 0.9, 0.4], index=CUSTOMERS.index)
# 600 spent in January on search; three customers by search, one who came for nothing
SPEND = pd.DataFrame(
    {"month": pd.to_datetime(["2024-01-01"]), "purpose": ["acquisition"], "channel": ["search"], "amount": [600.0]}
)
NEW = pd.DataFrame(
    {
        "first_order": pd.Timestamp("2024-01-10"),
        "month": pd.Period("2024-01", "M"),
        "channel": ["search", "search", "search", "none"],
    },
    index=CUSTOMERS.index,
)


GIVEN = dict(customers=CUSTOMERS, p_alive=P_ALIVE, yearly_rate=0.1, stay=0.8, spend=SPEND, new=NEW)


RIGHT = {
    # 500 × 1.1 ÷ (1.1 − 0.8)
    "value-1": 550 / 0.3,
    "value-2": {"C2", "C4"},
    "value-3": 600 / 3,
}


WRONG = [
    ("value-1", 400 / 0.3, "value.hint_first_payment"),
    ("value-1", 500 / 0.2, "value.hint_not_discounted"),
    ("value-1", "a lot", None),
    ("value-2", {"C3"}, "value.hint_still_alive"),
    ("value-2", {"C1", "C2", "C4"}, "value.hint_one_time_buyers"),
    ("value-2", 2, None),
    ("value-3", 600 / 4, "value.hint_blended"),
    ("value-3", 600, None),
]


def test_without_spending_the_exercise_says_what_is_missing():
    use("en")
    verdict = checker(spend=None, new=NEW)("value-3", 200.0)
    assert verdict.status == "not tried" and "spend" in verdict.message


def test_data_without_a_right_answer_say_so_and_a_hint_never_breaks():
    use("en")
    nobody_paid = checker(spend=SPEND, new=NEW.assign(channel="none"))("value-3", 200.0)
    assert "no right answer" in nobody_paid.message
    assert checker(yearly_rate=0.1, stay=1.0)("value-1", 5000.0).message == text("value.hint_first_payment")
