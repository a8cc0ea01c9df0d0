"""Exercises of lesson 03: the untouched stub, right answers, and the wrong ones that people give."""

from __future__ import annotations

from types import SimpleNamespace as Named

import pandas as pd
from crmbook.course.checks import checker
from crmbook.locale import text, use
from exercise_checks import (  # noqa: F401
    check_in_both_languages,
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

SCORES = pd.DataFrame({"davies_bouldin": [1.4, 0.9, 1.7]}, index=pd.Index([2, 3, 4], name="k"))
# Two values far apart; c stands with the high ones although it is low. Scaled or not, with one feature the silhouette
# keeps its sign. c: a = mean(|2-9|, |2-10|) = 7.5, b = mean(|2-1|, |2-1.5|) = 0.75, s = -0.9. The others: a in
# group 0: own 0.5; other mean(1, 8, 9) = 6: s > 0. d = 9: own mean(7, 1) = 4, other mean(8, 7.5) = 7.75: s = 0.48;
# e = 10: own mean(8, 1) = 4.5, other mean(9, 8.5) = 8.75: s = 0.49. a: 1 - 0.5/6 = 0.92, b: 1 - 0.5/5.5 = 0.91
PREPARED = pd.DataFrame({"frequency": [1.0, 1.5, 2.0, 9.0, 10.0]}, index=list("abcde"))
LABELS = pd.Series([1, 1, 0, 0, 0], index=list("abcde"))


def given(prepared, labels):
    """The check of a notebook that holds these results under the lesson's names."""
    tried, found = Named(scores=SCORES), Named(labels=labels)
    return checker(tried=tried, found=found, base=prepared, prepared=Named(features=prepared))


GIVEN = dict(tried=Named(scores=SCORES), found=Named(labels=LABELS), base=PREPARED, prepared=Named(features=PREPARED))


# cluster 0 (c, d, e): mean (2 + 9 + 10) / 3 = 7; all: (1 + 1.5 + 2 + 9 + 10) / 5 = 4.7; the others: 1.25
RIGHT = {"clustering-1": 3, "clustering-2": 100 * 7 / 4.7, "clustering-3": {"c"}}


WRONG = [
    ("clustering-1", 4, "clustering.hint_lower_is_better"),
    ("clustering-1", 0.9, "clustering.hint_index_not_k"),
    ("clustering-2", 7 / 4.7, "clustering.hint_ratio_not_index"),
    ("clustering-2", 100 * 7 / 1.25, "clustering.hint_compared_with_the_others"),
    ("clustering-2", 100 * 4.7 / 7, "clustering.hint_turned_round"),
    ("clustering-2", 7, None),
    ("clustering-3", {"a", "b", "d", "e"}, "clustering.hint_well_placed"),
    # mean silhouette: (0.92 + 0.91 - 0.9 + 0.48 + 0.49) / 5 = 0.38; only c is below, so this is another set
    ("clustering-3", {"c", "d"}, None),
]


def test_customers_below_the_average_are_not_all_misplaced():
    # By hand: a: own 1, other mean(2.8, 4, 5) = 3.9, 0.75; b: own 1, other 2.9, 0.66; c: own mean(1.2, 2.2) = 1.7,
    # other mean(2.8, 1.8) = 2.3, 0.26; d: own 1.1, other 3.5, 0.69; e: own 1.6, other 4.5, 0.64. Mean 0.6: only c is
    # below it, and nobody below zero.
    prepared = pd.DataFrame({"frequency": [0.0, 1.0, 2.8, 4.0, 5.0]}, index=list("abcde"))
    labels = pd.Series([0, 0, 1, 1, 1], index=list("abcde"))
    check = checker(
        tried=Named(scores=SCORES), found=Named(labels=labels), base=prepared, prepared=Named(features=prepared)
    )
    use("en")
    assert check("clustering-3", set()).status == "correct"
    assert check("clustering-3", {"c"}).message == text("clustering.hint_below_average")
