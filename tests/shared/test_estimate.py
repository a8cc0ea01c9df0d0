"""Figures with intervals."""

from __future__ import annotations

import math

import pytest
from crmbook.shared.estimate import Estimate, wilson
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
