"""Scenarios with requests: the live implementation, and a model whose charm acts on an API with a real Envoy."""

from __future__ import annotations

import pytest

from gwjwt.cluster import Cluster
from gwjwt.drivers.charm.driver import CharmDriver
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.errors import ClauseViolated
from gwjwt.scene import Credentials, Scene
from gwjwt.scene.credentials import NO_TOKEN, SESSION_COOKIE
from gwjwt.waiting import Deadlines

VALID = Credentials(recipe="valid", issuer="accounts")
RULES = '[{"issuer": "${accounts.issuer}", "jwks_uri": "${accounts.jwks_uri}"}]'


@pytest.fixture
def scene(standin, monkeypatch):
    """In a model whose namespace is on the cluster, as Juju has it."""
    standin.set(lag=0)  # how old states are dealt with is seen elsewhere
    driver = CharmDriver.from_options({"jujuModel": "live", "patience": 30}, None)
    with EmbeddedEnvironment(Deadlines()) as environment, Cluster(environment.kubeconfig) as cluster:
        monkeypatch.setenv("JUJU_STANDIN_KUBECONFIG", str(environment.kubeconfig))
        environment.create_namespace("live")
        with (
            driver.start(cluster, Deadlines()) as implementation,
            Scene(environment, implementation, []) as begun,
        ):
            yield begun


def test_rules_close_the_gateway_and_withdrawing_them_opens_it(scene) -> None:
    scene.serve("front", ["dashboard"])
    assert scene.gateway("front").namespace == "live"
    scene.requests.admitted("dashboard", NO_TOKEN)
    scene.publish("dashboard", RULES)
    scene.requests.refused("dashboard", NO_TOKEN)
    scene.requests.admitted("dashboard", VALID)
    scene.publish("dashboard", '[{"issuer": ')
    scene.requests.refused("dashboard", VALID)
    scene.leave("dashboard")
    scene.requests.admitted("dashboard", NO_TOKEN)


def test_a_browser_logs_in_at_a_gateway_with_forward_auth(scene) -> None:
    scene.serve("front", ["dashboard"])
    scene.enable_forward_auth("front")
    scene.requests.sent_to_login("dashboard", NO_TOKEN)
    scene.requests.admitted_by_authorizer("dashboard", SESSION_COOKIE)


def test_a_charm_that_does_not_act_on_malformed_rules_is_found(scene, standin) -> None:
    scene.serve("front", ["dashboard"])
    scene.requests.admitted("dashboard", NO_TOKEN)
    scene.publish("dashboard", RULES)
    standin.set(lazy=True)
    scene.publish("dashboard", '[{"issuer": ')
    with pytest.raises(ClauseViolated):
        scene.requests.refused("dashboard", VALID)
