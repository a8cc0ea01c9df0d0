"""Return on investment, its spread, and budgets: by hand, in closed form, and what must always hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation, lifecycle, load
from crmbook.data import sample
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.shared.estimate import Estimate
from crmbook.value import economics
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

BASE = evaluation.Assumptions(
    customers=200, revenue=1000, uplift=0.1, margin=0.5, cost_per_customer=20, fixed_cost=5000, rate=0.1, years=3
)


def refusal(work) -> str:
    with pytest.raises(DataError) as error:
        work()
    assert str(error.value)
    return error.value.code


# One investment ---------------------------------------------------------------------------------------------------


def test_return_of_one_year_by_hand():
    found = evaluation.roi(gain=150, cost=100)
    assert (found.roi, found.npv) == (0.5, 50.0)
    assert found.payback == pytest.approx(2 / 3)


def test_net_present_value_by_hand():
    # 500/1.1 + 500/1.21 + 500/1.331 = 454.55 + 413.22 + 375.66 = 1,243.43
    found = evaluation.roi(500, 1000, rate=0.10, years=3)
    assert found.npv == pytest.approx(243.43, abs=0.005)
    assert found.roi == pytest.approx(0.5)
    assert found.payback == pytest.approx(2.0)


def test_gains_and_costs_by_year():
    # 100 at the start and 20 at the end of year 1; gains 50 and 100: 30 are left after year 1, 70 lacking, so 0.7 of
    # year 2
    found = evaluation.roi([50, 100], [100, 20], years=2)
    assert found.payback == pytest.approx(1.7)
    assert found.table["cumulative"].tolist() == [-100.0, -70.0, 30.0]
    assert (found.gain, found.cost) == (150.0, 120.0)


def test_payback_is_where_the_running_total_stays_above_zero():
    # 100 at the start, then 60 less 20 a year: −100, −60, −20, 20: half of year 3
    assert evaluation.roi(60, [100, 20, 20, 20], years=3).payback == pytest.approx(2.5)
    # paid back after year 1, and again after a second outlay of 90: 100 − 40 − 90 + 60 …: −40, 20, −10, 50
    assert evaluation.roi([60, 60, 60], [40, 0, 90], years=3).payback == pytest.approx(2 + 10 / 60)


def test_loss_in_every_year_is_never_paid_back_though_nothing_was_paid_at_the_start():
    found = evaluation.roi(10, [0, 20, 20], years=2)
    assert math.isnan(found.payback) and found.npv == -20.0
    assert evaluation.roi(20, [0, 10, 10], years=2).payback == 0.0


def test_years_may_be_a_whole_number_of_any_kind():
    assert evaluation.roi(60, 100, years=2.0).npv == evaluation.roi(60, 100, years=np.int64(2)).npv == 20.0


def test_what_never_pays_back_has_no_payback():
    found = evaluation.roi(10, 100, years=3)
    assert math.isnan(found.payback) and found.roi == pytest.approx(-0.7)
    assert math.isnan(evaluation.roi(-10, 100, years=3).payback)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"gain": 10, "cost": 0}, "evaluation_no_cost"),
        ({"gain": 10, "cost": -5}, "evaluation_no_cost"),
        ({"gain": 10, "cost": math.nan}, "evaluation_money"),
        ({"gain": math.inf, "cost": 5}, "evaluation_money"),
        ({"gain": 10, "cost": 5, "years": 0}, "evaluation_years"),
        ({"gain": 10, "cost": 5, "years": 1.5}, "evaluation_years"),
        ({"gain": [1, 2, 3], "cost": 5, "years": 2}, "evaluation_years"),
        ({"gain": 10, "cost": 5, "rate": -1}, "evaluation_rate"),
        ({"gain": 10, "cost": 5, "rate": math.nan}, "evaluation_rate"),
        ({"gain": 10, "cost": 5, "rate": None}, "evaluation_rate"),
        ({"gain": 10, "cost": 5, "years": None}, "evaluation_years"),
        ({"gain": None, "cost": 5}, "evaluation_money"),
        ({"gain": "much", "cost": 5}, "evaluation_money"),
        ({"gain": 10, "cost": [5, None]}, "evaluation_money"),
    ],
)
def test_figures_without_a_return_are_refused(asked, code):
    assert refusal(lambda: evaluation.roi(**asked)) == code


# Assumptions ------------------------------------------------------------------------------------------------------


def test_programme_by_hand():
    # gain 200 × 1,000 × 0.1 × 0.5 = 10,000 a year, cost 4,000 a year and 5,000 at the start
    found = evaluation.programme_return(BASE)
    annuity = 1 / 1.1 + 1 / 1.1**2 + 1 / 1.1**3
    assert found.npv == pytest.approx(6000 * annuity - 5000)
    assert found.roi == pytest.approx((30_000 - 17_000) / 17_000)


@pytest.mark.parametrize("name", ["customers", "revenue", "uplift", "margin", "cost_per_customer", "fixed_cost"])
def test_break_even_of_each_assumption(name):
    found = evaluation.break_even(BASE, name)
    assert evaluation.programme_return(replace(BASE, **{name: found})).npv == pytest.approx(0, abs=1e-6)


def test_a_loss_on_each_customer_has_no_break_even_number():
    losing = replace(BASE, uplift=0.01)  # 5 a customer, at a cost of 20
    assert math.isnan(evaluation.break_even(losing, "customers"))
    assert refusal(lambda: evaluation.break_even(BASE, "years")) == "evaluation_assumption"


def test_tornado_puts_the_widest_first_and_says_what_turns_the_decision():
    table = evaluation.tornado(BASE, {"fixed_cost": (4000, 6000), "uplift": (0.02, 0.15), "rate": (0.05, 0.15)})
    assert table.index[0] == "uplift" and table["swing"].is_monotonic_decreasing
    assert table["turns"].to_dict() == {"uplift": True, "fixed_cost": False, "rate": False}
    assert table.loc["fixed_cost", "npv_low"] - table.loc["fixed_cost", "npv_high"] == pytest.approx(2000)


@pytest.mark.parametrize("change", [{"rate": -1.0}, {"years": 0}, {"years": 1.5}, {"customers": 0}, {"margin": None}])
def test_no_way_of_looking_takes_assumptions_that_are_none(change):
    wrong = replace(BASE, **change)
    ranges = {"uplift": (0.05, 0.2)}
    for work in (
        lambda: evaluation.programme_return(wrong),
        lambda: evaluation.break_even(wrong, "uplift"),
        lambda: evaluation.tornado(wrong, ranges),
        lambda: evaluation.monte_carlo(wrong, ranges),
    ):
        assert refusal(work).startswith("evaluation_")


def test_assumptions_that_do_not_fit_are_refused():
    assert refusal(lambda: evaluation.tornado(BASE, {"price": (1, 2)})) == "evaluation_assumption"
    assert refusal(lambda: evaluation.tornado(BASE, {"margin": (0.6, 0.4)})) == "evaluation_range"
    assert refusal(lambda: evaluation.monte_carlo(BASE, {"margin": (0.6, 0.9)})) == "evaluation_range"
    assert refusal(lambda: evaluation.monte_carlo(BASE, {}, draws=5)) == "evaluation_draws"
    assert refusal(lambda: evaluation.programme_return(replace(BASE, customers=0))) == "evaluation_no_customers"
    assert refusal(lambda: evaluation.programme_return(replace(BASE, margin=math.nan))) == "evaluation_money"
    free = replace(BASE, cost_per_customer=0, fixed_cost=0)
    assert refusal(lambda: evaluation.programme_return(free)) == "evaluation_no_cost"
    assert refusal(lambda: evaluation.monte_carlo(free, {"uplift": (0, 0.2)})) == "evaluation_no_cost"


def test_draws_of_a_measured_effect_agree_with_the_normal_distribution():
    # the value is a straight line in the uplift, so the chance to gain is that of a normal number above break-even
    effect = Estimate(0.1, 0.02, 0.18, 400)
    found = evaluation.monte_carlo(BASE, {"uplift": effect}, draws=20_000, seed=3)
    edge = evaluation.break_even(BASE, "uplift")
    assert found.gains == pytest.approx(1 - stats.norm.cdf(edge, 0.1, 0.16 / (2 * 1.959964)), abs=0.012)
    assert found.npv.value == pytest.approx(evaluation.programme_return(BASE).npv, rel=0.05)


def test_draws_of_a_triangle_have_its_mean_and_stay_inside():
    found = evaluation.monte_carlo(BASE, {"uplift": (0.0, 0.4)}, draws=20_000)
    assert found.draws["uplift"].between(0, 0.4).all()
    assert found.draws["uplift"].mean() == pytest.approx((0 + 0.1 + 0.4) / 3, abs=0.003)


def test_same_seed_same_draws_and_no_range_no_spread():
    first, second = (evaluation.monte_carlo(BASE, {"margin": (0.4, 0.6)}, draws=500, seed=9) for _ in range(2))
    pd.testing.assert_frame_equal(first.draws, second.draws)
    still = evaluation.monte_carlo(BASE, {}, draws=100)
    assert still.npv.low == still.npv.high == pytest.approx(evaluation.programme_return(BASE).npv)
    assert still.roi.value == pytest.approx(evaluation.programme_return(BASE).roi)


def test_scenarios_stand_side_by_side():
    table = evaluation.scenarios(BASE, {"careful": {"uplift": 0.05}, "longer": {"years": 5}})
    assert table.index.tolist() == ["base", "careful", "longer"]
    assert table.loc["careful", "npv"] < 0 < table.loc["base", "npv"] < table.loc["longer", "npv"]
    assert refusal(lambda: evaluation.scenarios(BASE, {"odd": {"price": 3}})) == "evaluation_assumption"


# Keep or acquire --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def retail() -> Book:
    return load(sample.folder("retail"))


def test_keep_or_acquire_from_the_companys_own_figures(retail):
    found = evaluation.keep_or_acquire(retail)
    new = economics.acquired(retail.orders, retail.customers, retail.as_of)
    costs = economics.retention_cost(retail.spend, lifecycle.bridge(lifecycle.stage_history(retail)))
    year = costs.iloc[-12:]
    assert found.acquire == pytest.approx(economics.acquisition_cost(retail.spend, new)["cac"].iloc[0])
    assert found.keep_a_year == pytest.approx(year["spend"].sum() / year["retained"].sum() * 12)
    assert found.ratio == pytest.approx(found.acquire / found.keep_a_year)


def test_costs_that_are_missing_are_named(retail):
    without = Book(as_of=retail.as_of, orders=retail.orders)
    assert refusal(lambda: evaluation.keep_or_acquire(without)) == "table_needed"
    only_service = retail.spend[retail.spend["purpose"] == "service"]
    half = Book(as_of=retail.as_of, orders=retail.orders, spend=only_service)
    assert refusal(lambda: evaluation.keep_or_acquire(half)) == "economics_no_spend"


def test_first_and_later_year_by_hand():
    # a: 10 + 20 in the first year, 40 in the last; b: 10 and 0; c is younger than a year
    orders = pd.DataFrame(
        {
            "customer_id": list("aaabbc"),
            "order_date": pd.to_datetime(
                ["2022-01-01", "2022-06-01", "2023-06-01", "2022-01-01", "2022-02-01", "2023-12-01"]
            ),
            "amount": [10.0, 20, 40, 5, 5, 99],
        }
    )
    table = evaluation.first_and_later_year(orders, "2023-12-31")
    assert table["customers"].tolist() == [2, 2]
    assert table["revenue"].tolist() == [20.0, 20.0]
    assert refusal(lambda: evaluation.first_and_later_year(orders[5:], "2023-12-31")) == "lifecycle_short_history"


# Budget -----------------------------------------------------------------------------------------------------------


def test_response_curve_runs_through_the_known_point():
    scale = evaluation.response(spend=100, gain=300, ceiling=600)
    assert 600 * (1 - math.exp(-100 / scale)) == pytest.approx(300)
    assert refusal(lambda: evaluation.response(100, 600, 600)) == "evaluation_response"
    assert refusal(lambda: evaluation.response(0, 10, 600)) == "evaluation_response"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(10, 5000), st.floats(10, 1000)), min_size=1, max_size=5),
    st.floats(0, 5000),
)
def test_budget_is_as_good_as_giving_unit_by_unit(curves, total):
    table = pd.DataFrame(curves, columns=["ceiling", "scale"], index=[f"T{number}" for number in range(len(curves))])
    found = evaluation.budget(table, total)
    given_out = found["budget"].drop("all")
    assert given_out.sum() <= total + 1e-6 * max(total, 1) and (given_out >= 0).all()
    # step by step, each step where it brings most, none where it brings less than itself
    step, spent = max(total, 1) / 400, np.zeros(len(table))
    ceiling, scale = table["ceiling"].to_numpy(), table["scale"].to_numpy()
    for _ in range(int(total / step)):
        more = ceiling * (np.exp(-spent / scale) - np.exp(-(spent + step) / scale))
        if more.max() < step:
            break
        spent[more.argmax()] += step
    greedy = (ceiling * -np.expm1(-spent / scale)).sum() - spent.sum()
    assert found.loc["all", "gain"] - given_out.sum() >= greedy - 1e-6 * max(abs(greedy), 1)


def test_last_unit_brings_as_much_in_each_tier_that_gets_some():
    curves = pd.DataFrame({"ceiling": [900.0, 300, 20], "scale": [100.0, 100, 100]}, index=list("ABC"))
    table = evaluation.budget(curves, 200)
    assert table.loc["A", "marginal"] == pytest.approx(table.loc["B", "marginal"])
    assert table.loc["C", "budget"] == 0 and table.loc["C", "marginal"] < table.loc["A", "marginal"]
    assert table.loc["all", "budget"] == pytest.approx(200)


def test_money_that_does_not_bring_itself_back_is_not_spent():
    curves = pd.DataFrame({"ceiling": [900.0], "scale": [100.0], "spend": [10.0]}, index=["A"])
    table = evaluation.budget(curves, 10_000)
    assert table.loc["A", "budget"] == pytest.approx(100 * math.log(9))  # where 900/100 × e^(−b/100) is 1
    assert table.loc["A", "gain_today"] == pytest.approx(900 * (1 - math.exp(-0.1)))


def test_budgets_that_cannot_be_divided_are_refused():
    curves = pd.DataFrame({"ceiling": [900.0], "scale": [100.0]}, index=["A"])
    assert refusal(lambda: evaluation.budget(curves, -1)) == "evaluation_budget"
    assert refusal(lambda: evaluation.budget(curves.assign(scale=0.0), 10)) == "evaluation_response"
    assert refusal(lambda: evaluation.budget(curves[:0], 10)) == "evaluation_response"
    assert refusal(lambda: evaluation.budget(curves[["scale"]], 10)) == "column_needed"
