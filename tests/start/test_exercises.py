"""Exercises of lesson 00: the untouched stub, right answers, and the wrong ones that beginners give."""

from __future__ import annotations

import pandas as pd
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

CUSTOMERS = pd.DataFrame(
    {"frequency": [1, 2, 5, 1], "monetary": [900.0, 60.0, 30.0, 10.0], "mean_order": [900.0, 30.0, 6.0, 10.0]},
    index=pd.Index(["K1", "K2", "K3", "K4"], name="customer_id"),
)
TIERS = pd.Series(["A", "B", "C", "C"], index=CUSTOMERS.index)
ORDERS = pd.DataFrame({"customer_id": ["K1", "K2", "K2", "K3", "K3", "K3", "K3", "K3", "K4"], "amount": 1.0})

GIVEN = dict(orders=ORDERS, customers=CUSTOMERS, tiers=TIERS)

# nine rows; 1,000 for four; K2 and K3 of four; K1; K1 alone is in A with one order; K3 has five orders
RIGHT = {"start-1": 9, "start-2": 250.0, "start-3": 0.5, "start-4": 1, "start-5": {"K1"}, "start-6": "K3"}

WRONG = [
    ("start-1", 2, "start.columns_not_rows"),
    ("start-1", 4, "start.customers_not_rows"),
    ("start-1", 8, "course.too_low"),
    ("start-2", 1000.0, "start.sum_not_mean"),
    ("start-2", 45.0, "start.median_not_mean"),  # between 30 and 60
    ("start-2", 236.5, "start.order_not_customer"),  # 946 / 4
    ("start-3", 2, "exercises.count_not_share"),
    ("start-3", 1.0, "start.one_order_counted"),
    ("start-3", 0.25, "course.too_low"),
    ("start-4", 0.25, "start.share_not_count"),
    ("start-4", 2, "start.another_tier"),
    ("start-4", "A", None),
    ("start-5", {"K1", "K2", "K4"}, "start.or_not_and"),
    ("start-5", {"K4"}, None),
    ("start-5", "K1", None),
    ("start-6", "K1", "start.fewest_not_most"),
    ("start-6", 5, "start.number_not_id"),
    ("start-6", "K2", "start.another_customer"),
    ("start-6", "K9", "start.id_wanted"),
]
