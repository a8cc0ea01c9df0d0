"""Controls over clustering: change the number of clusters and the features.

Each panel is a VBox. Its children stand in the order that its function's docstring gives, each with a CSS class of its
own.
"""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import clustering as draw
from crmbook.charts.parts import fill
from crmbook.locale import label, text
from crmbook.methods import partition, portraits
from crmbook.panels import controls

SAMPLE = 1_000
"""Customers that the panel of k looks at: enough to see the groups, few enough to redraw at once."""

DRAWS = 5
MOST = 7

_RESAMPLED = 500


def k_panel(features: pd.DataFrame, k: int = 4, seed: int = 0) -> widgets.VBox:
    """Return a panel on which the number of clusters and the features can be changed.

    Parameters
    ----------
    features : DataFrame
        A row for each customer; features fit for clustering (`crmbook.methods.clustering.prepare`). With more than
        ``SAMPLE`` customers a sample of that size is shown.
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
    >>> k_panel(pd.DataFrame(spots, columns=["recency", "frequency", "monetary"]), k=3).children[1].value
    3
    """
    ready = partition.checked(features, least=8)
    shown = ready.iloc[partition.sample(len(ready), SAMPLE, seed)]
    varied = shown.columns[shown.nunique() > 1]
    scaled = (shown[varied] - shown[varied].mean()) / partition.spread(shown[varied])
    plane = portraits.customer_map(scaled)
    slider = widgets.IntSlider(
        value=min(max(k, 2), MOST),
        min=2,
        max=MOST,
        description=text("clustering.k_slider"),
        style=controls.WORDED,
        layout=controls.WIDE,
    ).add_class("crmbook-k")
    buttons = [
        widgets.ToggleButton(value=True, description=label(str(feature)), layout=widgets.Layout(width="auto"))
        for feature in varied
    ]
    row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap")).add_class("crmbook-features")
    known: dict[tuple[int, tuple[bool, ...]], tuple[str, pd.Series, pd.DataFrame]] = {}

    def looked_at() -> tuple[str, pd.Series, pd.DataFrame]:
        asked = (int(slider.value), tuple(button.value for button in buttons))
        if asked not in known:  # whoever compares goes back and forth
            known[asked] = _divided(scaled, asked[0], np.array(asked[1]), seed)
        return known[asked]

    said, labels, profile = looked_at()
    words = controls.words(said)
    cells = controls.shown(draw.cluster_map(plane, labels), "crmbook-k-map")
    table = controls.shown(_profile_figure(profile), "crmbook-k-profile")

    def change(_: dict) -> None:
        if sum(button.value for button in buttons) < 2:
            words.value = controls.spoken(text("clustering.k_two"))
            return
        said, labels, profile = looked_at()
        words.value = controls.spoken(said)
        fill(cells, draw.cluster_map_parts(plane, labels))
        fill(table, draw.profile_map_parts(profile))

    for control in (slider, *buttons):
        control.observe(change, "value")
    return controls.panel("clustering.k_question", slider, row, words, cells, table, kind="crmbook-k-panel")


def _divided(scaled: pd.DataFrame, k: int, chosen: np.ndarray, seed: int) -> tuple[str, pd.Series, pd.DataFrame]:
    used = scaled.loc[:, chosen].to_numpy()
    groups = min(k, partition.distinct(used))
    division = partition.kmeans(used, groups, seed, starts=3)
    labels = pd.Series(division.labels, index=scaled.index)
    said = text(
        "clustering.k_words",
        k=groups,
        features=int(chosen.sum()),
        customers=len(scaled),
        silhouette=float(partition.silhouette(used, division.labels[:, None]).mean()),
        stability=_comes_again(used, division, seed),
        draws=DRAWS,
    )
    return said, labels, scaled.groupby(labels).mean()


def _comes_again(points: np.ndarray, division: partition.Division, seed: int) -> float:
    # the bootstrap of `stability`, with fewer rows, draws and starts: a panel has to answer at once
    rng = np.random.default_rng(seed)
    agreed = []
    for draw_number in range(DRAWS):
        rows = points[rng.integers(0, len(points), min(len(points), _RESAMPLED))]
        groups = min(division.k, partition.distinct(rows))
        again = partition.kmeans(rows, groups, draw_number, starts=2)
        agreed.append(partition.rand_index(division.labels, partition.nearest(points, again.centres)[0]))
    return float(np.mean(agreed))


def _profile_figure(z: pd.DataFrame) -> go.Figure:
    rows = pd.MultiIndex.from_product([z.index, z.columns], names=["segment", "feature"])
    long = pd.DataFrame({"z": z.to_numpy().ravel()}, index=rows)
    return draw.profile_map(long)
