"""How figures write numbers, names and colours of tiers: once, for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from crmbook.figures import style
from crmbook.locale import label, language, name

# For cells that carry text: one hue from nearly white to sky blue, dark enough to see and light enough for black text.
CELLS = ((0.0, "#F5FAFD"), (1.0, style.SKY))


def percent(share: float) -> str:
    """Return a share as readers see it; one decimal below ten per cent, one digit below 0.05, a dash for none.

    Examples
    --------
    >>> percent(0.2231), percent(0.0519), percent(0.0002), percent(float("nan"))
    ('22%', '5.2%', '0.02%', '–')
    """
    if share != share:
        return "–"
    size = abs(round(share, 6))
    if 0 < size < 0.0005:
        return f"{share * 100:.1g}%"
    return f"{share:.0%}" if size == 0 or size >= 0.0995 else f"{share:.1%}"


def number(value: float) -> str:
    """Return a number with no more digits than one reads; a dash where there is none.

    Examples
    --------
    >>> number(1234.5), number(12.34), number(0.5), number(3.0), number(float("nan"))
    ('1,234', '12.3', '0.50', '3', '–')
    """
    if value != value:
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == int(value) else f"{value:,.1f}" if size >= 10 else f"{value:,.2f}"


def is_share(column: object) -> bool:
    """Return whether a column holds shares by its name: ``share``, ``rate``, ``share_…``, ``…_share``, ``…_rate``.

    Examples
    --------
    >>> is_share("share_online"), is_share("churn_rate"), is_share("pieces")
    (True, True, False)
    """
    known = str(column)
    return known in ("share", "rate") or known.startswith("share_") or known.endswith(("_share", "_rate"))


def money(value: float, currency: str) -> str:
    """Return an amount with its currency, if that is known.

    Examples
    --------
    >>> money(1234.5, "CNY")
    '1,234 CNY'
    """
    return f"{number(value)} {currency}".strip()


def amount(value: float, currency: str) -> str:
    """Return an amount for a sentence: in millions where it is large, in Chinese in 万元 and 亿元; a dash for none.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> amount(2_734_000, "CNY"), amount(45_678, "CNY"), amount(float("nan"), "CNY")
    ('2.73 million CNY', '45,678 CNY', '–')
    >>> use("zh")
    >>> amount(2_734_000, "CNY"), amount(812, "CNY"), amount(45_678, "USD")
    ('273 万元', '812 元', '4.57 万 USD')
    >>> use("en")
    """
    if value != value:
        return "–"
    size = abs(value)
    if language() == "zh":
        scale, sign = next(((step, word) for step, word in ((1e8, "亿"), (1e4, "万")) if size >= step), (1.0, ""))
        unit = f"{sign}元" if currency == "CNY" else f"{sign} {currency}" if sign else currency
        return f"{_three_digits(value / scale)} {unit}".strip()
    if size >= 1e6:
        scale, word = (1e9, "billion") if size >= 1e9 else (1e6, "million")
        return f"{_three_digits(value / scale)} {word} {currency}".strip()
    return f"{value:,.0f} {currency}".strip()


def _three_digits(value: float) -> str:
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}"


def inline(column: str) -> str:
    """Return a column's label for the middle of a sentence.

    Examples
    --------
    >>> inline("frequency")
    'frequency (orders)'
    """
    worded = label(column)
    return worded[:1].lower() + worded[1:] if worded[1:2].islower() else worded


def names(tiers: pd.Index, own: Mapping[str, str] | None) -> list[str]:
    """Return tiers in words, escaped: a scheme's own names where they are given, the catalogue's otherwise."""
    known = own or {}
    return [style.escape(known.get(str(tier)) or name(tier)) for tier in tiers]


def colours(tiers: Sequence[str] | pd.Index) -> list[str]:
    """Return a colour for each tier: A, B and C keep theirs, ``absent`` is grey, others get one each.

    Examples
    --------
    >>> colours(["A", "absent"])
    ['#0072B2', '#767676']
    """
    others = [colour for colour in style.COLOURS if colour != style.GREY]
    distinct = list(dict.fromkeys(tier for tier in tiers if tier not in style.TIER and tier != "absent"))
    return [
        style.TIER.get(tier) or (style.GREY if tier == "absent" else others[distinct.index(tier) % len(others)])
        for tier in tiers
    ]
