"""Lifetime value: published figures, integrals and simulations as checks, and data no model should touch."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from crmbook import value
from crmbook.data.customers import summarise
from crmbook.value.bgnbd import BgNbd
from crmbook.value.gamma_gamma import GammaGamma
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_jacobi
from scipy.stats import beta as beta_distribution
from scipy.stats import gamma as gamma_distribution
from small_books import cdnow, orders, refused, retail

ROUNDED = BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)


@pytest.fixture(scope="module")
def cdnow_customers() -> pd.DataFrame:
    return summarise(cdnow(), "1997-09-30")


@pytest.fixture(scope="module")
def fitted(cdnow_customers) -> value.ValueModel:
    return value.fit(cdnow_customers, unit="W")


def drawn(customers: int, seed: int, r=0.8, alpha=10.0, a=0.9, b=5.0, weeks=60.0):
    """Histories by the model's own story, customer by customer: rate, then purchases, each perhaps the last."""
    rng = np.random.default_rng(seed)
    x, t_x = np.zeros(customers, dtype=int), np.zeros(customers)
    for customer in range(customers):
        rate, leave, time = rng.gamma(r, 1 / alpha), rng.beta(a, b), 0.0
        while True:
            time += rng.exponential(1 / rate)
            if time > weeks:
                break
            x[customer], t_x[customer] = x[customer] + 1, time
            if rng.random() < leave:
                break
    return x, t_x, np.full(customers, weeks)


def log_likelihood(params, x, t_x, T) -> float:
    """Formula 6 of the paper, customer by customer, with nothing but the standard library's gamma function."""
    r, alpha, a, b = params

    def beta(first, second):
        return math.exp(math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second))

    total = 0.0
    for count, last, age in zip(x, t_x, T, strict=True):
        rise = math.lgamma(r + count) - math.lgamma(r) + r * math.log(alpha)
        alive = beta(a, b + count) / beta(a, b) * (alpha + age) ** -(r + count)
        dead = beta(a + 1, b + count - 1) / beta(a, b) * (alpha + last) ** -(r + count) if count else 0.0
        total += rise + math.log(alive + dead)
    return total


# The published figures: Fader, Hardie & Lee (2005); Fader & Hardie, note 025


def test_cdnow_is_counted_as_published(cdnow_customers):
    assert len(cdnow_customers) == 2357
    assert cdnow_customers["x"].sum() == 2457
    assert (cdnow_customers["x"] > 0).sum() == 946


def test_bgnbd_finds_the_published_parameters(fitted):
    assert list(fitted.purchases.params) == ["r", "alpha", "a", "b"]
    assert fitted.purchases.params == pytest.approx({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, abs=5e-4)
    assert fitted.purchases.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_new_customers_buy_as_published(fitted):
    assert fitted.purchases.expected_purchases([1, 3, 78]) == pytest.approx([0.0532, 0.1506, 1.858], abs=5e-4)


def test_the_paper_s_customer_buys_and_lives_as_published(fitted):
    assert fitted.purchases.predict(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)
    assert fitted.purchases.p_alive(2, 30.43, 38.86) == pytest.approx(0.7266, abs=5e-5)


def test_rounded_parameters_give_the_published_probability_of_no_purchase():
    assert ROUNDED.probability(0, 39) == pytest.approx(0.5738, abs=5e-5)


def test_gamma_gamma_finds_the_published_parameters(fitted):
    assert list(fitted.spend.params) == ["p", "q", "gamma"]
    assert fitted.spend.params == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, abs=5e-3)
    assert fitted.spend.log_likelihood == pytest.approx(-4055.92, abs=5e-3)
    assert fitted.spend.customers == 946


def test_first_six_customers_spend_as_published(fitted, cdnow_customers):
    six = cdnow_customers.iloc[:6]
    spend = fitted.spend.predict(six["x"], six["mean_repeat"])
    assert spend == pytest.approx([24.65, 18.91, 35.17, 35.17, 35.17, 71.46], abs=5e-3)


def test_holdout_holds_the_published_purchases_and_beats_both_baselines():
    found = value.holdout(cdnow(), "1997-09-30")
    assert found.summary.loc["bgnbd", "actual"] == 1882
    assert found.summary["mae"].idxmin() == "bgnbd" and found.summary["rmse"].idxmin() == "bgnbd"
    # 39 weeks and the published customer: the same figure as predict gives
    assert found.customers.loc["0001", "expected"] == pytest.approx(1.226, abs=5e-4)
    assert found.by_x["customers"].sum() == found.deciles["customers"].sum() == 2357
    assert (found.by_x["customers"] * found.by_x["actual"]).sum() == pytest.approx(1882)


# BG/NBD against its own story: integrals, simulation, plain sums


@pytest.mark.parametrize("history", [(0, 0.0, 30.0), (1, 12.0, 30.0), (4, 28.0, 30.0)])
def test_bgnbd_predictions_are_the_integrals_they_stand_for(history):
    # alive: (1-p)^x λ^x e^(-λT); left after the last purchase: p (1-p)^(x-1) λ^x e^(-λ t_x); alive customers buy
    # (1 - e^(-λpt)) / p times in the time t
    x, t_x, T = history
    params = {"r": 0.8, "alpha": 9.0, "a": 1.4, "b": 3.0}
    model = BgNbd(params, 0.0, 1, 1, np.eye(4))
    log_rate = np.linspace(-30, 4, 3000)  # the trapezoidal rule over the logarithm is all but exact
    lam = np.exp(log_rate)[:, None]
    node, weight = roots_jacobi(60, params["b"] - 1, params["a"] - 1)
    p = (1 + node) / 2
    density = gamma_distribution(params["r"], scale=1 / params["alpha"]).pdf(lam) * lam * weight

    def integral(integrand) -> float:
        return float(np.trapezoid((integrand * density).sum(axis=1), log_rate))

    alive = (1 - p) ** x * lam**x * np.exp(-lam * T)
    dead = p * (1 - p) ** (x - 1) * lam**x * np.exp(-lam * t_x) if x else 0 * alive
    whole = integral(alive + dead)
    assert model.p_alive(x, t_x, T) == pytest.approx(integral(alive) / whole, rel=1e-6)
    assert model.predict(20, x, t_x, T) == pytest.approx(
        integral(alive * -np.expm1(-lam * p * 20) / p) / whole, rel=1e-6
    )
    assert model.p_purchase(20, x, t_x, T) == pytest.approx(integral(alive * -np.expm1(-lam * 20)) / whole, rel=1e-6)


def test_log_likelihood_is_the_paper_s_formula_and_a_maximum():
    x, t_x, T = drawn(400, seed=3)
    model = value.fit_bgnbd(x, t_x, T)
    params = np.array(list(model.params.values()))
    assert model.log_likelihood == pytest.approx(log_likelihood(params, x, t_x, T), rel=1e-9)
    for place in range(4):
        for factor in (0.98, 1.02):
            moved = params.copy()
            moved[place] *= factor
            assert log_likelihood(moved, x, t_x, T) < model.log_likelihood


def test_purchase_counts_of_simulated_newcomers_follow_the_model():
    model = BgNbd({"r": 0.8, "alpha": 10.0, "a": 0.9, "b": 5.0}, 0.0, 1, 1, np.eye(4))
    x, _, _ = drawn(6000, seed=5)
    for n in range(4):
        share = float(model.probability(n, 60.0))
        assert (x == n).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 6000))
    assert x.mean() == pytest.approx(float(model.expected_purchases(60.0)), abs=4 * x.std() / math.sqrt(6000))


def test_probabilities_of_counts_add_to_one_and_give_the_expectation():
    chances = np.array([ROUNDED.probability(n, 20.0) for n in range(120)])
    assert chances.sum() == pytest.approx(1, abs=1e-6)
    assert (np.arange(120) * chances).sum() == pytest.approx(float(ROUNDED.expected_purchases(20.0)), rel=1e-4)


def test_nothing_is_bought_in_no_time():
    assert [float(ROUNDED.probability(n, 0)) for n in range(3)] == [1, 0, 0]
    assert ROUNDED.probability(1, [0.0, 20.0])[1] == pytest.approx(float(ROUNDED.probability(1, 20.0)))


def test_planted_parameters_lie_in_their_intervals():
    model = value.fit_bgnbd(*drawn(4000, seed=11))
    table = model.intervals
    assert ((table["low"] <= [0.8, 10.0, 0.9, 5.0]) & (table["high"] >= [0.8, 10.0, 0.9, 5.0])).all()


def test_interval_of_a_prediction_agrees_with_the_bootstrap():
    x, t_x, T = drawn(800, seed=2)
    quick = value.interval(value.fit_bgnbd(x, t_x, T), lambda model: model.expected_purchases(52)).iloc[0]
    rng = np.random.default_rng(0)
    again = [
        float(value.fit_bgnbd(x[rows], t_x[rows], T[rows]).expected_purchases(52))
        for rows in (rng.integers(0, 800, 800) for _ in range(80))
    ]
    assert (quick["high"] - quick["low"]) / 3.92 == pytest.approx(np.std(again), rel=0.3)


def test_unit_of_time_changes_alpha_alone():
    x, t_x, T = drawn(500, seed=7)
    weeks, days = value.fit_bgnbd(x, t_x, T), value.fit_bgnbd(x, t_x * 7, T * 7)
    assert days.params["alpha"] == pytest.approx(7 * weeks.params["alpha"], rel=1e-3)
    assert days.predict(70, x, t_x * 7, T * 7) == pytest.approx(weeks.predict(10, x, t_x, T), rel=1e-3)


def test_equal_customers_count_as_often_as_they_are_there():
    x, t_x, T = drawn(300, seed=9)
    once, twice = value.fit_bgnbd(x, t_x, T), value.fit_bgnbd(*(np.tile(column, 2) for column in (x, t_x, T)))
    assert twice.params == pytest.approx(once.params, rel=1e-4)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-9)


def test_one_time_buyers_are_alive_by_assumption():
    assert ROUNDED.p_alive([0, 0], [0, 0], [1, 1000]).tolist() == [1.0, 1.0]
    assert ROUNDED.p_purchase(10, 0, 0, 1000) < 0.02  # alive, but hardly a buyer


def test_formula_has_no_hole_where_a_is_one():
    def bought(a: float) -> float:
        return float(BgNbd({"r": 0.5, "alpha": 5.0, "a": a, "b": 2.0}, 0, 1, 1, np.eye(4)).predict(10, 3, 20, 25))

    assert bought(1.0) == pytest.approx((bought(0.999) + bought(1.001)) / 2, rel=1e-5)


def test_customers_with_hundreds_of_purchases_get_finite_predictions():
    assert np.isfinite(ROUNDED.predict([1, 52, 520], 900, 259.0, 260.0)).all()
    # 900 purchases in 260 weeks and still buying: about 52 · 900/260 = 180 in the next year, less what leaving costs
    assert 150 < float(ROUNDED.predict(52, 900, 259.9, 260.0)) < 180


@pytest.mark.parametrize("stays", ["always", "never", "alike", "often"])
def test_customers_no_beta_distribution_describes_get_finite_predictions(stays):
    # nobody ever leaves; everybody leaves at once; all are alike; hundreds of purchases each
    rng = np.random.default_rng(1)
    x = {
        "always": rng.poisson(rng.gamma(2, 3, 500)),
        "never": rng.binomial(1, 0.6, 500),
        "alike": np.full(500, 5),
        "often": rng.poisson(300, 500),
    }[stays]
    t_x = np.where(x > 0, {"always": 48.0, "never": 3.0, "alike": 30.0, "often": 49.9}[stays], 0.0)
    model = value.fit_bgnbd(x, t_x, np.full(500, 50.0))
    expected = model.predict(10, x, t_x, 50.0)
    assert np.isfinite(expected).all() and (expected >= 0).all()
    assert np.isnan(model.covariance).all() or np.isfinite(model.covariance).all()
    if stays == "often":
        assert expected.mean() == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize(
    "params", [(0.3, 2.0, 5000.0, 0.01), (150.0, 500.0, 6000.0, 0.001), (2.0, 5.0, 0.0001, 9000.0)]
)
def test_extreme_parameters_agree_with_a_mean_over_the_beta_distribution(params):
    r, alpha, a, b = params
    model = BgNbd(dict(zip(("r", "alpha", "a", "b"), params, strict=True)), 0.0, 1, 1, np.eye(4))
    p = beta_distribution(a, b + 40).ppf((np.arange(100_000) + 0.5) / 100_000).clip(1e-12)
    alive = (-np.expm1(-(r + 40) * np.log1p(p * 10 / (alpha + 50))) / p).mean()
    assert model.predict(10, 40, 45.0, 50.0) == pytest.approx(float(model.p_alive(40, 45.0, 50.0)) * alive, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(0.05, 6)] * 4),
    st.integers(0, 60),
    st.floats(0.01, 0.99),
    st.floats(1, 300),
    st.floats(0.1, 200),
)
def test_predictions_stay_in_their_bounds(params, x, share, T, t):
    model = BgNbd(dict(zip(("r", "alpha", "a", "b"), params, strict=True)), 0.0, 1, 1, np.eye(4))
    t_x = share * T if x else 0.0
    alive, bought, at_all = (
        float(f) for f in (model.p_alive(x, t_x, T), model.predict(t, x, t_x, T), model.p_purchase(t, x, t_x, T))
    )
    assert 0 <= at_all <= alive + 1e-12 and alive <= 1
    assert at_all <= bought * (1 + 1e-6) + 1e-12  # at least one purchase is no likelier than it is expected often
    assert bought <= float(model.predict(2 * t, x, t_x, T)) * (1 + 1e-6) + 1e-12


# What cannot be fitted is said


def test_nobody_repeats_is_refused():
    with refused("value_nobody_repeats"):
        value.fit_bgnbd([0, 0], [0, 0], [10, 20])
    with refused("value_nobody_repeats"):
        value.fit_gamma_gamma([0, 0], [np.nan, np.nan])


def test_one_purchase_day_is_refused():
    table = summarise(orders(("a", "2024-05-01"), ("b", "2024-05-01")), "2024-05-01")
    with refused("value_one_day"):
        value.fit(table)


@pytest.mark.parametrize(
    "history",
    [
        *[(-1, 1, 5), (1, 6, 5), (1, 0, 5), (0, 2, 5), (1.5, 2, 5), (1, 2, math.nan), (math.nan, 0, 5)],
        *[(math.inf, 2, 5), (1, 2, math.inf), (1, None, 5), (1, pd.NA, 5), ("one", 2, 5)],
    ],
)
def test_impossible_history_is_refused(history):
    with refused("value_histories"):
        value.fit_bgnbd(
            *([1, part] if place == 0 else [3, part] if place == 1 else [9, part] for place, part in enumerate(history))
        )


def test_columns_of_unequal_length_and_empty_tables_are_refused():
    with refused("rows_length"):
        value.fit_bgnbd([1, 2], [1.0], [3.0, 4.0])
    with refused("value_nobody"):
        value.fit_bgnbd([], [], [])


def test_gamma_gamma_refuses_spend_that_is_not_positive_and_too_few():
    with refused("value_spend_not_positive"):
        value.fit_gamma_gamma([1, 2, 3], [10.0, -4.0, 5.0])
    with refused("value_spend_not_positive"):
        value.fit_gamma_gamma([1, 2, 3], [10.0, np.nan, 5.0])
    with refused("value_spend_not_positive"):
        value.fit_gamma_gamma([1, 2, 3], [10.0, np.inf, 5.0])
    with refused("value_few_spenders"):
        value.fit_gamma_gamma([1, 2, 3], [10.0, 4.0, 5.0])
    with refused("value_few_spenders"):
        value.fit_gamma_gamma([2] * 20, [10.0] * 20)


@pytest.mark.parametrize("x", [None, math.nan, math.inf, -1, 1.5, "two"])
def test_gamma_gamma_drops_nobody_whose_purchases_are_unknown(x):
    with refused("value_repeats"):
        value.fit_gamma_gamma([1, 2, 3] * 10 + [x], [10.0, 4.0, 5.0] * 10 + [6.0])


def test_spend_without_a_mean_is_refused():
    with refused("value_no_mean"):
        GammaGamma({"p": 2.0, "q": 0.9, "gamma": 3.0}, 0.0, 1, np.eye(3)).predict(1, 10.0)


def test_gamma_gamma_recovers_what_was_planted():
    # a customer's spend has a scale of gamma distribution (q, γ), each purchase is gamma (p) on it: mean p·γ/(q-1) = 48
    rng = np.random.default_rng(4)
    x = rng.integers(1, 8, 6000)
    scale = 1 / rng.gamma(3.5, 1 / 20.0, 6000)
    mean = rng.gamma(6.0 * x) * scale / x
    model = value.fit_gamma_gamma(x, mean)
    table = model.intervals
    assert ((table["low"] <= [6.0, 3.5, 20.0]) & (table["high"] >= [6.0, 3.5, 20.0])).all()
    assert model.mean == pytest.approx(48, rel=0.05)
    # what is expected of those seen often is close to their own mean, of those seen once it leans to the general one
    assert model.predict(1, 100.0) < model.predict(50, 100.0) < 100.0


# Money


def test_formula_gives_both_answers():
    # m·r/(1+i-r) = 80/0.3 = 266.67; with the first payment now 100 more
    found = value.formula(margin=100, retention=0.8, discount=0.1)
    assert (round(found.first_later, 2), round(found.first_now, 2)) == (266.67, 366.67)


@pytest.mark.parametrize(("retention", "discount"), [(1.0, 0.0), (1.2, 0.5), (-0.1, 0.1), (0.8, -1.0)])
def test_formula_without_an_end_is_refused(retention, discount):
    with refused("value_formula"):
        value.formula(100, retention, discount)


def test_a_year_is_twelve_months_of_4_345_weeks(fitted, cdnow_customers):
    customer = cdnow_customers.loc[["0001"]]
    found = value.lifetime_value(customer, fitted, months=12).iloc[0]
    weeks = customer[["t_x", "T"]] / 7
    year = fitted.purchases.predict(365 / 7, customer["x"], weeks["t_x"], weeks["T"])[0]
    assert found["expected_purchases"] == pytest.approx(year)


def test_lifetime_value_is_discounted_month_by_month(fitted, cdnow_customers):
    customer = cdnow_customers.loc[["0001"]]
    found = value.lifetime_value(customer, fitted, months=2, yearly_rate=0.21, margin=0.3).iloc[0]
    month, x, t_x, T = 365 / 12 / 7, customer["x"], customer["t_x"] / 7, customer["T"] / 7
    first, second = (fitted.purchases.predict(number * month, x, t_x, T)[0] for number in (1, 2))
    # 21 % a year: what comes in month i is divided by 1.21^(i/12)
    discounted = first / 1.21 ** (1 / 12) + (second - first) / 1.21 ** (2 / 12)
    assert found["clv"] == pytest.approx(discounted * found["expected_spend"] * 0.3)


def test_weekly_and_daily_model_value_alike(fitted, cdnow_customers):
    daily = value.fit(cdnow_customers, unit="D")
    ours, theirs = (value.lifetime_value(cdnow_customers, model)["clv"] for model in (fitted, daily))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-3)


def test_groups_add_up_and_their_intervals_hold_them(fitted, cdnow_customers):
    group = pd.Series(np.where(cdnow_customers["x"] > 0, "again", "once"), cdnow_customers.index).iloc[:-1]
    table = value.lifetime_value_by_group(cdnow_customers, fitted, group)
    assert table["customers"].sum() == 2357 and table.loc["none", "customers"] == 1
    assert table["clv"].sum() == pytest.approx(value.lifetime_value(cdnow_customers, fitted)["clv"].sum())
    assert table["share"].sum() == pytest.approx(1)
    assert ((table["low"] < table["clv"]) & (table["clv"] < table["high"])).all()


def test_customers_who_only_returned_have_no_value(fitted):
    lines = orders(("a", "1997-01-05"), ("a", "1997-02-05"), ("b", "1997-03-01", -5))
    found = value.lifetime_value(summarise(lines, "1997-09-30"), fitted)
    assert found.loc["b"].isna().all() and found.loc["a"].notna().all()


def test_settings_that_mean_nothing_are_refused(fitted, cdnow_customers):
    with refused("value_horizon"):
        value.lifetime_value(cdnow_customers, fitted, months=0)
    with refused("value_discount_rate"):
        value.lifetime_value(cdnow_customers, fitted, yearly_rate=-1)
    with refused("value_unit"):
        value.fit(cdnow_customers, unit="M")
    with refused("value_split"):
        value.holdout(cdnow(), "1998-12-31")
    with refused("lifecycle_short_history"):
        value.holdout(cdnow(), "1997-02-01")


def test_customers_who_are_all_alike_give_no_interval():
    model = value.fit_bgnbd([5] * 100, [30.0] * 100, [40.0] * 100)
    assert not value.fit_checks(
        value.ValueModel(model, GammaGamma({"p": 2.0, "q": 3.0, "gamma": 3.0}, 0, 1, np.eye(3)), "W")
    ).loc["held", "passed"]
    with refused("value_no_interval"):
        value.interval(model, lambda each: each.expected_purchases(1))


def test_flat_likelihood_gives_no_interval():
    model = BgNbd({"r": 1.0, "alpha": 1.0, "a": 1.0, "b": 1.0}, 0.0, 10, 5, np.full((4, 4), np.nan))
    with refused("value_no_interval"):
        value.interval(model, lambda each: each.expected_purchases(1))


def test_the_value_of_groups_is_a_plain_sum():
    lines = orders(("a", "2024-01-01", 100), ("a", "2024-02-01", -30), ("b", "2024-01-05", 50))
    table = value.by_group(summarise(lines, "2024-03-01")["monetary"], pd.Series({"a": "A"}))
    assert table.loc["A", ["customers", "total"]].tolist() == [1, 70.0]
    assert table["share"].round(3).to_dict() == {"A": 0.583, "none": 0.417}


# Checks before and after the fit


def history_table(**changed) -> pd.DataFrame:
    size = 120
    rng = np.random.default_rng(1)
    x = rng.poisson(2, size)
    table = pd.DataFrame(
        {
            "frequency": x + 1,
            "x": x,
            "t_x": np.where(x > 0, 100.0, 0.0),
            "T": 300.0,
            "mean_repeat": np.where(x > 0, rng.gamma(4, 10, size), np.nan),
            "monetary": 50.0,
        }
    )
    return table.assign(**changed)


def failed(table: pd.DataFrame, **settings) -> list[str]:
    checks = value.preflight(table, **settings)
    return checks.index[~checks["passed"]].tolist()


def test_preflight_passes_sound_data():
    assert failed(history_table()) == []


def test_preflight_names_what_is_wrong():
    table = history_table()
    assert failed(table, horizon=700) == ["history"]
    assert failed(table.assign(mean_repeat=-5.0)) == ["spend"]
    assert failed(table.assign(mean_repeat=10.0 + 5 * table["x"])) == ["correlation"]
    assert failed(table.assign(monetary=np.where(table.index == 3, -20.0, 50.0))) == ["negative_net"]
    few = table.assign(x=np.where(table.index < 20, table["x"], 0), t_x=np.where(table.index < 20, table["t_x"], 0.0))
    assert failed(few) == ["repeaters"]


def test_preflight_says_when_all_customers_are_new():
    # 60 repeaters with 100 days between purchases, and 200 newcomers of the last week
    table = pd.concat(
        [
            history_table().query("x > 0").head(60),
            history_table(x=0, t_x=0.0, T=7.0),
            history_table(x=0, t_x=0.0, T=7.0),
        ]
    )
    assert "all_new" in failed(table.assign(frequency=table["x"] + 1))


def test_checks_after_the_fit_look_at_mean_and_uncertainty(fitted):
    assert value.fit_checks(fitted)["passed"].all()
    loose = GammaGamma({"p": 2.0, "q": 0.9, "gamma": 3.0}, 0.0, 1, np.full((3, 3), np.nan))
    checks = value.fit_checks(value.ValueModel(fitted.purchases, loose, "W"))
    assert checks["passed"].to_dict() == {"held": True, "spend_held": False, "mean_exists": False}


def test_repeaters_who_paid_nothing_are_counted_and_still_valued():
    lines = cdnow().assign(amount=lambda frame: frame["amount"].where(frame["customer_id"] != "0001", 0.0))
    table = summarise(lines, "1997-09-30")
    # CDNOW holds no other repeater whose repeat purchases came to nothing
    model = value.fit(table)
    assert model.unpaid == 1 and model.spend.customers == 945
    assert 0 < value.lifetime_value(table, model).loc["0001", "clv"] < 30
    with refused("value_spend_not_positive"):  # they did come back: it is the money that is missing
        value.fit(summarise(lines.assign(amount=0.0), "1997-09-30"))


# The sample, whose customers leave in more ways than the model knows


def test_holdout_of_the_sample_stays_near_and_ahead_of_the_baselines():
    data, _ = retail()
    found = value.holdout(data.orders, "2024-06-30", data.as_of)
    errors = found.summary
    assert abs(errors.loc["bgnbd", "error"]) < 0.12
    assert (errors.loc["bgnbd", ["mae", "rmse"]] < 0.85 * errors.drop(index="bgnbd")[["mae", "rmse"]].min()).all()
    # value by decile: the best tenth, which holds half of the money, and the order of all
    assert abs(found.deciles.loc[1, "error"]) < 0.25
    assert found.deciles["expected"].corr(found.deciles["actual"]) > 0.97
    assert (found.by_x["expected"] - found.by_x["actual"]).abs().max() < 0.45


def test_margin_is_that_of_the_costs_or_a_share_set_by_hand():
    table = pd.DataFrame({"monetary": [200.0, 100.0], "margin": [90.0, np.nan]})
    assert value.earned(table, margin=0.35).tolist() == [90, 0]
    assert value.margin_share(table, margin=0.35) == pytest.approx(0.3)
    without = table.assign(margin=np.nan)
    assert value.earned(without, margin=0.35).tolist() == [70, 35] and value.margin_share(without, 0.35) == 0.35
    assert value.margin_share(table.assign(monetary=0.0), margin=0.35) == 0.35
    assert value.earned(table, margin=1.5).tolist() == [90, 0]  # not used where costs are known
    for margin in (1.5, -0.1, float("nan")):
        with refused("value_margin"):
            value.margin_share(without, margin)
