"""crmbook doctor: what is wrong is found, and said with the command that mends it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import namedtuple
from importlib import metadata

import pytest
from crmbook import cli, doctor, locale


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    locale.use("en")
    yield
    locale.use("en")


def finding(about):
    [found] = [each for each in doctor.examine() if each.about == about]
    return found


def test_eight_things_are_looked_at_and_named_in_both_languages():
    for language in locale.LANGUAGES:
        locale.use(language)
        found = doctor.examine()
        assert [each.about for each in found] == [
            "python", "packages", "workbook", "kernel", "font", "browser", "disk", "rights",
        ]  # fmt: skip
        assert all(locale.text(f"doctor.{each.about}") in str(each) for each in found)


def test_this_machine_has_the_packages_and_the_workbook():
    assert finding("python").is_fine and finding("packages").is_fine and finding("workbook").is_fine


def test_python_that_is_too_old(monkeypatch):
    old = namedtuple("version", "major minor micro releaselevel serial")(3, 9, 1, "final", 0)
    monkeypatch.setattr(sys, "version_info", old)
    found = finding("python")
    assert not found.is_fine and "3.9.1" in str(found) and "Install Python 3.11" in str(found)


def test_package_that_is_missing_or_of_another_version(monkeypatch):
    wanted = ["pandas>=999", "no-such-package>=1", 'ibis-framework>=10; extra == "warehouse"', "numpy"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    found = finding("packages")
    assert not found.is_fine
    assert "no-such-package is missing" in found.found and "(>=999)" in found.found
    assert "ibis" not in found.found and "numpy" not in found.found
    assert "pip install --require-hashes" in str(found)


def test_workbook_that_is_not_there_or_has_no_notebooks(monkeypatch, tmp_path):
    monkeypatch.setenv("CRMBOOK_HOME", str(tmp_path))
    assert not finding("workbook").is_fine
    (tmp_path / "data" / "sample").mkdir(parents=True)
    found = finding("workbook")
    assert not found.is_fine and "crmbook build" in str(found)


def test_font_browser_and_disk_that_are_missing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "apt install fonts-noto-cjk" in str(finding("font"))
    assert "Install Firefox" in str(finding("browser"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "total used free")(1, 1, 5 * 10**7))
    assert "0.1 GB free" in str(finding("disk")) or "0.0 GB free" in str(finding("disk"))
    assert not finding("disk").is_fine


def test_font_is_found_by_the_systems_list(monkeypatch):
    done = subprocess.CompletedProcess([], 0, stdout="Noto Sans CJK SC\n", stderr="")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert finding("font").is_fine and finding("font").found == "Noto Sans CJK SC"


def test_folder_where_one_may_not_write(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", refuse)
    found = finding("rights")
    assert not found.is_fine and "Permission denied" in str(found) and "mkdir" in str(found)


@pytest.mark.parametrize(("is_fine", "code", "said"), [(True, 0, "Ready."), (False, 1, "To be mended: 1.")])
def test_the_command_says_whether_all_is_well(monkeypatch, capsys, is_fine, code, said):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding("disk", is_fine, "x", "mend it so")])
    assert cli.main(["doctor"]) == code
    shown = capsys.readouterr().out
    assert said in shown and ("mend it so" in shown) == (not is_fine)
