"""Which rows of a sheet are records: totals, remarks and repeated headers are none, and an order's later lines take
over what its first line says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from crmbook.data.dates import dates
from crmbook.data.numbers import numbers
from crmbook.data.reading import as_text, cell_text, fits
from crmbook.data.sheet import Sheet

SAYS_TOTAL = (
    r"(?i)^\s*((grand|sub|page|net|running|overall)[\s-]*)?totals?\s*:?\s*$|^\s*sum\s*:?\s*$"
    r"|(小计|合计|总计|总和|共计|汇总)\s*[:：]?\s*[\d.,¥￥元]*\s*$|^\s*(本页|本月|本年|本期|累计|合计|总计|小计)\s*([:：]|(合计|小计|总计|累计))"
)
MAY_SAY_TOTAL = r"(?i)^\s*((grand|sub)[\s-]*)?totals?\b|\b(sub[\s-]?)?totals?\s*:?\s*$|合计|总计|小计|汇总|总和|共计"
LETTER = "[A-Za-z\u4e00-\u9fff]"
BOTTOM = 3  # a row of totals without a word is one of the last rows
EDGE = 64  # rows at the top and at the bottom that are looked at for explanations and remarks
CENT = 0.005


@dataclass(frozen=True)
class Records:
    """A sheet whose rows are told apart.

    Parameters
    ----------
    sheet : Sheet
        Merged cells and the later lines of orders are filled.
    part : numpy.ndarray of str
        ``""`` for a record, else one of ``NOT_DATA``.
    continued : numpy.ndarray of bool
        Which records are later lines of an order that took over what its first line says.
    stated : tuple of str
        What stands above the header and in rows of remarks.
    """

    sheet: Sheet
    part: np.ndarray
    continued: np.ndarray
    stated: tuple[str, ...]


def of_orders(sheet: Sheet, places: Mapping[str, int], head: Collection[int]) -> Records:
    """Return the records of a list of orders.

    Parameters
    ----------
    sheet : Sheet
    places : mapping of str to int
        Which column of the sheet is which of ours.
    head : collection of int
        Further columns that only an order's first line may fill, such as its state.
    """
    numeric = {places[name] for name in ("amount", "quantity", "unit_price", "refund", "cost") if name in places}
    sheet = _unmerged(sheet, numeric)
    part = _blank_and_repeated(sheet)
    keys = [places[name] for name in ("order_id", "customer_id", "order_date") if name in places]
    blank = {place: _is_blank(sheet.frame[place]) for place in keys}
    amount = places.get("amount", places.get("unit_price", -1))
    last = len(part) - 1 if sheet.cut else len(part)  # a row that breaks off was a record
    open_to = np.arange(len(part)) < last
    remark = _remarks(sheet, part, places, amount, open_to)
    total = _totals(sheet, part, places, blank, amount, open_to)
    if ((part == "") & ~remark & ~total).any():  # else nothing can be read: then the reader says why
        part[total | remark] = "total_row"
    stated = tuple(
        cell for row in np.flatnonzero(remark) for cell in map(cell_text, sheet.frame.iloc[row]) if cell.strip()
    )
    wide = [*keys, *(places[name] for name in ("currency", "channel", "store", "due_date") if name in places), *head]
    sheet, continued = _continued(sheet, part, places, blank, wide)
    for column, first, last in sheet.merged:
        if column == amount or column in keys:
            continued[first + 1 : last + 1] = True
    return Records(sheet, part, continued, (*sheet.above, *stated))


def of_others(sheet: Sheet, needed: list[pd.Series]) -> Records:
    """Return the records of any other table: a row of totals or a remark is one of the last rows."""
    part = _blank_and_repeated(sheet)
    last = len(part) - 1 if sheet.cut else len(part)
    for position in np.flatnonzero(part[:last] == "")[-BOTTOM:]:
        if _is_total(sheet.frame.iloc[position], [cell_text(values.iloc[position]) for values in needed]):
            part[position] = "total_row"
    return Records(sheet, part, np.zeros(len(part), dtype=bool), sheet.above)


# Rows without content -------------------------------------------------------------------------------------------------


def _blank_and_repeated(sheet: Sheet) -> np.ndarray:
    part = np.full(len(sheet.rows), "", dtype=object)
    blank = _everywhere(sheet, lambda values, header: _is_blank(values))
    part[blank] = "blank_row"
    part[~blank & _everywhere(sheet, _is_header)] = "header_repeated"
    return part


def _everywhere(sheet: Sheet, holds: Callable[[pd.Series, str], np.ndarray]) -> np.ndarray:
    """Return the rows in which something holds for every cell."""
    rows = np.ones(len(sheet.rows), dtype=bool)
    for position, header in enumerate(sheet.headers):
        rows &= holds(sheet.frame[position], header)
        if not rows.any():
            break
    return rows


def _is_blank(values: pd.Series) -> np.ndarray:
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").str.strip().eq("").to_numpy(dtype=bool)
    return values.isna().to_numpy(dtype=bool)


def _is_header(values: pd.Series, header: str) -> np.ndarray:
    if not isinstance(values.dtype, pd.StringDtype):
        return np.zeros(len(values), dtype=bool)
    return values.fillna("").str.strip().eq(header.strip()).to_numpy(dtype=bool)


# Totals and remarks ---------------------------------------------------------------------------------------------------


def _totals(
    sheet: Sheet,
    part: np.ndarray,
    places: Mapping[str, int],
    blank: dict[int, np.ndarray],
    amount: int,
    open_to: np.ndarray,
) -> np.ndarray:
    """Return the rows of totals: they say so where an order would say who and when, or are sums and name no one."""
    data = (part == "") & open_to
    numbered = ~blank[places["order_id"]] if "order_id" in places else np.zeros(len(part), dtype=bool)
    someone_missing = np.logical_or.reduce(list(blank.values())) if blank else np.zeros(len(part), dtype=bool)
    nobody = np.logical_and.reduce(list(blank.values())) if blank else np.zeros(len(part), dtype=bool)
    says = np.zeros(len(part), dtype=bool)
    for place in blank:
        said = _matching(sheet.frame[place], SAYS_TOTAL, data)
        says |= said & ~(numbered & (place != places.get("order_id", -1)))
    rest = data & ~says & someone_missing
    for place in _text_columns(sheet):
        if rest.any():
            says |= _matching(sheet.frame[place], MAY_SAY_TOTAL, rest)
    only_numbers = data & ~says & nobody
    if only_numbers.any():
        for place in _text_columns(sheet):
            only_numbers &= ~_matching(sheet.frame[place], LETTER, only_numbers)
        at_bottom = np.zeros(len(part), dtype=bool)
        at_bottom[np.flatnonzero(data)[-BOTTOM:]] = True
        says |= only_numbers & (at_bottom | _sums(sheet, amount, data, only_numbers))
    weak = data & ~says & _matching(sheet.frame[places["customer_id"]], MAY_SAY_TOTAL, data & ~numbered)
    return says | (weak & _sums(sheet, amount, data, weak)) if weak.any() else says


def _sums(sheet: Sheet, amount: int, data: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the rows asked about whose amount is the sum of those above it, of all or of those since the last sum."""
    found = np.zeros(len(data), dtype=bool)
    if amount < 0:
        return found
    values = numbers(as_text(sheet.frame[amount])).values.fillna(0).to_numpy()
    start, whole = 0, 0.0
    for row in map(int, np.flatnonzero(asked)):
        block = float(values[start:row][(data & ~asked)[start:row]].sum())
        whole += block
        if values[row] and (abs(values[row] - block) < CENT or abs(values[row] - whole) < CENT):
            found[row] = True
        start = row + 1
    return found


def _matching(values: pd.Series, pattern: str, where: np.ndarray) -> np.ndarray:
    """Return where a text matches a pattern, of the rows asked about."""
    found = np.zeros(len(where), dtype=bool)
    rows = np.flatnonzero(where)
    if len(rows) and _is_text(values):
        found[rows] = fits(pa.array(as_text(values.iloc[rows]), pa.string()), pattern)
    return found


def _text_columns(sheet: Sheet) -> list[int]:
    return [place for place in range(len(sheet.headers)) if _is_text(sheet.frame[place])]


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype) or pd.api.types.is_object_dtype(values.dtype)


def _remarks(sheet: Sheet, part: np.ndarray, places: Mapping[str, int], amount: int, open_to: np.ndarray) -> np.ndarray:
    """Return the rows of explanations under the header and of remarks below the table, and those of a single cell."""
    found = np.zeros(len(part), dtype=bool)
    day = places.get("order_date", -1)
    if amount < 0 or day < 0:
        return found
    edges = np.concatenate([np.arange(len(part))[:EDGE], np.arange(len(part))[-EDGE:]])
    nothing = np.zeros(len(part), dtype=bool)
    nothing[edges] = ~(_usable(sheet.frame[day].iloc[edges], True) | _usable(sheet.frame[amount].iloc[edges], False))
    passed = nothing | (part != "")
    top = np.logical_and.accumulate(passed)
    bottom = np.logical_and.accumulate(passed[::-1])[::-1]
    found = (top | bottom) & (part == "") & open_to
    candidates = (part == "") & open_to & _is_blank(sheet.frame[amount])
    if candidates.any():
        rows = np.flatnonzero(candidates)
        filled = sum((~_is_blank(sheet.frame[place].iloc[rows])).astype(int) for place in range(len(sheet.headers)))
        found[rows[np.asarray(filled) == 1]] = True
    return found


def _usable(values: pd.Series, is_day: bool) -> np.ndarray:
    """Whether a cell holds a date, or a number."""
    if not _is_text(values):
        return values.notna().to_numpy(dtype=bool)
    texts = as_text(values).reset_index(drop=True)
    if not is_day:
        return numbers(texts).values.notna().to_numpy(dtype=bool)
    read = dates(texts, loose=True)
    return read.values.notna().to_numpy(dtype=bool) | read.faults["date_ambiguous"]


def _is_total(row: pd.Series, needed: list[str]) -> bool:
    """Whether a row at the bottom is a total (it names no one, and says so or holds only numbers) or a remark."""
    words = [cell_text(value).strip() for value in row]
    said = fits(pa.array([*words, *(value.strip() for value in needed)], pa.string()), SAYS_TOTAL)
    unnamed = [not value.strip() or says for value, says in zip(needed, said[len(words) :], strict=True)]
    only_numbers = not any(letter.isalpha() for word in words for letter in word)
    remark = all(unnamed) and sum(map(bool, words)) == 1
    return remark or (any(unnamed) and (bool(said.any()) or (only_numbers and sum(unnamed) > 1)))


# Merged cells and later lines -----------------------------------------------------------------------------------------


def _unmerged(sheet: Sheet, numeric: Collection[int]) -> Sheet:
    """Fill merged cells down, those of amounts and quantities excepted: what they hold counts once."""
    spans = [(column, first, last) for column, first, last in sheet.merged if column not in numeric]
    if not spans:
        return sheet
    frame = sheet.frame.copy(deep=False)
    for column, first, last in spans:
        if column in frame and first < len(frame):
            values = frame[column].copy()
            values.iloc[first : last + 1] = values.iloc[first]
            frame[column] = values
    return replace(sheet, frame=frame)


def _continued(
    sheet: Sheet, part: np.ndarray, places: Mapping[str, int], blank: dict[int, np.ndarray], wide: Collection[int]
) -> tuple[Sheet, np.ndarray]:
    """Fill what an order's later lines leave blank from its first line: they have its number, or no head at all."""
    data, size = part == "", len(part)
    nobody = np.logical_and.reduce(list(blank.values())) if blank else np.zeros(size, dtype=bool)
    headless = data & nobody
    if headless.any():
        worded = np.zeros(size, dtype=bool)
        for place in set(_text_columns(sheet)) - set(blank):
            worded |= _matching(sheet.frame[place], LETTER, headless)
        headless &= worded
    rows = np.arange(size)
    source = np.maximum.accumulate(np.where(data & ~headless, rows, -1))
    if "order_id" in places:
        order = as_text(sheet.frame[places["order_id"]]).str.strip().to_numpy()
        heads = rows[data & ~headless]
        repeats = np.zeros(size, dtype=bool)
        repeats[heads[1:]] = (order[heads[1:]] == order[heads[:-1]]) & (order[heads[1:]] != "")
        first = np.maximum.accumulate(np.where(data & ~headless & ~repeats, rows, -1))
        source = np.where(headless, first[source], first)
    later = data & (source >= 0) & (source != rows)
    frame, touched = sheet.frame.copy(deep=False), np.zeros(size, dtype=bool)
    for place in dict.fromkeys(wide):
        empty = later & _is_blank(frame[place])
        if empty.any():
            values = frame[place].copy()
            values[empty] = values.to_numpy()[source[empty]]
            touched |= empty & ~_is_blank(values)
            frame[place] = values
    return replace(sheet, frame=frame), touched
