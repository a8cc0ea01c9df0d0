"""Portraits: what sets a segment apart, names from it, and the map of all customers."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.clustering import portraits
from crmbook.data.faults import DataError


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


def customers() -> tuple[pd.DataFrame, pd.Series]:
    """Thirty frequent, thirty lapsed and thirty ordinary customers."""
    rng = np.random.default_rng(0)
    kind = np.repeat([0, 1, 2], 30)
    features = pd.DataFrame(
        {
            "recency": np.array([10.0, 300, 90])[kind] + rng.normal(size=90),
            "frequency": np.array([20.0, 2, 8])[kind] + rng.normal(size=90),
            "monetary": np.array([2000.0, 100, 700])[kind] + rng.normal(size=90),
        },
        index=pd.Index([f"C{number:02}" for number in range(90)], name="customer_id"),
    )
    return features, pd.Series(kind, features.index, name="cluster")


def test_profile_by_hand():
    features = pd.DataFrame({"orders": [2.0, 4.0, 6.0, 8.0]})
    table = portraits.profile(features, pd.Series(["a", "a", "b", None]))
    # of the three with a segment: mean 4, population deviation √(8/3); a: mean 3, error 1, t of one degree 12.706
    row = table.loc[("a", "orders")]
    assert row[["customers", "mean", "median", "average", "index"]].tolist() == [2, 3, 3, 4, 75]
    assert row["z"] == pytest.approx(-1 / np.sqrt(8 / 3))
    assert (row["low"], row["high"]) == (pytest.approx(3 - 12.706, abs=1e-3), pytest.approx(3 + 12.706, abs=1e-3))
    assert np.isnan(table.loc[("b", "orders"), "low"]), "one customer has no interval"
    with refused("clustering_nothing_shared"):
        portraits.profile(features, pd.Series(["a"], index=["x"]))


def test_an_index_needs_an_average_above_zero():
    table = portraits.profile(pd.DataFrame({"margin": [-4.0, 2.0]}), pd.Series(["a", "b"]))
    assert table["index"].isna().all()


def test_a_signature_names_the_strongest_first_and_nothing_for_the_average():
    table = portraits.signature(portraits.profile(*customers()))
    assert table.loc[1, "feature"].iloc[0] == "recency" and table.loc[(1, 1), "direction"] == 1
    assert set(table.loc[0, "direction"][table.loc[0, "feature"] != "recency"]) == {1}
    flat = portraits.profile(customers()[0], pd.Series(1, customers()[0].index))
    assert portraits.signature(flat).empty


def test_names_come_from_what_sets_a_segment_apart():
    table = portraits.names(portraits.profile(*customers()))
    assert table["name"].to_dict() == {0: "champions", 1: "lapsed", 2: "average"}
    assert table["unique"].all()
    assert pd.isna(table.loc[2, "feature"])


def test_labels_stay_whole_numbers_where_some_customers_have_none():
    features, labels = customers()
    table = portraits.profile(features, labels.iloc[:50])
    assert table.index.get_level_values("segment").unique().tolist() == [0, 1]
    assert str(table.index.get_level_values("segment").dtype).startswith("int")


def test_rules_can_be_edited_and_a_segment_without_a_rule_is_told_by_its_feature():
    table = portraits.names(portraits.profile(*customers()), rules=[("silent", {"recency": 1, "frequency": -1})])
    assert table["name"].to_dict() == {0: "distinct", 1: "silent", 2: "average"}
    assert table.loc[0, "feature"] in {"monetary", "frequency"} and table.loc[0, "direction"] == 1


def test_two_segments_never_share_a_rule():
    features = pd.DataFrame({"recency": [0.0] * 4 + [300.0, 310, 500, 520], "frequency": [9.0] * 4 + [1, 1, 1, 1]})
    table = portraits.names(portraits.profile(features, pd.Series(list("aaaabbcc"))))
    assert table.loc["c", "name"] == "lapsed", "the rule holds more clearly there"
    assert table.loc["b", "name"] != "lapsed" and table["unique"].all()


def test_plain_features_that_any_orders_hold_have_names_on_both_sides():
    for feature, above, below in (
        ("recency", "dormant", "recent_buyers"),
        ("frequency", "frequent_buyers", "occasional"),
        ("mean_order", "large_orders", "small_orders"),
    ):
        profiled = portraits.profile(pd.DataFrame({feature: [1.0, 1, 9, 9]}), pd.Series(list("aabb")))
        assert portraits.names(profiled)["name"].tolist() == [below, above]


def test_a_rule_said_twice_names_one_segment_and_the_other_by_how_it_differs():
    # both shop for one thing only, "b" in the store, "c" online: the rule holds more clearly for "c"
    features = pd.DataFrame(
        {"main_category_share": [0.1] * 4 + [0.8, 0.8, 0.9, 0.9], "share_online": [0.5] * 4 + [0.1, 0.3, 0.7, 0.9]}
    )
    profiled = portraits.profile(features, pd.Series(list("aaaabbcc")))
    own = [("specialists", {"main_category_share": 1})]
    table = portraits.names(profiled, own * 2)
    assert table["name"].to_dict() == {"a": "distinct", "b": "specialists", "c": "specialists"}
    assert table["shared"].to_dict() == {"a": False, "b": True, "c": False} and table["unique"].all()
    assert table.loc["b", ["feature", "direction"]].tolist() == ["share_online", -1]
    assert portraits.names(profiled, [*own, ("narrow", own[0][1])]).equals(table), "the same rule by another name"
    by_library = portraits.names(profiled, portraits.BUYING_RULES)
    assert portraits.names(profiled, [*own, *portraits.BUYING_RULES]).equals(by_library)


def test_a_rule_on_a_feature_that_is_not_there_is_passed_over():
    features = customers()[0][["frequency"]]
    table = portraits.names(portraits.profile(features, customers()[1]))
    assert table["name"].to_dict() == {0: "frequent_buyers", 1: "occasional", 2: "average"}


def test_a_portrait_holds_size_features_and_the_levels_that_differ():
    features, labels = customers()
    sex = pd.Series(np.where((labels == 0) | (np.arange(90) % 3 == 0), "f", "m"), features.index)
    page = portraits.portrait(
        features, labels, 0, pd.DataFrame({"sex": sex, "id": features.index}, index=features.index)
    )
    assert (page.customers, page.share) == (30, pytest.approx(1 / 3))
    assert page.attributes.index.tolist() == [("sex", "f"), ("sex", "m")], "the id has too many levels"
    assert page.attributes.loc[("sex", "f"), "share"] == 1
    assert labels[page.typical] == 0
    assert page.signature["feature"].tolist()[0] in {"monetary", "frequency"}
    assert portraits.portrait(features, labels, 2).signature.empty


def test_a_portrait_is_refused_where_nobody_or_somebody_twice_is_in_the_segment():
    features, labels = customers()
    with refused("portrait_segment", "7", "0, 1, 2"):
        portraits.portrait(features, labels, 7)
    with refused("portrait_segment", "2", "0, 1"):
        portraits.portrait(features[labels < 2], labels, 2)
    with refused("clustering_customer_twice", "C00"):
        portraits.profile(features, pd.concat([labels, labels.head(1)]))


def test_a_segment_of_whom_nothing_is_known_has_a_portrait_all_the_same():
    features, labels = customers()
    # nobody of segment 2 is in the table of customers: 30 of 90 unknown in all, 30 of 30 there
    sex = pd.Series("f", features.index[labels == 0]).combine_first(pd.Series("m", features.index[labels == 1]))
    page = portraits.portrait(features, labels, 2, sex.to_frame("sex"))
    assert page.attributes.loc[("sex", "unknown"), ["share", "average", "index"]].tolist() == pytest.approx(
        [1, 1 / 3, 300]
    )
    assert portraits.portrait(features, labels, 0, sex.to_frame("sex")).attributes["index"].iloc[0] == 300


def test_known_levels_stand_before_the_unknown_however_large_their_index():
    features, labels = customers()
    # segment 2: 15 of 30 unknown, as of nobody else (index 300); 12 of 30 "f", 12 of 90 in all (index 300), 3 "m"
    sex = pd.Series("m", features.index).mask(labels == 2)
    sex[features.index[labels == 2][:12]], sex[features.index[labels == 2][12:15]] = "f", "m"
    found = portraits.portrait(features, labels, 2, sex.to_frame("sex")).attributes
    assert found.index.tolist() == [("sex", "f"), ("sex", "m"), ("sex", "unknown")]
    assert found["index"].tolist() == pytest.approx([300, 100 * 0.1 / 0.7, 300])


def test_unknown_is_one_of_the_levels_that_may_be_too_many():
    features, labels = customers()
    place = pd.Series([f"P{number % 50}" for number in range(90)], features.index).mask(np.arange(90) < 5)
    assert portraits.portrait(features, labels, 0, place.to_frame("place")).attributes.empty


def test_there_is_no_portrait_of_a_segment_that_is_not_there():
    features, labels = customers()
    with refused("portrait_segment", "9", "0, 1, 2"):
        portraits.portrait(features, labels, 9)


def test_the_typical_customer_is_the_nearest_to_the_mean():
    features = pd.DataFrame({"orders": [1.0, 5, 6, 30]}, index=list("abcd"))
    assert portraits.portrait(features, pd.Series("x", features.index), "x").typical == "c"  # the mean is 10.5


def test_a_customer_stands_beside_the_segment_and_all():
    features = pd.DataFrame({"orders": [1.0, 2, 2, 5]}, index=list("abcd"))
    table = portraits.customer_portrait(features, pd.Series(["x", "x", "y"], index=list("abc")), "b")
    # one of four below, two with the same value: (1 + 2/2)/4
    assert table.loc["orders", ["value", "segment_mean", "average", "percentile"]].tolist() == [2, 1.5, 2.5, 50]
    assert np.isnan(
        portraits.customer_portrait(features, pd.Series(["x"], index=["a"]), "d").loc["orders", "segment_mean"]
    )
    with refused("portrait_customer", "zz"):
        portraits.customer_portrait(features, pd.Series(dtype=object), "zz")


def test_the_map_is_that_of_scikit_learn():
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(1)
    features = pd.DataFrame(rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)), columns=list("abcd"))
    plane = portraits.customer_map(features)
    scaled = ((features - features.mean()) / features.std(ddof=0)).to_numpy()
    peer = PCA(2).fit(scaled)
    assert plane.explained.to_numpy() == pytest.approx(peer.explained_variance_ratio_)
    assert np.abs(plane.points.to_numpy()) == pytest.approx(np.abs(peer.transform(scaled)))
    for component in plane.loadings:  # a loading is the correlation of feature and component
        told = features.corrwith(plane.points[component])
        assert plane.loadings[component].to_numpy() == pytest.approx(told.to_numpy())
        assert plane.loadings[component].loc[plane.loadings[component].abs().idxmax()] > 0


def test_others_are_put_on_the_same_map():
    features, _ = customers()
    plane = portraits.customer_map(features)
    assert plane.place(features.iloc[5:7]).to_numpy() == pytest.approx(plane.points.iloc[5:7].to_numpy())
    with refused("portrait_few_features", "1", "2"):
        portraits.customer_map(features[["recency"]])


def test_buying_rules_look_first_at_how_people_buy():
    # by pieces the first group stands out in both: the buying rule comes before that of the amount
    features = pd.DataFrame({"pieces": [9.0, 8, 1, 2], "frequency": [9.0, 8, 1, 2], "recency": [1.0, 1, 9, 8]})
    profiled = portraits.profile(features, pd.Series(["x", "x", "y", "y"]))
    assert portraits.names(profiled, portraits.BUYING_RULES)["name"].to_dict() == {"x": "stockpilers", "y": "lapsed"}
    assert portraits.names(profiled)["name"]["x"] == "regulars"
    assert portraits.BUYING_RULES[-len(portraits.RULES) :] == portraits.RULES
