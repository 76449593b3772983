"""Route tables and policies of Gloo Mesh on the embedded environment: what is refused, and what is said of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gwjwt.cluster import Cluster, Reference
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.errors import EnvironmentFailed, GwjwtError
from gwjwt.traffic.evidence import Request
from gwjwt.waiting import Deadlines, NotYet, eventually
from gwjwt.words import AppName, GatewayName

NAMESPACE = "mesh"
PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)
"""The example key of RFC 7515, appendix A.3."""


def manifest(kind: str, api: str, name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{api}.gloo.solo.io/v2",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


WORKSPACE = manifest(
    "Workspace", "admin", "w", workloadClusters=[{"name": "*", "namespaces": [{"name": NAMESPACE}]}]
)
TABLE = manifest(
    "RouteTable",
    "networking",
    "t",
    hosts=["www.example.com"],
    workloadSelectors=[{}],
    http=[
        {
            "name": "r",
            "labels": {"route": "r"},
            "forwardTo": {"destinations": [{"ref": {"name": "httpbin"}, "port": {"number": 80}}]},
        }
    ],
)
POLICY = manifest(
    "JWTPolicy",
    "security.policy",
    "p",
    applyToRoutes=[{"route": {"labels": {"route": "r"}}}],
    config={"phase": {"preAuthz": {}}, "providers": {"a": {"issuer": "a", "local": {"inline": PEM}}}},
)
AUTHORIZED = manifest(
    "ExtAuthPolicy",
    "security.policy",
    "x",
    applyToRoutes=[{"route": {"labels": {"route": "r"}}}],
    config={"customAuth": {}, "server": {"name": "s"}},
)


def changed(original: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a dotted path below ``spec``; numbers are places in lists."""
    copy = deepcopy(original)
    *parents, last = path.split(".")
    node: Any = copy["spec"]
    for part in parents:
        node = node[int(part)] if part.isdigit() else node[part]
    node[last] = value
    return copy


@pytest.fixture(scope="module")
def environment():
    with EmbeddedEnvironment(Deadlines()) as started:
        started.create_namespace(NAMESPACE)
        started.deploy_workload(AppName(NAMESPACE, "httpbin"))
        started.deploy_client(AppName(NAMESPACE, "sleep"))
        yield started


@pytest.fixture
def cluster(environment):
    with Cluster(environment.kubeconfig) as cluster:
        cluster.apply(WORKSPACE, "test")
        yield cluster
        for each in (TABLE, POLICY, AUTHORIZED, WORKSPACE):
            cluster.delete(Reference.of(each))


def test_a_destination_rule_for_a_service_of_the_mesh_is_not_supported(environment, cluster):
    metadata = {"name": "r", "namespace": NAMESPACE}
    rule = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": metadata}
    cluster.apply({**rule, "spec": {"host": "httpbin"}}, "test")
    with pytest.raises(EnvironmentFailed, match="any field of DestinationRule mesh/r"):
        environment.settle()
    cluster.delete(Reference.of(rule))
    environment.settle()


@pytest.mark.parametrize(
    "original, path, value, words",
    [
        (TABLE, "http.0.timeout", "1s", "timeout"),
        (TABLE, "hosts", "www.example.com", "hosts"),
        (TABLE, "http.0.forwardTo.destinations.0.port.number", 0, "port.number"),
        (POLICY, "config.providers.a.isuer", "a", "isuer"),
        (POLICY, "config.phase.preAuthz.priority", "first", "priority"),
        (POLICY, "applyToRoutes", {"route": {}}, "applyToRoutes"),
        (AUTHORIZED, "config.servers", {}, "servers"),
        (WORKSPACE, "workloadClusters", "*", "workloadClusters"),
    ],
)
def test_an_unknown_field_or_a_wrong_type_is_rejected_by_the_api(cluster, original, path, value, words):
    with pytest.raises(
        GwjwtError, match=words
    ):  # the API answers 500 to an apply that it cannot take in, 422 else
        cluster.apply(changed(original, path, value), "test")


@pytest.mark.parametrize(
    "original, path, value",
    [
        (TABLE, "http.0.redirectTo", {"hostRedirect": "x"}),
        (TABLE, "http.0.matchers", [{"cookies": [{"name": "a"}]}]),
        (TABLE, "http.0.forwardTo.pathRewrite", "/x"),
        (TABLE, "tcp", [{"forwardTo": {}}]),
        (TABLE, "weight", 3),
        (POLICY, "config.requiredScopes", ["a"]),
        (POLICY, "config.providers.a.clockSkewSeconds", 3),
        (POLICY, "config.providers.a.local", {"secretRef": {"name": "x"}}),
        (POLICY, "config.providers.a.local.inline", "no key"),
        (POLICY, "config.providers.a.remote", {"url": "http://127.0.0.1/x"}),
        (POLICY, "config.phase.postAuthz", {}),
        (POLICY, "config.providers", {}),
        (POLICY, "applyToRoutes.0.route.workspace", "w"),
        (POLICY, "applyToDestinations", [{"kind": "VIRTUAL_DESTINATION"}]),
        (TABLE, "workloadSelectors", [{"selector": {"cluster": "c"}}]),
        (POLICY, "applyToRoutes.0.route", {"labels": {"no": "route"}, "cluster": "c"}),
        (WORKSPACE, "workloadClusters.0.name", "east"),
        (WORKSPACE, "workloadClusters.0.configEnabled", True),
        (AUTHORIZED, "config.glooAuth", {"configs": []}),
        (AUTHORIZED, "config.disable", True),
        (AUTHORIZED, "applyToRoutes", []),
    ],
)
def test_what_is_not_supported_is_said_by_its_name(environment, cluster, original, path, value):
    cluster.apply(TABLE, "test")
    cluster.apply(changed(original, path, value), "test")
    last = path.rpartition(".")[2]
    named = {"matchers": "cookies", "postAuthz": "phase", "route": "cluster"}.get(last, last)
    with pytest.raises(EnvironmentFailed, match=f"does not support .*{named}.* of {original['kind']} mesh/"):
        environment.settle()
    cluster.delete(Reference.of(original))
    environment.settle()


def test_a_route_with_a_policy_that_is_not_supported_answers_500_and_sends_nothing_on(environment, cluster):
    cluster.apply(TABLE, "test")
    endpoint = environment.client(AppName(NAMESPACE, "sleep"))
    request = Request("/get", host="www.example.com")
    assert environment.probe.send(endpoint, request).response.status == 200
    cluster.apply(changed(POLICY, "config.requiredScopes", ["a"]), "test")
    with pytest.raises(EnvironmentFailed, match="requiredScopes"):
        environment.settle()
    exchange = environment.probe.send(endpoint, request)
    assert (exchange.response.status, exchange.received) == (500, ())


@pytest.mark.parametrize(
    "wrong, words",
    [
        (
            changed(TABLE, "http.0.forwardTo.destinations.0.ref.name", "nobody"),
            "Service mesh/nobody not found",
        ),
        (changed(TABLE, "virtualGateways", [{"name": "gone"}]), "VirtualGateway mesh/gone not found"),
        (
            changed(
                POLICY,
                "config.providers.a",
                {
                    "remote": {
                        "url": "http://127.0.0.1:9/jwks",
                        "destinationRef": {"ref": {"name": "keys"}, "port": {"number": 80}},
                    }
                },
            ),
            "Service mesh/keys not found",
        ),
        (changed(TABLE, "workloadSelectors", []), "neither virtualGateways nor workloadSelectors"),
        (AUTHORIZED, "ExtAuthServer mesh/s not found"),
    ],
)
def test_a_reference_to_nothing_is_in_the_status_until_it_is_corrected(cluster, wrong, words):
    cluster.apply(wrong, "test")
    await_state(cluster, wrong, "WARNING", words)
    cluster.apply(TABLE if wrong["kind"] == "RouteTable" else POLICY, "test")
    if wrong["kind"] != "ExtAuthPolicy":
        await_state(cluster, wrong, "ACCEPTED", None)


def test_what_no_workspace_has_is_in_the_status(cluster):
    cluster.delete(Reference.of(WORKSPACE))
    cluster.apply(TABLE, "test")
    await_state(cluster, TABLE, "WARNING", "no Workspace has the namespace mesh")
    cluster.apply(WORKSPACE, "test")
    await_state(cluster, TABLE, "ACCEPTED", None)


@pytest.mark.parametrize(
    "path, value, words",
    [
        ("listeners.0.tls", {"mode": "SIMPLE"}, r"listeners\[0\].tls"),
        ("listeners.0.allowedRouteTables", [{"host": "a.example"}], "allowedRouteTables"),
        ("workloads.0.selector.cluster", "c", r"workloads\[0\].selector.cluster"),
    ],
)
def test_what_is_not_supported_of_a_virtual_gateway_is_said_by_its_name(
    environment, cluster, path, value, words
):
    labels = {"istio": "entry"}
    name = GatewayName(NAMESPACE, f"entry-{path.rpartition('.')[2].lower()}")
    environment.deploy_gateway(name, labels)
    gateway = virtual_gateway("v", labels)
    cluster.apply(gateway, "test")
    environment.settle()
    cluster.apply(changed(gateway, path, value), "test")
    with pytest.raises(EnvironmentFailed, match=f"does not support .*{words}.* of VirtualGateway mesh/v"):
        environment.settle()
    cluster.delete(Reference.of(gateway))
    environment.settle()


def virtual_gateway(name: str, labels: dict[str, str]) -> dict[str, Any]:
    listener = {"http": {}, "port": {"number": 80}}
    return manifest(
        "VirtualGateway",
        "networking",
        name,
        workloads=[{"selector": {"labels": labels}}],
        listeners=[listener],
    )


def test_two_virtual_gateways_on_one_port_serve_the_tables_of_both(environment, cluster):
    labels, name = {"istio": "shared"}, GatewayName(NAMESPACE, "shared")
    environment.deploy_gateway(name, labels)
    gateways = [virtual_gateway("v1", labels), virtual_gateway("v2", labels)]
    tables = [
        changed(changed(TABLE, "virtualGateways", [{"name": f"v{i}"}]), "hosts", [f"{i}.example"])
        for i in (1, 2)
    ]
    for i, table in enumerate(tables):
        table["metadata"]["name"] = f"t{i}"
    for each in (*gateways, *tables):
        cluster.apply(each, "test")
    endpoint = environment.endpoint(name)
    hosts = ("1.example", "2.example", "3.example")
    answers = [environment.probe.send(endpoint, Request("/", host=host)).response.status for host in hosts]
    assert answers == [200, 200, 404]
    for each in (*gateways, *tables):
        cluster.delete(Reference.of(each))


def test_a_gateway_of_istio_on_the_same_workload_is_not_left_out_in_silence(environment, cluster):
    labels = {"istio": "both"}
    environment.deploy_gateway(GatewayName(NAMESPACE, "both"), labels)
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}
    istio = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": NAMESPACE},
        "spec": {"selector": labels, "servers": [server]},
    }
    ours = virtual_gateway("v", labels)
    cluster.apply(ours, "test")
    environment.settle()
    cluster.apply(istio, "test")
    with pytest.raises(EnvironmentFailed, match="a workload with a VirtualGateway of Gateway mesh/g"):
        environment.settle()
    cluster.delete(Reference.of(istio))
    environment.settle()
    cluster.delete(Reference.of(ours))


def await_state(cluster: Cluster, of: dict[str, Any], approval: str, message: str | None) -> None:
    def said() -> None:
        found = cluster.get(Reference.of(of))
        assert found
        state = found.get("status", {}).get("common", {}).get("State", {})
        if (state.get("approval"), state.get("message")) != (approval, message):
            raise NotYet(f"it says {state}")

    eventually("the status says what is missing", said, 5.0)
