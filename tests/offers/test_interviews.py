"""Interviews: coding tables, themes and the agreement of two coders."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.offers import interviews
from hypothesis import given, settings
from hypothesis import strategies as st


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


def test_an_answer_may_have_several_themes_or_none():
    codings = pd.DataFrame({"answer_id": [3, 1, 1, 1, 2], "theme": ["speed", "price", "speed", "price", None]})
    table = interviews.coding_table(codings)
    assert table.index.tolist() == [1, 2, 3]
    assert table.to_dict("list") == {"price": [True, False, False], "speed": [True, False, True]}
    with refused("interview_no_theme"):
        interviews.coding_table(codings.assign(theme=None))
    with refused("column_needed", "theme"):
        interviews.coding_table(codings[["answer_id"]])


def test_a_code_book_codes_in_both_languages():
    answers = pd.Series(["Delivery was SLOW and dear", "价格太贵，送货还行", None, "fine"])
    table = interviews.code_by_words(answers, {"price": ["dear", "贵"], "speed": ["slow", "慢"]})
    assert table["price"].tolist() == [True, True, False, False]
    assert table["speed"].tolist() == [True, False, False, False]


def test_themes_count_answers_or_respondents():
    table = pd.DataFrame({"price": [True, True, True, False], "speed": [False, False, False, True]})
    by_answer = interviews.themes(table)
    assert by_answer.loc["price", ["count", "n"]].tolist() == [3, 4]
    by_person = interviews.themes(table, pd.Series(["p", "p", "p", "q"]))
    assert by_person.loc["price", ["count", "n", "share"]].tolist() == [1, 2, 0.5]
    assert by_person.loc["price", "low"] < 0.5 < by_person.loc["price", "high"]


def two_coders(table: list[list[int]]) -> tuple[pd.Series, pd.Series]:
    rows = [(a, b) for a, line in enumerate(table) for b, n in enumerate(line) for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["first", "second"])
    return frame["first"], frame["second"]


def test_kappa_by_hand():
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed .7, expected .5·.6 + .5·.4 = .5, kappa .4
    # variance (Fleiss, Cohen & Everitt): A = .4(1 − 1.1·.6)² + .3(1 − .9·.6)² = .04624 + .06348 = .10972
    # B = .6²(.1(.6 + .5)² + .2(.4 + .5)²), with p_ij (p_.i + p_j.)²: yes/no .1(.6 + .5)² = .121, no/yes .2(.4 + .5)² =
    # .162, B = .36·.283 = .10188; C = (.4 − .5·.6)² = .01; standard error √((.10972 + .10188 − .01)/50)/.5 = .12700
    figure = interviews.kappa(*two_coders([[20, 5], [10, 15]]))
    assert figure.value == pytest.approx(0.4) and figure.n == 50
    assert figure.high - figure.value == pytest.approx(1.959964 * 0.12700, abs=1e-4)


def test_kappa_interval_covers_as_often_as_it_says():
    # the truth is known: coders agree by construction with kappa .5 on two equally frequent codes
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        first = rng.integers(0, 2, 120)
        second = np.where(rng.random(120) < 0.5, first, rng.integers(0, 2, 120))
        figure = interviews.kappa(pd.Series(first), pd.Series(second))
        covered += figure.low <= 0.5 <= figure.high
    assert covered / 300 == pytest.approx(0.95, abs=0.04)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import cohen_kappa_score

    first, second = (pd.Series(list(side)) for side in zip(*pairs, strict=True))
    mine = interviews.kappa(first, second).value
    if len({*first, *second}) == 1:
        assert np.isnan(mine)
    else:
        assert mine == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)


def test_only_answers_of_both_coders_count():
    first = pd.Series(["x", "y", "x", None], index=[1, 2, 3, 4])
    second = pd.Series(["x", "y", "y"], index=[1, 2, 5])
    assert interviews.kappa(first, second).n == 2
    with refused("interview_nothing_shared"):
        interviews.kappa(first, second.set_axis([7, 8, 9]))
    with refused("interview_answer_twice", "2"):
        interviews.kappa(first, second.set_axis([1, 2, 2]))


def test_agreement_by_theme_and_what_to_talk_over():
    first = pd.DataFrame(
        {"price": [True, True, False, False], "speed": [True, False, False, False]}, index=list("abcd")
    )
    second = pd.DataFrame(
        {"price": [True, True, False, True], "staff": [False, True, False, False]}, index=list("abcd")
    )
    table = interviews.agreement(first, second)
    assert table.loc["price", ["first", "second", "both", "agreement"]].tolist() == [2, 3, 2, 0.75]
    assert table.loc["price", "kappa"] == pytest.approx(0.5)
    assert table.loc["speed", ["first", "second"]].tolist() == [1, 0] and table.loc["speed", "kappa"] == 0
    talk = interviews.disagreements(first, second)
    assert sorted(talk.to_numpy().tolist()) == [
        ["a", "speed", "first"],
        ["b", "staff", "second"],
        ["d", "price", "second"],
    ]
    with refused("interview_nothing_shared"):
        interviews.agreement(first, second.set_axis(list("wxyz")))


# --- prices seen at competitors ---------------------------------------------------------------------------------------


def paid() -> pd.DataFrame:
    """P1: pieces at 20, 20 and 30 within the last 90 days, one of 99 before; P2: two pieces for 50; a returned P2."""
    rows = [
        ("1", "2024-12-01", "P1", 20.0, 1),
        ("2", "2024-12-02", "P1", 40.0, 2),
        ("3", "2024-12-03", "P1", 30.0, 1),
        ("4", "2024-06-01", "P1", 99.0, 1),
        ("5", "2024-12-04", "P2", 50.0, 2),
        ("6", "2024-12-05", "P2", -25.0, 1),
    ]
    frame = pd.DataFrame(rows, columns=["order_id", "order_date", "product_id", "amount", "quantity"])
    return frame.assign(customer_id="C1", order_date=pd.to_datetime(frame["order_date"]))


SEEN = [
    ["2024-12-10", "North", "P1", 18.0, "", "website"],
    ["2024-10-01", "North", "P1", 25.0, "3 for 2", "shelf"],
    ["2024-10-02", "River", "P2", 30.0, "3 for 2", "shelf"],
    ["2025-01-02", "River", "P2", 10.0, "", "shelf"],
    ["2024-12-10", "River", "P9", 10.0, "", "shelf"],
]


def test_latest_price_seen_stands_beside_the_median_paid():
    table = interviews.competitor_prices(interviews.observations(SEEN), paid(), "2024-12-31")
    assert table.index.tolist() == [("North", "P1"), ("River", "P2")]
    assert table["own_price"].tolist() == [20.0, 25.0]  # 20, 40 / 2, 30: median 20; 50 / 2
    assert table["difference"].tolist() == pytest.approx([-0.1, 0.2])  # 18 / 20, 30 / 25
    assert table["own_lines"].tolist() == [3, 1]
    assert table["age_days"].tolist() == [21, 90]
    assert table["fresh"].tolist() == [True, False]
    assert table["offer"].tolist() == ["", "3 for 2"]


def test_competitors_are_summed_up_by_the_geometric_mean():
    prices = interviews.competitor_prices(
        interviews.observations([*SEEN, ["2024-12-11", "North", "P2", 50.0, "", "shelf"]]), paid(), "2024-12-31"
    )
    north = interviews.competitor_summary(prices).loc["North"]
    assert north["products_compared"] == 2 and north["cheaper"] == 1
    assert north["price_ratio"] == pytest.approx(np.sqrt(0.9 * 2.0))


@pytest.mark.parametrize(
    ("row", "code", "named"),
    [
        (["2024-12-10", "North", "P1", 18.0, ""], "watch_row", "Observation 2"),
        ("2024-12-10, North", "watch_row", "source"),
        (["10 o'clock", "North", "P1", 18.0, "", "shelf"], "watch_date", "10 o'clock"),
        (["2024-12-10", "North", "P1", "18 CNY", "", "shelf"], "watch_price", "18 CNY"),
        (["2024-12-10", "North", "P1", 0, "", "shelf"], "watch_price", "0"),
        (["2024-12-10", "North", "P1", float("nan"), "", "shelf"], "watch_price", "nan"),
    ],
)
def test_a_faulty_observation_is_named(row, code, named):
    with refused(code, named):
        interviews.observations([SEEN[0], row])


def test_a_price_out_of_a_table_is_a_price():
    prices = pd.Series([18, 17])
    seen = interviews.observations([["2024-12-10", "North", "P1", price, "", "shelf"] for price in prices])
    assert seen["price"].tolist() == [18.0, 17.0]


def test_watching_says_what_is_missing():
    with refused("watch_empty"):
        interviews.observations([])
    seen = interviews.observations(SEEN)
    with refused("watch_too_late", "2024-09-30"):
        interviews.competitor_prices(seen, paid(), "2024-09-30")
    with refused("watch_no_product", "P9"):
        interviews.competitor_prices(interviews.observations(SEEN[-1:]), paid(), "2024-12-31")
    with refused("column_needed", "quantity"):
        interviews.competitor_prices(seen, paid().drop(columns="quantity"), "2024-12-31")
