"""The conformance report as a document: its keys and their types. The JSON schema in ``reports/`` is made of this."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gwjwt.reporting.conformance import API_VERSION, KIND, Result
from gwjwt.reporting.verdict import Verdict

_Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, strict=True)]
_Seconds = Annotated[float, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SuiteSection(_Section):
    version: str
    featuresDigest: _Digest = Field(  # noqa: N815  # as in every Kubernetes-style file; so below
        description="Over clauses.yaml and all feature files: equal digests, the same specification."
    )


class ImplementationSection(_Section):
    organization: str
    project: str
    url: str
    version: str
    contact: tuple[str, ...]


class EnvironmentSection(_Section):
    kind: str
    versions: dict[str, str]


class ClaimsSection(_Section):
    """What the implementation is tested for."""

    profiles: tuple[str, ...]
    features: tuple[str, ...] = Field(description="The optional features that it claims.")


class DeadlinesSection(_Section):
    """How long the suite waited at most, in seconds."""

    start: _Seconds
    settle: _Seconds
    request: _Seconds
    stop: _Seconds


class PolicySection(_Section):
    settling: str = Field(description="How it was known that a change is live.")
    order: str = Field(description="``files``, or ``seed N``.")
    deadlines: DeadlinesSection
    remarks: tuple[str, ...] = Field(description="What to know about the way the implementation was driven.")


class ProblemSection(_Section):
    what: str
    reason: str


class RunSection(_Section):
    """Whether the run was whole."""

    selected: _Count | None = Field(description="How many scenarios were to be judged.")
    interrupted: bool
    problems: tuple[ProblemSection, ...] = Field(description="What broke outside of any scenario.")
    fault: str | None = Field(
        description="The mistake that implementation or gateway was told to make: no conformance report."
    )


class CoreSection(_Section):
    result: Result
    statistics: dict[Verdict, _Count]


class ExtendedSection(CoreSection):
    supportedFeatures: tuple[str, ...]  # noqa: N815
    unsupportedFeatures: tuple[str, ...]  # noqa: N815


class ProfileSection(_Section):
    name: str
    result: Result
    core: CoreSection
    extended: ExtendedSection


class EvidenceSection(_Section):
    """The lines of evidence.jsonl that belong to a scenario."""

    entries: _Count
    digest: _Digest = Field(description="Over these lines, each with its line break.")


class ScenarioSection(_Section):
    id: str
    profile: str
    title: str
    clauses: tuple[str, ...]
    level: Literal["core", "extended", "atlas"]
    verdict: Verdict
    reason: str
    step: str = Field(description="The step that did not pass, with its place in the feature file.")
    attempts: Annotated[int, Field(ge=1, strict=True)]
    startSeconds: _Seconds = Field(description="From the start of the run.")  # noqa: N815
    durationSeconds: _Seconds  # noqa: N815
    worker: str = Field(description="The test process; empty where there was one only.")
    evidence: EvidenceSection


class ClauseSection(_Section):
    id: str
    level: Literal["core", "extended"]
    scenarios: tuple[str, ...]
    verdict: Verdict | Literal["not-run"]


class Report(_Section):
    """The report of one run."""

    apiVersion: Literal["gwjwt.dev/v1alpha1"]  # noqa: N815
    kind: Literal["ConformanceReport"]
    suite: SuiteSection
    implementation: ImplementationSection
    driver: str
    environment: EnvironmentSection
    claims: ClaimsSection
    policy: PolicySection
    startedAt: Annotated[str, Field(json_schema_extra={"format": "date-time"})]  # noqa: N815
    durationSeconds: _Seconds  # noqa: N815
    run: RunSection
    profiles: tuple[ProfileSection, ...]
    scenarios: tuple[ScenarioSection, ...]
    clauses: tuple[ClauseSection, ...]
    digest: _Digest = Field(description="Over all the rest; see docs/reports.md.")


def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of this version of the report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://{API_VERSION}/{KIND}.schema.json",
        **Report.model_json_schema(),
    }
