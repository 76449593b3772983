"""What is not supported, or not possible, is refused aloud, and only as long as it is there."""

from __future__ import annotations

import socket

import pytest

from gwjwt.errors import EnvironmentFailed, ImplementationFailed
from gwjwt.waiting import NotYet, eventually


@pytest.mark.parametrize(
    "kind, spec, field",
    [
        (
            "policy",
            {"rules": [{"from": [{"source": {"namespaces": ["x"]}}]}]},
            "spec.rules[0].from[0].source.namespaces",
        ),
        (
            "policy",
            {"rules": [{"from": [{"source": {"principals": ["x"]}}]}]},
            "spec.rules[0].from[0].source.principals",
        ),
        (
            "policy",
            {"rules": [{"when": [{"key": "connection.sni", "values": ["x"]}]}]},
            "spec.rules[0].when[0].key",
        ),
        (
            "policy",
            {"rules": [{"to": [{"operation": {"paths": ["/{*}"]}}]}]},
            "spec.rules[0].to[0].operation.paths",
        ),
        (
            "policy",
            {"rules": [{"to": [{"operation": {"ports": ["http"]}}]}]},
            "spec.rules[0].to[0].operation.ports",
        ),
        ("policy", {"rules": [{"from": [{"source": {"ipBlocks": ["x"]}}]}]}, "spec.rules[0].from[0].source"),
        ("policy", {"action": "AUDIT"}, "spec.action AUDIT"),
        ("policy", {"new": {"field": 1}}, "spec.new"),
        (
            "tokens",
            {"jwtRules": [{"issuer": "x", "jwks": "{}", "fromSmoke": ["x"]}]},
            "spec.jwtRules[0].fromSmoke",
        ),
        ("tokens", {"jwtRules": [{"jwks": "{}"}]}, "spec.jwtRules[0] without issuer"),
        ("tokens", {"jwtRules": [{"issuer": "x", "jwks": 5}]}, "a field of the wrong shape"),
        ("policy", {"rules": [{"when": [{"values": ["x"]}]}]}, "a field of the wrong shape"),
    ],
)
def test_an_unsupported_policy_closes_the_gateway_until_it_is_gone(world, k8s, kind, spec, field):
    bad = (
        k8s.manifest("AuthorizationPolicy", "bad", {"targetRefs": k8s.target, "action": "DENY", **spec})
        if kind == "policy"
        else k8s.manifest("RequestAuthentication", "bad", {"targetRefs": k8s.target, **spec})
    )
    endpoint = world.gateway.endpoint(k8s.name)
    with pytest.raises(EnvironmentFailed) as refused:
        world.apply(bad)
    assert field in str(refused.value)
    assert f"{bad['kind']} m/bad" in str(refused.value)
    assert world.get_from(endpoint).status == 403
    world.remove(bad)
    assert world.get().status == 200


@pytest.mark.parametrize(
    "rule, field",
    [
        ({"filters": [{"type": "RequestMirror"}]}, "spec.rules[0].filters[0].type RequestMirror"),
        ({"timeouts": {"request": "1s"}}, "spec.rules[0].timeouts"),
        ({"matches": [{"path": {"type": "Glob", "value": "/"}}]}, "spec.rules[0].matches[0].path.type Glob"),
    ],
)
def test_an_unsupported_route_is_refused_in_its_status(world, k8s, rule, field):
    with pytest.raises(EnvironmentFailed, match="HTTPRoute m/app"):
        world.apply(k8s.route(rules=[{"backendRefs": [{"name": "app", "port": 80}], **rule}]))
    accepted = world.statuses["HTTPRoute", "m", "app"]["parents"][0]["conditions"][0]
    assert (accepted["status"], accepted["reason"]) == ("False", "UnsupportedValue")
    assert field in accepted["message"]


@pytest.mark.parametrize(
    "kind, spec",
    [
        ("GRPCRoute", {"parentRefs": [{"name": "ing"}]}),
        ("DestinationRule", {"host": "app"}),
        ("DestinationRule", {"host": "app.m.svc.cluster.local"}),
        ("DestinationRule", {"host": "*.m.svc.cluster.local"}),
        ("DestinationRule", {"host": "*"}),
    ],
)
def test_an_object_of_an_unsupported_kind_is_refused_until_it_is_gone(world, k8s, kind, spec):
    bad = k8s.manifest(kind, "bad", spec)
    with pytest.raises(EnvironmentFailed, match=f"does not support any field of {kind} m/bad"):
        world.apply(bad)
    world.remove(bad)
    assert world.get().status == 200


@pytest.mark.parametrize(
    "kind, spec",
    [
        ("GRPCRoute", {"parentRefs": [{"name": "another"}]}),
        ("GRPCRoute", {}),
        ("DestinationRule", {"host": "app.m"}),
        ("DestinationRule", {"host": "app.elsewhere.svc.cluster.local"}),
        ("DestinationRule", {"host": "another"}),
        ("DestinationRule", {}),
    ],
)
def test_an_object_of_an_unsupported_kind_for_another_proxy_does_not_matter(world, k8s, kind, spec):
    world.apply(k8s.manifest(kind, "other", spec))
    assert world.get().status == 200


def test_a_rule_for_a_service_matters_once_a_route_leads_there(world, k8s):
    world.apply(k8s.manifest("DestinationRule", "rule", {"host": "another"}))
    with pytest.raises(EnvironmentFailed, match="DestinationRule m/rule"):
        world.apply(k8s.route(rules=[{"backendRefs": [{"name": "another", "port": 80}]}]))
    world.apply(k8s.route())
    assert world.get().status == 200


def test_a_listener_that_is_not_http_is_refused(world, k8s):
    with pytest.raises(EnvironmentFailed, match=r"spec.listeners\[0\].protocol TCP of Gateway m/ing"):
        world.apply(k8s.gateway(protocol="TCP"))
    status = world.statuses["Gateway", "m", "ing"]
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "Accepted": "False",
        "Programmed": "False",
    }


def test_envoys_own_refusal_is_told_in_its_words_and_forgotten_when_corrected(world, k8s):
    before = world.gateway.endpoint(k8s.name)
    with pytest.raises(
        EnvironmentFailed, match=r"(?s)gateway m/ing: Envoy: .*invalid regex|no argument for repetition"
    ):
        world.apply(
            k8s.route(
                rules=[
                    {"matches": [{"path": {"type": "RegularExpression", "value": "*("}}], "backendRefs": []}
                ]
            )
        )
    programmed = world.statuses["Gateway", "m", "ing"]["conditions"][1]
    assert programmed["status"] == "False"
    assert world.get_from(before).status == 200
    world.apply(k8s.route())
    assert world.get().status == 200


def test_a_port_that_somebody_takes_is_a_refusal(world, k8s, monkeypatch):
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", 0))
        thief.listen()
        monkeypatch.setattr("gwjwt.local.ports.PortPool.take", lambda _: thief.getsockname()[1])
        with pytest.raises(EnvironmentFailed, match=r"gateway m/second: Envoy: .*in use"):
            world.apply(k8s.gateway("second"))
    monkeypatch.undo()
    world.remove(k8s.gateway("second"))


def test_a_gateway_that_nobody_made_is_not_reachable(world, k8s, impatient):
    with pytest.raises(ImplementationFailed, match="no Gateway m/nobody of class istio"):
        world.gateway.endpoint(type(k8s.name)("m", "nobody"))
    other_class = k8s.gateway("foreign")
    other_class["spec"]["gatewayClassName"] = "nginx"
    world.apply(other_class)
    with pytest.raises(ImplementationFailed):
        world.gateway.endpoint(type(k8s.name)("m", "foreign"))


def test_a_deleted_gateway_no_longer_listens(world, k8s):
    endpoint = world.gateway.endpoint(k8s.name)
    world.remove(k8s.gateway())

    def refused() -> None:
        """Envoy acknowledges the removal, then closes the socket; what came to its backlog in between is reset."""
        with pytest.raises(ConnectionError) as ended:
            world.get_from(endpoint)
        if not isinstance(ended.value, ConnectionRefusedError):
            raise NotYet(repr(ended.value))

    eventually("the port is closed", refused, 5.0)
