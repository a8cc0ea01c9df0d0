"""Where the workbook lies: the folder that holds ``lessons/``, ``notebooks/`` and ``data/``."""

from __future__ import annotations

import os
from pathlib import Path

from crmbook.data.faults import DataError


def expanded(path: object) -> Path:
    """Return a path with ``~`` in it written out; where nobody's home is known, ``~name`` is a name like any other.

    Examples
    --------
    >>> expanded("~nobody-of-that-name/orders.csv").name
    'orders.csv'
    """
    plain = Path(str(path))
    try:
        return plain.expanduser()
    except RuntimeError:
        return plain


def home() -> Path:
    """Return the workbook's folder.

    It is ``$CRMBOOK_HOME`` where that is set, else the checkout this library stands in, else the first folder above the
    current one that holds ``data/sample``.

    Raises
    ------
    DataError
        When none of them is a workbook.
    """
    named = os.environ.get("CRMBOOK_HOME")
    here = Path.cwd()
    candidates = [Path(named).resolve()] if named else [Path(__file__).parents[3], here, *here.parents]
    for folder in candidates:
        if (folder / "data" / "sample").is_dir():
            return folder
    raise DataError("no_home", folder=candidates[0].name)
