"""What the API refuses of Istio's and the Gateway API's kinds, in the API server's words."""

import pytest

from gwjwt.environments.embedded.api.errors import Invalid

REF = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "ing"}


def request_authentication(**spec):
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "x", "namespace": "default"},
        "spec": spec,
    }


def rule(**fields):
    return request_authentication(jwtRules=[{"issuer": "https://issuer.test", **fields}])


def test_a_refusal_names_kind_field_value_and_rule(store):
    with pytest.raises(Invalid) as refused:
        store.create(rule(issuer=""))
    text = 'Invalid value: "": spec.jwtRules[0].issuer in body should be at least 1 chars long'
    assert refused.value.status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f'RequestAuthentication.security.istio.io "x" is invalid: spec.jwtRules[0].issuer: {text}',
        "reason": "Invalid",
        "details": {
            "name": "x",
            "group": "security.istio.io",
            "kind": "RequestAuthentication",
            "causes": [{"reason": "FieldValueInvalid", "message": text, "field": "spec.jwtRules[0].issuer"}],
        },
        "code": 422,
    }


@pytest.mark.parametrize(
    "manifest,complaint",
    [
        (rule(audiences=["a", ""]), "spec.jwtRules[0].audiences[1] in body should be at least 1 chars long"),
        (rule(jwksUri=""), "spec.jwtRules[0].jwksUri in body should be at least 1 chars long"),
        (rule(jwksUri="ftp://keys.test"), "url must have scheme http:// or https://"),
        (rule(jwksUri="keys.test/jwks"), "url must have scheme http:// or https://"),
        (
            rule(jwksUri="http://" + "x" * 2048),
            "spec.jwtRules[0].jwksUri: Too long: may not be more than 2048 bytes",
        ),
        (rule(jwksUri="http://keys.test", jwks="{}"), "only one of jwks or jwksUri can be set"),
        (
            rule(fromHeaders=[{"name": ""}]),
            "spec.jwtRules[0].fromHeaders[0].name in body should be at least 1",
        ),
        (
            rule(fromHeaders=[{"name": "x token"}]),
            "spec.jwtRules[0].fromHeaders[0].name in body should match",
        ),
        (rule(fromHeaders=[{"prefix": "Bearer "}]), "spec.jwtRules[0].fromHeaders[0].name: Required value"),
        (rule(outputClaimToHeaders=[{"header": "x y", "claim": "sub"}]), "should match '^[-_A-Za-z0-9]+$'"),
        (rule(outputClaimToHeaders=[{"header": "x\n", "claim": "sub"}]), "should match '^[-_A-Za-z0-9]+$'"),
        (
            rule(outputClaimToHeaders=[{"header": "x", "claim": ""}]),
            "claim in body should be at least 1 chars long",
        ),
        (rule(outputClaimToHeaders=[{"claim": "sub"}]), "outputClaimToHeaders[0].header: Required value"),
        (rule(timeout="0"), "must be a valid duration greater than 1ms"),
        (rule(audiences="a"), 'spec.jwtRules[0].audiences in body must be of type array: "string"'),
        (rule(forwardOriginalToken="yes"), 'must be of type boolean: "string"'),
        (
            request_authentication(targetRefs=[REF] * 17),
            "spec.targetRefs: Too many: 17: must have at most 16 items",
        ),
        (
            request_authentication(targetRefs=[REF], selector={"matchLabels": {"a": "b"}}),
            "only one of targetRefs or selector can be set",
        ),
        (
            request_authentication(targetRefs=[{**REF, "namespace": "other"}]),
            "cross namespace referencing is not currently supported",
        ),
        (
            request_authentication(selector={"matchLabels": {"a": "*"}}),
            "wildcard not allowed in label value match",
        ),
    ],
)
def test_a_request_authentication_that_the_real_api_refuses(store, manifest, complaint):
    with pytest.raises(Invalid) as refused:
        store.create(manifest)
    assert complaint in refused.value.message


@pytest.mark.parametrize(
    "manifest",
    [
        request_authentication(),
        rule(jwksUri="HTTPS://keys.test/jwks", audiences=["a"], timeout="5s"),
        rule(
            fromHeaders=[{"name": "x-token", "prefix": "Bearer "}],
            fromParams=["t"],
            forwardOriginalToken=True,
        ),
        rule(outputClaimToHeaders=[{"header": "kubeflow-userid", "claim": "email"}], jwks="{}"),
    ],
)
def test_a_request_authentication_that_the_real_api_accepts(store, manifest):
    assert store.create(manifest)["spec"] == manifest["spec"]


def policy(**spec):
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "x", "namespace": "default"},
        "spec": spec,
    }


def test_an_authorization_policy_has_one_of_four_actions(store):
    with pytest.raises(Invalid) as refused:
        store.create(policy(action="REFUSE"))
    assert (
        'spec.action: Unsupported value: "REFUSE": supported values: "ALLOW", "DENY", "AUDIT", "CUSTOM"'
        in refused.value.message
    )


def test_a_condition_needs_its_key(store):
    with pytest.raises(Invalid, match=r"spec.rules\[0\].when\[0\].key: Required value"):
        store.create(policy(rules=[{"when": [{"values": ["x"]}]}]))


def test_the_documented_policies_are_accepted(store):
    rules = [
        {
            "from": [{"source": {"notRequestPrincipals": ["*"]}}],
            "to": [{"operation": {"paths": ["/x*"], "methods": ["GET"], "hosts": ["a"]}}],
            "when": [{"key": "request.headers[authorization]", "values": ["Bearer *"]}],
        }
    ]
    made = store.create(policy(action="DENY", targetRefs=[REF], rules=rules))
    assert made["spec"] == {"action": "DENY", "targetRefs": [REF], "rules": rules}


def test_a_gateway_gets_its_defaults(store):
    made = store.create(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "g", "namespace": "default"},
            "spec": {
                "gatewayClassName": "istio",
                "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
            },
        }
    )
    assert made["spec"]["listeners"][0]["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    assert [one["type"] for one in made["status"]["conditions"]] == ["Accepted", "Programmed"]


def test_a_route_gets_its_defaults(store):
    made = store.create(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "r", "namespace": "default"},
            "spec": {
                "parentRefs": [{"name": "g"}],
                "rules": [{"backendRefs": [{"name": "app", "port": 80}]}],
            },
        }
    )
    assert made["spec"]["parentRefs"] == [
        {"name": "g", "group": "gateway.networking.k8s.io", "kind": "Gateway"}
    ]
    assert made["spec"]["rules"] == [
        {
            "backendRefs": [{"name": "app", "port": 80, "group": "", "kind": "Service", "weight": 1}],
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        }
    ]


@pytest.mark.parametrize("port", [0, 65536])
def test_a_listener_needs_a_real_port(store, port):
    listener = {"name": "http", "port": port, "protocol": "HTTP"}
    manifest = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": "default"},
        "spec": {"gatewayClassName": "istio", "listeners": [listener, listener]},
    }
    with pytest.raises(Invalid) as refused:
        store.create(manifest)
    fields = {error.field for error in refused.value.errors}
    ports = {"spec.listeners[0].port", "spec.listeners[1].port"}
    assert fields == ports | {"spec.listeners[1]", "spec.listeners"}
