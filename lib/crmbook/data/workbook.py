"""Excel workbooks, read by calamine, without trusting them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.reading import cell_text
from crmbook.data.sheet import HEAD_ROWS, MOST_COLUMNS, Recognise, Sheet, check_cells, check_width, header_row, padded
from crmbook.data.stack import are_one_table, stacked

LARGEST_UNPACKED = 1_000_000_000  # bytes
LARGEST_RATIO = 200  # a real workbook unpacks to 5 to 30 times its size
MOST_CELLS = 50_000_000
PLACE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')
WIDTHS = ((rb"[A-Z]{3}", 16_384), (rb"[A-Z]{2}", 702), (rb"[A-Z]", 26))
HEIGHTS = ((rb"\d{7}", 1_048_576), (rb"\d{6}", 999_999), (rb"\d{1,5}", 99_999))
ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:<f\b.*?(?:</f>|/>))?<v>(#[^<]{1,20})</v>')


def read_workbook(path: Path, recognise: Recognise) -> Sheet:
    """Return the sheet of a workbook that has the most known headers, as text.

    Parameters
    ----------
    path : pathlib.Path
    recognise : callable

    Raises
    ------
    DataError
        When it is damaged, protected by a password, empty, or built to exhaust the machine.
    """
    import python_calamine as calamine

    errors = _inspect(path)
    try:
        workbook = calamine.load_workbook(io.BytesIO(path.read_bytes()))  # by its content, whatever the ending
        opened = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        sheets = {name: sheet.to_python(skip_empty_area=False) for name, sheet in opened.items()}
        merged = {name: _merged(sheet.merged_cell_ranges or []) for name, sheet in opened.items()}
    except calamine.PasswordError as problem:
        raise DataError("load_password", file=path.name) from problem
    except (calamine.CalamineError, OSError) as problem:
        raise DataError("load_not_excel", file=path.name) from problem
    filled = {name: rows for name, rows in sheets.items() if any(cell != "" for row in rows for cell in row)}
    if not filled:
        raise DataError("load_empty", file=path.name)
    heads = {name: _head(rows, recognise) for name, rows in filled.items()}
    chosen = max(filled, key=lambda name: (heads[name].known, heads[name].rows))
    twins = [
        name
        for name, head in heads.items()
        if name == chosen or (head.rows and are_one_table(heads[chosen].header, head.header, recognise))
    ]
    ignored = [Finding(path.name, "sheets_ignored", "note", value=name) for name in filled if name not in twins]
    said = {chosen: ignored}
    parts = [
        _sheet(path.name, filled[name], errors.get(name, {}), recognise, merged[name], said.get(name, []))
        for name in twins
    ]
    return stacked(path.name, parts, [f"{path.name} [{name}]" for name in twins])


def _merged(ranges: list) -> list[tuple[int, int, int]]:
    """Return each column of the cells that are merged over several rows, with the first and the last of them."""
    return [
        (column, top, bottom)
        for (top, left), (bottom, right) in ranges
        if bottom > top
        for column in range(left, min(right, left + MOST_COLUMNS) + 1)
    ]


@dataclass(frozen=True)
class _Head:
    """What tells two sheets with the same table: the number of known headers, the header, whether rows stand below."""

    known: int
    header: tuple[str, ...]
    rows: bool


def _head(rows: list[list], recognise: Recognise) -> _Head:
    records = _as_text(rows[:HEAD_ROWS])
    above, known, _ = header_row(records, recognise)
    below = any(cell != "" for row in rows[above + 1 :] for cell in row)
    return _Head(known, tuple(cell.strip() for cell in records[above] if cell.strip()), below)


def _sheet(
    file: str,
    rows: list[list],
    errors: dict[tuple[int, int], str],
    recognise: Recognise,
    merged: list[tuple[int, int, int]],
    findings: list,
) -> Sheet:
    check_width(file, max(map(len, rows)))
    records = _as_text(rows)
    for (row, column), error in errors.items():  # calamine leaves these cells blank
        if row < len(records) and column < len(records[row]) and not records[row][column]:
            records[row][column] = error
    for number, record in enumerate(records, start=1):
        check_cells(file, max(map(len, record), default=0), number)
    above, _, _ = header_row(records, recognise)
    header = records[above]
    while header and not header[-1].strip():  # columns beyond the header, used by a title or left over
        header = header[:-1]
    stated = tuple(cell for record in records[:above] for cell in record if cell.strip())
    down = tuple((column, first - above - 1, last - above - 1) for column, first, last in merged if first > above)
    return replace(padded(file, header, records[above + 1 :], above + 2, False, findings), above=stated, merged=down)


def _as_text(rows: list[list]) -> list[list[str]]:
    return [[cell_text(cell) for cell in row] for row in rows]


def _inspect(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Refuse what would exhaust the machine, judged before calamine opens it; return each sheet's error cells."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(path, archive)
            return _error_cells(archive)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError) as problem:
        raise DataError("load_not_excel", file=path.name) from problem


def _refuse_bomb(path: Path, archive: zipfile.ZipFile) -> None:
    unpacked = sum(entry.file_size for entry in archive.infolist())
    ratio = unpacked / max(path.stat().st_size, 1)
    if unpacked > LARGEST_UNPACKED or (ratio > LARGEST_RATIO and unpacked > LARGEST_UNPACKED / 10):
        size, limit = round(unpacked / 1e6), round(LARGEST_UNPACKED / 1e6)
        raise DataError("load_unpacks", file=path.name, size=size, limit=limit)
    for name in archive.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            cells = _spanned_cells(archive.read(name))
            if cells > MOST_CELLS:
                raise DataError("load_too_many_cells", file=path.name, cells=cells, limit=MOST_CELLS)


def _spanned_cells(sheet: bytes) -> int:
    """Return how many cells lie between A1 and the farthest one: calamine takes room for each, filled or not."""
    width = next((size for name, size in WIDTHS if re.search(rb'r="%b\d{1,7}"' % name, sheet)), 0)
    height = next((size for number, size in HEIGHTS if re.search(rb'r="[A-Z]{1,3}%b"' % number, sheet)), 0)
    if width * height > MOST_CELLS:  # judged by the number of letters and digits, which is quick; now exactly
        width = 1 + max(_column(place.group(1)) for place in PLACE.finditer(sheet))
        height = max(int(place.group(2)) for place in PLACE.finditer(sheet))
    return width * height


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _error_cells(archive: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], str]]:
    """Return the cells that hold an error such as #REF!, by the sheet's name and place."""
    names = archive.namelist()
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(names):
        return {}
    targets = {}
    for relation in re.findall(rb"<Relationship\b[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        key, target = re.search(rb'\bId="([^"]+)"', relation), re.search(rb'\bTarget="([^"]+)"', relation)
        if key and target:
            targets[key.group(1)] = target.group(1).decode().removeprefix("/xl/")
    errors = {}
    for sheet in re.findall(rb"<sheet\b[^>]*>", archive.read("xl/workbook.xml")):
        name, key = re.search(rb'\bname="([^"]+)"', sheet), re.search(rb'\br:id="([^"]+)"', sheet)
        inside = f"xl/{targets.get(key.group(1), '')}" if key else ""
        if name and inside in names:
            found = ERROR_CELL.findall(archive.read(inside))
            errors[name.group(1).decode()] = {
                (int(row) - 1, _column(column)): error.decode() for column, row, error in found
            }
    return errors
