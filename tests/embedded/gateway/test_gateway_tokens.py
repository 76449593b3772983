"""What a real Envoy answers to tokens, for the policies that an ingress charm writes."""

from __future__ import annotations

import base64
import json

import pytest


def rule_for(issuer, **extra):
    return {"issuer": issuer.name, "jwks": issuer.jwks, **extra}


def unsigned(header, claims, signature=""):
    parts = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims)
    )
    return ".".join((*parts, signature))


@pytest.fixture
def protected(world, k8s, issuer):
    """Tokens of one issuer are read, requests without one are denied."""
    world.apply(
        k8s.request_authentication(rule_for(issuer, audiences=["team"])),
        k8s.policy("DENY", k8s.deny_without_token),
    )
    return world


def test_no_policy_leaves_the_gateway_open(world):
    assert world.get("/hello").backend["path"] == "/hello"


def test_request_authentication_alone_lets_a_request_without_token_pass(world, k8s, issuer):
    world.apply(k8s.request_authentication(rule_for(issuer)))
    assert world.get().status == 200


def test_a_valid_token_gets_through_and_is_removed(protected, issuer):
    answer = protected.get(**issuer.bearer(aud="team"))
    assert answer.status == 200
    assert answer.seen("authorization") is None


def test_no_token_is_denied_by_rbac(protected):
    answer = protected.get()
    assert (answer.status, answer.body) == (403, "RBAC: access denied")
    assert "www-authenticate" not in answer.headers
    assert not protected.backend.requests


@pytest.mark.parametrize(
    "claims, status, body",
    [
        ({"aud": "team", "exp": 1}, 401, "Jwt is expired"),
        ({"aud": "team", "nbf": 4_000_000_000}, 401, "Jwt not yet valid"),
        ({"aud": "other"}, 403, "Audiences in Jwt are not allowed"),
        ({"aud": None}, 403, "Audiences in Jwt are not allowed"),
        ({"iss": "https://nobody.example", "aud": "team"}, 401, "Jwt issuer is not configured"),
        ({"aud": ["x", "team"], "sub": None}, 403, "RBAC: access denied"),
    ],
)
def test_defects_of_claims(protected, issuer, claims, status, body):
    answer = protected.get(**issuer.bearer(**claims))
    assert (answer.status, answer.body) == (status, body)
    assert not protected.backend.requests


def test_defects_of_form_and_signature(protected, issuer, other_issuer):
    claims = {"iss": issuer.name, "sub": "eve", "aud": "team"}
    other_issuer.name = issuer.name
    same_kid = type(issuer)()
    for token, body in (
        ("garbage", "Jwt is not in the form of Header.Payload.Signature"),
        (unsigned({"alg": "none"}, claims), "Jwt is not in the form of Header.Payload.Signature"),
        (unsigned({"alg": "none"}, claims, "AAAA"), "Jwt header [alg]"),
        (same_kid.token(aud="team"), "Jwt verification fails"),
        (other_issuer.token(aud="team"), "Jwks doesn't have key to match kid or alg from Jwt"),
    ):
        answer = protected.get(authorization=f"Bearer {token}")
        assert answer.status == 401
        assert answer.body.startswith(body)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="http://127.0.0.1:')
        assert answer.headers["www-authenticate"].endswith('error="invalid_token"')
    assert not protected.backend.requests


def test_a_token_in_the_query_counts(protected, issuer):
    assert protected.get(f"/?access_token={issuer.token(aud='team')}").status == 200


def test_claims_become_headers_and_what_the_client_sent_is_gone(world, k8s, issuer):
    mapping = [{"header": "x-sub", "claim": "sub"}, {"header": "x-mail", "claim": "email"}]
    world.apply(
        k8s.request_authentication(rule_for(issuer, outputClaimToHeaders=mapping, forwardOriginalToken=True))
    )
    answer = world.get(x_sub="root", x_mail="forged", **issuer.bearer())
    assert answer.seen("x-sub") == "alice"
    assert answer.seen("x-mail") is None
    assert answer.seen("authorization").startswith("Bearer ey")
    assert world.get(x_sub="root").seen("x-sub") is None


def test_only_the_configured_header_counts(world, k8s, issuer):
    where = [{"name": "x-token", "prefix": "Token "}]
    world.apply(
        k8s.request_authentication(rule_for(issuer, fromHeaders=where)),
        k8s.policy("DENY", k8s.deny_without_token),
    )
    assert world.get(x_token=f"Token {issuer.token()}").status == 200
    assert world.get(**issuer.bearer()).status == 403


def test_several_objects_are_merged(world, k8s, issuer, other_issuer):
    world.apply(
        k8s.request_authentication(rule_for(issuer), name="one"),
        k8s.request_authentication(rule_for(other_issuer), name="two"),
        k8s.policy("DENY", k8s.deny_without_token),
    )
    assert world.get(**issuer.bearer()).status == 200
    assert world.get(**other_issuer.bearer()).status == 200
    assert world.get().status == 403
    stranger = type(issuer)("https://stranger.example")
    assert world.get(**stranger.bearer()).status == 401
    world.remove(k8s.request_authentication(name="two"))
    assert world.get(**other_issuer.bearer()).status == 401
    assert world.get(**issuer.bearer()).status == 200


def test_a_deny_without_any_request_authentication_closes_the_gateway(world, k8s, issuer):
    world.apply(k8s.policy("DENY", k8s.deny_without_token))
    assert world.get(**issuer.bearer()).status == 403
    world.remove(k8s.policy("DENY"))
    assert world.get().status == 200
