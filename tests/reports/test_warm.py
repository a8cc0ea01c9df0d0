"""Warm kernels: nothing gets from one report into the next, data are read once, and nobody depends on the parent."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest
import tiny_notebooks
from crmbook.data import load, read
from crmbook.locale import use
from crmbook.reports import inputs, jobs, run, warm

pytestmark = pytest.mark.skipif(not warm.IS_POSSIBLE, reason="kernels are forked on Linux only")
ROOT = Path(__file__).parents[2]

# says what it finds, then leaves as much behind as a notebook can
_TRACES = """import locale, os, random, sys, tempfile
import numpy as np
import pandas as pd
import plotly.io
import crmbook
from crmbook.data import sample, schema
from crmbook.locale import language, use

book = crmbook.load(data or sample.folder("retail"), as_of=None)
found = [
    os.environ.get("LEFT"), os.getcwd() == os.path.realpath("."), language(), pd.get_option("display.max_rows"),
    plotly.io.templates.default, crmbook.label("amount"), len(schema.TABLES), book.orders["amount"].sum(),
    hasattr(sys, "left"), "left" in globals(), float(np.random.RandomState(0).rand()), sys.path[0],
    tempfile.gettempdir() == os.environ["TMPDIR"],
]
print("FOUND", found)
os.environ["LEFT"] = "1"
use("zh")
pd.set_option("display.max_rows", 7)
plotly.io.templates.default = "seaborn"
crmbook.label = str.upper
schema.TABLES.clear()
book.orders["amount"] = 0.0
sys.left = left = True
np.random.seed(0)
random.seed(0)
os.chdir(tempfile.gettempdir())"""


@pytest.fixture(autouse=True)
def english():
    use("en")


def traces(folder: Path, copies: int) -> Path:
    tiny_notebooks.workbook(folder)
    cells = [
        nbformat.v4.new_markdown_cell("# Traces"),
        nbformat.v4.new_code_cell('data: str = ""\nout: str = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(_TRACES),
    ]
    for number in range(copies):
        nbformat.write(tiny_notebooks._notebook(*cells), folder / "notebooks" / f"{20 + number}_traces.ipynb")
    return folder


@pytest.mark.notebook
def test_what_a_notebook_leaves_behind_never_reaches_the_next(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(traces(tmp_path / "book", 5)))
    planned = jobs.plan([f"{20 + number}_traces" for number in range(5)], ["en"])
    assert [one.failure for one in run.run(planned, tmp_path / "warm", progress=False)] == [None] * 5
    assert [one.failure for one in run.run(planned[:1], tmp_path / "fresh", progress=False, fresh=True)] == [None]
    pages = [*(tmp_path / "warm" / "en").glob("*.html"), *(tmp_path / "fresh" / "en").glob("*.html")]
    found = {re.search(r"FOUND .*", page.read_text(encoding="utf-8")).group() for page in pages}
    assert len(pages) == 6 and len(found) == 1, found
    (said,) = found
    assert "np.float64(400.0)" in said and "&#x27;1&#x27;" not in said and "seaborn" not in said


@pytest.mark.notebook
def test_a_report_is_the_same_to_the_byte_alone_and_among_others_in_any_order(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(ROOT))
    planned = jobs.plan(["01_tiering", "04b_complaints"])
    alone = run.run(planned[:1], tmp_path / "alone", progress=False)
    shuffled = random.sample(planned, len(planned))
    together = run.run(shuffled, tmp_path / "together", progress=False)
    fresh = run.run(planned, tmp_path / "fresh", progress=False, fresh=True)
    assert not [one.failure for one in (*alone, *together, *fresh) if one.failure]

    def content(folder: Path, name: str) -> dict[str, bytes]:
        files = [folder / f"{name}.html", *sorted((folder / name).rglob("*"))]
        # links to the other pages of a run depend on the run
        plain = re.compile(rb'<a href="[\w.]+\.html[^"]*">(.*?)</a>')
        return {file.relative_to(folder).as_posix(): plain.sub(rb"\1", file.read_bytes()) for file in files}

    for job in planned:
        assert content(tmp_path / "together", job.name) == content(tmp_path / "fresh", job.name), job.name
    assert content(tmp_path / "alone", planned[0].name) == content(tmp_path / "together", planned[0].name)


def test_a_book_that_was_read_is_taken_again_only_while_its_files_are_the_same(tmp_path, monkeypatch):
    file = tmp_path / "orders.csv"
    file.write_text(tiny_notebooks.orders(), encoding="utf-8")
    monkeypatch.setattr(inputs, "_books", {})
    inputs.read_once((str(file), "2024-02-28"))
    noted: inputs.Inputs = {}
    book = inputs.recalled(str(file), {"as_of": "2024-02-28"}, noted)
    assert book.orders["amount"].tolist() == [200, 100] and set(noted) == {"orders.csv"}
    assert noted["orders.csv"][0] == inputs.digest(file)
    assert inputs.recalled(str(file), {}, {}) is None, "another day"
    assert inputs.recalled(str(file), {"as_of": "2024-02-28", "encoding": "gbk"}, {}) is None, "read another way"
    assert inputs.recalled(pd.DataFrame(), {}, {}) is None
    file.write_text(tiny_notebooks.orders("coffee"), encoding="utf-8")
    assert inputs.recalled(str(file), {"as_of": "2024-02-28"}, {}) is None
    file.unlink()
    assert inputs.recalled(str(file), {"as_of": "2024-02-28"}, {}) is None
    assert read.watch is not None and load.recall("x", {}) is None


def test_what_cannot_be_read_is_left_to_the_notebook_to_say(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "_books", {})
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    inputs.read_once((str(tmp_path / "orders.csv"), ""))
    assert inputs._books == {}


@pytest.mark.notebook
def test_when_the_parent_dies_kernels_start_as_ever(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(tiny_notebooks.workbook(tmp_path / "book")))
    made = warm.Parent

    def doomed(shared):
        parent = made(shared)
        parent.process.kill()
        parent.process.wait()
        return parent

    monkeypatch.setattr(warm, "Parent", doomed)
    outcomes = run.run(jobs.plan(["10_tiny"]), tmp_path / "out", progress=False)
    assert [one.failure for one in outcomes] == [None, None]


@pytest.mark.notebook
def test_a_run_leaves_no_process_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(tiny_notebooks.workbook(tmp_path / "book")))
    before = {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)}
    outcomes = run.run(jobs.plan(["11_stops"], values={"fault": "dead"}), tmp_path / "out", progress=False)
    causes = [one.failure.cause for one in outcomes]
    assert "Its process ended by itself" in causes[0] and "运行进程意外结束" in causes[1]
    assert {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)} <= before
