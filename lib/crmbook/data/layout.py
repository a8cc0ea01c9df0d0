"""Layouts that are no list of orders, named as what they are: months as columns, one row a customer, no header."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from crmbook.data.dates import dates
from crmbook.data.faults import DataError
from crmbook.data.numbers import numbers
from crmbook.data.reading import cell_text
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import listed, normal

MONTH_NAME = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
MONTH = re.compile(
    r"(\d{2,4}年)?(\d{1,2}|[一二三四五六七八九十]+)月份?|\d{4}[-/.]?\d{2}(01)?|(\d{4})?q[1-4]|第?[一二三四]季度"
    rf"|{MONTH_NAME}\d{{0,4}}|\d{{4}}{MONTH_NAME}"
)
LEAST_MONTHS = 3


def refuse_other_layouts(sheet: Sheet, known: Callable[[list[str]], int]) -> None:
    """Say what a table is that lacks a column an order list must have; nothing where it is no layout known here.

    Parameters
    ----------
    sheet : Sheet
    known : callable
        How many words of a row are known headers.

    Raises
    ------
    DataError
        ``load_layout_months``, ``load_layout_rfm``, ``load_layout_pivot``, ``load_layout_two_headers`` or
        ``load_no_header``, each with what to export or to type instead.
    """
    names = [normal(header) for header in sheet.headers]
    months = [header.strip() for header, name in zip(sheet.headers, names, strict=True) if MONTH.fullmatch(name)]
    if len(months) >= LEAST_MONTHS:
        raise DataError("load_layout_months", file=sheet.file, headers=", ".join(months[:6]))
    words = {
        kind: set(map(normal, listed()["layouts"][kind])) for kind in ("recency", "frequency", "monetary", "pivot")
    }
    told = [header.strip() for header, name in zip(sheet.headers, names, strict=True) if _is_rfm(name, words)]
    if sum(any(name in words[kind] for name in names) for kind in ("recency", "frequency", "monetary")) >= 2:
        raise DataError("load_layout_rfm", file=sheet.file, headers=", ".join(told))
    if set(names) & words["pivot"]:
        raise DataError("load_layout_pivot", file=sheet.file)
    first = [cell_text(cell) for cell in sheet.frame.iloc[0]] if len(sheet.frame) else []
    twice = len([name for name in names if name]) > len({name for name in names if name})
    below, above = known(first), known(list(sheet.above))
    if below >= 1 and not any(_is_number(cell) for cell in first) and (twice or "" in names):
        raise DataError("load_layout_two_headers", file=sheet.file, headers=", ".join(filter(None, first[:6])))
    if (twice or "" in names) and (above or any(MONTH.fullmatch(normal(text)) for text in sheet.above)):
        shown = ", ".join(filter(str.strip, sheet.headers[:6]))
        raise DataError("load_layout_two_headers", file=sheet.file, headers=shown)
    _refuse_no_header(sheet)


def _is_rfm(name: str, words: dict[str, set[str]]) -> bool:
    return any(name in words[kind] for kind in ("recency", "frequency", "monetary"))


def _refuse_no_header(sheet: Sheet) -> None:
    """Ask which column is which where the first row holds data."""
    cells = [header.strip() for header in sheet.headers]
    days = [place for place, cell in enumerate(cells) if _is_day(cell)]
    amounts = [place for place, cell in enumerate(cells) if _is_number(cell) and place not in days]
    if not days or not amounts:
        return
    guess = {days[0]: "order_date", amounts[-1]: "amount"}
    rest = [place for place in range(len(cells)) if place not in guess and cells[place]]
    if rest:
        guess[rest[0]] = "customer_id"
    answer = ", ".join(f'"{place + 1}": "{column}"' for place, column in sorted(guess.items()))
    raise DataError("load_no_header", file=sheet.file, headers=", ".join(cells[:8]), answer="{" + answer + "}")


def headed_by_number(sheet: Sheet) -> Sheet:
    """Return a sheet without a header: its columns are called 1, 2, 3 …, and what seemed the header is a row.

    Examples
    --------
    >>> headed_by_number(Sheet("", ["7", "x"], pd.DataFrame({0: ["8"], 1: ["y"]}), np.array([2]))).frame.values.tolist()
    [['7', 'x'], ['8', 'y']]
    """
    first = pd.DataFrame({place: [header] for place, header in enumerate(sheet.headers)})
    frame = pd.concat([first, sheet.frame.astype("str")], ignore_index=True).astype("str")
    rows = np.concatenate([[int(sheet.rows[0]) - 1], sheet.rows])
    merged = tuple((column, top + 1, bottom + 1) for column, top, bottom in sheet.merged)
    headers = [str(place + 1) for place in range(len(sheet.headers))]
    return replace(sheet, headers=headers, frame=frame, rows=rows, merged=merged)


def _is_day(cell: str) -> bool:
    return len(cell) >= 6 and bool(dates(pd.Series([cell], dtype="str"), order="dmy").values.notna().iloc[0])


def _is_number(cell: str) -> bool:
    return bool(numbers(pd.Series([cell], dtype="str")).values.notna().iloc[0])
