"""Lessons become notebooks: the same bytes each time, code and ids shared, only compared outputs stored."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import crmbook
import nbclient
import nbformat
import papermill
import pytest
from crmbook import DataError, locale
from crmbook.course import lessons
from crmbook.course.build import build, check, notebook
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workbook"
LESSON = "01_example"


@pytest.fixture(autouse=True)
def _english():
    locale.use("en")


def example_workbook(folder, monkeypatch):
    shutil.copytree(FIXTURE, folder)
    monkeypatch.setenv("CRMBOOK_HOME", str(folder))
    monkeypatch.setattr(crmbook, "__path__", [*crmbook.__path__, str(folder / "lib")])
    return folder


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    """A copy of the example workbook that a test may change."""
    return example_workbook(tmp_path / "workbook", monkeypatch)


def change(workbook, old, new):
    path = workbook / "lessons" / f"{LESSON}.py"
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def tags(cell):
    return cell.metadata.get("tags", [])


def compared(book):
    return [cell for cell in book.cells if "nbval-check-output" in tags(cell)]


# --- this workbook --------------------------------------------------------------------------------------------------


def test_notebooks_are_as_built_from_their_lessons():
    assert check() == []


def test_papermill_reads_every_parameter_of_every_lesson(tmp_path):
    for lesson in lessons.find():
        for language in locale.LANGUAGES:
            path = tmp_path / f"{lesson.name}.ipynb"
            nbformat.write(notebook(lesson, language), path)
            names = [match["name"] for line in parameter_lines(lesson) if (match := lessons.PARAMETER.fullmatch(line))]
            found = papermill.inspect_notebook(str(path))
            assert list(found) == names
            assert all(each["help"] and each["default"] and each["inferred_type_name"] for each in found.values())


def parameter_lines(lesson):
    [cell] = [cell for cell in lesson.cells if "parameters" in cell.tags]
    return cell.source.splitlines()


# --- building -------------------------------------------------------------------------------------------------------


def test_each_lesson_gives_an_english_and_a_chinese_notebook(workbook):
    assert build() == [workbook / "notebooks" / f"{LESSON}.ipynb", workbook / "notebooks" / "zh" / f"{LESSON}.ipynb"]
    english, chinese = map(read, build([LESSON]))
    for book in (english, chinese):
        nbformat.validate(book, relax_add_props=False)
        assert (book.nbformat, book.nbformat_minor, book.metadata.kernelspec.name) == (4, 5, "python3")
        assert "widgets" not in book.metadata
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
    assert english.cells[0].source.startswith("# How much does the best customer bring?")
    assert chinese.cells[0].source.startswith("# 最好的一位客户带来多少收入？")


def test_equal_lessons_give_equal_bytes(workbook):
    before = [path.read_bytes() for path in build()]
    source = workbook / "lessons" / f"{LESSON}.py"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))  # as a checkout on Windows may have it
    for path, content in zip(build(), before, strict=True):
        assert path.read_bytes() == content
        assert b"\r" not in content and content.endswith(b"}\n") and not content.endswith(b"\n\n")
        plain = json.dumps(json.loads(content), ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
        assert content == (plain + "\n").encode()


def test_languages_share_ids_and_code(workbook):
    english, chinese = map(read, build())
    assert [cell.id for cell in english.cells] == [cell.id for cell in chinese.cells]
    assert len({cell.id for cell in english.cells}) == len(english.cells)
    different = [
        (ours.source, theirs.source)
        for ours, theirs in zip(english.cells, chinese.cells, strict=True)
        if ours.cell_type == "code" and ours.source != theirs.source
    ]
    [(parameters, translated), (set_up, in_chinese)] = different
    assert in_chinese == set_up.replace('use("en")', 'use("zh")')
    assert translated.splitlines() == [
        'data: str = ""  # 您自己的数据：存放各表的文件夹，或一个订单文件；留空则用零售样例',
        'as_of: str = ""  # 统计截止日（含当天），格式 YYYY-MM-DD；留空则取最后一笔订单的日期',
    ]
    assert [line.partition("  #")[0] for line in translated.splitlines()] == [
        line.partition("  #")[0] for line in parameters.splitlines()
    ]


def test_ids_stay_when_other_cells_change(workbook):
    before = {cell.source: cell.id for cell in read(build()[0]).cells}
    change(workbook, "# %%\nrevenue = ", "# %%\nbook\n\n# %%\nrevenue = ")
    change(workbook, "一列之和。", "这一列加起来。")
    english, chinese = map(read, build())
    after = {cell.source: cell.id for cell in english.cells}
    new = set(after) - set(before)
    assert new == {"book"}
    # three stubs are equal to the letter, so the dicts hold one of them
    assert {source: after[source] for source in before} == before
    assert [cell.id for cell in english.cells] == [cell.id for cell in chinese.cells]


def test_solutions_are_left_out_and_language_tags_dropped(workbook):
    source = (workbook / "lessons" / f"{LESSON}.py").read_text(encoding="utf-8")
    for path in build():
        book = read(path)
        assert "solution" in source and "revenue.max() / revenue.sum()\n" not in "".join(c.source for c in book.cells)
        kept = {tag for cell in book.cells for tag in tags(cell)}
        readers = {"exercise", "check", "teaching", "reading", "summary"}
        assert kept == {"parameters", "nbval-check-output", "default-only", "panel", *readers}
        assert sum(cell.source == "answer = ..." for cell in book.cells) == 3


def test_links_of_chinese_notebooks_start_one_folder_deeper(workbook):
    english, chinese = map(read, build())
    assert any("](../docs/glossary.csv)" in cell.source for cell in english.cells)
    for path, book in zip(build(), (english, chinese), strict=True):
        links = re.findall(r"\]\((\S+?)\)", "".join(cell.source for cell in book.cells))
        assert len(links) == 2
        assert all((path.parent / link).exists() for link in links)


def test_papermill_reads_names_types_defaults_and_help_in_both_languages(workbook, monkeypatch):
    english, chinese = "how scores are cut (choose: quantile, range)", "打分的切分方法（可选：quantile、range）"
    monkeypatch.setitem(locale._entries(), "example.parameter_cut", {"en": english, "zh": chinese})
    day = 'as_of: str = ""  #'
    cuts = 'cut: str = "quantile"  # how scores are cut (choose: quantile, range)'
    change(workbook, day, f"{cuts}\n{day}")
    for path, wanted in zip(build(), (english, chinese), strict=True):
        found = papermill.inspect_notebook(str(path))
        assert list(found) == ["data", "cut", "as_of"]
        cut = {"name": "cut", "inferred_type_name": "str", "default": '"quantile"', "help": wanted}
        assert found["cut"] == cut
        assert found["as_of"]["help"]


def test_lesson_with_a_cell_in_one_language_is_not_built(workbook):
    build()
    before = (workbook / "notebooks" / f"{LESSON}.ipynb").read_bytes()
    path = workbook / "lessons" / f"{LESSON}.py"
    path.write_text(
        path.read_text(encoding="utf-8").rpartition("# %%")[0], encoding="utf-8"
    )  # the last cell is Chinese
    with pytest.raises(DataError, match=r"01_example\.py, line \d+: this English cell is not followed by its Chinese"):
        build()
    assert (workbook / "notebooks" / f"{LESSON}.ipynb").read_bytes() == before


def test_parameter_without_a_chinese_comment_is_not_built(workbook):
    change(workbook, "as_of: str", "day: str")
    with pytest.raises(DataError, match="day: no entry parameter_day in the catalogue"):
        build()


def test_unknown_lesson_is_refused_with_the_nearest(workbook):
    with pytest.raises(DataError, match='"01_exampel"; did you mean "01_example"'):
        build(["01_exampel"])


def test_interrupted_write_leaves_the_notebook_before(workbook, monkeypatch):
    english = build()[0]
    before = english.read_bytes()
    change(workbook, "revenue depend?", "revenue really depend?")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        build()
    assert english.read_bytes() == before
    assert [path.name for path in english.parent.iterdir() if path.is_file()] == [english.name]


# --- stored outputs, without a kernel --------------------------------------------------------------------------------


@pytest.fixture
def run_gives(monkeypatch):
    """Stand in for the kernel: every compared cell gets these outputs; what the client was set to is returned."""
    seen = []

    def outputs_are(*outputs):
        def execute(client):
            seen.append(client)
            for cell in client.nb.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = list(map(nbformat.from_dict, outputs)), 7
            return client.nb

        monkeypatch.setattr(nbclient.NotebookClient, "execute", execute)
        return seen

    return outputs_are


PRINTED = v4.new_output("stream", text="0.40\n")
FRAME = v4.new_output("execute_result", data={"text/plain": "A 1", "text/html": "<table>"}, execution_count=7)


def test_executing_stores_text_of_compared_cells_only(workbook, run_gives):
    run_gives(PRINTED)
    for path in build(execute=True):
        book = read(path)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert [cell.outputs for cell in compared(book)] == [[PRINTED]]
        assert [cell.outputs for cell in code if cell not in compared(book)] == [[]] * (len(code) - 1)
        assert {cell.execution_count for cell in code if cell not in compared(book)} == {None}
        assert [cell.execution_count for cell in compared(book)] == [1]  # without it nbval takes the cell for unrun
    assert check() == []


def test_shown_value_is_stored_without_the_kernels_counter(workbook, run_gives):
    run_gives(v4.new_output("execute_result", data={"text/plain": "0.4"}, execution_count=7))
    [cell] = compared(read(build(execute=True)[0]))
    assert [(output.data, output.execution_count) for output in cell.outputs] == [({"text/plain": "0.4"}, 1)]


def test_every_run_has_a_timeout_and_no_network_socket(workbook, run_gives):
    clients = run_gives(PRINTED)
    build(execute=True)
    assert [client.timeout for client in clients] == [600, 600]
    if os.name == "posix":
        assert {client.config.KernelManager.transport for client in clients} == {"ipc"}


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([FRAME], "this one gives text/html"),
        ([PRINTED, v4.new_output("stream", name="stderr", text="warning")], "this one gives stderr"),
        ([v4.new_output("display_data", data={"image/png": "aaaa"})], "this one gives image/png"),
        ([], "prints nothing"),
        ([v4.new_output("stream", text=" \n")], "prints nothing"),
    ],
)
def test_compared_cell_that_gives_anything_but_text_is_refused(workbook, run_gives, outputs, said):
    run_gives(PRINTED)
    build(execute=True)
    before = (workbook / "notebooks" / f"{LESSON}.ipynb").read_bytes()
    run_gives(*outputs)
    with pytest.raises(DataError, match=rf"notebooks/01_example\.ipynb, cell \d+: a compared cell .*{said}"):
        build(execute=True)
    assert (workbook / "notebooks" / f"{LESSON}.ipynb").read_bytes() == before


@pytest.mark.parametrize("fault", [CellTimeoutError("slow"), DeadKernelError("dead")])
def test_cell_that_never_ends_or_kills_the_kernel_is_reported(workbook, monkeypatch, fault):
    def execute(client):
        client.on_cell_execute(cell=client.nb.cells[4], cell_index=4)
        raise fault

    monkeypatch.setattr(nbclient.NotebookClient, "execute", execute)
    with pytest.raises(DataError, match=r"01_example\.ipynb, cell 5: the kernel stopped, or the cell took .* 600"):
        build(execute=True)


def test_output_stays_while_its_cell_does_not_change(workbook, run_gives):
    run_gives(PRINTED)
    build(execute=True)
    change(workbook, "Which customers bring more", "Which of the customers bring more")
    assert [[cell.outputs for cell in compared(read(path))] for path in build()] == [[[PRINTED]]] * 2
    change(workbook, 'print(f"{revenue.max() / revenue.sum():.2f}")', 'print(f"{revenue.max() / revenue.sum():.3f}")')
    assert [[cell.outputs for cell in compared(read(path))] for path in build()] == [[[]]] * 2
    wanted = r"cell \d+: tagged nbval-check-output, but no output is stored\. Run: crmbook build --execute 01_example"
    assert [bool(re.search(wanted, problem)) for problem in check()] == [True, True]


def test_notebook_saved_by_hand_is_cleaned_by_building(workbook, run_gives):
    run_gives(PRINTED)
    clean = [path.read_bytes() for path in build(execute=True)]
    for path in build():
        book = read(path)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [*cell.outputs, FRAME], 3
        nbformat.write(book, path)
    assert len(check()) == 2
    first, second = build()
    assert [first.read_bytes(), second.read_bytes()] == clean


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_names_the_notebook_that_differs_and_what_to_run(workbook, run_gives):
    run_gives(PRINTED)
    build(execute=True)
    change(workbook, "# 我们的收入依赖于", "# 收入依赖于")  # a Chinese cell only
    name = "notebooks/zh/01_example.ipynb"
    assert check() == [f"{name} differs from lessons/01_example.py. Run: crmbook build 01_example"]
    locale.use("zh")
    assert check() == [f"{name} 与 lessons/01_example.py 不一致。请运行：crmbook build 01_example"]


def test_check_names_missing_broken_and_orphaned_notebooks(workbook, run_gives):
    run_gives(PRINTED)
    english, chinese = build(execute=True)
    chinese.unlink()
    english.write_text("{", encoding="utf-8")
    shutil.copy(workbook / "lessons" / "01_example.py", english.with_name("07_gone.ipynb"))
    assert check() == [
        "notebooks/01_example.ipynb differs from lessons/01_example.py. Run: crmbook build 01_example",
        "notebooks/zh/01_example.ipynb is missing. Run: crmbook build 01_example",
        "notebooks/07_gone.ipynb has no lesson lessons/07_gone.py. Delete it, or put the lesson back.",
    ]


def test_check_says_why_a_lesson_cannot_be_built(workbook):
    build()
    change(workbook, "as_of: str", "day: str")
    assert [problem.startswith("01_example.py, line 41: day: no entry") for problem in check()] == [True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2000 中的 800", "2000 中的 900", "numbers differ: only in English 800; only in Chinese 900"),
        ('["nbval-check-output"]', '["nbval-check-output", "slow"]', "slow"),
        ("answer = ...", "answer = None", "answer = ..."),
    ],
)
def test_check_refuses_a_lesson_that_was_built_although_it_breaks_a_rule(workbook, run_gives, old, new, said):
    run_gives(PRINTED)
    change(workbook, old, new)
    build(execute=True)
    [problem] = check()
    assert problem.startswith("01_example.py, line ") and said in problem


def test_check_changes_nothing(workbook):
    build()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in workbook.rglob("*") if path.is_file()}
    check()
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in workbook.rglob("*") if path.is_file()}
    assert before == after


# --- with a kernel --------------------------------------------------------------------------------------------------


@pytest.mark.notebook
def test_example_lesson_runs_in_both_languages_and_stores_what_it_prints(workbook):
    english, chinese = build(execute=True)
    for path in (english, chinese):
        [cell] = compared(read(path))
        assert cell.outputs == [v4.new_output("stream", text="0.40\n")]  # C1 brings 800 of 2,000 in orders.csv
        assert len([cell for cell in read(path).cells if cell.get("outputs")]) == 1
    assert check() == []


@pytest.mark.notebook
def test_failing_cell_is_named_with_its_cause_and_nothing_is_stored(workbook):
    change(workbook, "from crmbook import load\n", "1 / 0\n")
    with pytest.raises(DataError, match=r"notebooks/01_example\.ipynb, cell 4: ZeroDivisionError: division by zero"):
        build(execute=True)
    assert not (workbook / "notebooks" / f"{LESSON}.ipynb").exists()
