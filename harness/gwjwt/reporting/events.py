"""The one stream of events that every report, the progress line and the exit code are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gwjwt.reporting.verdict import Verdict
from gwjwt.waiting import Deadlines

Evidence = Mapping[str, Any]
"""What a scenario showed of one request or one object: JSON, without tokens."""


@dataclass(frozen=True)
class ImplementationFacts:
    """Who is tested, as the target file says."""

    organization: str = ""
    project: str = ""
    url: str = ""
    version: str = ""
    contact: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnvironmentFacts:
    """Where the run took place."""

    kind: str
    versions: Mapping[str, str] = field(default_factory=dict)
    settling: str = ""


@dataclass(frozen=True)
class RunStarted:
    started_at: datetime
    suite_version: str
    features_digest: str
    implementation: ImplementationFacts
    driver: str
    profiles: frozenset[str]
    """The profiles that are judged."""
    features: frozenset[str]
    """The optional features that the implementation claims."""
    environment: str
    deadlines: Deadlines
    narrowed: bool = False
    """Only some clauses or scenarios were asked for, so no profile can be shown to hold."""
    seed: int | None = None
    """The order of the scenarios: None is the order of the files."""
    remarks: tuple[str, ...] = ()
    """What a reader has to know about the way the implementation was driven."""
    fault: str | None = None
    """The mistake that the implementation or the gateway was told to make: such a run shows no conformance."""


@dataclass(frozen=True)
class ScenariosSelected:
    """How many scenarios the run will judge. Comes after ``RunStarted``."""

    count: int


@dataclass(frozen=True)
class EnvironmentStarted:
    """A test process has its environment. Once for each process."""

    environment: EnvironmentFacts


@dataclass(frozen=True)
class ScenarioStarted:
    id: str
    worker: str = ""


@dataclass(frozen=True)
class ScenarioFinished:
    id: str
    verdict: Verdict
    reason: str = ""
    """Why it did not pass, or what an observation recorded."""
    step: str = ""
    """The step that did not pass, with its place in the feature file."""
    evidence: tuple[Evidence, ...] = ()
    duration: float = 0.0
    """Seconds from set-up to tear-down, without the start and the stop of the environment."""
    start: float = 0.0
    """Seconds from the start of the run to that of the scenario."""
    attempts: int = 1
    """How often it was run. The suite never repeats one to get another answer."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by phase; see ``gwjwt.timings``."""
    worker: str = ""
    """The test process; empty where there is one only."""


@dataclass(frozen=True)
class RunProblem:
    """Something outside of any scenario kept the run from being whole, say a module that does not import."""

    what: str
    reason: str
    misuse: bool = False
    """The user can put it right: the target file or the command line is wrong."""


@dataclass(frozen=True)
class RunFinished:
    duration: float
    interrupted: bool = False


Event = (
    RunStarted
    | ScenariosSelected
    | EnvironmentStarted
    | ScenarioStarted
    | ScenarioFinished
    | RunProblem
    | RunFinished
)

Sink = Callable[[Event], None]
"""Something that takes events, in their order and in one thread."""
