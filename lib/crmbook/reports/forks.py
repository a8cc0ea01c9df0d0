"""The process that warm kernels are forked from (`warm` speaks to it); it is started for a run and ends with it.

It runs no notebook and starts no thread. What it imports, and the books that several notebooks read, its forks have at
once, in memory that they share until one of them writes to it.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_MODULES = """
    IPython ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell
    pandas numpy pyarrow.parquet duckdb pandera.pandas pandas.io.formats.style python_calamine xlsxwriter yaml jinja2
    scipy.stats scipy.optimize scipy.special scipy.cluster.hierarchy threadpoolctl
    sklearn.cluster sklearn.decomposition sklearn.ensemble sklearn.linear_model sklearn.metrics sklearn.mixture
    sklearn.model_selection sklearn.pipeline sklearn.preprocessing sklearn.feature_extraction.text
    plotly.graph_objects plotly.io plotly.subplots anywidget ipywidgets
""".split()  # noqa: SIM905


def serve(descriptor: int) -> None:
    """Import what notebooks need, then fork a kernel for each request until the other side hangs up."""
    connection = socket.socket(fileno=descriptor)
    with _as_in_a_kernel():
        for name in _MODULES:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        for name in _own_modules():
            importlib.import_module(name)
    from crmbook.reports import inputs

    children: set[int] = set()
    try:
        while (request := _received(connection)) is not None:
            asked, alive = request
            if asked["book"]:
                inputs.read_once(tuple(asked["book"]))
            gc.collect()
            gc.freeze()  # a collection in a kernel would copy what they have in common
            pid = os.fork()
            if pid == 0:
                connection.close()
                _be_kernel(asked)
            os.close(alive)
            children.add(pid)
            connection.sendall(pid.to_bytes(8, "big"))
            _reap(children)
    finally:
        for pid in children:
            # a kernel that has only just been forked has no group of its own yet, and is ended by its number
            for end in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError):
                    end(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        os._exit(0)  # nothing to clean up, and some packages complain about being taken apart


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Let packages that look, while they are imported, whether they are in a notebook find that they are.

    pandas then sets the width of its tables, plotly how a figure is shown. Afterwards they find the real one.
    """
    import IPython
    from IPython.core import getipython

    real = getipython.get_ipython
    shell: Any = type("ZMQInteractiveShell", (), {"__module__": "ipykernel.zmqshell", "kernel": None})()
    importing = True

    def get_ipython() -> Any:
        return shell if importing else real()

    for place in (IPython, getipython, builtins):
        place.get_ipython = get_ipython  # type: ignore[attr-defined]
    try:
        yield
    finally:
        importing = False
        del builtins.get_ipython  # type: ignore[attr-defined]


def _own_modules() -> Iterator[str]:
    """Yield the modules of this library that a lesson may use."""
    library = Path(__file__).parents[1]
    for file in sorted(library.glob("*/*.py")):
        if file.parent.name not in ("reports", "course") and file.stem != "__init__":
            yield f"crmbook.{file.parent.name}.{file.stem}"
    yield from ("crmbook.course.checks", "crmbook.reports.tables", "crmbook.reports.kernel")


def _received(connection: socket.socket) -> tuple[dict[str, Any], int] | None:
    try:
        size, descriptors, _, _ = socket.recv_fds(connection, 8, 1)
        if len(size) < 8:
            return None
        length, message = int.from_bytes(size, "big"), b""
        while len(message) < length:
            part = connection.recv(length - len(message))
            if not part:
                return None
            message += part
    except OSError:
        return None
    return json.loads(message), descriptors[0]


def _be_kernel(asked: Mapping[str, Any]) -> None:
    """Turn this forked process into a kernel; it does not come back."""
    import tempfile

    from ipykernel.kernelapp import IPKernelApp

    code = 1
    try:
        os.setsid()
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        time.tzset()
        tempfile.tempdir = None
        sys.argv = ["ipykernel_launcher", *asked["arguments"]]
        # ends by itself when the parent has gone
        IPKernelApp.launch_instance([*asked["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0) if isinstance(left.code, int | None) else 1
    finally:
        os._exit(code)


def _reap(children: set[int]) -> None:
    for pid in list(children):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
