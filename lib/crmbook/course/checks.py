"""Exercises: an answer is *not tried*, *not yet* (with the property that fails) or *correct*, and nothing ever raises.

The right answers are computed from the reader's own data. The exercises of a chapter stand in its folder, in
``exercises.py``, each a small function under `exercise`; they are read when the first one is checked.
"""

from __future__ import annotations

import difflib
import html
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import crmbook
from crmbook.locale import text
from crmbook.shared.exercise import _Exercise, _is_absent, _kind, _registered, _short

if TYPE_CHECKING:
    pass


def names(topic: str | None = None) -> list[str]:
    """Return the names of a lesson's exercises, or of all; empty for a topic that has none.

    A topic is a chapter, ``tiering``, or one of its further lessons, ``tiering_defects``.
    """
    # chapters are found by name, like plug-ins: this file knows none of them
    for found in pkgutil.iter_modules(crmbook.__path__):
        if found.ispkg and (topic is None or topic.partition("_")[0] == found.name):
            exercises = f"crmbook.{found.name}.exercises"
            if importlib.util.find_spec(exercises):
                importlib.import_module(exercises)
    return [name for name in _registered if topic in (None, name.rpartition("-")[0])]


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says: Jupyter shows it with a colour and a word, a terminal as a line.

    Attributes
    ----------
    exercise : str
        The exercise's name.
    status : str
        ``"not tried"``, ``"not yet"`` or ``"correct"``.
    word : str
        The status in the language in use.
    message : str
        What to do next.
    """

    exercise: str
    status: str
    word: str
    message: str

    def __repr__(self) -> str:
        return f"{_SIGNS[self.status]} {self.exercise} · {self.word}: {self.message}"

    def _repr_html_(self) -> str:
        colour = _COLOURS[self.status]
        head = html.escape(f"{_SIGNS[self.status]} {self.word}")
        return (
            f'<div role="status" style="border-left: 5px solid {colour}; padding: 0.3em 0.8em">'
            f"<strong>{head}</strong> · {html.escape(self.exercise)}<br>"
            f"{html.escape(self.message)}</div>"
        )


_SIGNS = {"not tried": "○", "not yet": "✗", "correct": "✓"}
_COLOURS = {"not tried": "#767676", "not yet": "#D55E00", "correct": "#009E73"}


def checker(**given: object) -> Callable[[str, object], Verdict]:
    """Return ``check(name, answer)``, which compares an answer with the right one and never raises.

    Parameters
    ----------
    **given
        What the right answers are computed from, by the names that the exercises ask for: ``customers=customers``.
        None stands for a table that the reader's data lack.

    Examples
    --------
    >>> from crmbook.locale import use
    >>> use("en")
    >>> check = checker()
    >>> check("tiering-99", ...).status
    'not tried'
    """

    def check(name: str, answer: object) -> Verdict:
        return _verdict(name, answer, given)

    return check


def _verdict(name: object, answer: object, given: Mapping[str, object]) -> Verdict:
    shown = name if isinstance(name, str) else ""
    found = _find(shown)
    if found is None:
        nearest = difflib.get_close_matches(shown, _known(), n=1, cutoff=0.0)
        return _say(shown, "not tried", "course.check_unknown", name=shown, nearest=nearest[0] if nearest else "–")
    missing = [need for need in found.needs if _is_absent(given.get(need))]
    if missing:
        return _say(shown, "not tried", "course.check_needs", tables=", ".join(missing))
    if answer is ...:
        return _say(shown, "not tried", "course.check_not_tried")
    try:
        miss = found.first_missing(answer, SimpleNamespace(**given))
        if miss is None:
            return _say(shown, "correct", "course.check_correct")
        return _say(shown, "not yet", miss.key, **miss.facts)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an answer may be any object, and its own methods may do anything
        return _say(shown, "not yet", "course.check_not_comparable", kind=_kind(answer))


def _find(name: str) -> _Exercise | None:
    try:
        names(name.rpartition("-")[0])
    except Exception:  # a fault in one chapter's exercises must not stop the reader's notebook
        return None
    return _registered.get(name)


def _known() -> list[str]:
    try:
        return names()
    except Exception:
        return list(_registered)


_WORDS = {"not tried": "course.not_tried", "not yet": "course.not_yet", "correct": "course.correct"}


def _say(exercise: str, status: str, key: str, **facts: object) -> Verdict:
    message = text(key, **{fact: _short(value) for fact, value in facts.items()})
    return Verdict(_short(exercise), status, text(_WORDS[status]), message)


# --- what an answer is compared with --------------------------------------------------------------------------------
