"""Do items hang together: Cronbach's alpha, item statistics, reversed items, factors."""

from __future__ import annotations

import math
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import satisfaction
from crmbook.data.faults import DataError
from crmbook.satisfaction.psychometrics import refuse_constant
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.decomposition import FactorAnalysis

FIVE_ROWS = [(4, 5, 4), (3, 3, 2), (5, 5, 5), (2, 3, 2), (4, 4, 5)]

# Thirty departments of a financial company: Chatterjee & Price, Regression Analysis by Example; `attitude` in R.
ATTITUDE = pd.DataFrame(
    [
        (43, 51, 30, 39, 61, 92, 45),
        (63, 64, 51, 54, 63, 73, 47),
        (71, 70, 68, 69, 76, 86, 48),
        (61, 63, 45, 47, 54, 84, 35),
        (81, 78, 56, 66, 71, 83, 47),
        (43, 55, 49, 44, 54, 49, 34),
        (58, 67, 42, 56, 66, 68, 35),
        (71, 75, 50, 55, 70, 66, 41),
        (72, 82, 72, 67, 71, 83, 31),
        (67, 61, 45, 47, 62, 80, 41),
        (64, 53, 53, 58, 58, 67, 34),
        (67, 60, 47, 39, 59, 74, 41),
        (69, 62, 57, 42, 55, 63, 25),
        (68, 83, 83, 45, 59, 77, 35),
        (77, 77, 54, 72, 79, 77, 46),
        (81, 90, 50, 72, 60, 54, 36),
        (74, 85, 64, 69, 79, 79, 63),
        (65, 60, 65, 75, 55, 80, 60),
        (65, 70, 46, 57, 75, 85, 46),
        (50, 58, 68, 54, 64, 78, 52),
        (50, 40, 33, 34, 43, 64, 33),
        (64, 61, 52, 62, 66, 80, 41),
        (53, 66, 52, 50, 63, 80, 37),
        (40, 37, 42, 58, 50, 57, 49),
        (63, 54, 42, 48, 66, 75, 33),
        (66, 77, 66, 63, 88, 76, 72),
        (78, 75, 58, 74, 80, 78, 49),
        (48, 57, 44, 45, 51, 83, 38),
        (85, 85, 71, 71, 77, 74, 55),
        (82, 82, 39, 59, 64, 78, 39),
    ],
    columns=["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"],
)


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


def two_factors(rows: int = 600) -> pd.DataFrame:
    """Six items, three on each of two unrelated factors, with loadings .8."""
    rng = np.random.default_rng(11)
    mind = rng.normal(size=(rows, 2)).repeat(3, axis=1)
    return pd.DataFrame(0.8 * mind + 0.6 * rng.normal(size=(rows, 6)), columns=list("abcdef"))


# Cronbach's alpha


def test_raw_alpha_of_the_reference_rows():
    # reference-figures: k/(k−1)·(1 − Σs²ᵢ/s²_total); item variances 1.3, 1, 2.3 and total 12.2: 1.5·(1 − 4.6/12.2)
    assert satisfaction.cronbach_alpha(FIVE_ROWS) == pytest.approx(0.934426, abs=1e-6)
    assert satisfaction.cronbach_alpha(FIVE_ROWS) == pytest.approx(1.5 * (1 - 4.6 / 12.2))


def test_both_alphas_of_the_attitude_data():
    # documentation of the R package psych, alpha(attitude): raw .84, standardised .84, mean correlation .43
    found = satisfaction.reliability(ATTITUDE)
    assert round(found.raw.value, 2) == 0.84 and round(found.standardised.value, 2) == 0.84
    correlations = np.corrcoef(ATTITUDE.to_numpy(), rowvar=False)[np.triu_indices(7, 1)]
    mean = correlations.mean()
    assert round(mean, 2) == 0.43
    assert found.standardised.value == pytest.approx(7 * mean / (1 + 6 * mean))
    assert satisfaction.cronbach_alpha(ATTITUDE, standardised=True) == found.standardised.value


def test_item_statistics_of_the_attitude_data():
    # same source: correlation with the rest (r.drop), and alpha if the item is dropped
    table = satisfaction.item_statistics(ATTITUDE)
    assert table["item_total"].round(2).tolist() == [0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46]
    assert table["alpha_without"].round(2).tolist() == [0.81, 0.80, 0.83, 0.80, 0.80, 0.86, 0.84]
    rest = ATTITUDE.drop(columns="critical")
    assert table.loc["critical", "alpha_without"] == pytest.approx(satisfaction.cronbach_alpha(rest))
    assert table["mean"].tolist() == pytest.approx(ATTITUDE.mean().tolist())


def test_feldts_interval():
    # (1 − α)/(1 − α̂) is F with 29 and 174 degrees of freedom
    found = satisfaction.reliability(ATTITUDE).raw
    f = stats.f(29, 29 * 6)
    assert found.low == pytest.approx(1 - (1 - found.value) * f.ppf(0.975))
    assert found.high == pytest.approx(1 - (1 - found.value) * f.ppf(0.025))
    assert found.n == 30


def test_alpha_uses_complete_rows_and_counts_the_others():
    holes = pd.concat([pd.DataFrame(FIVE_ROWS), pd.DataFrame([(1, None, 5)])], ignore_index=True)
    assert satisfaction.cronbach_alpha(holes) == pytest.approx(0.934426, abs=1e-6)
    found = satisfaction.reliability(holes)
    assert (found.raw.n, found.left_out) == (5, 1)


def test_alpha_reads_labels_and_arrays():
    words = {2: "不满意", 3: "一般", 4: "满意", 5: "非常满意"}
    labels = pd.DataFrame(FIVE_ROWS).map(words.get)
    assert satisfaction.cronbach_alpha(labels) == pytest.approx(0.934426, abs=1e-6)
    assert satisfaction.cronbach_alpha(np.array(FIVE_ROWS)) == pytest.approx(0.934426, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_alpha_does_not_mind_shifts_nor_a_common_scale(seed, width):
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(40, 1)) + rng.normal(size=(40, width))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", satisfaction.SurveyWarning)
        alpha = satisfaction.cronbach_alpha(items)
        assert alpha == pytest.approx(satisfaction.cronbach_alpha(3 * items + 7))
        standardised = satisfaction.cronbach_alpha(items, standardised=True)
        assert standardised == pytest.approx(satisfaction.cronbach_alpha(items * np.arange(1, width + 1), True))
    assert alpha <= 1


def test_constant_item_is_refused_by_name():
    with refused("survey_constant") as error:
        satisfaction.cronbach_alpha(pd.DataFrame({"price": [4, 4, 4], "overall": [1, 2, 3]}))
    assert "price" in str(error.value) and "4" in str(error.value)
    refuse_constant(pd.DataFrame({"price": [4, 5]}))


def test_constant_item_is_noted_among_the_statistics():
    table = satisfaction.item_statistics(pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 2, 3, 4], "c": [3, 3, 3, 3]}))
    assert table["note"].tolist() == ["", "", "constant"]
    assert math.isnan(table.loc["c", "item_total"]) and table.loc["c", "n"] == 4


def test_too_little_data_for_alpha_is_refused():
    with refused("survey_few_items"):
        satisfaction.cronbach_alpha(pd.DataFrame({"a": [1, 2, 3]}))
    with refused("survey_few_rows"):
        satisfaction.cronbach_alpha(pd.DataFrame({"a": [1, None], "b": [None, 2]}))


def test_items_that_cancel_out_have_no_alpha():
    with (
        refused("survey_no_variance"),
        pytest.warns(satisfaction.SurveyWarning),
    ):
        satisfaction.cronbach_alpha(pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]}))


# Reversed items


def test_reversed_item_is_found_and_warned_of():
    rng = np.random.default_rng(1)
    good = np.clip(np.round(3 + rng.normal(size=(200, 1)) + 0.7 * rng.normal(size=(200, 4))), 1, 5)
    items = pd.DataFrame(good, columns=["product_quality", "service_attitude", "delivery_speed", "price"])
    items["slow"] = 6 - items["delivery_speed"]
    assert satisfaction.reversed_items(items) == ["slow"] or satisfaction.reversed_items(items) == []
    items["slow"] = np.clip(np.round(6 - good.mean(axis=1) + 0.5 * rng.normal(size=200)), 1, 5)
    assert satisfaction.reversed_items(items) == ["slow"]
    assert satisfaction.item_statistics(items)["note"].to_dict()["slow"] == "reversed"
    with pytest.warns(satisfaction.SurveyWarning, match="slow"):
        before = satisfaction.cronbach_alpha(items)
    turned = satisfaction.reverse(items, ["slow"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert satisfaction.cronbach_alpha(turned) > before


def test_of_two_contrary_items_both_are_named():
    assert satisfaction.reversed_items(pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 2]})) == ["a", "b"]


def test_items_in_line_are_not_reversed():
    assert satisfaction.reversed_items(ATTITUDE) == []
    assert satisfaction.reversed_items(pd.DataFrame({"a": [1, 2], "b": [2, 1]})) == []  # two rows say nothing


# Factors


def test_planted_factors_are_found():
    found = satisfaction.factors(two_factors())
    assert found.loadings.shape == (6, 2)
    strongest = found.loadings.idxmax(axis=1)
    assert strongest[list("abc")].nunique() == 1 and strongest[list("def")].nunique() == 1
    assert strongest["a"] != strongest["d"]
    own = found.loadings.max(axis=1)
    assert own.to_numpy() == pytest.approx(np.full(6, 0.8), abs=0.08)
    assert found.communalities.to_numpy() == pytest.approx(np.full(6, 0.64), abs=0.1)
    assert found.n == 600 and found.kmo > 0.6


def test_factors_explain_what_maximum_likelihood_explains():
    items = two_factors()
    standard = ((items - items.mean()) / items.std(ddof=0)).to_numpy()
    other = FactorAnalysis(2, tol=1e-6, max_iter=5000).fit(standard).components_.T
    found = satisfaction.factors(items, count=2).loadings.to_numpy()
    assert found @ found.T == pytest.approx(other @ other.T, abs=0.03)  # the same whatever the rotation


def test_no_angle_beats_the_rotation():
    # varimax: the variance of the squared loadings (each item scaled to length 1) is as large as any angle makes it
    loadings = satisfaction.factors(two_factors(), count=2).loadings.to_numpy()
    unit = loadings / np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    angles = np.linspace(0, np.pi / 2, 2001)
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
    best = max((((unit @ turn) ** 2).var(axis=0)).sum() for turn in turns)
    assert ((unit**2).var(axis=0)).sum() == pytest.approx(best, abs=1e-6)


def test_rotation_keeps_what_the_factors_explain():
    found = satisfaction.factors(two_factors(), count=3)
    assert found.explained.sum() == pytest.approx(found.communalities.mean())
    assert found.explained.is_monotonic_decreasing
    assert (found.loadings.sum() >= 0).all()


def test_unrelated_items_have_no_second_factor():
    noise = pd.DataFrame(np.random.default_rng(2).normal(size=(300, 6)))
    found = satisfaction.factors(noise)
    assert found.loadings.shape[1] == 1  # one is always shown; nothing beats chance
    assert found.eigenvalues.sum() == pytest.approx(6)


def test_factors_need_enough_items_and_rows():
    with refused("survey_few_items"):
        satisfaction.factors(pd.DataFrame({"a": [1, 2, 3], "b": [2, 1, 3]}))
    with refused("survey_few_rows"):
        satisfaction.factors(ATTITUDE.head(7))
    with refused("survey_factor_count"):
        satisfaction.factors(ATTITUDE, count=7)


def test_an_infinite_answer_is_refused_in_words():
    with refused("survey_infinite") as error:
        satisfaction.cronbach_alpha(pd.DataFrame({"a": [1, np.inf, 3], "b": [1, 2, 2]}))
    assert error.value.facts["rows"] == "1"
