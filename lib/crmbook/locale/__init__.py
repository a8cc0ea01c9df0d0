"""What the code says, in English and Chinese.

Every word that a reader meets outside a lesson's own prose (titles, column headings, messages) stands in a TOML file,
each entry with an ``en`` and a ``zh`` text: a chapter's in its folder (``texts.toml``), the others in ``catalogue/``.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")

_language = "en"


def use(language: str) -> None:
    """Set the language of everything said from here on.

    Parameters
    ----------
    language : str
        ``"en"`` or ``"zh"``.

    Raises
    ------
    ValueError
        For any other language.
    """
    global _language
    if language not in LANGUAGES:
        raise ValueError(
            f'language "{language}" is not known; choose en or zh / 不支持语言 "{language}"，请选 en 或 zh'
        )
    _language = language


def language() -> str:
    """Return the language in use, ``"en"`` or ``"zh"``."""
    return _language


def text(key: str, **facts: object) -> str:
    """Return the catalogue's text for a key, with the facts filled in.

    Parameters
    ----------
    key : str
        ``"chapter.entry"``: the entry of ``<chapter>/texts.toml`` or ``catalogue/<chapter>.toml``.
    **facts
        What the text's ``{placeholders}`` stand for; they may carry a format, as in ``{share:.0%}``.

    Raises
    ------
    KeyError
        When no such entry exists: a mistake in the program, never in the data.

    Examples
    --------
    >>> use("en")
    >>> text("charts.rows_shown", shown=5, rows=3000)
    'The first 5 of 3,000 rows.'
    """
    entry = _entries()[key]
    return entry[_language].format(**facts) if facts else entry[_language]


def label(column: str) -> str:
    """Return the heading of a column in the language in use; a column that no catalogue knows keeps its own name."""
    entry = _of_kind("column").get(column)
    return entry[_language] if entry else column


def meaning(column: str) -> str:
    """Return what a column of the data schema means, one sentence, in the language in use."""
    return _of_kind("column")[column][f"meaning_{_language}"]


def name(value: object) -> str:
    """Return a coded value (a stage, a segment, a class) in words; one that no catalogue knows stays as it is."""
    entry = _of_kind("value").get(str(value))
    return entry[_language] if entry else str(value)


def is_named(value: object) -> bool:
    """Return whether the catalogue has words for a coded value."""
    return str(value) in _of_kind("value")


def coded(words: str) -> tuple[str, ...]:
    """Return the columns and coded values that a page calls so, in whichever language; none for other words.

    Examples
    --------
    >>> "service_attitude" in coded("服务态度"), coded("no such words")
    (True, ())
    """
    return _by_words().get(_plain(words), ())


def entries() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every entry of the catalogue as ``(key, texts)``; columns are ``column.x`` and coded values ``value.x``."""
    yield from _entries().items()
    for kind in ("column", "value"):
        for key, entry in _of_kind(kind).items():
            yield f"{kind}.{key}", entry


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()


@cache
def _by_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("value", "column"):
        for key, entry in _of_kind(kind).items():
            for words in {_plain(entry[each]) for each in LANGUAGES}:
                found[words] = (*found.get(words, ()), *(() if key in found.get(words, ()) else (key,)))
    return found


@cache
def _files() -> dict[str, dict]:
    library = [Path(folder) for folder in sys.modules["crmbook"].__path__]
    found = {file.parent.name: file for folder in library for file in folder.glob("*/texts.toml")}
    found |= {file.stem: file for file in Path(__file__).parent.glob("catalogue/*.toml")}
    return {chapter: tomllib.loads(file.read_text(encoding="utf-8")) for chapter, file in sorted(found.items())}


@cache
def _entries() -> dict[str, dict[str, str]]:
    return {
        f"{chapter}.{key}": entry
        for chapter, content in _files().items()
        for key, entry in content.items()
        if key not in ("column", "value")
    }


@cache
def _of_kind(kind: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for chapter, content in _files().items():
        for key, entry in content.get(kind, {}).items():
            if key in found:
                raise ValueError(f"{kind}.{key} stands in the catalogue twice, the second time in {chapter}")
            found[key] = entry
    return found
