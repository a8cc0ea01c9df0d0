"""Lessons: how a source is read, and the rules that every lesson in lessons/ obeys, each proven able to fail."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import crmbook
import pytest
from crmbook import DataError, locale
from crmbook.course import lessons, rules
from crmbook.course.prose import numbers, parts
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workbook"
SOURCE = (FIXTURE / "lessons" / "01_example.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _english():
    locale.use("en")


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    """A copy of the example workbook that a test may change."""
    folder = tmp_path / "workbook"
    shutil.copytree(FIXTURE, folder)
    monkeypatch.setenv("CRMBOOK_HOME", str(folder))
    monkeypatch.setattr(crmbook, "__path__", [*crmbook.__path__, str(folder / "lib")])
    return folder


def problems_of(workbook, source):
    path = workbook / "lessons" / "01_example.py"
    path.write_text(source, encoding="utf-8")
    return rules.problems(lessons.read(path))


def changed(*replacements):
    source = SOURCE
    for old, new in replacements:
        assert old in source, old
        source = source.replace(old, new, 1)
    return source


# --- the lessons of this workbook -----------------------------------------------------------------------------------


def test_every_lesson_obeys_every_rule():
    found = [problem for lesson in lessons.find() for problem in rules.problems(lesson)]
    assert not found, "\n".join(found)


def test_every_file_in_lessons_is_a_lesson():
    folder = Path(__file__).parents[2] / "lessons"
    assert [lesson.name for lesson in lessons.find()] == sorted(path.stem for path in folder.glob("*.py"))


# --- reading --------------------------------------------------------------------------------------------------------


def test_cells_know_their_line_tags_and_notes(workbook):
    [lesson] = lessons.find()
    assert (lesson.name, lesson.chapter, lesson.workbook) == ("01_example", "example", workbook)
    lines = SOURCE.splitlines()
    assert all(lines[cell.line - 1].startswith("# %%") for cell in lesson.cells)
    first, second = lesson.cells[:2]
    assert (first.kind, first.language, second.language, first.line) == ("markdown", "en", "zh", 1)
    assert first.source.startswith("# How much does the best customer bring?")
    assert [cell.notes for cell in lesson.cells if cell.notes] == [{"fact": "Pareto 1896"}]
    assert next(cell.tags for cell in lesson.cells if cell.is_code) == ("parameters",)


def test_lesson_written_by_jupytext_with_a_header_reads_the_same(workbook):
    plain = lessons.find()[0]
    header = "# ---\n# jupyter:\n#   jupytext:\n#     cell_metadata_filter: tags\n# ---\n\n"
    (workbook / "lessons" / "01_example.py").write_text(header + SOURCE, encoding="utf-8")
    with_header = lessons.find()[0]
    assert [cell.source for cell in with_header.cells] == [cell.source for cell in plain.cells]
    assert with_header.cells[0].line == 7


def test_broken_header_is_refused(workbook):
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n"
    (workbook / "lessons" / "01_example.py").write_text(header + SOURCE, encoding="utf-8")
    with pytest.raises(DataError, match=r"01_example\.py cannot be read as a lesson"):
        lessons.find()


def test_text_before_the_first_cell_is_refused(workbook):
    (workbook / "lessons" / "01_example.py").write_text("x = 1\n" + SOURCE, encoding="utf-8")
    with pytest.raises(DataError, match=r"01_example\.py: there is text before the first cell"):
        lessons.find()


def test_lesson_that_is_not_utf8_is_refused(workbook):
    (workbook / "lessons" / "01_example.py").write_bytes(SOURCE.encode("gb18030"))
    with pytest.raises(DataError, match=r"01_example\.py is not in UTF-8"):
        lessons.find()


def test_unknown_lesson_is_refused_with_the_nearest(workbook):
    with pytest.raises(DataError, match='"01_exmaple"; did you mean "01_example"'):
        lessons.find(["01_exmaple"])


def test_chapters_own_parameter_text_goes_before_the_common_one(monkeypatch):
    assert lessons.parameter_texts("example", "as_of")["en"].startswith("last day that counts")
    monkeypatch.setitem(locale._entries(), "example.parameter_as_of", {"en": "the day", "zh": "日期"})
    assert lessons.parameter_texts("example", "as_of") == {"en": "the day", "zh": "日期"}
    assert lessons.parameter_texts("example", "nothing") is None


# --- the parts of a markdown cell -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("30,000 customers", "3万位客户"),
        ("1.5 million", "150 万"),
        ("250 million yuan", "2.5亿元"),
        ("5 thousand", "5千"),
        ("80 %", "百分之八十"),
        ("80 percent", "80％"),
        ("15 % to 95 %", "15～95 %"),
        ("0.5 %", "百分之零点五"),
        ("100 %, 25 %, 10 %", "百分之百、百分之二十五、百分之十"),
        ("scores 1–5", "１至５分"),
        ("31 December 2024", "2024年12月31日"),
        ("March 2024", "2024 年 3 月"),
        ("In August the 2nd cohort", "8 月的第 2 批"),
        ("it may march on for three years", "也许还要三年"),
        ("2024-01-31", "2024-01-31"),
        ("100, 200 and 300", "100，200 和 300"),
        ("12.75", "12.75"),
    ],
)
def test_equal_numbers_written_differently_are_equal(english, chinese):
    assert numbers(english) == numbers(chinese)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**9))
def test_every_whole_number_is_read_in_every_way_of_writing_it(number):
    full_width = str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for written in (f"{number}", f"{number:,}", full_width, f"共{number}位"):
        assert list(numbers(written)) == [number]
    assert list(numbers(f"{number}万")) == list(numbers(f"{number * 10_000:,}")) == [number * 10_000]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("30,000", "3千"), ("80 %", "百分之十八"), ("5 and 5", "5"), ("1.5", "15"), ("December 2024", "2024年11月")],
)
def test_different_numbers_differ(english, chinese):
    assert numbers(english) != numbers(chinese)


def test_parts_keep_code_formulas_and_links_out_of_the_prose():
    found = parts(
        "# A\n\nUse `x = 5` and $n = 7$, see [the 2 maps](a_3.ipynb).\n\n```python\n# B\ny = 9\n```\n\n\\$5 or $6."
    )
    assert (found.headings, found.links, found.formulas) == ([1], ["a_3.ipynb"], ["$n=7$"])
    assert found.code == ["```python\n# B\ny = 9\n```", "`x = 5`"]
    assert sorted(numbers(found.prose)) == [2, 5, 6]


def test_words_inside_a_formula_may_be_translated():
    assert parts(r"$\frac{\text{revenue}}{n}$").formulas == parts(r"$\frac{\text{收入}}{ n }$").formulas


# --- the rules, each with the one odd thing that breaks it -----------------------------------------------------------

CODE = "# %%\nrevenue = "
PAIR = '# %% [markdown] tags=["lang-en"]\n# Words.\n\n# %% [markdown] tags=["lang-zh"]\n# 文字。\n\n'
FACT = 'tags=["lang-en", "reading"] fact="Pareto 1896"'
TASK_3 = '# %% [markdown] tags=["lang-en", "exercise"]\n# ### Exercise 3'
TASK_3_AND_AFTER = SOURCE[SOURCE.index(TASK_3) :]
EXERCISE_3 = TASK_3_AND_AFTER[: TASK_3_AND_AFTER.index('# %% [markdown] tags=["lang-en", "teaching"]\n')]
AS_OF = 'as_of: str = ""  # last day that counts, YYYY-MM-DD; empty: the day of the last order'

BROKEN = {
    "pair_no_language": [(CODE, "# %% [markdown]\n# Words.\n\n" + CODE)],
    "pair_no_chinese": [(CODE, '# %% [markdown] tags=["lang-en"]\n# Words.\n\n' + CODE)],
    "pair_no_english": [(CODE, '# %% [markdown] tags=["lang-zh"]\n# 文字。\n\n' + CODE)],
    "pair_not_chinese": [(CODE, PAIR.replace("文字。", "Words.") + CODE)],
    "pair_tags": [('["lang-zh", "default-only"]', '["lang-zh"]')],
    "pair_headings": [("# ## 收入占比", "# ### 收入占比")],
    "pair_exempt": [(FACT, FACT + ' pair="exempt:"')],
    "pair_links": [("[从头再来](01_example.ipynb)", "[从头再来](01_example.ipynb#top)")],
    "pair_code": [("`amount` 一列", "amount 一列")],
    "pair_formulas": [("用 $r_i$ 表示", "用 $r_j$ 表示")],
    "pair_numbers": [("2000 中的 800", "2000 中的 900")],
    "pair_percent": [("80% 的土地", "80 的土地")],
    "tag_unknown": [('["nbval-check-output"]', '["nbval-check-output", "slow"]')],
    "tag_misplaced": [(CODE, '# %% tags=["lang-en"]\nrevenue = ')],
    "note_unknown": [(CODE, '# %% tag="panel"\nrevenue = ')],
    "note_empty": [(FACT, 'tags=["lang-en", "reading"] fact=""')],
    "size_cells": [(CODE, "# %%\nbook\n\n" * 60 + CODE)],
    "reader_teaching": [
        ('tags=["lang-en", "teaching"]\n# ## At a glance', 'tags=["lang-en"]\n# ## At a glance'),
        ('tags=["lang-zh", "teaching"]\n# ## 本课一览', 'tags=["lang-zh"]\n# ## 本课一览'),
    ],
    "summary_one": [('# %% tags=["summary"]', '# %% tags=["teaching"]')],
    "reader_limits": [
        ('tags=["lang-en"]\n# ## When', 'tags=["lang-en", "teaching"]\n# ## When'),
        ('tags=["lang-zh"]\n# ## 何时', 'tags=["lang-zh", "teaching"]\n# ## 何时'),
    ],
    "reader_section": [('# %% tags=["panel", "teaching"]', '# %% tags=["panel"]')],
    "reader_reading": [
        ('tags=["lang-en"]\n# ## The revenue share', 'tags=["lang-en", "reading"]\n# ## The revenue share'),
        ('tags=["lang-zh"]\n# ## 收入占比', 'tags=["lang-zh", "reading"]\n# ## 收入占比'),
    ],
    "reader_heading_first": [
        ("# ## The revenue share", "# Words.\n#\n# ## The revenue share"),
        ("# ## 收入占比", "# 文字。\n#\n# ## 收入占比"),
    ],
    "title_missing": [("# # How much", "# ## How much"), ("# # 最好", "# ## 最好")],
    "title_question": [("customer bring?", "customer bring"), ("revenue depend?", "revenue depend.")],
    "title_second": [("# ## The revenue share", "# # The revenue share"), ("# ## 收入占比", "# # 收入占比")],
    "card_missing": [("# ## At a glance", "# ## Card")],
    "card_line": [("read 5 · do 10", "read 5, do 10")],
    "card_goals": [
        ("# - compute", "# * compute"), ("# - say", "# + say"), ("# * compute", "# + compute"),
        ("# - 算出", "# + 算出"), ("# - 说明", "# + 说明"), ("# - What", "# + What"), ("# - The", "# + The"),
        ("# - 一位", "# + 一位"), ("# - 收入", "# + 收入"),
    ],
    "card_reading": [("read 5", "read 61"), ("阅读 5", "阅读 61")],
    "card_term": [("revenue share · repurchase rate", "revenue share · retention rate")],
    "card_terms_differ": [("收入占比 · 复购率", "复购率 · 收入占比")],
    "card_goals_differ": [("# - 算出", "# - 看懂\n# - 算出"), ("# - 一位", "# - 看懂\n# - 一位")],
    "parameters_one": [(CODE, '# %% tags=["parameters"]\nrevenue = ')],
    "parameters_setup": [('\nuse("en")\n', "\n")],
    "parameters_use_once": [(CODE, '# %%\nuse("en")\nrevenue = ')],
    "parameter_form": [(AS_OF, AS_OF.replace("  #", " #"))],
    "parameter_signs": [(AS_OF, AS_OF.replace('""', '"a=b"'))],
    "parameter_literal": [(AS_OF, AS_OF.replace('""', "str()"))],
    "parameter_type": [(AS_OF, AS_OF.replace('""', "0"))],
    "parameter_no_text": [(AS_OF, AS_OF.replace("as_of", "day"))],
    "parameter_comment": [(AS_OF, AS_OF.replace("last day", "final day"))],
    "code_long": [(CODE, "# %%\n" + "book\n" * 13 + "\n" + CODE)],
    "code_invalid": [(CODE, "# %%\nrevenue = = ")],
    "code_comment": [(CODE, "# %%\nbook  # the tables\nrevenue = ")],
    "code_function": [(CODE, "# %%\ndef six():\n" + "    book\n" * 5 + "\n\nrevenue = ")],
    "panel_count": [('# %% tags=["panel", "teaching"]', '# %% tags=["teaching"]')],
    "panel_question": [("revenue is reached?", "revenue is reached.")],
    "exercise_count": [(EXERCISE_3, "")],
    "exercise_opening": [("check = checker(", "verify = checker(")],
    "exercise_parts": [('# %% tags=["solution"]\nanswer = revenue.max() / revenue.sum()\n\n', "")],
    "exercise_check": [('check("example-1", answer)', 'check("example-1", 0.4)')],
    "exercise_name": [('check("example-1", answer)', 'check("example-7", answer)')],
    "exercise_unregistered": [(EXERCISE_3, EXERCISE_3 + EXERCISE_3.replace("example-3", "example-4"))],
    "exercise_stub": [("answer = ...", "answer = None")],
    "exercise_solution": [("answer = revenue.max()", "result = revenue.max()")],
    "exercise_stray": [(CODE, '# %% tags=["solution"]\nrevenue = ')],
    "ending_section": [("# ## When not to use this", "# ## Limits")],
    "ending_empty": [("\n#\n# Revenue says nothing of cost: a customer who brings much may earn nothing.", "")],
    "ending_mirror": [("# - What a customer brings is a sum over orders.\n", "")],
    "ending_order": [(SOURCE[-40:], SOURCE[-40:] + "\n" + PAIR.replace('"]', '", "teaching"]'))],
    "result_stated": [("over the customer's orders.", "over the customer's orders. It grew.")],
    "glossary_word": [("over the customer's orders.", "over the customer's orders: the Rebuy Rate.")],
    "link_broken": [("[again](01_example.ipynb)", "[again](09_gone.ipynb)"), ("来](01_example", "来](09_gone")],
}  # fmt: skip
TESTED_APART = {"parameter_choices", "parameter_default", "glossary_missing"}


def is_worded_by(problem, key):
    pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(dict(locale.entries())[f"course.{key}"]["en"]))
    return re.fullmatch(rf"01_example\.py(, line \d+)?: {pattern}", problem) is not None


def test_example_lesson_obeys_every_rule(workbook):
    assert problems_of(workbook, SOURCE) == []


@pytest.mark.parametrize("key", BROKEN)
def test_one_odd_thing_breaks_one_rule(workbook, key):
    found = problems_of(workbook, changed(*BROKEN[key]))
    assert found
    assert [problem for problem in found if not is_worded_by(problem, key)] == []


def test_every_rule_is_proven_able_to_fail():
    said = re.findall(r'"course\.(\w+)"', Path(rules.__file__).read_text(encoding="utf-8"))
    assert set(said) - {"at_line", "in_lesson"} == set(BROKEN) | TESTED_APART


def test_code_after_the_next_lesson_is_a_fault(workbook):
    [problem] = problems_of(workbook, SOURCE + '\n# %% tags=["teaching"]\nrevenue\n')
    assert is_worded_by(problem, "ending_order")


def test_lesson_with_cells_missing_is_judged_without_a_crash(workbook):
    [whole] = lessons.find()
    places = range(len(whole.cells))
    shorter = [replace(whole, cells=whole.cells[:place]) for place in places]
    gapped = [replace(whole, cells=whole.cells[:place] + whole.cells[place + 1 :]) for place in places]
    assert all(rules.problems(lesson) for lesson in shorter)
    assert all(isinstance(rules.problems(lesson), list) for lesson in gapped)


def test_problem_names_file_line_and_what_differs(workbook):
    source = changed(("2000 中的 800", "2000 中的 900"))
    line = source.splitlines().index("# 在样例中，最好的一位客户带来 40% 的收入：2000 中的 900。")  # the marker's line
    [problem] = problems_of(workbook, source)
    assert problem.startswith(f"01_example.py, line {line}: numbers differ: only in English 800; only in Chinese 900.")
    locale.use("zh")
    [problem] = problems_of(workbook, source)
    assert problem.startswith(f"01_example.py 第 {line} 行：数字不同：仅英文有 800；仅中文有 900。")


def test_exempt_pair_may_differ_in_numbers_but_not_in_headings(workbook):
    exempt = (FACT, FACT + ' pair="exempt: 8折 is 20 % off"')
    assert problems_of(workbook, changed(exempt, ("80% 的土地", "八成的土地"))) == []
    found = problems_of(workbook, changed(exempt, ("# 帕累托", "# ## 帕累托")))
    assert [is_worded_by(problem, "pair_headings") for problem in found] == [True]


@pytest.mark.parametrize(
    "words",
    ["It is 40 %.", "Half of 1,250.", "They pay ¥300.", "It is 3 million.", "占 40%。", "共 3万。", "收入增长了。"],
)
def test_prose_that_states_a_result_is_refused(workbook, words):
    source = changed(("# 一位客户的收入，", f"# {words}一位客户的收入，"))
    assert any(is_worded_by(problem, "result_stated") for problem in problems_of(workbook, source))


@pytest.mark.parametrize("words", ["`0.80`", "$x = 80\\%$", "5", "2024-01-31", "RFM 555"])
def test_prose_may_name_settings_formulas_and_small_numbers(workbook, words):
    source = changed(
        ("over the customer's orders.", f"over the customer's orders: {words}."), ("一列之和。", f"一列之和：{words}。")
    )
    assert problems_of(workbook, source) == []


def test_glossary_term_that_contains_a_word_to_avoid_is_no_fault(workbook):
    assert problems_of(workbook, changed(("一列之和。", "一列之和，不是复购率。"))) == []
    [problem] = problems_of(workbook, changed(("一列之和。", "一列之和，不是复购。")))
    assert is_worded_by(problem, "glossary_word")
    assert "复购率" in problem


def test_missing_glossary_is_reported(workbook):
    (workbook / "docs" / "glossary.csv").write_text("term,english,chinese\n", encoding="utf-8")
    assert any(is_worded_by(problem, "glossary_missing") for problem in problems_of(workbook, SOURCE))


CHOICE = 'cut: str = "quantile"  # how scores are cut (choose: quantile, range)'


@pytest.mark.parametrize(
    ("line", "chinese", "key"),
    [
        (CHOICE, "打分的切分方法（可选：quantile、range）", None),
        (CHOICE, "打分的切分方法（可选：quantile、fixed）", "parameter_choices"),
        (CHOICE, "打分的切分方法", "parameter_choices"),
        (CHOICE, "切分方法 = 分位数（可选：quantile、range）", "parameter_signs"),
        (CHOICE.replace('"quantile"', '"natural"'), "打分的切分方法（可选：quantile、range）", "parameter_default"),
    ],
)
def test_choices_are_the_same_in_both_languages_and_hold_the_default(workbook, monkeypatch, line, chinese, key):
    english = "how scores are cut (choose: quantile, range)"
    monkeypatch.setitem(locale._entries(), "example.parameter_cut", {"en": english, "zh": chinese})
    found = problems_of(workbook, changed((AS_OF, f"{AS_OF}\n{line}")))
    assert [is_worded_by(problem, key) for problem in found] == ([True] if key else [])
