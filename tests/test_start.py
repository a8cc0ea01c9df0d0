"""One command anywhere: the wheel carries the workbook, and ``start`` copies it out without touching what is yours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from crmbook.course import start
from crmbook.data.faults import DataError
from crmbook.locale import use

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def english():
    use("en")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content, built from the tracked and new files alone, as pip would put it into site-packages."""
    place = tmp_path_factory.mktemp("wheel")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / "source" / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    made = [sys.executable, "-c", build, str(place)]
    subprocess.run(made, cwd=place / "source", capture_output=True, check=True)
    (wheel,) = place.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(place / "site")
    return place / "site"


def crmbook(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the installed command in a folder, as after ``pip install`` into a new environment."""
    environment = {name: value for name, value in os.environ.items() if name != "CRMBOOK_HOME"}
    environment |= {"PYTHONPATH": str(installed), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "crmbook", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


def test_an_installed_wheel_knows_its_lessons_schemes_and_sample_in_any_folder(installed, tmp_path):
    told = json.loads(crmbook(installed, tmp_path, "lessons", "--json").stdout)
    assert [lesson["lesson"] for lesson in told] == [file.stem for file in sorted((ROOT / "lessons").glob("[0-9]*.py"))]
    carried = installed / "crmbook" / "workbook"
    for part in ("notebooks", "lessons", "data/schemes", "data/sample/retail", "data/sample/saas"):
        files = {file.name: file.read_bytes() for file in (ROOT / part).glob("[!_]*.*") if file.is_file()}
        assert files and {name: (carried / part / name).read_bytes() for name in files} == files


@pytest.mark.notebook
def test_a_report_is_made_in_any_folder_from_an_installed_wheel(installed, tmp_path):
    shutil.copy(ROOT / "data" / "sample" / "saas" / "orders.csv", tmp_path / "mine.csv")
    asked = ("run", "01_tiering", "--data", "mine.csv", "--language", "en", "-p", "scheme=value")
    done = crmbook(installed, tmp_path, *asked)
    assert done.returncode == 0, done.stderr
    assert "mine.csv" in (tmp_path / "reports" / "en" / "01_tiering.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("asked", [("build",), ("sample", "saas")])
def test_the_installed_workbook_is_not_changed(asked, installed, tmp_path):
    done = crmbook(installed, tmp_path, *asked)
    assert done.returncode == 2 and "crmbook start DIR" in done.stderr and "Traceback" not in done.stderr


def test_a_copy_is_the_workbook_of_its_folder(installed, tmp_path):
    assert crmbook(installed, tmp_path, "start", "mine", "--no-lab").returncode == 0
    (tmp_path / "mine" / "notebooks" / "05_evaluation.ipynb").unlink()
    told = crmbook(installed, tmp_path / "mine" / "notebooks", "lessons", "--json").stdout
    assert "05_evaluation" not in [lesson["lesson"] for lesson in json.loads(told)]
    assert crmbook(installed, tmp_path / "mine", "sample", "saas").returncode == 0
    stranger = tmp_path / "project" / "data" / "sample"
    stranger.mkdir(parents=True)
    assert "05_evaluation" in crmbook(installed, stranger, "lessons").stdout, "data/sample alone is not our workbook"


def test_what_you_changed_stays_and_the_rest_is_brought_up_to_date(tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    first = start.copy_out(target)
    assert "notebooks/zh/01_tiering.ipynb" in first.written and "data/schemes/abc.yaml" in first.written
    assert first.kept == () and start.copy_out(target).written == ()
    changed, old = target / "notebooks" / "01_tiering.ipynb", target / "notebooks" / "05_evaluation.ipynb"
    changed.write_text("my own work")
    record = json.loads((target / start.RECORD).read_text())
    old.write_text("of an earlier version")  # as an earlier version had copied it
    (target / start.RECORD).write_text(
        json.dumps({**record, "notebooks/05_evaluation.ipynb": start._digest(old.read_bytes())})
    )
    again = start.copy_out(target)
    assert again.kept == ("notebooks/01_tiering.ipynb",) and again.written == ("notebooks/05_evaluation.ipynb",)
    assert changed.read_text() == "my own work" and (target / "notes.txt").read_text() == "mine"
    assert start.copy_out(target).kept == ("notebooks/01_tiering.ipynb",), "it is not forgotten the second time"
    assert start.copy_out(target, force=True).written == ("notebooks/01_tiering.ipynb",)
    assert changed.read_bytes() == (ROOT / "notebooks" / "01_tiering.ipynb").read_bytes()


def test_a_copy_onto_the_workbook_itself_is_refused():
    with pytest.raises(DataError, match="is the workbook itself"):
        start.copy_out(ROOT)


def test_without_jupyterlab_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r'pip install "crmbook\[lab\]"'):
        start.lab(tmp_path, "en")
