"""``gwjwt run``: the suite in this process, through pytest, with our own progress, summary and reports."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

import pytest

from gwjwt.errors import UsageError
from gwjwt.pytest_plugin import PLAN, report_directory
from gwjwt.releases.gate import Gate, read_gate
from gwjwt.reporting.conclusion import Conclusion, ExitCode, conclude_run
from gwjwt.reporting.conformance import RunRecord, conformance_report
from gwjwt.reporting.events import Event, RunProblem, Sink
from gwjwt.reporting.evidence_file import EvidenceFile
from gwjwt.reporting.progress import progress_view
from gwjwt.reporting.summary import write_summary
from gwjwt.reporting.timing_file import TimingFile
from gwjwt.running.plan import RunPlan, Wishes, plan_run

_INI = Path(__file__).with_name("suite.ini")

_UNUSED_PLUGINS = (
    "terminal",
    "cacheprovider",
    "logging",
    "warnings",
    "doctest",
    "unittest",
    "tmpdir",  # with workers it would leave a folder behind
    "unraisableexception",  # collects garbage several times at the end, for warnings that nobody would see
    "threadexception",
)
"""Of pytest's own plugins those that a conformance run has no use for."""

_WRITING = "writing the output"

_PYTEST_FAILED = (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


@dataclass(frozen=True)
class RunOptions:
    """How to run and what to show; what is run is in the wishes."""

    workers: str = "0"
    """``0``: in this process; a number or ``auto``: that many processes beside it."""
    report_dir: Path | None = None
    gate: Path | None = None
    """The gate file that decides about the exit code."""
    fail_fast: bool = False
    quiet: bool = False
    as_json: bool = False
    timings: Path | None = None
    """Where to write what the seconds went to."""
    evidence: Path | None = None
    """Where to write what every scenario saw."""


class _Command:
    """A pytest plugin: brings the plan along, and hands every event to the record and to the other listeners.

    A listener that can no longer write (a closed pipe, a full disk) is left out from then on. The run goes on, for
    the others' sake, with the problem on record: it cannot end as conformant.
    """

    def __init__(self, plan: RunPlan, record: RunRecord, others: Sequence[Sink]) -> None:
        self._plan = plan
        self._record = record
        self._others = list(others)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[PLAN] = self._plan

    def pytest_gwjwt_event(self, event: Event) -> None:
        self._record(event)
        for sink in tuple(self._others):
            try:
                sink(event)
            except OSError as error:
                self._others.remove(sink)
                self._record(RunProblem(_WRITING, str(error)))


def run_suite(wishes: Wishes, options: RunOptions) -> int:
    """Judge the scenarios that the wishes name, show and write what came out, and return the exit code.

    Raises:
        UsageError: a wish or the target file is wrong.
    """
    plan = plan_run(wishes)
    if options.workers != "0" and plan.solitary:
        raise UsageError(f"-n {options.workers}: {plan.solitary}; leave -n out")
    gate = read_gate(options.gate, plan.catalogue) if options.gate else None
    record = RunRecord()
    progress = progress_view(sys.stderr if options.as_json else sys.stdout, quiet=options.quiet)
    sinks: list[Sink] = [progress]
    if options.report_dir is not None:
        sinks.append(report_directory(options.report_dir, plan.catalogue))
    if options.timings is not None:
        sinks.append(TimingFile(options.timings))
    if options.evidence is not None:
        sinks.append(EvidenceFile(options.evidence))
    with progress, pytest_on_its_own(), terminated_like_interrupted():
        code = pytest.main(pytest_arguments(plan, wishes, options), plugins=[_Command(plan, record, sinks)])
    if code in _PYTEST_FAILED and not record.problems:
        record(RunProblem("running pytest", f"it ended with {pytest.ExitCode(code).name}"))
    misuse = next((problem.reason for problem in record.problems if problem.misuse), None)
    if misuse is not None:
        raise UsageError(misuse)
    conclusion = conclude_run(record, plan.catalogue.scenarios)
    try:
        _tell(plan, record, conclusion, options)
    except BrokenPipeError:  # who has read enough of it still gets the exit code
        discard_output()
    return int(conclusion.exit_code if gate is None else _at_gate(gate, plan, record))


def _at_gate(gate: Gate, plan: RunPlan, record: RunRecord) -> ExitCode:
    """What the gate says of the run. One that was not whole is never let through."""
    verdicts = {name: event.verdict for name, event in record.finished.items()}
    if record.interrupted or not record.whole or not verdicts:
        sys.stderr.write("gate: closed: the run was not whole\n")
        return ExitCode.NOTHING_JUDGED
    objections = list(gate.objections(verdicts, plan.catalogue.by_id, datetime.now(UTC).date()))
    sys.stderr.writelines(f"gate: {line}\n" for line in objections)
    sys.stderr.write(f"gate: {'closed' if objections else 'open'} ({gate.file})\n")
    return ExitCode.NOT_CONFORMANT if objections else ExitCode.CONFORMANT


def pytest_arguments(plan: RunPlan, wishes: Wishes, options: RunOptions) -> list[str]:
    """What pytest is told: only our plugins, no files written, nothing from ini files around the user."""
    root = plan.catalogue.root
    arguments = [
        f"--config-file={_INI}",
        f"--rootdir={root}",
        "--import-mode=importlib",
        "--disable-plugin-autoload",
        "--capture=sys",
        "--assert=plain",
        *_plugins("pytest_bdd.plugin", "gwjwt.pytest_plugin"),
        *(f"-pno:{name}" for name in _UNUSED_PLUGINS),
    ]
    if options.workers != "0":
        arguments += [*_plugins("xdist.plugin"), "-n", options.workers]
    if options.fail_fast:
        arguments.append("--exitfirst")
    arguments += _wished(wishes)
    return [*arguments, *map(str, _modules(root, plan))]


def _plugins(*names: str) -> list[str]:
    return [argument for name in names for argument in ("-p", name)]


def _wished(wishes: Wishes) -> list[str]:
    single: Mapping[str, object] = {
        "target": wishes.target_file.resolve() if wishes.target_file else None,
        "driver": wishes.driver,
        "environment": wishes.environment,
        "fault": wishes.fault,
        "seed": wishes.seed,
    }
    several: Mapping[str, Sequence[str]] = {
        "profile": wishes.selection.profiles,
        "level": wishes.selection.levels,
        "clause": wishes.selection.clauses,
        "scenario": wishes.selection.scenarios,
        "driver-option": [f"{key}={value}" for key, value in wishes.driver_options.items()],
        "environment-option": [f"{key}={value}" for key, value in wishes.environment_options.items()],
    }
    arguments = [f"--gwjwt-{name}={value}" for name, value in single.items() if value is not None]
    return arguments + [f"--gwjwt-{name}={value}" for name, values in several.items() for value in values]


def _modules(root: Path, plan: RunPlan) -> list[Path]:
    """The modules that bind the judged profiles, so that no other is imported; all if one has none of its own."""
    folders = {each.folder for each in plan.catalogue.scenarios if each.profile in plan.profiles}
    modules = [root / "steps" / f"test_{folder.replace('-', '_')}.py" for folder in sorted(folders)]
    return modules if all(module.is_file() for module in modules) else [root / "steps"]


@contextmanager
def pytest_on_its_own() -> Iterator[None]:
    """Keep the user's wishes for other pytest runs out of this one."""
    kept = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: everything is released and the report is written."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(plan: RunPlan, record: RunRecord, conclusion: Conclusion, options: RunOptions) -> None:
    scenarios = plan.catalogue.scenarios
    text_stream: TextIO = sys.stdout
    if options.as_json:
        text_stream = sys.stderr
        report = conformance_report(record, scenarios, plan.catalogue.clauses.values())
        sys.stdout.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    if not options.quiet or conclusion.exit_code is not ExitCode.CONFORMANT:
        write_summary(record, scenarios, conclusion, text_stream)
    unwritten = any(problem.what == _WRITING for problem in record.problems)
    if options.report_dir is not None and record.started and not (options.quiet or unwritten):
        text_stream.write(f"report: {options.report_dir / 'report.yaml'}\n")
    sys.stdout.flush()


def discard_output() -> None:
    """Keep Python from failing once more when it flushes what nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def istio_options(version: str | None, debounce: str | None, environment: str | None) -> dict[str, str]:
    """The options of the environment local-istio that the command line gives.

    Raises:
        UsageError: there are some, and another environment is asked for.
    """
    given = {"--istio-version": version, "--istio-debounce": debounce}
    options = {name.removeprefix("--istio-"): value for name, value in given.items() if value is not None}
    if options and environment not in {None, "local-istio"}:
        raise UsageError(
            f"--istio-{next(iter(options))}: only for --environment local-istio, not {environment}"
        )
    return options


def charm_options(
    charm: Path | None,
    interpreter: Path | None,
    juju_model: str | None,
    *,
    make_interpreter: bool,
    driver: str | None,
) -> dict[str, str]:
    """The options of the charm driver that the command line gives, relative to the folder it is called in.

    Raises:
        UsageError: there are some, and another driver is asked for.
    """
    given = {
        "charm": str(charm.absolute()) if charm else "",
        "interpreter": str(interpreter.absolute()) if interpreter else "",
        "makeInterpreter": "true" if make_interpreter else "",
        "jujuModel": juju_model or "",
    }
    options = {key: value for key, value in given.items() if value}
    if options and driver not in {None, "charm"}:
        raise UsageError(f"--charm, its interpreter and --juju-model: only for --driver charm, not {driver}")
    return options


def checked_workers(text: str) -> str:
    """The value of ``-n``.

    Raises:
        UsageError: it is neither a number from 0 nor ``auto``.
    """
    if text != "auto" and not text.isdigit():
        raise UsageError(f"-n {text}: must be a number from 0, or auto")
    return text
