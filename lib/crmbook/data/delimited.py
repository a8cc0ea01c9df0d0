"""CSV and its relatives: which separator, where the header stands, rows that are too short, too long or cut off."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmbook.data.encoding import as_utf8
from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.sheet import HEAD_ROWS, LONGEST_CELL, Recognise, Sheet, check_cells, check_width, header_row, padded

SEPARATORS = (",", ";", "\t", "|")
HEAD_BYTES = 65_536
BLOCK_BYTES = 1 << 24
LEAST_BLANK_SEPARATED = 3  # cells in a row, where only blanks stand between them
EVEN = 0.9  # of such rows, this share has equally many
WRAPPED = re.compile(r'^="([^"]*)"$')


def read_delimited(file: str, data: bytes, recognise: Recognise, encoding: str | None = None) -> Sheet:
    """Return what a text table holds.

    Parameters
    ----------
    file : str
        What to call it.
    data : bytes
    recognise : callable
    encoding : str, optional

    Raises
    ------
    DataError
        When it cannot be decoded or is empty, a quotation mark never closes, or a cell or the header is too large.
    """
    data, broken, findings = as_utf8(file, data, encoding)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if not data.strip():
        raise DataError("load_empty", file=file)
    data = _separated(data)
    separator, above = _shape(file, data[:HEAD_BYTES].decode("utf-8", errors="ignore"), recognise)
    *titles, header = _first_records(data, separator, above + 1)
    rows = None if broken or data.count(b'"') % 2 else _even_rows(file, data, separator, above, len(header))
    if rows is not None:
        sheet = Sheet(file, header, rows, np.arange(above + 2, above + 2 + len(rows)), False, tuple(findings))
    else:
        sheet = _uneven_rows(file, data.decode("utf-8"), separator, above, broken, findings)
    stated = tuple(cell for record in titles for cell in record if cell.strip())
    return replace(_unwrapped(sheet), mark="," if separator == ";" else ".", above=stated)


def _separated(data: bytes) -> bytes:
    """Put tabs between cells that blanks separate, where nothing else does; the header may be quoted as one cell."""
    lines = [line for line in data[:HEAD_BYTES].splitlines()[:HEAD_ROWS] if line.strip()]
    if not lines or any(sign.encode() in b"".join(lines) for sign in SEPARATORS):
        return data
    widths = [len(line.replace(b'"', b"").split()) for line in lines]
    usual = max(set(widths), key=widths.count)
    if usual < LEAST_BLANK_SEPARATED or widths.count(usual) < EVEN * len(widths):
        return data
    return re.sub(rb"[^\S\n]+", b"\t", re.sub(rb'(?m)^[^\S\n]+|[^\S\n]+$|"', b"", data))


def _shape(file: str, head: str, recognise: Recognise) -> tuple[str, int]:
    """Return the separator, and how many rows stand above the header: those with which most headers are known."""
    shapes = []
    for separator in SEPARATORS:
        records = _records(head, separator)
        check_width(file, max(map(len, records)))
        above, known, width = header_row(records, recognise)
        shapes.append((known, width, separator, above))
    _, _, separator, above = max(shapes, key=lambda shape: shape[:2])
    return separator, above


def _records(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:  # a cell beyond the reader's limit; a closer look comes later
        return [line.split(separator) for line in text.splitlines()]


def _first_records(data: bytes, separator: str, count: int) -> list[list[str]]:
    return _records(data[:HEAD_BYTES].decode("utf-8", errors="ignore"), separator)[:count]


def _even_rows(file: str, data: bytes, separator: str, above: int, width: int) -> pd.DataFrame | None:
    """Read with Arrow; None where the rows are not all as wide as the header, which takes a closer look."""
    import pyarrow.csv as arrow_csv

    names = [str(position) for position in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=above + 1, block_size=BLOCK_BYTES),
            arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    for column in table.columns:
        longest = pc.max(pc.utf8_length(column)).as_py() or 0
        if longest > LONGEST_CELL:
            check_cells(file, longest, int(np.argmax(pc.utf8_length(column).to_numpy())) + above + 2)
    return table.to_pandas().set_axis(range(width), axis=1)


def _unwrapped(sheet: Sheet) -> Sheet:
    """Take texts out of ``="001"``, which some systems write so that a spreadsheet keeps the zeros."""
    frame = sheet.frame.copy(deep=False)
    for position in frame:
        if frame[position].str.startswith('="').any():
            frame[position] = frame[position].str.replace(WRAPPED, r"\1", regex=True)
    headers = [WRAPPED.sub(r"\1", header) for header in sheet.headers]
    return replace(sheet, headers=headers, frame=frame)


def _uneven_rows(file: str, text: str, separator: str, above: int, broken: bool, findings: list[Finding]) -> Sheet:
    """Read row by row: rows may be shorter or longer than the header, and the last may break off."""
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        check_cells(file, csv.field_size_limit(), len(records) + 1)
    header, body = records[above], records[above + 1 :]
    check_width(file, max(map(len, records)))
    last = body[-1] if body else []
    opened = re.search(rf'(^|{re.escape(separator)})"[^"]*$', text.rsplit("\n", 1)[-1])
    swallowed = text.count('"') % 2 == 1 and (opened is not None or any("\n" in cell for cell in last))
    if swallowed and any(cell.count("\n") > 1 for cell in last):
        raise DataError("load_open_quote", file=file, row=above + 1 + len(body))
    lengths = [len(row) for row in body[:-1] if row]
    usual = max(set(lengths), key=lengths.count) if lengths else len(header)
    short = not text.endswith("\n") and 0 < len(last) < min(usual, len(header))
    return padded(file, header, body, above + 2, broken or swallowed or short, findings)
