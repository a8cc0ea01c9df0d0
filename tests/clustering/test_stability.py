"""Stability and the verdict: right on made-up sets with groups and without, and by the rule that is stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook.clustering import cluster, stability
from crmbook.clustering.partition import Division, kmeans
from scipy.stats import skew


def standard(points: np.ndarray) -> np.ndarray:
    return (points - points.mean(axis=0)) / points.std(axis=0)


def clouds(rng: np.random.Generator, centres: list, each: int) -> np.ndarray:
    spots = np.repeat(np.array(centres, dtype=float), each, axis=0)
    return spots + rng.normal(size=spots.shape)


@pytest.fixture(scope="module")
def three():
    return standard(clouds(np.random.default_rng(0), [[0, 0, 0], [7, 0, 0], [0, 7, 0]], 80))


# Bootstrap


def test_clear_clusters_come_again_and_too_many_do_not(three):
    at_three = stability.bootstrap(three, kmeans(three, 3, seed=0), seed=0, times=10)
    at_five = stability.bootstrap(three, kmeans(three, 5, seed=0), seed=0, times=10)
    assert at_three.min() > 0.98
    assert at_five.mean() < 0.9


def test_a_division_drawn_by_lot_does_not_come_again(three):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, len(three))
    means = np.stack([three[labels == group].mean(axis=0) for group in range(3)])
    agreement = stability.bootstrap(three, Division(labels, means, 0.0), seed=0, times=10)
    assert abs(agreement.mean()) < 0.05


def test_bootstrap_of_repeated_values_survives_draws_that_miss_one():
    points = np.array([[0.0]] * 30 + [[1.0]] * 30 + [[2.0]])  # every third draw misses the last
    agreement = stability.bootstrap(points, kmeans(points, 3, seed=0), seed=0, times=10)
    assert agreement.min() > 0.9


# Gap statistic


def test_the_gap_is_largest_at_the_planted_number(three):
    beside = stability.reference(three[:, :2], [2, 3, 4, 5], seed=0)
    assert beside.gap.idxmax() == 3
    assert beside.gap[3] - beside.gap[1] > 10 * beside.gap_error[3]


@pytest.mark.parametrize("kind", ["normal", "uniform", "stretched"])
def test_one_cloud_has_its_largest_gap_at_one(kind):
    rng = np.random.default_rng(2)
    points = rng.normal(size=(400, 3)) if kind == "normal" else rng.random((400, 3))
    if kind == "stretched":
        points = points + 3 * rng.random((400, 1))
    beside = stability.reference(standard(points), [2, 3, 4], seed=0)
    assert (beside.gap[[2, 3, 4]] < beside.gap[1] + 3 * beside.gap_error[[2, 3, 4]]).all()


def test_a_cloud_of_one_hump_keeps_spread_skew_correlation_and_steps_but_no_groups():
    rng = np.random.default_rng(8)
    spend = rng.lognormal(0, 0.5, 4000)
    groups = np.repeat([0.0, 8.0], 2000) + rng.normal(size=4000)
    flag = rng.random(4000) < 0.3
    points = np.column_stack([spend, spend + rng.normal(size=4000), groups, flag])
    cloud = stability.one_hump(points, np.random.default_rng(1))
    assert cloud.mean(axis=0) == pytest.approx(points.mean(axis=0), abs=0.15)
    assert cloud[:, :3].std(axis=0) == pytest.approx(points[:, :3].std(axis=0), rel=0.06)
    assert skew(cloud[:, 0]) == pytest.approx(skew(spend), rel=0.2)
    assert np.corrcoef(cloud[:, :2].T)[0, 1] == pytest.approx(np.corrcoef(points[:, :2].T)[0, 1], abs=0.05)
    assert set(cloud[:, 3]) == {0, 1} and cloud[:, 3].mean() == pytest.approx(0.3, abs=0.1)
    middle = [np.mean(np.abs(each - each.mean()) < 1) for each in (points[:, 2], cloud[:, 2])]
    assert middle[0] < 0.01 and middle[1] > 0.15  # the valley between the groups is filled


def test_noise_lowers_the_silhouette_but_not_the_separation(three):
    from crmbook.clustering.partition import silhouette

    division = kmeans(three[:, :2], 3, seed=0)
    noise = np.random.default_rng(5).normal(size=(len(three), 4))
    widened = np.hstack([three[:, :2], noise])
    means = np.stack([widened[division.labels == group].mean(axis=0) for group in range(3)])
    noisy = Division(division.labels, means, 0.0)
    plain = silhouette(three[:, :2], division.labels[:, None]).mean()
    assert plain > 0.7 and silhouette(widened, division.labels[:, None]).mean() < 0.4
    assert stability.separation(three[:, :2], division) == pytest.approx(plain)
    assert stability.separation(widened, noisy) == pytest.approx(plain, abs=0.05)


def test_the_gap_by_its_definition():
    # in one column clouds are uniform with the data's deviation; for k = 1 their dispersion is known: n · s²
    rng = np.random.default_rng(3)
    points = standard(rng.normal(size=(500, 1)))
    beside = stability.reference(points, [2], seed=0, times=40)
    assert beside.gap[1] == pytest.approx(0, abs=0.02)
    # a uniform cloud of deviation 1 halved: each half is a quarter of the variance; a normal one: 1 − 2/π
    assert beside.gap[2] == pytest.approx(np.log(1 / 4) - np.log(1 - 2 / np.pi), abs=0.06)


# The rule


def scores(**changed) -> pd.DataFrame:
    row = {
        "gap": 0.5,
        "gap_one": 0.1,
        "separation": 0.40,
        "separation_reference": 0.30,
        "separation_error": 0.01,
        "stability": 0.95,
    }
    return pd.DataFrame([{**row, **changed}], index=pd.Index([3], name="k"))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "clusters"),
        ({"stability": 0.89}, "blurred"),
        ({"stability": 0.84}, "structureless"),
        ({"gap": 0.1}, "structureless"),
        ({"separation": 0.335, "separation_error": 0.012}, "structureless"),  # within three of its deviations
        ({"separation": 0.335}, "clusters"),
        ({"separation": 0.325, "separation_error": 0.001}, "structureless"),  # sure, but too little
    ],
)
def test_the_verdict_follows_its_stated_rule(changed, expected):
    assert stability.verdict(scores(**changed), 3) == expected


def test_merit_by_hand_and_the_choice_it_makes():
    table = pd.concat([scores(), scores(stability=0.5).set_axis([4])])
    # (.5 − .1 + .4 − .3) · .95² = .45125 and · .5² = .125
    assert stability.merit(table).tolist() == pytest.approx([0.45125, 0.125])
    table["merit"] = stability.merit(table)
    assert stability.choose(table) == 3
    assert stability.choose(table.assign(merit=[-0.1, -0.05])) == 3, "without any merit the most stable one"


def test_verdicts_are_right_on_made_up_sets():
    rng = np.random.default_rng(4)
    none, some = [], []
    for noise in (0, 1):
        none.append(rng.normal(size=(400, 2 + noise)) @ rng.normal(size=(2 + noise, 2 + noise)))
        none.append(rng.random((400, 2 + noise)))
        centres = 5 * np.eye(4, 3 + noise, k=-1)  # a corner and one step along each of three axes
        some.append(clouds(rng, centres.tolist(), 100))
    said = [cluster(pd.DataFrame(points), most=5) for points in none]
    assert [result.verdict for result in said] == ["structureless"] * 4
    said = [cluster(pd.DataFrame(points), most=5) for points in some]
    assert [(result.verdict, result.k) for result in said] == [("clusters", 4)] * 2


def stars(rng: np.random.Generator, means: list, each: int) -> np.ndarray:
    """Answers from 1 to 5 around the means of each group."""
    told = np.repeat(np.array(means, dtype=float), each, axis=0)
    return np.clip(np.round(told + rng.normal(scale=0.8, size=told.shape)), 1, 5)


def test_skewed_columns_and_columns_of_few_values_make_no_clusters_by_themselves():
    rng = np.random.default_rng(6)
    clouds_without = {
        "skewed": rng.lognormal(0, 0.6, size=(600, 3)),
        "stars": stars(rng, [[3.8, 3.2, 3.0]], 500),
        "flags": np.column_stack([rng.normal(size=(500, 2)), rng.random((500, 2)) < 0.3]),
        "ties": np.round(rng.normal(size=(400, 3))),
    }
    said = {kind: cluster(pd.DataFrame(points), most=5).verdict for kind, points in clouds_without.items()}
    assert said == dict.fromkeys(clouds_without, "structureless")


def test_clusters_in_columns_of_few_values_are_still_found():
    rng = np.random.default_rng(7)
    answers = stars(rng, [[4.6, 2, 4.5, 2], [2, 4.5, 2, 4.4], [4.5, 4.4, 2, 2]], 150)
    flags = rng.random((400, 6)) < np.repeat([[0.9], [0.1]], 200, axis=0)
    said = [cluster(pd.DataFrame(points.astype(float)), most=5) for points in (answers, flags)]
    assert [(result.verdict, result.k) for result in said] == [("clusters", 3), ("clusters", 2)]
