"""``crmbook.toml``: what a user said about his data once, kept beside them and read again each time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.data.headers import near

NAME = "crmbook.toml"
LARGEST = 1_000_000  # bytes
KINDS: dict[str, type | tuple[type, ...]] = {
    "columns": dict,
    "states": dict,
    "date_format": str,
    "encoding": str,
    "unit": str,
    "allowed_faults": (int, float),
    "preset": str,
    "test_orders": list,
    "currency": str,
    "country": str,
    "company": str,
}
"""What may stand in the file, and of what kind it is; all but the last three are arguments of ``load`` too."""


def beside(source: Path) -> Path | None:
    """Return the settings in a folder, or beside a file; None where there are none."""
    path = (source if source.is_dir() else source.parent) / NAME
    return path if path.is_file() else None


def read(path: Path) -> dict:
    """Return the settings of a file.

    Raises
    ------
    DataError
        When it is not there, is no TOML, or holds a name or a value that means nothing here.
    """
    if not path.is_file():
        raise DataError("no_source", source=path)
    if path.stat().st_size > LARGEST:
        raise DataError("load_settings_toml", file=path.name, reason=f"> {LARGEST:,}")
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise DataError("load_settings_toml", file=path.name, reason=problem) from problem
    for name, value in found.items():
        if name not in KINDS:
            nearest = ", ".join(near(name, list(KINDS)) or KINDS)
            raise DataError("load_settings_name", file=path.name, value=name, nearest=nearest)
        if not isinstance(value, KINDS[name]) or isinstance(value, bool) or not _of_text(value):
            raise DataError("load_settings_value", file=path.name, name=name, value=value)
    return found


def _of_text(value: object) -> bool:
    """Whether what a table or a list of settings holds is text, or a table of text."""
    if isinstance(value, Mapping):
        return all(isinstance(one, str) or (isinstance(one, Mapping) and _of_text(one)) for one in value.values())
    return not isinstance(value, list) or all(isinstance(one, str) for one in value)
