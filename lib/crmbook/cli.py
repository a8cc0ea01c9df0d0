"""The command line: start with the notebooks, run them, check data, build notebooks, make sample data.

Exit codes: 0 done, 1 the work failed or the data have faults, 2 wrong usage, 128 + the signal's number (130 for Ctrl-C)
interrupted. What went wrong is said
on stderr, in the language in use, without a stack trace for mistakes in data or usage.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from crmbook import __version__
from crmbook.data.faults import DataError, printable, reason
from crmbook.locale import LANGUAGES, language, text, use
from crmbook.locale import name as name_in_words

DONE, FAILED, WRONG_USAGE = 0, 1, 2

_PATIENCE = 10  # seconds that an interrupted command has to clean up before a further signal ends it at once

_OF_USAGE = (
    "course_no_lesson",
    "course_no_such_lesson",
    "home_installed",
    "load_as_of",
    "no_source",
    "no_home",
    "report_no_notebooks",
    "report_out_is_file",
    "report_out_not_writable",
    "report_not_ours",
    "start_itself",
    "sample_case",
    "sample_size",
    "sample_folder",
    "sample_not_ours",
)
_ARGPARSE = {
    r"unrecognized arguments: (?P<given>.+)": "cli.unknown_argument",
    r"ambiguous option: (?P<given>\S+) .*": "cli.unknown_argument",
    r"argument (?P<argument>.+?): invalid choice: '?(?P<given>.*?)'? \(.*choose from (?P<choices>.+)\)": "cli.choice",
    r"the following arguments are required: (?P<argument>.+)": "cli.required",
    r"argument (?P<argument>.+?): expected (?:one argument|at least one argument)": "cli.no_value",
    r"argument (?P<argument>.+?): invalid \w+ value: (?P<given>.+)": "cli.bad_value",
    r"argument (?P<argument>.+?): ignored explicit argument .*": "cli.takes_none",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without Chinese still shows the rest
    use(language_of(given, os.environ))
    try:
        with _stoppable():
            options = _parser().parse_args(given)
            return _COMMANDS[options.command](options)
    except DataError as refused:
        _tell(f"crmbook: {refused}")
        return WRONG_USAGE if refused.code in _OF_USAGE else FAILED
    except KeyboardInterrupt as stopped:
        _tell(f"\ncrmbook: {text('cli.interrupted')}")
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except MemoryError:
        _tell(f"crmbook: {text('charts.no_memory')}")
        return FAILED
    except OSError as problem:
        place = Path(os.fsdecode(problem.filename or "–"))
        place = place.parent if place.name.startswith(".") else place  # a temporary name says nothing
        _tell(f"crmbook: {text('cli.system', place=printable(place.name), reason=reason(problem))}")
        return FAILED


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of messages: ``--language``, else that of the environment where it is Chinese, else English.

    Examples
    --------
    >>> language_of(["run"], {"LANG": "zh_CN.UTF-8"}), language_of(["run", "--language", "en"], {"LANG": "zh_CN.UTF-8"})
    ('zh', 'en')
    """
    words = [part for argument in arguments for part in argument.split("=", 1)]
    for option, value in pairwise(words):
        if option == "--language" and value in LANGUAGES:
            return value
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if named.startswith("zh") else "en"


def _open_what_is_closed() -> None:
    """Put nothing in the place of streams that the shell closed: the next file opened would be taken for them."""
    if sys.stdin and sys.stdout and sys.stderr:
        return
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, which in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(which, "w", encoding="utf-8", closefd=False))


def _tell(words: str) -> None:
    """Say something on stderr, where anybody listens there."""
    with contextlib.suppress(OSError, ValueError):
        print(words, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work as cleanly as Ctrl-C; those that follow do not disturb the cleaning up."""
    came: list[float] = []

    def stop(number: int, _frame: object) -> None:
        came.append(time.monotonic())
        if len(came) == 1:
            raise KeyboardInterrupt(number)
        if came[-1] - came[0] > _PATIENCE:
            os._exit(128 + number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # what was told to ignore a signal, as nohup tells it, goes on doing so
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        if not came:  # else the process is about to end, and a second signal would show a trace
            for number, handler in before.items():
                signal.signal(number, handler)


# --- commands ---------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from crmbook.reports import jobs as planned
    from crmbook.reports import manifest, parameters, run

    chosen = options.language or ""
    languages = (chosen,) if chosen else LANGUAGES
    try:
        if options.help_parameters:
            return _list_parameters(planned.plan(options.lessons, (language(),)))
        values = parameters.written(options.parameters)
        settings = Path(options.settings) if options.settings else None
        jobs = planned.plan(options.lessons, languages, values, settings, options.data)
    except DataError as refused:
        _tell(f"crmbook: {refused}")
        return WRONG_USAGE

    on_terminal = sys.stderr.isatty()
    told_of = 0

    def say(outcome: run.Outcome) -> None:
        nonlocal told_of
        told_of += 1
        if not (on_terminal or options.quiet):  # a log keeps lines, not bars
            facts = {"number": told_of, "of": len(jobs), "report": outcome.job.name, "seconds": outcome.seconds}
            _tell(text("cli.progress_failed" if outcome.failure else "cli.progress", **facts))
        if outcome.failure:
            _tell(f"\n{run.told(outcome)}\n{outcome.failure.trace}".rstrip())
        if outcome.changed:
            files = text("reports.comma").join(outcome.changed)
            _tell(f"\n{outcome.job.name}: {text('cli.changed', files=files)}")

    bars = on_terminal and not options.quiet
    outcomes = run.run(jobs, options.out, options.jobs, options.timeout, bars, say, options.force, options.fresh)
    failed = [outcome for outcome in outcomes if outcome.failure]
    index = Path(options.out) / manifest.INDEX
    index = index if index.exists() else index.parent
    if options.json:
        _print_json({"index": str(index), "reports": [_facts(outcome) for outcome in outcomes]})
    elif not options.quiet:
        print(text("cli.written", index=index, count=len(outcomes) - len(failed), of=len(outcomes)))
    comma = text("reports.comma")
    told = {
        "cli.failed": {"notebooks": comma.join(outcome.job.name for outcome in failed)},
        "cli.see_pages": {"pages": comma.join(outcome.page for outcome in failed if outcome.page)},
        "cli.kept": {"notebooks": comma.join(outcome.job.name for outcome in failed if outcome.kept)},
    }
    for entry, facts in told.items():
        if any(facts.values()):
            _tell(f"crmbook: {text(entry, **facts)}")
    return FAILED if failed else DONE


def _facts(outcome: Any) -> dict[str, object]:
    job, failed = outcome.job, outcome.failure
    return {
        "report": job.name,
        "lesson": job.lesson,
        "language": job.language,
        "status": "failed" if failed else "done",
        "seconds": round(outcome.seconds, 1),
        "page": outcome.page or None,
        "tables": list(outcome.tables),
        "kept": outcome.kept,
        "changed": list(outcome.changed),
        "error": {"cell": failed.cell, "heading": failed.heading, "cause": failed.cause} if failed else None,
    }


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1, default=str))


def _batch(options: argparse.Namespace) -> int:
    from crmbook.reports import batch, batchfile

    try:
        asked = batchfile.read(Path(options.file))
        plan = batch.planned(asked, (options.language,) if options.language else ())
    except DataError as refused:
        _tell(f"crmbook: {refused}")
        return WRONG_USAGE
    out = options.out or (asked.file.parent / asked.out if asked.out else "reports")
    comma = text("reports.comma")
    if plan.blank and not options.quiet:
        _tell(text("cli.batch_blank", count=plan.blank, column=asked.for_each))
    if plan.small and not options.quiet:
        groups = comma.join(f"{value} ({count:,})" for value, count in plan.small.items())
        _tell(text("cli.batch_small", least=asked.least, groups=groups))
    began, come, skipped = time.monotonic(), 0, 0

    def say(made: batch.Made) -> None:
        nonlocal come, skipped
        come, skipped = come + 1, skipped + made.skipped
        failure = made.outcome.failure
        if not (options.quiet or made.skipped):
            left = (time.monotonic() - began) / max(1, come - skipped) * (plan.size - come)
            facts = {"number": come, "of": plan.size, "report": made.name, "seconds": made.outcome.seconds}
            status = text("reports.status_failed" if failure else "reports.status_done")
            entry = "cli.batch_last" if come == plan.size else "cli.batch_progress"
            _tell(text(entry, **facts, status=status, left=_duration(left)))
        if failure:
            _tell(f"{made.name}: {failure.cause}\n{failure.trace}".rstrip())

    outcomes = batch.run(plan, out, options.jobs, options.timeout, options.resume, options.fresh, say)
    failed = [made for made in outcomes if made.outcome.failure]
    index, done = Path(out) / "index.html", len(outcomes) - len(failed)
    if options.json:
        reports = [{**_facts(made.outcome), "report": made.name, "skipped": made.skipped} for made in outcomes]
        _print_json({"index": str(index), "reports": reports, "small": dict(plan.small), "blank": plan.blank})
    elif not options.quiet:
        print(text("cli.batch_written", index=index, count=done, of=len(outcomes), skipped=skipped))
    if failed:
        _tell(f"crmbook: {text('cli.failed', notebooks=comma.join(made.name for made in failed))}")
    return FAILED if failed else DONE


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _list_parameters(jobs: Iterable[Any]) -> int:
    import papermill

    for job in jobs:
        print(job.lesson)
        for name, found in papermill.inspect_notebook(str(job.notebook)).items():
            if name in job.defaults:
                print(f"  {name}: {found['inferred_type_name']} = {found['default']}\n      {found['help']}")
    return DONE


def _check(options: argparse.Namespace) -> int:
    from crmbook.data.load import load

    book = load(options.data, as_of=options.as_of)
    if options.json:
        _print_json(
            {
                "as_of": f"{book.as_of:%Y-%m-%d}",
                "currency": book.currency or None,
                "tables": {table: len(rows) for table, rows in book.tables.items()},
                "reconciliation": json.loads(book.reconciliation.to_json(orient="records")),
                "findings": json.loads(book.findings.to_json(orient="records", date_format="iso")),
            }
        )
        return FAILED if len(book.faults) else DONE
    for advice in book.findings["advice"]:
        print(advice)
    tables = (
        text("cli.rows_of", words=name_in_words(table), table=table, rows=len(rows))
        for table, rows in book.tables.items()
    )
    aside = int(book.findings.loc[book.findings["effect"] == "set_aside", "rows"].sum())
    facts = {"as_of": f"{book.as_of:%Y-%m-%d}", "currency": book.currency or "–", "findings": len(book.noticed)}
    print(text("cli.checked", tables=text("reports.comma").join(tables), aside=aside, **facts))
    return FAILED if len(book.faults) else DONE


def _build(options: argparse.Namespace) -> int:
    from crmbook.course import build
    from crmbook.data.home import changeable

    if options.check:
        differences = build.check()
        for difference in differences:
            _tell(difference)
        return FAILED if differences else DONE
    changeable()
    for path in build.build(options.lessons or None, execute=options.execute):
        print(path.name if path.parent.name == "notebooks" else f"{path.parent.name}/{path.name}")
    return DONE


def _sample(options: argparse.Namespace) -> int:
    from crmbook.data import home, sample

    customers = sample.CUSTOMERS if options.customers is None else options.customers
    seed = sample.SEED if options.seed is None else options.seed
    if not options.out and (customers, seed) != (sample.CUSTOMERS, sample.SEED):
        _tell(f"crmbook: {text('cli.sample_out')}")
        return WRONG_USAGE
    place = Path(options.out) if options.out else home.changeable() / "data" / "sample" / options.case
    print(sample.write(options.case, place, customers, seed, options.force))
    return DONE


def _experiment(options: argparse.Namespace) -> int:
    import pandas as pd

    from crmbook import tiering
    from crmbook.data.encoding import as_utf8

    source, target = Path(options.list), Path(options.out)
    if not source.is_file():
        raise DataError("no_source", source=source.name)
    if target.exists():  # a second draw until it pleases is no draw
        raise DataError("holdout_drawn", file=target.name)
    listed = pd.read_csv(io.BytesIO(as_utf8(source.name, source.read_bytes())[0]), dtype=str)
    for column in ("customer_id", *([options.by] if options.by else [])):
        if column not in listed:
            raise DataError("tiering_column", column=column, columns=", ".join(map(str, listed.columns)))
    by = listed.set_index("customer_id")[options.by] if options.by else None
    customers = pd.Index(listed["customer_id"])
    drawn = tiering.draw_holdout(customers, options.holdout, by, options.seed, options.campaign or source.stem)
    drawn.to_csv(target, index=False)
    held = int((drawn["arm"] == "holdout").sum())
    print(text("cli.drawn", file=target.name, held=held, treated=len(drawn) - held, seed=options.seed))
    return DONE


def _course(options: argparse.Namespace) -> int:
    return _COURSE[options.action](options)


def _course_build(options: argparse.Namespace) -> int:
    from crmbook.course import editions

    out = Path(options.out or f"editions/{options.edition}")
    for path in editions.write(options.edition, out, options.lessons or None):
        print(path)
    return DONE


def _course_hand_out(options: argparse.Namespace) -> int:
    from crmbook.course import classroom
    from crmbook.data import sample

    students = classroom.read_list(Path(options.students), options.seed)
    customers = options.customers or sample.CUSTOMERS
    out = Path(options.out)
    for student, is_new in classroom.hand_out(students, out, options.lessons or None, language(), customers):
        print(text("cli.handed_out" if is_new else "cli.handed_before", student=student.student))
    return DONE


def _course_collect(options: argparse.Namespace) -> int:
    from crmbook.course import classroom

    folder = Path(options.folder)
    results = classroom.collect(folder, options.timeout, options.jobs)
    for path in classroom.write(results, Path(options.out) if options.out else folder / "results"):
        print(path)
    return DONE


def _doctor(options: argparse.Namespace) -> int:
    from crmbook import doctor

    findings = doctor.examine()
    for finding in findings:
        print(finding)
    wrong = sum(not finding.is_fine for finding in findings)
    print(text("doctor.not_ready", count=wrong) if wrong else text("doctor.ready"))
    return FAILED if wrong else DONE


def _course_map(options: argparse.Namespace) -> int:
    from crmbook.course import maps

    for path in maps.write():
        print(path.name)
    return DONE


_COURSE = {"map": _course_map, "build": _course_build, "hand-out": _course_hand_out, "collect": _course_collect}


def _start(options: argparse.Namespace) -> int:
    from crmbook.course import start

    copied = start.copy_out(options.folder, options.force)
    facts = {"folder": copied.folder, "written": len(copied.written)}
    print(text("cli.started", **facts), flush=True)
    if copied.kept:
        _tell(text("cli.start_kept", files=text("reports.comma").join(copied.kept)))
    return DONE if options.no_lab else start.lab(copied.folder, language())


def _lessons(options: argparse.Namespace) -> int:
    from crmbook.reports import jobs as planned

    titles = planned.titles(language())
    if options.json:
        _print_json([{"lesson": lesson, "title": title} for lesson, title in titles.items()])
    else:
        width = max(map(len, titles))
        print("\n".join(f"{lesson:<{width}}  {title}" for lesson, title in titles.items()))
    return DONE


_COMMANDS = {
    "start": _start,
    "run": _run,
    "batch": _batch,
    "check": _check,
    "lessons": _lessons,
    "build": _build,
    "sample": _sample,
    "experiment": _experiment,
    "course": _course,
    "doctor": _doctor,
}


# --- arguments --------------------------------------------------------------------------------------------------------


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):  # type: ignore[no-untyped-def]
        super().add_usage(usage, actions, groups, prefix if prefix is not None else text("cli.usage"))


class _Parser(argparse.ArgumentParser):
    """A parser that speaks the language in use; argparse itself speaks English."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, add_help=False, allow_abbrev=False, formatter_class=_Formatter)
        self.named = self.add_argument_group(text("cli.arguments"))
        self.options = self.add_argument_group(text("cli.options"))
        self.options.add_argument("-h", "--help", action="help", help=text("cli.help"))

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"crmbook: {_reworded(message)}\n")


def _reworded(message: str) -> str:
    for pattern, entry in _ARGPARSE.items():
        found = re.fullmatch(pattern, message)
        if found:
            facts = found.groupdict()
            if "choices" in facts:
                choices = re.findall(r"[\w-]+", facts["choices"])
                nearest = difflib.get_close_matches(facts["given"], choices, n=1)
                facts = {**facts, "choices": ", ".join(choices), "nearest": "".join(nearest)}
                entry = entry if nearest else "cli.no_choice"
            return text(entry, **facts)
    return message


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="crmbook", description=text("cli.description"))
    _add_language(parser, None)
    version = f"crmbook {__version__}"
    parser.options.add_argument("--version", action="version", version=version, help=text("cli.version"))
    commands = parser.add_subparsers(
        title=text("cli.commands"), dest="command", metavar=text("cli.command"), required=True, parser_class=_Parser
    )
    for name, add in _ADD.items():
        command = commands.add_parser(name, help=text(f"cli.do_{name}"), description=text(f"cli.do_{name}"))
        _add_language(command, argparse.SUPPRESS)  # said before the command, it holds as well
        add(command)
    return parser


def _add_language(parser: _Parser, default: object) -> None:
    parser.options.add_argument("--language", choices=LANGUAGES, default=default, help=text("cli.language"))


def _add_run(command: _Parser) -> None:
    command.named.add_argument("lessons", nargs="*", metavar="LESSON", help=text("cli.lessons"))
    add = command.options.add_argument
    add("--data", type=_name, metavar="DIR|FILE", help=text("cli.data"))
    add("-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE", help=text("cli.parameter"))
    add("-f", dest="settings", metavar="FILE.toml", help=text("cli.settings"))
    add("--out", type=_name, default="reports", metavar="DIR", help=text("cli.out"))
    add("--jobs", type=_count, default=2, metavar="N", help=text("cli.jobs"))
    add("--timeout", type=_count, default=600, metavar="N", help=text("cli.timeout"))
    add("--fresh", action="store_true", help=text("cli.fresh"))
    add("--help-parameters", action="store_true", help=text("cli.help_parameters"))
    add("--force", action="store_true", help=text("cli.force_run"))
    add("--quiet", action="store_true", help=text("cli.quiet"))
    add("--json", action="store_true", help=text("cli.json"))


def _add_batch(command: _Parser) -> None:
    command.named.add_argument("file", type=_name, metavar="FILE.toml", help=text("cli.batch_file"))
    add = command.options.add_argument
    add("--out", type=_name, metavar="DIR", help=text("cli.batch_out"))
    add("--jobs", type=_count, default=2, metavar="N", help=text("cli.jobs"))
    add("--resume", action="store_true", help=text("cli.resume"))
    add("--timeout", type=_count, default=600, metavar="N", help=text("cli.timeout"))
    add("--fresh", action="store_true", help=text("cli.fresh"))
    add("--quiet", action="store_true", help=text("cli.quiet"))
    add("--json", action="store_true", help=text("cli.json"))


def _add_check(command: _Parser) -> None:
    command.named.add_argument("data", type=_name, metavar="DIR|FILE", help=text("cli.data"))
    command.options.add_argument("--as-of", metavar="YYYY-MM-DD", help=text("cli.as_of"))
    command.options.add_argument("--json", action="store_true", help=text("cli.json"))


def _add_start(command: _Parser) -> None:
    command.named.add_argument("folder", type=_name, metavar="DIR", help=text("cli.start_folder"))
    command.options.add_argument("--no-lab", action="store_true", help=text("cli.no_lab"))
    command.options.add_argument("--force", action="store_true", help=text("cli.force_start"))


def _add_lessons(command: _Parser) -> None:
    command.options.add_argument("--json", action="store_true", help=text("cli.json"))


def _add_build(command: _Parser) -> None:
    command.named.add_argument("lessons", nargs="*", metavar="LESSON", help=text("cli.lessons"))
    command.options.add_argument("--check", action="store_true", help=text("cli.build_check"))
    command.options.add_argument("--execute", action="store_true", help=text("cli.execute"))


def _add_sample(command: _Parser) -> None:
    command.named.add_argument("case", metavar="CASE", help=text("cli.case"))
    add = command.options.add_argument
    add("--customers", type=_count, metavar="N", help=text("cli.customers"))
    add("--seed", type=int, metavar="S", help=text("cli.seed"))
    add("--out", metavar="DIR", help=text("cli.sample_folder"))
    add("--force", action="store_true", help=text("cli.force_sample"))


def _add_experiment(command: _Parser) -> None:
    command.named.add_argument("action", choices=("draw",), metavar="draw", help=text("cli.draw"))
    command.named.add_argument("list", type=_name, metavar="LIST", help=text("cli.list"))
    add = command.options.add_argument
    add("--holdout", type=float, required=True, metavar="SHARE", help=text("cli.holdout"))
    add("--by", type=_name, metavar="COLUMN", help=text("cli.by"))
    add("--campaign", type=_name, metavar="NAME", help=text("cli.campaign"))
    add("--seed", type=int, default=0, metavar="S", help=text("cli.seed"))
    add("--out", type=_name, default="campaigns.csv", metavar="FILE", help=text("cli.drawn_out"))


def _add_course(command: _Parser) -> None:
    actions = command.add_subparsers(
        title=text("cli.commands"), dest="action", metavar=text("cli.command"), required=True, parser_class=_Parser
    )
    parts = {"build": _add_course_build, "hand-out": _add_hand_out, "collect": _add_collect, "map": _add_nothing}
    for name, add in parts.items():
        told = text(f"cli.course_{name.replace('-', '_')}")
        action = actions.add_parser(name, help=told, description=told)
        _add_language(action, argparse.SUPPRESS)
        add(action)


def _add_course_build(command: _Parser) -> None:
    command.named.add_argument("lessons", nargs="*", metavar="LESSON", help=text("cli.lessons"))
    editions = ("student", "solution", "instructor")
    command.options.add_argument("--edition", choices=editions, default="student", help=text("cli.edition"))
    command.options.add_argument("--out", type=_name, metavar="DIR", help=text("cli.edition_out"))


def _add_hand_out(command: _Parser) -> None:
    command.named.add_argument("lessons", nargs="*", metavar="LESSON", help=text("cli.lessons"))
    add = command.options.add_argument
    add("--students", type=_name, required=True, metavar="FILE.csv", help=text("cli.students"))
    add(
        "--out",
        type=_name,
        required=True,
        metavar="DIR",
        help=f"{text('cli.class_out')} ({text('cli.class_language')})",
    )
    add("--customers", type=_count, metavar="N", help=text("cli.customers"))
    add("--seed", type=int, default=0, metavar="S", help=text("cli.class_seed"))


def _add_collect(command: _Parser) -> None:
    command.named.add_argument("folder", type=_name, metavar="DIR", help=text("cli.collect_folder"))
    add = command.options.add_argument
    add("--out", type=_name, metavar="DIR", help=text("cli.collect_out"))
    add("--timeout", type=_count, default=300, metavar="N", help=text("cli.collect_seconds"))
    add("--jobs", type=_count, default=2, metavar="N", help=text("cli.jobs"))


def _add_nothing(command: _Parser) -> None:
    """It takes nothing but the language."""


_ADD = {
    "start": _add_start,
    "run": _add_run,
    "batch": _add_batch,
    "check": _add_check,
    "lessons": _add_lessons,
    "build": _add_build,
    "sample": _add_sample,
    "experiment": _add_experiment,
    "course": _add_course,
    "doctor": _add_nothing,
}


def _name(written: str) -> str:
    if not written.strip():  # an empty variable of a script would be the working folder
        raise argparse.ArgumentTypeError("expected one argument")
    return written


def _count(written: str) -> int:
    value = int(written)
    if value < 1:
        raise ValueError(written)
    return value
