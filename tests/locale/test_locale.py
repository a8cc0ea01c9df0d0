"""The catalogue: both languages, the same facts, nothing missing, nothing left over."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from crmbook import locale

ROOT = Path(__file__).parents[2]
ENTRIES = dict(locale.entries())


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    locale.use("en")


@cache
def _strings() -> tuple[set[str], set[str]]:
    """All string literals of the code, and all beginnings of f-strings."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    for file in [*ROOT.glob("lib/**/*.py"), *ROOT.glob("lessons/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    return whole, beginnings


def _calls(function: str) -> set[str]:
    found: set[str] = set()
    for file in [*ROOT.glob("lib/**/*.py"), *ROOT.glob("lessons/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == function
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_entry_has_a_text_in_both_languages(language):
    assert [key for key, entry in ENTRIES.items() if not entry.get(language, "").strip()] == []


def test_both_languages_name_the_same_facts():
    def facts(text: str) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(text) if field is not None}

    assert [key for key, entry in ENTRIES.items() if facts(entry["en"]) != facts(entry["zh"])] == []


def test_chinese_texts_use_full_width_punctuation():
    halfwidth = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;!?][\u4e00-\u9fff]")
    assert [key for key, entry in ENTRIES.items() if halfwidth.search(entry["zh"])] == []


def test_chinese_texts_are_chinese():
    untranslated = [
        key
        for key, entry in ENTRIES.items()
        if entry["en"] == entry["zh"] and re.search(r"[a-z]{3}", re.sub(r"\{.*?\}", "", entry["en"]))
    ]
    assert untranslated == []


def test_every_text_the_code_asks_for_is_there():
    asked = {key for key in _calls("text")} | {f"faults.{code}" for code in _calls("DataError")}
    assert asked - ENTRIES.keys() == set()


def test_every_entry_is_used():
    whole, beginnings = _strings()

    def used(key: str) -> bool:
        chapter, entry = key.split(".", 1)
        if chapter in ("column", "value") or key in whole or entry in whole:
            return True
        if entry.startswith("parameter_"):  # the build puts these into the parameters cell
            return True
        if chapter == "doctor" and entry in whole:
            return True
        if re.fullmatch(r"hint_\d+[abc]", entry):  # the checks give these for a wrong answer, one after another
            return True
        made = [start for start in beginnings if start.startswith(f"{chapter}.") and start != f"{chapter}."]
        return any(key.startswith(start) for start in made)

    assert [key for key in ENTRIES if not used(key)] == []


def test_text_comes_in_the_language_in_use():
    locale.use("zh")
    assert locale.text("charts.rows_shown", shown=5, rows=3000) == "共 3,000 行，显示前 5 行。"
    assert locale.language() == "zh"


def test_unknown_language_is_refused_in_both_languages():
    with pytest.raises(ValueError, match="choose en or zh"):
        locale.use("de")
    assert locale.language() == "en"


def test_column_that_no_catalogue_knows_keeps_its_name():
    assert locale.label("our_own_column") == "our_own_column"
