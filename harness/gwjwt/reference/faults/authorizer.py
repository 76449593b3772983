"""Faults beside an external authorizer: who is asked, and which requests the DENY policy leaves to it."""

from __future__ import annotations

from gwjwt.reference.faults.fault import (
    Fault,
    Situation,
    changing,
    changing_rules,
    is_custom,
    is_deny,
    target,
    with_spec,
)
from gwjwt.reference.policies import Manifest

_AUTHORIZATION = "request.headers[authorization]"
_UNLESS_BEARER = [{"key": _AUTHORIZATION, "notValues": ["Bearer *"]}]
_BEARER = [{"key": _AUTHORIZATION, "values": ["Bearer *"]}]


def _unscoped(policy: Manifest) -> Manifest:
    return with_spec(policy, rules=[{"from": rule["from"]} for rule in policy["spec"]["rules"]])


def _scope_left_behind(given: Situation) -> list[Manifest]:
    stale = {
        target(policy): policy
        for policy in given.existing
        if is_deny(policy) and "when" in policy["spec"]["rules"][0]
    }
    return [stale.get(target(policy), policy) if is_deny(policy) else policy for policy in given.right]


def _narrowed_for_any_relation(given: Situation) -> list[Manifest]:
    related = {each.gateway.name for each in given.state.forward_auths}
    return [
        with_spec(policy, rules=[{**policy["spec"]["rules"][0], "when": _BEARER}])
        if is_deny(policy) and target(policy) in related
        else policy
        for policy in given.right
    ]


def _bearer_exempt(rule: Manifest) -> Manifest:
    return {**rule, "when": _UNLESS_BEARER}


def _bearer_asked_about(rule: Manifest) -> Manifest:
    return {key: value for key, value in rule.items() if key != "when"}


def _login_for_all(rule: Manifest) -> Manifest:
    return {key: value for key, value in rule.items() if key != "to"}


def _without_the_space(rule: Manifest) -> Manifest:
    conditions = [
        {key: ["Bearer*"] if value == ["Bearer *"] else value for key, value in each.items()}
        for each in rule.get("when", ())
    ]
    return {**rule, "when": conditions} if conditions else rule


def _any_authorization(rule: Manifest) -> Manifest:
    conditions = [
        {key: ["*"] if value == ["Bearer *"] else value for key, value in each.items()}
        for each in rule.get("when", ())
    ]
    return {**rule, "when": conditions} if conditions else rule


def _not_beside_a_cookie(rule: Manifest) -> Manifest:
    cookie = {"key": "request.headers[cookie]", "notValues": ["*"]}
    return {**rule, "when": [*rule["when"], cookie]} if "when" in rule else rule


FAULTS = (
    Fault(
        name="bearer-scope-missing",
        summary="the DENY policy covers all requests, forward-auth or not",
        clauses=(
            "CHARM-BEARER-01",
            "CHARM-BEARER-02",
            "CHARM-BEARER-06",
            "CHARM-BEARER-08",
            "CHARM-BROWSER-04",
            "CHARM-MALFORMED-11",
            "CHARM-SCOPE-07",
            "CHARM-SINGLE-04",
        ),
        apply=changing(is_deny, _unscoped),
    ),
    Fault(
        name="bearer-scope-left-behind",
        summary="the DENY policy stays scoped to Bearer requests when forward-auth has gone",
        clauses=("CHARM-BEARER-06",),
        apply=_scope_left_behind,
    ),
    Fault(
        name="narrowed-for-any-relation",
        summary="the DENY policy is narrowed before the provider has said where it decides",
        clauses=("CHARM-BEARER-08",),
        apply=_narrowed_for_any_relation,
    ),
    Fault(
        name="bearer-always-exempt",
        summary="the authorizer is never asked about a Bearer token, not even where nobody else judges it",
        clauses=("CHARM-ROLE-04",),
        apply=changing_rules(is_custom, _bearer_exempt),
    ),
    Fault(
        name="bearer-never-exempt",
        summary="the authorizer is asked about valid Bearer tokens too",
        clauses=("CHARM-BEARER-04", "CHARM-BEARER-05", "CHARM-BEARER-07", "CHARM-BROWSER-02"),
        apply=changing_rules(is_custom, _bearer_asked_about),
    ),
    Fault(
        name="bearer-without-a-space",
        summary="what begins with Bearer counts as a Bearer token, a space behind it or not",
        clauses=("CHARM-BEARER-01", "CHARM-BEARER-06", "CHARM-BEARER-07", "CHARM-BEARER-08"),
        apply=changing_rules(lambda policy: is_deny(policy) or is_custom(policy), _without_the_space),
    ),
    Fault(
        name="login-on-every-route",
        summary="the authorizer is asked about routes without a login too",
        clauses=("CHARM-SCOPE-07",),
        apply=changing_rules(is_custom, _login_for_all),
    ),
    Fault(
        name="any-authorization-counts-as-bearer",
        summary="whatever stands in the Authorization header counts as a Bearer token",
        clauses=("CHARM-BEARER-07",),
        apply=changing_rules(lambda policy: is_deny(policy) or is_custom(policy), _any_authorization),
    ),
    Fault(
        name="narrowed-beside-a-cookie",
        summary="beside forward-auth the DENY policy leaves requests alone that carry a cookie",
        clauses=("CHARM-BEARER-03",),
        apply=changing_rules(is_deny, _not_beside_a_cookie),
    ),
)
