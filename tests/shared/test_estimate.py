"""Figures with intervals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from crmbook.shared.estimate import Estimate, mean, mean_of_sums, welch, wilson
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_agrees_with_scipy(counts):
    successes, n = counts
    expected = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(st.integers(1, 10**7))
def test_bounds_are_exact_at_none_and_at_all(n):
    assert wilson(0, n).low == 0.0 and wilson(n, n).high == 1.0
    assert wilson(0, n).high == pytest.approx(1 - wilson(n, n).low)


def test_share_of_nobody_is_not_a_number():
    nobody = wilson(0, 0)
    assert nobody.n == 0 and math.isnan(nobody.value) and math.isnan(nobody.low)


def test_estimate_prints_its_interval():
    assert str(Estimate(0.25, 0.175, 0.325, 400)) == "0.25 (0.175 to 0.325, n = 400)"


SHAPES = {
    "mostly happy": [0.02, 0.03, 0.05, 0.3, 0.6],
    "nearly all fives": [0.01, 0.01, 0.03, 0.05, 0.9],
    "even": [0.2, 0.2, 0.2, 0.2, 0.2],
    "in the middle": [0.05, 0.1, 0.6, 0.2, 0.05],
    "love or hate": [0.4, 0.05, 0.1, 0.05, 0.4],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("n", [5, 10, 30, 200])
def test_the_interval_of_a_mean_on_a_scale_covers_the_truth(shape, n):
    draws = np.random.default_rng(7).choice([1.0, 2, 3, 4, 5], p=shape, size=(600, n))
    truth = float(np.dot(shape, [1, 2, 3, 4, 5]))
    found = [mean(answers, 1, 5) for answers in draws]
    covered = np.mean([one.low - 1e-9 <= truth <= one.high + 1e-9 for one in found])
    assert covered >= 0.92  # 600 draws of .95 leave it above .92 in all but one of a thousand
    assert all(one.value == pytest.approx(answers.mean()) for one, answers in zip(found, draws, strict=True))


def test_two_equal_answers_are_no_certainty():
    assert mean([5, 5], 1, 5).low < 3 and mean([5, 5], 1, 5).high == 5
    assert mean([5], 1, 5).low == 1
    assert np.isnan(mean([7.0]).low) and np.isnan(mean([]).value)


def test_a_mean_without_ends_has_students_interval():
    values = np.random.default_rng(1).normal(100, 20, 17)
    peer = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    for found in (mean(values), mean_of_sums(values.sum(), (values**2).sum(), 17)):
        assert (found.low, found.high) == pytest.approx((peer.low, peer.high))


def test_groups_without_spread_tell_no_interval():
    apart = welch(pd.Series([2.0, 2, 2]), pd.Series([1.0, 1]))
    assert apart.value == 1 and np.isnan(apart.low) and np.isnan(apart.high)
