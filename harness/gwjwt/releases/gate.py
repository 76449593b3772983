"""A gate file: which scenarios or clauses are expected not to pass, and why; everything else has to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gwjwt.errors import TargetError
from gwjwt.reporting.verdict import Verdict
from gwjwt.specification.catalogue import Catalogue, close_matches, matches_id
from gwjwt.specification.features import Scenario
from gwjwt.validation import first_problem
from gwjwt.yaml_documents import document, yaml_problem

API_VERSION = "gwjwt.dev/v1alpha1"
KIND = "Gate"

_MET = frozenset({Verdict.PASSED, Verdict.RECORDED})
"""What a gate takes of a scenario that it does not name, beside ``unsupported`` where the run takes that too."""

_Expectable = Literal["failed", "inconclusive", "unsupported", "error"]


class Expectation(BaseModel):
    """One entry of a gate file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str | None = None
    """An id; an outline's id stands for its rows, a folder or file for all that is in it."""
    clause: str | None = None
    verdict: _Expectable
    reason: Annotated[str, Field(min_length=1)]
    expires: date | None = None
    """The last day on which it is expected."""

    def names(self, scenario: Scenario) -> bool:
        """Whether it speaks of this scenario."""
        if self.scenario is not None:
            return matches_id(self.scenario, scenario.id)
        return self.clause in scenario.clauses


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    apiVersion: Literal["gwjwt.dev/v1alpha1"]  # noqa: N815  # as in every Kubernetes-style file
    kind: Literal["Gate"]
    expected: tuple[Expectation, ...]


@dataclass(frozen=True)
class Gate:
    """A gate file, read and found whole."""

    file: Path
    expected: tuple[Expectation, ...]

    def objections(
        self, verdicts: Mapping[str, Verdict], scenarios: Mapping[str, Scenario], today: date
    ) -> Iterator[str]:
        """Why the release is held: what nobody expects, and what is expected and did not happen. One line each.

        Args:
            verdicts: of the scenarios that were run, by id.
            scenarios: those, as the suite states them.
            today: decides which expectations have expired.
        """
        for index, each in enumerate(self.expected):
            if each.expires is not None and each.expires < today:
                yield f"{self.file}: expected[{index}].expires: expired on {each.expires}: {each.reason}"
        for identity, verdict in verdicts.items():
            yield from self._of(scenarios[identity], verdict, today)

    def _of(self, scenario: Scenario, verdict: Verdict, today: date) -> Iterator[str]:
        named = [
            (index, each)
            for index, each in enumerate(self.expected)
            if each.names(scenario) and (each.expires is None or each.expires >= today)
        ]
        if any(each.verdict == verdict for _, each in named):
            return
        for index, each in named[:1]:
            yield (
                f"{scenario.id}: is {verdict}, but {self.file}: expected[{index}] says {each.verdict} "
                f"({each.reason}): change or remove the entry"
            )
        if not named and not _is_met(scenario, verdict):
            yield f"{scenario.id}: is {verdict}, which {self.file} does not expect"


def _is_met(scenario: Scenario, verdict: Verdict) -> bool:
    """A scenario that depends on an optional feature, or is extended, may be unsupported."""
    optional = bool(scenario.optional_features) or scenario.level == "extended"
    return verdict in _MET or (verdict is Verdict.UNSUPPORTED and optional)


def read_gate(file: Path, catalogue: Catalogue) -> Gate:
    """Read a gate file.

    Raises:
        TargetError: it cannot be read, a key is wrong, or it names what the suite does not have.
    """
    try:
        content = document(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(file, "file", (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise TargetError(file, "file", "is not UTF-8") from error
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error)
        raise TargetError(f"{file}:{line}", "YAML", problem) from error
    try:
        read = _File.model_validate(content)
    except ValidationError as error:
        first = first_problem(error)
        raise TargetError(file, first.dotted, first.words, first.choices) from error
    for index, each in enumerate(read.expected):
        _require_known(file, f"expected[{index}]", each, catalogue)
    return Gate(file, read.expected)


def _require_known(file: Path, key: str, each: Expectation, catalogue: Catalogue) -> None:
    if (each.scenario is None) == (each.clause is None):
        raise TargetError(file, key, "must name a scenario or a clause, one of the two")
    if each.clause is not None and each.clause not in catalogue.clauses:
        close = close_matches(each.clause, catalogue.clauses)
        raise TargetError(file, f"{key}.clause", f"{each.clause!r} is unknown", close)
    if each.scenario is not None and not any(map(each.names, catalogue.scenarios)):
        close = close_matches(each.scenario, catalogue.by_id)
        raise TargetError(file, f"{key}.scenario", f"{each.scenario!r} is unknown", close)


def gate_text(verdicts: Mapping[str, tuple[Verdict, str]], scenarios: Mapping[str, Scenario]) -> str:
    """A gate file that expects what a report shows: verdict and reason of each scenario by id.

    The first line of the run's reason stands for the reason; whoever keeps the file says why it is accepted.
    """
    expected = [
        {"scenario": identity, "verdict": verdict.value, "reason": reason.partition("\n")[0] or "as reported"}
        for identity, (verdict, reason) in verdicts.items()
        if identity in scenarios and not _is_met(scenarios[identity], verdict)
    ]
    content = {"apiVersion": API_VERSION, "kind": KIND, "expected": expected}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
