"""What a fault is, and what it has to hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.cluster.writes import Write
from gwjwt.reference.policies import Manifest
from gwjwt.reference.resources import State


@dataclass(frozen=True)
class Situation:
    """What the controller has before it: the state, the policies that exist, and the right ones."""

    state: State
    existing: Sequence[Manifest]
    right: Sequence[Manifest]


def as_documented(given: Situation) -> list[Manifest]:
    return list(given.right)


@dataclass(frozen=True)
class Fault:
    """One wrong behaviour under its name."""

    name: str
    summary: str
    clauses: tuple[str, ...]
    apply: Callable[[Situation], list[Manifest]] = as_documented
    """From the situation to the policies that the controller wants wrongly."""
    order: Callable[[Sequence[Write]], list[Write]] = list
    """From the writes in their right order to the order in which they are done."""
    report: Callable[[Manifest], Manifest] = dict
    """From the condition of a custom resource to the one that is reported."""


def is_deny(policy: Manifest) -> bool:
    return bool(policy["spec"].get("action") == "DENY")


def is_custom(policy: Manifest) -> bool:
    return bool(policy["spec"].get("action") == "CUSTOM")


def is_authentication(policy: Manifest) -> bool:
    return bool(policy["kind"] == "RequestAuthentication")


def target(policy: Manifest) -> str:
    """The name of the gateway that the policy is for."""
    return str(policy["spec"]["targetRefs"][0]["name"])


def with_spec(policy: Manifest, **fields: Any) -> Manifest:
    return {**policy, "spec": {**policy["spec"], **fields}}


def changing(
    kind: Callable[[Manifest], bool], change: Callable[[Manifest], Manifest]
) -> Callable[[Situation], list[Manifest]]:
    """The behaviour that changes each policy of a kind."""

    def apply(given: Situation) -> list[Manifest]:
        return [change(policy) if kind(policy) else policy for policy in given.right]

    return apply


def changing_rules(
    kind: Callable[[Manifest], bool], change: Callable[[Manifest], Manifest]
) -> Callable[[Situation], list[Manifest]]:
    """The behaviour that changes each rule of each policy of a kind; of a RequestAuthentication, each ``jwtRule``."""
    return changing(kind, lambda policy: _changed(policy, change))


def _changed(policy: Manifest, change: Callable[[Manifest], Manifest]) -> Manifest:
    field = "jwtRules" if is_authentication(policy) else "rules"
    return with_spec(policy, **{field: [change(rule) for rule in policy["spec"][field]]})
