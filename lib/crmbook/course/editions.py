"""Editions of the lessons from the one source: for students, with solutions, for the trainer.

The student's has stubs and no word of a solution. The trainer's has the solutions in their place, the lesson's own
notes (cells tagged ``instructor``), and after each check what goes wrong there and the hints that are given.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook import locale
from crmbook.course import build, checks, quizzes
from crmbook.course import lessons as sources
from crmbook.course.lessons import Lesson
from crmbook.locale import LANGUAGES, text

if TYPE_CHECKING:
    from nbformat import NotebookNode

EDITIONS = tuple(build.LEFT_OUT)


def write(edition: str, out: Path, lessons: Sequence[str] | None = None) -> list[Path]:
    """Write an edition of the lessons, English in the folder, Chinese in ``zh`` below it; without outputs.

    Parameters
    ----------
    edition : str
        ``"student"``, ``"solution"`` or ``"instructor"``.
    out : Path
        The folder; files of other names in it stay.
    lessons : sequence of str, optional
        Names such as ``"01_tiering"``; without it, every lesson.
    """
    written = []
    for lesson in sources.find(lessons):
        for language in LANGUAGES:
            path = (out if language == "en" else out / language) / f"{lesson.name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(edition_of(lesson, language, edition)))
            written.append(path)
    return written


def content(made: NotebookNode) -> bytes:
    """Return a notebook as a file's bytes, the same each time."""
    import nbformat

    return (nbformat.writes(made).rstrip("\n") + "\n").encode()


def edition_of(lesson: Lesson, language: str, edition: str) -> NotebookNode:
    """Return one edition of a lesson's notebook; the trainer's has its notes."""
    made = build.notebook(lesson, language, edition)
    if edition == "instructor":
        before = locale.language()
        locale.use(language)
        try:
            made.cells = list(_with_notes(lesson, made.cells))
        finally:
            locale.use(before)
    return made


def _with_notes(lesson: Lesson, cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    from nbformat import v4

    for cell in cells:
        yield cell
        tags = cell.metadata.get("tags", [])
        note = ""
        called = re.fullmatch(r'check\("([^"]+)", \w+\)', cell.source)
        if "check" in tags and called:
            note = _mistakes(called[1])
        elif "quiz" in tags and cell.cell_type == "code":
            note = _key(lesson.chapter)
        if note:
            yield v4.new_markdown_cell(note, id=f"{cell.id}-note", metadata={"tags": ["instructor"]})


def _mistakes(exercise: str) -> str:
    """Say what the check of an exercise knows: the mistakes that it names, and its hints."""
    found = checks._find(exercise)
    source = inspect.getsource(found.first_missing) if found else ""
    keys = dict.fromkeys(re.findall(r'miss\("([\w.]+)"', source))
    known = dict(locale.entries())
    chapter, _, number = exercise.rpartition("-")
    hints = [f"{chapter}.hint_{number}{step}" for step in checks.HINTS]
    parts = []
    for heading, listed in (("course.note_answers", list(keys)), ("course.note_hints", hints)):
        lines = [f"- {re.sub(r'{[^}]*}', '…', text(key))}" for key in listed if key in known]
        parts += [text(heading), "\n".join(lines)] if lines else []
    return "\n\n".join(parts)


def _key(chapter: str) -> str:
    questions = quizzes.quiz(chapter).questions
    right = [next(choice for choice in question.choices if choice.right) for question in questions]
    lines = [f"{number}. {choice.words[locale.language()]}" for number, choice in enumerate(right, start=1)]
    return "\n\n".join([text("course.note_quiz"), "\n".join(lines)])
