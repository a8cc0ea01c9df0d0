"""An answer as a reader gives it: what a page shows is taken, in the words of either language and rounded as there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import islice, product
from typing import Any

from crmbook.locale import coded

READINGS = 16
"""How many readings of one answer are tried: a heading may name a few columns."""

_FULL_WIDTH = str.maketrans("０１２３４５６７８９％．，−–", "0123456789%.,--")
_NUMBER = re.compile(
    r"[¥￥$€£]?\s*(?P<digits>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(?P<scale>%|千|万|亿)?"
    r"\s*(?:[一-鿿]{1,4}|(?<=\s)[a-z]{1,8})?",
    re.I,
)
_SCALES = {"%": 0.01, "千": 1e3, "万": 1e4, "亿": 1e8}


def readings(answer: object) -> Iterator[Any]:
    """Yield what an answer may mean, the likeliest first: labels as codes, figures in words, itself, its only entry.

    Examples
    --------
    >>> [reading for reading in readings("22 %")], [reading for reading in readings(("22 %",))]
    ([0.22, '22 %'], [('22 %',), 0.22, '22 %'])
    >>> "service_attitude" in readings("服务态度")
    True
    """
    yield from _translated(answer)
    yield answer
    if isinstance(answer, list | tuple | Set) and len(answer) == 1:
        (only,) = answer
        if isinstance(only, str):
            yield from _translated(only)
            yield only


def _translated(answer: object) -> Iterator[Any]:
    import pandas as pd

    if isinstance(answer, str):
        if len(answer) > 200:
            return
        yield from coded(answer)
        number = _number(answer)
        if number is not None:
            yield number
    elif isinstance(answer, list | tuple | Set) and len(answer) <= 100:
        for codes in _in_codes(list(answer)):
            yield set(codes) if isinstance(answer, Set) else codes
    elif isinstance(answer, pd.Index) and len(answer) <= 100:
        yield from map(pd.Index, _in_codes(list(answer)))
    elif isinstance(answer, pd.Series) and 0 < answer.nunique() <= 100:
        kinds = answer.dropna().unique().tolist()
        for codes in _in_codes(kinds):
            yield answer.astype(object).map(dict(zip(kinds, codes, strict=True)))


def _in_codes(entries: list[object]) -> Iterator[list[object]]:
    """Yield the entries with their codes for labels, each way to read them; nothing where no entry is a label."""
    choices = [coded(entry) if isinstance(entry, str) else () for entry in entries]
    if any(choices):
        ways = product(*(found or (entry,) for found, entry in zip(choices, entries, strict=True)))
        yield from map(list, islice(ways, READINGS))


def _number(words: str) -> float | None:
    match = _NUMBER.fullmatch(words.translate(_FULL_WIDTH).strip())
    return float(match["digits"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1) if match else None
