"""Pictures of value: what groups bring, who is still there, how far a forecast held, what winning a customer costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook import value
from crmbook.figures import style
from crmbook.figures.groups import capped, tell
from crmbook.figures.wording import colours, money, names, number, percent
from crmbook.locale import name, text
from crmbook.shared.survival import LogRank, Survival
from crmbook.value import contracts, economics
from crmbook.value.growth import DiscountEffect, Referrals


def checks(customers: pd.DataFrame, model: value.ValueModel, days: float) -> pd.DataFrame:
    """Return the checks of data and fit in words: index ``check``, columns ``passed``, ``value``,
    ``threshold``.

    Parameters
    ----------
    customers, model
        As for `crmbook.value.lifetime_value`.
    days : float
        How far the model is to look ahead.
    """
    table = pd.concat([value.preflight(customers, days), value.fit_checks(model)])
    table.loc[["held", "spend_held"], ["value", "limit"]] = np.nan  # yes or no, nothing to measure
    worded = [text(f"value.check_{check}") for check in table.index]
    return (
        table.astype({"passed": object}).rename(columns={"limit": "threshold"}).set_axis(pd.Index(worded, name="check"))
    )


def parameters(model: value.ValueModel) -> pd.DataFrame:
    """Return the purchase model's parameters with their intervals: index ``parameter``, each in words."""
    table = model.purchases.intervals
    return table.set_axis(pd.Index([text(f"value.parameter_of_{each}") for each in table.index], name="parameter"))


def referrals(found: Referrals) -> pd.DataFrame:
    """Return what is known of referrals as a table: index ``measure``, columns ``value``, ``low``, ``high``."""
    rows = {
        "referred_of_new": (percent(found.share.value), percent(found.share.low), percent(found.share.high)),
        "referred_per_customer": (number(found.per_customer), "–", "–"),
        "k_factor": (number(found.k_factor), "–", "–"),
        "referred_extra_spend": (number(found.value.value), number(found.value.low), number(found.value.high)),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"]).rename_axis("measure")


def discount(found: DiscountEffect) -> pd.DataFrame:
    """Return what a discount brought as a table: index ``measure``, columns ``value``, ``low``, ``high``."""
    rows = {
        f"extra_{part}": tuple(number(each) for each in (estimate.value, estimate.low, estimate.high))
        for part, estimate in (("orders", found.orders), ("revenue", found.revenue), ("margin", found.margin))
    }
    rows |= {"order_lift": (percent(found.lift), "–", "–"), "break_even_lift": (percent(found.break_even), "–", "–")}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"]).rename_axis("measure")


def alive_bands(customers: pd.DataFrame, model: value.ValueModel, alive: pd.Series) -> pd.DataFrame:
    """Return P(alive) beside the share who were truly there, by band of P(alive); one-time buyers stand apart.

    Parameters
    ----------
    customers, model
        As for `crmbook.value.lifetime_value`.
    alive : Series of bool
        The planted state of each customer.
    """
    model.purchases.need_held()
    customers = customers[customers["T"].notna()]
    unit = value.UNITS[model.unit]
    told = model.purchases.p_alive(customers["x"], customers["t_x"] / unit, customers["T"] / unit)
    steps = ["0.0-0.2", "0.2-0.4", "0.4-0.6", "0.6-0.8", "0.8-1.0"]
    band = pd.Series(pd.cut(told, [0, 0.2, 0.4, 0.6, 0.8, 1], labels=steps, include_lowest=True), customers.index)
    band = band.astype(str).mask(customers["x"] == 0, "one_time")
    table = pd.DataFrame(
        {"p_alive": told, "truly_alive": alive.reindex(customers.index).astype(float)}, index=customers.index
    ).groupby(band)
    return table.mean().assign(customers=band.value_counts()).rename_axis("band")


def decile_errors(found: value.Holdout, mean_order: pd.Series) -> pd.DataFrame:
    """Return how far the mean value of a tenth is off, on average over the tenths: the model and two simple guesses.

    Parameters
    ----------
    found : Holdout
        What `crmbook.value.holdout` made.
    mean_order : Series
        Each customer's mean order before the split: the guesses are rates times this.
    """
    each, order = found.customers, mean_order.reindex(found.customers.index)
    guesses = pd.DataFrame({"bgnbd": each["expected_value"], "own_rate": each["own_rate"] * order})
    guesses["mean_rate"] = each["mean_rate"] * order.mean()
    tenth = np.ceil(each["expected_value"].rank(ascending=False, method="first") * 10 / len(each))
    off = guesses.groupby(tenth).mean().sub(each["actual_value"].groupby(tenth).mean(), axis=0)
    return off.abs().mean().rename("mean_error").rename_axis("method").to_frame()


def planted_renewals(
    deals: pd.DataFrame, as_of: object, alpha: pd.Series, beta: pd.Series, renewals: int = 3
) -> pd.DataFrame:
    """Return the share left after some renewals, planted and found, for each plan of the sample saas.

    Parameters
    ----------
    deals, as_of
        As for `crmbook.value.contracts.renewal_table`, with ``plan``. Plans that the truth does not know have no row.
    alpha, beta : Series
        What was planted, by plan.
    """
    rows = {}
    for plan, own in deals.groupby("plan"):
        if plan not in alpha.index:
            continue
        planted = contracts.Sbg({"alpha": float(alpha[plan]), "beta": float(beta[plan])}, 0.0, 1.0, np.eye(2))
        fitted = contracts.fit_sbg_renewals(contracts.renewal_table(own, as_of))
        found = value.interval(fitted, lambda fit: fit.predict([renewals])).iloc[0]
        rows[str(plan)] = [float(planted.predict(renewals)), found["value"], found["low"], found["high"]]
    columns = ["planted_share", "found_share", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("plan")


def costs(compared: economics.KeepOrAcquire) -> pd.DataFrame:
    """Return what winning and keeping a customer cost, side by side: index ``measure``, column ``value``."""
    rows = {"one_new_customer": compared.acquire, "keep_a_year": compared.keep_a_year, "ratio": compared.ratio}
    return pd.Series(rows, name="value").rename_axis("measure").to_frame()


def price_buyers(judged: pd.DataFrame) -> pd.DataFrame:
    """Return those who buy almost only at a discount beside the others.

    Parameters
    ----------
    judged : DataFrame
        From `crmbook.value.growth.price_only_buyers`.

    Returns
    -------
    DataFrame
        Index ``buyers`` (*price_only*, *others*); ``customers``, ``share``, ``mean_orders``, ``mean_spend``.
    """
    kind = judged["price_only"].map({True: "price_only", False: "others"})
    table = judged.groupby(kind).agg(
        customers=("orders", "size"), mean_orders=("orders", "mean"), mean_spend=("spend", "mean")
    )
    table.insert(1, "share", table["customers"] / len(judged))
    return table.reindex(["price_only", "others"]).dropna(how="all").astype({"customers": int}).rename_axis("buyers")


def groups(table: pd.DataFrame, currency: str = "") -> go.Figure:
    """Draw the share of customers and the share of value of each group (tier, stage, channel).

    Parameters
    ----------
    table : DataFrame, index group
        What `crmbook.value.by_group` made.
    currency : str
        Shown with amounts.

    Examples
    --------
    >>> table = value.by_group(pd.Series([90.0, 10.0]), pd.Series(["A", "C"]))
    >>> groups(table).layout.title.text
    '50% of the customers hold 90% of the value: A'
    """
    table = table.rename(index={"none": "unknown"}).sort_values("share", ascending=False, kind="stable")
    known, table = table.index, capped(table, "total", sums=["customers", "total", "share"])
    table["mean"] = table["mean"].where(table.index.isin(known), table["total"] / table["customers"])
    share = table["share"].fillna(0.0)
    people = table["customers"] / table["customers"].sum()
    top = str(share[table.index.isin(known)].idxmax())
    title = text(
        "value.groups_title", group=style.escape(name(top)), customers=percent(people[top]), share=percent(share[top])
    )
    made = style.figure(
        title, text("value.axis_share"), alt=text("value.groups_alt", title=title), height=190 + 56 * len(table)
    )
    worded = [
        text("value.groups_tick", group=group, mean=money(mean, currency))
        for group, mean in zip(names(table.index, None), table["mean"], strict=True)
    ]
    for shares, colour, key in ((people, style.GREY, "value.of_customers"), (share, style.BLUE, "value.of_value")):
        made.add_bar(
            orientation="h",
            y=worded,
            x=shares.tolist(),
            name=text(key),
            marker_color=colour,
            text=[percent(part) for part in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    made.update_xaxes(
        tickformat=".0%", range=[min(0.0, float(share.min()) * 1.2), 1.15 * max(share.max(), people.max())]
    )
    return made.update_yaxes(autorange="reversed", showgrid=False, ticksuffix=" ")


def value_by_tier(totals: pd.Series, months: int, yearly_rate: float, currency: str = "") -> go.Figure:
    """Draw what each tier is expected to bring, discounted to today.

    Parameters
    ----------
    totals : Series, index group
        What `crmbook.value.discounted` made.
    months, yearly_rate
        What it was made with, for the title.

    Examples
    --------
    >>> value_by_tier(pd.Series({"A": 900.0, "C": 100.0}), 12, 0.1).layout.title.text
    'The next 12 months at 10% a year are worth 1,000; A has 90% of it'
    """
    made = style.figure("", text("value.axis_tier"), _axis("value.axis_money", currency))
    made.add_bar(textposition="outside", cliponaxis=False, hovertemplate="%{x}: %{text}<extra></extra>")
    made.update_layout(showlegend=False)
    whole = float(totals.sum())
    top = str(totals.idxmax())
    title = text(
        "value.tier_title",
        months=months,
        rate=percent(yearly_rate),
        value=money(whole, currency),
        tier=style.escape(name(top)),
        share=percent(float(totals[top]) / whole if whole else np.nan),
    )
    return style.fill(
        made,
        title=title,
        alt=text("value.tier_alt", title=title),
        traces=(
            {
                "x": names(totals.index, None),
                "y": totals.tolist(),
                "marker.color": colours(totals.index),
                "text": [money(each, currency) for each in totals],
            },
        ),
        layout={"yaxis.range": [0, max(float(totals.max()) * 1.15, 1.0)], "yaxis.tickformat": ","},
    )


def intervals(table: pd.DataFrame, currency: str = "") -> go.Figure:
    """Draw each group's lifetime value with its 95 % interval.

    Examples
    --------
    >>> table = pd.DataFrame({"customers": [2], "clv": [50.0], "low": [40.0], "high": [60.0], "share": [1.0]}, ["A"])
    >>> intervals(table).layout.title.text
    'A holds 100% of the expected value: 50, between 40 and 60'
    """
    top = str(table["share"].idxmax())
    best = table.loc[[top]].iloc[0].astype(float).to_dict()
    title = text(
        "value.interval_title",
        group=style.escape(name(top)),
        share=percent(best["share"]),
        value=money(best["clv"], currency),
        low=number(best["low"]),
        high=number(best["high"]),
    )
    made = style.figure(
        title,
        text("value.axis_tier"),
        _axis("value.axis_money", currency),
        alt=text("value.interval_alt", title=title),
    )
    made.add_bar(
        x=names(table.index, None),
        y=table["clv"].tolist(),
        marker_color=colours(table.index),
        error_y={
            "array": (table["high"] - table["clv"]).tolist(),
            "arrayminus": (table["clv"] - table["low"]).tolist(),
            "color": style.BLACK,
        },
        customdata=table[["low", "high"]].to_numpy().tolist(),
        hovertemplate=text("value.interval_hover") + "<extra></extra>",
    )
    made.update_yaxes(rangemode="tozero", tickformat=",")
    return made.update_layout(showlegend=False)


def alive_map(model: value.ValueModel, age: float, most: int = 12) -> go.Figure:
    """Draw P(alive) over the number of repeat purchases and the silence since the last, for one age of customer.

    Parameters
    ----------
    model : ValueModel
        What `crmbook.value.fit` made.
    age : float
        Days since the first purchase, T.
    most : int
        Repeat purchases shown at most.

    Examples
    --------
    >>> from crmbook.value.bgnbd import BgNbd
    >>> from crmbook.value.gamma_gamma import GammaGamma
    >>> buys = BgNbd({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357, 946, np.eye(4) / 100)
    >>> pays = GammaGamma({"p": 6.25, "q": 3.74, "gamma": 15.45}, -4059.0, 946, np.eye(3))
    >>> alive_map(value.ValueModel(buys, pays, "W"), age=270).data[0].z[0][0]
    1.0
    """
    model.purchases.need_held()
    unit = value.UNITS[model.unit]
    counts = np.arange(0, most + 1)
    silence = np.linspace(0, age, 25)
    grid = np.array(
        [
            model.purchases.p_alive(
                np.full(len(silence), count),
                (age - silence) / unit if count else np.zeros(len(silence)),
                np.full(len(silence), age / unit),
            )
            for count in counts
        ]
    )
    title = text("value.alive_title", age=age)
    made = style.figure(
        title, text("value.axis_silence"), text("value.axis_repeats"), alt=text("value.alive_alt", title=title)
    )
    made.add_heatmap(
        x=silence.round(1).tolist(),
        y=counts.tolist(),
        z=grid.tolist(),
        zmin=0,
        zmax=1,
        colorscale=style.SEQUENCE,
        colorbar={"title": {"text": text("value.p_alive"), "side": "right"}, "tickformat": ".0%", "thickness": 12},
        hovertemplate=text("value.alive_hover") + "<extra></extra>",
    )
    return made.update_yaxes(dtick=1, showgrid=False)


def shrinkage(customers: pd.DataFrame, expected: pd.Series, currency: str = "") -> go.Figure:
    """Draw the mean spend seen so far against the spend expected: those seen seldom are drawn to the mean of all.

    Parameters
    ----------
    customers : DataFrame
        ``x`` and ``mean_repeat``, as ``summarise`` gives.
    expected : Series
        ``expected_spend`` of `crmbook.value.lifetime_value`.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [1, 9], "mean_repeat": [100.0, 100.0]})
    >>> len(shrinkage(table, pd.Series([60.0, 90.0])).data)
    3
    """
    seen = customers[(customers["x"] > 0) & expected.notna()]
    often = seen["x"] >= seen["x"].median()
    title = text("value.shrink_title")
    made = style.figure(
        title,
        _axis("value.axis_seen", currency),
        _axis("value.axis_expected", currency),
        alt=text("value.shrink_alt", title=title),
    )
    for part, colour, marker, key in (
        (~often, style.ORANGE, "circle-open", "value.seen_seldom"),
        (often, style.BLUE, "cross", "value.seen_often"),
    ):
        rows = seen[part].sort_index()
        rows = rows.sample(min(len(rows), 800), random_state=0)
        made.add_scatter(
            mode="markers",
            x=rows["mean_repeat"].tolist(),
            y=expected[rows.index].tolist(),
            name=text(key),
            marker={"color": colour, "symbol": marker, "size": 6, "opacity": 0.7},
            hovertemplate=text("value.shrink_hover") + "<extra></extra>",
        )
    end = float(seen["mean_repeat"].quantile(0.98)) if len(seen) else 1.0
    made.add_scatter(
        mode="lines", x=[0, end], y=[0, end], name=text("value.as_seen"), line={"color": style.GREY, "dash": "dash"}
    )
    return made.update_xaxes(range=[0, end]).update_yaxes(range=[0, end])


def deciles(found: value.Holdout, currency: str = "") -> go.Figure:
    """Draw expected against actual value by decile of expected value."""
    table = found.deciles
    expected, actual = (float((table["customers"] * table[part]).sum()) for part in ("expected", "actual"))
    overall = expected / actual - 1 if actual > 0 else np.nan
    title = text("value.decile_title", error=f"{overall:+.1%}" if overall == overall else "–")
    made = style.figure(
        title,
        text("value.axis_decile"),
        _axis("value.axis_each", currency),
        alt=text("value.decile_alt", title=title),
    )
    ticks = [str(decile) for decile in table.index]
    made.add_bar(x=ticks, y=table["actual"].tolist(), name=text("value.actual"), marker_color=style.SKY)
    made.add_scatter(
        x=ticks,
        y=table["expected"].tolist(),
        name=text("value.expected"),
        mode="lines+markers",
        line={"color": style.VERMILLION},
        marker={"symbol": "diamond", "size": 9},
    )
    made.update_yaxes(rangemode="tozero", tickformat=",")
    return made.update_xaxes(type="category")


def plan_survival(curves: Mapping[str, Survival], test: LogRank) -> go.Figure:
    """Draw how long contracts of each plan last (Kaplan-Meier), with the log-rank test in the title."""
    small = test.p_value < 0.05
    title = text("value.plans_differ" if small else "value.plans_alike", p=_p(test.p_value))
    made = style.figure(
        title, text("value.axis_contract_months"), text("value.axis_still"), alt=text("value.plans_alt", title=title)
    )
    for place, (plan, curve) in enumerate(curves.items()):
        made.add_scatter(
            x=curve.curve.index.tolist(),
            y=curve.curve["survival"].tolist(),
            name=style.escape(name(plan)),
            mode="lines",
            line={"shape": "hv", "color": style.COLOURS[place % 7], "dash": style.DASHES[place % 7]},
            hovertemplate=text("value.plans_hover") + "<extra>" + style.escape(name(plan)) + "</extra>",
        )
    made.update_yaxes(tickformat=".0%", range=[0, 1.03])
    return made


def forecast(table: pd.DataFrame) -> go.Figure:
    """Draw the share of contracts left: what happened, what sBG, BdW and a constant rate foresee."""
    later = table[~table["fitted"]]
    shown = later if len(later) else table
    title = text(
        "value.forecast_title",
        period=int(shown.index[-1]),
        actual=percent(shown["actual"].iloc[-1]),
        sbg=percent(shown["sbg"].iloc[-1]),
        naive=percent(shown["naive"].iloc[-1]),
    )
    made = style.figure(
        title, text("value.axis_renewals"), text("value.axis_still"), alt=text("value.forecast_alt", title=title)
    )
    looks = {
        "actual": (style.BLACK, "solid", "circle"),
        "sbg": (style.BLUE, "dash", "diamond"),
        "bdw": (style.GREEN, "dashdot", "square"),
        "naive": (style.VERMILLION, "dot", "x"),
    }
    for column, (colour, dash, marker) in looks.items():
        if table[column].isna().all():
            continue
        made.add_scatter(
            x=table.index.tolist(),
            y=table[column].tolist(),
            name=text(f"value.curve_{column}"),
            mode="lines+markers",
            line={"color": colour, "dash": dash},
            marker={"symbol": marker, "size": 8},
        )
    if len(later):
        split = float(table.index[table["fitted"]][-1]) + 0.5
        made.add_vline(x=split, line={"color": style.GREY, "dash": "dash", "width": 1})
        made.add_annotation(
            x=split, y=0.02, yref="paper", yanchor="bottom", xanchor="left", xshift=5, showarrow=False,
            text=text("value.foreseen"), font={"color": style.GREY},
        )  # fmt: skip
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made.update_xaxes(dtick=1)


def cac(by_channel: pd.DataFrame, blended: float, currency: str = "") -> go.Figure:
    """Draw what winning a customer costs by channel, against the blended figure.

    Parameters
    ----------
    by_channel : DataFrame, index channel
        What `crmbook.value.economics.acquisition_cost` made.
    blended : float
        The figure over all channels.
    """
    table = by_channel[by_channel["cac"].notna() & (by_channel["spend"] > 0)].sort_values("cac", ascending=False)
    table = capped(table, "spend")
    dearest, cheapest = str(table.index[0]), str(table.index[-1])
    title = text(
        "value.cac_title",
        blended=money(blended, currency),
        cheapest=style.escape(name(cheapest)),
        low=number(table["cac"].iloc[-1]),
        dearest=style.escape(name(dearest)),
        high=number(table["cac"].iloc[0]),
    )
    made = style.figure(
        title, _axis("value.axis_cac", currency), alt=text("value.cac_alt", title=title),
        height=200 + 44 * len(table),
    )  # fmt: skip
    made.add_bar(
        orientation="h",
        y=[
            text("value.cac_tick", channel=channel, customers=count)
            for channel, count in zip(names(table.index, None), table["customers"], strict=True)
        ],
        x=table["cac"].tolist(),
        marker_color=style.BLUE,
        text=[number(each) for each in table["cac"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    made.add_vline(x=blended, line={"color": style.VERMILLION, "dash": "dash", "width": 2})
    made.add_annotation(
        x=blended, y=1, yref="paper", yanchor="bottom", showarrow=False,
        text=text("value.cac_mark", blended=number(blended)), font={"color": style.VERMILLION},
    )  # fmt: skip
    made.update_xaxes(range=[0, float(table["cac"].max()) * 1.35], tickformat=",")
    made.update_yaxes(autorange="reversed", showgrid=False, ticksuffix=" ")
    return tell(made.update_layout(showlegend=False), table)


def payback(curve: pd.DataFrame, cost: float, margin: float, currency: str = "") -> go.Figure:
    """Draw what a new customer has brought by the end of each month against what winning one cost.

    Parameters
    ----------
    curve : DataFrame, index month
        ``cumulative`` revenue of one group, as `crmbook.value.economics.payback` gives.
    cost, margin : float
        Of winning a customer; share of revenue that is margin.

    Examples
    --------
    >>> curve = pd.DataFrame({"cumulative": [30.0, 50.0]}, index=[1, 2])
    >>> payback(curve, cost=20, margin=0.5).layout.title.text
    'Winning a customer for 20 is paid back in month 2'
    """
    made = style.figure("", text("value.axis_months_since"), _axis("value.axis_brought", currency))
    made.add_scatter(mode="lines+markers", name=text("value.brought"), line={"color": style.BLUE})
    made.add_scatter(mode="lines", name=text("value.cost_line"), line={"color": style.VERMILLION, "dash": "dash"})
    made.update_yaxes(rangemode="tozero", tickformat=",")
    month = economics.payback_month(curve, cost, margin)
    if month is None:
        title = text("value.payback_never", cost=money(cost, currency), months=int(curve.index[-1]))
    else:
        title = text("value.payback_title", cost=money(cost, currency), month=month)
    months = curve.index.tolist()
    return style.fill(
        made,
        title=title,
        alt=text("value.payback_alt", title=title),
        traces=(
            {"x": months, "y": (curve["cumulative"] * margin).tolist()},
            {"x": [0, months[-1]], "y": [cost, cost]},
        ),
        layout={"xaxis.range": [0, months[-1] + 0.5]},
    )


def upsell(table: pd.DataFrame) -> go.Figure:
    """Draw how often a customer's next product of a category is a dearer one, with its interval."""
    parts = capped(table.drop(index="all").sort_values("rate"), "repeats")
    top = parts.iloc[-1]
    title = text(
        "value.upsell_title",
        share=percent(float(table["rate"].loc["all"])),
        category=style.escape(name(top.name)),
        highest=percent(float(top["rate"])),
    )
    made = style.figure(
        title, text("value.axis_dearer"), alt=text("value.upsell_alt", title=title), height=180 + 40 * len(parts)
    )
    made.add_scatter(
        mode="markers",
        x=parts["rate"].tolist(),
        y=[
            text("value.upsell_tick", category=category, repeats=int(n))
            for category, n in zip(names(parts.index, None), parts["repeats"], strict=True)
        ],
        marker={"color": style.BLUE, "size": 11},
        error_x={
            "array": (parts["high"] - parts["rate"]).tolist(),
            "arrayminus": (parts["rate"] - parts["low"]).tolist(),
            "color": "#444444",
        },
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    made.update_xaxes(tickformat=".0%", rangemode="tozero", showgrid=True, gridcolor="#e6e6e6")
    return tell(made.update_yaxes(type="category", showgrid=False), parts)


def revenue_bridge(table: pd.DataFrame, column: str = "revenue", currency: str = "") -> go.Figure:
    """Draw how revenue, or revenue per customer, came from one year to the next, step by step.

    Parameters
    ----------
    table : DataFrame, index step
        What `crmbook.value.growth.revenue_bridge` made.
    column : {"revenue", "arpu"}
    """
    opening, closing = (float(table[column].loc[[step]].iloc[0]) for step in ("opening", "closing"))
    title = text(
        f"value.bridge_title_{column}",
        opening=money(opening, currency),
        closing=money(closing, currency),
        change=f"{closing / opening - 1:+.0%}" if opening > 0 else "–",
    )
    made = style.figure(title, None, _axis("value.axis_revenue", currency), alt=text("value.bridge_alt", title=title))
    ends = [step in ("opening", "closing") for step in table.index]
    made.add_waterfall(
        x=[
            text("value.bridge_step", step=text(f"value.step_{step}"), customers=n)
            for step, n in table["customers"].items()
        ],
        y=[0.0 if step == "closing" else float(each) for step, each in table[column].items()],
        measure=[
            "absolute" if step == "opening" else "total" if end else "relative"
            for step, end in zip(table.index, ends, strict=True)
        ],
        text=[number(each) if end else f"{each:+,.0f}" for each, end in zip(table[column], ends, strict=True)],
        textposition="outside",
        cliponaxis=False,
        increasing_marker_color=style.GOOD,
        decreasing_marker_color=style.BAD,
        totals_marker_color=style.NEUTRAL,
        connector_line_color="#999999",
        hovertemplate="%{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(tickformat=",")
    return made.update_layout(showlegend=False)


def _axis(key: str, currency: str) -> str:
    return text("value.with_currency", axis=text(key), currency=currency) if currency else text(key)


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
