"""A new chapter is a folder of the library, a lesson and a folder of tests: nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"


def lesson() -> str:
    """The example lesson, speaking through the new chapter's door."""
    source = (FIXTURES / "workbook" / "lessons" / "01_example.py").read_text(encoding="utf-8")
    set_up = "from crmbook import load\nfrom crmbook.data import sample\nfrom crmbook.locale import use\n"
    door = "from crmbook import begin, checker, load, sample, use\nfrom crmbook import leaders\n"
    panel = source[source.index("from ipywidgets import IntSlider") : source.index("VBox([best, share])")]
    for old, new in (
        (set_up, door),
        ("as_of=as_of or None)\n", 'as_of=as_of or None)\nbegin("leaders", data=data, as_of=book.as_of)\n'),
        (f"{panel}VBox([best, share])", "leaders.panels.climb(revenue)"),
        ("from crmbook.course.checks import checker\n\n", ""),
        ("revenue.max() / revenue.sum()", "leaders.reached(revenue, 1)"),
    ):
        assert old in source, old
        source = source.replace(old, new)
    return source.replace('"example-', '"leaders-').replace("01_example", "06_leaders")


def test_a_chapter_is_added_without_touching_another_file(tmp_path):
    copied = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=copied)
    shutil.copytree(FIXTURES / "workbook" / "data", tmp_path / "data")
    shutil.copytree(FIXTURES / "workbook" / "docs", tmp_path / "docs")
    for file in ("pyproject.toml", "tests/small_books.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)

    shutil.copytree(FIXTURES / "chapter" / "leaders", tmp_path / "lib" / "crmbook" / "leaders", ignore=copied)
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "06_leaders.py").write_text(lesson(), encoding="utf-8")
    (tmp_path / "tests" / "leaders").mkdir()
    shutil.copy(FIXTURES / "chapter" / "test_leaders.py", tmp_path / "tests" / "leaders")

    env = os.environ | {"PYTHONPATH": str(tmp_path / "lib"), "CRMBOOK_HOME": str(tmp_path)}

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "crmbook", "build", "--execute")
    run(sys.executable, "-m", "crmbook", "build", "--check")
    for notebook in ("notebooks/06_leaders.ipynb", "notebooks/zh/06_leaders.ipynb"):
        made = nbformat.read(tmp_path / notebook, as_version=4)
        assert [cell.outputs[0].text for cell in made.cells if cell.get("outputs")] == ["0.40\n"]
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/leaders", "lib/crmbook/leaders")
    run(str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache")
