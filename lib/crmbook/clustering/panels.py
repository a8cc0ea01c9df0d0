"""Controls over clustering: change the number of clusters and the features.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import ipywidgets as widgets
import numpy as np
import pandas as pd
from markupsafe import Markup

from crmbook.clustering import charts as draw
from crmbook.clustering import partition, portraits
from crmbook.figures import controls
from crmbook.figures.wording import percent
from crmbook.locale import label, text
from crmbook.shared.features import checked, single_thread

SAMPLE = 1_000
"""Customers in whom the panel looks for clusters: enough to find the groups, few enough to answer at once."""

DRAWN = 500
"""Customers drawn on the map."""

DRAWS = 5
"""Draws of the bootstrap."""

RESAMPLED = 500
"""Customers in each of these draws."""

MOST = 7


def k(features: pd.DataFrame, k: int = 4, seed: int = 0) -> widgets.VBox:
    """Return a panel on which the number of clusters and the features can be changed.

    Parameters
    ----------
    features : DataFrame
        A row for each customer; features fit for clustering (`crmbook.clustering.prepare`). With more than
        ``SAMPLE`` customers the clusters are found in a sample of that size and the others go to the nearest centre;
        the profile is that of all customers, and the words say what was sampled.
    k : int
        Where the slider stands at first, from 2 to ``MOST``; a number beyond is brought inside.
    seed : int

    Returns
    -------
    VBox
        Children in order, with their CSS classes: the question (``crmbook-question``), the number of clusters
        (``crmbook-k``), a row of buttons, one for each feature (``crmbook-features``), a line of words
        (``crmbook-words``), the map (``crmbook-k-map``), the profile (``crmbook-k-profile``).

    Raises
    ------
    DataError
        For features that cannot be clustered.

    Examples
    --------
    >>> spots = np.random.default_rng(0).normal(size=(60, 3))
    >>> k(pd.DataFrame(spots, columns=["recency", "frequency", "monetary"]), k=3).children[1].value
    3
    """
    ready = checked(features, least=8)
    scaled = (ready - ready.mean()) / partition.spread(ready)
    plane = portraits.customer_map(scaled)
    plane = replace(plane, points=plane.points.iloc[partition.sample(len(ready), DRAWN, seed)])
    slider = controls.count(text("clustering.k_slider"), min(max(k, 2), MOST), 2, MOST, "crmbook-k")
    buttons = [
        widgets.ToggleButton(value=True, description=label(str(feature)), layout=widgets.Layout(width="auto"))
        for feature in scaled
    ]
    row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap")).add_class("crmbook-features")
    sampled = partition.sample(len(scaled), SAMPLE, seed)

    @cache  # whoever compares goes back and forth
    def judged(number: int, chosen: tuple[bool, ...]) -> tuple[pd.Series, str, str]:
        used = scaled.loc[:, list(chosen)]
        division, labels = _divided(used, sampled, number, seed)
        words = _words(used.to_numpy(), sampled, division, seed)
        return labels, words, draw.profile_table(scaled.groupby(labels).mean(), _names(labels))

    every = tuple(button.value for button in buttons)
    for number in range(2, MOST + 1):  # a number of clusters with all features is then only looked up
        judged(number, every)

    def look() -> controls.Seen:
        chosen = tuple(button.value for button in buttons)
        if sum(chosen) < 2:
            return {"crmbook-words": text("clustering.k_two")}
        labels, words, profile = judged(slider.value, chosen)
        cells = draw.cluster_map(plane, labels)
        return {"crmbook-words": words, "crmbook-k-map": cells, "crmbook-k-profile": Markup(profile)}

    return controls.answering("clustering.k_question", [slider, row], look, kind="crmbook-k-panel")


def _divided(used: pd.DataFrame, sampled: np.ndarray, k: int, seed: int) -> tuple[partition.Division, pd.Series]:
    points = used.to_numpy()
    some = points[sampled]
    with single_thread():  # threads that wait for each other would cost more than they save
        division = partition.kmeans(some, min(k, partition.distinct(some)), seed, starts=3)
        return division, pd.Series(partition.nearest(points, division.centres)[0], index=used.index)


def _words(points: np.ndarray, sampled: np.ndarray, division: partition.Division, seed: int) -> str:
    some = points[sampled]
    with single_thread():
        silhouette = float(partition.silhouette(some, division.labels[:, None]).mean())
        stability = _comes_again(some, division, seed)
    said = text(
        "clustering.k_words",
        k=division.k,
        features=points.shape[1],
        customers=len(points),
        silhouette=silhouette,
        stability=stability,
    )
    facts = {"judged": said, "draws": DRAWS, "resampled": min(len(some), RESAMPLED), "dots": min(len(points), DRAWN)}
    if len(some) == len(points):
        return text("clustering.k_quick", **facts)
    return text("clustering.k_sampled", sample=len(some), **facts)


def _names(labels: pd.Series) -> dict[object, str]:
    shares = labels.value_counts(normalize=True)
    return {group: text("clustering.k_group", group=group, share=percent(share)) for group, share in shares.items()}


def _comes_again(points: np.ndarray, division: partition.Division, seed: int) -> float:
    # the bootstrap of `stability`, with fewer rows, draws and starts: a panel has to answer at once
    rng = np.random.default_rng(seed)
    agreed = []
    for draw_number in range(DRAWS):
        rows = points[rng.integers(0, len(points), min(len(points), RESAMPLED))]
        groups = min(division.k, partition.distinct(rows))
        again = partition.kmeans(rows, groups, draw_number, starts=2)
        agreed.append(partition.rand_index(division.labels, partition.nearest(points, again.centres)[0]))
    return float(np.mean(agreed))
