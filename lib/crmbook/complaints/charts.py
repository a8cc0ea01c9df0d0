"""Pictures of complaints: how long they stay open, whether promises are kept, which months and causes stand out,
what putting them right is worth, and who says so or only shows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from crmbook import complaints
from crmbook.figures import style
from crmbook.figures.points import places as label_places
from crmbook.figures.points import reach
from crmbook.figures.wording import inline, number, percent
from crmbook.locale import label, name, text

PLACES = ("product_id", "category", "channel", "store")
"""Columns of the orders by which complaints are placed, the finest first."""

MOST_CAUSES = 12  # causes with a bar of their own; the rest share one


def still_open(curve: pd.DataFrame) -> go.Figure:
    """Draw the share of the tickets that is still open after so many hours.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 2)
    >>> closed = opened + pd.to_timedelta([5, 9], unit="h")
    >>> frame = pd.DataFrame({"opened_at": opened, "closed_at": closed})
    >>> still_open(complaints.resolution(frame, "2024-01-31")).layout.title.text
    'Half are closed after 5 hours, nine in ten after 9'
    """
    median, p90 = complaints.quantile(curve), complaints.quantile(curve, 0.9)
    left = float(curve["open_share"].iloc[-1])
    if math.isnan(median):
        title = text("complaints.open_title_most", share=percent(left))
    elif math.isnan(p90):
        title = text("complaints.open_title_median", median=number(median), share=percent(left))
    else:
        title = text("complaints.open_title", median=number(median), p90=number(p90))
    made = style.figure(
        title,
        text("complaints.axis_hours"),
        text("complaints.axis_still_open"),
        alt=text("complaints.open_alt", title=title),
    )
    steps: dict[str, Any] = {"x": curve["hours"].tolist(), "line_shape": "hv", "mode": "lines", "hoverinfo": "skip"}
    made.add_scatter(y=curve["high"].tolist(), line_width=0, showlegend=False, **steps)
    made.add_scatter(
        y=curve["low"].tolist(),
        line_width=0,
        fill="tonexty",
        fillcolor="rgba(0, 114, 178, 0.15)",
        name=text("complaints.interval"),
        **steps,
    )
    made.add_scatter(
        y=curve["open_share"].tolist(),
        line={"color": style.BLUE, "width": 2},
        name=text("complaints.share_still_open"),
        customdata=curve["at_risk"].tolist(),
        **{**steps, "hoverinfo": None},
        hovertemplate=text("complaints.open_hover") + "<extra></extra>",
    )
    for share in (0.5, 0.1):
        made.add_hline(y=share, line={"color": style.GREY, "dash": "dot", "width": 1})
    made.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return made.update_xaxes(rangemode="tozero", tickformat=",")


def backlog(periods: pd.DataFrame) -> go.Figure:
    """Draw what came in, what was closed, and what stayed open.

    Examples
    --------
    >>> month = pd.period_range("2024-01", periods=1, freq="M")
    >>> backlog(pd.DataFrame({"opened": [3], "closed": [1], "open": [2]}, index=month)).layout.title.text
    'At the end of 2024-01, 2 complaints are open'
    """
    title = text("complaints.backlog_title", period=_period(periods.index[-1]), count=int(periods["open"].iloc[-1]))
    made = style.figure(
        title, None, text("complaints.axis_complaints"), alt=text("complaints.backlog_alt", title=title)
    )
    when = [_period(period) for period in periods.index]
    for column, colour, dash in (("opened", style.SKY, "solid"), ("closed", style.GREY, "dot")):
        made.add_scatter(
            x=when,
            y=periods[column].tolist(),
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            name=label(column),
        )
    made.add_scatter(
        x=when,
        y=periods["open"].tolist(),
        mode="lines",
        line={"color": style.VERMILLION, "width": 3},
        name=label("open"),
    )
    made.update_yaxes(rangemode="tozero", tickformat=",")
    return made.update_xaxes(type="date", tickformat="%Y-%m", hoverformat="%Y-%m-%d")


def promises(kept: pd.DataFrame, promise: complaints.Promise) -> go.Figure:
    """Draw how often the promised time was kept, by group.

    Parameters
    ----------
    kept : DataFrame
        What `crmbook.complaints.sla` made.
    promise : Promise
        What it was asked with.

    Examples
    --------
    >>> opened = pd.to_datetime(["2024-01-01 00:00"] * 2)
    >>> frame = pd.DataFrame({"opened_at": opened, "closed_at": opened + pd.to_timedelta([5, 30], unit="h")})
    >>> day = complaints.Promise({1: 24})
    >>> promises(complaints.sla(frame.assign(severity=1), "2024-01-31", day), day).layout.title.text
    'The promise was kept in 50% of 2 cases'
    """
    made = style.figure("", text("complaints.axis_kept"), None, height=max(280, 52 * len(kept) + 150))
    made.add_bar(
        orientation="h",
        marker_color=style.BLUE,
        textposition="none",
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    made.add_scatter(mode="text", textposition="middle right", hoverinfo="skip", cliponaxis=False)
    made.update_xaxes(range=[0, 1.32], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    judged = int((kept["met"] + kept["missed"])["all"])
    if judged:
        title = text("complaints.promises_title", rate=percent(kept["rate"]["all"]), cases=judged)
    else:
        title = text("complaints.promises_title_none")
    words = [_promise(group, promise, alone=len(kept) == 1) for group in kept.index]
    rate = kept["rate"].fillna(0.0)
    low, high = kept["low"].fillna(0.0), kept["high"].fillna(0.0)
    said = [
        text("complaints.promises_bar", rate=percent(share), met=met, cases=met + missed)
        for share, met, missed in zip(kept["rate"], kept["met"], kept["missed"], strict=True)
    ]
    return style.fill(
        made,
        title=title,
        alt=text("complaints.promises_alt", title=title),
        traces=(
            {
                "x": rate.tolist(),
                "y": words,
                "text": said,
                "error_x": reach(rate, low, high, style.BLACK),
            },
            {"x": [bar + 0.02 for bar in high.clip(lower=rate)], "y": words, "text": said},
        ),
    )


def control_chart(chart: pd.DataFrame, what: str = "complaints", of: str = "") -> go.Figure:
    """Draw a rate by month with its centre line and limits; what stands out is marked.

    Parameters
    ----------
    chart : DataFrame
        What `crmbook.complaints.u_chart` or `p_chart` made.
    what : {"complaints", "returns", "promises"}
        What was counted: for 1,000 orders, or as a share of the promises.

    Examples
    --------
    >>> months = pd.period_range("2024-01", periods=4, freq="M")
    >>> counted, sold = pd.Series([5, 4, 6, 20], index=months), pd.Series([1000] * 4, index=months)
    >>> control_chart(complaints.u_chart(counted, sold)).layout.title.text
    '1 of 4 months stands out from chance, last 2024-04'
    """
    base = "promises" if what == "promises" else "orders"
    made = style.figure("", None, text(f"complaints.axis_rate_{what}"))
    limit: dict[str, Any] = {
        "mode": "lines",
        "hoverinfo": "skip",
        "line": {"color": style.GREY, "dash": "dash", "width": 1},
    }
    made.add_scatter(name=text("complaints.limits"), legendgroup="limits", **limit)
    made.add_scatter(name=text("complaints.limits"), legendgroup="limits", showlegend=False, **limit)
    made.add_scatter(name=text("complaints.centre"), mode="lines", line={"color": style.GREY, "width": 1.5})
    made.add_scatter(
        name=text("complaints.rate_of_month"),
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2},
        marker_size=6,
        hovertemplate=text(f"complaints.control_hover_{base}") + "<extra></extra>",
    )
    made.add_scatter(
        name=text("complaints.stands_out"),
        mode="markers",
        marker={"color": style.VERMILLION, "size": 12, "symbol": "diamond-open", "line_width": 2},
        hovertemplate="%{x|%Y-%m}: %{text}<extra></extra>",
    )
    made.update_xaxes(type="date", tickformat="%Y-%m")
    made.update_yaxes(rangemode="tozero", tickformat="," if base == "orders" else ".0%")
    when = [_period(month) for month in chart.index]
    out = chart[chart["signal"] != ""]
    if out.empty:
        title = text("complaints.control_title_none", months=len(chart))
    else:
        key = "complaints.control_title_one" if len(out) == 1 else "complaints.control_title"
        title = text(key, out=len(out), months=len(chart), last=_period(out.index[-1]))
    title = text("complaints.control_title_of", of=style.escape(of), title=title) if of else title
    counts = chart.iloc[:, :2].astype(int).to_numpy().tolist()  # what was counted, and out of how many
    return style.fill(
        made,
        title=title,
        alt=text("complaints.control_alt", title=title),
        traces=(
            {"x": when, "y": _gaps(chart["upper"])},
            {"x": when, "y": _gaps(chart["lower"])},
            {"x": when, "y": _gaps(chart["centre"])},
            {"x": when, "y": _gaps(chart["rate"]), "customdata": counts},
            {
                "x": [_period(month) for month in out.index],
                "y": _gaps(out["rate"]),
                "text": [text(f"complaints.signal_{signal}") for signal in out["signal"]],
            },
        ),
    )


def causes(counts: pd.Series, column: str) -> go.Figure:
    """Draw causes from the most to the least frequent; those that together bring four fifths are blue.

    Parameters
    ----------
    counts : Series of int
        Complaints by cause.
    column : str
        What the causes are, for the reader (a column of the catalogue).

    Examples
    --------
    >>> causes(pd.Series({"P01": 9, "P02": 1}), "product_id").layout.title.text
    'Product: 90% of the complaints come from 1 of 2'
    """
    made = style.figure("", text("complaints.axis_complaints"))
    made.add_bar(orientation="h", textposition="outside", cliponaxis=False, hoverinfo="skip")
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    ranked = complaints.pareto(counts)
    vital = ranked[ranked["vital"]]
    share = float(vital["share"].sum())
    title = (
        text("complaints.causes_title_one", column=label(column), cause=style.escape(name(ranked.index[0])))
        if len(ranked) == 1
        else text(
            "complaints.causes_title", vital=len(vital), causes=len(ranked), column=label(column), share=percent(share)
        )
    )
    first = ranked.head(MOST_CAUSES)
    words = [style.escape(name(cause)) for cause in first.index]
    values = [int(count) for count in first["count"]]
    colours = [style.BLUE if few else style.GREY for few in first["vital"]]
    said = [
        text("complaints.causes_bar", count=count, cumulative=percent(reached))
        for count, reached in zip(values, first["cumulative"], strict=True)
    ]
    rest = ranked.iloc[MOST_CAUSES:]
    if len(rest):
        words.append(text("complaints.causes_rest", causes=len(rest)))
        values.append(int(rest["count"].sum()))
        colours.append("#cccccc")
        said.append(f"{values[-1]:,}")
    return style.fill(
        made,
        title=title,
        alt=text("complaints.causes_alt", title=title),
        traces=({"x": values, "y": words, "text": said, "marker.color": colours},),
        layout={"height": max(320, 26 * len(words) + 150), "xaxis.range": [0, max([*values, 1]) * 1.3]},
    )


def against_returns(places: pd.DataFrame, most: int = 5) -> go.Figure:
    """Draw complaints against returns, a point for each product or store; those with the most complaints are named.

    Parameters
    ----------
    places : DataFrame
        What `crmbook.complaints.by_place` made.
    most : int
        How many points are named.

    Examples
    --------
    >>> rates = pd.DataFrame({"rate": [1.0, 2, 3, 5, 4], "return_rate": [10.0, 20, 30, 50, 40], "orders": 99})
    >>> against_returns(rates).layout.title.text
    'Returns and complaints: rank correlation 1.00 over 5'
    """
    link = complaints.returns_link(places)
    shown = places.dropna(subset=["rate", "return_rate"])
    if math.isnan(link.value):
        title = text("complaints.against_title_few", places=len(shown))
    else:
        title = text("complaints.against_title", value=f"{link.value:.2f}", places=link.n)
    made = style.figure(
        title,
        text("complaints.axis_rate_returns"),
        text("complaints.axis_rate_complaints"),
        alt=text("complaints.against_alt", title=title),
    )
    named = set(shown["rate"].nlargest(most).index)
    words = [style.escape(name(place)) for place in shown.index]
    x, y = shown["return_rate"].tolist(), shown["rate"].tolist()
    told = [word if place in named else "" for place, word in zip(shown.index, words, strict=True)]
    across, up = (0.0, 1.08 * max([*x, 1.0])), (0.0, 1.12 * max([*y, 1.0]))
    made.add_scatter(
        x=x,
        y=y,
        mode="markers+text",
        marker={"color": style.BLUE, "size": 9, "opacity": 0.75},
        text=told,
        textposition=label_places(x, y, told, across, up),
        cliponaxis=False,
        customdata=[list(row) for row in zip(words, shown["orders"].tolist(), strict=True)],
        hovertemplate=text("complaints.against_hover") + "<extra></extra>",
    )
    made.update_yaxes(range=up)
    return made.update_xaxes(range=across)


def signs(combinations: pd.DataFrame) -> go.Figure:
    """Draw how many customers show which signs of being unhappy, each customer once.

    Examples
    --------
    >>> flags = pd.DataFrame({"complaint": [True, True], "returned": [True, False]})
    >>> signs(complaints.overlap(flags)).layout.title.text
    '2 customers show that they are unhappy, 1 of them in more than one way'
    """
    kinds = [sign for sign in ("complaint", "returned", "low_score") if sign in combinations]
    several = int(combinations.loc[combinations[kinds].sum(axis=1) > 1, "customers"].sum())
    title = text("complaints.signs_title", customers=int(combinations["customers"].sum()), several=several)
    made = style.figure(
        title,
        text("complaints.axis_customers"),
        alt=text("complaints.signs_alt", title=title),
        height=max(260, 42 * len(combinations) + 150),
    )
    shown = combinations[kinds].to_numpy()
    codes = pd.Series(["+".join(sign for sign, there in zip(kinds, row, strict=True) if there) for row in shown])
    made.add_bar(
        orientation="h",
        y=reasons(codes).tolist(),
        x=combinations["customers"].tolist(),
        marker_color=[style.VERMILLION if row.sum() > 1 else style.BLUE for row in shown],
        text=[
            f"{count:,} ({percent(share)})"
            for count, share in zip(combinations["customers"], combinations["share"], strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    made.update_xaxes(range=[0, max([*combinations["customers"], 1]) * 1.2], tickformat=",")
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(showlegend=False)


def reasons(codes: pd.Series) -> pd.Series:
    """Return the reasons of a list of customers in words.

    Parameters
    ----------
    codes : Series of str
        Signs joined by ``+``, as from `crmbook.complaints.dissatisfied`.

    Examples
    --------
    >>> reasons(pd.Series(["complaint+returned"])).tolist()
    ['complaint + goods returned']
    """
    return codes.astype(object).map(
        lambda code: " + ".join(text(f"complaints.sign_{sign}") for sign in code.split("+"))
    )


def recovery(found: complaints.Recovery) -> go.Figure:
    """Draw who bought again: after a complaint put right, one not put right, and without any.

    Examples
    --------
    >>> rates = {"n": [4, 2, 6], "rate": [0.5, 0.25, 0.75], "low": [0.2, 0.1, None], "high": [0.8, 0.6, None]}
    >>> groups = pd.DataFrame(rates, index=["recovered", "unrecovered", "none"])
    >>> recovery(complaints.Recovery(groups, pd.DataFrame(), pd.Series(dtype=float))).layout.title.text
    'Bought again: 50% after a complaint put right, 25% after one not put<br>right, 75% without one'
    """
    rates = found.rates.loc[["none", "recovered", "unrecovered"]]
    title = text("complaints.recovery_title", **{str(group): percent(rate) for group, rate in rates["rate"].items()})
    words = [
        text(f"complaints.group_{group}", n=int(count)) for group, count in zip(rates.index, rates["n"], strict=True)
    ]
    made = style.figure(
        title, text("complaints.axis_again"), alt=text("complaints.recovery_alt", title=title), height=300
    )
    _add_points(made, rates, words, [style.GREY, style.BLUE, style.VERMILLION])
    return made


def loyalty(curve: pd.DataFrame, days: int) -> go.Figure:
    """Draw who came back, by what they had said: the satisfaction-loyalty curve.

    Parameters
    ----------
    curve : DataFrame
        The table of what `crmbook.complaints.loyalty_curve` made.
    days : int
        Days that were watched.

    Examples
    --------
    >>> rates = {"n": [20, 30], "rate": [0.5, 0.75], "low": [0.3, 0.6], "high": [0.7, 0.9]}
    >>> loyalty(pd.DataFrame(rates, index=pd.Index([1, 5], name="overall")), 180).layout.title.text
    'Bought again within 180 days: 50% of those who said 1, 75% of those who<br>said 5'
    """
    rated = curve.dropna(subset=["rate"])
    if len(rated) < 2:
        title = text("complaints.loyalty_title_few", days=days)
    else:
        lowest, highest = rated.iloc[0], rated.iloc[-1]
        facts = {"first": _answer(rated.index[0]), "last": _answer(rated.index[-1])}
        rates = {"low": percent(lowest["rate"]), "high": percent(highest["rate"])}
        kind = "loyalty_title" if isinstance(rated.index[0], Real) else "loyalty_title_classes"
        title = text(f"complaints.{kind}", days=days, **facts, **rates)
    column = inline(str(curve.index.name))
    made = style.figure(
        title,
        text("complaints.axis_answer", column=column),
        text("complaints.axis_again"),
        alt=text("complaints.loyalty_alt", title=title),
    )
    values = [f"{_answer(answer)}<br>n = {count:,}" for answer, count in zip(curve.index, curve["n"], strict=True)]
    made.add_scatter(
        x=values,
        y=_gaps(curve["rate"]),
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2},
        marker_size=9,
        connectgaps=False,
        error_y=reach(curve["rate"], curve["low"], curve["high"], style.BLUE),
        hovertemplate="%{y:.0%}<extra></extra>",
    )
    made.update_xaxes(type="category")
    return made.update_yaxes(tickformat=".0%", range=[0, 1.02])


def _add_points(made: go.Figure, rates: pd.DataFrame, words: list[str], colours: list[str]) -> None:
    made.add_scatter(
        x=_gaps(rates["rate"]),
        y=words,
        mode="markers+text",
        marker={"color": colours, "size": 13},
        text=[percent(rate) for rate in rates["rate"]],
        textposition="top center",
        error_x=reach(rates["rate"], rates["low"], rates["high"], style.GREY),
        hoverinfo="skip",
        cliponaxis=False,
    )
    made.update_xaxes(range=[0, 1.02], tickformat=".0%")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False)
    made.update_layout(showlegend=False)


def _promise(group: object, promise: complaints.Promise, alone: bool) -> str:
    """A group with its hours; "all" of several groups has none of its own."""
    if group == "all" and not alone and isinstance(promise.hours, Mapping):
        return grade(group)
    return text("complaints.promised", group=grade(group), hours=number(promise.limit(group)))


def grade(group: object) -> str:
    """Return a severity in words."""
    return label(f"severity_{group:g}") if isinstance(group, Real) else name(group)


def _answer(answer: object) -> str:
    return f"{answer:g}" if isinstance(answer, Real) else name(answer)


def _period(period: pd.Period) -> str:
    return str(period) if period.freqstr.startswith("M") else f"{period.end_time:%Y-%m-%d}"


def _gaps(values: pd.Series) -> list[float | None]:
    return [None if value != value else float(value) for value in values]
