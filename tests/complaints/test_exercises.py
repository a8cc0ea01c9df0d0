"""Exercises of lesson 04b: untouched stub, right answers, and the wrong ones that people give, in both languages."""

from __future__ import annotations

import pandas as pd
from crmbook.course.checks import checker
from crmbook.locale import text
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

AS_OF = pd.Timestamp("2024-01-31")
# Twelve complaints, all opened twenty days before the end: ten closed after 1 to 10 hours, two open.
OPENED = pd.Series(pd.Timestamp("2024-01-11")).repeat(12).reset_index(drop=True)
HOURS = pd.Series([*range(1, 11), None, None], dtype=float)
TICKETS = pd.DataFrame(
    {
        "customer_id": ["C1", "C2"] * 6,
        "opened_at": OPENED,
        "closed_at": OPENED + pd.to_timedelta(HOURS, unit="h"),
    }
)
# 800 purchases, and C1 and C3 returned something
ORDERS = pd.DataFrame(
    {
        "order_id": [f"O{number}" for number in range(802)],
        "customer_id": [*(f"B{number % 90}" for number in range(800)), "C1", "C3"],
        "order_date": pd.Timestamp("2024-01-05"),
        "amount": [20.0] * 800 + [-20.0] * 2,
    }
)
COMPLAINED = pd.Series([True, True, False], index=["C1", "C2", "C3"])


# eleven of twelve closed, so that nine in ten are: the eleventh after 100 hours
late = TICKETS.assign(closed_at=TICKETS["closed_at"].where(TICKETS.index != 10, OPENED + pd.Timedelta(hours=100)))
GIVEN = dict(tickets=late, orders=ORDERS, as_of=AS_OF, days=180)


RIGHT = {
    # 12 complaints for 800 orders
    "complaints-1": 15.0,
    # after the tenth closing (10 h) 2 of 12 are open, 17 %; after the eleventh (100 h) 1 of 12, 8 %
    "complaints-2": 100.0,
    "complaints-3": {"C1"},
}


WRONG = [
    # handling rate: 11 of 12
    ("complaints-1", 11 / 12, "complaints.hint_handling_rate"),
    ("complaints-1", 100 * 11 / 12, "complaints.hint_handling_rate"),
    ("complaints-1", 12 / 800, "complaints.hint_per_order"),
    ("complaints-1", 20.0, "course.too_high"),
    # of the eleven closed (1 to 10, 100) numpy's quantile .9 is the tenth, 10 hours
    ("complaints-2", 10.0, "complaints.hint_closed_only"),
    # half of twelve are closed after 6 hours
    ("complaints-2", 6.0, "complaints.hint_median"),
    ("complaints-2", "soon", None),
    ("complaints-3", {"C1", "C2", "C3"}, "complaints.hint_either"),
    ("complaints-3", {"C1", "C2"}, "complaints.hint_complaint_only"),
    ("complaints-3", COMPLAINED, "complaints.hint_complaint_only"),
    ("complaints-3", "C1", None),
]


def test_without_nine_in_ten_closed_the_data_give_no_right_answer():
    # 10 of 12 closed: 17 % stay open for longer than was watched
    check = checker(tickets=TICKETS, as_of=AS_OF)
    assert check("complaints-2", 9.1).message in {text("course.no_right_answer"), text("complaints.hint_closed_only")}
    assert check("complaints-2", 50.0).message == text("course.no_right_answer")


def test_without_tickets_the_reader_is_told_what_is_missing():
    check = checker(tickets=None, orders=ORDERS, as_of=AS_OF, days=180)
    for name in RIGHT:
        verdict = check(name, 1)
        assert verdict.status == "not tried"
        assert "tickets" in verdict.message
