"""Choosing by several criteria: by hand, by Saaty's example, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import evaluation, tiering
from crmbook.data.faults import DataError
from hypothesis import given, settings
from hypothesis import strategies as st

SYSTEMS = pd.DataFrame(
    {"ease_of_use": [5, 3, 2], "integration": [2, 4, 5], "cost": [300.0, 200, 100]}, index=["one", "two", "three"]
)
WEIGHTS = {"ease_of_use": 2, "integration": 1, "cost": 1}


def refusal(work) -> str:
    with pytest.raises(DataError) as error:
        work()
    assert str(error.value)
    return error.value.code


def test_decision_by_hand():
    # from worst 0 to best 1: ease 1, 1/3, 0; integration 0, 2/3, 1; cost (less is better) 0, 1/2, 1; weights ½, ¼, ¼
    found = evaluation.decide(SYSTEMS, WEIGHTS, lower_is_better=["cost"])
    score = found.ranking["score"]
    assert score.to_dict() == pytest.approx({"one": 0.5, "two": 1 / 6 + 1 / 6 + 1 / 8, "three": 0.5})
    assert found.ranking.loc["two", "behind"] == pytest.approx(0.5 - 11 / 24)
    assert found.winner == "one"  # of equal ones the first given
    assert found.contributions.sum(axis=1).to_dict() == pytest.approx(score.to_dict())


def test_criterion_without_a_weight_counts_nothing():
    found = evaluation.decide(SYSTEMS, {"integration": 1}, lower_is_better=["cost"])  # cost has no weight either
    assert found.winner == "three" and list(found.scores) == ["integration"]
    both = evaluation.decide(SYSTEMS, WEIGHTS | {"cost": 0}, lower_is_better=["cost"])
    without = evaluation.decide(SYSTEMS, {"ease_of_use": 2, "integration": 1}, lower_is_better=["cost"])
    pd.testing.assert_frame_equal(both.ranking, without.ranking)


def test_scores_given_by_people_use_their_scale():
    answers = pd.DataFrame({"quality": [4, 5], "cost": [1, 5]}, index=["S1", "S2"])
    found = evaluation.decide(answers, {"quality": 1, "cost": 1}, lower_is_better=["cost"], scale=(1, 5))
    assert found.scores.loc["S1"].tolist() == [0.75, 1.0]
    assert found.ranking["score"].to_dict() == pytest.approx({"S1": 0.875, "S2": 0.5})


def test_weights_may_come_from_pairwise_comparisons():
    matrix = pd.DataFrame([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], index=SYSTEMS.columns, columns=SYSTEMS.columns)
    found = evaluation.decide(SYSTEMS, matrix, lower_is_better=["cost"])
    assert found.weights.round(3).tolist() == [0.637, 0.258, 0.105]  # Saaty's eigenvector
    assert found.consistency == pytest.approx(0.033, abs=0.001)
    plain = evaluation.decide(SYSTEMS, matrix.to_numpy(), lower_is_better=["cost"])
    ready = evaluation.decide(SYSTEMS, tiering.ahp(matrix.to_numpy().tolist()), lower_is_better=["cost"])
    for other in (plain, ready):
        pd.testing.assert_series_equal(other.weights, found.weights)


def test_contradicting_comparisons_show():
    # one above two, two above three, three above one
    matrix = [[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]]
    assert evaluation.decide(SYSTEMS, matrix, lower_is_better=["cost"]).consistency > 0.10


def test_sensitivity_by_hand():
    options = pd.DataFrame({"quality": [1.0, 0.0], "cost": [0.0, 1.0]}, index=["one", "other"])
    found = evaluation.decide(options, {"quality": 0.7, "cost": 0.3}, scale=(0, 1))
    table = evaluation.sensitivity(found)
    # one's score is the weight of quality, the other's that of cost: they meet at a half
    assert table.loc["quality", ["low", "high"]].tolist() == pytest.approx([0.5, 1.0])
    assert table.loc["cost", ["low", "high"]].tolist() == pytest.approx([0.0, 0.5])
    assert (table.loc["quality", "below"], table.loc["quality", "above"]) == ("other", "")
    assert table["distance"].tolist() == pytest.approx([0.2, 0.2])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 4))
def test_winner_stays_inside_the_limits_and_loses_outside(seed, options, criteria):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.random((options, criteria)), columns=[f"c{number}" for number in range(criteria)])
    weights = pd.Series(rng.dirichlet(np.ones(criteria)), table.columns)
    found = evaluation.decide(table, weights, scale=(0, 1))
    for criterion, row in evaluation.sensitivity(found).iterrows():
        for end, step, other in ((row["low"], -1e-4, row["below"]), (row["high"], 1e-4, row["above"])):
            for moved, winner in ((end - step, found.winner), (end + step, other)):
                if winner == "" or not 0 <= moved <= 1 or row["high"] - row["low"] < 3e-4:
                    continue
                rest = weights.drop(criterion)
                changed = pd.concat([rest / rest.sum() * (1 - moved), pd.Series({criterion: moved})])
                again = evaluation.decide(table, changed[table.columns], scale=(0, 1))
                best = again.ranking["score"].max()
                assert again.ranking.loc[winner, "score"] >= best - 1e-9


def test_option_that_is_never_better_never_wins():
    options = pd.DataFrame({"quality": [5, 3, 2], "cost": [100, 300, 200]}, index=["best", "bad", "middle"])
    table = evaluation.robustness(evaluation.decide(options, {"quality": 1, "cost": 1}, ["cost"]), draws=500)
    assert table["wins"].sum() == pytest.approx(1)
    assert table.loc["best", "wins"] == 1.0 and table.loc["best", "worst_rank"] == 1


def test_random_weights_between_two_equal_options_are_a_coin():
    options = pd.DataFrame({"quality": [1.0, 0.0], "cost": [0.0, 1.0]}, index=["one", "other"])
    found = evaluation.decide(options, {"quality": 0.7, "cost": 0.3}, scale=(0, 1))
    assert evaluation.robustness(found, draws=4000).loc["one", "wins"] == pytest.approx(0.5, abs=0.03)


def test_supplier_score_says_where_most_is_lost():
    metrics = pd.DataFrame(
        {"quality": [0.99, 0.97, 0.95], "delivery": [0.80, 0.95, 0.90], "price": [10.0, 12, 11]},
        index=["S1", "S2", "S3"],
    )
    table = evaluation.supplier_score(metrics, {"quality": 2, "delivery": 1, "price": 1}, ["price"])
    # S1: ½·1 + ¼·0 + ¼·1; S2: ½·½ + ¼·1 + ¼·0; S3: 0 + ¼·⅔ + ¼·½
    assert table["score"].to_dict() == pytest.approx({"S1": 0.75, "S2": 0.5, "S3": 7 / 24})
    assert table["class"].to_dict() == {"S1": "preferred", "S2": "approved", "S3": "improve"}
    assert table["weakest"].to_dict() == {"S1": "delivery", "S2": "quality", "S3": "quality"}
    assert table.loc["S3", "lost"] == pytest.approx(0.5)


def test_courses_criteria_name_no_vendor():
    assert len(set(evaluation.SYSTEM_CRITERIA)) == 10
    assert {"integration", "data_security", "cost"} <= set(evaluation.SYSTEM_CRITERIA)


def test_choices_that_cannot_be_made_are_refused():
    assert refusal(lambda: evaluation.decide(SYSTEMS[:1], WEIGHTS)) == "evaluation_options"
    assert refusal(lambda: evaluation.decide(SYSTEMS, {"ease_of_use": 1, "beauty": 1})) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, {})) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS, ["price"])) == "tiering_column"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS | {"cost": -1})) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, dict.fromkeys(WEIGHTS, 0))) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS | {"cost": "much"})) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, [[1, 2], [0.5, 1]])) == "evaluation_weights"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS, ["price"])) == "tiering_column"
    assert refusal(lambda: evaluation.decide(SYSTEMS.mask(SYSTEMS == 4), WEIGHTS)) == "tiering_missing"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS, scale=(1, 5))) == "evaluation_scale"
    assert refusal(lambda: evaluation.decide(SYSTEMS, WEIGHTS, scale=(5, 1))) == "evaluation_scale"
    twice = SYSTEMS.rename(index={"two": "one"})
    assert refusal(lambda: evaluation.decide(twice, WEIGHTS)) == "evaluation_option_twice"
    found = evaluation.decide(SYSTEMS, WEIGHTS)
    assert refusal(lambda: evaluation.robustness(found, draws=10)) == "evaluation_draws"
    assert refusal(lambda: evaluation.supplier_score(SYSTEMS, WEIGHTS, classes=(0.2, 0.8))) == "evaluation_classes"
