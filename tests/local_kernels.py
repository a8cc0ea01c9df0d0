"""Kernels that talk through files: two that start at once may draw the same TCP port, and one of them dies."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

from jupyter_client.manager import KernelManager
from traitlets import default
from traitlets.config import Config


def folder() -> Path:
    """A new folder for sockets until the process ends; its path is short, since a socket's may have 100 letters."""
    made = tempfile.mkdtemp(prefix="crm-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def settings() -> Config:
    """What nbclient and papermill take as `config` for one kernel; Windows has no such sockets."""
    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder() / "k")}})


class LocalKernelManager(KernelManager):
    """The same for nbval, which reads no configuration."""

    _sockets = folder()

    @default("transport")
    def _transport_default(self) -> str:
        return "ipc"

    def _ip_default(self) -> str:
        return str(self._sockets / uuid4().hex)
