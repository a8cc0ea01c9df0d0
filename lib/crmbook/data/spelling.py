"""A header without what people and vendors vary, and the unit that it names."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

from crmbook.data.numbers import CURRENCIES

_BRACKETED = re.compile(r"[(\[{<【]([^()\[\]{}<>【】]*)[)\]}>】]\s*$")
_CURRENCY = re.compile("|".join(re.escape(word.casefold()) for word in CURRENCIES))
_BARE_UNIT = re.compile(r"(?<=\w)[\s_-]*(千元|万元|百万元|亿元|in thousands|in millions|in cents)$")
_STATED = (
    re.compile(r"单位\s*[:：]?\s*(?:人民币|rmb|cny)?\s*([^\s,，;；、/()（）:：]+)", re.IGNORECASE),
    re.compile(
        r"\b(?:amounts?|figures|values?|currency)?\s*\(?in\s+([a-z$€£']*\s*(?:thousands?|millions?|cents|k))\b", re.I
    ),
    re.compile(r"\bunits?\s*:\s*([^,;()]+)", re.IGNORECASE),
)


@cache
def listed() -> dict[str, dict]:
    """Return the words of ``headers.toml``."""
    return tomllib.loads((resources.files(__package__) / "headers.toml").read_text(encoding="utf-8"))


@cache
def _spelling() -> tuple[dict[int, int], frozenset[str], dict[str, float]]:
    """Return simplified for traditional characters, what vendors put behind a header, and what units multiply by."""
    words = listed()["spelling"]
    suffixes = frozenset(re.sub(r"[\W_]+", "", word) or word for word in words["suffixes"])
    return str.maketrans(words["traditional"], words["simplified"]), suffixes, words["units"]


def normal(header: str) -> str:
    """Return a header without what people vary: case, spaces, underscores, full width, traditional characters, and what
    vendors put in brackets behind it: a currency, a unit, (必填), (UTC).

    Examples
    --------
    >>> normal(" Customer_ID ") == normal("ｃｕｓｔｏｍｅｒ id")
    True
    >>> normal("金额（元）") == normal("金额（万元）") == normal("金额"), normal("金额（吨）") == normal("金额")
    (True, False)
    >>> normal("*客戶名稱（必填）") == normal("客户名称")
    True
    """
    plain = _plain(header)
    while (found := _BRACKETED.search(plain)) and _is_suffix(found.group(1)):
        plain = plain[: found.start()]
    plain = _BARE_UNIT.sub("", plain)
    return re.sub(r"[\W_]+", "", plain)


def _plain(header: str) -> str:
    return unicodedata.normalize("NFKC", header).casefold().translate(_spelling()[0]).strip().rstrip("*: ")


def _is_suffix(inside: str) -> bool:
    squeezed = re.sub(r"[\W_]+", "", inside)
    known = _spelling()[1]
    return squeezed in known or inside.strip() in known or bool(_zone(inside)) or unit_of(inside) is not None


def _zone(inside: str) -> re.Match | None:
    return re.fullmatch(r"\s*(utc|gmt)\s*[+-]?\s*\d{0,2}(:?\d{2})?\s*", inside)


def currency_in_header(header: str) -> str:
    """Return the ISO code of the currency that a header names in brackets, as in ``Amount (USD)``; else empty.

    Examples
    --------
    >>> currency_in_header("Amount (USD)"), currency_in_header("金额（万元）"), currency_in_header("Amount (k)")
    ('USD', 'CNY', '')
    """
    found = _BRACKETED.search(unicodedata.normalize("NFKC", header).strip().rstrip("* "))
    if not found:
        return ""
    inside = found.group(1).strip().upper()
    exact = CURRENCIES.get(inside, "")
    if exact or unit_of(inside) is None:
        return exact
    named = [CURRENCIES[word.upper()] for word in _CURRENCY.findall(inside.casefold()) if word.upper() in CURRENCIES]
    return named[0] if named else ""


def unit_of(words: str) -> float | None:
    """Return what a unit of money multiplies by, 1 for the currency itself; None for words that are no unit.

    Examples
    --------
    >>> unit_of("万元"), unit_of("USD k"), unit_of("单位：千元"), unit_of("元"), unit_of("吨")
    (10000.0, 1000.0, 1000.0, 1, None)
    """
    plain = unicodedata.normalize("NFKC", words).casefold().strip()
    plain = re.sub(r"^(金额)?单位\s*:?|^units?\s*:|^in\s+", "", plain).strip(" :")
    if not plain:
        return None
    units = _spelling()[2]
    if plain in units:
        return units[plain]
    bare = re.sub(r"[\s'’,./]+", "", _CURRENCY.sub("", plain))
    if bare in units:
        return units[bare]
    return 1 if not bare and _CURRENCY.search(plain) else None


def unit_in_header(header: str) -> float | None:
    """Return what the unit that a header names multiplies by, as in ``金额（万元）``; None where it names none.

    Examples
    --------
    >>> [unit_in_header(header) for header in ("金额（万元）", "Amount ($k)", "销售额万元", "金额")]
    [10000.0, 1000.0, 10000.0, None]
    """
    plain = _plain(header)
    while found := _BRACKETED.search(plain):
        unit = unit_of(found.group(1))
        if unit is not None:
            return unit
        plain = plain[: found.start()]
    bare = _BARE_UNIT.search(plain)
    return unit_of(bare.group(1)) if bare else None


def unit_stated(text: str) -> float | None:
    """Return what the unit multiplies by that a line above a table states, as in ``单位：万元``; None where none is.

    Examples
    --------
    >>> [unit_stated(line) for line in ("销售台账 单位：万元", "Sales (in thousands)", "单位：某公司")]
    [10000.0, 1000.0, None]
    """
    plain = unicodedata.normalize("NFKC", text)
    found = (unit_of(one) for pattern in _STATED for one in pattern.findall(plain))
    return next((unit for unit in found if unit is not None), None)
