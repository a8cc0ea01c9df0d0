"""Tables that a reader can read: headings and values in words, rounded numbers, text escaped."""

from __future__ import annotations

import hashlib
import html
import math
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from pathlib import PurePath

import pandas as pd
from pandas.io.formats.style import Styler

from crmbook.data.faults import visible
from crmbook.figures.wording import is_share, percent
from crmbook.locale import entries, is_named, label, name, text

COLUMNS = 30
"""Columns shown at most."""
_STYLE = [
    {"selector": "", "props": "border-collapse: collapse; font-size: 90%;"},
    {
        "selector": "th",
        "props": "text-align: left; font-weight: 600; border-bottom: 1px solid; padding: 4px 10px;",
    },
    {
        "selector": "td",
        "props": "text-align: right; padding: 3px 10px; font-variant-numeric: tabular-nums; white-space: nowrap;",
    },
    {"selector": "td.words", "props": "text-align: left; white-space: normal;"},
    {"selector": "tbody tr:nth-child(even)", "props": "background: rgba(128, 128, 128, 0.08);"},
    {"selector": "caption", "props": "caption-side: bottom; text-align: left; color: #666; padding: 4px 10px;"},
]


def show(
    frame: pd.DataFrame | pd.Series,
    rows: int = 12,
    percent: Collection[str] = (),
    decimals: Mapping[str, int] | None = None,
    index: bool = True,
) -> Styler:
    """Return a frame as a readable table in the language in use.

    Parameters
    ----------
    frame : DataFrame or Series
        Columns and coded values go through the catalogue (``label``, ``name``). Where a column's own name says too
        little, the table brings the entry of its heading: ``frame.attrs["headings"]``, by column. What has to be said
        of all of it stands below: ``frame.attrs["note"]``, an entry and its facts; where a method left rare things
        out, how many: ``frame.attrs["left_out"]``.
    rows : int
        Rows shown at most; a caption says how many there are when some are left out.
    percent : collection of str
        Columns shown as percentages; those that `is_share` knows by their names always are.
    decimals : mapping, optional
        Digits after the point, by column, where the rule (fewer for larger numbers) does not serve.
    index : bool
        Whether the index is shown, as the first column; a plain count of rows never is.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> "22%" in show(pd.DataFrame({"share": [0.22]})).to_html()
    True
    """
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    shown = frame.iloc[:rows, :COLUMNS]
    called = frame.attrs.get("headings", {})
    columns: dict[str, list[str]] = {}
    words = []
    if index and not (isinstance(shown.index, pd.RangeIndex) and shown.index.name is None):
        heading = " · ".join(label(str(part)) for part in shown.index.names if part is not None)
        columns[heading] = [_heading(entry) for entry in shown.index]
        words.append(True)
    for place, column in enumerate(shown.columns):
        # a cross table's columns are values ("high"), other frames' columns are columns
        heading = label(str(called.get(column, column))) if frame.columns.name is None else _heading(column)
        share, digits = is_share(column) or column in percent, (decimals or {}).get(column)
        unique = heading if heading not in columns else f"{heading} ({column})"
        cells_of = [_cell(value, share, digits) for value in shown.iloc[:, place]]
        columns[unique] = [_tiny(cell) for cell in cells_of] if column in ("p", "q", "p_value") else cells_of
        words.append(any(_is_words(value) for value in shown.iloc[:, place]))
    unbroken = {heading.replace(" %", "\N{NO-BREAK SPACE}%"): values for heading, values in columns.items()}
    cells = pd.DataFrame(unbroken, dtype=object)
    classes = pd.DataFrame([["words" if is_words else "" for is_words in words]] * len(cells), columns=cells.columns)
    identity = hashlib.sha1(cells.to_json().encode()).hexdigest()[:8]
    # a heading stands above its figures
    above = [
        {"selector": f"th.col{place}", "props": "text-align: right;"}
        for place, is_words in enumerate(words)
        if not is_words and len(cells)
    ]
    rules = _STYLE + above
    styler = Styler(cells, uuid=identity, uuid_len=8, cell_ids=False).set_table_styles(rules)  # type: ignore[arg-type]
    styler = styler.hide(axis="index").format(escape="html").format_index(escape="html", axis=1).set_td_classes(classes)
    entry, facts = frame.attrs.get("note", ("", {}))
    said = [text(entry, **facts)] if entry else []
    if not len(frame):
        said.append(text("charts.no_rows"))
    elif len(frame) > rows:
        said.append(text("charts.rows_shown", shown=rows, rows=len(frame)))
    if frame.shape[1] > COLUMNS:
        said.append(text("charts.columns_shown", shown=COLUMNS, columns=frame.shape[1]))
    if frame.attrs.get("left_out"):
        said.append(text("charts.left_out", count=frame.attrs["left_out"]))
    return styler.set_caption(html.escape(" ".join(said))) if said else styler


def show_parameters(chapter: str, **parameters: object) -> Styler:
    """Return the parameters of a run as a table: what was set, and what it means.

    Parameters
    ----------
    chapter : str
        The chapter whose catalogue words the meanings, ``"tiering"``.
    **parameters
        Names and values in use. Of a path only the last part is shown: a report does not tell whose machine it is.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> "2024-12-31" in show_parameters("tiering", as_of=pd.Timestamp("2024-12-31")).to_html()
    True
    """
    rows = parameters_in_words(chapter, **parameters)
    table = pd.DataFrame(
        {
            "parameter": [name for name, _, _ in rows],
            "setting": pd.Series([setting for _, setting, _ in rows], dtype=object),
            "setting_meaning": [meaning for _, _, meaning in rows],
        }
    )
    return show(table, rows=len(table))


def parameters_in_words(chapter: str, **parameters: object) -> list[tuple[str, object, str]]:
    """Return the parameters of a run: name, what was set and what it means; see `show_parameters`."""
    known = dict(entries())
    meanings = [
        text(key) if (key := f"{chapter}.parameter_{parameter}") in known else text(f"course.parameter_{parameter}")
        for parameter in parameters
    ]
    return [
        (name, _setting(value), meaning) for (name, value), meaning in zip(parameters.items(), meanings, strict=True)
    ]


def _setting(value: object) -> object:
    if isinstance(value, str):
        return PurePath(value).name if value else text("charts.not_set")
    if isinstance(value, Mapping):
        return ", ".join(f"{label(str(key))} = {entry}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value


def _is_words(value: object) -> bool:
    return isinstance(value, str)


def _heading(entry: object) -> str:
    if isinstance(entry, tuple):
        return " · ".join(_heading(part) for part in entry)
    if isinstance(entry, Real) and not isinstance(entry, bool):
        return _cell(entry, False, None)
    if isinstance(entry, pd.Timestamp | pd.Period):
        return _cell(entry, False, None)
    return name(entry) if is_named(entry) else visible(label(str(entry)))


def _tiny(probability: str) -> str:
    """Return a probability in the table's digits; one that they cannot show is small, not nothing."""
    return "< 0.001" if probability in ("0.000", "0") else probability


def _cell(value: object, share: bool, decimals: int | None) -> str:
    if isinstance(value, bool):
        return text("charts.yes" if value else "charts.no")
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, Real) and math.isnan(value)):
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Integral):
        return f"{value:,}"
    if isinstance(value, Real):
        return _number(float(value), share, decimals)
    return visible(name(value))


def _number(value: float, share: bool, decimals: int | None) -> str:
    if share:
        return percent(value) if decimals is None else f"{value:.{decimals}%}"
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{decimals}f}"
