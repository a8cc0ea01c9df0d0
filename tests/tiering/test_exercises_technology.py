"""Exercises of lesson 01h, a technology company: stubs, right answers and the wrong ones that people give."""

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

BEFORE = pd.Series(["potential"] * 5 + ["ordinary", "vip"], index=list("abcdefg"))
AFTER = pd.Series(["vip", "ordinary", "ordinary", "potential", "vip", "vip", "potential"], index=list("abcdfgh"))
# of a, b, c, d and e, who is gone: one VIP and two ordinary of four there at both dates; h is new
MOVED = tiering.migration(BEFORE, AFTER, order=schemes.read("technology").codes)
GIVEN = dict(moved=MOVED)

RIGHT = {"tiering_technology-1": 3 / 4, "tiering_technology-2": 1 / 4, "tiering_technology-3": 1}

WRONG = [
    ("tiering_technology-1", 3, "exercises.count_not_share"),
    ("tiering_technology-1", 3 / 5, None),
    ("tiering_technology-2", 1, "exercises.count_not_share"),
    ("tiering_technology-2", 1 / 5, None),
    ("tiering_technology-3", 1 / 7, "exercises.share_not_count"),
    ("tiering_technology-3", 2, None),
]
