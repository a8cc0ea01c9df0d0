"""Lessons become notebooks: an English one in ``notebooks/`` and a Chinese one in ``notebooks/zh/``, equal to the byte
for equal lessons.

The two notebooks of a lesson share code and cell ids. No outputs are stored, save for the short text of cells tagged
``nbval-check-output``, which later runs are compared with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crmbook.course import lessons as sources
from crmbook.course import rules
from crmbook.course.lessons import PARAMETER, Cell, Lesson, parameter_texts
from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import LANGUAGES, text

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from traitlets.config import Config

LEFT_OUT: dict[str, frozenset[str]] = {
    "student": frozenset({"solution", "instructor"}),
    "solution": frozenset({"instructor"}),
    "instructor": frozenset(),
}
"""The editions of a lesson, and the cells that each is without. The student's is the one in ``notebooks/``."""

CELL_SECONDS = 600
"""How long a cell may run when a lesson is executed."""


def build(lessons: Sequence[str] | None = None, execute: bool = False) -> list[Path]:
    """Write the notebooks of the lessons, both languages.

    Parameters
    ----------
    lessons : sequence of str, optional
        Names such as ``"01_tiering"``; without it, every lesson.
    execute : bool
        Run the notebooks and store the output of the cells tagged ``nbval-check-output``. Without it the outputs that
        are stored already stay with the cells that did not change.

    Returns
    -------
    list of Path
        The notebooks, English and Chinese of each lesson in turn.

    Raises
    ------
    DataError
        When a lesson is unknown or breaks a rule the build depends on, when a cell fails, or when a compared cell gives
        anything but text. The notebook before stays as it was.
    """
    written = []
    for lesson in sources.find(lessons):
        for language in LANGUAGES:
            path = _path(lesson, language)
            made = notebook(lesson, language)
            outputs = _run(made, path) if execute else _stored(path)
            _write(path, _content(made, outputs))
            written.append(path)
    return written


def check() -> list[str]:
    """Hold every lesson to the rules, and every notebook to its lesson, byte for byte.

    Returns
    -------
    list of str
        The rules that a lesson breaks; of lessons that break none, the notebooks that differ, are missing or have no
        lesson, and what to run; empty when all is in order.
    """
    found = []
    expected = set()
    for lesson in sources.find():
        broken = rules.problems(lesson)
        found += broken
        for language in LANGUAGES:
            path = _path(lesson, language)
            expected.add(path)
            found += [] if broken else _differences(lesson, language, path)
    present = [path for language in LANGUAGES for path in sorted(_folder(home(), language).glob("*.ipynb"))]
    for path in present:
        if path not in expected:
            found.append(text("course.notebook_no_lesson", notebook=_shown(path), lesson=path.stem))
    return found


def notebook(lesson: Lesson, language: str, edition: str = "student") -> NotebookNode:
    """Return a lesson's notebook in one language, without outputs; with solutions, these stand in place of the stubs.

    Raises
    ------
    DataError
        When the language pairs or the parameters are not as the rules ask.
    """
    from nbformat import v4

    for problem in (*rules.language_problems(lesson), *rules.parameter_problems(lesson)):
        raise DataError("course_broken", problem=problem)
    cells: list[NotebookNode] = []
    for cell, name in zip(lesson.cells, _ids(lesson), strict=True):
        if LEFT_OUT[edition] & set(cell.tags) or cell.language not in (None, language):
            continue
        if "solution" in cell.tags:
            cells[-1].source = _source(lesson, cell, language)  # the stub is the cell before
            continue
        tags = [tag for tag in cell.tags if not tag.startswith("lang-")]
        new = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
        cells.append(new(_source(lesson, cell, language), id=name, metadata={"tags": tags} if tags else {}))
    made = v4.new_notebook(cells=cells)
    made.nbformat_minor = 5
    made.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return made


def _ids(lesson: Lesson) -> list[str]:
    """An id comes from the lesson's name, the English (or shared) source and its place among equal cells: it stays when
    other cells change, and a Chinese cell has its English one's."""
    seen: Counter[tuple[str, str]] = Counter()
    names: list[str] = []
    for cell in lesson.cells:
        if cell.language == "zh":
            names.append(names[-1])
            continue
        seen[cell.kind, cell.source] += 1
        origin = "\n".join((lesson.name, cell.kind, str(seen[cell.kind, cell.source]), cell.source))
        names.append(hashlib.sha256(origin.encode()).hexdigest()[:12])
    return names


def _source(lesson: Lesson, cell: Cell, language: str) -> str:
    if language == "en":
        return cell.source
    if not cell.is_code:
        # the Chinese notebooks lie one folder deeper
        return re.sub(r"(\]\()(?=\.\./)", r"\1../", cell.source)
    if "parameters" in cell.tags:
        return "\n".join(_parameter(lesson, line, language) for line in cell.source.splitlines())
    return cell.source.replace('use("en")', f'use("{language}")')


def _parameter(lesson: Lesson, line: str, language: str) -> str:
    match = PARAMETER.fullmatch(line)
    texts = match and parameter_texts(lesson.chapter, match["name"])
    return f"{match['code']}  # {texts[language]}" if match and texts else line


def _path(lesson: Lesson, language: str) -> Path:
    return _folder(lesson.workbook, language) / f"{lesson.name}.ipynb"


def _folder(workbook: Path, language: str) -> Path:
    return workbook / "notebooks" if language == "en" else workbook / "notebooks" / language


def _shown(path: Path) -> str:
    return path.relative_to(home()).as_posix()


# --- the file -------------------------------------------------------------------------------------------------------


def _content(made: NotebookNode, outputs: Mapping[str, Sequence[NotebookNode]]) -> bytes:
    import nbformat

    whole = deepcopy(made)
    for cell in whole.cells:
        if _is_compared(cell):
            cell.outputs = list(outputs.get(cell.id, ()))
            # nbval takes a cell without a count for one that never ran; the same for all, since the order says nothing
            cell.execution_count = 1 if cell.outputs else None
    return (nbformat.writes(whole).rstrip("\n") + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _differences(lesson: Lesson, language: str, path: Path) -> list[str]:
    if not path.is_file():
        return [text("course.notebook_missing", notebook=_shown(path), lesson=lesson.name)]
    made = notebook(lesson, language)
    outputs = _stored(path)
    if path.read_bytes() != _content(made, outputs):
        return [text("course.notebook_differs", notebook=_shown(path), lesson=lesson.name)]
    return [
        text("course.output_missing", notebook=_shown(path), cell=number, lesson=lesson.name)
        for number, cell in enumerate(made.cells, start=1)
        if _is_compared(cell) and not _is_said(outputs.get(cell.id, ()))
    ]


# --- outputs --------------------------------------------------------------------------------------------------------


def _is_compared(cell: NotebookNode) -> bool:
    return "nbval-check-output" in cell.metadata.get("tags", ())


def _is_said(outputs: Sequence[NotebookNode]) -> bool:
    return any((output["text"] if "text" in output else output["data"]["text/plain"]).strip() for output in outputs)


def _stored(path: Path) -> dict[str, list[NotebookNode]]:
    """The text outputs in a notebook file by cell id; a file that is missing or broken has none."""
    import nbformat
    from nbformat.v4.rwbase import rejoin_lines

    try:
        found = rejoin_lines(nbformat.from_dict(json.loads(path.read_text(encoding="utf-8"))))
        code = [cell for cell in found.cells if cell["cell_type"] == "code"]
        return {cell["id"]: [_bare(each) for each in cell["outputs"] if _kind(each) == _TEXT] for cell in code}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def _run(made: NotebookNode, path: Path) -> dict[str, list[NotebookNode]]:
    """Run a notebook and return the outputs of its compared cells by cell id."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, CellExecutionError

    path.parent.mkdir(parents=True, exist_ok=True)
    running = deepcopy(made)
    reached = [0]
    with TemporaryDirectory(prefix="crmbook-") as sockets:
        client = NotebookClient(
            running,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=lambda cell, cell_index: reached.append(cell_index),
            config=_on_local_sockets(sockets),
        )
        try:
            client.execute()
        except CellExecutionError as fault:
            cause = f"{fault.ename}: {fault.evalue}"
            raise DataError("course_cell_fails", notebook=_shown(path), cell=reached[-1] + 1, cause=cause) from None
        except (CellControlSignal, RuntimeError):  # out of time; a kernel that died or never started
            cause = text("course.kernel_stopped", seconds=CELL_SECONDS)
            raise DataError("course_cell_fails", notebook=_shown(path), cell=reached[-1] + 1, cause=cause) from None
    compared = [(number, cell) for number, cell in enumerate(running.cells, start=1) if _is_compared(cell)]
    return {cell.id: _texts(cell.outputs, _shown(path), number) for number, cell in compared}


def _on_local_sockets(folder: str) -> Config:
    """Sockets in the file system: a kernel on TCP warns in the middle of the output.

    Their path is absolute, since the kernel starts in another folder; Windows has none.
    """
    from traitlets.config import Config

    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}}) if os.name == "posix" else Config()


def _texts(outputs: Sequence[NotebookNode], notebook: str, cell: int) -> list[NotebookNode]:
    """The outputs to compare with, bare; anything but text is refused, and so is silence."""
    for output in outputs:
        if _kind(output) != _TEXT:
            raise DataError("course_output_not_text", notebook=notebook, cell=cell, kind=_kind(output))
    texts = [_bare(output) for output in outputs]
    if not _is_said(texts):
        raise DataError("course_output_empty", notebook=notebook, cell=cell)
    return texts


_TEXT = "text/plain"


def _kind(output: NotebookNode) -> str:
    """The type of an output; of several the one that is not text, for a stream other than print's its name."""
    if output["output_type"] == "stream":
        return _TEXT if output["name"] == "stdout" else output["name"]
    return next((kind for kind in sorted(output["data"]) if kind != _TEXT), _TEXT)


def _bare(output: NotebookNode) -> NotebookNode:
    from nbformat import v4

    if output["output_type"] == "stream":
        return v4.new_output("stream", name="stdout", text=output["text"])
    bare = v4.new_output(output["output_type"], data={_TEXT: output["data"][_TEXT]})
    if "execution_count" in bare:
        bare.execution_count = 1
    return bare
