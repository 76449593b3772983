"""The whole specification: register, scenarios, and what ties the two together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from gwjwt.errors import UsageError
from gwjwt.specification.clauses import Clause, Decision, load_clauses, load_decisions, profiles_of
from gwjwt.specification.features import Scenario, feature_files, load_scenarios
from gwjwt.specification.root import suite_root


@dataclass(frozen=True)
class Catalogue:
    """Everything that the suite states, read from its files."""

    root: Path
    clauses: Mapping[str, Clause]
    decisions: Mapping[str, Decision]
    scenarios: tuple[Scenario, ...]

    @cached_property
    def profiles(self) -> list[str]:
        return profiles_of(self.clauses.values())

    @cached_property
    def by_id(self) -> Mapping[str, Scenario]:
        return {scenario.id: scenario for scenario in self.scenarios}

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str, tuple[str, ...]], Scenario]:
        """By file, title as written and the values of the row: what a test runner knows of a scenario."""
        return {
            (str(scenario.file), scenario.template, tuple(value for _, value in scenario.row)): scenario
            for scenario in self.scenarios
        }

    @cached_property
    def features_digest(self) -> str:
        """``sha256:`` over clauses.yaml, the token atlas and all feature files: equal digests, the same text."""
        return digest(self.root)

    def of_clause(self, clause: str) -> list[Scenario]:
        return [scenario for scenario in self.scenarios if clause in scenario.clauses]

    def of_profile(self, profile: str) -> list[Scenario]:
        return [scenario for scenario in self.scenarios if scenario.profile == profile]

    def require_profiles(self, names: Iterable[str]) -> None:
        """Raises ``UsageError`` for the first name that is no profile, with close matches."""
        for name in names:
            _require("profile", name, self.profiles)

    def require_clauses(self, names: Iterable[str]) -> None:
        """Raises ``UsageError`` for the first name that is no clause, with close matches."""
        for name in names:
            _require("clause", name, list(self.clauses))

    def require_scenarios(self, names: Iterable[str]) -> None:
        """Raises ``UsageError`` for the first name that is neither a scenario's id nor the start of some."""
        for name in names:
            if not any(matches_id(name, scenario.id) for scenario in self.scenarios):
                _require("scenario", name, list(self.by_id))


def load_catalogue(root: Path | None = None) -> Catalogue:
    """Read the suite at ``root``, by default the one that ``suite_root`` finds.

    Raises:
        SpecificationError: one of its files cannot be read.
    """
    place = root or suite_root()
    return Catalogue(place, load_clauses(place), load_decisions(place), load_scenarios(place))


def matches_id(wanted: str, scenario_id: str) -> bool:
    """Whether ``wanted`` is the scenario's id, its outline's, or a folder or file of features around it."""
    return scenario_id == wanted or scenario_id.startswith((f"{wanted}[", f"{wanted.rstrip('/')}/"))


def digest(root: Path) -> str:
    """See ``Catalogue.features_digest``. Names of files count as well as their content."""
    total = hashlib.sha256()
    rows = root / "features" / "token-atlas.yaml"
    for file in (
        root / "features" / "clauses.yaml",
        *([rows] if rows.is_file() else ()),
        *feature_files(root),
    ):
        content = file.read_bytes()
        total.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return f"sha256:{total.hexdigest()}"


def close_matches(name: str, known: Iterable[str]) -> list[str]:
    """At most five known names that look like ``name``, ignoring case."""
    lowered = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(name.lower(), lowered, n=5, cutoff=0.5)
    return [lowered[candidate] for candidate in found]


def _require(kind: str, name: str, known: list[str]) -> None:
    if name in known:
        return
    close = close_matches(name, known)
    hint = f"did you mean {', '.join(close)}?" if close else f"see `gwjwt list {kind}s`"
    raise UsageError(f"unknown {kind} {name!r}; {hint}")
