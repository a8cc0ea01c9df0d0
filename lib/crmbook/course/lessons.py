"""A lesson's source: one py:percent file, English and Chinese side by side, read into cells."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import entries

TAGS = (
    "parameters",
    "lang-en",
    "lang-zh",
    "exercise",
    "solution",
    "check",
    "quiz",
    "instructor",
    "teaching",
    "reading",
    "summary",
    "default-only",
    "panel",
    "nbval-check-output",
    "nbval-ignore-output",
)

NOTEBOOK_ONLY = frozenset({"exercise", "solution", "check", "quiz", "instructor", "teaching"})
"""Tags of the cells that are for learners and trainers, not for a report."""

PARAMETER = re.compile(r"(?P<code>(?P<name>[a-z]\w*): (?P<type>\S.*?) = (?P<default>\S.*?))  # (?P<comment>\S.*)")
"""A line of the parameters cell: ``name: type = literal  # comment``."""

_MARKER = re.compile(r"# ?%%")
_OF_JUPYTEXT = ("tags", "cell_marker", "lines_to_next_cell")


@dataclass(frozen=True)
class Cell:
    """A cell of a lesson.

    Attributes
    ----------
    kind : str
        ``"markdown"`` or ``"code"``.
    source : str
        Its text, markdown without the leading ``#``.
    line : int
        The line of the lesson file where it starts, the first line is 1.
    tags : tuple of str
        As written in ``tags=[...]``.
    notes : dict
        What else stands on its first line, such as ``fact="Reichheld 1990"``.
    """

    kind: str
    source: str
    line: int
    tags: tuple[str, ...] = ()
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        return self.kind == "code"

    @property
    def language(self) -> str | None:
        """The language of a markdown cell; None for code, and where not exactly one is named."""
        named = [tag.removeprefix("lang-") for tag in self.tags if tag.startswith("lang-")]
        return named[0] if len(named) == 1 and not self.is_code else None

    @property
    def first_line(self) -> str:
        return self.source.partition("\n")[0].strip()

    @property
    def body(self) -> str:
        """What stands under the first line."""
        return self.source.partition("\n")[2].strip()

    @property
    def bullets(self) -> list[str]:
        return re.findall(r"^[-*] (.+)$", self.source, re.M)


@dataclass(frozen=True)
class Lesson:
    """A lesson as it stands in its file; ``path`` is ``…/lessons/01_tiering.py``."""

    path: Path
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The file's name without ``.py``: ``01_tiering``."""
        return self.path.stem

    @property
    def chapter(self) -> str:
        """The folder of the library that the lesson belongs to: ``tiering``, of ``01c_tiering_defects`` too."""
        return chapter(self.name)

    @property
    def topic(self) -> str:
        """The name without its number: ``tiering_defects``. The lesson's exercises go by it."""
        return re.sub(r"^\d+[a-z]?_", "", self.name)

    @property
    def workbook(self) -> Path:
        """The folder that holds ``lessons/``, ``notebooks/`` and ``docs/``."""
        return self.path.parents[1]

    def glossary(self) -> list[dict[str, str]]:
        """Read the workbook's glossary, a dict for each term; empty where there is none."""
        path = self.workbook / "docs" / "glossary.csv"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, restval=""))


def chapter(name: str) -> str:
    """Return the chapter of a lesson.

    Examples
    --------
    >>> chapter("01_tiering"), chapter("02b_value"), chapter("01c_tiering_defects")
    ('tiering', 'value', 'tiering')
    """
    return re.sub(r"^\d+[a-z]?_", "", name).partition("_")[0]


def find(names: Sequence[str] | None = None) -> list[Lesson]:
    """Read the workbook's lessons, in the order of their numbers.

    Parameters
    ----------
    names : sequence of str, optional
        ``"01_tiering"`` and so on; without it, every lesson.

    Raises
    ------
    DataError
        When a name is no lesson (the text gives the nearest), or a file cannot be read.
    """
    paths = {path.stem: path for path in sorted((home() / "lessons").glob("[0-9]*_*.py"))}
    wanted = list(paths) if names is None else list(names)
    for name in wanted:
        if name not in paths:
            if nearest := difflib.get_close_matches(name, paths, n=1):
                raise DataError("course_no_lesson", lesson=name, nearest=nearest[0])
            raise DataError("course_no_such_lesson", lesson=name, lessons=", ".join(paths))
    return [read(paths[name]) for name in wanted]


def read(path: Path) -> Lesson:
    """Read a lesson file.

    Raises
    ------
    DataError
        When the file is not UTF-8, its header is broken, or text stands before its first ``# %%`` line.
    """
    import jupytext

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("course_not_utf8", file=path.name) from None
    try:
        found = jupytext.reads(text, fmt="py:percent").cells
    except Exception as fault:  # jupytext passes on whatever its YAML and notebook libraries raise
        cause = str(fault).partition("\n")[0]
        raise DataError("course_not_readable", file=path.name, cause=cause) from None
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if _MARKER.match(line)]
    if len(lines) != len(found):
        raise DataError("course_outside_cells", file=path.name)
    return Lesson(path, tuple(_cell(cell, line) for cell, line in zip(found, lines, strict=True)))


def parameter_texts(chapter: str, name: str) -> dict[str, str] | None:
    """Return what the catalogue says of a parameter, both languages: the chapter's own entry, else the common one."""
    catalogue = dict(entries())
    return catalogue.get(f"{chapter}.parameter_{name}") or catalogue.get(f"course.parameter_{name}")


def _cell(cell: dict, line: int) -> Cell:
    metadata = cell["metadata"]
    notes = {key: value for key, value in metadata.items() if key not in _OF_JUPYTEXT}
    return Cell(cell["cell_type"], cell["source"], line, tuple(metadata.get("tags", ())), notes)
