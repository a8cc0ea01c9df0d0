"""What is noted of each run, for those who ask later what a figure was made of, and the index made from it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from crmbook.locale import entries
from crmbook.reports import selection
from crmbook.reports.execution import Execution, Failure
from crmbook.reports.jobs import Job
from crmbook.reports.kernel import BOOK

PACKAGES = (
    "pandas", "numpy", "scipy", "scikit-learn", "pyarrow", "duckdb", "pandera", "plotly", "ipywidgets", "anywidget",
    "ipykernel", "nbclient", "nbconvert", "papermill", "latex2mathml", "xlsxwriter",
)  # fmt: skip


_OURS = ('<meta name="generator" content="crmbook">', '<main class="index">')


def entry(execution: Execution, failure: Failure | None) -> dict[str, Any]:
    """Return what the manifest says of a run.

    Parameters
    ----------
    execution : Execution
        What its kernel noted of the data is taken out of its notebook.
    failure : Failure or None

    Returns
    -------
    dict
        Status, seconds, parameters, input files with their hashes, rows read and used, tables, error. Files go by their
        names: a manifest says nothing of the machine.
    """
    job = execution.job
    book = _noted(execution.notebook)
    taken = selection.sections(execution.notebook.cells)
    told, why_closed = selection.summary(execution.notebook.cells)
    nothing = bool(why_closed) or selection.nothing_opened(taken)
    given = {name: _without_folder(value) for name, value in job.values.items()}
    tables = sorted(path.name for path in execution.folder.iterdir() if path.suffix in (".csv", ".xlsx"))
    return {
        "status": "failed" if failure else "not_applicable" if nothing else "done",
        "seconds": round(execution.seconds, 1),
        "page": f"{job.name}.html",
        "title": _title(execution.notebook) or job.lesson,
        "data": job.data.name if job.data else None,
        "parameters": {**job.defaults, **given},
        "given": sorted(given),
        "as_of": book.get("as_of"),
        "data_to": book.get("data_to"),
        "rows_read": book.get("rows_read"),
        "rows_used": book.get("rows_used"),
        "findings": book.get("findings"),
        "inputs": [{"file": path.name, "sha256": _digest(path)} for path in _inputs(job, book.get("files", []))],
        "tables": [f"{job.name}/{name}" for name in tables],
        "closed": why_closed or list(dict.fromkeys(reason for section in taken for reason in section.closed)),
        "summary": told,
        "error": {"cell": failure.cell, "heading": failure.heading, "source": failure.source, "cause": failure.cause}
        if failure
        else None,
    }


def _inputs(job: Job, names: Sequence[str]) -> list[Path]:
    """Return the files that were read; a notebook without data of the reader's own reads the retail sample."""
    from crmbook.data import sample

    if job.data and job.data.is_file():
        return [job.data]
    folder = job.data or sample.folder()
    return [folder / name for name in names if (folder / name).is_file()]


def _without_folder(value: object) -> object:
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _noted(notebook: Any) -> dict[str, Any]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if BOOK in output.get("data", {}):
                return dict(output["data"].pop(BOOK))
    return {}


def _title(notebook: Any) -> str:
    for cell in notebook.cells:
        found = re.search(r"^# +(.*\S)", cell.source, flags=re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return found.group(1)
    return ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, Any]:
    from crmbook import __version__

    packages = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            packages[package] = metadata.version(package)
    return {"crmbook": __version__, "python": platform.python_version(), "packages": packages}


def note(folder: Path, job: Job, noted: Mapping[str, Any]) -> None:
    """Bring ``manifest.json`` and ``index.html`` up to date with one run; those of other notebooks stay.

    Parameters
    ----------
    folder : Path
        Where the reports are.
    job : Job
    noted : mapping
        From `entry`.
    """
    from crmbook.reports import html

    versions, earlier = _versions(), _earlier(folder / "manifest.json")
    notebooks = {}
    for name, kept in earlier["notebooks"].items():
        if (folder / str(kept.get("page"))).is_file():
            notebooks[name] = kept if earlier["versions"] == versions else {"versions": earlier["versions"], **kept}
    notebooks = dict(sorted({**notebooks, job.name: dict(noted)}.items()))
    content = json.dumps({"versions": versions, "notebooks": notebooks}, ensure_ascii=False, indent=1)
    write_whole(folder / "manifest.json", f"{content}\n".encode())
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, kept in notebooks.items():
        code = name.partition("/")[0]
        groups.setdefault(code, []).append(_row(kept, code))
    write_whole(folder / index_name(folder), html.index(groups).encode())


def index_name(folder: Path) -> str:
    """Return the name of the page that links to all reports: another's ``index.html`` is never replaced."""
    try:
        there = (folder / "index.html").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "index.html"
    return "index.html" if any(mark in there for mark in _OURS) else "crmbook.html"


def in_words(noted: Mapping[str, Any], code: str) -> dict[str, str]:
    """Return what a reader is told: ``data``, ``as_of``, ``data_to``, ``rows``, ``findings``; empty where not known."""
    words = dict(entries())
    read, used = noted["rows_read"], noted["rows_used"]
    return {
        "data": noted["data"] or words["reports.data_sample"][code],
        "as_of": noted["as_of"] or "",
        "data_to": noted["data_to"] or "",
        "rows": "" if read is None else words["reports.rows_used"][code].format(read=read, used=used),
        "findings": words["reports.findings_count"][code].format(count=count) if (count := noted["findings"]) else "",
    }


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _earlier(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {"versions": dict(found["versions"]), "notebooks": dict(found["notebooks"])}
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or another program's
        return {"versions": {}, "notebooks": {}}


def _cause(noted: Mapping[str, Any]) -> str:
    return noted["error"]["cause"] if noted["error"] else " ".join(noted.get("closed", [])[:2])


def _row(noted: Mapping[str, Any], code: str) -> dict[str, Any]:
    words = dict(entries())
    status = noted["status"]
    said = words[f"reports.{status}"][code]
    return {
        **in_words(noted, code),
        "title": noted["title"],
        "page": noted["page"],
        "summary": noted.get("summary", {}),
        "status": status,
        "said": said.format(cause=_cause(noted)) if "{cause}" in said else said,
    }
