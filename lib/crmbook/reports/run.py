"""Notebooks run with parameters: each as a page that opens without a network, its tables beside it, and a manifest.

Two threads drive the notebooks, whose work is done in kernels, processes of their own: threads save a second import of
papermill (1.5 s of CPU each), and what breaks one notebook cannot reach another. Pages are made by the main thread, one
at a time.
"""

from __future__ import annotations

import html
import json
import os
import re
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crmbook.data.faults import DataError
from crmbook.data.home import expanded, home
from crmbook.locale import language, text, use
from crmbook.reports import manifest, publication
from crmbook.reports.execution import Execution, Failure, execute, failure, kernels, of_machine
from crmbook.reports.jobs import Job
from crmbook.reports.parameters import SET_BY_THE_RUN

TIMEOUT = 600
"""Seconds that a cell may take."""
FACTS = ("data", "as_of", "data_to", "rows", "findings")
"""What stands under the title of a page."""


@dataclass(frozen=True)
class Outcome:
    """How a notebook's run ended.

    Attributes
    ----------
    job : Job
    seconds : float
    page : str
        Where the page is, seen from the output folder.
    tables : tuple of str
        The table files, seen from the output folder.
    failure : Failure or None
    kept : bool
        Whether, after a failure, the report of an earlier run stays in its place.
    changed : tuple of str
        Input files that have changed or gone since they were read.
    """

    job: Job
    seconds: float
    page: str
    tables: tuple[str, ...]
    failure: Failure | None = None
    kept: bool = False
    changed: tuple[str, ...] = ()


def run(
    jobs: Sequence[Job],
    out: str | os.PathLike[str] = "reports",
    at_once: int = 2,
    timeout: int = TIMEOUT,
    progress: bool = True,
    said: Callable[[Outcome], None] = lambda outcome: None,
    force: bool = False,
    fresh: bool = False,
) -> list[Outcome]:
    """Run notebooks and write their pages, tables, the index and the manifest.

    Parameters
    ----------
    jobs : sequence of Job
        From `plan`.
    out : path
        The folder of the reports. What other runs left there stays, and stays in the index.
    at_once : int
        Notebooks that run at the same time.
    timeout : int
        Seconds that one cell may take.
    progress : bool
        Whether a bar for each notebook is drawn on the terminal (stderr).
    said : callable
        Called with each outcome as it comes.
    force : bool
        Replace files that the workbook did not write where a report goes.
    fresh : bool
        Start each kernel by itself, not from a warm parent.

    Returns
    -------
    list of Outcome
        In the order of the jobs. A notebook that failed has its page up to the failing cell, beside the report of an
        earlier run where there is one: that stays until a run succeeds.

    Raises
    ------
    DataError
        When a file stands where the folder is to be, the folder cannot be written to, or a file that the workbook did
        not write stands where a report goes.
    KeyboardInterrupt
        After kernels were ended and unfinished files removed; finished notebooks stay.
    """
    target = expanded(out).resolve()
    if target.exists() and not target.is_dir():
        raise DataError("report_out_is_file", file=target.name)
    # the kernel of this environment, whatever kernels the user has elsewhere
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    outcomes: dict[str, Outcome] = {}
    pool = ThreadPoolExecutor(max(1, at_once), thread_name_prefix="notebook")
    if force:
        publication.clear_others_files(target, jobs)
    publication.refuse_others_files(target, jobs)
    with publication.staging(target) as staging, kernels(jobs, fresh) as at_work:
        running: dict[Future[Execution], Job] = {
            pool.submit(execute, job, staging / job.name, timeout, progress, at_work): job for job in jobs
        }
        try:
            for done in _as_they_come(running):
                job = running[done]
                outcomes[job.name] = outcome_of(done, job, jobs, staging, target)
                said(outcomes[job.name])
        finally:
            at_work.end(list(running))
            pool.shutdown(wait=True, cancel_futures=True)
    return [outcomes[job.name] for job in jobs]


def _as_they_come(running: Collection[Future]) -> Iterator[Future]:
    waiting = set(running)
    while waiting:
        # a wait without an end cannot be interrupted on Windows
        done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
        yield from done


def outcome_of(done: Future[Execution], job: Job, jobs: Sequence[Job], staging: Path, target: Path) -> Outcome:
    """Publish one notebook; whatever goes wrong with it leaves the others alone."""
    before = language()
    use(job.language)
    try:
        return _publish(done.result(), jobs, staging, target)
    except DataError as refused:
        failed = Failure(0, "", "", str(refused))
    except Exception as error:
        said = of_machine(type(error).__name__, str(error))
        trace = "" if said else "".join(traceback.format_exception(error))
        failed = Failure(0, "", "", said or f"{type(error).__name__}: {error}", trace)
    finally:
        use(before)
    return Outcome(job, 0.0, "", (), failed, kept=manifest.good(target, job.name) is not None)


def _publish(execution: Execution, jobs: Sequence[Job], staging: Path, target: Path) -> Outcome:
    """Make the page, then move page and tables to their places together with manifest and index."""
    job, failed = execution.job, failure(execution)
    clean = _cleaner(execution)
    failed = replace(failed, source=clean(failed.source), cause=clean(failed.cause)) if failed else None
    noted = clean(manifest.entry(execution, failed))
    if failed:
        _drop_what_was_not_reached(execution.notebook)
    clean(execution.notebook)
    _drop_own_parameters(execution.notebook)
    with publication.turn(target):
        kept = manifest.good(target, job.name) if failed else None
        if kept:
            noted = manifest.beside(kept, noted)
        shown = noted["stopped"] if kept else noted
        made = {
            shown["page"]: _page(execution, shown, failed, jobs, target).encode(errors="replace"),
            **publication.plotly(target),
            **manifest.with_run(target, job, noted),
        }
        files: dict[str, Path | None] = {place: _written(staging / "made" / place, made[place]) for place in made}
        if not kept:
            tables = {name: staging / name for name in noted["tables"]}
            left = manifest.own_files(target, job.name) - {*files, *tables}
            files = {**tables, **files, **dict.fromkeys(sorted(left))}
        publication.publish(target, staging, files)
    changed = tuple(manifest.changed(shown))
    return Outcome(job, shown["seconds"], shown["page"], tuple(shown["tables"]), failed, kept is not None, changed)


def _written(file: Path, content: bytes) -> Path:
    manifest.write_whole(file, content)
    return file


def _page(execution: Execution, noted: Mapping, failed: Failure | None, jobs: Sequence[Job], target: Path) -> str:
    from crmbook.reports import html as pages

    job = execution.job
    words = manifest.in_words(noted, job.language)
    beside = {path.stem for path in (target / job.language).glob("*.html")}
    return pages.page(
        execution.notebook,
        facts=[(text(f"reports.{fact}"), words[fact]) for fact in FACTS if words[fact]],
        tables=[name.partition("/")[2] for name in noted["tables"]],
        failure=_in_words(failed) if failed else None,
        lessons=beside | {other.lesson for other in jobs if other.language == job.language},
    )


def _in_words(failed: Failure) -> str:
    if not failed.cell:
        return text("reports.failed", cause=failed.cause)
    place = " · ".join(filter(None, (failed.heading, failed.source)))
    return text("reports.failed_at", cell=failed.cell, place=place, cause=failed.cause)


def told(outcome: Outcome) -> str:
    """Return a failed outcome as the message for the terminal, in the language in use: lesson, cell and cause."""
    assert outcome.failure is not None
    return f"{outcome.job.name}: {_in_words(outcome.failure)}"


def _cleaner(execution: Execution) -> Callable[[Any], Any]:
    """Return what takes the machine's folders out of texts, in lists and mappings in place; data keep their name."""
    places = _names_of_places(execution)
    longest_first = "|".join(re.escape(place) for place in sorted(places, key=len, reverse=True))
    whole_name = re.compile(rf"(?<![\w.-])(?:{longest_first})(?![\w-])")

    def clean(node: Any) -> Any:
        if isinstance(node, str):
            return whole_name.sub(lambda match: places[match.group()], node)
        if isinstance(node, dict):
            for name, part in node.items():
                if name != "_esm":  # plotly.js, five megabytes without a path in them
                    node[name] = clean(part)
        elif isinstance(node, list):
            node[:] = [clean(part) for part in node]
        return node

    return clean


def _drop_what_was_not_reached(notebook: Any) -> None:
    """Prose that speaks of results which are not there would mislead; the title stays in any case."""
    cells = list(enumerate(notebook.cells, start=1))
    begun = [end for end, cell in cells if cell.metadata.papermill.get("start_time")]
    title = [end for end, cell in cells if cell.cell_type == "markdown"][:1]
    notebook.cells = notebook.cells[: max(begun + title, default=0)]


def _drop_own_parameters(notebook: Any) -> None:
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            lines = cell.source.splitlines()
            cell.source = "\n".join(line for line in lines if not line.startswith((f"{SET_BY_THE_RUN} = ", "#")))


def _names_of_places(execution: Execution) -> dict[str, str]:
    """Return what a page calls each folder, by every way that a notebook may write it: in code, in JSON, in HTML."""
    job = execution.job
    names = {str(expanded("~")): "~", str(home()): "…", str(execution.folder.parents[1]): "…"}
    for path in (Path(value) for value in job.values.values() if isinstance(value, str)):
        if path.is_absolute():
            names |= {str(path.parent): "…", str(path): path.name}
    names[str(execution.folder)] = job.lesson
    return {
        spelling: name
        for path, name in names.items()
        if len(path) > 1
        for spelling in (path, Path(path).as_posix(), json.dumps(path)[1:-1], repr(path)[1:-1], html.escape(path))
    }
