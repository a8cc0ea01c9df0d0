"""The scorecard: hand-worked books, the other chapters' answers to the same questions, and tables that are missing."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import complaints, evaluation, lifecycle, load, satisfaction, tiering, value
from crmbook.data import sample
from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.evaluation import kpis as indicators
from crmbook.evaluation import periods
from crmbook.lifecycle import retention
from crmbook.lifecycle.interactions import contact_rate, engagement
from crmbook.shared.estimate import wilson
from crmbook.value import economics, growth
from scipy import stats

DECEMBER = ("2024-12-01", "2025-01-01")


@pytest.fixture(scope="module")
def retail() -> Book:
    return load(sample.folder("retail"))


@pytest.fixture(scope="module")
def card(retail) -> pd.DataFrame:
    return evaluation.scorecard(retail)


def days(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)))


def small(**changes) -> Book:
    """A book small enough to be worked out by hand: January and February 2024, customers a, b and c."""
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "2", "3", "4", "5"],
            "customer_id": list("aaabbc"),
            "order_date": days("2024-01-05", "2024-02-05", "2024-02-05", "2024-01-10", "2024-02-20", "2024-02-25"),
            "category": ["x", "x", "y", "x", "x", "y"],
            "product_id": ["x1", "x2", "y1", "x1", "x1", "y1"],
            "quantity": [1.0, 1, 1, 1, 1, 1],
            "amount": [100.0, 40, 10, 40, -10, 30],
            "cost": [60.0, 20, 5, 20, -5, 20],
        }
    )
    survey = pd.DataFrame(
        {
            "response_id": ["1", "2", "3"],
            "customer_id": list("abc"),
            "date": days("2024-02-10", "2024-02-11", "2024-02-12"),
            "overall": [5.0, 4, 2],
            "recommend": [10.0, 9, 0],
            "sentiment": ["positive", "positive", "negative"],
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2", "3"],
            "customer_id": list("aab"),
            "opened_at": days("2024-02-10 00:00", "2024-02-11 00:00", "2024-02-20 00:00"),
            "closed_at": days("2024-02-10 10:00", "2024-02-11 20:00", None),
            "kind": ["complaint", "request", "complaint"],
        }
    )
    interactions = pd.DataFrame(
        {"customer_id": list("aaa"), "date": days("2024-02-01", "2024-02-02", "2024-02-03"), "kind": "call"}
    )
    spend = pd.DataFrame(
        {
            "month": days("2024-01-01", "2024-02-01", "2024-02-01"),
            "purpose": ["acquisition", "acquisition", "retention"],
            "amount": [100.0, 60, 20],
        }
    )
    tables = {"orders": orders, "survey": survey, "tickets": tickets, "interactions": interactions, "spend": spend}
    return Book(as_of=pd.Timestamp("2024-02-29"), **{**tables, **changes})


def figure(card: pd.DataFrame, indicator: str, tier: str = "all", column: str = "value", period: str | None = None):
    own = card[(card["indicator"] == indicator) & (card["tier"] == tier)]
    own = own[own["period"] == (period or own["period"].max())]
    return own[column].item()


# By hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "expected", "previous", "n"),
    [
        ("satisfaction", 2 / 3, None, 3),
        ("repurchase_rate", 1 / 3, 0.0, 3),  # a on two days; b's second order is a return
        ("recommendation", 100 / 3, None, 3),  # two promoters, one detractor
        # the one gap is 31 days, so the window is 31: at the end of January a (26 days silent) and b (21) are there, at
        # the end of February b is silent for 50 days
        ("churn_rate", 0.5, None, 2),
        ("customer_value", 70 / 3, 70.0, 3),  # (50 − 10 + 30) ÷ 3; January (100 + 40) ÷ 2
        ("customer_margin", 30 / 3, 30.0, 3),  # (25 − 5 + 10) ÷ 3; January (40 + 20) ÷ 2
        # known for 29, 29 and 5 days of February, 63 days or 63 ÷ (365/12) months; three contacts
        ("interaction_frequency", 3 / (63 / (365 / 12)), None, 3),
        ("acquisition_cost", 60.0, 50.0, 1),
        ("retention_cost", 20.0, None, 1),
        ("cross_sell", 1 / 2, 0.0, 2),
        ("resolution_time", 20.0, None, 3),  # 10 h, 20 h, still open: half are closed after 20 h
        ("handling_rate", 1 / 2, None, 2),
        ("complaint_rate", 1000.0, None, 2),  # two complaints, two purchase orders
        ("engagement", 32 / 3, 20 / 2, 3),  # a: 10 + 3 × 2, and 2 for the survey; b: 2; c: 10 + 2
        ("relationship_quality", 100 / 3, None, 3),
    ],
)
def test_small_book_by_hand(indicator, expected, previous, n):
    card = evaluation.scorecard(small(), periods=("M", 1), only=[indicator])
    assert figure(card, indicator) == pytest.approx(expected)
    assert figure(card, indicator, column="n") == n
    if previous is None:
        assert np.isnan(figure(card, indicator, column="previous"))
    else:
        assert figure(card, indicator, column="previous") == pytest.approx(previous)
        assert figure(card, indicator, column="change") == pytest.approx(expected - previous)


def test_up_selling_compares_products_by_their_usual_price():
    # x1 costs 100, 40 and (returned, not counted): usual 70; x2 40: a went from dearer to cheaper; y was bought once
    card = evaluation.scorecard(small(), periods=("M", 1), only=["up_sell"])
    assert (figure(card, "up_sell"), figure(card, "up_sell", column="n")) == (0.0, 1)


def test_tier_is_the_one_before_the_period():
    # before February a has 100 and b 40 of 140: A is filled until 80 % is crossed, so both are A; c is new
    card = evaluation.scorecard(small(), periods=("M", 1), only=["customer_value"])
    assert figure(card, "customer_value", "A") == pytest.approx((50 - 10) / 2)
    assert figure(card, "customer_value", "new") == 30.0
    assert (figure(card, "customer_value", "B", "note"), figure(card, "customer_value", "B", "n")) == ("no_data", 0)


def test_tiers_of_a_scheme_replace_abc():
    tiers = pd.Series({"a": "gold", "c": "silver"})
    card = evaluation.scorecard(small(), periods=("M", 1), tiers=tiers, only=["customer_value"])
    found = card.set_index("tier")["value"]
    assert found.index.tolist() == ["all", "gold", "silver", "none"]
    assert found["gold"] == 50.0 and found["none"] == -10.0


def test_interval_of_a_change_comes_from_both_intervals():
    card = evaluation.scorecard(small(), periods=("M", 2), only=["cross_sell"])
    now = card[(card["tier"] == "all") & (card["period"] == "2024-02")].iloc[0]
    then = card[(card["tier"] == "all") & (card["period"] == "2024-01")].iloc[0]
    below = np.hypot(now["value"] - now["low"], then["high"] - then["value"])
    assert now["change_low"] == pytest.approx(now["value"] - then["value"] - below)


# The same question, the same answer -------------------------------------------------------------------------------


def test_churn_is_that_of_the_lifecycle(retail, card):
    bridge = lifecycle.bridge(lifecycle.stage_history(retail))
    for period, day in (("2024-11", "2024-11-30"), ("2024-12", "2024-12-31")):
        assert figure(card, "churn_rate", period=period) == pytest.approx(bridge.loc[day, "churn"])
        assert figure(card, "churn_rate", column="low", period=period) == pytest.approx(bridge.loc[day, "low"])


def test_repurchase_is_that_of_the_lifecycle(retail, card):
    assert figure(card, "repurchase_rate") == pytest.approx(
        retention.repurchase_rate(retail.orders, retail.as_of).value
    )


def test_a_wave_is_not_torn_by_the_end_of_a_period(retail):
    # the first wave of 2024 went on into July; its half-year shows the survey page's own figure, and so does the next
    assert retail.survey.groupby("wave")["date"].max()["2024H1"] >= pd.Timestamp("2024-07-01")
    halves = evaluation.scorecard(retail, periods=("H", 2), only=["satisfaction", "recommendation"])
    waves = satisfaction.by_wave(
        retail.survey["recommend"], retail.survey["wave"], satisfaction.Measure("nps", scale=(0, 10))
    )
    for period in ("2024H1", "2024H2"):
        assert figure(halves, "recommendation", period=period) == pytest.approx(waves.loc[period, "value"])
        assert figure(halves, "recommendation", column="n", period=period) == waves.loc[period, "n"]


def test_satisfaction_and_recommendation_are_those_of_the_survey_chapter(retail, card):
    inside = retail.survey[retail.survey["wave"] == "2024H2"]
    csat, nps = satisfaction.csat(inside["overall"]), satisfaction.nps(inside["recommend"], scale=(0, 10))
    for name, made in (("satisfaction", csat), ("recommendation", nps)):
        assert (figure(card, name), figure(card, name, column="high")) == pytest.approx((made.value, made.high))


def test_lifetime_value_is_that_of_the_value_chapter(retail, card):
    table = summarise(retail.orders, retail.as_of)
    model = value.fit(table)
    assert figure(card, "lifetime_value") == pytest.approx(value.lifetime_value(table, model)["clv"].mean(), rel=1e-6)
    limits = value.lifetime_value_by_group(table, model, pd.Series("all", table.index)).loc["all"]
    ratio = figure(card, "lifetime_value", column="high") / figure(card, "lifetime_value")
    assert ratio == pytest.approx(limits["high"] / limits["clv"], rel=1e-4)


def test_money_is_that_of_the_value_chapter(retail, card):
    bridge = growth.revenue_bridge(retail.orders, retail.as_of, days=31)
    assert figure(card, "customer_value") == pytest.approx(bridge.loc["closing", "arpu"])


def test_costs_are_those_of_the_value_chapter(retail, card):
    new = economics.acquired(retail.orders, retail.customers, retail.as_of)
    cac = economics.acquisition_cost(retail.spend, new, by="month")
    kept = economics.retention_cost(retail.spend, lifecycle.bridge(lifecycle.stage_history(retail)))
    month = pd.Period("2024-12", "M")
    assert figure(card, "acquisition_cost") == pytest.approx(cac.loc[month, "cac"])
    assert figure(card, "retention_cost") == pytest.approx(kept.loc[month, "cost"])


def test_cross_and_up_selling_are_those_of_the_value_chapter(retail, card):
    breadth = growth.breadth(retail.orders, retail.as_of, days=31)
    assert figure(card, "cross_sell") == pytest.approx(breadth.loc[2:, "share"].sum())
    years = evaluation.scorecard(retail, periods=("Y", 3), only=["up_sell"])
    own = years[years["tier"] == "all"]
    upsell = growth.upsell_rate(retail.orders, retail.as_of).loc["all"]
    assert own["n"].sum() == upsell["repeats"]
    assert (own["value"] * own["n"]).sum() == pytest.approx(upsell["up"])


def test_contacts_and_engagement_are_those_of_the_value_chapter(retail, card):
    people = retail.customers.set_index("customer_id")
    first = summarise(retail.orders, retail.as_of)["first_order"]
    since = pd.concat([people["signup_date"], first]).dropna().groupby(level=0).min()
    outside = people.index[people["account_type"].isin(["staff", "supplier"])].difference(first.dropna().index)
    rate = contact_rate(retail.interactions, since.drop(outside, errors="ignore"), "2024-12-01", "2024-12-31")
    assert figure(card, "interaction_frequency") == pytest.approx(rate.loc["all", "rate"])
    assert figure(card, "interaction_frequency", column="low") == pytest.approx(rate.loc["all", "low"])
    points = engagement(retail, retail.as_of, days=31)["points"]
    assert figure(card, "engagement") == pytest.approx(points.mean())
    assert figure(card, "engagement", column="n") == len(points)


def test_complaints_are_those_of_the_complaints_chapter(retail, card):
    tickets = retail.tickets
    inside = tickets[tickets["opened_at"].between(*DECEMBER, inclusive="left")]
    curve = complaints.resolution(inside, retail.as_of)
    assert figure(card, "resolution_time") == complaints.quantile(curve)
    own = tickets[tickets["kind"] == "complaint"]
    monthly = complaints.monthly(own, retail.orders, retail.as_of)
    assert figure(card, "complaint_rate") == pytest.approx(monthly.loc["2024-12", "rate"])
    assert figure(card, "complaint_rate", column="high") == pytest.approx(monthly.loc["2024-12", "high"])
    handled = complaints.handling_rate(inside[inside["kind"] == "complaint"], retail.as_of)
    assert figure(card, "handling_rate") == pytest.approx(handled.value)


def test_tiers_are_those_of_the_tiering_chapter(retail):
    seen = periods.activity(retail, periods=("M", 1))
    before = summarise(retail.orders, "2024-11-30")
    classes = tiering.abc(before.loc[before["frequency"] > 0, "monetary"])
    place = seen.customers.get_indexer(classes.index)
    assert [seen.tiers[code] for code in seen.tier[-1][place]] == classes.tolist()


def test_churn_window_is_that_of_the_lifecycle(retail):
    seen = periods.activity(retail)
    assert indicators.churn_rules(seen) == lifecycle.derive_rules(retail.orders, retail.as_of)


# What holds for every row -----------------------------------------------------------------------------------------


def test_every_blank_says_why_and_nothing_is_infinite(card):
    assert (card.loc[card["value"].isna(), "note"] != "").all()
    assert not np.isinf(card.select_dtypes("number").to_numpy(dtype=float)).any()
    measured = card.dropna(subset=["value", "low", "high"])
    assert ((measured["low"] <= measured["value"] + 1e-9) & (measured["value"] <= measured["high"] + 1e-9)).all()


def test_customers_of_the_tiers_add_up_to_all(card):
    for name in ("churn_rate", "customer_value", "repurchase_rate", "cross_sell", "engagement", "handling_rate"):
        own = card[(card["indicator"] == name) & (card["period"] == "2024-12")].set_index("tier")["n"]
        assert own.drop("all").sum() == own["all"], name


def test_twelve_indicators_in_the_courses_order():
    table = evaluation.indicators()
    assert table["number"].tolist() == sorted(table["number"])
    assert table["number"].nunique() == 12
    assert set(table["better"]) == {"higher", "lower"}


def test_order_of_rows_does_not_matter():
    book = small()
    mixed = small(**{name: frame.sample(frac=1, random_state=3) for name, frame in book.tables.items()})
    pd.testing.assert_frame_equal(evaluation.scorecard(book), evaluation.scorecard(mixed))


def test_category_columns_give_the_same_scorecard():
    book = small()
    coded = book.orders.astype({"customer_id": "category", "category": "category", "product_id": "category"})
    pd.testing.assert_frame_equal(evaluation.scorecard(book), evaluation.scorecard(small(orders=coded)))


def test_a_thirteenth_indicator_is_one_function():
    @evaluation.indicator("returns", 13, "share", "lower", ["orders"])
    def returns(activity):
        for number, _ in enumerate(activity.spans):
            part = activity.rows[activity.rows["span"] == number]
            bad = part.loc[part["net"] < 0, "customer"].to_numpy()
            hits, n = activity.counted(number, bad), activity.counted(number, part["customer"].to_numpy())
            for tier, hit, of in zip(activity.names, hits, n, strict=True):
                yield number, tier, *indicators.share(hit, of)

    try:
        card = evaluation.scorecard(small(), periods=("M", 1))
        assert figure(card, "returns") == pytest.approx(1 / 3)  # b, of a, b and c
        with pytest.raises(DataError, match="registry already"):
            evaluation.indicator("returns", 13, "share", "lower", ["orders"])
        with pytest.raises(DataError, match="no direction"):
            evaluation.indicator("other", 14, "share", "up", ["orders"])
    finally:
        del evaluation.REGISTRY["returns"]


def test_indicator_of_the_architecture_page_works_as_it_stands_there():
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "@evaluation" in block)
    before = set(evaluation.REGISTRY)
    try:
        exec(code, {"evaluation": evaluation, "wilson": wilson})
        (own,) = set(evaluation.REGISTRY) - before
        card = evaluation.scorecard(small(), periods=("M", 1), only=own)
    finally:
        for code in set(evaluation.REGISTRY) - before:
            del evaluation.REGISTRY[code]
    assert card["value"].tolist() == [pytest.approx(1 / 3)]  # b sent something back; a, b and c have lines


def test_verdict_follows_the_direction_that_is_better(card):
    lower = evaluation.indicators()["better"].eq("lower")
    clear = card[card["verdict"].isin(["better", "worse"])]
    assert len(clear) > 0
    good = (clear["change"] < 0) == clear["indicator"].map(lower)
    assert (good == (clear["verdict"] == "better")).all()


def test_history_has_a_row_an_indicator_and_a_column_a_period(card):
    table = evaluation.history(card)
    assert table.columns.tolist() == ["2024-11", "2024-12"]
    assert table.index.tolist() == list(evaluation.REGISTRY)


# Other periods, tables missing, awkward data ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("M", ["2024-01", "2024-02"]), ("Q", ["2023Q4", "2024Q1"]), ("H", ["2023H2", "2024H1"]), ("Y", ["2023", "2024"])],
)
def test_periods_of_the_calendar(kind, labels):
    card = evaluation.scorecard(small(), periods=(kind, 2), only=["customer_value"])
    assert card["period"].unique().tolist() == labels


def test_period_that_is_not_over_is_flagged_and_not_judged():
    card = evaluation.scorecard(small(), as_of="2024-02-21", periods=("M", 2), only=["customer_value"])
    assert figure(card, "customer_value", column="note") == "partial"
    assert figure(card, "customer_value", column="verdict") == "unknown"
    assert figure(card, "customer_value", column="note", period="2024-01") == ""
    assert figure(card, "customer_value") == pytest.approx((50 - 10) / 2)  # c's order of the 25th is not known yet


def test_last_period_is_the_last_that_is_over():
    card = evaluation.scorecard(small(), as_of="2024-02-21", periods=("M", 2), only=["customer_value"])
    assert card.groupby("period")["partial"].all().to_dict() == {"2024-01": False, "2024-02": True}
    assert evaluation.last_period(card) == "2024-01"
    assert evaluation.last_period(card[card["partial"]]) == "2024-02"
    young = evaluation.scorecard(small(), as_of="2024-01-21", periods=("M", 2), only=["customer_value"])
    assert evaluation.last_period(young) == "2024-01"  # it runs, but December lies before the first order
    assert not evaluation.scorecard(small(), only="customer_value")["partial"].any()


def answers(*months: tuple[int, int]) -> Book:
    """A survey with so many satisfied and unsatisfied answers in each month from January on."""
    parts = [
        pd.DataFrame({"overall": [5.0] * good + [1.0] * bad, "date": pd.Timestamp(2024, month, 15)})
        for month, (good, bad) in enumerate(months, start=1)
    ]
    return Book(as_of=pd.Timestamp(2024, len(months), 1) + pd.offsets.MonthEnd(0), survey=pd.concat(parts))


@pytest.mark.parametrize(
    ("before", "after", "verdict", "note"),
    [
        ((0, 9), (9, 0), "unknown", "few"),  # nine answers on each side settle nothing, whatever they say
        ((0, 10), (9, 0), "unknown", "few"),
        ((0, 10), (10, 0), "better", ""),
        ((10, 0), (0, 10), "worse", ""),
        ((5, 5), (6, 4), "unclear", ""),
    ],
)
def test_a_verdict_needs_ten_answers_on_both_sides(before, after, verdict, note):
    card = evaluation.scorecard(answers(before, after), periods=("M", 1), only=["satisfaction"])
    found = card[card["tier"] == "all"].iloc[0]
    assert (found["verdict"], found["note"]) == (verdict, note)


def test_with_nothing_changed_ten_answers_rarely_say_better_or_worse():
    # exact: all pairs of ten answers each, of which 3 in 4 are satisfied
    chance = stats.binom.pmf(np.arange(11), 10, 0.75)
    said = 0.0
    for good, now in itertools.product(range(11), range(11)):
        book = answers((good, 10 - good), (now, 10 - now))
        verdict = evaluation.scorecard(book, periods=("M", 1), only=["satisfaction"])["verdict"].iloc[0]
        said += chance[good] * chance[now] * (verdict in ("better", "worse"))
    assert said < 0.06


def test_a_rate_counts_what_happened_on_either_side():
    # 40 complaints on 1,000 orders, then none on 1,000: that is better, although nothing stands behind the zero
    days = pd.date_range("2024-01-01", "2024-02-29")
    orders = pd.DataFrame({"order_id": range(2000), "customer_id": "C", "amount": 1.0})
    orders["order_date"] = days[np.arange(2000) * len(days) // 2000]
    tickets = pd.DataFrame({"opened_at": pd.Timestamp("2024-01-02"), "kind": "complaint"}, index=range(40))
    book = Book(as_of=pd.Timestamp("2024-02-29"), orders=orders, tickets=tickets)
    card = evaluation.scorecard(book, periods=("M", 1), only=["complaint_rate"])
    assert figure(card, "complaint_rate", column="verdict") == "better"


def test_half_a_year_of_one_month_is_neither_judged_nor_compared_with():
    # one order a day and customer from 1 December 2010 on: 2010H2 is one month
    days = pd.date_range("2010-12-01", "2011-12-31")
    orders = pd.DataFrame({"order_id": range(20 * len(days)), "customer_id": [f"C{n}" for n in range(20)] * len(days)})
    orders["order_date"], orders["amount"] = np.repeat(days, 20), 10.0 + orders.index % 7
    book = Book(as_of=pd.Timestamp("2011-12-31"), orders=orders)
    card = evaluation.scorecard(book, periods=("H", 3), only=["customer_value"])
    own = card[card["tier"] == "all"].set_index("period")
    assert own["verdict"].tolist()[:2] == ["unknown", "unknown"] and own.loc["2011H2", "verdict"] != "unknown"
    assert own["note"].tolist() == ["begun_before", "begun_before", ""]
    assert own["partial"].tolist() == [True, False, False]
    whole = evaluation.scorecard(book, periods=("Q", 2), only=["customer_value"])
    assert set(whole.loc[whole["tier"] == "all", "note"]) == {""}


def test_period_that_is_not_over_is_not_judged_beside_another_note():
    survey = small().survey.assign(recommend=[10.0, 9, 1])
    card = evaluation.scorecard(small(survey=survey), as_of="2024-02-15", periods=("M", 1), only=["recommendation"])
    assert (figure(card, "recommendation", column="note"), set(card["verdict"])) == ("scale_doubt", {"unknown"})


def test_orders_alone_say_which_table_is_missing():
    orders = small().orders[["order_id", "customer_id", "order_date", "amount"]]
    card = evaluation.scorecard(Book(as_of=pd.Timestamp("2024-02-29"), orders=orders), periods=("M", 1))
    notes = card[card["tier"] == "all"].set_index("indicator")["note"]
    assert notes["satisfaction"] == "table_needed:survey"
    assert notes["acquisition_cost"] == "table_needed:spend"
    assert notes["customer_margin"] == "column_needed:orders.cost"
    assert notes["resolution_time"] == "table_needed:tickets"
    assert notes["customer_value"] == "few" and notes["churn_rate"] == ""


def test_survey_alone_is_enough_for_its_indicators():
    book = small()
    card = evaluation.scorecard(Book(as_of=book.as_of, survey=book.survey), periods=("M", 1))
    assert figure(card, "satisfaction") == pytest.approx(2 / 3)
    assert figure(card, "customer_value", column="note") == "table_needed:orders"


def test_survey_without_customers_counts_for_all():
    survey = small().survey.drop(columns="customer_id")
    card = evaluation.scorecard(small(survey=survey), periods=("M", 1), only=["satisfaction"])
    assert figure(card, "satisfaction", column="n") == 3
    assert figure(card, "satisfaction", "A", "note") == "no_data"


def test_labels_of_a_text_model_serve_as_sentiment():
    book = small()
    plain = small(survey=book.survey.drop(columns="sentiment"))
    assert (
        figure(evaluation.scorecard(plain), "relationship_quality", column="note") == "column_needed:survey.sentiment"
    )
    labels = pd.Series(["negative", "neutral", "positive"], book.survey.index)
    card = evaluation.scorecard(plain, sentiment=labels, only=["relationship_quality"])
    assert figure(card, "relationship_quality") == 0.0


def test_answers_from_one_to_ten_are_counted_with_a_doubt():
    survey = small().survey.assign(recommend=[10.0, 9, 1])
    card = evaluation.scorecard(small(survey=survey), periods=("M", 1), only=["recommendation"])
    assert figure(card, "recommendation", column="note") == "scale_doubt"


def test_question_of_five_points_is_refused_in_its_row_only():
    survey = small().survey.assign(recommend=[5.0, 4, 1])
    card = evaluation.scorecard(small(survey=survey), periods=("M", 1), only=["recommendation", "satisfaction"])
    assert figure(card, "recommendation", column="note") == "refused:nps_five_points"
    assert figure(card, "satisfaction") == pytest.approx(2 / 3)


def test_nobody_coming_back_leaves_churn_blank_with_a_reason():
    orders = small().orders.drop_duplicates("customer_id")
    card = evaluation.scorecard(small(orders=orders), periods=("M", 1), only=["churn_rate", "retention_cost"])
    assert figure(card, "churn_rate", column="note") == "refused:lifecycle_nobody_repeats"
    assert figure(card, "retention_cost", column="note") == "refused:lifecycle_nobody_repeats"


def test_everybody_lost_makes_no_infinite_cost():
    orders = (
        small()
        .orders.query("customer_id == 'a' or order_id == '3'")
        .assign(order_date=days("2023-01-05", "2023-01-25", "2023-01-25", "2023-02-20"))
    )
    spend = small().spend.assign(month=days("2023-03-01", "2023-03-01", "2023-03-01"))
    book = small(orders=orders, spend=spend)
    card = evaluation.scorecard(book, as_of="2023-03-31", periods=("M", 1), only=["retention_cost", "acquisition_cost"])
    assert figure(card, "retention_cost", column="note") == "no_customers"
    assert figure(card, "acquisition_cost", column="note") in ("no_customers", "refused:economics_no_spend")


def test_young_data_are_flagged_where_churn_could_not_be_seen():
    card = evaluation.scorecard(small(), as_of="2024-01-31", periods=("M", 1), only=["churn_rate"])
    assert figure(card, "churn_rate", column="note") in ("no_data", "refused:lifecycle_nobody_repeats")
    card = evaluation.scorecard(small(), as_of="2024-02-05", periods=("M", 1), only=["churn_rate"])
    assert figure(card, "churn_rate", column="note") == "short_history"


def test_few_repeat_customers_have_no_modelled_value():
    card = evaluation.scorecard(small(), periods=("M", 1), only=["lifetime_value"])
    assert set(card["note"]) == {"too_few"}


def test_lifetime_value_of_a_young_company_is_doubted(retail):
    # two months of orders, of which a year is foretold; value.preflight wants half a year
    orders = retail.orders[retail.orders["order_date"] >= "2024-11-01"]
    card = evaluation.scorecard(Book(as_of=retail.as_of, orders=orders), periods=("M", 1), only=["lifetime_value"])
    assert figure(card, "lifetime_value", column="note") == "short_history"


def test_large_books_value_a_part_of_the_customers(retail, card, monkeypatch):
    monkeypatch.setattr(indicators, "CLV_SAMPLE", 1000)
    part = evaluation.scorecard(retail, periods=("M", 1), only=["lifetime_value"])
    assert figure(part, "lifetime_value", column="note") == "sampled"
    assert 500 < figure(part, "lifetime_value", column="n") <= 1000
    # one customer in three stands for all: a standard error of some 7 %
    assert figure(part, "lifetime_value") == pytest.approx(figure(card, "lifetime_value"), rel=0.25)


def test_value_without_an_interval_says_so():
    alone = small().orders.query("customer_id == 'c'")
    card = evaluation.scorecard(small(orders=alone), periods=("M", 1), only=["customer_value"])
    assert (figure(card, "customer_value"), figure(card, "customer_value", column="note")) == (30.0, "no_interval")


def test_lines_without_a_cost_are_said():
    orders = small().orders.assign(cost=[60.0, 20, None, 20, -5, 20])
    card = evaluation.scorecard(small(orders=orders), periods=("M", 1), only=["customer_margin"])
    assert figure(card, "customer_margin") == pytest.approx((20 - 5 + 10) / 3)
    assert figure(card, "customer_margin", column="note") == "part_cost"


def test_tone_that_is_none_is_refused_in_its_row():
    card = evaluation.scorecard(small(survey=small().survey.assign(sentiment="glad")), only=["relationship_quality"])
    assert set(card["note"]) == {"refused:evaluation_labels"}


@pytest.mark.parametrize(
    ("table", "column", "indicator"),
    [
        ("tickets", "opened_at", "resolution_time"),
        ("tickets", "opened_at", "handling_rate"),
        ("tickets", "opened_at", "complaint_rate"),
        ("spend", "month", "retention_cost"),
        ("spend", "purpose", "acquisition_cost"),
        ("interactions", "date", "interaction_frequency"),
        ("interactions", "customer_id", "interaction_frequency"),
    ],
)
def test_column_that_is_missing_is_named(table, column, indicator):
    book = small(**{table: getattr(small(), table).drop(columns=column)})
    card = evaluation.scorecard(book, periods=("M", 1), only=[indicator])
    assert set(card["note"]) == {f"column_needed:{table}.{column}"}


def test_contacts_without_a_kind_count_for_no_engagement():
    plain = evaluation.scorecard(small(interactions=None), only=["engagement"])
    contacts = small().interactions.drop(columns="kind")
    pd.testing.assert_frame_equal(evaluation.scorecard(small(interactions=contacts), only=["engagement"]), plain)


def test_tiers_may_be_called_none_but_not_all():
    tiers = pd.Series({"a": "gold", "b": "none"})
    card = evaluation.scorecard(small(), periods=("M", 1), tiers=tiers, only=["customer_value"])
    assert card["tier"].tolist() == ["all", "gold", "none"]
    assert figure(card, "customer_value", "none") == pytest.approx((30 - 10) / 2)
    with pytest.raises(DataError, match="all customers"):
        evaluation.scorecard(small(), tiers=pd.Series({"a": "all"}))


@pytest.mark.parametrize("day", ["tomorrow", pd.NaT])
def test_day_that_is_none_is_refused(day):
    with pytest.raises(DataError, match="not a date"):
        evaluation.scorecard(small(), as_of=day)


@pytest.mark.parametrize("asked", [("D", 2), ("M", 0), ("M", 1.5), ("M",), 3, ("M", True)])
def test_periods_that_are_none_are_refused(asked):
    with pytest.raises(DataError, match="periods"):
        evaluation.scorecard(small(), periods=asked)


def test_unknown_indicator_is_refused():
    for asked in (["churn"], "churn", []):
        with pytest.raises(DataError, match="churn_rate"):
            evaluation.scorecard(small(), only=asked)


@pytest.mark.parametrize("day", ["2024-06-30", "2023-08-15"])
def test_nothing_that_came_after_the_day_is_known(retail, day):
    short = load(sample.folder("retail"), as_of=day)
    pd.testing.assert_frame_equal(evaluation.scorecard(retail, as_of=day), evaluation.scorecard(short))


def test_day_before_the_data_is_refused():
    with pytest.raises(DataError, match="2023-12-31"):
        evaluation.scorecard(small(), as_of="2023-12-31")


# The tone of comments ---------------------------------------------------------------------------------------------


class Judge:
    """Stands for a text model: whoever writes "good" is content."""

    def predict(self, comments: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"label": np.where(comments.str.contains("good"), "positive", "negative")}, comments.index)


def test_tone_is_added_to_comments_and_blank_without_one():
    survey = small().survey.drop(columns="sentiment").assign(comment=["good", None, "bad"])
    judged = evaluation.add_tone(small(survey=survey), Judge())
    assert judged.survey["sentiment"].fillna("").tolist() == ["positive", "", "negative"]
    card = evaluation.scorecard(judged, periods=("M", 1), only=["relationship_quality"])
    assert (figure(card, "relationship_quality"), figure(card, "relationship_quality", column="n")) == (0.0, 2)


@pytest.mark.parametrize("change", [{"survey": None}, {"survey": small().survey}])
def test_book_without_comments_comes_back_as_it_is(change):
    book = small(**change)
    assert evaluation.add_tone(book, Judge()) is book


def test_labelled_comments_have_their_words_and_a_known_tone():
    labelled = sample.labelled_comments()
    assert len(labelled) > 1000 and not labelled.isna().any(axis=None)
    assert set(labelled["sentiment"]) == {"positive", "neutral", "negative"}
    assert labelled.loc["R0003", ["comment", "sentiment"]].tolist() == [
        "Shop assistant helpful and polite.",
        "positive",
    ]
