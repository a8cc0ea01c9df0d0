"""Many reports from one file: a folder each; a failing one stops nothing else, and what stands there is not made again.

Each folder is a folder of reports like any other, with its own manifest, so that it can be passed on alone;
``index.html`` above them finds one among hundreds. Whoever kills a batch and starts it again with ``resume`` has the
same files as without: a report and its manifest are put in place together (`publication`), and the manifest says what
it was made of.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import LANGUAGES
from crmbook.reports import batchfile, inputs, manifest, publication
from crmbook.reports.batchfile import Batch, Row
from crmbook.reports.execution import Execution, Failure, execute, kernels
from crmbook.reports.jobs import Job, plan
from crmbook.reports.run import TIMEOUT, Outcome, outcome_of

FILE = "batch.json"
"""What rows the batches of a folder made; the index is made from it."""
_INDEX_EVERY = 5  # seconds


@dataclass(frozen=True)
class Made:
    """A report of a batch.

    Attributes
    ----------
    row : str
    outcome : Outcome
    skipped : bool
        Whether it stood there already, made of the same.
    """

    row: str
    outcome: Outcome
    skipped: bool = False

    @property
    def name(self) -> str:
        """``"Fujian/en/01_tiering"``."""
        return f"{self.row}/{self.outcome.job.name}"


@dataclass(frozen=True)
class Plan:
    """A batch, checked and ready.

    Attributes
    ----------
    rows : dict
        The jobs of each row, by its name.
    groups : dict
        The value, and the customers, of each row that is a group.
    small : dict
        The customers of groups that are too small.
    blank : int
        Customers of no group.
    """

    rows: Mapping[str, Sequence[Job]]
    groups: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    small: Mapping[str, int] = field(default_factory=dict)
    blank: int = 0

    @property
    def size(self) -> int:
        return sum(map(len, self.rows.values()))


def planned(batch: Batch, languages: Sequence[str] = ()) -> Plan:
    """Return the reports that a batch asks for, everything checked before any work.

    Parameters
    ----------
    batch : Batch
    languages : sequence of str
        Of the command line; they win over the file's.

    Raises
    ------
    DataError
        Naming the row and its line.
    """
    if not batch.for_each:
        return Plan({row.name: _jobs(batch, row, languages) for row in batch.rows})
    (common,) = batch.rows
    jobs = _jobs(batch, common, languages)
    sizes, blank = _groups(batch, common)
    for value in batch.only:
        if value not in sizes:
            raise DataError("batch_no_group", file=batch.file.name, value=value, groups=", ".join(sizes))
    wanted = {value: count for value, count in sizes.items() if not batch.only or value in batch.only}
    small = {value: count for value, count in wanted.items() if count < batch.least}
    rows: dict[str, list[Job]] = {}
    groups: dict[str, tuple[str, int]] = {}
    taken: dict[str, str] = {}
    for value, count in wanted.items():
        if value not in small:
            name = batchfile.folder_name(value, taken)
            taken[name.casefold()] = value
            rows[name] = [replace(job, group=(batch.for_each, value)) for job in jobs]
            groups[name] = (value, count)
    return Plan(rows, groups, small, blank)


def run(
    plan: Plan,
    out: str | os.PathLike[str],
    at_once: int = 2,
    timeout: int = TIMEOUT,
    resume: bool = False,
    fresh: bool = False,
    said: Callable[[Made], None] = lambda made: None,
) -> list[Made]:
    """Make the reports of a batch.

    Parameters
    ----------
    plan : Plan
    out : path
        The folder above those of the rows.
    at_once : int
        Notebooks that run at the same time.
    timeout : int
        Seconds that one cell may take.
    resume : bool
        Leave alone what stands there, made of the same data and parameters by the same version.
    fresh : bool
        Start each kernel by itself, not from a warm parent.
    said : callable
        Called with each report as it comes.

    Raises
    ------
    DataError
        Before any work, when the folder cannot be used, or files stand in it that the workbook did not write.
    KeyboardInterrupt
        After kernels were ended and unfinished files removed; finished reports stay.
    """
    root = Path(out).expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise DataError("report_out_is_file", file=root.name)
    if not (root / FILE).is_file() and (root / manifest.INDEX).exists():
        raise DataError("report_not_ours", file=manifest.INDEX, folder=root.name)
    for name, jobs in plan.rows.items():
        publication.refuse_others_files(root / name, jobs)
    new = not root.exists()
    try:
        root.mkdir(parents=True, exist_ok=True)
        _note(root, plan)
    except OSError as problem:
        raise DataError("report_out_not_writable", folder=root, reason=problem.strerror) from problem
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    made: list[Made] = []
    try:
        for one in _made(plan, root, at_once, timeout, resume, fresh):
            made.append(one)
            said(one)
    finally:
        write_index(root)
        if new and not any(path.is_dir() and (path / manifest.FILE).exists() for path in root.iterdir()):
            _drop_nothing_made(root)
    order = {name: number for number, name in enumerate(plan.rows)}
    return sorted(made, key=lambda one: (order[one.row], one.outcome.job.lesson, one.outcome.job.language))


def _made(plan: Plan, root: Path, at_once: int, timeout: int, resume: bool, fresh: bool) -> Iterator[Made]:
    versions = manifest.versions()
    waiting: deque[tuple[str, Job]] = deque()
    for name, jobs in plan.rows.items():
        earlier = manifest.notebooks(root / name) if resume else {}
        for job in jobs:
            job = replace(job, made_of=made_of(job, versions))
            noted = earlier.get(job.name, {})
            if noted.get("made_of") == job.made_of and _stands(root / name, noted):
                outcome = Outcome(job, noted["seconds"], noted["page"], tuple(noted["tables"]))
                yield Made(name, outcome, skipped=True)
            else:
                waiting.append((name, job))
    left: dict[str, int] = {}
    for name, _ in waiting:
        left[name] = left.get(name, 0) + 1
    places: dict[str, tuple[ExitStack, Path]] = {}
    running: dict[Future[Execution], tuple[str, Job]] = {}
    pool = ThreadPoolExecutor(max(1, at_once), thread_name_prefix="notebook")
    index_made = time.monotonic()
    with kernels([job for _, job in waiting], fresh) as at_work:
        try:
            while waiting or running:
                while waiting and len(running) <= at_once:  # one more than can run: none waits for a page to be made
                    name, job = waiting.popleft()
                    try:
                        if name not in places:
                            places[name] = _opened(root, name)
                    except (DataError, OSError) as problem:
                        yield Made(name, Outcome(job, 0.0, "", (), Failure(0, "", "", str(problem))))
                        left[name] -= 1
                        continue
                    folder = places[name][1] / job.name
                    running[pool.submit(execute, job, folder, timeout, False, at_work)] = (name, job)
                # a wait without an end cannot be interrupted on Windows
                for done in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                    name, job = running.pop(done)
                    yield Made(name, outcome_of(done, job, plan.rows[name], places[name][1], root / name))
                    left[name] -= 1
                    if not left[name]:
                        _close(root / name, places.pop(name)[0])
                if time.monotonic() - index_made > _INDEX_EVERY:
                    write_index(root)
                    index_made = time.monotonic()
        finally:
            at_work.end(list(running))
            pool.shutdown(wait=True, cancel_futures=True)
            for name, (stack, _) in places.items():
                _close(root / name, stack)


def made_of(job: Job, versions: Mapping[str, Any]) -> str:
    """Return the digest of all that a report depends on: data, parameters, notebook and versions."""
    files = {name: _digests(Path(str(value))) for name, value in job.values.items() if _is_path(value)}
    given = {name: value for name, value in job.values.items() if name not in files}
    parts = {
        "notebook": inputs.digest(job.notebook),
        "report": job.name,
        "values": given,
        "defaults": dict(job.defaults),
        "files": files if "data" in files else {**files, "sample": _digests(home() / "data" / "sample")},
        "group": list(job.group),
        "versions": versions,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def write_index(root: Path) -> None:
    """Write the page that finds a report among those of all batches in a folder."""
    from crmbook.reports import html

    rows = []
    for name, noted in _noted(root).items():
        for report, entry in manifest.notebooks(root / name).items():
            shown = manifest.row(entry, report.partition("/")[0])
            rows.append({**shown, "row": name, "about": noted, "language": report.partition("/")[0]})
    with contextlib.suppress(OSError):  # a full disk: the reports matter more
        manifest.write_whole(root / manifest.INDEX, html.batch_index(rows).encode())


# --- planning ---------------------------------------------------------------------------------------------------------


def _jobs(batch: Batch, row: Row, languages: Sequence[str]) -> list[Job]:
    try:
        return plan(row.lessons, languages or row.languages or LANGUAGES, row.parameters, None, row.data or None)
    except DataError as refused:
        line = batch.lines.get(row.name, 1)
        raise DataError("batch_row", file=batch.file.name, line=line, name=row.name, problem=refused) from None


def _groups(batch: Batch, row: Row) -> tuple[dict[str, int], int]:
    from crmbook.data import group, sample
    from crmbook.data.load import load

    book = load(row.data or sample.folder("retail"), as_of=row.parameters.get("as_of") or None)
    sizes = {str(value): int(count) for value, count in group.sizes(book, batch.for_each).items()}
    values = group.column_of(book, batch.for_each)
    frame = getattr(book, batch.for_each.partition(".")[0])
    return sizes, int(frame.loc[values.isna().to_numpy(), "customer_id"].nunique())


@cache
def _digests(path: Path) -> dict[str, str]:
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return {file.relative_to(path).as_posix() if path.is_dir() else file.name: inputs.digest(file) for file in files}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and os.path.isabs(value) and Path(value).exists()


# --- places -----------------------------------------------------------------------------------------------------------


def _opened(root: Path, name: str) -> tuple[ExitStack, Path]:
    stack = ExitStack()
    staging = stack.enter_context(publication.staging(root / name))
    _share_plotly(root, root / name)
    return stack, staging


def _close(place: Path, stack: ExitStack) -> None:
    stack.close()
    if place.is_dir() and not (place / manifest.FILE).exists():
        (place / publication.PLOTLY).unlink(missing_ok=True)
        for folder in ((place / publication.PLOTLY).parent, place):
            with contextlib.suppress(OSError):  # it holds something
                folder.rmdir()


def _share_plotly(root: Path, place: Path) -> None:
    """Let all folders have one plotly.js of five megabytes, where the disk knows links."""
    for there, new in publication.plotly(root).items():
        manifest.write_whole(root / there, new)
    for there in publication.plotly(place):
        (place / there).parent.mkdir(parents=True, exist_ok=True)
        (place / there).unlink(missing_ok=True)
        try:
            os.link(root / there, place / there)
        except OSError:
            shutil.copyfile(root / there, place / there)


def _stands(place: Path, noted: Mapping[str, Any]) -> bool:
    if noted.get("status") not in ("done", "not_applicable") or noted.get("stopped"):
        return False
    files = (noted["page"], *noted["tables"], publication.PLOTLY)
    return all((place / file).is_file() for file in files)


def _note(root: Path, plan: Plan) -> None:
    about = {name: {"value": value, "customers": count} for name, (value, count) in plan.groups.items()}
    rows = {**_noted(root), **{name: about.get(name, {}) for name in plan.rows}}
    content = json.dumps({"rows": rows}, ensure_ascii=False, indent=1)
    manifest.write_whole(root / FILE, f"{content}\n".encode())


def _noted(root: Path) -> dict[str, Any]:
    try:
        found = json.loads((root / FILE).read_text(encoding="utf-8"))["rows"]
        return {name: dict(about) for name, about in found.items() if batchfile.folder_name(name, {}) == name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _drop_nothing_made(root: Path) -> None:
    for file in (FILE, manifest.INDEX, publication.PLOTLY):
        (root / file).unlink(missing_ok=True)
    for folder in ((root / publication.PLOTLY).parent, root):
        with contextlib.suppress(OSError):
            folder.rmdir()
