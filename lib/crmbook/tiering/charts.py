"""Pictures of tiering: who brings how much, how scores are cut, who sits where, who moved, what it takes in hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook import tiering
from crmbook.figures import style
from crmbook.figures.wording import CELLS, colours, inline, money, names, number, percent
from crmbook.locale import label, name, text


def score_steps(value: pd.Series, report: pd.DataFrame, column: str) -> go.Figure:
    """Draw how many customers each score has and where it begins and ends; empty scores are marked.

    Parameters
    ----------
    value : Series, shape (customers,)
        What was scored.
    report : DataFrame
        What `crmbook.tiering.score_report` made of it.
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
        What `crmbook.tiering.rfm` made.
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
    cells = tiering.score_cells(scored, bins)
    counts = cells.to_numpy()
    shown = [[_cell(r, f, int(counts[r - 1, f - 1]), bins) for f in range(1, bins + 1)] for r in range(1, bins + 1)]
    segment, size = _largest_segment(counts)
    key = "tiering.map_title" if bins == 5 else "tiering.map_title_cells"
    title = text(key, segment=name(segment), customers=size, share=percent(size / len(scored)))
    steps = cells.index.tolist()
    return style.fill(
        made,
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
        What `crmbook.tiering.segment_report` made.
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
    return style.fill(
        made,
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
        What `crmbook.tiering.capacity` made.
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


CURVE_POINTS = 400  # more of them nobody sees
HISTOGRAM_BARS = 40


def lorenz(value: pd.Series, cuts: Sequence[float] = (0.80, 0.95)) -> go.Figure:
    """Draw the Lorenz curve with the marks where tiers A, B and C meet.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer.
    cuts : two floats
        Shares of revenue at which A and B end.

    Raises
    ------
    DataError
        As `crmbook.tiering.lorenz` and `abc` do.

    Examples
    --------
    >>> lorenz(pd.Series([80, 15, 5])).layout.title.text
    '33% of the customers bring 80% of the revenue; Gini coefficient 0.50'
    """
    curve = tiering.lorenz(value)
    classes = tiering.abc_report(value, (cuts[0], cuts[1]))
    unequal = tiering.inequality(value)
    title = _lorenz_title(classes, unequal)
    made = style.figure(
        title,
        text("tiering.axis_customer_share_smallest_first"),
        text("tiering.axis_revenue_share"),
        alt=text("tiering.lorenz_alt", title=title),
    )
    thinned = _thinned(curve)
    made.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": style.GREY, "dash": "dash", "width": 1}, hoverinfo="skip"
    )
    made.add_scatter(
        x=thinned["customer_share"],
        y=thinned["money_share"],
        mode="lines",
        line={"color": style.BLACK, "width": 2.5},
        hovertemplate=text("tiering.lorenz_hover") + "<extra></extra>",
    )
    if classes["revenue"].sum() > 0:
        _mark_classes(made, classes, unequal.customers)
    made.add_annotation(x=0.72, y=0.75, text=text("tiering.lorenz_equal"), xanchor="right", **_QUIET)
    made.update_xaxes(tickformat=".0%", range=[0, 1.01])
    made.update_yaxes(tickformat=".0%", range=[0, 1.03])
    return made.update_layout(showlegend=False)


def abc_hours(classes: pd.DataFrame, needed: tiering.Capacity) -> go.Figure:
    """Draw each class's shares and, beside them, the hours that its customers need.

    Parameters
    ----------
    classes : DataFrame
        What `crmbook.tiering.abc_report` made.
    needed : Capacity
        Hours by class A, B, C, from `crmbook.tiering.capacity`.

    Examples
    --------
    >>> classes = tiering.abc_report(pd.Series([80, 15, 5]))
    >>> abc_hours(classes, tiering.capacity(classes.customers, {"A": 2, "B": 1, "C": 0.5})).data[2].x
    (2.0, 1.0, 0.5)
    """
    made = style.figure("")
    _add_share_bars(made, classes.index)
    made.add_bar(
        orientation="h",
        y=classes.index.tolist(),
        xaxis="x2",
        yaxis="y2",
        marker_color=colours(classes.index),
        textposition="outside",
        cliponaxis=False,
        hovertemplate=text("tiering.hours_hover") + "<extra></extra>",
    )
    made.update_layout(
        barmode="group",
        showlegend=False,
        xaxis={"domain": [0, 0.58], "title_text": text("tiering.abc_shares")},
        yaxis={"tickformat": ".0%", "range": [0, 1.15]},
        xaxis2={"domain": [0.66, 1], "anchor": "y2", "tickformat": ",", "title_text": text("tiering.axis_hours")},
        yaxis2={"anchor": "x2", "autorange": "reversed", "showgrid": False, "type": "category"},
    )
    title = _abc_title(classes)
    hours_needed = needed.table["hours_needed"]
    if classes.loc["A", "customers"]:
        title = text("tiering.abc_hours_title", hours=hours_needed["A"], **_first_class(classes))
    most = max(float(hours_needed.max()), 1.0)
    return style.fill(
        made,
        title=title,
        alt=text("tiering.abc_hours_alt", title=title),
        traces=(
            *_shares(classes),
            {
                "x": hours_needed.tolist(),
                "text": [text("tiering.bar_hours", hours=each) for each in hours_needed],
            },
        ),
        layout={"xaxis2.range": [0, most * 1.45]},
    )


def value_distribution(value: pd.Series, classes: pd.DataFrame, currency: str = "") -> go.Figure:
    """Draw how customers' money is spread, with the cut points between tiers.

    Parameters
    ----------
    value : Series, shape (customers,)
        Money of each customer. Where the largest is more than 20 times the median the scale is logarithmic;
        customers at or below zero are then counted in the title and not drawn.
    classes : DataFrame, index tier
        At least ``smallest``, the cut points, and ``customers``: what `crmbook.tiering.abc_report` made.
    currency : str
        Shown with the axis.

    Raises
    ------
    DataError
        When there is no customer or a value is missing.

    Examples
    --------
    >>> money = pd.Series([80.0, 15, 5])
    >>> value_distribution(money, tiering.abc_report(money)).layout.title.text
    'Half of the customers brought at most 15, the largest brought 80'
    """
    ranked = tiering.concentration(value)
    amounts = value.to_numpy(dtype=float)
    positive = amounts[amounts > 0]
    median = float(np.median(amounts))
    wide = len(positive) > 0 and positive.max() > 20 * np.median(positive)
    drawn = positive if wide else amounts
    title = text("tiering.distribution_title", median=money(median, currency), largest=money(amounts.max(), currency))
    if wide and ranked.not_positive:
        title += text("tiering.distribution_not_positive", count=ranked.not_positive)
    counts, edges = np.histogram(np.log10(drawn) if wide else drawn, bins=HISTOGRAM_BARS)
    edges = 10**edges if wide else edges
    axis = text("tiering.axis_revenue_log" if wide else "tiering.axis_revenue")
    if currency:
        axis = text("tiering.axis_with_currency", axis=axis, currency=currency)
    made = style.figure(title, axis, text("tiering.axis_customers"), alt=text("tiering.distribution_alt", title=title))
    spans = [f"{number(low)} – {number(high)}" for low, high in pairwise(edges)]
    starts = classes["smallest"].reindex(classes.index)
    tier_of_bar = [_tier_at(starts, float((low + high) / 2)) for low, high in pairwise(edges)]
    made.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges) * 0.96,
        marker_color=colours(tier_of_bar),
        marker_line_width=0,
        customdata=spans,
        hovertemplate=text("tiering.distribution_hover") + "<extra></extra>",
    )
    _mark_cuts(made, starts.iloc[:-1], currency, bool(wide))
    made.update_yaxes(tickformat=",", range=[0, float(counts.max()) * 1.25], dtick=1 if counts.max() < 6 else None)
    made.update_xaxes(type="log" if wide else "linear", tickformat=",")
    if wide:
        made.update_xaxes(dtick=1)
    return made.update_layout(showlegend=False, bargap=0)


_QUIET = {"showarrow": False, "font": {"color": style.GREY, "size": 12}}


def _lorenz_title(classes: pd.DataFrame, unequal: tiering.Inequality) -> str:
    if classes["revenue"].sum() > 0:
        a = _first_class(classes)
        title = text("tiering.lorenz_title", customers=a["share"], revenue=a["revenue"], gini=unequal.gini)
    else:
        title = text("tiering.lorenz_nothing")
    return title + (text("tiering.lorenz_left_out", count=unequal.left_out) if unequal.left_out else "")


def _abc_title(classes: pd.DataFrame) -> str:
    if not classes.loc["A", "customers"]:
        return text("tiering.abc_nobody")
    return text("tiering.abc_title", **_first_class(classes))


def _first_class(classes: pd.DataFrame) -> dict[str, object]:
    customers, share, revenue = (
        classes[part].to_numpy()[0] for part in ("customers", "customer_share", "revenue_share")
    )
    return {"customers": int(customers), "share": percent(share), "revenue": percent(revenue)}


def _thinned(curve: pd.DataFrame) -> pd.DataFrame:
    # Even steps in both directions, so that the steep end keeps its shape.
    if len(curve) <= CURVE_POINTS:
        return curve
    way = (curve["customer_share"] + curve["money_share"]).to_numpy()
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], CURVE_POINTS)).clip(0, len(curve) - 1))
    return curve.iloc[kept]


def _mark_classes(made: go.Figure, classes: pd.DataFrame, counted: int) -> None:
    # The curve runs from the smallest customer up, so A is its end.
    begins = 1 - (classes["customers"] - classes["not_positive"]).cumsum() / counted
    reached = 1 - classes["revenue_share"].cumsum()
    for place, tier in enumerate(["A", "B", "C"]):
        customers, revenue = (classes[part].to_numpy()[place] for part in ("customer_share", "revenue_share"))
        entry = text("tiering.lorenz_class", tier=tier, customers=percent(customers), revenue=percent(revenue))
        colour = style.TIER[tier]
        made.add_annotation(
            x=0.02,
            y=0.98 - 0.075 * place,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="top",
            text=f"<b>{entry}</b>",
            showarrow=False,
            font={"color": colour},
        )
        right = 1.0 if tier == "A" else float(begins.iloc[place - 1])
        left = 0.0 if tier == "C" else float(begins.iloc[place])
        if right > left:
            made.add_vrect(x0=left, x1=right, fillcolor=colour, opacity=0.10, line_width=0, layer="below")
        if tier != "C" and customers:
            made.add_scatter(
                x=[left],
                y=[float(reached.iloc[place])],
                mode="markers",
                marker={"color": colour, "size": 11, "symbol": style.MARKERS[place]},
                hovertemplate=text("tiering.lorenz_hover") + f"<extra>{entry}</extra>",
            )


def _add_share_bars(made: go.Figure, tiers: pd.Index) -> None:
    for pattern, hover in (("/", text("tiering.bar_customers")), ("", text("tiering.bar_revenue"))):
        made.add_bar(
            x=tiers.tolist(),
            marker={
                "color": colours(tiers),
                "pattern": {"shape": pattern, "fillmode": "replace", "solidity": 0.35},
            },
            textposition="outside",
            constraintext="none",
            cliponaxis=False,
            hovertemplate=f"{hover}<extra></extra>",
        )


def _shares(classes: pd.DataFrame) -> tuple[dict[str, object], ...]:
    shares = (classes["customer_share"], classes["revenue_share"])
    return tuple({"y": share.tolist(), "text": [percent(each) for each in share]} for share in shares)


def _mark_cuts(made: go.Figure, starts: pd.Series, currency: str, wide: bool) -> None:
    for place, (tier, start) in enumerate(starts.dropna().items()):
        if wide and start <= 0:
            continue
        made.add_vline(x=start, line={"color": style.BLACK, "dash": "dot", "width": 1.5})
        made.add_annotation(
            x=np.log10(start) if wide else start,
            y=1 - 0.09 * place,
            yref="paper",
            xanchor="left",
            xshift=4,
            text=text("tiering.distribution_cut", tier=style.escape(name(tier)), value=money(start, currency)),
            showarrow=False,
            bgcolor="rgba(255,255,255,0.85)",
        )


def _tier_at(starts: pd.Series, amount: float) -> str:
    reached = [tier for tier, start in starts.items() if start == start and amount >= start]
    return str(reached[0]) if reached else str(starts.index[-1])


def migration_map(moved: tiering.Migration, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw who moved among the customers there at both dates: share of the row and customers, interval in the hover.

    Parameters
    ----------
    moved : Migration
        What `crmbook.tiering.migration` made.
    own_names : mapping of tier to name, optional
        A scheme's own names; the catalogue's where it is not given.

    Examples
    --------
    >>> import pandas as pd
    >>> u, v = pd.Series(list("AAB")), pd.Series(list("ABB"))
    >>> migration_map(tiering.migration(u, v)).layout.title.text
    '0% of the customers moved up, 33% moved down, 67% stayed'
    """
    title = _movement_title(moved)
    worded = names(moved.matrix.index, own_names)
    made = style.figure(
        title,
        text("tiering.axis_after"),
        text("tiering.axis_before"),
        alt=text("tiering.migration_alt", title=title),
        height=max(400, 42 * len(worded) + 150),
    )
    crowded = len(worded) > 6
    made.add_heatmap(
        x=worded,
        y=worded,
        z=moved.matrix.to_numpy().tolist(),
        zmin=0,
        zmax=1,
        text=[[_moved_cell(moved, i, j, crowded) for j in range(len(worded))] for i in range(len(worded))],
        customdata=[[_moved_hover(moved, i, j, worded) for j in range(len(worded))] for i in range(len(worded))],
        texttemplate="%{text}",
        textfont={"size": 10 if crowded else 13, "color": style.BLACK},
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=True,
        hovertemplate="%{customdata}<extra></extra>",
    )
    made.update_xaxes(type="category", showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False, title_standoff=12)
    return made


def sankey(moved: tiering.Migration, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw the flows of customers there at both dates from their tier before to their tier now.

    Newcomers and leavers are no flow: the title counts them.

    Examples
    --------
    >>> import pandas as pd
    >>> u, v = pd.Series(list("AAB")), pd.Series(list("ABB"))
    >>> list(sankey(tiering.migration(u, v)).data[0].link.value)
    [1, 1, 1]
    """
    tiers = list(moved.matrix.index)
    worded = names(moved.matrix.index, own_names)
    title = _sankey_title(moved)
    made = style.figure(title, alt=text("tiering.sankey_alt", title=title), height=max(430, 34 * len(tiers) + 160))
    table = moved.counts.loc[tiers, tiers].to_numpy()
    before, after = np.flatnonzero(table.sum(axis=1)), np.flatnonzero(table.sum(axis=0))
    rows, columns = np.nonzero(table)
    place_before = {tier: place for place, tier in enumerate(before)}
    place_after = {tier: place + len(before) for place, tier in enumerate(after)}
    colour = colours(tiers)
    made.add_sankey(
        arrangement="snap",
        node={
            "label": [text("tiering.sankey_before", tier=worded[tier]) for tier in before]
            + [text("tiering.sankey_after", tier=worded[tier]) for tier in after],
            "color": [colour[tier] for tier in before] + [colour[tier] for tier in after],
            "x": [0.001] * len(before) + [0.999] * len(after),
            "y": [*_levels(table.sum(axis=1)[before]), *_levels(table.sum(axis=0)[after])],
            "pad": 14,
            "thickness": 18,
            "line": {"width": 0},
            "hovertemplate": text("tiering.sankey_node"),
        },
        link={
            "source": [place_before[row] for row in rows],
            "target": [place_after[column] for column in columns],
            "value": table[rows, columns].tolist(),
            "color": [_faint(colour[row]) for row in rows],
            "hovertemplate": text("tiering.sankey_flow"),
        },
        textfont_size=13,
    )
    return made.update_layout(margin={"l": 20, "r": 20, "b": 25})


def agreement_map(compare: tiering.Agreement, first: str, second: str) -> go.Figure:
    """Draw which tiers two ways of tiering give to the same customers.

    Parameters
    ----------
    compare : Agreement
        What `crmbook.tiering.agreement` made.
    first, second : str
        What the two went by, for the reader (columns of the catalogue).

    Examples
    --------
    >>> import pandas as pd
    >>> both = tiering.agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    >>> agreement_map(both, "monetary", "frequency").data[0].z
    ([2, 0], [1, 1])
    """
    counts = compare.counts
    ways = {"first": inline(first), "second": inline(second)}
    total = int(counts.to_numpy().sum())
    if np.isnan(compare.kappa):
        title = text("tiering.agreement_title_one_tier", customers=total)
    else:
        title = text("tiering.agreement_title", moved=len(compare.moved), customers=total, kappa=compare.kappa, **ways)
    made = style.figure(
        title,
        text("tiering.axis_tier_by", column=ways["second"]),
        text("tiering.axis_tier_by", column=ways["first"]),
        alt=text("tiering.agreement_alt", title=title, **ways),
    )
    worded = names(counts.index, None)
    made.add_heatmap(
        x=worded,
        y=worded,
        z=counts.to_numpy().tolist(),
        text=[[f"{count:,}<br>{percent(count / total)}" for count in row] for row in counts.to_numpy()],
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate=text("tiering.agreement_hover"),
    )
    made.update_xaxes(type="category", showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return made


def agreement_table(compare: tiering.Agreement) -> pd.DataFrame:
    """Return how far two ways of tiering agree, in words: same tier, Cohen's kappa and two rank correlations.

    Examples
    --------
    >>> import pandas as pd
    >>> both = tiering.agreement(pd.Series(list("AABB")), pd.Series(list("AABA")))
    >>> agreement_table(both)["value"].tolist()
    ['75% (30% – 95%)', '0.50', '0.58', '0.58']
    """
    share = [percent(each) for each in (compare.same.value, compare.same.low, compare.same.high)]
    rows = {
        "same_tier": text("tiering.share_between", share=share[0], low=share[1], high=share[2]),
        "kappa": _two_decimals(compare.kappa),
        "spearman": _two_decimals(compare.spearman),
        "kendall": _two_decimals(compare.kendall),
    }
    return pd.Series(rows, name="value").rename_axis("measure").to_frame()


def _two_decimals(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _moved_cell(moved: tiering.Migration, i: int, j: int, crowded: bool) -> str:
    share, count = float(moved.matrix.to_numpy()[i, j]), int(moved.counts.to_numpy()[i, j])
    if np.isnan(share) or not count:
        return "" if np.isnan(share) or crowded else "0"
    return percent(share) if crowded else f"{percent(share)}<br>{count:,}"


def _moved_hover(moved: tiering.Migration, i: int, j: int, worded: Sequence[str]) -> str:
    if np.isnan(moved.matrix.to_numpy()[i, j]):
        return text("tiering.migration_empty", before=worded[i])
    return text(
        "tiering.migration_hover",
        before=worded[i],
        after=worded[j],
        count=int(moved.counts.to_numpy()[i, j]),
        share=percent(moved.matrix.to_numpy()[i, j]),
        low=percent(moved.low.to_numpy()[i, j]),
        high=percent(moved.high.to_numpy()[i, j]),
    )


def _movement_title(moved: tiering.Migration) -> str:
    if moved.stayed.n == 0:
        return text("tiering.migration_nobody")
    return text(
        "tiering.migration_title",
        up=percent(moved.upgraded.value),
        down=percent(moved.downgraded.value),
        stay=percent(moved.stayed.value),
    )


def _sankey_title(moved: tiering.Migration) -> str:
    if moved.stayed.n == 0:
        return text("tiering.migration_nobody")
    shares = {"up": percent(moved.upgraded.value), "down": percent(moved.downgraded.value)}
    title = text("tiering.sankey_title", customers=moved.stayed.n, **shares)
    newcomers, leavers = int(moved.newcomers.sum()), int(moved.leavers.sum())
    if newcomers or leavers:
        title += text("tiering.sankey_apart", newcomers=newcomers, leavers=leavers)
    return title


def _levels(sizes: np.ndarray) -> list[float]:
    # The middle of each node when nodes stand one under the other; plotly refuses 0 and 1.
    middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    return [float(middle) for middle in np.clip(middles, 0.001, 0.999)]


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"


def monthly_moves(moves: pd.DataFrame) -> go.Figure:
    """Draw month by month how many customers moved up and down, and how many of them flipped back.

    Parameters
    ----------
    moves : DataFrame, index date
        What `crmbook.tiering.moves` made.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-31", "2024-02-29"])
    >>> counted = {"both_dates": [10, 10], "upgraded": [1, 2], "downgraded": [1, 0], "flipped_back": [1, None]}
    >>> style.plain(monthly_moves(pd.DataFrame(counted, index=days)).layout.title.text)
    '20% of the customers change tier in a month; 50% of them are back a month later'
    """
    moved = moves["upgraded"] + moves["downgraded"]
    settled = moves["flipped_back"].notna()
    back = moves.loc[settled, "flipped_back"].sum() / moved[settled].sum() if moved[settled].sum() else np.nan
    title = text(
        "tiering.moves_title", share=percent(moved.sum() / moves["both_dates"].sum()), back=percent(float(back))
    )
    alt = text("tiering.moves_alt", title=title)
    made = style.figure(title, text("tiering.axis_month"), text("tiering.axis_customers"), alt=alt)
    days = [f"{day:%Y-%m}" for day in moves.index]
    parts = (
        ("upgraded", moves["upgraded"], style.BLUE, ""),
        ("downgraded", -moves["downgraded"], style.VERMILLION, ""),
    )
    for part, counted, colour, pattern in parts:
        made.add_bar(
            x=days,
            y=counted.tolist(),
            name=name(part),
            marker={"color": colour, "pattern": {"shape": pattern}},
            customdata=counted.abs().tolist(),
            hovertemplate=f"%{{x}} · {name(part)}: %{{customdata:,}}<extra></extra>",
        )
    made.add_scatter(
        x=days,
        y=[None if pd.isna(each) else int(each) for each in moves["flipped_back"]],
        name=label("flipped_back"),
        mode="lines+markers",
        line={"color": style.BLACK, "dash": "dot"},
        hovertemplate=f"%{{x}} · {label('flipped_back')}: %{{y:,}}<extra></extra>",
    )
    made.update_xaxes(type="category")
    return made.update_layout(barmode="relative", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})


def disparity(table: pd.DataFrame, least: float = 0.8) -> go.Figure:
    """Draw how often each group is in the best tiers, beside the group that is there most often.

    Parameters
    ----------
    table : DataFrame, index group
        What `crmbook.tiering.fairness` made.
    least : float
        The ratio below which one asks why.

    Examples
    --------
    >>> tiers, groups = pd.Series(["vip"] * 30 + ["ordinary"] * 70), pd.Series(["north"] * 50 + ["south"] * 50)
    >>> disparity(tiering.fairness(tiers, groups, ["vip"])).layout.title.text
    '1 of 2 groups is surely less often in the best tiers than 80% of north'
    """
    shown = table.drop(index="small_groups", errors="ignore")
    reference = name(shown.index[0]) if len(shown) else "–"
    low = int(
        (shown["disparity_high"] < least).sum() + ((shown["disparity"] == 0) & shown["disparity_high"].isna()).sum()
    )
    facts = {"low": low, "groups": len(shown), "least": percent(least), "reference": reference}
    title = text("tiering.disparity_title" if low else "tiering.disparity_none", **facts)
    alt = text("tiering.disparity_alt", title=title)
    made = style.figure(title, text("tiering.axis_disparity"), alt=alt, height=max(320, 30 * len(shown) + 170))
    worded = names(shown.index, None)
    made.add_scatter(
        x=shown["disparity"].tolist(),
        y=worded,
        mode="markers",
        marker={"size": 10, "color": style.BLUE},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (shown["disparity_high"] - shown["disparity"]).fillna(0).tolist(),
            "arrayminus": (shown["disparity"] - shown["disparity_low"]).fillna(0).tolist(),
        },
        customdata=[[int(n), percent(share)] for n, share in zip(shown["n"], shown["best_share"], strict=True)],
        hovertemplate=text("tiering.disparity_hover") + "<extra></extra>",
        showlegend=False,
    )
    made.add_vline(x=least, line={"color": style.VERMILLION, "dash": "dash", "width": 1.5})
    made.update_yaxes(type="category", autorange="reversed")
    return made.update_xaxes(rangemode="tozero")


def tier_bars(report: pd.DataFrame, own_names: Mapping[str, str] | None = None) -> go.Figure:
    """Draw each tier's share of the customers and of the revenue.

    Parameters
    ----------
    report : DataFrame, index tier
        What `crmbook.tiering.segment_report` made, the best tier first.
    own_names : mapping of tier to name, optional

    Examples
    --------
    >>> report = pd.DataFrame({"customer_share": [0.2, 0.8], "revenue_share": [0.7, 0.3]}, index=["vip", "ordinary"])
    >>> tier_bars(report).layout.title.text
    'VIP: 20% of the customers bring 70% of the revenue'
    """
    worded = names(report.index, own_names)
    first = {"tier": worded[0], "customers": percent(report["customer_share"].iloc[0])}
    known = report["revenue_share"].notna().all()
    title = text("tiering.tier_bars_title", **first, revenue=percent(report["revenue_share"].iloc[0]))
    title = title if known else text("tiering.tier_bars_customers", **first)
    made = style.figure(title, text("tiering.abc_shares"), alt=text("tiering.tier_bars_alt", title=title))
    _add_share_bars(made, report.index)
    for bar, share in zip(made.data, ("customer_share", "revenue_share"), strict=True):
        shares = report[share].fillna(0)
        bar.update(
            x=worded, y=shares.tolist(), text=[percent(each) for each in shares], marker_color=colours(report.index)
        )
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made.update_layout(barmode="group", showlegend=False)


def load(table: pd.DataFrame) -> go.Figure:
    """Draw the hours a month that each owner's customers ask for.

    Parameters
    ----------
    table : DataFrame, index owner
        What `crmbook.tiering.owner_load` made, the heaviest first.

    Examples
    --------
    >>> load(pd.DataFrame({"customers": [9], "hours_needed": [12.0]}, index=["E1"])).layout.title.text
    'E1 has the most to do: 12 hours a month for 9 customers'
    """
    worded = names(table.index, None)
    first = table.iloc[0]
    title = text("tiering.load_title", owner=worded[0], hours=first["hours_needed"], customers=int(first["customers"]))
    alt = text("tiering.load_alt", title=title)
    made = style.figure(title, text("tiering.axis_hours"), alt=alt, height=max(320, 26 * len(table) + 150))
    made.add_bar(
        orientation="h",
        y=worded,
        x=table["hours_needed"].tolist(),
        marker_color=style.BLUE,
        text=[text("tiering.bar_hours", hours=each) for each in table["hours_needed"]],
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    return made.update_yaxes(type="category", autorange="reversed")
