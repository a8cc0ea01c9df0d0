"""Interviews: coding tables, themes and the agreement of two coders."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.methods import interviews
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
