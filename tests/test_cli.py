"""The command line: exit codes, messages in both languages, and an interruption that leaves nothing half done."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import tiny_notebooks
from crmbook import cli
from crmbook.locale import use
from crmbook.reports import run as runs
from crmbook.reports import warm


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    use("en")
    yield
    use("en")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    return tiny_notebooks.workbook(tmp_path_factory.mktemp("book"))


@pytest.fixture
def at_home(workbook, monkeypatch):
    monkeypatch.setenv("CRMBOOK_HOME", str(workbook))
    return workbook


def call(*arguments: str) -> int:
    """Return the exit code, whether the command returns it or argparse leaves with it."""
    try:
        return cli.main(arguments)
    except SystemExit as left:
        return int(left.code or 0)


# --- usage ------------------------------------------------------------------------------------------------------------


EVERY = "start, run, batch, check, lessons, build, sample, experiment, course, doctor"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing: COMMAND"),
        (("rum",), f'COMMAND: "rum" is none of {EVERY}. Did you mean run?'),
        (("frobnicate",), f'COMMAND: "frobnicate" is none of {EVERY}.\n'),
        (("run", "--dta", "x"), "--dta is not known here"),
        (("run", "--jobs", "0"), "--jobs takes a whole number of at least 1, not '0'"),
        (("run", "--timeout", "soon"), "--timeout takes a whole number of at least 1, not 'soon'"),
        (("run", "--data"), "--data needs a value"),
        (("run", "--data", ""), "--data needs a value"),
        (("run", "--out", " "), "--out needs a value"),
        (("check", ""), "DIR|FILE needs a value"),
        (("run", "10_tiny", "--out", __file__), "test_cli.py is a file"),
        (("run", "10_tiny", "--out", f"{__file__}/reports"), "reports cannot be written there"),
        (("build", "--check=yes"), "--check takes no value"),
        (("--language", "de", "run"), '--language: "de" is none of en, zh'),
        (("run", "10_tinny"), 'no lesson named "10_tinny"; did you mean "10_tiny"'),
        (("run", "satisfied"), 'no lesson named "satisfied". There are: 10_tiny, 11_stops.'),
        (("run", "-p", "zzz=3"), "There is no parameter zzz in 10_tiny, 11_stops. There are: data, as_of"),
        (("start", __file__), "test_cli.py is a file"),
        (("run", "-p", "bins"), "-p bins: write NAME=VALUE"),
        (("run", "-p", "binns=3"), "Did you mean bins?"),
        (("run", "10_tiny", "-p", "bins=many"), "bins takes a whole number"),
        (("run", "10_tiny", "-p", "as_of=05/02/2024"), 'as_of: "05/02/2024" is not a date'),
        (("check", str(Path(__file__).parents[1] / "data" / "sample" / "retail"), "--as-of", "soon"), 'as_of: "soon"'),
        (("run", "-f", "missing.toml"), "missing.toml: there is no such file"),
        (("run", "--data", "missing.csv"), "missing.csv: there is no such file"),
        (("check", "missing.csv"), "missing.csv: there is no such file"),
        (("sample", "retial"), "retail"),
        (("sample", "retail", "--seed", "3"), "--out DIR"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do_on_stderr(arguments, said, at_home, capsys):
    assert call(*arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err and "Traceback" not in shown.err and shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--language", "zh"), "缺少 命令"),
        (("rum", "--language", "zh"), "您是否想写 run"),
        (("run", "--language", "zh", "--dta"), "无法识别 --dta"),
        (("run", "--language=zh", "--jobs", "x"), "应为不小于 1 的整数"),
        (("run", "--language", "zh", "-p", "method=mode", "10_tiny"), "请从中选择：mean、median、sum"),
    ],
)
def test_usage_errors_come_in_chinese(arguments, said, at_home, capsys):
    assert call(*arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown and "usage" not in shown


@pytest.mark.parametrize(
    ("environment", "arguments", "language"),
    [
        ({}, [], "en"),
        ({"LANG": "zh_CN.UTF-8"}, [], "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, [], "en"),
        ({"LC_ALL": "", "LANG": "zh_TW"}, [], "zh"),
        ({"LANG": "zh_CN"}, ["--language=en", "run"], "en"),
        ({}, ["run", "--language", "zh"], "zh"),
        ({}, ["--language", "de"], "en"),
    ],
)
def test_messages_follow_the_option_then_the_environment(environment, arguments, language):
    assert cli.language_of(arguments, environment) == language


@pytest.mark.parametrize("command", [(), *((name,) for name in cli._COMMANDS)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_is_all_in_one_language(command, language, capsys):
    assert call("--language", language, *command, "--help") == 0
    shown = capsys.readouterr().out
    english = ("usage:", "options:", "show this help", "positional")
    assert [word for word in english[:3] if word in shown] == (list(english[:3]) if language == "en" else [])
    assert english[3] not in shown


def test_help_comes_without_loading_what_a_run_needs():
    code = "import sys\nfrom crmbook import cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass\n"
    code += (
        "print([name for name in ('papermill', 'nbconvert', 'jupytext', 'duckdb', 'plotly') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_m_crmbook_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "crmbook", "rum"], capture_output=True, text=True)
    assert done.returncode == 2 and "Did you mean run?" in done.stderr


# --- check, build, sample ---------------------------------------------------------------------------------------------


def test_check_exits_with_0_on_clean_data_and_1_on_faults_naming_the_row(tmp_path, capsys):
    file = tmp_path / "orders.csv"
    file.write_text(tiny_notebooks.orders())
    assert call("check", str(file)) == 0
    assert "(orders) 3" in capsys.readouterr().out
    lines = [f"O{number},C{number},2024-01-{number:02},10" for number in range(1, 29)]
    file.write_text("\n".join(["order_id,customer_id,order_date,amount", *lines, "O29,C29,2024-02-30,10"]) + "\n")
    assert call("check", str(file)) == 1
    assert 'row 30, order_date: "2024-02-30" is not a date' in capsys.readouterr().out
    assert call("check", str(file), "--language", "zh") == 1
    shown = capsys.readouterr().out
    assert "第 30 行" in shown and shown.endswith(
        "截至 2024-01-28：订单明细（orders）28 行。剔除 1 行，1 条问题与提示。币种：–\n"
    )


def test_check_says_why_data_are_refused(tmp_path, capsys):
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    assert call("check", str(tmp_path / "orders.csv")) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("crmbook: ") and "Traceback" not in shown


def test_build_check_tells_what_differs(monkeypatch, capsys):
    from crmbook.course import build

    monkeypatch.setattr(build, "check", lambda: [])
    assert call("build", "--check") == 0
    monkeypatch.setattr(build, "check", lambda: ["01_tiering.ipynb differs"])
    assert call("build", "--check") == 1
    assert capsys.readouterr().err == "01_tiering.ipynb differs\n"


def test_build_passes_lessons_and_names_what_it_wrote(monkeypatch, capsys):
    from crmbook.course import build

    asked = []

    def built(lessons, execute):
        asked.append((lessons, execute))
        return [Path("notebooks/01_tiering.ipynb"), Path("notebooks/zh/01_tiering.ipynb")]

    monkeypatch.setattr(build, "build", built)
    assert call("build") == 0
    assert call("build", "01_tiering", "--execute") == 0
    assert asked == [(None, False), (["01_tiering"], True)]
    assert capsys.readouterr().out.splitlines()[:2] == ["01_tiering.ipynb", "zh/01_tiering.ipynb"]


def test_sample_writes_where_it_is_told(tmp_path, capsys):
    assert call("sample", "retail", "--customers", "200", "--seed", "1", "--out", str(tmp_path / "mine")) == 0
    assert (tmp_path / "mine" / "orders.csv").is_file() and "mine" in capsys.readouterr().out


def test_version_and_lessons_are_told(at_home, capsys):
    import crmbook

    assert call("--version") == 0
    assert capsys.readouterr().out == f"crmbook {crmbook.__version__}\n"
    assert call("lessons") == 0
    assert capsys.readouterr().out == "10_tiny   A tiny report\n11_stops  Stops\n"
    assert call("lessons", "--language", "zh", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {"lesson": "10_tiny", "title": "小报告"},
        {"lesson": "11_stops", "title": "中断"},
    ]


def test_what_check_finds_comes_as_json_for_programs(tmp_path, capsys):
    file = tmp_path / "orders.csv"
    lines = [f"O{number},C{number},2024-01-{number:02},10" for number in range(1, 29)]
    file.write_text("\n".join(["order_id,customer_id,order_date,amount", *lines, "O29,C29,2024-02-30,10"]) + "\n")
    assert call("check", str(file), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["as_of"] == "2024-01-28" and told["tables"] == {"orders": 28}
    (found,) = told["findings"]
    assert (found["file"], found["row"], found["column"]) == ("orders.csv", 30, "order_date")
    assert {"part": "rows_read", "rows": 29}.items() <= told["reconciliation"][0].items()


# --- run --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_parameters_of_a_lesson_can_be_listed(language, at_home, capsys):
    assert call("run", "10_tiny", "--help-parameters", "--language", language) == 0
    shown = capsys.readouterr().out
    assert "cuts: list[float] = [0.8, 0.95]" in shown and "out:" not in shown
    assert {"en": "shares at which tiers end", "zh": "各级的切点"}[language] in shown


@pytest.mark.notebook
def test_run_exits_with_1_when_a_notebook_fails_and_names_lesson_cell_and_cause(at_home, tmp_path, capsys):
    out = tmp_path / "out"
    assert call("run", "11_stops", "--language", "en", "-p", "fault=data", "--out", str(out)) == 1
    shown = capsys.readouterr()
    assert "en/11_stops: stopped at code cell 3 (The hard part · import os, time). orders.csv" in shown.err
    assert "Traceback" not in shown.err
    assert "1 of 1: en/11_stops stopped after " in shown.err, "a log keeps lines"
    assert "11_stops |" not in shown.err, "and no bars"
    assert f"{out / 'index.html'}: 0 of 1 reports done" in shown.out


@pytest.mark.notebook
def test_a_run_tells_programs_as_json_and_is_silent_when_asked(at_home, tmp_path, capsys):
    out = tmp_path / "out"
    assert call("run", "10_tiny", "--language", "en", "--out", str(out), "--json", "--quiet") == 0
    shown = capsys.readouterr()
    (told,) = json.loads(shown.out)["reports"]
    assert (told["report"], told["status"], told["page"], told["error"]) == (
        "en/10_tiny",
        "done",
        "en/10_tiny.html",
        None,
    )
    assert told["tables"] == ["en/10_tiny/lists.xlsx", "en/10_tiny/tier-list.csv"] and shown.err == ""


@pytest.mark.notebook
def test_a_file_of_somebody_else_is_replaced_only_when_asked(at_home, tmp_path, capsys):
    page = tmp_path / "out" / "en" / "11_stops.html"
    page.parent.mkdir(parents=True)
    page.write_text("mine")
    asked = ("run", "11_stops", "--language", "en", "--out", str(tmp_path / "out"), "--quiet")
    assert call(*asked) == 2 and page.read_text() == "mine"
    assert "add --force" in capsys.readouterr().err
    assert call(*asked, "--force") == 0 and "so far" in page.read_text(encoding="utf-8")


def started(workbook: Path, folder: Path, *begin: str) -> tuple[subprocess.Popen, list[psutil.Process]]:
    """A run that waits in both its kernels, with all its temporary files in the folder."""
    command = [sys.executable, "-m", "crmbook", "run", "11_stops", "-p", "fault=slow", "--out", str(folder / "out")]
    places = {}
    for name in ("TMPDIR", "JUPYTER_RUNTIME_DIR"):
        (folder / name.lower()).mkdir(exist_ok=True)
        places[name] = str(folder / name.lower())
    environment = {**os.environ, "CRMBOOK_HOME": str(workbook), "LC_ALL": "C.UTF-8", **places}
    running = subprocess.Popen(
        [*begin, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    return running, wait_for_kernels(running.pid, 2)


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def alive(kernels: list[psutil.Process]) -> list[psutil.Process]:
    return [kernel for kernel in kernels if kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.notebook
@pytest.mark.skipif(os.name == "nt", reason="another process cannot press Ctrl-C there")
@pytest.mark.parametrize(("sent", "times"), [("SIGINT", 1), ("SIGINT", 3), ("SIGTERM", 1), ("SIGHUP", 2)])
def test_an_interrupted_run_says_so_and_leaves_nothing_half_done(sent, times, workbook, tmp_path):
    running, kernels = started(workbook, tmp_path)
    number = getattr(signal, sent)
    try:
        for _ in range(times):
            running.send_signal(number)
            time.sleep(0.1)
        said = running.communicate(timeout=60)[1]
    finally:
        running.kill()
    assert running.returncode == 128 + number
    assert "Interrupted. Finished reports stay" in said and "Traceback" not in said and "Exception" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jupyter_runtime_dir", "tmpdir"]
    assert left(tmp_path) == [] and list((tmp_path / "tmpdir").iterdir()) == []
    assert alive(kernels) == []


@pytest.mark.notebook
@pytest.mark.skipif(os.name == "nt", reason="there are no such signals there")
def test_after_a_killed_run_the_next_one_clears_what_it_left(workbook, tmp_path, monkeypatch):
    running, kernels = started(workbook, tmp_path)
    running.kill()
    running.communicate(timeout=60)
    assert [name for name in left(tmp_path) if "unfinished" in name], "a killed run cannot clean up"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmpdir"))
    (tmp_path / "tmpdir" / "crmbook-run-notes").write_text("ours")
    runs.run([], tmp_path / "out")
    assert left(tmp_path) == ["tmpdir/crmbook-run-notes"]
    assert [path.name for path in (tmp_path / "tmpdir").iterdir()] == ["crmbook-run-notes"]
    psutil.wait_procs(kernels, timeout=10)
    assert alive(kernels) == [], "a kernel ends by itself when nobody is there to talk to"


@pytest.mark.notebook
@pytest.mark.skipif(os.name == "nt", reason="there is no nohup there")
def test_a_run_that_was_told_to_ignore_the_end_of_the_terminal_goes_on(workbook, tmp_path):
    running, _ = started(workbook, tmp_path, "nohup")
    try:
        running.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 128 + signal.SIGTERM


# --- what the machine lacks -------------------------------------------------------------------------------------------


def run_tiny(workbook: Path, out: Path, *more: str, shell: str = '"$@"', **environment: str):
    """The exit code and words of a run of one notebook, started by a shell so that it can close streams."""
    command = [sys.executable, "-m", "crmbook", "run", "10_tiny", "--language", "en", "--out", str(out), *more]
    return subprocess.run(
        ["bash", "-c", shell, "run", *command],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        env={**os.environ, "CRMBOOK_HOME": str(workbook), "LC_ALL": "C.UTF-8", **environment},
    )


unix = pytest.mark.skipif(os.name == "nt", reason="there is no such thing there")


@unix
@pytest.mark.notebook
@pytest.mark.parametrize("shell", ['"$@" 2>&-', '"$@" 0<&- 1>&- 2>&-', '"$@" 2> >(true)'])
def test_a_run_whose_streams_are_closed_does_its_work(shell, workbook, tmp_path):
    assert run_tiny(workbook, tmp_path / "out", shell=shell).returncode == 0
    assert (tmp_path / "out" / "en" / "10_tiny.html").is_file()


@unix
def test_a_refusal_whose_listener_is_gone_still_has_its_exit_code(workbook, tmp_path):
    assert run_tiny(workbook, tmp_path, "--data", "missing.csv", shell='"$@" 2>&-').returncode == 2


@unix
@pytest.mark.notebook
def test_a_long_temporary_folder_no_home_and_a_folder_that_is_not_utf8_are_no_hindrance(workbook, tmp_path):
    long = tmp_path / ("x" * 120)
    long.mkdir()
    data = os.fsencode(tmp_path) + b"/d\xff"
    os.mkdir(data)
    Path(os.fsdecode(data), "orders.csv").write_text(tiny_notebooks.orders())
    shell = 'unset HOME; "$@"'
    done = run_tiny(workbook, tmp_path / "out", "--data", os.fsdecode(data), shell=shell, TMPDIR=str(long))
    assert done.returncode == 0, done.stderr
    assert list(long.iterdir()) == []
    assert b"\\udcff" in (tmp_path / "out" / "manifest.json").read_bytes()


def small_disk(folder: Path, kilobytes: int) -> Path:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    return folder


@pytest.mark.notebook
@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is mounted there")
def test_on_a_full_disk_a_run_says_so_and_keeps_what_was_there(workbook, tmp_path):
    disk = small_disk(tmp_path / "disk", 7000)
    try:
        assert run_tiny(workbook, disk / "out").returncode == 0
        page = (disk / "out" / "en" / "10_tiny.html").read_bytes()
        with pytest.raises(OSError), (disk / "full").open("wb", buffering=0) as file:
            while file.write(b"0" * 1024):
                pass
        done = run_tiny(workbook, disk / "out")
        assert done.returncode == 1 and "the disk is full" in done.stderr and "Traceback" not in done.stderr
        assert "stands in" not in done.stderr, "there is no page of this run to see"
        assert (disk / "out" / "en" / "10_tiny.html").read_bytes() == page
        assert sorted(path.name for path in (disk / "out").iterdir()) == ["assets", "en", "index.html", "manifest.json"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.EROFS, "Read-only file system", "notebooks/.x.part"), "notebooks: it can only be read"),
        (PermissionError(errno.EACCES, "Permission denied", "notebooks/x"), "x: you have no right to it"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (MemoryError(), "memory of this computer does not suffice"),
    ],
)
def test_what_the_machine_lacks_is_said_in_a_sentence(fault, said, monkeypatch, capsys, tmp_path):
    from crmbook.course import build
    from crmbook.data import sample

    def refuse(*_, **__):
        raise fault

    monkeypatch.setattr(build, "build", refuse)
    monkeypatch.setattr(sample, "write", refuse)
    for command in (("build",), ("sample", "retail", "--out", str(tmp_path / "x"))):
        assert call(*command) == 1
        assert said in capsys.readouterr().err


def test_a_folder_that_may_not_be_read_is_said_in_a_sentence(monkeypatch, capsys, tmp_path):
    def refuse(self):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert call("check", str(tmp_path)) == 1
    assert "the file cannot be opened (you have no right to it)" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["~nobody-of-that-name/orders.csv", "~nobody-of-that-name"])
def test_the_home_of_nobody_is_a_name_like_any_other(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("check", name) == 2
    assert "there is no such file" in capsys.readouterr().err
    file = tmp_path / name
    file = file if file.suffix else file / "orders.csv"
    file.parent.mkdir()
    file.write_text(tiny_notebooks.orders())
    assert call("check", name) == 0


@unix
def test_a_file_name_that_is_not_utf8_is_refused_and_beside_the_tables_only_noted(tmp_path, capsys):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/orders\xff.csv")
    Path(strange).write_text(tiny_notebooks.orders())
    assert call("check", strange) == 1
    assert "orders?.csv: the file's name holds bytes that are not UTF-8" in capsys.readouterr().err
    Path(strange).rename(os.fsdecode(os.fsencode(tmp_path) + b"/notes\xff.csv"))
    (tmp_path / "orders.csv").write_text(tiny_notebooks.orders())
    assert call("check", str(tmp_path)) == 0
    assert "notes?.csv: the name is not that of a table" in capsys.readouterr().out


def wait_for_kernels(pid: int, count: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = psutil.Process(pid).children(recursive=True)
        if len(found) >= count + warm.IS_POSSIBLE:  # and the process that they are forked from
            time.sleep(1)
            return found
        time.sleep(0.1)
    raise AssertionError("no kernel was started")
