"""Kernels that start warm: forked from a process that has imported everything, and read shared data, beforehand.

A fork is a copy: what a notebook changes stays in its own process and ends with it, so that nothing gets from one
report into the next. The parent runs no notebook and no thread. Where the system cannot fork safely, or the parent has
died, kernels start as ever.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from crmbook.reports.inputs import Asked

IS_POSSIBLE = sys.platform.startswith("linux")
"""Windows cannot fork, and on macOS a forked process may not use the system's own libraries."""

_SERVE = "import sys; from crmbook.reports.forks import serve; serve(int(sys.argv[1]))"


class Process:
    """A forked kernel, as `subprocess.Popen` would show it; only its end is seen, not its exit code."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, alive: int) -> None:
        self.pid = pid
        self._alive = alive  # the end of a pipe whose other end the kernel holds
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._alive], [], [], 0)[0]:
            self.returncode = 1
            os.close(self._alive)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        began = time.monotonic()
        while (ended := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.02)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Parent:
    """The process that kernels are forked from.

    Parameters
    ----------
    shared : set of tuple
        Books that several notebooks read: they are read once, by the parent.
    """

    def __init__(self, shared: Sequence[Asked] = ()) -> None:
        self.shared = frozenset(shared)
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-c", _SERVE, str(theirs.fileno())]
        # a session of its own: Ctrl-C is the run's, which ends its kernels itself
        self.process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )
        theirs.close()

    def fork(
        self, arguments: Sequence[str], cwd: str, environment: Mapping[str, str], book: Asked | None
    ) -> Process | None:
        """Start a kernel; None where that did not work."""
        asked: dict[str, Any] = {"arguments": list(arguments), "cwd": cwd, "environment": dict(environment)}
        asked["book"] = book if book in self.shared else None
        alive, theirs = os.pipe()
        try:
            with self._lock:
                message = json.dumps(asked).encode()
                socket.send_fds(self._socket, [len(message).to_bytes(8, "big")], [theirs])
                self._socket.sendall(message)
                answer = self._socket.recv(8)
        except OSError:
            answer = b""
        finally:
            os.close(theirs)
        if len(answer) < 8:
            os.close(alive)
            return None
        return Process(int.from_bytes(answer, "big"), alive)

    def close(self) -> None:
        """End the parent, and with it every kernel that is left."""
        self._socket.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:  # it is reading a large book
            self.process.kill()
            self.process.wait()


class Provisioner(LocalProvisioner):
    """Starts a kernel by a fork where the notebook asks for this environment's own Python, else as ever."""

    warm: Parent
    book: Asked | None

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> Any:
        launcher = next((number for number, part in enumerate(cmd) if part.startswith("ipykernel_launcher")), None)
        own = launcher is not None and Path(cmd[0]) == Path(sys.executable)
        cwd, environment = str(settings.get("cwd") or os.getcwd()), settings.get("env") or dict(os.environ)
        forked = (
            self.warm.fork(cmd[launcher + 1 :], cwd, environment, self.book) if own and launcher is not None else None
        )
        if forked is None:
            return await super().launch_kernel(cmd, **settings)
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = cwd
        return self.connection_info


def manager(warm: Parent, asked: Asked | None) -> type[AsyncKernelManager]:
    """Return a class of kernel managers whose kernels come from a parent."""

    class Manager(AsyncKernelManager):
        async def _async_pre_start_kernel(self, **settings: Any) -> Any:
            if self.provisioner is None:
                self.provisioner = Provisioner(kernel_id="warm", kernel_spec=self.kernel_spec, parent=self)
                self.provisioner.warm, self.provisioner.book = warm, asked
            return await super()._async_pre_start_kernel(**settings)

    return Manager
