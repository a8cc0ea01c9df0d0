"""Exercises of lesson 01b, upkeep of tiers: stubs, right answers and the wrong ones that people give."""

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

PLAN = schemes.read("members")
FOUND = pd.DataFrame({"tier": ["vip", "vip", "gold", "gold"], "raised_by": [pd.NA, 0, -1, pd.NA]}, index=list("uvwx"))
FOUND["raised_by"] = FOUND["raised_by"].astype("Int64")
SURE = pd.DataFrame({"same_share": [1.0, 0.9, 0.6, 0.5]}, index=list("uvwx"))
LINES = pd.DataFrame(
    {
        "order_id": range(4),
        "customer_id": list("uvuv"),
        "order_date": pd.to_datetime(["2024-01-05", "2024-01-05", "2024-02-10", "2024-03-10"]),
        "amount": [290.0, 310.0, 40.0, -40.0],
    }
)
# u goes up in February, v down in March
GIVEN = dict(found=FOUND, sure=SURE, past=tiering.history(LINES, "2024-03-31", PLAN, months=2))

RIGHT = {"tiering_upkeep-1": {"v"}, "tiering_upkeep-2": 2 / 4, "tiering_upkeep-3": 2}

WRONG = [
    ("tiering_upkeep-1", {"u", "v"}, "exercises.whole_tier"),
    ("tiering_upkeep-1", {"v", "w"}, None),
    ("tiering_upkeep-2", 2, "exercises.count_not_share"),
    ("tiering_upkeep-2", 0.75, None),
    ("tiering_upkeep-3", 1, "exercises.one_direction"),
    ("tiering_upkeep-3", 7, None),
]
