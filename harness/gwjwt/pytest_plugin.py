"""The pytest plugin: options, fixtures and hooks that make a run of the scenarios a conformance run.

It stays light until pytest collects a module of the suite, so that unit tests beside it do not pay for it.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from gwjwt.drivers.protocol import Driver
    from gwjwt.environments.protocol import EnvironmentDescription
    from gwjwt.reporting.directory import ReportDirectory
    from gwjwt.running.evidence_log import EvidenceLog
    from gwjwt.running.judge import ScenarioJudge
    from gwjwt.running.plan import RunPlan, Wishes
    from gwjwt.running.sharing import Joined
    from gwjwt.specification.catalogue import Catalogue
    from gwjwt.target import Target

PLAN = pytest.StashKey["RunPlan"]()
"""The plan of this process. Who has made it already may put it here before pytest is configured."""
_JUDGE = pytest.StashKey["ScenarioJudge"]()
_STEPS = pytest.StashKey[Path]()


class Place(Protocol):
    """What a run has to know of an environment."""

    @property
    def description(self) -> EnvironmentDescription: ...

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` if something in it has died."""


class AnnounceEnvironment:
    """Tells the run's report where this test process runs its scenarios."""

    def __init__(self, judge: ScenarioJudge) -> None:
        self._judge = judge

    def __call__(self, environment: Place) -> None:
        from gwjwt.reporting.events import EnvironmentFacts  # not for unit tests

        description = environment.description
        self._judge.environment_started(
            EnvironmentFacts(description.kind, dict(description.versions), description.settling),
            environment.check,
        )


@pytest.fixture(scope="session")
def gwjwt_target(pytestconfig: pytest.Config) -> Target:
    """The target of this run, read and checked."""
    return _plan(pytestconfig).target


@pytest.fixture(scope="session")
def gwjwt_driver(pytestconfig: pytest.Config) -> Driver:
    """The driver that the target names, with its options."""
    return _plan(pytestconfig).driver


@pytest.fixture(scope="session")
def gwjwt_shared(pytestconfig: pytest.Config) -> Joined | None:
    """What this process shares with others that run scenarios, or None."""
    from gwjwt.running.sharing import Joined  # not for unit tests

    return Joined.of(pytestconfig)


@pytest.fixture(scope="session")
def announce_environment(pytestconfig: pytest.Config) -> AnnounceEnvironment:
    """Call it once with the environment that has been started."""
    return AnnounceEnvironment(_judge(pytestconfig))


@pytest.fixture
def gwjwt_profile(pytestconfig: pytest.Config) -> str:
    """The profile of the running scenario."""
    return _judge(pytestconfig).profile


@pytest.fixture
def evidence_log(pytestconfig: pytest.Config) -> EvidenceLog:
    """Where the running scenario keeps what it saw."""
    return _judge(pytestconfig).evidence


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from gwjwt.running import hooks  # pytest's own order of things

    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gwjwt", "gateway JWT conformance")
    group.addoption(
        "--gwjwt-target", metavar="FILE", type=Path, help="target file; default: the bundled reference"
    )
    group.addoption("--gwjwt-driver", metavar="NAME", help="driver, instead of the one in the target file")
    group.addoption(
        "--gwjwt-driver-option",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="an option of the driver, instead of the one in the target file",
    )
    group.addoption(
        "--gwjwt-environment", metavar="KIND", help="environment, instead of the one in the target file"
    )
    group.addoption(
        "--gwjwt-environment-option",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="an option of the environment, instead of the one in the target file",
    )
    group.addoption(
        "--gwjwt-fault", metavar="NAME", help="have the reference implementation make this mistake"
    )
    group.addoption(
        "--gwjwt-under-fault",
        metavar="NAME",
        action="append",
        default=[],
        help="run the scenarios of its clauses with this fault, for a kill matrix",
    )
    group.addoption(
        "--gwjwt-thorough", action="store_true", help="run every scenario with each of these faults"
    )
    group.addoption(
        "--gwjwt-profile", metavar="NAME", action="append", default=[], help="judge this profile only"
    )
    group.addoption(
        "--gwjwt-level", metavar="LEVEL", action="append", default=[], help="judge this level only"
    )
    group.addoption(
        "--gwjwt-clause", metavar="ID", action="append", default=[], help="judge this clause only"
    )
    group.addoption(
        "--gwjwt-scenario", metavar="ID", action="append", default=[], help="judge this scenario only"
    )
    group.addoption(
        "--gwjwt-seed", metavar="N", type=int, help="run the scenarios in the order that this seed gives"
    )
    group.addoption(
        "--gwjwt-report-dir", metavar="DIR", type=Path, help="write report.yaml, report.json, junit.xml"
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if names := config.getoption("gwjwt_under_fault"):
        from gwjwt.running.fault_runs import FaultRuns  # only for the kill matrix

        faulty = FaultRuns(_plan(config), names, thorough=config.getoption("gwjwt_thorough"))
        config.pluginmanager.register(faulty, "gwjwt-fault-runs")
    if hasattr(config, "workerinput"):
        return
    directory = config.getoption("gwjwt_report_dir")
    if directory is not None:
        reports = report_directory(directory, _plan(config).catalogue)
        config.pluginmanager.register(reports, "gwjwt-report-directory")
    if config.hook.pytest_gwjwt_event.get_hookimpls():
        from gwjwt.running.relay import EventRelay  # only if somebody listens

        config.pluginmanager.register(EventRelay(config, _plan(config)), "gwjwt-event-relay")
    if config.getoption("tx", None) and (PLAN in config.stash or config.getoption("gwjwt_environment")):
        from gwjwt.running.sharing import SharedEnvironment  # only if there are workers

        config.pluginmanager.register(SharedEnvironment(_plan(config)), "gwjwt-shared-environment")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Load what the suite needs when the first of its modules comes up."""
    config = parent.config
    if _JUDGE not in config.stash and module_path.is_relative_to(_steps(config)):
        _judge(config)


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_apply_tag(tag: str) -> bool | None:
    """Keep the suite's tags from becoming pytest marks: they are read from the features themselves."""
    from gwjwt.specification.features import is_own_tag  # only where there are features

    return True if is_own_tag(tag) else None


def report_directory(directory: Path, catalogue: Catalogue) -> ReportDirectory:
    """The sink that writes all reports of a run.

    Raises:
        UsageError: the folder cannot be made.
    """
    from gwjwt.cucumber.messages import FILE, form_of  # only for who wants reports
    from gwjwt.reporting.directory import ReportDirectory

    further = {FILE: form_of(catalogue)}
    return ReportDirectory(directory, catalogue.scenarios, catalogue.clauses.values(), further)


def _steps(config: pytest.Config) -> Path:
    if _STEPS not in config.stash:
        from gwjwt.specification.root import suite_root  # not before something is collected

        config.stash[_STEPS] = suite_root() / "steps"
    return config.stash[_STEPS]


def _judge(config: pytest.Config) -> ScenarioJudge:
    """The judge of this process; on first use, the vocabulary becomes part of pytest."""
    if _JUDGE not in config.stash:
        from gwjwt.running.binding import allow_tags_on_examples  # not for unit tests
        from gwjwt.running.judge import ScenarioJudge
        from gwjwt.running.step_memory import remembered_steps
        from gwjwt.specification.vocabulary import make_importable, suite_modules

        plan = _plan(config)
        judge = config.stash[_JUDGE] = ScenarioJudge(plan)
        config.pluginmanager.register(judge, "gwjwt-judge")
        make_importable(plan.catalogue.root)
        pytest.register_assert_rewrite("steps.vocabulary")  # before one of its modules imports another
        for module in suite_modules(plan.catalogue.root):
            config.pluginmanager.import_plugin(module)
        allow_tags_on_examples(plan.catalogue)
        during_the_session = ExitStack()
        config.add_cleanup(during_the_session.close)
        during_the_session.enter_context(remembered_steps())
    return config.stash[_JUDGE]


def _plan(config: pytest.Config) -> RunPlan:
    if PLAN not in config.stash:
        from gwjwt.errors import UsageError  # not for unit tests
        from gwjwt.running.plan import plan_run

        try:
            config.stash[PLAN] = plan_run(_wishes(config))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[PLAN]


def _pairs(config: pytest.Config, what: str) -> dict[str, str]:
    """The options of the driver or of the environment."""
    pairs = [text.partition("=") for text in config.getoption(f"gwjwt_{what}_option")]
    for key, equals, _ in pairs:
        if not equals:
            raise pytest.UsageError(f"--gwjwt-{what}-option {key}: must be KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _wishes(config: pytest.Config) -> Wishes:
    from gwjwt.running.plan import Wishes  # not for unit tests
    from gwjwt.specification.selection import Selection

    option = config.getoption
    return Wishes(
        target_file=option("gwjwt_target"),
        driver=option("gwjwt_driver"),
        driver_options=_pairs(config, "driver"),
        environment=option("gwjwt_environment"),
        environment_options=_pairs(config, "environment"),
        fault=option("gwjwt_fault"),
        selection=Selection(
            profiles=tuple(option("gwjwt_profile")),
            clauses=tuple(option("gwjwt_clause")),
            scenarios=tuple(option("gwjwt_scenario")),
            levels=tuple(option("gwjwt_level")),
        ),
        seed=option("gwjwt_seed"),
    )
