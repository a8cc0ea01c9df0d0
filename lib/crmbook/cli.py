"""The command line: run notebooks, check data, build notebooks, make sample data.

Exit codes: 0 done, 1 the work failed or the data have faults, 2 wrong usage, 128 + the signal's number (130 for Ctrl-C)
interrupted. What went wrong is said
on stderr, in the language in use, without a stack trace for mistakes in data or usage.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
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

from crmbook.data.faults import DataError
from crmbook.locale import LANGUAGES, language, text, use
from crmbook.locale import name as name_in_words

DONE, FAILED, WRONG_USAGE = 0, 1, 2

_PATIENCE = 10  # seconds that an interrupted command has to clean up before a further signal ends it at once

_OF_USAGE = (
    "course_no_lesson",
    "load_as_of",
    "no_source",
    "no_home",
    "report_no_notebooks",
    "report_out_is_file",
    "report_out_not_writable",
    "report_not_ours",
    "sample_case",
    "sample_size",
    "sample_folder",
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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without Chinese still shows the rest
    use(language_of(given, os.environ))
    try:
        with _stoppable():
            options = _parser().parse_args(given)
            return _COMMANDS[options.command](options)
    except DataError as refused:
        print(f"crmbook: {refused}", file=sys.stderr)
        return WRONG_USAGE if refused.code in _OF_USAGE else FAILED
    except KeyboardInterrupt as stopped:
        print(f"\ncrmbook: {text('cli.interrupted')}", file=sys.stderr)
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    from crmbook.reports import parameters, run

    chosen = options.language or ""
    languages = (chosen,) if chosen else LANGUAGES
    try:
        if options.help_parameters:
            return _list_parameters(planned.plan(options.lessons, (language(),)))
        values = parameters.written(options.parameters)
        settings = Path(options.settings) if options.settings else None
        jobs = planned.plan(options.lessons, languages, values, settings, options.data)
    except DataError as refused:
        print(f"crmbook: {refused}", file=sys.stderr)
        return WRONG_USAGE

    def say(outcome: run.Outcome) -> None:
        if outcome.failure:
            print(f"\n{run.told(outcome)}\n{outcome.failure.trace}".rstrip(), file=sys.stderr)
        if outcome.changed:
            files = text("reports.comma").join(outcome.changed)
            print(f"\n{outcome.job.name}: {text('cli.changed', files=files)}", file=sys.stderr)

    outcomes = run.run(jobs, options.out, options.jobs, options.timeout, said=say)
    failed = [outcome for outcome in outcomes if outcome.failure]
    print(
        text("cli.written", index=Path(options.out) / "index.html", count=len(outcomes) - len(failed), of=len(outcomes))
    )
    comma = text("reports.comma")
    told = {
        "cli.failed": {"notebooks": comma.join(outcome.job.name for outcome in failed)},
        "cli.see_pages": {"pages": comma.join(outcome.page for outcome in failed if outcome.page)},
        "cli.kept": {"notebooks": comma.join(outcome.job.name for outcome in failed if outcome.kept)},
    }
    for entry, facts in told.items():
        if any(facts.values()):
            print(f"crmbook: {text(entry, **facts)}", file=sys.stderr)
    return FAILED if failed else DONE


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

    if options.check:
        differences = build.check()
        for difference in differences:
            print(difference, file=sys.stderr)
        return FAILED if differences else DONE
    for path in build.build(options.lessons or None, execute=options.execute):
        print(path.name if path.parent.name == "notebooks" else f"{path.parent.name}/{path.name}")
    return DONE


def _sample(options: argparse.Namespace) -> int:
    from crmbook.data import home, sample

    customers = sample.CUSTOMERS if options.customers is None else options.customers
    seed = sample.SEED if options.seed is None else options.seed
    if not options.out and (customers, seed) != (sample.CUSTOMERS, sample.SEED):
        print(f"crmbook: {text('cli.sample_out')}", file=sys.stderr)
        return WRONG_USAGE
    place = Path(options.out) if options.out else home.home() / "data" / "sample" / options.case
    print(sample.write(options.case, place, customers, seed))
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
_COMMANDS = {"run": _run, "check": _check, "build": _build, "sample": _sample, "course": _course, "doctor": _doctor}


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
                nearest = difflib.get_close_matches(facts["given"], choices, n=1, cutoff=0.0)
                facts = {**facts, "choices": ", ".join(choices), "nearest": nearest[0]}
            return text(entry, **facts)
    return message


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="crmbook", description=text("cli.description"))
    _add_language(parser, None)
    commands = parser.add_subparsers(
        title=text("cli.commands"), dest="command", metavar=text("cli.command"), required=True, parser_class=_Parser
    )
    for name, add in _PARTS.items():
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
    add("--help-parameters", action="store_true", help=text("cli.help_parameters"))


def _add_check(command: _Parser) -> None:
    command.named.add_argument("data", type=_name, metavar="DIR|FILE", help=text("cli.data"))
    command.options.add_argument("--as-of", metavar="YYYY-MM-DD", help=text("cli.as_of"))


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


_PARTS = {
    "run": _add_run,
    "check": _add_check,
    "build": _add_build,
    "sample": _add_sample,
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
