"""The documented state table of the charm profile, as a pure function."""

import json

import pytest

from gwjwt.reference.policies import desired
from gwjwt.reference.resources import ForwardAuth, Relation, State
from gwjwt.rules import ClaimToHeader, FromHeader, JWTRule, publish
from gwjwt.words import AppName, GatewayName

ING = GatewayName("m", "ing")
BEARER = {"key": "request.headers[authorization]", "values": ["Bearer *"]}
NO_BEARER = {"key": "request.headers[authorization]", "notValues": ["Bearer *"]}
VALID = publish([JWTRule(issuer="https://a.example", jwks_uri="https://a.example/jwks")])


def related(app="a", published=VALID, gateway=ING, namespace="m", rejection=None):
    return Relation(gateway, AppName(namespace, app), published, rejection)


def by_name(*relations, provider=None):
    forward_auths = (ForwardAuth(ING, provider),) if provider else ()
    return {each["metadata"]["name"]: each for each in desired(State(relations, forward_auths))}


def deny_rule(policies):
    [rule] = policies["deny-without-jwt-ing"]["spec"]["rules"]
    return rule


def test_nothing_is_wanted_when_no_application_is_related():
    assert by_name() == {}


def test_valid_rules_give_both_documented_resources():
    policies = by_name(related())
    target = [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "ing"}]
    assert policies == {
        "request-auth-a-ing": {
            "apiVersion": "security.istio.io/v1",
            "kind": "RequestAuthentication",
            "metadata": policies["request-auth-a-ing"]["metadata"],
            "spec": {
                "targetRefs": target,
                "jwtRules": [{"issuer": "https://a.example", "jwksUri": "https://a.example/jwks"}],
            },
        },
        "deny-without-jwt-ing": {
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": policies["deny-without-jwt-ing"]["metadata"],
            "spec": {
                "targetRefs": target,
                "action": "DENY",
                "rules": [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}],
            },
        },
    }
    assert {each["metadata"]["namespace"] for each in policies.values()} == {"m"}


@pytest.mark.parametrize("published", [None, "[]", "not json", "{}", "[{}]"])
def test_without_usable_rules_only_the_deny_is_wanted(published):
    assert list(by_name(related(published=published))) == ["deny-without-jwt-ing"]


def test_rules_that_the_api_rejected_are_not_wanted_again():
    assert list(by_name(related(rejection="spec.jwtRules[0].issuer: too short"))) == ["deny-without-jwt-ing"]


def test_a_malformed_application_leaves_a_valid_one_alone():
    assert set(by_name(related("a"), related("b", "not json"))) == {
        "deny-without-jwt-ing",
        "request-auth-a-ing",
    }


def test_the_application_may_live_in_another_namespace():
    policies = by_name(related(namespace="elsewhere"))
    assert policies["request-auth-a-ing"]["metadata"]["namespace"] == "m"


@pytest.mark.parametrize("published, exempt", [(VALID, [NO_BEARER]), ("not json", None)])
def test_with_forward_auth_the_deny_covers_bearer_requests_only(published, exempt):
    policies = by_name(related(published=published), provider="authorizer")
    assert deny_rule(policies)["when"] == [BEARER]
    [rule] = policies["ext-authz-ing"]["spec"]["rules"]
    assert rule.get("when") == exempt
    assert policies["ext-authz-ing"]["spec"]["provider"] == {"name": "authorizer"}


def test_without_a_provider_forward_auth_is_not_active():
    assert desired(State((related(),), (ForwardAuth(ING, None),))) == desired(State((related(),)))


def test_the_authorizer_is_not_asked_about_routes_without_a_login():
    forward_auth = ForwardAuth(ING, "authorizer", ("/m-status",))
    [policy] = desired(State((), (forward_auth,)))
    assert policy["spec"]["rules"] == [{"to": [{"operation": {"notPaths": ["/m-status", "/m-status/*"]}}]}]


def test_forward_auth_alone_creates_neither_resource():
    assert list(by_name(provider="authorizer")) == ["ext-authz-ing"]


def test_gateways_of_one_namespace_do_not_touch_each_other():
    other = GatewayName("m", "other")
    policies = by_name(related("a"), related("b", gateway=other))
    targets = {name: each["spec"]["targetRefs"][0]["name"] for name, each in policies.items()}
    assert targets == {
        "deny-without-jwt-ing": "ing",
        "request-auth-a-ing": "ing",
        "deny-without-jwt-other": "other",
        "request-auth-b-other": "other",
    }


def test_a_name_that_two_relations_ask_for_belongs_to_one_of_them():
    first, second = GatewayName("m", "b-c"), GatewayName("m", "c")
    policies = by_name(related("a-b", gateway=second), related("a", gateway=first))
    assert policies["request-auth-a-b-c"]["spec"]["targetRefs"][0]["name"] == "b-c"
    assert set(policies) == {"request-auth-a-b-c", "deny-without-jwt-b-c", "deny-without-jwt-c"}


def test_every_field_is_translated_and_fields_left_out_stay_out():
    full = JWTRule(
        issuer="i",
        jwks_uri="https://i/jwks",
        audiences=["x", "y"],
        forward_original_token=False,
        claim_to_headers=[ClaimToHeader(header="h", claim="c")],
        from_headers=[FromHeader(name="n", prefix="p "), FromHeader(name="m")],
    )
    empty = json.dumps({"issuer": "j", "audiences": [], "claim_to_headers": [], "from_headers": []})
    published = f"[{full.model_dump_json()}, {empty}]"
    assert by_name(related(published=published))["request-auth-a-ing"]["spec"]["jwtRules"] == [
        {
            "issuer": "i",
            "jwksUri": "https://i/jwks",
            "audiences": ["x", "y"],
            "forwardOriginalToken": False,
            "outputClaimToHeaders": [{"header": "h", "claim": "c"}],
            "fromHeaders": [{"name": "n", "prefix": "p "}, {"name": "m"}],
        },
        {"issuer": "j"},
    ]
