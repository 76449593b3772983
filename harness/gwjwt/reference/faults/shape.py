"""Faults of the objects that are written: where they are, what they target, what is in them."""

from __future__ import annotations

from typing import Any

from gwjwt.reference.faults.fault import (
    Fault,
    Situation,
    changing,
    changing_rules,
    is_authentication,
    is_deny,
    target,
    with_spec,
)
from gwjwt.reference.policies import Manifest


def _allow_instead(policy: Manifest) -> Manifest:
    """As much is admitted without forward-auth, by the other kind of policy."""
    return with_spec(policy, action="ALLOW", rules=[{"from": [{"source": {"requestPrincipals": ["*"]}}]}])


def _named(policy: Manifest, name: str) -> Manifest:
    return {**policy, "metadata": {**policy["metadata"], "name": name}}


def _one_deny_for_each_application(given: Situation) -> list[Manifest]:
    copies = [
        _named(policy, f"{policy['metadata']['name']}-{relation.app.name}")
        for policy in given.right
        if is_deny(policy)
        for relation in given.state.relations
        if relation.gateway.name == target(policy)
    ]
    return [*given.right, *copies]


def _deny_without_its_gateway(policy: Manifest) -> Manifest:
    return _named(policy, "deny-without-jwt")


def _merged(given: Situation) -> list[Manifest]:
    """All rules of a gateway in the resource of its first application."""
    first: dict[str, Manifest] = {}
    for policy in given.right:
        if is_authentication(policy):
            known = first.setdefault(target(policy), with_spec(policy, jwtRules=[]))
            first[target(policy)] = with_spec(
                known, jwtRules=[*known["spec"]["jwtRules"], *policy["spec"]["jwtRules"]]
            )
    return [*(policy for policy in given.right if not is_authentication(policy)), *first.values()]


def _rules_of_all_in_each(given: Situation) -> list[Manifest]:
    rules: dict[str, list[Manifest]] = {}
    for policy in given.right:
        if is_authentication(policy):
            rules.setdefault(target(policy), []).extend(policy["spec"]["jwtRules"])
    return [
        with_spec(policy, jwtRules=rules[target(policy)]) if is_authentication(policy) else policy
        for policy in given.right
    ]


def _on_every_gateway(kind: Any) -> Any:
    """Each policy of a kind once more for every other gateway of the namespace."""

    def apply(given: Situation) -> list[Manifest]:
        copies = [
            _named(
                with_spec(policy, targetRefs=[{**policy["spec"]["targetRefs"][0], "name": gateway}]),
                f"{policy['metadata']['name']}-{gateway}",
            )
            for policy in given.right
            if kind(policy)
            for gateway in _gateways_beside(given, policy)
        ]
        return [*given.right, *copies]

    return apply


def _gateways_beside(given: Situation, policy: Manifest) -> list[str]:
    return [each.name for each in given.state.gateways() if each.name != target(policy)]


def _by_label(policy: Manifest) -> Manifest:
    spec = {key: value for key, value in policy["spec"].items() if key != "targetRefs"}
    label = {"gateway.networking.k8s.io/gateway-name": target(policy)}
    return {**policy, "spec": {**spec, "selector": {"matchLabels": label}}}


def _without(*fields: str) -> Any:
    return changing_rules(
        is_authentication, lambda rule: {key: value for key, value in rule.items() if key not in fields}
    )


def _last_mapping_lost(rule: Manifest) -> Manifest:
    mappings = rule.get("outputClaimToHeaders", [])
    return {**rule, "outputClaimToHeaders": mappings[:-1]} if len(mappings) > 1 else rule


def _backwards(rule: Manifest) -> Manifest:
    return {key: value[::-1] if isinstance(value, list) else value for key, value in rule.items()}


def _copied_to_the_application(given: Situation) -> list[Manifest]:
    copies = [
        {**policy, "metadata": {**policy["metadata"], "namespace": relation.app.namespace}}
        for policy in given.right
        for relation in given.state.relations
        if relation.gateway.name == target(policy) and relation.app.namespace != relation.gateway.namespace
    ]
    return [*given.right, *copies]


def _prefix_lost(rule: Manifest) -> Manifest:
    places = [{"name": each["name"]} for each in rule.get("fromHeaders", ())]
    return {**rule, "fromHeaders": places} if places else rule


FAULTS = (
    Fault(
        name="allow-instead-of-deny",
        summary="the policy is an ALLOW for every principal instead of a DENY of all others",
        clauses=("CHARM-TYPE-01", "CHARM-DENY-01"),
        apply=changing(is_deny, _allow_instead),
    ),
    Fault(
        name="one-deny-for-each-application",
        summary="each application gets a DENY policy beside the gateway's own",
        clauses=("CHARM-SINGLE-01",),
        apply=_one_deny_for_each_application,
    ),
    Fault(
        name="deny-named-without-its-gateway",
        summary="the DENY policy is not named after the ingress",
        clauses=("CHARM-NAME-02", "CHARM-VERIFY-03"),
        apply=changing(is_deny, _deny_without_its_gateway),
    ),
    Fault(
        name="rules-merged",
        summary="the rules of all applications are in one RequestAuthentication",
        clauses=("CHARM-MULTI-02", "CHARM-MULTI-03"),
        apply=_merged,
    ),
    Fault(
        name="rules-of-all-in-each",
        summary="every RequestAuthentication holds the rules of all applications",
        clauses=("CHARM-MULTI-03",),
        apply=_rules_of_all_in_each,
    ),
    Fault(
        name="trusted-on-every-gateway",
        summary="an application's issuers are trusted on every gateway of the namespace",
        clauses=("CHARM-ISOLATE-01",),
        apply=_on_every_gateway(is_authentication),
    ),
    Fault(
        name="by-selector",
        summary="the policies select the gateway's pods by a label instead of referring to the Gateway",
        clauses=("CHARM-TARGET-01", "CHARM-SCOPE-04"),
        apply=changing(lambda _policy: True, _by_label),
    ),
    Fault(
        name="audiences-lost",
        summary="the audiences of a rule do not arrive in the resource",
        clauses=("CHARM-FIELD-MIRROR-01", "CHARM-FIELD-AUD-02", "CHARM-PUBLISH-02"),
        apply=_without("audiences"),
    ),
    Fault(
        name="key-set-lost",
        summary="the place of the key set does not arrive in the resource",
        clauses=("CHARM-FIELD-MIRROR-01", "CHARM-FIELD-JWKS-01", "CHARM-PUBLISH-02"),
        apply=_without("jwksUri"),
    ),
    Fault(
        name="forwarding-lost",
        summary="the wish to keep the token does not arrive in the resource",
        clauses=("CHARM-FIELD-FWD-01", "CHARM-PUBLISH-02"),
        apply=_without("forwardOriginalToken"),
    ),
    Fault(
        name="last-mapping-lost",
        summary="the last of several mappings does not arrive in the resource",
        clauses=("CHARM-CLAIMS-03", "CHARM-FIELD-CLAIM-01"),
        apply=changing_rules(is_authentication, _last_mapping_lost),
    ),
    Fault(
        name="lists-backwards",
        summary="the lists of a rule arrive in another order",
        clauses=("CHARM-PUBLISH-02",),
        apply=changing_rules(is_authentication, _backwards),
    ),
    Fault(
        name="copied-to-the-application",
        summary="the policies are in the application's namespace too",
        clauses=("CHARM-NS-01",),
        apply=_copied_to_the_application,
    ),
    Fault(
        name="prefix-lost",
        summary="the prefix of a place does not arrive in the resource",
        clauses=("CHARM-FIELD-FROM-01",),
        apply=changing_rules(is_authentication, _prefix_lost),
    ),
)
