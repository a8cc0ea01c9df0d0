"""Behaviour: features of a book by hand, channels, usage, feedback, and the type of a relationship."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pandas as pd
import pytest
from crmbook.clustering import behavioural as behaviour
from crmbook.data.faults import DataError
from crmbook.offers import contact, relationships


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


def orders(**changed) -> pd.DataFrame:
    frame = pd.DataFrame(
        [
            # order, customer, day, product, category, amount, channel, hour, discount
            ("1", "a", "2024-01-01", "tea", "food", 10.0, "web", 9, 0.0),
            ("1", "a", "2024-01-01", "cup", "home", 20.0, "web", 9, 0.1),
            ("2", "a", "2024-02-01", "tea", "food", 10.0, "store", 20, 0.0),
            ("3", "a", "2024-02-05", "cup", "home", -20.0, "store", 12, None),  # a return
            ("4", "b", "2024-01-15", "pot", "home", 40.0, "web", 13, 0.2),
            ("5", "c", "2024-01-20", "pot", "home", -40.0, "web", 13, None),  # only ever returned
        ],
        columns=[
            "order_id",
            "customer_id",
            "order_date",
            "product_id",
            "category",
            "amount",
            "channel",
            "hour",
            "discount",
        ],
    )
    return frame.assign(order_date=pd.to_datetime(frame["order_date"]), quantity=[1, 2, 3, -2, 1, -1], **changed)


def book(**tables) -> SimpleNamespace:
    empty = dict.fromkeys(("orders", "customers", "interactions", "tickets", "survey", "campaigns", "usage"))
    return SimpleNamespace(**{**empty, "as_of": pd.Timestamp("2024-02-10"), **tables})


# Features


def test_features_of_a_customer_by_hand():
    result = behaviour.behaviour(book(orders=orders()))
    a = result.features.loc["a"]
    assert a[["recency", "tenure", "frequency", "monetary", "mean_order"]].tolist() == [9, 40, 2, 20, 20]
    assert a["return_share"] == pytest.approx(1 / 3)
    assert a[["categories", "products"]].tolist() == [2, 2]
    assert a[["share_store", "share_web", "share_online"]].tolist() == [0.5, 0.5, 0.5]
    assert a[["share_evening", "share_morning", "share_afternoon"]].tolist() == [0.5, 0.5, 0]
    assert a["discount_share"] == pytest.approx(1 / 3)
    # lines of 1, 2 and 3 pieces for 10, 20 and 10: 40 for 6 pieces; two of the three lines are food
    assert a["pieces"] == 2 and a["mean_price"] == pytest.approx(40 / 6)
    assert a["main_category_share"] == pytest.approx(2 / 3)
    assert result.missing == ()


def test_who_never_purchased_is_left_out_and_named():
    result = behaviour.behaviour(book(orders=orders()))
    assert result.features.index.tolist() == ["a", "b"]
    assert result.left_out.to_dict() == {"c": "no_purchase"}


def test_columns_that_are_not_there_are_named_and_cost_only_their_features():
    bare = orders().drop(columns=["category", "hour"]).assign(discount=None)
    result = behaviour.behaviour(book(orders=bare))
    assert result.missing == ("category", "hour", "discount")
    assert "products" in result.features and "categories" not in result.features
    assert behaviour.style(result, least_orders=2).features.columns.tolist() == ["share_online", "pieces"]
    with refused("clustering_columns", "share_evening", "pieces"):
        behaviour.style(behaviour.behaviour(book(orders=bare.drop(columns=["quantity"]))))


def test_style_leaves_out_who_ordered_too_rarely_to_tell():
    result = behaviour.style(behaviour.behaviour(book(orders=orders())), least_orders=2)
    assert result.features.columns.tolist() == list(behaviour.STYLE)
    assert result.features.index.tolist() == ["a"]
    assert result.left_out.to_dict() == {"c": "no_purchase", "b": "few_orders"}
    with refused("behaviour_few_orders", "9"):
        behaviour.style(behaviour.behaviour(book(orders=orders())), least_orders=9)


def features(**columns) -> behaviour.Behaviour:
    table = pd.DataFrame({"frequency": [3, 4, 5, 1], "recency": [9, 8, 7, 6], "mean_order": [1.0, 2, 3, 4], **columns})
    return behaviour.Behaviour(table, pd.Series(dtype=str), ())


def test_wanted_features_are_chosen_and_who_has_a_blank_is_named():
    found = features(pieces=[1.0, 2, None, 4], share_online=[0.0, 0.5, 1, 1], discount_share=0.5)
    picked = behaviour.chosen(found, ["pieces", "discount_share", "share_online", "share_evening"])
    assert picked.features.columns.tolist() == ["pieces", "share_online"]
    assert picked.features.index.tolist() == [0, 1]
    assert picked.left_out.to_dict() == {3: "few_orders", 2: "blank"}


def test_plain_features_stand_in_where_fewer_than_two_wanted_ones_are_there():
    assert behaviour.chosen(features(pieces=[1.0, 2, 3, 4])).features.columns.tolist() == list(behaviour.PLAIN)


def test_choosing_says_when_nobody_can_be_judged():
    with refused("behaviour_few_orders", "9"):
        behaviour.chosen(features(), least_orders=9)
    with refused("clustering_missing", "pieces (2)", "share_online (2)"):
        halves = features(pieces=[1.0, None, 3, None], share_online=[None, 0, None, 1])
        behaviour.chosen(halves, ["pieces", "share_online"], least_orders=1)


def test_order_size_by_group_by_hand():
    # a: 2 orders of 30 and 10, b: one of 40; the return and c, who only returned, are no purchases
    frame = orders()
    table = contact.order_size(frame, pd.Series({"a": "x", "b": "x", "c": "y"}))
    assert table.index.tolist() == ["x"]
    assert table.loc["x", ["customers", "orders"]].tolist() == [2, 3]
    assert table.loc["x", ["orders_each", "mean_order"]].tolist() == [1.5, pytest.approx(80 / 3)]
    assert table.loc["x", "items_each"] == pytest.approx(7 / 3)  # 1 + 2, 3 and 1 pieces
    # linearised ratio, customers a and b: 40 - 2 * 80/3 and 40 - 80/3, both 40/3 in size, n / (n - 1) = 2, 3 orders
    error = (2 * 2 * (40 / 3) ** 2) ** 0.5 / 3
    assert table.loc["x", "high"] - table.loc["x", "mean_order"] == pytest.approx(1.96 * error, rel=1e-4)
    assert "items_each" not in contact.order_size(frame.drop(columns="quantity"))
    with refused("behaviour_no_purchase"):
        contact.order_size(frame, pd.Series({"z": "x"}))


def test_which_channels_are_online_can_be_said():
    result = behaviour.behaviour(book(orders=orders(channel=["线上"] * 2 + ["门店"] * 4)))
    assert result.features["share_online"].to_dict() == {"a": 0.5, "b": 0.0}
    assert "share_online" not in behaviour.behaviour(book(orders=orders(channel="门店"))).features
    both = behaviour.behaviour(book(orders=orders(channel=["online"] * 2 + ["app"] * 2 + ["store"] * 2))).features
    assert both.columns.is_unique and "share_app" in both
    assert both["share_online"].to_dict() == {"a": 1.0, "b": 0.0}, "a channel named online, and another that is"
    own = behaviour.behaviour(book(orders=orders()), online=("store",))
    assert own.features["share_online"].to_dict() == {"a": 0.5, "b": 0.0}


def test_the_as_of_date_counts_and_later_orders_do_not():
    result = behaviour.behaviour(book(orders=orders()), as_of="2024-02-01")
    assert result.features.loc["a", ["recency", "frequency", "return_share"]].tolist() == [0, 2, 0]
    with refused("table_needed", "orders"):
        behaviour.behaviour(book())
    with refused("behaviour_no_purchase"):
        behaviour.behaviour(book(orders=orders(amount=-1.0)))


def test_business_attributes_say_who_is_no_customer():
    accounts = pd.DataFrame({"customer_id": list("abcd"), "account_type": ["consumer", "staff", None, "partner"]})
    table = behaviour.business_attributes(accounts)
    assert table["kept"].to_dict() == {"consumer": True, "partner": True, "staff": False, "unknown": True}
    assert table["customers"].sum() == 4


def test_parts_of_the_day():
    assert behaviour.day_part(pd.Series([0, 5, 6, 11, 12, 18, 23])).tolist() == [
        "night",
        "night",
        "morning",
        "morning",
        "afternoon",
        "evening",
        "evening",
    ]


# Channels


def test_channel_mix_adds_up_by_group():
    table = contact.channel_mix(orders(), pd.Series({"a": "x", "b": "y"}))
    assert table.loc[("x", "web"), ["orders", "share", "amount", "amount_share", "mean_order"]].tolist() == [
        1,
        0.5,
        30,
        0.75,
        30,
    ]
    assert table.groupby("group")["share"].sum().tolist() == [1, 1]
    with refused("column_needed", "channel"):
        contact.channel_mix(orders().drop(columns="channel"))


def test_switching_goes_from_one_order_to_the_next_of_the_same_customer():
    days = pd.date_range("2024-01-01", periods=7)
    frame = pd.DataFrame(
        {
            "order_id": list("1234567"),
            "customer_id": list("aaaabbb"),
            "order_date": days,
            "amount": 1.0,
            "channel": ["web", "web", "store", "web", "store", "store", None],
        }
    )
    # steps: web→web, web→store, store→web (a); store→store, store→unknown (b)
    table = contact.channel_switching(frame)
    assert table["orders"].sum() == 5 and len(table) == 9
    assert table.loc[("web", "store"), "share"] == 0.5
    assert table.loc[("store", "unknown"), "share"] == pytest.approx(1 / 3)
    assert table.loc["unknown", "share"].isna().all(), "nobody ordered after it"
    with refused("behaviour_no_repeat"):
        contact.channel_switching(frame.iloc[[0, 5]])


# Usage


def usage() -> pd.DataFrame:
    rows = [("a", "2024-04", 15), ("a", "2024-05", 31), ("b", "2024-05", 3), ("c", "2024-02", 20), ("d", "2024-05", 0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "active_days"])
    return frame.assign(month=pd.to_datetime(frame["month"]))


def test_stickiness_by_hand():
    table = contact.stickiness(usage().assign(minutes=100.0, sessions=[4, 4, 1, 2, 0]))
    may = table.loc[("all", pd.Timestamp("2024-05-01"))]
    # a and b were active in May: 31 and 3 days of 31
    assert may["monthly_active"] == 2
    assert may["daily_active"] == pytest.approx(34 / 31) and may["stickiness"] == pytest.approx(17 / 31)
    assert may["minutes_per_session"] == 40
    with refused("behaviour_no_use"):
        contact.stickiness(usage().assign(active_days=0))
    with refused("table_needed", "usage"):
        contact.stickiness(None)


def test_usage_tiers_look_at_the_last_complete_months():
    table = contact.usage_tiers(usage(), "2024-05-31", months=2)
    # April and May: 61 days. a 46 (heavy), b 3 (below a tenth), c none of them, d none
    assert table["usage_tier"].to_dict() == {"a": "heavy", "b": "light", "c": "dormant", "d": "dormant"}
    assert table.loc["a", "active_share"] == pytest.approx(46 / 61)
    # on 30 May the month is not over: March and April
    assert contact.usage_tiers(usage(), "2024-05-30", months=2).loc["a", "active_share"] == pytest.approx(15 / 61)


# Feedback


def test_feedback_by_group():
    survey = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c", None],
            "date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-01", "2024-01-01", "2024-01-01"]),
            "overall": [2, 5, 3, None, 5],
            "recommend": [2, 2, 10, 9, 10],
        }
    )
    tickets = pd.DataFrame({"customer_id": ["a", "a", "d"], "kind": ["complaint", "complaint", "request"]})
    campaigns = pd.DataFrame(
        {
            "customer_id": list("aabc"),
            "arm": ["treated", "treated", "holdout", "treated"],
            "responded": [True, False, True, None],
        }
    )
    groups = pd.Series({"a": "x", "b": "x", "c": "y", "d": "y"})
    table = contact.feedback(book(survey=survey, tickets=tickets, campaigns=campaigns), groups)
    counted = {key: (row["count"], row["n"]) for key, row in table.iterrows()}
    assert counted == {
        ("answered", "x"): (2, 2),
        ("answered", "y"): (1, 2),
        ("praised", "x"): (1, 2),  # a's last answer is a 5; b's overall 3 counts before the recommendation
        ("praised", "y"): (1, 1),  # c left overall blank and would recommend with 9
        ("complained", "x"): (1, 2),
        ("complained", "y"): (0, 2),
        ("responded", "x"): (1, 2),
    }
    assert (table["low"] <= table["rate"]).all() and (table["rate"] <= table["high"]).all()
    with refused("feedback_no_table"):
        contact.feedback(book(), groups)


# Relationship types


def measures() -> pd.DataFrame:
    return pd.DataFrame(
        {"frequency": [1, 1, 9, 9, 9], "interaction": [0, 9, 0, 9, 9], "amount": [10, 10, 900, 10, 900]},
        index=list("abcde"),
    )


def test_the_grid_gives_a_type_to_every_customer():
    cuts = {"frequency": 5, "interaction": 5, "amount": 100}
    result = relationships.relationship_types(measures(), cuts)
    assert result.table["type"].to_dict() == {
        "a": "transactional",  # nothing high
        "b": "transactional",  # contacts alone make no partner
        "c": "cooperative",
        "d": "cooperative",
        "e": "strategic",
    }
    assert result.cells["customers"].sum() == 5 and result.cells["amount"].sum() == 1830
    assert len(result.cells) == 8


def test_the_grid_can_be_edited_and_must_be_complete():
    grid = relationships.rule_grid()
    grid.loc[("low", "high", "low"), "type"] = "cooperative"
    cuts = {"frequency": 5, "interaction": 5, "amount": 100}
    assert relationships.relationship_types(measures(), cuts, grid).table.loc["b", "type"] == "cooperative"
    assert relationships.rule_grid().loc[("low", "high", "low"), "type"] == "transactional", "the default stays"
    with refused("relationship_cell", "high/high/high"):
        relationships.relationship_types(measures(), cuts, grid.iloc[1:])


def test_cuts_from_quantiles_keep_equal_values_together():
    frame = pd.DataFrame({"frequency": [1] * 8 + [2, 5], "interaction": 0, "amount": range(10)})
    result = relationships.relationship_types(frame, quantile=0.6)
    assert result.cuts.to_dict() == {"frequency": 2, "interaction": float("inf"), "amount": 6}
    assert (result.table["interaction_level"] == "low").all()
    with refused("clustering_columns", "amount"):
        relationships.relationship_types(frame.drop(columns="amount"))
    with refused("clustering_missing", "amount (1)"):
        relationships.relationship_types(frame.assign(amount=[None, *range(9)]))
    with refused("survey_setting_share", "quantile", "60"):
        relationships.relationship_types(frame, quantile=60)


def test_the_measures_of_a_relationship_cover_the_same_time():
    # contacts are known from 20 January on: order 1 (a) and order 4 (b) came before, order 5 only comes back
    contacts = pd.DataFrame(
        {"customer_id": ["a", "a", "z"], "date": pd.to_datetime(["2024-01-20", "2024-03-01", None])}
    )
    table = relationships.shared_measures(orders(), contacts, "2024-02-29")
    assert table.to_dict("index") == {"a": {"frequency": 1, "interaction": 1, "amount": -10.0}}
    whole = relationships.shared_measures(orders(), contacts.iloc[:0], "2024-02-29")
    assert whole.loc["a"].tolist() == [2, 0, 20] and whole.loc["b"].tolist() == [1, 0, 40]
    early = contacts.assign(date=pd.Timestamp("2023-12-24"))
    assert relationships.shared_measures(orders(), early, "2024-02-29")["interaction"].tolist() == [0, 0]
    with refused("behaviour_no_purchase"):
        relationships.shared_measures(orders(), contacts, "2024-01-31")


def test_interactions_are_counted_within_their_period():
    contacts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "z"],
            "date": pd.to_datetime(["2023-12-31 08:00", "2024-01-01 00:00", "2024-06-30 15:00", "2024-02-01 09:00"]),
        }
    )
    counts = relationships.interaction_counts(contacts, pd.Index(["a", "b"]), since="2024-01-01", until="2024-06-30")
    assert counts.to_dict() == {"a": 2, "b": 0}
