"""The trainer's guide: timetables to the quarter hour that add up, the same in both languages, about what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from crmbook import cli
from crmbook.course import lessons

ROOT = Path(__file__).parents[2]
GUIDES = {
    language: (ROOT / "docs" / "teaching" / name).read_text(encoding="utf-8")
    for language, name in (("en", "README.md"), ("zh", "README.zh-CN.md"))
}
ROW = re.compile(r"^\| (\d\d):(\d\d)–(\d\d):(\d\d) \| (.+?) \| (.+?) \|$", re.M)


def days(guide):
    """The timetables: for each day its rows as (begins, ends, where), minutes from midnight."""
    found = []
    for block in re.split(r"\n\n", guide):
        rows = [(60 * int(row[1]) + int(row[2]), 60 * int(row[3]) + int(row[4]), row[6]) for row in ROW.finditer(block)]
        if rows:
            found.append(rows)
    return found


@pytest.mark.parametrize("language", GUIDES)
def test_timetables_run_from_quarter_to_quarter_without_a_gap(language):
    for rows in days(GUIDES[language]):
        assert rows[0][0] == 9 * 60
        assert all(begins % 15 == 0 and ends % 15 == 0 and begins < ends for begins, ends, _ in rows)
        assert [ends for _, ends, _ in rows[:-1]] == [begins for begins, _, _ in rows[1:]]


def test_there_is_a_taster_of_ninety_minutes_a_day_and_two_days():
    length = [rows[-1][1] - rows[0][0] for rows in days(GUIDES["en"])]
    assert length == [90, 450, 450, 450]


def test_both_languages_have_the_same_timetables_headings_and_tables():
    assert days(GUIDES["en"]) == days(GUIDES["zh"])
    levels = [re.findall(r"^(#+) ", guide, re.M) for guide in GUIDES.values()]
    assert levels[0] == levels[1]
    lines = [len(re.findall(r"^\|", guide, re.M)) for guide in GUIDES.values()]
    assert lines[0] == lines[1]
    commands = [sorted(re.findall(r"`(crmbook [^`]+)`", guide)) for guide in GUIDES.values()]
    assert commands[0] == commands[1]


@pytest.mark.parametrize("language", GUIDES)
def test_every_section_that_is_named_is_there(language):
    numbered = {}
    for lesson in lessons.find():
        headings = [cell.first_line for cell in lesson.cells if cell.language == language]
        numbered[lesson.name.partition("_")[0]] = {
            match[1] for heading in headings if (match := re.match(r"## (\d+) · ", heading))
        }
    named = re.findall(r"(\d\db?) §(\d+)", GUIDES[language])
    assert len(named) > 30
    assert [(lesson, section) for lesson, section in named if section not in numbered[lesson]] == []


@pytest.mark.parametrize("language", GUIDES)
def test_every_lesson_has_its_aim_trap_picture_and_question(language):
    for lesson in [each for each in lessons.find() if each.topic == each.chapter]:
        [row] = re.findall(rf"^\| {lesson.name.partition('_')[0]} \|.*$", GUIDES[language], re.M)
        assert len([part for part in row.strip("|").split("|") if part.strip()]) == 5


@pytest.mark.parametrize("language", GUIDES)
def test_commands_and_links_of_the_guide_exist(language):
    parser = cli._parser()
    for command in re.findall(r"`crmbook ([^`]+)`", GUIDES[language]):
        parts = command.split()
        assert parts[0] in cli._COMMANDS
        if len(parts) > 1:
            parser.parse_args(parts)  # leaves with 2 for what the command does not know
    for link in re.findall(r"\]\(([^)]+)\)", GUIDES[language]):
        assert (ROOT / "docs" / "teaching" / link).exists()
