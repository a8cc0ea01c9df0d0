"""A file as it lies there: what encoding, which separator, where the header stands. Nothing is interpreted yet."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.reading import cell_text

TEXT = (".csv", ".tsv", ".txt")
EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
ENDINGS = (*TEXT, ".parquet", *EXCEL)

MOST_COLUMNS = 1_000
LONGEST_CELL = 100_000  # characters; a spreadsheet's own limit is 32,767
LARGEST_UNPACKED = 1_000_000_000  # bytes
LARGEST_RATIO = 200  # a real workbook unpacks to 5 to 30 times its size
MOST_CELLS = 50_000_000
HEAD_BYTES = 65_536
HEAD_ROWS = 40

Recognise = Callable[[list[str]], int]


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
    """

    file: str
    headers: list[str]
    frame: pd.DataFrame
    rows: np.ndarray
    cut: bool = False
    findings: tuple[Finding, ...] = ()


def read(path: Path, recognise: Recognise, encoding: str | None = None) -> Sheet:
    """Return what a CSV, Parquet or Excel file holds.

    Parameters
    ----------
    path : pathlib.Path
    recognise : callable
        How many of a row's words are headers of the table that is looked for.
    encoding : str, optional
        Of a text file; found out when not given.

    Raises
    ------
    DataError
        When the file is empty, is not what its name says, cannot be decoded, or is built to exhaust the machine.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DataError("load_file_type", file=path.name, endings=", ".join(ENDINGS))
    try:
        start = path.open("rb").read(4096)
    except OSError as problem:
        raise DataError("load_no_access", file=path.name, reason=problem.strerror) from problem
    if not start.strip():
        raise DataError("load_empty", file=path.name)
    _refuse_disguise(path.name, ending, start)
    if ending == ".parquet":
        return _parquet(path)
    if ending in EXCEL:
        return _excel(path, recognise)
    return _text(path.name, path.read_bytes(), recognise, encoding)


def from_frame(file: str, frame: pd.DataFrame) -> Sheet:
    """Return a frame as a sheet; a named index counts as columns, and the first row is row 2, as below a header."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    headers = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    _check_width(file, len(headers))
    if frame.empty:
        raise DataError("load_no_rows", file=file)
    plain = frame.set_axis(range(len(headers)), axis=1).reset_index(drop=True)
    return Sheet(file, headers, plain, np.arange(2, len(plain) + 2))


def _refuse_disguise(file: str, ending: str, start: bytes) -> None:
    """A file that is not what its name says: a saved web page, a pointer of a version store, a workbook named .csv."""
    beginning = start.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    packed, old_workbook = start.startswith(b"PK\x03\x04"), start.startswith(b"\xd0\xcf\x11\xe0")
    if beginning.startswith((b"<!doctype", b"<html", b"<head", b"<table", b"<meta", b"<?xml", b"<script")):
        raise DataError("load_web_page", file=file)
    if beginning.startswith((b"version https://git-lfs", b"../", b"[internetshortcut]")):
        raise DataError("load_pointer", file=file)
    if beginning.startswith(b"%pdf"):
        raise DataError("load_disguise", file=file, kind="PDF", ending=".pdf")
    if ending in TEXT and (packed or old_workbook):
        raise DataError("load_disguise", file=file, kind="Excel", ending=".xlsx" if packed else ".xls")
    if ending in TEXT and start.startswith(b"PAR1"):
        raise DataError("load_disguise", file=file, kind="Parquet", ending=".parquet")
    if ending in EXCEL and not (packed or old_workbook):
        raise DataError("load_not_excel", file=file)
    if ending == ".parquet" and not start.startswith(b"PAR1"):
        raise DataError("load_not_parquet", file=file)


# Text ----------------------------------------------------------------------------------------------------------------


def _text(file: str, data: bytes, recognise: Recognise, encoding: str | None) -> Sheet:
    data, findings = _as_utf8(file, data, recognise, encoding)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if not data.strip():
        raise DataError("load_empty", file=file)
    head = data[:HEAD_BYTES].decode("utf-8", errors="ignore")
    separator, above = _shape(file, head, recognise)
    header = _records(head, separator)[above]
    _check_header(file, header)
    rows = _fast_rows(file, data, separator, above, len(header))
    if rows is not None:
        sheet = Sheet(file, header, rows, np.arange(above + 2, above + 2 + len(rows)), False, tuple(findings))
    else:
        sheet = _slow_rows(file, data, separator, above, findings)
    if sheet.frame.empty:
        raise DataError("load_no_rows", file=file)
    return sheet


def _as_utf8(file: str, data: bytes, recognise: Recognise, encoding: str | None) -> tuple[bytes, list[Finding]]:
    """Return the text as UTF-8, whatever it was: as told, by its mark, UTF-8, GB18030 that makes sense, Windows-1252."""
    if encoding is not None:
        return _decode_as_told(file, data, encoding).encode(), []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="ignore").encode(), []
    pattern = data[:1000]
    if pattern.count(0) > len(pattern) / 4:
        wide = "utf-16-le" if pattern[1::2].count(0) > pattern[0::2].count(0) else "utf-16-be"
        return data.decode(wide, errors="ignore").encode(), []
    if 0 in data:
        raise DataError("load_not_text", file=file)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode("utf-8")
        return data, []
    except UnicodeDecodeError as problem:
        if problem.start >= len(data) - 4 and problem.start > 0:
            return data[: problem.start], []  # the file breaks off inside a character; its last row is judged later
    for candidate in ("gb18030", "cp1252"):
        decoded = _plausible(data, candidate)
        if decoded is not None:
            found = [] if candidate == "gb18030" else [Finding(file, "encoding_assumed", "note", value="Windows-1252")]
            return decoded.encode(), found
    raise DataError("load_encoding", file=file, **_first_undecodable(data))


def _decode_as_told(file: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError as problem:
        raise DataError("load_encoding_unknown", encoding=encoding) from problem
    except UnicodeDecodeError as problem:
        row = data.count(b"\n", 0, problem.start) + 1
        raise DataError("load_encoding_wrong", file=file, encoding=encoding, row=row) from problem


def _plausible(data: bytes, encoding: str) -> str | None:
    """Return the text in this encoding if it looks like something people write; GB18030 reads almost any bytes."""
    try:
        decoded = data.decode(encoding)
    except UnicodeDecodeError as problem:
        if encoding != "gb18030" or problem.start < len(data) - 4:
            return None
        decoded = data[: problem.start].decode(encoding)
    foreign = re.sub(r"[\x00-\x7f]+", "", decoded[:200_000])
    if encoding == "gb18030":
        common = len(foreign.encode("gb2312", errors="ignore").decode("gb2312"))
        in_header = re.sub(r"[\x00-\x7f]+", "", decoded.split("\n", 1)[0])
        header_common = len(in_header.encode("gb2312", errors="ignore").decode("gb2312"))
        return decoded if common >= 0.9 * len(foreign) and header_common >= 0.8 * len(in_header) else None
    odd = re.findall(r"[\x80-\x9f]", foreign)
    letters = re.findall(r"[À-ÿŠŽšžŸŒœ£€°²³½’‘“”–—®©™·´§µ«»]", foreign)
    return decoded if not odd and len(letters) >= 0.9 * len(foreign) and _rare(foreign, decoded) else None


def _rare(foreign: str, decoded: str) -> bool:
    """Whether accents stand between plain letters, as in European languages, not in runs, as in text decoded wrongly."""
    return len(foreign) <= 0.1 * len(decoded[:200_000]) and not re.search(r"[À-ÿ]{4}", decoded[:200_000])


def _first_undecodable(data: bytes) -> dict[str, object]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return {
            "row": data.count(b"\n", 0, problem.start) + 1,
            "value": data[problem.start : problem.start + 4].hex(" "),
        }
    return {"row": 1, "value": ""}


def _shape(file: str, head: str, recognise: Recognise) -> tuple[str, int]:
    """Return the separator, and how many rows stand above the header.

    The header is the row with the most known words; where none is known, the first of the commonest width.
    """
    best = (0, 0, ",", 0)
    for separator in (",", ";", "\t", "|"):
        records = _records(head, separator)[:HEAD_ROWS]
        _check_width(file, max(map(len, records), default=0))
        scores = [recognise(record) for record in records]
        widths = [sum(bool(cell.strip()) for cell in record) for record in records]
        if not any(widths):
            continue
        width = max(set(widths) - {0}, key=lambda value: (widths.count(value), value))
        above = scores.index(max(scores)) if max(scores) else next(i for i, w in enumerate(widths) if w >= width)
        best = max(best, (max(scores), width, separator, above), key=lambda shape: shape[:2])
    return best[2], best[3]


def _records(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return list(reader)
    except csv.Error:
        return [line.split(separator) for line in text.splitlines()]


def _check_width(file: str, width: int) -> None:
    if width > MOST_COLUMNS:
        raise DataError("load_too_wide", file=file, columns=width, limit=MOST_COLUMNS)


def _check_header(file: str, header: list[str]) -> None:
    """Refuse a header whose text was decoded with the wrong code page: everything below it is garbled as well."""
    for name in header:
        if "\ufffd" in name or "锟斤拷" in name or "ï»¿" in name:
            raise DataError("load_garbled", file=file, value=name, meant="…")
        for wrong in ("latin-1", "cp1252", "gb18030"):
            for right in ("utf-8", "gb18030"):
                meant = _recoded(name, wrong, right)
                if meant and wrong != right and _looks_chinese(meant) and not _looks_chinese(name):
                    raise DataError("load_garbled", file=file, value=name, meant=meant)


def _recoded(name: str, wrong: str, right: str) -> str | None:
    try:
        return name.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _looks_chinese(name: str) -> bool:
    foreign = re.sub(r"[\x00-\x7f]+", "", name)
    common = foreign.encode("gb2312", errors="ignore").decode("gb2312")
    return bool(re.search("[\u4e00-\u9fff]", foreign)) and len(common) == len(foreign)


def _fast_rows(file: str, data: bytes, separator: str, above: int, width: int) -> pd.DataFrame | None:
    """Read with Arrow; None where the rows are not all as wide as the header, which takes a closer look."""
    import pyarrow.csv as arrow_csv

    if data.count(b'"') % 2:
        return None
    names = [str(position) for position in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=above + 1, block_size=1 << 24),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    for column in table.columns:
        lengths = pc.utf8_length(column)
        if len(column) and pc.max(lengths).as_py() > LONGEST_CELL:
            row = int(np.argmax(lengths.to_numpy())) + above + 2
            raise DataError(
                "load_long_cell", file=file, row=row, characters=pc.max(lengths).as_py(), limit=LONGEST_CELL
            )
    return table.rename_columns(names).to_pandas().set_axis(range(width), axis=1)


def _slow_rows(file: str, data: bytes, separator: str, above: int, findings: list[Finding]) -> Sheet:
    text = data.decode("utf-8")
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        records.extend(reader)
    except csv.Error as problem:
        raise DataError(
            "load_long_cell", file=file, row=len(records) + 1, characters=csv.field_size_limit(), limit=LONGEST_CELL
        ) from problem
    header, body = records[above], records[above + 1 :]
    return _padded(file, header, body, above + 2, not text.endswith("\n"), text.count('"') % 2 == 1, findings)


def _padded(
    file: str,
    header: list[str],
    body: list[list[str]],
    first: int,
    open_end: bool,
    open_quote: bool,
    findings: list[Finding],
) -> Sheet:
    """Give all rows the header's width; what lies beyond it must be blank, else the row's cells may have shifted."""
    width = len(header)
    lengths = [len(row) for row in body if row]
    usual = max(set(lengths), key=lengths.count) if lengths else width
    last = body[-1] if body else []
    if open_quote and any(cell.count("\n") > 1 for cell in last):
        raise DataError("load_open_quote", file=file, row=first + len(body) - 1)
    cut = bool(last) and (open_end and len(last) < min(usual, width) or (open_quote and "\n" in last[-1]))
    extra = max((len(row) for row in body if any(cell.strip() for cell in row[width:])), default=width)
    _check_width(file, extra)
    columns = list(map(list, zip(*(row[:extra] + [""] * (extra - len(row)) for row in body), strict=True)))
    frame = pd.DataFrame({number: pd.Series(column, dtype="str") for number, column in enumerate(columns)})
    headers = header + [""] * (extra - width)
    return Sheet(file, headers, frame, np.arange(first, first + len(body)), cut, tuple(findings))


# Parquet and Excel ---------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Sheet:
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
        _check_width(path.name, file.metadata.num_columns)
        return from_frame(path.name, file.read().to_pandas())
    except (pa.ArrowException, OSError) as problem:
        raise DataError("load_not_parquet", file=path.name) from problem


def _excel(path: Path, recognise: Recognise) -> Sheet:
    import python_calamine as calamine

    _refuse_bomb(path)
    try:
        workbook = calamine.CalamineWorkbook.from_path(str(path))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names
        }
    except calamine.PasswordError as problem:
        raise DataError("load_password", file=path.name) from problem
    except (calamine.CalamineError, OSError) as problem:
        raise DataError("load_not_excel", file=path.name) from problem
    filled = {name: rows for name, rows in sheets.items() if any(any(cell != "" for cell in row) for row in rows)}
    if not filled:
        raise DataError("load_empty", file=path.name)
    known = {
        name: max(recognise([cell_text(cell) for cell in row]) for row in rows[:HEAD_ROWS])
        for name, rows in filled.items()
    }
    chosen = max(filled, key=lambda name: known[name])
    findings = [Finding(path.name, "sheets_ignored", "note", value=name) for name in filled if name != chosen]
    return _from_cells(path.name, filled[chosen], recognise, findings)


def _from_cells(file: str, cells: list[list], recognise: Recognise, findings: list[Finding]) -> Sheet:
    _check_width(file, max(map(len, cells)))
    records = [[cell_text(cell) for cell in row] for row in cells]
    scores = [recognise(record) for record in records[:HEAD_ROWS]]
    widths = [sum(bool(cell.strip()) for cell in record) for record in records[:HEAD_ROWS]]
    usual = max(set(widths) - {0}, key=lambda value: (widths.count(value), value))
    above = scores.index(max(scores)) if max(scores) else next(i for i, width in enumerate(widths) if width >= usual)
    for number, record in enumerate(records, start=1):
        longest = max(map(len, record), default=0)
        if longest > LONGEST_CELL:
            raise DataError("load_long_cell", file=file, row=number, characters=longest, limit=LONGEST_CELL)
    header = records[above]
    while (
        header
        and not header[-1].strip()
        and not any(len(row) >= len(header) and row[len(header) - 1].strip() for row in records)
    ):
        header = header[:-1]
    sheet = _padded(file, header, records[above + 1 :], above + 2, False, False, findings)
    if sheet.frame.empty:
        raise DataError("load_no_rows", file=file)
    return sheet


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that unpacks to more than a machine can hold, from the sizes in its directory, unread."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        ratio = unpacked / max(path.stat().st_size, 1)
        if unpacked > LARGEST_UNPACKED or (ratio > LARGEST_RATIO and unpacked > LARGEST_UNPACKED / 10):
            raise DataError(
                "load_unpacks", file=path.name, size=round(unpacked / 1e6), limit=round(LARGEST_UNPACKED / 1e6)
            )
        for entry in archive.infolist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename):
                cells = _declared_cells(archive.open(entry).read(4096))
                if cells > MOST_CELLS:
                    raise DataError("load_too_many_cells", file=path.name, cells=cells, limit=MOST_CELLS)


def _declared_cells(start: bytes) -> int:
    found = re.search(rb'<dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"', start)
    if not found:
        return 0
    column = 0
    for letter in found.group(1):
        column = column * 26 + letter - 64
    return column * int(found.group(2))
