"""A file that asks for many reports at once, read and checked: every mistake is named with its key and its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmbook.data.faults import DataError
from crmbook.locale import LANGUAGES, text
from crmbook.reports.parameters import nearest

_COMMON = {"data": str, "lessons": list, "languages": list, "parameters": dict}
_KEYS: dict[str, dict[str, type]] = {
    "": {**_COMMON, "out": str, "for_each": str, "only": list, "least": int, "report": list},
    "report": {**_COMMON, "name": str},
}
_LONGEST = 80
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
OWN_NAMES = ("index.html", "batch.json", "assets")
"""What stands beside the folders of the reports."""


@dataclass(frozen=True)
class Row:
    """A set of reports in one folder.

    Attributes
    ----------
    name : str
        The folder's name, and how the index calls it.
    data : str
        Empty: the notebooks' own sample.
    lessons, languages : tuple of str
        Empty: all.
    parameters : dict
    group : tuple of str
        Column and value, ``("customers.province", "Fujian")``, where the reports are of one group; else empty.
    """

    name: str
    data: str = ""
    lessons: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    group: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """What a batch file asks for.

    Attributes
    ----------
    file : Path
    out : str
        Empty where the file does not say.
    rows : tuple of Row
        Of ``for_each`` one, which stands for all groups.
    for_each : str
        Table and column of the groups; empty where rows are listed.
    only : tuple of str
        The groups asked for; empty: all.
    least : int
        Customers that a group must have.
    lines : dict
        The line of each row's beginning, the first line is 1.
    """

    file: Path
    out: str
    rows: tuple[Row, ...]
    for_each: str = ""
    only: tuple[str, ...] = ()
    least: int = 1
    lines: Mapping[str, int] = field(default_factory=dict)


def read(file: Path) -> Batch:
    """Read a batch file.

    Raises
    ------
    DataError
        When it is missing, no TOML, or has mistakes: all of them, a line each.
    """
    try:
        written = file.read_text(encoding="utf-8-sig")
        content = tomllib.loads(written)
    except OSError:
        raise DataError("no_source", source=file.name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise DataError("report_settings_unreadable", file=file.name, problem=problem) from None
    lines = _lines(written)
    mistakes = list(_mistakes(content, lines))
    if mistakes:
        said = (f"{file.name}, {text('batch.line', line=line)}: {what}" for line, what in sorted(mistakes))
        raise DataError("batch_mistakes", mistakes="\n".join(said))
    common = {key: content[key] for key in _COMMON if key in content}
    listed = content.get("report") or [{"name": ""}]
    rows = tuple(_row(common, own, file.parent) for own in listed)
    return Batch(
        file,
        content.get("out", ""),
        rows,
        content.get("for_each", ""),
        tuple(map(str, content.get("only", ()))),
        content.get("least", 1),
        {row.name: lines.get(("report", number, ""), 1) for number, row in enumerate(rows)},
    )


def folder_name(value: str, taken: Mapping[str, str]) -> str:
    """Return a name for a folder that stands for a value: inside its parent on any system, and nobody else's.

    Parameters
    ----------
    value : str
    taken : mapping
        The names given so far, in small letters, with what they stand for.

    Examples
    --------
    >>> folder_name("Fujian", {}), folder_name("../etc", {}), folder_name("con", {}), folder_name("a/b", {"a_b": "a_b"})
    ('Fujian', '_etc', 'con_', 'a_b_2')
    """
    plain = _UNSAFE.sub("_", value).strip(" .")[:_LONGEST].rstrip(" .") or "_"
    if _RESERVED.fullmatch(plain) or plain.casefold() in OWN_NAMES:
        plain += "_"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain}_{number}"
    return name


def _row(common: Mapping, own: Mapping, folder: Path) -> Row:
    given = {**common, **own, "parameters": {**common.get("parameters", {}), **own.get("parameters", {})}}
    data = given.get("data", "")
    return Row(
        given.get("name", ""),
        str(folder / Path(data).expanduser()) if data else "",
        tuple(given.get("lessons", ())),
        tuple(given.get("languages", ())),
        given["parameters"],
    )


# --- mistakes ---------------------------------------------------------------------------------------------------------

Place = tuple[object, ...]


def _mistakes(content: Mapping, lines: Mapping[Place, int]) -> Iterator[tuple[int, str]]:
    yield from _of_table(content, "", (), lines)
    reports = content.get("report", [])
    if "for_each" in content and reports:
        yield lines.get(("for_each",), 1), text("batch.both")
    if "for_each" not in content and not reports:
        yield 1, text("batch.nothing")
    for key in ("only", "least"):
        if key in content and "for_each" not in content:
            yield lines.get((key,), 1), text("batch.without_for_each", entry=key)
    if isinstance(content.get("least"), int) and content["least"] < 1:
        yield lines.get(("least",), 1), text("batch.least")
    names: dict[str, int] = {}
    for number, report in enumerate(reports if isinstance(reports, list) else []):
        at = ("report", number)
        start = lines.get((*at, ""), lines.get(("report",), 1))
        if not isinstance(report, Mapping):
            yield start, text("batch.type", entry="report", expected=text("reports.type_dict"))
            continue
        yield from _of_table(report, "report", at, lines)
        name = report.get("name")
        line = lines.get((*at, "name"), start)
        if name is None:
            yield start, text("batch.no_name")
        elif isinstance(name, str):
            if (safe := folder_name(name, {})) != name:
                yield line, text("batch.name", name=name, safe=safe)
            elif name.casefold() in names:
                yield line, text("batch.name_twice", name=name, line=names[name.casefold()])
            names.setdefault(name.casefold(), line)


def _of_table(content: Mapping, kind: str, at: Place, lines: Mapping[Place, int]) -> Iterator[tuple[int, str]]:
    known = _KEYS[kind]
    value: Any
    for key, value in content.items():
        line = lines.get((*at, key), lines.get((*at, ""), 1))
        if key not in known:
            close = nearest(key, known)
            listed = text("reports.comma").join(known)
            yield (
                line,
                text("batch.key_near", entry=key, nearest=close, known=listed)
                if close
                else text("batch.key", entry=key, known=listed),
            )
        elif not _is(value, known[key]):
            yield line, text("batch.type", entry=key, expected=text(f"reports.type_{known[key].__name__}"))
        elif key in ("lessons", "languages") and not all(isinstance(part, str) for part in value):
            yield line, text("batch.type", entry=key, expected=text("batch.list_of_texts"))
        elif key == "languages" and (strange := [part for part in value if part not in LANGUAGES]):
            yield line, text("batch.language", value=strange[0], known=", ".join(LANGUAGES))


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _lines(written: str) -> dict[Place, int]:
    """Return the line of each key by its place, ``("data",)``, ``("report", 0, "name")``; of a table under ``""``."""
    found: dict[Place, int] = {}
    at: Place = ()
    count: dict[str, int] = {}
    quoted = ""
    for number, line in enumerate(written.splitlines(), start=1):
        if quoted:  # inside a text of several lines
            quoted = "" if quoted in line else quoted
            continue
        if table := re.match(r"\s*\[\[\s*([\w-]+)\s*\]\]", line):
            count[table[1]] = count.get(table[1], -1) + 1
            at = (table[1], count[table[1]])
            found.setdefault((*at, ""), number)
            found.setdefault((table[1],), number)
        elif table := re.match(r"\s*\[\s*([\w.\s\"-]+)\]", line):
            parts = [part.strip(' "') for part in table[1].split(".")]
            at = (parts[0], count[parts[0]], *parts[1:]) if parts[0] in count else tuple(parts)
            found.setdefault(at, number)
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*(\.[^=]*)?=(.*)", line):
            found.setdefault((*at, key[1]), number)
            for mark in ('"""', "'''"):
                if key[3].count(mark) % 2:
                    quoted = mark
    return found
