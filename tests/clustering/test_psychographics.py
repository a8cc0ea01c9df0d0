"""Psychographics: from items to factors to scores, with planted traits."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from crmbook.clustering import cluster, partition, psychographics
from crmbook.data.faults import DataError
from crmbook.satisfaction.psychometrics import factors


@contextmanager
def refused(code: str, *named: str):
    """Expect a DataError with this code whose text can be made and names these words."""
    with pytest.raises(DataError) as error:
        yield
    assert error.value.code == code
    said = str(error.value)
    assert [word for word in named if word not in said] == []


LOADINGS = np.kron(np.eye(3), np.ones(4)) * 0.8  # three traits, four items each
GROUPS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # traits that have nothing to do with each other


@pytest.fixture(scope="module")
def people():
    """Four groups of people with their own traits, and their answers on a five-point scale."""
    rng = np.random.default_rng(0)
    group = rng.choice(4, 900, p=[0.3, 0.3, 0.2, 0.2])
    traits = GROUPS[group] + 0.4 * rng.normal(size=(900, 3))
    latent = traits @ LOADINGS + 0.6 * rng.normal(size=(900, 12))
    answers = np.clip(np.round(3 + latent), 1, 5).astype(int)
    answers[:, 5] = 6 - answers[:, 5]  # item 6 is worded the other way round
    table = pd.DataFrame(answers, columns=[f"item_{number}" for number in range(1, 13)])
    table.insert(0, "customer_id", [f"C{number:03}" for number in range(900)])
    index = pd.Index(table["customer_id"])
    return table, pd.DataFrame(traits, index), pd.Series(group, index)


def test_items_become_factors_become_scores(people):
    table, traits, _ = people
    items = psychographics.items_of(table)
    found = factors(items)
    assert found.loadings.shape == (12, 3)
    scores = psychographics.scale_scores(items, found)
    apart = np.abs(np.corrcoef(scores.T, traits.T)[:3, 3:])
    assert apart.max(axis=1).min() > 0.85, "each factor is one of the planted traits"
    assert sorted(apart.argmax(axis=1)) == [0, 1, 2]
    assert scores.stack().between(1, 5).all()  # in points of the questions


def test_markers_tell_the_traits_apart_and_the_reversed_item_loads_below_zero(people):
    items = psychographics.items_of(people[0])
    marks = psychographics.marker_items(factors(items), smallest=0.5)
    sets = marks.groupby("factor")["item"].agg(set).tolist()
    planted = [{f"item_{number}" for number in range(first, first + 4)} for first in (1, 5, 9)]
    assert sorted(map(sorted, sets)) == sorted(map(sorted, planted))
    own = marks[marks["item"].isin(planted[1])].set_index("item")["loading"]
    assert own["item_6"] * own["item_5"] < 0


def test_each_scale_is_reliable_once_items_are_turned(people):
    items = psychographics.items_of(people[0])
    alphas = psychographics.scales(items, factors(items))
    assert len(alphas) == 3
    assert alphas["items"].tolist() == [4, 4, 4] and alphas["n"].tolist() == [len(items.dropna())] * 3
    assert (alphas[["low", "alpha", "high"]].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert alphas["low"].min() > 0.7 and alphas["high"].max() < 0.95


def test_scale_scores_are_means_with_reversed_items_turned(people):
    items = psychographics.items_of(people[0])
    found = factors(items)
    scores = psychographics.scale_scores(items, found)
    factor = found.loadings.loc["item_5"].abs().idxmax()
    sign = np.sign(found.loadings.loc["item_5", factor])
    own = items[["item_5", "item_6", "item_7", "item_8"]].copy()
    own["item_6"] = 6 - own["item_6"]
    by_hand = own.mean(axis=1) if sign > 0 else 6 - own.mean(axis=1)
    assert scores[factor].to_numpy() == pytest.approx(by_hand.to_numpy())


def test_groups_of_people_come_back_from_their_scores(people):
    items = psychographics.items_of(people[0])
    result = cluster(psychographics.scale_scores(items, factors(items)), most=5)
    assert result.k == 4 and result.verdict == "clusters"
    assert partition.rand_index(people[2].sort_index().to_numpy(), result.labels.to_numpy()) > 0.8


def test_who_skipped_an_item_gets_no_score_and_nothing_is_filled_in(people):
    table = people[0].copy().astype({"item_3": float})
    table.loc[[4, 9], "item_3"] = np.nan
    items = psychographics.items_of(table)
    scores = psychographics.scale_scores(items, factors(items))
    assert items["item_3"].isna().sum() == 2
    assert len(scores) == 898 and "C004" not in scores.index


def test_answers_off_the_scale_and_double_respondents_are_refused(people):
    table = people[0].copy()
    table.loc[3, "item_2"] = 55
    with pytest.raises(DataError) as error:
        psychographics.items_of(table)
    assert "item_2" in str(error.value) and "55" in str(error.value)
    with refused("clustering_customer_twice", "C000"):
        psychographics.items_of(pd.concat([people[0], people[0].iloc[:1]]))
    with refused("psychographic_few_items", "0"):
        psychographics.items_of(people[0][["customer_id"]])
    with refused("clustering_columns", "item_12"):
        items = psychographics.items_of(people[0])
        psychographics.scale_scores(items.drop(columns="item_12"), factors(items))


def test_groups_of_the_sample_come_back_nearly_as_well_as_to_one_who_was_told():
    from crmbook.clustering.segments import compare
    from crmbook.data.home import home
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.model_selection import cross_val_predict

    folder = home() / "data" / "sample" / "retail"
    items = psychographics.items_of(pd.read_csv(folder / "lifestyle.csv", dtype={"customer_id": str}))
    truth = pd.read_csv(folder / "truth.csv", dtype=str).query("entity == 'customer'").set_index("id")["psychographic"]
    scores = psychographics.scale_scores(items, factors(items))
    own = truth[scores.index]
    told = pd.Series(cross_val_predict(QuadraticDiscriminantAnalysis(), scores, own, cv=10), scores.index)
    result = cluster(scores, most=5)
    assert result.k == 4 and result.verdict == "clusters"
    assert compare(result.labels, own).rand >= 0.9 * compare(told, own).rand
