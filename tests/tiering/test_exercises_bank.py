"""Exercises of lesson 01f, a bank: stubs, right answers and the wrong ones that people give."""

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
        "assets": [2_000_000, 1_500_000, 1_000_000, 60_000, 0],
        "products_held": [4, 4, 1, 1, 1],
        "years": [6, 9, 1, 0, 0],
        "overdue_months": [0, 3, 0, 0, 0],
    },
    index=list("uvwxy"),
)
PLAN = schemes.read("bank")
FOUND = tiering.reasons(SEEN, PLAN)
# u 100 premier; v 100 but overdue: potential; w 60 important; x 20 and y 0 potential
GIVEN = dict(found=FOUND, seen=SEEN, tiers=FOUND["tier"], plan=PLAN)

RIGHT = {
    "tiering_bank-1": 1,
    "tiering_bank-2": {"v", "w"},
    # x gets 30, general; w gets 70 and stays important; y gets 10
    "tiering_bank-3": 1,
}

WRONG = [
    ("tiering_bank-1", 0.2, "exercises.share_not_count"),
    ("tiering_bank-1", 2, None),
    ("tiering_bank-2", {"u", "v", "w"}, "exercises.one_condition"),
    ("tiering_bank-2", {"v"}, None),
    ("tiering_bank-3", 5, "exercises.everybody"),
    ("tiering_bank-3", 2, None),
]
