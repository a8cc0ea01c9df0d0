"""Many groups and long names: a figure draws the largest groups and shortens labels; the whole name is in the hover."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from crmbook.locale import text
from crmbook.shared.commonest import others

MOST = 12
"""Groups that a figure draws."""
_PLOT, _LETTER, _LINE = (
    620,
    7.2,
    20,
)  # pixels: the plot's width beside long labels, a half-width letter, a line of the legend
UPRIGHT, LEVEL, MARK, ASIDE = 28, 44, 48, 60
"""Half-width characters of a label under the x axis, beside the y axis, in legend or bar, and of an annotation."""


def capped(
    table: pd.DataFrame, size: str, sums: Collection[str] = (), keep: Collection[object] = (), most: int = MOST
) -> pd.DataFrame:
    """Return the largest groups of a table in their order; ``attrs["groups"]`` says of how many, if not all.

    Parameters
    ----------
    table : DataFrame
        A row for each group.
    size : str
        The column that says how large a group is.
    sums : collection of str
        Columns that add up: with these the others follow as a row of their own, other columns blank.
    keep : collection
        Rows that are no groups (a total) and stay.
    most : int
        Groups kept.

    Examples
    --------
    >>> table = pd.DataFrame({"orders": [1, 5, 2], "rate": 0.5}, index=["fair", "web", "shop"])
    >>> capped(table, "orders", most=1).index.tolist()
    ['web']
    >>> capped(table, "orders", ["orders"], most=1)["orders"].to_dict()
    {'web': 5, 'all_others': 3}
    """
    groups = table.drop(index=[row for row in keep if row in table.index])
    if len(groups) <= most:
        return table
    large = groups[size].rank(method="first", ascending=False) <= most
    left = groups.index[~large]
    shown = table[~table.index.isin(left)]
    if sums:
        rest = groups.loc[left, list(sums)].sum().to_frame(others(table.index)).T
        shown = pd.concat([shown, rest.astype({column: table[column].dtype for column in sums})])
        shown.index.name = table.index.name
    shown.attrs["groups"] = len(groups)
    return shown


def merged(shares: pd.DataFrame, order: Sequence[object] | pd.Index, most: int = MOST) -> pd.DataFrame:
    """Return a table with its columns in an order; those beyond the first ``most`` are added up as the last one.

    Examples
    --------
    >>> merged(pd.DataFrame({"web": [0.5], "fair": [0.3], "shop": [0.2]}), ["web", "fair", "shop"], most=1)
       web  all_others
    0  0.5         0.5
    """
    kept = shares[list(order[:most])]
    return kept if len(order) <= most else kept.assign(**{others(shares.columns): shares[order[most:]].sum(axis=1)})


def tell(made: go.Figure, table: pd.DataFrame, axis: str = "xaxis") -> go.Figure:
    """Say under an axis that `capped` left groups out, if it did."""
    if "groups" in table.attrs:
        told = text("charts.largest_shown", shown=MOST, groups=table.attrs["groups"])
        named = made.layout[axis].title.text
        made.layout[axis].title.text = f"{named}<br>{told}" if named else told
    return made


def short(words: str, width: int) -> str:
    """Return a text with its middle left out where it is longer than ``width`` half-width characters.

    Examples
    --------
    >>> short("stainless steel mug, 450 ml, green", 20), short("tea", 20)
    ('stainless ste… green', 'tea')
    """
    if _width(words) <= width:
        return words
    tail = _first(words[::-1], width // 3)[::-1]
    return f"{_first(words, width - 1 - _width(tail))}…{tail}"


def fit(made: go.Figure) -> None:
    """Shorten what a figure writes where it would leave no room for the figure; the data keep the whole names."""
    places: dict[str, list[str]] = {}
    for trace in made.data:
        for letter in ("x", "y"):
            values = getattr(trace, letter, None)
            if values is not None:
                axis = f"{letter}axis{str(getattr(trace, f'{letter}axis', None) or letter)[1:]}"
                places.setdefault(axis, []).extend(value for value in values if isinstance(value, str))
    if any([_fit_trace(trace) for trace in made.data]):
        _make_room(made)
    for axis, words in places.items():
        _fit_axis(made.layout[axis], list(dict.fromkeys(words)), UPRIGHT if axis.startswith("x") else LEVEL)
    for note in made.layout.annotations:
        if note.text and _is_long(note.text, ASIDE) and not note.hovertext:
            note.update(hovertext=note.text, text=_shortened(note.text, ASIDE))


def _fit_axis(axis: Any, words: Sequence[str], width: int) -> None:
    if axis.ticktext is not None:
        if any(_is_long(str(word), width) for word in axis.ticktext):
            axis.ticktext = _distinct([_shortened(str(word), width) for word in axis.ticktext])
    elif any(_is_long(word, width) for word in words):
        axis.update(tickmode="array", tickvals=words, ticktext=_distinct([_shortened(word, width) for word in words]))


def _make_room(made: go.Figure) -> None:
    """Let a legend of several lines, which grows upwards, push the plot down instead of covering the title."""
    named = [trace.name for trace in made.data if trace.name and trace.showlegend is not False]
    widest = max((_width(html.unescape(name)) for name in named), default=0)
    lines = math.ceil(len(named) / max(1, int(_PLOT // (_LETTER * widest + 45)))) if named else 1
    if made.layout.showlegend is not False:
        made.layout.margin.t = (made.layout.margin.t or 80) + _LINE * (lines - 1)
        made.layout.height = (made.layout.height or 450) + _LINE * (lines - 1)


def _fit_trace(trace: Any) -> bool:
    """Shorten a trace's name and texts; return whether its name was long."""
    long = bool(trace.name and _is_long(trace.name, MARK))
    if long:
        whole = trace.name
        trace.update(name=_shortened(whole, MARK), hoverlabel_namelength=-1)
        if trace.meta is None and hasattr(trace, "hovertemplate"):
            told = trace.hovertemplate or "(%{x}, %{y})"
            trace.update(meta=whole, hovertemplate=re.sub(r"<extra>.*</extra>$", "", told) + "<extra>%{meta}</extra>")
    written = trace.type == "bar" or "text" in str(getattr(trace, "mode", ""))
    words = getattr(trace, "text", None) if written else None
    if isinstance(words, tuple | list) and any(isinstance(word, str) and _is_long(word, MARK) for word in words):
        if trace.hovertext is None:
            trace.hovertext = words
        trace.text = [_shortened(word, MARK) if isinstance(word, str) else word for word in words]
    return long


def _is_long(words: str, width: int) -> bool:
    return len(words) * 2 > width and any(_width(line) > width for line in _lines(words))


def _shortened(words: str, width: int) -> str:
    return "<br>".join(html.escape(short(line, width), quote=False) for line in _lines(words))


def _lines(words: str) -> list[str]:
    return [html.unescape(re.sub(r"</?(?:b|i|em|span|sup|sub)\b[^>]*>", "", line)) for line in words.split("<br>")]


def _distinct(words: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    told = []
    for word in words:
        seen[word] = seen.get(word, 0) + 1
        told.append(word if seen[word] == 1 else f"{word} ({seen[word]})")
    return told


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def _first(words: str, width: int) -> str:
    used = 0
    for place, letter in enumerate(words):
        used += _width(letter)
        if used > width:
            return words[:place]
    return words
