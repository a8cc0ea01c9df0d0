"""Runs the cells of one notebook in a process of its own: ``python -m crmbook.course.runner try|judge FOLDER``.

``try`` runs what a student wrote, in a folder to throw away, and leaves the answers there as plain data. ``judge`` runs
the trainer's own cells on the same data and checks those answers: nothing that a student writes runs where marks are
made.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Set
from numbers import Integral, Real
from pathlib import Path
from typing import Any

ENTRIES = 200_000
"""How many entries an answer may have."""


def main(mode: str, folder: Path) -> None:
    """Run ``task.json`` of the folder; the answers go to ``answers.json``, the verdicts to ``verdicts.json``."""
    from IPython.core.interactiveshell import InteractiveShell

    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    shell = InteractiveShell.instance()
    if mode == "judge":
        for cell in task["cells"]:
            shell.run_cell(cell["source"])
        verdicts = {name: _verdict(shell.user_ns, name, answer) for name, answer in task["answers"].items()}
        (folder / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
        return
    answers: dict[str, Any] = {}
    for cell in task["cells"]:
        done = shell.run_cell(cell["source"])
        if cell["exercise"]:
            fault = done.error_before_exec or done.error_in_exec
            found = shell.user_ns.get(cell["answer"], ...)
            answers[cell["exercise"]] = {"kind": "failed", "error": type(fault).__name__} if fault else plain(found)
            # after each: what was answered before an endless cell still counts
            (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


def _verdict(names: Mapping[str, Any], name: str, answer: dict[str, Any]) -> dict[str, str]:
    found = names["check"](name, restored(answer))
    return {"status": found.status, "reason": found.reason, "message": found.message}


# --- answers as plain data --------------------------------------------------------------------------------------------


def plain(value: Any) -> dict[str, Any]:
    """Return an answer as plain data: a number, a text, a set, a list, a Series; of other things their kind.

    Examples
    --------
    >>> plain({"C1"}), restored(plain({"C1"}))
    ({'kind': 'set', 'values': ['C1']}, {'C1'})
    """
    import numpy as np
    import pandas as pd

    if value is ...:
        return {"kind": "stub"}
    if isinstance(value, bool | np.bool_ | Real | str):
        return {"kind": "scalar", "values": [_scalar(value)]}
    if isinstance(value, pd.Series) and len(value) <= ENTRIES:
        return {"kind": "series", "index": _scalars(value.index), "values": _scalars(value)}
    if isinstance(value, pd.DataFrame) and len(value) <= ENTRIES:
        rows = value["customer_id"] if "customer_id" in value.columns else value.index
        return {"kind": "frame", "values": _scalars(rows)}
    if isinstance(value, Set | list | tuple | pd.Index | np.ndarray) and len(value) <= ENTRIES:
        return {"kind": "set" if isinstance(value, Set) else "list", "values": _scalars(value)}
    return {"kind": "other", "type": type(value).__name__[:40]}


def restored(answer: Mapping[str, Any]) -> Any:
    """Return what `plain` wrote down, made of builtins and pandas objects alone."""
    import pandas as pd

    kind, values = answer.get("kind"), answer.get("values", [])
    if kind == "stub":
        return ...
    if kind == "scalar":
        return values[0]
    if kind == "series":
        return pd.Series(values, index=answer["index"])
    if kind == "frame":
        return pd.DataFrame(index=pd.Index(values))
    return set(values) if kind == "set" else values if kind == "list" else object()


def _scalars(values: Any) -> list[Any]:
    return [_scalar(value) for value in values]


def _scalar(value: Any) -> Any:
    import numpy as np

    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else math.nan
    return str(value)[:1000]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
