"""Sections of a lesson: where the reader's data do not hold one, a sentence says so and the rest goes on."""

from __future__ import annotations

import dis
import html
from dataclasses import dataclass
from types import CodeType, TracebackType

from IPython.display import display

from crmbook.data.faults import DataError
from crmbook.locale import text


@dataclass(frozen=True)
class Sentence:
    """A sentence in place of a section: a terminal shows its words, Jupyter a quiet box."""

    words: str

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return f'<div style="border-left: 5px solid #767676; padding: 0.3em 0.8em">{html.escape(self.words)}</div>'


CLOSED = {"crmbook": "closed section"}  # what a report knows such a sentence by

_closed: dict[str, Sentence] = {}  # the names that closed sections would have set, and why they are not there


class section:
    """Run a part of a lesson; where the data do not hold it, show the sentence that says why, and go on.

    Notes
    -----
    A section closes when something refuses the data with a `DataError`: `Book.need` because a table is not there, a
    method because it has too few rows, say. A later section that uses a name which a closed one would have set closes
    with the same sentence. Any other error is an error, and is raised.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> with section():
    ...     raise DataError("no_table", table="leads", words="Leads")
    This needs a table that is not there: leads (Leads). The rest goes on.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, fault: BaseException | None, trace: TracebackType | None) -> bool:
        reason = _reason(fault)
        if reason is None or trace is None:
            return False
        # What an earlier run of the cell left would let the next cell go on with old figures.
        for known in _set_in(trace.tb_frame.f_code):
            _closed[known] = reason
            trace.tb_frame.f_globals.pop(known, None)
        display(reason, metadata=CLOSED)
        return True


def _reason(fault: BaseException | None) -> Sentence | None:
    """Return why a section closes, None for a mistake in the code or no fault at all."""
    if isinstance(fault, DataError):
        return Sentence(text("charts.closed", reason=str(fault)))
    return _closed.get(fault.name or "") if isinstance(fault, NameError) else None


def _set_in(statement: CodeType) -> set[str]:
    """Return the names that a statement sets; IPython compiles each statement of a cell by itself."""
    return {step.argval for step in dis.get_instructions(statement) if step.opname == "STORE_NAME"}
