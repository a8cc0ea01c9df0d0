"""Result tables as files: a CSV each for programs, and one workbook a report for people; safe in a spreadsheet."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from crmbook.data.faults import DataError
from crmbook.figures import sections
from crmbook.figures.wording import is_share
from crmbook.locale import entries, label, language, text
from crmbook.locale import name as name_in_words

WORKBOOK = "lists.xlsx"
"""The workbook that holds a folder's lists, a sheet each."""
EXCEL_ROWS = 1_048_576  # rows of a worksheet, the headings included
EXCEL_TEXT = 32_767  # characters of a cell
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_NAME = re.compile(r"[^\W_](?:[\w\-. ]{0,98}[\w\-])?")
_TAKEN_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_EXACT_INTEGER = 10**15  # Excel keeps fifteen digits of a number
_SHARES = frozenset((
    "probability", "chance_next", "coverage", "p_alive", "retention", "precision", "known", "performance", "importance",
    "gap", "discounted_share", "renewal_rate",
))  # fmt: skip
_MONEY = frozenset((
    "monetary", "revenue", "margin", "amount", "mean_order", "smallest", "spend", "spend_365", "at_risk", "clv", "gain",
    "last", "year_ago", "quarter_slope", "monthly_fee", "expected_return", "spent", "brought", "cost", "price",
    "own_price", "expected_spend", "money",
))  # fmt: skip


_DIGITS = {"share": 3, "money": 2, "number": 3}


@dataclass(frozen=True)
class _Sheet:
    name: str
    table: pd.DataFrame  # in words
    columns: tuple[str, ...]  # the codes of its columns
    chart: str


_SHEETS: dict[Path, dict[str, _Sheet]] = {}


def save(
    name: str,
    frame: pd.DataFrame | pd.Series,
    folder: str | os.PathLike[str],
    words: pd.DataFrame | pd.Series | None = None,
    chart: str = "",
) -> None:
    """Write a result table: ``name.csv`` for programs, and a sheet of the folder's workbook for people.

    Parameters
    ----------
    name : str
        The table's name, without a folder: letters (of any language), digits, ``-``, ``_``, ``.`` and blanks.
    frame : DataFrame or Series
        One row a line. A named index becomes the first columns. The CSV has codes and column names as they are, the
        same in every language; in the workbook headings and values go through the catalogue (``label``, ``name``), and
        customers have their names beside their numbers where the lesson's ``book`` knows them.
    folder : str or path
        Where to write; empty: nowhere, which is what a lesson opened by hand does.
    words : DataFrame or Series, optional
        What the workbook shows instead, where a reason is a sentence, say.
    chart : str
        The column that the workbook draws as bars beside the sheet.

    Raises
    ------
    DataError
        When the name could leave the folder or cannot be a file's name.

    Notes
    -----
    Text that a spreadsheet would run as a formula is kept as text: in the CSV it gets a leading apostrophe, in the
    workbook it is stored as a string. The CSV is UTF-8 with a byte order mark, so that Excel reads Chinese. More rows
    than a worksheet holds go into the CSV alone, which is said. Files appear whole or not at all. In a lesson the
    workbook is written once, when the summary is shown.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save("tier-list", pd.DataFrame({"n": [1, 2]}), folder)
    ...     sorted(os.listdir(folder))
    ['lists.xlsx', 'tier-list.csv']
    """
    file = _file_name(name)
    if not os.fspath(folder):
        return
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    coded = _flat(frame)
    _whole(target / f"{file}.csv", lambda path: _write_csv(coded, path))
    kept = _SHEETS.setdefault(target.resolve(), {})
    kept.pop(name, None)
    if len(coded) + 1 > EXCEL_ROWS:
        print(text("reports.beyond_excel", file=f"{file}.csv", rows=len(coded)))
    else:
        shown = _with_names(_flat(frame if words is None else words))
        kept[name] = _Sheet(name, _in_people_s_words(shown), tuple(map(_code, shown.columns)), chart)
    if not sections.at_the_end(target, lambda: _write_workbook(target)):
        _write_workbook(target)


def _write_workbook(target: Path) -> None:
    kept = _SHEETS.get(target.resolve(), {})
    if kept:
        _whole(target / WORKBOOK, lambda path: _write_excel(list(kept.values()), path))
    else:
        (target / WORKBOOK).unlink(missing_ok=True)


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


def _flat(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    return table.reset_index() if any(part is not None for part in table.index.names) else table


def _code(column: object) -> str:
    return " · ".join(str(part) for part in column if str(part)) if isinstance(column, tuple) else str(column)


def _with_names(table: pd.DataFrame) -> pd.DataFrame:
    """Put customers' names beside their numbers, where the lesson's book has them."""
    from IPython import get_ipython

    shell = get_ipython()
    customers = getattr(shell.user_ns.get("book"), "customers", None) if shell is not None else None
    if customers is None or "name" not in customers or "customer_id" not in table or "name" in table:
        return table
    names = customers.drop_duplicates("customer_id").set_index("customer_id")["name"]
    found = table["customer_id"].map(names)
    if found.isna().all():
        return table
    named = table.copy()
    named.insert(list(table.columns).index("customer_id") + 1, "name", found)
    return named


def _in_people_s_words(table: pd.DataFrame) -> pd.DataFrame:
    worded = {place: _worded(table.iloc[:, place]) for place in range(table.shape[1])}
    return pd.DataFrame(worded, index=table.index).set_axis(_unique_headings(table.columns), axis=1)


def _worded(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(_value_in_words)


def _value_in_words(value: object) -> object:
    if isinstance(value, list | tuple | set):
        return text("reports.comma").join(_in_words(str(part)) for part in value)
    if isinstance(value, bool):
        return text("charts.yes" if value else "charts.no")
    return name_in_words(value) if isinstance(value, str) else value


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
    ).set_axis([guarded(_code(column)) for column in table.columns], axis=1)
    # with CRLF as the end of a line, a cell that holds a lone CR or LF is put in quotes and cannot start a new row
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _text_guarded(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(lambda value: guarded(";".join(map(str, value)) if _is_list(value) else value))


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | set)


def _write_excel(sheets: Sequence[_Sheet], path: Path) -> None:
    import xlsxwriter  # the kernel of a lesson that saves nothing does without it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(path, options) as workbook:
        workbook.set_properties({"created": datetime(2000, 1, 1)})  # the same table gives the same bytes
        formats = {
            kind: workbook.add_format({"num_format": pattern})
            for kind, pattern in (("share", "0.0%"), ("money", "#,##0.00"), ("count", "#,##0"), ("number", "#,##0.0##"))
        }
        formats["head"] = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        taken: set[str] = set()
        for listed in sheets:
            _write_sheet(workbook, listed, _sheet_name(name_in_words(listed.name), taken), formats)
        _write_about(workbook, sheets, _sheet_name(text("reports.about"), taken), formats)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name that Excel allows and that no other sheet has, whatever the case of its letters."""
    short = _NO_SHEET_NAME.sub(" ", wanted).strip("' ")[:31] or "1"
    unique = next(
        candidate
        for candidate in (short, *(f"{short[:27]} {number}" for number in range(2, 1000)))
        if candidate.lower() not in taken
    )
    taken.add(unique.lower())
    return unique


def _write_sheet(workbook: Any, listed: _Sheet, sheet_name: str, formats: dict[str, Any]) -> None:
    table = listed.table
    columns: list[list[object]] = [_cells(table.iloc[:, place]) for place in range(table.shape[1])]
    sheet = workbook.add_worksheet(sheet_name)
    kinds = [_kind(code, values) for code, values in zip(listed.columns, columns, strict=True)]
    for place, (heading, values) in enumerate(zip(table.columns, columns, strict=True)):
        sheet.set_column(place, place, _width(heading, values[:100]))
    sheet.freeze_panes(1, 1)
    if columns:
        sheet.autofilter(0, 0, len(table), len(columns) - 1)
    for place, heading in enumerate(table.columns):
        sheet.write_string(0, place, heading, formats["head"])
    rounded = [_rounded(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    for row, line in enumerate(zip(*rounded, strict=True), start=1):
        for place, value in enumerate(line):
            _write_cell(sheet, row, place, value, formats.get(kinds[place]))
    if listed.chart in listed.columns and len(table):
        _draw(workbook, sheet, sheet_name, listed, kinds)


def _kind(code: str, values: Sequence[object]) -> str:
    """Return how a column's numbers are written; empty for a column without numbers."""
    numbers = [value for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]
    if not numbers:
        return ""
    if code in _MONEY:
        return "money"
    if is_share(code) or code in _SHARES:
        return "share"
    return "count" if all(math.isfinite(value) and value == int(value) for value in numbers) else "number"


def _rounded(values: Sequence[object], kind: str) -> Sequence[object]:
    """Return numbers with no more digits than their format shows; the CSV has them all."""
    digits = _DIGITS.get(kind)
    if digits is None:
        return values
    return [
        round(value, digits) if isinstance(value, float | Decimal) and math.isfinite(value) else value
        for value in values
    ]


def _draw(workbook: Any, sheet: Any, sheet_name: str, listed: _Sheet, kinds: Sequence[str]) -> None:
    """Put a bar chart beside a sheet that staff can change, since it draws the cells themselves."""
    place, last = listed.columns.index(listed.chart), len(listed.table)
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": [sheet_name, 0, place],
            "categories": [sheet_name, 1, 0, last, 0],
            "values": [sheet_name, 1, place, last, place],
            "fill": {"color": "#0072B2"},
        }
    )
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    sheet.insert_chart(1, len(listed.columns) + 1, chart)


def _write_about(workbook: Any, sheets: Sequence[_Sheet], sheet_name: str, formats: dict[str, Any]) -> None:
    """Write what the lists were made of: settings, data, and what each column means."""
    sheet = workbook.add_worksheet(sheet_name)
    for place, width in enumerate((24, 26, 26, 60)):
        sheet.set_column(place, place, width)
    meanings = {key.partition(".")[2]: entry for key, entry in entries() if key.startswith("column.")}
    rows: list[tuple[str, ...]] = [(text("reports.about_heading"),), ()]
    rows += [tuple(map(str, row)) for row in sections.settings_in_use()]
    rows += [(), tuple(text(f"reports.about_{part}") for part in ("sheet", "heading_of_column", "code", "meaning"))]
    for listed in sheets:
        for heading, code in zip(listed.table.columns, listed.columns, strict=True):
            meaning = meanings.get(code, {}).get(f"meaning_{language()}", "")
            rows.append((name_in_words(listed.name), str(heading), code, meaning))
    for number, row in enumerate(rows):
        for place, words in enumerate(row):
            sheet.write_string(number, place, _cut(words), formats["head"] if number == 0 else None)


def _cells(column: pd.Series) -> list[object]:
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _write_cell(sheet: Any, row: int, place: int, value: object, number_format: Any = None) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, text("charts.yes" if value else "charts.no"))
    elif isinstance(value, int | float | Decimal) and math.isfinite(value) and not _loses_digits(value):
        sheet.write_number(row, place, value, number_format)
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
