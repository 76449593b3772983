"""Faults of the RequestAuthentications: which there are, and what is in their rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from gwjwt.reference.faults.fault import (
    Fault,
    Situation,
    changing_rules,
    is_authentication,
    target,
    with_spec,
)
from gwjwt.reference.policies import Manifest, desired, resource_name
from gwjwt.reference.resources import Relation
from gwjwt.rules import JWTRule, MalformedRules, publish, read

_BEARER = {"name": "Authorization", "prefix": "Bearer "}


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
        issuer = trusted.setdefault(target(policy), rules[0]["issuer"])
        kept = [rule for rule in rules if rule["issuer"] == issuer]
        if kept:
            wanted.append(with_spec(policy, jwtRules=kept))
    return wanted


def _one_rule_for_each_issuer(given: Situation) -> list[Manifest]:
    taken: set[tuple[str, str]] = set()
    wanted = []
    for policy in given.right:
        issuers = {(target(policy), rule["issuer"]) for rule in policy["spec"].get("jwtRules", ())}
        if not issuers & taken:
            wanted.append(policy)
        taken |= issuers
    return wanted


def _first_rule_for_all(given: Situation) -> list[Manifest]:
    first: dict[str, Manifest] = {}
    wanted = []
    for policy in given.right:
        if is_authentication(policy):
            leading = first.setdefault(target(policy), policy["spec"]["jwtRules"][0])
            imposed = {key: leading[key] for key in ("audiences", "outputClaimToHeaders") if key in leading}
            rules = [{**rule, **imposed} for rule in policy["spec"]["jwtRules"]]
            wanted.append(with_spec(policy, jwtRules=rules))
        else:
            wanted.append(policy)
    return wanted


def _good_rules_of_bad_lists(given: Situation) -> list[Manifest]:
    return desired(replace(given.state, relations=tuple(map(_salvaged, given.state.relations))))


def _salvaged(relation: Relation) -> Relation:
    if relation.reading.reason != "MalformedRules":
        return relation
    try:
        found = json.loads(relation.published or "")
    except ValueError:
        return relation
    good = [rule for each in found if (rule := _rule(each))] if isinstance(found, list) else []
    return replace(relation, published=publish(good)) if good else relation


def _rule(candidate: object) -> JWTRule | None:
    try:
        return read(json.dumps([candidate]))[0]
    except MalformedRules:
        return None


def _first_key_set_kept(given: Situation) -> list[Manifest]:
    first = {
        (policy["metadata"]["name"], rule["issuer"]): rule["jwksUri"]
        for policy in filter(is_authentication, given.existing)
        for rule in policy["spec"]["jwtRules"]
        if "jwksUri" in rule
    }
    return [_with_key_sets(policy, first) if is_authentication(policy) else policy for policy in given.right]


def _with_key_sets(policy: Manifest, known: Mapping[tuple[str, str], str]) -> Manifest:
    name = policy["metadata"]["name"]
    rules = [
        {**rule, "jwksUri": known[name, rule["issuer"]]} if (name, rule["issuer"]) in known else rule
        for rule in policy["spec"]["jwtRules"]
    ]
    return with_spec(policy, jwtRules=rules)


def _broken_mappings_left_out(given: Situation) -> list[Manifest]:
    """Mappings without a header or a claim are passed over, and the rest of the list is enforced."""
    mended = tuple(map(_without_broken_mappings, given.state.relations))
    return desired(replace(given.state, relations=mended))


def _without_broken_mappings(relation: Relation) -> Relation:
    if relation.reading.reason != "MalformedRules":
        return relation
    try:
        found = json.loads(relation.published or "")
    except ValueError:
        return relation
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return relation
    kept = [{key: value for key, value in each.items() if key != "claim_to_headers"} for each in found]
    return replace(relation, published=json.dumps(kept))


def _key_set_guessed(rule: Manifest) -> Manifest:
    return {"jwksUri": f"{rule['issuer']}/keys", **rule}


def _token_forwarded(rule: Manifest) -> Manifest:
    return {**rule, "forwardOriginalToken": True}


def _claims_not_mapped(rule: Manifest) -> Manifest:
    return {key: value for key, value in rule.items() if key != "outputClaimToHeaders"}


def _email_mapped_unasked(rule: Manifest) -> Manifest:
    return {"outputClaimToHeaders": [{"header": "x-user-email", "claim": "email"}], **rule}


def _bearer_kept(rule: Manifest) -> Manifest:
    places = rule.get("fromHeaders")
    return rule if not places or _BEARER in places else {**rule, "fromHeaders": [*places, _BEARER]}


def _first_place_only(rule: Manifest) -> Manifest:
    return {**rule, "fromHeaders": rule["fromHeaders"][:1]} if "fromHeaders" in rule else rule


def _default_place_written_out(rule: Manifest) -> Manifest:
    return {"fromHeaders": [_BEARER], **rule}


FAULTS = (
    Fault(
        name="names-swapped",
        summary="a RequestAuthentication is called after the gateway first and the application second",
        clauses=("CHARM-MALFORMED-10", "CHARM-MULTI-02", "CHARM-NAME-01", "CHARM-VERIFY-02"),
        apply=_names_swapped,
    ),
    Fault(
        name="one-issuer-only",
        summary="a gateway trusts the first issuer only, however many are published",
        clauses=(
            "CHARM-FIELD-JWKS-03",
            "CHARM-MULTI-01",
            "CHARM-MULTI-02",
            "CHARM-MULTI-03",
            "CHARM-PUBLISH-01",
            "CHARM-PUBLISH-02",
            "CHARM-UNION-01",
            "CHARM-UNION-02",
            "CHARM-UNION-04",
            "CHARM-UNION-06",
        ),
        apply=_one_issuer_only,
    ),
    Fault(
        name="one-rule-for-each-issuer",
        summary="of several applications that trust the same issuer only the first is heeded",
        clauses=("CHARM-UNION-05",),
        apply=_one_rule_for_each_issuer,
    ),
    Fault(
        name="first-rule-for-all",
        summary="audiences and claim mappings of the first rule are imposed on all rules of a gateway",
        clauses=("CHARM-PUBLISH-02", "CHARM-UNION-04", "CHARM-UNION-05", "CHARM-UNION-06"),
        apply=_first_rule_for_all,
    ),
    Fault(
        name="good-rules-of-bad-lists",
        summary="the good rules of a malformed list are enforced",
        clauses=("CHARM-MALFORMED-04",),
        apply=_good_rules_of_bad_lists,
    ),
    Fault(
        name="key-set-guessed",
        summary="a place of the key set is made up for a rule that names none",
        clauses=("CHARM-FIELD-JWKS-02",),
        apply=changing_rules(is_authentication, _key_set_guessed),
    ),
    Fault(
        name="first-key-set-kept",
        summary="the place of an issuer's key set stays the first that an application has published",
        clauses=("CHARM-FIELD-JWKS-04",),
        apply=_first_key_set_kept,
    ),
    Fault(
        name="token-always-forwarded",
        summary="the original token is always forwarded",
        clauses=("CHARM-FIELD-FWD-02", "CHARM-FIELD-FWD-03", "CHARM-PUBLISH-02"),
        apply=changing_rules(is_authentication, _token_forwarded),
    ),
    Fault(
        name="claims-not-mapped",
        summary="no claim is ever mapped to a header",
        clauses=(
            "CHARM-BEARER-04",
            "CHARM-BROWSER-01",
            "CHARM-CLAIMS-01",
            "CHARM-CLAIMS-02",
            "CHARM-CLAIMS-03",
            "CHARM-CLAIMS-04",
            "CHARM-CLAIMS-05",
            "CHARM-FIELD-CLAIM-01",
            "CHARM-FIELD-FWD-02",
            "CHARM-SCOPE-03",
            "CHARM-UNION-04",
            "CHARM-UNION-06",
            "CHARM-VERIFY-04",
        ),
        apply=changing_rules(is_authentication, _claims_not_mapped),
    ),
    Fault(
        name="email-mapped-unasked",
        summary="a rule without mappings maps the email",
        clauses=("CHARM-FIELD-CLAIM-02", "CHARM-PUBLISH-02"),
        apply=changing_rules(is_authentication, _email_mapped_unasked),
    ),
    Fault(
        name="bearer-location-kept",
        summary="a Bearer token is looked for even if the rule names other places",
        clauses=("CHARM-FIELD-FROM-01", "CHARM-FIELD-FROM-02", "CHARM-FIELD-FROM-03"),
        apply=changing_rules(is_authentication, _bearer_kept),
    ),
    Fault(
        name="first-location-only",
        summary="a token is looked for in the first of several places only",
        clauses=("CHARM-FIELD-FROM-04",),
        apply=changing_rules(is_authentication, _first_place_only),
    ),
    Fault(
        name="default-location-written-out",
        summary="the default place of the token is written out where the rule names none",
        clauses=("CHARM-FIELD-FROM-05", "CHARM-PUBLISH-02"),
        apply=changing_rules(is_authentication, _default_place_written_out),
    ),
    Fault(
        name="broken-mappings-left-out",
        summary="a mapping without a claim or a header is passed over instead of making the list malformed",
        clauses=("CHARM-MALFORMED-03",),
        apply=_broken_mappings_left_out,
    ),
)
