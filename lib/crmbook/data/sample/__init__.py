"""Sample data with a known truth: a company's three years, drawn from a seed.

``generate`` draws a case, ``write`` puts it into a folder as CSV files, ``folder`` says where the committed one lies. A
case is one function in ``CASES``: it takes the number of customers and the seed and returns its tables and ``"truth"``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from crmbook.data import home
from crmbook.data.faults import DataError
from crmbook.data.sample import retail, saas
from crmbook.data.schema import TABLES, TRUTH, Column

CUSTOMERS = 3000
SEED = 2025

CASES: dict[str, Callable[[int, int], dict[str, pd.DataFrame]]] = {"retail": retail.build, "saas": saas.build}
"""Every case by name."""

RECORD = ".crmbook-sample.json"
"""Beside the tables: their digests as they were written; what differs is somebody's own work."""

_FEWEST = 200


def generate(case: str = "retail", customers: int = CUSTOMERS, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Draw a case.

    Parameters
    ----------
    case : str
        A name in ``CASES``.
    customers : int
        Accounts to draw: customers and prospects, partners, suppliers and staff; at least 200.
    seed : int
        Not negative; the same seed gives the same data.

    Returns
    -------
    dict of pandas.DataFrame
        The tables of ``crmbook.data.schema.TABLES`` that the case has, parsed (dates, numbers, flags), and ``"truth"``,
        what the generator drew.

    Raises
    ------
    DataError
        When the case is not known, the customers are too few to hold a case, or the seed is negative.

    Examples
    --------
    >>> tables = generate("retail", customers=200, seed=1)
    >>> len(tables["customers"])
    200
    """
    if case not in CASES:
        raise DataError("sample_case", case=case, cases=", ".join(CASES))
    if customers < _FEWEST or seed < 0:
        raise DataError("sample_size", customers=customers, fewest=_FEWEST, seed=seed)
    return CASES[case](customers, seed)


def answer_key(case: str, entity: str) -> pd.DataFrame:
    """Return what the generator drew for the committed sample: the truth that no company knows of its own customers.

    Parameters
    ----------
    case : str
        A name in ``CASES``.
    entity : str
        What is asked about: ``"customer"``, ``"effect"``, ``"plan_alpha"`` …

    Returns
    -------
    DataFrame
        Index ``id``; the columns of ``truth.csv``, as text, ``value`` as a number.

    Examples
    --------
    >>> bool(answer_key("retail", "effect").loc["coupon_uplift", "value"] > 0)
    True
    """
    truth = pd.read_csv(folder(case) / "truth.csv", dtype="str")
    own = truth[truth["entity"] == entity].set_index("id")
    return own.assign(value=pd.to_numeric(own["value"]))


def write(case: str, folder: str | Path, customers: int = CUSTOMERS, seed: int = SEED, force: bool = False) -> Path:
    """Draw a case and write it as CSV files, one a table, into a folder; all of them or none.

    The files are UTF-8 with LF line ends and the same to the byte on every run. They are written to a temporary folder
    beside the target, which is then renamed; a folder that a former run has written is replaced.

    Parameters
    ----------
    case : str
        A name in ``CASES``.
    folder : str or pathlib.Path
        Where the files go.
    customers, seed : int
        As in ``generate``.
    force : bool
        Replace tables, too, that are not as they were written.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    DataError
        As in ``generate``, and when the folder holds anything but sample tables, as they were written.
    """
    target = Path(folder)
    _check_replaceable(target, force)
    tables = generate(case, customers, seed)
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made.chmod(0o755)
        digests = {}
        for name, frame in tables.items():
            content = _csv(frame, name)
            (made / f"{name}.csv").write_bytes(content)
            digests[f"{name}.csv"] = hashlib.sha256(content).hexdigest()
        (made / RECORD).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8", newline="\n")
        _replace(made, target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return target


def folder(case: str = "retail") -> Path:
    """Return the folder of a committed case.

    Raises
    ------
    DataError
        When the workbook holds no such case.
    """
    place = home.home() / "data" / "sample" / case
    if not case or not (place / "customers.csv").is_file():
        raise DataError("sample_missing", case=case, cases=", ".join(CASES))
    return place


def labelled_comments(case: str = "retail") -> pd.DataFrame:
    """Return a case's survey comments with the tone they were written in: what a small text model can learn from.

    Returns
    -------
    DataFrame
        Index ``response_id``: ``comment`` (English and Chinese), ``sentiment`` (``positive``, ``neutral``,
        ``negative``) and ``template`` (comments of one sentence pattern share it), all text.

    Raises
    ------
    DataError
        When the workbook holds no such case.
    """
    place = folder(case)
    truth = pd.read_csv(place / "truth.csv", dtype="str").query("entity == 'comment'").set_index("id")
    said = pd.read_csv(place / "survey.csv", dtype="str").set_index("response_id")["comment"]
    return truth[["sentiment", "template"]].rename_axis("response_id").join(said)


def _check_replaceable(target: Path, force: bool) -> None:
    if not target.exists():
        return
    names = {RECORD, *(f"{name}.csv" for name in (*TABLES, TRUTH.name))}
    inside = sorted(entry.name for entry in target.iterdir()) if target.is_dir() else [target.name]
    for found in inside:
        if found not in names:
            raise DataError("sample_folder", folder=str(target), found=found)
    written = _record(target)
    for found in () if force else inside:
        if found != RECORD and hashlib.sha256((target / found).read_bytes()).hexdigest() != written.get(found):
            raise DataError("sample_not_ours", folder=str(target), file=found)


def _record(target: Path) -> dict[str, str]:
    try:
        return dict(json.loads((target / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _replace(made: Path, target: Path) -> None:
    if not target.exists():
        made.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    os.replace(target, old / "old")
    try:
        made.replace(target)
    except OSError:
        os.replace(old / "old", target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _csv(frame: pd.DataFrame, name: str) -> bytes:
    known = (TRUTH if name == TRUTH.name else TABLES[name]).columns
    columns = [column for column in known if column.name in frame]  # a company does not fill every column there is
    shown = pd.DataFrame({column.name: _shown(frame[column.name], column) for column in columns})
    return shown.to_csv(index=False, lineterminator="\n", encoding="utf-8").encode("utf-8")


def _shown(values: pd.Series, column: Column) -> pd.Series:
    """Return a column as text: dates as short as their unit, numbers without trailing zeros, flags as 1 and 0."""
    if column.kind == "date":
        return values.dt.strftime("%Y-%m-%d %H:%M" if column.unit == "minute" else "%Y-%m-%d")
    if column.kind in ("number", "integer"):
        distinct = {value: f"{value:.10g}" for value in values.dropna().unique()}
        return values.map(distinct)
    if column.kind == "flag":
        return values.astype(int)
    return values
