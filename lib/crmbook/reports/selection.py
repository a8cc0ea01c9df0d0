"""What of a run notebook a report takes: results, how to read them, definitions and limits; teaching stays behind.

An explanation stands only with its output. Prose belongs to the output below it, prose tagged ``reading`` to the output
above it. A section of which nothing opens is one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from nbformat import NotebookNode

from crmbook.figures.first_screen import SUMMARY
from crmbook.figures.sections import CLOSED
from crmbook.reports.execution import TEACHING
from crmbook.reports.kernel import RUN_TAG

NOT_SHOWN = TEACHING | {"teaching", "summary"}
"""Tags of the cells that stay in the notebook; those tagged ``teaching`` run, since later cells use what they set.
What the ``summary`` puts out opens the report."""


@dataclass
class Section:
    """A heading and what stands under it.

    Attributes
    ----------
    heading : str
        The heading's words; empty before the first one.
    level : int
        Its level, 1 for the title; 0 without a heading.
    cells : list of NotebookNode
        What is shown, the heading's cell first.
    closed : list of str
        Why cells of it are closed, each reason once.
    opened : bool
        Whether a cell of it put something out.
    """

    heading: str = ""
    level: int = 0
    cells: list[NotebookNode] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    opened: bool = False

    @property
    def is_one_line(self) -> bool:
        return bool(self.closed) and not self.opened


def sections(cells: Sequence[NotebookNode]) -> list[Section]:
    """Return a report's sections in order.

    Parameters
    ----------
    cells : sequence of NotebookNode
        As the kernel left them. Cells are not changed; of one whose prose belongs to a closed output the heading stays.
    """
    made = []
    groups = list(_by_heading(cells))
    for group, following in zip_longest(groups, groups[1:]):
        shown = [cell for cell in group if not _tags(cell) & NOT_SHOWN and RUN_TAG not in _tags(cell)]
        # a heading over nothing but teaching goes with it
        has_parts = following is not None and _level(following[0]) > _level(group[0]) > 0
        if not shown or (len(shown) < len(group) and not has_parts and all(map(_is_heading_alone, shown))):
            continue
        section = Section(heading(shown[0]), _level(shown[0]))
        code = [cell for cell in shown if cell.cell_type == "code"]
        section.closed = list(dict.fromkeys(reason for cell in code for reason in _reasons(cell)))
        section.opened = any(_is_open(cell) for cell in code)
        section.cells = list(shown if section.is_one_line else _with_their_outputs(shown))
        made.append(section)
    return made


def settings(section: Section) -> list[NotebookNode]:
    """Return the cells that set a lesson up: its parameters, those of the run, and the code right after them."""
    found, is_next = [], False
    for cell in section.cells:
        if cell.cell_type == "code":
            is_parameters = bool(_tags(cell) & {"parameters", "injected-parameters"})
            found += [cell] if is_parameters or is_next else []
            is_next = is_parameters
    return found


def summary(cells: Sequence[NotebookNode]) -> tuple[dict, list[str]]:
    """Return what a lesson tells the manager, empty where it tells nothing, and why its summary is closed."""
    outputs = [output for cell in cells if "summary" in _tags(cell) for output in cell.get("outputs", [])]
    told = [dict(output.data[SUMMARY]) for output in outputs if SUMMARY in output.get("data", {})]
    return (told[0] if told else {}), [reason(output) for output in outputs if is_closed(output)]


def nothing_opened(made: Sequence[Section]) -> bool:
    """Return whether a report has no result at all: cells closed, and none put anything out under a heading."""
    under_headings = [section for section in made if section.level > 1]
    return any(section.closed for section in made) and not any(section.opened for section in under_headings)


def heading(cell: NotebookNode) -> str:
    """Return the words of the heading that a cell begins with; empty for any other cell."""
    found = re.match(r"\s*#{1,6}\s+(.*\S)", cell.source) if cell.cell_type == "markdown" else None
    return found.group(1) if found else ""


def _level(cell: NotebookNode) -> int:
    return len(cell.source.lstrip().partition(" ")[0]) if heading(cell) else 0


def is_closed(output: NotebookNode) -> bool:
    """Return whether an output is the sentence of a closed cell."""
    return CLOSED.items() <= output.get("metadata", {}).items()


def reason(output: NotebookNode) -> str:
    """Return why a cell is closed, as a report says it."""
    return str(output.metadata.get("reason") or output.data["text/plain"])


def _by_heading(cells: Sequence[NotebookNode]) -> Iterator[list[NotebookNode]]:
    group: list[NotebookNode] = []
    for cell in cells:
        if heading(cell) and group:
            yield group
            group = []
        group.append(cell)
    if group:
        yield group


def _with_their_outputs(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield the cells of a section without the prose whose output is closed."""
    blocks = [(kind, list(block)) for kind, block in groupby(cells, key=lambda cell: cell.cell_type)]
    for place, (kind, block) in enumerate(blocks):
        above, below = _closed(blocks[:place][::-1]), _closed(blocks[place + 1 :])
        for cell in block:
            before, after = above, below if below is not None else above
            if kind != "markdown" or not (before if "reading" in _tags(cell) else after):
                yield cell
            elif heading(cell):
                yield NotebookNode({**cell, "source": cell.source.strip().partition("\n")[0]})


def _closed(blocks: Sequence[tuple[str, list[NotebookNode]]]) -> bool | None:
    """Return whether the nearest code that says anything is closed; None when there is none."""
    for kind, block in blocks:
        if kind == "code" and any(_is_open(cell) or _reasons(cell) for cell in block):
            return not any(_is_open(cell) for cell in block)
    return None


def _is_open(cell: NotebookNode) -> bool:
    return any(not is_closed(output) for output in cell.outputs)


def _reasons(cell: NotebookNode) -> list[str]:
    return [reason(output) for output in cell.outputs if is_closed(output)]


def _is_heading_alone(cell: NotebookNode) -> bool:
    return bool(re.fullmatch(r"#{2,6}\s.*", cell.source.strip()))


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))
