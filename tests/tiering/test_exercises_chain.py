"""Exercises of lesson 01g, a chain of shops: stubs, right answers and the wrong ones that people give."""

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

SEEN = pd.DataFrame({"monetary": [9000.0, 2300, 2300, 700, 100], "complaints": [1, 1, 0, 1, 0]}, index=list("uvwxy"))
PLAN = schemes.read("chain")
# without complaints high, high, high, potential, ordinary; 400 off for each: v 1,900 and x 300 move
BEFORE, AFTER = tiering.assign(SEEN.assign(complaints=0), PLAN), tiering.assign(SEEN, PLAN)
GIVEN = dict(seen=SEEN, before=BEFORE, after=AFTER)

RIGHT = {"tiering_chain-1": 2, "tiering_chain-2": {"v"}, "tiering_chain-3": 1 / 2}

WRONG = [
    ("tiering_chain-1", 0.4, "exercises.share_not_count"),
    ("tiering_chain-1", 3, None),
    ("tiering_chain-2", {"u", "v", "w"}, "exercises.one_condition"),
    ("tiering_chain-2", {"x"}, None),
    ("tiering_chain-3", 1 / 5, "exercises.of_all_customers"),
]
