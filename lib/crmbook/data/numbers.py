"""Numbers, however people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook.data.reading import BLANK_WORDS, LARGEST, Note, Reading, distinct, fits, keep, note, one_of, spread

PLAIN = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
OTHER = {".": ",", ",": "."}
CURRENCIES = {
    "HK$": "HKD", "NT$": "TWD", "US$": "USD", "AU$": "AUD", "CA$": "CAD", "A$": "AUD", "C$": "CAD", "S$": "SGD",
    "R$": "BRL", "CN¥": "CNY", "JP¥": "JPY", "人民币": "CNY", "港币": "HKD", "港元": "HKD", "新台币": "TWD",
    "美元": "USD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP", "RMB": "CNY", "CNY": "CNY", "CNH": "CNY", "USD": "USD",
    "EUR": "EUR", "GBP": "GBP", "JPY": "JPY", "HKD": "HKD", "TWD": "TWD", "AUD": "AUD", "CAD": "CAD", "SGD": "SGD",
    "CHF": "CHF", "KRW": "KRW", "INR": "INR", "¥": "¥", "元": "CNY", "圆": "CNY", "円": "JPY", "$": "$",
    "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR",
}  # fmt: skip
SHARED = {"$": ("USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD", "MXN"), "¥": ("CNY", "JPY")}
"""Signs that several currencies use: what else a file says decides, else it is the first."""
TIMES = {"千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "億": 1e8}

_CURRENCY = re.compile("|".join(re.escape(word) for word in CURRENCIES), re.IGNORECASE)
_PRICE = rf"^\s*(?P<sign>-?)(?P<word>{_CURRENCY.pattern.upper()})\s*(?P<digits>[\d.,]+)\s*$"
_AMOUNT = re.compile(
    r"(?P<before>[-+]?)(?P<digits>[\d.,]+)(?P<times>百万|千万|[千万萬亿億])?(?P<percent>%?)(?P<after>-?)"
)


def currency_of(word: str) -> str:
    """Return the ISO code of a currency's name or sign; a word that is not known stays, in capitals.

    Examples
    --------
    >>> currency_of("RMB"), currency_of("nok")
    ('CNY', 'NOK')
    """
    plain = unicodedata.normalize("NFKC", word).strip().upper()
    return CURRENCIES.get(plain, plain)


def told_apart(currencies: Collection[str]) -> list[str]:
    """Return the currencies that a file names, without a sign that another of them explains.

    Examples
    --------
    >>> told_apart(["$", "HKD"]), told_apart(["¥", "HKD"])
    (['HKD'], ['¥', 'HKD'])
    """
    return [code for code in currencies if not set(SHARED.get(code, ())).intersection(currencies)]


def decimal_mark(columns: list[pd.Series]) -> str:
    """Return ``"."`` or ``","``: what separates the decimals in a file's columns of numbers; empty where nothing tells.

    The majority of the telling values decides: ``12,5`` and ``1.234,50`` tell of a comma, ``12.5`` and ``1,234.50`` of
    a point, ``1,234`` and ``1.234`` of neither.

    Examples
    --------
    >>> decimal_mark([pd.Series(["1.234,50", "7"])]), decimal_mark([pd.Series(["1,234"])])
    (',', '')
    """
    comma = point = 0
    for column in columns:
        _, written = distinct(column)
        digits = pc.replace_substring_regex(pc.utf8_normalize(written, "NFKC"), r"[^\d.,]", "")
        comma += int(fits(digits, r"\..*,|^\d*,(\d{1,2}|\d{4,})$|\..*\.\d{3}$").sum())
        point += int(fits(digits, r",.*\.|^\d*\.(\d{1,2}|\d{4,})$|,.*,\d{3}$").sum())
    return "," if comma > point else "." if point else ""


def unsure(texts: pd.Series, mark: str) -> tuple[Note, ...]:
    """Note the numbers that a file's other decimal mark would make a thousand times larger or smaller.

    Examples
    --------
    >>> [note.rule for note in unsure(pd.Series(["1,234", "12"]), ".")]
    ['number_grouped']
    """
    codes, written = distinct(texts)
    plain = pc.utf8_normalize(written, "NFKC")
    decimals, groups = (fits(plain, rf"^\D*[1-9]\d{{0,2}}\{sign}\d{{3}}\D*$") for sign in (mark, OTHER[mark]))
    return note("number_decimals", decimals, codes, written) + note("number_grouped", groups, codes, written)


def numbers(texts: pd.Series, mark: str = ".", share: bool = False) -> Reading:
    """Return numbers: ``¥1,234.50``, ``(40.00)``, ``40.00-``, ``１２``, ``1.2万``, and ``12%`` where shares stand.

    Faults: ``number_unreadable``, and ``number_percent`` where a percentage stands for an amount.

    Parameters
    ----------
    texts : pandas.Series of str
    mark : str
        What separates the decimals, ``"."`` or ``","``.
    share : bool
        Whether the column holds shares, in which 12 % is 0.12.

    Examples
    --------
    >>> numbers(pd.Series(["¥1,234.50", "(40.00)", "1.2万", "#REF!"])).values.tolist()
    [1234.5, -40.0, 12000.0, nan]
    """
    codes, written = distinct(texts)
    blank = one_of(written, BLANK_WORDS)
    values = np.where(blank, np.nan, _plain(written, mark))
    currency = np.full(len(values), "", dtype=object)
    percent = np.zeros(len(values), dtype=bool)
    left = np.isnan(values) & ~blank
    values[left], currency[left] = _priced(written.filter(pa.array(left)), mark)
    for position in np.flatnonzero(np.isnan(values) & ~blank):
        values[position], currency[position], percent[position] = _number(written[int(position)].as_py(), mark)
    refused = percent & (not share)
    values[refused | (np.abs(values) >= LARGEST)] = np.nan
    faults = {
        "number_unreadable": spread(np.isnan(values) & ~blank & ~refused, codes),
        "number_percent": spread(refused, codes),
    }
    read = pd.Series(spread(values, codes), index=texts.index, dtype="float64")
    first = {code: int(np.argmax(spread(currency == code, codes))) for code in set(currency) - {""}}
    in_order = dict(sorted(first.items(), key=lambda seen: seen[1]))
    return Reading(read, spread(blank, codes), faults, currencies=in_order)


def _plain(written: pa.Array, mark: str) -> np.ndarray:
    """Read what is written plainly, thousands grouped or not, in one go; NaN elsewhere."""
    other = OTHER[mark]
    trimmed = pc.utf8_trim_whitespace(written)
    grouped = fits(trimmed, rf"^[-+]?\d{{1,3}}(\{other}\d{{3}})+(\{mark}\d*)?$")
    foreign = np.asarray(pc.match_substring(trimmed, other)) & ~grouped
    bare = pc.replace_substring(pc.replace_substring(trimmed, other, ""), mark, ".")
    return np.array(pc.cast(keep(bare, fits(bare, PLAIN) & ~foreign), pa.float64()), dtype=float)


def _priced(written: pa.Array, mark: str) -> tuple[np.ndarray, np.ndarray]:
    """Read plain numbers behind one currency in one go: the values, NaN elsewhere, and the currencies."""
    parts = pc.extract_regex(pc.utf8_upper(pc.utf8_normalize(written, "NFKC")), _PRICE)
    sign, word, digits = (pc.fill_null(pc.struct_field(parts, place), "") for place in range(3))
    values = _plain(pc.binary_join_element_wise(sign, digits, ""), mark)
    codes = pd.Series(word.to_pandas()).map(CURRENCIES).fillna("").to_numpy(dtype=object)
    return values, np.where(np.isnan(values), "", codes)


def _number(written: str, mark: str) -> tuple[float, str, bool]:
    """Read one number the slow way: its value (NaN where it is none), its currency, whether it is a percentage."""
    plain = unicodedata.normalize("NFKC", written).strip().replace("−", "-").replace("–", "-")
    named = told_apart({CURRENCIES[word.upper()] for word in _CURRENCY.findall(plain)})
    plain = _closed_up(_CURRENCY.sub(" ", plain))
    bracketed = re.fullmatch(r"\(([^-+]*)\)", plain)
    match = _AMOUNT.fullmatch(bracketed.group(1) if bracketed else plain)
    digits = _digits(match["digits"], mark) if match else None
    if match is None or digits is None or len(named) > 1 or (match["before"] and match["after"]):
        return np.nan, "", False
    value = float(digits) * TIMES.get(match["times"] or "", 1) * (0.01 if match["percent"] else 1)
    negative = bracketed or "-" in (match["before"], match["after"])
    return round(-value if negative else value, 10), "".join(named), bool(match["percent"])


def _closed_up(written: str) -> str:
    """Take out spaces and apostrophes that group thousands, and spaces beside signs; others between digits stay."""
    grouped = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", written)
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", grouped)


def _digits(written: str, mark: str) -> str | None:
    """Return digits as Python writes them; None where the groups of thousands or the decimals are not sound."""
    other = OTHER[mark]
    if not re.fullmatch(rf"(\d{{1,3}}(\{other}\d{{3}})+|\d+)(\{mark}\d*)?|\{mark}\d+", written):
        return None
    return written.replace(other, "").replace(mark, ".")
