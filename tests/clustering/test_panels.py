"""The clustering panels: a control that moves changes the figures in place to what the methods say."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from crmbook.clustering import panels
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.reports.html import safe
from panel_parts import child, same
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score


@pytest.fixture(autouse=True)
def _english_afterwards():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    spots = np.repeat([[0, 0, 0], [8, 0, 0], [0, 8, 0]], [90, 70, 50], axis=0) + rng.normal(size=(210, 3))
    return pd.DataFrame(spots, columns=["recency", "frequency", "pieces"], index=[f"C{n:03}" for n in range(210)])


def test_k_panel_has_its_children_in_the_documented_order(features):
    panel = panels.k(features)
    kinds = ["crmbook-question", "crmbook-k", "crmbook-features", "crmbook-words", "crmbook-k-map", "crmbook-k-profile"]
    assert [kind in each._dom_classes for kind, each in zip(kinds, panel.children, strict=True)] == [True] * 6
    assert "crmbook-k-panel" in panel._dom_classes


def rows(panel) -> list[str]:
    """The profile's row headings."""
    return re.findall(r'<th scope="row"[^>]*>([^<]*)<', child(panel, "crmbook-k-profile").value)


def test_moving_k_shows_the_clusters_that_scikit_learn_finds(features):
    panel = panels.k(features, k=5)
    cells = child(panel, "crmbook-k-map")
    child(panel, "crmbook-k").value = 3
    assert child(panel, "crmbook-k-map") is cells
    scaled = ((features - features.mean()) / features.std(ddof=0)).to_numpy()
    expected = KMeans(3, n_init=10, random_state=0).fit_predict(scaled)
    assert adjusted_rand_score(expected, list(cells.data[0].text)) == 1.0
    assert f"silhouette {silhouette_score(scaled, expected):.2f}" in child(panel, "crmbook-words").value
    sizes = sorted(np.bincount(expected), reverse=True)
    assert rows(panel) == [f"cluster {place} ({size / 210:.0%})" for place, size in enumerate(sizes)]


def test_moving_k_draws_what_a_fresh_panel_draws(features):
    panel = panels.k(features, k=2)
    child(panel, "crmbook-k").value = 4
    fresh = panels.k(features, k=4)
    same(child(panel, "crmbook-k-map"), child(fresh, "crmbook-k-map"))
    assert child(panel, "crmbook-k-profile").value == child(fresh, "crmbook-k-profile").value


def test_stability_is_high_where_groups_are_planted_and_falls_beyond(features):
    panel = panels.k(features, k=3)
    stability = []
    for k in (3, 6):
        child(panel, "crmbook-k").value = k
        stability.append(float(child(panel, "crmbook-words").value.split("stability ")[1][:4]))
    assert stability[0] > 0.95 > stability[1]


def test_a_feature_switched_off_plays_no_part(features):
    panel = panels.k(features, k=2)
    noise = child(panel, "crmbook-features").children[2]
    noise.value = False
    assert "2 clusters of 2 features" in child(panel, "crmbook-words").value


def test_one_feature_alone_is_refused_in_words(features):
    panel = panels.k(features, k=2)
    for button in child(panel, "crmbook-features").children[:2]:
        button.value = False
    assert "At least two features" in child(panel, "crmbook-words").value
    child(panel, "crmbook-features").children[0].value = True
    assert "2 clusters of 2 features" in child(panel, "crmbook-words").value


@pytest.mark.parametrize(("asked", "stands"), [(1, 2), (40, panels.MOST)])
def test_k_beyond_the_slider_is_brought_inside(features, asked, stands):
    assert child(panels.k(features, k=asked), "crmbook-k").value == stands


def test_a_redraw_does_not_grow_with_the_number_of_customers_and_says_what_was_sampled(features):
    many = pd.concat([features] * 30, ignore_index=True)
    panel = panels.k(many)
    figure = child(panel, "crmbook-k-map")
    child(panel, "crmbook-k").value = 3
    assert len(figure.data[0].x) == panels.DRAWN
    said = child(panel, "crmbook-words").value
    assert "6,300 customers" in said and "found in 1,000 customers drawn by lot" in said and "shows 500" in said
    assert rows(panel) == ["cluster 0 (43%)", "cluster 1 (33%)", "cluster 2 (24%)"]  # 90, 70, 50 of 210: of all


def test_nothing_is_said_of_a_sample_where_there_is_none(features):
    said = child(panels.k(features), "crmbook-words").value
    assert "drawn by lot" not in said and "map shows 210" in said


def test_the_profile_tells_distances_from_the_average(features):
    panel = panels.k(features, k=3)
    scaled = (features - features.mean()) / features.std(ddof=0)
    told = [float(cell) for cell in re.findall(r"<td style[^>]*>([^<]+)<", child(panel, "crmbook-k-profile").value)]
    assert told[3:6] == pytest.approx(scaled.iloc[90:160].mean().tolist(), abs=0.051)  # 70 customers: cluster 1
    assert safe(child(panel, "crmbook-k-profile").value).count("background-color") == 9, "a report keeps the colours"


def test_k_panel_refuses_blanks(features):
    with pytest.raises(DataError):
        panels.k(features.assign(pieces=np.nan))


def test_every_control_says_what_it_does_in_the_language_in_use(features):
    for language in ("en", "zh"):
        use(language)
        panel = panels.k(features)
        said = [child(panel, "crmbook-k").description, child(panel, "crmbook-question").value]
        said += [button.description for button in child(panel, "crmbook-features").children]
        for word in said:
            assert any("\u4e00" <= sign <= "\u9fff" for sign in word) == (language == "zh"), word
