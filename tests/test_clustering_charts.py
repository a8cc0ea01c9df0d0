"""The clustering figures: what they draw is what the methods found, and what they say is what they draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook.charts import clustering as draw
from crmbook.charts import offers as draw_offers
from crmbook.locale import use
from crmbook.methods import clustering, portraits, profiles, regression


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def spots() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    middle = np.repeat([[0, 0], [9, 0], [0, 9]], [50, 40, 30], axis=0)
    return pd.DataFrame(middle + rng.normal(size=(120, 2)), columns=["recency", "pieces"])


@pytest.fixture(scope="module")
def found(spots) -> clustering.Clusters:
    return clustering.cluster(spots, most=5)


def test_three_planted_groups_are_called_clusters(found):
    assert draw.verdict(found).words.startswith("There are clusters: 3 of them")


@pytest.mark.parametrize(("language", "said"), [("en", "There are no clusters here"), ("zh", "这里没有群体")])
def test_a_cloud_is_called_structureless(language, said):
    use(language)
    cloud = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
    assert draw.verdict(clustering.cluster(cloud, most=4)).words.startswith(said)


def test_indices_mark_the_number_each_asks_for(found):
    figure = draw.indices(found.scores)
    marked = [trace.x[0] for trace in figure.data if trace.mode == "markers"]
    silhouettes = found.scores["silhouette"]
    assert marked[0] == silhouettes.idxmax() == 3
    assert figure.layout.annotations[0].text == "Silhouette (high)"


def test_map_labels_each_cluster_in_its_middle(spots, found):
    plane = portraits.customer_map(spots)
    figure = draw.cluster_map(plane, found.labels, {0: "a", 1: "b", 2: "c"})
    assert sorted(figure.data[0].text) == ["a"] * 50 + ["b"] * 40 + ["c"] * 30
    first = plane.points[found.labels == 0]["component_1"].mean()
    assert figure.data[1].x[0] == pytest.approx(first, abs=1e-3)
    assert figure.data[1].text == ("<b>a</b>", "<b>b</b>", "<b>c</b>")


def test_map_takes_many_customers_and_draws_some(spots):
    many = pd.concat([spots] * 20, ignore_index=True)
    figure = draw.cluster_map(portraits.customer_map(many), pd.Series(0, index=many.index))
    assert len(figure.data[0].x) == draw.SHOWN


def test_names_with_two_of_a_kind_are_told_apart():
    line = {"name": "distinct", "feature": "pieces", "direction": -1}
    assert draw.segment_names(pd.DataFrame([line, line], index=[0, 1])) == {
        0: "low: pieces an order line 0",
        1: "low: pieces an order line 1",
    }


def test_profile_names_the_segment_that_stands_out_most():
    # a: 1, 1, 1; b: 5. Mean 2, standard deviation sqrt(3) = 1.73: b lies (5 - 2) / 1.73 = 1.7 above.
    profiled = portraits.profile(pd.DataFrame({"pieces": [1, 1, 1, 5]}), pd.Series(list("aaab")))
    figure = draw.profile_map(profiled, {"a": "few", "b": "many"})
    assert figure.layout.title.text.startswith("many stands out most: pieces an order line 1.7 standard")
    assert [list(line) for line in figure.data[0].text] == [["-0.6"], ["+1.7"]]


def test_tile_map_counts_customers_by_province():
    figure = draw.tile_map(profiles.tiles(pd.Series(["广东", "Guangdong", "Beijing", "?"])))
    assert figure.layout.title.text == "Most customers live in Guangdong: 50%"
    assert sum(figure.data[0].z) == 3
    use("zh")
    assert "广东" in draw.tile_map(profiles.tiles(pd.Series(["Guangdong"]))).layout.title.text


def test_coefficient_that_may_be_nothing_says_so():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"frequency": rng.normal(size=300), "recency": rng.normal(size=300)})
    happened = pd.Series(frame["frequency"] + rng.logistic(size=300) > 0)
    first, second = draw.coefficients_in_words(regression.logistic(frame, happened))
    assert "odds of buying multiplied by" in first
    assert second == "Recency (days): cannot be told from no effect at all."


def test_a_pair_is_drawn_once():
    line = {"antecedent": "tea", "consequent": "cup", "lift": 2.0, "q": 0.001}
    pairs = pd.DataFrame([line, {**line, "antecedent": "cup", "consequent": "tea"}])
    rare = {**line, "antecedent": "tea", "consequent": "ink", "lift": 0.4}  # less often than by chance: no rule
    pairs = pd.concat([pairs, pd.DataFrame([rare])], ignore_index=True)
    figure = draw_offers.rules(pairs)
    assert figure.data[0].y == ("tea + cup",)
    assert figure.layout.title.text == "tea and cup go together 2.0 times as often as by chance"


def test_column_that_is_blank_throughout_closes_a_section():
    assert draw.no_column(pd.DataFrame({"channel": [None, None]}), "channel").words.startswith("This section needs")
    assert draw.no_column(pd.DataFrame({"channel": ["web"]}), "channel") is None
