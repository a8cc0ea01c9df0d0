"""Exercises of lesson 01: the untouched stub, right answers, and the wrong ones that people give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from crmbook.course.checks import checker
from crmbook.data import schemes
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

# Twelve customers, worked by hand. Money: 600 + 200 + 100 + nine times less, 1,000 in all.
MONEY = [600, 200, 100, 40, 20, 10, 10, 5, 5, 5, 3, 2]
CUSTOMERS = pd.DataFrame(
    {
        "recency": [300, 5, 400, 10, 20, 30, 40, 50, 60, 70, 80, 90],
        "frequency": [9, 8, 7, 6, 5, 4, 3, 2, 2, 2, 1, 1],
        "monetary": [float(money) for money in MONEY],
    },
    index=pd.Index([f"C{number:02}" for number in range(1, 13)], name="customer_id"),
)
PLAN = schemes.read("abc")
# Four customers at both dates: one up (B to A), two down (A to B, B to C), one stayed; C4 is new, C5 lost.
BEFORE = pd.Series({"C0": "B", "C1": "A", "C2": "B", "C3": "A", "C5": "C"})
TIERS = pd.Series({"C0": "A", "C1": "B", "C2": "C", "C3": "A", "C4": "C"})


GIVEN = dict(customers=CUSTOMERS, before=BEFORE, tiers=TIERS, plan=PLAN)


# Sorted by recency: 5 10 20 30 | 40 50 60 70 | 80 90 300 400, so four customers for each of three scores.
RECENT = pd.Series([1, 3, 1, 3, 3, 3, 2, 2, 2, 2, 1, 1], index=CUSTOMERS.index)

RIGHT = {
    # the first customer alone has 600 of 1,000, more than half: 1 of 12
    "tiering-1": 1 / 12,
    "tiering-2": RECENT,
    # A takes 600 and 200, which reach 80 %. Recency in fifths: the two lowest scores are the five or so most silent,
    # 70 80 90 300 400; of A only C01 (300 days) is among them
    "tiering-3": {"C01"},
    "tiering-4": 1 / 4,
}


WRONG = [
    ("tiering-1", 1, "exercises.count_not_share"),
    ("tiering-1", 0.6, "exercises.revenue_not_customers"),
    # A with the usual cut holds two of twelve
    ("tiering-1", 2 / 12, "exercises.usual_cuts"),
    ("tiering-1", pd.Series([1 / 12]), None),
    ("tiering-1", 11 / 12, "course.of_the_others"),
    ("tiering-2", 4 - RECENT, "exercises.direction_reversed"),
    ("tiering-2", pd.Series(pd.qcut(CUSTOMERS["recency"], 3)), None),
    ("tiering-2", CUSTOMERS[["recency"]], "course.frame_not_series"),
    ("tiering-3", {"C01", "C02"}, "exercises.only_valuable"),
    ("tiering-3", {"C01", "C03", "C10", "C11", "C12"}, "exercises.only_silent"),
    ("tiering-2", RECENT.to_numpy(), None),
    ("tiering-2", RECENT.astype(str), "course.values_not_numbers"),
    ("tiering-2", RECENT.reset_index(drop=True), None),
    ("tiering-3", "C01", None),
    ("tiering-3", {"C02"}, None),
    ("tiering-3", 1, None),
    ("tiering-3", set(), None),
    ("tiering-4", 2 / 4, "exercises.downgrades_not_upgrades"),
    ("tiering-4", 1 / 5, "exercises.newcomers_counted"),
    ("tiering-4", 3 / 4, "exercises.both_directions"),
    ("tiering-4", 1, None),
]


def test_upgrade_rate_by_the_alphabet_is_known(check):
    # two of five moved up; with "important" taken for the best, four did
    before = pd.Series({"C0": "vip", "C1": "ordinary", "C2": "important", "C3": "vip", "C4": "vip"})
    tiers = pd.Series({"C0": "important", "C1": "important", "C2": "vip", "C3": "ordinary", "C4": "important"})
    own = checker(before=before, tiers=tiers, plan=schemes.read("value"))
    assert own("tiering-4", 2 / 5).status == "correct"
    assert own("tiering-4", 4 / 5).message == text("exercises.alphabet_not_order")


def test_customer_who_only_returned_goods_has_no_recency_score():
    silent = pd.DataFrame({"recency": [np.nan], "frequency": [0], "monetary": [-5.0]}, index=["C13"])
    verdict = checker(customers=pd.concat([CUSTOMERS, silent]))("tiering-2", RECENT)
    assert verdict.status == "correct"
