"""Which header of a file is which column of a table: by name, never by position."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from crmbook import locale
from crmbook.data.faults import DataError
from crmbook.data.numbers import CURRENCIES
from crmbook.data.schema import TABLES, Table, as_read

_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]\s*$")

WORDS = ("id", "text", "category")
"""Kinds of column of which the most telling is taken; of two dates or amounts only the user knows which is meant."""

STATE, IGNORE = NOT_OURS = ("state", "ignore")
"""What a user may call a header of his beside our columns: it says what a row means, or nothing that is to be read."""

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
        ``"columns"`` (the user said so), ``"exact"``, ``"spelling"`` (case, spaces, full-width) or ``"alias"``.
    passed_over : tuple of int
        The file's columns whose headers are further names of it, less telling than the one taken (product beside SKU).
    """

    column: str
    positions: tuple[int, ...]
    how: str
    passed_over: tuple[int, ...] = ()


def normal(header: str) -> str:
    """Return a header without what people vary: case, spaces, underscores, full width, a currency in brackets.

    Examples
    --------
    >>> normal(" Customer_ID ") == normal("ｃｕｓｔｏｍｅｒ id")
    True
    >>> normal("金额（元）") == normal("金额"), normal("金额（万元）") == normal("金额")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", header).casefold()
    if currency_in_header(header):
        plain = _BRACKETED.sub("", plain)
    return re.sub(r"[\W_]+", "", plain)


def currency_in_header(header: str) -> str:
    """Return the ISO code of the currency that a header names in brackets, as in ``Amount (USD)``; else empty."""
    found = _BRACKETED.search(unicodedata.normalize("NFKC", header))
    return CURRENCIES.get(found.group(1).strip().upper(), "") if found else ""


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
    return {normal(name): table for table, names in _listed_names()["files"].items() for name in names}


@cache
def _listed_names() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((resources.files(__package__) / "headers.toml").read_text(encoding="utf-8"))


@cache
def _known(table: str) -> dict[str, tuple[str, ...]]:
    listed = _listed_names().get(table, {})
    labels = dict(locale.entries())
    names = {}
    for column in as_read(TABLES[table]).names:
        entry = labels.get(f"column.{column}", {})
        headings = [entry[language] for language in locale.LANGUAGES if language in entry]
        names[column] = tuple(dict.fromkeys(map(normal, [column, *listed.get(column, []), *headings])))
    return names


def recognised(headers: list[str], table: Table, columns: Mapping[str, str], preset: str | None = None) -> int:
    """Return how many of these words are headers of the table: so a header row is told from a title above it."""
    known = set().union(*accepted(table, preset).values()) | {normal(header) for header in columns}
    return len({normal(header) for header in headers if header} & known)


def match(
    headers: list[str], table: Table, columns: Mapping[str, str], file: str, preset: str | None = None
) -> dict[str, Matched]:
    """Return which columns of the table the headers give: the user's own mapping first, then exact, spelling, alias.

    Parameters
    ----------
    headers : list of str
    table : Table
    columns : mapping of str to str
        Own header to our column.
    file : str
        What to call the file in an error.
    preset : str, optional

    Raises
    ------
    DataError
        When a required column is not there, or ``columns`` names a header or a column that does not exist.
    """
    known = accepted(table, preset)
    stripped = [header.strip() for header in headers]
    normals = [normal(header) for header in headers]
    found: dict[str, Matched] = {}
    told: set[int] = set()
    for header, column in columns.items():
        if column in NOT_OURS:
            told.update(_own(header, column, headers, normals, table, file))
            continue
        if column in found:
            raise DataError("load_columns_twice", file=file, column=column)
        found[column] = Matched(column, _own(header, column, headers, normals, table, file), "columns")
    ways = (
        ("exact", lambda column: [i for i, header in enumerate(stripped) if header == column]),
        ("spelling", lambda column: [i for i, header in enumerate(normals) if header == normal(column)]),
        ("alias", lambda column: [i for i, header in enumerate(normals) if header in known[column]]),
    )
    for how, candidates in ways:
        for column in table.names:
            taken = told.union(*(matched.positions for matched in found.values()))
            free = tuple(position for position in candidates(column) if position not in taken)
            if column not in found and free:
                chosen = _most_telling(free, normals, known[column]) if table[column].kind in WORDS else free
                found[column] = Matched(column, chosen, how, tuple(sorted(set(free) - set(chosen))))
    missing = [column for column in table.required if column not in found]
    if missing:
        raise _missing(missing, headers, known, file)
    return found


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


def _missing(missing: list[str], headers: list[str], known: dict[str, list[str]], file: str) -> DataError:
    nearest = {column: near(column, headers, known[column]) for column in missing}
    example = next((found[0] for found in nearest.values() if found), headers[0] if headers else "…")
    column = next((column for column in missing if nearest[column]), missing[0])
    close = list(dict.fromkeys(header for found in nearest.values() for header in found))
    return DataError(
        "load_column_missing",
        file=file,
        missing=", ".join(f"{name} ({locale.label(name)})" for name in missing),
        nearest=_listed(close) or "–",
        headers=_listed(headers),
        header=example,
        column=column,
    )


def _listed(words: list[str]) -> str:
    shown = [word if len(word) <= 40 else word[:40] + "…" for word in words if word.strip()]
    return ", ".join(shown[:12]) + (" …" if len(shown) > 12 else "")
