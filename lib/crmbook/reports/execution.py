"""One notebook driven by papermill: its kernel started, its cells run, its failure found."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from crmbook.data.faults import REASONS, DataError, reason
from crmbook.data.home import expanded, home
from crmbook.locale import text
from crmbook.reports import locks
from crmbook.reports.jobs import Job
from crmbook.reports.kernel import RUN_TAG
from crmbook.reports.parameters import SET_BY_THE_RUN

if TYPE_CHECKING:
    from crmbook.reports.warm import Parent

TEACHING = frozenset({"exercise", "solution", "check", "quiz", "instructor"})
"""Tags of the cells that a course needs and a report does not."""

_PREFIX = "crmbook-run-"
_LONGEST = 60  # bytes of the path of a temporary folder
_BAR = "{desc} |{bar:24}| {n_fmt}/{total_fmt} {elapsed}"
_ATTEND = "from crmbook.reports import kernel\n\nkernel.attend({group})"
_FINISH = "from crmbook.figures import sections\n\nsections.finish()"


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped.

    Attributes
    ----------
    cell : int
        The code cell's number, as Jupyter counts when all cells are run; 0 when no cell had begun.
    heading : str
        The heading above it.
    source : str
        Its first line.
    cause : str
        The error in words.
    trace : str
        The stack trace; empty for mistakes in the data, which the words explain.
    """

    cell: int
    heading: str
    source: str
    cause: str
    trace: str = ""


@dataclass(frozen=True)
class Execution:
    """A notebook as its kernel left it.

    Attributes
    ----------
    job : Job
    notebook : NotebookNode
        With what its cells put out.
    folder : Path
        Where it wrote its tables.
    seconds : float
    problem : Exception or None
        What ended the run besides an error in a cell: a cell that took too long, a kernel that died.
    timeout : int
        Seconds that a cell was given.
    """

    job: Job
    notebook: Any
    folder: Path
    seconds: float
    problem: Exception | None
    timeout: int


class Kernels:
    """The kernels at work, so that an interrupted run can end them, and the folder for their temporary files."""

    def __init__(self, folder: Path, parent: Parent | None = None) -> None:
        self.folder = folder
        self.parent = parent
        self.stopping = threading.Event()
        self._clients: list[Any] = []

    def add(self, client: Any) -> None:
        self._clients.append(client)

    def remove(self, client: Any) -> None:
        """Forget a client that has finished: it holds its whole notebook."""
        self._clients.remove(client)

    def end(self, running: Collection[Future]) -> None:
        """End every kernel and wait until its thread has noticed; nothing to do when all have finished."""
        self.stopping.set()
        while any(future.running() for future in running):
            for client in list(self._clients):
                process = getattr(getattr(client.km, "provisioner", None), "process", None)
                if process is not None and process.poll() is None:
                    process.kill()
            time.sleep(0.1)


@contextlib.contextmanager
def kernels(jobs: Sequence[Job] = (), fresh: bool = False) -> Iterator[Kernels]:
    """Give the kernels a folder of their own among the temporary ones, after removing those of runs that have died.

    Parameters
    ----------
    jobs : sequence of Job
        What will run; several share a warm parent, and the data that they have in common.
    fresh : bool
        Start each kernel by itself.
    """
    place, lock = _temporary()
    homeless = str(expanded("~")) == "~"
    if homeless:  # Jupyter wants to know where the user's settings are
        os.environ["HOME"] = str(place)
    try:
        for left in locks.left_behind(place.parent, _PREFIX):
            shutil.rmtree(left, ignore_errors=True)
        parent = _parent(jobs) if len(jobs) > 1 and not fresh else None
        try:
            yield Kernels(place, parent)
        finally:
            if parent:
                parent.close()
    finally:
        if homeless:
            del os.environ["HOME"]
        lock.close()
        shutil.rmtree(place, ignore_errors=True)


def execute(job: Job, folder: Path, timeout: int, progress: bool, kernels: Kernels) -> Execution:
    """Run one notebook.

    Parameters
    ----------
    job : Job
    folder : Path
        A new folder for the tables that the notebook writes.
    timeout : int
        Seconds that a cell may take.
    progress : bool
        Whether a bar is drawn on the terminal.
    kernels : Kernels
        Where the kernel is entered, so that it can be ended, and whose folder it uses.
    """
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NotebookExecutionManager
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from crmbook.reports import warm

    began = time.monotonic()
    folder.mkdir(parents=True)
    values = {**job.values, SET_BY_THE_RUN: str(folder)}
    notebook = parameterize_notebook(_prepared(load_notebook_node(str(job.notebook)), job), values)
    bar = {"desc": job.name, "bar_format": _BAR, "file": _Terminal(), "disable": not progress or sys.stderr is None}
    manager = NotebookExecutionManager(notebook, progress_bar=bar)
    problem: Exception | None = None
    place = Path(tempfile.mkdtemp(dir=kernels.folder, prefix=""))
    client = PapermillNotebookClient(
        manager,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        timeout=timeout,
        startup_timeout=120,
        shutdown_kernel="immediate",
        config=_transport(place),
        resources={"metadata": {"path": str(job.notebook.parent)}},
        log=_silent(),
    )
    if kernels.parent:
        client.kernel_manager_class = warm.manager(kernels.parent, _book(job))
    kernels.add(client)
    manager.notebook_start()
    try:
        if not kernels.stopping.is_set():
            client.execute(env={**os.environ, **_of_its_own(place)})
    except Exception as error:  # the other notebooks go on, and `failure` says what it was
        problem = error
    finally:
        kernels.remove(client)
        manager.cleanup_pbar()
        _close_loop()
    return Execution(job, notebook, folder, time.monotonic() - began, problem, timeout)


def failure(execution: Execution) -> Failure | None:
    """Return where and why a notebook stopped, worded in the language in use; None when it ran to its end."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    begun = [cell for cell in execution.notebook.cells if cell.metadata.papermill.get("start_time")]
    last = begun[-1] if begun else None
    if execution.problem is None and (last is None or last.metadata.papermill.get("exception") is not True):
        return None
    if isinstance(execution.problem, CellTimeoutError):
        return _failure_at(last, text("reports.timed_out", seconds=execution.timeout))
    if isinstance(execution.problem, DeadKernelError):
        return _failure_at(last, text("reports.kernel_died"))
    if execution.problem is not None:
        kind, words = type(execution.problem).__name__, str(execution.problem)
        return _failure_at(last, of_machine(kind, words) or f"{kind}: {words}")
    errors = [output for output in last.get("outputs", []) if output.output_type == "error"] if last else []
    if not errors:
        return _failure_at(last, text("reports.stopped"))
    words = _without_colours(errors[-1].evalue)
    if errors[-1].ename == DataError.__name__:
        return _failure_at(last, words)
    if said := of_machine(errors[-1].ename, words):
        return _failure_at(last, said)
    trace = _numbered(_without_colours("\n".join(errors[-1].traceback)), begun)
    return _failure_at(last, f"{errors[-1].ename}: {words}", trace)


def of_machine(kind: str, words: str) -> str:
    """Return in words that the machine lacks memory, room or rights; empty for any other error."""
    if kind.endswith("MemoryError"):
        return text("charts.no_memory")
    number = re.search(r"\[Errno (\d+)\][^:\n]*(?:: (.*))?", words)
    if kind.endswith("Error") and number and int(number[1]) in REASONS:
        place = Path((number[2] or "").strip("'\"")).name
        return text(
            "cli.system", place=place or text("reports.index_title"), reason=reason(OSError(int(number[1]), ""))
        )
    return ""


def _parent(jobs: Sequence[Job]) -> Parent | None:
    from crmbook.reports import warm

    if not warm.IS_POSSIBLE:
        return None
    times = Counter(_book(job) for job in jobs)
    return warm.Parent([book for book, count in times.items() if count > 1])


def _book(job: Job) -> tuple[str, str]:
    """Return what book a notebook reads first: source and as-of day."""
    source = str(job.values.get("data") or home() / "data" / "sample" / "retail")
    return source, str(job.values.get("as_of") or "")


def _close_loop() -> None:
    """End what a cell that took too long left waiting in this thread, and give its sockets back."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


def _transport(folder: Path) -> Any:
    """Talk to the kernel through sockets in a folder of one's own; anyone on the machine could listen to TCP ports."""
    from traitlets.config import Config

    settings = {"connection_file": str(folder / "kernel.json")}
    if os.name != "nt":
        settings |= {"transport": "ipc", "ip": str(folder / "k")}
    return Config({"KernelManager": settings})


def _temporary() -> tuple[Path, IO[bytes]]:
    """Make a folder whose path leaves room for the name of a socket, which may have 100 letters in all."""
    try:
        usual = [tempfile.gettempdir()]
    except FileNotFoundError:  # none can be written to
        usual = []
    for parent in [*usual, "/tmp", "/var/tmp", "/dev/shm"]:
        if os.name == "nt" or len(os.fsencode(parent)) <= _LONGEST:
            with contextlib.suppress(OSError):
                return locks.own_folder(Path(parent), _PREFIX)
    raise DataError("report_no_temporary")


def _of_its_own(place: Path) -> dict[str, str]:
    """Where a kernel puts temporary files: into the run's folder, if that lies where the user wants such files."""
    if place.parents[1] == Path(tempfile.gettempdir()):
        return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place))
    return {}


class _Terminal(io.TextIOBase):
    """Standard error for progress bars: when nobody listens any more, the work goes on."""

    def write(self, words: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(words)
        return len(words)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def _silent() -> logging.Logger:
    log = logging.getLogger("crmbook.run")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def _prepared(notebook: Any, job: Job) -> Any:
    """Return the notebook to run: cells numbered, teaching and untrue prose left out, the run's own cell first."""
    from nbformat.v4 import new_code_cell, new_raw_cell

    number, heading = 0, ""
    kept = [new_code_cell(_ATTEND.format(group=job.group or ""), metadata={"tags": [RUN_TAG]})]
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown":
            heading = next(reversed(re.findall(r"^#+ +(.*\S)", cell.source, flags=re.MULTILINE)), heading)
        number += cell.cell_type == "code"
        cell.metadata["crmbook"] = {"number": number, "heading": heading}
        if tags & TEACHING:  # the page needs to know that something stood here
            kept.append(new_raw_cell("", metadata={"tags": sorted(tags)}))
        elif not (job.differs and "default-only" in tags):
            kept.append(cell)
    # a lesson without a summary has put its workbook off until now
    kept.append(new_code_cell(_FINISH, metadata={"tags": [RUN_TAG]}))
    notebook.cells = kept
    return notebook


def _failure_at(cell: Any, cause: str, trace: str = "") -> Failure:
    place = cell.metadata.get("crmbook") if cell else None
    if place is None:
        return Failure(0, "", "", cause, trace)
    lines = cell.source.strip().splitlines()
    return Failure(place["number"], place["heading"], lines[0] if lines else "", cause, trace)


def _numbered(trace: str, cells: Sequence[Any]) -> str:
    """Name cells by the numbers that the reader's notebook has; the run's own cells shift the kernel's count."""
    numbers = {
        cell.execution_count: cell.metadata.get("crmbook", {}).get("number") for cell in cells if "outputs" in cell
    }
    return re.sub(r"In\[(\d+)\]", lambda match: f"In[{numbers.get(int(match.group(1))) or match.group(1)}]", trace)


def _without_colours(words: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", words)
