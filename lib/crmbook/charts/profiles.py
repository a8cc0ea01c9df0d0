"""Pictures of who and where customers are: attributes by segment, places by segment, provinces as tiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crmbook.charts import style
from crmbook.charts.wording import CELLS, inline, percent
from crmbook.locale import label, language, name, text

__all__ = ["make_up", "quotients", "tile_map"]

_DIVERGING = ((0.0, style.ORANGE), (0.5, "#FFFFFF"), (1.0, style.SKY))


def make_up(profiled: pd.DataFrame, attribute: str) -> go.Figure:
    """Draw the index of each level of an attribute in each group; bold where it surely differs from the average.

    Parameters
    ----------
    profiled : DataFrame
        As `crmbook.methods.profiles.profile` returns it.
    attribute : str
        The attribute's column name.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> from crmbook.methods.profiles import profile
    >>> use("en")
    >>> groups = pd.Series(["Town"] * 40 + ["Country"] * 40)
    >>> make_up(profile(pd.Series(["x"] * 40 + ["x", "y"] * 20), groups), "income_band").layout.title.text
    'Country, income band y: index 200, where 100 is the average'
    """
    surely = profiled[profiled["differs"] & (profiled["index"] > 100)]
    if surely.empty:
        title = text("clustering.index_none", attribute=label(attribute))
    else:
        place = int(surely["index"].to_numpy().argmax())
        (group, level), highest = surely.index[place], float(surely["index"].iloc[place])
        facts = {"segment": style.escape(name(group)), "level": style.escape(name(level))}
        title = text("clustering.index_title", attribute=inline(attribute), index=highest, **facts)
    return _cells(profiled, "index", 100, "{:.0f}", attribute, title)


def quotients(table: pd.DataFrame, attribute: str) -> go.Figure:
    """Draw the location quotient of each group in each region; bold where it surely differs from 1.

    Parameters
    ----------
    table : DataFrame
        As `crmbook.methods.profiles.location_quotients` returns it.
    attribute : str
        The column that the regions stand in, ``"city_tier"``.
    """
    surely = table[table["differs"]]
    if surely.empty:
        title = text("clustering.quotient_none", attribute=label(attribute))
    else:
        place = int(np.abs(np.log(surely["quotient"].clip(lower=0.01).to_numpy())).argmax())
        (group, region), quotient = surely.index[place], float(surely["quotient"].iloc[place])
        facts = {"segment": style.escape(name(group)), "region": style.escape(name(region))}
        title = text("clustering.quotient_title", attribute=inline(attribute), quotient=quotient, **facts)
    return _cells(table, "quotient", 1, "{:.2f}", attribute, title)


def _cells(table: pd.DataFrame, column: str, average: float, form: str, attribute: str, title: str) -> go.Figure:
    """Draw groups by levels: colour by how many times the average, bold where the interval excludes it."""
    groups, levels = (table.index.unique(part) for part in (0, 1))
    wide = table[column].unstack().reindex(index=groups, columns=levels)
    bold = table["differs"].unstack().reindex(index=groups, columns=levels)
    times = (wide / average).clip(lower=1 / 8).apply(np.log2).fillna(0)
    written = [
        [
            "" if value != value else f"<b>{form.format(value)}</b>" if sure else form.format(value)
            for value, sure in pair
        ]
        for pair in (zip(*rows, strict=True) for rows in zip(wide.to_numpy(), bold.to_numpy(), strict=True))
    ]
    made = style.figure(
        title,
        label(attribute),
        alt=text("clustering.cells_alt", title=title),
        height=max(320, 46 * len(groups) + 190),
    )
    made.add_heatmap(
        x=[style.escape(name(level)) for level in levels],
        y=[style.escape(name(group)) for group in groups],
        z=times.round(3).to_numpy().tolist(),
        text=written,
        texttemplate="%{text}",
        textfont_color=style.BLACK,
        colorscale=_DIVERGING,
        zmid=0,
        zmin=-1,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", type="category", showgrid=False)
    made.update_xaxes(type="category", showline=False, ticks="")
    return made


def tile_map(tiles: pd.DataFrame) -> go.Figure:
    """Draw the customers by province on a grid of tiles, without a map service.

    Parameters
    ----------
    tiles : DataFrame
        As `crmbook.methods.profiles.tiles` returns it.
    """
    known = tiles[tiles["row"].notna() & (tiles.index != "unknown")]
    largest = known.iloc[int(known["customers"].to_numpy().argmax())]
    speech = "zh" if language() == "zh" else "en"
    title = text("clustering.tiles_title", province=largest[speech], share=percent(float(largest["share"])))
    made = style.figure(title, alt=text("clustering.tiles_alt", title=title), height=560)
    made.add_heatmap(
        x=known["column"].astype(int).tolist(),
        y=known["row"].astype(int).tolist(),
        z=known["customers"].tolist(),
        text=[f"{_short(line[speech])}<br>{line['customers']:,}" for _, line in known.iterrows()],
        texttemplate="%{text}",
        textfont={"size": 11, "color": style.BLACK},
        colorscale=CELLS,
        xgap=3,
        ygap=3,
        hoverongaps=False,
        colorbar={"title": {"text": text("clustering.axis_customers"), "side": "right"}, "thickness": 12},
        hovertemplate="%{text}<extra></extra>",
    )
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, autorange="reversed")
    return made


def _short(province: str) -> str:
    return province.replace("Inner Mongolia", "Inner<br>Mongolia")
