"""Sheets and files that hold one table: put one below the other, rows that stand in two of them found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmbook.data.findings import Finding
from crmbook.data.sheet import Recognise, Sheet
from crmbook.data.spelling import normal


def are_one_table(one: Sequence[str], other: Sequence[str], recognise: Recognise) -> bool:
    """Return whether two headers are those of one table: what is known of either, both have; remarks may differ.

    Examples
    --------
    >>> known = lambda words: sum(word in ("id", "amount") for word in words)
    >>> are_one_table(["id", "amount"], ["amount", "id", "remark"], known), are_one_table(["id"], ["amount"], known)
    (True, False)
    """
    names = {normal(header) for header in other}
    shared = [header for header in one if normal(header) in names]
    return 0 < recognise(list(one)) == recognise(list(other)) == recognise(shared)


def stacked(file: str, sheets: Sequence[Sheet], names: Sequence[str]) -> Sheet:
    """Return sheets of one table as one.

    Parameters
    ----------
    file : str
        What to call it.
    sheets : sequence of Sheet
    names : sequence of str
        What to call each: the sheet's title, or the file.
    """
    if len(sheets) == 1:
        return sheets[0]
    keys = [_keys(sheet) for sheet in sheets]
    order = list(dict.fromkeys(key for mine in keys for key in mine))
    headers = [_header(key, sheets, keys) for key in order]
    frames = [_in_order(sheet, mine, order) for sheet, mine in zip(sheets, keys, strict=True)]
    frame = pd.concat(frames, ignore_index=True)
    starts = np.cumsum([0, *(len(sheet.rows) for sheet in sheets[:-1])])
    merged = tuple(
        (order.index(mine[column]), first + int(start), last + int(start))
        for sheet, mine, start in zip(sheets, keys, starts, strict=True)
        for column, first, last in sheet.merged
        if column < len(mine)
    )
    counts = ", ".join(f"{name} ({len(sheet.rows):,})" for name, sheet in zip(names, sheets, strict=True))
    said = Finding(file, "stacked", "note", value=counts, rows=len(frame))
    return Sheet(
        file,
        headers,
        frame,
        np.concatenate([sheet.rows for sheet in sheets]),
        sheets[-1].cut,
        (*(finding for sheet in sheets for finding in sheet.findings), said),
        sheets[0].mark,
        tuple(dict.fromkeys(text for sheet in sheets for text in sheet.above)),
        merged,
        tuple((int(start), name) for start, name in zip(starts, names, strict=True)),
        _overlap(frame, starts),
    )


def _header(key: tuple[str, int], sheets: Sequence[Sheet], keys: list[list[tuple[str, int]]]) -> str:
    """Return how the first sheet that has a column writes its header."""
    return next(sheet.headers[mine.index(key)] for sheet, mine in zip(sheets, keys, strict=True) if key in mine)


def _in_order(sheet: Sheet, mine: list[tuple[str, int]], order: list[tuple[str, int]]) -> pd.DataFrame:
    """Return a sheet's rows with the columns of all sheets, those that it does not have blank."""
    nothing = pd.Series("", index=sheet.frame.index, dtype="str")
    return pd.DataFrame(
        {place: sheet.frame[mine.index(key)] if key in mine else nothing for place, key in enumerate(order)}
    )


def _keys(sheet: Sheet) -> list[tuple[str, int]]:
    """Name each column so that the same one of another sheet has the same name; a header may be there twice."""
    seen: dict[str, int] = {}
    keys = []
    for place, header in enumerate(sheet.headers):
        name = normal(header) or f"{header.strip()}#{place}"
        seen[name] = seen.get(name, -1) + 1
        keys.append((name, seen[name]))
    return keys


def _overlap(frame: pd.DataFrame, starts: np.ndarray) -> np.ndarray:
    """Return the rows that stand in an earlier part already: two of a row here and two there are two, not four."""
    part = np.searchsorted(starts, np.arange(len(frame)), side="right")
    texts = frame.fillna("").astype("str") if len(frame) else frame
    content = pd.util.hash_pandas_object(texts, index=False)
    which = content.groupby([content, part]).cumcount()
    return pd.DataFrame({"content": content, "which": which}).duplicated().to_numpy()
