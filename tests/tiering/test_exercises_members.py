"""Exercises of lesson 01e, a ladder of members: stubs, right answers and the wrong ones that people give."""

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

LINES = pd.DataFrame(
    {
        "order_id": range(6),
        "customer_id": list("uvwuvx"),
        "order_date": pd.to_datetime(["2024-01-05"] * 3 + ["2024-02-10", "2024-02-10", "2024-01-20"]),
        "amount": [790.0, 1650.0, 900.0, 20.0, 0.0, 290.0],
    }
)
PLAN = schemes.read("members")
SEEN = tiering.seen_by(LINES, "2024-03-31", PLAN)
ENTRIES = tiering.ledger(LINES, "2024-03-31", tiering.PointRules(voucher=1000))
PAST = tiering.history(LINES, "2024-03-31", PLAN, months=2)
GIVEN = dict(seen=SEEN, plan=PLAN, past=PAST, entries=ENTRIES)

RIGHT = {
    # silver are u (810), v (1,650) and w (900); gold begins at 1,800, so v is 150 short
    "tiering_members-1": {"v"},
    # u crosses 800 by 10 in February: graded anew that is a move, with a tenth of margin it is none
    "tiering_members-2": 1,
    # 790 + 20 + 1,650 + 900 + 290 = 3,650 earned; v had 1,650 and got a voucher for 1,000
    "tiering_members-3": 1000 / 3650,
}

WRONG = [
    ("tiering_members-1", {"u", "v", "w"}, "exercises.one_condition"),
    ("tiering_members-1", set(), None),
    ("tiering_members-2", 0, "exercises.those_left"),
    ("tiering_members-2", 5, None),
    ("tiering_members-3", -1000 / 3650, "exercises.sign"),
    ("tiering_members-3", 1000, None),
]
