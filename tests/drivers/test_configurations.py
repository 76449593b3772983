"""Drivers that configure a gateway product: what they write, what they take back, and what they cannot express."""

from __future__ import annotations

import pytest

from gwjwt.drivers.istio_ingress import PROFILE, Allowance, Exposure, IngressState, Trust
from gwjwt.drivers.manifests import ManifestsDriver
from gwjwt.drivers.protocol import ConfiguringDriver
from gwjwt.drivers.registry import make_driver
from gwjwt.errors import ImplementationFailed, TargetError, Unsupported
from gwjwt.rules import JWTRule
from gwjwt.words import AppName, GatewayName

LABELS = {"istio": "ingress"}


def state(namespace, *, issuer="https://a.example"):
    app = AppName(namespace, "backend")
    exposed = IngressState(GatewayName(namespace, "ingress")).exposing(Exposure(app, 80, LABELS))
    rule = JWTRule(issuer=issuer, jwks_uri="https://a.example/jwks")
    trusting = exposed.trusting(Trust("ingress-jwt", namespace, LABELS, (rule,)))
    return trusting.allowing(Allowance("ingress-jwt-policy", namespace, LABELS, (f"{issuer}/*",)))


def found(cluster, namespace):
    kinds = {
        "Gateway": "networking.istio.io/v1",
        "VirtualService": "networking.istio.io/v1",
        "RequestAuthentication": "security.istio.io/v1",
        "AuthorizationPolicy": "security.istio.io/v1",
    }
    return {
        each["metadata"]["name"]
        for kind, version in kinds.items()
        for each in cluster.list(version, kind, namespace)
    }


@pytest.fixture(params=["manifests", "reference"])
def configuration(request, cluster):
    with make_driver(request.param, {}, None).configure(PROFILE, cluster) as started:
        yield started


def test_what_is_wanted_is_there_and_what_is_not_goes(cluster, configuration, namespace):
    wanted = state(namespace)
    configuration.bring(wanted)
    configuration.settle()
    everything = {"backend-gateway", "backend-vs", "ingress-jwt", "ingress-jwt-policy"}
    assert found(cluster, namespace) == everything
    configuration.bring(wanted.without_policies(namespace))
    configuration.settle()
    assert found(cluster, namespace) == {"backend-gateway", "backend-vs"}


def test_what_the_api_rejects_is_said_until_it_is_corrected(configuration, namespace):
    configuration.bring(state(namespace, issuer=""))
    for _ in range(2):
        with pytest.raises(ImplementationFailed, match=r"RequestAuthentication .*/ingress-jwt: .*issuer"):
            configuration.settle()
    configuration.bring(state(namespace))
    configuration.settle()


def test_leaving_takes_back_what_nobody_has_abandoned(cluster, namespace):
    driver = make_driver("manifests", {}, None)
    with driver.configure(PROFILE, cluster) as configuration:
        configuration.bring(state(namespace))
    assert found(cluster, namespace) == set()
    with driver.configure(PROFILE, cluster) as configuration:
        configuration.bring(state(namespace))
        configuration.abandon(GatewayName(namespace, "ingress"))
    assert len(found(cluster, namespace)) == 4


def test_a_fault_of_the_reference_changes_what_is_written(cluster, namespace):
    driver = make_driver("reference", {"fault": "ingress-allow-dropped"}, None)
    with driver.configure(PROFILE, cluster) as configuration:
        configuration.bring(state(namespace))
        assert found(cluster, namespace) == {"backend-gateway", "backend-vs", "ingress-jwt"}


def test_an_unknown_fault_of_the_reference_is_told_with_those_of_all_profiles():
    with pytest.raises(TargetError, match=r"driver\.fault: 'x' is unknown .*deny-dropped.*ingress-allow"):
        make_driver("reference", {"fault": "x"}, None)


def test_who_expresses_no_product_says_so(cluster):
    assert not isinstance(make_driver("controller", {}, None), ConfiguringDriver)
    charm_only = ManifestsDriver.from_options({"profiles": ["charm-request-auth"]}, None)
    with (
        pytest.raises(Unsupported, match="has no templates for the profile istio-ingress-jwt"),
        charm_only.configure(PROFILE, cluster),
    ):
        pass
