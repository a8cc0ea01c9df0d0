"""Scores and the questionnaire: published figures, figures worked by hand, and answers as real files hold them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook import satisfaction
from crmbook.data.faults import DataError
from crmbook.satisfaction import answers
from crmbook.shared.estimate import wilson
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

SCORES = st.lists(st.integers(1, 5), min_size=1, max_size=60)


@contextmanager
def refused(code: str):
    """Expect a DataError with this code whose text can be made."""
    with pytest.raises(DataError) as error:
        yield error
    assert error.value.code == code
    assert len(str(error.value)) > 20


@contextmanager
def warned(code: str):
    with pytest.warns(satisfaction.SurveyWarning) as seen:
        yield
    assert [str(one.message.code) for one in seen] == [code]
    assert len(str(seen[0].message)) > 20


def recommend(promoters: int, passives: int, detractors: int) -> list[int]:
    return [10] * promoters + [8] * passives + [0] * detractors


# Customer satisfaction


def test_csat_is_the_share_of_the_top_two_answers_with_wilsons_interval():
    # 4 and 5: 7 of 10. Wilson: scipy's own implementation.
    found = satisfaction.csat([5, 4, 4, 3, 5, 2, 4, 5, 1, 4])
    interval = stats.binomtest(7, 10).proportion_ci(method="wilson")
    assert (found.value, found.n) == (0.7, 10)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_csat_of_a_seven_point_scale_counts_its_own_top_boxes():
    assert satisfaction.csat([7, 6, 5, 1], points=7).value == 0.5
    assert satisfaction.csat([7, 6, 5, 1], top=3, points=7).value == 0.75


def test_blanks_are_no_answers():
    assert satisfaction.csat(pd.Series([5, None, 1, np.nan])).n == 2


def test_mean_score_has_students_interval_with_a_quarter_answer_more_at_each_end():
    # 4.5 answers: middle (16 + .25·(1 + 5))/4.5 = 3.8889, squares about it 2.0494 + .25·(8.3457 + 1.2346) = 4.4444,
    # t(3.5, .975) = 2.9396 (between 3.1824 at 3 and 2.7764 at 4): half = 2.9396·√(4.4444/3.5/4.5) = 1.5616
    found = satisfaction.mean_score([5, 4, 4, 3])
    assert found.value == 4
    assert found.low == pytest.approx(3.8889 - 1.5618, abs=1e-3)
    assert found.high == 5  # cut at the end of the scale


def test_a_single_answer_says_nothing_of_the_mean_of_all():
    found = satisfaction.mean_score([4])
    assert (found.value, found.low, found.high) == (4, 1, 5)


def test_effort_is_the_mean_of_seven_points():
    assert satisfaction.effort([7, 6, 6, 5]).value == 6


@given(SCORES)
@settings(max_examples=50, deadline=None)
def test_csat_lies_in_its_interval_whatever_the_order(scores):
    found = satisfaction.csat(scores)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found == satisfaction.csat(sorted(scores))


# Net promoter score


def test_nps_with_half_promoters_a_third_passives_a_sixth_detractors():
    # reference: p ½, d ⅙, variance ½ + ⅙ − (⅓)² = 5/9, standard error at n = 324: 100·√(5/9/324) = 4.14
    found = satisfaction.nps(recommend(162, 108, 54), method="variance")
    assert found.value == pytest.approx(100 / 3)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(4.14, abs=0.005)


def test_nps_interval_of_four_hundred_answers():
    # reference: p .45, d .20, n 400: 25.0, 95 % 17.5 to 32.5
    found = satisfaction.nps(recommend(180, 140, 80), method="variance")
    assert found.value == 25
    assert (round(found.low, 1), round(found.high, 1)) == (17.5, 32.5)


def test_nps_classes_end_at_six_and_eight():
    assert satisfaction.nps([9, 10]).value == 100
    assert satisfaction.nps([7, 8]).value == 0
    assert satisfaction.nps([0, 6]).value == -100


def outcomes(n: int, shares: list[float]) -> Iterator[tuple[tuple[int, int, int], float]]:
    """All ways in which n people may answer in three classes, and the chance of each."""
    for first in range(n + 1):
        for second in range(n + 1 - first):
            counts = (first, second, n - first - second)
            yield counts, float(stats.multinomial.pmf(counts, n, shares))


@pytest.mark.parametrize("shares", [(0.9, 0.08, 0.02), (0.5, 0.3, 0.2), (0.3, 0.4, 0.3), (0.1, 0.3, 0.6)])
@pytest.mark.parametrize("n", [5, 10])
def test_nps_interval_covers_the_truth_with_few_answers(shares, n):
    truth, covered = 100 * (shares[0] - shares[2]), 0.0
    for counts, chance in outcomes(n, shares):
        found = satisfaction.nps(recommend(*counts), scale=(0, 10))
        covered += chance * (found.low - 1e-9 <= truth <= found.high + 1e-9)
    assert 0.915 <= covered <= 0.985


def test_ten_promoters_are_no_proof_of_a_hundred():
    assert satisfaction.nps([10]).low < 0 and satisfaction.nps([10] * 10).low < 80


@pytest.mark.parametrize(
    ("measure", "answers"), [(satisfaction.Measure("nps", scale=(0, 10)), [10, 7, 5]), ("mean", [5, 3, 1])]
)
@pytest.mark.parametrize("n", [2, 5])
def test_where_nothing_changed_a_difference_is_rarely_said(measure, answers, n):
    ways = list(outcomes(n, [0.75, 0.2, 0.05]))
    said = sum(
        one * other * (satisfaction.difference(np.repeat(answers, first), np.repeat(answers, second), measure).p < 0.05)
        for first, one in ways
        for second, other in ways
    )
    assert said <= 0.06


def test_nps_sample_size():
    # 1.96²·100²·.61/5² = 937.3
    assert satisfaction.nps_sample_size(5, promoters=0.5, detractors=0.2) == 938
    with refused("survey_nps_shares"):
        satisfaction.nps_sample_size(5, promoters=0.8, detractors=0.3)
    with refused("survey_setting_positive"):
        satisfaction.nps_sample_size(0)


@given(st.integers(1, 80), st.integers(0, 80), st.integers(0, 80))
@settings(max_examples=40, deadline=None)
def test_nps_stays_within_its_bounds(promoters, passives, detractors):
    found = satisfaction.nps(recommend(promoters, passives, detractors))
    assert -100 <= found.low <= found.value <= found.high <= 100


# Answers as real files hold them


def test_zero_for_not_applicable_is_refused_with_what_to_do():
    with refused("survey_not_applicable") as error:
        satisfaction.csat(pd.Series([5, 0, 3, 0], name="after_sales"))
    assert "after_sales" in str(error.value) and "1, 3" in str(error.value)


def test_zero_for_not_applicable_can_be_said_to_be_blank():
    read = satisfaction.read_answers([5, 0, 3], not_applicable=[0])
    assert read.isna().tolist() == [False, True, False]


def test_fifty_five_is_taken_for_a_slip_and_refused():
    with refused("survey_typed_twice") as error:
        satisfaction.csat([5, 55, 4])
    assert "5 typed twice" in str(error.value)


@pytest.mark.parametrize(
    ("scores", "code"),
    [([5, 6], "survey_out_of_scale"), ([-1, 3], "survey_out_of_scale"), ([3.5, 4], "survey_not_whole")],
)
def test_answers_off_the_scale_are_refused(scores, code):
    with refused(code):
        satisfaction.csat(scores)


def test_chinese_and_english_labels_are_read_by_their_order():
    words = ["非常满意", "满意", "一般", "不满意", "非常不满意", "Very satisfied", " dissatisfied ", None, ""]
    read = satisfaction.read_answers(words)
    assert read[:7].tolist() == [5, 4, 3, 2, 1, 5, 2]
    assert read[7:].isna().all()
    assert satisfaction.csat(words[:5]).value == 0.4


def test_numbers_typed_as_text_are_read():
    assert satisfaction.read_answers(["5", "４", "3分", " 2 "]).tolist() == [5, 4, 3, 2]


def test_label_unknown_to_the_map_is_refused_and_named():
    with refused("survey_unknown_label") as error:
        satisfaction.csat(["满意", "还行", "还行"])
    assert "还行" in str(error.value) and "非常满意" in str(error.value)


def test_five_points_with_a_zero_for_not_applicable_are_pointed_out_when_offered_as_nps():
    answers = [0, 3, 4, 5] * 8
    with pytest.warns(satisfaction.SurveyWarning, match="five-point") as said:
        assert satisfaction.nps(answers).value == -100
    assert said[0].message.code == "nps_zero_to_five"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        satisfaction.nps(answers, scale=(0, 10))
        satisfaction.nps([0, 3, 4, 6] * 8)


@pytest.mark.parametrize(
    ("answers", "doubt", "scale"),
    [
        ([1, 5, 9, 10], "nps_from_one", (1, 10)),
        ([1, 5, 6, 7], "nps_seven_points", (0, 10)),
        ([0, 3, 4, 5] * 8, "nps_zero_to_five", (0, 10)),
        ([0, 5, 9, 10], None, (0, 10)),
        ([5, 9, 10, None], None, (0, 10)),
        ([1, *[9] * 199], "nps_from_one", (1, 10)),
        ([1, *[9] * 200], None, (0, 10)),  # where so few are so unhappy, that nobody gave 0 says nothing
    ],
)
def test_what_speaks_against_zero_to_ten_is_listed_and_judged_once_from_all_answers(answers, doubt, scale):
    found = satisfaction.check_answers(pd.DataFrame({"recommend": answers}))
    assert found["rule"].tolist() == ([doubt] if doubt else [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert satisfaction.recommend_scale(answers) == scale
        few = satisfaction.Measure("nps", scale=satisfaction.recommend_scale(answers))
        assert satisfaction.by_group(pd.Series([9.0] * 10), pd.Series(["A"] * 10), few)["value"].tolist() == [100]


def test_five_points_are_no_scale_for_the_nps_in_any_group():
    with refused("nps_five_points"):
        satisfaction.recommend_scale([1, 2, 5])
    found = satisfaction.check_answers(pd.DataFrame({"recommend": [1, 2, 5]}))
    assert found["rule"].tolist() == ["nps_five_points"]


def test_two_labels_for_one_answer_ask_for_the_order():
    # 满意 and 比较满意 side by side: a seven-point scale, not five
    with refused("survey_label_clash"):
        satisfaction.csat(["满意", "比较满意"])
    seven = ["非常不满意", "不满意", "比较不满意", "一般", "比较满意", "满意", "非常满意"]
    assert satisfaction.csat(["满意", "比较满意"], points=7, labels=seven).value == 0.5


def test_stated_labels_must_fill_the_scale():
    with refused("survey_label_count"):
        satisfaction.csat(["bad"], labels=["bad", "good"])


def test_true_and_false_are_no_answers_of_a_scale():
    with refused("survey_unknown_label"):
        satisfaction.csat([True, False])


@pytest.mark.parametrize("scores", [[], [None, np.nan], ["", " "]])
def test_a_column_without_answers_is_refused(scores):
    with refused("survey_no_answers"):
        satisfaction.csat(scores)
    with refused("survey_no_answers"):
        satisfaction.nps(scores)


def test_one_to_five_item_offered_as_nps_is_refused():
    with refused("nps_five_points"):
        satisfaction.nps([5, 4, 4, 3, 5, 2])
    assert satisfaction.nps([5, 4, 4], scale=(0, 10)).value == -100  # stated: a bad day on the right question


def test_one_to_ten_item_offered_as_nps_is_said():
    with warned("nps_from_one"):
        found = satisfaction.nps([1, 10, 9, 8, 4, 3])
    assert found.value == pytest.approx(-100 / 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        satisfaction.nps([1, 10, 9, 8, 4, 3], scale=(1, 10))


def test_seven_point_item_offered_as_nps_is_said():
    with warned("nps_seven_points"):
        satisfaction.nps([7, 6, 5, 2])


def test_full_scale_is_taken_as_it_is():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        satisfaction.nps([0, 1, 5, 5, 4])


@pytest.mark.parametrize(("scores", "code"), [([11, 3], "survey_typed_twice"), ([9.5], "survey_not_whole")])
def test_answers_off_the_ten_are_refused(scores, code):
    with refused(code):
        satisfaction.nps(scores)


def test_unknown_choices_are_refused():
    with refused("survey_choice"):
        satisfaction.nps([0, 10], method="wald")
    with refused("nps_scale"):
        satisfaction.nps([0, 10], scale=(1, 5))
    with refused("survey_top"):
        satisfaction.csat([5], top=5)
    with refused("survey_choice"):
        satisfaction.by_group(pd.Series([5]), pd.Series(["A"]), "ces")


def test_everything_wrong_with_the_answers_is_listed():
    survey = pd.DataFrame(
        {
            "price": [5, 0, 55, 0],
            "overall": ["满意", "还行", "", "9"],
            "effort": [4, 4, 4, np.nan],
            "recommend": [np.nan] * 4,
        }
    )
    found = satisfaction.check_answers(survey)
    assert set(map(tuple, found[["column", "value", "rule", "rows"]].to_numpy())) == {
        ("price", "0", "not_applicable", 2),
        ("price", "55", "typed_twice", 1),
        ("overall", "还行", "unknown_label", 1),
        ("overall", "9", "out_of_scale", 1),
        ("effort", "4.0", "constant", 3),
        ("recommend", "", "no_answers", 4),
    }


def test_cleaning_blanks_exactly_the_faulty_cells_and_counts_them():
    survey = pd.DataFrame({"price": [5, 0, 55, 3], "overall": ["满意", "还行", None, "5"], "comment": list("abcd")})
    clean, findings = satisfaction.clean_answers(survey)
    assert clean["price"].tolist()[:1] == [5] and clean["price"].isna().tolist() == [False, True, True, False]
    assert clean["overall"].isna().tolist() == [False, True, True, False]
    assert clean["comment"].tolist() == list("abcd")
    blanked = int(clean[["price", "overall"]].isna().sum().sum()) - int(survey["overall"].isna().sum())
    assert findings["rows"].sum() == blanked == 3
    assert satisfaction.csat(clean["price"]).n == 2


def test_clean_answers_stay_as_they_are():
    survey = pd.DataFrame({"price": [5, 3], "recommend": [0, 10]})
    clean, findings = satisfaction.clean_answers(survey)
    assert findings.empty and clean.eq(survey).all(axis=None)


def test_reversed_item_is_turned_round():
    assert satisfaction.reverse(pd.DataFrame({"slow": [1, 7]}), ["slow"], 1, 7)["slow"].tolist() == [7, 1]


def test_items_on_another_scale_are_read_as_they_are():
    # a third of the answers are off 1 to 5: this price item goes to 10, it is no slip
    assert answers.read_items(pd.DataFrame({"price": [3, 9, 4]}))["price"].tolist() == [3, 9, 4]
    assert answers.read_items(pd.DataFrame({"price": [3.5, 0.2]}))["price"].tolist() == [3.5, 0.2]


def test_single_slip_in_an_item_without_known_scale_is_refused():
    column = [1, 2, 3, 4, 5] * 10
    column[3] = 44
    with refused("survey_typed_twice"):
        answers.read_items(pd.DataFrame({"q1": column}))
    assert answers.read_items(pd.DataFrame({"q1": [11, 22, 33]}))["q1"].tolist() == [11, 22, 33]


# Groups, waves, modes


def test_group_with_fewer_than_ten_answers_shows_no_score():
    table = satisfaction.by_group(pd.Series([5] * 10 + [2] * 9), pd.Series(["A"] * 10 + ["B"] * 9))
    assert table["n"].tolist() == [10, 9]
    assert table.loc["A", "value"] == 1 and math.isnan(table.loc["B", "value"])
    assert table["note"].tolist() == ["", "too_few"]


def test_answers_without_a_group_are_shown_and_none_is_lost():
    scores = pd.Series([5] * 12 + [1] * 11 + [np.nan])
    groups = pd.Series(["B"] * 12 + [None] * 12)
    table = satisfaction.by_group(scores, groups)
    assert table.index.tolist() == ["B", "unknown"]
    assert table["n"].sum() == scores.notna().sum()


def test_group_whose_answers_are_all_low_is_no_five_point_item():
    # the scale is judged from everybody: group B's answers of 1 to 5 are detractors, not another question
    scores = pd.Series([10, 0] * 10 + [5, 4] * 10)
    table = satisfaction.by_group(scores, pd.Series(["A"] * 20 + ["B"] * 20), "nps")
    assert table["value"].tolist() == [0, -100]


def test_group_scores_are_those_of_the_group_alone():
    rng = np.random.default_rng(3)
    scores, groups = pd.Series(rng.integers(1, 6, 300)), pd.Series(rng.choice(list("AB"), 300))
    table = satisfaction.by_group(scores, groups)
    here = scores[groups == "A"]
    assert table.loc["A", "value"] == pytest.approx((here >= 4).mean())
    assert table.loc["A", "low"] == wilson(int((here >= 4).sum()), len(here)).low
    mean = satisfaction.by_group(scores, groups, "mean")
    assert mean.loc["B", "value"] == pytest.approx(scores[groups == "B"].mean())


def test_groups_must_belong_to_the_same_rows():
    with refused("rows_labels"):
        satisfaction.by_group(pd.Series([5, 4]), pd.Series(["A", "B"], index=[7, 8]))


def test_difference_of_two_shares_after_newcombe():
    # Newcombe (1998), table II a: 56/70 against 48/80 gives 0.2, 0.0524 to 0.3339 by method 10
    found = satisfaction.difference([2] * 32 + [5] * 48, [2] * 14 + [5] * 56)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    # z = .2/√(.6933·.3067·(1/70 + 1/80)) = 2.650, p = .0081
    assert found.p == pytest.approx(2 * stats.norm.sf(2.650), abs=1e-4)
    assert (found.n_first, found.n_second) == (80, 70)


def test_difference_of_two_nps_adds_their_variances():
    # three answers more on each side, n 103. First: p 50.75/103 = .4927, d 20.75/103 = .2015, variance .6094;
    # second: p .5898, d .1044, variance .4586: se = 100·√((.6094 + .4586)/103) = 10.183
    found = satisfaction.difference(recommend(50, 30, 20), recommend(60, 30, 10), "nps")
    assert found.value == pytest.approx(20)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * 10.183, abs=0.01)


def test_difference_of_means_is_welchs_test_with_a_quarter_answer_more_at_each_end():
    rng = np.random.default_rng(5)
    first, second = rng.integers(1, 6, 40), rng.integers(2, 6, 25)
    middles, errors, freedoms = [], [], []
    for side in (first, second):
        answers, weights = [*side, 1, 5], [1.0] * len(side) + [0.25, 0.25]
        middle = np.average(answers, weights=weights)
        rows = sum(weights)
        spread = np.average((np.array(answers) - middle) ** 2, weights=weights) * rows / (rows - 1)
        middles.append(middle), errors.append(spread / rows), freedoms.append(rows - 1)
    freedom = sum(errors) ** 2 / sum(error**2 / each for error, each in zip(errors, freedoms, strict=True))
    half = stats.t.ppf(0.975, freedom) * math.sqrt(sum(errors))
    found = satisfaction.difference(first, second, "mean")
    assert found.value == pytest.approx(second.mean() - first.mean())
    assert (found.low, found.high) == pytest.approx((middles[1] - middles[0] - half, middles[1] - middles[0] + half))


def test_with_many_answers_a_difference_of_means_is_welchs():
    rng = np.random.default_rng(6)
    first, second = rng.integers(1, 6, 4000), rng.integers(2, 6, 4000)
    found, peer = satisfaction.difference(first, second, "mean"), stats.ttest_ind(second, first, equal_var=False)
    assert (found.low, found.high) == pytest.approx(tuple(peer.confidence_interval()), abs=1e-3)


def test_no_difference_where_nothing_varies():
    assert satisfaction.difference([5, 5], [5, 5]).p == 1
    assert satisfaction.difference([5, 5], [5, 5], "mean").p == 1
    with refused("survey_few_rows"):
        satisfaction.difference([5], [5, 4], "mean")


def test_each_wave_is_compared_with_the_last_one_that_shows_a_score():
    waves = pd.Series(["1"] * 20 + ["2"] * 5 + ["3"] * 20)
    scores = pd.Series([5] * 10 + [1] * 10 + [5] * 5 + [5] * 15 + [1] * 5)
    table = satisfaction.by_wave(scores, waves)
    assert table["change"].isna().tolist() == [True, True, False]
    assert table.loc["3", "change"] == pytest.approx(0.25)
    assert table.loc["2", "note"] == "too_few"


def test_trend_of_shares_is_the_cochran_armitage_test():
    # chi-square of trend from the counts: N·(N·Σ r·x − R·Σ n·x)² / (R·(N − R)·(N·Σ n·x² − (Σ n·x)²))
    n, r, x = np.array([30, 40, 50]), np.array([12, 22, 35]), np.array([0, 1, 2])
    N, R = n.sum(), r.sum()
    chi2 = (
        N * (N * (r * x).sum() - R * (n * x).sum()) ** 2 / (R * (N - R) * (N * (n * x**2).sum() - (n * x).sum() ** 2))
    )
    scores = pd.Series(np.concatenate([[5] * hit + [1] * (total - hit) for hit, total in zip(r, n, strict=True)]))
    found = satisfaction.trend(scores, pd.Series(np.repeat(["a", "b", "c"], n)))
    assert found.p == pytest.approx(stats.chi2.sf(chi2, 1))
    assert found.low < found.slope < found.high and (found.n, found.waves) == (120, 3)


def test_trend_needs_two_waves():
    with refused("survey_one_wave"):
        satisfaction.trend(pd.Series([5, 4]), pd.Series(["a", "a"]))


def test_steady_scores_have_no_trend():
    assert satisfaction.trend(pd.Series([5] * 4), pd.Series(["a", "a", "b", "b"])).p == 1


def test_mode_effect_is_the_chi_square_of_the_table():
    scores = pd.Series([5] * 30 + [2] * 10 + [5] * 20 + [2] * 20)
    channels = pd.Series(["phone"] * 40 + ["link"] * 40)
    found = satisfaction.mode_effect(scores, channels)
    # expected 25 and 15 in each: 4 cells of 5²: 25/25 + 25/15 + 25/25 + 25/15 = 5.333; V = √(5.333/80)
    assert found.chi2 == pytest.approx(16 / 3)
    assert found.p == pytest.approx(stats.chi2.sf(16 / 3, 1))
    assert found.cramers_v == pytest.approx(math.sqrt(16 / 3 / 80))


def test_mode_difference_that_comes_from_whom_it_reaches_goes_out():
    # within a tier both channels score the same (A 100 %, C 0 %); the phone only reaches more of A
    channels = pd.Series(["phone"] * 30 + ["link"] * 30)
    tiers = pd.Series(["A"] * 20 + ["C"] * 10 + ["A"] * 10 + ["C"] * 20)
    scores = pd.Series(np.where(tiers == "A", 5, 1))
    found = satisfaction.mode_effect(scores, channels, tiers)
    assert found.channels["value"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.channels["adjusted"].tolist() == pytest.approx([0.5, 0.5])


def test_groups_are_set_against_all_others():
    # A 30 of 50, B 40 of 50, C 20 of 50; others of A: 60 of 100, of B: 50 of 100, of C: 70 of 100
    scores = pd.Series(([5] * 30 + [2] * 20) + ([5] * 40 + [2] * 10) + ([5] * 20 + [2] * 30))
    groups = pd.Series(["A"] * 50 + ["B"] * 50 + ["C"] * 50)
    found = satisfaction.against_others(scores, groups)
    assert found["difference"].tolist() == pytest.approx([0.0, 0.3, -0.3])
    assert found["others"].tolist() == pytest.approx([0.6, 0.5, 0.7])
    # p of A is 1; z of B: .3/√(.6·.4·(1/50 + 1/100)) = 3.54; Holm leaves B and C below 5 %
    assert found["beyond_chance"].tolist() == [False, True, True]


def test_small_and_nameless_groups_are_others_only():
    scores = pd.Series([5] * 10 + [2] * 10 + [5] * 9 + [2] * 10)
    groups = pd.Series(["A"] * 10 + ["B"] * 10 + ["C"] * 9 + [None] * 10)
    found = satisfaction.against_others(scores, groups)
    assert found.index.tolist() == ["A", "B"]
    assert found.loc["A", "others"] == pytest.approx(9 / 29)
    with refused("survey_one_group"):
        satisfaction.against_others(scores, groups.where(groups == "A"))


def test_measure_says_what_is_wrong_with_it():
    with refused("survey_choice"):
        satisfaction.Measure("ces")
    with refused("survey_top"):
        satisfaction.Measure("csat", top=5)
    scores, groups = pd.Series([5] * 6 + [4] * 6), pd.Series(["A"] * 12)
    assert satisfaction.by_group(scores, groups, satisfaction.Measure("csat", top=1)).loc["A", "value"] == 0.5


def test_one_channel_has_no_mode_effect():
    with refused("survey_one_group"):
        satisfaction.mode_effect(pd.Series([5, 1] * 10), pd.Series(["phone"] * 20))


# The questionnaire


def test_items_asked_of_few_are_left_out_and_few_complete_rows_refused():
    survey = pd.DataFrame({item: [4.0] * 40 for item in satisfaction.DIMENSIONS})
    survey["price"] = [4.0] * 29 + [None] * 11
    assert satisfaction.asked(survey).columns.tolist() == list(satisfaction.DIMENSIONS[:4])
    assert len(satisfaction.asked(survey)) == 40
    with refused("survey_asked"):
        satisfaction.asked(survey[["price", "product_quality", "after_sales"]])
    survey["after_sales"] = [4.0] * 20 + [None] * 20
    survey["delivery_speed"] = [None] * 20 + [4.0] * 20
    with refused("survey_few_rows"):
        satisfaction.asked(survey, least=20)


def test_last_wave_must_have_enough_answers():
    survey = pd.DataFrame({"wave": ["1"] * 40 + ["2"] * 30 + [None], "overall": [4.0] * 70 + [None]})
    assert len(satisfaction.last_wave(survey, "overall")) == 31
    with refused("survey_last_wave"):
        satisfaction.last_wave(survey, "overall", least=31)
    assert len(satisfaction.last_wave(survey.assign(wave=None))) == 71


def test_sample_size_of_known_tables():
    # Cochran: 1.96²·.25/.05² = 384.1; Krejcie & Morgan (1970): population 1,000 → 278, 10,000 → 370, 100 → 80
    assert satisfaction.sample_size() == 385
    assert [satisfaction.sample_size(population=size) for size in (100, 1000, 10_000)] == [80, 278, 370]
    assert satisfaction.sample_size(0.03) == 1068
    assert satisfaction.sample_size(response=0.25) == 1540  # four invitations an answer
    assert satisfaction.sample_size(population=50, response=0.5) == 50  # nobody can be invited twice


def test_margin_of_error_shrinks_to_nothing_when_all_answer():
    # 1.96·√(.25/1000) = .03099
    assert satisfaction.margin_of_error(1000) == pytest.approx(0.03099, abs=1e-5)
    assert satisfaction.margin_of_error(500, population=500) == 0
    assert satisfaction.margin_of_error(1, population=1) == 0


@given(st.integers(2, 5000), st.floats(0.02, 0.2))
@settings(max_examples=50, deadline=None)
def test_sample_of_the_size_asked_for_has_the_margin_asked_for(population, margin):
    size = satisfaction.sample_size(margin, population=population)
    assert 1 <= size <= population
    if size < population:
        assert satisfaction.margin_of_error(size, population=population) <= margin * 1.001


@pytest.mark.parametrize("settings_", [{"margin": 0}, {"margin": 5}, {"share": 1}, {"confidence": 95}])
def test_percent_for_share_is_refused(settings_):
    with refused("survey_setting_share"):
        satisfaction.sample_size(**settings_)


def test_impossible_samples_are_refused():
    with refused("survey_setting_population"):
        satisfaction.sample_size(population=0)
    with refused("survey_setting_answers"):
        satisfaction.margin_of_error(11, population=10)
    with refused("survey_setting_share"):
        satisfaction.sample_size(response=0)


def test_response_rate_by_group_and_altogether():
    rates = satisfaction.response_rate(pd.Series({"email": 30}), pd.Series({"email": 200, "phone": 50}))
    assert rates["rate"].to_dict() == {"email": 0.15, "phone": 0, "all": 0.12}
    assert rates.loc["email", "low"] == pytest.approx(wilson(30, 200).low)


def test_more_answers_than_invitations_are_refused():
    with refused("survey_more_than_invited"):
        satisfaction.response_rate(pd.Series({"email": 30}), pd.Series({"email": 20}))
    with refused("survey_not_invited"):
        satisfaction.response_rate(pd.Series({"sms": 3}), pd.Series({"email": 20}))


def test_rows_without_any_answer_were_only_invited():
    survey = pd.DataFrame({"overall": [4, None, None], "price": [None, None, None], "comment": ["", None, "fine"]})
    assert satisfaction.responded(survey).tolist() == [True, False, True]


def test_missing_counts_blanks_by_item_and_by_person():
    table = satisfaction.missing(pd.DataFrame({"a": [1, None, 3], "b": ["x", "", "y"], "c": [1, None, 1]}))
    assert table["blank"].to_dict() == {"a": 1, "b": 1, "c": 1, "any": 1}
    assert table.loc["a", "share"] == pytest.approx(1 / 3)


def test_straight_liners_are_flagged_and_kept():
    items = pd.DataFrame([[5, 5, 5, 5, 5], [5, 4, 4, 4, 2], [3, 3, 3, None, None], [2, None, 2, 2, 2]])
    found = satisfaction.straight_lining(items)
    assert found["straight"].tolist() == [True, False, False, True]  # three answers are too few to say
    assert found["longest"].tolist() == [5, 3, 3, 4]
    assert found["answered"].tolist() == [5, 5, 3, 4]
    assert found["spread"].tolist() == pytest.approx([0, np.std([5, 4, 4, 4, 2], ddof=1), 0, 0])


def test_item_bank_holds_the_course_dimensions_and_closes_with_the_outcomes():
    bank = satisfaction.item_bank()
    assert set(satisfaction.DIMENSIONS) | {"overall", "recommend", "effort", "comment"} == set(bank.index)
    assert bank.loc["recommend", ["lowest", "highest"]].tolist() == [0, 10]
    deep = satisfaction.item_bank(core_only=False)
    assert deep.index.is_unique and deep["dimension"].value_counts()["price"] == 3
    with refused("survey_unknown_dimension"):
        satisfaction.item_bank(["parking"])


def test_item_bank_and_scales_agree():
    bank = satisfaction.item_bank().dropna()
    ends = bank.apply(lambda row: (row.lowest, row.highest), axis=1).to_dict()
    assert ends == dict(satisfaction.SCALES)


# Weighting


def test_weights_bring_the_tiers_to_their_shares_of_the_base():
    groups = pd.Series(["A"] * 30 + ["C"] * 20)
    found = satisfaction.post_stratify(groups, pd.Series({"A": 200, "C": 800}))
    # A: .2/.6 = 1/3, C: .8/.4 = 2; effective n = 50²/(30/9 + 20·4) = 30
    assert found.table["weight"].tolist() == pytest.approx([1 / 3, 2])
    assert found.weights.mean() == pytest.approx(1)
    assert found.effective_n == pytest.approx(30) and found.design_effect == pytest.approx(5 / 3)
    # expected 10 and 40: (20²/10 + 20²/40) = 50 with one degree of freedom
    assert found.p == pytest.approx(stats.chi2.sf(50, 1))


def test_weighted_mean_of_equal_weights_is_the_mean():
    values = pd.Series([1.0, 0, 1, 1, np.nan])
    found = satisfaction.weighted_mean(values, pd.Series(1.0, index=values.index))
    assert (found.value, found.n) == (0.75, 4)
    # the standard error of a mean: s/√n with s² = .25
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * math.sqrt(0.25 / 4))


def test_weighted_score_follows_the_base():
    groups = pd.Series(["A"] * 30 + ["C"] * 20)
    weights = satisfaction.post_stratify(groups, pd.Series({"A": 200, "C": 800})).weights
    per_answer = satisfaction.per_answer(np.where(groups == "A", 5, 1), "csat")
    assert satisfaction.weighted_mean(pd.Series(per_answer), weights).value == pytest.approx(0.2)


def test_group_that_nobody_answered_for_is_refused():
    with refused("survey_group_silent"):
        satisfaction.post_stratify(pd.Series(["A"]), pd.Series({"A": 1, "B": 2}))
    with refused("survey_group_unknown"):
        satisfaction.post_stratify(pd.Series(["A", "Z"]), pd.Series({"A": 1}))
