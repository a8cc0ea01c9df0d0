"""Pictures of satisfaction: how sure a survey is, who is how satisfied, what drives it, what customers need."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook import satisfaction
from crmbook.figures import style
from crmbook.figures.points import places, reach
from crmbook.figures.wording import inline, percent
from crmbook.locale import label, name, text
from crmbook.shared.estimate import Estimate

KANO_COLOURS: Mapping[str, str] = {
    "M": style.VERMILLION,
    "O": style.BLUE,
    "A": style.GREEN,
    "I": style.GREY,
    "R": style.PURPLE,
    "Q": style.YELLOW,
}
QUADRANT_COLOURS: Mapping[str, str] = {
    "concentrate_here": style.BAD,
    "keep_up": style.GOOD,
    "low_priority": style.GREY,
    "possible_overkill": style.ORANGE,
}


def margins(population: int, margin: float = 0.05) -> go.Figure:
    """Draw how a survey's margin of error shrinks as more people answer.

    Parameters
    ----------
    population : int
        Customers there are; the curve ends there, at a margin of nothing.
    margin : float
        The margin aimed at, as a share.

    Examples
    --------
    >>> margins(1000).layout.title.text
    '278 of your 1,000 customers must answer for a margin of ±5.0 points'
    """
    needed = satisfaction.sample_size(margin, population=population)
    facts = {"needed": needed, "population": population, "margin": 100 * margin}
    made = _figure("satisfaction.margins_alt", text("satisfaction.margins_title", **facts), "answers", "margin")
    last = min(population, max(4 * needed, 50))
    answers = np.unique(np.geomspace(min(10, last), last, 80).astype(int))
    lines = {
        "satisfaction.margins_yours": (population, style.BLUE, "solid"),
        "satisfaction.margins_many": (None, style.GREY, "dash"),
    }
    for key, (size, colour, dash) in lines.items():
        made.add_scatter(
            x=answers.tolist(),
            y=[100 * satisfaction.margin_of_error(int(n), population=size) for n in answers],
            mode="lines",
            line={"color": colour, "dash": dash},
            name=text(key, population=population),
            hovertemplate=text("satisfaction.margins_hover") + "<extra></extra>",
        )
    made.add_scatter(
        x=[needed],
        y=[100 * satisfaction.margin_of_error(needed, population=population)],
        mode="markers+text",
        marker={"color": style.VERMILLION, "size": 11},
        text=[f"{needed:,}"],
        textposition="top right",
        showlegend=False,
        hoverinfo="skip",
    )
    made.update_yaxes(rangemode="tozero", ticksuffix="")
    return made.update_xaxes(rangemode="tozero", tickformat=",")


def group_scores(table: pd.DataFrame, measure: str, column: str) -> go.Figure:
    """Draw a score by group with its interval and the number of answers.

    Parameters
    ----------
    table : DataFrame
        As from `crmbook.satisfaction.by_group`.
    measure : {"nps", "csat", "mean"}
        What the values are.
    column : str
        What the groups are, for the reader (a column of the catalogue).

    Examples
    --------
    >>> answers, tiers = pd.Series([10] * 10 + [5] * 10), pd.Series(["A"] * 10 + ["B"] * 10)
    >>> group_scores(satisfaction.by_group(answers, tiers, "nps"), "nps", "tier").layout.title.text
    'Net promoter score by tier: highest A (+100), lowest B (-100)'
    """
    made = style.figure("", text(f"satisfaction.axis_{measure}"))
    made.add_scatter(
        mode="markers",
        marker={"color": style.BLUE, "size": 11},
        hovertemplate="%{customdata}<extra></extra>",
    )
    made.add_scatter(mode="text", textposition="middle right", textfont_color=style.GREY, hoverinfo="skip")
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    if measure == "csat":
        made.update_xaxes(tickformat=".0%")
    made.update_layout(showlegend=False)
    shown = table[table["value"].notna()]
    few = table[table["value"].isna()]
    title = _groups_title(shown, measure, column)
    ticks = {group: text("satisfaction.group_tick", group=_named(group), n=int(n)) for group, n in table["n"].items()}
    low, high = _span(shown, measure)
    said = [
        text(
            "satisfaction.group_hover",
            group=_named(group),
            value=worded(row["value"], measure),
            low=worded(row["low"], measure),
            high=worded(row["high"], measure),
            n=int(row["n"]),
        )
        for group, row in shown.iterrows()
    ]
    return style.fill(
        made,
        title=title,
        alt=text("satisfaction.groups_alt", title=title),
        traces=(
            {
                "x": shown["value"].tolist(),
                "y": [ticks[group] for group in shown.index],
                "error_x": reach(shown["value"], shown["low"], shown["high"], style.BLUE),
                "customdata": said,
            },
            {
                "x": [low] * len(few),
                "y": [ticks[group] for group in few.index],
                "text": [text("satisfaction.too_few")] * len(few),
            },
        ),
        layout={
            "yaxis.categoryarray": list(ticks.values()),
            "xaxis.range": [low, high],
            "height": max(300, 42 * len(table) + 170),
        },
    )


def wave_scores(table: pd.DataFrame, measure: str) -> go.Figure:
    """Draw a score from wave to wave with its interval; a change beyond chance is marked.

    Parameters
    ----------
    table : DataFrame
        As from `crmbook.satisfaction.by_wave`.
    measure : {"nps", "csat", "mean"}

    Examples
    --------
    >>> waves = pd.Series(["2024-1"] * 50 + ["2024-2"] * 50)
    >>> table = satisfaction.by_wave(pd.Series([5] * 30 + [3] * 20 + [5] * 40 + [3] * 10), waves)
    >>> wave_scores(table, "csat").layout.title.text
    'Satisfied customers (CSAT): 80% in 2024-2; changes beyond chance: 1'
    """
    shown = table[table["value"].notna()]
    changed = (shown["p"] < 0.05).to_numpy()
    if shown.empty:
        title = text("satisfaction.groups_none", measure=text(f"satisfaction.measure_{measure}"))
    else:
        title = text(
            "satisfaction.waves_title",
            measure=text(f"satisfaction.measure_{measure}"),
            value=worded(shown["value"].iloc[-1], measure),
            wave=style.escape(name(shown.index[-1])),
            changed=int(changed.sum()),
        )
    made = _figure("satisfaction.waves_alt", title, "period", measure)
    made.add_scatter(
        x=[style.escape(name(wave)) for wave in shown.index],
        y=shown["value"].tolist(),
        error_y=reach(shown["value"], shown["low"], shown["high"], style.GREY),
        mode="lines+markers+text",
        line={"color": style.BLUE},
        marker={"size": 11, "color": [style.VERMILLION if change else style.BLUE for change in changed]},
        text=[worded(value, measure) for value in shown["value"]],
        textposition="top left",
        customdata=[int(n) for n in shown["n"]],
        hovertemplate=text("satisfaction.waves_hover") + "<extra></extra>",
    )
    made.update_xaxes(type="category")
    if measure == "csat":
        made.update_yaxes(tickformat=".0%")
    return made.update_layout(showlegend=False)


def driver_weights(weights: pd.DataFrame) -> go.Figure:
    """Draw how much of overall satisfaction each item accounts for, with intervals.

    Examples
    --------
    >>> items = pd.DataFrame({"price": [1, 1, 2, 2], "overall": [1, 2, 1, 2]})
    >>> table = satisfaction.drivers(items, pd.Series([1, 2, 4, 5]), draws=0)
    >>> driver_weights(table).layout.title.text
    'Price accounts for 90% of what the items explain'
    """
    ordered = weights.sort_values("weight", ascending=False, kind="stable")
    title = text(
        "satisfaction.drivers_title",
        item=label(str(ordered.index[0])),
        share=percent(float(ordered["share"].iloc[0])),
    )
    made = _figure("satisfaction.drivers_alt", title, "weight", height=max(320, 48 * len(ordered) + 150))
    made.add_bar(
        orientation="h",
        y=[label(str(item)) for item in ordered.index],
        x=ordered["weight"].tolist(),
        marker_color=style.SKY,
        error_x=reach(ordered["weight"], ordered["low"], ordered["high"], style.BLACK),
        customdata=[percent(share) for share in ordered["share"]],
        hovertemplate=text("satisfaction.drivers_hover") + "<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", showgrid=False)
    return made.update_layout(showlegend=False)


def importance_map(table: pd.DataFrame) -> go.Figure:
    """Draw importance against performance: what matters and is bad stands at the upper left.

    Examples
    --------
    >>> found = satisfaction.importance_performance(
    ...     pd.Series({"price": 0.3, "effort": 0.1}), pd.Series({"price": 0.4, "effort": 0.8})
    ... )
    >>> importance_map(found).layout.title.text
    'Fix first: price'
    """
    first = table.index[table["quadrant"] == "concentrate_here"]
    if len(first):
        title = text("satisfaction.map_title", items=_listed(first))
    else:
        title = text("satisfaction.map_title_none", items=_listed(table.index[:1]))
    made = _figure("satisfaction.map_alt", title, "performance", "importance")
    x, y = table["performance"].tolist(), table["importance"].tolist()
    words, across, up = (
        [label(str(item)) for item in table.index],
        _wider(table["performance"]),
        _wider(table["importance"]),
    )
    made.add_scatter(
        x=x,
        y=y,
        mode="markers+text",
        marker={"size": 14, "color": [QUADRANT_COLOURS[quadrant] for quadrant in table["quadrant"]]},
        text=words,
        textposition=places(x, y, words, across, up),
        cliponaxis=False,
        customdata=[name(quadrant) for quadrant in table["quadrant"]],
        hovertemplate="%{text}: %{customdata}<br>%{x:.0%} · %{y:.3f}<extra></extra>",
    )
    made.add_vline(x=float(table["performance"].mean()), line={"color": style.GREY, "dash": "dash", "width": 1})
    made.add_hline(y=float(table["importance"].mean()), line={"color": style.GREY, "dash": "dash", "width": 1})
    corners = (("concentrate_here", 0, 1), ("keep_up", 1, 1), ("low_priority", 0, 0), ("possible_overkill", 1, 0))
    for quadrant, right, top in corners:
        made.add_annotation(
            x=right,
            y=top,
            xref="paper",
            yref="paper",
            xanchor="right" if right else "left",
            yanchor="top" if top else "bottom",
            text=f"<i>{name(quadrant)}</i>",
            showarrow=False,
            font={"color": QUADRANT_COLOURS[quadrant]},
        )
    made.update_xaxes(tickformat=".0%", range=across)
    made.update_yaxes(range=up)
    return made.update_layout(showlegend=False)


def raised(changes: Mapping[str, Estimate], chosen: str) -> go.Figure:
    """Draw the expected change of overall satisfaction for each item, were it raised.

    Parameters
    ----------
    changes : mapping of item to Estimate
        As from `crmbook.satisfaction.what_if`, each item raised by the same number of points.
    chosen : str
        The item that stands out.

    Examples
    --------
    >>> raised({"price": Estimate(0.1, 0.05, 0.15, 90)}, "price").layout.title.text
    'Price raised: overall satisfaction +0.10 points (+0.05 to +0.15)'
    """
    made = style.figure("", text("satisfaction.axis_change"))
    made.add_bar(orientation="h", hovertemplate="%{y}: %{x:+.2f}<extra></extra>")
    made.update_yaxes(autorange="reversed", showgrid=False)
    made.update_layout(showlegend=False, height=max(320, 46 * len(changes) + 150))
    best = changes[chosen]
    title = text("satisfaction.raised_title", item=label(chosen), value=best.value, low=best.low, high=best.high)
    value, low, high = zip(*((found.value, found.low, found.high) for found in changes.values()), strict=True)
    return style.fill(
        made,
        title=title,
        alt=text("satisfaction.raised_alt", title=title),
        traces=(
            {
                "y": [label(item) for item in changes],
                "x": list(value),
                "error_x": reach(value, low, high, style.BLACK),
                "marker.color": [style.BLUE if item == chosen else style.SKY for item in changes],
            },
        ),
    )


def better_worse(table: pd.DataFrame) -> go.Figure:
    """Draw how much a feature delights when it is there against how much it annoys when it is not.

    Examples
    --------
    >>> found = satisfaction.kano([3] * 5 + [1] * 20, [5] * 25)
    >>> better_worse(found).layout.title.text
    'Features by class: 1 one-dimensional'
    """
    shown = table[table["better"].notna()]
    counts = shown["category"].value_counts().reindex([code for code in KANO_COLOURS], fill_value=0)
    listed = text("charts.and").join(f"{count} {name(kano_name(str(code)))}" for code, count in counts.items() if count)
    made = _figure(
        "satisfaction.kano_alt", text("satisfaction.kano_title", classes=listed or "–"), "worse", "better", height=500
    )
    across, up = (-0.05, 1.05), (-0.05, 1.1)
    words = [style.escape(name(feature)) for feature in shown.index]
    shown = shown.assign(
        words=words, place=places(shown["worse"].abs().tolist(), shown["better"].tolist(), words, across, up)
    )
    for code, colour in KANO_COLOURS.items():
        here = shown[shown["category"] == code]
        if here.empty:
            continue
        made.add_scatter(
            x=here["worse"].abs().tolist(),
            y=here["better"].tolist(),
            mode="markers+text",
            name=name(kano_name(code)),
            marker={"size": 12, "color": colour, "symbol": style.MARKERS[list(KANO_COLOURS).index(code)]},
            text=here["words"].tolist(),
            textposition=here["place"].tolist(),
            customdata=[int(n) for n in here["n"]],
            hovertemplate=text("satisfaction.kano_hover") + "<extra></extra>",
        )
    made.add_vline(x=0.5, line={"color": style.GREY, "dash": "dash", "width": 1})
    made.add_hline(y=0.5, line={"color": style.GREY, "dash": "dash", "width": 1})
    made.update_xaxes(range=across)
    return made.update_yaxes(range=up)


def kano_name(code: str) -> str:
    """Return the catalogue's value of a Kano class: one letter would also stand for other things.

    Examples
    --------
    >>> kano_name("M")
    'kano_m'
    """
    return f"kano_{code.lower()}"


def worded(value: float, measure: str) -> str:
    """Return a score as readers write it: NPS with its sign, CSAT in per cent, means with two decimals.

    Examples
    --------
    >>> worded(24.6, "nps"), worded(0.72, "csat"), worded(4.126, "mean")
    ('+25', '72%', '4.13')
    """
    if value != value:
        return "–"
    return f"{value:+.0f}" if measure == "nps" else percent(value) if measure == "csat" else f"{value:.2f}"


def _groups_title(shown: pd.DataFrame, measure: str, column: str) -> str:
    measured = text(f"satisfaction.measure_{measure}")
    if shown.empty:
        return text("satisfaction.groups_none", measure=measured)
    best, worst = shown["value"].idxmax(), shown["value"].idxmin()
    most, least = float(shown["value"].max()), float(shown["value"].min())
    facts = {"measure": measured, "column": inline(column)}
    if best == worst:
        return text("satisfaction.groups_one", value=worded(most, measure), **facts)
    return text(
        "satisfaction.groups_title",
        best=_named(best),
        best_value=worded(most, measure),
        worst=_named(worst),
        worst_value=worded(least, measure),
        **facts,
    )


def _figure(alt: str, title: str, x: str, y: str | None = None, height: int = 430) -> go.Figure:
    """Return an empty figure with its title, axes and line for those who cannot see it, worded by the catalogue."""
    axis = text(f"satisfaction.axis_{y}") if y else None
    return style.figure(title, text(f"satisfaction.axis_{x}"), axis, text(alt, title=title), height)


def _named(group: object) -> str:
    return style.escape(name(group))


def _listed(items: pd.Index) -> str:
    return text("charts.and").join(inline(str(item)) for item in items)


def _span(shown: pd.DataFrame, measure: str) -> tuple[float, float]:
    least, most = {"nps": (-100.0, 100.0), "csat": (0.0, 1.0)}.get(measure, (1.0, 7.0))
    if shown.empty:
        return least, most
    low, high = float(shown["low"].min()), float(shown["high"].max())
    room = 0.06 * (high - low or 1.0)
    return max(low - room, least - room), min(high + room, most + room)


def _wider(values: pd.Series) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.25 * (high - low or 0.1)
    return low - room, high + room
