"""Dates, however people and programs write them, from an explicit list of shapes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook.data.faults import DataError
from crmbook.data.reading import BLANK_WORDS, Note, Reading, distinct, fits, note, one_of, spread

ORDERS = {"dmy": ("day", "month", "year"), "mdy": ("month", "day", "year"), "ymd": ("year", "month", "day")}
EARLIEST, LATEST = np.datetime64("1900-01-01"), np.datetime64("2101-01-01")

ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
SERIAL = r"^[2-7]\d{4}(\.\d+)?$"  # days since 1899-12-30, as spreadsheets count: 1954 to 2119
EPOCH = r"^1\d{9}(\d{3})?$"  # seconds or milliseconds since 1970: 2001 to 2033
MONTH = r"^(?P<year>\d{4})[-/.年]?(?P<month>\d{1,2})月?$"
LOOSE_MONTH = r"^(?P<year>\d{4})\s*[-/年]\s*(?P<month>\d{1,2})\s*月?$"
_CLOCK = (
    r"(?:(?:,?[T\s]+|,)(?P<ahead>上午|下午)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*\(?(?P<zone>[Zz]|UTC|GMT|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?)?\)?)?$"
)
SHAPES = {
    "ymd": r"^(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?" + _CLOCK,
    "compact": (
        r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?$"
    ),
    "day_name": r"^(?P<day>\d{1,2})[-\s/.]*(?P<name>[A-Za-z]{3,9})[-\s/.,]*(?P<year>\d{4}|\d{2})" + _CLOCK,
    "java": (
        r"^(?P<name>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
        r"\s+(?:[A-Z]{2,5}(?:[+-]\d{2}:?\d{2})?\s+)?(?P<year>\d{4})$"
    ),
    "name_day": r"^(?P<name>[A-Za-z]{3,9})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _CLOCK,
}
WORDY = (
    (r"^(?i:mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(?i:day)?[,.]?\s+", ""),
    (r"\s*(?:星期|周)[一二三四五六日天]", ""),
    (r"日(\d)", r"日 \1"),
    (r"[时点](\d{1,2})分(\d{1,2})秒", r":\1:\2"),
    (r"[时点](\d{1,2})分?", r":\1"),
    (r"(\d)[时点]$", r"\1:00"),
)
SLASHED = r"^(?P<first>\d{1,2})[-/.](?P<middle>\d{1,2})[-/.](?P<last>\d{4}|\d{2})" + _CLOCK

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTH_NAMES = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)} | {
    name: number for number, name in enumerate((*_MONTH_NAMES[:8], "sept", *_MONTH_NAMES[9:]), 1)
}
MONTH_NAMES["september"] = 9


def day_order(columns: list[pd.Series]) -> str | None:
    """Return the order of a file's dates such as 13/01/2024: ``"dmy"``, ``"mdy"``, or ``"ymd"`` with a two-digit year.

    None where every value fits several orders, or some fit only one and others only another. Of two-digit years the
    place with fewer distinct values is taken for the year.

    Examples
    --------
    >>> day_order([pd.Series(["05/01/2024", "13/01/2024"])]), day_order([pd.Series(["05/01/2024"])])
    ('dmy', None)
    """
    parts = pd.concat([_extract(_plain(distinct(column)[1]), SLASHED) for column in columns] or [pd.DataFrame()])
    if parts.empty or parts["first"].isna().all():
        return None
    if parts["short"].any():
        first, last = (parts.loc[parts["short"], place] for place in ("first", "last"))
        year_first, year_last = first.gt(31).any(), last.gt(31).any()
        if year_first == year_last:
            year_first, year_last = first.nunique() < last.nunique(), last.nunique() < first.nunique()
        if year_first == year_last:
            return None
        if year_first:
            return "ymd"
    day_first, month_first = parts["first"].gt(12).any(), parts["middle"].gt(12).any()
    if day_first == month_first:
        return None
    return "dmy" if day_first else "mdy"


def in_order(texts: pd.Series, order: str) -> tuple[Note, ...]:
    """Note the dates that are read in an order which other dates of the file told.

    Examples
    --------
    >>> [note.rule for note in in_order(pd.Series(["05/01/2024", "2024-01-05"]), "dmy")]
    ['date_dmy']
    """
    codes, written = distinct(texts)
    return note(f"date_{order}", fits(_plain(written), SLASHED), codes, written)


def dates(
    texts: pd.Series, order: str | None = None, pattern: str | None = None, month: bool = False, loose: bool = False
) -> Reading:
    """Return moments: 2024-01-05, 2024/1/5 8:03, 20240105, 2024年1月5日, 5 Jan 2024, spreadsheets' day counts, ISO.

    Faults: ``date_unreadable`` (2024-02-30 and years outside 1900 to 2100 too) and ``date_ambiguous`` (05/01/2024 where
    nothing tells the order). Moments with a time zone keep the clock of the commonest zone, which a note names.

    Parameters
    ----------
    texts : pandas.Series of str
    order : str, optional
        ``"dmy"``, ``"mdy"`` or ``"ymd"`` for dates such as 05/01/2024 and 05/01/24.
    pattern : str, optional
        A ``strptime`` pattern that is tried first.
    month : bool
        Whether a month alone (2024-01, 202401, 2024年1月) is what is wanted.
    loose : bool
        Whether it will do where a day is wanted: its first day is taken, and said.

    Examples
    --------
    >>> dates(pd.Series(["2024年1月5日", "45296", "2024-02-30"])).values.dt.strftime("%Y-%m-%d").tolist()
    ['2024-01-05', '2024-01-05', nan]
    """
    codes, written = distinct(texts)
    found = _Found.of(_plain(written))
    blank = one_of(found.plain, BLANK_WORDS)
    found.left[blank] = False
    if pattern:
        found.take("pattern", r".", lambda values: _by_pattern(values, pattern), certain=False)
    found.take("iso", ISO, _iso)
    for shape, expression in SHAPES.items():
        found.take_parts(shape, expression)
    found.take("serial", SERIAL, _serial)
    found.take("epoch", EPOCH, _epoch)
    if month:
        found.take("month", MONTH, lambda values: _moments(_extract(values, MONTH).assign(day=1)))
    elif loose:
        found.take("month", LOOSE_MONTH, lambda values: _moments(_extract(values, LOOSE_MONTH).assign(day=1)))
    ambiguous = found.take_slashed(order)
    found.values[(found.values < EARLIEST) | (found.values >= LATEST)] = np.datetime64("NaT", "us")
    notes = _notes(found, codes, written, loose)
    unreadable = np.isnat(found.values) & ~blank & ~ambiguous
    faults = {"date_unreadable": spread(unreadable, codes), "date_ambiguous": spread(ambiguous, codes)}
    return Reading(pd.Series(spread(found.values, codes), index=texts.index), spread(blank, codes), faults, notes)


def day(value: object) -> pd.Timestamp:
    """Return the day that ``as_of`` names: a date, a moment, or text that can be read in one way only.

    Raises
    ------
    DataError
        ``load_as_of`` for anything else; a number is none, and nothing here knows what day it is today.

    Examples
    --------
    >>> day("2024-06-30"), day(datetime.date(2024, 6, 30)) == day("2024年6月30日")
    (Timestamp('2024-06-30 00:00:00'), True)
    """
    moment = None
    if isinstance(value, str):
        moment = dates(pd.Series([value], dtype="str")).values.iloc[0]
    elif isinstance(value, datetime.date | np.datetime64):
        moment = value
    if moment is None or pd.isna(moment):
        raise DataError("load_as_of", value=value)
    return pd.Timestamp(moment).tz_localize(None).normalize()


@dataclass(frozen=True)
class _Found:
    """The distinct values of a column while shape after shape takes its share."""

    plain: pa.Array
    values: np.ndarray  # datetime64[us]
    shapes: np.ndarray  # how each was written
    zones: np.ndarray  # minutes ahead of UTC, NaN without
    short: np.ndarray  # whether the year has two digits
    left: np.ndarray  # what no shape has taken yet

    @classmethod
    def of(cls, plain: pa.Array) -> _Found:
        size = len(plain)
        return cls(
            plain,
            np.full(size, np.datetime64("NaT", "us")),
            np.full(size, "", dtype=object),
            np.full(size, np.nan),
            np.zeros(size, dtype=bool),
            np.ones(size, dtype=bool),
        )

    def take(self, shape: str, expression: str, reader: Callable[[pa.Array], np.ndarray], certain: bool = True) -> None:
        """Read what is left and fits; where the shape is not ``certain``, what it cannot read is left to the others."""
        where = self.left & fits(self.plain, expression)
        if where.any():
            self.put(shape, where, reader(self.plain.filter(pa.array(where))))
            self.left[where] = False if certain else np.isnat(self.values[where])

    def take_parts(
        self, shape: str, expression: str, order: str | None = None, where: np.ndarray | None = None
    ) -> None:
        where = self.left & fits(self.plain, expression) if where is None else where
        if not where.any():
            return
        parts = _extract(self.plain.filter(pa.array(where)), expression)
        if order:
            parts = parts.rename(columns=dict(zip(("first", "middle", "last"), ORDERS[order], strict=True)))
        self.put(shape, where, _moments(parts))
        self.short[where] = parts["short"] & ~np.isnat(self.values[where])
        if "zone" in parts:
            self.zones[where] = parts["zone"]
        self.left[where] = False

    def take_slashed(self, order: str | None) -> np.ndarray:
        """Read 05/01/2024 in the order told; without one, read what fits one order only, return what fits several."""
        slashed = self.left & fits(self.plain, SLASHED)
        if order or not slashed.any():
            self.take_parts("slashed", SLASHED, order, slashed)
            return np.zeros(len(slashed), dtype=bool)
        parts = _extract(self.plain, SLASHED)
        several = parts["first"].le(12) & parts["middle"].le(12) & parts["first"].ne(parts["middle"])
        ambiguous = slashed & (several | parts["short"]).to_numpy(dtype=bool)
        for candidate in ("dmy", "mdy"):
            self.take_parts("slashed", SLASHED, candidate, slashed & ~ambiguous & np.isnat(self.values))
        return ambiguous

    def put(self, shape: str, where: np.ndarray, values: np.ndarray) -> None:
        self.values[where] = values
        self.shapes[np.flatnonzero(where)[~np.isnat(values)]] = shape


def _plain(written: pa.Array) -> pa.Array:
    """Return dates without width, spaces and weekdays, 9时05分 as 9:05."""
    plain = pc.utf8_trim_whitespace(pc.utf8_normalize(written, "NFKC"))
    for wordy, meant in WORDY if fits(plain, "[A-Za-z时点周期日]").any() else ():
        plain = pc.replace_substring_regex(plain, wordy, meant)
    return plain


def _extract(values: pa.Array, expression: str) -> pd.DataFrame:
    """Return the named parts as numbers, a zone in minutes; ``short`` tells a two-digit year."""
    struct = pc.extract_regex(values, expression)
    words = {struct.type.field(i).name: pc.struct_field(struct, i) for i in range(struct.type.num_fields)}
    year = words.get("year", words.get("last"))
    parts = {"short": pc.fill_null(pc.equal(pc.utf8_length(year), 2), False).to_pandas()}
    for part in words.keys() - {"name", "zone", "ahead", "half"}:
        present = pc.if_else(pc.equal(words[part], ""), pa.scalar(None, pa.string()), words[part])
        parts[part] = pc.cast(present, pa.float64()).to_pandas()
    for part in words.keys() & {"name", "zone", "ahead", "half"}:
        parts[part] = words[part].to_pandas().fillna("").astype("str").str.lower()
    if "name" in parts:
        parts["month"] = parts["name"].map(MONTH_NAMES).astype(float)
    if "zone" in parts:
        parts["zone"] = parts["zone"].map({zone: _minutes(zone) for zone in parts["zone"].unique()}).astype(float)
    return pd.DataFrame(parts)


def _minutes(zone: str) -> float:
    if not zone:
        return np.nan
    offset = re.sub(r"^(utc|gmt)?\s*|:", "", zone)
    if offset in ("", "z"):
        return 0
    hours, minutes = (offset[1:-2], offset[-2:]) if len(offset) > 3 else (offset[1:], "0")
    return (-1 if offset[0] == "-" else 1) * (60 * int(hours) + int(minutes))


def _moments(parts: pd.DataFrame) -> np.ndarray:
    """Put moments together; one that does not exist (30 February, 25:00) is blank."""
    year, month, day = (parts[part].to_numpy(dtype=float) for part in ("year", "month", "day"))
    year = np.where(year < 69, year + 2000, np.where(year < 100, year + 1900, year))
    zero = pd.Series(0.0, index=parts.index)
    hour, minute, second = (
        parts.get(part, zero).fillna(0).to_numpy(dtype=float) for part in ("hour", "minute", "second")
    )
    hour = _hour(hour, parts)
    sound = (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    first = np.where(sound, (year - 1970) * 12 + month - 1, 0).astype("int64").astype("datetime64[M]")
    days = first.astype("datetime64[D]") + np.where(sound, day - 1, 0).astype("int64")
    sound &= days.astype("datetime64[M]") == first
    clock = np.where(sound, hour * 3600 + minute * 60 + second, 0).astype("int64").astype("timedelta64[s]")
    return np.where(sound, days.astype("datetime64[us]") + clock, np.datetime64("NaT", "us"))


def _hour(hour: np.ndarray, parts: pd.DataFrame) -> np.ndarray:
    if "half" not in parts:
        return hour
    afternoon = (parts["half"].str.startswith("p") | parts["ahead"].eq("下午")).to_numpy(dtype=bool)
    morning = (parts["half"].str.startswith("a") | parts["ahead"].eq("上午")).to_numpy(dtype=bool)
    return np.where(afternoon & (hour < 12), hour + 12, np.where(morning & (hour == 12), 0, hour))


def _iso(values: pa.Array) -> np.ndarray:
    return np.array(pd.to_datetime(values.to_pandas(), format="ISO8601", errors="coerce"), dtype="datetime64[us]")


def _by_pattern(values: pa.Array, pattern: str) -> np.ndarray:
    moments = pd.to_datetime(values.to_pandas(), format=pattern, errors="coerce", utc="%z" in pattern)
    return np.array(moments.dt.tz_localize(None) if "%z" in pattern else moments, dtype="datetime64[us]")


def _serial(values: pa.Array) -> np.ndarray:
    seconds = np.round(np.array(pc.cast(values, pa.float64())) * 86400)
    return np.datetime64("1899-12-30", "us") + seconds.astype("timedelta64[s]")


def _epoch(values: pa.Array) -> np.ndarray:
    count = np.array(pc.cast(values, pa.int64()))
    return np.where(count >= 10**12, count * 1000, count * 10**6).astype("datetime64[us]")


def _notes(found: _Found, codes: np.ndarray, written: pa.Array, loose: bool) -> tuple[Note, ...]:
    families = pd.Series(found.shapes).replace({"iso": "ymd"}).to_numpy()
    read = families != ""
    notes = note("date_serial", families == "serial", codes, written)
    if loose:
        notes += note("date_month", families == "month", codes, written)
    notes += note("date_epoch", families == "epoch", codes, written)
    notes += note("date_short_year", found.short, codes, written)
    if len(set(families[read])) > 1:
        notes += note("date_formats", read & (families != pd.Series(families[read]).mode().iloc[0]), codes, written)
    return notes + _to_one_zone(found, codes, written)


def _to_one_zone(found: _Found, codes: np.ndarray, written: pa.Array) -> tuple[Note, ...]:
    """Move all moments to the clock of the commonest zone, and say which one that is."""
    zoned = ~np.isnan(found.zones)
    if not zoned.any():
        return ()
    common = pd.Series(found.zones[zoned]).mode().iloc[0]
    moved = zoned & (found.zones != common)
    found.values[moved] += ((common - found.zones[moved]) * 60).astype("timedelta64[s]")
    zone = f"UTC{'-' if common < 0 else '+'}{int(abs(common)) // 60:02d}:{int(abs(common)) % 60:02d}"
    named = tuple(replace(one, value=zone) for one in note("date_zone", zoned, codes, written))
    return named + note("date_zone_mixed", moved, codes, written)
