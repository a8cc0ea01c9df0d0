"""A class: folders with data of their own go out; what comes back is run shut in, and judged by the trainer alone."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crmbook import DataError, cli, locale
from crmbook.course import classroom, editions, lessons, shut_in
from crmbook.course.classroom import Result, collect, hand_out, page, read_list, write
from crmbook.course.runner import plain, restored

needs_spaces = pytest.mark.skipif(not shut_in.can(), reason="this machine cannot shut a program in")


@pytest.fixture(autouse=True)
def _english():
    locale.use("en")
    yield
    locale.use("en")


def listed(folder, content, encoding="utf-8"):
    path = folder / "list.csv"
    path.write_text(content, encoding=encoding)
    return path


# --- the list ---------------------------------------------------------------------------------------------------------


def test_list_is_read_in_either_language_and_each_draws_another_seed(tmp_path):
    english = read_list(listed(tmp_path, "name,Student\nAnn,s1\nBo,s2\n\n"))
    assert [(each.student, each.name) for each in english] == [("s1", "Ann"), ("s2", "Bo")]
    assert len({each.seed for each in english}) == 2
    for encoding in ("utf-8-sig", "gb18030"):
        [chinese] = read_list(listed(tmp_path, "学号,姓名\ns1,王芳\n", encoding))
        assert (chinese.student, chinese.name, chinese.seed) == ("s1", "王芳", english[0].seed)
    assert read_list(listed(tmp_path, "student\ns1\n"), seed=1)[0].seed != english[0].seed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("pupil\ns1\n", "no column student"),
        ("student\n", "names no student"),
        ("", "no column student"),
        ("student\ns1\nS1\n", 'row 3, student: "S1" stands in row 2 already'),
        ("student\n../x\n", 'row 2, student: "../x" cannot name a folder'),
        ("student,name\n,Ann\n", 'row 2, student: ""'),
        ("student\n.hidden\n", "cannot name a folder"),
    ],
)
def test_list_that_cannot_be_used_is_refused_with_its_row(tmp_path, content, said):
    with pytest.raises(DataError, match=r"list\.csv") as refused:
        read_list(listed(tmp_path, content))
    assert said in str(refused.value)


def test_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        read_list(tmp_path / "gone.csv")


# --- answers as plain data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        3,
        0.25,
        "服务态度",
        {"C1", "C2"},
        ["C1"],
        pd.Series([1, 2], index=["a", "b"]),
        pd.Series([True], index=["a"]),
    ],
    ids=str,
)
def test_answers_survive_as_plain_data(answer):
    back = restored(json.loads(json.dumps(plain(answer))))
    if isinstance(answer, pd.Series):
        pd.testing.assert_series_equal(back, answer)
    else:
        assert back == answer


def test_other_objects_do_not_leave_the_folder():
    class Forged:
        status = "correct"

        def __eq__(self, other):
            return True

        __hash__ = None

    assert plain(Forged()) == {"kind": "other", "type": "Forged"}
    assert restored(plain(Forged())) != 1
    assert plain(np.int64(3)) == plain(3) and plain(np.bool_(True)) == plain(True)
    assert plain(pd.DataFrame({"customer_id": ["C1"]}))["values"] == ["C1"]


# --- shut in ----------------------------------------------------------------------------------------------------------

BREAK_OUT = """
import json, socket, subprocess
said = {{}}
for name in {places}:
    try:
        open(name, "w").write("x")
        said[name] = "written"
    except OSError:
        said[name] = "refused"
for command in (["mount", "-o", "remount,bind,rw", "/"], ["umount", "-l", "/run"]):
    said[command[0]] = "refused" if subprocess.run(command, capture_output=True).returncode else "done"
try:
    socket.create_connection(("127.0.0.1", {port}), 2)
    said["net"] = "open"
except OSError:
    said["net"] = "refused"
json.dump(said, open("said.json", "w"))
"""


@needs_spaces
def test_a_program_shut_in_writes_nowhere_else_and_reaches_no_network(tmp_path):
    import socket

    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    places = [str(outside), str(Path.home() / ".crmbook-test"), "/dev/shm/crmbook-test"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = BREAK_OUT.format(places=places, port=server.getsockname()[1])
        assert shut_in.run([sys.executable, "-c", script], inside, 60) == 0
    said = json.loads((inside / "said.json").read_text(encoding="utf-8"))
    assert set(said.values()) == {"refused"} and len(said) == 6
    assert not any(map(Path.exists, map(Path, places)))


@needs_spaces
def test_an_endless_program_ends_in_time_with_all_that_it_started(tmp_path):
    script = "import os, time\nos.fork()\nwhile True:\n    open(f'{os.getpid()}', 'w').write(str(time.time()))"
    began = time.monotonic()
    assert shut_in.run([sys.executable, "-c", script], tmp_path, 3) is None
    assert time.monotonic() - began < 60
    written = {path: path.read_text() for path in tmp_path.iterdir()}
    time.sleep(0.5)
    assert written and {path: path.read_text() for path in tmp_path.iterdir()} == written


# --- out and back -----------------------------------------------------------------------------------------------------

STUDENTS = ("right", "wrong", "idle", "broken", "hostile", "endless", "absent", "lost")
FORGED = """
import crmbook.course.checks as marks, os
marks.Checker.__call__ = lambda self, name, answer: marks.Verdict(name, "correct", "Correct", "forged")
check = lambda name, answer: marks.Verdict(name, "correct", "Correct", "forged")
open({outside!r}, "w").write("x")
"""


@pytest.fixture(scope="module")
def came_back(tmp_path_factory):
    """A class whose folders came back; the results, and a file that nobody may have written."""
    if not shut_in.can():
        pytest.skip("this machine cannot shut a program in")
    locale.use("en")
    place = tmp_path_factory.mktemp("class")
    (place / "list.csv").write_text("student,name\n" + "".join(f"{each},=1+1\n" for each in STUDENTS), encoding="utf-8")
    out, outside = place / "out", place / "outside"
    written = list(hand_out(read_list(place / "list.csv"), out, ["00_start"], "en", 400))
    assert [new for _, new in written] == [True] * len(STUDENTS)
    [lesson] = lessons.find(["00_start"])
    solved = {cell.id: cell.source for cell in editions.edition_of(lesson, "en", "solution").cells}

    def change(student, source_of):
        path = out / student / "00_start.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = source_of(cell["id"], "".join(cell["source"]))
        if student == "lost":
            for cell in notebook["cells"]:
                cell.pop("id")
        path.write_text(json.dumps(notebook), encoding="utf-8")

    wrong = {
        "rows = ...": "rows = 3",
        "mean_spent = ...": "mean_spent = customers['monetary'].sum()",
        "share_again = ...": "share_again = 1 / 0",
        "in_class_a = ...": "in_class_a = tiers.value_counts()['B']",
    }
    forged = FORGED.format(outside=str(outside))
    change("right", lambda cell, source: solved[cell])
    change("lost", lambda cell, source: solved[cell])
    change("wrong", lambda cell, source: wrong.get(source, source))
    change("hostile", lambda cell, source: f"{forged}\nrows = 1" if source == "rows = ..." else source)
    change("endless", lambda cell, source: source if source != "share_again = ..." else "while True:\n    pass")
    change("endless", lambda cell, source: solved[cell] if source == "rows = ..." else source)
    (out / "broken" / "00_start.ipynb").write_text('{"cells": [', encoding="utf-8")
    (out / "absent" / "00_start.ipynb").unlink()
    return out, collect(out, seconds=60, jobs=2, said=lambda _: None), outside


def statuses(came_back, student):
    return [result.status for result in came_back[1] if result.student == student]


@needs_spaces
@pytest.mark.notebook
def test_each_folder_has_data_of_its_own_and_no_truth(came_back):
    out = came_back[0]
    orders = {(out / each / "data" / "orders.csv").read_bytes() for each in STUDENTS}
    assert len(orders) == len(STUDENTS)
    assert not list(out.glob("*/data/truth.csv"))
    assert "seed" not in (out / "idle" / "00_start.ipynb").read_text(encoding="utf-8")


@needs_spaces
@pytest.mark.notebook
@pytest.mark.parametrize(
    ("student", "wanted"),
    [
        ("right", ["correct"] * 6),
        ("lost", ["correct"] * 6),  # saved by a program that drops the cells' ids
        ("wrong", ["not yet", "not yet", "failed", "not yet", "not tried", "not tried"]),
        ("idle", ["not tried"] * 6),
        ("broken", ["unreadable"] * 6),
        ("absent", ["no file"] * 6),
        ("hostile", ["failed", *["not tried"] * 5]),  # writing outside fails, and the cell with it
        ("endless", ["correct", "not tried", *["out of time"] * 4]),
    ],
)
def test_what_came_back_gets_the_marks_that_it_deserves(came_back, student, wanted):
    assert statuses(came_back, student) == wanted


@needs_spaces
@pytest.mark.notebook
def test_mistakes_are_named_and_nothing_was_written_outside(came_back):
    out, results, outside = came_back
    mistakes = {result.exercise: result.mistake for result in results if result.student == "wrong"}
    assert mistakes["start-2"] == "start.sum_not_mean" and mistakes["start-4"] == "start.another_tier"
    assert mistakes["start-3"] == "ZeroDivisionError"
    assert not outside.exists()
    files = write(results, out / "results")
    table = list(csv.DictReader(io.StringIO(files[1].read_text(encoding="utf-8-sig"))))
    percent = {row["student"]: row["percent"] for row in table}
    assert percent == dict.fromkeys(STUDENTS, "0") | {"right": "100", "lost": "100", "endless": "17"}
    assert {row["name"] for row in table} == {"'=1+1"}  # no formula
    assert locale.text("start.sum_not_mean") in files[2].read_text(encoding="utf-8")


@needs_spaces
@pytest.mark.notebook
def test_folders_that_are_there_stay_as_they_are(came_back, capsys):
    out = came_back[0]
    before = (out / "wrong" / "00_start.ipynb").read_bytes()
    given = [*("--students", str(out.parent / "list.csv")), *("--out", str(out)), "--customers", "400", "00_start"]
    assert cli.main(["course", "hand-out", *given]) == 0
    assert capsys.readouterr().out.count("stays as it is") == len(STUDENTS)
    assert (out / "wrong" / "00_start.ipynb").read_bytes() == before
    assert cli.main(["course", "hand-out", *given[:-1], "01_tiering"]) == 1
    assert "another list" in capsys.readouterr().err


def test_a_machine_that_cannot_shut_in_runs_nothing(tmp_path, monkeypatch):
    (tmp_path / classroom.ROSTER).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(shut_in, "can", lambda: False)
    with pytest.raises(DataError, match="Linux with user namespaces"):
        collect(tmp_path)


def test_a_folder_that_was_not_handed_out_is_refused(tmp_path, capsys):
    assert cli.main(["course", "collect", str(tmp_path)]) == 1
    assert "has no roster.json" in capsys.readouterr().err


@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_page_counts_the_class_and_shows_names_as_text(language):
    locale.use(language)
    one = Result("s1", "<script>", "00_start", "start-1", "correct", "", "")
    two = Result("s2", "Bo", "00_start", "start-1", "not yet", "start.columns_not_rows", "why")
    shown = page([one, two, two])
    assert "<script>" not in shown and "2 × why" in shown
    assert locale.text("course.class_tally", correct=1, of=3, tried=0) in shown
