"""What the bundled manifests write for Gloo Mesh: every intent, and nothing that was not wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwjwt.drivers.gloo_jwt import (
    PROFILE,
    ClaimHeader,
    GlooState,
    JwtPolicy,
    MeshRoute,
    Provider,
    RemoteKeys,
    RouteTable,
    Workspace,
)
from gwjwt.drivers.registry import make_driver
from gwjwt.words import AppName, GatewayName

API = "security.policy.gloo.solo.io/v2"


@pytest.fixture
def configuration(cluster):
    with make_driver("manifests", {}, None).configure(PROFILE, cluster) as started:
        yield started


def state(namespace: str) -> GlooState:
    route = MeshRoute("r", "X-r", AppName(namespace, "httpbin"), 80, {"route": "r"})
    bare = GlooState(GatewayName(namespace, "g")).in_workspace(Workspace("w", (namespace,)))
    return bare.routing(RouteTable("t", namespace, "www.example.com", (route,)))


def policy(namespace: str, name: str, **how: object) -> JwtPolicy:
    wanted = JwtPolicy(name, namespace, (Provider("p", "https://a.example", "PEM"),), {"route": "r"})
    return replace(wanted, **how)


def policies(cluster, namespace):
    found = {each["metadata"]["name"]: each for each in cluster.list(API, "JWTPolicy", namespace)}
    return dict(sorted(found.items()))


def test_policies_are_created_in_their_order_and_an_update_leaves_them_what_they_are(
    cluster, configuration, namespace
):
    both = state(namespace).protecting(policy(namespace, "z")).protecting(policy(namespace, "a"))
    configuration.bring(both)
    configuration.settle()
    created = policies(cluster, namespace)
    assert list(created) == ["a", "z"]
    versions = {name: int(each["metadata"]["resourceVersion"]) for name, each in created.items()}
    assert versions["z"] < versions["a"]
    configuration.bring(both.protecting(policy(namespace, "z", priority=3)))
    updated = policies(cluster, namespace)
    assert updated["z"]["metadata"]["uid"] == created["z"]["metadata"]["uid"]
    assert updated["z"]["spec"]["config"]["phase"] == {"preAuthz": {"priority": 3}}
    assert updated["a"] == created["a"]
    configuration.bring(both.without_policy("z"))
    assert list(policies(cluster, namespace)) == ["a"]


@pytest.mark.parametrize(
    "how, expected",
    [
        ({}, {"applyToRoutes": [{"route": {"labels": {"route": "r"}}}]}),
        ({"route_labels": None}, {}),
        (
            {"route_labels": None, "destinations": (AppName("n", "httpbin"),)},
            {"applyToDestinations": [{"selector": {"name": "httpbin", "namespace": "n"}}]},
        ),
    ],
)
def test_a_selector_that_is_not_wanted_stays_out(cluster, configuration, namespace, how, expected):
    configuration.bring(state(namespace).protecting(policy(namespace, "p", **how)))
    spec = policies(cluster, namespace)["p"]["spec"]
    assert {key: value for key, value in spec.items() if key != "config"} == expected


def test_every_setting_of_a_provider_is_where_the_product_reads_it(cluster, configuration, namespace):
    claims = (ClaimHeader("org", "x-org", append=True), ClaimHeader("email", "x-email", append=False))
    local = Provider("a: b", None, "PEM\nPEM\n", (("X-Auth", "Bearer "),), ("auth_token",), claims)
    remote = Provider("c", "https://c", RemoteKeys("http://c/jwks", AppName("n", "keys"), 80))
    configuration.bring(state(namespace).protecting(policy(namespace, "p", providers=(local, remote))))
    assert policies(cluster, namespace)["p"]["spec"]["config"]["providers"] == {
        "a: b": {
            "local": {"inline": "PEM\nPEM\n"},
            "tokenSource": {
                "headers": [{"name": "X-Auth", "prefix": "Bearer "}],
                "queryParameters": ["auth_token"],
            },
            "claimsToHeaders": [
                {"claim": "org", "header": "x-org", "append": True},
                {"claim": "email", "header": "x-email", "append": False},
            ],
        },
        "c": {
            "issuer": "https://c",
            "remote": {
                "url": "http://c/jwks",
                "destinationRef": {
                    "kind": "SERVICE",
                    "ref": {"name": "keys", "namespace": "n"},
                    "port": {"number": 80},
                },
            },
        },
    }
