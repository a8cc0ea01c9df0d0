"""What a report was made of: the files that were read, their digests, and books that several notebooks read.

A book is read once, by the process that kernels are forked from (`warm`); a kernel takes it where its files are still
the same, and notes them as if it had read them itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crmbook.data import load, read
from crmbook.data.faults import DataError

Inputs = dict[str, tuple[str, str]]
"""Digest and path (its bytes as hexadecimal digits) of each file that was read, by its name; for `manifest` only."""

Asked = tuple[str, str]
"""Source and as-of day of a book; the day is empty where the data say it."""

_BOOKS = 2  # that are held at a time


@contextlib.contextmanager
def noting(inputs: Inputs, path: Path) -> Iterator[None]:
    """Note the digest of the bytes that are read in the meantime, under the file's name.

    Raises
    ------
    DataError
        When the file changes or vanishes meanwhile, so that nobody could say what was read.
    """
    try:
        before = digest(path)
    except OSError:  # whoever reads it says so
        yield
        return
    inputs.setdefault(path.name, (before, os.fsencode(path.resolve()).hex()))
    try:
        yield
    finally:
        try:
            changed = digest(path) != before
        except OSError:
            changed = True
        if changed:
            raise DataError("report_input_changed", file=path.name) from None


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_books: dict[Asked, tuple[Any, Inputs]] = {}


def read_once(asked: Asked) -> None:
    """Read a book into the parent, with the digests of its files; what cannot be read is left to the kernels to say."""
    if asked in _books:
        return
    source, as_of = asked
    inputs: Inputs = {}
    read.watch = partial(noting, inputs)
    try:
        book = load.load(source, as_of=as_of or None)
    except Exception:
        return
    finally:
        read.watch = contextlib.nullcontext
    if any(finding.rule == "table_unread" for finding in book.noticed):
        return  # its words are of one language
    while len(_books) >= _BOOKS:
        del _books[next(iter(_books))]
    _books[asked] = (book, inputs)


def recalled(source: object, settings: Mapping[str, object], inputs: Inputs) -> Any:
    """Return the book that the parent has read, where it is the one that is asked for and its files are still the same.

    Parameters
    ----------
    source : object
        What `load` was given.
    settings : mapping
        What else it was given, where that differs from its defaults.
    inputs : dict
        Where the digests of the files are noted, as if they had been read now.
    """
    if not isinstance(source, str | os.PathLike) or set(settings) - {"as_of"}:
        return None
    found = _books.get((str(Path(source)), str(settings.get("as_of") or "")))
    if found is None:
        return None
    book, noted = found
    try:
        if any(digest(Path(os.fsdecode(bytes.fromhex(path)))) != before for before, path in noted.values()):
            return None
    except OSError:
        return None
    for name, as_read in noted.items():
        inputs.setdefault(name, as_read)
    return book
