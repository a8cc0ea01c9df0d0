"""Editions: the student's holds no word of a solution; the others hold them where the stubs were."""

from __future__ import annotations

import re

import nbformat
import pytest
from crmbook import cli, locale
from crmbook.course import build, checks, editions, lessons, quizzes
from local_kernels import settings
from nbclient import NotebookClient

LESSONS = lessons.find()
CHAPTERS = [lesson for lesson in LESSONS if lesson.topic == lesson.chapter]  # a case has no hints in three steps
NAMES = [lesson.name for lesson in LESSONS]


@pytest.fixture(autouse=True)
def _english():
    locale.use("en")
    yield
    locale.use("en")


def words(made):
    return "\n".join(cell.source for cell in made.cells)


def solutions(lesson):
    """The lines of the solutions that say something of their own."""
    own = [line for cell in lesson.cells if "solution" in cell.tags for line in cell.source.splitlines()]
    return [line for line in own if len(line) > 20]


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_nothing_of_a_solution_leaks_into_the_students_file(lesson, language):
    made = editions.edition_of(lesson, language, "student")
    whole = editions.content(made).decode()
    assert [line for line in solutions(lesson) if line in words(made)] == []
    assert [cell.source for cell in lesson.cells if "instructor" in cell.tags and cell.source in words(made)] == []
    for tag in ("solution", "instructor"):
        assert f'"{tag}"' not in whole
    locale.use(language)
    for question in quizzes.quiz(lesson.chapter).questions:
        assert [choice for choice in question.choices if choice.because[language] in whole] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
def test_the_students_edition_is_the_notebook_that_is_committed(lesson):
    for language in locale.LANGUAGES:
        ours = build.notebook(lesson, language)
        assert editions.content(editions.edition_of(lesson, language, "student")) == editions.content(ours)


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES)
@pytest.mark.parametrize("edition", ["solution", "instructor"])
def test_solutions_stand_where_the_stubs_were(lesson, edition):
    student = {cell.id: cell for cell in build.notebook(lesson, "en").cells}
    made = editions.edition_of(lesson, "en", edition)
    assert [line for line in solutions(lesson) if line not in words(made)] == []
    assert not re.search(r"^\w+ = \.\.\.$", words(made), re.M)
    changed = [cell.id for cell in made.cells if cell.id in student and student[cell.id].source != cell.source]
    assert len(changed) == len(checks.names(lesson.topic))
    nbformat.validate(made, relax_add_props=False)


@pytest.mark.parametrize("lesson", CHAPTERS, ids=lambda lesson: lesson.name)
@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_the_trainer_reads_mistakes_hints_and_key(lesson, language):
    made = editions.edition_of(lesson, language, "instructor")
    notes = [cell.source for cell in made.cells if cell.metadata.get("tags") == ["instructor"]]
    assert len({cell.id for cell in made.cells}) == len(made.cells)
    told = "\n".join(notes)
    locale.use(language)
    for exercise in checks.names(lesson.topic):
        chapter, _, number = exercise.rpartition("-")
        assert all(locale.text(f"{chapter}.hint_{number}{step}") in told for step in checks.HINTS)
    for question in quizzes.quiz(lesson.chapter).questions:
        [right] = [choice.words[language] for choice in question.choices if choice.right]
        assert right in told
    assert locale.language() == language


def test_the_command_writes_both_languages_and_refuses_other_editions(tmp_path, capsys):
    assert cli.main(["course", "build", "--edition", "solution", "--out", str(tmp_path / "s"), "00_start"]) == 0
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb"))
    assert made == ["s/00_start.ipynb", "s/zh/00_start.ipynb"]
    assert "len(book.orders)" in (tmp_path / "s" / "00_start.ipynb").read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["course", "build", "--edition", "studnt"])
    assert left.value.code == 2 and "Did you mean" in capsys.readouterr().err
    assert cli.main(["course", "build", "--out", str(tmp_path), "00_strat"]) == 2


@pytest.mark.notebook
@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_solutions_of_the_opening_lesson_are_all_correct_and_stubs_not_tried(tmp_path, language):
    [lesson] = lessons.find(["00_start"])
    for edition, sign in (("solution", "✓"), ("student", "○")):
        made = editions.edition_of(lesson, language, edition)
        NotebookClient(made, timeout=300, config=settings(), resources={"metadata": {"path": str(tmp_path)}}).execute()
        checked = [cell for cell in made.cells if cell.source.startswith('check("')]
        assert [cell.outputs[0]["data"]["text/plain"][0] for cell in checked] == [sign] * 6
