"""Cells of a lesson whose data are not there: a sentence says so, and the rest of the lesson goes on."""

from __future__ import annotations

import ast
import html
import json
import linecache
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

from IPython import get_ipython
from IPython.display import display

from crmbook.data.faults import DataError
from crmbook.figures.table import parameters_in_words, show_parameters
from crmbook.locale import name, text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
    from pandas.io.formats.style import Styler


@dataclass(frozen=True)
class Sentence:
    """A sentence in place of a section: a terminal shows its words, Jupyter a quiet box."""

    words: str
    opens: str = ""  # the same for a report: what to send, in one line

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return f'<div style="border-left: 5px solid #767676; padding: 0.3em 0.8em">{html.escape(self.words)}</div>'


CLOSED = {"crmbook": "closed section"}  # what a report knows such a sentence by


def begin(chapter: str, **parameters: object) -> Styler:
    """Show a lesson's parameters; from here on, a cell that the data do not hold closes with a sentence.

    A cell closes where something refuses the data with a `DataError`: `Book.need` because a table is not there, a
    method because it has too few rows, say; also where memory does not suffice. A later cell that uses a name which a
    closed one would have set closes with the same sentence. Any other error is an error. Outside Jupyter only the
    parameters are shown.

    Parameters
    ----------
    chapter : str
        The chapter whose texts word the parameters' meanings, ``"tiering"``.
    **parameters
        Names and values in use, as for `crmbook.figures.table.show_parameters`.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> "0.8, 0.95" in begin("tiering", cuts=[0.8, 0.95]).to_html()
    True
    """
    shell = get_ipython()
    if shell is not None:
        own = _sections_of(shell)
        own.closed.clear()
        own.later, own.settings = {}, parameters_in_words(chapter, **parameters)
    return show_parameters(chapter, **parameters)


def at_the_end(key: object, work: Callable[[], None]) -> bool:
    """Put work off until the lesson's summary is shown, once for each key; False where no lesson has begun."""
    own = _of_this_shell()
    if own is None or own.later is None:
        return False
    own.later[key] = work
    return True


def finish() -> None:
    """Do what was put off; what comes after is done at once."""
    own = _of_this_shell()
    if own is not None and own.later is not None:
        work, own.later = own.later, None
        for each in work.values():
            each()


def settings_in_use() -> list[tuple[str, object, str]]:
    """Return the lesson's parameters: name, value and meaning in words; empty outside a lesson."""
    own = _of_this_shell()
    return [] if own is None else own.settings


def _of_this_shell() -> _Sections | None:
    shell = get_ipython()
    return _sections_of(shell) if shell is not None and _sections_of.cache_info().currsize else None


def setting(name: str, value: Any, of_sample: Any, data: str = "") -> Any:
    """Return what the user has set, with the sample an example, and refuse to guess on data of the user's own.

    Parameters
    ----------
    name : str
        The parameter's name.
    value
        What it is set to; 0 or empty: nobody has set it.
    of_sample
        What stands for it as long as the lesson runs on the sample.
    data : str
        The lesson's parameter ``data``; empty: the sample.

    Raises
    ------
    DataError
        ``setting_needed``: a verdict that rests on a figure which nobody gave is no result. The cell closes with a
        sentence that names the setting.

    Examples
    --------
    >>> setting("hours", 0.0, 600.0), setting("hours", 80.0, 600.0, "shop")
    (600.0, 80.0)
    """
    if value:
        return value
    if data:
        raise DataError("setting_needed", name=name, example=json.dumps(of_sample, ensure_ascii=False))
    return of_sample


class _Sections:
    """What a notebook's shell does when a cell is refused its data, by IPython's own hooks for errors and cells."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.closed: dict[str, Sentence] = {}  # the names that closed cells would have set, and why they are not there
        self.told: BaseException | None = None
        self.later: dict[object, Callable[[], None]] | None = None
        self.settings: list[tuple[str, object, str]] = []
        shell.set_custom_exc((DataError, MemoryError, NameError), self._refused)
        shell.events.register("post_run_cell", self._ended)

    def _refused(
        self, shell: InteractiveShell, kind: type, fault: Any, trace: TracebackType, tb_offset: int | None = None
    ) -> None:
        reason = self.closed.get(fault.name or "") if isinstance(fault, NameError) else _sentence(fault)
        if reason is None:
            shell.showtraceback((kind, fault, trace), tb_offset=tb_offset)
            return
        # What an earlier run of the cell left would let the next cell go on with old figures.
        for missing in _not_set(trace, shell.user_ns):
            self.closed[missing] = reason
            shell.user_ns.pop(missing, None)
        display(reason, metadata={**CLOSED, "reason": reason.opens})
        self.told = fault

    def _ended(self, result: ExecutionResult) -> None:
        if result.error_in_exec is not None and result.error_in_exec is self.told:
            result.error_in_exec = None  # the reader has been told: to "Run All", papermill and nbval the cell is done


@cache
def _sections_of(shell: InteractiveShell) -> _Sections:
    return _Sections(shell)


def _sentence(fault: DataError | MemoryError) -> Sentence:
    if isinstance(fault, MemoryError):
        words = text("charts.no_memory")
        return Sentence(text("charts.closed", reason=words), words)
    table = fault.facts.get("table")
    is_absent = table is not None and fault.code in ("no_table", "table_needed")
    words = text("charts.closed_no_table", table=table, words=name(table)) if is_absent else str(fault)
    return Sentence(text("charts.closed", reason=str(fault)), words)


def _not_set(trace: TracebackType | None, names: dict[str, Any]) -> Iterator[str]:
    """Yield the names that a cell would have set from the statement on that was refused."""
    while trace and trace.tb_frame.f_globals is not names:
        trace = trace.tb_next
    if trace:
        cell = ast.parse("".join(linecache.getlines(trace.tb_frame.f_code.co_filename)))
        rest = [statement for statement in cell.body if (statement.end_lineno or 0) >= trace.tb_lineno]
        table = symtable.symtable(ast.unparse(ast.Module(rest, [])), "cell", "exec")
        yield from (known.get_name() for known in table.get_symbols() if known.is_assigned() or known.is_imported())
