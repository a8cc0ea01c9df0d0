"""The five stages, their history, transitions and the bridge: cases by hand, loops as second opinion, awkward data."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from crmbook import lifecycle
from crmbook.lifecycle import winback
from crmbook.lifecycle.stage import Rules
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import book, orders, refused

RULES = Rules(churn_days=60)
# customers a to e, days since 1 January 2024
PURCHASES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 400)), min_size=1, max_size=40)


def dated(purchases: list[tuple[str, int]]) -> pd.DataFrame:
    return orders(*[(customer, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)) for customer, day in purchases])


# Stages


def test_each_stage_by_hand():
    customers = pd.DataFrame(
        {"customer_id": ["new", "lead", "visited", "bought", "fan", "gone"], "signup_date": pd.Timestamp("2024-01-01")}
    )
    leads = pd.DataFrame({"customer_id": ["lead", None], "created_at": pd.to_datetime(["2024-03-01", "2024-03-01"])})
    visits = pd.DataFrame({"customer_id": ["visited"], "date": pd.to_datetime(["2024-03-01"])})
    lines = orders(
        ("bought", "2024-11-15"),
        ("gone", "2024-03-01"),
        ("fan", "2024-06-01"),
        ("fan", "2024-08-01"),
        ("fan", "2024-10-01"),
        ("fan", "2024-12-01"),
    )
    data = book(lines, "2024-12-31", customers=customers, leads=leads, interactions=visits)
    assert lifecycle.stages(data, rules=RULES).to_dict() == {
        "new": "prospect",
        "lead": "contacted",
        "visited": "contacted",
        "bought": "active",
        "fan": "loyal",
        "gone": "churned",
    }


def test_window_is_the_90th_percentile_of_the_gaps():
    # gaps 10, 20 … 110 days, one of each; type 7 puts the 90th percentile of 11 values on the tenth: 100
    lines = orders(
        *[
            (f"C{days}", day)
            for days in range(10, 120, 10)
            for day in ("2024-01-01", pd.Timestamp("2024-01-01") + pd.Timedelta(days=days))
        ]
    )
    rules = lifecycle.derive_rules(lines)
    assert (rules.churn_days, rules.gaps, rules.loyal_purchases, rules.loyal_days) == (100, 11, 4, 365)
    assert rules.table["churn_days"] == 100


def test_window_is_never_below_thirty_days():
    lines = orders(("a", "2024-01-01"), ("a", "2024-01-08"))
    assert lifecycle.derive_rules(lines).churn_days == 30


def test_orders_of_one_day_make_no_gap():
    lines = orders(("a", "2024-01-01"), ("a", "2024-01-01"), ("a", "2024-03-01"))
    assert lifecycle.derive_rules(lines).gaps == 1


def test_returns_are_neither_purchases_nor_signs_of_life():
    lines = orders(("a", "2024-01-10"), ("a", "2024-12-20", -10), ("b", "2024-12-20"), ("c", "2024-12-01", -5))
    found = lifecycle.stages(book(lines, "2024-12-31"), rules=RULES)
    assert found.to_dict() == {"a": "churned", "b": "active", "c": "contacted"}


def test_silence_as_long_as_the_window_is_not_churn_yet():
    lines = orders(("a", "2024-11-01"), ("b", "2024-10-31"), ("old", "2023-01-01"))
    found = lifecycle.stages(book(lines, "2024-12-31"), rules=RULES)  # 60 and 61 days
    assert found[["a", "b"]].tolist() == ["active", "churned"]


def test_loyalty_looks_at_the_last_365_days():
    # as of 31 December 2025 the last 365 days begin on 1 January 2025
    late, early = (
        ["2025-01-01", "2025-05-01", "2025-09-01", "2025-12-01"],
        ["2024-12-31", "2025-05-01", "2025-09-01", "2025-12-01"],
    )
    lines = orders(*[("in", day) for day in late], *[("out", day) for day in early])
    assert lifecycle.stages(book(lines, "2025-12-31"), rules=RULES).to_dict() == {"in": "loyal", "out": "active"}


def test_what_comes_later_is_not_known_yet():
    customers = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "signup_date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-06-01"])}
    )
    visits = pd.DataFrame({"customer_id": ["b"], "date": pd.to_datetime(["2024-04-02"])})
    lines = orders(("z", "2023-01-01"), ("a", "2024-04-01"))
    data = book(lines, "2024-12-31", customers=customers, interactions=visits)
    assert lifecycle.stages(data, as_of="2024-03-31", rules=RULES).to_dict() == {
        "a": "prospect",
        "b": "prospect",
        "z": "churned",
    }
    assert lifecycle.stages(data, as_of="2024-04-02", rules=RULES)[["a", "b"]].tolist() == ["active", "contacted"]


def test_leads_without_a_column_of_customers_are_nobody_s_contact():
    known = pd.DataFrame({"lead_id": ["L1"], "created_at": pd.to_datetime(["2024-01-02"])})
    lines = orders(("a", "2024-01-01"), ("a", "2024-03-01"))
    assert lifecycle.stages(book(lines, "2024-03-20", leads=known)).to_dict() == {"a": "active"}


def test_staff_and_suppliers_are_no_customers():
    customers = pd.DataFrame({"customer_id": ["s", "p", "c"], "account_type": ["staff", "partner", "consumer"]})
    lines = orders(("z", "2024-01-01"), ("z", "2024-12-01"))
    assert lifecycle.stages(book(lines, "2024-12-31", customers=customers), rules=RULES).index.tolist() == [
        "c",
        "p",
        "z",
    ]


# Awkward data


def test_nobody_repeats_says_so_and_works_with_a_window_of_one_s_own():
    lines = orders(("a", "2024-01-01"), ("b", "2024-06-01"))
    with refused("lifecycle_nobody_repeats"):
        lifecycle.stages(book(lines, "2024-06-30"))
    assert lifecycle.stages(book(lines, "2024-06-30"), rules=RULES).tolist() == ["churned", "active"]


def test_history_shorter_than_the_window_is_refused():
    lines = orders(("a", "2024-01-01"), ("a", "2024-01-21"), ("b", "2024-01-25"))
    with refused("lifecycle_short_history"):  # 25 days, and the window is at least 30
        lifecycle.stages(book(lines, "2024-01-26"))


def test_one_purchase_day_is_refused():
    lines = orders(("a", "2024-01-01"), ("b", "2024-01-01"))
    with refused("lifecycle_nobody_repeats"):
        lifecycle.stages(book(lines, "2024-01-01"))


def test_date_before_the_data_is_refused():
    with refused("lifecycle_as_of_early"):
        lifecycle.stages(book(orders(("a", "2024-01-01"), ("a", "2024-02-01")), "2024-03-01"), as_of="2023-12-31")


@pytest.mark.parametrize("day", ["tomorrow", "2024-02-30", pd.NaT, 20240630])
def test_what_is_no_date_is_refused(day):
    lines = orders(("a", "2024-01-01"), ("a", "2024-03-01"))
    for ask in (lifecycle.derive_rules, lifecycle.cohorts):
        with refused("load_as_of"):
            ask(lines, day)
    with refused("load_as_of"):
        lifecycle.stages(book(lines, "2024-06-30"), day)


def test_dates_that_are_text_or_carry_a_time_zone_are_refused():
    lines = orders(("a", "2024-01-01"), ("a", "2024-03-01"))
    for odd in (lines["order_date"].astype(str), lines["order_date"].dt.tz_localize("UTC")):
        with refused("customers_date"):
            lifecycle.stages(book(lines.assign(order_date=odd), "2024-06-30"))


def test_windows_and_quantiles_that_mean_nothing_are_refused():
    lines = orders(("a", "2024-01-01"), ("a", "2024-03-01"))
    for quantile in (1.5, -0.1, float("nan")):
        with refused("lifecycle_quantile"):
            lifecycle.derive_rules(lines, quantile=quantile)
    for days in (0, -5, float("nan")):
        with refused("lifecycle_days"):
            lifecycle.stages(book(lines, "2024-06-30"), rules=lifecycle.Rules(churn_days=days))


def test_orders_that_are_returns_only_are_refused():
    with refused("lifecycle_no_purchases"):
        lifecycle.stages(book(orders(("a", "2024-01-01", -5)), "2024-03-01"), rules=RULES)


def test_missing_table_and_column_are_named():
    with refused("table_needed"):
        lifecycle.stages(book(None, "2024-03-01"))
    with refused("column_needed"):
        lifecycle.stages(book(orders(("a", "2024-01-01")).drop(columns="amount"), "2024-03-01"))


def test_history_of_one_month_has_no_transitions():
    history = lifecycle.stage_history(book(orders(("a", "2023-11-15")), "2024-01-20"), rules=RULES)
    lifecycle.transitions(history)
    with refused("lifecycle_one_month"):
        lifecycle.transitions(history.iloc[:, :1])


# History, transitions, bridge


@settings(max_examples=20, deadline=None)
@given(PURCHASES)
def test_history_is_the_stages_of_each_month_s_end(purchases):
    lines = dated([("z", 0), *purchases])
    data = book(lines, "2025-02-14")
    history = lifecycle.stage_history(data, rules=RULES)
    assert history.columns[-1] == pd.Timestamp("2025-02-14")
    for day in history.columns[2::4]:
        there = history[day][history[day] != lifecycle.ABSENT].astype(str)
        assert there.to_dict() == lifecycle.stages(data, as_of=day, rules=RULES).astype(str).to_dict()


@settings(max_examples=20, deadline=None)
@given(PURCHASES)
def test_stages_follow_the_rule_customer_by_customer(purchases):
    lines = dated([("z", 0), *purchases])
    end = pd.Timestamp("2025-02-04")
    found = lifecycle.stages(book(lines, end), rules=RULES)
    for customer, days in lines.groupby("customer_id")["order_date"]:
        silence = (end - days.max()).days
        recent = days[days > end - pd.Timedelta(days=365)].nunique()
        assert found[customer] == ("churned" if silence > 60 else "loyal" if recent >= 4 else "active")


@settings(max_examples=20, deadline=None)
@given(PURCHASES)
def test_bridge_reconciles_customer_by_customer(purchases):
    lines = dated([("z", 0), *purchases])
    history = lifecycle.stage_history(book(lines, "2025-02-14"), rules=RULES)
    table, moved = lifecycle.bridge(history), lifecycle.movements(history)
    assert (table["opening"] + table["new"] + table["returned"] - table["lost"] == table["closing"]).all()
    assert (table["opening"].iloc[1:].to_numpy() == table["closing"].iloc[:-1].to_numpy()).all()
    there: set[str] = set()
    ever: set[str] = set()
    for day in history.columns:
        of = {kind: set(rows["customer_id"]) for kind, rows in moved[moved["date"] == day].groupby("movement")}
        now = set(history.index[history[day].isin(["active", "loyal"])])
        assert of.get("new", set()) == now - ever
        assert of.get("returned", set()) == (now - there) & ever
        assert of.get("lost", set()) == there - now
        assert table.loc[day, "closing"] == len(now)
        there, ever = now, ever | now


def test_bridge_by_hand():
    # a buys in January and May, b from January to March, window 60 days; month ends January … May
    lines = orders(("a", "2024-01-10"), ("a", "2024-05-10"), ("b", "2024-01-20"), ("b", "2024-03-20"))
    table = lifecycle.bridge(lifecycle.stage_history(book(lines, "2024-05-31"), rules=RULES))
    assert table["new"].tolist() == [2, 0, 0, 0, 0]
    assert table["lost"].tolist() == [0, 0, 1, 0, 1]  # a after 10 March, b after 19 May
    assert table["returned"].tolist() == [0, 0, 0, 0, 1]  # a
    assert table["closing"].tolist() == [2, 2, 1, 1, 1]
    assert np.isnan(table["churn"].iloc[0]) and table["churn"].iloc[2] == 0.5
    assert table["growth"].iloc[2] == -0.5


def test_transitions_are_shares_of_the_customers_who_were_there():
    lines = orders(("a", "2024-01-10"), ("a", "2024-05-10"), ("b", "2024-01-20"), ("b", "2024-03-20"))
    history = lifecycle.stage_history(book(lines, "2024-06-15"), rules=RULES)
    found = lifecycle.transitions(history)  # the half month of June is left out
    # active → churned: a in March, b in May; active → active: a in February; b in February, March, April
    assert found.counts.loc["active", ["active", "churned"]].tolist() == [4, 2]
    # churned → churned: a in April; churned → active: a in May
    assert found.counts.loc["churned", ["churned", "active"]].tolist() == [1, 1]
    assert found.matrix.loc["active", "churned"] == pytest.approx(2 / 6)
    assert found.matrix.loc["loyal"].isna().all()
    assert (found.low.loc["active"] <= found.matrix.loc["active"]).all()


def test_months_of_one_customer_do_not_count_in_full():
    # 300 customers for 24 months; each has a chance of his own to be lost, and comes back the month after: the standard
    # error is held against a bootstrap that draws customers, not customer-months
    rng = np.random.default_rng(5)
    chance = rng.beta(0.5, 2.0, 300)
    there = np.ones(300, dtype=bool)
    columns = {}
    for month in pd.date_range("2022-01-31", periods=24, freq="ME"):
        columns[month] = pd.Categorical(np.where(there, "active", "churned"), ["absent", *lifecycle.STAGES])
        there = np.where(there, rng.random(300) >= chance, True)
    history = pd.DataFrame(columns)
    found = lifecycle.transitions(history)
    draws = []
    for _ in range(300):
        drawn = history.iloc[rng.integers(0, 300, 300)].reset_index(drop=True)
        draws.append(lifecycle.transitions(drawn).matrix.loc["active", "churned"])
    width = found.high.loc["active", "churned"] - found.low.loc["active", "churned"]
    assert width == pytest.approx(2 * 1.96 * np.std(draws), rel=0.15)
    total = found.counts.loc["active"].sum()
    share = found.matrix.loc["active", "churned"]
    assert width > 1.5 * 2 * 1.96 * np.sqrt(share * (1 - share) / total)


@settings(max_examples=20, deadline=None)
@given(PURCHASES)
def test_rows_of_the_transition_matrix_add_to_one(purchases):
    history = lifecycle.stage_history(book(dated([("z", 0), *purchases]), "2025-02-14"), rules=RULES)
    found = lifecycle.transitions(history)
    sums = found.matrix.sum(axis=1, min_count=1).dropna()
    assert sums.to_numpy() == pytest.approx(1)
    whole = history.columns[:-1]
    moves = sum(((history[a] != "absent") | (history[b] != "absent")).sum() for a, b in pairwise(whole))
    assert found.counts.to_numpy().sum() == moves


# Lists and shares


def test_funnel_counts_who_got_how_far():
    stage = pd.Series(["prospect"] * 4 + ["contacted"] * 3 + ["active"] * 2 + ["loyal"] + ["churned"] * 2)
    table = lifecycle.funnel(stage)
    assert table["customers"].to_dict() == {"known": 12, "contacted": 8, "bought": 5, "current": 3, "loyal": 1}
    assert table["from_before"].round(3).tolist() == [1.0, 0.667, 0.625, 0.6, 0.333]


def test_money_by_stage_adds_up_and_takes_returns_off():
    lines = orders(("a", "2024-12-01", 80), ("a", "2024-12-05", -30), ("b", "2024-03-01", 50), ("b", "2023-12-01", 500))
    table = lifecycle.by_stage(lines, pd.Series({"a": "loyal", "b": "churned"}), "2024-12-31")
    assert table["revenue"].to_dict() == {"prospect": 0, "contacted": 0, "active": 0, "loyal": 50, "churned": 50}
    assert table["revenue_share"].sum() == pytest.approx(1)


def test_each_customer_gets_the_actions_of_his_stage():
    stage = pd.Series({"a": "loyal", "b": "churned"})
    table = lifecycle.actions(stage)
    assert table.loc["a", "goal"] == "reward" and "points" in table.loc["a", "actions"]
    assert table.loc["b", "goal"] == "win_back" and "exit_survey" in table.loc["b", "actions"]
    assert set(lifecycle.ACTIONS) == set(lifecycle.STAGES)


def test_stage_without_a_plan_is_refused():
    with refused("lifecycle_no_plan"):
        lifecycle.actions(pd.Series({"a": "loyal"}), plan={"churned": ("win_back", ("special_offer",))})


# Windows


@given(PURCHASES, st.integers(1, 120))
@settings(max_examples=40, deadline=None)
def test_windows_agree_with_the_stages_of_each_window(purchases, window):
    lines = dated([("a", 0), *purchases])
    data = book(lines, "2025-02-20")  # 416 days after the first day
    table = lifecycle.windows(data, [window])
    stage = lifecycle.stages(data, rules=Rules(window))
    assert table.loc[window, list(lifecycle.STAGES)].tolist() == [(stage == each).sum() for each in lifecycle.STAGES]
    before = lifecycle.stages(data, pd.Timestamp("2025-02-20") - pd.Timedelta(days=30), Rules(window))
    there = before.index[before.isin(["active", "loyal"])]
    lost = (stage[there] == "churned").mean() if len(there) else np.nan
    assert table.loc[window, "churn"] == pytest.approx(lost, nan_ok=True)


def test_revenue_at_risk_is_that_of_customers_about_to_pass_the_window():
    lines = orders(
        ("old", "2024-01-02", 1),  # the first day of the year that counts
        ("gone", "2024-09-01", 500),  # silent for 121 days
        ("due", "2024-10-20", 70),  # 72 days: within 30 days of a window of 90
        ("fine", "2024-12-20", 40),  # 11 days
        ("fine", "2023-06-01", 9000),  # before the year
    )
    row = lifecycle.windows(book(lines, "2024-12-31"), [90]).loc[90]
    assert (row["due"], row["at_risk"]) == (1, 70)
    assert (row["churned"], row["churned_revenue"], row["revenue"]) == (2, 501, 611)
    assert row[["prospect", "contacted", "active", "loyal"]].tolist() == [0, 0, 2, 0]
    # 30 days before, gone (91 days), old (334) had been silent too long; due (42) and fine's 2023 order (549): only due
    # was there, and is not lost
    assert row["churn"] == 0


def test_windows_longer_than_the_data_are_left_out_and_none_left_is_refused():
    data = book(orders(("a", "2024-12-01"), ("b", "2024-12-20")), "2024-12-31")
    assert lifecycle.windows(data, [10, 30, 31]).index.tolist() == [10, 30]
    with refused("lifecycle_short_history"):
        lifecycle.windows(data, [60])


def test_worth_of_a_year_by_hand():
    # 275 days between first and last purchase, and 90: 365 days, so a year's margin is the margin
    customers = pd.DataFrame({"monetary": [100.0, 10.0], "t_x": [275.0, 0.0], "margin": [40.0, np.nan]})
    assert winback.yearly_worth(customers).iloc[0] == 40
    # without costs the money: 10 ÷ 90 × 365 = 40.56
    assert winback.yearly_worth(customers.drop(columns="margin")).round(2).tolist() == [100, 40.56]


def test_nobody_is_lost_before_the_window_has_passed():
    lines = orders(("a", "2024-01-10"), ("a", "2024-05-10"), ("b", "2024-01-20"))
    history = lifecycle.stage_history(book(lines, "2024-06-30"), rules=lifecycle.Rules(churn_days=60))
    assert lifecycle.settled(history, 60).columns[0] == pd.Timestamp("2024-04-30")  # 31 January and 60 days: 31 March
    with refused("retention_no_opening"):
        lifecycle.settled(history, 400)


def test_owners_are_those_of_the_book():
    lines = orders(("a", "2024-01-10"))
    people = pd.DataFrame({"customer_id": ["a", "b", "a"], "owner": ["E1", None, "E1"]})
    assert lifecycle.owners(book(lines, "2024-06-30", customers=people))["a"] == "E1"
    assert lifecycle.owners(book(lines, "2024-06-30")).empty
