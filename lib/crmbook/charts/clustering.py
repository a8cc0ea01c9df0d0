"""Pictures of clustering: what logarithms do, how many clusters, where they lie, what sets them apart."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.parts import Parts, fill
from crmbook.charts.sections import Sentence
from crmbook.charts.value import attempt
from crmbook.charts.wording import CELLS, number, percent
from crmbook.locale import label, language, name, text
from crmbook.methods import clustering
from crmbook.methods.portraits import CustomerMap, Portrait
from crmbook.methods.regression import Judged, Model
from crmbook.methods.stability import STABLE

__all__ = [
    "attempt",
    "axes_in_words",
    "calibration",
    "cluster_map",
    "cluster_map_parts",
    "coefficients_in_words",
    "index_name",
    "indices",
    "left_out",
    "logarithm",
    "no_column",
    "parallel",
    "portrait",
    "portrait_parts",
    "profile_map",
    "profile_map_parts",
    "profile_table",
    "radar",
    "relationships",
    "segment_names",
    "sizes",
    "stability",
    "tile_map",
    "verdict",
]

SHOWN = 1_500
"""Customers drawn at most: more dots would hide each other."""

# a colour for each step of 1: plotly checks every colour's name, which takes longer than all the rest of a redraw
_CLUSTERS = [
    (edge / len(style.COLOURS), colour) for place, colour in enumerate(style.COLOURS) for edge in (place, place + 1)
]
_DIVERGING = ((0.0, style.ORANGE), (0.5, "#FFFFFF"), (1.0, style.SKY))
_INDICES = ("silhouette", "calinski_harabasz", "davies_bouldin", "gap", "stability", "merit")


def verdict(found: clustering.Clusters) -> Sentence:
    """Return in a sentence whether there are clusters.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> cloud = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 3)))
    >>> verdict(clustering.cluster(cloud, most=3)).words[:27]
    'There are no clusters here:'
    """
    return Sentence(text(f"clustering.verdict_{found.verdict}", k=found.k, stability=found.stability))


def left_out(everybody: pd.DataFrame, enough: pd.DataFrame, used: pd.DataFrame, least: int) -> Sentence:
    """Return in a sentence how many customers are clustered, and why the others are not.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> all_of_them = pd.DataFrame({"frequency": [1, 3, 9]})
    >>> left_out(all_of_them, all_of_them[1:], all_of_them[2:], 3).words[:36]
    '1 of 3 customers are clustered; 1 ha'
    """
    few, blank = len(everybody) - len(enough), len(enough) - len(used)
    return Sentence(
        text("clustering.left_out_words", kept=len(used), all=len(everybody), few=few, blank=blank, least=least)
    )


def no_column(table: pd.DataFrame | None, *columns: str) -> Sentence | None:
    """Return the sentence that closes a section whose column is not there or blank throughout, None otherwise.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> no_column(pd.DataFrame({"channel": ["web"]}), "channel") is None
    True
    """
    for column in columns:
        if table is not None and (column not in table or table[column].isna().all()):
            return Sentence(text("clustering.no_column", column=column, words=label(column)))
    return None


def segment_names(named: pd.DataFrame) -> dict[object, str]:
    """Return the names of segments in words, each once.

    Parameters
    ----------
    named : DataFrame
        As `crmbook.methods.portraits.names` returns it.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> line = {"name": "distinct", "feature": "pieces", "direction": 1}
    >>> segment_names(pd.DataFrame([line], index=[0]))
    {0: 'high: pieces an order line'}
    """
    words: dict[object, str] = {}
    for segment, row in named.iterrows():
        called = name(row["name"])
        if row["name"] == "distinct":
            side = "clustering.name_high" if row["direction"] > 0 else "clustering.name_low"
            called = text(side, feature=label(row["feature"]))
        words[segment] = called
    repeated = {called for called in words.values() if list(words.values()).count(called) > 1}
    return {segment: f"{called} {segment}" if called in repeated else called for segment, called in words.items()}


def logarithm(before: pd.Series, after: pd.Series) -> go.Figure:
    """Draw how the customers spread over one feature, as it is and after its treatment.

    Parameters
    ----------
    before, after : Series, shape (customers,)
        The feature in its own units, and as the clustering sees it.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> spend = pd.Series([1.0, 2, 3, 90], name="monetary")
    >>> len(logarithm(spend, np.log1p(spend)).data)
    2
    """
    title = text(
        "clustering.logarithm_title",
        feature=label(str(before.name)),
        before=_skewness(before),
        after=_skewness(after),
    )
    made = style.figure(title, alt=text("clustering.logarithm_alt", title=title), height=360)
    made.set_subplots(1, 2, horizontal_spacing=0.12)
    axes = (text("clustering.axis_as_is"), text("clustering.axis_treated"))
    for place, (values, axis) in enumerate(zip((before, after), axes, strict=True), start=1):
        counts, edges = np.histogram(values.to_numpy(dtype=float), bins=40)
        made.add_bar(
            x=((edges[1:] + edges[:-1]) / 2).tolist(),
            y=counts.tolist(),
            width=np.diff(edges).tolist(),
            marker_color=style.GREY if place == 1 else style.BLUE,
            row=1,
            col=place,
        )
        made.update_xaxes(title_text=axis, row=1, col=place)
    made.update_yaxes(title_text=text("clustering.axis_customers"), row=1, col=1)
    return made.update_layout(showlegend=False)


def sizes(labels: pd.Series) -> go.Figure:
    """Draw how many customers each cluster has.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> sizes(pd.Series([0, 0, 1])).data[0].y
    (2, 1)
    """
    counts = labels.value_counts().sort_index()
    title = text("clustering.sizes_title", largest=percent(counts.max() / len(labels)), smallest=int(counts.min()))
    made = style.figure(
        title, text("clustering.axis_cluster"), text("clustering.axis_customers"), text("clustering.sizes_alt"), 340
    )
    made.add_bar(
        x=[str(cluster) for cluster in counts.index],
        y=counts.tolist(),
        marker_color=style.GREY,
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        cliponaxis=False,
    )
    made.update_xaxes(type="category")
    made.update_yaxes(range=[0, float(counts.max()) * 1.15])
    return made.update_layout(showlegend=False)


def index_name(index: str) -> str:
    """Return the name of an index for the number of clusters, with the direction that is better.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> index_name("davies_bouldin")
    'Davies-Bouldin (low)'
    """
    return text(f"clustering.head_{index}")


def indices(scores: pd.DataFrame) -> go.Figure:
    """Draw each index over the number of clusters, its favourite marked.

    Parameters
    ----------
    scores : DataFrame
        ``Clusters.scores`` of several k.
    """
    wanted = clustering.opinions(scores)
    agreed = wanted.nunique() == 1
    numbers = ", ".join(str(k) for k in sorted(set(wanted)))
    title = text("clustering.indices_agree" if agreed else "clustering.indices_differ", numbers=numbers)
    made = style.figure(title, alt=text("clustering.indices_alt", title=title), height=520)
    heads = [index_name(index) for index in _INDICES]
    made.set_subplots(2, 3, subplot_titles=heads, vertical_spacing=0.2, horizontal_spacing=0.09)
    for place, index in enumerate(_INDICES):
        row, column = divmod(place, 3)
        chosen = int(wanted[index])
        made.add_scatter(
            x=scores.index.tolist(),
            y=scores[index].tolist(),
            mode="lines+markers",
            line_color=style.BLUE,
            row=row + 1,
            col=column + 1,
        )
        if chosen in scores.index:
            made.add_scatter(
                x=[chosen],
                y=[scores.loc[chosen, index]],
                mode="markers",
                marker={"size": 13, "symbol": "diamond", "color": style.VERMILLION},
                row=row + 1,
                col=column + 1,
            )
    made.update_xaxes(title_text=text("clustering.axis_k"), row=2)
    made.update_annotations(font_size=13)
    return made.update_layout(showlegend=False)


def stability(scores: pd.DataFrame) -> go.Figure:
    """Draw how well clusters come again when the customers are drawn anew, by number of clusters."""
    stable = [int(k) for k in scores.index[scores["stability"] >= STABLE]]
    title = text("clustering.stability_title" if stable else "clustering.stability_none", k=max(stable, default=0))
    made = style.figure(
        title,
        text("clustering.axis_k"),
        text("clustering.axis_stability"),
        text("clustering.stability_alt", title=title),
        360,
    )
    made.add_scatter(
        x=scores.index.tolist(),
        y=scores["stability"].tolist(),
        mode="lines+markers",
        line_color=style.BLUE,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (scores["stability_high"] - scores["stability"]).clip(lower=0).tolist(),
            "arrayminus": (scores["stability"] - scores["stability_low"]).clip(lower=0).tolist(),
        },
    )
    made.add_hline(y=STABLE, line={"color": style.VERMILLION, "dash": "dash"})
    made.update_yaxes(range=[0, 1.05])
    return made.update_layout(showlegend=False)


def cluster_map(plane: CustomerMap, labels: pd.Series, names: Mapping[object, str] | None = None) -> go.Figure:
    """Draw the customers on the plane that keeps most of their differences, coloured by cluster.

    Parameters
    ----------
    plane : CustomerMap
        What `crmbook.methods.portraits.customer_map` made.
    labels : Series
        A cluster for each customer.
    names : mapping of cluster to name, optional
    """
    made = style.figure("", height=500)
    marker = {"size": 6, "opacity": 0.7, "colorscale": _CLUSTERS, "cmin": 0, "cmax": len(style.COLOURS)}
    made.add_scatter(mode="markers", marker=marker, hoverinfo="text")
    made.add_scatter(mode="text", textfont={"size": 14, "color": style.BLACK, "weight": "bold"}, hoverinfo="skip")
    made.update_xaxes(title_text=text("clustering.axis_component", number=1))
    made.update_yaxes(title_text=text("clustering.axis_component", number=2))
    made.update_layout(showlegend=False)
    return fill(made, cluster_map_parts(plane, labels, names))


def cluster_map_parts(plane: CustomerMap, labels: pd.Series, names: Mapping[object, str] | None = None) -> Parts:
    """Return what of `cluster_map` changes with the clusters."""
    own = labels.reindex(plane.points.index).dropna()
    points = plane.points.loc[own.index]
    middle = points.groupby(own).mean()
    if len(points) > SHOWN:
        points = points.iloc[np.sort(np.random.default_rng(0).permutation(len(points))[:SHOWN])]
        own = own.loc[points.index]
    groups = sorted(labels.dropna().unique())
    place = own.map({group: position for position, group in enumerate(groups)}).to_numpy(dtype=int)
    known = {group: style.escape((names or {}).get(group, str(group))) for group in groups}
    kept = percent(float(plane.explained.iloc[:2].sum()))
    title = text("clustering.map_title", k=len(groups), kept=kept)
    return Parts(
        title=title,
        alt=text("clustering.map_alt", title=title),
        traces=(
            {
                "x": points["component_1"].round(3).tolist(),
                "y": points["component_2"].round(3).tolist(),
                "marker.color": (place % len(style.COLOURS) + 0.5).tolist(),
                "marker.symbol": [style.MARKERS[at % len(style.MARKERS)] for at in place],
                "text": [known[group] for group in own],
            },
            {
                "x": middle["component_1"].round(3).tolist(),
                "y": middle["component_2"].round(3).tolist(),
                "text": [f"<b>{known[group]}</b>" for group in middle.index],
            },
        ),
    )


def axes_in_words(plane: CustomerMap) -> list[str]:
    """Return what each axis of the map stands for, in words: the features that go with it most.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.methods.portraits import customer_map
    >>> use("en")
    >>> frame = pd.DataFrame({"frequency": [1, 2, 3, 4], "monetary": [1, 2, 3, 5.0]})
    >>> axes_in_words(customer_map(frame))[0].startswith("Direction 1: more Frequency")
    True
    """
    said = []
    for place, component in enumerate(plane.loadings.columns[:2], start=1):
        loading = plane.loadings[component]
        strong = loading[loading.abs() >= 0.4].sort_values(key=np.abs, ascending=False)
        features = text("clustering.and").join(
            text("clustering.more" if value > 0 else "clustering.less", feature=label(str(feature)))
            for feature, value in strong.items()
        )
        said.append(text("clustering.axis_words", number=place, features=features))
    return said


def profile_map(profiled: pd.DataFrame, names: Mapping[object, str] | None = None) -> go.Figure:
    """Draw what sets each segment apart: distance from the average, segment by feature.

    Parameters
    ----------
    profiled : DataFrame
        As `crmbook.methods.portraits.profile` returns it.
    names : mapping of segment to name, optional
    """
    z = profiled["z"].unstack("feature").reindex(columns=profiled.index.get_level_values("feature").unique())
    made = style.figure("")
    made.add_heatmap(
        colorscale=_DIVERGING,
        zmid=0,
        zmin=-2,
        zmax=2,
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": text("clustering.axis_z"), "side": "right"}, "thickness": 12},
        hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_xaxes(type="category", showline=False, ticks="")
    return fill(made, profile_map_parts(z, names))


def profile_table(z: pd.DataFrame, names: Mapping[object, str]) -> str:
    """Return in HTML what `profile_map` draws, coloured cells under the same title, for a panel that has to be quick.

    Parameters
    ----------
    z : DataFrame
        A row for each segment, a column for each feature: distance of its mean from the average in standard deviations.
    names : mapping of segment to name

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> "+1.5</td>" in profile_table(pd.DataFrame({"frequency": [-0.5, 1.5]}), {0: "few", 1: "many"})
    True
    """
    parts = profile_map_parts(z, names)
    drawn = parts.traces[0]
    padded = "padding: 4px 8px"
    heads = "".join(f'<th scope="col" style="{padded}">{html.escape(feature)}</th>' for feature in drawn["x"])
    rows = "".join(
        f'<tr><th scope="row" style="{padded}; text-align: left; white-space: nowrap">{called}</th>{_cells(line)}</tr>'
        for called, line in zip(drawn["y"], z.to_numpy(), strict=True)
    )
    return (
        f'<div style="font-size: 17px; padding: 8px">{parts.title}</div>'
        '<table style="border-collapse: collapse; font-size: 90%; line-height: 1.4">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(values: np.ndarray) -> str:
    cell = f"color: {style.BLACK}; padding: 4px 8px; text-align: right; font-variant-numeric: tabular-nums"
    return "".join(
        f'<td style="background: {_tint(value)}; {cell}">{round(value, 1) + 0.0:+.1f}</td>' for value in values
    )


def _tint(z: float) -> str:
    """Return the colour of `profile_map` for a distance from the average: white at 0, full at 2."""
    colour, strength = (style.SKY if z > 0 else style.ORANGE), min(abs(z) / 2, 1)
    channels = [255 - strength * (255 - int(colour[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


def profile_map_parts(z: pd.DataFrame, names: Mapping[object, str] | None = None) -> Parts:
    """Return what of `profile_map` changes; z has a row for each segment, a column for each feature."""
    known = [style.escape((names or {}).get(segment, str(segment))) for segment in z.index]
    row, column = np.unravel_index(int(np.abs(z.to_numpy()).argmax()), z.shape)
    strongest = float(z.to_numpy()[row, column])
    title = text(
        "clustering.profile_high" if strongest > 0 else "clustering.profile_low",
        segment=known[int(row)],
        feature=label(str(z.columns[int(column)])),
        z=abs(strongest),
    )
    return Parts(
        title=title,
        alt=text("clustering.profile_alt", title=title),
        traces=(
            {
                "x": [label(str(feature)) for feature in z.columns],
                "y": known,
                "z": z.round(3).to_numpy().tolist(),
                "text": [[f"{value:+.1f}" for value in line] for line in z.to_numpy()],
            },
        ),
        layout={"height": max(320, 46 * len(z) + 190)},
    )


def parallel(profiled: pd.DataFrame, names: Mapping[object, str]) -> go.Figure:
    """Draw the segments as lines over the features, each named at its end."""
    z = profiled["z"].unstack("feature").reindex(columns=profiled.index.get_level_values("feature").unique())
    widest = str((z.max() - z.min()).idxmax())
    title = text("clustering.parallel_title", feature=label(widest))
    made = style.figure(title, None, text("clustering.axis_z"), text("clustering.parallel_alt", title=title), 460)
    for place, (segment, line) in enumerate(z.iterrows()):
        made.add_scatter(
            x=[label(str(feature)) for feature in z.columns],
            y=line.round(3).tolist(),
            mode="lines+markers",
            name=style.escape(names.get(segment, str(segment))),
            line={"color": style.COLOURS[place % len(style.COLOURS)], "dash": style.DASHES[place % len(style.DASHES)]},
            marker={"symbol": style.MARKERS[place % len(style.MARKERS)], "size": 9},
        )
    made.add_hline(y=0, line={"color": "#999999", "width": 1})
    return _room_for_legend(made, len(z))


def radar(profiled: pd.DataFrame, names: Mapping[object, str]) -> go.Figure:
    """Draw the segments as a radar: distance from the average of all, the bold ring, feature by feature."""
    z = profiled["z"].unstack("feature").reindex(columns=profiled.index.get_level_values("feature").unique())
    title = text("clustering.radar_title", k=len(z))
    made = style.figure(title, alt=text("clustering.radar_alt", title=title), height=520)
    around = [label(str(feature)) for feature in [*z.columns, z.columns[0]]]
    for place, (segment, line) in enumerate(z.iterrows()):
        made.add_scatterpolar(
            theta=around,
            r=[*line.round(3), round(float(line.iloc[0]), 3)],
            name=style.escape(names.get(segment, str(segment))),
            line={"color": style.COLOURS[place % len(style.COLOURS)], "dash": style.DASHES[place % len(style.DASHES)]},
        )
    made.add_scatterpolar(
        theta=around, r=[0] * len(around), line={"color": style.BLACK, "width": 3}, name=text("clustering.average")
    )
    made.update_polars(radialaxis={"showticklabels": True, "gridcolor": "#e6e6e6"}, bgcolor="white")
    return _room_for_legend(made, len(z) + 1)


def portrait(one: Portrait, called: str) -> go.Figure:
    """Draw the portrait of a segment: its distance from the average, feature by feature."""
    made = style.figure("", text("clustering.axis_z"), height=360)
    made.add_bar(orientation="h", textposition="outside", cliponaxis=False)
    made.add_vline(x=0, line={"color": "#999999", "width": 1})
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    return fill(made, portrait_parts(one, called))


def portrait_parts(one: Portrait, called: str) -> Parts:
    """Return what of `portrait` changes with the segment."""
    z = one.features["z"]
    end = max(1.0, float(z.abs().max())) * 1.35
    title = text(
        "clustering.portrait_title", segment=style.escape(called), customers=one.customers, share=percent(one.share)
    )
    return Parts(
        title=title,
        alt=text("clustering.portrait_alt", title=title),
        traces=(
            {
                "y": [label(str(feature)) for feature in z.index],
                "x": z.round(3).tolist(),
                "text": [number(value) for value in one.features["mean"]],
                "marker.color": [style.BLUE if value > 0 else style.ORANGE for value in z],
            },
        ),
        layout={"xaxis.range": [-end, end], "height": max(300, 34 * len(z) + 170)},
    )


def tile_map(tiles: pd.DataFrame) -> go.Figure:
    """Draw the customers by province on a grid of tiles, without a map service.

    Parameters
    ----------
    tiles : DataFrame
        As `crmbook.methods.profiles.tiles` returns it.
    """
    known = tiles[tiles["row"].notna() & (tiles.index != "unknown")]
    largest = known.iloc[int(known["customers"].to_numpy().argmax())]
    speech = "zh" if language() == "zh" else "en"
    title = text("clustering.tiles_title", province=largest[speech], share=percent(float(largest["share"])))
    made = style.figure(title, alt=text("clustering.tiles_alt", title=title), height=560)
    made.add_heatmap(
        x=known["column"].astype(int).tolist(),
        y=known["row"].astype(int).tolist(),
        z=known["customers"].tolist(),
        text=[f"{_short(line[speech])}<br>{line['customers']:,}" for _, line in known.iterrows()],
        texttemplate="%{text}",
        textfont={"size": 11, "color": style.BLACK},
        colorscale=CELLS,
        xgap=3,
        ygap=3,
        hoverongaps=False,
        colorbar={"title": {"text": text("clustering.axis_customers"), "side": "right"}, "thickness": 12},
        hovertemplate="%{text}<extra></extra>",
    )
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, autorange="reversed")
    return made


def relationships(table: pd.DataFrame) -> go.Figure:
    """Draw relationship types on frequency and amount.

    Parameters
    ----------
    table : DataFrame
        ``Relationships.table`` of `crmbook.methods.relationships`.
    """
    counts = table["type"].value_counts()
    strategic = table["type"] == "strategic"
    title = text(
        "clustering.relationships_title",
        share=percent(float(strategic.mean())),
        amount=percent(float(table.loc[strategic, "amount"].sum() / table["amount"].sum())),
    )
    made = style.figure(
        title,
        text("clustering.axis_orders_log"),
        text("clustering.axis_amount_log"),
        text("clustering.relationships_alt", title=title),
        460,
    )
    colours = {"transactional": style.GREY, "cooperative": style.SKY, "strategic": style.BLUE}
    shown = table.iloc[np.random.default_rng(0).permutation(len(table))[:SHOWN]]
    for place, kind in enumerate(colours):
        own = shown[(shown["type"] == kind) & (shown["amount"] > 0) & (shown["frequency"] > 0)]
        made.add_scatter(
            x=own["frequency"].tolist(),
            y=own["amount"].tolist(),
            mode="markers",
            marker={"color": colours[kind], "symbol": style.MARKERS[place], "size": 7, "opacity": 0.7},
            name=f"{name(kind)} ({int(counts.get(kind, 0)):,})",
        )
    made.update_xaxes(type="log")
    made.update_yaxes(type="log", tickformat=",")
    return made


def calibration(judged: Judged) -> go.Figure:
    """Draw predicted chances beside what came, on the later period."""
    table = judged.calibration
    off = float((table["predicted"] - table["observed"]).abs().max())
    title = text("clustering.calibration_title", off=percent(off))
    made = style.figure(
        title,
        text("clustering.axis_predicted"),
        text("clustering.axis_observed"),
        text("clustering.calibration_alt", title=title),
        420,
    )
    made.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": style.GREY, "dash": "dash"})
    made.add_scatter(
        x=table["predicted"].tolist(),
        y=table["observed"].tolist(),
        mode="markers",
        marker={"color": style.BLUE, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (table["high"] - table["observed"]).clip(lower=0).tolist(),
            "arrayminus": (table["observed"] - table["low"]).clip(lower=0).tolist(),
        },
    )
    made.update_xaxes(tickformat=".0%")
    made.update_yaxes(tickformat=".0%")
    return made.update_layout(showlegend=False)


def coefficients_in_words(model: Model) -> list[str]:
    """Return a logistic or linear model's coefficients as sentences; those that cannot be told from none say so.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.methods.regression import linear
    >>> use("en")
    >>> coefficients_in_words(linear(pd.DataFrame({"frequency": [1, 2, 3, 4]}), pd.Series([12.0, 19, 32, 37])))[0]
    'Frequency (orders): 1 more goes with 8.80 more in the amount.'
    """
    said = []
    for feature, row in model.coefficients.drop(index="intercept").iterrows():
        facts = {"feature": label(str(feature)), "step": number(float(row["step"]))}
        if row["low"] <= 0 <= row["high"]:
            said.append(text("clustering.effect_none", **facts))
        elif model.kind == "linear":
            way = "clustering.effect_more" if row["effect"] > 0 else "clustering.effect_less"
            said.append(text(way, effect=number(abs(float(row["effect"]))), **facts))
        else:
            said.append(text(f"clustering.effect_{model.kind}", effect=float(row["effect"]), **facts))
    return said


def _skewness(values: pd.Series) -> float:
    return float(pd.to_numeric(values).to_frame().skew().iloc[0])


def _short(province: str) -> str:
    return province.replace("Inner Mongolia", "Inner<br>Mongolia")


def _room_for_legend(made: go.Figure, entries: int) -> go.Figure:
    lines = -(-entries // 3)
    return made.update_layout(
        legend={"y": -0.12, "yanchor": "top"}, margin_b=60 + 24 * lines, height=made.layout.height + 24 * lines
    )
