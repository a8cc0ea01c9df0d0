"""Result tables as files: a CSV and an Excel workbook beside the report, safe to open in a spreadsheet."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.locale import label, text
from crmbook.locale import name as name_in_words

EXCEL_ROWS = 1_048_576  # rows of a worksheet, the headings included
EXCEL_TEXT = 32_767  # characters of a cell
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_NAME = re.compile(r"[^\W_](?:[\w\-. ]{0,98}[\w\-])?")
_TAKEN_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_EXACT_INTEGER = 10**15  # Excel keeps fifteen digits of a number


def save(name: str, frame: pd.DataFrame | pd.Series, folder: str | os.PathLike[str]) -> None:
    """Write a result table as ``name.csv`` and ``name.xlsx`` into a folder, ready for a spreadsheet.

    Parameters
    ----------
    name : str
        The files' name, without a folder: letters (of any language), digits, ``-``, ``_``, ``.`` and blanks.
    frame : DataFrame or Series
        One row a line. A named index becomes the first columns. Headings go through the catalogue (``label``); values
        stay as they are, so that another program can read them.
    folder : str or path
        Where to write; empty: nowhere, which is what a lesson opened by hand does.

    Raises
    ------
    DataError
        When the name could leave the folder or cannot be a file's name.

    Notes
    -----
    Text that a spreadsheet would run as a formula is kept as text: in the CSV it gets a leading apostrophe, in the
    workbook it is stored as a string. The CSV is UTF-8 with a byte order mark, so that Excel reads Chinese. More rows
    than a worksheet holds go into the CSV alone, which is said. Both files appear whole or not at all.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save("tier-list", pd.DataFrame({"n": [1, 2]}), folder)
    ...     sorted(os.listdir(folder))
    ['tier-list.csv', 'tier-list.xlsx']
    """
    file = _file_name(name)
    if not os.fspath(folder):
        return
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    table = _with_headings(frame)
    _whole(target / f"{file}.csv", lambda path: _write_csv(table, path))
    if len(table) + 1 > EXCEL_ROWS:
        (target / f"{file}.xlsx").unlink(missing_ok=True)
        print(text("reports.beyond_excel", file=f"{file}.csv", rows=len(table)))
        return
    _whole(target / f"{file}.xlsx", lambda path: _write_excel(table, path, file[:31]))


def guarded(value: object) -> object:
    """Return a text that a spreadsheet would take for a formula with an apostrophe before it, anything else unchanged.

    Examples
    --------
    >>> guarded("=1+1"), guarded("tea"), guarded(-3)
    ("'=1+1", 'tea', -3)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _file_name(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name or _TAKEN_BY_WINDOWS.fullmatch(name):
        raise DataError("report_table_name", name=name)
    return name


def _with_headings(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if any(part is not None for part in table.index.names):
        table = table.reset_index()
    return table.set_axis(_unique_headings(table.columns), axis=1)


def _unique_headings(columns: Iterable[object]) -> list[str]:
    headings: list[str] = []
    for column in columns:
        parts = [str(part) for part in column if str(part)] if isinstance(column, tuple) else [str(column)]
        heading = " · ".join(_in_words(part) for part in parts)
        headings.append(heading if heading not in headings else f"{heading} ({' · '.join(parts)})")
    return headings


def _in_words(part: str) -> str:
    known = label(part)
    return known if known != part else name_in_words(part)


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    try:
        write(unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    safe = pd.DataFrame(
        {place: _text_guarded(table.iloc[:, place]) for place in range(table.shape[1])}, index=table.index
    ).set_axis([guarded(heading) for heading in table.columns], axis=1)
    # with CRLF as the end of a line, a cell that holds a lone CR or LF is put in quotes and cannot start a new row
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _text_guarded(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(guarded)


def _write_excel(table: pd.DataFrame, path: Path, sheet_name: str) -> None:
    import xlsxwriter  # the kernel of a lesson that saves nothing does without it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    columns: list[list[object]] = [_cells(table.iloc[:, place]) for place in range(table.shape[1])]
    with xlsxwriter.Workbook(path, options) as workbook:
        workbook.set_properties({"created": datetime(2000, 1, 1)})  # the same table gives the same bytes
        sheet = workbook.add_worksheet(sheet_name)
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for place, (heading, values) in enumerate(zip(table.columns, columns, strict=True)):
            sheet.set_column(place, place, _width(heading, values[:100]))
        sheet.freeze_panes(1, 0)
        for place, heading in enumerate(table.columns):
            sheet.write_string(0, place, heading, bold)
        for row, line in enumerate(zip(*columns, strict=True), start=1):
            for place, value in enumerate(line):
                _write_cell(sheet, row, place, value)


def _cells(column: pd.Series) -> list[object]:
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _write_cell(sheet, row: int, place: int, value: object) -> None:  # type: ignore[no-untyped-def]
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float | Decimal) and math.isfinite(value) and not _loses_digits(value):
        sheet.write_number(row, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None))
    else:
        sheet.write_string(row, place, _cut(str(value)))


def _loses_digits(value: object) -> bool:
    return isinstance(value, int) and abs(value) >= _EXACT_INTEGER


def _cut(value: str) -> str:
    if len(value) <= EXCEL_TEXT:
        return value
    note = text("reports.cut_in_excel")
    return value[: EXCEL_TEXT - len(note)] + note


def _width(heading: str, values: Iterable[object]) -> int:
    return min(40, max(8, *(2 + _half_widths(str(value)) for value in (heading, *values) if value is not None)))


def _half_widths(value: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in value)
