"""A sheet to a table: headers matched, cells typed, every row judged once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmbook.data import parse
from crmbook.data.faults import DataError
from crmbook.data.findings import Effect, Finding
from crmbook.data.headers import Matched, match
from crmbook.data.read import Sheet
from crmbook.data.schema import Column, Table, frame_schema

TOTAL_WORDS = ("total", "totals", "grand total", "sum", "subtotal", "合计", "总计", "小计", "总和", "合计：", "总计：")
NOT_DATA = ("blank_row", "total_row", "header_repeated")  # rows that are no records, so no faulty ones either
MOST_EXAMPLES = 3


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
    """

    table: Table
    file: str
    frame: pd.DataFrame
    rows: np.ndarray
    part: np.ndarray
    findings: list[Finding] = field(default_factory=list)
    matches: list[dict] = field(default_factory=list)
    currencies: dict[str, tuple[str, int, str]] = field(default_factory=dict)

    @property
    def kept(self) -> pd.DataFrame:
        """The rows that are kept so far."""
        return self.frame[self.part == ""]

    def note(self, rule: str, where: np.ndarray, column: str = "", value: str | None = None, effect: Effect = "note") -> None:
        """Add one finding for all rows where something holds; nothing when there are none."""
        positions = np.flatnonzero(where)
        if not len(positions):
            return
        first = positions[0]
        if value is None:
            value = _shown(self.frame[column].iloc[first]) if column else ""
        self.findings.append(
            Finding(self.file, rule, effect, int(self.rows[first]), column, value, len(positions), self._money(where))
        )

    def _money(self, where: np.ndarray) -> float:
        if self.table.name != "orders" or not self.frame.loc[where, "amount"].notna().any():
            return np.nan
        return round(float(self.frame.loc[where, "amount"].sum()), 6)


def typed(
    sheet: Sheet,
    table: Table,
    columns: Mapping[str, str],
    preset: str | None = None,
    date_format: str | None = None,
    allowed_faults: float = 0.05,
) -> Typed:
    """Return a sheet's rows typed and judged.

    Faulty rows (an unreadable number or date, a blank or placeholder identifier, a value a required column may not have) get
    the part ``faulty`` and a finding; an unreadable cell of an optional column is blanked, with a finding.

    Raises
    ------
    DataError
        When a required column is missing, identifiers are in scientific notation, the order of day and month cannot be
        told, no row is valid or more than ``allowed_faults`` of the rows are faulty.
    """
    found = match(sheet.headers, table, columns, sheet.file, preset)
    raw = {column: _one(sheet, matched, table) for column, matched in found.items()}
    raw = {column: values for column, values in raw.items() if values is not None}
    result = Typed(table, sheet.file, pd.DataFrame(index=range(len(sheet.rows))), sheet.rows, _parts(sheet, raw))
    result.findings.extend(sheet.findings)
    result.matches.extend(_matches(sheet, found, table))
    readings = _readings(raw, result, date_format)
    result.frame = pd.DataFrame(
        {name: readings[name].values.set_axis(range(len(sheet.rows))) for name in table.names if name in readings}
    )
    _report_parts(result, raw)
    _judge(result, readings, raw, sheet)
    _validate(result)
    _check_share(result, allowed_faults)
    return result


def _one(sheet: Sheet, matched: Matched, table: Table) -> pd.Series | None:
    """The one column meant; a header that is there twice will do if both say the same."""
    first = sheet.frame[matched.positions[0]]
    for position in matched.positions[1:]:
        if not first.equals(sheet.frame[position]):
            both = ", ".join(f"{sheet.headers[i]} ({i + 1})" for i in matched.positions)
            raise DataError("load_header_twice", file=sheet.file, column=matched.column, headers=both)
    return first


def _matches(sheet: Sheet, found: dict[str, Matched], table: Table) -> list[dict]:
    by_position = {matched.positions[0]: matched for matched in found.values()}
    listed = []
    for position, header in enumerate(sheet.headers):
        matched = by_position.get(position)
        column, how = (matched.column, matched.how) if matched else ("", "ignored")
        listed.append({"file": sheet.file, "table": table.name, "header": header, "column": column, "how": how})
    return listed


# Rows that are no records ---------------------------------------------------------------------------------------------


def _parts(sheet: Sheet, raw: dict[str, pd.Series]) -> np.ndarray:
    part = np.full(len(sheet.rows), "", dtype=object)
    frame = sheet.frame
    blank = np.ones(len(part), dtype=bool)
    for position in frame:
        blank &= _blank_cells(frame[position])
        if not blank.any():
            break
    part[blank] = "blank_row"
    text = [position for position in frame if isinstance(frame[position].dtype, pd.StringDtype)]
    if text and raw:
        repeated = np.ones(len(part), dtype=bool)
        for position in text:
            repeated &= frame[position].str.strip().eq(sheet.headers[position].strip()).to_numpy(dtype=bool)
            if not repeated.any():
                break
        part[repeated & ~blank] = "header_repeated"
    last = np.flatnonzero(part == "")[-3:]
    for position in last:
        if _is_total(frame.iloc[position]):
            part[position] = "total_row"
    return part


def _blank_cells(values: pd.Series) -> np.ndarray:
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").str.strip().eq("").to_numpy(dtype=bool)
    return values.isna().to_numpy()


def _is_total(row: pd.Series) -> bool:
    words = [parse.cell_text(value).strip().lower().rstrip(":：") for value in row]
    return any(word in TOTAL_WORDS or "".join(word.split()) in TOTAL_WORDS for word in words if word)


def _report_parts(result: Typed, raw: dict[str, pd.Series]) -> None:
    for part in NOT_DATA:
        result.note(part, result.part == part, effect="set_aside" if part != "blank_row" else "note")


# Cells ----------------------------------------------------------------------------------------------------------------


def _readings(raw: dict[str, pd.Series], result: Typed, date_format: str | None) -> dict[str, parse.Reading]:
    """Read every column; what decides for the whole file (decimal mark, order of day and month) is settled first."""
    data = np.isin(result.part, NOT_DATA, invert=True)
    texts = {
        column: parse.as_text(values)
        for column, values in raw.items()
        if not _typed_already(values, result.table[column])
    }
    of_kind = {
        kind: [texts[column][data] for column in texts if result.table[column].kind in kinds]
        for kind, kinds in {"number": ("number", "integer"), "date": ("date",)}.items()
    }
    mark = parse.decimal_mark(of_kind["number"])
    order, pattern = _settled_order(date_format, of_kind["date"])
    return {
        column: parse.read(texts[column], result.table[column], mark, order, pattern)
        if column in texts
        else _as_typed(raw[column], result.table[column])
        for column in raw
    }


def _settled_order(date_format: str | None, columns: list[pd.Series]) -> tuple[str | None, str | None]:
    if date_format is None:
        return parse.day_order(columns), None
    if date_format.lower() in parse.ORDERS:
        return date_format.lower(), None
    if "%" not in date_format:
        raise DataError("load_date_format", value=date_format)
    day, month = date_format.find("%d"), date_format.find("%m")
    return ("mdy" if -1 < month < day else "dmy"), date_format


def _typed_already(values: pd.Series, column: Column) -> bool:
    types = pd.api.types
    if column.kind in ("number", "integer"):
        return types.is_numeric_dtype(values.dtype) and not types.is_bool_dtype(values.dtype)
    return column.kind == "date" and types.is_datetime64_any_dtype(values.dtype)


def _as_typed(values: pd.Series, column: Column) -> parse.Reading:
    if column.kind == "date":
        notes = ()
        if getattr(values.dtype, "tz", None) is not None:
            notes = (parse.Note("date_zone", 0, str(values.dtype.tz), len(values)),)
            values = values.dt.tz_localize(None)
        return parse.Reading(values.astype("datetime64[us]"), values.isna().to_numpy(), notes=notes)
    numbers = values.astype("float64")
    infinite = ~np.isfinite(numbers.fillna(0).to_numpy())
    return parse.Reading(
        numbers.mask(infinite), numbers.isna().to_numpy(), {"number_unreadable": infinite}
    )


# Judging --------------------------------------------------------------------------------------------------------------


def _judge(result: Typed, readings: dict[str, parse.Reading], raw: dict[str, pd.Series], sheet: Sheet) -> None:
    data = np.isin(result.part, NOT_DATA, invert=True)
    if sheet.cut:
        cut = np.zeros(len(data), dtype=bool)
        cut[-1] = data[-1]
        _fault(result, "row_cut", cut, "", raw)
    _overflow(result, sheet, data, raw)
    for column, reading in readings.items():
        definition = result.table[column]
        _refuse(result, reading, definition, data, raw)
        for rule, where in reading.faults.items():
            where = where & data
            if not definition.required and not _is_key(result.table, column):
                if rule != "id_blank":
                    _blank(result, rule, where, column, raw)
            else:
                _fault(result, rule, where, column, raw)
        if definition.required and definition.kind != "id":
            _fault(result, "blank", reading.blank & data, column, raw)
        for note in reading.notes:
            result.note(note.rule, _from(note, data), column, note.value)
        for currency, position in reading.currencies.items():
            if data[position] and definition.unit == "currency":
                shown = parse.cell_text(raw[column].iloc[position])
                result.currencies.setdefault(currency, (column, int(result.rows[position]), shown))


def _is_key(table: Table, column: str) -> bool:
    """An order's number is not required, but where the file has it, a line without one belongs to no order."""
    return column in table.key or (table.name == "orders" and column == "order_id")


def _from(note: parse.Note, data: np.ndarray) -> np.ndarray:
    where = np.zeros(len(data), dtype=bool)
    where[note.position : note.position + 1] = True
    return where


def _refuse(result: Typed, reading: parse.Reading, column: Column, data: np.ndarray, raw: dict[str, pd.Series]) -> None:
    for rule, code in (("id_scientific", "load_id_scientific"), ("date_ambiguous", "load_date_ambiguous")):
        where = np.flatnonzero(reading.faults.get(rule, np.zeros(len(data), dtype=bool)) & data)
        if len(where) and (column.required or _is_key(result.table, column.name)):
            value = parse.cell_text(raw[column.name].iloc[where[0]])
            raise DataError(
                code, file=result.file, row=int(result.rows[where[0]]), column=column.name, value=value, rows=len(where)
            )


def _fault(result: Typed, rule: str, where: np.ndarray, column: str, raw: dict[str, pd.Series]) -> None:
    """Set rows aside, a finding for each; a row with two faults counts at the first."""
    for position in np.flatnonzero(where):
        first = result.part[position] == ""
        value = _shown(raw[column].iloc[position]) if column else ""
        money = result._money(_only(position, len(where))) if first else 0.0
        result.findings.append(
            Finding(result.file, rule, "set_aside", int(result.rows[position]), column, value, int(first), money)
        )
        result.part[position] = "faulty"


def _only(position: int, size: int) -> np.ndarray:
    where = np.zeros(size, dtype=bool)
    where[position] = True
    return where


def _blank(result: Typed, rule: str, where: np.ndarray, column: str, raw: dict[str, pd.Series]) -> None:
    """Note the cells of an optional column that could not be read, a finding for each distinct value."""
    positions = np.flatnonzero(where)
    if not len(positions):
        return
    values = parse.as_text(raw[column].iloc[positions])
    for value, members in pd.Series(positions).groupby(values.to_numpy(), sort=False):
        result.findings.append(
            Finding(result.file, rule, "blanked", int(result.rows[members.iloc[0]]), column, _shown(value), len(members))
        )


def _overflow(result: Typed, sheet: Sheet, data: np.ndarray, raw: dict[str, pd.Series]) -> None:
    """Rows with cells beyond the header: a separator inside a cell may have shifted them."""
    beyond = np.zeros(len(data), dtype=bool)
    width = max((i + 1 for i, header in enumerate(sheet.headers) if header.strip()), default=0)
    for position in range(width, len(sheet.headers)):
        beyond |= ~_blank_cells(sheet.frame[position])
    if beyond.sum() < 0.5 * max(data.sum(), 1):
        _fault(result, "row_long", beyond & data, "", raw)


def _shown(value: object) -> str:
    text = parse.cell_text(value)
    return text if len(text) <= 80 else text[:80] + "…"


def _validate(result: Typed) -> None:
    """Hold the typed rows against the schema's lists and limits; kinds need no second look, the parser made them."""
    limited = [
        column.name
        for column in result.table.columns
        if column.name in result.frame and (column.allowed or column.low is not None or column.high is not None)
    ]
    keys = [column for column in result.table.key if column in result.frame]
    if not limited and not keys:
        return
    import pandera.errors

    schema = frame_schema(result.table).select_columns(list(dict.fromkeys([*keys, *limited])))
    try:
        schema.validate(result.kept, lazy=True)
    except pandera.errors.SchemaErrors as problem:
        for (column, check), cases in problem.failure_cases.groupby(["column", "check"], sort=False):
            _apply(result, str(column), str(check), cases["index"].dropna().astype(int).unique())


def _apply(result: Typed, column: str, check: str, positions: np.ndarray) -> None:
    raw = {name: result.frame[name].copy() for name in result.frame}
    where = np.zeros(len(result.part), dtype=bool)
    where[positions] = True
    if check == "multiple_fields_uniqueness":
        _fault(result, "key_twice", where, result.table.key[0], raw)
    elif check not in ("allowed", "low", "high") or column not in result.frame:
        return
    elif result.table[column].required:
        _fault(result, f"value_{check}", where, column, raw)
    else:
        _blank(result, f"value_{check}", where, column, raw)
        result.frame.loc[where, column] = pd.NA if check == "allowed" else np.nan


def _check_share(result: Typed, allowed_faults: float) -> None:
    records = int(np.isin(result.part, NOT_DATA, invert=True).sum())
    faulty = int((result.part == "faulty").sum())
    examples = [finding for finding in result.findings if finding.effect == "set_aside" and finding.rule not in NOT_DATA]
    shown = "; ".join(f'{one.row} {one.column} "{one.value}"' for one in examples[:MOST_EXAMPLES])
    if records == 0:
        raise DataError("load_no_rows", file=result.file)
    if faulty == records:
        raise DataError("load_no_valid_row", file=result.file, rows=records, examples=shown)
    if faulty > allowed_faults * records:
        raise DataError(
            "load_too_many_faults",
            file=result.file,
            faulty=faulty,
            rows=records,
            share=faulty / records,
            limit=allowed_faults,
            examples=shown,
            allowed=np.ceil(faulty / records * 100) / 100,
        )
