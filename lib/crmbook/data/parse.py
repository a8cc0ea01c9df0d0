"""Text to values: numbers, dates, identifiers, flags and categories, the way people and programs write them.

Every function takes a column of text and gives a ``Reading``. The work is done on the distinct values: what is written
plainly is read by Arrow in one go, the rest value by value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook import locale
from crmbook.data.schema import Column

BLANK_WORDS = ("", "nan", "nat", "none", "null", "n/a", "#n/a", "-", "--", "—", "<na>")
PLACEHOLDERS = frozenset(
    ("", "nan", "nat", "none", "null", "nil", "n/a", "#n/a", "#ref!", "#value!", "#name?", "#null!", "na", "<na>")
    + ("-", "--", "—", "/", "?", "??", ".", "unknown", "anonymous", "guest", "walk-in", "walkin", "cash customer", "(blank)")
    + ("not available", "not applicable", "tbd", "散客", "未知", "无", "匿名", "匿名客户", "游客", "空", "空白", "不详", "待定")
    + ("零散客户", "未登记", "暂无", "缺失", "非会员")
)
LARGEST = 1e15  # beyond it a double no longer holds each whole number, and no amount is that large


@dataclass(frozen=True)
class Note:
    """Something worth saying about a whole column: the rule's code, the position of the first example, how many."""

    rule: str
    position: int
    value: str
    rows: int


@dataclass(frozen=True)
class Reading:
    """A column that has been read.

    Parameters
    ----------
    values : pandas.Series
        Typed; blank where there was nothing or nothing readable.
    blank : numpy.ndarray of bool
        Where there was nothing.
    faults : dict of str to numpy.ndarray of bool
        For each rule that was broken, where.
    notes : tuple of Note
    currencies : dict of str to int
        Each currency written beside a number, with the position of its first mention.
    """

    values: pd.Series
    blank: np.ndarray
    faults: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    currencies: dict[str, int] = field(default_factory=dict)


def as_text(values: pd.Series) -> pd.Series:
    """Return a column as text, whatever it held: whole numbers without a point, moments as YYYY-MM-DD HH:MM:SS, blanks empty."""
    types = pd.api.types
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").astype("str")
    if types.is_integer_dtype(values.dtype) and not values.hasnans:
        return values.astype("str")
    return pd.Series([cell_text(value) for value in values], index=values.index, dtype="str")


def cell_text(value: object) -> str:
    """Return one cell as text."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating):
        if abs(value) >= LARGEST:
            return f"{value:.5E}"  # as a spreadsheet shows it: the last digits are lost
        return str(int(value)) if value.is_integer() else repr(float(value))
    if hasattr(value, "isoformat"):
        return str(value).removesuffix(" 00:00:00")
    return str(value)


def _distinct(texts: pd.Series) -> tuple[np.ndarray, pa.Array]:
    codes, unique = pd.factorize(texts)
    return codes, pa.array(unique, pa.string())


def _where(codes: np.ndarray, of_unique: np.ndarray) -> np.ndarray:
    return of_unique[codes] if len(of_unique) else np.zeros(len(codes), dtype=bool)


def _mask(array: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(array, False))


def _note(rule: str, codes: np.ndarray, of_unique: np.ndarray, unique: pa.Array) -> tuple[Note, ...]:
    touched = np.flatnonzero(_where(codes, of_unique))
    if not len(touched):
        return ()
    return (Note(rule, int(touched[0]), unique[int(codes[touched[0]])].as_py(), len(touched)),)


def _folded(unique: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(unique))


# Identifiers ---------------------------------------------------------------------------------------------------------

SCIENTIFIC = r"^\d(\.\d+)?[eE]\+\d+$|^\d+\.\d+[eE]\+?\d+$"


def ids(texts: pd.Series) -> Reading:
    """Return identifiers as text: leading zeros and case are kept, stray spaces and a decimal ``.0`` go, and are reported.

    Faults: ``id_blank`` (nothing, or a placeholder such as N/A or 散客: never one giant customer) and ``id_scientific``
    (1.23457E+15: the digits are lost).

    Examples
    --------
    >>> ids(pd.Series(["001", " 17850.0", "散客"])).values.tolist()
    ['001', '17850', nan]
    """
    codes, written = _distinct(texts)
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.utf8_normalize(written, "NFKC"), "[\u200b-\u200d\ufeff]", ""))
    decimal = _mask(pc.match_substring_regex(plain, r"^\d+\.0+$"))
    clean = pc.replace_substring_regex(plain, r"^(\d+)\.0+$", r"\1")
    empty = np.isin(np.asarray(_folded(clean), dtype=object), list(PLACEHOLDERS))
    scientific = _mask(pc.match_substring_regex(clean, SCIENTIFIC))
    stray = ~_mask(pc.equal(plain, written)) & ~empty
    bad = empty | scientific
    notes = _note("id_decimal", codes, decimal & ~bad, written) + _note("id_spaces", codes, stray, written)
    good = clean.filter(pa.array(~bad))
    notes += _alike("id_case", pc.utf8_lower(good), good, codes, clean)
    notes += _alike("id_zeros", pc.replace_substring_regex(good, r"^0+(\d)", r"\1"), good, codes, clean)
    values = pd.Series(pc.if_else(pa.array(bad), None, clean).to_pandas().astype("str")).take(codes)
    faults = {"id_blank": _where(codes, empty), "id_scientific": _where(codes, scientific)}
    return Reading(values.set_axis(texts.index), _where(codes, empty), faults, notes)


def _alike(rule: str, key: pa.Array, good: pa.Array, codes: np.ndarray, clean: pa.Array) -> tuple[Note, ...]:
    """Note identifiers that differ, but only in what a person would not notice."""
    frame = pd.DataFrame({"key": key.to_pandas(), "id": good.to_pandas()}).drop_duplicates("id")
    twins = frame.loc[frame["key"].duplicated(keep=False), "id"]
    return _note(rule, codes, np.asarray(clean.to_pandas().isin(twins)), clean) if len(twins) else ()


# Numbers -------------------------------------------------------------------------------------------------------------

PLAIN = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
GROUPED = {".": r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$", ",": r"^[-+]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"}
CURRENCIES = {
    "HK$": "HKD", "NT$": "TWD", "US$": "USD", "A$": "AUD", "C$": "CAD", "S$": "SGD",
    "人民币": "CNY", "港币": "HKD", "美元": "USD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP",
    "RMB": "CNY", "CNY": "CNY", "USD": "USD", "EUR": "EUR", "GBP": "GBP", "JPY": "JPY", "HKD": "HKD", "TWD": "TWD",
    "AUD": "AUD", "CAD": "CAD", "SGD": "SGD", "CHF": "CHF", "KRW": "KRW", "INR": "INR",
    "¥": "CNY", "元": "CNY", "圆": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR",
}  # fmt: skip
_CURRENCY = re.compile("|".join(re.escape(word) for word in CURRENCIES), re.IGNORECASE)
_TIMES = {"千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "億": 1e8}
_AMOUNT = re.compile(r"(?P<sign>[-+]?)(?P<digits>[\d.,]*\d[\d.,]*)(?P<times>百万|千万|[千万萬亿億])?(?P<percent>%?)(?P<after>-?)")


def currency_of(word: str) -> str:
    """Return the ISO code of a currency's name or sign; a word that is not known stays, in capitals.

    Examples
    --------
    >>> currency_of("RMB"), currency_of("￥"), currency_of("nok")
    ('CNY', 'CNY', 'NOK')
    """
    plain = _half_width(word).strip().upper()
    return CURRENCIES.get(plain, plain)


def decimal_mark(columns: list[pd.Series]) -> str:
    """Return ``"."`` or ``","``: what separates the decimals in a file's columns of numbers, by majority of the telling values.

    ``12,5`` and ``1.234,50`` tell of a comma, ``12.5`` and ``1,234.50`` of a point; ``1,234`` and ``1.234`` tell nothing.

    Examples
    --------
    >>> decimal_mark([pd.Series(["1.234,50", "7"])]), decimal_mark([pd.Series(["1,234"])])
    (',', '.')
    """
    comma = point = 0
    for column in columns:
        _, unique = _distinct(column)
        digits = pc.replace_substring_regex(pc.utf8_normalize(unique, "NFKC"), r"[^\d.,]", "")
        comma += int(np.sum(_mask(pc.match_substring_regex(digits, r"\..*,|^\d*,(\d{1,2}|\d{4,})$|\..*\.\d{3}$"))))
        point += int(np.sum(_mask(pc.match_substring_regex(digits, r",.*\.|^\d*\.(\d{1,2}|\d{4,})$|,.*,\d{3}$"))))
    return "," if comma > point else "."


def numbers(texts: pd.Series, mark: str = ".", share: bool = False) -> Reading:
    """Return numbers, however they are written: ``¥1,234.50``, ``(40.00)``, ``40.00-``, ``１２``, ``1.2万``, ``12%`` of a share.

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
    codes, written = _distinct(texts)
    trimmed = pc.utf8_trim_whitespace(written)
    blank = np.isin(np.asarray(_folded(written), dtype=object), BLANK_WORDS)
    grouped = _mask(pc.match_substring_regex(trimmed, GROUPED[mark]))
    other = "," if mark == "." else "."
    bare = pc.if_else(pa.array(grouped), pc.replace_substring(trimmed, other, ""), trimmed)
    if mark == ",":
        bare = pc.if_else(pa.array(grouped), pc.replace_substring(bare, ",", "."), bare)
    plain = _mask(pc.match_substring_regex(bare, PLAIN))
    if mark == ",":
        plain &= grouped | ~_mask(pc.match_substring(trimmed, "."))
    values = np.array(pc.cast(pc.if_else(pa.array(plain & ~blank), bare, None), pa.float64()), dtype=float)
    percent = np.zeros(len(values), dtype=bool)
    currencies: dict[str, int] = {}
    for position in np.flatnonzero(~plain & ~blank):
        value, currency, is_percent = _number(written[int(position)].as_py(), mark)
        percent[position] = is_percent and not share
        values[position] = np.nan if percent[position] else value
        if currency:
            currencies.setdefault(currency, int(np.flatnonzero(codes == position)[0]))
    values[np.abs(values) >= LARGEST] = np.nan
    faults = {
        "number_unreadable": _where(codes, np.isnan(values) & ~blank & ~percent),
        "number_percent": _where(codes, percent),
    }
    read = pd.Series(values[codes] if len(values) else np.zeros(len(codes)), index=texts.index, dtype="float64")
    return Reading(read, _where(codes, blank), faults, currencies=currencies)


def _number(written: str, mark: str) -> tuple[float, str, bool]:
    """Read one number the slow way: its value (NaN where it is none), its currency and whether it is a percentage."""
    plain = re.sub(r"[\s'’]", "", _half_width(written)).replace("−", "-").replace("–", "-")
    found = _CURRENCY.search(plain)
    currency = CURRENCIES[found.group().upper()] if found else ""
    plain = _CURRENCY.sub("", plain, count=1)
    bracketed = re.fullmatch(r"\((.*)\)", plain)
    match = _AMOUNT.fullmatch(bracketed.group(1) if bracketed else plain)
    if match is None or (bracketed and (match["sign"] or match["after"])) or (match["sign"] and match["after"]):
        return np.nan, "", False
    digits = _digits(match["digits"], mark)
    if digits is None:
        return np.nan, currency, False
    value = float(digits) * _TIMES.get(match["times"] or "", 1) * (0.01 if match["percent"] else 1)
    value = round(value, 10)
    negative = bool(bracketed) or match["sign"] == "-" or bool(match["after"])
    return (-value if negative else value), currency, bool(match["percent"])


def _digits(written: str, mark: str) -> str | None:
    other = "," if mark == "." else "."
    if not re.fullmatch(rf"(\d{{1,3}}(\{other}\d{{3}})+|\d*)(\{mark}\d*)?", written):
        return None
    return written.replace(other, "").replace(mark, ".")


def _half_width(written: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", written)


# Dates ---------------------------------------------------------------------------------------------------------------

ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
_CLOCK = (
    r"(?:[T\s]+(?P<ahead>上午|下午)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
_SHAPES = {
    "ymd": r"^(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?" + _CLOCK,
    "compact": r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?$",
    "day_name": r"^(?P<day>\d{1,2})[-\s/.]*(?P<name>[A-Za-z]{3,9})[-\s/.,]*(?P<year>\d{4}|\d{2})" + _CLOCK,
    "name_day": r"^(?P<name>[A-Za-z]{3,9})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _CLOCK,
    "slashed": r"^(?P<first>\d{1,2})[-/.](?P<second_part>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _CLOCK,
}
_MONTH_SHAPE = r"^(?P<year>\d{4})[-/.年]?(?P<month>\d{1,2})月?$"
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDERS = {"dmy": ("day", "month"), "mdy": ("month", "day")}
EARLIEST, LATEST = np.datetime64("1900-01-01"), np.datetime64("2101-01-01")


def day_order(columns: list[pd.Series]) -> str | None:
    """Return whether dates such as 13/01/2024 put the day first (``"dmy"``) or the month (``"mdy"``).

    None where every value fits both, or some fit only one and others only the other.

    Examples
    --------
    >>> day_order([pd.Series(["05/01/2024", "13/01/2024"])]), day_order([pd.Series(["05/01/2024"])])
    ('dmy', None)
    """
    first_is_day = second_is_day = False
    for column in columns:
        _, unique = _distinct(column)
        parts = _extract(pc.utf8_trim_whitespace(pc.utf8_normalize(unique, "NFKC")), _SHAPES["slashed"])
        first_is_day |= bool((parts["first"] > 12).any())
        second_is_day |= bool((parts["second_part"] > 12).any())
    if first_is_day == second_is_day:
        return None
    return "dmy" if first_is_day else "mdy"


def dates(texts: pd.Series, order: str | None = None, pattern: str | None = None, month: bool = False) -> Reading:
    """Return moments: 2024-01-05, 2024/1/5 8:03, 20240105, 2024年1月5日, 5 Jan 2024, Excel serial numbers, ISO with a time zone.

    Faults: ``date_unreadable`` (2024-02-30 too) and ``date_ambiguous`` (05/01/2024 with nothing that tells the order).
    Moments with a time zone keep the clock of the commonest zone, which a note names; two-digit years 69–99 are 19xx.

    Parameters
    ----------
    texts : pandas.Series of str
    order : str, optional
        ``"dmy"`` or ``"mdy"`` for dates such as 05/01/2024.
    pattern : str, optional
        A ``strptime`` pattern that is tried first.
    month : bool
        Whether a month alone (2024-01, 2024年1月) will do.

    Examples
    --------
    >>> dates(pd.Series(["2024年1月5日", "45296", "2024-02-30"])).values.dt.strftime("%Y-%m-%d").tolist()
    ['2024-01-05', '2024-01-05', nan]
    """
    codes, written = _distinct(texts)
    trimmed = pc.utf8_trim_whitespace(pc.utf8_normalize(written, "NFKC"))
    blank = np.isin(np.asarray(_folded(trimmed), dtype=object), BLANK_WORDS)
    found = _Dates(np.full(len(written), np.datetime64("NaT", "us")), np.full(len(written), "", dtype=object))
    left = ~blank
    if pattern:
        left = _take(found, left, trimmed, "pattern", lambda values: _by_pattern(values, pattern))
    left = _take(found, left, trimmed, "iso", _iso, ISO)
    zones = np.full(len(written), np.nan)
    for shape in ("ymd", "compact", "day_name", "name_day"):
        left = _take_shape(found, left, trimmed, shape, zones, None)
    left = _take(found, left, trimmed, "serial", _serial, r"^[2-7]\d{4}(\.\d+)?$")
    left = _take(found, left, trimmed, "epoch", _epoch, r"^1\d{9}(\d{3})?$")
    if month:
        left = _take(found, left, trimmed, "month", _month, _MONTH_SHAPE)
    slashed = left & _mask(pc.match_substring_regex(trimmed, _SHAPES["slashed"]))
    ambiguous = np.zeros(len(written), dtype=bool)
    if order:
        left = _take_shape(found, left, trimmed, "slashed", zones, order)
    else:
        ambiguous = slashed & _fits_both(trimmed)
        _take_shape(found, slashed & ~ambiguous, trimmed, "slashed", zones, "dmy")
        _take_shape(found, slashed & ~ambiguous & np.isnat(found.values), trimmed, "slashed", zones, "mdy")
    outside = (found.values < EARLIEST) | (found.values >= LATEST)
    found.values[outside] = np.datetime64("NaT", "us")
    unreadable = np.isnat(found.values) & ~blank & ~ambiguous
    notes = _date_notes(found, codes, written, zones, trimmed)
    faults = {"date_unreadable": _where(codes, unreadable), "date_ambiguous": _where(codes, ambiguous)}
    values = found.values[codes] if len(written) else np.array([], dtype="datetime64[us]")
    return Reading(pd.Series(values, index=texts.index), _where(codes, blank), faults, notes)


@dataclass(frozen=True)
class _Dates:
    values: np.ndarray  # of datetime64[us]
    shapes: np.ndarray  # how each value was written


def _take(
    found: _Dates,
    left: np.ndarray,
    trimmed: pa.Array,
    shape: str,
    reader: Callable[[pa.Array], np.ndarray],
    pattern: str | None = None,
) -> np.ndarray:
    """Read what is left and fits the pattern, and return what is left then."""
    fits = left & _mask(pc.match_substring_regex(trimmed, pattern)) if pattern else left
    if not fits.any():
        return left
    values = reader(trimmed.filter(pa.array(fits)))
    found.values[fits] = values
    found.shapes[np.flatnonzero(fits)[~np.isnat(values)]] = shape
    return left & ~fits if pattern else left & np.isnat(found.values)


def _take_shape(
    found: _Dates, left: np.ndarray, trimmed: pa.Array, shape: str, zones: np.ndarray, order: str | None
) -> np.ndarray:
    fits = left & _mask(pc.match_substring_regex(trimmed, _SHAPES[shape]))
    if not fits.any():
        return left
    parts = _extract(trimmed.filter(pa.array(fits)), _SHAPES[shape])
    if order:
        first, second = ORDERS[order]
        parts = parts.rename(columns={"first": first, "second_part": second})
    values = _moments(parts)
    found.values[fits] = values
    found.shapes[np.flatnonzero(fits)[~np.isnat(values)]] = shape
    zones[fits] = parts["zone"] if "zone" in parts else np.nan
    return left & ~fits


def _extract(trimmed: pa.Array, pattern: str) -> pd.DataFrame:
    """Return the named parts as numbers; the zone in minutes, a month's name and a half of the day as what they stand for."""
    struct = pc.extract_regex(trimmed, pattern)
    parts = {}
    for number in range(struct.type.num_fields):
        field_name = struct.type.field(number).name
        words = pc.struct_field(struct, number)
        if field_name in ("name", "half", "ahead", "zone"):
            parts[field_name] = words.to_pandas().fillna("").astype("str").str.lower()
        else:
            filled = pc.if_else(pc.equal(words, ""), None, words)
            parts[field_name] = pc.cast(filled, pa.float64()).to_pandas()
            if field_name == "year":
                parts["short_year"] = pc.fill_null(pc.equal(pc.utf8_length(words), 2), False).to_pandas()
    frame = pd.DataFrame(parts)
    if "name" in frame:
        frame["month"] = frame["name"].map(_month_number).astype(float)
    if "zone" in frame:
        frame["zone"] = frame["zone"].map(_zone_minutes).astype(float)
    return frame


@cache
def _month_number(word: str) -> float:
    full = ("january", "february", "march", "april", "may", "june", "july")
    full += ("august", "september", "october", "november", "december")
    for number, (short, long) in enumerate(zip(_MONTH_NAMES, full, strict=True), start=1):
        if word in (short, long, "sept" if short == "sep" else short):
            return number
    return np.nan


@cache
def _zone_minutes(zone: str) -> float:
    if not zone:
        return np.nan
    if zone in ("z", "utc", "gmt"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (-1 if zone[0] == "-" else 1) * (60 * hours + minutes)


def _moments(parts: pd.DataFrame) -> np.ndarray:
    """Put moments together; one that does not exist (30 February, 25:00) is blank."""
    year = parts["year"].to_numpy(dtype=float, copy=True)
    short = parts["short_year"].to_numpy(dtype=bool)
    year[short] += np.where(year[short] <= 68, 2000, 1900)
    month, day = parts["month"].to_numpy(dtype=float), parts["day"].to_numpy(dtype=float)
    clock = {name: parts[name].fillna(0).to_numpy() if name in parts else 0.0 for name in ("hour", "minute", "second")}
    hour = np.asarray(clock["hour"] + np.zeros(len(year)))
    if "half" in parts:
        afternoon = (parts["half"].str.startswith("p") | parts["ahead"].eq("下午")).to_numpy()
        morning = (parts["half"].str.startswith("a") | parts["ahead"].eq("上午")).to_numpy()
        hour = np.where(afternoon & (hour < 12), hour + 12, np.where(morning & (hour == 12), 0, hour))
    sound = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (hour < 24)
    sound &= (clock["minute"] < 60) & (clock["second"] < 60)
    months = np.where(sound, (year - 1970) * 12 + month - 1, 0).astype("int64").astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(sound, day - 1, 0).astype("int64")
    sound &= days.astype("datetime64[M]") == months
    seconds = np.where(sound, hour * 3600 + clock["minute"] * 60 + clock["second"], 0).astype("int64")
    moments = days.astype("datetime64[us]") + seconds.astype("timedelta64[s]")
    moments[~sound] = np.datetime64("NaT", "us")
    return moments


def _iso(values: pa.Array) -> np.ndarray:
    return _naive(pd.to_datetime(values.to_pandas(), format="ISO8601", errors="coerce"))


def _by_pattern(values: pa.Array, pattern: str) -> np.ndarray:
    return _naive(pd.to_datetime(values.to_pandas(), format=pattern, errors="coerce"))


def _naive(moments: pd.Series) -> np.ndarray:
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_localize(None)
    return np.array(moments.to_numpy(dtype="datetime64[us]"))


def _serial(values: pa.Array) -> np.ndarray:
    days = np.array(pc.cast(values, pa.float64()))
    return np.datetime64("1899-12-30", "us") + np.round(days * 86400).astype("timedelta64[s]")


def _epoch(values: pa.Array) -> np.ndarray:
    count = np.array(pc.cast(values, pa.int64()))
    return np.where(count >= 10**12, count * 1000, count * 10**6).astype("datetime64[us]")


def _month(values: pa.Array) -> np.ndarray:
    return _moments(_extract(values, _MONTH_SHAPE).assign(day=1))


def _fits_both(trimmed: pa.Array) -> np.ndarray:
    parts = _extract(trimmed, _SHAPES["slashed"])
    first, second = parts["first"], parts["second_part"]
    return ((first <= 12) & (second <= 12) & (first != second)).to_numpy()


def _date_notes(
    found: _Dates, codes: np.ndarray, written: pa.Array, zones: np.ndarray, trimmed: pa.Array
) -> tuple[Note, ...]:
    notes = _note("date_serial", codes, found.shapes == "serial", written)
    notes += _note("date_epoch", codes, found.shapes == "epoch", written)
    short = _mask(pc.match_substring_regex(trimmed, r"^\d{1,2}[-/.\sA-Za-z]+\d{0,2}[-/.\s]*\d{2}(\s|$)"))
    notes += _note("date_short_year", codes, short & np.isin(found.shapes, ("slashed", "day_name")), written)
    read = found.shapes != ""
    families = {"iso": "ymd"}
    shapes = pd.Series(found.shapes[read]).replace(families)
    if shapes.nunique() > 1:
        common = shapes.mode().iloc[0]
        rare = read & (pd.Series(found.shapes).replace(families).to_numpy() != common)
        notes += _note("date_formats", codes, rare, written)
    with_zone = ~np.isnan(zones)
    if with_zone.any():
        common_zone = pd.Series(zones[with_zone]).mode().iloc[0]
        moved = with_zone & (zones != common_zone)
        found.values[moved] += ((common_zone - zones[moved]) * 60).astype("timedelta64[s]")
        notes += _zone_note(codes, with_zone, written, common_zone)
        notes += _note("date_zone_mixed", codes, moved, written)
    return notes


def _zone_note(codes: np.ndarray, with_zone: np.ndarray, written: pa.Array, minutes: float) -> tuple[Note, ...]:
    sign, size = "-" if minutes < 0 else "+", int(abs(minutes))
    zone = f"UTC{sign}{size // 60:02d}:{size % 60:02d}"
    return tuple(replace(note, value=zone) for note in _note("date_zone", codes, with_zone, written))


# Flags, categories, text ---------------------------------------------------------------------------------------------

YES = ("1", "1.0", "true", "t", "yes", "y", "是", "有", "已", "对", "√", "✓")
NO = ("0", "0.0", "false", "f", "no", "n", "否", "无", "未", "没有", "错", "×")


def flags(texts: pd.Series) -> Reading:
    """Return yes and no (1/0, true/false, Y/N, 是/否 …) as pandas' ``boolean``. Fault: ``flag_unreadable``.

    Examples
    --------
    >>> flags(pd.Series(["是", "N", ""])).values.tolist()
    [True, False, <NA>]
    """
    codes, written = _distinct(texts)
    words = np.asarray(_folded(pc.utf8_normalize(written, "NFKC")), dtype=object)
    yes, no, blank = np.isin(words, YES), np.isin(words, NO), np.isin(words, BLANK_WORDS)
    values = pd.Series(_where(codes, yes), index=texts.index, dtype="boolean").mask(_where(codes, ~(yes | no)))
    return Reading(values, _where(codes, blank), {"flag_unreadable": _where(codes, ~(yes | no | blank))})


def categories(texts: pd.Series, allowed: tuple[str, ...] = ()) -> Reading:
    """Return a category's values as text; where only some are allowed, their names in either language are understood.

    What is not allowed is left as it is: the schema finds it.

    Examples
    --------
    >>> categories(pd.Series(["Staff", "员工", "vip"]), ("consumer", "staff")).values.tolist()
    ['staff', 'staff', 'vip']
    """
    codes, written = _distinct(texts)
    words = pd.Series(pc.utf8_trim_whitespace(written).to_pandas(), dtype="str")
    folded = words.str.lower()
    blank = folded.isin(["", "nan", "null", "n/a", "#n/a", "<na>"]).to_numpy()
    known = _names(allowed)
    values = folded.map(known).where(folded.isin(known), words).mask(blank).astype("str")
    return Reading(values.take(codes).set_axis(texts.index), _where(codes, blank))


@cache
def _names(allowed: tuple[str, ...]) -> dict[str, str]:
    names = {value: value for value in allowed}
    for key, entry in locale.entries():
        kind, _, value = key.partition(".")
        if kind == "value" and value in names:
            names |= {entry[language].lower(): value for language in locale.LANGUAGES}
    return names


def words(texts: pd.Series) -> Reading:
    """Return free text as it stands; an empty cell is blank."""
    blank = texts.str.strip().eq("").to_numpy(dtype=bool)
    return Reading(texts.mask(blank), blank)


def read(texts: pd.Series, column: Column, mark: str = ".", order: str | None = None, pattern: str | None = None) -> Reading:
    """Return a column of text read as its kind in the schema says."""
    if column.kind == "id":
        return ids(texts)
    if column.kind in ("number", "integer"):
        return numbers(texts, mark, share=column.unit == "share")
    if column.kind == "date":
        return dates(texts, order, pattern, month=column.unit == "month")
    if column.kind == "flag":
        return flags(texts)
    return categories(texts, column.allowed) if column.kind == "category" else words(texts)
