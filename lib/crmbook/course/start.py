"""The workbook copied out of the package, so that its notebooks can be opened, changed and kept."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.data.home import own_workbook

RECORD = ".crmbook-workbook.json"
"""What was copied, with the digest of each file: one that differs from it is the reader's own work."""

_PARTS = ("notebooks/**/*.ipynb", "lessons/*.py", "data/**/*", "docs/glossary.csv")


@dataclass(frozen=True)
class Copied:
    """What came of a copy.

    Attributes
    ----------
    folder : Path
    written : tuple of str
        Files that are new, or newer than what stood there unchanged.
    kept : tuple of str
        Files that stood there and were not as they had been copied, so that they stay.
    """

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def copy_out(folder: str | os.PathLike[str], force: bool = False) -> Copied:
    """Copy notebooks, lessons, schemes and sample into a folder; done again, it brings what nobody changed up to date.

    Parameters
    ----------
    folder : path
        New, empty, or with anything in it: what is not the workbook's is left alone.
    force : bool
        Replace files that were changed since they were copied, too.

    Raises
    ------
    DataError
        When the folder is a file, is the workbook itself, or cannot be written to.
    """
    source, target = own_workbook(), Path(folder).expanduser().resolve()
    if target == source.resolve():
        raise DataError("start_itself", folder=target.name)
    if target.exists() and not target.is_dir():
        raise DataError("report_out_is_file", file=target.name)
    before, copied = _record(target), dict[str, str]()
    written, kept = list[str](), list[str]()
    try:
        for file in _files(source):
            name, content = file.relative_to(source).as_posix(), file.read_bytes()
            new, place = _digest(content), target / name
            there = _digest(place.read_bytes()) if place.is_file() else None
            if there not in (None, new, before.get(name)) and not force:
                kept.append(name)
                copied |= {name: before[name]} if name in before else {}
                continue
            copied[name] = new
            if there != new:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
                written.append(name)
        (target / RECORD).write_text(json.dumps(copied, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise DataError("report_out_not_writable", folder=target, reason=problem.strerror) from problem
    return Copied(target, tuple(written), tuple(kept))


def lab(folder: Path, language: str) -> int:
    """Open JupyterLab on a folder's notebooks and return its exit code when it has ended.

    Raises
    ------
    DataError
        When JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise DataError("start_no_lab")
    command = [sys.executable, "-m", "jupyterlab", "notebooks/zh" if language == "zh" else "notebooks"]
    environment = {"JUPYTER_PREFER_ENV_PATH": "1", **os.environ}
    if os.name != "nt":  # Ctrl-C is JupyterLab's own then
        os.chdir(folder)
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, cwd=folder, env=environment)


def _files(source: Path) -> Iterator[Path]:
    for pattern in _PARTS:
        for file in sorted(source.glob(pattern)):
            if file.is_file() and not any(part.startswith((".ipynb", "__")) for part in file.relative_to(source).parts):
                yield file


def _record(target: Path) -> dict[str, str]:
    try:
        found = json.loads((target / RECORD).read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
