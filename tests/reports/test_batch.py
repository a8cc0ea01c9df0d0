"""Many reports from one file: mistakes by line, failures that stop nothing else, kills that lose nothing."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
import tiny_notebooks
from crmbook import cli, load
from crmbook.data import group
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.reports import batchfile
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    use("en")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    return tiny_notebooks.workbook(tmp_path_factory.mktemp("book"))


@pytest.fixture
def at_home(workbook, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(workbook))
    return workbook


def written(folder: Path, content: str, name: str = "batch.toml") -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def files(folder: Path) -> dict[str, object]:
    """Every file of a batch; of the manifests all but how long it took, of index pages the links."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            place = path.relative_to(folder).as_posix()
            if path.name == "manifest.json":
                noted = json.loads(path.read_text(encoding="utf-8"))
                for entry in noted["notebooks"].values():
                    del entry["seconds"]
                found[place] = noted
            elif path.name == "index.html":
                found[place] = re.findall(r'href="([^"]+)"', path.read_text(encoding="utf-8"))
            else:
                found[place] = path.read_bytes()
    return found


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\n\nfor_eech = 'x'\n",
         ["line 3: for_eech is not known here; did you mean for_each?", "line 1: it asks for no report"]),
        ("for_each = 3", ["line 1: for_each takes a text."]),
        ("only = ['x']\n[[report]]\nname = 'a'", ["line 1: only chooses among the groups of for_each"]),
        ("for_each = 'customers.city'\nleast = 0", ["line 2: least takes a whole number of at least 1."]),
        ("for_each = 'customers.city'\n\n[[report]]\nname='a'", ["line 1: for_each and [[report]] exclude each other"]),
        ("[[report]]\nname = 'a'\n[[report]]\ndata = 'x.csv'", ["line 3: this report has no name"]),
        ("[[report]]\nname = 'a'\n\n[[report]]\nname = 'A'", ['line 5: name: "A" stands in line 2 already']),
        ("[[report]]\nname = '../out'", ['line 2: name: a folder cannot be called "../out"']),
        ("[[report]]\nname = 'index.html'", ['line 2: name: a folder cannot be called "index.html"']),
        ("languages = ['de']\n[[report]]\nname = 'a'\nlanguages = 'en'",
         ['line 1: languages: "de"', "line 4: languages takes a list."]),
        ("[[report]]\nname = 'a'\n[report.parameters]\nbins = 3\n[[report]]\nname = 'b'\ncolour = 1",
         ["line 7: colour is not known here. There"]),
        ('note = """\nname = 1\n"""\n[[report]]\nname = 3',
         ["line 1: note is not known", "line 5: name takes a text."]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_batch_file_is_named_with_key_and_line(content, said, tmp_path):
    with pytest.raises(DataError) as refused:
        batchfile.read(written(tmp_path, content))
    lines = str(refused.value).splitlines()
    assert len(lines) == len(said)
    for words in said:
        assert any(f"batch.toml, {words}" in line for line in lines), (words, lines)


def test_what_stands_above_holds_for_every_report_and_data_lie_beside_the_file(tmp_path):
    content = """
data = "all.csv"
lessons = ["10_tiny"]
[parameters]
bins = 3
method = "sum"
[[report]]
name = "north"
data = "north.csv"
parameters = {bins = 4}
[[report]]
name = "south"
"""
    north, south = batchfile.read(written(tmp_path, content)).rows
    assert (north.data, south.data) == (str(tmp_path / "north.csv"), str(tmp_path / "all.csv"))
    assert north.parameters == {"bins": 4, "method": "sum"} and south.parameters == {"bins": 3, "method": "sum"}
    assert north.lessons == south.lessons == ("10_tiny",)


@given(st.lists(st.text(max_size=120), max_size=6))
def test_whatever_groups_are_called_their_folders_stay_inside_and_apart(values):
    taken: dict[str, str] = {}
    for value in values:
        name = batchfile.folder_name(value, taken)
        assert name and Path(name).name == name and not name.startswith(".") and len(name) < 100
        assert not re.search(r'[\x00-\x1f<>:"/\\|?*]|[ .]$', name) and name.casefold() not in (*taken, "index.html")
        taken[name.casefold()] = value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[[report]]\nname = "a"\n[[report]]\nname = "b"\nparameters = {binns = 3}',
         "line 3, report b: There is no parameter binns"),
        ('[[report]]\nname = "a"\ndata = "gone.csv"', "gone.csv: there is no such file"),
        ('for_each = "customer.province"', 'Write it as in "customers.province"'),
        ('for_each = "customers.village"', "the table customers has customer_id, name"),
        ('for_each = "customers.name"\nonly = ["Zhao"]', 'no customer belongs to "Zhao". There are: Lin, Wang.'),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_before_any_work(content, said, at_home, tmp_path, capsys):
    assert cli.main(["batch", str(written(tmp_path, content)), "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


# --- groups -----------------------------------------------------------------------------------------------------------


def two_provinces():
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4"],
            "customer_id": ["a", "a", "b", "c"],
            "order_date": ["2024-01-05", "2024-02-01", "2024-03-01", "2024-04-01"],
            "amount": [10.0, 20, 40, 80],
        }
    )
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"], "province": ["Fujian", "Hubei", None]})
    spend = pd.DataFrame({"month": ["2024-01-01"], "purpose": ["acquisition"], "amount": [5.0]})
    return load({"orders": orders, "customers": customers, "spend": spend})


def test_a_group_has_the_rows_of_its_customers_and_the_day_of_the_whole():
    book = two_provinces()
    assert group.sizes(book, "customers.province").to_dict() == {"Fujian": 1, "Hubei": 1}
    fujian = group.only(book, "customers.province", "Fujian")
    assert fujian.orders["order_id"].tolist() == ["1", "2"] and fujian.customers["customer_id"].tolist() == ["a"]
    assert fujian.as_of == book.as_of == pd.Timestamp("2024-04-01")
    assert fujian.spend is None, "nobody knows for which province it was spent"


def test_what_came_in_is_still_what_was_kept_and_what_was_not():
    parts = group.only(two_provinces(), "customers.province", "Hubei").reconciliation.set_index("part")
    assert parts.loc["kept", ["rows", "orders", "money"]].tolist() == [1, 1, 40]
    assert parts.loc["other_group", ["rows", "orders", "money"]].tolist() == [3, 3, 110]
    assert (
        parts.drop("rows_read")[["rows", "money"]].sum().tolist() == parts.loc["rows_read", ["rows", "money"]].tolist()
    )


# --- reports ----------------------------------------------------------------------------------------------------------


@pytest.mark.notebook
def test_a_report_that_fails_stops_nothing_else_and_the_list_of_failures_comes_last(at_home, tmp_path, capsys):
    content = """
languages = ["en"]
[[report]]
name = "broken"
lessons = ["11_stops"]
parameters = {fault = "data"}
[[report]]
name = "good"
lessons = ["10_tiny"]
"""
    out = tmp_path / "out"
    assert cli.main(["batch", str(written(tmp_path, content)), "--out", str(out)]) == 1
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1] == "crmbook: These stopped before the end: broken/en/11_stops."
    assert "1 of 2 reports done, 0 of them before" in shown.out
    assert re.search(r"1 of 2: \w+/en/\w+ (done|stopped) in [\d.]+ s; about \d+:\d\d left", shown.err)
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="good/en/10_tiny.html"' in index and 'data-status="failed"' in index and "orders.csv" in index
    assert (out / "good" / "assets" / "plotly.min.js").samefile(out / "assets" / "plotly.min.js")


@pytest.mark.notebook
def test_a_group_gets_its_own_report_and_the_page_says_of_whom(at_home, tmp_path, capsys):
    file = written(tmp_path, 'for_each = "customers.name"\nlessons = ["10_tiny"]\nlanguages = ["en"]\n')
    assert cli.main(["batch", str(file), "--out", str(tmp_path / "out")]) == 0
    listed = pd.read_csv(tmp_path / "out" / "Wang" / "en" / "10_tiny" / "tier-list.csv")
    assert listed.iloc[:, 0].tolist() == ["O2"]
    page = (tmp_path / "out" / "Wang" / "en" / "10_tiny.html").read_text(encoding="utf-8")
    assert "sample data, Name: Wang" in page and "1 of 3 used" in page
    assert "In the sample C1 brings three times as much" not in page, "that is true of the whole alone"


@pytest.mark.notebook
def test_resuming_makes_only_what_is_missing_or_made_of_something_else(at_home, tmp_path, capsys):
    data = tmp_path / "orders.csv"
    data.write_text(tiny_notebooks.orders(), encoding="utf-8")
    content = """
languages = ["en"]
lessons = ["10_tiny"]
[[report]]
name = "mine"
data = "orders.csv"
[[report]]
name = "sample"
"""
    asked = ["batch", str(written(tmp_path, content)), "--out", str(tmp_path / "out"), "--json", "--quiet", "--resume"]

    def made() -> list[str]:
        from crmbook.reports import batch

        batch._digests.cache_clear()
        assert cli.main(asked) == 0
        told = json.loads(capsys.readouterr().out)["reports"]
        return [report["report"] for report in told if not report["skipped"]]

    assert made() == ["mine/en/10_tiny", "sample/en/10_tiny"]
    assert made() == []
    data.write_text(tiny_notebooks.orders("coffee"), encoding="utf-8")
    assert made() == ["mine/en/10_tiny"]
    (tmp_path / "out" / "sample" / "en" / "10_tiny" / "tier-list.csv").unlink()
    assert made() == ["sample/en/10_tiny"]
    written(tmp_path, content + "parameters = {bins = 3}\n")
    assert made() == ["sample/en/10_tiny"]


@pytest.mark.notebook
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL there")
def test_a_batch_killed_at_any_moment_and_resumed_has_the_files_of_an_undisturbed_one(workbook, tmp_path):
    rows = "\n".join(f'[[report]]\nname = "row{number}"\nparameters = {{bins = {number}}}' for number in range(2, 5))
    file = written(tmp_path, f'languages = ["en"]\nlessons = ["10_tiny"]\n{rows}\n')
    environment = {**os.environ, "CRMBOOK_HOME": str(workbook), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()

    def start(out: Path) -> subprocess.Popen:
        command = [sys.executable, "-m", "crmbook", "batch", str(file), "--out", str(out), "--resume", "--quiet"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)

    said = (tmp_path / "said").open("w+")
    undisturbed = start(tmp_path / "a")
    began = time.monotonic()
    assert undisturbed.wait(300) == 0
    whole = time.monotonic() - began
    kernels: list[psutil.Process] = []
    for _ in range(2):
        running = start(tmp_path / "b")
        time.sleep(random.uniform(0.2, 0.8) * whole)
        if running.poll() is None:
            kernels += psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGKILL)
        running.wait(60)
    last = start(tmp_path / "b")
    assert last.wait(300) == 0
    said.close()
    assert "Traceback" not in (tmp_path / "said").read_text()
    assert files(tmp_path / "b") == files(tmp_path / "a")
    psutil.wait_procs(kernels, timeout=60)
    assert [kernel for kernel in kernels if kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE] == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(at_home, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("mine")
    file = written(tmp_path, '[[report]]\nname = "a"\nlessons = ["10_tiny"]\n')
    assert cli.main(["batch", str(file), "--out", str(out)]) == 2
    assert "index.html in out was not written by crmbook" in capsys.readouterr().err
    shutil.rmtree(out)
    out.write_text("mine")
    assert cli.main(["batch", str(file), "--out", str(out)]) == 2 and out.read_text() == "mine"
