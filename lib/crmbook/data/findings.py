"""What was noticed while reading: faulty rows, blanked cells and assumptions, each with the rule behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Literal

import numpy as np
import pandas as pd

from crmbook.locale import text

Effect = Literal["set_aside", "blanked", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing noticed.

    Parameters
    ----------
    file : str
        The file, or the table where a frame was given.
    rule : str
        The code of the rule: entry ``rule_<code>`` of ``catalogue/load.toml`` words it.
    effect : str
        ``"set_aside"`` (the rows are not in the book), ``"blanked"`` (the cell is blank, the row stays) or ``"note"``.
    row : int, optional
        The row, or the first of several, as a spreadsheet counts: the header of a plain file is row 1.
    column, value : str
        Where and what; the file's own words.
    rows : int
        Rows touched. A row with two faults counts once, at the first.
    money : float
        Their amounts added up; NaN where no amount can be read.
    """

    file: str
    rule: str
    effect: Effect
    row: int | None = None
    column: str = ""
    value: str = ""
    rows: int = 0
    money: float = np.nan


def as_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a frame: file, row, column, value, rule, effect, advice, rows, money.

    The advice is worded in the language in use.
    """
    names = [field.name for field in fields(Finding)]
    frame = pd.DataFrame([astuple(finding) for finding in findings], columns=names)
    frame["row"] = frame["row"].astype("Int64")
    frame["rows"] = frame["rows"].astype("int64")
    frame["money"] = frame["money"].astype("float64")
    frame["advice"] = [_advice(record) for record in frame.to_dict("records")]
    return frame[["file", "row", "column", "value", "rule", "effect", "advice", "rows", "money"]]


def _advice(record: dict) -> str:
    return text(f"load.rule_{record['rule']}", **record)
