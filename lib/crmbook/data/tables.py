"""A sheet to a table: headers matched, cells typed, every row judged once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from crmbook.data import meaning
from crmbook.data.dates import EARLIEST, LATEST, ORDERS, day_order, in_order
from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.headers import IGNORE, STATE, Matched, located, match
from crmbook.data.numbers import decimal_mark, unsure
from crmbook.data.parse import parse
from crmbook.data.read import Sheet
from crmbook.data.reading import Note, Reading, as_text
from crmbook.data.records import of_orders, of_others
from crmbook.data.schema import Column, Table, frame_schema
from crmbook.data.sheet import ungarbled
from crmbook.data.spelling import currency_in_header, unit_in_header, unit_stated
from crmbook.data.states import columns as columns_of_states
from crmbook.data.typed import NOT_DATA, Typed, shown
from crmbook.data.who import MASKED, alike, are_names, is_nobody

MOST_EXAMPLES = 3
MOST_LOOKED_AT = 1_000  # different texts of a column that are looked at for wrong code pages


def typed(
    sheet: Sheet,
    table: Table,
    columns: Mapping[str, str],
    preset: str | None = None,
    date_format: str | None = None,
    allowed_faults: float = 0.05,
    states: Mapping[str, str] | None = None,
    unit: float | None = None,
) -> Typed:
    """Return a sheet's rows typed and judged.

    Faulty rows (an unreadable number or date, a blank or placeholder identifier, a value that a required column may not
    have) get the part ``faulty`` and a finding; an unreadable cell of an optional column is blanked, with a finding.

    Raises
    ------
    DataError
        When a required column is missing, identifiers are in scientific notation, the order of day and month cannot be
        told, no row is valid or more than ``allowed_faults`` of the rows are faulty.
    """
    found = match(sheet, table, columns, preset)
    read = {name: matched.positions[0] for name, matched in found.items()}
    saying: dict[int, str] = {}
    if table.name == "orders":
        told, left = (located(sheet.headers, columns, called) for called in (STATE, IGNORE))
        saying = columns_of_states(sheet, {*read.values(), *left}, told)
        records = of_orders(sheet, read, saying)
    else:
        records = of_others(sheet, [sheet.frame[read[name]] for name in table.required if name in read])
    sheet, part = records.sheet, records.part
    raw = {name: _one(sheet, found[name]) for name in table.names if name in found}
    if "customer_id" in found and found["customer_id"].kind == "contact":
        raw["customer_id"] = as_text(raw["customer_id"]).str.strip().str.lower()
    if table.name == "orders" and "customer_id" in raw:
        raw["customer_id"] = as_text(raw["customer_id"]).mask(is_nobody(raw["customer_id"]), "")
    data = np.isin(part, NOT_DATA, invert=True)
    readings = _readings(raw, table, data, date_format, sheet.mark)
    units = _units(sheet, table, found, records.stated, unit)
    for name, unit in units.items():
        readings[name] = replace(readings[name], values=(readings[name].values * unit).round(6))
    if table.name == "orders" and "amount" not in found:
        readings, raw["amount"] = _with_amount(readings, table), raw["unit_price"]
    once = np.zeros(len(part), dtype=bool)
    if table.name == "orders":
        readings["amount"], once = _counted_once(readings["amount"], records.continued)
    frame = pd.DataFrame({name: reading.values for name, reading in readings.items()})
    result = Typed(table, sheet.file, frame, sheet.rows, part, list(sheet.findings), _matches(sheet, found, table))
    result.places = sheet.places
    _note_passed_over(result, sheet, found)
    _note_assumed(result, sheet, found, units)
    for rule in NOT_DATA:
        result.note(rule, part == rule, effect="note" if rule == "blank_row" else "set_aside")
    if sheet.overlap is not None:
        twice = sheet.overlap & (part == "")
        part[twice] = "overlap"
        result.note("overlap", twice, effect="set_aside")
        data = data & ~twice
    if table.name == "orders":
        result.note("line_continued", records.continued & (part == ""))
        result.note("amount_on_first_line", once & (part == ""), "amount")
        how = found["amount"].how if "amount" in found else "columns"  # an amount that was worked out is a line's
        meaning.count_totals_once(result, sheet, how, records.continued)
        meaning.apply(result, sheet, read, saying, states or {})
        data = data & (part == "")
    _judge_rows(result, sheet, data)
    for name, reading in readings.items():
        header = sheet.headers[found[name].positions[0]] if name in found else ""
        _judge_cells(result, reading, table[name], raw[name], data, header)
    if table.name == "orders":
        meaning.set_anonymous_aside(result)
    _note_garbled(result, data)
    _validate(result)
    _check_share(result, allowed_faults)
    return result


# Columns --------------------------------------------------------------------------------------------------------------


def _one(sheet: Sheet, matched: Matched) -> pd.Series:
    """The one column meant; a header that is there twice will do if both say the same."""
    first = sheet.frame[matched.positions[0]]
    if not all(first.equals(sheet.frame[position]) for position in matched.positions[1:]):
        headers = ", ".join(f"{sheet.headers[position]} ({position + 1})" for position in matched.positions)
        raise DataError("load_header_twice", file=sheet.file, column=matched.column, headers=headers)
    return first


def _note_passed_over(result: Typed, sheet: Sheet, found: dict[str, Matched]) -> None:
    """Say which of several columns that could mean the same was taken."""
    for matched in found.values():
        taken = matched.positions[0]
        others = [at for at in matched.passed_over if not sheet.frame[at].equals(sheet.frame[taken])]
        if others:
            result.remark("column_taken", sheet.headers[taken], ", ".join(sheet.headers[at] for at in others))


def _units(
    sheet: Sheet, table: Table, found: dict[str, Matched], stated_in: tuple[str, ...], told: float | None
) -> dict[str, float]:
    """What the amounts of each column are to be multiplied by: a header's own unit goes before one stated for all."""
    stated = next((unit for unit in map(unit_stated, stated_in) if unit is not None), 1.0)
    units = {}
    for name, matched in found.items():
        if table[name].unit == "currency":
            own = unit_in_header(sheet.headers[matched.positions[0]])
            units[name] = told if told is not None else stated if own is None else own
    return {name: unit for name, unit in units.items() if unit != 1}


def _with_amount(readings: dict[str, Reading], table: Table) -> dict[str, Reading]:
    """Add the amount where a file has the quantity and the price of one piece only."""
    quantity, price = readings["quantity"], readings["unit_price"]
    rules = {*quantity.faults, *price.faults}
    nowhere = np.zeros(len(price.blank), dtype=bool)
    faults = {rule: quantity.faults.get(rule, nowhere) | price.faults.get(rule, nowhere) for rule in rules}
    values = (quantity.values * price.values).round(6)
    made = Reading(values, quantity.blank | price.blank, faults, currencies=price.currencies)
    return {name: {**readings, "amount": made}[name] for name in table.names if name in readings or name == "amount"}


def _counted_once(amount: Reading, continued: np.ndarray) -> tuple[Reading, np.ndarray]:
    """Let the later lines of an order whose total stands on its first line bring nothing more."""
    once = continued & amount.blank
    return replace(amount, values=amount.values.mask(once, 0.0), blank=amount.blank & ~once), once


BY_KIND = {"account": "customer_by_account", "contact": "customer_by_contact", "name": "customer_by_name"}


def _note_assumed(result: Typed, sheet: Sheet, found: dict[str, Matched], units: dict[str, float]) -> None:
    """Say what was taken for granted: the unit, an amount that was worked out, a customer known by something else."""
    for name, unit in units.items():
        result.remark("unit_applied", sheet.headers[found[name].positions[0]].strip(), f"{unit:,g}")
    if result.table.name == "orders" and "amount" not in found:
        result.remark("amount_made", "amount", f"{result.header('quantity')} × {result.header('unit_price')}")
    who = found.get("customer_id")
    if who is None or result.table.key == ("customer_id",):
        return
    header, names = sheet.headers[who.positions[0]].strip(), result.frame["customer_id"]
    kind = "name" if who.kind == "either" and are_names(names) else who.kind
    if kind in BY_KIND:
        result.remark(BY_KIND[kind], header)
    if kind == "name" and (pairs := alike(names)):
        result.remark("names_alike", header, "; ".join(f"{one} / {other}" for one, other in pairs[:MOST_EXAMPLES]))
    masked = names.str.contains(MASKED, regex=True, na=False).to_numpy(dtype=bool)
    result.note("customer_masked", masked, "customer_id")


def _matches(sheet: Sheet, found: dict[str, Matched], table: Table) -> list[dict[str, str]]:
    by_position = {matched.positions[0]: matched for matched in found.values()}
    ignored = Matched("", (), "ignored")
    return [
        {"file": sheet.file, "table": table.name, "header": header, "column": matched.column, "how": matched.how}
        for position, header in enumerate(sheet.headers)
        for matched in [by_position.get(position, ignored)]
    ]


def _readings(
    raw: dict[str, pd.Series], table: Table, data: np.ndarray, date_format: str | None, likely_mark: str
) -> dict[str, Reading]:
    """Read every column; what holds for the whole file (decimal mark, order of day and month) is settled first."""
    texts = {name: as_text(values) for name, values in raw.items() if not _is_typed(values, table[name])}

    def of_kind(*kinds: str) -> list[pd.Series]:
        return [values[data] for name, values in texts.items() if table[name].kind in kinds]

    told = decimal_mark(of_kind("number", "integer"))
    mark = told or likely_mark
    order, pattern = _date_format(date_format)
    found = day_order(of_kind("date")) if order is None and pattern is None else None
    order = order or found
    readings = {
        name: parse(texts[name], table[name], mark, order, pattern) if name in texts else _as_typed(values, table[name])
        for name, values in raw.items()
    }
    for name in texts:
        if not told and table[name].kind in ("number", "integer"):
            readings[name] = replace(readings[name], notes=(*readings[name].notes, *unsure(texts[name], mark)))
    for name in texts:
        if found and table[name].kind == "date":
            readings[name] = replace(readings[name], notes=(*readings[name].notes, *in_order(texts[name], found)))
    return readings


def _date_format(written: str | None) -> tuple[str | None, str | None]:
    """What the user said: an order (``dmy``), or a pattern (``%d/%m/%Y``), which tells the order as well."""
    if written is None:
        return None, None
    if not isinstance(written, str):
        raise DataError("load_date_format", value=written)
    if written.lower() in ORDERS:
        return written.lower(), None
    day, month, year = (max(written.find(f"%{code}"), written.find(f"%{code.upper()}")) for code in "dmy")
    try:
        pd.to_datetime(pd.Series(["?"]), format=written, errors="coerce")
    except ValueError as problem:
        raise DataError("load_date_format", value=written) from problem
    if min(day, month, year) < 0:
        raise DataError("load_date_format", value=written)
    order = "".join(code for _, code in sorted([(day, "d"), (month, "m"), (year, "y")]))
    return (order if order in ORDERS else None), written


def _is_typed(values: pd.Series, column: Column) -> bool:
    types = pd.api.types
    if column.kind in ("number", "integer"):
        other = types.is_bool_dtype(values.dtype) or types.is_complex_dtype(values.dtype)
        return types.is_numeric_dtype(values.dtype) and not other
    return column.kind == "date" and types.is_datetime64_any_dtype(values.dtype)


def _as_typed(values: pd.Series, column: Column) -> Reading:
    """Take over what a frame, Parquet or Excel file has typed already, within the limits that hold for text."""
    blank = values.isna().to_numpy(dtype=bool)
    if column.kind != "date":
        numbers = values.astype("float64")
        infinite = ~blank & ~np.isfinite(numbers.to_numpy())
        return Reading(numbers.mask(infinite), blank, {"number_unreadable": infinite})
    notes: tuple[Note, ...] = ()
    zone = getattr(getattr(values.dtype, "pyarrow_dtype", values.dtype), "tz", None)
    if zone is not None:
        notes = (Note("date_zone", 0, str(zone), len(values)),)
        values = values.dt.tz_localize(None)
    if isinstance(values.dtype, pd.ArrowDtype):
        values = values.astype("datetime64[us]")
    outside = ((values < EARLIEST) | (values >= LATEST)).to_numpy(dtype=bool)
    return Reading(values.mask(outside).astype("datetime64[us]"), blank, {"date_unreadable": outside}, notes)


# Judging --------------------------------------------------------------------------------------------------------------


def _judge_rows(result: Typed, sheet: Sheet, data: np.ndarray) -> None:
    """Find rows that break off, and rows with cells beyond the header, whose values may have moved."""
    nothing = pd.Series("", index=range(len(data)))
    if sheet.cut:
        cut = np.zeros(len(data), dtype=bool)
        cut[-1] = data[-1]
        _set_aside(result, "row_cut", cut, "", nothing)
    width = max((position + 1 for position, header in enumerate(sheet.headers) if header.strip()), default=0)
    beyond = np.zeros(len(data), dtype=bool)
    for position in range(width, len(sheet.headers)):
        beyond |= as_text(sheet.frame[position]).str.strip().ne("").to_numpy(dtype=bool)
    if beyond.mean() <= 0.5:  # else it is a column without a heading
        _set_aside(result, "row_long", beyond & data, "", nothing)


def _judge_cells(
    result: Typed, reading: Reading, column: Column, raw: pd.Series, data: np.ndarray, header: str
) -> None:
    needed = column.required or _is_key(result.table, column.name)
    if needed:
        _refuse(result, reading, column.name, raw, data)
    for rule, where in reading.faults.items():
        if rule == "id_blank" and _may_be_nobody(result.table, column.name):
            continue
        if needed:
            _set_aside(result, rule, where & data, column.name, raw)
        elif rule != "id_blank":
            _blank(result, rule, where & data, column.name, raw)
    if column.required and column.kind != "id":
        _set_aside(result, "blank", reading.blank & data, column.name, raw)
    for note in reading.notes:
        if data[note.position] and (note.rule != "id_zero" or column.name == "customer_id"):
            row = int(result.rows[note.position])
            result.findings.append(
                Finding(result.place(note.position), note.rule, "note", row, column.name, shown(note.value), note.rows)
            )
    if column.unit == "currency":
        in_header = currency_in_header(header)
        if in_header:
            result.currencies.setdefault(in_header, (column.name, int(result.rows[0]) - 1, header))
        for currency, position in reading.currencies.items():
            if data[position]:
                seen = column.name, int(result.rows[position]), shown(raw.iloc[position])
                result.currencies.setdefault(currency, seen)


def _note_garbled(result: Typed, data: np.ndarray) -> None:
    """Find names and texts that were decoded with the wrong code page before they came here."""
    for name in map(str, result.frame):
        if result.table[name].kind in ("id", "category", "text"):
            words = result.frame.loc[data, name].dropna().drop_duplicates()
            foreign = words[~words.str.isascii().to_numpy(dtype=bool)].head(MOST_LOOKED_AT)
            garbled = foreign[foreign.map(ungarbled).astype(bool)]
            result.note("garbled", result.frame[name].isin(garbled).to_numpy() & data, name)


def _may_be_nobody(table: Table, column: str) -> bool:
    """A sale without a customer is a sale all the same; in any other table a row is about someone."""
    return table.name == "orders" and column == "customer_id"


def _is_key(table: Table, column: str) -> bool:
    """An order's number is not required, but where a file has it, a line without one belongs to no order."""
    return column in table.key or (table.name == "orders" and column == "order_id")


def _refuse(result: Typed, reading: Reading, column: str, raw: pd.Series, data: np.ndarray) -> None:
    for rule, code in (("id_scientific", "load_id_scientific"), ("date_ambiguous", "load_date_ambiguous")):
        where = np.flatnonzero(reading.faults.get(rule, ~data) & data)
        if len(where):
            row, value = int(result.rows[where[0]]), shown(raw.iloc[where[0]])
            raise DataError(
                code, file=result.place(int(where[0])), row=row, column=column, value=value, rows=len(where)
            )


def _set_aside(result: Typed, rule: str, where: np.ndarray, column: str, raw: pd.Series) -> None:
    """Set rows aside as faulty, a finding for each; a row with two faults counts at the first."""
    positions = np.flatnonzero(where)
    amounts = result.frame["amount"].to_numpy() if result.table.name == "orders" else np.full(len(where), math.nan)
    for position, value in zip(positions, raw.iloc[positions], strict=True):
        first = result.part[position] == ""
        money = float(amounts[position]) if first else 0.0
        row = int(result.rows[position])
        file = result.place(int(position))
        result.findings.append(Finding(file, rule, "set_aside", row, column, shown(value), int(first), money))
    result.part[positions] = "faulty"


def _blank(result: Typed, rule: str, where: np.ndarray, column: str, raw: pd.Series) -> None:
    """Report the cells of an optional column that are blanked, a finding for each distinct value."""
    positions = np.flatnonzero(where)
    values = as_text(raw.iloc[positions]).to_numpy()
    for value, members in pd.Series(positions).groupby(values, sort=False):
        row = int(result.rows[members.iloc[0]])
        file = result.place(int(members.iloc[0]))
        result.findings.append(Finding(file, rule, "blanked", row, column, shown(value), len(members)))


# The schema -----------------------------------------------------------------------------------------------------------


def _validate(result: Typed) -> None:
    """Hold the typed rows against the schema's lists, limits and keys; the readers have made the kinds right."""
    table, frame = result.table, result.frame
    limited = [
        column.name for column in table.columns if column.allowed or column.low is not None or column.high is not None
    ]
    checked = [name for name in frame if name in limited or name in table.key]
    if not checked:
        return
    import pandera.errors

    try:
        frame_schema(table).select_columns(checked).validate(result.kept[checked], lazy=True)
    except pandera.errors.SchemaErrors as problem:
        cases = problem.failure_cases.dropna(subset=["index"])
        several = cases["check"] == "multiple_fields_uniqueness"  # one case for each column of the key
        cases.loc[several, "column"] = table.key[0] if table.key else ""
        for (column, check), found in cases.groupby(["column", "check"], sort=False):
            where = np.zeros(len(frame), dtype=bool)
            where[found["index"].astype(int).unique()] = True
            _apply(result, str(column), str(check), where)


def _apply(result: Typed, column: str, check: str, where: np.ndarray) -> None:
    if check == "multiple_fields_uniqueness":
        _set_aside(result, "key_twice", where, result.table.key[0], result.frame[result.table.key[0]])
    elif check in ("allowed", "low", "high"):
        judged = _set_aside if result.table[column].required else _blank
        judged(result, f"value_{check}", where, column, result.frame[column])
        if not result.table[column].required:
            result.frame[column] = result.frame[column].mask(where)


def _check_share(result: Typed, allowed_faults: float) -> None:
    records = int(np.isin(result.part, NOT_DATA, invert=True).sum())
    faulty = int((result.part == "faulty").sum())
    if records == 0:
        raise DataError("load_no_rows", file=result.file)
    examples = [one for one in result.findings if one.effect == "set_aside" and one.rule not in NOT_DATA]
    facts = {
        "file": result.file,
        "rows": records,
        "faulty": faulty,
        "examples": "; ".join(f'{one.row} {one.column} "{one.value}"' for one in examples[:MOST_EXAMPLES]),
    }
    if faulty == records:
        raise DataError("load_no_valid_row", **facts)
    share = faulty / records
    if share > allowed_faults:
        enough = math.ceil(share * 100) / 100
        raise DataError("load_too_many_faults", share=share, limit=allowed_faults, allowed=enough, **facts)
