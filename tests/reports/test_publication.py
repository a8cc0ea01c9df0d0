"""Reports in their folder: the last good one stays until a better one is there, and nobody else's file is touched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tiny_notebooks
from crmbook.data.faults import DataError
from crmbook.locale import use
from crmbook.reports import run as runs
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
