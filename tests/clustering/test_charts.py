"""The clustering figures: what they draw is what the methods found, and what they say is what they draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crmbook import clustering
from crmbook.clustering import behavioural as behaviour
from crmbook.clustering import charts as draw
from crmbook.clustering import charts as draw_profiles
from crmbook.clustering import portraits, profiles
from crmbook.locale import use
from crmbook.offers import charts as draw_offers


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
    assert figure.layout.annotations[0].text == "Silhouette (high): <b>3</b>"


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
        0: "Low on pieces per order line 0",
        1: "Low on pieces per order line 1",
    }


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Specialists, lower share of orders online"), ("zh", "专一族（线上订单占比偏低）")],
)
def test_a_name_shared_with_another_segment_says_how_it_differs(language, said):
    use(language)
    line = {"name": "specialists", "feature": "share_online", "direction": -1}
    given = draw.segment_names(pd.DataFrame([{**line, "shared": False}, {**line, "shared": True}]))
    assert given[1] == said and given[0] == said[: len(given[0])]


def test_profile_names_the_segment_that_stands_out_most():
    # a: 1, 1, 1; b: 5. Mean 2, standard deviation sqrt(3) = 1.73: b lies (5 - 2) / 1.73 = 1.7 above.
    profiled = portraits.profile(pd.DataFrame({"pieces": [1, 1, 1, 5]}), pd.Series(list("aaab")))
    figure = draw.profile_map(profiled, {"a": "few", "b": "many"})
    said = figure.layout.title.text.replace("<br>", " ")
    assert said == "Farthest from the average: many, pieces per order line 1.7 standard deviations above"
    assert [list(line) for line in figure.data[0].text] == [["-0.6"], ["+1.7"]]


def test_a_segment_named_after_its_feature_is_not_told_twice():
    profiled = portraits.profile(pd.DataFrame({"pieces": [1, 1, 1, 5]}), pd.Series(list("aaab")))
    named = draw.segment_names(portraits.names(profiled, rules=()))
    assert named == {"a": "Low on pieces per order line", "b": "High on pieces per order line"}
    said = draw.profile_map(profiled, named).layout.title.text.replace("<br>", " ")
    assert said == "Farthest from the average: High on pieces per order line, by 1.7 standard deviations"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_rule_gives_a_name_in_words(language):
    use(language)
    codes = [code for code, _ in portraits.BUYING_RULES]
    given = draw.segment_names(pd.DataFrame({"name": codes, "feature": None, "direction": None}))
    assert [words for words, code in zip(given.values(), codes, strict=True) if words.lower().startswith(code)] == [
        words for words, code in zip(given.values(), codes, strict=True) if language == "en" and "_" not in code
    ]
    assert all("_" not in words for words in given.values())


def test_those_left_out_are_counted_by_reason():
    features = pd.DataFrame({"pieces": [1.0, 2.0]})
    reasons = pd.Series(["few_orders"] * 3 + ["blank", "no_purchase"])
    said = draw.left_out(behaviour.Behaviour(features, reasons, ("channel",)), 3).words
    assert said.startswith("2 of 6 customers are clustered; 3 have fewer than 3 orders and 1 have blank cells")
    assert said.endswith(
        "Your orders do not have channel. The clusters are made of what there is: pieces per order line."
    )


def test_treatments_say_the_skewness_of_each():
    # 0, 0, 0, 1 lie -.25 (three times) and .75 from their mean: second moment .1875, third .09375, so .09375 /
    # .1875 ** 1.5 = 1.1547; for the sample times sqrt(4 * 3) / 2: 2.0
    tried = pd.DataFrame({"as_is": [0.0, 0, 0, 1], "winsorised": [0.0, 1, 0, 1]})
    figure = draw.treatments(tried, "frequency")
    assert figure.layout.title.text == "Skewness of frequency (orders): as it is 2.0, winsorised 0.0"
    assert [sum(trace.y) for trace in figure.data] == [4, 4]


def test_dendrogram_cuts_the_tree_into_its_clusters(spots, found):
    tree = clustering.ward(spots, 3)
    figure = draw.dendrogram(tree, twigs=10)
    sizes = [int(size) for size in figure.layout.xaxis.ticktext]
    assert len(sizes) == 10 and sum(sizes) == len(spots)
    branches = [trace for trace in figure.data if trace.line.color != "#767676"]
    assert len(branches) == 3
    cut = figure.layout.shapes[0].y0
    assert all(max(y for y in trace.y if y is not None) < cut for trace in branches)
    [above] = [trace for trace in figure.data if trace.line.color == "#767676"]
    tops = [trace_y for trace_y in above.y if trace_y is not None and trace_y > cut]
    assert max(tops) == pytest.approx(tree.heights[2])
    step = tree.heights[3] / tree.heights[4]
    assert f"{step:.1f} times as high" in figure.layout.title.text.replace("<br>", " ")


def test_dendrogram_of_single_customers_and_of_copies():
    three = clustering.ward(pd.DataFrame({"orders": [1.0, 5, 20]}), 3)  # nothing lies below the cut
    assert "far apart" in draw.dendrogram(three).layout.title.text
    copies = clustering.ward(pd.DataFrame({"orders": [1.0, 1, 1, 9, 9]}), 2)  # all joins below are of height 0
    assert "far apart" in draw.dendrogram(copies).layout.title.text


def test_a_mixture_is_sure_of_groups_far_apart(spots):
    clouds = clustering.mixture(spots, 3)
    assert draw.certainty(clouds).words.startswith("For 100% of the customers the mixture is sure")


def test_mixed_types_without_structure_are_called_so():
    rng = np.random.default_rng(0)
    groups = pd.DataFrame({"age": [20.0, 21, 22, 60, 61], "city": list("aaabb")})
    assert draw.mixed_words(clustering.mixed(groups, k=2)).words.endswith("a clear structure.")
    noise = pd.DataFrame(rng.uniform(size=(150, 4)), columns=list("abcd"))
    assert draw.mixed_words(clustering.mixed(noise, k=5)).words.endswith("no structure to speak of.")


def test_no_newcomers_are_no_share_of_nothing():
    assert draw.newcomers(pd.DataFrame({"novel": []})).words == "Nobody is new since then."


def test_drift_is_read_by_its_usual_bounds():
    before = pd.Series(["x"] * 50 + ["y"] * 50)
    for moved, said in ((0, "are stable"), (17, "are moving"), (30, "have shifted")):
        # from half and half to .67 and .33: (.17) ln(.67/.5) - (.17) ln(.33/.5) = .050 + .071 = .12; to .8 and .2: .42
        after = before.mask((before == "y") & (before.index < 50 + moved), "x")
        assert said in draw.drifted(clustering.drift(before, after)).words
    assert (
        "30% of the 100 customers present at both dates changed" in draw.drifted(clustering.drift(before, after)).words
    )
    others = before.set_axis(range(900, 1000))
    assert "both dates" not in draw.drifted(clustering.drift(before, others)).words


def test_segments_that_say_no_more_than_lots_are_told_apart():
    labels = pd.Series(list("xy") * 100)
    far = draw.useful(clustering.usefulness(labels, pd.Series([1.0, 9.0] * 100))).words
    assert far.startswith("The segments explain 100%") and far.endswith("these do better than chance.")
    noise = pd.Series(np.random.default_rng(3).normal(size=200))
    assert draw.useful(clustering.usefulness(labels, noise)).words.endswith("cannot be told from chance.")


def test_a_factor_takes_the_words_of_an_item_that_rises_with_it():
    marked = pd.DataFrame(
        {
            "factor": ["factor_1", "factor_1", "factor_2"],
            "item": ["item_6", "item_5", "own_item"],
            "loading": [-0.8, 0.7, -0.6],
        }
    )
    names = draw.factor_names(marked)
    assert names == {"factor_1": "“I like to be the first with something new”", "factor_2": "own_item"}
    use("zh")
    assert draw.factor_names(marked)["factor_1"] == "“我喜欢率先尝试新东西”"


def test_only_what_surely_differs_is_bold():
    # group a: 40 of 40 in x, where the average is 60 of 80; b: 20 and 20
    groups = pd.Series(["a"] * 40 + ["b"] * 40)
    profiled = profiles.composition(pd.Series(["x"] * 60 + ["y"] * 20), groups)
    figure = draw_profiles.composition(profiled, "income_band")
    # index a, x: 100 / .75 = 133; a, y: 0; b, x: 50 / .75 = 67; b, y: 50 / 25 = 200; all four far outside
    assert [list(line) for line in figure.data[0].text] == [["<b>133</b>", "<b>0</b>"], ["<b>67</b>", "<b>200</b>"]]
    same = draw_profiles.composition(profiles.composition(pd.Series(list("xy") * 40), groups), "income_band")
    assert "<b>" not in str(same.data[0].text)
    assert same.layout.title.text == "Income band: nothing lies above the average for certain in any segment"


def test_location_quotients_say_where_a_segment_is_at_home():
    groups = pd.Series(["a"] * 40 + ["b"] * 40)
    places = pd.Series(["north"] * 60 + ["south"] * 20)
    figure = draw_profiles.quotients(profiles.location_quotients(places, groups), "city_tier")
    # the quotient farthest from 1 on a scale of ratios: a is never in the south
    assert figure.layout.title.text == "a, city tier south: 0.00 times the average share"
    calm = draw_profiles.quotients(profiles.location_quotients(pd.Series(list("xy") * 40), groups), "city_tier")
    assert calm.layout.title.text.startswith("City tier: no segment is surely more or less at home")


def test_tile_map_counts_customers_by_province():
    figure = draw_profiles.tile_map(profiles.tiles(pd.Series(["广东", "Guangdong", "Beijing", "?"])))
    assert figure.layout.title.text == "Most customers live in Guangdong: 50%"
    assert sum(figure.data[0].z) == 3
    use("zh")
    assert "广东" in draw_profiles.tile_map(profiles.tiles(pd.Series(["Guangdong"]))).layout.title.text


def test_a_pair_is_drawn_once():
    line = {"antecedent": "tea", "consequent": "cup", "lift": 2.0, "q": 0.001}
    pairs = pd.DataFrame([line, {**line, "antecedent": "cup", "consequent": "tea"}])
    rare = {**line, "antecedent": "tea", "consequent": "ink", "lift": 0.4}  # less often than by chance: no rule
    pairs = pd.concat([pairs, pd.DataFrame([rare])], ignore_index=True)
    figure = draw_offers.rules(pairs)
    assert figure.data[0].y == ("tea + cup",)
    assert figure.layout.title.text == "tea and cup go together 2.0 times as often as by chance"
