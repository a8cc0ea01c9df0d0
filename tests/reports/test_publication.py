"""Reports in their folder: the last good one stays until a better one is there, and nobody else's file is touched."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_notebooks
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.reports import locks, publication
from crmbook.reports import run as runs
from crmbook.reports.execution import Execution
from crmbook.reports.jobs import plan


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    folder = tiny_notebooks.workbook(tmp_path_factory.mktemp("book"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMBOOK_HOME", str(folder))
        yield folder


def content(folder: Path, *left_out: str) -> dict[str, bytes]:
    """Every file of a folder by its path, hidden ones included."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: bytes_ for name, bytes_ in files.items() if name not in left_out}


def bad_data(folder: Path) -> Path:
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,customer_id,order_date,amount\nO1,C1,2024-02-30,5\n")
    return folder


@pytest.fixture(scope="module")
def kept(workbook, tmp_path_factory):
    """A good report, then a run of the same lesson on data with a date that there is not."""
    out = tmp_path_factory.mktemp("kept") / "out"
    runs.run(plan(["10_tiny"], ["en"]), out, progress=False)
    before = content(out)
    (failed,) = runs.run(plan(["10_tiny"], ["en"], data=bad_data(out.parent / "bad")), out, progress=False)
    return out, before, failed


@pytest.mark.notebook
def test_a_failed_run_keeps_the_last_good_report_and_its_lists(kept):
    out, before, failed = kept
    assert failed.failure is not None and failed.kept
    changed = {"index.html", "manifest.json", "en/10_tiny.stopped.html"}
    assert content(out, *changed) == {name: bytes_ for name, bytes_ in before.items() if name not in changed}
    assert before["en/10_tiny.html"] and before["en/10_tiny/tier-list.csv"]


@pytest.mark.notebook
def test_index_and_manifest_say_that_the_report_is_an_earlier_one_and_why(kept):
    out, _, failed = kept
    assert failed.page == "en/10_tiny.stopped.html" and "2024-02-30" in (out / failed.page).read_text(encoding="utf-8")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="en/10_tiny.html"' in index and 'href="en/10_tiny.stopped.html"' in index
    assert re.search(r"an earlier report; the last run stopped: orders\.csv.*2024-02-30", index)
    noted = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["notebooks"]["en/10_tiny"]
    assert (noted["status"], noted["data"]) == ("done", None)
    assert (noted["stopped"]["status"], noted["stopped"]["data"], noted["stopped"]["tables"]) == ("failed", "bad", [])


@pytest.mark.notebook
def test_the_next_good_run_takes_the_place_of_both(kept):
    out, before, _ = kept
    (good,) = runs.run(plan(["10_tiny"], ["en"]), out, progress=False)
    assert good.failure is None and not good.kept
    assert content(out).keys() == before.keys()
    assert "stopped" not in json.loads((out / "manifest.json").read_text(encoding="utf-8"))["notebooks"]["en/10_tiny"]


@pytest.mark.parametrize(
    "name", ["index.html", "manifest.json", "en/10_tiny.html", "en/10_tiny.stopped.html", "assets/plotly.min.js", "en"]
)
def test_a_file_of_somebody_else_where_a_report_goes_is_refused_before_any_work(name, workbook, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"start_url": "/"}')
    with pytest.raises(DataError, match=re.escape(f"{name} in {tmp_path.name} was not written by crmbook")):
        runs.run(plan(["10_tiny"], ["en"]), tmp_path, progress=False)
    assert content(tmp_path) == {name: b'{"start_url": "/"}'}


@pytest.mark.notebook
def test_a_list_of_somebody_else_stops_the_notebook_that_would_replace_it(workbook, tmp_path):
    (tmp_path / "en" / "10_tiny").mkdir(parents=True)
    theirs = {"en/10_tiny/tier-list.csv": b"mine", "orders.csv": b"mine", "en/notes.md": b"mine"}
    for name, text in theirs.items():
        (tmp_path / name).write_bytes(text)
    (outcome,) = runs.run(plan(["10_tiny"], ["en"]), tmp_path, progress=False)
    assert "en/10_tiny/tier-list.csv" in outcome.failure.cause and "--out DIR" in outcome.failure.cause
    assert content(tmp_path) == theirs


@pytest.mark.notebook
def test_a_manifest_cannot_lead_to_files_outside_the_reports(workbook, tmp_path):
    out = tmp_path / "out"
    runs.run(plan(["10_tiny"], ["en"]), out, progress=False)
    (tmp_path / "mine.csv").write_text("mine")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    outside = ["../mine.csv", str(tmp_path / "mine.csv"), "en/../../mine.csv", "en\\..\\..\\mine.csv"]
    manifest["notebooks"]["en/10_tiny"]["tables"] += outside
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (again,) = runs.run(plan(["10_tiny"], ["en"]), out, progress=False)
    assert again.failure is None and (tmp_path / "mine.csv").read_text() == "mine"


# --- stopped between two renames --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replayed(workbook, tmp_path_factory):
    """What two runs gave `runs.run` to publish, the second with other tables; handed out again without a kernel."""
    folder = tmp_path_factory.mktemp("replayed")
    recorded: list[Execution] = []
    execute = runs.execute

    def recording(*arguments):
        made = execute(*arguments)
        shutil.copytree(made.folder, folder / str(len(recorded)))
        recorded.append(copy.deepcopy(made))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "execute", recording)
        for values in ({}, {"bins": "3"}):
            runs.run(plan(["10_tiny"], ["en"], values), folder / "out", progress=False)
    (folder / "1" / "lists.xlsx").rename(folder / "1" / "another.xlsx")

    def replay(number: int):
        def executed(job, place, *_):
            shutil.copytree(folder / str(number), place)
            one = recorded[number]
            return Execution(job, copy.deepcopy(one.notebook), place, one.seconds, None, one.timeout)

        return executed

    return replay


@pytest.fixture
def publish(replayed, tmp_path, monkeypatch):
    def published(number: int, out: Path = tmp_path / "out"):
        monkeypatch.setattr(runs, "execute", replayed(number))
        return runs.run(plan(["10_tiny"], ["en"], {"bins": "3"} if number else {}), out, progress=False)

    return published


@pytest.fixture
def old_and_new(publish, tmp_path):
    publish(0)
    old = content(tmp_path / "out")
    shutil.copytree(tmp_path / "out", tmp_path / "copy")
    publish(1, tmp_path / "copy")
    new = content(tmp_path / "copy")
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    lists = {"en/10_tiny/lists.xlsx", "en/10_tiny/another.xlsx"}
    assert {"manifest.json", "en/10_tiny.html", *lists} <= changed
    return old, new


@pytest.mark.notebook
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, PermissionError])
def test_a_stop_between_two_renames_leaves_the_old_or_the_new(stop, old_and_new, publish, tmp_path, monkeypatch):
    old, new = old_and_new
    number = ended = 0
    rename = os.replace
    while not ended:
        number += 1
        left = [number]

        def stopping(source, target, left=left):
            left[0] -= 1
            if left[0] == 0:
                raise stop("injected")
            rename(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", stopping)
            try:
                (outcome,) = publish(1)
                assert (outcome.failure is None) == (left[0] > 0)
            except KeyboardInterrupt:
                pass
        there = content(tmp_path / "out")
        assert there in (old, new), f"stopped at rename {number}"
        ended = left[0] > 0
    assert there == new and number > 6


_KILLED = """
import os, sys
from pathlib import Path
from crmbook.reports import publication
out, number = Path(sys.argv[1]), int(sys.argv[2])
rename, left = os.replace, [number]
def stopping(source, target):
    left[0] -= 1
    if left[0] == 0:
        os._exit(9)
    rename(source, target)
with publication.staging(out) as place:
    made = {}
    for name in ("en/a/new.csv", "en/a.html", "manifest.json", "index.html"):
        (place / "made" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "made" / name).write_text("new")
        made[name] = place / "made" / name
    os.replace = stopping
    with publication.turn(out):
        publication.publish(out, place, {**made, "en/a/old.csv": None})
"""


@pytest.mark.parametrize("number", range(1, 7))
def test_a_kill_between_two_renames_is_undone_by_the_next_run(number, tmp_path):
    out = tmp_path / "out"
    manifest = {"versions": {}, "notebooks": {"en/a": {"page": "en/a.html", "tables": ["en/a/old.csv"]}}}
    (out / "en" / "a").mkdir(parents=True)
    for name in ("en/a.html", "en/a/old.csv", "index.html", "en/a/notes.txt"):
        (out / name).write_text("old")
    (out / "manifest.json").write_text(json.dumps(manifest))
    old = content(out)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(out), str(number)], timeout=60)
    with publication.turn(out):
        pass
    killed = number <= 5  # four files, and the note of what is about to happen
    assert done.returncode == (9 if killed else 0)
    new = {
        **dict.fromkeys(("en/a/new.csv", "en/a.html", "manifest.json", "index.html"), b"new"),
        "en/a/notes.txt": b"old",
    }
    assert content(out) == (old if killed else new)


# --- two runs -------------------------------------------------------------------------------------------------------

_HOLDING = """
import sys, time
from pathlib import Path
from crmbook.reports import publication
with publication.turn(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("killed", [False, True])
def test_who_comes_second_waits_until_the_first_has_finished_or_died(killed, tmp_path):
    first = subprocess.Popen([sys.executable, "-c", _HOLDING, str(tmp_path), "1.5"], stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "held\n"
    began = time.monotonic()
    if killed:
        first.kill()
    with publication.turn(tmp_path):
        waited = time.monotonic() - began
        assert first.poll() is not None or not killed
    first.communicate(timeout=10)
    assert (waited < 1) == killed
    assert list(tmp_path.iterdir()) == []


def test_a_run_at_work_is_not_taken_for_a_dead_one(tmp_path):
    with publication.staging(tmp_path) as place:
        (place / "orders.csv").write_text("mine")
        with publication.staging(tmp_path) as other, publication.turn(tmp_path):
            assert other != place
        assert (place / "orders.csv").is_file()
    assert list(tmp_path.iterdir()) == []
    place, lock = locks.own_folder(tmp_path, "x-")
    assert list(locks.left_behind(tmp_path, "x-")) == []
    lock.close()
    assert list(locks.left_behind(tmp_path, "x-")) == [place]


@pytest.mark.notebook
def test_two_runs_into_one_folder_both_stand_in_the_manifest(workbook, tmp_path):
    command = [sys.executable, "-m", "crmbook", "run", "10_tiny", "--out", str(tmp_path / "out"), "--language"]
    environment = {**os.environ, "CRMBOOK_HOME": str(workbook)}
    both = [subprocess.Popen([*command, code], env=environment) for code in ("en", "zh")]
    assert [run.wait(timeout=120) for run in both] == [0, 0]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["notebooks"]) == ["en/10_tiny", "zh/10_tiny"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "assets", "en", "index.html", "manifest.json", "zh",
    ]  # fmt: skip
