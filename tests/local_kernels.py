"""Kernels that talk through files: two that start at once may draw the same TCP port, and one of them dies."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from crmbook.reports import warm
from jupyter_client.manager import AsyncKernelManager, KernelManager
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


@cache
def _parent() -> warm.Parent:
    """One process for all kernels of this one to be forked from: they need not import everything again."""
    made = warm.Parent()
    atexit.register(made.close)
    return made


def kernel_manager() -> type[AsyncKernelManager]:
    """What papermill takes as ``kernel_manager_class``."""
    return warm.manager(_parent(), None) if warm.IS_POSSIBLE else AsyncKernelManager


class LocalKernelManager(KernelManager):
    """The same for nbval, which reads no configuration."""

    _sockets = folder()

    @default("transport")
    def _transport_default(self) -> str:
        return "ipc"

    def _ip_default(self) -> str:
        return str(self._sockets / uuid4().hex)

    async def _async_pre_start_kernel(self, **settings: Any) -> Any:
        if warm.IS_POSSIBLE and self.provisioner is None:
            self.provisioner = warm.Provisioner(kernel_id="warm", kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.warm, self.provisioner.book = _parent(), None
        return await super()._async_pre_start_kernel(**settings)
