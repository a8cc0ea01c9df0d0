"""Small files as users have them, and what a test asks of the book that comes of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from crmbook import Book, DataError
from crmbook.locale import use


def written(folder: Path, text: str | bytes, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def workbook(folder: Path, sheets: dict[str, list[list]], name: str = "orders.xlsx") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "nan_inf_to_errors": True})
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def refused(call: Callable[[], object], *words: object, code: str | None = None) -> None:
    """The call is refused, and the text names all of this in both languages."""
    with pytest.raises(DataError) as caught:
        call()
    for language in ("en", "zh"):
        use(language)
        text = str(caught.value)
        assert [word for word in words if str(word) not in text] == [], text
    if code:
        assert caught.value.code == code


def reconciled(book: Book) -> pd.Series:
    """Rows, orders and money: in = kept + set aside, and kept is what the book holds. Returns the rows by part."""
    parts = book.reconciliation.set_index("part")
    read, rest = parts.loc["rows_read"], parts.drop(index="rows_read")
    assert rest["rows"].sum() == read["rows"]
    assert rest["orders"].sum() == read["orders"]
    assert rest["money"].sum() == pytest.approx(read["money"], abs=1e-6)
    assert rest.loc["kept", "rows"] == len(book.orders)
    assert rest.loc["kept", "money"] == pytest.approx(book.orders["amount"].sum(), abs=1e-6)
    assert rest.loc["kept", "orders"] == len(book.orders[["order_id", "customer_id"]].drop_duplicates())
    return parts["rows"]


def rules(book: Book) -> set[str]:
    return set(book.findings["rule"])


def finding(book: Book, rule: str) -> pd.Series:
    found = book.findings[book.findings["rule"] == rule]
    assert len(found) == 1, book.findings
    return found.iloc[0]
