"""Exercises of lesson 04: the stub, right answers, and the wrong answers that people give, in both languages."""

from __future__ import annotations

import numpy as np
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

# Ten answers and two blanks: promoters 10 9 9 9, passives 8 8 7, detractors 6 5 0.
RECOMMEND = [10, 9, 9, 9, 8, 8, 7, 6, 5, 0, None, None]

# Service makes overall (correlation 1 but for one row) and does well; price does worst and hardly matters; delivery
# matters nearly as much as service and does badly, so it has the most room to gain.
ITEMS = pd.DataFrame(
    {
        "service_attitude": [5, 5, 5, 4, 4, 5, 4, 5, 4, 5],
        "delivery_speed": [4, 4, 3, 1, 1, 4, 2, 3, 1, 4],
        "price": [1, 2, 1, 1, 2, 1, 2, 1, 1, 2],
    },
    dtype=float,
)
OVERALL = pd.Series([5, 5, 5, 2, 2, 5, 3, 4, 2, 5], dtype=float)


def survey_of(overall: pd.Series) -> pd.DataFrame:
    """Sixty rows: the ten answers six times, the twelve recommendations five times."""
    said = pd.concat([ITEMS.assign(overall=overall)] * 6, ignore_index=True)
    return said.assign(recommend=np.tile(np.array(RECOMMEND, dtype=float), 5))


# Pairs (there, not there): 2-5 is M, 1-5 is O, 1-3 is A, by Berger's table.
PAIRS = {"payment": (2, 5), "returns": (3, 5), "speed": (1, 5), "gift": (1, 3)}
KANO = pd.DataFrame(
    [(str(person), feature, *pair) for person in range(4) for feature, pair in PAIRS.items()],
    columns=["response_id", "feature", "functional", "dysfunctional"],
)


GIVEN = dict(survey=survey_of(OVERALL), kano=KANO)


RIGHT = {
    # 4 of 10 promote, 3 of 10 detract
    "satisfaction-1": 10.0,
    # gap = importance share x (1 - performance): service does (4.6 - 1)/4 = .90, delivery (2.7 - 1)/4 = .425,
    # price .10;
    # shares of service and delivery are about equal and price has next to none, so delivery leads
    "satisfaction-2": "delivery_speed",
    "satisfaction-3": {"payment", "returns"},
}


WRONG = [
    ("satisfaction-1", 30.0, "satisfaction.eights_promote"),  # 6 of 10 with the eights: 60 - 30
    ("satisfaction-1", 20.0, "satisfaction.sixes_detract"),  # 2 of 10 without the six: 40 - 20
    ("satisfaction-1", 100 * 1 / 12, "satisfaction.blanks_counted"),  # divided by all twelve
    ("satisfaction-1", 55.0, "course.too_high"),
    ("satisfaction-2", "price", "satisfaction.only_bad"),
    ("satisfaction-2", "speed", None),
    ("satisfaction-2", 3, None),
    ("satisfaction-3", ["payment", "returns", "speed"], "satisfaction.one_dimensional_too"),
    ("satisfaction-3", {"speed"}, "satisfaction.one_dimensional_only"),
    ("satisfaction-3", {"payment"}, None),
    ("satisfaction-3", "payment", "satisfaction.not_features"),
]


def test_the_weightiest_item_that_does_well_gets_a_hint_of_its_own():
    use("en")
    # alone: overall follows service exactly, delivery follows it loosely and does badly
    overall = ITEMS["service_attitude"] - 1
    verdict = checker(survey=survey_of(overall))("satisfaction-2", "service_attitude")
    assert verdict.message == text("satisfaction.only_important")


def test_exercises_whose_table_is_missing_say_so():
    for name in RIGHT:
        assert checker(survey=None, kano=None)(name, 1).status == "not tried"
