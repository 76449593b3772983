"""Routes, listeners and statuses on a real Envoy."""

from __future__ import annotations

import pytest


def to_app(**rule):
    return {"backendRefs": [{"name": "app", "port": 80}], **rule}


def prefix(value):
    return [{"path": {"type": "PathPrefix", "value": value}}]


def condition(status, kind):
    return next(each for each in status["conditions"] if each["type"] == kind)


def test_no_route_is_404_but_a_policy_comes_first(world, k8s):
    world.remove(k8s.route())
    assert world.get().status == 404
    world.apply(k8s.policy("DENY", {}))
    assert world.get().status == 403


@pytest.mark.parametrize(
    "match, path, headers, status",
    [
        ({"path": {"type": "PathPrefix", "value": "/a"}}, "/a", {}, 200),
        ({"path": {"type": "PathPrefix", "value": "/a"}}, "/a/b", {}, 200),
        ({"path": {"type": "PathPrefix", "value": "/a/"}}, "/a", {}, 200),
        ({"path": {"type": "PathPrefix", "value": "/a"}}, "/ab", {}, 404),
        ({"path": {"type": "Exact", "value": "/a"}}, "/a/b", {}, 404),
        ({"path": {"type": "RegularExpression", "value": "/[0-9]+"}}, "/12", {}, 200),
        ({"headers": [{"name": "X-A", "value": "1"}]}, "/", {"x_a": "1"}, 200),
        ({"headers": [{"name": "X-A", "value": "1"}]}, "/", {}, 404),
        ({"queryParams": [{"name": "q", "value": "1"}]}, "/?q=1", {}, 200),
        ({"method": "POST"}, "/", {}, 404),
    ],
)
def test_matches(world, k8s, match, path, headers, status):
    world.apply(k8s.route(rules=[to_app(matches=[match])]))
    assert world.get(path, **headers).status == status


@pytest.mark.parametrize(
    "old, new, path, seen",
    [
        ("/m-app", "/", "/m-app/x?q=1", "/x?q=1"),
        ("/m-app", "/", "/m-app", "/"),
        ("/m-app", "/v1", "/m-app/x", "/v1/x"),
        ("/", "/v1", "/x", "/v1/x"),
    ],
)
def test_the_prefix_can_be_rewritten(world, k8s, old, new, path, seen):
    rewrite = {
        "type": "URLRewrite",
        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": new}},
    }
    world.apply(k8s.route(rules=[to_app(matches=prefix(old), filters=[rewrite])]))
    assert world.get(path).backend["path"] == seen


@pytest.mark.parametrize(
    "kind, value, path, operation",
    [
        ("PathPrefix", "/", "/a", "/*"),
        ("PathPrefix", "/a", "/a/b", "/*"),
        ("Exact", "/a", "/a", "/a"),
        ("RegularExpression", "/[0-9]+", "/12", "/[0-9]+"),
    ],
)
def test_a_backend_reads_the_operation_and_the_attempt_as_behind_istio(
    world, k8s, kind, value, path, operation
):
    world.apply(k8s.route(rules=[to_app(matches=[{"path": {"type": kind, "value": value}}])]))
    answer = world.get(path)
    assert answer.seen("x-envoy-decorator-operation") == f"app.m.svc.cluster.local:80{operation}"
    assert answer.seen("x-envoy-attempt-count") == "1"


def test_request_headers_can_be_changed(world, k8s):
    change = {
        "set": [{"name": "x-set", "value": "new"}],
        "add": [{"name": "x-add", "value": "two"}],
        "remove": ["x-gone"],
    }
    modifier = {"type": "RequestHeaderModifier", "requestHeaderModifier": change}
    world.apply(k8s.route(rules=[to_app(filters=[modifier])]))
    answer = world.get(x_set="old", x_gone="1")
    assert (answer.seen("x-set"), answer.seen("x-add"), answer.seen("x-gone")) == ("new", "two", None)


def test_the_longest_prefix_wins_over_the_order_of_rules(world, k8s):
    world.apply(
        k8s.route(
            rules=[
                to_app(matches=prefix("/")),
                {"backendRefs": [{"name": "missing", "port": 80}], "matches": prefix("/a")},
            ]
        )
    )
    assert world.get("/b").status == 200
    assert world.get("/a").status == 500


def test_a_weight_of_zero_gets_nothing(world, k8s):
    world.apply(*k8s.service("empty"))
    backends = [{"name": "app", "port": 80, "weight": 1}, {"name": "empty", "port": 80, "weight": 0}]
    world.apply(k8s.route(rules=[{"backendRefs": backends}]))
    assert {world.get().status for _ in range(10)} == {200}


def test_hostnames(world, k8s):
    world.apply(k8s.route(hostnames=["a.example", "*.b.example"]))
    assert world.get(host="a.example").status == 200
    assert world.get(host="a.example:8080").status == 200
    assert world.get(host="x.b.example").status == 200
    assert world.get(host="c.example").status == 404


def test_a_service_that_comes_later_is_found(world, k8s):
    world.apply(k8s.route(rules=[{"backendRefs": [{"name": "late", "port": 80}]}]))
    assert world.get().status == 500
    assert (
        condition(world.statuses["HTTPRoute", "m", "app"]["parents"][0], "ResolvedRefs")["status"] == "False"
    )
    world.apply(*k8s.service("late", world.backend.port))
    assert world.get().status == 200


def test_a_route_of_another_namespace_needs_permission(world, k8s):
    foreign = k8s.route("foreign", hostnames=["foreign.example"])
    foreign["metadata"]["namespace"] = "other"
    foreign["spec"]["parentRefs"] = [{"name": "ing", "namespace": "m"}]
    world.apply(foreign)
    assert world.get(host="foreign.example").status == 200  # by the gateway's own route for every host
    world.apply(k8s.gateway(allowedRoutes={"namespaces": {"from": "All"}}))
    assert world.get(host="foreign.example").status == 500  # its own Service does not exist


def test_two_gateways_do_not_share_policies(world, k8s):
    world.apply(k8s.gateway("second"), k8s.route("again", parent="second"), k8s.policy("DENY", {}))
    second = world.gateway.endpoint(type(k8s.name)("m", "second"))
    assert second != world.gateway.endpoint(k8s.name)
    assert world.get().status == 403
    assert world.get_from(second).status == 200


def test_listeners_by_port(world, k8s):
    both = k8s.gateway()
    both["spec"]["listeners"].append({"name": "alt", "port": 8080, "protocol": "HTTP"})
    one_only = k8s.route()
    one_only["spec"]["parentRefs"] = [{"name": "ing", "sectionName": "alt"}]
    world.apply(both, one_only)
    assert world.get().status == 404
    assert world.get_from(world.gateway.endpoint(k8s.name, 8080)).status == 200


def test_statuses_say_what_became_of_objects(world, k8s):
    status = world.statuses["Gateway", "m", "ing"]
    assert status["addresses"] == [{"type": "IPAddress", "value": "127.0.0.1"}]
    assert {condition(status, kind)["status"] for kind in ("Accepted", "Programmed")} == {"True"}
    assert status["listeners"][0]["attachedRoutes"] == 1
    parent = world.statuses["HTTPRoute", "m", "app"]["parents"][0]
    assert parent["parentRef"] == {"name": "ing"}
    assert condition(parent, "Accepted")["observedGeneration"] == 1
    world.apply(k8s.route(hostnames=["a.example"]), k8s.gateway(hostname="b.example"))
    parent = world.statuses["HTTPRoute", "m", "app"]["parents"][0]
    assert condition(parent, "Accepted")["reason"] == "NoMatchingListenerHostname"
    assert world.statuses["Gateway", "m", "ing"]["listeners"][0]["attachedRoutes"] == 0


def test_a_service_whose_route_comes_back_serves_again(world, k8s):
    for _ in range(3):
        world.apply(*k8s.service("other", world.backend.port))
        world.apply(k8s.route(rules=[{"backendRefs": [{"name": "other", "port": 80}]}]))
        assert world.get().status == 200
        world.remove(k8s.route())
        world.apply(k8s.route())
        assert world.get().status == 200
