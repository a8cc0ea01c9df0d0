"""A class: a folder for each student with data of their own, and what came back, run anew and checked.

What a student's file says of itself counts nothing. The cells run shut in, in a folder to throw away (`shut_in`); only
the answers leave it, as plain data, and are checked elsewhere by the trainer's own cells on the same data, drawn anew
from the seed that the roster keeps.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbook.course import editions, shut_in
from crmbook.course import lessons as sources
from crmbook.course.lessons import Lesson
from crmbook.data import sample
from crmbook.data.faults import DataError
from crmbook.locale import language as language_in_use
from crmbook.locale import text

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROSTER = "roster.json"
CASE = "retail"
NOTEBOOK_BYTES = 20_000_000
_COLUMNS = {"student": ("student", "id", "student_id", "学号", "学员", "编号"), "name": ("name", "姓名", "名字")}
_SAFE = re.compile(r"[^\W_][\w.-]{0,39}")
_CALLED = re.compile(r'check\("(?P<exercise>[^"]+)", (?P<answer>\w+)\)')


@dataclass(frozen=True)
class Student:
    """Somebody on the list: the id names the folder, the seed draws the data."""

    student: str
    name: str
    seed: int


@dataclass(frozen=True)
class Result:
    """What came of one exercise of one student; ``mistake`` is the catalogue's key of ``message``."""

    student: str
    name: str
    lesson: str
    exercise: str
    status: str
    mistake: str
    message: str


# --- handing out ------------------------------------------------------------------------------------------------------


def read_list(path: Path, seed: int = 0) -> list[Student]:
    """Read the class list: a CSV with a column ``student`` (or 学号) and, if you like, ``name`` (or 姓名).

    Raises
    ------
    DataError
        When the file or the column is not there, or an id is missing, double, or no name for a folder.
    """
    if not path.is_file():
        raise DataError("course_list_missing", file=path.name)
    content = path.read_bytes()
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = content.decode("gb18030", errors="replace")
    rows = list(csv.reader(io.StringIO(words)))
    heads = [cell.strip().lower() for cell in rows[0]] if rows else []
    place = {
        kind: next((heads.index(name) for name in names if name in heads), None) for kind, names in _COLUMNS.items()
    }
    if place["student"] is None:
        raise DataError("course_list_column", file=path.name, columns=", ".join(heads) or "–")
    found: list[Student] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        student, name = (row[at].strip() if at is not None and at < len(row) else "" for at in place.values())
        if not _SAFE.fullmatch(student):
            raise DataError("course_list_id", file=path.name, row=number, value=student)
        if student.casefold() in seen:
            raise DataError(
                "course_list_twice", file=path.name, row=number, value=student, first=seen[student.casefold()]
            )
        seen[student.casefold()] = number
        drawn = hashlib.sha256(f"{seed}:{student}".encode()).digest()
        found.append(Student(student, name, int.from_bytes(drawn[:4], "big") % 2**31))
    if not found:
        raise DataError("course_list_empty", file=path.name)
    return found


def hand_out(
    students: Sequence[Student],
    out: Path,
    lessons: Sequence[str] | None = None,
    language: str = "en",
    customers: int = sample.CUSTOMERS,
) -> Iterator[tuple[Student, bool]]:
    """Write a folder for each student: the lessons without solutions, and sample data of their own.

    A folder that is there already stays as it is, since work may be in it: the pair then says False.
    """
    chosen = sources.find(lessons)
    out.mkdir(parents=True, exist_ok=True)
    roster = {
        "lessons": [lesson.name for lesson in chosen],
        "language": language,
        "customers": customers,
        "students": [asdict(student) for student in students],
    }
    kept = out / ROSTER
    if kept.is_file() and json.loads(kept.read_text(encoding="utf-8")) != roster:
        raise DataError("course_roster_other", folder=out.name, roster=ROSTER)
    kept.write_text(json.dumps(roster, ensure_ascii=False, indent=1), encoding="utf-8")
    for student in students:
        folder = out / student.student
        if folder.exists():
            yield student, False
            continue
        making = Path(tempfile.mkdtemp(prefix=f".{student.student}-", dir=out))
        sample.write(CASE, making / "data", customers, student.seed)
        (making / "data" / "truth.csv").unlink(missing_ok=True)
        for lesson in chosen:
            (making / f"{lesson.name}.ipynb").write_bytes(editions.content(_handed(lesson, language)))
        making.chmod(0o755)
        making.rename(folder)
        yield student, True


def _handed(lesson: Lesson, language: str) -> NotebookNode:
    """The student's edition, which reads the folder ``data`` beside it."""
    made = editions.edition_of(lesson, language, "student")
    for cell in made.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace('data: str = ""', 'data: str = "data"', 1)
    return made


# --- collecting -------------------------------------------------------------------------------------------------------


def collect(folder: Path, seconds: int = 300, jobs: int = 2, said: Callable[[str], None] = print) -> list[Result]:
    """Run what came back in the folders of a class, and check it.

    Parameters
    ----------
    folder : Path
        Where `hand_out` wrote.
    seconds : int
        How long one notebook may take.
    jobs : int
        How many run at once.
    said : callable
        Is told of each student that is done.

    Raises
    ------
    DataError
        When the folder has no roster, or this machine cannot shut in what students wrote.
    """
    kept = folder / ROSTER
    if not kept.is_file():
        raise DataError("course_no_roster", folder=folder.name, roster=ROSTER)
    if not shut_in.can():
        raise DataError("course_not_shut_in")
    roster = json.loads(kept.read_text(encoding="utf-8"))
    lessons = sources.find(roster["lessons"])
    students = [Student(**each) for each in roster["students"]]

    def work(student: Student) -> list[Result]:
        with tempfile.TemporaryDirectory(prefix="crmbook-class-") as place:
            sample.write(CASE, Path(place) / "data", roster["customers"], student.seed)
            found = [
                result
                for lesson in lessons
                for result in _lesson(folder, student, lesson, roster["language"], Path(place), seconds)
            ]
        said(f"{student.student} {sum(result.status == 'correct' for result in found)}/{len(found)}")
        return found

    with ThreadPoolExecutor(jobs) as pool:
        return [result for found in pool.map(work, students) for result in found]


def _lesson(
    folder: Path, student: Student, lesson: Lesson, language: str, place: Path, seconds: int
) -> Iterator[Result]:
    ours = _handed(lesson, language)
    exercises = {match["exercise"]: match["answer"] for cell in ours.cells if (match := _CALLED.fullmatch(cell.source))}

    def every(status: str, key: str) -> Iterator[Result]:
        for exercise in exercises:
            yield Result(student.student, student.name, lesson.name, exercise, status, key, text(key))

    path = folder / student.student / f"{lesson.name}.ipynb"
    if not path.is_file() or path.is_symlink():
        yield from every("no file", "course.collect_no_file")
        return
    theirs = _read(path)
    if theirs is None:
        yield from every("unreadable", "course.collect_unreadable")
        return
    answers, in_time = _try(_cells(ours, theirs, exercises), place, seconds)
    verdicts = _judge(ours, {name: answer for name, answer in answers.items() if name in exercises}, place, seconds)
    for exercise in exercises:
        answer, verdict = answers.get(exercise), verdicts.get(exercise)
        if answer is None:
            key = "course.collect_stopped" if in_time else "course.collect_out_of_time"
            status = "failed" if in_time else "out of time"
            yield Result(student.student, student.name, lesson.name, exercise, status, key, text(key))
        elif answer.get("kind") == "failed":
            error = re.sub(r"\W", "", str(answer.get("error")))[:40]
            message = text("course.collect_error", error=error)
            yield Result(student.student, student.name, lesson.name, exercise, "failed", error, message)
        elif verdict:
            named = (student.student, student.name, lesson.name, exercise)
            yield Result(*named, verdict["status"], verdict["reason"], verdict["message"])
        else:
            key = "course.collect_not_judged"
            yield Result(student.student, student.name, lesson.name, exercise, "failed", key, text(key))


def _read(path: Path) -> list[dict[str, str]] | None:
    """Return the code cells of a returned notebook, or None for what is none."""
    try:
        if path.stat().st_size > NOTEBOOK_BYTES:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
        return [{"id": str(cell.get("id", "")), "source": _joined(cell["source"])} for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _joined(source: object) -> str:
    return source if isinstance(source, str) else "".join(map(str, source))  # type: ignore[call-overload]


def _cells(ours: NotebookNode, theirs: list[dict[str, str]], exercises: dict[str, str]) -> list[dict[str, str]]:
    """Return the cells to run: ours, and for each stub what the student wrote there and in new cells before it."""
    known, sources_known = {cell.id for cell in ours.cells}, {cell.source.strip() for cell in ours.cells}
    called = {answer: exercise for exercise, answer in exercises.items()}
    stubs = {cell.id: answer for cell in ours.cells for answer in called if cell.source == f"{answer} = ..."}
    written: dict[str, list[str]] = {}
    waiting: list[str] = []
    for cell in theirs:
        answer = stubs.get(cell["id"]) or next(
            (
                each
                for each in called
                if cell["id"] not in known and re.search(rf"^{each} *=(?!=)", cell["source"], re.M)
            ),
            None,
        )
        if answer:
            written[answer] = [*written.get(answer, []), *waiting, cell["source"]]
            waiting = []
        elif cell["id"] not in known and cell["source"].strip() not in sources_known:
            waiting.append(cell["source"])
    cells = []
    for cell in _of_the_trainer(ours):
        if cell.id in stubs:
            answer = stubs[cell.id]
            source = "\n".join(written.get(answer, [cell.source]))
            cells.append({"source": source, "exercise": called[answer], "answer": answer})
        else:
            cells.append({"source": cell.source, "exercise": "", "answer": ""})
    return cells


def _of_the_trainer(ours: NotebookNode) -> list[NotebookNode]:
    """The cells that compute: no panels, no quiz, no checks but the one that makes `check`."""
    return [
        cell
        for cell in ours.cells
        if cell.cell_type == "code"
        and not {"panel", "quiz"} & set(cell.metadata.get("tags", []))
        and not _CALLED.fullmatch(cell.source)
    ]


def _try(cells: list[dict[str, str]], place: Path, seconds: int) -> tuple[dict[str, Any], bool]:
    """Run a student's cells shut in, and return the answers, and whether they came in time."""
    with tempfile.TemporaryDirectory(prefix="try-", dir=place) as made:
        folder = Path(made)
        shutil.copytree(place / "data", folder / "data")
        (folder / "task.json").write_text(json.dumps({"cells": cells}), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "crmbook.course.runner", "try", str(folder)]
        ended = shut_in.run(command, folder, seconds)
        return _json(folder / "answers.json"), ended is not None


def _judge(ours: NotebookNode, answers: dict[str, Any], place: Path, seconds: int) -> dict[str, Any]:
    """Check answers by the trainer's cells alone."""
    with tempfile.TemporaryDirectory(prefix="judge-", dir=place) as made:
        folder = Path(made)
        shutil.copytree(place / "data", folder / "data")
        cells = [{"source": cell.source} for cell in _of_the_trainer(ours)]
        task = {"cells": cells, "answers": {n: a for n, a in answers.items() if a.get("kind") != "failed"}}
        (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "crmbook.course.runner", "judge", str(folder)]
        shut_in.run(command, folder, seconds)
        return _json(folder / "verdicts.json")


def _json(path: Path) -> dict[str, Any]:
    """Return what a run left behind; nothing where it is not what it should be."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > NOTEBOOK_BYTES:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): entry for name, entry in found.items() if isinstance(entry, dict)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


# --- what came of it --------------------------------------------------------------------------------------------------


def write(results: Sequence[Result], out: Path) -> list[Path]:
    """Write ``results.csv`` (a row an exercise), ``grades.csv`` (a row a student, for Moodle and Canvas), a page."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [list(asdict(result).values()) for result in results]
    header = ["student", "name", "lesson", "exercise", "status", "mistake", "message"]
    lessons = list(dict.fromkeys(result.lesson for result in results))
    grades = []
    for student, name in dict.fromkeys((result.student, result.name) for result in results):
        own = [result for result in results if result.student == student]
        marks = [_mark([result for result in own if result.lesson == lesson]) for lesson in lessons]
        grades.append([student, name, *marks, _mark(own)])
    files = [out / "results.csv", out / "grades.csv", out / "results.html"]
    _csv(files[0], header, rows)
    _csv(files[1], ["student", "name", *lessons, "percent"], grades)
    files[2].write_text(page(results), encoding="utf-8")
    return files


def _mark(results: Sequence[Result]) -> int:
    return round(100 * sum(result.status == "correct" for result in results) / len(results)) if results else 0


def _csv(path: Path, header: list[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([_guarded(cell) for cell in row] for row in rows)


def _guarded(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def page(results: Sequence[Result]) -> str:
    """Return a page that shows, exercise by exercise, how the class did and which mistakes it made."""
    parts = []
    for exercise in dict.fromkeys(result.exercise for result in results):
        own = [result for result in results if result.exercise == exercise]
        counts = Counter(result.status for result in own)
        wrong = Counter(result.message for result in own if result.status in ("not yet", "failed"))
        tally = text("course.class_tally", correct=counts["correct"], of=len(own), tried=counts["not tried"])
        lines = "".join(f"<li>{count} × {html.escape(message)}</li>" for message, count in wrong.most_common(5))
        parts.append(f"<h2>{html.escape(exercise)}</h2><p>{html.escape(tally)}</p><ul>{lines}</ul>")
    each = "".join(
        f"<tr><td>{html.escape(result.student)}</td><td>{html.escape(result.name)}</td>"
        f"<td>{html.escape(result.exercise)}</td><td>{html.escape(text(_WORDS[result.status]))}</td>"
        f"<td>{html.escape(result.message)}</td></tr>"
        for result in results
    )
    heads = "".join(f"<th>{html.escape(text(f'course.class_{head}'))}</th>" for head in _HEADS)
    title = html.escape(text("course.class_title"))
    code = {"en": "en", "zh": "zh-CN"}[language_in_use()]
    return (
        f'<!doctype html><html lang="{code}"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "td,th{text-align:left;padding:.2em .8em;border-bottom:1px solid #ccc;vertical-align:top}</style>"
        f"<h1>{title}</h1>{''.join(parts)}<table><tr>{heads}</tr>{each}</table></html>\n"
    )


_HEADS = ("student", "name", "exercise", "status", "message")
_WORDS = {
    "correct": "course.correct",
    "not yet": "course.not_yet",
    "not tried": "course.not_tried",
    "no file": "course.class_no_file",
    "unreadable": "course.class_unreadable",
    "out of time": "course.class_out_of_time",
    "failed": "course.class_failed",
}
