"""Faults over the life of a relation: what comes too soon, goes too late, or does not follow."""

from __future__ import annotations

from dataclasses import replace

from gwjwt.reference.faults.fault import Fault, Situation, is_authentication, is_deny, target
from gwjwt.reference.policies import Manifest, deny_without_jwt, desired
from gwjwt.reference.resources import State


def _wanted_names(given: Situation) -> set[str]:
    return {policy["metadata"]["name"] for policy in given.right}


def _trust_kept(given: Situation) -> list[Manifest]:
    """Whatever was trusted once stays so, as long as anything is left to be wanted of its gateway."""
    wanted = _wanted_names(given)
    gateways = {target(policy) for policy in given.right}
    stale = [
        policy
        for policy in given.existing
        if is_authentication(policy)
        and policy["metadata"]["name"] not in wanted
        and target(policy) in gateways
    ]
    return [*given.right, *stale]


def _trust_kept_while_related(given: Situation) -> list[Manifest]:
    """The last good rules stay while the application is related, whatever it publishes."""
    related = {f"request-auth-{each.app.name}-{each.gateway.name}" for each in given.state.relations}
    kept = Situation(
        given.state, [each for each in given.existing if each["metadata"]["name"] in related], given.right
    )
    return _trust_kept(kept)


def _never_updated(given: Situation) -> list[Manifest]:
    first = {each["metadata"]["name"]: each for each in given.existing if is_authentication(each)}
    return [first.get(policy["metadata"]["name"], policy) for policy in given.right]


def _deny_beside_rules_only(given: Situation) -> list[Manifest]:
    trusting = {target(policy) for policy in given.right if is_authentication(policy)}
    return [policy for policy in given.right if not is_deny(policy) or target(policy) in trusting]


def _deny_beside_forward_auth(given: Situation) -> list[Manifest]:
    denied = {target(policy) for policy in given.right if is_deny(policy)}
    unasked = [
        deny_without_jwt(each.gateway, bearer_only=True)
        for each in given.state.forward_auths
        if each.gateway.name not in denied
    ]
    return [*given.right, *unasked]


def _one_malformed_spoils_all(given: Situation) -> list[Manifest]:
    spoilt = {each.gateway.name for each in given.state.relations if each.reading.reason == "MalformedRules"}
    return [policy for policy in given.right if not is_authentication(policy) or target(policy) not in spoilt]


def _two_applications_at_most(given: Situation) -> list[Manifest]:
    state = given.state
    admitted = [each for gateway in state.gateways() for each in state.relations_of(gateway)[:2]]
    return desired(State(tuple(admitted), state.forward_auths))


def _gone_for_a_moment(given: Situation) -> list[Manifest]:
    """Nothing for a gateway that has an application less than there are policies; the next look finds none of them."""
    before: dict[str, int] = {}
    for policy in given.existing:
        if is_authentication(policy):
            before[target(policy)] = before.get(target(policy), 0) + 1
    left = {
        name
        for name, count in before.items()
        if count > 1 and sum(each.gateway.name == name for each in given.state.relations) == count - 1
    }
    return [policy for policy in given.right if target(policy) not in left]


def _first_gateway_only(given: Situation) -> list[Manifest]:
    first = min((each.gateway for each in given.state.relations), default=None)
    kept = tuple(each for each in given.state.relations if each.gateway == first)
    return desired(replace(given.state, relations=kept))


def _never_ready(condition: Manifest) -> Manifest:
    return {
        **condition,
        "status": "False",
        "reason": "Pending",
        "message": "policies are about to be written",
    }


def _blocked_by_bad_rules(condition: Manifest) -> Manifest:
    if condition["reason"] not in {"MalformedRules", "NoRules", "RejectedByApi"}:
        return condition
    return {**condition, "status": "False"}


FAULTS = (
    Fault(
        name="trust-kept-after-removal",
        summary="an application's issuers stay trusted after it has ended its relation",
        clauses=("CHARM-REMOVE-01",),
        apply=_trust_kept,
    ),
    Fault(
        name="trust-kept-while-related",
        summary="the last good rules stay in force when an application clears or breaks them",
        clauses=("CHARM-MALFORMED-06",),
        apply=_trust_kept_while_related,
    ),
    Fault(
        name="first-publication-stays",
        summary="rules that are published again are not heeded",
        clauses=("CHARM-REQ-02",),
        apply=_never_updated,
    ),
    Fault(
        name="deny-beside-rules-only",
        summary="the DENY policy is there only while some application has good rules",
        clauses=("CHARM-SINGLE-02", "CHARM-MALFORMED-01", "CHARM-MALFORMED-02", "CHARM-MALFORMED-03"),
        apply=_deny_beside_rules_only,
    ),
    Fault(
        name="deny-beside-forward-auth",
        summary="forward-auth alone makes a DENY policy too",
        clauses=("CHARM-ROLE-02", "CHARM-ROLE-04"),
        apply=_deny_beside_forward_auth,
    ),
    Fault(
        name="one-malformed-spoils-all",
        summary="no application of a gateway is trusted while one has malformed rules",
        clauses=("CHARM-MALFORMED-05",),
        apply=_one_malformed_spoils_all,
    ),
    Fault(
        name="two-applications-at-most",
        summary="the third application of a gateway is not heeded",
        clauses=("CHARM-MULTI-01",),
        apply=_two_applications_at_most,
    ),
    Fault(
        name="rewritten-when-one-leaves",
        summary="when one of several applications leaves, all policies are deleted and written again",
        clauses=("CHARM-ORDER-01",),
        apply=_gone_for_a_moment,
    ),
    Fault(
        name="first-gateway-only",
        summary="of several gateways in a namespace only one is taken care of",
        clauses=("CHARM-ISOLATE-01",),
        apply=_first_gateway_only,
    ),
    Fault(
        name="never-ready",
        summary="the controller never says that it has acted",
        clauses=("CHARM-VERIFY-01",),
        report=_never_ready,
    ),
    Fault(
        name="blocked-by-bad-rules",
        summary="rules that are malformed, missing or refused block the ingress",
        clauses=("CHARM-MALFORMED-09",),
        report=_blocked_by_bad_rules,
    ),
)
