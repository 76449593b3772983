"""The catalogue of faults as pages show it, and what became of each in a run of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gwjwt.errors import UsageError
from gwjwt.faults.catalogue import CataloguedFault
from gwjwt.specification.catalogue import Catalogue
from gwjwt.specification.features import Scenario
from gwjwt.validation import first_problem


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Killer(_Section):
    """A scenario that gave a fault away."""

    scenario: str
    step: str
    reason: str


class Outcome(_Section):
    """A fault before the scenarios of one profile; one of ``faults`` in what ``gwjwt faults run`` writes."""

    name: str
    profile: str
    killed: bool
    killers: tuple[Killer, ...]


class _Matrix(_Section):
    faults: tuple[Outcome, ...]


@dataclass(frozen=True)
class ShownFault:
    """One wrong implementation."""

    fault: CataloguedFault
    clauses: tuple[str, ...]
    """Those of the register that it violates."""
    asked: tuple[Scenario, ...]
    """The scenarios that carry one of them: one of these has to notice."""
    outcomes: tuple[Outcome, ...]
    """What happened, for each profile; nothing without a run."""

    def caught(self, profile: str) -> bool | None:
        """Whether a scenario of the profile caught it; None without a run."""
        return next((each.killed for each in self.outcomes if each.profile == profile), None)


def shown_faults(
    faults: Iterable[CataloguedFault], catalogue: Catalogue, matrix: tuple[Outcome, ...]
) -> tuple[ShownFault, ...]:
    """The faults that violate a clause of this register; a suite of somebody else's has none of them."""
    by_name: dict[str, list[Outcome]] = {}
    for outcome in matrix:
        by_name.setdefault(outcome.name, []).append(outcome)
    always = [(each, frozenset(each.clauses)) for each in catalogue.scenarios if not each.on_demand]
    shown = []
    for fault in faults:
        clauses = tuple(each for each in fault.clauses if each in catalogue.clauses)
        asked = tuple(scenario for scenario, carried in always if not carried.isdisjoint(clauses))
        if clauses:
            shown.append(ShownFault(fault, clauses, asked, tuple(by_name.get(fault.name, ()))))
    return tuple(shown)


def by_clause(faults: Iterable[ShownFault]) -> Mapping[str, list[ShownFault]]:
    found: dict[str, list[ShownFault]] = {}
    for each in faults:
        for clause in each.clauses:
            found.setdefault(clause, []).append(each)
    return found


def read_matrix(file: Path | None) -> tuple[Outcome, ...]:
    """What ``gwjwt faults run --report-dir`` has written as faults.json, or ``--json`` printed.

    Raises:
        UsageError: it is none; names the file and the key.
    """
    if file is None:
        return ()
    try:
        return _MATRIX.validate_python(json.loads(file.read_bytes().decode("utf-8"))).faults
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ValidationError as error:
        problem = first_problem(error)
        raise UsageError(
            f"{file}: {problem.dotted}: {problem.words}; `gwjwt faults run --json` makes one"
        ) from error
    except ValueError as error:
        raise UsageError(f"{file}: is not JSON: {error}") from error


_MATRIX = TypeAdapter(_Matrix)
