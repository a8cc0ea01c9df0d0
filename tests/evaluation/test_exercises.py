"""Exercises of lesson 05: the stub, right answers, and the wrong answers that people give, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from crmbook.course.checks import checker
from crmbook.data.load import Book
from crmbook.evaluation import Assumptions
from crmbook.locale import text, use
from exercise_checks import (  # noqa: F401
    test_answer_that_breaks_on_comparison_does_not_stop_the_notebook,
    test_right_answer_is_correct,
    test_right_answer_is_taken_as_a_page_of_either_language_shows_it,
    test_untouched_exercise_is_not_tried,
    test_wrong_answers_bring_the_hints_one_after_another_and_never_the_answer,
    test_wrong_answers_get_a_hint_that_fits,
)

# A month before the start on 1 February and a month after it: the treated spend 10 and 12, then 20 and 24; the
# comparison group 9 and 11, then 11 and 15. Means: treated 11 before and 22 after, comparison group 10 and 13.
MONTHS = {"t1": (10, 20), "t2": (12, 24), "c1": (9, 11), "c2": (11, 15)}
DAYS = pd.to_datetime(["2024-01-15", "2024-02-15"])
PROGRAMME = pd.DataFrame(
    {"customer_id": list(MONTHS), "group": ["treated"] * 2 + ["control"] * 2, "start_date": pd.Timestamp("2024-02-01")}
)
# Class A of the first year: a (600 of 1,000) and b (before it 60 % < 80 %); c brought 150 and stayed away. Class A of
# the second: b alone has 95 % of 100.
YEARS = {"a": (600, 5), "b": (250, 95), "c": (150, 0)}
ASSUMED = Assumptions(100, revenue=1000, uplift=0.2, margin=0.4, cost_per_customer=20, fixed_cost=3000)
COLUMNS = ["customer_data", "ease_of_use", "cost", "analysis"]
SYSTEMS = pd.DataFrame([[5, 4, 5, 5], [3, 3, 1, 1], [5, 5, 4.2, 1]], index=["S1", "S2", "S3"], columns=COLUMNS)


def lines(spent: dict[str, tuple[float, float]], days: pd.DatetimeIndex) -> pd.DataFrame:
    rows = [(who, day, money) for who, each in spent.items() for day, money in zip(days, each, strict=True) if money]
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"]).assign(
        amount=lambda t: t["amount"] * 1.0
    )


def programme_book() -> Book:
    orders = lines({**MONTHS, "else": (1, 1)}, DAYS)
    first_day = pd.DataFrame({"customer_id": ["else"], "order_date": pd.to_datetime(["2024-01-01"]), "amount": [1.0]})
    orders = pd.concat([first_day, orders], ignore_index=True)
    orders.insert(0, "order_id", [f"O{number}" for number in range(len(orders))])
    return Book(as_of=pd.Timestamp("2024-02-29"), orders=orders, programme=PROGRAMME)


def years_book() -> Book:
    orders = lines(YEARS, pd.to_datetime(["2023-01-01", "2024-06-01"]))
    return Book(as_of=pd.Timestamp("2024-12-31"), orders=orders)


BOOKS = {"evaluation-1": programme_book(), "evaluation-2": years_book()}


def check_of(given: Book):
    return checker(book=given, programme=given.programme, months=12, assumed=ASSUMED, systems=SYSTEMS)


def checked(name: str, answer: object, book: Book | None = None):
    return check_of(book or BOOKS.get(name, years_book()))(name, answer)


@pytest.fixture(params=["en", "zh"], autouse=True)
def check(request):
    use(request.param)
    each = {name: check_of(BOOKS.get(name, years_book())) for name in RIGHT}
    yield lambda name, answer: each[name](name, answer)
    use("en")


RIGHT = {
    "evaluation-1": 8.0,  # (22 - 11) - (13 - 10)
    "evaluation-2": -375.0,  # a -595, b -155
    # gain 100 x 1000 x .2 x .4 = 8,000; cost 100 x 20 + 3,000 = 5,000
    "evaluation-3": 0.6,
    # on 0 to 1, cost turned: S1 .3 x 1 + .3 x .75 + 0 = .525; S2 .15 + .15 + .4 = .7; S3 .3 + .3 + .4 x .2 = .68
    "evaluation-4": "S2",
}


WRONG = [
    ("evaluation-1", 11.0, "evaluation.hint_before_after"),
    ("evaluation-1", 9.0, "evaluation.hint_after_only"),
    ("evaluation-1", "eight", None),
    ("evaluation-2", -300.0, "evaluation.hint_all_customers"),  # (-595 - 155 - 150) / 3
    ("evaluation-2", -155.0, "evaluation.hint_chosen_after"),
    ("evaluation-3", 3.0, "evaluation.hint_revenue_not_margin"),  # (20,000 - 5,000) / 5,000
    ("evaluation-3", 1.6, "evaluation.hint_cost_not_subtracted"),
    ("evaluation-4", "S1", "evaluation.hint_cost_upwards"),
    ("evaluation-4", "S3", "evaluation.hint_equal_weights"),
    ("evaluation-4", 2, None),
]


def test_without_a_programme_the_reader_is_told_so():
    verdict = checked("evaluation-1", 8.0, years_book())
    assert verdict.status == "not tried" and "programme" in verdict.message


@pytest.mark.parametrize(("name", "book"), [("evaluation-1", "late"), ("evaluation-2", "short")])
def test_data_that_hold_no_answer_say_why(name, book):
    given = programme_book()
    if book == "late":
        given = replace(given, programme=PROGRAMME.assign(start_date=pd.Timestamp("2024-03-15")))
    verdict = checked(name, 8.0, given)
    assert verdict.status == "not yet" and len(verdict.message) > 20
    assert verdict.message != text("course.check_not_comparable", kind="float")
