"""The translation itself: pure, deterministic, in Istio's order."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from envoy.config.listener.v3 import listener_pb2
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.environments.embedded.gateway import ExtensionProvider, Mesh, selection
from gwjwt.environments.embedded.gateway.keysets import keys_of_nobody
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot
from gwjwt.environments.embedded.gateway.translate.clusters import endpoints
from gwjwt.environments.embedded.gateway.translate.compile import compile_gateway, declared_ports
from gwjwt.environments.embedded.gateway.translate.jwt import KeySource, key_source
from gwjwt.site.pictures import pictures_of
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.words import AppName, Endpoint

LABELS = st.lists(st.sampled_from(["a", "b", "example"]), min_size=1, max_size=4).map(".".join)
HOSTNAMES = LABELS | LABELS.map("*.{}".format)


def token_rule(issuer, **extra):
    return {"issuer": issuer, "jwks": '{"keys": []}', **extra}


@pytest.fixture
def snapshot(k8s):
    service, endpoint_slice = k8s.service(port=9000)
    app = AppName("m", "app")
    return GatewaySnapshot(
        k8s.gateway(),
        mesh=Mesh((ExtensionProvider(k8s.provider, Endpoint("127.0.0.1", 9001)),)),
        routes=(k8s.route(),),
        services={app: service},
        endpoint_slices={app: (endpoint_slice,)},
        ports={80: 20_001},
    )


def manager_of(snapshot):
    compiled = compile_gateway(snapshot)
    assert compiled.problems == []
    listener = listener_pb2.Listener.FromString(compiled.listeners["m/ing:80"].body.value)
    manager = hcm.HttpConnectionManager()
    listener.filter_chains[0].filters[0].typed_config.Unpack(manager)
    return manager


def jwt_config(snapshot):
    config = jwt_authn.JwtAuthentication()
    found = [each for each in manager_of(snapshot).http_filters if each.name.endswith("jwt_authn")]
    found[0].typed_config.Unpack(config)
    return config


@pytest.fixture
def filters(snapshot, k8s):
    """The names of all filters of a gateway with every kind of policy."""
    policies = (
        k8s.policy("ALLOW", {}),
        k8s.policy("DENY", k8s.deny_without_token),
        k8s.policy("CUSTOM", {}, provider={"name": k8s.provider}),
    )
    full = replace(
        snapshot,
        authorization_policies=policies,
        request_authentications=(k8s.request_authentication(token_rule("a")),),
    )
    return [each.name.removeprefix("envoy.filters.http.") for each in manager_of(full).http_filters]


def test_filters_stand_in_istios_order(filters):
    assert filters == ["rbac", "ext_authz", "jwt_authn", "rbac", "rbac", "router"]


@pytest.mark.parametrize("profile", ["charm-request-auth", "istio-ingress-jwt", "istio-end-user-auth"])
def test_the_way_that_the_site_draws_leads_through_them_in_that_order(profile, filters):
    left = iter(filters)
    for station in pictures_of(load_catalogue())[profile].drawn.way.stations:
        assert station.filter in left  # takes all up to it


def test_one_rule_asks_for_its_token_or_none(snapshot, k8s):
    config = jwt_config(
        replace(snapshot, request_authentications=(k8s.request_authentication(token_rule("a")),))
    )
    assert json_format.MessageToDict(config.rules[0].requires) == {
        "requiresAny": {"requirements": [{"providerName": "origins-0"}, {"allowMissing": {}}]}
    }


def test_rules_of_all_objects_are_merged_and_sorted_by_issuer(snapshot, k8s):
    objects = (
        k8s.request_authentication(token_rule("c"), token_rule("a"), name="one"),
        k8s.request_authentication(token_rule("b"), name="two"),
    )
    config = jwt_config(replace(snapshot, request_authentications=objects))
    assert {name: each.issuer for name, each in config.providers.items()} == {
        "origins-0": "a",
        "origins-1": "b",
        "origins-2": "c",
    }
    any_of = json_format.MessageToDict(config.rules[0].requires)["requiresAny"]["requirements"]
    assert [each.get("providerName") for each in any_of] == ["origins-0", "origins-1", "origins-2", None]
    assert len(any_of[3]["requiresAll"]["requirements"]) == 3


def test_fields_of_a_rule(snapshot, k8s):
    rule = token_rule(
        "a",
        audiences=["x", "y"],
        forwardOriginalToken=True,
        fromHeaders=[{"name": "x-token", "prefix": "T "}, {"name": "x-bare"}],
        fromParams=["jwt"],
        fromCookies=["session"],
        outputPayloadToHeader="x-payload",
        outputClaimToHeaders=[{"header": "x-sub", "claim": "sub"}],
        timeout="1.5s",
    )
    config = jwt_config(replace(snapshot, request_authentications=(k8s.request_authentication(rule),)))
    provider = json_format.MessageToDict(config.providers["origins-0"])
    assert provider == {
        "issuer": "a",
        "audiences": ["x", "y"],
        "forward": True,
        "fromHeaders": [{"name": "x-token", "valuePrefix": "T "}, {"name": "x-bare"}],
        "fromParams": ["jwt"],
        "fromCookies": ["session"],
        "forwardPayloadHeader": "x-payload",
        "claimToHeaders": [{"headerName": "x-sub", "claimName": "sub"}],
        "localJwks": {"inlineString": '{"keys": []}'},
        "payloadInMetadata": "payload",
        "normalizePayloadInMetadata": {"spaceDelimitedClaims": ["permission", "scope"]},
        "clearRouteCache": True,
    }


def test_equal_input_gives_equal_bytes(snapshot, k8s):
    policies = (
        k8s.policy("DENY", *({"when": [{"key": "source.ip", "values": [f"10.0.0.{i}"]}]} for i in range(9))),
    )
    full = replace(snapshot, authorization_policies=policies)
    versions = {compile_gateway(full).listeners["m/ing:80"].version for _ in range(5)}
    assert len(versions) == 1
    assert versions != {compile_gateway(snapshot).listeners["m/ing:80"].version}


def test_a_service_becomes_a_cluster_of_its_ready_endpoints(snapshot, k8s):
    assert list(compile_gateway(snapshot).clusters) == ["outbound|80||app.m.svc.cluster.local"]
    endpoint_slice = {
        "ports": [{"name": "http", "port": 1}, {"name": "metrics", "port": 2}],
        "endpoints": [
            {"addresses": ["10.0.0.2"], "conditions": {"ready": False}},
            {"addresses": ["10.0.0.3"], "conditions": {"ready": None}},
            {"addresses": ["10.0.0.1"]},
        ],
    }
    assert endpoints([endpoint_slice], "http") == [Endpoint("10.0.0.1", 1), Endpoint("10.0.0.3", 1)]


def test_http_and_https_listeners_need_ports(k8s):
    manifest = k8s.gateway()
    manifest["spec"]["listeners"] += [
        {"name": "tls", "port": 443, "protocol": "HTTPS"},
        {"name": "again", "port": 80, "protocol": "HTTP", "hostname": "a.example"},
        {"name": "raw", "port": 9000, "protocol": "TCP"},
    ]
    assert declared_ports(manifest) == {80, 443}


def test_where_keys_come_from():
    assert key_source({"issuer": "a", "jwks": "{}"}) is None
    assert key_source({"issuer": "a"}) == KeySource("a", "")
    assert key_source({"issuer": "a", "jwksUri": "http://b", "timeout": "0.5s"}) == KeySource(
        "a", "http://b", 0.5
    )


def test_the_keys_of_nobody_are_others_for_each_source():
    one, two = (keys_of_nobody(KeySource(issuer, "")) for issuer in ("a", "b"))
    assert one != two
    assert json.loads(one)["keys"][0]["kty"] == "RSA"


@given(HOSTNAMES, HOSTNAMES)
def test_hostnames_in_common_are_those_that_both_cover(offered, wanted):
    found = selection.hostnames_in_common({"hostname": offered}, {"spec": {"hostnames": [wanted]}})
    swapped = selection.hostnames_in_common({"hostname": wanted}, {"spec": {"hostnames": [offered]}})
    assert found == swapped
    assert set(found) <= {offered, wanted}
    if offered == wanted:
        assert found == [offered]


@pytest.mark.parametrize(
    "offered, wanted, found",
    [
        (None, None, ["*"]),
        (None, ["a.example"], ["a.example"]),
        ("*.example", None, ["*.example"]),
        ("*.example", ["a.example", "a.b.example", "other"], ["a.example", "a.b.example"]),
        ("*.example", ["example"], []),
        ("a.example", ["*.example"], ["a.example"]),
        ("a.example", ["b.example"], []),
    ],
)
def test_hostnames_in_common(offered, wanted, found):
    listener = {"hostname": offered} if offered else {}
    assert selection.hostnames_in_common(listener, {"spec": {"hostnames": wanted}}) == found
