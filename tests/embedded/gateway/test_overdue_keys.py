"""Keys of an issuer that answers, and that the control plane has not got in time, are the environment's failure."""

from __future__ import annotations

import pytest

from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.errors import EnvironmentFailed
from gwjwt.identity.issuer import Issuer
from gwjwt.waiting import Deadlines

NAMESPACE = "overdue"
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "front", "namespace": NAMESPACE},
    "spec": {
        "gatewayClassName": "istio",
        "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
    },
}


def request_authentication(issuer, timeout):
    rule = {"issuer": issuer.iss, "jwksUri": issuer.jwks_uri, "timeout": timeout}
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "front"}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "keys", "namespace": NAMESPACE},
        "spec": {"targetRefs": [target], "jwtRules": [rule]},
    }


@pytest.fixture
def environment():
    with EmbeddedEnvironment(Deadlines()) as started:
        started.create_namespace(NAMESPACE)
        with Cluster(started.kubeconfig) as cluster:
            cluster.apply(GATEWAY, "test")
        yield started


def publish(environment, issuer, timeout="0.01s"):
    with Cluster(environment.kubeconfig) as cluster:
        cluster.apply(request_authentication(issuer, timeout), "test")
    environment.settle()


def test_an_issuer_whose_answer_is_too_late_for_us_is_nobody_s_fault_but_ours(environment, monkeypatch):
    issuer = environment.issuers.create("accounts")
    issuer.hang()
    monkeypatch.setattr(Issuer, "answers", True)  # it is meant to, and only comes too late
    publish(environment, issuer)
    with pytest.raises(EnvironmentFailed, match=rf"has not got the keys of {issuer.jwks_uri} in time"):
        environment.check()


def test_keys_that_have_come_at_last_are_no_failure(environment):
    issuer = environment.issuers.create("accounts")
    issuer.hang()
    publish(environment, issuer)
    issuer.serve_normally()
    publish(environment, issuer, timeout="5s")
    environment.check()


def test_an_issuer_that_does_not_answer_is_as_the_scenario_wants_it(environment):
    issuer = environment.issuers.create("accounts")
    issuer.hang()
    publish(environment, issuer)
    environment.check()
