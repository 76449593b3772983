"""What a real Envoy answers under AuthorizationPolicies: DENY, ALLOW, CUSTOM."""

from __future__ import annotations

import pytest

BEARER = "request.headers[authorization]"


def when(key, values=None, not_values=None):
    return {
        "key": key,
        **({"values": values} if values else {}),
        **({"notValues": not_values} if not_values else {}),
    }


def rule_for(issuer, **extra):
    return {"issuer": issuer.name, "jwks": issuer.jwks, **extra}


def test_bearer_scope_denies_bearer_requests_only(world, k8s):
    world.apply(k8s.policy("DENY", {**k8s.deny_without_token, "when": [when(BEARER, ["Bearer *"])]}))
    assert world.get(authorization="Bearer x").status == 403
    assert world.get().status == 200
    for harmless in ("bearer x", "Basic x", "Bearer"):
        assert world.get(authorization=harmless).status == 200


@pytest.mark.parametrize(
    "key, values, not_values, headers, denied",
    [
        ("request.headers[x-a]", ["one"], None, {"x_a": "one"}, True),
        ("request.headers[x-a]", ["one"], None, {"x_a": "One"}, False),
        ("request.headers[x-a]", ["on*"], None, {"x_a": "one"}, True),
        ("request.headers[x-a]", ["*ne"], None, {"x_a": "one"}, True),
        ("request.headers[x-a]", ["*"], None, {"x_a": "anything"}, True),
        ("request.headers[x-a]", ["*"], None, {}, False),
        ("request.headers[x-a]", None, ["one"], {}, True),
        ("request.headers[x-a]", None, ["one"], {"x_a": "one"}, False),
        ("destination.port", ["80"], None, {}, True),
        ("destination.port", ["81"], None, {}, False),
        ("source.ip", ["127.0.0.0/8"], None, {}, True),
        ("source.ip", ["10.0.0.1"], None, {}, False),
        ("remote.ip", None, ["127.0.0.1"], {}, False),
    ],
)
def test_conditions(world, k8s, key, values, not_values, headers, denied):
    world.apply(k8s.policy("DENY", {"when": [when(key, values, not_values)]}))
    assert world.get(**headers).status == (403 if denied else 200)


@pytest.mark.parametrize(
    "key, values, denied",
    [
        ("request.auth.principal", ["https://issuer.example/team/alice"], True),
        ("request.auth.claims[sub]", ["alice"], True),
        ("request.auth.claims[sub]", ["bob"], False),
        ("request.auth.claims[groups]", ["dev*"], True),
        ("request.auth.claims[realm][roles]", ["admin"], True),
        ("request.auth.claims[scope]", ["write"], True),
        ("request.auth.audiences", ["b"], True),
        ("request.auth.audiences", ["c"], False),
        ("request.auth.presenter", ["cli"], True),
    ],
)
def test_conditions_on_claims(world, k8s, issuer, key, values, denied):
    world.apply(
        k8s.request_authentication(rule_for(issuer)), k8s.policy("DENY", {"when": [when(key, values)]})
    )
    claims = {"groups": ["ops", "developers"], "realm": {"roles": ["admin"]}, "scope": "read write"}
    answer = world.get(**issuer.bearer(aud=["a", "b"], azp="cli", **claims))
    assert answer.status == (403 if denied else 200)


@pytest.mark.parametrize(
    "principal, admitted",
    [
        ("*", True),
        ("https://issuer.example/team/*", True),
        ("https://issuer.example/team/alice", True),
        ("https://issuer.example/team/al*", True),
        ("*/alice", True),
        ("*team/alice", True),
        ("https://issuer.example/*", False),
        ("https://issuer.example/team/bob", False),
        ("*/bob", False),
        ("https://issuer.example/team", False),
    ],
)
def test_request_principals(world, k8s, issuer, principal, admitted):
    world.apply(
        k8s.request_authentication(rule_for(issuer)),
        k8s.policy("ALLOW", {"from": [{"source": {"requestPrincipals": [principal]}}]}),
    )
    assert world.get(**issuer.bearer()).status == (200 if admitted else 403)
    assert world.get().status == 403


@pytest.mark.parametrize(
    "operation, path, headers, denied",
    [
        ({"paths": ["/admin"]}, "/admin", {}, True),
        ({"paths": ["/admin"]}, "/admin/x", {}, False),
        ({"paths": ["/admin*"]}, "/admin/x?y=1", {}, True),
        ({"paths": ["*/x"]}, "/admin/x", {}, True),
        ({"paths": ["/admin"]}, "/a/../admin", {}, True),
        ({"notPaths": ["/open"]}, "/open", {}, False),
        ({"methods": ["POST"]}, "/", {}, False),
        ({"notMethods": ["POST"]}, "/", {}, True),
        ({"hosts": ["A.example"]}, "/", {"host": "a.EXAMPLE"}, True),
        ({"hosts": ["a.example"]}, "/", {"host": "b.example"}, False),
        ({"ports": ["80"]}, "/", {}, True),
        ({"notPorts": ["80"]}, "/", {}, False),
        ({"paths": ["/a"], "methods": ["POST"]}, "/a", {}, False),
    ],
)
def test_operations(world, k8s, operation, path, headers, denied):
    world.apply(k8s.policy("DENY", {"to": [{"operation": operation}]}))
    assert world.get(path, **headers).status == (403 if denied else 200)


def test_sources_by_address(world, k8s):
    world.apply(k8s.policy("DENY", {"from": [{"source": {"ipBlocks": ["127.0.0.1"]}}]}))
    assert world.get().status == 403
    world.apply(k8s.policy("DENY", {"from": [{"source": {"notIpBlocks": ["127.0.0.0/8"]}}]}))
    assert world.get().status == 200


@pytest.mark.parametrize("action, status", [("ALLOW", 403), ("DENY", 200)])
def test_a_policy_without_rules_matches_nothing(world, k8s, action, status):
    world.apply(k8s.policy(action))
    assert world.get().status == status


@pytest.mark.parametrize("action, status", [("ALLOW", 200), ("DENY", 403)])
def test_an_empty_rule_matches_everything(world, k8s, action, status):
    world.apply(k8s.policy(action, {}))
    assert world.get().status == status


def test_a_deny_wins_over_an_allow(world, k8s):
    world.apply(k8s.policy("ALLOW", {}), k8s.policy("DENY", {"to": [{"operation": {"paths": ["/no"]}}]}))
    assert world.get("/yes").status == 200
    assert world.get("/no").status == 403


def approve_cookie(path, headers):
    if headers.get("cookie") == "session=ok":
        return 200, {"x-user": "bob"}, b""
    return 302, {"location": "https://login.example", "x-internal": "1"}, b""


@pytest.fixture
def asked(world, k8s):
    """A CUSTOM policy for requests that are not Bearer requests."""
    world.authorizer.answer_with(approve_cookie)
    scope = {"when": [when(BEARER, None, ["Bearer *"])]}
    world.apply(k8s.policy("CUSTOM", scope, provider={"name": k8s.provider}))
    return world


def test_the_authorizer_decides_on_what_its_policy_matches(asked):
    refused = asked.get("/secret?x=1")
    assert refused.status == 302
    assert refused.headers["location"] == "https://login.example"
    assert "x-internal" not in refused.headers
    assert asked.backend.requests == []
    approved = asked.get(cookie="session=ok", x_user="root")
    assert (approved.status, approved.seen("x-user")) == (200, "bob")
    path, _ = asked.authorizer.requests[0]
    assert path == "/secret?x=1"
    assert "cookie" in asked.authorizer.requests[1][1]
    assert "x-user" not in asked.authorizer.requests[1][1]


def test_the_authorizer_is_not_asked_about_what_its_policy_does_not_match(asked):
    assert asked.get(authorization="Bearer x").status == 200
    assert asked.authorizer.requests == []


def test_the_authorizer_is_asked_before_tokens_are_read(world, k8s, issuer):
    world.authorizer.answer_with(lambda *_: (200, {"authorization": f"Bearer {issuer.token()}"}, b""))
    world.apply(
        k8s.request_authentication(rule_for(issuer)),
        k8s.policy("DENY", k8s.deny_without_token),
        k8s.policy("CUSTOM", {}, provider={"name": k8s.provider}),
    )
    assert world.get().status == 200


def test_a_provider_that_the_mesh_does_not_know_denies(world, k8s):
    world.apply(k8s.policy("CUSTOM", {}, provider={"name": "nobody"}))
    assert world.get().status == 403
    assert world.authorizer.requests == []


def test_policies_reach_a_gateway_by_target_by_label_and_from_the_root_namespace(world, k8s):
    elsewhere = k8s.policy("DENY", {}, name="elsewhere")
    elsewhere["metadata"]["namespace"] = "other"
    other_gateway = k8s.policy("DENY", {}, name="other", targetRefs=[{**k8s.target[0], "name": "second"}])
    labelled_other = k8s.policy(
        "DENY", {}, name="labelled", targetRefs=[], selector={"matchLabels": {"a": "b"}}
    )
    world.apply(elsewhere, other_gateway, labelled_other)
    assert world.get().status == 200
    labels = {"gateway.networking.k8s.io/gateway-name": "ing"}
    for namespace, selector in (("m", {"matchLabels": labels}), ("m", None), ("istio-system", None)):
        reaching = k8s.policy("DENY", {}, name="reaching", targetRefs=[], selector=selector)
        reaching["metadata"]["namespace"] = namespace
        world.apply(reaching)
        assert world.get().status == 403
        world.remove(reaching)
        assert world.get().status == 200


def test_every_change_is_live_when_settling_returns(world, k8s):
    closed, narrow = k8s.policy("DENY", {}), k8s.policy("DENY", {"to": [{"operation": {"paths": ["/no"]}}]})
    for _ in range(30):
        world.apply(closed)
        assert world.get().status == 403
        world.apply(narrow)
        assert world.get().status == 200


def test_an_istio_gateway_of_the_same_name_is_another_kind(world, k8s):
    world.apply({**k8s.gateway(), "apiVersion": "networking.istio.io/v1", "spec": {"servers": []}})
    assert world.get().status == 200
