"""A table on its way from a sheet into the book: its rows typed, and what became of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmbook.data.findings import Effect, Finding
from crmbook.data.reading import cell_text
from crmbook.data.schema import Table

NOT_DATA = ("blank_row", "total_row", "header_repeated")  # rows that are no records, so no faulty ones either
LONGEST_SHOWN = 80


@dataclass
class Typed:
    """A table on its way into the book.

    Parameters
    ----------
    table : Table
    file : str
    frame : pandas.DataFrame
        All rows of the file, typed, in the schema's columns.
    rows : numpy.ndarray of int
        Their numbers in the file.
    part : numpy.ndarray of str
        What became of each row: ``""`` while it is kept, else why it is set aside.
    findings : list of Finding
    matches : list of dict
        Which header was read as which column, and how it was recognised.
    currencies : dict of str to tuple
        Each currency with the column, row and value that show it first.
    refunds : numpy.ndarray of float
        What was taken off each row's amount because it was paid back.
    places : tuple of tuple
        Where several sheets or files were put together: the first row of each, counted from 0, and its name.
    """

    table: Table
    file: str
    frame: pd.DataFrame
    rows: np.ndarray
    part: np.ndarray
    findings: list[Finding] = field(default_factory=list)
    matches: list[dict[str, str]] = field(default_factory=list)
    currencies: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    refunds: np.ndarray = field(default_factory=lambda: np.zeros(0))
    places: tuple[tuple[int, str], ...] = ()

    @property
    def kept(self) -> pd.DataFrame:
        """The rows that are kept so far."""
        return self.frame[self.part == ""]

    def note(self, rule: str, where: np.ndarray, column: str = "", value: str = "", effect: Effect = "note") -> None:
        """Add one finding for all rows where something holds; nothing when there are none."""
        positions = np.flatnonzero(where)
        if not len(positions):
            return
        if column in self.frame and not value:
            value = shown(self.frame[column].iloc[positions[0]])
        row = int(self.rows[positions[0]])
        self.findings.append(
            Finding(self.place(positions[0]), rule, effect, row, column, value, len(positions), self.money(positions))
        )

    def place(self, position: int) -> str:
        """Return the name of the file, or of the sheet in it, that a row stands in."""
        return next((name for start, name in reversed(self.places) if start <= position), self.file)

    def header(self, column: str) -> str:
        """Return the file's own header of one of our columns; the column's name where there is none."""
        return next((match["header"].strip() for match in self.matches if match["column"] == column), column)

    def remark(self, rule: str, column: str = "", value: str = "") -> None:
        """Add a finding about the file as a whole."""
        self.findings.append(Finding(self.file, rule, "note", None, column, value))

    def money(self, positions: np.ndarray) -> float:
        """Return what the amounts of some order lines add up to; NaN where none of them can be read."""
        if self.table.name != "orders" or "amount" not in self.frame:
            return math.nan
        amounts = self.frame["amount"].to_numpy()[positions]
        return round(float(np.nansum(amounts)), 6) if np.isfinite(amounts).any() else math.nan


def shown(value: object) -> str:
    """Return a cell as an error or a finding shows it: short."""
    text = cell_text(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
