"""Pages made from the source: which part of the course material is where, and the papers and books behind the methods.

``docs/course-map.csv`` names, for each concept of the material, lesson, sections, functions and exercises;
``docs/references.csv`` names the sources. The pages bring in the headings of both languages, and say what is not there
yet.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from crmbook.course import lessons as sources
from crmbook.course.lessons import Lesson
from crmbook.data.home import home
from crmbook.locale import LANGUAGES, entries


def write() -> list[Path]:
    """Write the pages of both languages into ``docs/``."""
    written = []
    for language in LANGUAGES:
        for name, page in (("course-map", course_map(language)), ("references", references(language))):
            path = home() / "docs" / f"{name}{'' if language == 'en' else '.zh-CN'}.md"
            path.write_text(page, encoding="utf-8", newline="\n")
            written.append(path)
    return written


def course_map(language: str) -> str:
    """Return the page that leads from the material to lesson, function and exercise."""
    lessons = {lesson.name: lesson for lesson in sources.find()}
    lines = [*_opening("course.map_title", "course.map_why", language), _said("course.map_head", language)]
    lines.append("|---|---|---|---|---|---|")
    for row in rows("course-map"):
        functions = row["functions"].split()
        place = _said("course.map_library" if functions else "course.map_nowhere", language)
        if row["lesson"]:
            lesson = lessons[row["lesson"]]
            headings = sections(lesson, language)
            named = "; ".join(headings[number] for number in row["sections"].split(";"))
            place = f"[{title(lesson, language)}]({_notebook(lesson, language)}): {named}"
        code = " ".join(f"`{function}`" for function in functions) or "–"
        cells = [row["number"], row[f"concept_{language}"], row["source"], place, code, row["exercises"] or "–"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def references(language: str) -> str:
    """Return the page of the papers and books."""
    lessons = {lesson.chapter: lesson for lesson in sources.find()}
    lines = [*_opening("course.sources_title", "course.sources_why", language), _said("course.sources_head", language)]
    lines.append("|---|---|---|")
    for row in rows("references"):
        lesson = lessons[row["chapter"]]
        place = f"[{title(lesson, language)}]({_notebook(lesson, language)})"
        lines.append(f"| {row[f'method_{language}']} | {row['reference']} | {place} |")
    return "\n".join(lines) + "\n"


def rows(name: str) -> list[dict[str, str]]:
    """Read ``docs/<name>.csv``."""
    with (home() / "docs" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def title(lesson: Lesson, language: str) -> str:
    """Return a lesson's number and title: ``01 Customer tiering``."""
    cell = next(cell for cell in lesson.cells if cell.language == language)
    return f"{lesson.name.partition('_')[0]} {cell.first_line.removeprefix('# ')}"


def sections(lesson: Lesson, language: str) -> dict[str, str]:
    """Return the headings of a lesson's numbered sections, by number."""
    headings = [cell.first_line for cell in lesson.cells if cell.language == language]
    found = [match for heading in headings if (match := re.fullmatch(r"## ((\d+) · .+)", heading))]
    return {match[2]: match[1] for match in found}


def _notebook(lesson: Lesson, language: str) -> str:
    folder = "notebooks" if language == "en" else f"notebooks/{language}"
    return f"../{folder}/{lesson.name}.ipynb"


def _opening(title_key: str, why_key: str, language: str) -> list[str]:
    return [f"# {_said(title_key, language)}", "", _said(why_key, language), ""]


def _said(key: str, language: str) -> str:
    return dict(entries())[key][language]
