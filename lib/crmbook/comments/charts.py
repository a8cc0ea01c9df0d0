"""Pictures of what customers write: themes by weight, a theme over time, the comments themselves."""

from __future__ import annotations

import html
import math

import pandas as pd
import plotly.graph_objects as go

from crmbook.figures import style
from crmbook.figures.wording import percent
from crmbook.locale import name, text


def theme_pareto(table: pd.DataFrame) -> go.Figure:
    """Draw themes by how many comments name them, with the cumulative share.

    Parameters
    ----------
    table : DataFrame
        As from `crmbook.comments.theme_counts`, counting the unhappy mentions.

    Examples
    --------
    >>> from crmbook.comments import theme_counts
    >>> flags = pd.DataFrame({"price": [True, True], "service": [True, False]})
    >>> theme_pareto(theme_counts(flags, pd.Series([True, True]))).layout.title.text
    'Unhappy customers write most about price: 2 of 3 mentions'
    """
    total = int(table["count"].sum())
    if not total:
        title = text("comments.pareto_none")
    else:
        first = table["count"].idxmax()
        title = text(
            "comments.pareto_title", theme=style.escape(name(first)), count=int(table["count"].max()), mentions=total
        )
    made = style.figure(title, None, text("comments.axis_mentions"), alt=text("comments.pareto_alt", title=title))
    themes = [style.escape(name(theme)) for theme in table.index]
    running = table["count"].cumsum() / max(total, 1)
    made.add_bar(
        x=themes,
        y=[int(count) for count in table["count"]],
        marker_color=style.BAD,
        text=[f"{int(count):,}" for count in table["count"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}: %{y:,}<extra></extra>",
    )
    made.add_scatter(
        x=themes,
        y=running.tolist(),
        yaxis="y2",
        mode="lines+markers",
        line={"color": style.BLACK},
        hovertemplate="%{x}: %{y:.0%}<extra></extra>",
    )
    made.update_yaxes(range=[0, max(float(table["count"].max()), 1.0) * 1.15])
    return made.update_layout(
        showlegend=False,
        margin_r=70,
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.15],
            "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "showgrid": False,
            "title": {"text": text("comments.axis_running")},
        },
    )


def theme_line(trend: pd.DataFrame, theme: str) -> go.Figure:
    """Draw the share of the comments that name a theme, period by period.

    Parameters
    ----------
    trend : DataFrame
        As from `crmbook.comments.theme_trend`.
    theme : str
        The theme drawn.

    Examples
    --------
    >>> from crmbook.comments import theme_trend
    >>> trend = theme_trend(pd.DataFrame({"price": [True, False] * 5}), pd.Series(["2024H1"] * 10))
    >>> theme_line(trend, "price").layout.title.text
    'In 2024H1, 50% of the comments name price'
    """
    made = style.figure("", text("comments.axis_period"), text("comments.axis_theme"))
    made.add_scatter(
        mode="lines+markers",
        line={"color": style.BLUE},
        marker={"size": 10},
        error_y={"type": "data", "symmetric": False, "color": style.GREY},
        hovertemplate=text("comments.theme_hover") + "<extra></extra>",
    )
    made.update_xaxes(type="category")
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    made.update_layout(showlegend=False, height=360)
    rows = trend[(trend["theme"] == theme) & trend["share"].notna()]
    if rows.empty:
        title = text("comments.theme_none", theme=style.escape(name(theme)))
    else:
        last = rows.iloc[-1]
        title = text(
            "comments.theme_title",
            theme=style.escape(name(theme)),
            share=percent(float(last["share"])),
            period=style.escape(name(last["period"])),
        )
    return style.fill(
        made,
        title=title,
        alt=text("comments.theme_alt", title=title),
        traces=(
            {
                "x": [style.escape(name(period)) for period in rows["period"]],
                "y": rows["share"].tolist(),
                "error_y.array": (rows["high"] - rows["share"]).tolist(),
                "error_y.arrayminus": (rows["share"] - rows["low"]).tolist(),
                "customdata": [int(n) for n in rows["n"]],
            },
        ),
    )


def comment_list(comments: pd.Series, scores: pd.Series | None = None, most: int = 8) -> str:
    """Return comments as an HTML list, customers' own text escaped.

    Parameters
    ----------
    comments : Series of str
        The first ``most`` are listed.
    scores : Series, optional
        Overall answers, same index; written before the comment.
    most : int

    Examples
    --------
    >>> comment_list(pd.Series(["<b>slow</b>"]))
    '<ul class="crmbook-comments"><li>&lt;b&gt;slow&lt;/b&gt;</li></ul>'
    """
    lines = []
    shown = comments.head(most)
    beside = [math.nan] * len(shown) if scores is None else scores.reindex(shown.index).astype(float).tolist()
    for comment, score in zip(shown, beside, strict=True):
        before = "" if math.isnan(score) else f"<b>{score:.0f}</b> · "
        lines.append(f"<li>{before}{html.escape(str(comment))}</li>")
    return f'<ul class="crmbook-comments">{"".join(lines)}</ul>'
