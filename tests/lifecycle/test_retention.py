"""Cohorts, retention, churn rates and repurchase: loops over single customers as second opinion, awkward data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import lifecycle
from crmbook.lifecycle import retention
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from small_books import book, orders, refused

START = pd.Timestamp("2023-01-01")
# customers a to f, days since the start, amounts that may make an order a return
LINES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 600), st.integers(-5, 20)), min_size=1, max_size=40
)


def dated(lines: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Lines, three of which in a row share an order id: a customer's lines under one id are one order."""
    frame = orders(*[(customer, START + pd.Timedelta(days=day), amount) for customer, day, amount in lines])
    return frame.assign(order_id=[f"O{row // 3}" for row in range(len(frame))])


def purchase_days(lines: pd.DataFrame) -> dict[str, list[pd.Timestamp]]:
    """The purchase rule in plain loops: net per order and customer, first line's day, returns out, days once."""
    found: dict[str, set] = {}
    for (customer, _), order in lines.groupby(["customer_id", "order_id"]):
        if order["amount"].sum() >= 0:
            found.setdefault(customer, set()).add(order["order_date"].min())
    return {customer: sorted(days) for customer, days in found.items()}


# Cohorts


@settings(max_examples=20, deadline=None)
@given(LINES, st.sampled_from(["M", "Q", "Y", "W"]))
def test_cohorts_are_what_a_loop_over_customers_counts(lines, freq):
    frame = dated([("z", 3, 10), *lines])
    end = START + pd.Timedelta(days=610)
    triangle = lifecycle.cohorts(frame, end, freq)
    counted: dict[tuple, set] = {}
    for customer, days in purchase_days(frame).items():
        first = days[0].to_period(freq)
        for day in days:
            counted.setdefault((first, day.to_period(freq).ordinal - first.ordinal), set()).add(customer)
    assert set(triangle.index) == {cohort for cohort, age in counted if age == 0}
    for cohort, row in triangle.iterrows():
        for age, cell in row.items():
            if cohort.ordinal + age > end.to_period(freq).ordinal:
                assert np.isnan(cell)
            else:
                assert cell == len(counted.get((cohort, age), ()))


def test_month_without_newcomers_has_no_row_and_month_without_purchases_is_zero():
    triangle = lifecycle.cohorts(orders(("a", "2024-01-05"), ("b", "2024-03-05")), "2024-04-30")
    assert triangle.index.astype(str).tolist() == ["2024-01", "2024-03"]
    assert triangle.loc["2024-01"].fillna(-1).tolist() == [1, 0, 0, 0]
    assert triangle.loc["2024-03"].fillna(-1).tolist() == [1, 0, -1, -1]


def test_partial_month_is_flagged():
    lines = orders(("a", "2024-01-05"), ("a", "2024-02-05"), ("b", "2024-02-05"))
    half, whole = lifecycle.cohorts(lines, "2024-02-28"), lifecycle.cohorts(lines, "2024-02-29")
    assert half.attrs["partial"] == pd.Period("2024-02", "M") and whole.attrs["partial"] is None
    assert retention.partial_cells(half).to_numpy().tolist() == [[False, True], [True, False]]
    assert not retention.partial_cells(whole).to_numpy().any()


def test_more_periods_than_one_integer_has_bits():
    days = pd.date_range("2015-01-01", "2024-12-01", freq="MS")  # 120 months
    triangle = lifecycle.cohorts(orders(*[("a", day) for day in days], ("b", "2024-11-20")), "2024-12-31")
    assert triangle.loc["2015-01"].tolist() == [1.0] * 120
    assert triangle.loc["2024-11", [0, 1]].tolist() == [1, 0]


def test_cohorts_refuse_what_cannot_be_counted():
    with refused("lifecycle_as_of_early"):
        lifecycle.cohorts(orders(("a", "2024-01-05")), "2024-01-04")
    with refused("lifecycle_no_purchases"):
        lifecycle.cohorts(orders(("a", "2024-01-05", -1)))
    with refused("retention_freq"):
        lifecycle.cohorts(orders(("a", "2024-01-05")), freq="D")
    with refused("table_needed"):
        lifecycle.cohorts(orders())


def test_curve_weighs_cohorts_by_their_size_and_leaves_partial_months_out():
    lines = orders(
        *[(c, "2024-01-05") for c in "abc"],
        ("a", "2024-02-05"),
        ("d", "2024-02-06"),
        ("d", "2024-03-06"),
        ("b", "2024-03-07"),
    )
    triangle = lifecycle.cohorts(lines, "2024-03-15")
    table = retention.retention_curve(triangle)
    # age 1: a of three from January; February's would be March, which is not over
    assert table.loc[1, ["customers", "kept"]].tolist() == [3, 1]
    assert retention.cohort_retention(triangle).loc["2024-01", 1] == pytest.approx(1 / 3)


def test_all_customers_new_is_refused():
    lines = orders(("a", "2024-01-05"), ("b", "2024-01-09"), ("b", "2024-01-11"))
    with refused("retention_all_new"):
        retention.retention_curve(lifecycle.cohorts(lines, "2024-01-20"))
    with refused("retention_all_new"):
        retention.n_day_retention(lines, "2024-01-20", days=(30, 60))


# Retention by days


@settings(max_examples=20, deadline=None)
@given(LINES)
def test_variants_of_retention_are_what_loops_count(lines):
    frame = dated([("z", 0, 10), *lines])
    end = START + pd.Timedelta(days=610)
    bought = {customer: [(day - days[0]).days for day in days] for customer, days in purchase_days(frame).items()}
    age = {customer: (end - days[0]).days for customer, days in purchase_days(frame).items()}
    exact = retention.n_day_retention(frame, end, days=(1, 30))
    rolling = retention.rolling_retention(frame, end, days=(1, 30))
    bracket = retention.bracket_retention(frame, end, edges=(1, 31, 91))
    for n in (1, 30):
        old = [customer for customer in bought if age[customer] >= n]
        assert exact.loc[n, ["customers", "kept"]].tolist() == [len(old), sum(n in bought[c] for c in old)]
        assert rolling.loc[n, "kept"] == sum(max(bought[c]) >= n for c in old)
    for first, last in ((1, 30), (31, 90)):
        old = [customer for customer in bought if age[customer] >= last]
        kept = sum(any(first <= day <= last for day in bought[c]) for c in old)
        assert bracket.loc[first, ["last_day", "customers", "kept"]].tolist() == [last, len(old), kept]
    assert (rolling["retention"] >= exact["retention"]).all()


# Churn rates


def test_logo_and_revenue_churn_by_hand():
    # window 60 days. January: a, b, c; a and b buy on, c (20 of 100 money) is lost in March
    lines = orders(
        ("a", "2024-01-31", 50),
        ("b", "2024-01-31", 30),
        ("c", "2024-01-20", 20),
        ("a", "2024-03-20", 1),
        ("b", "2024-03-20", 1),
    )
    history = lifecycle.stage_history(book(lines, "2024-04-15"), rules=lifecycle.Rules(churn_days=60))
    table = retention.churn_rates(history, lines)
    assert table.index.astype(str).tolist() == ["2024-02-29", "2024-03-31"]  # April is not over
    assert table["churn"].round(4).tolist() == [0, 0.3333]
    assert table["revenue_churn"].tolist() == [0, 0.2]
    assert table["opening_revenue"].tolist() == [100, 100]


def test_who_brought_back_more_than_bought_is_no_revenue_to_lose():
    lines = orders(
        ("a", "2024-01-31", 50),
        ("b", "2024-01-10", 10),
        ("b", "2024-01-20", -40),
        ("c", "2024-01-20", 30),
        ("a", "2024-03-20", 1),
    )
    history = lifecycle.stage_history(book(lines, "2024-03-31"), rules=lifecycle.Rules(churn_days=60))
    lost = retention.churn_rates(history, lines).loc["2024-03-31"]
    # b and c are lost in March: of 50 + 0 + 30, 30 goes
    assert lost[["lost", "opening_revenue", "lost_revenue", "revenue_churn"]].tolist() == [2, 80, 30, 0.375]


def test_month_rates_compound_to_a_year():
    assert retention.annualise([0.02] * 7) == pytest.approx(1 - 0.98**12)
    # 10 % and 0 % by turns: kept 0.9 every second month, six times a year
    assert retention.annualise([0.1, 0.0]) == pytest.approx(1 - 0.9**6)
    assert retention.annualise([0.1, 1.0]) == 1.0
    assert str(retention.annualise([0.0, 0.0])) == "0.0"  # a title must not say −0 %


def test_no_month_that_began_with_customers_is_refused():
    lines = orders(("a", "2024-01-05"))
    history = lifecycle.stage_history(book(lines, "2024-01-20"), rules=lifecycle.Rules(churn_days=10))
    with refused("retention_no_opening"):
        retention.churn_rates(history, lines)
    with refused("retention_no_opening"):
        retention.annualise([np.nan])


# Repurchase


@settings(max_examples=20, deadline=None)
@given(LINES)
def test_ladder_is_what_a_loop_counts(lines):
    frame = dated(
        [("z", 0, 10), ("z", 0, 10), ("z", 0, 10), ("y", 1, 10), ("y", 1, 10), ("y", 1, 10), ("z", 9, 10), *lines]
    )
    end = START + pd.Timedelta(days=610)
    table = retention.repurchase_ladder(frame, end, windows=(30, 365), steps=3)
    for step in (1, 2, 3):
        for window in (30, 365):
            customers = came = 0
            for days in purchase_days(frame).values():
                if len(days) >= step and (end - days[step - 1]).days >= window:
                    customers += 1
                    came += len(days) > step and (days[step] - days[step - 1]).days <= window
            if customers:
                assert table.loc[(step, window), ["customers", "came_back"]].tolist() == [customers, came]
            else:
                assert (step, window) not in table.index


def test_repurchase_rate_counts_customers_with_two_days():
    lines = orders(("a", "2024-01-05"), ("a", "2024-01-05"), ("b", "2024-01-05"), ("b", "2024-02-05"))
    assert retention.repurchase_rate(lines).value == 0.5


def test_ladder_refuses_short_history_and_no_repeats():
    with refused("lifecycle_short_history"):
        retention.repurchase_ladder(orders(("a", "2024-01-05"), ("a", "2024-02-05")), "2024-12-01")
    with refused("lifecycle_nobody_repeats"):
        retention.repurchase_ladder(orders(("a", "2024-01-05"), ("b", "2024-02-05")), "2025-06-01")


# What active means


def test_active_customers_by_definition():
    lines = orders(("a", "2024-01-01"), ("b", "2024-01-31"), ("c", "2024-03-02"))
    table = retention.active_customers(lines, "2024-03-31", windows=(30, 60))
    # 31 January: the last 30 days begin on 2 January; 31 March: on 2 March
    assert table.loc["2024-01-31", 30] == 1 and table.loc["2024-03-31", 30] == 1
    assert np.isnan(table.loc["2024-01-31", 60])  # the data do not reach 60 days back
    assert table.loc["2024-02-29", 60] == 2 and table.loc["2024-03-31", 60] == 1  # from 1 January, from 1 February


def test_active_window_longer_than_the_data_is_refused():
    with refused("lifecycle_short_history"):
        retention.active_customers(orders(("a", "2024-01-01"), ("b", "2024-01-20")), "2024-01-20", windows=(30,))


# Reasons


def exits(*reasons: str | None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in range(len(reasons))],
            "exit_reason": list(reasons),
            "exit_date": pd.Timestamp("2024-01-01"),
        }
    )


def test_reasons_are_ranked_with_their_running_share():
    table = retention.churn_reasons(exits("price", "moved", "price", None, "service", "price"), "2024-12-31")
    assert table["customers"].tolist() == [3, 1, 1] and table.index[0] == "price"
    assert table["cumulative"].tolist() == pytest.approx([0.6, 0.8, 1.0])
    assert table.attrs["silent"] == 1


def test_exits_after_the_date_do_not_count():
    with refused("table_needed"):
        retention.churn_reasons(exits("price"), "2023-12-31")
    with refused("column_needed"):
        retention.churn_reasons(exits(None, None), "2024-12-31")


def test_reasons_by_group_are_tested():
    customers = exits(*["price"] * 30, *["moved"] * 20, *["price"] * 10, *["moved"] * 40)
    group = pd.Series(["A"] * 50 + ["B"] * 50, customers["customer_id"])
    table, test = retention.reasons_by_group(customers, group, "2024-12-31")
    expected = chi2_contingency([[20, 40], [30, 10]], correction=False)
    assert table.loc["price"].tolist() == [30, 10]
    assert test["chi_square"] == pytest.approx(expected.statistic) and test["p_value"] == pytest.approx(expected.pvalue)
    assert test["cramers_v"] == pytest.approx(np.sqrt(expected.statistic / 100)) and test["smallest_expected"] == 20
    with refused("retention_reasons_few"):
        retention.reasons_by_group(customers, group[group == "A"], "2024-12-31")
