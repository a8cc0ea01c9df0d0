"""What is noted of each run, for those who ask later what a figure was made of, and the index made from it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from crmbook.locale import entries
from crmbook.reports import inputs, selection
from crmbook.reports.execution import Execution, Failure
from crmbook.reports.jobs import Job
from crmbook.reports.kernel import BOOK

PACKAGES = (
    "pandas", "numpy", "scipy", "scikit-learn", "pyarrow", "duckdb", "pandera", "plotly", "ipywidgets", "anywidget",
    "ipykernel", "nbclient", "nbconvert", "papermill", "latex2mathml", "xlsxwriter",
)  # fmt: skip
FILE, INDEX = "manifest.json", "index.html"


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
        Status, seconds, parameters, input files with the hashes of what was read, rows read and used, tables, error.
        Files go by their names: a manifest says nothing of the machine.
    """
    job = execution.job
    book = _noted(execution.notebook)
    taken = selection.sections(execution.notebook.cells)
    told, why_closed = selection.summary(execution.notebook.cells)
    nothing = bool(why_closed) or selection.nothing_opened(taken)
    given = {name: _without_folder(value) for name, value in job.values.items()}
    written = (path.relative_to(execution.folder) for path in execution.folder.rglob("[!.]*") if path.is_file())
    return {
        "status": "failed" if failure else "not_applicable" if nothing else "done",
        "seconds": round(execution.seconds, 1),
        "page": f"{job.name}.html",
        "title": _title(execution.notebook) or job.lesson,
        "data": job.data.name if job.data else None,
        "group": list(job.group),
        "made_of": job.made_of,
        "parameters": {**job.defaults, **given},
        "given": sorted(given),
        "as_of": book.get("as_of"),
        "data_to": book.get("data_to"),
        "rows_read": book.get("rows_read"),
        "rows_used": book.get("rows_used"),
        "findings": book.get("findings"),
        "inputs": [_input(name, *read) for name, read in book.get("inputs", {}).items()],
        "tables": sorted(f"{job.name}/{name.as_posix()}" for name in written),
        "closed": why_closed or list(dict.fromkeys(reason for section in taken for reason in section.closed)),
        "summary": told,
        "error": {"cell": failure.cell, "heading": failure.heading, "source": failure.source, "cause": failure.cause}
        if failure
        else None,
    }


def _input(name: str, digest: str, path: str) -> dict[str, str]:
    """Return a file as it was when its kernel read it, and what has become of it since."""
    noted = {"file": name, "sha256": digest}
    try:
        return (
            noted if inputs.digest(Path(os.fsdecode(bytes.fromhex(path)))) == digest else {**noted, "since": "changed"}
        )
    except OSError:
        return {**noted, "since": "gone"}


def changed(noted: Mapping[str, Any]) -> list[str]:
    """Return the input files that are no longer as they were when they were read."""
    return [part["file"] for part in noted["inputs"] if "since" in part]


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


def versions() -> dict[str, Any]:
    """Return the versions of the library, of Python and of the packages that figures and pages depend on."""
    from crmbook import __version__

    packages = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            packages[package] = metadata.version(package)
    return {"crmbook": __version__, "python": platform.python_version(), "packages": packages}


def with_run(folder: Path, job: Job, noted: Mapping[str, Any]) -> dict[str, bytes]:
    """Return ``manifest.json`` and ``index.html`` brought up to date with one run; the other notebooks' entries stay.

    Parameters
    ----------
    folder : Path
        Where the reports are.
    job : Job
    noted : mapping
        From `entry`, or from `beside` where an earlier report stays.
    """
    from crmbook.reports import html

    now, earlier = versions(), _earlier(folder)
    notebooks = {}
    for name, kept in earlier["notebooks"].items():
        if (folder / str(kept.get("page"))).is_file():
            notebooks[name] = kept if earlier["versions"] == now else {"versions": earlier["versions"], **kept}
    notebooks = dict(sorted({**notebooks, job.name: dict(noted)}.items()))
    content = json.dumps({"versions": now, "notebooks": notebooks}, ensure_ascii=False, indent=1)
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, kept in notebooks.items():
        code = name.partition("/")[0]
        groups.setdefault(code, []).append(row(kept, code))
    return {FILE: f"{content}\n".encode(errors="backslashreplace"), INDEX: html.index(groups).encode(errors="replace")}


def notebooks(folder: Path) -> dict[str, Any]:
    """Return what is noted of every report in a folder, by its name."""
    return dict(_earlier(folder)["notebooks"])


def good(folder: Path, name: str) -> dict[str, Any] | None:
    """Return what is noted of a notebook's report that came to its end and still stands; None where there is none."""
    noted = _earlier(folder)["notebooks"].get(name)
    return (
        noted
        if noted and noted.get("status") in ("done", "not_applicable") and (folder / noted["page"]).is_file()
        else None
    )


def beside(kept: Mapping[str, Any], stopped: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a report that stays, with what is noted of a later run that stopped under ``stopped``."""
    return {**kept, "stopped": {**stopped, "page": stopped_page(stopped["page"].removesuffix(".html")), "tables": []}}


def stopped_page(name: str) -> str:
    """Where the page of a run that stopped goes when an earlier report stays in its place."""
    return f"{name}.stopped.html"


def own_files(folder: Path, only: str = "") -> set[str]:
    """Return the files in a folder of reports that the workbook wrote, as its manifest says: all others are not ours.

    Parameters
    ----------
    folder : Path
    only : str
        A notebook's name: its own pages and tables only.
    """
    noted = _earlier(folder)["notebooks"]
    named = []
    for name, kept in noted.items():
        for part in (kept, kept.get("stopped") or {}):
            if name == only or not only:
                named += [str(place) for place in (part.get("page"), *part.get("tables", ())) if place]
    common = {FILE, INDEX, "assets/plotly.min.js"} if noted and not only else set()
    return {*common, *filter(is_inside, named)}


def is_inside(name: str) -> bool:
    """Return whether a path cannot lead out of the folder that it is seen from."""
    return not re.search(r"[\\:]|^/|(^|/)\.\.(/|$)", name)


def in_words(noted: Mapping[str, Any], code: str) -> dict[str, str]:
    """Return what a reader is told: ``data``, ``as_of``, ``data_to``, ``rows``, ``findings``; empty where not known."""
    words = dict(entries())
    read, used = noted["rows_read"], noted["rows_used"]
    data = noted["data"] or words["reports.data_sample"][code]
    if group := noted.get("group"):
        column = words.get(f"column.{group[0].partition('.')[2]}", {}).get(code, group[0])
        data = words["reports.data_group"][code].format(data=data, column=column, value=group[1])
    if files := changed(noted):
        data = words["reports.changed_since"][code].format(data=data, files=words["reports.comma"][code].join(files))
    return {
        "data": data,
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


def _earlier(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {"versions": dict(found["versions"]), "notebooks": dict(found["notebooks"])}
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or another program's
        return {"versions": {}, "notebooks": {}}


def row(noted: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return what an index shows of a report, in one language."""
    words = {key.removeprefix("reports."): entry[code] for key, entry in entries() if key.startswith("reports.")}
    stopped = noted.get("stopped")
    said, error = (words["kept"], stopped["error"]) if stopped else (words[noted["status"]], noted["error"])
    return {
        **in_words(noted, code),
        "title": noted["title"],
        "page": noted["page"],
        "summary": noted.get("summary", {}),
        "status": "failed" if stopped else noted["status"],
        "said": said.format(cause=error["cause"] if error else " ".join(noted.get("closed", [])[:2])),
        "stopped": stopped["page"] if stopped else "",
        "see_stopped": words["see_stopped"],
    }
