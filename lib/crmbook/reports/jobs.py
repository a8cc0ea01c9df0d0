"""What a run is to do: which notebooks, in which languages, with which parameters, all checked beforehand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crmbook.data import schemes
from crmbook.data.dates import day
from crmbook.data.faults import DataError, reason
from crmbook.data.home import expanded, home
from crmbook.locale import LANGUAGES
from crmbook.reports import parameters as given_parameters
from crmbook.reports.parameters import SET_BY_THE_RUN, Parameter


@dataclass(frozen=True)
class Job:
    """One notebook to run.

    Attributes
    ----------
    lesson : str
        ``"01_tiering"``.
    language : str
    notebook : Path
    values : dict
        The values given, checked.
    defaults : dict
        What the notebook takes where nothing is given.
    group : tuple of str
        Column and value of the customers that the report is of; empty: of all.
    made_of : str
        Digest of all that the report depends on, for the manifest; empty where nobody asks.
    """

    lesson: str
    language: str
    notebook: Path
    values: Mapping[str, object] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    made_of: str = ""

    @property
    def name(self) -> str:
        """Language and lesson: ``"en/01_tiering"``."""
        return f"{self.language}/{self.lesson}"

    @property
    def differs(self) -> bool:
        """Whether any value differs from the notebook's own, so that its fixed prose would no longer be true."""
        return bool(self.group) or any(value != self.defaults.get(name) for name, value in self.values.items())

    @property
    def data(self) -> Path | None:
        """The data given; None where the notebook uses its own."""
        value = self.values.get("data")
        return Path(str(value)) if value and value != self.defaults.get("data") else None


def plan(
    lessons: Sequence[str] = (),
    languages: Sequence[str] = LANGUAGES,
    values: Mapping[str, object] | None = None,
    settings: Path | None = None,
    data: str | os.PathLike[str] | None = None,
) -> list[Job]:
    """Return the notebooks to run, with their parameters checked.

    Parameters
    ----------
    lessons : sequence of str
        Names such as ``"01_tiering"``; empty: all.
    languages : sequence of str
        Of ``"en"`` and ``"zh"``.
    values : mapping, optional
        Parameters by name, text or typed; they win over the file's. One that only some of the lessons have is passed to
        those.
    settings : path, optional
        A TOML file of parameters, flat or with a table for a lesson.
    data : path, optional
        A folder or file of the reader's own: short for the parameter ``data``.

    Raises
    ------
    DataError
        For an unknown lesson or parameter (the nearest is named), a value of another type or none of the choices, data
        that are not there.
    """
    notebooks = {code: _notebooks(code) for code in languages}
    known = list(next(iter(notebooks.values())))
    wanted = list(dict.fromkeys(lessons)) or known
    for lesson in wanted:
        if lesson not in known:
            raise given_parameters.no_lesson(lesson, known)
    from_file = given_parameters.settings(settings, known) if settings else {"": {}}
    common = {**({"data": data} if data is not None else {}), **(values or {})}
    jobs = []
    for code in languages:
        found = {lesson: given_parameters.read(notebooks[code][lesson]) for lesson in wanted}
        given_parameters.known_everywhere({**from_file[""], **common}, found, known)
        for lesson, parameters in found.items():
            own = from_file.get(lesson, {})
            given_parameters.known_everywhere(own, {lesson: parameters})
            given = {**from_file[""], **own, **common}
            jobs.append(_job(lesson, code, notebooks[code][lesson], parameters, given))
    return sorted(jobs, key=lambda job: (job.lesson, job.language))


def titles(code: str) -> dict[str, str]:
    """Return what each notebook of a language is called, by its lesson."""
    found = {}
    for lesson, path in _notebooks(code).items():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        heading = re.search(r"^# +(.*\S)", prose, flags=re.MULTILINE)
        found[lesson] = heading.group(1) if heading else lesson
    return found


def _notebooks(code: str) -> dict[str, Path]:
    folder = home() / "notebooks" / ("" if code == "en" else code)
    found = {path.stem: path for path in sorted(folder.glob("[0-9]*.ipynb"))}
    if not found:
        raise DataError("report_no_notebooks", folder=folder.relative_to(home()).as_posix())
    return found


def _job(
    lesson: str, code: str, notebook: Path, parameters: Mapping[str, Parameter], given: Mapping[str, object]
) -> Job:
    values = {
        name: given_parameters.checked(_meant(name, value), parameters[name], lesson)
        for name, value in given.items()
        if name in parameters
    }
    defaults = {name: parameter.default for name, parameter in parameters.items() if name != SET_BY_THE_RUN}
    return Job(lesson, code, notebook, values, defaults)


def _meant(name: str, value: object) -> object:
    """Return a value as the kernel needs it: it works in the notebook's folder, so files go by their whole path.

    What is no day, no scheme or no file is said now, not by each notebook.
    """
    if not isinstance(value, str | os.PathLike) or not str(value):
        return value
    path = expanded(value)
    if name == "as_of":
        day(str(value))
    elif name == "scheme":
        schemes.read(path if path.is_file() else str(value))
        return str(path.resolve()) if path.is_file() else value
    elif name == "data":
        try:
            there = path.exists()
        except OSError as problem:
            raise DataError("load_no_access", file=path.name, reason=reason(problem)) from problem
        if not there:
            raise DataError("no_source", source=str(value))
        return str(path.resolve())
    return value
