"""Effects with a comparison group: by hand, against other implementations, and against planted effects."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation, load
from crmbook.data import sample
from crmbook.data.faults import DataError
from crmbook.data.load import Book
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


@pytest.fixture(scope="module")
def retail() -> Book:
    return load(sample.folder("retail"))


@pytest.fixture(scope="module")
def months(retail) -> pd.DataFrame:
    return evaluation.programme_months(retail)


def long(before_after: dict[str, tuple[float, float]], group: dict[str, str]) -> pd.DataFrame:
    rows = [
        (unit, group[unit], period, outcome)
        for unit, pair in before_after.items()
        for period, outcome in zip(("before", "after"), pair, strict=True)
    ]
    return pd.DataFrame(rows, columns=["unit", "group", "period", "outcome"])


def effect(table: pd.DataFrame):
    return evaluation.did(table["outcome"], table["group"], table["period"], table["unit"])


FOUR = {"a": (10.0, 20.0), "b": (12.0, 24.0), "c": (10.0, 11.0), "d": (12.0, 15.0)}
SIDES = {"a": "treated", "b": "treated", "c": "control", "d": "control"}


# Difference in differences ----------------------------------------------------------------------------------------


def test_effect_by_hand():
    # gains 10 and 12 of the treated, 1 and 3 of the others: 11 − 2 = 9; each group's gains have variance 2, so the
    # standard error is √(2/2 + 2/2) = √2 with 2 degrees of freedom: 9 ± 4.3027 × 1.4142
    found = effect(long(FOUR, SIDES))
    assert (found.value, found.n) == (9.0, 4)
    assert (found.low, found.high) == pytest.approx((9 - 4.302653 * 2**0.5, 9 + 4.302653 * 2**0.5), abs=1e-5)


def test_interval_is_that_of_welch_on_the_gains():
    table = evaluation.simulate(customers=80, effect=20, seed=5)
    found = evaluation.did(table["net"], table["group"], table["period"], table["customer_id"])
    means = table.groupby(["customer_id", "group", "period"])["net"].mean().unstack()
    gains = (means["after"] - means["before"]).reset_index("group")
    test = stats.ttest_ind(
        gains.loc[gains["group"] == "treated", 0], gains.loc[gains["group"] == "control", 0], equal_var=False
    )
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.95)))


def test_unbalanced_observations_get_errors_clustered_by_customer():
    table = evaluation.simulate(customers=60, effect=20, seed=6).sample(frac=0.8, random_state=1)
    found = evaluation.did(table["net"], table["group"], table["period"], table["customer_id"])
    # a column for each customer; the sandwich, customer by customer
    treated, after = table["group"].eq("treated").to_numpy(float), table["period"].eq("after").to_numpy(float)
    own = pd.get_dummies(table["customer_id"]).to_numpy(float)
    design = np.column_stack([own, after, treated * after])
    slopes = np.linalg.lstsq(design, table["net"].to_numpy(), rcond=None)[0]
    scores = design * (table["net"].to_numpy() - design @ slopes)[:, None]
    bread, meat = np.linalg.pinv(design.T @ design), own.T @ scores
    clusters = table["customer_id"].nunique()
    few = clusters / (clusters - 1) * (len(table) - 1) / (len(table) - 2)
    error = np.sqrt(few * (bread @ meat.T @ meat @ bread)[-1, -1])
    assert found.value == pytest.approx(slopes[-1])
    assert found.high == pytest.approx(slopes[-1] + stats.t.ppf(0.975, clusters - 1) * error)
    assert found.n == clusters


def test_who_was_observed_when_is_no_change():
    # good customers are seen after the start only, and nobody changes: 10 for a and c, 100 for b and d
    rows = [("a", "treated", "before", 10), ("a", "treated", "after", 10), ("b", "treated", "after", 100)]
    rows += [("c", "control", "before", 10), ("c", "control", "after", 10), ("d", "control", "before", 100)]
    table = pd.DataFrame(rows, columns=["unit", "group", "period", "outcome"])
    found = evaluation.did(table["outcome"], table["group"], table["period"], table["unit"])
    assert found.value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("group", "period"),
    [
        ([True] * 4 + [False] * 4, [False, True] * 4),
        ([1] * 4 + [0] * 4, [0, 1] * 4),
        (["treated"] * 4 + ["holdout"] * 4, [2023, 2024] * 4),
        (["treated"] * 4 + ["control"] * 4, list(pd.to_datetime(["2023-06-30", "2024-06-30"] * 4))),
        (["实验组"] * 4 + ["对照组"] * 4, ["前", "后"] * 4),
        (["Treated "] * 4 + ["CONTROL"] * 4, ["Before", "AFTER"] * 4),
        (["1"] * 4 + ["0"] * 4, ["False", "True"] * 4),
        ([1.0] * 4 + [0.0] * 4, ["2023", "2024"] * 4),
        (pd.array([True] * 4 + [False] * 4, dtype="boolean"), ["2023-12", "2024-01"] * 4),
        (["treated"] * 4 + ["control"] * 4, ["2023Q4", "2024Q1"] * 4),
    ],
)
def test_labels_may_be_flags_years_or_dates(group, period):
    table = long(FOUR, SIDES)
    assert evaluation.did(table["outcome"], group, period, table["unit"]).value == 9.0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(-100, 100), st.floats(0.1, 10))
def test_a_season_for_all_changes_nothing_and_units_only_rescale(seed, season, unit):
    table = evaluation.simulate(customers=20, effect=10, months=2, seed=seed)
    columns = table["group"], table["period"], table["customer_id"]
    plain = evaluation.did(table["net"], *columns)
    moved = evaluation.did(table["net"] + season * (table["period"] == "after"), *columns)
    scaled = evaluation.did(table["net"] * unit, *columns)
    assert (moved.value, moved.low) == pytest.approx((plain.value, plain.low), abs=1e-7)
    assert scaled.high == pytest.approx(plain.high * unit, abs=1e-7)


def test_interval_covers_the_truth_as_often_as_it_says():
    # 95 % of 60 are 57; fewer than 52 would be a chance of about one in two hundred (the benchmark draws 400)
    for planted in (0.0, 15.0):
        covered = 0
        for seed in range(60):
            table = evaluation.simulate(customers=200, effect=planted, months=3, seed=seed)
            found = evaluation.did(table["net"], table["group"], table["period"], table["customer_id"])
            covered += found.low <= planted <= found.high
        assert covered >= 52


def test_simulated_programme_adds_what_it_says():
    table = evaluation.simulate(customers=40_000, effect=15, months=1, seed=1)
    means = table.groupby(["group", "period"])["net"].mean()
    gain = (
        means["treated", "after"] - means["treated", "before"] - means["control", "after"] + means["control", "before"]
    )
    assert gain == pytest.approx(15, abs=3)  # standard error about 1


def test_planted_effect_of_the_sample_is_recovered(months):
    truth = pd.read_csv(sample.folder("retail") / "truth.csv")
    planted = float(truth.loc[truth["id"].eq("programme_spend") & truth["entity"].eq("effect"), "value"].iloc[0])
    found = evaluation.did(months["net"], months["group"], months["period"], months["customer_id"])
    assert found.low < planted < found.high
    assert found.low > 0


def test_before_and_after_alone_misses_the_effect(months):
    # the customers were chosen after a good half year and fall back: before/after alone shows too little
    treated = months[months["group"] == "treated"]
    alone = evaluation.before_after(treated["net"], treated["period"], treated["customer_id"])
    found = evaluation.did(months["net"], months["group"], months["period"], months["customer_id"])
    assert alone.value < found.value


def test_before_after_is_the_paired_t_interval():
    table = long(FOUR, SIDES)
    found = evaluation.before_after(table["outcome"], table["period"], table["unit"])
    gains = [10.0, 12, 1, 3]
    low, high = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high, found.n) == pytest.approx((6.5, low, high, 4))


# Permutations -----------------------------------------------------------------------------------------------------


def test_permutation_p_value_is_near_the_exact_one():
    gains = np.array([9.0, 8, 7, 2, 1, 0, 3])
    pairs = {f"u{number}": (0.0, gain) for number, gain in enumerate(gains)}
    group = {unit: "treated" if number < 3 else "control" for number, unit in enumerate(pairs)}
    table = long(pairs, group)
    found = evaluation.permutation_test(
        table["outcome"], table["group"], table["period"], table["unit"], draws=4000, seed=1
    )
    observed = gains[:3].mean() - gains[3:].mean()
    every = [
        gains[list(chosen)].mean() - np.delete(gains, chosen).mean() for chosen in itertools.combinations(range(7), 3)
    ]
    exact = np.mean(np.abs(every) >= abs(observed) - 1e-12)
    assert found.effect == pytest.approx(observed)
    assert found.p_value == pytest.approx(exact, abs=0.015)  # three standard errors


def test_permutation_counts_who_was_not_seen_twice():
    table = long(FOUR | {"e": (1.0, 2.0)}, SIDES | {"e": "control"}).iloc[:-1]
    found = evaluation.permutation_test(table["outcome"], table["group"], table["period"], table["unit"], draws=200)
    assert found.left_out == 1


# Month by month ---------------------------------------------------------------------------------------------------


def month_book(**changes) -> Book:
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4", "5"],
            "customer_id": ["t", "t", "k", "t", "other"],
            "order_date": pd.to_datetime(["2024-01-14", "2024-01-15", "2024-02-20", "2024-03-10", "2024-04-14"]),
            "amount": [10.0, 20, 30, -5, 1],
        }
    )
    start = pd.Timestamp("2024-02-15")
    programme = pd.DataFrame({"customer_id": ["t", "k"], "group": ["treated", "control"], "start_date": start})
    return Book(as_of=pd.Timestamp("2024-04-14"), **({"orders": orders, "programme": programme} | changes))


def test_months_count_from_each_customers_start():
    # months run from the 15th to the 14th; the first order of the data is of 14 January, so one whole month lies before
    # (15 January to 14 February), and two after (to 14 April)
    table = evaluation.programme_months(month_book())
    assert table["month"].unique().tolist() == [-1, 0, 1]
    net = table.set_index(["customer_id", "month"])["net"]
    assert net.to_dict() == {
        ("k", -1): 0.0, ("k", 0): 30.0, ("k", 1): 0.0, ("t", -1): 20.0, ("t", 0): -5.0, ("t", 1): 0.0
    }  # fmt: skip
    assert table.loc[table["month"] == 0, "orders"].tolist() == [1, 0]  # a return is no purchase
    assert "margin" not in table


def test_margin_is_there_where_lines_carry_a_cost(months):
    assert {"net", "orders", "margin"} <= set(months.columns)
    assert months.groupby("customer_id").size().nunique() == 1


def test_start_outside_the_data_leaves_one_period():
    for start in ("2024-01-14", "2024-05-01"):
        programme = month_book().programme.assign(start_date=pd.Timestamp(start))
        with pytest.raises(DataError) as error:
            evaluation.programme_months(month_book(programme=programme))
        assert error.value.code == "evaluation_one_period"


def test_customers_who_joined_too_late_are_counted_and_named(retail):
    late = retail.programme.copy()
    late.loc[late.index[[3, 7]], "start_date"] = pd.Timestamp("2024-12-15")
    first = late.loc[late.index[[3, 7]], "customer_id"].min()
    with pytest.raises(DataError, match=f"2 of the 480 customers of the programme, {first} the first"):
        evaluation.programme_months(Book(as_of=retail.as_of, orders=retail.orders, programme=late))


def test_programme_of_strangers_is_refused():
    programme = month_book().programme.assign(customer_id=["x", "y"])
    with pytest.raises(DataError, match="same customer ids"):
        evaluation.programme_months(month_book(programme=programme))


def test_trends_of_a_random_programme_run_in_parallel(months):
    found = evaluation.parallel_trends(months)
    assert found.verdict == "parallel"
    assert found.gap.low < 0 < found.gap.high
    assert found.table.index.tolist() == list(range(-12, 12))


def test_groups_that_differ_before_the_start_are_seen():
    # the treated grow by 10 a month anyway, which difference in differences takes for an effect
    table = evaluation.simulate(customers=400, effect=0, seed=3)
    growing = table.assign(net=table["net"] + 10 * table["month"] * (table["group"] == "treated"))
    assert evaluation.parallel_trends(growing).verdict == "apart"
    wrong = evaluation.did(growing["net"], growing["group"], growing["period"], growing["customer_id"])
    assert wrong.low > 0


def test_trend_slope_by_hand():
    # before the start: treated 0, 10, 20 and 2, 12, 22 (slope 10 each), others level (0): 10 a month apart
    values = {"a": [0, 10, 20, 0], "b": [2, 12, 22, 0], "c": [5, 5, 5, 0], "d": [7, 7, 7, 0]}
    rows = [(unit, SIDES[unit], month - 3, net) for unit, own in values.items() for month, net in enumerate(own)]
    found = evaluation.parallel_trends(pd.DataFrame(rows, columns=["customer_id", "group", "month", "net"]))
    assert found.slope.value == pytest.approx(10.0) and np.isnan(found.slope.low)  # without spread, no interval
    assert found.table.loc[-1, "difference"] == 15.0
    assert found.gap.value == pytest.approx(11 - 6)


def test_two_months_before_are_too_few_for_a_trend():
    found = evaluation.parallel_trends(evaluation.simulate(customers=40, months=2))
    assert found.verdict == "unknown"


# Like with like ---------------------------------------------------------------------------------------------------


def test_balance_in_standard_deviations():
    features = pd.DataFrame({"spend": [2.0, 4, 1, 3], "same": 5.0}, index=list("abcd"))
    table = evaluation.balance(features, pd.Series(SIDES))
    # means 3 and 2, both with variance 1 (divisor n): 1 standard deviation
    assert table.loc["spend", "difference"] == 1.0
    assert np.isnan(table.loc["same", "difference"]) and not table.loc["same", "apart"]


def test_groups_of_which_each_has_one_value_are_apart():
    # a difference that cannot be given in standard deviations is not a small one
    features = pd.DataFrame({"member": [1.0, 1, 0, 0]}, index=list("abcd"))
    table = evaluation.balance(features, pd.Series(["treated", "treated", "control", "control"], list("abcd")))
    assert np.isnan(table.loc["member", "difference"]) and table.loc["member", "apart"]


def test_customers_with_the_same_figures_all_find_a_partner():
    # 200 treated and 200 others on two values, 100 of each: everybody has a partner at no distance
    ids = [f"C{number:03}" for number in range(400)]
    size = pd.DataFrame({"size": np.tile([1.0, 2.0], 200)}, ids)
    group = pd.Series(np.repeat(["treated", "control"], 200), ids)
    found = evaluation.matched_comparison(pd.Series(np.arange(400.0), ids), group, size)
    assert (len(found.pairs), found.left_out, found.far) == (200, 0, 0)
    assert (found.pairs["distance"] == 0).all()
    assert found.pairs["control"].is_unique and found.pairs["treated"].is_unique


def test_counts_are_paired_as_far_as_there_are_partners():
    # Poisson counts: of each count as many pairs as the rarer side has, worked out by counting
    rng = np.random.default_rng(1)
    count = rng.poisson(3, 4000)
    treated = rng.random(4000) < 0.4
    found = evaluation.matched_comparison(
        pd.Series(rng.normal(size=4000)),
        pd.Series(np.where(treated, "treated", "control")),
        pd.DataFrame({"count": count}),
        caliper=0.01,
    )
    sides = pd.crosstab(count, treated)
    assert len(found.pairs) == sides.min(axis=1).sum()
    assert found.left_out == treated.sum() - len(found.pairs)
    assert found.far == sides.loc[sides[False] == 0, True].sum()


def test_each_choice_has_its_comparison():
    # planted: 20 a month. Mean of five draws, so that one draw's luck decides nothing
    found = pd.concat([evaluation.designs(1500, 20, seed) for seed in range(5)], keys=range(5)).reset_index("chosen")
    mean = found.groupby("chosen")[["by_did", "by_pairs"]].mean()
    assert (mean.loc["by_lot"] - 20).abs().max() < 4
    assert abs(mean.loc["better_customers", "by_did"] - 20) < 5 and mean.loc["better_customers", "by_pairs"] > 35
    assert abs(mean.loc["good_last_months", "by_pairs"] - 20) < 6 and mean.loc["good_last_months", "by_did"] < 0
    course = found.groupby("chosen")["course_before"].agg(lambda told: told.mode()[0])
    assert course.to_dict() == {"by_lot": "parallel", "better_customers": "parallel", "good_last_months": "apart"}


def test_matching_removes_what_was_different_before():
    # treated customers were the larger ones, and larger ones gain more whatever is done; the true effect is 5
    rng = np.random.default_rng(2)
    size = rng.normal(0, 1, 600)
    treated = rng.random(600) < 1 / (1 + np.exp(-1.5 * size))
    gain = pd.Series(10 * size + 5 * treated + rng.normal(0, 1, 600))
    group = pd.Series(np.where(treated, "treated", "control"))
    found = evaluation.matched_comparison(gain, group, pd.DataFrame({"size": size}), caliper=0.1)
    plain = gain[treated].mean() - gain[~treated].mean()
    assert plain > 12
    assert found.effect.low - 0.5 < 5 < found.effect.high + 0.5
    assert bool(found.before.loc["size", "apart"]) and not bool(found.after.loc["size", "apart"])
    assert found.pairs["control"].is_unique and found.pairs["treated"].is_unique
    assert found.left_out + found.effect.n == treated.sum()
    assert found.pairs["distance"].max() <= 0.1


def test_order_of_customers_does_not_change_the_pairs():
    rng = np.random.default_rng(4)
    ids = [f"C{number:03d}" for number in range(80)]
    features = pd.DataFrame({"size": rng.integers(0, 8, 80), "age": rng.integers(0, 5, 80)}, ids)
    group = pd.Series(np.where(rng.random(80) < 0.4, "treated", "control"), ids)
    gain = pd.Series(rng.normal(0, 1, 80), ids)
    mixed = features.sample(frac=1, random_state=1)
    first = evaluation.matched_comparison(gain, group, features)
    second = evaluation.matched_comparison(gain, group, mixed)
    pd.testing.assert_frame_equal(first.pairs, second.pairs)


def test_nobody_alike_is_said():
    features = pd.DataFrame({"size": [0.0, 0, 9, 9]}, index=list("abcd"))
    with pytest.raises(DataError, match="like customer"):
        evaluation.matched_comparison(pd.Series(1.0, list("abcd")), pd.Series(SIDES), features)


def test_regression_to_the_mean_by_hand():
    # before 10, 8, 2, 0 (mean 5), after 5, 7, 3, 5 (mean 5): covariance Σ(5·0, 3·2, −3·−2, −5·0)/3 = 4, variance
    # (25+9+9+25)/3 = 68/3, slope 12/68; A had 9 on average, so 5 + 4 × 12/68 is expected
    before, after = pd.Series([10.0, 8, 2, 0]), pd.Series([5.0, 7, 3, 5])
    table = evaluation.regression_to_mean(before, after, pd.Series(list("AABB")))
    assert table.loc["A", "expected"] == pytest.approx(5 + 4 * 12 / 68)
    assert table["beyond"].sum() == pytest.approx(0)


def test_best_customers_fall_back_by_themselves(retail):
    # two half years without a programme
    lines = retail.orders[retail.orders["order_date"] < "2023-07-01"]
    half = lines["order_date"] >= "2023-01-01"
    before = lines[~half & (lines["order_date"] >= "2022-07-01")].groupby("customer_id")["amount"].sum()
    after = lines[half].groupby("customer_id")["amount"].sum()
    top = pd.Series(np.where(before > before.quantile(0.8), "top", "rest"), before.index)
    table = evaluation.regression_to_mean(before, after, top)
    assert table.loc["top", "change"] < 0 < table.loc["none", "change"]
    assert abs(table.loc["top", "beyond"]) < abs(table.loc["top", "change"]) / 2


# Power ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "customers"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_sample_sizes_of_cohens_table(size, customers):
    # Cohen, J. (1988), Statistical Power Analysis, two-sided 5 %, power 80 %: 393 (rounded down there), 64, 26
    assert evaluation.sample_size(size, spread=1) == customers
    assert (
        evaluation.power(size, 1, customers, customers) >= 0.8 > evaluation.power(size, 1, customers - 1, customers - 1)
    )


def test_power_without_an_effect_is_the_level():
    assert evaluation.power(0, 1, 20, 30) == pytest.approx(0.05)


def test_smallest_effect_turns_sample_size_round():
    assert evaluation.power(evaluation.smallest_effect(10, 50, 80), 10, 50, 80) == pytest.approx(0.8)


def test_power_is_what_simulation_finds():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.6, 1, (2000, 40)), rng.normal(0, 1, (2000, 30))
    found = (stats.ttest_ind(first, second, axis=1).pvalue < 0.05).mean()
    assert evaluation.power(0.6, 1, 40, 30) == pytest.approx(found, abs=0.035)


@pytest.mark.parametrize("wrong", [(0, 1), (1, 0), (float("nan"), 1), (1, -1)])
def test_sample_sizes_that_cannot_be_given_are_refused(wrong):
    with pytest.raises(DataError) as error:
        evaluation.sample_size(*wrong)
    assert error.value.code == "evaluation_power"


# What cannot be compared ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda table: table.assign(group="treated"), "evaluation_no_control"),
        (lambda table: table.assign(group="control"), "evaluation_no_treated"),
        (lambda table: table[table["period"] == "after"], "evaluation_one_period"),
        (lambda table: table[(table["period"] == "after") | (table["group"] == "control")], "evaluation_one_period"),
        (lambda table: table[table["unit"].isin(["a", "c"])], "evaluation_few_units"),
        (lambda table: table.iloc[:0], "evaluation_few_units"),
        (lambda table: table.assign(outcome=np.nan), "evaluation_outcome"),
        (lambda table: table.assign(outcome=np.inf), "evaluation_outcome"),
        (lambda table: table.assign(outcome="many"), "evaluation_outcome"),
        (lambda table: table.assign(group=["treated", "control"] * 4), "evaluation_two_groups"),
        (lambda table: table.assign(group="A"), "evaluation_labels"),
        (lambda table: table.assign(period=range(8)), "evaluation_labels"),
        (
            lambda table: table.assign(group=pd.array([True] * 3 + [None] + [False] * 4, dtype="boolean")),
            "evaluation_labels",
        ),
        (lambda table: table.assign(group=[1, 1, 1, np.nan, 0, 0, 0, 0]), "evaluation_labels"),
        (lambda table: table.assign(period=[1, 2, 1, 2, 1, 2, 1, np.nan]), "evaluation_labels"),
        (lambda table: table.assign(period=1).iloc[:0], "evaluation_few_units"),
        (lambda table: table.assign(unit=None), "evaluation_outcome"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(change, code):
    with pytest.raises(DataError) as error:
        effect(change(long(FOUR, SIDES)))
    assert error.value.code == code
    assert str(error.value)


def test_columns_of_different_lengths_are_refused():
    table = long(FOUR, SIDES)
    with pytest.raises(DataError, match="outcome and period"):
        evaluation.did(table["outcome"], table["group"], table["period"][:-1], table["unit"])


def test_programme_without_a_control_group_is_refused(retail):
    alone = retail.programme.assign(group="treated")
    with pytest.raises(DataError) as error:
        evaluation.programme_months(Book(as_of=retail.as_of, orders=retail.orders, programme=alone))
    assert error.value.code == "evaluation_no_control"


def test_customer_in_both_groups_of_the_programme_is_named(retail):
    first = retail.programme.iloc[[0]]
    other = first.assign(group="treated" if first["group"].item() == "control" else "control")
    torn = pd.concat([retail.programme, other])
    with pytest.raises(DataError, match=first["customer_id"].item()):
        evaluation.programme_months(Book(as_of=retail.as_of, orders=retail.orders, programme=torn))


def test_blank_start_is_refused_rather_than_counted_as_no_purchases(retail):
    blank = retail.programme.assign(start_date=retail.programme["start_date"].where(retail.programme.index > 0))
    with pytest.raises(DataError) as error:
        evaluation.programme_months(Book(as_of=retail.as_of, orders=retail.orders, programme=blank))
    assert error.value.code == "evaluation_start"


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda gain, group, spend: evaluation.balance(spend, group.iloc[1:]), "evaluation_labels"),
        (lambda gain, group, spend: evaluation.matched_comparison(gain, group.iloc[1:], spend), "evaluation_labels"),
        (lambda gain, group, spend: evaluation.matched_comparison(gain, group, spend[[]]), "evaluation_no_match"),
        (
            lambda gain, group, spend: evaluation.regression_to_mean(gain.where(gain > 5), gain, group),
            "evaluation_outcome",
        ),
    ],
)
def test_customers_that_cannot_be_matched_are_refused_in_words(work, code):
    ids = list("abcdef")
    group = pd.Series(["treated", "control"] * 3, ids)
    with pytest.raises(DataError) as error:
        work(pd.Series([5.0, 6, 7, 8, 9, 1], ids), group, pd.DataFrame({"spend": range(6)}, ids))
    assert error.value.code == code


def test_book_without_a_programme_says_so(retail):
    with pytest.raises(DataError, match="programme"):
        evaluation.programme_months(Book(as_of=retail.as_of, orders=retail.orders))
