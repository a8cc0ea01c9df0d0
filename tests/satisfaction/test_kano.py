"""Kano: the published table and coefficients, ties, mixed classes, half pairs."""

from __future__ import annotations

import math
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import satisfaction
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st

PAIR = {"M": (2, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}
PUBLISHED = [  # reference-figures, Berger's coefficients of three features
    ({"M": 95, "O": 123, "A": 45, "I": 33}, 0.568, -0.736, "O"),
    ({"M": 65, "O": 87, "A": 93, "I": 51}, 0.608, -0.514, "A"),
    ({"M": 9, "O": 18, "A": 83, "I": 177}, 0.352, -0.094, "I"),
]


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


def pairs(counts: dict[str, int]) -> tuple[list[int], list[int]]:
    answers = [PAIR[code] for code, count in counts.items() for _ in range(count)]
    return [yes for yes, _ in answers], [no for _, no in answers]


def test_evaluation_table_is_bergers():
    table = satisfaction.evaluation_table()
    assert ["".join(row) for row in table.to_numpy()] == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_option_puts_equal_answers_of_doubt_into_questionable():
    changed = satisfaction.evaluation_table(contradictions=True) != satisfaction.evaluation_table()
    assert list(zip(*np.where(changed), strict=True)) == [(1, 1), (3, 3)]
    found = satisfaction.kano([2, 4, 3], [2, 4, 3], contradictions=True)
    assert found.loc["feature", ["I", "Q"]].tolist() == [1, 2]
    assert satisfaction.kano([2, 4, 3], [2, 4, 3]).loc["feature", "I"] == 3


@pytest.mark.parametrize(("counts", "better", "worse", "category"), PUBLISHED)
def test_published_coefficients(counts, better, worse, category):
    found = satisfaction.kano(*pairs(counts)).loc["feature"]
    assert found[list(counts)].to_dict() == counts
    assert (round(found["better"], 3), round(found["worse"], 3)) == (better, worse)
    assert found["category"] == category
    assert found["better_low"] < found["better"] < found["better_high"]
    assert found["worse_low"] < found["worse"] < found["worse_high"]


def test_strength_is_the_lead_of_the_first_class():
    # O 123, M 95 of 296: (123 − 95)/296; M, O and A: 263/296
    found = satisfaction.kano(*pairs(PUBLISHED[0][0])).iloc[0]
    assert found["strength"] == pytest.approx(28 / 296)
    assert found["total_strength"] == pytest.approx(263 / 296)
    assert found["second"] == "M"


@pytest.mark.parametrize(
    ("counts", "mixed"),
    [
        # Fong: 123 − 95 = 28 against 1.65·√(218·(592 − 218)/592) = 1.65·11.74 = 19.4
        ({"M": 95, "O": 123, "A": 45, "I": 33}, False),
        # 93 − 87 = 6 against 1.65·√(180·(592 − 180)/592) = 18.5
        ({"M": 65, "O": 87, "A": 93, "I": 51}, True),
        ({"M": 10, "I": 10}, True),  # n = 20: 0 < 1.65·√(20·20/40) = 5.2
        ({"M": 20}, False),  # 20 against 1.65·√(20·20/40) = 5.2
    ],
)
def test_fongs_test_calls_close_classes_mixed(counts, mixed):
    assert satisfaction.kano(*pairs(counts)).loc["feature", "mixed"] == mixed


@pytest.mark.parametrize(
    ("counts", "category"),
    [
        ({"I": 5, "A": 5, "O": 5, "M": 5}, "M"),
        ({"I": 5, "A": 5, "O": 5}, "O"),
        ({"I": 5, "A": 5}, "A"),
        ({"R": 5, "I": 5}, "I"),
        ({"Q": 5, "R": 5}, "R"),
    ],
)
def test_ties_go_to_the_class_that_hurts_most(counts, category):
    assert satisfaction.kano(*pairs(counts)).loc["feature", "category"] == category


def test_half_answered_pairs_are_counted_and_left_out():
    found = satisfaction.kano(
        pd.DataFrame({"gift": [1, 1, None, None]}), pd.DataFrame({"gift": [3, None, 3, None]})
    ).loc["gift"]
    assert (found["n"], found["half"], found["A"]) == (1, 2, 1)


def test_feature_without_a_whole_pair_has_no_class():
    found = satisfaction.kano(pd.DataFrame({"gift": [1.0, np.nan]}), pd.DataFrame({"gift": [np.nan, 3.0]})).loc["gift"]
    assert found["category"] is None and not found["mixed"] and found["half"] == 2
    assert math.isnan(found["better"]) and math.isnan(found["strength"])


def test_answers_may_come_wide_long_or_alone():
    wide = pd.DataFrame({"a": [1, 2, 1], "b": [3, 3, 1]}), pd.DataFrame({"a": [5, 5, 5], "b": [3, 3, 3]})
    expected = satisfaction.kano(*wide)[["M", "O", "A", "I", "category"]]
    long = [side.rename_axis(index="response_id", columns="feature").stack() for side in wide]
    pd.testing.assert_frame_equal(satisfaction.kano(*long)[expected.columns], expected)
    numbered = [side.droplevel("response_id") for side in long]
    pd.testing.assert_frame_equal(satisfaction.kano(*numbered)[expected.columns], expected)
    alone = satisfaction.kano(wide[0]["a"], wide[1]["a"].tolist())
    assert alone.loc["a", "category"] == expected.loc["a", "category"]


def test_long_table_is_turned_wide_with_features_in_their_order():
    table = pd.DataFrame(
        {
            "response_id": ["1", "1", "2"],
            "feature": ["z", "a", "z"],
            "functional": [1, 2, 3],
            "dysfunctional": [5, 5, 3],
        }
    )
    yes, no = satisfaction.kano_answers(table)
    assert yes.columns.tolist() == ["z", "a"]
    found = satisfaction.kano(yes, no)
    assert found["n"].to_dict() == {"z": 2, "a": 1} and found["half"].sum() == 0
    with refused("kano_twice"):
        satisfaction.kano_answers(pd.concat([table, table.head(1)]))


def test_labels_are_read_in_both_languages():
    found = satisfaction.kano(["喜欢", "like"], ["不喜欢", "Dislike"])
    assert found.loc["feature", "O"] == 2


def test_answers_outside_the_five_are_refused_with_the_feature():
    with refused("survey_out_of_scale") as error:
        satisfaction.kano(pd.DataFrame({"gift": [1, 7]}), pd.DataFrame({"gift": [3, 3]}))
    assert "gift" in str(error.value)
    with refused("survey_not_applicable"):
        satisfaction.kano([0], [3])


def test_sides_that_do_not_match_are_refused():
    with refused("kano_feature_alone"):
        satisfaction.kano(pd.DataFrame({"a": [1], "b": [1]}), pd.DataFrame({"a": [1], "c": [1]}))
    with refused("rows_labels"):
        satisfaction.kano(pd.DataFrame({"a": [1], "b": [1]}), pd.DataFrame({"a": [1, 2], "b": [1, 2]}))
    with refused("rows_labels"):
        satisfaction.kano([1, 2], [1])


def test_rows_are_matched_by_index():
    yes = pd.DataFrame({"a": [1, 2], "b": [1, 1]}, index=["x", "y"])
    no = pd.DataFrame({"a": [5, 3], "b": [3, 3]}, index=["x", "y"])
    pd.testing.assert_frame_equal(satisfaction.kano(yes, no.loc[["y", "x"]]), satisfaction.kano(yes, no))


def test_segment_with_few_pairs_shows_counts_but_no_class():
    yes, no = pairs({"A": 10, "M": 4})
    groups = pd.Series(["young"] * 10 + ["old"] * 3 + [None])
    found = satisfaction.kano_by_group(pd.DataFrame({"gift": yes}), pd.DataFrame({"gift": no}), groups)
    assert found.loc[("young", "gift"), "category"] == "A"
    old = found.loc[("old", "gift")]
    assert (old["M"], old["category"], old["note"]) == (3, None, "too_few") and math.isnan(old["better"])
    assert found["n"].sum() == 14 and ("unknown", "gift") in found.index
    with refused("rows_labels"):
        satisfaction.kano_by_group(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}), pd.Series(["x"], index=[9]))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_every_whole_pair_is_in_one_class(answered):
    yes, no = zip(*answered, strict=True)
    found = satisfaction.kano(list(yes), list(no)).loc["feature"]
    counts = found[list("MOAIRQ")].astype(int)
    assert counts.sum() == found["n"] == len(answered)
    assert counts[found["category"]] == counts.max()
    assert 0 <= found["strength"] <= 1
    if counts[list("AOMI")].sum():
        assert 0 <= found["better"] <= 1 and -1 <= found["worse"] <= 0


def test_rows_of_a_plain_table_are_respondents_and_its_columns_features():
    yes, no = [[1, 1], [1, 2]], [[5, 3], [5, 5]]
    for table in (satisfaction.kano(yes, no), satisfaction.kano(np.array(yes), np.array(no))):
        assert table[["O", "A", "M"]].to_numpy().tolist() == [[2, 0, 0], [0, 1, 1]]
