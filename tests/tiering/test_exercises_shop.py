"""Exercises of lesson 01d, an online shop: stubs, right answers and the wrong ones that people give."""

from __future__ import annotations

import pandas as pd
from crmbook import tiering
from crmbook.data import schemes
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_get_a_hint_that_fits,
)

SEEN = pd.DataFrame(
    {
        "monetary": [5000.0, 2000, 600, 300, 100],
        "frequency": [20, 2, 12, 3, 1],
        "mean_order": [250.0, 1000, 50, 100, 100],
        "recency": [5.0, 9, 9, 30, 90],
        "tenure": [900.0, 900, 900, 900, 90],
    },
    index=list("uvwxy"),
)
PLAN = schemes.read("shop")
# u high; v much money and few orders, w the reverse: mid; x 300 and 3, y 100 and 1: low
GIVEN = dict(seen=SEEN, tiers=tiering.assign(SEEN, PLAN), plan=PLAN)

RIGHT = {
    "tiering_shop-1": 1 / 5,
    "tiering_shop-2": {"v"},
    # a fourth order makes x mid; y would have two
    "tiering_shop-3": 1,
}

WRONG = [
    ("tiering_shop-1", 1, "exercises.count_not_share"),
    ("tiering_shop-1", 0.8, "course.of_the_others"),
    ("tiering_shop-2", {"v", "w"}, "exercises.one_condition"),
    ("tiering_shop-2", {"u", "v"}, "exercises.one_condition"),
    ("tiering_shop-3", 0, None),
    ("tiering_shop-3", 2, None),
]
