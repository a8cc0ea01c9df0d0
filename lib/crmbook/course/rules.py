"""The rules that every lesson obeys; each returns what breaks it, in words, with the file and the line.

``docs/writing-a-lesson.md`` explains them to those who write lessons.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from crmbook.course import checks
from crmbook.course.lessons import NOTEBOOK_ONLY, PARAMETER, TAGS, Cell, Lesson, parameter_texts
from crmbook.course.prose import Parts, numbers, parts
from crmbook.locale import text

CODE_LINES = 12
FUNCTION_LINES = 5
CELLS = 80
READING_MINUTES = 60
EXERCISES = 3
PANELS = (1, 3)

CARD = {"en": "## At a glance", "zh": "## 本课一览"}
EXERCISES_HEADING = {"en": "## Exercises", "zh": "## 练习"}
TAKE_AWAYS = {"en": "## Take-aways", "zh": "## 要点回顾"}
LIMITS = {"en": "## When not to use this", "zh": "## 何时不适用"}
NEXT = {"en": "## Next lesson", "zh": "## 下一课"}

# what the card says, as a pattern and as an example for whoever left it out
_CARD_LINES = {
    "en": {
        r"\*\*You will be able to\*\*": "**You will be able to**",
        r"\*\*Minutes\*\*: read (?P<read>\d+) · do \d+ · teach \d+": "**Minutes**: read 20 · do 30 · teach 60",
        r"\*\*Data\*\*: .+": "**Data**: `customers`, `orders`",
        r"\*\*Terms\*\*: (?P<terms>.+)": "**Terms**: customer tiering · churn rate",
    },
    "zh": {
        r"\*\*学完本课，您能够\*\*": "**学完本课，您能够**",
        r"\*\*用时（分钟）\*\*：阅读 (?P<read>\d+) · 练习 \d+ · 讲授 \d+": (
            "**用时（分钟）**：阅读 20 · 练习 30 · 讲授 60"
        ),
        r"\*\*数据\*\*：.+": "**数据**：`customers`、`orders`",
        r"\*\*术语\*\*：(?P<terms>.+)": "**术语**：客户分级 · 流失率",
    },
}
_TERM = {"en": "english", "zh": "chinese"}
_QUESTION = {"en": "?", "zh": "？"}
_TEXT_ONLY = ("lang-en", "lang-zh", "reading")
_CODE_ONLY = ("summary", "parameters", "panel", "check", "nbval-check-output", "nbval-ignore-output")
_NOTES = ("pair", "fact")
_TYPES: dict[str, type] = {
    "str": str, "int": int, "float": float, "bool": bool, "list": list, "tuple": tuple, "dict": dict
}  # fmt: skip
_CHOICES = {"en": re.compile(r"\(choose: (.+)\)$"), "zh": re.compile(r"（可选：(.+)）$")}


def problems(lesson: Lesson) -> list[str]:
    """Return everything in a lesson that breaks a rule, a sentence each; an empty list for a lesson that obeys."""
    return [problem for rule in RULES for problem in rule(lesson)]


# --- the two languages ----------------------------------------------------------------------------------------------


def language_problems(lesson: Lesson) -> list[str]:
    """Each markdown cell is in one language, and each English one is followed by its Chinese one."""
    found = []
    before: Cell | None = None
    for cell in (*lesson.cells, None):
        language = cell.language if cell else None
        if before and before.language == "en" and language != "zh":
            found.append(_at(lesson, before, "course.pair_no_chinese"))
        if cell and language == "zh" and not (before and before.language == "en"):
            found.append(_at(lesson, cell, "course.pair_no_english"))
        if cell and language == "zh" and not re.search("[一-鿿]", cell.source):
            found.append(_at(lesson, cell, "course.pair_not_chinese"))
        if cell and not cell.is_code and language is None:
            found.append(_at(lesson, cell, "course.pair_no_language"))
        before = cell
    return found


def pair_problems(lesson: Lesson) -> list[str]:
    """Both cells of a pair have the same tags, heading levels, links, inline code, formulas and numbers."""
    found = []
    for en, zh in pairs(lesson):
        if set(en.tags) - {"lang-en"} != set(zh.tags) - {"lang-zh"}:
            found.append(_at(lesson, zh, "course.pair_tags"))
        ours, theirs = parts(en.source), parts(zh.source)
        if ours.headings != theirs.headings:
            levels = {"en": _listed(ours.headings), "zh": _listed(theirs.headings)}
            found.append(_at(lesson, zh, "course.pair_headings", **levels))
        if "pair" not in en.notes:
            found += _content_problems(lesson, zh, ours, theirs)
        elif not re.match(r"exempt: \S", str(en.notes["pair"])):
            found.append(_at(lesson, en, "course.pair_exempt"))
    return found


def _content_problems(lesson: Lesson, cell: Cell, ours: Parts, theirs: Parts) -> Iterator[str]:
    both: tuple[tuple[str, Counter, Counter], ...] = (
        ("course.pair_links", Counter(ours.links), Counter(theirs.links)),
        ("course.pair_code", Counter(ours.code), Counter(theirs.code)),
        ("course.pair_formulas", Counter(ours.formulas), Counter(theirs.formulas)),
        ("course.pair_numbers", numbers(ours.prose), numbers(theirs.prose)),
    )
    for key, english, chinese in both:
        if english != chinese:
            yield _at(lesson, cell, key, en=_listed(english - chinese), zh=_listed(chinese - english))
    if ours.has_percentage != theirs.has_percentage:
        yield _at(lesson, cell, "course.pair_percent")


def pairs(lesson: Lesson) -> list[tuple[Cell, Cell]]:
    """Return the markdown cells that stand as they should, an English one and its Chinese one."""
    return [
        (first, second)
        for first, second in zip(lesson.cells, lesson.cells[1:], strict=False)
        if (first.language, second.language) == ("en", "zh")
    ]


# --- tags and size --------------------------------------------------------------------------------------------------


def tag_problems(lesson: Lesson) -> list[str]:
    """Tags come from the closed list and suit their cell; beside them a first line has only ``pair`` and ``fact``."""
    found = []
    for cell in lesson.cells:
        wrong = _TEXT_ONLY if cell.is_code else _CODE_ONLY
        for tag in cell.tags:
            if tag not in TAGS:
                found.append(_at(lesson, cell, "course.tag_unknown", tag=tag, tags=", ".join(TAGS)))
            elif tag in wrong:
                found.append(_at(lesson, cell, "course.tag_misplaced", tag=tag))
        for note, value in cell.notes.items():
            if note not in _NOTES or cell.language != "en":
                found.append(_at(lesson, cell, "course.note_unknown", note=note))
            elif not str(value or "").strip():
                found.append(_at(lesson, cell, "course.note_empty", note=note))
    return found


def size_problems(lesson: Lesson) -> list[str]:
    """The built notebook has at most 80 cells, the quiz apart; text in several parts counts once."""
    left_out = {"solution", "instructor", "quiz"}
    built = [cell for cell in lesson.cells if cell.language != "zh" and not left_out & set(cell.tags)]
    cells = sum(len(list(block)) if is_code else 1 for is_code, block in groupby(built, key=lambda cell: cell.is_code))
    return [_of(lesson, "course.size_cells", cells=cells, most=CELLS)] if cells > CELLS else []


# --- for whom a cell is ---------------------------------------------------------------------------------------------

_FOR_LEARNERS = re.compile(r"\*\*Try it\b|动手试试|\bby hand\b|手算", re.I)


def reader_problems(lesson: Lesson) -> list[str]:
    """What only a learner needs is tagged ``teaching``, and a report is left with whole sections.

    Card, take-aways, next lesson, hand calculations and invitations to try stay in the notebook; limits go into the
    report; ``reading`` stands under the output that it explains; a section that begins in the notebook stays there.
    """
    found = []
    apart = (*CARD.values(), *TAKE_AWAYS.values(), *NEXT.values())
    above: Cell | None = None  # the heading of the section
    has_output = False
    for cell in lesson.cells:
        if "parameters" in cell.tags:  # settings and set-up follow the card and belong to no section
            above = None
        elif _heading(cell):
            above, has_output = cell, False
        if not cell.is_code and re.search(r"\n## ", cell.source):
            found.append(_at(lesson, cell, "course.reader_heading_first"))
        for_report = not set(cell.tags) & (NOTEBOOK_ONLY | {"summary"})  # a report opens with the summary
        if cell.first_line in LIMITS.values() and not for_report:
            found.append(_at(lesson, cell, "course.reader_limits"))
        elif cell.language and for_report and (cell.first_line in apart or _FOR_LEARNERS.search(cell.source)):
            found.append(_at(lesson, cell, "course.reader_teaching"))
        elif for_report and cell is not above and above is not None and set(above.tags) & NOTEBOOK_ONLY:
            found.append(_at(lesson, cell, "course.reader_section", heading=above.first_line))
        if "reading" in cell.tags and not has_output:
            found.append(_at(lesson, cell, "course.reader_reading"))
        has_output = has_output or (cell.is_code and for_report)
    return found


def summary_problems(lesson: Lesson) -> list[str]:
    """One cell tagged ``summary`` tells the manager what was found, the last before the exercises.

    A further lesson of a chapter, such as a case that a class works on, need not have one; nor the opening lesson.
    """
    code = [cell for cell in lesson.cells if cell.is_code]
    places = [place for place, cell in enumerate(code) if "summary" in cell.tags]
    checker = [place for place, cell in enumerate(code) if "check" in cell.tags][:1]
    if (lesson.topic != lesson.chapter or lesson.name.startswith("00_")) and not places:
        return []
    return [] if len(places) == 1 and [places[0] + 1] == checker else [_of(lesson, "course.summary_one")]


def _heading(cell: Cell) -> str:
    """Return the heading that an English cell begins with; the Chinese one has the same."""
    return cell.first_line if cell.language == "en" and cell.first_line.startswith("## ") else ""


# --- opening --------------------------------------------------------------------------------------------------------


def title_problems(lesson: Lesson) -> list[str]:
    """The first pair holds the lesson's one title and the question that a manager would ask."""
    found = []
    opening = lesson.cells[:2]
    if [cell.language for cell in opening] != ["en", "zh"] or not all(cell.source.startswith("# ") for cell in opening):
        found.append(_of(lesson, "course.title_missing"))
    else:
        found += [_at(lesson, cell, "course.title_question") for cell in opening if not _asks(cell)]
    for position, cell in enumerate(lesson.cells):
        if not cell.is_code and parts(cell.source).headings.count(1) > (position < 2):
            found.append(_at(lesson, cell, "course.title_second"))
    return found


def card_problems(lesson: Lesson) -> list[str]:
    """The second pair is the card: what you will be able to do, minutes, data, terms."""
    card = lesson.cells[2:4]
    if [cell.first_line for cell in card] != [CARD["en"], CARD["zh"]]:
        return [_of(lesson, "course.card_missing", en=CARD["en"], zh=CARD["zh"])]
    found = [problem for cell, language in zip(card, CARD, strict=True) for problem in _card(lesson, cell, language)]
    english, chinese = (_terms(lesson, cell, language) for cell, language in zip(card, CARD, strict=True))
    if None not in (*english.values(), *chinese.values()) and [*english.values()] != [*chinese.values()]:
        found.append(_at(lesson, card[1], "course.card_terms_differ"))
    if len(card[0].bullets) != len(card[1].bullets):
        found.append(_at(lesson, card[1], "course.card_goals_differ"))
    return found


def _card(lesson: Lesson, cell: Cell, language: str) -> Iterator[str]:
    for pattern, example in _CARD_LINES[language].items():
        line = _line(cell, pattern)
        if line is None:
            yield _at(lesson, cell, "course.card_line", line=example)
        elif "read" in line.groupdict() and int(line["read"]) > READING_MINUTES:
            yield _at(lesson, cell, "course.card_reading", most=READING_MINUTES)
    if not cell.bullets:
        yield _at(lesson, cell, "course.card_goals")
    for term, row in _terms(lesson, cell, language).items():
        if row is None:
            yield _at(lesson, cell, "course.card_term", term=term)


def _terms(lesson: Lesson, cell: Cell, language: str) -> dict[str, int | None]:
    """The card's terms, each with its row in the glossary."""
    line = _line(cell, [*_CARD_LINES[language]][-1])
    rows = {entry[_TERM[language]].lower(): row for row, entry in enumerate(lesson.glossary())}
    return {term.strip(): rows.get(term.strip().lower()) for term in line["terms"].split("·")} if line else {}


def parameter_problems(lesson: Lesson) -> list[str]:
    """One parameters cell, then the set-up cell; each parameter typed, with a literal and the catalogue's comment."""
    tagged = [cell for cell in lesson.cells if "parameters" in cell.tags]
    code = [cell for cell in lesson.cells if cell.is_code]
    if len(tagged) != 1 or tagged != code[:1]:
        return [_of(lesson, "course.parameters_one")]
    cell = tagged[0]
    found: list[str] = []
    for below, line in enumerate(cell.source.splitlines(), start=1):
        found += _parameter(lesson, replace(cell, line=cell.line + below), line)
    after = lesson.cells[lesson.cells.index(cell) + 1 :][:1]
    if not (after and after[0].is_code and 'use("en")' in after[0].source):
        found.append(_at(lesson, cell, "course.parameters_setup"))
    if sum(len(re.findall(r"(?<![\w.])use\(", each.source)) for each in code) > 1:
        found.append(_of(lesson, "course.parameters_use_once"))
    return found


def _parameter(lesson: Lesson, cell: Cell, line: str) -> Iterator[str]:
    match = PARAMETER.fullmatch(line)
    if not match:
        yield _at(lesson, cell, "course.parameter_form", source=line)
        return
    name, comment = match["name"], match["comment"]
    texts = parameter_texts(lesson.chapter, name)
    # papermill splits a line at "=" and "#": a second one hides the parameter from it, in either language
    if match["code"].count("=") > 1 or "#" in match["default"] or any(sign in comment for sign in "=#"):
        yield _at(lesson, cell, "course.parameter_signs", name=name)
    try:
        default = ast.literal_eval(match["default"])
    except (ValueError, SyntaxError):
        yield _at(lesson, cell, "course.parameter_literal", name=name)
        return
    kind = _TYPES.get(match["type"].partition("[")[0])
    if kind is None or type(default) is not kind:
        yield _at(lesson, cell, "course.parameter_type", name=name, type=match["type"], value=match["default"])
    if texts is None:
        yield _at(lesson, cell, "course.parameter_no_text", name=name, chapter=lesson.chapter)
        return
    if texts["en"] != comment:
        yield _at(lesson, cell, "course.parameter_comment", name=name, wanted=texts["en"])
    if any(sign in texts["zh"] for sign in "=#"):
        yield _at(lesson, cell, "course.parameter_signs", name=name)
    offered = {language: _choices(texts[language], language) for language in ("en", "zh")}
    if offered["en"] != offered["zh"]:
        yield _at(lesson, cell, "course.parameter_choices", name=name)
    elif offered["en"] and str(default) not in offered["en"]:
        yield _at(lesson, cell, "course.parameter_default", name=name, value=match["default"])


def _choices(comment: str, language: str) -> list[str]:
    match = _CHOICES[language].search(comment)
    return [choice.strip() for choice in re.split("[,、]", match[1])] if match else []


# --- code -----------------------------------------------------------------------------------------------------------


def code_problems(lesson: Lesson) -> list[str]:
    """Code is short, without comments (the prose says it) and without functions of more than five lines."""
    found = []
    for cell in lesson.cells:
        if not cell.is_code:
            continue
        lines = len(cell.source.splitlines())
        if lines > CODE_LINES:
            found.append(_at(lesson, cell, "course.code_long", lines=lines, most=CODE_LINES))
        tree = _tree(cell)
        if tree is None:
            found.append(_at(lesson, cell, "course.code_invalid"))
            continue
        if "parameters" not in cell.tags and _has_comment(cell.source):
            found.append(_at(lesson, cell, "course.code_comment"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and _lines(node) > FUNCTION_LINES
            ):
                found.append(_at(lesson, cell, "course.code_function", name=node.name, most=FUNCTION_LINES))
    return found


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _has_comment(source: str) -> bool:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return any(token.type == tokenize.COMMENT for token in tokens)


def _tree(cell: Cell) -> ast.Module | None:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


# --- panels and exercises -------------------------------------------------------------------------------------------


def panel_problems(lesson: Lesson) -> list[str]:
    """One to three panels, each after a pair of cells that asks a question."""
    found = []
    panels = [position for position, cell in enumerate(lesson.cells) if "panel" in cell.tags]
    if not PANELS[0] <= len(panels) <= PANELS[1]:
        found.append(_of(lesson, "course.panel_count", panels=len(panels), least=PANELS[0], most=PANELS[1]))
    for position in panels:
        before = lesson.cells[max(position - 2, 0) : position]
        if [cell.language for cell in before] != ["en", "zh"] or not all(map(_asks, before)):
            found.append(_at(lesson, lesson.cells[position], "course.panel_question"))
    return found


def exercise_problems(lesson: Lesson) -> list[str]:
    """A heading, the checker, then at least three exercises: task, stub, solution, check."""
    found = []
    starts = [position for position, cell in enumerate(lesson.cells) if _is_task(cell)]
    if len(starts) < EXERCISES:
        found.append(_of(lesson, "course.exercise_count", exercises=len(starts), least=EXERCISES))
    found += _exercise_opening(lesson)
    for number, start in enumerate(starts, start=1):
        found += _exercise(lesson, start, f"{lesson.topic}-{number}")
    covered = {position for start in starts for position in range(start, start + 5)}
    stray = [
        cell
        for position, cell in enumerate(lesson.cells)
        if position not in covered
        and (
            "solution" in cell.tags
            or (cell.is_code and "exercise" in cell.tags)
            or ("check" in cell.tags and "checker(" not in cell.source)
        )
    ]
    return found + [_at(lesson, cell, "course.exercise_stray") for cell in stray]


def _is_task(cell: Cell) -> bool:
    return cell.language == "en" and "exercise" in cell.tags and cell.source.startswith("### ")


def _exercise_opening(lesson: Lesson) -> list[str]:
    for position, cell in enumerate(lesson.cells):
        if cell.first_line == EXERCISES_HEADING["en"]:
            chinese, checker = (*lesson.cells[position + 1 : position + 3], None, None)[:2]
            if (
                "exercise" in cell.tags
                and chinese is not None
                and chinese.first_line == EXERCISES_HEADING["zh"]
                and checker is not None
                and "check" in checker.tags
                and re.search(r"^check = checker\(", checker.source, re.M)
            ):
                return []
    return [_of(lesson, "course.exercise_opening", en=EXERCISES_HEADING["en"], zh=EXERCISES_HEADING["zh"])]


def _exercise(lesson: Lesson, start: int, wanted: str) -> list[str]:
    task = lesson.cells[start]
    following = lesson.cells[start + 1 : start + 5]
    kinds = [("zh", "exercise"), (None, "exercise"), (None, "solution"), (None, "check")]
    if len(following) < 4 or any(
        (cell.language, tag in cell.tags, cell.is_code) != (language, True, language is None)
        for cell, (language, tag) in zip(following, kinds, strict=True)
    ):
        return [_at(lesson, task, "course.exercise_parts")]
    _, stub, solution, check = following
    called = re.fullmatch(r'check\("(?P<exercise>[^"]*)", (?P<answer>\w+)\)', check.source)
    if not called:
        return [_at(lesson, check, "course.exercise_check", exercise=wanted)]
    found = []
    answer = called["answer"]
    if called["exercise"] != wanted:
        found.append(_at(lesson, check, "course.exercise_name", exercise=called["exercise"], wanted=wanted))
    elif wanted not in checks.names(lesson.topic):
        found.append(_at(lesson, check, "course.exercise_unregistered", exercise=wanted, chapter=lesson.chapter))
    if not re.search(rf"^{answer} = \.\.\.$", stub.source, re.M):
        found.append(_at(lesson, stub, "course.exercise_stub", answer=answer))
    if not re.search(rf"^{answer} = (?!\.\.\.$)", solution.source, re.M):
        found.append(_at(lesson, solution, "course.exercise_solution", answer=answer))
    return found


# --- ending ---------------------------------------------------------------------------------------------------------


def ending_problems(lesson: Lesson) -> list[str]:
    """The lesson ends with take-aways that mirror the card, limits and the next lesson, in this order."""
    found = []
    places = []
    for heading in (EXERCISES_HEADING, TAKE_AWAYS, LIMITS, NEXT):
        at = [n for n, pair in enumerate(pairs(lesson)) if [cell.first_line for cell in pair] == [*heading.values()]]
        if len(at) != 1:
            found.append(_of(lesson, "course.ending_section", en=heading["en"], zh=heading["zh"]))
            continue
        places.append(at[0])
        if heading is not EXERCISES_HEADING:
            found += [_at(lesson, cell, "course.ending_empty") for cell in pairs(lesson)[at[0]] if not cell.body]
        if heading is TAKE_AWAYS:
            for cell, card in zip(pairs(lesson)[at[0]], lesson.cells[2:4], strict=False):
                if len(cell.bullets) != len(card.bullets):
                    facts = {"bullets": len(cell.bullets), "wanted": len(card.bullets)}
                    found.append(_at(lesson, cell, "course.ending_mirror", **facts))
    if places != sorted(places) or (not found and lesson.cells[-1] != pairs(lesson)[places[-1]][1]):
        found.append(_of(lesson, "course.ending_order"))
    return found


# --- prose ----------------------------------------------------------------------------------------------------------

_RESULT = re.compile(
    r"\d\s*(?:%|％|per ?cent|percentage point|个百分点)|百分之|\d,\d{3}(?!\d)|[¥￥$€£]\s*\d|"
    r"\d\s*(?:yuan|RMB|CNY|USD|EUR|元|万|亿|million|billion)",
    re.I,
)
_MOVE = re.compile(r"\b(?:rose|fell|grew|shrank|soared|plunged)\b|(?:上升|下降|增长|下滑|上涨|减少|增加)了")


def result_problems(lesson: Lesson) -> list[str]:
    """Prose states no result (a percentage, an amount, "revenue rose") where other parameters would make it untrue."""
    found = []
    for position, (en, zh) in enumerate(pairs(lesson)):
        if position == 1 or "fact" in en.notes or {"default-only", "exercise", "solution"} & set(en.tags):
            continue
        for cell in (en, zh):
            prose = parts(cell.source).prose
            match = _RESULT.search(prose) or _MOVE.search(prose)
            if match:
                found.append(_at(lesson, cell, "course.result_stated", words=_around(prose, match)))
    return found


def glossary_problems(lesson: Lesson) -> list[str]:
    """No word that the glossary says to avoid."""
    terms = lesson.glossary()
    if not terms:
        return [_of(lesson, "course.glossary_missing")]
    # "复购" may be a word to avoid and "复购率" the term: the term's own letters are no fault
    own = sorted((entry["chinese"] for entry in terms if entry["chinese"]), key=len, reverse=True)
    found = []
    for cell in lesson.cells:
        if cell.language is None:
            continue
        prose = parts(cell.source).prose
        if cell.language == "zh":
            prose = re.sub("|".join(map(re.escape, own)), " ", prose)
        for entry in terms:
            for word in re.split("[;；、|]", entry.get(f"avoid_{cell.language}", "")):
                if word.strip() and _contains(prose, word.strip(), cell.language):
                    better = entry[_TERM[cell.language]]
                    found.append(_at(lesson, cell, "course.glossary_word", word=word.strip(), better=better))
    return found


def link_problems(lesson: Lesson) -> list[str]:
    """A link to a file leads somewhere: to a lesson's notebook, or to a file of the workbook."""
    found = []
    for cell in lesson.cells:
        if cell.language is None:
            continue
        for link in parts(cell.source).links:
            target = link.partition("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            is_lesson = "/" not in target and (lesson.path.parent / target).with_suffix(".py").is_file()
            if not (is_lesson or os.path.exists(os.path.normpath(lesson.workbook / "notebooks" / target))):
                found.append(_at(lesson, cell, "course.link_broken", link=link))
    return found


def _contains(prose: str, word: str, language: str) -> bool:
    if language == "zh":
        return word in prose
    return re.search(rf"\b{re.escape(word)}\b", prose, re.I) is not None


# --- cells ----------------------------------------------------------------------------------------------------------


def _line(cell: Cell, pattern: str) -> re.Match[str] | None:
    return re.search(rf"^{pattern}$", cell.source, re.M)


def _asks(cell: Cell) -> bool:
    return cell.language is not None and _QUESTION[cell.language] in cell.source


# --- words ----------------------------------------------------------------------------------------------------------


def _at(lesson: Lesson, cell: Cell, key: str, **facts: object) -> str:
    return text("course.at_line", file=lesson.path.name, line=cell.line, problem=text(key, **facts))


def _of(lesson: Lesson, key: str, **facts: object) -> str:
    return text("course.in_lesson", file=lesson.path.name, problem=text(key, **facts))


def _listed(things: Iterable[object]) -> str:
    return ", ".join(f"{thing:f}" if isinstance(thing, Decimal) else str(thing) for thing in things) or "–"


def _around(prose: str, match: re.Match[str]) -> str:
    return " ".join(prose[max(match.start() - 20, 0) : match.end() + 20].split())


RULES: tuple[Callable[[Lesson], list[str]], ...] = (
    language_problems,
    pair_problems,
    tag_problems,
    size_problems,
    reader_problems,
    summary_problems,
    title_problems,
    card_problems,
    parameter_problems,
    code_problems,
    panel_problems,
    exercise_problems,
    ending_problems,
    result_problems,
    glossary_problems,
    link_problems,
)
