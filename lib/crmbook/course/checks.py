"""Exercises: an answer is *not tried*, *not yet* (with the property that fails) or *correct*, and nothing ever raises.

The right answers are computed from the reader's own data, and what the page shows of one is taken (`answers`). Each
wrong answer after the first brings a hint that goes further: a nudge, the method, nearly the code. The exercises of a
chapter stand in its folder, in ``exercises.py``, each a small function under `exercise`; they are read when the first
one is checked.
"""

from __future__ import annotations

import difflib
import html
import importlib
import importlib.util
import pkgutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace

import crmbook
from crmbook.course import cells
from crmbook.course.answers import readings
from crmbook.locale import entries, text
from crmbook.shared.exercise import Miss, _Exercise, _is_absent, _kind, _registered, _short


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
    hint : str
        The hint that is due, if any.
    reason : str
        The catalogue's key of the message: which mistake it was, whatever the language.
    """

    exercise: str
    status: str
    word: str
    message: str
    hint: str = ""
    reason: str = ""

    def __repr__(self) -> str:
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{_SIGNS[self.status]} {self.exercise} · {self.word}: {self.message}{hint}"

    def _repr_html_(self) -> str:
        colour = _COLOURS[self.status]
        head = html.escape(f"{_SIGNS[self.status]} {self.word}")
        hint = f"<br>{html.escape(self.hint)}" if self.hint else ""
        return (
            f'<div role="status" style="border-left: 5px solid {colour}; padding: 0.3em 0.8em">'
            f"<strong>{head}</strong> · {html.escape(self.exercise)}<br>"
            f"{html.escape(self.message)}{hint}</div>"
        )


_SIGNS = {"not tried": "○", "not yet": "✗", "correct": "✓"}
_COLOURS = {"not tried": "#767676", "not yet": "#D55E00", "correct": "#009E73"}


HINTS = "abc"
"""An exercise's hints in the catalogue, `[hint_2a]` for a chapter's second: a nudge, the method, nearly the code."""


class Checker:
    """``check(name, answer)`` compares an answer with the right one; ``check.hint(name)`` gives the next hint."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given
        self._tries: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        cells.watch()
        self._made = cells.now()

    def __call__(self, name: str, answer: object) -> Verdict:
        verdict = _verdict(name, answer, self._given)
        if _find(verdict.exercise) is None:
            return verdict
        fault = cells.fault(verdict.exercise, since=self._made, right=verdict.status == "correct")
        if fault is not None:
            status = "not tried" if answer is ... else "not yet"
            return _say(verdict.exercise, status, fault.key, **fault.facts)
        if verdict.status != "not yet":
            return verdict
        self._tries[name] += 1
        return replace(verdict, hint=_hint(name, max(self._tries[name] - 1, self._asked[name])))

    def hint(self, name: str) -> Verdict:
        """Give the next hint of an exercise; after the last one, the last again."""
        verdict = _verdict(name, ..., self._given)
        if _hint(verdict.exercise, 1):
            self._asked[name] = min(self._asked[name] + 1, len(HINTS))
            return replace(verdict, message=_hint(name, self._asked[name]))
        return verdict


def checker(**given: object) -> Checker:
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

    Notes
    -----
    A lesson's results end where its exercises begin: what was put off until then is done.
    """
    from crmbook.figures import sections  # loads pandas' tables, which who only asks for names need not

    sections.finish()
    return Checker(given)


def _hint(exercise: str, step: int) -> str:
    """Return an exercise's hint of this step, 1 to 3; a later step has the last one, step 0 has none."""
    chapter, _, number = exercise.rpartition("-")
    if step < 1:
        return ""
    key = f"{chapter}.hint_{number}{HINTS[min(step, len(HINTS)) - 1]}"
    if key not in dict(entries()):
        return ""
    return text("course.check_hint", step=min(step, len(HINTS)), of=len(HINTS), hint=text(key))


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
        miss = _first_missing(found, answer, SimpleNamespace(**given))
        if miss is None:
            return _say(shown, "correct", "course.check_correct")
        return _say(shown, "not yet", miss.key, **miss.facts)
    except KeyboardInterrupt:
        raise
    except BaseException:  # an answer may be any object, and its own methods may do anything
        return _say(shown, "not yet", "course.check_not_comparable", kind=_kind(answer))


def _first_missing(found: _Exercise, answer: object, given: SimpleNamespace) -> Miss | None:
    """Return what the answer lacks as it is best read, or None if it is right in any of its readings."""
    misses = []
    for reading in readings(answer):
        missing = found.first_missing(reading, given)
        if missing is None:
            return None
        misses.append(missing)
    return misses[0]


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
    return Verdict(_short(exercise), status, text(_WORDS[status]), message, reason=key)
