"""Pictures of tiering: who brings how much, how scores are cut, who sits where, who moved, what it takes in hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.concentration import abc_bars, abc_hours, abc_hours_parts, lorenz, value_distribution
from crmbook.charts.movement import agreement_map, agreement_table, migration_map, sankey
from crmbook.charts.parts import Parts, fill
from crmbook.charts.wording import CELLS, colours, inline, names, number, percent
from crmbook.locale import label, name, text
from crmbook.methods import tiering

__all__ = [
    "abc_bars",
    "abc_hours",
    "abc_hours_parts",
    "agreement_map",
    "agreement_table",
    "hours",
    "lorenz",
    "migration_map",
    "sankey",
    "score_steps",
    "segment_map",
    "segment_map_parts",
    "segment_treemap",
    "segment_treemap_parts",
    "value_distribution",
]


def score_steps(value: pd.Series, report: pd.DataFrame, column: str) -> go.Figure:
    """Draw how many customers each score has and where it begins and ends; empty scores are marked.

    Parameters
    ----------
    value : Series, shape (customers,)
        What was scored.
    report : DataFrame
        What `crmbook.methods.tiering.score_report` made of it.
    column : str
        The name of what was scored, for the reader (a column of the catalogue).

    Examples
    --------
    >>> orders = pd.Series([1, 1, 1, 2, 9])
    >>> score_steps(orders, tiering.score_report(orders), column="frequency").data[0].y
    (3, 0, 0, 1, 1)
    """
    whole = bool(np.isclose(value.to_numpy(dtype=float) % 1, 0).all())
    filled = int((report["customers"] > 0).sum())
    facts = {"bins": len(report), "column": inline(column)}
    if filled < len(report):
        title = text("tiering.scores_title_empty", filled=filled, **facts)
    else:
        title = text("tiering.scores_title", share=percent(report["customer_share"].max()), **facts)
    made = style.figure(
        title,
        text("tiering.axis_score", column=inline(column)),
        text("tiering.axis_customers"),
        alt=text("tiering.scores_alt", title=title),
    )
    rows = zip(report.index, report["above"], report["up_to"], report["customers"], strict=True)
    ticks = [f"<b>{score}</b><br>{_span(above, up_to, whole) if count else '–'}" for score, above, up_to, count in rows]
    empty = text("tiering.scores_empty")
    made.add_bar(
        x=report.index.tolist(),
        y=report["customers"].tolist(),
        marker_color=style.BLUE,
        text=[
            f"{count:,} ({percent(share)})" if count else empty
            for count, share in zip(report["customers"], report["customer_share"], strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hovertemplate=text("tiering.scores_hover") + "<extra></extra>",
    )
    made.update_xaxes(tickvals=report.index.tolist(), ticktext=ticks)
    most = float(report["customers"].max())
    made.update_yaxes(tickformat=",", range=[0, most * 1.12], dtick=1 if most < 6 else None)
    return made.update_layout(showlegend=False)


def segment_map(scored: pd.DataFrame, bins: int = 5) -> go.Figure:
    """Draw the grid of recency and frequency scores with the customers in each cell.

    Parameters
    ----------
    scored : DataFrame
        What `crmbook.methods.tiering.rfm` made.
    bins : int
        The number of scores it was made with; with five the cells carry the names of their segments.

    Examples
    --------
    >>> table = pd.DataFrame({"r": [5, 5, 1], "f": [5, 4, 1], "segment": ["champions", "champions", "hibernating"]})
    >>> segment_map(table).layout.title.text
    'The largest segment is champions: 2 customers, 67%'
    """
    made = style.figure("", text("tiering.axis_frequency_score"), text("tiering.axis_recency_score"))
    made.add_heatmap(
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate=text("tiering.map_hover"),
    )
    made.update_xaxes(showline=False, ticks="")
    made.update_yaxes(showgrid=False)
    return fill(made, segment_map_parts(scored, bins))


def segment_map_parts(scored: pd.DataFrame, bins: int = 5) -> Parts:
    """Return what of `segment_map` changes with the scores."""
    cells = tiering.score_cells(scored, bins)
    counts = cells.to_numpy()
    shown = [[_cell(r, f, int(counts[r - 1, f - 1]), bins) for f in range(1, bins + 1)] for r in range(1, bins + 1)]
    segment, size = _largest_segment(counts)
    key = "tiering.map_title" if bins == 5 else "tiering.map_title_cells"
    title = text(key, segment=name(segment), customers=size, share=percent(size / len(scored)))
    steps = cells.index.tolist()
    return Parts(
        title=title,
        alt=text("tiering.map_alt", title=title),
        traces=(
            {
                "x": steps,
                "y": steps,
                "z": counts.tolist(),
                "text": shown,
                "textfont.size": 11 if bins <= 6 else 9,
            },
        ),
        layout={"xaxis.tickvals": steps, "yaxis.tickvals": steps, "height": max(430, 52 * bins + 130)},
    )


def segment_treemap(report: pd.DataFrame, size: str = "revenue") -> go.Figure:
    """Draw segments as areas.

    Parameters
    ----------
    report : DataFrame, index segment
        What `crmbook.methods.tiering.segment_report` made.
    size : {"revenue", "customers"}
        What the area stands for; the colour stands for the mean revenue of a customer. A segment whose revenue is not
        above zero has no area; where no revenue is left to share out, the area stands for the customers.

    Examples
    --------
    >>> table = pd.DataFrame({"monetary": [30.0, 10.0]})
    >>> areas = tiering.segment_report(table, pd.Series(["champions", "new"]))
    >>> segment_treemap(areas).layout.title.text
    'Heaviest: champions, 75% of the revenue from 50% of the customers'
    """
    made = style.figure("")
    made.add_treemap(
        textinfo="label+text",
        textfont_color=style.BLACK,
        marker={
            "colorscale": CELLS,
            "showscale": True,
            "colorbar": {
                "title": {"text": text("tiering.treemap_mean"), "side": "right"},
                "tickformat": ",",
                "thickness": 12,
            },
            "pad": {"t": 0, "l": 0, "r": 0, "b": 0},
        },
        hovertemplate=text("tiering.treemap_hover"),
        tiling_pad=2,
        pathbar_visible=False,
        root_color="white",
    )
    made.update_layout(margin={"l": 10, "r": 10, "b": 10}, uniformtext={"minsize": 9, "mode": "hide"})
    return fill(made, segment_treemap_parts(report, size))


def segment_treemap_parts(report: pd.DataFrame, size: str = "revenue") -> Parts:
    """Return what of `segment_treemap` changes with the segments."""
    size = size if report["revenue_share"].notna().all() else "customers"
    share = "customer_share" if size == "customers" else "revenue_share"
    heaviest = int(report[share].to_numpy().argmax())
    customers, revenue = (percent(report[part].to_numpy()[heaviest]) for part in ("customer_share", "revenue_share"))
    facts = {"segment": name(report.index[heaviest]), "customers": customers}
    if size == "revenue":
        title = text("tiering.treemap_title", revenue=revenue, **facts)
    else:
        title = text("tiering.treemap_title_customers", **facts)
    worded = names(report.index, None)
    rows = zip(worded, report["customers"], report["revenue"], report["mean_revenue"], strict=True)
    return Parts(
        title=title,
        alt=text("tiering.treemap_alt", title=title, size=label(size)),
        traces=(
            {
                "ids": [str(segment) for segment in report.index],
                "labels": worded,
                "parents": [""] * len(report),
                "values": report[size].clip(lower=0).tolist(),
                "text": [
                    text("tiering.treemap_label", customers=count, share=percent(part))
                    for count, part in zip(report["customers"], report[share], strict=True)
                ],
                "marker.colors": report["mean_revenue"].tolist(),
                "customdata": [list(row) for row in rows],
            },
        ),
    )


def hours(needed: tiering.Capacity, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw the hours that each tier needs in a month, stacked up against the hours there are.

    Parameters
    ----------
    needed : Capacity
        What `crmbook.methods.tiering.capacity` made.
    own_names : mapping of tier to name, optional
        A scheme's own names; the catalogue's where it is not given.

    Examples
    --------
    >>> hours(tiering.capacity(pd.Series({"A": 10}), {"A": 2}, available=15)).layout.title.text
    'The policy needs 20 hours a month, 5 more than the 15 there are'
    """
    table = needed.table
    facts = {"needed": needed.needed, "available": needed.available}
    if np.isnan(needed.available):
        title = text("tiering.hours_only", needed=needed.needed)
    elif needed.spare < 0:
        title = text("tiering.hours_short", short=-needed.spare, **facts)
    else:
        title = text("tiering.hours_enough", **facts)
    made = style.figure(
        title,
        text("tiering.axis_hours"),
        alt=text("tiering.hours_alt", title=title),
        height=max(360, 38 * len(table) + 190),
    )
    worded = [
        text("tiering.hours_tick", tier=tier, customers=row.customers, each=row.hours_each)
        for tier, row in zip(names(table.index, own_names), table.itertuples(), strict=True)
    ]
    made.add_bar(
        orientation="h",
        y=worded,
        x=table["hours_needed"].tolist(),
        base=(table["hours_needed"].cumsum() - table["hours_needed"]).tolist(),
        marker_color=colours(table.index),
        text=[text("tiering.bar_hours", hours=hours) for hours in table["hours_needed"]],
        textposition="none",
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    end = max(needed.needed, 1.0)
    if not np.isnan(needed.available):
        end = max(end, needed.available)
        made.add_vline(x=needed.available, line={"color": style.VERMILLION, "dash": "dash", "width": 2})
        made.add_annotation(
            x=needed.available,
            y=0,
            yref="paper",
            yanchor="bottom",
            xanchor="right",
            xshift=-5,
            yshift=4,
            text=text("tiering.hours_available", available=needed.available),
            showarrow=False,
            font={"color": style.VERMILLION},
            bgcolor="rgba(255,255,255,0.8)",
        )
    _label_bars(made, table["hours_needed"], worded, end)
    made.update_xaxes(range=[0, end * 1.04], tickformat=",")
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(showlegend=False)


_AFTER = {"xanchor": "left", "xshift": 4}


def _largest_segment(counts: np.ndarray) -> tuple[str, int]:
    sizes: dict[str, int] = {}
    for (row, column), count in np.ndenumerate(counts):
        segment = _segment(row + 1, column + 1, len(counts))
        sizes[segment] = sizes.get(segment, 0) + int(count)
    largest = max(sizes, key=lambda segment: sizes[segment])
    return largest, sizes[largest]


def _cell(r: int, f: int, count: int, bins: int) -> str:
    return f"{name(_segment(r, f, bins))}<br>{count:,}" if bins == 5 else f"{count:,}"


def _segment(r: int, f: int, bins: int) -> str:
    if bins != 5:
        return f"{r}-{f}"
    return next(s for s, ((r0, r1), (f0, f1)) in tiering.SEGMENTS.items() if r0 <= r <= r1 and f0 <= f <= f1)


def _label_bars(made: go.Figure, needed: pd.Series, worded: Sequence[str], end: float) -> None:
    # In a wide bar, else beside it where there is room: a bar starts where the one above it ends.
    reached = 0.0
    for hours_needed, tier in zip(needed, worded, strict=True):
        inside = hours_needed > 0.14 * end
        before = not inside and reached + hours_needed > 0.85 * end
        place = {"xanchor": "center"} if inside else {"xanchor": "right", "xshift": -4} if before else _AFTER
        made.add_annotation(
            x=reached + (hours_needed / 2 if inside else 0.0 if before else hours_needed),
            y=tier,
            text=text("tiering.bar_hours", hours=hours_needed),
            showarrow=False,
            bgcolor="rgba(255,255,255,0.85)",
            borderpad=2,
            **place,
        )
        reached += hours_needed


def _span(above: float, up_to: float, whole: bool) -> str:
    if np.isnan(above):
        return text("tiering.scores_up_to", up_to=number(np.floor(up_to) if whole else up_to))
    if np.isnan(up_to):
        return text("tiering.scores_above", above=number(np.floor(above) if whole else above))
    if not whole:
        return text("tiering.scores_between", above=number(above), up_to=number(up_to))
    low, high = int(np.floor(above)) + 1, int(np.floor(up_to))
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
