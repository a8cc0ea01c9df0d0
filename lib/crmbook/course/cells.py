"""What a reader's cells did: so that an answer is not judged whose cell failed, or which other data left behind.

Outside a notebook nothing is known, and nothing is held against an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crmbook.shared.exercise import Miss, miss


@dataclass(frozen=True)
class _Set:
    """When a variable was last set, and by which error its cell stopped, if it did."""

    turn: int
    error: str


_ASSIGNED = re.compile(r"^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.M)
_turn = 0
_set: dict[str, _Set] = {}
_watched: list[object] = []


def watch() -> None:
    """Follow the cells that run from here on in this notebook."""
    shell = _shell()
    if shell is not None and not any(shell is known for known in _watched):
        _watched.append(shell)
        shell.events.register("post_run_cell", _ran)


def now() -> int:
    """Return the turn of the cell that is running."""
    return _turn + 1


def fault(exercise: str, since: int, right: bool) -> Miss | None:
    """Return why the answer in ``check("…", answer)`` of the running cell should not be judged, if there is a reason.

    Parameters
    ----------
    exercise : str
        The exercise that is checked.
    since : int
        The turn from which the right answers are computed: a wrong answer from before is out of date.
    right : bool
        Whether the answer is right all the same.
    """
    answer = _checked(exercise)
    last = _set.get(answer)
    if last is None:
        return None
    if last.error:
        return miss("course.check_cell_failed", answer=answer, error=last.error)
    return miss("course.check_stale", answer=answer) if last.turn < since and not right else None


def _ran(result: Any) -> None:
    global _turn
    _turn += 1
    error = result.error_before_exec or result.error_in_exec
    named = "" if error is None else f"{type(error).__name__}: {error}"[:80]
    for name in _ASSIGNED.findall(result.info.raw_cell or ""):
        _set[name] = _Set(_turn, named)


def _checked(exercise: str) -> str:
    """Return the variable that the running cell has checked."""
    shell = _shell()
    running = (shell.user_ns.get("In") or [""])[-1] if shell is not None else ""
    called = re.search(rf"""check\(\s*["']{re.escape(exercise)}["']\s*,\s*(\w+)\s*\)""", running)
    return called[1] if called else ""


def _shell() -> Any:
    import sys

    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()
