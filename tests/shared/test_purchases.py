"""One rule of what a purchase is, and of who is gone, wherever purchases are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import clustering, evaluation, lifecycle, offers, value
from crmbook.data.customers import summarise
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from crmbook.evaluation import kpis
from crmbook.evaluation.periods import activity
from crmbook.lifecycle import churn, stage
from crmbook.shared import purchases
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import retail

LAST = "2024-12-31"


def exchange() -> pd.DataFrame:
    """C1 buys tea, and a year later brings it back for ink: an order of +10 and −50, which is a return, no purchase."""
    rows = [
        ("1", "C1", "2023-01-10", "tea", "drinks", 60.0),
        ("2", "C1", "2024-06-10", "ink", "office", 10.0),
        ("2", "C1", "2024-06-10", "tea", "drinks", -50.0),
        ("3", "C2", "2023-01-10", "tea", "drinks", 6.0),
        ("4", "C2", "2024-03-10", "tea", "drinks", 6.0),
    ]
    lines = pd.DataFrame(rows, columns=["order_id", "customer_id", "order_date", "product_id", "category", "amount"])
    return lines.assign(order_date=pd.to_datetime(lines["order_date"]), quantity=1.0, cost=1.0, discount=0.0)


def book() -> Book:
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "owner": ["Ann", "Ann"]})
    return Book(as_of=pd.Timestamp(LAST), orders=exchange(), customers=customers)


def test_an_exchange_that_gives_back_more_than_it_takes_is_a_return():
    assert purchases.of_purchases(exchange()).tolist() == [True, False, False, True, True]
    assert purchases.purchases(exchange(), LAST).set_index("order_id")["returned"].to_dict() == {
        "1": False,
        "2": True,
        "3": False,
        "4": False,
    }


def test_the_customer_table_counts_it_as_no_purchase():
    customers = summarise(exchange(), LAST)
    assert customers["frequency"].to_dict() == {"C1": 1, "C2": 2}
    assert customers.loc["C1", ["x", "t_x"]].tolist() == [0, 0]
    assert f"{customers.loc['C1', 'last_order']:%Y-%m-%d}" == "2023-01-10"


def test_staff_comparisons_count_it_as_no_purchase():
    found = evaluation.assignments(book())
    assert found["bought_again"].to_dict() == {"C1": 0.0, "C2": 1.0}


def test_the_first_year_begins_with_a_purchase():
    lines = exchange().iloc[1:]  # C1 has only ever exchanged
    assert evaluation.first_and_later_year(lines, LAST)["customers"].tolist() == [1, 1]


def test_growth_counts_its_goods_as_not_bought():
    lines = exchange()
    assert value.breadth(lines, LAST, days=365).index.tolist() == [1]
    assert "office" not in value.next_purchase(lines).columns
    spend = pd.DataFrame({"month": [pd.Timestamp("2024-01-01")], "purpose": "service", "amount": 5.0})
    phases = value.phases(lines, spend, start="2024-01-01")
    assert phases.loc["develop", "revenue"] == 0
    judged = value.price_only_buyers(lines, LAST, fewest=1)
    assert judged["orders"].to_dict() == {"C1": 1, "C2": 2}


def test_offers_and_features_count_its_goods_as_not_bought():
    lines = exchange()
    assert "ink" not in offers.owned(lines, as_of=LAST).products
    features = clustering.behaviour(book()).features
    assert features.loc["C1", "main_category_share"] == 1
    assert features["return_share"].to_dict() == {"C1": 0.5, "C2": 0.0}


def test_the_early_warning_counts_it_as_one_return():
    assert churn.features(book(), LAST)["returns_365"].to_dict() == {"C1": 1, "C2": 0}


def test_the_scorecard_counts_it_as_no_purchase():
    card = evaluation.scorecard(book(), periods=("Y", 2))
    last = card[(card["period"] == "2024") & (card["tier"] == "all")].set_index("indicator")
    assert last.loc["repurchase_rate", "value"] == 0.5
    assert last.loc["cross_sell", "value"] == 0  # C1 took ink home for the tea that came back, and bought nothing else


lines_of_orders = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("123"), st.sampled_from([-50, -10, 0, 10, 50])),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=50)
@given(lines_of_orders)
def test_the_rule_on_a_frame_is_the_rule_of_the_query(rows):
    lines = pd.DataFrame(rows, columns=["customer_id", "order_id", "amount"])
    lines["order_date"] = pd.Timestamp("2024-01-05")
    lines["order_id"] = lines["customer_id"] + lines["order_id"]
    asked = purchases.purchases(lines, LAST).set_index("order_id")["returned"]
    counted = pd.Series(purchases.of_purchases(lines), index=lines["order_id"])
    assert (~counted).groupby(level=0).first().to_dict() == asked.to_dict()


def windows(sample: Book) -> dict[str, float]:
    history = lifecycle.stage_history(sample)
    shown = activity(sample, sample.as_of, ("M", 2))
    definitions = churn.churn_definitions(sample.orders, sample.as_of)
    silent = definitions["recency"]
    return {
        "rules": lifecycle.derive_rules(sample.orders, sample.as_of).churn_days,
        "scorecard": kpis.churn_window(shown),
        "definitions": definitions.attrs["window"],
        "last still there": float(silent[~definitions["gap_quantile"]].max()),
        "lost in all": int(lifecycle.bridge(history)["lost"].sum()),
    }


def test_the_default_quantile_stands_in_one_place(monkeypatch):
    sample, _ = retail()
    before = windows(sample)
    monkeypatch.setattr(stage, "QUANTILE", 0.5)
    after = windows(sample)
    assert before["rules"] == before["scorecard"] == before["definitions"]
    assert after["rules"] == after["scorecard"] == after["definitions"] < before["rules"]
    assert after["last still there"] <= after["rules"] < before["last still there"] <= before["rules"]
    assert after["lost in all"] > before["lost in all"]


def test_gone_is_who_was_silent_for_longer_than_the_window():
    assert stage.is_gone(np.array([77.0, 78, 79, np.nan]), 78).tolist() == [False, False, True, False]
    with pytest.raises(TypeError):
        stage.is_gone("long", 78)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: lines.assign(customer_id=["a", 5]), "customers_mixed"),
        (lambda lines: lines.assign(amount=["1.5", "x"]), "customers_number"),
        (lambda lines: lines.assign(order_date=lines["order_date"].astype("date32[day][pyarrow]")), "customers_date"),
        (lambda lines: lines.assign(order_date=lines["order_date"].dt.tz_localize("Asia/Shanghai")), "customers_date"),
        (lambda lines: lines.assign(order_date=["2024-01-05", "2024-02-01"]), "customers_date"),
        (lambda lines: pd.concat([lines, lines[["amount"]]], axis=1), "customers_column_twice"),
        (lambda lines: lines.to_dict("list"), "load_source"),
    ],
)
@pytest.mark.parametrize("method", [lifecycle.cohorts, lifecycle.repurchase_rate, lifecycle.sales_trend])
def test_tables_that_are_none_are_refused_in_words(method, change, code):
    dates = pd.to_datetime(["2024-01-05", "2024-02-01"])
    lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": ["a", "b"], "order_date": dates, "amount": [1.0, 2.0]})
    with pytest.raises(DataError) as error:
        method(change(lines), "2024-03-01")
    assert error.value.code == code and str(error.value)


def test_weeks_before_1970_are_weeks_too():
    dates = pd.to_datetime(["1965-01-05", "1965-01-12"])
    lines = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", "order_date": dates, "amount": [1.0, 2.0]})
    triangle = lifecycle.cohorts(lines, freq="W")
    assert str(triangle.index[0]) == "1965-01-04/1965-01-10" and triangle.iloc[0].tolist() == [1, 1]
