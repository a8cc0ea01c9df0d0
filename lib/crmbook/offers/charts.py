"""Pictures of offers: relationship types, channels, usage, feedback, forecasts, what goes together, what hits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.data.faults import DataError
from crmbook.figures import groups, style
from crmbook.figures.sections import Sentence
from crmbook.figures.wording import CELLS, number, percent
from crmbook.locale import label, name, text
from crmbook.offers.regression import Judged, Model
from crmbook.shared.commonest import OTHERS
from crmbook.shared.estimate import Estimate

SHOWN = 1_500
"""Customers drawn at most: more dots would hide each other."""

ANSWERS = 10
"""Answers of the interview that the catalogue holds."""

_TYPES = {"transactional": style.GREY, "cooperative": style.SKY, "strategic": style.BLUE}
_USAGE = {"dormant": style.GREY, "light": style.YELLOW, "medium": style.SKY, "heavy": style.BLUE}


def relationships(table: pd.DataFrame) -> go.Figure:
    """Draw relationship types on frequency and amount.

    Parameters
    ----------
    table : DataFrame
        ``Relationships.table`` of `crmbook.offers.relationships`.
    """
    counts = table["type"].value_counts()
    strategic = table["type"] == "strategic"
    title = text("offers.relationships_none")
    if strategic.any():
        brought = table.loc[strategic, "amount"].sum() / table["amount"].sum()
        facts = {"share": percent(float(strategic.mean())), "amount": percent(float(brought))}
        title = text("offers.relationships_title", **facts)
    alt = text("offers.relationships_alt", title=title)
    made = style.figure(title, text("offers.axis_orders"), text("offers.axis_amount"), alt, 460)
    shown = table.iloc[np.random.default_rng(0).permutation(len(table))[:SHOWN]]
    for place, (kind, colour) in enumerate(_TYPES.items()):
        own = shown[(shown["type"] == kind) & (shown["amount"] > 0) & (shown["frequency"] > 0)]
        made.add_scatter(
            x=own["frequency"].tolist(),
            y=own["amount"].tolist(),
            mode="markers",
            marker={"color": colour, "symbol": style.MARKERS[place], "size": 7, "opacity": 0.7},
            name=f"{name(kind)} ({int(counts.get(kind, 0)):,})",
        )
    made.update_xaxes(
        type="log", tickvals=[step * 10**power for power in range(5) for step in (1, 2, 5)], tickformat=","
    )
    made.update_yaxes(type="log", tickformat=",", dtick=1, title_standoff=12)
    return made


def channel_mix(mix: pd.DataFrame) -> go.Figure:
    """Draw which channels each group orders through.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> rows = pd.MultiIndex.from_tuples([("all", "store"), ("all", "fair")], names=["group", "channel"])
    >>> channel_mix(pd.DataFrame({"share": [0.3, 0.7], "orders": [3, 7]}, index=rows)).layout.title.text
    'All: 70% of the orders come through one channel, fair'
    """
    group, channel = mix.index[int(mix["share"].to_numpy().argmax())]
    facts = {"group": _capital(_named(group)), "channel": _named(channel)}
    title = text("offers.channel_title", share=percent(float(mix["share"].max())), **facts)
    order = mix.groupby("channel")["orders"].sum().sort_values(ascending=False).index
    shares = groups.merged(mix["share"].unstack("channel").fillna(0), order)
    made = style.figure(
        title,
        text("offers.axis_orders_share"),
        alt=text("offers.channel_alt", title=title),
        height=170 + 44 * len(shares),
    )
    for place, one in enumerate(shares):
        made.add_bar(
            orientation="h",
            y=[_named(row) for row in shares.index],
            x=shares[one].tolist(),
            name=_named(one),
            marker=_of_channel(place),
            text=[percent(float(share)) if share >= 0.06 else "" for share in shares[one]],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
        )
    made.update_xaxes(tickformat=".0%", range=[0, 1])
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(barmode="stack", legend_traceorder="normal")


def _of_channel(place: int) -> dict:
    """A colour for each channel, hatched where colours come again, and light grey for the others."""
    if place == groups.MOST:
        return {"color": "#cccccc"}
    hatched = {"pattern": {"shape": "/"}} if place >= len(style.COLOURS) else {}
    return {"color": style.COLOURS[place % len(style.COLOURS)], **hatched}


def channel_switching(steps: pd.DataFrame) -> go.Figure:
    """Draw through which channel the next order comes, given the channel of this one."""
    shares = steps["share"].unstack("next_channel")
    stays = pd.Series({channel: shares.loc[channel, channel] for channel in shares.index}).astype(float)
    loyal = str(stays[stays.index != OTHERS].idxmax() if len(stays) > 1 else stays.idxmax())
    title = text("offers.switching_title", channel=_named(loyal), share=percent(float(stays[loyal])))
    made = style.figure(
        title,
        text("offers.axis_next_channel"),
        text("offers.axis_this_channel"),
        text("offers.switching_alt", title=title),
        170 + 56 * len(shares),
    )
    cells = shares.to_numpy(dtype=float)
    made.add_heatmap(
        x=[_named(channel) for channel in shares.columns],
        y=[_named(channel) for channel in shares.index],
        z=cells.tolist(),
        text=[[percent(float(share)) for share in row] for row in cells],
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=CELLS,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y} → %{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", type="category", showgrid=False, ticks="", title_standoff=18)
    return made.update_xaxes(type="category", showline=False, ticks="")


def usage(tiers: pd.DataFrame) -> go.Figure:
    """Draw on what share of the days users are there, coloured by usage tier.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> days = pd.DataFrame({"active_share": [0.05, 0.2, 0.3], "usage_tier": ["light", "medium", "medium"]})
    >>> usage(days).layout.title.text
    'Of 3 users, 67% are medium users'
    """
    counts = tiers["usage_tier"].value_counts()
    most = counts.index[0]
    title = text("offers.usage_title", n=len(tiers), tier=name(most), share=percent(counts.iloc[0] / len(tiers)))
    alt = text("offers.usage_alt", title=title)
    made = style.figure(title, text("offers.axis_active_share"), text("offers.axis_users"), alt, 380)
    edges = np.arange(0, 1.0001, 0.05)
    for tier, colour in _USAGE.items():
        own = tiers.loc[tiers["usage_tier"] == tier, "active_share"]
        if len(own):
            made.add_bar(
                x=(edges[:-1] + 0.025).tolist(),
                y=np.histogram(own, bins=edges)[0].tolist(),
                width=0.045,
                name=name(tier),
                marker_color=colour,
            )
    made.update_xaxes(tickformat=".0%", range=[0, 1])
    return made.update_layout(barmode="stack")


def feedback(rates: pd.DataFrame) -> go.Figure:
    """Draw how each group answers back, with intervals."""
    kinds = list(rates.index.unique("indicator"))
    spans = {kind: float(np.ptp(rates.loc[kind, "rate"].to_numpy())) for kind in kinds}
    widest = max(spans, key=lambda kind: spans[kind])
    own = rates.loc[widest, "rate"]
    title = text(
        "offers.feedback_title",
        indicator=text(f"offers.feedback_{widest}"),
        low=percent(float(own.min())),
        low_group=_named(own.idxmin()),
        high=percent(float(own.max())),
        high_group=_named(own.idxmax()),
    )
    groups = [_named(group) for group in rates.index.unique("group")]
    made = style.figure(title, alt=text("offers.feedback_alt", title=title), height=210 + 34 * len(groups))
    heads = [text(f"offers.feedback_{kind}") for kind in kinds]
    made.set_subplots(1, len(kinds), subplot_titles=heads, shared_yaxes=True, horizontal_spacing=0.04)
    for place, kind in enumerate(kinds, start=1):
        table = rates.loc[kind]
        made.add_scatter(
            x=table["rate"].tolist(),
            y=[_named(group) for group in table.index],
            mode="markers",
            marker={"color": style.BLUE, "size": 9},
            error_x=_interval(table, "rate"),
            row=1,
            col=place,
        )
    made.update_xaxes(tickformat=".0%", rangemode="tozero", nticks=4)
    made.update_yaxes(categoryorder="array", categoryarray=groups[::-1], type="category")
    made.update_annotations(font_size=13)
    return made.update_layout(showlegend=False)


def ranking(judged: Judged) -> Sentence:
    """Return in a sentence how well a model tells buyers from the others (AUC).

    Parameters
    ----------
    judged : Judged
        The purchase of `crmbook.offers.regression.forecast`.
    """
    area = judged.measures["auc"]
    assert isinstance(area, Estimate)
    facts = {"auc": area.value, "low": area.low, "high": area.high}
    words = text("offers.ranking", first=round(100 * area.value), **facts)
    return Sentence(words if area.low > 0.5 else words + text("offers.ranking_coin"))


def calibration(judged: Judged) -> go.Figure:
    """Draw what was predicted beside what came, on the later period.

    Parameters
    ----------
    judged : Judged
        One of the three of `crmbook.offers.regression.forecast`.
    """
    table, kind = judged.calibration, judged.model.kind
    off = float((table["predicted"] - table["observed"]).abs().max())
    title = text(f"offers.calibration_{kind}", off=number(round(100 * off) if kind == "logistic" else off))
    made = style.figure(
        title,
        text(f"offers.axis_predicted_{kind}"),
        text(f"offers.axis_observed_{kind}"),
        text("offers.calibration_alt", title=title),
        400,
    )
    both = table[["predicted", "observed"]]
    ends = [0.0, 1.0] if kind == "logistic" else [float(both.min().min()), float(both.max().max())]
    made.add_scatter(x=ends, y=ends, mode="lines", line={"color": style.GREY, "dash": "dash"}, hoverinfo="skip")
    made.add_scatter(
        x=table["predicted"].tolist(),
        y=table["observed"].tolist(),
        mode="markers",
        marker={"color": style.BLUE, "size": 9},
        error_y=_interval(table, "observed"),
    )
    if kind == "logistic":
        made.update_xaxes(tickformat=".0%")
        made.update_yaxes(tickformat=".0%")
    return made.update_layout(showlegend=False)


def in_words(model: Model) -> pd.DataFrame:
    """Return a model's coefficients as sentences, ready to show; one that cannot be told from none says so.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.offers.regression import linear
    >>> use("en")
    >>> told = in_words(linear(pd.DataFrame({"frequency": [1, 2, 3, 4]}), pd.Series([12.0, 19, 32, 37])))
    >>> told["next_amount"].tolist()
    ['Frequency (orders): 1 more goes with 8.80 more in the amount.']
    """
    target = {"logistic": "next_purchase", "poisson": "next_orders", "linear": "next_amount"}[model.kind]
    rows = model.coefficients.drop(index="intercept").iterrows()
    return pd.DataFrame({target: [_effect(model.kind, str(feature), row) for feature, row in rows]})


def _effect(kind: str, feature: str, row: pd.Series) -> str:
    facts = {"feature": label(feature), "step": number(float(row["step"]))}
    if row["low"] <= 0 <= row["high"]:
        return text("offers.effect_none", **facts)
    if kind == "linear":
        way = "offers.effect_more" if row["effect"] > 0 else "offers.effect_less"
        return text(way, effect=number(abs(float(row["effect"]))), **facts)
    return text(f"offers.effect_{kind}", effect=float(row["effect"]), **facts)


def rules(pairs: pd.DataFrame, most: int = 10) -> go.Figure:
    """Draw the product pairs with the largest lift, each pair once; none that chance would bring together as often.

    Parameters
    ----------
    pairs : DataFrame
        As `crmbook.offers.pairs` returns it.
    most : int
        Pairs drawn.

    Raises
    ------
    DataError
        When no pair comes more often than by chance.
    """
    above = pairs[pairs["lift"] > 1]
    if above.empty:
        raise DataError("offers_no_rules")
    once = above[~_unordered(above).duplicated()].head(most)
    best = once.iloc[0]
    facts = {"first": style.escape(best["antecedent"]), "second": style.escape(best["consequent"])}
    title = text("offers.rules_title", lift=float(best["lift"]), **facts)
    made = style.figure(
        title,
        text("offers.axis_lift"),
        alt=text("offers.rules_alt", title=title),
        height=max(320, 32 * len(once) + 150),
    )
    made.add_bar(
        orientation="h",
        y=[f"{style.escape(row.antecedent)} + {style.escape(row.consequent)}" for row in once.itertuples()],
        x=once["lift"].round(3).tolist(),
        marker_color=[style.BLUE if q < 0.05 else style.GREY for q in once["q"]],
        text=[number(lift) for lift in once["lift"]],
        textposition="outside",
        cliponaxis=False,
    )
    made.add_vline(x=1, line={"color": style.VERMILLION, "dash": "dash"})
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(showlegend=False)


def rules_of_three(triples: pd.DataFrame, most: int = 5) -> pd.DataFrame:
    """Return the rules of three with the largest lift, ready to show.

    Parameters
    ----------
    triples : DataFrame
        As `crmbook.offers.triples` returns it.
    most : int
        Rules returned.

    Returns
    -------
    DataFrame
        ``antecedent`` (both products in one cell), ``consequent``, ``with_all_three``, ``confidence``, ``lift_factor``,
        ``second_adds`` (the column ``gain``), ``q``.

    Raises
    ------
    DataError
        When there is no rule.

    Examples
    --------
    >>> row = {"first": "tea", "second": "cup", "consequent": "pot", "baskets": 9, "confidence": 0.5}
    >>> rules_of_three(pd.DataFrame([{**row, "lift": 2.0, "gain": 1.2, "q": 0.01}]))["antecedent"].tolist()
    ['tea + cup']
    """
    if triples.empty:
        raise DataError("offers_no_rules")
    best = triples.head(most)
    table = best[["consequent", "baskets", "confidence", "lift", "gain", "q"]]
    table = table.rename(columns={"baskets": "with_all_three", "lift": "lift_factor", "gain": "second_adds"})
    table.insert(0, "antecedent", best["first"] + " + " + best["second"])
    return table


def hits(held: pd.DataFrame) -> go.Figure:
    """Draw how often offers hit in the time that was held out, by method."""
    rates = held["hit_rate"].drop(index="chance")
    rivals = rates.drop(index="popularity")
    best, popular = str(rivals.idxmax()), float(rates.to_dict()["popularity"])
    key = "offers.hits_title" if rivals.max() > popular else "offers.hits_none"
    title = text(key, method=name(best), rate=percent(float(rivals.max())), popular=percent(popular))
    alt = text("offers.hits_alt", title=title)
    made = style.figure(title, None, text("offers.axis_hit_rate"), alt, height=380)
    made.add_bar(
        x=[name(method) for method in held.index],
        y=held["hit_rate"].tolist(),
        marker_color=[style.GREY if method in ("chance", "popularity") else style.BLUE for method in held.index],
        error_y=_interval(held, "hit_rate"),
        text=[percent(rate) for rate in held["hit_rate"]],
        textposition="inside",
        insidetextanchor="start",
    )
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    return made.update_layout(showlegend=False)


def segment_offers(offered: pd.DataFrame, called: str) -> go.Figure:
    """Draw the next offers of one segment: for how many of its members they suit.

    Parameters
    ----------
    offered : DataFrame
        One group of `crmbook.offers.segment_offers`: index rank.
    called : str
        The segment's name.
    """
    made = style.figure("", text("offers.axis_members"), height=300)
    made.add_bar(orientation="h", marker_color=style.BLUE, textposition="outside", cliponaxis=False)
    made.update_xaxes(tickformat=".0%", range=[0, 1])
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    first = offered.iloc[0]
    facts = {"segment": _capital(style.escape(called)), "product": style.escape(first["product"])}
    title = text("offers.offers_title", share=percent(float(first["share"])), **facts)
    return style.fill(
        made,
        title=title,
        alt=text("offers.offers_alt", title=title),
        traces=(
            {
                "y": [style.escape(product) for product in offered["product"]],
                "x": offered["share"].round(4).tolist(),
                "text": [_reason(str(row.reason), row.because) for row in offered.itertuples()],
            },
        ),
    )


def reasons(offered: pd.DataFrame) -> pd.Series:
    """Return the reason of each offer in words.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> reasons(pd.DataFrame({"reason": ["similar"], "because": ["tea"]})).tolist()
    ['because of tea']
    """
    rows = zip(offered["reason"], offered["because"], strict=True)
    return pd.Series([_reason(reason, because) for reason, because in rows], index=offered.index, dtype=object)


def interview_answers() -> pd.Series:
    """Return ten answers to "what keeps you from buying more?", in the language in use.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> interview_answers()[1]
    'Your prices went up twice this year.'
    """
    said = {place: text(f"offers.answer_{place}") for place in range(1, ANSWERS + 1)}
    return pd.Series(said, name="words_of_customer").rename_axis("answer_id")


def themes(counted: pd.DataFrame) -> go.Figure:
    """Draw how often each theme comes up, with intervals.

    Raises
    ------
    DataError
        When no answer has a theme.
    """
    if not counted["count"].any():
        raise DataError("interview_no_word")
    first = counted.iloc[0]
    title = text(
        "offers.themes_title",
        theme=_capital(_named(counted.index[0])),
        share=percent(float(first["share"])),
        n=int(first["n"]),
    )
    alt = text("offers.themes_alt", title=title)
    made = style.figure(title, text("offers.axis_answers"), alt=alt, height=150 + 40 * len(counted))
    made.add_bar(
        orientation="h",
        y=[_named(theme) for theme in counted.index],
        x=counted["share"].tolist(),
        marker_color=style.BLUE,
        error_x=_interval(counted, "share"),
        text=[percent(float(share)) for share in counted["share"]],
        textposition="inside",
        insidetextanchor="start",
    )
    made.update_xaxes(tickformat=".0%", rangemode="tozero")
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(showlegend=False)


def competitors(prices: pd.DataFrame) -> go.Figure:
    """Draw how far competitors' prices lie from the own ones; old observations are grey."""
    cheaper = int((prices["difference"] < 0).sum())
    title = text("offers.competitors_title", cheaper=cheaper, n=len(prices))
    made = style.figure(
        title,
        text("offers.axis_price_difference"),
        alt=text("offers.competitors_alt", title=title),
        height=170 + 36 * len(prices),
    )
    known = prices["fresh"].tolist()
    made.add_bar(
        orientation="h",
        y=[f"{_named(product)} · {_named(competitor)}" for competitor, product in prices.index],
        x=prices["difference"].tolist(),
        marker_color=[
            style.GREY if not fresh else style.VERMILLION if away < 0 else style.BLUE
            for fresh, away in zip(known, prices["difference"], strict=True)
        ],
        text=[f"{away:+.0%}" for away in prices["difference"]],
        textposition="outside",
        cliponaxis=False,
    )
    low, high = min(0.0, float(prices["difference"].min())), max(0.0, float(prices["difference"].max()))
    room = 0.12 * (high - low or 1)  # for the figures beside the bars
    made.update_xaxes(tickformat=".0%", zeroline=True, zerolinecolor=style.BLACK, range=[low - room, high + room])
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return made.update_layout(showlegend=False)


def _named(code: object) -> str:
    return style.escape(name(code))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _interval(table: pd.DataFrame, column: str) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": (table["high"] - table[column]).clip(lower=0).fillna(0).tolist(),
        "arrayminus": (table[column] - table["low"]).clip(lower=0).fillna(0).tolist(),
    }


def _unordered(pairs: pd.DataFrame) -> pd.Series:
    both = zip(pairs["antecedent"], pairs["consequent"], strict=True)
    return pd.Series([frozenset(pair) for pair in both], index=pairs.index, dtype=object)


def _reason(reason: str, because: object) -> str:
    if reason == "similar":
        return text("offers.because", product=style.escape(because))
    return text("offers.popular")
