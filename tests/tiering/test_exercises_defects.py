"""Exercises of lesson 01c, defective customers: stubs, right answers and the wrong ones that people give."""

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

# u 30, v 30 − 35 − 10 = −15, w 10 − 8 − 25 = −23, x 10 − 25 = −15, y 20 − 35 = −15: all but u lie below −10
SEEN = pd.DataFrame(
    {
        "frequency": [7, 6, 2, 1, 4],
        "complaints": [0, 3, 1, 0, 3],
        "late_share": [0.0] * 5,
        "return_share": [0.0, 0.2, 0.5, 0.9, 0.0],
    },
    index=list("uvwxy"),
)
PLAN = schemes.read("defects")
GIVEN = dict(seen=SEEN, tiers=tiering.assign(SEEN, PLAN), plan=PLAN)

RIGHT = {
    "tiering_defects-1": 4 / 5,
    "tiering_defects-2": {"v"},
    # without complaints v has 20 and y 20; w −15 and x −15 stay
    "tiering_defects-3": 2,
}

WRONG = [
    ("tiering_defects-1", 4, "exercises.count_not_share"),
    ("tiering_defects-1", 0.2, "course.of_the_others"),
    ("tiering_defects-2", set("vwxy"), "exercises.one_condition"),
    ("tiering_defects-2", {"u", "v"}, "exercises.one_condition"),
    ("tiering_defects-2", {"w"}, None),
    ("tiering_defects-3", 2.5, None),
    ("tiering_defects-3", 0, None),
]
