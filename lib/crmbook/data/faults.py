"""The errors a user can act on, and the notes on rows that were set aside."""

from __future__ import annotations

import errno
import re

from crmbook.locale import text

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
REASONS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EACCES: "no_right",
    errno.EPERM: "no_right",
    errno.EROFS: "read_only",
}
"""What the machine lacks, by the system's number."""


def reason(problem: OSError) -> str:
    """Return in words what the system says of a file.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> reason(OSError(errno.ENOSPC, "No space left on device"))
    'the disk is full'
    """
    known = REASONS.get(problem.errno or 0)
    return text(f"faults.reason_{known}") if known else str(problem.strerror or problem)


def printable(name: str) -> str:
    """Return a file's name with a question mark for each byte that is not UTF-8."""
    return name.encode(errors="replace").decode()


def visible(words: str) -> str:
    """Return a text with the signs that turn the order of its letters round written out.

    Examples
    --------
    >>> visible("invoice\u202efdp.exe")
    'invoice⟨U+202E⟩fdp.exe'
    """
    return _TURNS.sub(lambda sign: f"⟨U+{ord(sign.group()):04X}⟩", words)


class DataError(ValueError):
    """Data (or a setting) that would make every figure wrong, refused with what to do about it.

    Parameters
    ----------
    code : str
        The entry of ``locale/catalogue/faults.toml`` that words it.
    **facts
        What the text names: ``file``, ``row`` (as the spreadsheet counts, the header is row 1), ``column``, ``value`` …

    Notes
    -----
    The text is made when it is read, so it comes in the language in use then. IPython shows the text alone, without a
    stack trace: the mistake is in the data, and the trace would point at this library.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> str(DataError("no_source", source="orders.csv"))
    'orders.csv: there is no such file or folder. Check the name and the folder it lies in.'
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return visible(text(f"faults.{self.code}", **self.facts))

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.code, self.facts)

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def _rebuild(kind: type[DataError], code: str, facts: dict) -> DataError:
    return kind(code, **facts)
