"""Pictures of evaluation: the indicators, the programme's effect, its return, owners side by side, and a choice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.evaluation import Comparison, Decision, Permutation, Spread, Trends, funnel, history, last_period
from crmbook.figures import style
from crmbook.figures.wording import money, number, percent
from crmbook.locale import entries, label, text
from crmbook.shared.estimate import Estimate

COLUMNS = 4  # of the sparklines
BINS = 40
VERDICTS = {"better": style.GOOD, "worse": style.BAD, "unclear": style.NEUTRAL, "unknown": style.NEUTRAL}


def measured(value: float, unit: str, currency: str = "") -> str:
    """Return an indicator's value as readers see it in its unit.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> measured(0.304, "share"), measured(42.38, "hours"), measured(float("nan"), "share")
    ('30%', '42.4 hours', '–')
    """
    if value != value:
        return "–"
    if unit == "share":
        return percent(value)
    if unit == "currency":
        return money(value, currency)
    small = f"{value:.3f}" if 0 < abs(value) < 0.1 else number(value)
    known = f"evaluation.unit_{unit}"
    return text(known, value=small) if known in dict(entries()) else f"{small} {unit}"


def indicator_name(code: str) -> str:
    """Return an indicator's name in words; a company's own keeps the code it has.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> indicator_name("churn_rate")
    'Churn rate'
    """
    return in_words(f"evaluation.indicator_{code}", code)


def in_words(key: str, otherwise: str) -> str:
    """Return the catalogue's text for a key, or what is said otherwise: a company has codes of its own."""
    return text(key) if key in dict(entries()) else style.escape(otherwise)


# The scorecard ----------------------------------------------------------------------------------------------------


def sparklines(card: pd.DataFrame, tier: str = "all", currency: str = "") -> go.Figure:
    """Draw each indicator as a small line over the periods that are over, its last value beside its name.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.evaluation.scorecard`. Indicators without any value are left out.
    tier : str
        ``"all"`` or one of the tiers.
    currency : str
        For the money.
    """
    card = card[card["period"] <= last_period(card)]
    lines = history(card, tier).dropna(how="all")
    last = card[card["tier"] == tier].groupby("indicator").tail(1).set_index("indicator")
    rows = max(1, -(-len(lines) // COLUMNS))
    title = text("evaluation.sparklines_title", indicators=len(lines), periods=lines.shape[1])
    made = style.figure(title, height=110 + 105 * rows)
    heads = [
        f"{indicator_name(code)}<br><b>{measured(last.loc[code, 'value'], last.loc[code, 'unit'], currency)}</b>"
        for code in lines.index
    ]
    made.set_subplots(rows, COLUMNS, subplot_titles=heads, vertical_spacing=0.42 / rows, horizontal_spacing=0.05)
    ends = last["verdict"].reindex(lines.index).tolist()
    for place, (_, values) in enumerate(lines.iterrows()):
        end = VERDICTS[str(ends[place])]
        row, column = divmod(place, COLUMNS)
        made.add_scatter(
            x=[str(period) for period in values.index],
            y=values.to_numpy(dtype=float),
            mode="lines+markers",
            line={"color": style.GREY, "width": 2},
            marker={"color": [style.GREY] * (len(values) - 1) + [end], "size": [4] * (len(values) - 1) + [10]},
            showlegend=False,
            hovertemplate="%{x}: %{y:.3g}<extra></extra>",
            row=row + 1,
            col=column + 1,
        )
    made.update_annotations(font_size=12)
    made.update_xaxes(showticklabels=False, ticks="")
    made.update_yaxes(showticklabels=False, showgrid=False)
    style.retitle(made, title, text("evaluation.sparklines_alt"))
    made.update_layout(margin_t=made.layout.margin.t + 30, margin_b=15)
    return made


def changes(card: pd.DataFrame, period: str, tier: str = "all", currency: str = "") -> go.Figure:
    """Draw how far each indicator moved, in halves of its interval: beyond 1 is more than chance.

    Parameters
    ----------
    card : DataFrame
        As from `crmbook.evaluation.scorecard`.
    period, tier : str
        One of the card's periods and tiers.
    currency : str
        For the money.
    """
    made = style.figure("", x=text("evaluation.axis_change"), height=520)
    made.add_bar(orientation="h", showlegend=False, textposition="outside", cliponaxis=False)
    for edge in (-1, 1):
        made.add_vline(x=edge, line={"color": style.GREY, "dash": "dot"}, layer="below")
    # room for a figure at the end of the longest bar, which is cut at 3
    made.update_xaxes(range=[-4.6, 4.6], tickvals=list(range(-3, 4)), zeroline=True)
    made.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=6)
    there = _judged(card, period, tier)
    wide = (there["change_high"] - there["change_low"]) / 2
    far = (there["change"] / wide.where(wide > 0)).fillna(0.0)
    trace = {
        "x": far.clip(-3, 3).tolist(),
        "y": [indicator_name(code) for code in there["indicator"]],
        "text": [measured(value, unit, currency) for value, unit in zip(there["value"], there["unit"], strict=True)],
        "marker.color": [VERDICTS[verdict] for verdict in there["verdict"]],
    }
    title = changes_title(card, period, tier)
    return style.fill(made, title, text("evaluation.changes_alt", title=title), (trace,))


def changes_title(card: pd.DataFrame, period: str, tier: str = "all") -> str:
    """Return what `changes` says: how many figures of a period are better or worse by more than chance."""
    there = _judged(card, period, tier)
    better, worse = (int((there["verdict"] == verdict).sum()) for verdict in ("better", "worse"))
    facts = {"period": period, "group": group_name(tier), "better": better, "worse": worse, "all": len(there)}
    if "unclear" in set(there["verdict"]) or better + worse:
        return text("evaluation.changes_title", **facts)
    return text(f"evaluation.changes_{'partial' if len(there) else 'none'}", **facts)


def _judged(card: pd.DataFrame, period: str, tier: str) -> pd.DataFrame:
    own = card[(card["period"] == period) & (card["tier"] == tier)]
    return own[own["change_low"].notna() & own["change_high"].notna()]


def group_name(tier: str) -> str:
    """Return a tier of the scorecard in words, ``all`` included."""
    if tier == "all":
        return text("evaluation.group_all")
    if tier in ("new", "none"):
        return text(f"evaluation.group_{tier}")
    return text("evaluation.group_tier", tier=style.escape(tier))


# Did the programme work? ------------------------------------------------------------------------------------------


def trends(found: Trends, currency: str = "") -> go.Figure:
    """Draw both groups month by month, with the start of the programme between them.

    Parameters
    ----------
    found : Trends
        As from `crmbook.evaluation.parallel_trends`.
    currency : str
        Of the outcome.
    """
    title = text(f"evaluation.trends_{found.verdict}")
    if found.verdict == "parallel" and (found.gap.low > 0 or found.gap.high < 0):
        title = text("evaluation.trends_levels", value=money(abs(found.gap.value), currency))
    axis = _axis("evaluation.axis_net", currency)
    made = style.figure(title, x=text("evaluation.axis_month"), y=axis, alt=text("evaluation.trends_alt", title=title))
    for group, colour, dash in (("treated", style.BLUE, "solid"), ("control", style.ORANGE, "dash")):
        made.add_scatter(
            x=found.table.index.tolist(),
            y=found.table[group].tolist(),
            name=label(group),
            mode="lines+markers",
            line={"color": colour, "dash": dash},
        )
    made.add_vline(x=-0.5, line={"color": style.BLACK, "dash": "dot"})
    return made


def effects(found: Mapping[str, Estimate], truth: float | None = None, currency: str = "") -> go.Figure:
    """Draw several estimates of the effect with their intervals, and the truth where it is known.

    The title states the last of them.

    Parameters
    ----------
    found : mapping of str to Estimate
        ``before_after``, ``did``, ``matched`` …
    truth : float, optional
        The planted effect.
    currency : str
        Of the outcome.
    """
    rows = [text(f"evaluation.way_{way}") for way in found]
    way, best = list(found.items())[-1]
    facts = {"value": number(best.value), "low": number(best.low), "high": number(best.high)}
    title = text(f"evaluation.effects_title_{way}", **facts)
    axis = _axis("evaluation.axis_effect", currency)
    height = 170 + 45 * len(rows)
    made = style.figure(title, x=axis, alt=text("evaluation.effects_alt", title=title), height=height)
    value = np.array([one.value for one in found.values()])
    made.add_scatter(
        x=value.tolist(),
        y=rows,
        mode="markers",
        marker={"size": 11, "color": style.BLUE},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.value for one in found.values()],
            "arrayminus": [one.value - one.low for one in found.values()],
        },
        showlegend=False,
    )
    made.add_vline(x=0, line={"color": style.GREY})
    if truth is not None:
        words = text("evaluation.truth", value=number(truth))
        made.add_vline(x=truth, line={"color": style.GREEN, "dash": "dash"}, annotation_text=words)
    made.update_yaxes(range=[len(rows) - 0.4, -0.6], ticklabelstandoff=8)
    return made


def chance(found: Permutation, currency: str = "") -> go.Figure:
    """Draw the effects that chance alone makes, and the one observed.

    Parameters
    ----------
    found : Permutation
        As from `crmbook.evaluation.permutation_test`.
    currency : str
        Of the outcome.
    """
    seldom = found.p_value < 0.001
    key = "evaluation.chance_title_seldom" if seldom else "evaluation.chance_title"
    title = text(key, draws=len(found.effects), share=percent(found.p_value))
    axis = _axis("evaluation.axis_effect", currency)
    made = style.figure(title, x=axis, y=text("evaluation.axis_draws"), alt=title)
    counts, edges = np.histogram(found.effects, bins=BINS)
    made.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).tolist(), y=counts.tolist(), marker_color=style.GREY, showlegend=False
    )
    made.add_vline(
        x=found.effect,
        line={"color": style.VERMILLION, "width": 3},
        annotation_text=text("evaluation.observed", value=number(found.effect)),
        annotation_position="top left" if found.effect > 0 else "top right",
    )
    made.update_layout(bargap=0.02)
    return made


# Is it worth it? --------------------------------------------------------------------------------------------------


def returns(found: Spread, currency: str = "") -> go.Figure:
    """Draw how the net present value spreads when all uncertain assumptions are drawn at once; the title has the ROI.

    Parameters
    ----------
    found : Spread
        As from `crmbook.evaluation.monte_carlo`.
    currency : str
        Of the money.
    """
    made = style.figure("", x=_axis("evaluation.axis_npv", currency), y=text("evaluation.axis_draws"))
    made.add_bar(showlegend=False)
    made.add_vline(x=0, line={"color": style.BLACK, "dash": "dot"})
    made.update_layout(bargap=0.02)
    made.update_xaxes(tickformat=",")
    counts, edges = np.histogram(found.draws["npv"], bins=BINS)
    middle = (edges[:-1] + edges[1:]) / 2
    title = text(
        "evaluation.returns_title",
        roi=percent(found.roi.value),
        low=percent(found.roi.low),
        high=percent(found.roi.high),
        gains=percent(found.gains),
    )
    colours = [style.GOOD if each > 0 else style.BAD for each in middle]
    trace = {"x": middle.tolist(), "y": counts.tolist(), "marker.color": colours}
    return style.fill(made, title, text("evaluation.returns_alt", title=title), (trace,))


def tornado(table: pd.DataFrame, base: float, currency: str = "") -> go.Figure:
    """Draw how far each assumption alone moves the net present value, the largest on top.

    Parameters
    ----------
    table : DataFrame
        As from `crmbook.evaluation.tornado`.
    base : float
        Net present value with all assumptions as they are.
    currency : str
        Of the money.
    """
    rows = [assumption_name(str(code)) for code in table.index]
    title = text("evaluation.tornado_title", assumption=rows[0], count=int(table["turns"].sum()))
    axis = _axis("evaluation.axis_npv", currency)
    made = style.figure(title, x=axis, alt=text("evaluation.tornado_alt", title=title), height=150 + 46 * len(rows))
    for end, colour in (("low", style.ORANGE), ("high", style.BLUE)):
        made.add_bar(
            x=(table[f"npv_{end}"] - base).tolist(),
            y=rows,
            base=base,
            orientation="h",
            name=text(f"evaluation.tornado_{end}"),
            marker_color=colour,
        )
    made.add_vline(x=0, line={"color": style.BLACK, "dash": "dot"})
    made.update_layout(barmode="overlay")
    made.update_xaxes(tickformat=",")
    made.update_yaxes(autorange="reversed", showgrid=False)
    return made


def budgets(table: pd.DataFrame, currency: str = "") -> go.Figure:
    """Draw what each tier gets today and what it would get for the most return.

    Parameters
    ----------
    table : DataFrame
        As from `crmbook.evaluation.budget`, with ``spend``.
    currency : str
        Of the money.
    """
    own = table.drop(index="all")
    most = str((own["budget"] - own["spend"]).idxmax())
    title = text("evaluation.budget_title", tier=group_name(most))
    axis = _axis("evaluation.axis_money", currency)
    made = style.figure(title, x=text("evaluation.axis_tier"), y=axis, alt=text("evaluation.budget_alt", title=title))
    for column, colour in (("spend", style.GREY), ("budget", style.BLUE)):
        words = text(f"evaluation.budget_{column}")
        made.add_bar(x=own.index.astype(str).tolist(), y=own[column].tolist(), name=words, marker_color=colour)
    return made.update_yaxes(tickformat=",", title_standoff=12)


# Who does it well? Which to choose? -------------------------------------------------------------------------------


def funnel_plot(found: Comparison) -> go.Figure:
    """Draw owners by customers and adjusted outcome, with the limits that chance alone seldom leaves.

    Parameters
    ----------
    found : Comparison
        As from `crmbook.evaluation.compare_groups` of a share.
    """
    judged = found.table[found.table["adjusted"].notna()]
    outside = int((judged["position"] != "within").sum())
    title = text("evaluation.funnel_title", groups=len(judged), outside=outside)
    made = style.figure(
        title,
        x=text("evaluation.axis_customers"),
        y=text("evaluation.axis_again"),
        alt=text("evaluation.funnel_alt", title=title),
    )
    limits = funnel(found)
    for reach, dash in (("95", "dot"), ("998", "dash")):
        for side in ("low", "high"):
            made.add_scatter(
                x=limits.index.tolist(),
                y=limits[f"{side}_{reach}"].tolist(),
                mode="lines",
                line={"color": style.GREY, "dash": dash},
                name=text(f"evaluation.funnel_{reach}"),
                showlegend=side == "low",
                hoverinfo="skip",
            )
    made.add_scatter(
        x=judged["customers"].tolist(),
        y=judged["adjusted"].tolist(),
        mode="markers+text",
        text=[style.escape(group) for group in judged.index],
        textposition="top center",
        marker={"size": 11, "color": [style.BLUE if p == "within" else style.BAD for p in judged["position"]]},
        showlegend=False,
    )
    made.add_hline(y=found.overall, line={"color": style.BLACK, "width": 1})
    made.update_yaxes(tickformat=".0%")
    return made


def choice_title(found: Decision) -> str:
    """Return what `choice` says: who wins and by how much, or that two are level."""
    second = found.ranking.iloc[1]
    facts = {
        "winner": style.escape(found.winner),
        "score": percent(float(found.ranking["score"].iloc[0])),
        "second": style.escape(found.ranking.index[1]),
    }
    if second["rank"] == 1:
        return text("evaluation.choice_level", **facts)
    return text("evaluation.choice_title", behind=f"{100 * float(second['behind']):.1f}", **facts)


def choice(found: Decision) -> go.Figure:
    """Draw what each criterion adds to each option's score, the options as they were given."""
    made = style.figure("", x=text("evaluation.axis_points"), height=350)
    for place, code in enumerate(found.contributions.columns):
        made.add_bar(
            orientation="h",
            name=criterion_name(code),
            marker={"color": style.COLOURS[place % len(style.COLOURS)], "line": {"color": "white", "width": 1}},
        )
    made.update_layout(barmode="stack")
    made.update_xaxes(range=[0, 1], tickformat=".0%")
    made.update_yaxes(autorange="reversed", showgrid=False)
    rows = [style.escape(option) for option in found.contributions.index]
    traces = tuple({"x": found.contributions[code].tolist(), "y": rows} for code in found.contributions.columns)
    title = choice_title(found)
    style.fill(made, title, text("evaluation.choice_alt", title=title), traces)
    # below the bars: many criteria do not fit between title and figure
    lines = -(-found.contributions.shape[1] // 5)
    made.update_layout(legend={"y": -0.65, "yanchor": "top", "traceorder": "normal"}, margin_b=95 + 22 * lines)
    made.update_layout(height=285 + 22 * lines)
    return made


def criterion_name(code: str) -> str:
    """Return a criterion of a choice in words; one's own stays as it is written."""
    return in_words(f"evaluation.criterion_{code}", code)


def class_name(code: str) -> str:
    """Return the class of a supplier in words.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> class_name("improve")
    'to improve'
    """
    return text(f"evaluation.class_{code}")


def assumption_name(code: str) -> str:
    """Return an assumption of a return in words.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> assumption_name("rate")
    'discount rate'
    """
    return text(f"evaluation.assumption_{code}")


def _axis(key: str, currency: str) -> str:
    return text("tiering.axis_with_currency", axis=text(key), currency=currency) if currency else text(key)
