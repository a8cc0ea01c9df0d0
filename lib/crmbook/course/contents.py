"""Notebooks as JupyterLab opens them: with the Python in use already noted, so that opening one changes nothing.

A notebook says which Python it was last opened with; JupyterLab writes its own into one that says something else, and
marks it as changed before anybody has touched it. The committed notebooks can say no version: it differs from machine
to machine.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class Contents(AsyncLargeFileManager):
    """Files as they are, Python notebooks with the language of this environment's kernel."""

    async def get(
        self, path: Any, content: Any = True, type: Any = None, format: Any = None, require_hash: Any = False
    ) -> Any:
        from ipykernel.ipkernel import IPythonKernel

        model = await super().get(path, content, type, format, require_hash)
        if content and model["type"] == "notebook":
            metadata = model["content"]["metadata"]
            if metadata.get("language_info", {}).get("name") == "python":
                metadata["language_info"] = dict(IPythonKernel.language_info)
        return model
