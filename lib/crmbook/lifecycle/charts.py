"""Pictures of the lifecycle: who stands where, who comes and goes, who stays, who is about to leave, whom to call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.figures import groups, style
from crmbook.figures.sections import Sentence
from crmbook.figures.wording import CELLS, number, percent
from crmbook.lifecycle.churn import WORSE, EarlyWarning
from crmbook.lifecycle.health import HealthTest
from crmbook.lifecycle.leads import LeadScores
from crmbook.lifecycle.retention import annualise, partial_cells
from crmbook.lifecycle.stage import STAGES, Rules, Transitions
from crmbook.lifecycle.winback import CampaignEffect
from crmbook.locale import label, name, text
from crmbook.shared.estimate import Estimate, TwoShares
from crmbook.shared.survival import Survival

METHODS = ("logistic", "boosting", "silence_alone", "p_alive", "p_silent")


def worded(codes: Iterable[Sequence[str]]) -> list[str]:
    """Return lists of codes as the reader reads them: features by their labels, ``source=event`` by both its parts.

    Examples
    --------
    >>> worded([("recency", "source=event")])
    ['Recency (days), Source: event']
    """
    return [text("lifecycle.comma").join(_word(code) for code in row) or "–" for row in codes]


def effect_table(two: TwoShares) -> pd.DataFrame:
    """Return two shares and their difference as a table: treated, held out, and what the difference is worth.

    Examples
    --------
    >>> from crmbook.shared.estimate import two_proportions
    >>> effect_table(two_proportions(56, 70, 48, 80))["value"].round(2).tolist()
    [0.8, 0.6, 0.2]
    """
    parts = {"got_offer": two.first, "held_out": two.second, "difference": two.difference}
    table = pd.DataFrame({part: vars(estimate) for part, estimate in parts.items()}).T.rename_axis("arm")
    shown = f"{two.p_value:.4f}" if two.p_value >= 0.0001 else "< 0.0001"
    worth = [None, None, shown if np.isfinite(two.p_value) else None]
    return table.astype({"n": int}).assign(p_value=pd.Series(worth, table.index, dtype=object))


def measures(found: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return figures of different kinds as one table: a row each, with its interval and the number it rests on.

    Parameters
    ----------
    found : mapping of str to Estimate
        By the code of the measure.

    Returns
    -------
    DataFrame
        Index ``measure``; ``value``, ``low``, ``high``, ``n``.

    Examples
    --------
    >>> int(measures({"auc": Estimate(0.7, 0.6, 0.8, 50)}).loc["auc", "n"])
    50
    """
    table = pd.DataFrame({measure: vars(estimate) for measure, estimate in found.items()}).T
    return table.astype({"n": int}).rename_axis("measure")


def lead_time(found: Estimate) -> pd.DataFrame:
    """Return how early a warning came: the median with its quartiles, which are no confidence limits.

    Examples
    --------
    >>> lead_time(Estimate(21, 11, 41, 51)).columns.tolist()
    ['median', 'p25', 'p75', 'n']
    """
    return measures({"lead_time": found}).rename(columns={"value": "median", "low": "p25", "high": "p75"})


def campaign_money(found: CampaignEffect) -> pd.DataFrame:
    """Return what a campaign cost and brought: cost of an extra return, gain after cost, and margin of a customer more
    than without it (blank where costs of the goods are unknown). A table as of `measures`.
    """
    parts = {"cost_per_extra_return": found.cost_per_extra_return, "gain": found.gain, "extra_margin": found.margin}
    return measures(parts)


def beside_truth(found: Mapping[str, Estimate], planted: Iterable[float]) -> pd.DataFrame:
    """Return effects as they were found beside those that were planted in the sample.

    Parameters
    ----------
    found : mapping of str to Estimate
        By the code of the effect.
    planted : iterable of float
        In the same order.

    Returns
    -------
    DataFrame
        Index ``measure``; ``planted``, ``found``, ``low``, ``high``.

    Examples
    --------
    >>> beside_truth({"coupon": Estimate(0.28, 0.17, 0.37, 90)}, [0.2]).loc["coupon"].tolist()
    [0.2, 0.28, 0.17, 0.37]
    """
    table = measures(found).rename(columns={"value": "found"}).drop(columns="n")
    table.insert(0, "planted", list(planted))
    return table


def gap_window(gaps: np.ndarray, rules: Rules) -> go.Figure:
    """Draw the gaps between purchase days and where the churn window cuts them.

    Parameters
    ----------
    gaps : ndarray
        Days, from `crmbook.shared.purchase_days.gaps`.
    rules : Rules
        From `crmbook.lifecycle.derive_rules`.

    Examples
    --------
    >>> gap_window(np.array([5.0, 50.0]), Rules(churn_days=30)).layout.title.text
    '50% of the gaps between two purchases last at most 30 days'
    """
    share = float((gaps <= rules.churn_days).mean())
    title = text("lifecycle.gaps_title", share=percent(share), days=rules.churn_days)
    made = _figure(title, "lifecycle.axis_gap", "lifecycle.axis_gaps")
    end = max(float(np.quantile(gaps, 0.99)), rules.churn_days * 1.1)
    counts, edges = np.histogram(gaps, bins=40, range=(0, end))
    middle = (edges[:-1] + edges[1:]) / 2
    made.add_bar(x=middle.tolist(), y=counts.tolist(), marker_color=style.BLUE, hovertemplate="%{y:,}<extra></extra>")
    made.add_vline(x=rules.churn_days, line={"color": style.VERMILLION, "dash": "dash"})
    made.add_annotation(
        x=rules.churn_days,
        y=1,
        yref="paper",
        text=text("lifecycle.gaps_mark", days=rules.churn_days),
        showarrow=False,
        xanchor="left",
        xshift=6,
        yanchor="top",
        font={"color": style.VERMILLION},
    )
    made.update_layout(bargap=0.02, showlegend=False)
    return made


def stage_shares(table: pd.DataFrame) -> go.Figure:
    """Draw the share of customers and of the revenue in each stage, from `lifecycle.by_stage`."""
    lost, brought = (float(table[column].loc["churned"]) for column in ("customer_share", "revenue_share"))
    shares = {"share": percent(lost), "revenue": percent(brought)}
    title = text("lifecycle.shares_title" if np.isfinite(brought) else "lifecycle.shares_title_plain", **shares)
    made = _figure(title, None, "lifecycle.axis_share")
    words = [name(stage) for stage in table.index]
    for column, pattern in (("customer_share", "/"), ("revenue_share", "")):
        made.add_bar(
            x=words,
            y=table[column].tolist(),
            name=label(column),
            marker={"color": [style.STAGE[str(stage)] for stage in table.index], "pattern": {"shape": pattern}},
            text=[percent(share) for share in table[column]],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{text}<extra></extra>",
        )
    made.update_yaxes(tickformat=".0%")
    return made


def stage_counts(row: pd.Series) -> go.Figure:
    """Draw the customers in each stage for one churn window: a row of `lifecycle.windows`."""
    made = _figure("", None, "lifecycle.axis_customers")
    made.add_bar(
        x=[name(stage) for stage in STAGES],
        marker_color=[style.STAGE[stage] for stage in STAGES],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}: %{text}<extra></extra>",
    )
    made.update_layout(showlegend=False)
    counts = [int(row[stage]) for stage in STAGES]
    title = text("lifecycle.counts_title", days=row.name, churned=counts[-1], share=percent(counts[-1] / sum(counts)))
    return style.fill(made, title, title, ({"y": counts, "text": [f"{count:,}" for count in counts]},))


def stage_history(history: pd.DataFrame) -> go.Figure:
    """Draw the customers in each stage at each month's end, from `lifecycle.stage_history`."""
    counts = pd.DataFrame({day: history[day].value_counts() for day in history}).T.reindex(columns=list(STAGES))
    current = counts["active"] + counts["loyal"]
    title = text("lifecycle.history_title", customers=int(current.iloc[-1]), day=f"{history.columns[-1]:%Y-%m-%d}")
    made = _figure(title, None, "lifecycle.axis_customers")
    for stage in STAGES[::-1]:
        made.add_scatter(
            x=list(counts.index),
            y=counts[stage].tolist(),
            name=name(stage),
            stackgroup="all",
            line={"width": 0.5, "color": style.STAGE[stage]},
            fillcolor=style.STAGE[stage],
            hovertemplate="%{x|%Y-%m}: %{y:,}",
        )
    made.update_layout(legend_traceorder="reversed")
    made.update_xaxes(tickformat="%Y-%m")
    return made


def roll_forward(bridge: pd.DataFrame, months: int = 12) -> go.Figure:
    """Draw who came, returned and was lost in the latest months, from `lifecycle.bridge`, and what was left."""
    table = bridge.tail(months)
    first, last = table.iloc[0], table.iloc[-1]
    title = text(
        "lifecycle.bridge_title",
        opening=int(first["opening"]),
        new=int(table["new"].sum()),
        returned=int(table["returned"].sum()),
        lost=int(table["lost"].sum()),
        closing=int(last["closing"]),
    )
    made = _figure(title, None, "lifecycle.axis_customers")
    parts = (("new", 1, style.GREEN, ""), ("returned", 1, style.SKY, "/"), ("lost", -1, style.VERMILLION, "."))
    months_shown = [f"{day:%Y-%m}" for day in table.index]
    for column, sign, colour, pattern in parts:
        made.add_bar(
            x=months_shown,
            y=(sign * table[column]).tolist(),
            name=text(f"lifecycle.bridge_{column}"),
            marker={"color": colour, "pattern": {"shape": pattern}},
            customdata=table[column].tolist(),
            hovertemplate="%{x}: %{customdata:,}",
        )
    made.update_layout(barmode="relative")
    made.update_xaxes(type="category")
    return made


def transition_map(moved: Transitions) -> go.Figure:
    """Draw the shares that go from one stage to another within a month; hover for the interval and the count."""
    shares = moved.matrix
    back = sum(float(shares[stage].loc["churned"]) for stage in ("active", "loyal"))
    gone = float(shares["churned"].loc["loyal"])
    seen = np.isfinite([back, gone]).all()  # nobody was loyal, or had churned, at a month's end: nothing to say of them
    plain = text("lifecycle.moves_title_plain")
    title = text("lifecycle.moves_title", back=percent(back), gone=percent(gone)) if seen else plain
    made = _figure(title, "lifecycle.axis_after", "lifecycle.axis_before", height=460)
    words = [name(stage) for stage in shares.index]
    values, low, high = (part.to_numpy(dtype=float) for part in (shares, moved.low, moved.high))
    rows, columns = range(len(words)), range(len(words))
    made.add_heatmap(
        x=words,
        y=words,
        z=shares.to_numpy().tolist(),
        zmin=0,
        zmax=1,
        text=[["" if moved.counts.iat[i, j] == 0 else percent(values[i, j]) for j in columns] for i in rows],
        customdata=[[[moved.counts.iat[i, j], percent(low[i, j]), percent(high[i, j])] for j in columns] for i in rows],
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=CELLS,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate=text("lifecycle.moves_hover") + "<extra></extra>",
    )
    made.update_xaxes(type="category", showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return made


def active_lines(table: pd.DataFrame) -> go.Figure:
    """Draw the customers active at each month's end by each definition, from `retention.active_customers`."""
    last = table.iloc[-1].dropna()
    title = text(
        "lifecycle.active_title" if len(last) > 1 else "lifecycle.active_title_alone",
        low=int(last.min()),
        high=int(last.max()),
        narrow=int(last.index[0]),
        wide=int(last.index[-1]),
    )
    made = _figure(title, None, "lifecycle.axis_customers")
    for place, days in enumerate(table.columns):
        made.add_scatter(
            x=list(table.index),
            y=table[days].tolist(),
            name=text("lifecycle.within_days", days=days),
            mode="lines",
            line={"color": style.COLOURS[place % 7], "dash": style.DASHES[place % 7]},
            hovertemplate="%{x|%Y-%m}: %{y:,}",
        )
    made.update_xaxes(tickformat="%Y-%m")
    made.update_yaxes(rangemode="tozero")
    return made


def conversion(table: pd.DataFrame, within: int) -> go.Figure:
    """Draw the conversion rate of each source with its interval, from `leads.conversion`."""
    table = groups.capped(table, "leads", keep=["all"])
    best = table.index[0]
    title = text("lifecycle.conversion_title", source=_safe(best), rate=percent(table["rate"].iloc[0]), days=within)
    return groups.tell(_rates(table, title, "lifecycle.axis_converted", table["leads"]), table)


def waiting(survival: Survival) -> go.Figure:
    """Draw the share of leads that have ordered by each day, from `leads.time_to_order`."""
    curve = survival.curve
    days = float(curve.index[-1])
    ordered = percent(1 - survival.curve["survival"].iloc[-1])
    title = text(
        "lifecycle.waiting_title" if survival.events else "lifecycle.waiting_title_none", share=ordered, days=int(days)
    )
    made = _figure(title, "lifecycle.axis_lead_days", "lifecycle.axis_converted")
    x = curve.index.tolist()
    made.add_scatter(x=x, y=(1 - curve["low"]).tolist(), mode="lines", line={"width": 0, "shape": "hv"})
    made.add_scatter(
        x=x,
        y=(1 - curve["high"]).tolist(),
        mode="lines",
        line={"width": 0, "shape": "hv"},
        fill="tonexty",
        fillcolor="rgba(0,114,178,0.15)",
    )
    made.add_scatter(x=x, y=(1 - curve["survival"]).tolist(), mode="lines", line={"color": style.BLUE, "shape": "hv"})
    made.update_layout(showlegend=False)
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made


def lead_weights(scored: LeadScores, most: int = 12) -> go.Figure:
    """Draw which facts about a lead weigh most for and against its first order, and how well the score ranks.

    Parameters
    ----------
    scored : LeadScores
        From `crmbook.lifecycle.leads.score_leads`; a weight is what the fact adds to the log-odds.
    most : int
        How many facts are drawn, those with the largest weights.
    """
    heaviest = scored.weights.sort_values(key=np.abs, ascending=False, kind="stable").head(most).sort_values()
    found = scored.auc
    title = text("lifecycle.weights_title", auc=found.value, low=found.low, high=found.high, n=found.n)
    made = _figure(title, "lifecycle.axis_weight", None, height=max(300, 26 * len(heaviest) + 150))
    made.add_bar(
        x=heaviest.tolist(),
        y=[style.escape(_word(str(code))) for code in heaviest.index],
        orientation="h",
        marker={
            "color": [style.GREEN if weight > 0 else style.VERMILLION for weight in heaviest],
            "pattern": {"shape": ["" if weight > 0 else "/" for weight in heaviest]},
        },
        hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
    )
    made.update_xaxes(showgrid=True, gridcolor="#e6e6e6")
    made.update_yaxes(type="category", showgrid=False)
    return made.update_layout(showlegend=False)


def contact_rates(table: pd.DataFrame) -> go.Figure:
    """Draw how often a customer is contacted in a month through each channel, from `engagement.contact_rate`."""
    parts = groups.capped(table.drop(index="all").sort_values("rate"), "contacts")
    most = parts["rate"].idxmax()
    title = text("lifecycle.contacts_title", rate=number(float(table["rate"].loc["all"])), channel=_safe(most))
    made = _figure(title, "lifecycle.axis_contacts", None, height=max(280, 40 * len(parts) + 150))
    made.add_bar(
        x=parts["rate"].tolist(),
        y=[_safe(channel) for channel in parts.index],
        orientation="h",
        marker_color=style.BLUE,
        error_x=_interval(parts, "rate"),
        customdata=parts["contacts"].tolist(),
        hovertemplate=text("lifecycle.contacts_hover") + "<extra></extra>",
    )
    made.update_xaxes(rangemode="tozero", showgrid=True, gridcolor="#e6e6e6")
    made.update_yaxes(type="category", showgrid=False)
    return groups.tell(made.update_layout(showlegend=False), parts)


def call_effect(table: pd.DataFrame) -> go.Figure:
    """Draw purchases before and after a call: of those called, of the others, and of those called as they would have
    gone on like the others; the gap at the end is what the calls brought.

    Parameters
    ----------
    table : DataFrame
        From `crmbook.lifecycle.interactions.call_effect`.
    """
    found = table.loc[["effect"]].iloc[0]
    title = text("lifecycle.effect_title", effect=found["effect"], low=found["low"], high=found["high"])
    made = _figure(title, None, "lifecycle.axis_purchases")
    called = (found["before"], found["after"])
    would_be = (found["before"], found["after"] - found["effect"])
    others = (found["compared_before"], found["compared_after"])
    looks = (("called", called, style.BLUE), ("as_others", would_be, style.SKY), ("not_called", others, style.GREY))
    for place, (key, values, colour) in enumerate(looks):
        made.add_scatter(
            x=[text("lifecycle.before_call"), text("lifecycle.after_call")],
            y=list(values),
            name=text(f"lifecycle.effect_{key}"),
            mode="lines+markers",
            line={"color": colour, "dash": style.DASHES[place]},
            marker={"symbol": style.MARKERS[place], "size": 9},
            hovertemplate="%{x}: %{y:.2f}",
        )
    return made


def cohort_map(shares: pd.DataFrame, cohorts: int = 18) -> go.Figure:
    """Draw the latest cohorts' triangle, from `retention.cohort_retention`; beyond the data it is blank, and a month
    that is not over yet carries a star and is not spoken of in the title.
    """
    table, growing = shares.tail(cohorts), partial_cells(shares)
    table = table.loc[:, table.notna().any()]
    after = table.mask(growing)[1].dropna() if 1 in table else pd.Series(dtype=float)
    low, high = (percent(float(share)) for share in (after.min(), after.max()))
    title = text("lifecycle.cohort_title" if low != high else "lifecycle.cohort_title_alike", low=low, high=high)
    values = table.drop(columns=0)
    values = values.loc[values.notna().any(axis=1), values.notna().any()]
    star = growing.loc[values.index, values.columns].to_numpy() & values.notna().to_numpy()
    axis = "lifecycle.axis_age_growing" if star.any() else "lifecycle.axis_age"
    made = _figure(title, axis, "lifecycle.axis_cohort", height=max(360, 24 * len(table) + 140))
    cells = values.to_numpy().tolist()
    small = {"size": 9, "color": style.BLACK}
    made.add_heatmap(
        x=values.columns.tolist(),
        y=[str(cohort) for cohort in values.index],
        z=[[None if value != value else value for value in row] for row in cells],
        zmin=0,
        text=[
            ["" if value != value else f"{value:.0%}{'*' * starred}" for value, starred in zip(row, stars, strict=True)]
            for row, stars in zip(cells, star.tolist(), strict=True)
        ],
        texttemplate="%{text}",
        textfont=small,
        colorscale=CELLS,
        showscale=False,
        hoverongaps=False,
        hovertemplate=text("lifecycle.cohort_hover") + "<extra></extra>",
        xgap=1,
        ygap=1,
    )
    made.update_xaxes(dtick=1, showline=False, ticks="")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False, title_standoff=14)
    return made


def retention_curve(curve: pd.DataFrame, months: int = 12) -> go.Figure:
    """Draw the share of customers who bought in each month after their first, all cohorts together, with its interval.

    Parameters
    ----------
    curve : DataFrame
        From `crmbook.lifecycle.retention.retention_curve`.
    months : int
        Months shown at most.
    """
    table = curve.iloc[1 : months + 1]
    first, last = (table.iloc[place] for place in (0, -1))
    title = text(
        "lifecycle.curve_title", first=percent(first["retention"]), last=percent(last["retention"]), month=last.name
    )
    made = _figure(title, "lifecycle.axis_age", "lifecycle.axis_kept")
    months_shown = table.index.tolist()
    for bound, below in (("low", None), ("high", "tonexty")):
        made.add_scatter(
            x=months_shown,
            y=table[bound].tolist(),
            mode="lines",
            line={"width": 0},
            fill=below,
            fillcolor="rgba(0,114,178,0.15)",
            hoverinfo="skip",
        )
    made.add_scatter(
        x=months_shown,
        y=table["retention"].tolist(),
        mode="lines+markers",
        line={"color": style.BLUE},
        customdata=table[["low", "high", "customers"]].to_numpy().tolist(),
        hovertemplate=text("lifecycle.curve_hover") + "<extra></extra>",
    )
    made.update_layout(showlegend=False)
    made.update_xaxes(dtick=1)
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made


def retention_lines(exact: pd.DataFrame, rolling: pd.DataFrame, bracket: pd.DataFrame) -> go.Figure:
    """Draw three answers to one question: retention on day N, on day N or later, and within brackets of days."""
    day = exact["retention"].last_valid_index()  # where customers are all newer than the longest time, a shorter one
    title = text(
        "lifecycle.retention_title",
        day=day,
        exact=percent(float(exact["retention"].loc[day])),
        rolling=percent(float(rolling["retention"].loc[day])),
    )
    made = _figure(title, "lifecycle.axis_since_first", "lifecycle.axis_kept")
    lines = ((rolling, "rolling"), (bracket.set_index("last_day"), "bracket"), (exact, "exact"))
    for place, (table, kind) in enumerate(lines):
        made.add_scatter(
            x=list(table.index),
            y=table["retention"].tolist(),
            name=text(f"lifecycle.retention_{kind}"),
            mode="lines+markers",
            line={"color": style.COLOURS[place], "dash": style.DASHES[place]},
            marker={"symbol": style.MARKERS[place], "size": 8},
            hovertemplate="%{x}: %{y:.1%}",
        )
    made.update_yaxes(tickformat=".0%", range=[0, 1])
    return made


def ladder(table: pd.DataFrame) -> go.Figure:
    """Draw the repurchase ladder: the share that takes the next step within so many days."""
    step, days = table.index[0][0], table.index.get_level_values("days").unique()
    rate = table.loc[(step, days[-1]), "rate"] if (step, days[-1]) in table.index else float("nan")
    title = text("lifecycle.ladder_title", rate=percent(rate), days=int(days[-1]))
    made = _figure(title, "lifecycle.axis_step", "lifecycle.axis_came_back")
    for place, window in enumerate(days):
        own = table[table.index.get_level_values("days") == window].droplevel("days")
        made.add_bar(
            x=[f"{step}→{step + 1}" for step in own.index],
            y=own["rate"].tolist(),
            name=text("lifecycle.within_days", days=int(window)),
            marker={"color": style.COLOURS[place % 7], "pattern": {"shape": ("", "/", ".")[place % 3]}},
            error_y=_interval(own, "rate"),
            hovertemplate="%{x}: %{y:.1%}",
        )
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made


def churn_lines(rates: pd.DataFrame) -> go.Figure:
    """Draw the share of customers and of revenue lost in each month, and the year that the last twelve months come to.

    Parameters
    ----------
    rates : DataFrame
        From `retention.churn_rates`, or `contracts.contract_churn` for contracts.
    """
    yearly, money = (annualise(rates[column].tail(12)) for column in ("churn", "revenue_churn"))
    title = text("lifecycle.churn_title", months=min(len(rates), 12), yearly=percent(yearly), revenue=percent(money))
    made = _figure(title, None, "lifecycle.axis_lost")
    months = rates.index.to_timestamp() if isinstance(rates.index, pd.PeriodIndex) else rates.index
    for column, colour, dash in (("churn", style.VERMILLION, "solid"), ("revenue_churn", style.BLUE, "dash")):
        made.add_scatter(
            x=list(months),
            y=rates[column].tolist(),
            name=label(column),
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            hovertemplate="%{x|%Y-%m}: %{y:.1%}",
        )
    made.update_xaxes(tickformat="%Y-%m")
    made.update_yaxes(tickformat=".2~%", rangemode="tozero")
    return made


def reasons(table: pd.DataFrame) -> go.Figure:
    """Draw why customers left, the commonest first, with the running share, from `retention.churn_reasons`."""
    table = groups.capped(table, "customers", sums=["customers", "share"])
    table = table.assign(cumulative=table["share"].cumsum())
    words = [_safe(reason) for reason in table.index]
    title = text("lifecycle.reasons_title", reason=words[0], share=percent(table["share"].iloc[0]))
    made = _figure(title, None, "lifecycle.axis_reasons")
    made.add_bar(
        x=words,
        y=table["share"].tolist(),
        name=label("share"),
        marker_color=style.BLUE,
        error_y=_interval(table, "share"),
        hovertemplate="%{x}: %{y:.0%}",
    )
    made.add_scatter(
        x=words,
        y=table["cumulative"].tolist(),
        name=label("cumulative"),
        mode="lines+markers",
        line={"color": style.ORANGE},
        hovertemplate="%{x}: %{y:.0%}",
    )
    made.update_yaxes(tickformat=".0%", range=[0, 1.05])
    return made


def ahead(warning: EarlyWarning) -> Sentence:
    """Say whether the early warning is better than what it has to beat, from the interval of their difference."""
    found = warning.ahead
    code = "ahead" if found.low > 0 else "behind" if found.high < 0 else "no_better"
    model, baseline = (_word(method) for method in warning.pair)
    ends = {part: f"{getattr(found, part):+.3f}" for part in ("value", "low", "high")}
    return Sentence(text(f"lifecycle.warning_{code}", model=model, baseline=baseline, **ends))


def warning_lift(warning: EarlyWarning) -> go.Figure:
    """Draw how many of those who left are among the first so many warned of, for each way of ranking."""
    top = warning.performance.loc[["logistic"]].iloc[0]  # among the tenth warned of first
    title = text("lifecycle.lift_title", lift=float(top["lift"]), precision=percent(float(top["precision"])))
    made = _figure(title, "lifecycle.axis_warned", "lifecycle.axis_caught")
    for place, method in enumerate(each for each in METHODS if each in warning.performance.index):
        own = warning.lift.loc[method]
        made.add_scatter(
            x=[0, *own.index],
            y=[0, *own["captured"]],
            name=_word(method),
            mode="lines+markers",
            line={"color": style.COLOURS[place], "dash": style.DASHES[place]},
            marker_symbol=style.MARKERS[place],
            hovertemplate="%{x:.0%}: %{y:.0%}",
        )
    made.add_scatter(
        x=[0, 1], y=[0, 1], name=text("lifecycle.by_chance"), mode="lines", line={"color": style.GREY, "width": 1}
    )
    made.update_xaxes(tickformat=".0%")
    made.update_yaxes(tickformat=".0%")
    made.update_layout(legend={"y": 0.02, "x": 0.98, "xanchor": "right", "yanchor": "bottom", "orientation": "v"})
    return made


def warning_calibration(warning: EarlyWarning) -> go.Figure:
    """Draw what the model said beside what came, a tenth of the customers a point."""
    error = float(warning.performance["calibration_error"].loc["logistic"])
    made = _figure(
        text("lifecycle.calibration_title", error=error * 100), "lifecycle.axis_predicted", "lifecycle.axis_observed"
    )
    own = warning.calibration.loc[["logistic"]]
    end = float(max(own["predicted"].max(), own["high"].max())) * 1.05
    made.add_scatter(
        x=[0, end], y=[0, end], name=text("lifecycle.perfect"), mode="lines", line={"color": style.GREY, "dash": "dash"}
    )
    made.add_scatter(
        x=own["predicted"].tolist(),
        y=own["observed"].tolist(),
        name=name("logistic"),
        mode="markers",
        marker={"color": style.BLUE, "size": 9},
        error_y=_interval(own, "observed"),
        hovertemplate="%{x:.0%} → %{y:.0%}",
    )
    made.update_xaxes(tickformat=".0%")
    made.update_yaxes(tickformat=".0%")
    return made


def call_plan(plan: pd.DataFrame, spent: float) -> go.Figure:
    """Draw the expected return against the money spent, and where the budget ends.

    Parameters
    ----------
    plan : DataFrame
        From `winback.plan_calls` with a budget that leaves nobody out.
    spent : float
        What is spent under the budget in use.
    """
    made = _figure("", "lifecycle.axis_spent", "lifecycle.axis_return")
    called = plan[plan["call"]]
    step = max(1, len(called) // 300)
    x, y = [0.0, *called["spent"].iloc[::step]], [0.0, *called["expected_return"].iloc[::step]]
    made.add_scatter(
        x=x,
        y=y,
        name=label("expected_return"),
        mode="lines",
        line={"color": style.BLUE},
        hovertemplate="%{x:,.0f} → %{y:,.0f}",
    )
    made.add_scatter(
        x=[0, max(x)],
        y=[0, max(x)],
        name=text("lifecycle.break_even"),
        mode="lines",
        line={"color": style.GREY, "dash": "dash"},
    )
    made.add_scatter(
        name=text("lifecycle.budget_mark"),
        mode="markers",
        marker={"color": style.VERMILLION, "size": 12, "symbol": "diamond"},
        hovertemplate="%{x:,.0f} → %{y:,.0f}",
    )
    chosen = plan[plan["call"] & (plan["spent"] <= spent + 1e-9)]
    cost, gained = (float(chosen[column].iloc[-1]) if len(chosen) else 0.0 for column in ("spent", "expected_return"))
    title = text("lifecycle.plan_title", customers=len(chosen), cost=number(cost), gained=number(gained))
    return style.fill(made, title, title, ({}, {}, {"x": [cost], "y": [gained]}))


def health_test(past: HealthTest) -> go.Figure:
    """Draw how many of each colour of the health score bought nothing afterwards, and the score's AUC."""
    rate, found = past.by_colour["rate"], past.auc
    title = text(
        "lifecycle.health_title",
        red=percent(rate["red"]),
        green=percent(rate["green"]),
        days=past.horizon,
        auc=found.value,
        low=found.low,
        high=found.high,
    )
    return _rates(past.by_colour, title, "lifecycle.axis_left", past.by_colour["customers"])


def _rates(table: pd.DataFrame, title: str, axis: str, sizes: pd.Series) -> go.Figure:
    words = [f"{_safe(entry)} (n={size:,})" for entry, size in zip(table.index, sizes, strict=True)]
    made = _figure(title, axis, None, height=max(300, 40 * len(table) + 150))
    interval = _interval(table, "rate")
    made.add_scatter(
        x=table["rate"].tolist(),
        y=words,
        mode="markers",
        marker={"color": style.BLUE, "size": 11},
        error_x=interval,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    made.update_xaxes(tickformat=".0%", rangemode="tozero", showgrid=True, gridcolor="#e6e6e6")
    made.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return made.update_layout(showlegend=False)


def _interval(table: pd.DataFrame, column: str) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": (table["high"] - table[column]).tolist(),
        "arrayminus": (table[column] - table["low"]).tolist(),
        "thickness": 1.2,
        "color": "#444444",
    }


def _figure(title: str, x: str | None, y: str | None, height: int = 430) -> go.Figure:
    made = style.figure(title, text(x) if x else None, text(y) if y else None, alt=title or None, height=height)
    for update in (made.update_xaxes, made.update_yaxes):
        update(separatethousands=True, exponentformat="none")
    return made


def _safe(value: object) -> str:
    return style.escape(name(value))


def _word(code: str) -> str:
    column, _, value = code.partition("=")
    if value:
        return text("lifecycle.trait", column=label(column), value=name(value))
    # a feature is a column, even where a kind of event bears the same code
    return label(code) if code in WORSE or name(code) == code else name(code)
