"""Contract customers and survival curves: Fader & Hardie's figures, sums and cases by hand, scipy as second opinion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import DataError, value
from crmbook.shared.survival import kaplan_meier, log_rank
from crmbook.value import contracts
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import roots_jacobi
from scipy.stats import CensoredData, ecdf, logrank
from small_books import refused, saas

HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]
TIMES = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=5, max_size=25)


def contract(*rows: tuple) -> pd.DataFrame:
    """Contracts from (customer, start, end or None), one plan, 100 a month."""
    return pd.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "start_date": pd.to_datetime([row[1] for row in rows]),
            "end_date": pd.to_datetime([row[2] for row in rows]),
            "plan": [row[3] if len(row) > 3 else "basic" for row in rows],
            "monthly_fee": 100.0,
        }
    )


# Fader & Hardie (2007, 2010)


def test_sbg_finds_the_published_parameters_and_forecast():
    model = value.fit_sbg(HIGH_END[:8])
    assert list(model.params) == ["alpha", "beta"]
    assert model.params == pytest.approx({"alpha": 0.668, "beta": 3.806}, abs=5e-4)
    assert model.log_likelihood == pytest.approx(-1611.16, abs=5e-3)
    assert model.predict(range(8, 13)) * 100 == pytest.approx([46.0, 43.6, 41.4, 39.5, 37.8], abs=0.05)
    assert model.residual_life(7, 0.1) == pytest.approx(7.530, abs=5e-4)


def test_survival_and_retention_are_the_integrals_they_stand_for():
    # S(t) = mean of (1-θ)^t over the beta distribution of θ
    model = contracts.Sbg({"alpha": 0.7, "beta": 1.9}, 0.0, 1, np.eye(2))
    node, weight = roots_jacobi(50, 1.9 - 1, 0.7 - 1)
    theta, share = (1 + node) / 2, weight / weight.sum()
    for t in (1, 2, 9):
        assert model.predict(t) == pytest.approx(share @ (1 - theta) ** t, rel=1e-9)
        assert model.retention(t) == pytest.approx(model.predict(t) / model.predict(t - 1))


def test_residual_life_is_the_discounted_sum():
    model = value.fit_sbg(HIGH_END[:8])
    far = np.arange(0, 3000)
    # seven renewals made; the eighth, if it comes, pays at once
    summed = (model.predict(8 + far) / model.predict(7) / 1.1**far).sum()
    assert model.residual_life(7, 0.1) == pytest.approx(summed, rel=1e-9)
    assert model.life(0.1) == pytest.approx((model.predict(far) / 1.1**far).sum(), rel=1e-9)


def test_residual_life_without_discount_is_refused():
    with refused("value_discount_rate"):
        value.fit_sbg(HIGH_END).residual_life(1, 0.0)


def test_shares_percentages_and_counts_are_the_same_curve():
    percent, share, count = (value.fit_sbg(np.array(HIGH_END[:8]) * scale) for scale in (1, 0.01, 20))
    for other in (share, count):
        assert other.params == pytest.approx(percent.params, rel=1e-4)
    assert share.log_likelihood == pytest.approx(percent.log_likelihood)
    assert count.log_likelihood == pytest.approx(2 * percent.log_likelihood)


def test_sbg_is_fitted_at_the_maximum():
    at_risk, lost = -np.array(HIGH_END[:7]) * -10, -np.diff(HIGH_END[:8]) * 10
    t = np.arange(1, 8)

    def log_likelihood(alpha, beta):
        kept = (beta + t - 1) / (alpha + beta + t - 1)
        return (lost * np.log(1 - kept) + (at_risk - lost) * np.log(kept)).sum()

    model = value.fit_sbg(HIGH_END[:8])
    alpha, beta = model.params.values()
    assert model.log_likelihood == pytest.approx(log_likelihood(alpha, beta))
    for moved in ((alpha * 1.01, beta), (alpha, beta * 1.01), (alpha * 0.99, beta), (alpha, beta * 0.99)):
        assert log_likelihood(*moved) < model.log_likelihood


def test_forecast_beats_one_retention_rate_for_all_ages():
    table = contracts.forecast(HIGH_END, fitted_on=7)
    later = table[~table["fitted"]]
    assert len(later) == 5
    sbg, naive = ((later[name] - later["actual"]).abs().mean() for name in ("sbg", "naive"))
    assert sbg < 0.02 < 0.05 < naive
    # the naive rate: kept 869+743+…+491 of 1000+869+…+517 asked
    assert table.loc[1, "naive"] == pytest.approx(sum(HIGH_END[1:8]) / sum(HIGH_END[:7]))
    # a third parameter brings the curve nearer still; with two renewals it could not be told
    assert (later["bdw"] - later["actual"]).abs().mean() < sbg
    assert contracts.forecast([100, 80, 68, 60, 54], fitted_on=2)["bdw"].isna().all()


def test_bdw_holds_sbg_as_a_special_case_and_fits_no_worse():
    sbg, bdw = value.fit_sbg(HIGH_END[:8]), value.fit_bdw(HIGH_END[:8])
    assert bdw.log_likelihood >= sbg.log_likelihood
    plain = contracts.Bdw({**sbg.params, "c": 1.0}, 0.0, 1)
    assert plain.predict(range(13)) == pytest.approx(sbg.predict(range(13)))


def test_interval_narrows_with_customers():
    few, many = (value.fit_sbg(HIGH_END[:8], customers=n).intervals for n in (100, 10_000))
    assert np.log(few["high"] / few["low"]).to_numpy() == pytest.approx(
        10 * np.log(many["high"] / many["low"]), rel=1e-3
    )


@pytest.mark.parametrize("curve", [[100, 90], [100, 90, 95], [100, np.nan, 80], [0, 0, 0], [100, 50, -1]])
def test_what_is_no_survival_curve_is_refused(curve):
    with refused("value_survival"):
        value.fit_sbg(curve)


def test_whole_numbers_from_a_hundred_on_are_asked_about():
    # 100 customers, or percentages of any number of them: the parameters are the same, how sure they are is not
    curve = [100, 87, 74, 65]
    for fit in (value.fit_sbg, value.fit_bdw):
        with refused("value_survival_form"):
            fit(curve)
    few, many = value.fit_sbg(curve, customers=100), value.fit_sbg(curve, customers=5000)
    assert few.customers == 100 and few.params["alpha"] == pytest.approx(many.params["alpha"], rel=1e-4)
    assert value.fit_sbg([1.0, 0.87, 0.74, 0.65]).customers == 1000


def test_nobody_left_is_refused():
    with refused("value_contracts_all_open"):
        value.fit_sbg([100, 100, 100])


def test_customers_who_do_not_differ_have_no_sbg():
    with refused("value_no_fit"):
        value.fit_sbg([1000, 900, 750, 550, 300])  # retention falls with age: the opposite of what the model explains


# Contracts


def test_renewals_are_counted_by_hand():
    rows = contract(
        ("a", "2020-01-15", "2021-01-14"),  # left at the first renewal
        ("b", "2020-01-15", "2022-01-14"),  # at the second
        ("c", "2020-01-15", "2021-01-15"),  # ends a day later: still the first
        ("d", "2020-01-15", "2021-06-30"),  # renewed once, left within the second year: lost at the second
        ("e", "2020-01-15", None),  # four renewals by February 2024
        ("f", "2023-06-01", None),  # none yet
        ("g", "2020-01-15", "2026-01-14"),  # ends after the as-of date: runs
    )
    table = contracts.renewal_table(rows, "2024-02-01")
    assert table["at_risk"].tolist() == [6, 4, 2, 2]
    assert table["lost"].tolist() == [2, 2, 0, 0]
    assert table["retention"].tolist() == pytest.approx([4 / 6, 2 / 4, 1, 1])
    assert contracts.survival_of(table).tolist() == pytest.approx([1, 4 / 6, 2 / 6, 2 / 6, 2 / 6])


def test_monthly_renewals_follow_the_calendar():
    # 1 February to 1 March is a month although it has 28 days
    rows = contract(("a", "2023-02-01", None), ("b", "2023-02-01", "2023-03-31"))
    table = contracts.renewal_table(rows, "2023-03-31", term=1)
    # b ended with his second month; whether a renewed a second time shows on 1 April
    assert table["at_risk"].tolist() == [2, 1] and table["lost"].tolist() == [0, 1]


def test_sbg_of_cohorts_of_all_ages_finds_what_was_planted():
    # joined over ten years, watched to one day: later renewals are seen of few
    rng = np.random.default_rng(3)
    size = 4000
    life = rng.geometric(rng.beta(0.8, 2.5, size))
    watched = rng.integers(1, 11, size)
    start = pd.Timestamp("2024-01-01") - pd.to_timedelta([int(years * 365.25) for years in watched], unit="D")
    ended = life <= watched
    end = pd.Series(start + pd.to_timedelta(np.where(ended, life * 365.25 - 5, 0).astype(int), unit="D"))
    rows = pd.DataFrame({"customer_id": np.arange(size).astype(str), "start_date": start, "end_date": end.where(ended)})
    model = contracts.fit_sbg_renewals(contracts.renewal_table(rows, "2024-01-02"))
    table = model.intervals
    assert ((table["low"] <= [0.8, 2.5]) & (table["high"] >= [0.8, 2.5])).all()


def test_planted_plans_of_the_sample_are_found_again():
    data, truth = saas()
    for plan in ("basic", "plus", "pro"):
        rows = data.contracts[data.contracts["plan"] == plan]
        table = contracts.fit_sbg_renewals(contracts.renewal_table(rows, data.as_of)).intervals
        planted = [float(truth.loc[(f"plan_{name}", plan), "value"]) for name in ("alpha", "beta")]
        assert ((table["low"] <= planted) & (table["high"] >= planted)).all()
    curves, test = contracts.compare_plans(data.contracts, data.as_of)
    assert test.p_value < 1e-6
    assert (
        curves["basic"].at(36).high
        < curves["plus"].at(36).low
        < curves["plus"].at(36).high
        < curves["pro"].at(36).value
    )


def test_renewals_of_the_sample_are_those_the_company_wrote_down():
    data, _ = saas()
    table = contracts.renewal_table(data.contracts, data.as_of)
    written = data.contracts["renewals"]
    ended = data.contracts["end_date"].notna()
    for number in table.index:
        lost = ended & (written == number - 1)
        assert table.loc[number, ["at_risk", "lost"]].tolist() == [((written >= number) | lost).sum(), lost.sum()]


def test_contracts_all_open_and_too_young_are_refused():
    running = contract(("a", "2020-01-01", None), ("b", "2020-05-01", "2030-01-01"))
    with refused("value_contracts_all_open"):
        contracts.fit_sbg_renewals(contracts.renewal_table(running, "2024-01-01"))
    with refused("value_contracts_young"):
        contracts.renewal_table(running, "2020-06-01")


def test_contracts_before_the_data_and_backwards_are_refused():
    with refused("lifecycle_as_of_early"):
        contracts.lives(contract(("a", "2020-01-01", None)), "2019-12-31")
    with refused("value_contract_dates"):
        contracts.lives(contract(("a", "2020-01-01", "2019-06-01")), "2021-01-01")


def test_contracts_without_a_column_of_end_dates_are_refused():
    unknown = contract(("a", "2020-01-01", None), ("b", "2020-05-01", None)).drop(columns="end_date")
    for counted in (contracts.lives, contracts.contract_churn, contracts.renewal_table, contracts.renewals_due):
        with refused("column_needed"):
            counted(unknown, "2022-01-01")


def test_contracts_that_are_not_there_or_lack_plan_or_fee_are_refused():
    with refused("table_needed"):
        contracts.lives(None, "2022-01-01")
    bare = contract(("a", "2020-01-01", "2020-12-31"))[["customer_id", "start_date", "end_date"]]
    for counted in (contracts.contract_churn, contracts.compare_plans):
        with refused("column_needed"):
            counted(bare, "2022-01-01")


def test_words_about_a_curve_of_shares_name_no_number_of_customers():
    for curve in ([1, 1, 1], [1, 0.8, 0.64, 0.512]):
        with pytest.raises(DataError) as error:
            contracts.forecast(curve, fitted_on=3)
        assert "1000" not in str(error.value)


def test_contracts_due_soon_are_listed_the_soonest_first_where_no_model_can_be_fitted():
    rows = contract(
        ("a", "2022-02-01", None),  # two years on 1 February, the second renewal
        ("b", "2023-03-15", "2024-03-14"),  # its end is known: due on the day after
        ("c", "2023-06-01", None),  # too far ahead
        ("d", "2022-01-20", "2023-01-19"),  # has ended
        ("e", "2024-05-01", None),  # not there yet
    )
    table = contracts.renewals_due(rows, "2024-01-05", days=90)
    assert table.index.tolist() == ["a", "b"] and table["renewals"].tolist() == [1, 0]
    assert table["renewal_date"].astype(str).tolist() == ["2024-02-01", "2024-03-15"]
    assert table[["renewal_rate", "at_risk"]].isna().all(axis=None)
    with refused("value_nothing_due"):
        contracts.renewals_due(rows, "2024-01-05", days=10)


def test_renewals_due_are_as_likely_as_the_plan_s_own_model_says():
    data, _ = saas()
    table = contracts.renewals_due(data.contracts, data.as_of)
    basic = data.contracts[data.contracts["plan"] == "basic"]
    model = contracts.fit_sbg_renewals(contracts.renewal_table(basic, data.as_of))
    own = table[table["plan"] == "basic"]
    assert own["renewal_rate"].to_numpy() == pytest.approx(model.retention(own["renewals"] + 1))
    assert table["at_risk"].to_numpy() == pytest.approx(
        (table["monthly_fee"] * 12 * (1 - table["renewal_rate"])).to_numpy()
    )
    assert table["at_risk"].is_monotonic_decreasing
    # a plan of one contract has no model of its own: that of all contracts stands in
    alone = data.contracts["customer_id"] == own.index[0]
    changed = data.contracts.assign(plan=data.contracts["plan"].astype(str).mask(alone, "rare"))
    general = contracts.fit_sbg_renewals(contracts.renewal_table(changed, data.as_of))
    one = contracts.renewals_due(changed, data.as_of).loc[own.index[0]]
    assert one["renewal_rate"] == pytest.approx(float(general.retention(one["renewals"] + 1)))


def test_contract_begun_on_a_leap_day_is_due_once():
    rows = contract(("a", "2020-02-29", None))
    assert contracts.renewals_due(rows, "2021-02-27").loc["a", "renewals"] == 0
    assert contracts.renewals_due(rows, "2021-02-28").loc["a", "renewal_date"] == pd.Timestamp("2021-02-28")
    assert contracts.renewals_due(rows, "2021-12-15").loc["a", "renewals"] == 1


def test_outlook_is_the_model_by_number_of_renewals():
    model = value.fit_sbg(HIGH_END[:8])
    table = contracts.outlook(model, 0.1, most=8)
    assert table.loc[7, "payments_left"] == pytest.approx(7.530, abs=5e-3)  # Fader & Hardie (2010)
    assert table["history"].tolist() == ["newcomer", "stable", "stable", *["loyal"] * 5]
    assert table["renewal_rate"].tolist() == pytest.approx(model.retention(range(1, 9)).tolist())


def test_contract_churn_reconciles_customers_and_money():
    rows = contract(
        ("a", "2024-01-01", None),
        ("b", "2024-01-10", "2024-02-29"),
        ("c", "2024-02-05", None),
        ("d", "2024-01-01", "2024-02-10"),
        ("d", "2024-02-01", None),
    )
    table = contracts.contract_churn(rows, "2024-03-15")
    assert table.index.astype(str).tolist() == ["2024-01", "2024-02"]  # March is not over
    assert table["closing"].tolist() == [3, 3]
    assert (table["opening"] + table["new"] - table["lost"] == table["closing"]).all()
    # February: a, b and d were there with 300 a month; b left, d stayed with his second contract
    february = table.loc[pd.Period("2024-02", "M")]
    assert (february["lost"], february["churn"], february["revenue_churn"]) == (
        1,
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )
    assert np.isnan(table.loc[pd.Period("2024-01", "M"), "churn"])  # nobody was there to leave


def test_plans_are_compared():
    rows = contract(
        *[(f"a{n}", "2020-01-01", f"202{n % 3 + 1}-01-01", "basic") for n in range(9)],
        *[(f"b{n}", "2020-01-01", None, "plus") for n in range(9)],
    )
    curves, test = contracts.compare_plans(rows, "2024-01-01")
    assert curves["basic"].at(48).value == 0 and curves["plus"].at(48).value == 1
    assert test.p_value < 1e-4
    with refused("survival_one_group"):
        contracts.compare_plans(rows[rows["plan"] == "plus"], "2024-01-01")


# Survival curves


def test_kaplan_meier_by_hand():
    # 6 cases: one at 2 (5/6), one lost from sight at 3, two at 4 of the 4 left (5/6 · 2/4), the others unseen at 7
    found = kaplan_meier([2, 3, 4, 4, 7, 7], [True, False, True, True, False, False])
    assert found.curve["survival"].tolist() == pytest.approx([1, 5 / 6, 5 / 12])
    assert found.curve["at_risk"].tolist() == [6, 6, 4]
    assert found.curve["events"].tolist() == [0, 1, 2]
    assert found.median.value == 4 and np.isnan(found.quantile(0.9).value)
    assert found.at(3.9).value == pytest.approx(5 / 6)


@settings(max_examples=50, deadline=None)
@given(TIMES)
def test_kaplan_meier_agrees_with_scipy_and_never_rises(cases):
    time, happened = np.array([case[0] for case in cases], float), np.array([case[1] for case in cases])
    curve = kaplan_meier(time, happened).curve
    expected = ecdf(CensoredData.right_censored(time, ~happened)).sf.evaluate(curve.index.to_numpy())
    assert curve["survival"].to_numpy() == pytest.approx(expected)
    assert (np.diff(curve["survival"]) <= 0).all()
    known = curve.dropna()
    assert ((known["low"] <= known["survival"] + 1e-9) & (known["survival"] <= known["high"] + 1e-9)).all()


@settings(max_examples=50, deadline=None)
@given(TIMES, TIMES)
def test_log_rank_of_two_groups_is_scipy_s(first, second):
    samples = [
        (np.array([case[0] for case in cases], float), np.array([case[1] for case in cases]))
        for cases in (first, second)
    ]
    both_there = min(time.max() for time, _ in samples)
    everyone, events = (np.concatenate(part) for part in zip(*samples, strict=True))
    moments = [moment for moment in np.unique(everyone[events]) if moment <= both_there]
    # something happens while both groups are there, and not to all who are left: else there is nothing to compare
    assume(any((everyone >= moment).sum() > (events & (everyone == moment)).sum() for moment in moments))
    ours = log_rank(dict(zip("ab", samples, strict=True)))
    theirs = logrank(*(CensoredData.right_censored(time, ~happened) for time, happened in samples))
    assert ours.statistic == pytest.approx(theirs.statistic**2, rel=1e-6, abs=1e-9)


def test_log_rank_is_not_upset_by_events_when_one_group_is_gone():
    first = ([1] * 5, [False] * 5)
    second = ([1, 1, 1, 2, 2, 2, *[3] * 9], [False, False, True, False, True, True, *[False] * 7, True, True])
    # one event at 1, with 5 of 20 at risk in the first group: (0 - 5/20)² ÷ (5/20 × 15/20) = 1/3
    assert log_rank({"a": first, "b": second}).statistic == pytest.approx(1 / 3, rel=1e-9)


def test_one_early_case_is_no_group():
    # ten thousand cases that stay for years, and one that left on the second day: chi-square says p = 10⁻⁶⁵
    many = (np.arange(1, 10_001) % 900 + 100, np.arange(10_000) % 3 == 0)
    with refused("survival_small_group"):
        log_rank({"many": many, "one": ([2], [True])})


@pytest.mark.parametrize("unknown", ["left", np.nan, pd.NaT, 2])
def test_what_is_not_known_to_have_happened_is_no_event(unknown):
    with refused("event_unclear"):
        kaplan_meier([1, 2, 3], pd.Series([True, False, unknown], dtype=object))


def test_log_rank_of_three_groups_expects_as_many_events_as_there_are():
    rng = np.random.default_rng(0)
    samples = {
        name: (rng.exponential(scale, 60).round(2), rng.random(60) < 0.7)
        for name, scale in zip("abc", (1, 1, 3), strict=True)
    }
    found = log_rank(samples)
    assert found.degrees == 2 and found.p_value < 0.001
    assert found.table["events"].sum() == pytest.approx(found.table["expected"].sum())


def test_survival_refuses_nothing_and_negative_times():
    with refused("survival_nobody"):
        kaplan_meier([], [])
    with refused("survival_time"):
        kaplan_meier([1, -2], [True, False])
    with refused("survival_time"):
        kaplan_meier([1, np.inf], [True, True])
    with refused("rows_length"):
        kaplan_meier([1, 2, 3], [True, True])
    with refused("survival_nothing_happened"):
        log_rank({"a": ([1] * 5, [False] * 5), "b": ([2] * 5, [False] * 5)})
