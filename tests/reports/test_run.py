"""Runs: parameters checked before, failures kept apart, outputs whole, and nothing of the machine on a page."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import tiny_notebooks
from click.testing import CliRunner
from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import language, use
from crmbook.reports import run as runs
from crmbook.reports.jobs import Job, plan
from crmbook.reports.kernel import noting
from crmbook.reports.parameters import Parameter, checked, settings
from papermill.cli import papermill


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    folder = tiny_notebooks.workbook(tmp_path_factory.mktemp("book") / "our workbook")
    mine = folder / "mine & <yours>"
    mine.mkdir()
    (mine / "orders.csv").write_text(tiny_notebooks.orders(tiny_notebooks.HOSTILE), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMBOOK_HOME", str(folder))
        yield folder


@pytest.fixture
def at_home(workbook, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(workbook))
    return workbook


# --- what is to be run ------------------------------------------------------------------------------------------------


def test_without_names_every_lesson_runs_in_both_languages(at_home):
    names = [job.name for job in plan()]
    assert names == ["en/10_tiny", "zh/10_tiny", "en/11_stops", "zh/11_stops"]


def test_an_unknown_lesson_is_refused_with_the_nearest(at_home):
    with pytest.raises(DataError, match=r'"10_tinny".*"10_tiny"'):
        plan(["10_tinny"])


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"as_of": "2024-06-30"}, "2024-06-30"),
        ({"as_of": ""}, ""),
        ({"data": ""}, ""),
        ({"bins": "3"}, 3),
        ({"share": "1"}, 1.0),
        ({"share": 0.25}, 0.25),
        ({"loud": "true"}, True),
        ({"cuts": "[0.7, 0.9]"}, [0.7, 0.9]),
        ({"cuts": (0.7, 1)}, [0.7, 1.0]),
        ({"weights": '{"recency": 1}'}, {"recency": 1}),
        ({"weights": "{recency = 1}"}, {"recency": 1}),
        ({"method": "sum"}, "sum"),
    ],
)
@pytest.mark.parametrize("code", ["en", "zh"])
def test_values_are_read_as_the_type_that_the_notebook_says(given, value, code, at_home):
    (job,) = plan(["10_tiny"], [code], given)
    (name,) = given
    assert job.values == {name: value} and type(job.values[name]) is type(value)
    assert job.differs == (value != job.defaults[name])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bins": "3.5"}, r'bins takes a whole number, and "3.5" is not that.*bins=2'),
        ({"bins": True}, "bins takes a whole number"),
        ({"share": "half"}, r"share takes a number.*share=0.5"),
        ({"share": "nan"}, "share takes a number"),
        ({"loud": "maybe"}, r'loud takes true or false, and "maybe"'),
        ({"cuts": "0.7"}, r"cuts takes a list.*cuts=\[0.8, 0.95\]"),
        ({"cuts": '["a"]'}, "cuts takes a list"),
        ({"as_of": 20240630}, "as_of takes a text"),
        ({"weights": '{"recency": "much"}'}, r"weights takes a table of names and values.*recency"),
        ({"weights": {"recency": True}}, "weights takes a table"),
        ({"weights": "{recency = nan}"}, "weights takes a table"),
        ({"as_of": "end of June"}, 'as_of: "end of June" is not a date'),
        ({"method": "mode"}, r'method cannot be "mode". Choose one of: mean, median, sum'),
        ({"metod": "sum"}, r"no parameter metod.*Did you mean method"),
        ({"out": "here"}, "--out DIR"),
        ({"data": "nowhere.csv"}, "nowhere.csv: there is no such file"),
    ],
)
@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_wrong_parameter_is_refused_before_anything_runs(given, said, code, at_home):
    with pytest.raises(DataError, match=said):
        plan(["10_tiny"], [code], given)


def test_a_parameter_that_one_of_the_lessons_has_goes_to_that_one(at_home):
    by_name = {job.name: job.values for job in plan([], ["en"], {"bins": "4"})}
    assert by_name == {"en/10_tiny": {"bins": 4}, "en/11_stops": {}}


def test_a_file_gives_parameters_to_all_or_to_one_and_the_command_line_wins(at_home, tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(
        "as_of = 2024-06-30\nbins = 3\nweights = {recency = 9}\n[10_tiny]\nbins = 4\nshare = 0.1\n[11_stops]\n"
    )
    (job,) = plan(["10_tiny"], ["en"], {"share": "0.2"}, settings=file)
    assert job.values == {"as_of": "2024-06-30", "bins": 4, "weights": {"recency": 9}, "share": 0.2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("as_of: 2024", r"ours.toml cannot be read as TOML: .*line 1"),
        ("[10_tinny]\nbins = 3", r"no parameter 10_tinny.*Did you mean 10_tiny"),
        ("[11_stops]\nbins = 3", r"no parameter bins in 11_stops"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(content, said, at_home, tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(content)
    with pytest.raises(DataError, match=said):
        plan([], ["en"], settings=file)
    with pytest.raises(DataError, match="no such file"):
        settings(tmp_path / "missing.toml", [])


def test_messages_come_in_chinese_too(at_home):
    use("zh")
    with pytest.raises(DataError, match=r"参数 method 不能是“mode”。请从中选择：mean、median、sum"):
        plan(["10_tiny"], ["zh"], {"method": "mode"})


def test_a_scheme_of_ones_own_is_found_where_the_command_runs_and_judged_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)
    shutil.copy(home() / "data" / "schemes" / "abc.yaml", "mine.yaml")
    (tmp_path / "abc").mkdir()  # a folder of that name is no scheme
    (job,) = plan(["01_tiering"], ["en"], {"scheme": "mine.yaml"})
    assert job.values == {"scheme": str(tmp_path.resolve() / "mine.yaml")}
    (job,) = plan(["01_tiering"], ["en"], {"scheme": "abc"})
    assert job.values == {"scheme": "abc"}
    for wrong, said in (("yours.yaml", "yours.yaml: there is no such scheme"), ("bad.yaml", "bad.yaml")):
        (tmp_path / "bad.yaml").write_text("!!python/object/apply:os.system [ls]\n")
        with pytest.raises(DataError, match=said):
            plan(["01_tiering"], ["en"], {"scheme": wrong})


def test_a_workbook_that_is_not_built_says_how_to_build_it(tmp_path, monkeypatch):
    (tmp_path / "data" / "sample").mkdir(parents=True)
    monkeypatch.setenv("CRMBOOK_HOME", str(tmp_path))
    with pytest.raises(DataError, match=r"no built notebooks in notebooks\. .*crmbook build"):
        plan()


def test_a_table_of_values_by_number_is_read_as_such_from_text_too():
    parameter = Parameter("promised", "dict", "", {1: 72, 2: 48}, ())
    assert checked('{"1": 72, "2": 24.5}', parameter, "x") == {1: 72, 2: 24.5}
    with pytest.raises(DataError, match="promised takes a table"):
        checked('{"slight": 72}', parameter, "x")


def test_a_value_equal_to_the_default_changes_nothing():
    parameter = Parameter("cuts", "list", "float", [0.8, 0.95], ())
    job = Job("x", "en", Path("x"), {"cuts": checked("[0.8, 0.95]", parameter, "x")}, {"cuts": [0.8, 0.95]})
    assert not job.differs


# --- a run on the sample, beside one that fails -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(workbook, tmp_path_factory):
    """A run on the sample whose other notebook refuses its data."""
    use("en")
    out = tmp_path_factory.mktemp("reports") / "out"
    jobs = [*plan(["11_stops"], ["zh"], {"fault": "data"}), *plan(["10_tiny"], ["en"])]
    said: list[str] = []
    outcomes = runs.run(jobs, out, progress=False, said=lambda outcome: said.append(outcome.job.name))
    assert language() == "en"
    return out, outcomes, said


@pytest.mark.notebook
def test_a_failing_notebook_leaves_the_others_done(first):
    out, (stopped, done), said = first
    assert sorted(said) == ["en/10_tiny", "zh/11_stops"]
    assert done.failure is None and (out / done.page).is_file()
    assert (stopped.failure.cell, stopped.failure.heading) == (3, "难点")
    assert stopped.failure.source == "import os, time"
    assert stopped.failure.trace == "" and "DataError" not in stopped.failure.cause
    told = runs.told(stopped)
    assert told.startswith("zh/11_stops: stopped at code cell 3 (难点 · import os, time). orders.csv")


@pytest.mark.notebook
def test_the_page_of_a_failed_notebook_has_what_was_done_and_says_so(first):
    out, (stopped, _), _ = first
    page = (out / stopped.page).read_text(encoding="utf-8")
    assert "so far" in page and "the end" not in page and "Now we know" not in page
    assert "在第 3 个代码单元中断" in page


@pytest.mark.notebook
def test_the_layout_of_the_reports(first):
    out, (_, done), _ = first
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {
        "index.html", "manifest.json", "assets/plotly.min.js", "en/10_tiny.html", "en/10_tiny/tier-list.csv",
        "en/10_tiny/lists.xlsx", "zh/11_stops.html",
    }  # fmt: skip
    assert [path.name for path in out.parent.iterdir()] == ["out"], "nothing is left beside the reports"
    assert done.tables == ("en/10_tiny/lists.xlsx", "en/10_tiny/tier-list.csv")
    page = (out / "en" / "10_tiny.html").read_text(encoding="utf-8")
    assert 'href="10_tiny/tier-list.csv"' in page and 'src="../assets/plotly.min.js"' in page


@pytest.mark.notebook
def test_the_manifest_says_what_a_figure_was_made_of(first, workbook):
    out, _, _ = first
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["versions"]["crmbook"] and manifest["versions"]["packages"]["plotly"]
    noted = manifest["notebooks"]["en/10_tiny"]
    assert (noted["status"], noted["error"], noted["data"], noted["given"]) == ("done", None, None, [])
    assert noted["parameters"]["cuts"] == [0.8, 0.95] and noted["seconds"] > 0
    assert (noted["rows_read"], noted["rows_used"], noted["as_of"]) == (3, 3, "2024-03-07")
    sample = workbook / "data" / "sample" / "retail"
    assert noted["inputs"] == [
        {"file": name, "sha256": hashlib.sha256((sample / name).read_bytes()).hexdigest()}
        for name in ("customers.csv", "orders.csv")
    ]
    failed = manifest["notebooks"]["zh/11_stops"]
    assert failed["status"] == "failed" and failed["error"]["cell"] == 3 and "orders.csv" in failed["error"]["cause"]


@pytest.mark.notebook
def test_prose_of_the_sample_stays_where_nothing_differs(first):
    page = (first[0] / "en" / "10_tiny.html").read_text(encoding="utf-8")
    assert "three times as much" in page and "sample data" in page
    assert "a report runs no check" not in page


@pytest.mark.notebook
def test_the_index_shows_both_with_their_status(first):
    page = (first[0] / "index.html").read_text(encoding="utf-8")
    assert 'href="en/10_tiny.html">A tiny report<' in page and 'href="zh/11_stops.html">中断<' in page
    assert "3 of 3 used" in page and "中断：orders.csv" in page


# --- a second run into the same folder, on a reader's own data --------------------------------------------------------


@pytest.fixture(scope="module")
def second(first, workbook):
    """A run into the same folder with other data and parameters, after a table that the notebook no longer writes."""
    out = first[0]
    tables = out / "zh" / "10_tiny"
    tables.mkdir()
    (tables / "old.csv").write_text("old")
    (tables / "notes.txt").write_text("ours")
    (tables.parent / "10_tiny.html").write_text("old")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    old = {**manifest["notebooks"]["en/10_tiny"], "page": "zh/10_tiny.html", "tables": ["zh/10_tiny/old.csv"]}
    manifest["notebooks"]["zh/10_tiny"] = old
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    data = workbook / "mine & <yours>"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workbook)
        jobs = plan(["10_tiny"], ["zh"], {"as_of": "2024-02-06", "bins": "3"}, data=data.name)
        return out, runs.run(jobs, out, progress=False)


@pytest.mark.notebook
def test_an_earlier_report_stays_and_stays_in_the_index(second):
    out, (outcome,) = second
    assert outcome.failure is None
    assert list(json.loads((out / "manifest.json").read_text())["notebooks"]) == [
        "en/10_tiny",
        "zh/10_tiny",
        "zh/11_stops",
    ]
    links = re.findall(r'<a href="([^"]+)"', (out / "index.html").read_text(encoding="utf-8"))
    assert links == ["en/10_tiny.html", "zh/10_tiny.html", "zh/11_stops.html"]


@pytest.mark.notebook
def test_own_data_and_parameters_reach_the_notebook_and_the_samples_prose_is_left_out(second):
    out, _ = second
    noted = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["notebooks"]["zh/10_tiny"]
    assert noted["given"] == ["as_of", "bins", "data"]
    assert (noted["data"], noted["parameters"]["data"], noted["as_of"]) == ("mine & <yours>",) * 2 + ("2024-02-06",)
    assert (noted["rows_read"], noted["rows_used"]) == (3, 2)  # the order of 7 March is after the day
    assert [file["file"] for file in noted["inputs"]] == ["orders.csv"]
    page = (out / "zh" / "10_tiny.html").read_text(encoding="utf-8")
    assert "三倍" not in page and "共 3 行，使用 2 行" in page
    assert noted["findings"] == 1 and "1 条，可用 crmbook check 查看" in page


@pytest.mark.notebook
def test_tables_are_replaced_as_a_whole_and_what_others_put_beside_them_stays(second):
    out, _ = second
    names = sorted(path.name for path in (out / "zh" / "10_tiny").iterdir())
    assert names == ["lists.xlsx", "notes.txt", "tier-list.csv"]
    with (out / "zh" / "10_tiny" / "tier-list.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][0] == "order_id" and len(rows) == 3


@pytest.mark.notebook
def test_no_folder_of_the_machine_is_on_any_page_or_in_the_manifest(second, workbook):
    out, _ = second
    for file in (*out.rglob("*.html"), out / "manifest.json"):
        content = file.read_text(encoding="utf-8")
        for place in (workbook, out, Path.home(), Path(sys.prefix), Path(__file__).parents[2]):
            assert not re.search(rf"(?<![\w.-]){re.escape(str(place))}(?![\w-])", content), f"{file.name} names {place}"
        assert "mine &amp; &lt;yours&gt;" in content or file.name != "10_tiny.html" or file.parent.name == "en"


# --- other ways to stop -----------------------------------------------------------------------------------------------


@pytest.mark.notebook
def test_a_bug_a_dead_kernel_and_a_cell_that_takes_too_long_each_say_what_happened(at_home, tmp_path):
    jobs = [*plan(["11_stops"], ["en"], {"fault": "bug"}), *plan(["11_stops"], ["zh"], {"fault": "dead"})]
    jobs.append(Job("12_slow", "en", jobs[0].notebook, {"fault": "slow"}))
    outcomes = runs.run(jobs, tmp_path / "out", at_once=3, timeout=6, progress=False)
    bug, dead, slow = (outcome.failure for outcome in outcomes)
    assert bug.cause == "ZeroDivisionError: division by zero"
    assert "Cell In[3]" in bug.trace and "\x1b" not in bug.trace
    assert "内存不足" in dead.cause and dead.cell == 3
    assert "so far" in (tmp_path / "out" / "zh" / "11_stops.html").read_text(encoding="utf-8")
    assert "longer than 6 seconds" in slow.cause and slow.cell == 3


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(DataError, match="out is a file"):
        runs.run([], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_refused_and_an_empty_one_goes_again(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="--out DIR"):
        runs.run([], tmp_path / "file" / "out")
    runs.run([], tmp_path / "new")
    (tmp_path / "there").mkdir()
    runs.run([], tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "there"]


def test_a_notebook_that_cannot_be_read_fails_alone(tmp_path):
    (tmp_path / "x.ipynb").write_text("no notebook")
    (outcome,) = runs.run([Job("x", "en", tmp_path / "x.ipynb")], tmp_path / "out", progress=False)
    assert outcome.failure.cell == 0 and outcome.failure.trace
    assert runs.told(outcome).startswith("en/x: stopped: ")
    assert [path.name for path in tmp_path.iterdir()] == ["x.ipynb"]


# --- inputs that do not hold still ------------------------------------------------------------------------------------


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("then", "since"), [("write_text('other')", "changed"), ("unlink()", "gone"), ("touch()", None)]
)
def test_the_manifest_tells_the_bytes_that_were_read_whatever_becomes_of_the_file(then, since, at_home, tmp_path):
    made = tiny_notebooks.tiny("en")
    made.cells.insert(3, nbformat.v4.new_code_cell(f"from pathlib import Path\n\nPath(data, 'orders.csv').{then}"))
    nbformat.write(made, tmp_path / "10_tiny.ipynb")
    (tmp_path / "mine").mkdir()
    read = tiny_notebooks.orders().encode()
    (tmp_path / "mine" / "orders.csv").write_bytes(read)
    job = Job("10_tiny", "en", tmp_path / "10_tiny.ipynb", {"data": str(tmp_path / "mine")})
    (outcome,) = runs.run([job], tmp_path / "out", progress=False)
    assert outcome.failure is None and outcome.changed == (("orders.csv",) if since else ())
    noted = json.loads((tmp_path / "out" / "manifest.json").read_text())["notebooks"]["en/10_tiny"]
    told = {"file": "orders.csv", "sha256": hashlib.sha256(read).hexdigest()}
    assert noted["inputs"] == [{**told, "since": since} if since else told] and noted["rows_read"] == 3
    said = "mine (as it was when read; changed or gone since: orders.csv)"
    for page in ("en/10_tiny.html", "index.html"):
        assert (said in (tmp_path / "out" / page).read_text(encoding="utf-8")) == (since is not None)


@pytest.mark.notebook
def test_data_that_were_refused_are_known_by_their_bytes_too(at_home, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("order_id,customer_id,order_date,amount\nO1,C1,2024-02-30,5\n")
    (outcome,) = runs.run(plan(["10_tiny"], ["en"], data=file), tmp_path / "out", progress=False)
    assert "2024-02-30" in outcome.failure.cause
    noted = json.loads((tmp_path / "out" / "manifest.json").read_text())["notebooks"]["en/10_tiny"]
    assert noted["inputs"] == [{"file": "orders.csv", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}]


@pytest.mark.parametrize("change", [lambda file: file.write_text("b"), lambda file: file.unlink()])
def test_a_file_that_changes_while_it_is_read_is_refused_even_if_it_could_be_read(change, tmp_path):
    file = tmp_path / "orders.csv"
    for wrong in (False, True):
        file.write_text("a")
        with pytest.raises(DataError, match=r"orders\.csv changed or vanished while it was read"), noting({}, file):
            change(file)
            if wrong:
                raise DataError("load_no_rows", file="orders.csv")
    with pytest.raises(DataError, match="no row below it"), noting({}, tmp_path / "missing.csv"):
        raise DataError("load_no_rows", file="orders.csv")


# --- plain papermill --------------------------------------------------------------------------------------------------


@pytest.mark.notebook
def test_plain_papermill_runs_a_notebook_and_writes_its_tables(at_home, tmp_path):
    notebook, target, tables = at_home / "notebooks" / "10_tiny.ipynb", tmp_path / "out.ipynb", tmp_path / "tables"
    options = ["-p", "out", str(tables), "-p", "bins", "3", "--no-progress-bar"]
    done = CliRunner().invoke(papermill, [str(notebook), str(target), *options])
    assert done.exception is None
    assert any("bins = 3" in cell.source for cell in nbformat.read(target, 4).cells)
    assert sorted(path.name for path in tables.iterdir()) == ["lists.xlsx", "tier-list.csv"]


@pytest.mark.parametrize(("code", "comment"), [("", "a share"), ("zh", "占比")])
def test_papermill_lists_the_parameters(code, comment, at_home):
    done = CliRunner().invoke(papermill, ["--help-notebook", str(at_home / "notebooks" / code / "10_tiny.ipynb")])
    assert re.search(rf"share: float \(default 0\.5\)\s+{comment}", done.output)
    assert "cuts: list[float] (default [0.8, 0.95])" in done.output
