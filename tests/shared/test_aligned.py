"""Rows go by their labels; where labels cannot tell, the reader is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook.shared.aligned import aligned
from small_books import refused

BEFORE = pd.Series([1.0, 2, 3], index=list("abc"))


def test_series_and_frames_follow_the_order_of_the_first():
    after, frame = aligned(after=BEFORE[::-1], frame=pd.DataFrame({"x": BEFORE}))
    assert after.index.tolist() == list("cba")
    assert frame["x"].tolist() == [3, 2, 1]


def test_arrays_and_lists_go_by_position():
    first, second, nothing = aligned(first=BEFORE, second=[7, 8, 9], nothing=None)
    assert first is BEFORE and second.tolist() == [7, 8, 9] and nothing is None


def test_equal_labels_may_repeat():
    twice = pd.Series([1, 2], index=["a", "a"])
    assert aligned(one=twice, two=twice + 1)[1].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (pd.Series([1.0, 2, 3], index=list("abd")), "rows_labels"),
        (pd.Series([1.0, 2, 3]), "rows_labels"),
        (BEFORE.iloc[:2], "rows_labels"),
        (pd.Series([1.0, 2, 3], index=list("aab")), "rows_twice"),
        ([1, 2], "rows_length"),
        (np.arange(4), "rows_length"),
        ("abc", "rows_kind"),
        (3.0, "rows_kind"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(other, code):
    with refused(code):
        aligned(before=BEFORE, after=other)
