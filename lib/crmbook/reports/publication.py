"""What is finished is put in its place, all of it or nothing; what the workbook did not write is left alone.

A run works in a folder of its own inside the reports (``.unfinished-…``): on the same disk, so that what is finished
can be renamed into its place. Before the first of several renames it is noted there what they will be, and what stood
in their places; whoever finds such a note, this run after an interruption or the next after a death, undoes them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath

from crmbook.data.faults import DataError
from crmbook.reports import locks, manifest
from crmbook.reports.jobs import Job

PLOTLY = "assets/plotly.min.js"
_UNFINISHED = ".unfinished-"
_LOCK = ".crmbook-lock"
_NOTE = "renames.json"


@contextlib.contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Make a folder for unfinished work inside the reports, after clearing those of runs that have died.

    A target that was made for it goes again when nothing was finished.
    """
    new = not target.exists()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with turn(target):
            place, lock = locks.own_folder(target, _UNFINISHED)
    except OSError as problem:
        raise DataError("report_out_not_writable", folder=target, reason=problem.strerror) from problem
    try:
        yield place
    finally:
        with contextlib.suppress(OSError):
            _undo(target, place)
        lock.close()
        if not (place / _NOTE).exists():  # else the next run undoes it
            shutil.rmtree(place, ignore_errors=True)
        if new:
            with contextlib.suppress(OSError):  # it holds reports
                target.rmdir()


@contextlib.contextmanager
def turn(target: Path) -> Iterator[None]:
    """Wait until no other run changes the reports, and undo what a dead one left half done."""
    with locks.held(target / _LOCK):
        # while this lock is held nobody else makes a folder: one without a lock of its own is nobody's
        for left in locks.left_behind(target, _UNFINISHED, fresh=0):
            _undo(target, left)
            shutil.rmtree(left, ignore_errors=True)
        yield


def refuse_others_files(target: Path, jobs: Iterable[Job]) -> None:
    """Say before any work if something stands where a report is to be that the workbook did not write.

    Raises
    ------
    DataError
    """
    for place in _others_places(target, jobs):
        _refuse(target, place)


def clear_others_files(target: Path, jobs: Iterable[Job]) -> None:
    """Remove, because the user asked for it, the single files that stand where a report is to be; never a folder."""
    for place in _others_places(target, jobs):
        if (target / place).is_file() or (target / place).is_symlink():
            (target / place).unlink()


def _others_places(target: Path, jobs: Iterable[Job]) -> list[str]:
    pages = [page for job in jobs for page in (f"{job.name}.html", manifest.stopped_page(job.name))]
    made = [place for place in (manifest.FILE, manifest.INDEX, *pages) if place not in manifest.own_files(target)]
    return [*made, *plotly(target)]


def plotly(target: Path) -> dict[str, bytes]:
    """Return plotly.js by its place; nothing when it stands there already."""
    content = (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    kept = target / PLOTLY
    return {} if kept.is_file() and kept.read_bytes() == content else {PLOTLY: content}


def publish(target: Path, staging: Path, made: Mapping[str, Path | None]) -> None:
    """Put finished files in their places, all or none.

    Parameters
    ----------
    target : path
        The folder of the reports; `turn` has to be held.
    staging : path
        The run's own folder, where the files stand.
    made : mapping
        The file for each place, a path seen from the target; None removes what stands there.

    Raises
    ------
    DataError
        When a file stands in a place that the workbook did not write, or one is in use.
    """
    _undo(target, staging)
    for place in made.keys() - manifest.own_files(target):
        _refuse(target, place)
    before = staging / "before"
    shutil.rmtree(before, ignore_errors=True)
    steps = []
    for place, new in made.items():
        stood = (target / place).is_file()
        if stood:
            _keep(target / place, before / place)
        steps.append({"place": place, "new": new and new.relative_to(staging).as_posix(), "stood": stood})
    manifest.write_whole(staging / _NOTE, json.dumps(steps).encode())
    try:
        for place, new in made.items():
            if new is None:
                (target / place).unlink(missing_ok=True)
                _drop_empty_folders(target, place)
            else:
                (target / place).parent.mkdir(parents=True, exist_ok=True)
                os.replace(new, target / place)
        (staging / _NOTE).unlink()
    except PermissionError:
        _undo(target, staging)
        raise DataError("report_file_in_use", file=Path(place).name) from None
    except BaseException:
        _undo(target, staging)
        raise


def _undo(target: Path, staging: Path) -> None:
    """Bring back what stood there before renames that did not come to their end; nothing to do where none is noted."""
    try:
        steps = json.loads((staging / _NOTE).read_bytes())
    except (OSError, ValueError):
        return
    for step in reversed(steps):
        place, new = step["place"], step["new"]
        if not manifest.is_inside(place) or not manifest.is_inside(new or place):
            continue
        before = staging / "before" / place
        if before.is_file():
            os.replace(before, target / place)
        elif not step["stood"] and new and not (staging / new).exists():
            (target / place).unlink(missing_ok=True)
            _drop_empty_folders(target, place)
    (staging / _NOTE).unlink()


def _refuse(target: Path, place: str) -> None:
    for part in (PurePosixPath(place), *PurePosixPath(place).parents[:-1]):
        found = target / part
        if found.is_symlink() or found.exists():
            if str(part) == place or not found.is_dir():
                raise DataError("report_not_ours", file=str(part), folder=target.name)
            return


def _keep(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except OSError:  # a disk without links
        shutil.copy2(file, place)


def _drop_empty_folders(target: Path, place: str) -> None:
    with contextlib.suppress(OSError):  # it holds something
        for folder in PurePosixPath(place).parents[:-1]:
            (target / folder).rmdir()
