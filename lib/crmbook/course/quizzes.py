"""Quizzes: a few questions a chapter, each choice with what it deserves to be told.

They stand beside the chapter's exercises, in ``quiz.yaml``, both languages. A choice opens by key or click (Tab, then
Enter) and says whether it is right, and why: plain HTML without a script, alike in JupyterLab, in a page and on paper.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import crmbook
from crmbook.data.faults import DataError
from crmbook.locale import LANGUAGES, language, text

QUESTIONS = (4, 6)
CHOICES = (3, 5)


@dataclass(frozen=True)
class Choice:
    """A choice: its words and what is said to whoever takes it, by language."""

    words: dict[str, str]
    because: dict[str, str]
    right: bool


@dataclass(frozen=True)
class Question:
    """A question, by language, and its choices."""

    words: dict[str, str]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, repr=False)
class Quiz:
    """A chapter's questions; Jupyter shows choices that open, a terminal the questions."""

    chapter: str
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.questions, start=1):
            lines.append(f"{number}. {question.words[language()]}")
            lines += [f"   - {choice.words[language()]}" for choice in question.choices]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = "".join(f"<li>{_question(question)}</li>" for question in self.questions)
        return f'<div class="crmbook-quiz"><p>{html.escape(text("course.quiz_how"))}</p><ol>{shown}</ol></div>'


def quiz(chapter: str) -> Quiz:
    """Return a chapter's quiz, shown in the language in use.

    Raises
    ------
    DataError
        When the chapter has none, or its file is not as a quiz should be: the text says what is missing where.

    Examples
    --------
    >>> len(quiz("tiering").questions) >= 4
    True
    """
    import yaml

    for folder in crmbook.__path__:
        path = Path(folder) / chapter / "quiz.yaml"
        if chapter.isidentifier() and path.is_file():
            return Quiz(chapter, _checked(chapter, yaml.safe_load(path.read_text(encoding="utf-8"))))
    raise DataError("course_no_quiz", chapter=chapter, chapters=", ".join(chapters()))


def chapters() -> list[str]:
    """Return the chapters that have a quiz."""
    return sorted(path.parent.name for folder in crmbook.__path__ for path in Path(folder).glob("*/quiz.yaml"))


def _question(question: Question) -> str:
    choices = "".join(_choice(choice) for choice in question.choices)
    return f"<p><strong>{html.escape(question.words[language()])}</strong></p>{choices}"


def _choice(choice: Choice) -> str:
    verdict = text("course.quiz_right" if choice.right else "course.quiz_wrong")
    told = html.escape(f"{verdict} {choice.because[language()]}")
    return (
        f'<details style="margin: 0.2em 0"><summary style="cursor: pointer">{html.escape(choice.words[language()])}'
        f'</summary><p role="status" style="margin: 0.2em 1.2em">{told}</p></details>'
    )


def _checked(chapter: str, found: object) -> tuple[Question, ...]:
    try:
        questions = tuple(
            Question(_texts(each), tuple(_read_choice(choice) for choice in each["choices"]))
            for each in found  # type: ignore[attr-defined]
        )
    except (KeyError, TypeError, AttributeError) as fault:
        raise DataError("course_quiz_form", chapter=chapter, cause=str(fault)) from None
    if not QUESTIONS[0] <= len(questions) <= QUESTIONS[1]:
        raise DataError("course_quiz_form", chapter=chapter, cause=f"{len(questions)} questions")
    for number, question in enumerate(questions, start=1):
        rights = sum(choice.right for choice in question.choices)
        if rights != 1 or not CHOICES[0] <= len(question.choices) <= CHOICES[1]:
            cause = f"question {number}: {len(question.choices)} choices, {rights} right"
            raise DataError("course_quiz_form", chapter=chapter, cause=cause)
    return questions


def _texts(entry: dict, prefix: str = "") -> dict[str, str]:
    return {each: str(entry[f"{prefix}{each}"]).strip() for each in LANGUAGES}


def _read_choice(entry: dict) -> Choice:
    return Choice(_texts(entry), _texts(entry, "because_"), entry.get("right", False) is True)
