"""A chapter's door: its methods at once, its pictures, tables and controls when they are asked for."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

ROOMS = ("charts", "tables", "panels", "form", "manager")


def rooms(chapter: str) -> Callable[[str], Any]:
    """Return a door's ``__getattr__``, which imports a room of the chapter when a reader first asks for it.

    Methods import neither plotly nor ipywidgets, so that whoever computes does not wait for what draws.

    Parameters
    ----------
    chapter : str
        The door's ``__name__``.

    Raises
    ------
    AttributeError
        For what the chapter does not have.

    Examples
    --------
    >>> rooms("crmbook.tiering")("charts").__name__
    'crmbook.tiering.charts'
    """

    def room(name: str) -> Any:
        if name in ROOMS and importlib.util.find_spec(f"{chapter}.{name}"):
            return importlib.import_module(f"{chapter}.{name}")
        raise AttributeError(f"module {chapter!r} has no attribute {name!r}")

    return room
