"""Exercises of lesson 02: the untouched stub, right answers, and wrong answers that people give, in both languages."""

from __future__ import annotations

import pandas as pd
from crmbook.course.checks import checker
from crmbook.lifecycle.stage import Rules
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

# Fourteen months; the first two do not count. Of the last twelve, six lose 10 % and six lose nothing.
RATES = pd.DataFrame({"churn": [0.5, 0.5, *[0.1, 0.0] * 6]})
# Five customers: three seen at least a year ago, two of them back; two newcomers, one of them back.
CUSTOMERS = pd.DataFrame(
    {"x": [2, 0, 1, 0, 3], "T": [400.0, 365.0, 500.0, 364.0, 90.0], "recency": [31.0, 300.0, 30.0, 364.0, 40.0]},
    index=pd.Index(list("abcde"), name="customer_id"),
)
STAGE = pd.Series(["loyal", "churned", "loyal", "churned", "active"], index=CUSTOMERS.index)
RULES = Rules(churn_days=60)


GIVEN = dict(rates=RATES, customers=CUSTOMERS, stage=STAGE, rules=RULES)


RIGHT = {
    "lifecycle-1": 1 - 0.9**6,  # 0.468559: twelve months, so the product is that of the year itself
    "lifecycle-2": 2 / 3,  # a and c of a, b and c
    "lifecycle-3": {"a"},  # loyal are a and c; silent for more than 30 days: a, b, d, e
}


WRONG = [
    ("lifecycle-1", 0.6, "lifecycle.hint_added_up"),
    ("lifecycle-1", 0.05, "lifecycle.hint_one_month"),
    ("lifecycle-1", 0.9**6, "lifecycle.hint_kept_not_lost"),
    ("lifecycle-2", 3 / 5, "lifecycle.hint_newcomers"),
    ("lifecycle-2", 2, "exercises.count_not_share"),
    ("lifecycle-2", 1 / 3, "lifecycle.hint_once_not_again"),
    ("lifecycle-3", {"a", "c"}, "lifecycle.hint_only_loyal"),
    ("lifecycle-3", {"a", "b", "d", "e"}, "lifecycle.hint_only_quiet"),
    ("lifecycle-3", {"c"}, None),
]


def test_rates_that_could_not_be_counted_close_only_their_exercise():
    check = checker(rates=None, customers=CUSTOMERS, stage=STAGE, rules=RULES)
    assert check("lifecycle-1", 0.5).status not in ("correct", "not yet")
    assert check("lifecycle-2", 2 / 3).status == "correct"
