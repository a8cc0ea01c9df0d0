"""Pictures of offers: what goes together, how often offers hit, what a segment is offered next."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.parts import Parts, fill
from crmbook.charts.wording import number, percent
from crmbook.locale import name, text


def rules(pairs: pd.DataFrame, most: int = 10) -> go.Figure:
    """Draw the product pairs with the largest lift, each pair once.

    Parameters
    ----------
    pairs : DataFrame
        As `crmbook.methods.offers.pairs` returns it, with at least one row.
    most : int
        Pairs drawn.
    """
    once = pairs[~_unordered(pairs).duplicated()]
    above = once[once["lift"] > 1]
    once = (once if above.empty else above).head(most)
    best = once.iloc[0]
    facts = {"first": style.escape(best["antecedent"]), "second": style.escape(best["consequent"])}
    title = text("clustering.rules_title", lift=float(best["lift"]), **facts)
    made = style.figure(
        title,
        text("clustering.axis_lift"),
        alt=text("clustering.rules_alt", title=title),
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


def hits(held: pd.DataFrame) -> go.Figure:
    """Draw how often offers hit in the time that was held out, by method.

    Parameters
    ----------
    held : DataFrame
        As `crmbook.methods.offers.hold_out` returns it.
    """
    best = held["hit_rate"].drop(index="chance").idxmax()
    title = text(
        "clustering.hits_title",
        method=name(best),
        rate=percent(float(held["hit_rate"].drop(index="chance").max())),
        popular=percent(float(held["hit_rate"].to_dict()["popularity"])),
    )
    made = style.figure(
        title, None, text("clustering.axis_hit_rate"), text("clustering.hits_alt", title=title), height=380
    )
    error = {
        "type": "data",
        "symmetric": False,
        "array": (held["high"] - held["hit_rate"]).fillna(0).tolist(),
        "arrayminus": (held["hit_rate"] - held["low"]).fillna(0).tolist(),
    }
    made.add_bar(
        x=[name(method) for method in held.index],
        y=held["hit_rate"].tolist(),
        marker_color=[style.GREY if method in ("chance", "popularity") else style.BLUE for method in held.index],
        error_y=error,
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
        One group of `crmbook.methods.offers.segment_offers`: index rank.
    called : str
        The segment's name.
    """
    made = style.figure("", text("clustering.axis_members"), height=300)
    made.add_bar(orientation="h", marker_color=style.BLUE, textposition="outside", cliponaxis=False)
    made.update_xaxes(tickformat=".0%", range=[0, 1])
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_layout(showlegend=False)
    return fill(made, segment_offers_parts(offered, called))


def segment_offers_parts(offered: pd.DataFrame, called: str) -> Parts:
    """Return what of `segment_offers` changes with the segment."""
    first = offered.iloc[0]
    facts = {"segment": style.escape(called), "product": style.escape(first["product"])}
    title = text("clustering.offers_title", share=percent(float(first["share"])), **facts)
    return Parts(
        title=title,
        alt=text("clustering.offers_alt", title=title),
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


def _unordered(pairs: pd.DataFrame) -> pd.Series:
    both = zip(pairs["antecedent"], pairs["consequent"], strict=True)
    return pd.Series([frozenset(pair) for pair in both], index=pairs.index, dtype=object)


def _reason(reason: str, because: object) -> str:
    if reason == "similar":
        return text("clustering.because", product=style.escape(because))
    return text("clustering.popular")
