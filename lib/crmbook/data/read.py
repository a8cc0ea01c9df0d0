"""A file as it lies there: what kind it is, whatever its name says. Nothing is interpreted yet."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crmbook.data.delimited import read_delimited
from crmbook.data.faults import DataError, printable, reason
from crmbook.data.reading import with_index
from crmbook.data.sheet import Recognise, Sheet, check_header, check_width, tidy
from crmbook.data.workbook import read_workbook

TEXT = (".csv", ".tsv", ".txt")
EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
MOST_CELLS = 1_000_000_000
CELL_BYTES = 64
"""Memory that a cell takes while it is read and judged, roughly."""
ENDINGS = (*TEXT, ".parquet", *EXCEL)

PACKED, OLD_WORKBOOK, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
KINDS = (
    (PACKED, "Excel", EXCEL),
    (OLD_WORKBOOK, "Excel", (".xls", *EXCEL)),
    (PARQUET, "Parquet", (".parquet",)),
    (b"%PDF", "PDF", (".pdf",)),
    (b"\x1f\x8b", "gzip", (".gz",)),
)
WEB_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<?xml", b"<script", b"<style")
POINTER = (b"version https://git-lfs", b"[internetshortcut]", b"../", b".git/annex")


watch: Callable[[Path], AbstractContextManager] = nullcontext
"""Entered while a file is read; a run sets it, to note what its figures are made of."""


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
        When the file is empty, is not what its name says (or a device, a pipe), cannot be decoded, or is built to
        exhaust the machine.
    """
    if printable(path.name) != path.name:
        raise DataError("load_file_name", file=printable(path.name))
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DataError("load_file_type", file=path.name, endings=", ".join(ENDINGS))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError("load_not_a_file", file=path.name)
        with watch(path):
            _refuse_disguise(path.name, ending, _beginning(path))
            if ending == ".parquet":
                sheet = _parquet(path)
            elif ending in EXCEL:
                sheet = read_workbook(path, recognise)
            else:
                sheet = read_delimited(path.name, path.read_bytes(), recognise, encoding)
    except MemoryError as problem:
        raise DataError("load_no_memory", file=path.name) from problem
    except OSError as problem:
        raise DataError("load_no_access", file=path.name, reason=reason(problem)) from problem
    sheet = tidy(sheet)
    check_header(path.name, sheet.headers)
    if sheet.frame.empty:
        raise DataError("load_no_rows", file=path.name)
    return sheet


def from_frame(file: str, frame: pd.DataFrame) -> Sheet:
    """Return a frame as a sheet; a named index counts as columns, and the first row is row 2, as below a header."""
    frame = with_index(frame)
    headers = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    check_width(file, len(headers))
    check_header(file, headers)
    if frame.empty:
        raise DataError("load_no_rows", file=file)
    plain = frame.set_axis(range(len(headers)), axis=1).reset_index(drop=True)
    return Sheet(file, headers, plain, np.arange(2, len(plain) + 2))


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as problem:
        raise DataError("load_no_access", file=path.name, reason=reason(problem)) from problem
    if not start.strip():
        raise DataError("load_empty", file=path.name)
    return start


def _refuse_disguise(file: str, ending: str, start: bytes) -> None:
    """Refuse a file that is not what its name says: a saved web page, a pointer to a file, a workbook named .csv."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith(WEB_PAGE):
        raise DataError("load_web_page", file=file)
    if text.startswith(POINTER):
        raise DataError("load_pointer", file=file)
    for mark, kind, endings in KINDS:
        if start.startswith(mark) and ending not in endings:
            raise DataError("load_disguise", file=file, kind=kind, ending=endings[0])
    if ending in EXCEL and not start.startswith((PACKED, OLD_WORKBOOK)):
        raise DataError("load_not_excel", file=file)
    if ending == ".parquet" and not start.startswith(PARQUET):
        raise DataError("load_not_parquet", file=file)


def _parquet(path: Path) -> Sheet:
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
        check_width(path.name, file.metadata.num_columns)
        limit = min(MOST_CELLS, _memory() // CELL_BYTES)
        if _cells(file.metadata) > limit:  # a value that repeats takes no room in the file, but does in memory
            raise DataError("load_too_many_rows", file=path.name, rows=file.metadata.num_rows, limit=limit)
        table = file.read()
    except MemoryError:  # Arrow's is one of its own errors too
        raise
    except (pa.ArrowException, OSError) as problem:
        raise DataError("load_not_parquet", file=path.name) from problem
    return from_frame(path.name, _in_utf8(path.name, table).to_pandas())


def _cells(metadata: Any) -> int:
    """How many values the file holds, by its own account: lists in a cell count, and so do rows hidden in a group."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    inside = sum(group.column(place).num_values for group in groups for place in range(group.num_columns))
    return max(metadata.num_rows * metadata.num_columns, inside)


def _memory() -> int:
    """The machine's memory in bytes; a great deal where it cannot be asked for."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return MOST_CELLS * CELL_BYTES


def _in_utf8(file: str, table: pa.Table) -> pa.Table:
    """Return a table whose texts are text: columns of bytes are read as UTF-8, what is none is refused."""
    for place, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
        if not binary and not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
            continue
        as_bytes = table.column(place).cast(kind).cast(pa.large_binary())
        try:
            text = as_bytes.cast(pa.large_string())
        except pa.ArrowInvalid:
            row, value = next((row, value) for row, value in enumerate(as_bytes.to_pylist(), 2) if not _is_utf8(value))
            raise DataError("load_not_utf8", file=file, column=field.name, row=row, value=value[:20]) from None
        if binary:
            table = table.set_column(place, field.name, text)
    return table


def _is_utf8(value: bytes | None) -> bool:
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
