"""What a file holds before anything is interpreted: headers, rows, and the number of each row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from crmbook.data.faults import DataError
from crmbook.data.findings import Finding

MOST_COLUMNS = 1_000
LONGEST_CELL = 100_000  # characters; a spreadsheet's own limit is 32,767
HEAD_ROWS = 40  # the header is looked for in so many rows

Recognise = Callable[[list[str]], int]
"""How many of a row's words are headers of the table that is looked for."""


@dataclass(frozen=True)
class Sheet:
    """What a file holds.

    Parameters
    ----------
    file : str
        What to call it.
    headers : list of str
        As written; one may be there twice.
    frame : pandas.DataFrame
        The rows below the header, columns numbered 0, 1, 2 …: text, or values that were typed already.
    rows : numpy.ndarray of int
        The number of each row as a spreadsheet counts.
    cut : bool
        Whether the last row breaks off.
    findings : tuple of Finding
    mark : str
        What separates decimals where the numbers themselves do not tell: a comma beside semicolons between the cells.
    above : tuple of str
        What stands above the header: a title, a period, a unit.
    merged : tuple of tuple of int
        Cells that are merged down: column, first and last row, counted from 0 below the header.
    places : tuple of tuple
        Where several sheets or files were put together: the first row of each, counted from 0, and its name.
    overlap : numpy.ndarray of bool, optional
        Then: which rows stand in an earlier one already.
    """

    file: str
    headers: list[str]
    frame: pd.DataFrame
    rows: np.ndarray
    cut: bool = False
    findings: tuple[Finding, ...] = ()
    mark: str = "."
    above: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int], ...] = ()
    places: tuple[tuple[int, str], ...] = ()
    overlap: np.ndarray | None = None


def tidy(sheet: Sheet) -> Sheet:
    r"""Return a sheet without the back-ticks and tabs that some systems write before a cell so that it stays text.

    Examples
    --------
    >>> tidy(Sheet("", ["a"], pd.DataFrame({0: ["`001", "\t7", "b"]}, dtype="str"), np.arange(3))).frame[0].tolist()
    ['001', '7', 'b']
    """
    frame = sheet.frame.copy(deep=False)
    for place in frame:
        if isinstance(frame[place].dtype, pd.StringDtype) and frame[place].str.contains("^`|^\t|\t$").any():
            frame[place] = frame[place].str.replace("^`", "", regex=True).str.strip("\t")
    return Sheet(**{**sheet.__dict__, "frame": frame, "headers": [header.strip("`\t") for header in sheet.headers]})


def header_row(records: list[list[str]], recognise: Recognise) -> tuple[int, int, int]:
    """Return which row is the header, with the number of its known words and the usual width: titles may stand above.

    It is the row with the most known words; where none is known, the first that is as wide as most rows are.

    Examples
    --------
    >>> header_row([["Export"], ["id", "amount"], ["1", "5"]], lambda words: words.count("amount"))
    (1, 1, 2)
    """
    head = records[:HEAD_ROWS]
    known = [recognise(record) for record in head]
    widths = [sum(bool(cell.strip()) for cell in record) for record in head]
    filled = [width for width in widths if width]
    if not filled:
        return 0, 0, 0
    usual = max(set(filled), key=lambda width: (filled.count(width), width))
    if max(known):
        return known.index(max(known)), max(known), usual
    return next(i for i, width in enumerate(widths) if width >= usual), 0, usual


def padded(
    file: str, header: list[str], body: list[list[str]], first: int, cut: bool, findings: list[Finding]
) -> Sheet:
    """Return rows of cells as a sheet, each as wide as the widest that holds something beyond the header."""
    longer = [row for row in body if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :])]
    width = max([len(header), *map(len, longer)])
    check_width(file, width)
    even = [row if len(row) == width else row[:width] + [""] * (width - len(row)) for row in body]
    columns = (pa.array(column, pa.string()) for column in zip(*even, strict=True))
    frame = pd.DataFrame({number: pd.Series(column, dtype="str") for number, column in enumerate(columns)})
    headers = header + [""] * (width - len(header))
    return Sheet(file, headers, frame, np.arange(first, first + len(body)), cut, tuple(findings))


def check_width(file: str, width: int) -> None:
    """Refuse a table of more columns than any table of customers has: it would exhaust the machine."""
    if width > MOST_COLUMNS:
        raise DataError("load_too_wide", file=file, columns=width, limit=MOST_COLUMNS)


def check_cells(file: str, longest: int, row: int) -> None:
    """Refuse a cell that holds a whole file."""
    if longest > LONGEST_CELL:
        raise DataError("load_long_cell", file=file, row=row, characters=longest, limit=LONGEST_CELL)


def check_header(file: str, headers: list[str]) -> None:
    """Refuse a header whose text was decoded with the wrong code page: everything below it is garbled as well."""
    for header in headers:
        meant = ungarbled(header, lost="ignore")
        if meant:
            raise DataError("load_garbled", file=file, value=header, meant=meant)


def ungarbled(word: str, lost: str = "strict") -> str:
    """Return what a word may have been before it was decoded with the wrong code page; empty where it looks sound.

    Parameters
    ----------
    word : str
    lost : str
        ``"ignore"`` to pass over bytes that were lost in the decoding, which in long texts finds too much.

    Examples
    --------
    >>> ungarbled("å®¢æˆ·"), ungarbled("客户"), ungarbled("Größe")
    ('客户', '', '')
    """
    if "\ufffd" in word or "锟斤拷" in word:
        return "…"
    return "" if word.isascii() or is_chinese(word) else next(filter(is_chinese, _recodings(word, lost)), "")


def _recodings(word: str, lost: str) -> Iterator[str]:
    for wrong, right in (("cp1252", "utf-8"), ("latin-1", "utf-8"), ("gb18030", "utf-8")):
        with suppress(UnicodeError):
            yield word.encode(wrong, errors=lost).decode(right, errors=lost)
    with suppress(UnicodeError):
        meant = word.encode("latin-1").decode("gb18030")
        if sum(not letter.isascii() for letter in meant) > 1:  # one alone is as likely two accents that meet: Größe
            yield meant


def is_chinese(word: str) -> bool:
    """Return whether what is not ASCII in a word is Chinese in common use (GB 2312).

    Examples
    --------
    >>> is_chinese("客户ID"), is_chinese("å®¢æˆ·"), is_chinese("amount")
    (True, False, False)
    """
    foreign = re.sub(r"[\x00-\x7f]+", "", word)
    return bool(re.search("[\u4e00-\u9fff]", foreign)) and share_common(foreign) == 1


def share_common(foreign: str) -> float:
    """Return the share of characters that GB 2312 has, the few thousand in common use; 1 for an empty text."""
    return len(foreign.encode("gb2312", errors="ignore").decode("gb2312")) / len(foreign) if foreign else 1.0
