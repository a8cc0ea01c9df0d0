"""Exercises of lesson 01i, the owner's week: stubs, right answers and the wrong ones that people give."""

from __future__ import annotations

import pandas as pd
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_get_a_hint_that_fits,
)

VISITS = pd.DataFrame({"customer_id": list("uvw"), "date": pd.to_datetime(["2024-10-01", None, "2024-10-02"])})
POOL = pd.DataFrame({"pool": ["unowned", "idle", "idle", "never_followed"]}, index=list("uvwx"))
DRAWN = pd.DataFrame({"customer_id": list("uvwx"), "arm": ["treated", "holdout", "treated", "treated"]})
GIVEN = dict(plan=VISITS, pool=POOL, drawn=DRAWN)

RIGHT = {"tiering_week-1": 1, "tiering_week-2": 1 / 4, "tiering_week-3": {"v"}}

WRONG = [
    ("tiering_week-1", 2, "exercises.those_left"),
    ("tiering_week-1", 0, None),
    ("tiering_week-2", 1, "exercises.count_not_share"),
    ("tiering_week-2", 0.75, "course.of_the_others"),
    ("tiering_week-3", {"u", "w", "x"}, "exercises.the_other_arm"),
    ("tiering_week-3", {"u"}, None),
]
