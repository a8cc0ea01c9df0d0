"""Points with their intervals, and labels that do not run into each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import pandas as pd

PLACES = (
    "top center",
    "bottom center",
    "middle right",
    "middle left",
    "top right",
    "bottom right",
    "top left",
    "bottom left",
)
"""Where a label may stand, the most readable first."""

_WIDTH, _HEIGHT = 800, 340  # pixels of the plotted area at the figures' usual size
_LETTER, _LINE, _MARK = 7.5, 20.0, 18.0  # pixels: half-width letter, line of text, marker with its air


def reach(
    values: Sequence[float] | pd.Series,
    low: Sequence[float] | pd.Series,
    high: Sequence[float] | pd.Series,
    colour: str,
) -> dict[str, Any]:
    """Return the error bars of values with an interval; a value without one gets a bar of no length.

    Parameters
    ----------
    values, low, high : sequence of float
        Same length; NaN where there is none.
    colour : str

    Examples
    --------
    >>> reach([0.5], [0.2], [0.7], "#000000")["arrayminus"]
    [0.3]
    """
    table = pd.DataFrame({"value": list(values), "low": list(low), "high": list(high)}, dtype=float)
    return {
        "type": "data",
        "symmetric": False,
        "array": (table["high"] - table["value"]).fillna(0.0).clip(lower=0).tolist(),
        "arrayminus": (table["value"] - table["low"]).fillna(0.0).clip(lower=0).tolist(),
        "color": colour,
    }


def places(
    x: Sequence[float],
    y: Sequence[float],
    words: Sequence[str],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
) -> list[str]:
    """Return where each point's label stands, so that labels and points stay clear of each other.

    Parameters
    ----------
    x, y : sequence of float
        The points.
    words : sequence of str
        Their labels; an empty one needs no room.
    x_range, y_range : tuple of float
        The ends of the axes.

    Returns
    -------
    list of str
        Of ``PLACES``, in the order of the points: each takes the first place with least overlap.

    Examples
    --------
    >>> places([0.5, 0.51], [0.5, 0.5], ["free returns", "fair price"], (0, 1), (0, 1))
    ['top center', 'bottom center']
    """
    across = [_WIDTH * (value - x_range[0]) / (x_range[1] - x_range[0]) for value in x]
    up = [_HEIGHT * (value - y_range[0]) / (y_range[1] - y_range[0]) for value in y]
    taken = [_box(left, bottom, _MARK, _MARK) for left, bottom in zip(across, up, strict=True)]
    chosen = []
    for left, bottom, label in zip(across, up, words, strict=True):
        boxes = [_label(left, bottom, label, place) for place in PLACES]
        cost = [sum(_overlap(box, other) for other in taken) + _outside(box) for box in boxes]
        best = cost.index(min(cost))
        chosen.append(PLACES[best])
        taken += [boxes[best]] if label else []
    return chosen


Box = tuple[float, float, float, float]  # left, bottom, right, top


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _label(x: float, y: float, words: str, place: str) -> Box:
    width = _LETTER * sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
    vertical, horizontal = place.split()
    beside = width / 2 + (_MARK / 2 if vertical == "middle" else 0)
    right = {"left": -beside, "center": 0.0, "right": beside}[horizontal]
    above = {"top": 1, "middle": 0, "bottom": -1}[vertical] * (_LINE + _MARK) / 2
    return _box(x + right, y + above, width, _LINE)


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def _outside(box: Box) -> float:
    inside = _overlap(box, (0.0, 0.0, _WIDTH, _HEIGHT))
    return (box[2] - box[0]) * (box[3] - box[1]) - inside
