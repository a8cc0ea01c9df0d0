"""What holds for the whole project: one list of packages, no addresses, no paths of a machine, cheap imports."""

from __future__ import annotations

import ast
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


@pytest.mark.parametrize("file", ["environment.yml", "binder/environment.yml"])
def test_what_an_environment_points_to_is_there(file):
    """The path is read from where the file stands; Binder has a folder of its own."""
    environment = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    (nested,) = [spec for spec in environment["dependencies"] if isinstance(spec, dict)]
    (line,) = nested["pip"]
    assert ((ROOT / file).parent / line.removeprefix("-r ")).resolve() == ROOT / "requirements.txt"
    main = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert {**environment, "dependencies": environment["dependencies"][:-1]} == {
        **main, "dependencies": main["dependencies"][:-1],
    }  # fmt: skip


def test_workflows_pin_what_they_use_by_commit_and_look_for_known_holes():
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = workflow.read_text(encoding="utf-8")
        used = re.findall(r"uses: *(\S+)(.*)", text)
        assert used
        assert [name for name, note in used if not re.fullmatch(r"\S+@[0-9a-f]{40}", name) or "# v" not in note] == []
        assert re.search(r"pip-audit==[\d.]+ .*-r requirements\.txt", text)


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


def test_the_house_stands_in_the_architecture_as_ls_shows_it():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = {row[1]: set(re.findall(r"`(\w+)`", row[2])) for row in re.finditer(r"^\| (\w+) \| (`.*`) \|$", text, re.M)}
    library = ROOT / "lib" / "crmbook"
    chapters = [door.parent.name for door in library.glob("*/__init__.py") if (door.parent / "texts.toml").exists()]
    for folder in {*chapters, "shared", "figures", *shown}:
        there = {file.stem for file in (library / folder).glob("[a-z]*.py")}
        assert shown[folder] == there, folder


def test_every_promise_names_a_test_that_is_there():
    rows = re.findall(r"^\| .* \| `(.+)::(\w+)` \|$", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"), re.M)
    assert rows
    assert [row for row in rows if f"def {row[1]}(" not in (ROOT / row[0]).read_text(encoding="utf-8")] == []


def test_no_file_bears_a_name_that_its_door_gives():
    for door in (ROOT / "lib" / "crmbook").glob("*/__init__.py"):
        given = {
            given.asname or given.name
            for statement in ast.parse(door.read_text(encoding="utf-8")).body
            if isinstance(statement, ast.ImportFrom)
            for given in statement.names
        }
        assert not given & {file.stem for file in door.parent.glob("*.py")}, door.parent.name


def test_a_lesson_speaks_through_at_most_four_import_lines():
    for lesson in (ROOT / "lessons").glob("*.py"):
        lines = re.findall(r"^(?:from|import) crmbook.*", lesson.read_text(encoding="utf-8"), re.M)
        assert 0 < len(lines) <= 4, lesson.name
        assert all(line.startswith("from crmbook import ") for line in lines), lesson.name


def _imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return found


@pytest.mark.parametrize(
    "chapter", [*(ROOT / "lib" / "crmbook").glob("*/exercises.py")], ids=lambda file: file.parent.name
)
def test_methods_import_nothing_that_draws(chapter):
    drawing = {"plotly", "ipywidgets", "IPython", "crmbook.figures", "crmbook.course", "crmbook.reports"}
    rooms = {"charts", "tables", "form", "panels", "exercises", "manager"}
    for file in chapter.parent.glob("*.py"):
        if file.stem not in rooms:
            for name in _imported(file):
                assert not any(f"{name}.".startswith(f"{other}.") for other in drawing), f"{file}: {name}"
                assert name.split(".")[-1] not in rooms or not name.startswith("crmbook."), f"{file}: {name}"
