"""Faults of manifests that a user keeps for a gateway product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Manifest = Mapping[str, Any]
Change = Callable[[Sequence[Manifest]], list[Manifest]]
Belief = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class ManifestFault:
    """One wrong set of manifests under its name."""

    name: str
    summary: str
    profile: str
    clauses: tuple[str, ...]
    """Each has a scenario that notices it, and no scenario of other clauses alone does."""
    change: Change = list
    """From the right manifests to the wrong ones."""
    belief: Belief = dict
    """From what is wanted, as templates see it, to what it is taken for."""


def dropping(kind: str) -> Change:
    """Leave out every object of a kind."""
    return lambda manifests: [each for each in manifests if each["kind"] != kind]


def editing(kind: str, edit: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Change:
    """Replace the ``spec`` of every object of a kind by what is made of it."""

    def edited(each: Manifest) -> Manifest:
        return {**each, "spec": edit(dict(each["spec"]))} if each["kind"] == kind else each

    return lambda manifests: [edited(each) for each in manifests]


def editing_rules(edit: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Change:
    """Replace every rule of every RequestAuthentication by what is made of it."""
    return editing(
        "RequestAuthentication",
        lambda spec: {**spec, "jwtRules": [edit(dict(rule)) for rule in spec["jwtRules"]]},
    )


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
