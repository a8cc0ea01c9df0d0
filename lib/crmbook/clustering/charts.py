"""Pictures of clustering: what logarithms do, how many clusters, where they lie, what sets them apart."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook import clustering
from crmbook.clustering.behavioural import Behaviour
from crmbook.clustering.portraits import CustomerMap, Portrait
from crmbook.clustering.stability import STABLE
from crmbook.figures import style
from crmbook.figures.sections import Sentence
from crmbook.figures.wording import CELLS, inline, is_share, number, percent
from crmbook.locale import label, language, meaning, name, text

SHOWN = 1_500
"""Customers drawn at most: more dots would hide each other."""

# a colour for each step of 1: plotly checks colours by name one after the other, too slow for a panel
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


def left_out(chosen: Behaviour, least: int) -> Sentence:
    """Return in a sentence how many customers are clustered, why the others are not, and what is lacking.

    Parameters
    ----------
    chosen : Behaviour
        As `crmbook.clustering.behavioural.chosen` returns it.
    least : int
        Orders that a customer needs.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> left_out(Behaviour(pd.DataFrame({"pieces": [1.0]}), pd.Series(["few_orders", "blank"]), ()), 3)
    1 of 3 customers are clustered; 1 have fewer than 3 orders and 1 have blank cells, so they are left out.
    """
    counts = chosen.left_out.value_counts()
    few, blank = int(counts.get("few_orders", 0)), int(counts.get("blank", 0))
    kept = len(chosen.features)
    words = text("clustering.left_out_words", kept=kept, all=kept + few + blank, few=few, blank=blank, least=least)
    if chosen.missing:
        lacking = text("clustering.list").join(inline(column) for column in chosen.missing)
        used = text("clustering.list").join(inline(str(feature)) for feature in chosen.features)
        words += text("clustering.left_out_columns", columns=lacking, features=used)
    return Sentence(words)


def segment_names(named: pd.DataFrame) -> dict[object, str]:
    """Return the names of segments in words, each once.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> line = {"name": "distinct", "feature": "pieces", "direction": 1}
    >>> segment_names(pd.DataFrame([line], index=[0]))
    {0: 'High on pieces per order line'}
    """
    words: dict[object, str] = {}
    for segment, row in named.iterrows():
        called = name(row["name"])
        if row["name"] == "distinct":
            side = "clustering.name_high" if row["direction"] > 0 else "clustering.name_low"
            called = text(side, feature=inline(str(row["feature"])))
        elif row.get("shared", False):
            side = "clustering.more" if row["direction"] > 0 else "clustering.less"
            called = text("clustering.name_shared", name=called, side=text(side, feature=inline(str(row["feature"]))))
        words[segment] = _opening(called)
    repeated = {called for called in words.values() if list(words.values()).count(called) > 1}
    return {segment: f"{called} {segment}" if called in repeated else called for segment, called in words.items()}


def treatments(tried: pd.DataFrame, feature: str) -> go.Figure:
    """Draw how the customers spread over one feature, as it is and after each treatment.

    Parameters
    ----------
    tried : DataFrame, shape (customers, treatments)
        The feature, a column for each treatment: ``as_is``, ``log1p``, ``winsorised``.
    feature : str
        The feature's column name.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> spend = pd.Series([1.0, 2, 3, 90])
    >>> treatments(pd.DataFrame({"as_is": spend, "log1p": np.log1p(spend)}), "monetary").layout.title.text
    'Skewness of monetary value: as it is 2.0, as a logarithm 1.8'
    """
    skewness = tried.astype(float).skew()
    parts = text("clustering.comma").join(
        f"{name(column)} {skew:.1f}" for column, skew in (skewness.round(1) + 0.0).items()
    )
    title = text("clustering.treatments_title", feature=inline(feature), treatments=parts)
    made = style.figure(title, alt=text("clustering.treatments_alt", title=title), height=360)
    made.set_subplots(1, tried.shape[1], horizontal_spacing=0.08)
    for place, column in enumerate(tried, start=1):
        counts, edges = np.histogram(tried[column].to_numpy(dtype=float), bins=20)
        made.add_bar(
            x=((edges[1:] + edges[:-1]) / 2).tolist(),
            y=counts.tolist(),
            width=np.diff(edges).tolist(),
            marker_color=style.GREY if place == 1 else style.BLUE,
            row=1,
            col=place,
        )
        made.update_xaxes(title_text=name(column), row=1, col=place)
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
    numbers = text("clustering.list").join(str(k) for k in sorted(set(wanted)))
    title = text("clustering.indices_agree" if agreed else "clustering.indices_differ", numbers=numbers)
    made = style.figure(title, alt=text("clustering.indices_alt", title=title), height=520)
    heads = [text("clustering.index_wants", index=index_name(index), k=wanted[index]) for index in _INDICES]
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


def dendrogram(tree: clustering.Tree, twigs: int = 24) -> go.Figure:
    """Draw the upper part of Ward's tree, a colour for each cluster, with the cut that makes them.

    Parameters
    ----------
    tree : Tree
        As `crmbook.clustering.ward` returns it.
    twigs : int
        How many twigs are drawn at the bottom; each stands for the customers whose number is written under it.
    """
    from scipy.cluster.hierarchy import dendrogram as laid_out

    merges, k = tree.merges, tree.k
    rows = len(merges) + 1
    own = tree.labels.reindex(tree.rows).to_numpy()

    def kind(node: int) -> str:
        if node >= 2 * rows - k:  # the last k - 1 mergers lie above the cut
            return "above"
        while node >= rows:
            node = int(merges[node - rows, 0])
        return str(own[node])

    drawn = laid_out(merges, p=max(twigs, k), truncate_mode="lastp", no_plot=True, link_color_func=kind)
    sizes = [int(merges[leaf - rows, 3]) if leaf >= rows else 1 for leaf in drawn["leaves"]]
    upper = float(merges[1 - k, 2])
    lower = float(merges[-k, 2]) if k <= len(merges) else 0.0
    step = upper / lower if lower > 0 else float("inf")
    title = text("clustering.dendrogram_title" if step < 100 else "clustering.dendrogram_clear", k=k, step=step)
    made = style.figure(
        title,
        text("clustering.axis_twigs"),
        text("clustering.axis_height"),
        text("clustering.dendrogram_alt", title=title),
        460,
    )
    lines = pd.DataFrame({"kind": drawn["color_list"], "x": drawn["icoord"], "y": drawn["dcoord"]})
    for branch, links in lines.groupby("kind"):
        above = branch == "above"
        made.add_scatter(
            x=[at for link in links["x"] for at in (*link, None)],
            y=[at for link in links["y"] for at in (*link, None)],
            mode="lines",
            line={"color": style.GREY if above else style.COLOURS[int(str(branch)) % len(style.COLOURS)], "width": 2},
            hoverinfo="skip",
        )
    made.add_hline(y=(upper + lower) / 2, line={"color": style.VERMILLION, "dash": "dash"})
    made.update_xaxes(
        tickvals=[10 * place + 5 for place in range(len(sizes))],
        ticktext=[f"{size:,}" for size in sizes],
        tickangle=-90,
        range=[0, 10 * len(sizes)],
    )
    made.update_yaxes(rangemode="tozero")
    return made.update_layout(showlegend=False)


def certainty(clouds: clustering.Mixture, sure: float = 0.8) -> Sentence:
    """Return in a sentence how many customers a mixture is sure about.

    Parameters
    ----------
    clouds : Mixture
        As `crmbook.clustering.mixture` returns it.
    sure : float
        Chance of the most probable cloud from which one is sure.
    """
    share = float((clouds.probabilities.max(axis=1) >= sure).mean())
    return Sentence(text("clustering.certainty", share=percent(share), sure=percent(sure)))


def mixed_words(found: clustering.Mixed) -> Sentence:
    """Return in a sentence how clear the clusters of mixed types are.

    Notes
    -----
    The usual reading of a mean silhouette: Kaufman, L. & Rousseeuw, P. J. (1990), Finding Groups in Data: above 0.5 the
    structure is reasonable, from 0.26 on weak and perhaps artificial, below that there is none to speak of.
    """
    width = float(found.silhouette[found.k])
    reading = "clear" if width > 0.5 else "weak" if width > 0.25 else "none"
    return Sentence(text(f"clustering.mixed_{reading}", k=found.k, silhouette=width, rows=len(found.rows)))


def newcomers(placed: pd.DataFrame) -> Sentence:
    """Return in a sentence how many customers were put into segments, and how many fit none well.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> newcomers(pd.DataFrame({"novel": [True, False]}))
    2 customers put into the segments there are; 1 of them (50%) fit none of them well.
    """
    if placed.empty:
        return Sentence(text("clustering.nobody_new"))
    novel = int(placed["novel"].sum())
    facts = {"customers": len(placed), "novel": novel, "share": percent(novel / len(placed))}
    return Sentence(text("clustering.newcomers", **facts))


def drifted(moved: clustering.Drift) -> Sentence:
    """Return in a sentence how far the shares of the segments moved, and how many customers changed segment."""
    reading = "stable" if moved.psi < 0.1 else "moving" if moved.psi <= 0.25 else "shifted"
    words = text(f"clustering.psi_{reading}", psi=moved.psi)
    changed = moved.moved
    if changed.n:
        words += text(
            "clustering.changed",
            share=percent(changed.value),
            low=percent(changed.low),
            high=percent(changed.high),
            n=changed.n,
        )
    return Sentence(words)


def useful(judged: clustering.Usefulness) -> Sentence:
    """Return in a sentence what segments say about an outcome, beside segments drawn by lot."""
    told = "clustering.useful" if judged.p <= 0.05 else "clustering.useless"
    facts = {"explained": percent(judged.explained), "by_chance": percent(judged.by_chance)}
    return Sentence(text(told, p=judged.p, **facts))


def factor_names(marked: pd.DataFrame) -> dict[str, str]:
    """Return for each factor the words of the item that marks it most (of those that rise with it, if there are any).

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> factor_names(pd.DataFrame({"factor": ["factor_1"], "item": ["item_3"], "loading": [0.7]}))
    {'factor_1': '“I wait for a promotion”'}
    """
    first = pd.concat([marked[marked["loading"] > 0], marked]).drop_duplicates("factor").sort_index()
    return {row["factor"]: item_words(row["item"]) for _, row in first.iterrows()}


def item_words(item: str) -> str:
    """Return the statement of a lifestyle item, without its scale; the item's own name where it is not known.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> item_words("item_3"), item_words("item_99")
    ('“I wait for a promotion”', 'item_99')
    """
    try:
        return meaning(item).partition("”")[0].rstrip(".。") + "”"
    except KeyError:
        return label(item)


def cluster_map(plane: CustomerMap, labels: pd.Series, names: Mapping[object, str] | None = None) -> go.Figure:
    """Draw the customers on the plane that keeps most of their differences, coloured by cluster.

    Parameters
    ----------
    plane : CustomerMap
        What `crmbook.clustering.portraits.customer_map` made.
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
    return style.fill(
        made,
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
    >>> from crmbook.clustering import customer_map
    >>> use("en")
    >>> frame = pd.DataFrame({"frequency": [1, 2, 3, 4], "monetary": [1, 2, 3, 5.0]})
    >>> axes_in_words(customer_map(frame))[0].startswith("Direction 1: higher frequency")
    True
    """
    said = []
    for place, component in enumerate(plane.loadings.columns[:2], start=1):
        loading = plane.loadings[component]
        strong = loading[loading.abs() >= 0.4].sort_values(key=np.abs, ascending=False)
        features = text("clustering.list").join(
            text("clustering.more" if value > 0 else "clustering.less", feature=inline(str(feature)))
            for feature, value in strong.items()
        )
        said.append(text("clustering.axis_words", number=place, features=features))
    return said


def profile_map(profiled: pd.DataFrame, names: Mapping[object, str] | None = None) -> go.Figure:
    """Draw what sets each segment apart: distance from the average, segment by feature.

    Parameters
    ----------
    profiled : DataFrame
        As `crmbook.clustering.portraits.profile` returns it.
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
        showscale=False,
        hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_xaxes(type="category", showline=False, ticks="")
    _wrap_ticks(made, z.columns)
    title = _profile_title(z, names)
    trace = {
        "x": [label(str(feature)) for feature in z.columns],
        "y": _called(z, names),
        "z": z.round(3).to_numpy().tolist(),
        "text": [[f"{value:+.1f}" for value in line] for line in z.round(1).to_numpy() + 0.0],
    }
    height = {"height": max(320, 46 * len(z) + 190)}
    return style.fill(made, title, text("clustering.profile_alt", title=title), (trace,), height)


def _called(z: pd.DataFrame, names: Mapping[object, str] | None) -> list[str]:
    return [style.escape((names or {}).get(segment, str(segment))) for segment in z.index]


def _profile_title(z: pd.DataFrame, names: Mapping[object, str] | None) -> str:
    row, column = np.unravel_index(int(np.abs(z.to_numpy()).argmax()), z.shape)
    strongest = float(z.to_numpy()[row, column])
    segment, feature = _called(z, names)[int(row)], inline(str(z.columns[int(column)]))
    if feature in segment:  # a segment may be named after the feature that sets it apart
        return text("clustering.profile_named", segment=segment, z=abs(strongest))
    key = "clustering.profile_high" if strongest > 0 else "clustering.profile_low"
    return text(key, segment=segment, feature=feature, z=abs(strongest))


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
    padded = "padding: 4px 8px"
    heads = "".join(f'<th scope="col" style="{padded}">{html.escape(label(str(feature)))}</th>' for feature in z)
    rows = "".join(
        f'<tr><th scope="row" style="{padded}; text-align: left; white-space: nowrap">{called}</th>{_cells(line)}</tr>'
        for called, line in zip(_called(z, names), z.to_numpy(), strict=True)
    )
    return (
        f'<div style="font-size: 17px; padding: 8px">{_profile_title(z, names)}</div>'
        '<table style="border-collapse: collapse; font-size: 90%; line-height: 1.4">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(values: np.ndarray) -> str:
    cell = f"color: {style.BLACK}; padding: 4px 8px; text-align: right; font-variant-numeric: tabular-nums"
    return "".join(
        f'<td style="background-color: {_tint(value)}; {cell}">{round(value, 1) + 0.0:+.1f}</td>' for value in values
    )


def _tint(z: float) -> str:
    """Return the colour of `profile_map` for a distance from the average: white at 0, full at 2."""
    colour, strength = (style.SKY if z > 0 else style.ORANGE), min(abs(z) / 2, 1)
    channels = [255 - strength * (255 - int(colour[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


def parallel(profiled: pd.DataFrame, names: Mapping[object, str]) -> go.Figure:
    """Draw the segments as lines over the features, each named at its end."""
    z = profiled["z"].unstack("feature").reindex(columns=profiled.index.get_level_values("feature").unique())
    widest = str((z.max() - z.min()).idxmax())
    title = text("clustering.parallel_title", feature=inline(widest))
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
    _wrap_ticks(made, z.columns)
    return _room_for_legend(made, len(z))


def radar(profiled: pd.DataFrame, names: Mapping[object, str]) -> go.Figure:
    """Draw the segments as a radar: distance from the average of all, the bold ring, feature by feature."""
    z = profiled["z"].unstack("feature").reindex(columns=profiled.index.get_level_values("feature").unique())
    unlike = (z**2).sum(axis=1)
    far, near = (style.escape(names.get(segment, str(segment))) for segment in (unlike.idxmax(), unlike.idxmin()))
    title = text("clustering.radar_title", far=far, near=near)
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
    made.update_polars(radialaxis={"nticks": 5, "tickangle": 0, "gridcolor": "#e6e6e6"}, bgcolor="white")
    return _room_for_legend(made, len(z) + 1)


def portrait(one: Portrait, called: str) -> go.Figure:
    """Draw the portrait of a segment: its distance from the average, feature by feature."""
    made = style.figure("", text("clustering.axis_z"), height=360)
    made.add_bar(orientation="h", textposition="outside", cliponaxis=False)
    made.add_vline(x=0, line={"color": "#999999", "width": 1})
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    z = one.features["z"]
    end = max(1.0, float(z.abs().max())) * 1.35
    share = percent(one.share)
    title = text("clustering.portrait_title", segment=style.escape(called), customers=one.customers, share=share)
    title = _opening(title)
    return style.fill(
        made,
        title=title,
        alt=text("clustering.portrait_alt", title=title),
        traces=(
            {
                "y": [label(str(feature)) for feature in z.index],
                "x": z.round(3).tolist(),
                "text": [
                    percent(value) if is_share(feature) else number(value)
                    for feature, value in one.features["mean"].items()
                ],
                "marker.color": [style.BLUE if value > 0 else style.ORANGE for value in z],
            },
        ),
        layout={"xaxis.range": [-end, end], "height": max(300, 34 * len(z) + 170)},
    )


def _opening(words: str) -> str:
    return words[:1].upper() + words[1:]


def _wrap_ticks(made: go.Figure, features: pd.Index) -> None:
    """Write the features' names in lines under the axis, where plotly would slant them."""
    called = [label(str(feature)) for feature in features]
    lines = ["<br>".join(style.wrap(words, 22)) for words in called]
    made.update_xaxes(tickvals=called, ticktext=lines, tickangle=0)


def _room_for_legend(made: go.Figure, entries: int) -> go.Figure:
    lines = -(-entries // 3)
    return made.update_layout(
        legend={"y": -0.16, "yanchor": "top"}, margin_b=60 + 24 * lines, height=made.layout.height + 24 * lines
    )


_DIVERGING = ((0.0, style.ORANGE), (0.5, "#FFFFFF"), (1.0, style.SKY))


def composition(profiled: pd.DataFrame, attribute: str) -> go.Figure:
    """Draw the index of each level of an attribute in each group; bold where it surely differs from the average.

    Parameters
    ----------
    profiled : DataFrame
        As `crmbook.clustering.profiles.composition` returns it.
    attribute : str
        The attribute's column name.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.clustering import profiles
    >>> use("en")
    >>> groups = pd.Series(["Town"] * 40 + ["Country"] * 40)
    >>> table = profiles.composition(pd.Series(["x"] * 40 + ["x", "y"] * 20), groups)
    >>> composition(table, "income_band").layout.title.text
    'Country, income band y: index 200, where 100 is the average'
    """
    surely = profiled[profiled["differs"] & (profiled["index"] > 100)]
    if surely.empty:
        title = text("clustering.index_none", attribute=label(attribute))
    else:
        place = int(surely["index"].to_numpy().argmax())
        (group, level), highest = surely.index[place], float(surely["index"].iloc[place])
        facts = {"segment": style.escape(name(group)), "level": style.escape(name(level))}
        title = text("clustering.index_title", attribute=inline(attribute), index=highest, **facts)
    return _heat(profiled, "index", 100, "{:.0f}", attribute, title)


def quotients(table: pd.DataFrame, attribute: str) -> go.Figure:
    """Draw the location quotient of each group in each region; bold where it surely differs from 1.

    Parameters
    ----------
    table : DataFrame
        As `crmbook.clustering.profiles.location_quotients` returns it.
    attribute : str
        The column that the regions stand in, ``"city_tier"``.
    """
    surely = table[table["differs"]]
    if surely.empty:
        title = text("clustering.quotient_none", attribute=label(attribute))
    else:
        place = int(np.abs(np.log(surely["quotient"].clip(lower=0.01).to_numpy())).argmax())
        (group, region), quotient = surely.index[place], float(surely["quotient"].iloc[place])
        facts = {"segment": style.escape(name(group)), "region": style.escape(name(region))}
        title = text("clustering.quotient_title", attribute=inline(attribute), quotient=quotient, **facts)
    return _heat(table, "quotient", 1, "{:.2f}", attribute, title)


def _heat(table: pd.DataFrame, column: str, average: float, form: str, attribute: str, title: str) -> go.Figure:
    """Draw groups by levels: colour by how many times the average, bold where the interval excludes it."""
    groups, levels = (table.index.unique(part) for part in (0, 1))
    wide = table[column].unstack().reindex(index=groups, columns=levels)
    bold = table["differs"].unstack().reindex(index=groups, columns=levels)
    times = (wide / average).clip(lower=1 / 8).apply(np.log2).fillna(0)
    written = [
        [
            "" if value != value else f"<b>{form.format(value)}</b>" if sure else form.format(value)
            for value, sure in pair
        ]
        for pair in (zip(*rows, strict=True) for rows in zip(wide.to_numpy(), bold.to_numpy(), strict=True))
    ]
    made = style.figure(
        title,
        label(attribute),
        alt=text("clustering.cells_alt", title=title),
        height=max(320, 46 * len(groups) + 190),
    )
    made.add_heatmap(
        x=[style.escape(name(level)) for level in levels],
        y=[style.escape(name(group)) for group in groups],
        z=times.round(3).to_numpy().tolist(),
        text=written,
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=_DIVERGING,
        zmid=0,
        zmin=-1,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_xaxes(type="category", showline=False, ticks="")
    return made


def tile_map(tiles: pd.DataFrame) -> go.Figure:
    """Draw the customers by province on a grid of tiles, without a map service."""
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


def _short(province: str) -> str:
    return province.replace("Inner Mongolia", "Inner<br>Mongolia")
