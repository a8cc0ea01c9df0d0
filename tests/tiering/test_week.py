"""The owner's week and the hold-out: worked by hand, and what must never happen."""

from __future__ import annotations

import pandas as pd
import pytest
from crmbook import tiering
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st


def test_a_plan_by_hand_keeps_cadence_capacity_and_days_off():
    # As of Thursday 2024-09-26; the plan begins on Friday. October 1 to 7 are off, Saturday 12 is worked.
    listed = pd.DataFrame(
        {
            "visit_days": [30, 30, 30, 90, None, 30],
            "owner": ["E1", "E1", "E1", "E1", "E1", None],
            "last_contact": pd.to_datetime(["2024-08-01", None, "2024-09-02", "2024-09-01", None, None]),
        },
        index=list("uvwxyz"),
    )
    off = pd.date_range("2024-10-01", "2024-10-07")
    plan = tiering.visit_plan(listed, "2024-09-26", days=30, capacity=1, off=off, also=["2024-10-12"])
    # u was due on August 31, v at once, w on October 2; x is due on November 30 and has no place yet
    assert plan["customer_id"].tolist() == ["u", "v", "w"]
    assert [f"{day:%m-%d}" for day in plan["date"]] == ["09-27", "09-30", "10-08"]
    assert plan["days_late"].tolist() == [27, 3, 6]


def test_who_finds_no_place_is_said_and_not_dropped():
    listed = pd.DataFrame({"visit_days": [30] * 3, "owner": ["E1"] * 3, "last_contact": pd.NaT}, index=list("uvw"))
    plan = tiering.visit_plan(listed, "2024-09-29", days=2, capacity=1)
    assert plan["date"].isna().sum() == 1 and set(plan["customer_id"]) == set("uvw")
    with pytest.raises(DataError) as refused:
        tiering.visit_plan(listed, "2024-09-29", capacity=0)
    assert refused.value.code == "tiering_capacity"


DAYS = st.dates(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-06-30").date())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["E1", "E2"]), st.integers(5, 60), DAYS), min_size=1, max_size=40),
    st.integers(1, 3),
    st.lists(DAYS, max_size=10),
)
def test_nothing_is_booked_on_a_day_off_or_beyond_capacity(rows, capacity, off):
    listed = pd.DataFrame(rows, columns=["owner", "visit_days", "last_contact"])
    plan = tiering.visit_plan(listed, "2024-06-15", days=21, capacity=capacity, off=off)
    booked = plan.dropna(subset=["date"])
    assert (booked["date"].dt.day_of_week < 5).all()
    assert not booked["date"].isin(pd.DatetimeIndex(off)).any()
    assert (booked["date"] >= booked["due"]).all() and (booked["date"] > pd.Timestamp("2024-06-15")).all()
    if len(booked):
        assert booked.groupby(["owner", "date"]).size().max() <= capacity


def test_birthdays_over_the_turn_of_the_year():
    born = pd.to_datetime(["1990-12-31", "1985-01-02", "2000-12-20", None])
    table = pd.DataFrame({"customer_id": list("uvwx"), "birth_date": born})
    found = tiering.birthdays(table, "2024-12-25", days=14)
    assert found["birthday"].to_dict() == {"u": pd.Timestamp("2024-12-31"), "v": pd.Timestamp("2025-01-02")}


def test_the_pool_holds_the_unowned_and_the_idle():
    table = pd.DataFrame(
        {
            "customer_id": list("uvwx"),
            "owner": ["E1", "E1", None, "E2"],
            "last_followed": pd.to_datetime(["2024-03-02", "2024-03-01", "2024-05-01", None]),
        }
    )
    found = tiering.customer_pool(table, "2024-05-31", idle_days=90)
    assert found["pool"].to_dict() == {"v": "idle", "w": "unowned", "x": "never_followed"}
    assert found.loc["v", "idle"] == 91


def test_a_holdout_is_stratified_kept_by_its_seed_and_blind_to_the_order_of_rows():
    customers = pd.Index([f"C{i:03}" for i in range(103)])
    tiers = pd.Series(["vip"] * 10 + ["important"] * 33 + ["ordinary"] * 60, index=customers)
    drawn = tiering.draw_holdout(customers, 0.2, tiers, seed=4, campaign="spring", day="2024-07-01")
    held = drawn[drawn["arm"] == "holdout"]
    assert len(held) == 21
    by_tier = held["tier"].value_counts()
    assert abs(by_tier["vip"] - 2) < 1 and abs(by_tier["important"] - 6.6) < 1 and abs(by_tier["ordinary"] - 12) < 1
    again = tiering.draw_holdout(customers[::-1], 0.2, tiers, seed=4, campaign="spring", day="2024-07-01")
    pd.testing.assert_frame_equal(drawn, again)
    other = tiering.draw_holdout(customers, 0.2, tiers, seed=5)
    assert set(other.loc[other["arm"] == "holdout", "customer_id"]) != set(held["customer_id"])
    for share in (0, 1, 0.001):
        with pytest.raises(DataError) as refused:
            tiering.draw_holdout(customers, share)
        assert refused.value.code == "tiering_holdout"


def test_everybody_has_the_same_chance_to_be_left_alone():
    customers = pd.Index([f"C{i}" for i in range(20)])
    counts = sum(
        (tiering.draw_holdout(customers, 0.25, seed=seed).set_index("customer_id")["arm"] == "holdout").astype(int)
        for seed in range(400)
    )
    # 400 draws of one in four: 100, standard deviation 8.7
    assert counts.between(60, 140).all() and counts.sum() == 400 * 5
