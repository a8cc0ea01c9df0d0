"""Where the workbook lies: the folder that holds ``lessons/``, ``notebooks/`` and ``data/``."""

from __future__ import annotations

import os
from pathlib import Path

from crmbook.data.faults import DataError

INSTALLED = Path(__file__).parents[1] / "workbook"
"""The workbook that a wheel carries inside the package; a checkout has none here."""


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

    It is ``$CRMBOOK_HOME`` where that is set, else the checkout this library stands in, else the first folder from the
    current one upwards that holds a workbook (as ``crmbook start`` copies it out), else the one that was installed.

    Raises
    ------
    DataError
        When none of them is a workbook.
    """
    named = os.environ.get("CRMBOOK_HOME")
    if named:
        candidates = [Path(named).resolve()]
    else:
        here = Path.cwd()
        copies = [place for place in (here, *here.parents) if _is_copy(place)]
        candidates = [*copies, INSTALLED] if INSTALLED.is_dir() else [own_workbook(), *copies]
    for folder in candidates:
        if (folder / "data" / "sample").is_dir():
            return folder
    raise DataError("no_home", folder=candidates[0].name)


def own_workbook() -> Path:
    """Return the workbook that came with this library: installed with it, or the checkout it stands in."""
    return INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[3]


def changeable() -> Path:
    """Return the workbook's folder for a command that changes it.

    Raises
    ------
    DataError
        When it is the installed one, which belongs to the package.
    """
    folder = home()
    if INSTALLED.is_dir() and folder.samefile(INSTALLED):
        raise DataError("home_installed")
    return folder


def _is_copy(folder: Path) -> bool:
    return (folder / "data" / "sample").is_dir() and any((folder / "notebooks").glob("[0-9]*.ipynb"))
