"""Tiering: figures from papers and worked by hand, independent implementations, and what must always hold."""

from __future__ import annotations

import itertools
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import tiering
from crmbook.data import schemes
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st

AMOUNTS = st.lists(st.integers(-50, 200), min_size=1, max_size=40)
SPEND = st.lists(st.integers(0, 200), min_size=1, max_size=40)


def customers(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns, index=[f"C{i}" for i in range(len(next(iter(columns.values()))))])


@contextmanager
def refused(code: str):
    """Expect a DataError with this code whose text can be made."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    assert len(str(error.value)) > 20


# ABC


def test_customer_crossing_the_cut_stays_in_a():
    # Total 100. 50, then 80 (the cut of 80 is crossed by the second customer: 50 + 35 = 85), then 85 + 10 = 95, then
    # the rest.
    tier = tiering.abc(pd.Series({"u": 50, "v": 35, "w": 10, "x": 5}))
    assert tier.to_dict() == {"u": "A", "v": "A", "w": "B", "x": "C"}


def test_a_cut_reached_exactly_is_filled():
    # 80 of 100 is the cut itself, 80 + 15 = 95 the second one.
    assert tiering.abc(pd.Series([80, 15, 5])).tolist() == ["A", "B", "C"]


def test_a_cut_reached_exactly_in_cents_is_filled():
    # In floats 0.7 + 0.1 is 0.7999999999999999, yet 0.80 of 1.00 is reached, and then 0.95.
    assert tiering.abc(pd.Series([0.7, 0.1, 0.08, 0.07, 0.05])).tolist() == ["A", "A", "B", "B", "C"]


def test_a_first_customer_above_the_cut_is_a():
    assert tiering.abc(pd.Series([990, 9, 1])).tolist() == ["A", "C", "C"]


def test_equal_values_get_an_equal_class():
    # Total 100; 40 + 20 + 20 reaches 80 with the third customer, and the fourth ties with it.
    assert tiering.abc(pd.Series([40, 20, 20, 20])).tolist() == ["A"] * 4


def test_all_equal_customers_are_all_a():
    assert set(tiering.abc(pd.Series([7.5] * 9))) == {"A"}


def test_nothing_and_less_is_c_and_counts_in_no_total():
    # The positive total is 100, whatever the returns.
    assert tiering.abc(pd.Series([80, 15, 5, 0, -300])).tolist() == ["A", "B", "C", "C", "C"]


def test_a_total_of_zero_makes_everybody_c():
    assert tiering.abc(pd.Series([0.0, 0.0])).tolist() == ["C", "C"]
    assert tiering.abc(pd.Series([-1.0, 0.0])).tolist() == ["C", "C"]


def test_a_single_customer_is_a_and_without_revenue_c():
    assert tiering.abc(pd.Series({"only": 12.0})).to_dict() == {"only": "A"}
    assert tiering.abc(pd.Series({"only": 0.0})).to_dict() == {"only": "C"}


def test_index_is_kept_and_the_order_of_rows_does_not_matter():
    value = pd.Series([3, 60, 5, 20, 12], index=[30, 10, 50, 20, 40], name="monetary")
    tier = tiering.abc(value)
    assert tier.index.equals(value.index)
    pd.testing.assert_series_equal(tiering.abc(value.iloc[::-1]).reindex(value.index), tier)


def test_other_cuts():
    value = pd.Series([50, 30, 10, 6, 4])
    assert tiering.abc(value, cuts=(0.5, 0.9)).tolist() == ["A", "B", "B", "C", "C"]
    assert tiering.abc(value, cuts=(1, 1)).tolist() == ["A"] * 5


@pytest.mark.parametrize("cuts", [(0.95, 0.80), (0, 0.5), (0.8, 1.2), (0.8,), 0.8, ("a", "b"), (float("nan"), 0.9)])
def test_cuts_out_of_order_are_refused(cuts):
    with refused("tiering_abc_cuts"):
        tiering.abc(pd.Series([1, 2]), cuts=cuts)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (pd.Series([1.0, np.nan]), "tiering_missing"),
        (pd.Series([1, None], dtype="Int64"), "tiering_missing"),
        (pd.Series([1.0, np.inf]), "tiering_infinite"),
        (pd.Series(["12", "¥30"]), "tiering_not_numbers"),
        (pd.Series([True, False]), "tiering_not_numbers"),
        (pd.Series([], dtype=float), "tiering_no_customers"),
        ([], "tiering_no_customers"),
        (pd.DataFrame({"monetary": [3, 2]}), "tiering_table_not_column"),
        (np.ones((2, 2)), "tiering_table_not_column"),
    ],
)
def test_values_that_are_not_there_are_refused_with_words(value, code):
    for method in (tiering.abc, tiering.gini, tiering.lorenz, tiering.score):
        with refused(code):
            method(value)


@pytest.mark.parametrize("value", [[30, 10, 10], (30, 10, 10), np.array([30, 10, 10]), {"u": 30, "v": 10, "w": 10}])
def test_plain_numbers_are_taken_as_customers_in_their_order(value):
    assert tiering.abc(value, (0.5, 0.9)).tolist() == ["A", "B", "B"]
    assert tiering.score(value, bins=2).tolist() == [2, 1, 1]
    assert tiering.gini(value) == pytest.approx(4 / 15)


def test_refusal_names_column_count_and_customer():
    with pytest.raises(DataError) as error:
        tiering.abc(pd.Series({"u": 1.0, "v": np.nan, "w": np.nan}, name="monetary"))
    assert str(error.value).startswith("monetary has no value for 2 of the customers, the first being v.")


def test_abc_report_of_a_hand_worked_case():
    # Positive total 200: A 100 + 60 (reaches 160 = 80 %), B 30 (190 = 95 %), C 10, and −20 and 0 below.
    report = tiering.abc_report(pd.Series([100, 60, 30, 10, 0, -20]))
    assert report.customers.tolist() == [2, 1, 3]
    assert report.customer_share.tolist() == pytest.approx([2 / 6, 1 / 6, 3 / 6])
    assert report.revenue.tolist() == [160, 30, 10]
    assert report.revenue_share.tolist() == pytest.approx([0.80, 0.15, 0.05])
    assert report.smallest.tolist() == [60, 30, -20]
    assert report.not_positive.tolist() == [0, 0, 2]
    # what the customers brought and what they took add up to the net total
    assert report.revenue.sum() + report.not_positive_money.sum() == 180


def test_abc_report_shows_empty_classes_blank():
    report = tiering.abc_report(pd.Series([5.0, 5.0]))
    assert report.customers.tolist() == [2, 0, 0]
    assert report.smallest.isna().tolist() == [False, True, True]
    nothing = tiering.abc_report(pd.Series([0.0, -4.0]))
    assert nothing.customers.tolist() == [0, 0, 2]
    assert nothing.revenue_share.tolist() == [0, 0, 0]


@settings(max_examples=80, deadline=None)
@given(AMOUNTS, st.tuples(st.integers(1, 100), st.integers(1, 100)))
def test_abc_against_walking_down_the_list(amounts, cuts):
    low, high = sorted(cuts)
    value = pd.Series(amounts, name="monetary")
    tier = tiering.abc(value, cuts=(low / 100, high / 100))
    # An independent walk in whole numbers: 100 × money taken so far against cut × total.
    total = sum(x for x in amounts if x > 0)
    expected, taken = {}, 0
    for x in sorted({x for x in amounts if x > 0}, reverse=True):
        expected[x] = "A" if 100 * taken < low * total else "B" if 100 * taken < high * total else "C"
        taken += x * amounts.count(x)
    assert tier.tolist() == [expected.get(x, "C") for x in amounts]
    report = tiering.abc_report(value, cuts=(low / 100, high / 100))
    assert report.customers.to_dict() == {c: int((tier == c).sum()) for c in "ABC"}
    assert report.customers.sum() == len(amounts)
    assert report.revenue_share.sum() == pytest.approx(1.0 if total else 0.0)
    for c in "ABC":
        if (tier == c).any():
            assert report.smallest[c] == value[tier == c].min()


# Lorenz and Gini


def test_gini_of_the_published_case():
    assert tiering.gini(pd.Series([1, 1, 2, 6])) == pytest.approx(0.4)  # reference figure


def test_gini_ends():
    assert tiering.gini(pd.Series([4, 4, 4])) == 0
    assert tiering.gini(pd.Series([0, 0, 0, 9])) == pytest.approx(3 / 4)  # one of four has everything: (n − 1)/n
    assert tiering.gini(pd.Series([5])) == 0
    assert tiering.gini(pd.Series([0, 0])) == 0


def test_negatives_are_left_out_and_counted():
    result = tiering.inequality(pd.Series([1, 1, 2, 6, -4, -0.5]))
    assert (result.gini, result.customers, result.left_out, result.left_out_money) == (pytest.approx(0.4), 4, 2, -4.5)
    assert tiering.lorenz(pd.Series([1, -2, 3])).attrs["left_out"] == 1
    with refused("tiering_all_negative"):
        tiering.gini(pd.Series([-1, -2]))


def test_lorenz_of_a_hand_worked_case():
    # 1, 3, 6 of 10 in all
    curve = tiering.lorenz(pd.Series([6, 1, 3]))
    assert curve.customer_share.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert curve.money_share.tolist() == pytest.approx([0, 0.1, 0.4, 1])


def test_lorenz_of_nothing_is_the_diagonal():
    curve = tiering.lorenz(pd.Series([0, 0]))
    assert curve.money_share.tolist() == curve.customer_share.tolist() == [0, 0.5, 1]


@settings(max_examples=60, deadline=None)
@given(SPEND, st.randoms())
def test_gini_is_half_the_relative_mean_difference_and_the_area_over_the_curve(amounts, random):
    value = pd.Series(amounts, dtype=float)
    found = tiering.gini(value)
    assert 0 <= found <= (len(amounts) - 1) / len(amounts)
    shuffled = amounts.copy()
    random.shuffle(shuffled)
    assert tiering.gini(pd.Series(shuffled)) == found
    if sum(amounts):
        differences = np.abs(np.subtract.outer(amounts, amounts)).mean()
        assert found == pytest.approx(differences / (2 * np.mean(amounts)))
    curve = tiering.lorenz(value)
    assert found == pytest.approx(1 - 2 * np.trapezoid(curve.money_share, curve.customer_share), abs=1e-9)
    assert (np.diff(curve.money_share, n=2) >= -1e-12).all()


# Tiers of a capped size


def test_top_count_and_top_share():
    value = pd.Series([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], index=list("abcdefghij"))
    by_count = tiering.top_tiers(value, {"vip": 2, "important": 5})
    assert by_count.value_counts().to_dict() == {"vip": 2, "important": 3, "ordinary": 5}
    by_share = tiering.top_tiers(value, {"vip": 0.1, "important": 0.35})  # 0.35 of ten: three places
    assert by_share.value_counts().to_dict() == {"vip": 1, "important": 2, "ordinary": 7}


def test_a_cap_is_never_overfilled_by_a_tie():
    value = pd.Series([9, 7, 7, 7, 1])
    assert tiering.top_tiers(value, {"vip": 2, "important": 4}).tolist() == ["vip"] + ["important"] * 3 + ["ordinary"]
    report = tiering.top_report(value, {"vip": 2, "important": 4})
    assert report.places.tolist() == [2, 4]
    assert report.customers.tolist() == [1, 4]
    assert report.tied.tolist() == [3, 0]


def test_all_equal_customers_find_no_place_under_a_cap():
    value = pd.Series([5, 5, 5])
    assert set(tiering.top_tiers(value, {"vip": 2})) == {"ordinary"}
    assert tiering.top_report(value, {"vip": 2}).tied["vip"] == 3


def test_a_cap_above_the_number_of_customers_takes_all():
    assert tiering.top_tiers(pd.Series([3, 1]), {"vip": 50}).tolist() == ["vip", "vip"]
    assert tiering.top_report(pd.Series([3, 1]), {"vip": 50}).customers["vip"] == 2


@pytest.mark.parametrize(
    ("tops", "code"),
    [
        ({"vip": 0}, "tiering_top"),
        ({"vip": 1.5}, "tiering_top"),
        ({"vip": True}, "tiering_top"),
        ({"a": 5, "b": 2}, "tiering_top_order"),
    ],
)
def test_caps_that_make_no_sense_are_refused(tops, code):
    with refused(code):
        tiering.top_tiers(pd.Series([1, 2, 3, 4, 5, 6]), tops)


@settings(max_examples=60, deadline=None)
@given(SPEND, st.integers(1, 10), st.integers(0, 10))
def test_top_tiers_against_pandas_rank(amounts, vip, more):
    value = pd.Series(amounts)
    rank = value.rank(ascending=False, method="max")
    expected = np.where(rank <= vip, "vip", np.where(rank <= vip + more, "important", "ordinary"))
    found = tiering.top_tiers(value, {"vip": vip, "important": vip + more})
    assert found.tolist() == expected.tolist()
    report = tiering.top_report(value, {"vip": vip, "important": vip + more})
    assert report.customers["important"] == (found != "ordinary").sum()


# Scores


def test_quantile_cuts_are_type_7_and_closed_on_the_right():
    # 11 values 0…10 and five bins: the cuts are 2, 4, 6, 8, and a customer on a cut belongs below it.
    value = pd.Series(range(11))
    assert tiering.cut_points(value).tolist() == [2, 4, 6, 8]
    assert tiering.score(value).tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_sixty_percent_who_bought_once_share_one_score_and_the_empty_bins_are_said():
    # Six of ten bought once: quantiles .2, .4, .6 of type 7 lie at places 1.8, 3.6, 5.4: 1, 1, 1.4 (between 1 and 2),
    # then 7.2: 4.
    value = pd.Series([1, 1, 1, 1, 1, 1, 2, 4, 5, 9])
    assert tiering.cut_points(value).tolist() == pytest.approx([1, 1, 1.4, 4.2])
    assert tiering.score(value).tolist() == [1] * 6 + [4, 4, 5, 5]
    report = tiering.score_report(value)
    assert report.customers.to_dict() == {1: 6, 2: 0, 3: 0, 4: 2, 5: 2}
    assert report.customer_share.sum() == pytest.approx(1)


def test_fewer_days_are_better_where_lower_is_better():
    value = pd.Series([0, 10, 20, 30, 400])
    assert tiering.score(value, higher_is_better=False).tolist() == [5, 4, 3, 2, 1]
    report = tiering.score_report(value, bins=2, method="fixed", higher_is_better=False, cuts=[30])
    assert report.customers.to_dict() == {1: 1, 2: 4}
    assert report.up_to[2] == 30 and report.above[1] == 30


def test_fixed_cuts_belong_to_the_lower_bin():
    assert tiering.score(pd.Series([99, 100, 101, 501]), method="fixed", cuts=[100, 500]).tolist() == [1, 1, 2, 3]


def test_range_has_steps_of_equal_width():
    value = pd.Series([0, 20, 21, 55, 100])
    assert tiering.cut_points(value, method="range").tolist() == [20, 40, 60, 80]
    assert tiering.score(value, method="range").tolist() == [1, 1, 2, 3, 5]


def test_a_customer_on_the_end_of_an_equal_step_is_in_it_whatever_binary_makes_of_the_cents():
    # three steps of 1.1 each: 1.1 ends the first, 2.2 the second
    value = pd.Series([0.0, 1.1, 2.2, 3.3])
    assert tiering.cut_points(value, 3, "range").tolist() == [1.1, 2.2]
    assert tiering.score(value, 3, "range").tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize("method", ["quantile", "range", "natural"])
def test_all_equal_customers_get_one_score(method):
    value = pd.Series([3.0] * 6)
    assert set(tiering.score(value, method=method)) == {1}
    assert tiering.score_report(value, method=method).customers.tolist() == [6, 0, 0, 0, 0]
    assert set(tiering.score(value, method=method, higher_is_better=False)) == {5}
    assert tiering.score(value.iloc[:1], method=method).tolist() == [1]


def test_natural_breaks_find_the_gaps():
    value = pd.Series([1, 2, 3, 40, 41, 43, 200, 210])
    assert tiering.cut_points(value, bins=3, method="natural").tolist() == [3, 43]


def test_natural_breaks_leave_the_top_scores_empty_where_values_are_few():
    assert tiering.score(pd.Series([1, 1, 2, 9]), method="natural").tolist() == [1, 1, 2, 3]


def _squares_within(value, ends):
    group = np.searchsorted(ends, value)
    return sum(((value[group == g] - value[group == g].mean()) ** 2).sum() for g in np.unique(group))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=14), st.integers(2, 4))
def test_natural_breaks_have_the_least_squares_of_all_groupings(amounts, bins):
    value = np.array(amounts, dtype=float)
    distinct = np.unique(value)
    found = tiering.cut_points(pd.Series(value), bins=bins, method="natural")
    groupings = itertools.combinations(distinct[:-1], min(bins, len(distinct)) - 1)
    least = min(_squares_within(value, np.array(ends)) for ends in groupings)
    assert _squares_within(value, found) == pytest.approx(least, abs=1e-6)


def test_natural_breaks_of_very_many_values_are_as_near_as_their_steps():
    # Three well separated groups of 8,000 values each: the only grouping with least squares has its ends there.
    value = np.concatenate([np.linspace(low, low + 1, 8000) for low in (0, 10, 50)])
    assert tiering.cut_points(pd.Series(value), bins=3, method="natural").tolist() == [1, 11]


@settings(max_examples=60, deadline=None)
@given(SPEND, st.integers(2, 7), st.randoms())
def test_quantile_scores_agree_with_numpy_and_keep_ties_together(amounts, bins, random):
    value = pd.Series(amounts, dtype=float)
    found = tiering.score(value, bins)
    cuts = tiering.cut_points(value, bins)
    np.testing.assert_allclose(cuts, np.quantile(amounts, np.arange(1, bins) / bins))
    assert found.tolist() == (1 + np.searchsorted(cuts, amounts, side="left")).tolist()
    assert found.groupby(value).nunique().max() == 1
    order = list(range(len(amounts)))
    random.shuffle(order)
    pd.testing.assert_series_equal(tiering.score(value.iloc[order], bins).sort_index(), found)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"bins": 1}, "tiering_bins"),
        ({"bins": 2.5}, "tiering_bins"),
        ({"bins": 21}, "tiering_bins"),
        ({"method": "quantiles"}, "tiering_method"),
        ({"method": "fixed"}, "tiering_cuts_needed"),
        ({"cuts": [1, 2]}, "tiering_cuts_unused"),
        ({"method": "fixed", "cuts": [2, 2]}, "tiering_cuts"),
        ({"method": "fixed", "cuts": [1, float("nan")]}, "tiering_cuts"),
        ({"method": "fixed", "cuts": []}, "tiering_cuts"),
        ({"method": "fixed", "cuts": ["low"]}, "tiering_cuts"),
        ({"method": "fixed", "cuts": 2}, "tiering_cuts"),
    ],
)
def test_settings_that_make_no_sense_are_refused(arguments, code):
    with refused(code):
        tiering.score(pd.Series([1, 2, 3]), **arguments)


def test_an_unknown_method_is_answered_with_the_nearest():
    with pytest.raises(DataError, match="Did you mean quantile"):
        tiering.score(pd.Series([1, 2]), method="quantiles")


# RFM


def test_segments_are_the_ten_of_the_reference_and_cover_each_cell_once():
    sizes = {name: (r1 - r0 + 1) * (f1 - f0 + 1) for name, ((r0, r1), (f0, f1)) in tiering.SEGMENTS.items()}
    assert sizes == {
        "hibernating": 4,
        "at_risk": 4,
        "cant_lose": 2,
        "about_to_sleep": 2,
        "need_attention": 1,
        "loyal": 4,
        "promising": 1,
        "new": 1,
        "potential_loyalist": 4,
        "champions": 2,
    }
    for r, f in itertools.product(range(1, 6), repeat=2):
        holders = [n for n, ((r0, r1), (f0, f1)) in tiering.SEGMENTS.items() if r0 <= r <= r1 and f0 <= f <= f1]
        assert len(holders) == 1, (r, f, holders)


def test_rfm_scores_and_segments_of_one_customer_in_each_cell():
    # Recency 10…50 and frequency 1…5 in all 25 pairs: quantile scores are then 5…1 and 1…5.
    pairs = list(itertools.product([10, 20, 30, 40, 50], [1, 2, 3, 4, 5]))
    table = customers(
        recency=[r for r, _ in pairs], frequency=[f for _, f in pairs], monetary=[f * 10 for _, f in pairs]
    )
    scored = tiering.rfm(table)
    assert scored.r.tolist() == [6 - r // 10 for r, _ in pairs]
    assert scored.f.tolist() == scored.m.tolist() == [f for _, f in pairs]
    segment = scored.set_index(["r", "f"]).segment
    assert segment[(5, 5)] == segment[(5, 4)] == "champions"
    assert segment[(1, 5)] == "cant_lose"
    assert segment[(5, 1)] == "new"
    assert segment[(4, 1)] == "promising"
    assert segment[(3, 3)] == "need_attention"
    assert segment[(4, 3)] == segment[(5, 2)] == "potential_loyalist"
    assert segment[(3, 2)] == "about_to_sleep"
    assert segment[(2, 4)] == "at_risk"
    assert segment[(2, 2)] == "hibernating"
    assert segment[(4, 4)] == "loyal"
    assert (tiering.score_cells(scored) == 1).all(axis=None)


def test_other_numbers_of_bins_show_the_cell():
    table = customers(recency=[1, 50, 100], frequency=[9, 3, 1], monetary=[5, 5, 5])
    assert tiering.rfm(table, bins=3).segment.tolist() == ["3-3", "2-2", "1-1"]


def test_rfm_with_fixed_cuts():
    table = customers(recency=[10, 200], frequency=[1, 8], monetary=[50, 900])
    cuts = {"recency": [30, 90], "frequency": [1, 4], "monetary": [100, 500]}
    assert tiering.rfm(table, 3, "fixed", cuts).values.tolist() == [[3, 1, 1, "3-1"], [1, 3, 3, "1-3"]]
    with refused("tiering_cuts_count"):
        tiering.rfm(table, 5, "fixed", cuts)
    with refused("tiering_cuts_needed"):
        tiering.rfm(table, 3, "fixed")


def test_a_customer_who_only_returned_scores_as_the_longest_silent():
    table = customers(recency=[5, 60, 300, np.nan], frequency=[4, 2, 1, 0], monetary=[400, 50, 20, -30])
    scored = tiering.rfm(table)
    assert scored.r.tolist()[3] == scored.r.tolist()[2] == scored.r.min()
    table.loc["C3", "frequency"] = 1
    with refused("tiering_missing"):
        tiering.rfm(table)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match=r"There is no column monetary\. There are: recency, frequency"):
        tiering.rfm(customers(recency=[1], frequency=[1]))
    with pytest.raises(DataError, match="A Series was given where a table of customers"):
        tiering.rfm(customers(recency=[1])["recency"])


def test_segment_report_adds_up():
    table = customers(monetary=[60.0, 30.0, 10.0])
    report = tiering.segment_report(table, pd.Series(["new", "loyal", "new"], index=table.index, name="segment"))
    assert report.index.tolist() == ["new", "loyal"]
    assert report.customers.tolist() == [2, 1]
    assert report.revenue_share.tolist() == pytest.approx([0.7, 0.3])
    assert report.mean_revenue.tolist() == [35, 30]


def test_segment_report_pairs_customers_by_name_not_by_row():
    table = pd.DataFrame({"monetary": [60.0, 30.0]}, index=["u", "v"])
    assert tiering.segment_report(table, pd.Series({"v": "new", "u": "loyal"})).revenue.to_dict() == {
        "loyal": 60.0,
        "new": 30.0,
    }
    with refused("tiering_no_tier"):
        tiering.segment_report(table, pd.Series({"u": "loyal"}))


# Criteria and weights


def test_scalings_by_hand():
    table = customers(recency=[0, 10, 40], monetary=[1, 1, 4])
    minmax = tiering.scaled(table, ["recency", "monetary"], ["recency"])
    assert minmax.recency.tolist() == [1, 0.75, 0] and minmax.monetary.tolist() == [0, 0, 1]
    # percentile: worse customers + half of the equal ones (oneself included) over three
    percentile = tiering.scaled(table, ["monetary"], scaling="percentile")
    assert percentile.monetary.tolist() == pytest.approx([1 / 3, 1 / 3, 5 / 6])
    # z: mean 2, variance (1 + 1 + 4)/3 = 2
    z = tiering.scaled(table, ["monetary"], scaling="z")
    assert z.monetary.tolist() == pytest.approx([-1 / 2**0.5, -1 / 2**0.5, 2 / 2**0.5])


@pytest.mark.parametrize(("scaling", "middle"), [("minmax", 0.5), ("z", 0), ("percentile", 0.5)])
def test_a_criterion_on_which_all_are_equal_moves_nobody(scaling, middle):
    assert tiering.scaled(customers(monetary=[3, 3]), ["monetary"], scaling=scaling).monetary.tolist() == [middle] * 2


def test_weights_are_divided_by_their_sum():
    table = customers(monetary=[0, 10], frequency=[5, 1])
    score = tiering.weighted_score(table, {"monetary": 6, "frequency": 2})
    assert score.tolist() == [0.25, 0.75]
    assert tiering.weighted_score(table, pd.Series({"monetary": 0.75, "frequency": 0.25})).tolist() == [0.25, 0.75]


def test_equal_scores_from_different_criteria_are_equal_whatever_the_order_of_adding_up():
    # 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1, each over three; the third customer sets the scale
    table = customers(a=[1, 3, 10, 0], b=[2, 2, 10, 0], c=[3, 1, 10, 0])
    score = tiering.weighted_score(table, {"a": 1, "b": 1, "c": 1})
    assert score.iloc[0] == score.iloc[1]
    assert tiering.top_tiers(score, {"vip": 2}).tolist() == ["ordinary", "ordinary", "vip", "ordinary"]


@pytest.mark.parametrize(
    "weights", [{}, {"monetary": "much"}, {"monetary": 0}, {"monetary": -1, "frequency": 2}, {"monetary": np.nan}]
)
def test_weights_that_make_no_sense_are_refused(weights):
    with refused("tiering_weights"):
        tiering.weighted_score(customers(monetary=[1, 2], frequency=[1, 2]), weights)
    with refused("tiering_weights"):
        tiering.weight_shares(weights)


def test_a_direction_for_a_column_that_weighs_nothing_changes_nothing():
    table = customers(monetary=[1, 2], recency=[3, 9])
    pd.testing.assert_series_equal(
        tiering.weighted_score(table, {"monetary": 1}, lower_is_better=["recency"]),
        tiering.weighted_score(table, {"monetary": 1}),
    )


def test_a_direction_for_an_unknown_criterion_and_an_unknown_scaling_are_refused():
    table = customers(monetary=[1, 2])
    with refused("tiering_column"):
        tiering.weighted_score(table, {"monetary": 1}, lower_is_better=["recensy"])
    with refused("tiering_scaling"):
        tiering.scaled(table, ["monetary"], scaling="min-max")


def test_entropy_weights_against_scipy():
    from scipy.stats import entropy

    table = pd.DataFrame(
        {"monetary": [1.0, 2, 4, 9], "frequency": [1.0, 1, 2, 2], "equal": [3.0] * 4, "few": [0.0, 0, 0, 5]}
    )
    information = 1 - np.array([entropy(table[column], base=4) for column in table])
    information[2] = 0
    found = tiering.entropy_weights(table)
    np.testing.assert_allclose(found, information / information.sum(), atol=1e-12)
    assert found.sum() == pytest.approx(1) and found["equal"] == 0 and found.idxmax() == "few"


def test_entropy_weights_refuse_what_they_cannot_weigh():
    with refused("tiering_entropy_equal"):
        tiering.entropy_weights(pd.DataFrame({"a": [2, 2], "b": [0, 0]}))
    with refused("tiering_entropy_equal"):
        tiering.entropy_weights(pd.DataFrame({"a": [2]}))
    with refused("tiering_entropy_negative"):
        tiering.entropy_weights(pd.DataFrame({"a": [2, -1]}))


def test_ahp_of_a_published_matrix():
    # 3 × 3 with 3, 5, 3 above the diagonal, a standard example: weights .637 .258 .105, λ 3.0385, ratio .033.
    result = tiering.ahp(pd.DataFrame([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], columns=["m", "f", "r"]))
    assert result.weights.to_dict() == pytest.approx({"m": 0.6370, "f": 0.2583, "r": 0.1047}, abs=1e-4)
    assert result.largest_eigenvalue == pytest.approx(3.0385, abs=1e-4)
    assert result.consistency_index == pytest.approx(0.01926, abs=1e-5)
    assert result.consistency_ratio == pytest.approx(0.01926 / 0.58, abs=1e-4)
    assert result.consistent


def test_ahp_of_comparisons_without_contradiction_gives_the_weights_back():
    weights = np.array([0.5, 0.3, 0.15, 0.05])
    result = tiering.ahp(np.divide.outer(weights, weights))
    np.testing.assert_allclose(result.weights, weights)
    assert result.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_ahp_of_one_and_two_criteria_cannot_contradict_itself():
    assert tiering.ahp([[1]]).weights.tolist() == [1]
    two = tiering.ahp([[1, 4], [0.25, 1]])
    assert two.weights.tolist() == pytest.approx([0.8, 0.2]) and two.consistency_ratio == 0


def test_ahp_of_contradicting_comparisons_says_so():
    # a over b, b over c, yet c over a
    assert not tiering.ahp([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]).consistent


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        ([[1, 3], [3, 1]], "tiering_ahp_reciprocal"),
        ([[2, 3], [1 / 3, 1]], "tiering_ahp_reciprocal"),
        ([[1, -3], [-1 / 3, 1]], "tiering_ahp_positive"),
        ([[1, np.nan], [1, 1]], "tiering_ahp_positive"),
        ([[1, 2, 3], [1, 2, 3]], "tiering_ahp_square"),
        (np.ones((11, 11)), "tiering_ahp_many"),
    ],
)
def test_ahp_refuses_a_matrix_that_is_no_comparison(matrix, code):
    with refused(code):
        tiering.ahp(matrix)


def test_ahp_takes_reciprocals_rounded_to_two_digits():
    assert tiering.ahp([[1, 3], [0.33, 1]]).weights.sum() == pytest.approx(1)


def test_value_grid_by_hand():
    # Frequency thirds of 1…9 end at 3.67 and 6.33.
    table = customers(frequency=list(range(1, 10)), mean_order=[10, 20, 90, 10, 50, 90, 10, 50, 90])
    grid = tiering.value_grid(table, method="fixed", cuts={"frequency": [3, 6], "mean_order": [30, 60]})
    assert grid.frequency_level.tolist() == ["low"] * 3 + ["mid"] * 3 + ["high"] * 3
    assert grid.amount_level.tolist() == ["low", "low", "high", "low", "mid", "high", "low", "mid", "high"]
    # sums 2 2 4, 3 4 5, 4 5 6
    assert grid.value_level.tolist() == ["low", "low", "mid", "low", "mid", "high", "mid", "high", "high"]
    assert tiering.value_grid(table).frequency_level.tolist() == grid.frequency_level.tolist()


def test_value_grid_counts_who_never_bought_as_low():
    table = customers(frequency=[0, 2, 5], mean_order=[np.nan, 20, 60])
    assert tiering.value_grid(table).value_level["C0"] == "low"


# Agreement of two tierings


def test_kappa_of_a_hand_worked_table():
    # 20 of 50 both A, 15 both B, 5 A/B, 10 B/A: observed 0.7, expected (25·30 + 25·20)/50² = 0.5, kappa 0.4.
    first = pd.Series(list("A" * 25 + "B" * 25))
    second = pd.Series(list("A" * 20 + "B" * 5 + "A" * 10 + "B" * 15))
    result = tiering.agreement(first, second)
    assert result.kappa == pytest.approx(0.4)
    assert result.same.value == 0.7 and result.same.n == 50
    assert len(result.moved) == 15
    assert result.counts.loc["B", "A"] == 10


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD")), min_size=2, max_size=40))
def test_agreement_against_scipy_and_sklearn(pairs):
    from scipy import stats
    from sklearn.metrics import cohen_kappa_score

    first, second = (pd.Series([pair[side] for pair in pairs]) for side in (0, 1))
    result = tiering.agreement(first, second)
    if first.nunique() > 1 and second.nunique() > 1:
        codes = [side.map("ABCD".index).to_numpy() for side in (first, second)]
        assert result.spearman == pytest.approx(stats.spearmanr(*codes).statistic)
        assert result.kendall == pytest.approx(stats.kendalltau(*codes).statistic)
        assert result.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert result.moved.index.tolist() == first.index[first != second].tolist()


def test_agreement_pairs_customers_by_name_not_by_row():
    first = pd.Series({"u": "A", "v": "B"})
    assert tiering.agreement(first, pd.Series({"v": "B", "u": "A"})).kappa == 1


def test_agreement_is_undefined_where_everybody_is_in_one_tier():
    same = pd.Series(["A", "A"])
    result = tiering.agreement(same, same)
    assert result.same.value == 1 and np.isnan(result.kappa) and np.isnan(result.spearman)


def test_agreement_refuses_other_customers_and_unknown_tiers():
    first = pd.Series({"u": "A", "v": "B"})
    with refused("tiering_other_customers"):
        tiering.agreement(first, pd.Series({"u": "A", "w": "B"}))
    with refused("tiering_order"):
        tiering.agreement(first, first, order=["A"])
    with refused("tiering_customer_twice"):
        tiering.agreement(first, pd.Series(["A", "B"], index=["u", "u"]))
    with refused("tiering_no_tier"):
        tiering.agreement(first, pd.Series({"u": "A", "v": None}))


def test_rank_correlation_against_scipy():
    from scipy import stats

    first = pd.Series([3.0, 1, 4, 1, 5], index=list("abcde"))
    second = pd.Series([2.0, 7, 1, 8, 2], index=list("abcde"))
    found = tiering.rank_correlation(first, second.iloc[::-1])
    assert found["spearman"] == pytest.approx(stats.spearmanr(first, second).statistic)
    assert found["kendall"] == pytest.approx(stats.kendalltau(first, second).statistic)
    assert np.isnan(tiering.rank_correlation(first, second * 0)["kendall"])


# Migration


def test_migration_of_a_hand_worked_case():
    before = pd.Series({"a": "A", "b": "A", "c": "A", "d": "A", "e": "B", "gone": "B"})
    after = pd.Series({"a": "A", "b": "A", "c": "B", "d": "C", "e": "A", "fresh": "C"})
    moved = tiering.migration(before, after)
    assert moved.counts.index.tolist() == ["A", "B", "C", "absent"]
    assert moved.matrix.columns.tolist() == ["A", "B", "C"]
    assert moved.matrix.loc["A"].tolist() == [0.5, 0.25, 0.25]
    assert moved.matrix.loc["B"].tolist() == [1, 0, 0]  # the one who is gone left no move
    assert moved.matrix.loc["C"].isna().all()  # nobody was in C
    assert moved.newcomers.to_dict() == {"A": 0, "B": 0, "C": 1}
    assert moved.leavers.to_dict() == {"A": 0, "B": 1, "C": 0}
    # of the five there at both dates: e up, c and d down, a and b stay
    assert (moved.upgraded.value, moved.downgraded.value, moved.stayed.value) == (0.2, 0.4, 0.4)
    assert moved.stayed.n == 5
    assert (moved.lost.value, moved.gained.value) == (pytest.approx(1 / 6), pytest.approx(1 / 6))


def test_migration_intervals_are_wilson():
    # 8 of 10: 0.4902 to 0.9433 (Wilson 1927)
    before = pd.Series(["A"] * 10)
    after = pd.Series(["A"] * 8 + ["B"] * 2)
    moved = tiering.migration(before, after)
    assert moved.low.loc["A", "A"] == pytest.approx(0.4902, abs=1e-4)
    assert moved.high.loc["A", "A"] == pytest.approx(0.9433, abs=1e-4)
    assert moved.low.loc["B"].isna().all()


def test_migration_takes_the_order_of_a_categorical_and_shows_empty_tiers():
    before = pd.Series(pd.Categorical(["new", "loyal"], categories=["loyal", "sleepy", "new"]))
    after = pd.Series(pd.Categorical(["loyal", "loyal"], categories=["loyal", "sleepy", "new"]))
    moved = tiering.migration(before, after)
    assert moved.counts.index.tolist() == ["loyal", "sleepy", "new"]
    assert moved.upgraded.value == 0.5
    assert tiering.migration(before.astype(str), after.astype(str), ["new", "loyal"]).downgraded.value == 0.5


def test_migration_with_nobody_at_both_dates_has_no_shares():
    moved = tiering.migration(pd.Series({"u": "A"}), pd.Series({"v": "A"}))
    assert moved.stayed.n == 0 and np.isnan(moved.stayed.value)
    assert moved.lost.value == 1


def test_migration_takes_lists_and_codes_of_any_kind():
    assert tiering.migration(["A", "B"], ["A", "A"]).upgraded.value == 0.5
    assert tiering.migration({"u": 1, "v": "A"}, {"u": "A", "v": 2}).counts.loc[1, "A"] == 1
    with refused("tiering_order"):
        tiering.migration({"u": 1}, {"u": 2}, order=[1])


def test_migration_refuses_what_has_no_answer():
    once = pd.Series({"u": "A"})
    with refused("tiering_customer_twice"):
        tiering.migration(pd.Series(["A", "B"], index=["u", "u"]), once)
    with refused("tiering_no_tier"):
        tiering.migration(pd.Series({"u": None}), once)
    with refused("tiering_order"):
        tiering.migration(once, once, order=["B"])
    with refused("tiering_no_customers"):
        tiering.migration(once.iloc[:0], once.iloc[:0])


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from("ABC")),
    st.dictionaries(st.integers(0, 30), st.sampled_from("ABC"), min_size=1),
)
def test_migration_rows_add_to_one_and_everybody_is_counted(before, after):
    moved = tiering.migration(pd.Series(before, dtype="str"), pd.Series(after, dtype="str"))
    sums = moved.matrix.sum(axis=1, min_count=1)
    there = moved.counts.drop(index="absent", columns="absent", errors="ignore").sum(axis=1)
    assert ((sums - 1).abs() < 1e-12)[there > 0].all()
    assert sums[there == 0].isna().all()
    assert moved.newcomers.sum() == len(set(after) - set(before))
    assert moved.leavers.sum() == len(set(before) - set(after))
    assert there.sum() == moved.stayed.n == len(set(before) & set(after))
    assert moved.counts.to_numpy().sum() == len(set(before) | set(after))
    for (first, second), count in moved.counts.stack().items():
        assert count == sum(
            before.get(u, "absent") == first and after.get(u, "absent") == second for u in {*before, *after}
        )
    filled = moved.matrix.notna().to_numpy()
    low, share, high = (frame.to_numpy()[filled] for frame in (moved.low, moved.matrix, moved.high))
    assert (low <= share + 1e-12).all() and (share <= high + 1e-12).all()
    if moved.stayed.n:
        assert moved.upgraded.value + moved.downgraded.value + moved.stayed.value == pytest.approx(1)


def test_steady_state_of_a_known_chain():
    # A keeps 9 of 10, B gives 1 of 2 to A: π_A · 0.1 = π_B · 0.5, so A 5/6 and B 1/6.
    before = pd.Series(["A"] * 10 + ["B"] * 2)
    after = pd.Series(["A"] * 9 + ["B"] + ["A", "B"])
    settled = tiering.steady_state(tiering.migration(before, after), schemes.read("members"))
    assert settled.to_dict() == pytest.approx({"A": 5 / 6, "B": 1 / 6})


def test_steady_state_refuses_tiers_without_a_way_between_them_and_tiers_without_a_past():
    apart = pd.Series(["A", "B"])
    with refused("tiering_steady_parts"):
        tiering.steady_state(tiering.migration(apart, apart), schemes.read("members"))
    with refused("tiering_steady_unknown"):
        steps = tiering.migration(pd.Series(["A", "A"]), pd.Series(["A", "B"]))
        tiering.steady_state(steps, schemes.read("members"))


@pytest.mark.parametrize("capped", ["value", "abc", "rfm"])
def test_no_steady_state_under_a_cap_by_rank(capped):
    moved = tiering.migration(pd.Series(["A", "B"]), pd.Series(["B", "A"]))
    with refused("tiering_steady_cap"):
        tiering.steady_state(moved, schemes.read(capped))
    assert tiering.steady_state(moved, schemes.read("shop")).tolist() == [0.5, 0.5]


# Policy and hours


def test_hours_needed_against_hours_available():
    # 10 · 2 + 20 · 0.5 + 100 · 0.05 = 35 hours
    result = tiering.capacity(pd.Series({"C": 100, "A": 10, "B": 20}), {"A": 2, "B": 0.5, "C": 0.05}, available=30)
    assert result.table.index.tolist() == ["A", "B", "C"]
    assert result.table.hours_needed.tolist() == [20, 10, 5]
    assert (result.needed, result.spare) == (35, -5)
    assert result.table.hours_share.sum() == pytest.approx(1)


def test_a_tier_without_customers_needs_no_hours_and_one_without_hours_is_refused():
    assert tiering.capacity(pd.Series({"A": 3}), {"A": 1, "B": 2}).table.customers.tolist() == [3, 0]
    with refused("tiering_no_policy"):
        tiering.capacity(pd.Series({"D": 3}), {"A": 1})
    with refused("tiering_hours"):
        tiering.capacity(pd.Series({"A": 3}), {"A": -1})


def test_policy_is_joined_to_each_customer():
    policies = pd.DataFrame({"owner": ["Lin", "team"], "hours_each": [2.0, 0.1]}, index=["A", "B"])
    joined = tiering.with_policy(pd.Series({"u": "B", "v": "A", "w": "B"}), policies)
    assert joined.tier.tolist() == ["B", "A", "B"]
    assert joined.owner.tolist() == ["team", "Lin", "team"]
    with refused("tiering_no_policy"):
        tiering.with_policy(pd.Series({"u": "Z"}), policies)


def test_movement_rates_are_a_row_each_and_add_up_to_one():
    before = pd.Series({"a": "A", "b": "A", "c": "B", "d": "C", "e": "C"})
    after = pd.Series({"a": "A", "b": "B", "c": "A", "d": "C", "f": "A"})
    table = tiering.movement_rates(tiering.migration(before, after))
    # at both dates: a and d stayed, b went down, c went up
    assert table["value"].to_dict() == {"upgraded": 0.25, "downgraded": 0.25, "stayed": 0.5}
    assert table["n"].tolist() == [4, 4, 4]


def test_coverage_counts_the_cells_that_are_wrong():
    found = tiering.Coverage(without=((1, 1), (1, 2)), twice={(5, 5): ("a", "b")})
    assert found.counts.to_dict() == {"cells_without_tier": 2, "cells_with_two_tiers": 1}


def test_natural_breaks_are_not_upset_by_one_value_far_out():
    # the groups 1 2 3 · 10 11 12 · the outlier, wherever it lies
    for far in (1e6, 1e12, 1e90):
        assert tiering.cut_points(pd.Series([1.0, 2, 3, 10, 11, 12, far]), 3, "natural").tolist() == [3, 12]
        assert tiering.cut_points(pd.Series([1.0, 2, 3, 10, 11, 12, -far]), 3, "natural").tolist() == [-far, 3]
    with pytest.raises(DataError) as error:
        tiering.cut_points(pd.Series([1.0, 2, 3, 1e300]), 3, "natural")
    assert error.value.code == "tiering_infinite"


def test_comparisons_may_be_written_as_fractions():
    written = tiering.ahp([["1", "3", "5"], ["1/3", "1", "3"], ["1/5", "1 / 3", "1"]])
    assert written.weights.tolist() == tiering.ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]).weights.tolist()
    for wrong in ("much", "1/0", None):
        with pytest.raises(DataError) as error:
            tiering.ahp([[1, wrong], [1, 1]])
        assert error.value.code == "tiering_ahp_positive"
