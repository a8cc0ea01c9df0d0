"""The course map and the sources: complete, about what is there, and the pages are as made from them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import crmbook
import pytest
from crmbook.course import checks, lessons, maps
from crmbook.locale import LANGUAGES

ROOT = Path(__file__).parents[2]
LESSONS = {lesson.name: lesson for lesson in lessons.find()}
MAP = maps.rows("course-map")
REFERENCES = maps.rows("references")
# "Fader, P. S., & Hardie, B. G. S. (2007)": the first author and the year
CITED = re.compile(r"\b([A-Z][\w-]+), [A-Z]\.(?: [A-Z]\.)*[^.;()]{0,60}?[^()]{0,80}\((19\d\d|20[01]\d)\)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_as_made_from_their_sources(language):
    ending = "" if language == "en" else ".zh-CN"
    for name, made in (("course-map", maps.course_map(language)), ("references", maps.references(language))):
        kept = (ROOT / "docs" / f"{name}{ending}.md").read_text(encoding="utf-8")
        assert kept == made, f"docs/{name}{ending}.md differs. Run: crmbook course map"
        for link in re.findall(r"\]\(([^)]+)\)", made):
            assert (ROOT / "docs" / link).exists()


def test_all_98_concepts_are_listed_once_in_both_languages():
    assert [row["number"] for row in MAP] == [str(number) for number in range(1, 99)]
    assert [row["number"] for row in MAP if not (row["concept_en"] and row["concept_zh"] and row["source"])] == []
    assert all(re.match(r"00[0-4]\b", row["source"]) for row in MAP)


def test_sections_that_the_map_names_are_in_their_lessons():
    for row in MAP:
        assert bool(row["lesson"]) == bool(row["sections"]), row
        for language in LANGUAGES if row["lesson"] else ():
            assert set(row["sections"].split(";")) <= set(maps.sections(LESSONS[row["lesson"]], language)), row


def test_functions_that_the_map_names_exist_and_are_used_in_their_lesson():
    for row in MAP:
        for function in row["functions"].split():
            chapter, _, name = function.rpartition(".")
            if not chapter or chapter == "schemes":
                assert getattr(crmbook, chapter or name, None) is not None, row
            else:
                assert hasattr(importlib.import_module(f"crmbook.{chapter}"), name), row
            if row["lesson"]:
                code = "\n".join(cell.source for cell in LESSONS[row["lesson"]].cells if cell.is_code)
                assert re.search(rf"\b{re.escape(function)}\b", code), row


def test_every_exercise_practises_a_concept_of_the_map_or_the_start():
    named = {exercise for row in MAP for exercise in row["exercises"].split()}
    there = {exercise for lesson in LESSONS.values() for exercise in checks.names(lesson.chapter)}
    assert named <= there
    assert {exercise for exercise in there - named if not exercise.startswith("start-")} == set()


def test_sources_are_complete_and_in_order():
    assert [row["cite"] for row in REFERENCES] == sorted({row["cite"] for row in REFERENCES})
    chapters = {lesson.chapter for lesson in LESSONS.values()}
    for row in REFERENCES:
        author, _, year = row["cite"].rpartition(" ")
        assert row["reference"].startswith(f"{author}, ") and f"({year})" in row["reference"], row
        assert row["chapter"] in chapters and row["method_en"] and re.search(r"[\u4e00-\u9fffA-Z]", row["method_zh"])


def test_what_lessons_and_methods_cite_is_among_the_sources():
    known = {row["cite"] for row in REFERENCES}
    noted = [str(cell.notes.get("fact", "")) for lesson in LESSONS.values() for cell in lesson.cells]
    cited = {match for note in noted for match in re.findall(r"^[A-Z]\w+ (?:19|20)\d\d", note)}
    for file in (ROOT / "lib" / "crmbook").glob("*/*.py"):
        if file.parent.name not in ("course", "data"):
            text = " ".join(file.read_text(encoding="utf-8").split())
            found = re.findall(CITED, text)
            cited |= {f"{author} {year}" for author, year in found}
    assert len(cited) >= 10
    assert cited - known == set()
