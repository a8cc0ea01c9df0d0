"""Running a lesson with papermill, beside a notebook that only imports the same packages and draws two figures.

python benchmarks/bench_run.py [--lesson NAME] [--rounds N]

The second notebook is the floor that no lesson can get under: a kernel's start, imports, a figure, a FigureWidget.
CPU time is that of the papermill process and of the kernel it starts.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

LESSONS = Path(__file__).parents[1] / "notebooks"
BAR = 1.6
KERNEL = ("IPython", "ipykernel", "jupyter_client", "jupyter_core", "zmq", "tornado", "traitlets", "debugpy")
LOADED = """
import sys

names = {name for name in sys.modules if name.count(".") <= 1 and "._" not in name and not name.startswith("_")}
print("loaded", *sorted(name for name in names if name.split(".")[0] not in sys.stdlib_module_names))
"""
DRAWN = """
import plotly.graph_objects as go

figure = go.Figure(go.Bar(x=["A", "B", "C"], y=[78, 16, 6]))
figure
"""
WIDGET = "go.FigureWidget(figure)"


def run(notebook: Path, target: Path) -> float:
    """Run a notebook with papermill in a process of its own and return its CPU seconds, its kernel's included."""
    before = os.times()
    command = [sys.executable, "-m", "papermill", str(notebook), str(target), "--no-progress-bar", "-k", "python3"]
    command += ["--no-request-save-on-cell-execute"]  # written once, at the end, as `crmbook run` does
    done = subprocess.run(command, capture_output=True, text=True, cwd=notebook.parent)
    if done.returncode:
        raise SystemExit(done.stderr)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def packages(lesson: NotebookNode, folder: Path) -> list[str]:
    """Return the modules, two levels deep, that are loaded when the lesson has run; functions import some of them."""
    asked = nbformat.from_dict({**lesson, "cells": [*lesson.cells, new_code_cell(LOADED)]})
    nbformat.write(asked, folder / "asked.ipynb")
    run(folder / "asked.ipynb", folder / "answered.ipynb")
    said = nbformat.read(folder / "answered.ipynb", 4).cells[-1].outputs[-1].text
    return [name for name in said.split()[1:] if name.split(".")[0] not in ("crmbook", *KERNEL)]


def floor(lesson: NotebookNode, modules: list[str]) -> NotebookNode:
    """Return the notebook that imports what the lesson imports and draws one figure and one FigureWidget."""
    statements = []
    for cell in lesson.cells:
        if cell.cell_type == "code" and not cell.source.startswith(("%", "!")):
            body = ast.parse(cell.source).body
            statements += [ast.unparse(part) for part in body if isinstance(part, ast.Import | ast.ImportFrom)]
    # a module that a package only half loads cannot always be imported by its name
    rest = "import contextlib, importlib\n\nfor name in {}:\n    with contextlib.suppress(ImportError):\n        {}"
    imports = "\n".join(statements) + "\n" + rest.format(modules, "importlib.import_module(name)")
    return new_notebook(cells=[new_code_cell(source) for source in (imports, DRAWN, WIDGET)], metadata=lesson.metadata)


def main() -> None:
    """Print both, and their ratio beside the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", default="01_tiering")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    source = LESSONS / f"{options.lesson}.ipynb"
    lesson = nbformat.read(source, 4)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        modules = packages(lesson, folder)
        nbformat.write(floor(lesson, modules), folder / "floor.ipynb")
        seconds: dict[str, list[float]] = {options.lesson: [], "imports and two figures": []}
        for _ in range(options.rounds):
            seconds[options.lesson].append(run(source, folder / "lesson.ipynb"))
            seconds["imports and two figures"].append(run(folder / "floor.ipynb", folder / "floor_run.ipynb"))
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"CPU seconds, median of {options.rounds} rounds side by side; {len(modules)} modules imported by both")
    middle = {name: statistics.median(rounds) for name, rounds in seconds.items()}
    for name, value in middle.items():
        print(f"{name:>26}: {value:6.2f} s   ({', '.join(f'{each:.2f}' for each in seconds[name])})")
    ratio = middle[options.lesson] / middle["imports and two figures"]
    print(f"{'ratio':>26}: {ratio:6.2f}     (bar: at most {BAR})")


if __name__ == "__main__":
    main()
