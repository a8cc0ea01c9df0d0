"""Drivers: published weights, what must always hold, and what a better item would change."""

from __future__ import annotations

import itertools
import math
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import satisfaction
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


@contextmanager
def refused(code: str):
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


def with_correlations(wanted: list[list[float]], rows: int = 60) -> np.ndarray:
    """Data whose sample correlations are exactly these: orthonormal columns times the Cholesky factor."""
    noise = np.random.default_rng(0).normal(size=(rows, len(wanted)))
    basis = np.linalg.qr(noise - noise.mean(axis=0))[0]
    return basis @ np.linalg.cholesky(np.array(wanted)).T


def split(data: np.ndarray, outcome: int) -> tuple[pd.DataFrame, pd.Series]:
    items = pd.DataFrame(np.delete(data, outcome, axis=1))
    return items.set_axis([f"item_{place}" for place in items], axis=1), pd.Series(data[:, outcome])


def r2(items: np.ndarray, outcome: np.ndarray) -> float:
    """R² by numpy's least squares."""
    design = np.column_stack([np.ones(len(items)), items])
    residual = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return 1 - residual.var() / outcome.var()


def answers(rows: int = 400, seed: int = 4) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=(rows, 1))
    items = np.clip(np.round(3.6 + 0.5 * mood + rng.normal(size=(rows, 4))), 1, 5)
    overall = np.clip(np.round(items @ [0.5, 0.3, 0.15, 0.05] + 0.4 * rng.normal(size=rows)), 1, 5)
    frame = pd.DataFrame(items, columns=["product_quality", "service_attitude", "delivery_speed", "price"])
    return frame, pd.Series(overall, name="overall")


SWISS = np.array(  # correlations of R's `swiss` data: fertility, agriculture, examination, education, catholic, infants
    [
        [1, 0.35307918, -0.6458827, -0.66378886, 0.4636847, 0.41655603],
        [0, 1, -0.68654221, -0.63952252, 0.4010951, -0.06085861],
        [0, 0, 1, 0.69841530, -0.5727418, -0.11402160],
        [0, 0, 0, 1, -0.15385892, -0.09932185],
        [0, 0, 0, 0, 1, 0.17549591],
        [0, 0, 0, 0, 0, 1],
    ]
)


# Weights


def test_johnsons_weights_of_a_published_example():
    # documentation of the R package iopsych, relWt: four predictors of the fifth variable
    wanted = [
        [1, 0.2, 0.3, 0.4, -0.4],
        [0.2, 1, 0.5, 0.1, 0.1],
        [0.3, 0.5, 1, 0.2, -0.3],
        [0.4, 0.1, 0.2, 1, 0.4],
        [-0.4, 0.1, -0.3, 0.4, 1],
    ]
    items, outcome = split(with_correlations(wanted), 4)
    found = satisfaction.drivers(items, outcome, draws=0)
    assert found["weight"].to_numpy() == pytest.approx([0.24066119, 0.05492664, 0.12143476, 0.28158189], abs=1e-8)


def test_johnsons_weights_of_a_second_published_example():
    # the npm package johnsons-relative-weights: seven variables, the first one the outcome; R² .66203
    upper = [
        [0.66, 0.67, 0.54, 0.68, 0.62, 0.72],
        [0.58, 0.59, 0.68, 0.68, 0.56],
        [0.52, 0.60, 0.62, 0.68],
        [0.52, 0.61, 0.45],
        [0.63, 0.62],
        [0.57],
    ]
    wanted = np.eye(7)
    for row, values in enumerate(upper):
        wanted[row, row + 1 :] = wanted[row + 1 :, row] = values
    items, outcome = split(with_correlations(wanted.tolist()), 0)
    found = satisfaction.drivers(items, outcome, draws=0)
    published = [0.1077483178, 0.1164837573, 0.0655143149, 0.1211671134, 0.0800619885, 0.1710549870]
    assert found["weight"].to_numpy() == pytest.approx(published, abs=1e-9)


def test_lmg_of_the_swiss_data():
    # Grömping (2006), Journal of Statistical Software 17(1): lmg of fertility, R² .7067
    items, outcome = split(with_correlations((SWISS + SWISS.T - np.eye(6)).tolist(), 47), 0)
    found = satisfaction.drivers(items, outcome, method="lmg", draws=0)
    assert found["weight"].round(4).tolist() == [0.0571, 0.1712, 0.2601, 0.1056, 0.1128]
    assert found["weight"].sum() == pytest.approx(0.7067, abs=5e-5)


def test_lmg_is_the_mean_gain_over_all_orders():
    items, overall = answers(80)
    gains = np.zeros(4)
    orders = list(itertools.permutations(range(4)))
    for order in orders:
        for place, item in enumerate(order):
            before = r2(items.iloc[:, list(order[:place])], overall) if place else 0.0
            gains[item] += r2(items.iloc[:, list(order[: place + 1])], overall) - before
    found = satisfaction.drivers(items, overall, method="lmg", draws=0)
    assert found["weight"].to_numpy() == pytest.approx(gains / len(orders))


@pytest.mark.parametrize("method", ["johnson", "lmg"])
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_weights_add_to_r2_and_none_is_negative(method, seed, width):
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(30, 1)) + rng.normal(size=(30, width))
    outcome = items @ rng.normal(size=width) + rng.normal(size=30)
    found = satisfaction.drivers(pd.DataFrame(items), pd.Series(outcome), method, draws=0)
    assert found["weight"].sum() == pytest.approx(r2(items, outcome))
    assert (found["weight"] >= -1e-12).all()
    assert found["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("method", ["johnson", "lmg"])
def test_uncorrelated_drivers_weigh_their_squared_correlation(method):
    grid = np.array(list(itertools.product([1, 2], repeat=3)), dtype=float)
    outcome = grid @ [3, 2, 1] + np.array([0.3, -0.1, 0.2, 0, 0.1, -0.2, 0, -0.3])
    found = satisfaction.drivers(pd.DataFrame(grid), pd.Series(outcome), method, draws=0)
    squared = [np.corrcoef(grid[:, item], outcome)[0, 1] ** 2 for item in range(3)]
    assert found["weight"].to_numpy() == pytest.approx(squared)


@pytest.mark.parametrize("method", ["johnson", "lmg"])
def test_items_that_say_the_same_share_the_weight(method):
    items, overall = answers()
    twice = items.assign(again=items["price"])
    found = satisfaction.drivers(twice, overall, method, draws=0)
    assert found.loc["again", "weight"] == pytest.approx(found.loc["price", "weight"])
    assert found["weight"].sum() == pytest.approx(r2(items, overall))


@pytest.mark.parametrize("method", ["johnson", "lmg"])
def test_bootstrap_interval_is_that_of_resampled_rows(method):
    items, overall = answers(150)
    found = satisfaction.drivers(items, overall, method, draws=400)
    rng = np.random.default_rng(9)
    refits = []
    for _ in range(120):
        rows = rng.integers(0, 150, 150)
        sample = items.iloc[rows].reset_index(drop=True), overall.iloc[rows].reset_index(drop=True)
        refits.append(satisfaction.drivers(*sample, method, draws=0)["weight"].to_numpy())
    low, high = np.quantile(refits, (0.025, 0.975), axis=0)
    assert found["low"].to_numpy() == pytest.approx(low, abs=0.04)
    assert found["high"].to_numpy() == pytest.approx(high, abs=0.04)
    assert (found["low"] < found["weight"]).all() and (found["weight"] < found["high"]).all()


def test_order_of_rows_does_not_matter():
    items, overall = answers()
    order = np.random.default_rng(1).permutation(len(items))
    straight = satisfaction.drivers(items, overall, draws=50)
    mixed = satisfaction.drivers(items.iloc[order], overall.iloc[order], draws=50)
    pd.testing.assert_frame_equal(straight, mixed)
    assert not straight.equals(satisfaction.drivers(items, overall, draws=50, seed=1))


def test_overall_is_matched_by_index():
    items, overall = answers()
    pd.testing.assert_frame_equal(
        satisfaction.drivers(items, overall.sample(frac=1, random_state=0), draws=0),
        satisfaction.drivers(items, overall, draws=0),
    )


def test_only_complete_rows_count():
    items, overall = answers(100)
    holes = items.copy()
    holes.loc[:9, "price"] = np.nan
    found = satisfaction.drivers(holes, overall, draws=0)
    assert found["n"].unique().tolist() == [90]
    expected = satisfaction.drivers(items.loc[10:], overall.loc[10:], draws=0)
    assert found["weight"].to_numpy() == pytest.approx(expected["weight"].to_numpy())


def test_planted_order_of_drivers_is_recovered():
    items, overall = answers(1000)
    found = satisfaction.drivers(items, overall, draws=0)
    assert found["weight"].rank(ascending=False).tolist() == [1, 2, 3, 4]


def test_tiny_samples_draw_constant_items_and_still_have_an_interval():
    items = pd.DataFrame({"a": [1, 1, 1, 2, 2], "b": [1, 2, 1, 2, 1]})
    found = satisfaction.drivers(items, pd.Series([1, 2, 1, 4, 3]), draws=200)
    assert np.isfinite(found[["low", "high"]]).all(axis=None)


def test_drivers_refuse_what_cannot_be_weighed():
    items, overall = answers(30)
    with refused("survey_choice"):
        satisfaction.drivers(items, overall, method="beta")
    with refused("survey_constant") as error:
        satisfaction.drivers(items.assign(price=4), overall)
    assert "price" in str(error.value)
    with refused("survey_constant"):
        satisfaction.drivers(items, overall * 0 + 4)
    with refused("survey_few_rows"):
        satisfaction.drivers(items.head(5), overall.head(5))
    with refused("rows_labels"):
        satisfaction.drivers(items, overall.head(9))
    with refused("rows_labels"):
        satisfaction.drivers(items, overall.set_axis(range(100, 130)))
    with refused("survey_lmg_items"):
        many = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 13)))
        satisfaction.drivers(many, overall, method="lmg")
    with refused("survey_few_items"):
        satisfaction.drivers(items[[]], overall)


def test_zero_for_not_applicable_is_refused_before_it_weighs():
    items, overall = answers(60)
    items.loc[3:30, "price"] = 0
    with refused("survey_not_applicable"):
        satisfaction.drivers(items, overall)


# Correlation and regression


def test_correlation_with_its_interval():
    items, overall = answers(50)
    found = satisfaction.correlation(items, overall).loc["price"]
    expected = stats.pearsonr(items["price"], overall)
    interval = expected.confidence_interval()
    assert (found["r"], found["low"], found["high"]) == pytest.approx((expected.statistic, interval.low, interval.high))
    assert found["rank_r"] == pytest.approx(stats.spearmanr(items["price"], overall).statistic)


def test_correlation_says_why_there_is_none():
    items = pd.DataFrame({"a": [4, 4, 4, 4, 4], "b": [1, None, None, 2, 3], "c": [1, 2, 3, 4, 5]})
    found = satisfaction.correlation(items, pd.Series([1, 2, 2, 4, 5]))
    assert found["note"].tolist() == ["constant", "too_few", ""]
    assert found["r"].isna().tolist() == [True, True, False]


def test_regression_is_ordinary_least_squares():
    items, overall = answers(90)
    found = satisfaction.regression(items, overall)
    design = np.column_stack([np.ones(90), items.to_numpy()])
    coefficient = np.linalg.lstsq(design, overall.to_numpy(), rcond=None)[0]
    residual = overall.to_numpy() - design @ coefficient
    covariance = residual @ residual / (90 - 5) * np.linalg.inv(design.T @ design)
    assert found.intercept == pytest.approx(coefficient[0])
    assert found.table["coefficient"].to_numpy() == pytest.approx(coefficient[1:])
    assert found.covariance.to_numpy() == pytest.approx(covariance[1:, 1:])
    p = 2 * stats.t.sf(np.abs(coefficient / np.sqrt(np.diag(covariance))), 85)[1:]
    assert found.table["p"].to_numpy() == pytest.approx(p)
    assert found.r2 == pytest.approx(r2(items.to_numpy(), overall.to_numpy()))
    others = r2(items[["service_attitude", "delivery_speed", "price"]].to_numpy(), items["product_quality"].to_numpy())
    assert found.table.loc["product_quality", "vif"] == pytest.approx(1 / (1 - others))


def test_items_that_follow_from_others_are_named():
    items, overall = answers(40)
    items["again"] = 2 * items["price"] + 0.5
    with refused("survey_collinear") as error:
        satisfaction.regression(items, overall)
    assert "price" in str(error.value) and "again" in str(error.value)
    assert "product_quality" not in str(error.value)


# What to do about it


def test_what_matters_and_is_bad_comes_first():
    importance = pd.Series({"quality": 0.4, "price": 0.35, "speed": 0.1, "gift": 0.05})
    performance = pd.Series({"gift": 0.9, "quality": 0.9, "price": 0.3, "speed": 0.2})
    found = satisfaction.importance_performance(importance, performance)
    assert found["quadrant"].to_dict() == {
        "price": "concentrate_here",
        "quality": "keep_up",
        "speed": "low_priority",
        "gift": "possible_overkill",
    }
    assert found.index[0] == "price"
    # gap of price: .35/.9·(1 − .3)
    assert found.loc["price", "gap"] == pytest.approx(0.35 / 0.9 * 0.7)
    with refused("survey_item_alone"):
        satisfaction.importance_performance(importance, performance.drop("gift"))


def test_performance_is_the_share_of_each_items_own_scale():
    found = satisfaction.performance(
        pd.DataFrame({"price": [3, 5], "effort": [4, 4], "recommend": [5, 10], "q": [1, 3]})
    )
    assert found.to_dict() == {"price": 0.75, "effort": 0.5, "recommend": 0.75, "q": 0.25}


def test_half_a_point_is_half_the_coefficient_with_its_interval():
    items, overall = answers()
    model = satisfaction.regression(items, overall)
    row = model.table.loc["price"]
    found = satisfaction.what_if(model, {"price": 0.5})
    assert (found.value, found.low, found.high) == pytest.approx(
        (row["coefficient"] / 2, row["low"] / 2, row["high"] / 2)
    )
    assert found.n == 400


def test_two_raises_together_are_predicted_like_the_regression():
    items, overall = answers()
    model = satisfaction.regression(items, overall)
    found = satisfaction.what_if(model, {"price": 0.5, "delivery_speed": -0.25})
    expected = 0.5 * model.table.loc["price", "coefficient"] - 0.25 * model.table.loc["delivery_speed", "coefficient"]
    assert found.value == pytest.approx(expected)


def test_no_mean_is_raised_beyond_its_scale():
    items, overall = answers()
    model = satisfaction.regression(items, overall)
    room = 5 - model.means["price"]
    assert satisfaction.what_if(model, {"price": 99}).value == pytest.approx(
        room * model.table.loc["price", "coefficient"]
    )
    assert satisfaction.what_if(model, {"price": 9}, {"price": 0}).value == 0
    with refused("survey_item_unknown"):
        satisfaction.what_if(model, {"parking": 1})


def test_customers_and_revenue_behind_an_item():
    items = pd.DataFrame({"price": [2, 5, 3, 5, None], "effort": [6, 5, 7, 7, 7]})
    who = pd.Series(["C1", "C1", "C2", "C3", "C3"])
    revenue = pd.Series({"C1": 100.0, "C2": 300.0, "C9": 50.0})
    found = satisfaction.behind(items, who, revenue)
    # price: C1 ended at 5, C2 at 3 is not satisfied, C3 (no order yet, worth 0) at 5: 1 of 3 with 300 of 400
    assert found.loc["price"].tolist() == pytest.approx([1, 3, 1 / 3, 300, 0.75])
    # effort, 6 of 7 is satisfied: C1 ended at 5
    assert found.loc["effort"].tolist() == pytest.approx([1, 3, 1 / 3, 100, 0.25])


def test_revenue_of_nobody_is_blank_not_infinite():
    found = satisfaction.behind(pd.DataFrame({"price": [2]}), pd.Series(["C1"]), pd.Series(dtype=float))
    assert found.loc["price", "customers"] == 1 and math.isnan(found.loc["price", "revenue_share"])


def test_unsatisfied_are_judged_by_their_last_answer_on_the_items_own_scale():
    # three quarters up 1 to 7 is 5.5: five is not satisfied, six is; C1 was, and is no more
    answers = pd.Series([7, 5, 6, 2, 1], name="effort")
    found = satisfaction.unsatisfied(answers, pd.Series(["C1", "C1", "C2", None, "C3"]))
    assert found.to_dict() == {"C1": 5, "C3": 1}


def test_an_item_that_says_nothing_is_not_beyond_chance_although_its_weight_is_not_zero():
    # overall = a + noise; b has nothing to do with it, and its interval still begins above zero
    rng = np.random.default_rng(3)
    items = pd.DataFrame({"a": rng.integers(1, 6, 400), "b": rng.integers(1, 6, 400)})
    overall = (0.6 * items["a"] + rng.normal(1.2, 0.8, 400)).round().clip(1, 5)
    for method in ("johnson", "lmg"):
        found = satisfaction.drivers(items, overall, method, draws=300)
        assert found["beyond_chance"].tolist() == [True, False]
        assert found.loc["b", "low"] > 0
    assert satisfaction.drivers(items, overall, draws=0)["beyond_chance"].isna().all()
