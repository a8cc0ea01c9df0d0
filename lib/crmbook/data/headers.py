"""Which header of a file is which column of a table: by name, never by position."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from crmbook import locale
from crmbook.data.dates import dates
from crmbook.data.faults import DataError
from crmbook.data.layout import refuse_other_layouts
from crmbook.data.numbers import numbers
from crmbook.data.reading import as_text
from crmbook.data.schema import TABLES, Column, Table, as_read
from crmbook.data.sheet import Sheet
from crmbook.data.spelling import listed, normal
from crmbook.data.who import candidates, chosen

WORDS = ("id", "text", "category")
"""Kinds of column of which the most telling is taken; of two dates or amounts only the user knows which is meant."""

MOST_TRIED = 200  # values that are looked at to see whether a column could be what is looked for
FITTING = 0.8

STATE, IGNORE, ORDER_TOTAL = NOT_OURS = ("state", "ignore", "order_total")
"""What a user may call a header of his beside our columns: it says what a row means, or nothing that is to be read, or
holds the total of an order on each of its lines."""

PRESETS: dict[str, Mapping[str, Mapping[str, list[str]]]] = {}
"""Export presets by name, each a mapping of table, column and accepted headers, in the form of ``headers.toml``."""


@dataclass(frozen=True)
class Matched:
    """A column found in a file.

    Parameters
    ----------
    column : str
        Our column.
    positions : tuple of int
        The file's columns that answer to it equally well, counted from 0; one, unless a header is there twice.
    how : str
        ``"columns"`` (the user said so; ``"order_total"`` of the amount), ``"exact"``, ``"spelling"`` (case, spaces,
        full-width) or ``"alias"``.
    passed_over : tuple of int
        The file's columns whose headers are further names of it, less telling than the one taken (product beside SKU).
    kind : str
        Of the customer's column, what kind of ``who.KINDS`` it is.
    """

    column: str
    positions: tuple[int, ...]
    how: str
    passed_over: tuple[int, ...] = ()
    kind: str = ""


def accepted(table: Table, preset: str | None = None) -> dict[str, list[str]]:
    """Return, for each column of a table, the headers that mean it, as ``normal`` writes them, the most telling first.

    Raises
    ------
    DataError
        When no such preset exists.
    """
    if preset is not None and preset not in PRESETS:
        raise DataError("load_preset", preset=preset, presets=", ".join(PRESETS) or "–")
    names = {column: list(known) for column, known in _known(table.name).items()}
    for column, known in (PRESETS[preset].get(table.name, {}) if preset else {}).items():
        names[column] = [*map(normal, known), *names[column]]
    return names


@cache
def other_names() -> dict[str, str]:
    """Return names that a table's file may have beside the table's own, as ``normal`` writes them, with the table."""
    return {normal(name): table for table, names in listed()["files"].items() for name in names}


@cache
def _tiers(table: str, tier: str) -> dict[str, tuple[str, ...]]:
    """Return the headers of one tier as ``normal`` writes them: ``first`` goes before all, ``second`` after all."""
    names = listed().get(f"{tier}_{table}", {})
    return {column: tuple(dict.fromkeys(map(normal, words))) for column, words in names.items()}


@cache
def _known(table: str) -> dict[str, tuple[str, ...]]:
    listed_names = listed().get(table, {})
    labels = dict(locale.entries())
    names = {}
    for column in as_read(TABLES[table]).names:
        entry = labels.get(f"column.{column}", {})
        headings = [entry[language] for language in locale.LANGUAGES if language in entry]
        names[column] = tuple(dict.fromkeys(map(normal, [column, *listed_names.get(column, []), *headings])))
    return names


def _who(table: str) -> dict[str, list[str]]:
    """Return the headers that say who the customer is, by kind; a list of customers is keyed by its numbers only."""
    kinds = listed()["who"]
    if "customer_id" not in TABLES[table].names:
        return {}
    own = {"id": ["customer_id", *_known(table)["customer_id"], *kinds["id"]]}
    if table == "customers":
        return {**own, "account": [*kinds["account"], *kinds["record"]]}
    return {**kinds, **own}


def recognised(headers: list[str], table: Table, columns: Mapping[str, str], preset: str | None = None) -> int:
    """Return how many of these words are headers of the table: so a header row is told from a title above it."""
    known = set().union(*accepted(table, preset).values()) | {normal(header) for header in columns}
    for tier in ("first", "second"):
        known |= set().union(*_tiers(table.name, tier).values())
    known |= {normal(name) for names in _who(table.name).values() for name in names}
    return len({normal(header) for header in headers if header.strip()} & known)


def match(sheet: Sheet, table: Table, columns: Mapping[str, str], preset: str | None = None) -> dict[str, Matched]:
    """Return which columns of the table a sheet's headers give.

    The user's own mapping goes first, then our own name, another spelling of it, a vendor's unmistakable name, any
    other known name, and at last what will do where nothing better is there. Who the customer is takes a look at the
    values.

    Parameters
    ----------
    sheet : Sheet
    table : Table
    columns : mapping of str to str
        Own header to our column.
    preset : str, optional

    Raises
    ------
    DataError
        When a required column is not there, or ``columns`` names a header or a column that does not exist.
    """
    headers, file = sheet.headers, sheet.file
    known = accepted(table, preset)
    stripped = [header.strip() for header in headers]
    normals = [normal(header) for header in headers]
    found: dict[str, Matched] = {}
    told: set[int] = set()
    for header, column in columns.items():
        places = _own(header, column, headers, normals, table, file)
        if column in (STATE, IGNORE):
            told.update(places)
            continue
        how, column = ("order_total", "amount") if column == ORDER_TOTAL else ("columns", column)
        if column in found:
            raise DataError("load_columns_twice", file=file, column=column)
        found[column] = Matched(column, places, how)
    first, second = (_tiers(table.name, tier) for tier in ("first", "second"))
    ways: tuple[tuple[str, Callable[[str], list[int]], Mapping[str, tuple[str, ...]]], ...] = (
        ("exact", lambda column: [i for i, header in enumerate(stripped) if header == column], {}),
        ("spelling", lambda column: [i for i, header in enumerate(normals) if header == normal(column)], {}),
        ("alias", lambda column: _named(normals, first.get(column, ())), first),
        ("alias", lambda column: _named(normals, known.get(column, ())), {}),
        ("alias", lambda column: _named(normals, second.get(column, ())), second),
    )
    for number, (how, candidates_of, ranked) in enumerate(ways):
        for column in table.names:
            taken = told.union(*(matched.positions for matched in found.values()))
            free = tuple(position for position in candidates_of(column) if position not in taken)
            free = tuple(place for place in free if not _is_name_of_someone(sheet, normals[place], table))
            if column in found or not free or column == "customer_id":
                continue
            names = list(ranked.get(column, known.get(column, ())))
            telling = bool(ranked) or table[column].kind in WORDS
            chosen_ones = _most_telling(free, normals, names) if telling else free
            found[column] = Matched(column, chosen_ones, how, tuple(sorted(set(free) - set(chosen_ones))))
        if number == 1 and "customer_id" not in found:
            taken = told.union(*(matched.positions for matched in found.values()))
            found |= _customer(sheet, table, taken)
    missing = [column for column in table.required if column not in found]
    if missing == ["amount"] and table.name == "orders" and {"unit_price", "quantity"} <= set(found):
        missing = []
    if missing:
        taken = told.union(*(matched.positions for matched in found.values()))
        if table.name == "orders":
            refuse_other_layouts(sheet, lambda words: recognised(words, table, {}, preset))
        raise _missing(missing, sheet, table, known, taken)
    return found


def _named(normals: list[str], names: Iterable[str]) -> list[int]:
    wanted = set(names)
    return [position for position, header in enumerate(normals) if header in wanted]


def _customer(sheet: Sheet, table: Table, taken: set[int]) -> dict[str, Matched]:
    """Return the column that says who the customer is, with its kind."""
    names = _who(table.name)
    if not names:
        return {}
    free = [
        candidate
        for candidate in candidates(sheet, names, taken)
        if normal(sheet.headers[candidate.position]) != "name" or _is_name_of_someone(sheet, "name", table)
    ]
    best = chosen(free)
    if best is None:
        return {}
    header = sheet.headers[best.position]
    how = "exact" if header.strip() == "customer_id" else "spelling" if normal(header) == "customerid" else "alias"
    same = tuple(
        candidate.position for candidate in free if normal(sheet.headers[candidate.position]) == normal(header)
    )
    others = tuple(
        candidate.position
        for candidate in free
        if candidate.kind in (best.kind, "id") and candidate.position not in same
    )
    return {"customer_id": Matched("customer_id", same, how, others, best.kind)}


def _is_name_of_someone(sheet: Sheet, header: str, table: Table) -> bool:
    """Whether a column headed name holds people's names; in some exports of orders it holds the order's number."""
    if header != "name" or table.name != "orders":
        return False
    values = as_text(sheet.frame[[normal(one) for one in sheet.headers].index("name")]).str.strip()
    filled = values[values.ne("")]
    return not filled.str.fullmatch(r"#?[A-Za-z]*[-_]?[\d-]*\d{3,}").mean() > 0.8


def _most_telling(positions: tuple[int, ...], normals: list[str], known: list[str]) -> tuple[int, ...]:
    best = min((normals[position] for position in positions), key=known.index)
    return tuple(position for position in positions if normals[position] == best)


def _own(header: str, column: str, headers: list[str], normals: list[str], table: Table, file: str) -> tuple[int, ...]:
    if column not in (*table.names, *NOT_OURS):
        if header in table.names and normal(column) in normals:
            raise DataError("load_columns_turned", file=file, header=column, column=header)
        raise DataError("load_columns_target", file=file, value=column, nearest=_listed(near(column, table.names)))
    positions = tuple(i for i, name in enumerate(headers) if name.strip() == header.strip())
    positions = positions or tuple(i for i, name in enumerate(normals) if name == normal(header))
    if not positions:
        raise DataError(
            "load_columns_header", file=file, value=header, nearest=_listed(near(header, headers) or headers)
        )
    return positions


def located(headers: list[str], columns: Mapping[str, str], called: str) -> set[int]:
    """Return the positions of the headers that the user gives one of the names in ``NOT_OURS``."""
    named = {normal(header) for header, column in columns.items() if column == called}
    return {position for position, header in enumerate(headers) if normal(header) in named}


def near(word: str, words: list[str], also: Iterable[str] = ()) -> list[str]:
    """Return up to three of the words that look most like a word, or like another name of it, the nearest first."""
    wanted = {normal(word), *also}
    scored = [
        (max(difflib.SequenceMatcher(None, normal(other), name).ratio() for name in wanted), other)
        for other in words[:1000]
        if normal(other)
    ]
    return [other for score, other in sorted(scored, key=lambda pair: -pair[0]) if score >= 0.5][:3]


def _missing(missing: list[str], sheet: Sheet, table: Table, known: dict[str, list[str]], taken: set[int]) -> DataError:
    """Return the refusal, with a suggestion only where an unread column is named alike and its values fit."""
    unread = [place for place, header in enumerate(sheet.headers) if place not in taken and header.strip()]
    fitting = {
        column: [sheet.headers[place] for place in unread if _fits(sheet, place, table[column])] for column in missing
    }
    nearest = {column: near(column, fitting[column], known[column]) for column in missing}
    column = next((column for column in missing if nearest[column]), missing[0])
    facts = {
        "file": sheet.file,
        "missing": ", ".join(f"{name} ({locale.label(name)})" for name in missing),
        "headers": _listed(sheet.headers),
        "column": column,
    }
    if not nearest[column]:
        return DataError("load_column_nowhere", **facts)
    close = list(dict.fromkeys(header for found in nearest.values() for header in found))
    return DataError("load_column_missing", nearest=_listed(close), header=nearest[column][0], **facts)


def _fits(sheet: Sheet, place: int, column: Column) -> bool:
    """Whether most of a column's first values could be what is looked for; an owner, shop or order is no customer."""
    texts = as_text(sheet.frame[place].head(MOST_TRIED)).str.strip()
    texts = texts[texts.ne("")].reset_index(drop=True)
    if texts.empty:
        return False
    if column.kind == "number":
        return bool(numbers(texts).values.notna().mean() >= FITTING)
    if column.kind == "date":
        read = dates(texts, loose=True)
        return bool((read.values.notna().to_numpy() | read.faults["date_ambiguous"]).mean() >= FITTING)
    return column.name != "customer_id" or not any(word in normal(sheet.headers[place]) for word in _never())


@cache
def _never() -> tuple[str, ...]:
    return tuple(map(normal, listed()["never"]["customer_id"]))


def _listed(words: list[str]) -> str:
    shown = [word if len(word) <= 40 else word[:40] + "…" for word in words if word.strip()]
    return ", ".join(shown[:12]) + (" …" if len(shown) > 12 else "")
