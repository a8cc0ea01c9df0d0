"""Early warning, churn definitions, health, and the figures that judge a score: no leak, and second opinions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from crmbook import Book, value
from crmbook.data.customers import summarise
from crmbook.lifecycle import charts as draw
from crmbook.lifecycle import churn, health
from crmbook.locale import text
from crmbook.shared import ranking
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, cohen_kappa_score, roc_auc_score
from small_books import book, orders, refused, retail

END = pd.Timestamp("2024-12-31")
SCORES = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40)


@cache
def shop() -> tuple[Book, pd.Series]:
    """400 customers over two years, with the truth: half leave some day, most of them after a complaint."""
    rng = np.random.default_rng(8)
    lines, tickets, left = [], [], {}
    for number in range(400):
        customer, pace = f"C{number:03}", rng.uniform(15, 45)
        day, stays = rng.uniform(0, 200), rng.random() < 0.5
        leaves = 10_000 if stays else rng.uniform(day + 60, 900)
        while day < min(731, leaves):
            lines.append((customer, day, rng.gamma(3, 20)))
            day += rng.exponential(pace)
        if leaves < 731 and rng.random() < 0.7:
            tickets.append((customer, leaves - rng.uniform(0, 60)))
        left[customer] = leaves < 731
    start = END - pd.Timedelta(days=730)
    frame = orders(*[(customer, start + pd.Timedelta(days=int(day)), amount) for customer, day, amount in lines])
    frame = frame.assign(category="tea", discount=0.0, days_late=0)
    opened = pd.to_datetime([start + pd.Timedelta(days=int(day)) for _, day in tickets])
    asked = pd.DataFrame(
        {"customer_id": [customer for customer, _ in tickets], "opened_at": opened, "kind": "complaint"}
    )
    asked["closed_at"] = asked["opened_at"] + pd.Timedelta(days=20)
    return book(frame, END, tickets=asked), pd.Series(left)


@cache
def warning() -> churn.EarlyWarning:
    return churn.early_warning(shop()[0])


# Features know the past only


def test_features_do_not_change_with_the_future():
    data, _ = shop()
    at = pd.Timestamp("2024-06-30")
    survey = pd.DataFrame({"customer_id": ["C001", "C001"], "date": [at, at + pd.Timedelta(days=1)], "overall": [4, 1]})
    calls = pd.DataFrame({"customer_id": ["C001", "C001"], "date": [at, at + pd.Timedelta(days=1)], "kind": "call"})
    whole = book(data.orders, END, tickets=data.tickets, survey=survey, interactions=calls)
    future = at + pd.Timedelta(days=1)
    past_tickets = data.tickets[data.tickets["opened_at"] < future].copy()
    # a ticket closed later was open on the day: what became of it is not known
    past_tickets.loc[past_tickets["closed_at"] >= future, "closed_at"] = pd.NaT
    past = book(
        data.orders[data.orders["order_date"] < future],
        END,
        tickets=past_tickets,
        survey=survey[:1],
        interactions=calls[:1],
    )
    pd.testing.assert_frame_equal(churn.features(whole, at), churn.features(past, at))
    wild = data.orders.assign(amount=data.orders["amount"].where(data.orders["order_date"] < future, 1e9))
    changed = book(wild, END, tickets=data.tickets, survey=survey, interactions=calls)
    pd.testing.assert_frame_equal(churn.features(whole, at), churn.features(changed, at))


def test_outcome_looks_at_the_future_only():
    lines = orders(
        ("a", "2024-01-01"), ("a", "2024-03-01"), ("b", "2024-01-01"), ("c", "2024-02-15"), ("a", "2024-06-01")
    )
    left = churn.outcome(lines, "2024-02-01", horizon=30)
    assert left.to_dict() == {"a": False, "b": True}  # c is not known yet; a buys on day 29
    assert churn.outcome(lines, "2024-02-01", horizon=28)["a"]
    with refused("churn_future"):
        churn.outcome(lines, "2024-05-15", horizon=30)


def test_days_learnt_from_end_before_the_test_day():
    found = warning()
    ahead = pd.Timedelta(days=found.horizon)
    assert found.test_day + ahead == found.as_of == END
    assert all(day + ahead <= found.test_day for day in found.train_days)


def test_what_happens_after_the_as_of_date_changes_nothing():
    data, _ = shop()
    early = pd.Timestamp("2024-10-31")
    cut = book(data.orders[data.orders["order_date"] <= early], early, tickets=data.tickets)
    later, sooner = (churn.early_warning(each, as_of=early, horizon=90) for each in (data, cut))
    pd.testing.assert_frame_equal(later.ranked, sooner.ranked)
    pd.testing.assert_frame_equal(later.performance, sooner.performance)


def test_a_feature_that_nobody_has_yet_is_left_out_and_changes_nothing():
    data, _ = shop()
    blank = data.orders.assign(due_date=data.as_of + pd.Timedelta(days=30), paid_date=pd.NaT)  # nothing is due yet
    unpaid = book(blank, data.as_of, tickets=data.tickets)
    assert churn.features(unpaid, data.as_of)["late_payments"].isna().all()
    with_blank, without = (churn.early_warning(each, horizon=90) for each in (unpaid, data))
    assert "late_payments" not in " ".join(with_blank.weights.index)
    pd.testing.assert_frame_equal(with_blank.performance, without.performance)


# Features by hand


def test_features_by_hand():
    lines = orders(
        ("a", "2023-01-10", 100),
        ("a", "2024-03-01", 40),
        ("a", "2024-05-30", 60),
        ("a", "2024-06-10", -15),
        category=["tea", "tea", "mug", "mug"],
        discount=[0.0, 0.2, 0.0, 0.0],
        days_late=[0, 2, 0, None],
        due_date=pd.to_datetime(["2023-02-10", "2024-04-01", "2024-07-30", None]),
        paid_date=pd.to_datetime(["2023-02-09", "2024-07-15", None, None]),
    )
    tickets = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "kind": ["complaint", "complaint", "request"],
            "opened_at": pd.to_datetime(["2024-06-01 10:00", "2023-06-01 10:00", "2024-06-01 10:00"]),
            "closed_at": pd.to_datetime(["2024-07-02", "2023-06-02", "2024-06-02"]),
        }
    )
    found = churn.features(book(lines, END, tickets=tickets), "2024-06-30").loc["a"]
    assert found["recency"] == 31 and found["tenure"] == 537 and found["purchases"] == 3
    # gaps 416 and 90 days
    assert found["usual_gap"] == 253 and found["gap_ratio"] == pytest.approx(31 / 253)
    assert found["purchases_180"] == 2 and found["purchases_trend"] == 2
    assert found["spend_365"] == 85 and found["spend_trend"] == 85 and found["returns_365"] == 1
    assert found["categories_365"] == 2 and found["late_deliveries_365"] == 1
    assert found["discount_share"] == 0.25
    assert found["late_payments"] == 0.5  # two were due by 30 June; one was paid in July, after the day
    assert found["complaints_180"] == 1 and found["complaints_open"] == 1


def test_one_time_buyers_borrow_the_usual_gap_of_all():
    lines = orders(("a", "2024-01-01"), ("a", "2024-01-21"), ("b", "2024-02-01"))
    found = churn.features(book(lines, END), "2024-02-11")
    assert found.loc["b", "usual_gap"] == 20 and found.loc["b", "gap_ratio"] == 0.5


def test_an_order_still_on_its_way_is_not_known_to_be_late():
    lines = orders(("a", "2024-02-01"), ("b", "2024-02-08"), ("c", "2024-02-09"), days_late=[3.0, 3.0, 3.0])
    found = churn.features(book(lines, END), "2024-02-11")
    assert found["late_deliveries_365"].to_dict() == {"a": 1, "b": 1, "c": 0}


def test_tickets_without_a_closing_date_tell_of_complaints_but_not_of_open_ones():
    asked = pd.DataFrame({"customer_id": ["a"], "opened_at": pd.to_datetime(["2024-02-01"]), "kind": "complaint"})
    found = churn.features(book(orders(("a", "2024-01-01")), END, tickets=asked), "2024-02-11")
    assert found.loc["a", "complaints_180"] == 1 and "complaints_open" not in found


def test_missing_tables_leave_their_features_out():
    found = churn.features(book(orders(("a", "2024-01-01")), END), "2024-02-11")
    assert not {"complaints_180", "contacts_180", "satisfaction", "categories_365"} & set(found)


# Early warning


def test_models_tell_who_leaves_better_than_chance_and_honestly():
    table = warning().performance
    assert table.index.tolist() == ["logistic", "boosting", "silence_alone", "p_alive", "p_silent"]
    assert (table.loc[["logistic", "boosting"], "low"] > 0.6).all()
    assert table.loc["logistic", "auc"] > table.loc["silence_alone", "auc"]  # complaints tell more than silence alone
    assert table.loc[["logistic", "boosting"], "calibration_error"].max() < 0.1
    assert table.loc["logistic", "lift"] > 1.5


def test_ranked_list_names_current_customers_with_reasons():
    found = warning()
    recency = churn.features(shop()[0], END)["recency"]
    assert set(found.ranked.index) == set(recency.index[recency <= found.horizon])
    assert found.ranked["probability"].is_monotonic_decreasing
    assert found.ranked["probability"].between(0, 1).all()
    top = found.ranked.iloc[0]
    assert 1 <= len(top["reasons"]) <= 3 and set(top["reasons"]) <= set(churn.features(shop()[0], END))
    assert top["at_risk"] == pytest.approx(top["probability"] * top["spend_365"])
    complained = found.ranked["reasons"].map(lambda reasons: "complaints_180" in reasons)
    assert complained.head(20).mean() > complained.tail(20).mean()


def test_warning_comes_before_silence_would_tell():
    found = warning().lead_time
    assert 0 < found.low <= found.value <= found.high and found.n > 0


def test_same_seed_same_warning():
    again = churn.early_warning(shop()[0])
    pd.testing.assert_frame_equal(again.performance, warning().performance)


def test_too_few_and_too_short_are_refused():
    few = shop()[0].orders.query("customer_id < 'C030'")
    with refused("churn_few"):
        churn.early_warning(book(few, END))
    with refused("lifecycle_short_history"):
        churn.early_warning(shop()[0], horizon=300)
    with refused("lifecycle_nobody_repeats"):
        churn.early_warning(book(orders(("a", "2024-01-01"), ("b", "2024-11-01")), END))
    with refused("table_needed"):
        churn.early_warning(book(None, END))


# Three definitions


def test_definitions_by_hand_and_their_agreement():
    lines = shop()[0].orders
    table = churn.churn_definitions(lines, END, silence=90, quantile=0.9, alive=0.5)
    last = lines.groupby("customer_id")["order_date"].max()
    assert table["recency"].to_dict() == (END - last).dt.days.astype(float).to_dict()
    assert (table["silence"] == (table["recency"] > 90)).all()
    gaps = (
        lines.drop_duplicates(["customer_id", "order_date"])
        .groupby("customer_id")["order_date"]
        .diff()
        .dt.days.dropna()
    )
    assert table.attrs["window"] == np.quantile(gaps, 0.9)
    pairs = churn.agreement(table)
    assert pairs[["both", "only_first", "only_second", "neither"]].sum(axis=1).eq(len(table)).all()
    expected = cohen_kappa_score(table["silence"], table["p_alive"])
    assert pairs.loc[("silence", "p_alive"), "kappa"] == pytest.approx(expected)


@cache
def young_shop() -> Book:
    """600 customers of a shop four months old. Of those who leave, nearly all leave after their first purchase."""
    rng = np.random.default_rng(0)
    lines = []
    for number in range(600):
        day, pace, leaves = float(rng.integers(0, 120)), 1 / rng.gamma(1, 1 / 40), rng.beta(0.02, 0.2)
        while day <= 120:
            lines.append((f"C{number:03}", END - pd.Timedelta(days=120 - int(day)), 20.0 + number % 9))
            day = 1_000 if rng.random() < leaves else day + rng.exponential(pace)
    return book(orders(*lines), END)


def test_in_a_young_shop_nobody_is_called_there_or_gone_by_a_model_that_does_not_know():
    lines = young_shop().orders
    table = churn.churn_definitions(lines, END, silence=60)
    assert "p_alive" not in table and "probability" not in table
    assert churn.agreement(table).index.tolist() == [("silence", "gap_quantile")]
    assert churn.against_truth(table, table["silence"]).index.tolist() == ["silence", "gap_quantile"]
    note, facts = churn.agreement(table).attrs["note"]
    assert "a = " in text(note, **facts) and "silence" in text(note, **facts)
    customers = summarise(lines, END)
    model = value.fit(customers)
    assert not model.purchases.held and not value.fit_checks(model).loc["held", "passed"]
    worth = value.lifetime_value(customers, model)
    assert worth["p_alive"].isna().all() and worth["clv"].notna().all()
    with refused("value_not_held"):
        value.charts.alive_map(model, age=100)
    tier = pd.Series("A", customers.index)
    with refused("value_no_silence"):
        value.action_list(customers, worth, tier)
    silent = customers["recency"] > 60
    listed = value.action_list(customers, worth, tier, silent=silent)
    assert set(listed.index[listed["reason"] == "valuable_leaving"]) == set(
        customers.index[silent & (customers["x"] > 0)]
    )
    assert "churn window" in text(*listed.attrs["note"][:1])


def test_definitions_are_judged_by_the_truth():
    data, left = shop()
    judged = churn.against_truth(churn.churn_definitions(data.orders, END, silence=120), left)
    assert (judged["accuracy"] > 0.85).all() and (judged["low"] < judged["accuracy"]).all()
    perfect = pd.DataFrame({name: left for name in churn.DEFINITIONS})
    assert (churn.against_truth(perfect, left)[["accuracy", "precision", "recall"]] == 1).all().all()


def test_definitions_refuse_windows_that_mean_nothing():
    lines = orders(("a", "2024-01-01"), ("a", "2024-03-01"), ("b", "2024-02-01"))
    with refused("lifecycle_days"):
        churn.churn_definitions(lines, "2024-06-30", silence=-5)
    with refused("lifecycle_quantile"):
        churn.churn_definitions(lines, "2024-06-30", silence=30, quantile=2)


def test_definitions_need_a_history_longer_than_their_windows():
    with refused("lifecycle_short_history"):
        churn.churn_definitions(orders(("a", "2024-01-01"), ("a", "2024-02-01")), "2024-03-01", silence=180)
    with refused("lifecycle_nobody_repeats"):
        churn.churn_definitions(orders(("a", "2024-01-01"), ("b", "2024-02-01")), "2024-12-01")


# The sample: what the methods say beside what the generator drew


@cache
def lapsed() -> pd.Series:
    return retail()[1].loc["customer", "state"].eq("lapsed")


def test_churn_definitions_are_right_about_the_sample_more_often_than_not():
    data, _ = retail()
    judged = churn.against_truth(churn.churn_definitions(data.orders, data.as_of), lapsed())
    simplest = max(lapsed().mean(), 1 - lapsed().mean())  # to say the same of everybody
    assert (judged["low"] > simplest + 0.1).all()
    assert (judged.loc[["silence", "gap_quantile"], "accuracy"] > 0.80).all() and judged.loc[
        "p_alive", "accuracy"
    ] > 0.74
    # one-time buyers are alive to the model: it misses many who left, and is seldom wrong about those it names
    assert judged["precision"].idxmax() == "p_alive" and judged["recall"].idxmin() == "p_alive"


def test_silence_and_p_alive_order_the_sample_s_lapsed_customers():
    data, _ = retail()
    table = churn.churn_definitions(data.orders, data.as_of).loc[lapsed().index]
    assert ranking.auc(lapsed(), table["recency"]).low > 0.85
    assert ranking.auc(lapsed(), -table["probability"]).low > 0.70


def test_early_warning_of_the_sample_beats_its_baselines_and_is_honest():
    found = churn.early_warning(retail()[0])
    table = found.performance
    assert table.loc["logistic", "low"] > 0.60 and table.loc["boosting", "low"] > 0.60
    assert table.loc["logistic", "auc"] > table.loc[["silence_alone", "p_alive"], "auc"].max()
    assert table.loc["logistic", "brier"] < table.loc[["silence_alone", "p_alive"], "brier"].min()
    assert table.loc["logistic", "calibration_error"] < 0.06
    assert table.loc["logistic", "lift"] > 1.5
    assert found.lead_time.low > 0


# Health


def test_health_runs_from_0_to_100_and_foretells():
    data, _ = shop()
    table = health.health_score(data)
    assert table["score"].between(0, 100).all()
    assert (
        table["colour"].astype(str) == np.select([table["score"] < 40, table["score"] < 60], ["red", "amber"], "green")
    ).all()
    tested = health.backtest(data, horizon=90)
    assert tested.auc.low > 0.55
    assert tested.by_colour.loc["red", "rate"] > tested.by_colour.loc["green", "rate"]


def test_missing_factor_is_left_out_and_the_others_weigh_more():
    lines = orders(
        *[(c, day) for c in "abc" for day in ("2024-01-01", "2024-11-01")], ("a", "2024-12-01"), category="tea"
    )
    survey = pd.DataFrame({"customer_id": ["a"], "date": [pd.Timestamp("2024-05-01")], "overall": [5]})
    table = health.health_score(book(lines, END, survey=survey), window=90, weights={"frequency": 3, "satisfaction": 1})
    # a: percentile 2.5/3 of purchases in 180 days, 0.5/1 of satisfaction; b and c have no answer, so frequency alone
    assert table.loc["a", "score"] == pytest.approx((3 * 100 * 2.5 / 3 + 1 * 50) / 4)
    assert table.loc["b", "score"] == pytest.approx(100 * 1 / 3) and np.isnan(table.loc["b", "satisfaction"])
    assert table.loc["a", "known"] == 1 and table.loc["b", "known"] == 0.75


def test_customers_who_left_have_no_health():
    lines = orders(("a", "2024-01-01"), ("a", "2024-02-01"), ("b", "2024-12-01"))
    assert health.health_score(book(lines, END), window=90).index.tolist() == ["b"]


@pytest.mark.parametrize("weights", [{"mood": 1}, {"rhythm": 0}, {"rhythm": 2, "trend": -1}])
def test_weights_that_mean_nothing_are_refused(weights):
    with refused("health_weights"):
        health.health_score(shop()[0], weights=weights)


def test_cuts_out_of_order_are_refused():
    with refused("health_cuts"):
        health.health_score(shop()[0], cuts=(60, 40))


# Judging a score


@settings(max_examples=40, deadline=None)
@given(SCORES)
def test_auc_and_brier_are_sklearn_s(cases):
    happened, score = np.array([case[0] for case in cases]), np.array([case[1] for case in cases]) / 7
    if happened.all() or not happened.any():
        with refused("ranking_one_outcome"):
            ranking.auc(happened, score)
        return
    found = ranking.auc(happened, score)
    assert (
        found.value == pytest.approx(roc_auc_score(happened, score))
        and 0 <= found.low <= found.value <= found.high <= 1
    )
    assert ranking.brier(happened, score) == pytest.approx(brier_score_loss(happened, score))


@pytest.mark.parametrize("apart", [1.0, 2.5])
@pytest.mark.parametrize(("yes", "no"), [(5, 5), (5, 25), (60, 90)])
def test_auc_interval_covers_what_was_planted(yes, no, apart):
    # two normal distributions so far apart: AUC = Φ(apart/√2) = 0.760 and 0.961
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(600):
        score = np.concatenate([rng.normal(apart, 1, yes), rng.normal(0, 1, no)])
        found = ranking.auc(np.arange(yes + no) < yes, score)
        inside += found.low <= norm.cdf(apart / np.sqrt(2)) <= found.high
    assert 0.925 <= inside / 600 <= 0.99


def test_difference_of_two_scores_has_the_width_of_a_bootstrap_of_the_cases():
    rng = np.random.default_rng(2)
    happened = rng.random(400) < 0.4
    one = happened + rng.normal(0, 1.5, 400)
    other = 0.7 * one + rng.normal(0, 0.8, 400)
    found = ranking.auc_ahead(happened, one, other)
    assert found.value == pytest.approx(roc_auc_score(happened, one) - roc_auc_score(happened, other))
    draws = []
    for _ in range(600):
        rows = rng.integers(0, 400, 400)
        draws.append(roc_auc_score(happened[rows], one[rows]) - roc_auc_score(happened[rows], other[rows]))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.std(draws), rel=0.12)
    alone = ranking.auc(happened, one)
    assert found.high - found.low < alone.high - alone.low  # the same cases err alike


@pytest.mark.parametrize(
    ("scores", "word"), [((0.2, 3.0), "ahead of"), ((1.0, 1.0), "not shown to be better"), ((3.0, 0.2), "behind")]
)
def test_a_model_is_called_better_only_when_the_paired_interval_says_so(scores, word):
    rng = np.random.default_rng(4)
    happened = rng.random(500) < 0.5
    one, other = (happened + rng.normal(0, noise, 500) for noise in scores)
    ahead = ranking.auc_ahead(happened, one, other)
    told = replace(warning(), ahead=ahead, pair=("logistic", "p_silent"))
    assert word in repr(draw.ahead(told))


@pytest.mark.parametrize("measure", [ranking.auc, ranking.brier, ranking.calibration, ranking.lift])
def test_what_is_not_known_to_have_happened_is_refused(measure):
    for unknown in (np.nan, "yes", 2, pd.NaT):
        with refused("event_unclear"):
            measure(pd.Series([True, False, unknown], dtype=object), [0.2, 0.4, 0.6])
    with refused("event_unclear"):
        measure(pd.array([True, False, pd.NA], dtype="boolean"), [0.2, 0.4, 0.6])
    with refused("number_missing"):
        measure([True, False, True], [0.2, np.nan, 0.6])
    measure(pd.array([True, False, True], dtype="boolean"), pd.array([0.2, 0.4, 0.6], dtype="Float64"))


def test_calibration_compares_predicted_with_observed():
    chance = np.repeat([0.1, 0.3, 0.8], 100)
    happened = np.concatenate([np.arange(100) < 10, np.arange(100) < 50, np.arange(100) < 80])
    table = ranking.calibration(happened, chance, bins=3)
    assert table["cases"].tolist() == [100, 100, 100]
    assert table["predicted"].tolist() == pytest.approx([0.1, 0.3, 0.8]) and table["observed"].tolist() == [
        0.1,
        0.5,
        0.8,
    ]
    assert ranking.calibration_error(table) == pytest.approx(0.2 / 3)


def test_lift_counts_the_highest_scores_first():
    happened = np.array([True, True, False, True, False, False, False, False, False, False])
    table = ranking.lift(happened, -np.arange(10), depths=(0.2, 0.5, 1.0))
    assert table["cases"].tolist() == [2, 5, 10]
    assert table["precision"].tolist() == pytest.approx([1, 0.6, 0.3])
    assert table["captured"].tolist() == pytest.approx([2 / 3, 1, 1]) and table["lift"].iloc[0] == pytest.approx(10 / 3)


def test_ties_at_the_edge_count_by_their_share():
    table = ranking.lift([True, False, False, False], [5, 5, 1, 1], depths=(0.25,))
    assert table["precision"].iloc[0] == 0.5  # one of two equal scores, one of which it happened to
