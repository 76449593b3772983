"""Deliberately wrong variants of the controller: each proves that the suite notices what it is meant to notice.

A fault changes which policies are wanted, and nothing else. It names the core clauses that it violates, or whose
effect can no longer be seen: every scenario that carries one of these must fail, and every other must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.errors import UsageError
from gwjwt.reference.policies import Manifest, resource_name
from gwjwt.reference.resources import State


@dataclass(frozen=True)
class Situation:
    """What the controller has before it: the state, the policies that exist, and the right ones."""

    state: State
    existing: Sequence[Manifest]
    right: Sequence[Manifest]


@dataclass(frozen=True)
class Fault:
    """One wrong behaviour under its name."""

    name: str
    summary: str
    clauses: tuple[str, ...]
    apply: Callable[[Situation], list[Manifest]]
    """From the situation to the policies that the controller wants wrongly."""


class UnknownFault(UsageError):
    """There is no fault of this name."""

    def __init__(self, name: str) -> None:
        self.choices = tuple(FAULTS)
        super().__init__(f"unknown fault {name!r} (valid: {', '.join(self.choices)})")


def named(name: str) -> Fault:
    """The fault of this name.

    Raises:
        UnknownFault: with the valid names.
    """
    if name not in FAULTS:
        raise UnknownFault(name)
    return FAULTS[name]


def _is_deny(policy: Manifest) -> bool:
    return bool(policy["spec"].get("action") == "DENY")


def _target(policy: Manifest) -> str:
    return str(policy["spec"]["targetRefs"][0]["name"])


def _with_spec(policy: Manifest, **fields: Any) -> Manifest:
    return {**policy, "spec": {**policy["spec"], **fields}}


def _without_deny(given: Situation) -> list[Manifest]:
    return [policy for policy in given.right if not _is_deny(policy)]


def _names_swapped(given: Situation) -> list[Manifest]:
    swapped = {
        resource_name(each): f"request-auth-{each.gateway.name}-{each.app.name}"
        for each in given.state.relations
    }
    return [_renamed(policy, swapped.get(policy["metadata"]["name"])) for policy in given.right]


def _renamed(policy: Manifest, name: str | None) -> Manifest:
    return {**policy, "metadata": {**policy["metadata"], "name": name}} if name else policy


def _one_issuer_only(given: Situation) -> list[Manifest]:
    trusted: dict[str, str] = {}
    wanted = []
    for policy in given.right:
        rules = policy["spec"].get("jwtRules")
        if rules is None:
            wanted.append(policy)
            continue
        issuer = trusted.setdefault(_target(policy), rules[0]["issuer"])
        kept = [rule for rule in rules if rule["issuer"] == issuer]
        if kept:
            wanted.append(_with_spec(policy, jwtRules=kept))
    return wanted


def _deny_kept(given: Situation) -> list[Manifest]:
    denied = {_target(policy) for policy in given.right if _is_deny(policy)}
    stale = [policy for policy in given.existing if _is_deny(policy) and _target(policy) not in denied]
    return [*given.right, *stale]


def _scope_missing(given: Situation) -> list[Manifest]:
    return [_unscoped(policy) if _is_deny(policy) else policy for policy in given.right]


def _unscoped(policy: Manifest) -> Manifest:
    return _with_spec(policy, rules=[{"from": rule["from"]} for rule in policy["spec"]["rules"]])


def _scope_left_behind(given: Situation) -> list[Manifest]:
    stale = {
        _target(policy): policy
        for policy in given.existing
        if _is_deny(policy) and "when" in policy["spec"]["rules"][0]
    }
    return [stale.get(_target(policy), policy) if _is_deny(policy) else policy for policy in given.right]


def _by_name(faults: Iterable[Fault]) -> dict[str, Fault]:
    return {fault.name: fault for fault in faults}


FAULTS = _by_name(
    [
        Fault(
            name="deny-dropped",
            summary="no DENY policy is ever written: requests without a token pass",
            clauses=(
                "CHARM-BEARER-01",
                "CHARM-BEARER-03",
                "CHARM-BEARER-06",
                "CHARM-CREATE-01",
                "CHARM-DENY-01",
                "CHARM-DENY-02",
                "CHARM-FIELD-ISSUER-01",
                "CHARM-ISOLATE-02",
                "CHARM-MALFORMED-01",
                "CHARM-MALFORMED-02",
                "CHARM-MALFORMED-03",
                "CHARM-MALFORMED-05",
                "CHARM-MALFORMED-06",
                "CHARM-MALFORMED-07",
                "CHARM-MALFORMED-08",
                "CHARM-NAME-02",
                "CHARM-NS-01",
                "CHARM-REMOVE-02",
                "CHARM-REMOVE-03",
                "CHARM-ROLE-01",
                "CHARM-ROLE-03",
                "CHARM-SCOPE-02",
                "CHARM-SCOPE-04",
                "CHARM-SINGLE-01",
                "CHARM-SINGLE-02",
                "CHARM-SINGLE-03",
                "CHARM-SINGLE-04",
                "CHARM-TARGET-01",
                "CHARM-TYPE-01",
                "CHARM-VERIFY-03",
            ),
            apply=_without_deny,
        ),
        Fault(
            name="names-swapped",
            summary="a RequestAuthentication is called after the gateway first and the application second",
            clauses=(
                "CHARM-NAME-01",
                "CHARM-MULTI-02",
                "CHARM-VERIFY-02",
            ),
            apply=_names_swapped,
        ),
        Fault(
            name="one-issuer-only",
            summary="a gateway trusts the first issuer only, however many are published",
            clauses=(
                "CHARM-MULTI-01",
                "CHARM-MULTI-02",
                "CHARM-MULTI-03",
                "CHARM-PUBLISH-01",
                "CHARM-PUBLISH-02",
                "CHARM-UNION-01",
                "CHARM-UNION-02",
            ),
            apply=_one_issuer_only,
        ),
        Fault(
            name="deny-kept-after-last-removal",
            summary="the DENY policy stays when the last application has ended its relation",
            clauses=(
                "CHARM-MALFORMED-08",
                "CHARM-REMOVE-03",
            ),
            apply=_deny_kept,
        ),
        Fault(
            name="bearer-scope-missing",
            summary="the DENY policy covers all requests, forward-auth or not",
            clauses=(
                "CHARM-BEARER-01",
                "CHARM-BEARER-02",
                "CHARM-BEARER-06",
                "CHARM-SINGLE-04",
            ),
            apply=_scope_missing,
        ),
        Fault(
            name="bearer-scope-left-behind",
            summary="the DENY policy stays scoped to Bearer requests when forward-auth has gone",
            clauses=("CHARM-BEARER-06",),
            apply=_scope_left_behind,
        ),
    ]
)
