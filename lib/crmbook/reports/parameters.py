"""A notebook's parameters, read from its parameters cell, and the values given for a run, checked before it starts."""

from __future__ import annotations

import ast
import datetime
import difflib
import json
import math
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.locale import text

SET_BY_THE_RUN = "out"
"""The parameter that no user gives: the run sets it to the folder where the notebook writes its tables."""

_CHOICES = re.compile(r"\(choose: (?P<en>[^()]+)\)\s*$|（可选：(?P<zh>[^（）]+)）\s*$")
_EXAMPLES = {
    "str": "text",
    "int": "5",
    "float": "0.8",
    "bool": "true",
    "list": "[0.8, 0.95]",
    "tuple": "[0.8, 0.95]",
    "dict": '{"A": 3}',
}
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "tuple": list, "dict": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook.

    Attributes
    ----------
    name : str
    kind : str
        ``str``, ``int``, ``float``, ``bool``, ``list``, ``tuple`` or ``dict``.
    item : str
        What a list holds, where the annotation says so; else empty.
    default : object
    choices : tuple of str
        The values it may take, from the end of its comment; empty: any.
    """

    name: str
    kind: str
    item: str
    default: object
    choices: tuple[str, ...]


def read(notebook: Path) -> dict[str, Parameter]:
    """Return the parameters of a notebook by their names, in the order they stand there."""
    import papermill

    return {name: _parameter(found) for name, found in papermill.inspect_notebook(str(notebook)).items()}


def written(pairs: Iterable[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` pairs as a mapping.

    Raises
    ------
    DataError
        When a pair has no ``=`` or no name.

    Examples
    --------
    >>> written(["as_of=2024-06-30", "note="])
    {'as_of': '2024-06-30', 'note': ''}
    """
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise DataError("report_parameter_form", given=pair)
        values[name.strip()] = value.strip()
    return values


def settings(file: Path, lessons: Collection[str]) -> dict[str, dict[str, object]]:
    """Read a TOML file of parameters: those for all lessons under ``""``, those of a lesson's table under its name.

    Raises
    ------
    DataError
        When the file is missing or is no TOML.
    """
    if file.exists() and not file.is_file():
        raise DataError("load_not_a_file", file=file.name)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError:
        raise DataError("no_source", source=file.name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise DataError("report_settings_unreadable", file=file.name, problem=problem) from None
    tables = {name: value for name, value in content.items() if name in lessons and isinstance(value, dict)}
    return {"": {name: value for name, value in content.items() if name not in tables}, **tables}


def checked(value: object, parameter: Parameter, lesson: str) -> object:
    """Return a value as the type its parameter wants; text from the command line is read as that type.

    Raises
    ------
    DataError
        When the value has another type or is none of the choices.

    Examples
    --------
    >>> checked("0.8", Parameter("share", "float", "", 0.5, ()), "01_tiering")
    0.8
    """
    try:
        found = _plain(value, parameter.kind)
        if isinstance(found, dict):
            found = _entries(found, parameter.default)
        elif parameter.item:
            found = [_plain(part, parameter.item) for part in found]  # type: ignore[attr-defined]
    except (ValueError, TypeError):
        raise _type_error(value, parameter, lesson) from None
    if parameter.choices and str(found) not in parameter.choices:
        raise DataError(
            "report_parameter_choice",
            lesson=lesson,
            name=parameter.name,
            value=value,
            choices=text("reports.comma").join(parameter.choices),
        )
    return found


def known_everywhere(
    names: Iterable[str], parameters: Mapping[str, Mapping[str, Parameter]], lessons: Collection[str] = ()
) -> None:
    """Refuse a name that none of the lessons has.

    Parameters
    ----------
    names : iterable of str
    parameters : mapping
        The parameters of each lesson of the run.
    lessons : collection of str
        Names that could be meant as well: the tables that a file of parameters may have.

    Raises
    ------
    DataError
        Naming the nearest parameter, and all there are.
    """
    known = list(dict.fromkeys(name for those in parameters.values() for name in those if name != SET_BY_THE_RUN))
    for name in names:
        if name == SET_BY_THE_RUN:
            raise DataError("report_parameter_out")
        if name not in known:
            comma = text("reports.comma")
            facts = {"name": name, "lessons": comma.join(parameters), "known": comma.join(known)}
            if close := nearest(name, [*known, *lessons]):
                raise DataError("report_parameter_unknown", nearest=close, **facts)
            raise DataError("report_parameter_no_such", **facts)


def nearest(name: str, known: Collection[str]) -> str:
    """Return the known name that is most like the given one; empty where none is near.

    Examples
    --------
    >>> nearest("as_off", ["data", "as_of"]), nearest("colour", ["data", "as_of"])
    ('as_of', '')
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), "")


def no_lesson(lesson: str, known: Collection[str]) -> DataError:
    """Return the refusal of a lesson that is not there: the nearest one, or all where none is near."""
    if close := nearest(lesson, known):
        return DataError("course_no_lesson", lesson=lesson, nearest=close)
    return DataError("course_no_such_lesson", lesson=lesson, lessons=text("reports.comma").join(known))


def _parameter(found: Mapping[str, str]) -> Parameter:
    try:
        default = ast.literal_eval(found["default"])
    except (ValueError, SyntaxError):
        default = found["default"]
    annotation = found["inferred_type_name"].replace(" ", "")
    kind, _, item = annotation.partition("[")
    kind = kind if kind in _PYTHON else type(default).__name__
    item = item.rstrip("]").split(",")[0]
    choices = _CHOICES.search(found["help"])
    words = re.split(r"[,、，]", choices["en"] or choices["zh"]) if choices else []
    return Parameter(
        name=found["name"],
        kind=kind,
        item=item if kind in ("list", "tuple") and item in _PYTHON else "",
        default=default,
        choices=tuple(word.strip() for word in words),
    )


def _plain(value: object, kind: str) -> object:
    if isinstance(value, str) and kind != "str":
        value = _from_text(value, kind)
    if kind == "str" and isinstance(value, datetime.date):  # TOML knows dates, papermill does not
        return value.isoformat()
    if isinstance(value, tuple):
        value = list(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, _PYTHON[kind]) or (kind in ("int", "float") and not is_number):
        raise TypeError(kind)
    if kind == "float":
        if not math.isfinite(float(value)):  # type: ignore[arg-type]
            raise ValueError(value)
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, list):
        return [part.isoformat() if isinstance(part, datetime.date) else part for part in value]
    return value


def _entries(found: dict, default: object) -> dict:
    """Return a table of names and values whose kinds are those of the default's."""
    if not isinstance(default, dict) or not default:
        return found
    whole = all(isinstance(name, int) for name in default)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in default.values())
    checked = {(int(name) if whole else name): value for name, value in found.items()}
    for value in checked.values() if numbers else ():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise TypeError(value)
    return checked


def _from_text(value: str, kind: str) -> object:
    if kind == "int":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "bool":
        return {"true": True, "false": False}.get(value.lower(), value)
    for reader in (lambda: tomllib.loads(f"value = {value}")["value"], lambda: json.loads(value)):
        try:
            return reader()
        except ValueError:
            continue
    return value


def _type_error(value: object, parameter: Parameter, lesson: str) -> DataError:
    default = parameter.default
    example = json.dumps(default, ensure_ascii=False) if default and parameter.kind != "str" else ""
    kinds = {kind: text(f"reports.type_{kind}") for kind in _PYTHON}
    return DataError(
        "report_parameter_type",
        lesson=lesson,
        name=parameter.name,
        value=value,
        expected=kinds[parameter.kind],
        example=example or _EXAMPLES[parameter.kind],
    )
