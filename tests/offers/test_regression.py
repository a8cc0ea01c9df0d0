"""Regression: beside independent implementations, on planted coefficients, and honest about time."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.data.faults import DataError
from crmbook.offers import regression


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


def customers(n: int = 800, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"recency": rng.exponential(90, n), "orders": rng.poisson(4, n).astype(float), "member": rng.integers(0, 2, n)},
        index=pd.Index([f"C{number:04}" for number in range(n)], name="customer_id"),
    )


# Beside others


def test_logistic_coefficients_are_those_of_scikit_learn_without_penalty():
    from sklearn.linear_model import LogisticRegression

    features = customers()
    chance = 1 / (1 + np.exp(0.4 + 0.01 * features["recency"] - 0.3 * features["orders"]))
    happened = pd.Series(np.random.default_rng(1).random(800) < chance, features.index)
    mine = regression.logistic(features, happened).coefficients["coefficient"]
    scale = features.std(ddof=0).to_numpy()
    peer = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(features / scale, happened)
    assert mine.iloc[1:].to_numpy() == pytest.approx(peer.coef_[0] / scale, rel=1e-4)
    assert mine["intercept"] == pytest.approx(peer.intercept_[0], rel=1e-4)


def test_poisson_coefficients_are_those_of_scikit_learn_without_penalty():
    from sklearn.linear_model import PoissonRegressor

    features = customers()
    rate = np.exp(0.2 - 0.004 * features["recency"] + 0.1 * features["orders"])
    counts = pd.Series(np.random.default_rng(2).poisson(rate), features.index)
    mine = regression.poisson(features, counts).coefficients["coefficient"]
    scale = features.std(ddof=0).to_numpy()
    peer = PoissonRegressor(alpha=0, tol=1e-10, max_iter=2000).fit(features / scale, counts)
    assert mine.iloc[1:].to_numpy() == pytest.approx(peer.coef_ / scale, rel=1e-3)


def test_linear_coefficients_and_robust_errors_by_the_textbook():
    features = customers(200)
    rng = np.random.default_rng(3)
    amount = pd.Series(5 + 2 * features["orders"] + rng.normal(size=200) * features["orders"], features.index)
    mine = regression.linear(features, amount).coefficients
    x = np.column_stack([np.ones(200), features])
    inverse = np.linalg.inv(x.T @ x)
    weights = inverse @ x.T @ amount.to_numpy()
    residuals = amount.to_numpy() - x @ weights
    covariance = inverse @ (x.T * residuals**2 @ x) @ inverse * 200 / 196  # White (1980), HC1
    assert mine["coefficient"].to_numpy() == pytest.approx(weights)
    assert mine["error"].to_numpy() == pytest.approx(np.sqrt(np.diag(covariance)))


def test_robust_intervals_cover_planted_coefficients_of_overdispersed_counts():
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(100):
        x = rng.normal(size=150)
        counts = rng.poisson(np.exp(0.5 + 0.3 * x) * rng.gamma(1.5, 1 / 1.5, 150))  # variance far above the mean
        row = regression.poisson(pd.DataFrame({"x": x}), pd.Series(counts)).coefficients.loc["x"]
        covered += row["low"] <= 0.3 <= row["high"]
    assert covered / 100 > 0.88


def test_effects_are_told_for_a_round_step():
    features = customers()
    amount = pd.Series(3.0 * features["orders"] + np.random.default_rng(0).normal(size=800), features.index)
    table = regression.linear(features, amount).coefficients
    # standard deviations near 90, 2 and .5: the nearest of 1, 2, 5 times a power of ten; a yes/no column steps by 1
    assert table["step"].drop("intercept").to_dict() == {"recency": 100, "orders": 2, "member": 1}
    assert table.loc["orders", "effect"] == pytest.approx(2 * table.loc["orders", "coefficient"])
    assert table.loc["orders", "effect_low"] < 6 < table.loc["orders", "effect_high"]
    odds = regression.logistic(features, amount > amount.median()).coefficients
    assert odds.loc["member", "effect"] == pytest.approx(np.exp(odds.loc["member", "coefficient"]))


def test_predictions_follow_the_customers_not_the_order():
    features = customers(60)
    model = regression.linear(features, features["orders"] * 2.0 + features["recency"])
    assert model.predict(features.sample(frac=1, random_state=0)).reindex(features.index).to_numpy() == pytest.approx(
        (features["orders"] * 2 + features["recency"]).to_numpy()
    )
    assert model.predict(features.iloc[[7]]).index.tolist() == ["C0007"]
    with refused("clustering_columns", "recency"):
        model.predict(features[["orders"]])


# Awkward data


def test_what_cannot_be_fitted_is_refused_in_words():
    features = customers(40)
    flag = pd.Series(features["orders"] > 3)
    with refused("regression_separated"):
        regression.logistic(features, flag)
    with refused("regression_one_outcome", "40"):
        regression.logistic(features, flag | True)
    with refused("regression_one_outcome"):
        regression.poisson(features, flag * 0)
    with refused("regression_not_binary", "2.0"):
        regression.logistic(features, flag * 2)
    with refused("regression_negative", "-1.0"):
        regression.poisson(features, -1 * flag)
    with refused("regression_no_outcome", "1"):
        regression.linear(features, features["orders"].iloc[1:])
    with refused("clustering_text", "outcome", "often"):
        regression.poisson(features, features["orders"].astype(object).where(features["orders"] < 3, "often"))
    with refused("clustering_missing", "outcome (1)"):
        regression.linear(features, pd.Series([np.inf, *[1.0] * 39], features.index))
    with refused("regression_too_few", "5", "3"):
        regression.linear(features.iloc[:5], features["orders"])


def test_features_that_say_the_same_are_named():
    features = customers(50).assign(
        twice=lambda frame: 2 * frame["orders"], total=lambda frame: frame["orders"] + frame["member"]
    )
    with refused("regression_repeating", "twice", "total"):
        regression.linear(features, features["recency"])
    with refused("clustering_constant", "land"):
        regression.linear(customers(50).assign(land=1), features["recency"])


# The next period


def shop(customers: int = 500, seed: int = 0) -> pd.DataFrame:
    """Two years of orders: each customer has an own rate, and one in three leaves for good at a random day."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        gap = rng.gamma(2, 30)
        leaves = rng.uniform(60, 1500)
        day = rng.uniform(0, 300)
        while day < min(730, leaves):
            rows.append((f"C{number:04}", int(day), float(rng.lognormal(4, 0.5))))
            day += rng.exponential(gap) + 1
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    dates = pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], unit="D")
    return frame.assign(order_id=[f"O{number}" for number in range(len(frame))], order_date=dates)


def test_a_period_sees_nothing_after_its_cut():
    orders = shop(80)
    cut = pd.Timestamp("2024-03-31")
    whole = regression.period(orders, cut, 90)
    past = regression.period(orders[orders["order_date"] <= cut], cut, 90)
    pd.testing.assert_frame_equal(whole.features, past.features)
    assert past.orders.sum() == 0 and past.amount.sum() == 0


def test_the_outcome_of_a_period_by_hand():
    days = pd.to_datetime(["2024-01-01", "2024-01-31", "2024-02-01", "2024-03-01", "2024-03-02", "2024-02-10"])
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4", "5", "6"],
            "customer_id": ["a", "a", "a", "a", "a", "b"],
            "order_date": days,
            "amount": [10.0, 20.0, 30.0, -5.0, 50.0, 99.0],
        }
    )
    result = regression.period(orders, "2024-01-31", 30)  # 1 February to 1 March; b comes later, so is no customer yet
    assert result.orders.to_dict() == {"a": 1}, "a return is no order"
    assert result.amount.to_dict() == {"a": 25.0}, "but it takes its money off"
    assert result.features.loc["a", ["recency", "frequency", "recent_orders"]].tolist() == [0, 2, 1]
    assert result.end == pd.Timestamp("2024-03-01")


def test_a_forecast_learns_from_one_period_and_is_judged_on_the_next():
    result = regression.forecast(shop(), "2024-12-30", days=90)
    assert result.learnt.end == result.judged.cut == pd.Timestamp("2024-10-01")
    assert result.judged.end == pd.Timestamp("2024-12-30")
    area = result.purchase.measures["auc"]
    assert area.value > 0.75 and area.low < area.value < area.high
    # calibration: where the model says more, more happens, and the mean is about right
    table = result.purchase.calibration
    assert table["observed"].iloc[-1] > table["observed"].iloc[0] + 0.4
    assert result.purchase.predicted.mean() == pytest.approx(result.purchase.observed.mean(), abs=0.08)
    assert result.orders.measures["mae"].value < result.orders.measures["mae_mean"].value
    assert 0.1 < result.orders.measures["explained"] < 1
    assert result.purchase.model.coefficients.loc["recency", "effect"] < 1


def test_auc_and_mae_are_those_of_scikit_learn():
    from sklearn.metrics import mean_absolute_error, roc_auc_score

    result = regression.forecast(shop(200), "2024-12-30", days=60)
    purchase, amount = result.purchase, result.amount
    assert purchase.measures["auc"].value == pytest.approx(roc_auc_score(purchase.observed, purchase.predicted))
    peer = mean_absolute_error(amount.observed, amount.predicted)
    assert amount.measures["mae"].value == pytest.approx(peer)
    assert amount.measures["mae_zero"].value == pytest.approx(amount.observed.abs().mean())


def test_errors_stand_beside_those_of_the_lazy_guesses():
    from sklearn.metrics import brier_score_loss, mean_squared_error

    result = regression.forecast(shop(200), "2024-12-30", days=60)
    table = regression.compared(result)
    seen, base = result.purchase.observed.astype(int), result.learnt.purchased.mean()
    assert table.loc["next_purchase", "error_mean"] == pytest.approx(brier_score_loss(seen, np.full(len(seen), base)))
    # nobody buys: each buyer is one off, so the score is the share of the buyers
    assert table.loc["next_purchase", "error_zero"] == pytest.approx(seen.mean())
    mine = table.loc["next_purchase", "error_model"]
    assert table.loc["next_purchase", "explained"] == pytest.approx(1 - mine / table.loc["next_purchase", "error_mean"])
    own, lazy = (
        mean_squared_error(result.amount.observed, guess)
        for guess in (result.amount.predicted, np.full(len(seen), result.learnt.amount.mean()))
    )
    assert table.loc["next_amount", "explained"] == pytest.approx(1 - own / lazy)
    for target, line in table.iterrows():
        assert line["beats"] == (line["error_model"] < min(line["error_mean"], line["error_zero"])), target


def test_too_short_a_history_is_refused_with_the_dates():
    orders = shop(60)
    with refused("regression_too_short", "2023-07-04", "200"):
        regression.forecast(orders[orders["order_date"] > "2023-08-01"], "2024-08-07", days=200)


@pytest.mark.parametrize("days", [0, -90, 1.5])
def test_a_period_has_a_length(days):
    with refused("regression_days", str(days)):
        regression.forecast(shop(60), "2024-08-07", days=days)


def test_calibration_bins_keep_equal_predictions_together():
    table = regression.calibrated(pd.Series(np.arange(10.0)), pd.Series([1.0] * 6 + [2.0] * 4), bins=5)
    assert table["cases"].tolist() == [6, 4] and table["observed"].tolist() == [2.5, 7.5]


@pytest.mark.parametrize("fit", [regression.logistic, regression.poisson])
@pytest.mark.parametrize("n", [3, 6, 20, 100])
def test_a_group_without_an_event_has_no_odds_however_large_the_other_is(fit, n):
    # the likelihood has no maximum, but rounding may make the search stand still at a factor of 10¹⁷
    rng = np.random.default_rng(n)
    for _ in range(50):
        group = np.repeat([0, 1], n)
        events = np.where(group == 1, rng.integers(0, 2, 2 * n), 0)
        if 0 < events.sum() < n:
            with refused("regression_separated"):
                fit(pd.DataFrame({"group": group}), pd.Series(events))


def test_a_rare_event_that_did_occur_is_no_separation():
    # one in 100,000 against 5,000 in 100,000: odds ratio (5000 / 95000) / (1 / 99999)
    group = np.repeat([0, 1], 100_000)
    happened = (np.arange(200_000) == 0) | (np.arange(200_000) - 100_000 < 5_000) & (group == 1)
    fitted = regression.logistic(pd.DataFrame({"group": group}), pd.Series(happened))
    expected = np.log((5_000 / 95_000) / (1 / 99_999))
    assert fitted.coefficients.loc["group", "coefficient"] == pytest.approx(expected, rel=1e-6)
