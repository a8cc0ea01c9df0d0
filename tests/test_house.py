"""What holds for the whole project: one list of packages, no addresses, no paths of a machine, cheap imports."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(file: str) -> dict[str, list[Requirement]]:
    """The pinned packages; one may stand there twice, for different versions of Python."""
    pins: dict[str, list[Requirement]] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.rstrip("\\ "))
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements-dev.txt", PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_every_dependency_is_pinned_within_its_range(file, wanted):
    pins = _pins(file)
    for spec in map(Requirement, wanted):
        found = pins[canonicalize_name(spec.name)]
        for pin in found:
            (exact,) = pin.specifier
            assert exact.operator == "==", pin
            assert spec.specifier.contains(exact.version), f"{pin} is outside {spec}"


def test_every_pin_carries_hashes():
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / file).read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_tools_are_pinned_on_top_of_the_same_versions():
    run, tools = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert {name: list(map(str, pins)) for name, pins in run.items()} == {
        name: list(map(str, tools[name])) for name in run
    }


def test_conda_installs_the_same_pinned_list():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [spec for spec in environment["dependencies"] if isinstance(spec, str)]
    (nested,) = [spec for spec in environment["dependencies"] if isinstance(spec, dict)]
    assert nested == {"pip": ["-r requirements.txt"]}
    names = {re.match(r"[a-z0-9-]+", spec).group() for spec in plain}
    assert names == {"python", "pip"}
    (python,) = [spec for spec in plain if spec.startswith("python")]
    assert Requirement(python.replace("=", "==", 1)).specifier, "conda's pin of Python must be a version"
    version = python.split("=")[1]
    assert PROJECT["project"]["requires-python"] == ">=3.11" and tuple(map(int, version.split("."))) >= (3, 11)


def test_dependencies_say_what_they_are_for():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")]
    groups = re.split(r"\n  # ", block)[1:]
    assert len(groups) >= 4, "the list of dependencies is grouped under comments that say what they are for"


def test_nothing_names_a_registry_or_a_path_of_a_machine():
    # in pieces, so that this file names none either
    hosts = ("pypi org", "python" + "hosted org", "registry npmjs", "deb debian org", "anaconda org")
    registry = re.compile("|".join(host.replace(" ", r"\.") for host in hosts))
    machine = re.compile(r"(?<![\w.])(/work/|/root/|/home/[a-z]|/Users/[A-Za-z]|C:\\Users)")
    found = []
    for file in _tracked():
        if file.suffix in (".png", ".xlsx", ".parquet") or file == Path(__file__):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in registry.finditer(text)]
        found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in machine.finditer(text)]
    assert found == []


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("sklearn", "scipy", "pandera", "duckdb", "plotly", "papermill")
    code = f"import sys, crmbook; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_glossary_is_complete_in_both_languages():
    with (ROOT / "docs" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 20
    needed = ("term", "english", "chinese", "definition_en", "definition_zh")
    assert [row["term"] for row in rows if not all(row[column] for column in needed) or None in row] == []
    assert len({row["term"] for row in rows}) == len(rows)


def test_sample_data_stay_small():
    sizes = [file.stat().st_size for file in (ROOT / "data" / "sample").rglob("*") if file.is_file()]
    assert 0 < sum(sizes) < 4_000_000


def test_every_file_of_methods_has_its_place_in_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("| chapter | door") : text.index("Imports run one way")]
    named = re.findall(r"`(\w+)`", table)
    files = [file.stem for file in (ROOT / "lib" / "crmbook" / "methods").glob("[a-z]*.py")]
    assert sorted(named) == sorted(files)
