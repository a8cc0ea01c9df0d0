"""Tiers month by month: against the one definition of the customer table, by hand, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import load, tiering
from crmbook.data import sample, schemes
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.tiering import upkeep
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def book():
    return load(sample.folder("retail"))


def lines(rows) -> pd.DataFrame:
    return pd.DataFrame(
        [(i, who, pd.Timestamp(day), money) for i, (who, day, money) in enumerate(rows)],
        columns=["order_id", "customer_id", "order_date", "amount"],
    )


@pytest.mark.parametrize("scheme", ["value", "members", "shop", "abc"])
def test_the_history_is_what_the_scheme_gives_on_each_day(book, scheme):
    plan = schemes.read(scheme)
    past = tiering.history(book.orders, book.as_of, plan, months=6)
    table = past.tiers(anew=True)
    for day in (past.dates[0], past.dates[3], past.dates[-1]):
        assert table[day].dropna().to_dict() == tiering.tiers_at(book.orders, day, plan).to_dict()


def test_the_running_customer_table_is_the_one_of_the_sql(book):
    for name in ("value", "members"):
        plan = schemes.read(name)
        days = [pd.Timestamp("2023-02-28"), pd.Timestamp("2024-06-30"), book.as_of]
        for day, table in upkeep._snapshots(book.orders, days, plan):
            right = tiering.seen_by(book.orders, day, plan)[table.columns]
            pd.testing.assert_frame_equal(table, right, check_dtype=False)


def test_an_order_whose_lines_have_several_days_counts_on_each_as_far_as_it_has_come():
    rows = lines([("u", "2024-01-10", 500.0), ("u", "2024-03-10", -450.0)]).assign(order_id=1)
    past = tiering.history(rows, "2024-03-31", schemes.read("members"), months=2)
    assert past.tiers(anew=True).loc["u"].tolist() == ["bronze", "bronze", "ordinary"]


# u: 290 → 310 → 290 within the window (bought 290 and 20, which the exchange takes back); w comes in March
FLIP = [
    ("u", "2024-01-05", 290.0),
    ("u", "2024-02-05", 20.0),
    ("u", "2024-03-05", -20.0),
    ("v", "2024-01-05", 900.0),
    ("w", "2024-03-02", 10.0),
]


def test_flips_and_newcomers_by_hand():
    past = tiering.history(lines(FLIP), "2024-03-31", schemes.slower(schemes.read("members")), months=2)
    assert past.tiers().loc["u"].tolist() == ["ordinary", "bronze", "ordinary"]
    counted = tiering.moves(past)
    assert counted["both_dates"].tolist() == [2, 2]
    assert counted["upgraded"].tolist() == [1, 0] and counted["downgraded"].tolist() == [0, 1]
    assert counted["newcomers"].tolist() == [0, 1]
    assert counted["flipped_back"].tolist() == [1, pd.NA]
    # v in silver, u from ordinary to bronze: shares ½ ½ 0 to ½ 0 ½ with half a customer for none
    kept = tiering.since(past)
    assert kept.loc["u"].tolist() == ["ordinary", pd.Timestamp("2024-03-31"), "bronze"]
    assert kept.loc["v", "since"] == pd.Timestamp("2024-01-31") and pd.isna(kept.loc["v", "tier_before"])


def test_a_margin_and_two_periods_hold_the_customer_who_only_flips():
    for slower in (schemes.read("members"), schemes.slower(schemes.read("members"), periods=2)):
        past = tiering.history(lines(FLIP), "2024-03-31", slower, months=2)
        assert past.tiers().loc["u"].tolist() == ["ordinary"] * 3
        assert past.tiers(anew=True).loc["u"].tolist() == ["ordinary", "bronze", "ordinary"]
        table = tiering.slowness(past)
        assert table["moves"].to_dict() == {"graded_anew": 2, "held": 0}
        assert table["flipped_back"].to_dict() == {"graded_anew": 1, "held": 0}
        assert table.loc["held", "same_share"] == 1.0


def test_a_move_beyond_the_margin_or_lasting_two_dates_is_made():
    # 290 + 60 = 350, more than 330; and it lasts
    rows = lines([("u", "2024-01-05", 290.0), ("u", "2024-02-05", 60.0)])
    for slower in (schemes.read("members"), schemes.slower(schemes.read("members"), periods=2)):
        past = tiering.history(rows, "2024-03-31", slower, months=2)
        assert past.tiers().loc["u"].tolist()[-1] == "bronze"


def test_a_margin_on_a_capped_scheme_keeps_who_is_just_outside():
    # 20 customers, the best one in 20 is VIP; v overtakes u by a little and would push it out
    plan = schemes.slower(schemes.read("value"), margin=0.5)
    stretched = [upkeep._stretched(plan, factor).tiers[0].top for factor in (1.5, 0.5)]
    assert stretched == pytest.approx([0.05 / 1.5, 0.1])
    with pytest.raises(DataError) as refused:
        schemes.slower(schemes.read("rfm"), margin=0.1)
    assert refused.value.code == "scheme_not_with_rule"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5000), min_size=4, max_size=10), min_size=1, max_size=8),
    st.floats(0, 0.9),
    st.integers(1, 4),
)
def test_hysteresis_never_makes_more_moves_than_without(values, margin, periods):
    months = min(map(len, values))
    plan = schemes.read("members")
    ways = [plan, upkeep._stretched(plan, 1 + margin), upkeep._stretched(plan, 1 - margin)]
    spread = [
        np.array(
            [
                [plan.codes.index(tier) for tier in tiering.assign(pd.DataFrame({"monetary": each[:months]}), way)]
                for each in values
            ]
        )
        for way in ways
    ]
    held = upkeep._held(*spread, periods)
    for anew, kept in zip(spread[0], held, strict=True):
        assert (np.diff(kept) != 0).sum() <= (np.diff(anew) != 0).sum()
        assert kept[0] == anew[0]
    if margin == 0 and periods == 1:
        assert (held == spread[0]).all()


def test_hysteresis_saves_moves_on_the_sample_and_most_customers_are_where_they_belong(book):
    for plan in (schemes.read("members"), schemes.slower(schemes.read("value"), margin=0.3, periods=2)):
        table = tiering.slowness(tiering.history(book.orders, book.as_of, plan))
        assert table.loc["held", "moves"] < table.loc["graded_anew", "moves"]
        assert table.loc["held", "flipped_back"] < table.loc["graded_anew", "flipped_back"]
        assert table.loc["held", "same_share"] > 0.85


def test_stability_index_of_a_worked_case():
    # (0.5 − 0.25) ln 2 + (0.5 − 0.75) ln(2/3) = 0.1733 + 0.1014
    assert tiering.stability_index([2, 2], [1, 3]) == pytest.approx(0.25 * np.log(2) - 0.25 * np.log(2 / 3))
    assert tiering.stability_index([5, 0], [5, 0]) == 0


def test_fairness_by_hand_and_small_groups_are_not_shown():
    # 40 of 100 and 15 of 100: ratio 0.375, log error √(1/15 − 1/100 + 1/40 − 1/100) = 0.26771
    tiers = pd.Series(["vip"] * 40 + ["low"] * 60 + ["vip"] * 15 + ["low"] * 85 + ["vip"] * 3)
    groups = pd.Series(["m"] * 100 + ["f"] * 100 + ["x"] * 3)
    table = tiering.fairness(tiers, groups, ["vip"])
    assert table.index.tolist() == ["m", "f", "small_groups"]
    assert table.loc["f", "disparity"] == pytest.approx(0.375)
    assert table.loc["f", "disparity_low"] == pytest.approx(0.375 * np.exp(-1.959964 * 0.267706), rel=1e-4)
    assert table.loc["f", "disparity_high"] == pytest.approx(0.375 * np.exp(1.959964 * 0.267706), rel=1e-4)
    assert table.loc["small_groups", "n"] == 3 and table.loc["small_groups"].drop("n").isna().all()
    with pytest.raises(DataError) as refused:
        tiering.fairness(tiers, groups.where(groups == "?"), ["vip"])
    assert refused.value.code == "tiering_no_groups"


def test_same_inputs_same_tier_whatever_the_scheme_and_a_list_that_breaks_it_is_found(book):
    for name in ("abc", "value", "rfm", "members", "shop"):
        plan = schemes.read(name)
        seen = tiering.seen_by(book.orders, book.as_of, plan)
        assert tiering.unequal(seen, tiering.assign(seen, plan), plan).empty
    table = pd.DataFrame({"monetary": [900.0, 900.0, 5.0]}, index=["u", "v", "w"])
    broken = tiering.unequal(table, pd.Series({"u": "gold", "v": "silver", "w": "ordinary"}), schemes.read("members"))
    assert broken["tier"].to_dict() == {"u": "gold", "v": "silver"}


def test_charts_of_upkeep_say_their_message_in_both_languages(book):
    plan = schemes.slower(schemes.read("value"))
    past = tiering.history(book.orders, book.as_of, plan, months=3)
    seen = tiering.seen_by(book.orders, book.as_of, plan)
    tiers = tiering.assign(seen, plan)
    provinces = book.customers.set_index("customer_id")["province"]
    fair = tiering.fairness(tiers, provinces, ["vip"])
    report = tiering.segment_report(seen, tiers).reindex(plan.codes)
    for language, part in (("en", "customers"), ("zh", "客户")):
        use(language)
        for figure in (
            tiering.charts.monthly_moves(tiering.moves(past)),
            tiering.charts.tier_bars(report, plan.names),
        ):
            assert part in figure.layout.title.text and figure.layout.meta["alt"]
        assert tiering.charts.disparity(fair).layout.meta["alt"]
    use("en")
