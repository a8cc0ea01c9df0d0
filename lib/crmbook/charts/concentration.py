"""Pictures of who brings how much: Lorenz curve, ABC classes, the spread of customers' money."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.parts import Parts, fill
from crmbook.charts.wording import colours, money, number, percent
from crmbook.locale import name, text
from crmbook.methods import tiering

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
        As `crmbook.methods.tiering.lorenz` and `abc` do.

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


def abc_bars(classes: pd.DataFrame) -> go.Figure:
    """Draw each class's share of the customers beside its share of the revenue.

    Parameters
    ----------
    classes : DataFrame
        What `crmbook.methods.tiering.abc_report` made.

    Examples
    --------
    >>> abc_bars(tiering.abc_report(pd.Series([80, 15, 5]))).data[1].y
    (0.8, 0.15, 0.05)
    """
    made = style.figure("", text("tiering.abc_shares"))
    _add_share_bars(made, classes.index)
    made.update_yaxes(tickformat=".0%", range=[0, 1.12])
    made.update_layout(barmode="group", showlegend=False)
    title = _abc_title(classes)
    return fill(made, Parts(title, text("tiering.abc_alt", title=title), _share_parts(classes)))


def abc_hours(classes: pd.DataFrame, needed: tiering.Capacity) -> go.Figure:
    """Draw each class's shares and, beside them, the hours that its customers need.

    Parameters
    ----------
    classes : DataFrame
        What `crmbook.methods.tiering.abc_report` made.
    needed : Capacity
        Hours by class A, B, C, from `crmbook.methods.tiering.capacity`.

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
    return fill(made, abc_hours_parts(classes, needed))


def abc_hours_parts(classes: pd.DataFrame, needed: tiering.Capacity) -> Parts:
    """Return what of `abc_hours` changes with the cuts."""
    title = _abc_title(classes)
    hours_needed = needed.table["hours_needed"]
    if classes.loc["A", "customers"]:
        title = text("tiering.abc_hours_title", hours=hours_needed["A"], **_first_class(classes))
    most = max(float(hours_needed.max()), 1.0)
    return Parts(
        title=title,
        alt=text("tiering.abc_hours_alt", title=title),
        traces=(
            *_share_parts(classes),
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
        At least ``smallest``, the cut points, and ``customers``: what `crmbook.methods.tiering.abc_report` made.
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


def _share_parts(classes: pd.DataFrame) -> tuple[dict[str, object], ...]:
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
            text=text("tiering.distribution_cut", tier=name(tier), value=money(start, currency)),
            showarrow=False,
            bgcolor="rgba(255,255,255,0.85)",
        )


def _tier_at(starts: pd.Series, amount: float) -> str:
    reached = [tier for tier, start in starts.items() if start == start and amount >= start]
    return str(reached[0]) if reached else str(starts.index[-1])
