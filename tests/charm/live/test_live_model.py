"""The charm driver on a live model: the command lines, the barrier, and what it says when something is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from gwjwt.drivers.charm.driver import CharmDriver
from gwjwt.drivers.protocol import Status
from gwjwt.errors import EnvironmentFailed, ImplementationFailed, TargetError, Unsupported
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName

PATIENCE = 20
SHORT = 2
APP = AppName("scenario-1", "dashboard")
RULES = '[{"issuer": "https://issuer.test"}]'
MALFORMED = '[{"issuer": it\'s "$(never)" `run`\n\\'


@dataclass
class Namespaces:
    """As much of a cluster as is asked before anything else."""

    names: tuple[str, ...] = ("live",)
    policies: list = field(default_factory=list)

    def list(self, _version, kind, _namespace=None):
        return [{"metadata": {"name": each}} for each in self.names] if kind == "Namespace" else self.policies


@pytest.fixture
def start():
    """The implementation in the stand-in's model, with these options of the driver."""

    def begin(cluster=None, **options):
        driver = CharmDriver.from_options({"jujuModel": "live", "patience": PATIENCE, **options}, None)
        return driver.start(cluster or Namespaces(), Deadlines())

    return begin


@pytest.fixture
def implementation(standin, start):
    with start() as running:
        yield running


@pytest.fixture
def gateway(implementation) -> GatewayName:
    name = implementation.place("ingress")
    implementation.create_gateway(name)
    return name


def test_a_model_is_the_namespace_of_its_gateways(implementation) -> None:
    assert implementation.place("front") == GatewayName("live", "front")


def test_the_ingress_is_deployed_with_its_configuration(standin, start) -> None:
    deploy = {"charm": "my-ingress", "channel": "2/edge", "units": 2}
    with start(ingress={"deploy": deploy}, config={"ready-timeout": 5}) as running:
        running.create_gateway(running.place("front"))
    wanted = "my-ingress front --channel 2/edge --config ready-timeout=5 --num-units 2 --trust"
    assert standin.said("deploy") == [wanted.split()]


def test_an_app_is_a_requirer_beside_it_and_the_path_is_what_the_ingress_answers(
    standin, implementation, gateway
) -> None:
    assert implementation.expose(gateway, APP, 8080) == "/by-ingress/dashboard"
    assert ["any-charm", "dashboard"] in standin.said("deploy")
    assert standin.said("integrate") == [["dashboard", "ingress:ingress"]]
    written = standin.databag("ingress", "ingress", "dashboard")
    assert (written["model"], written["name"], written["port"]) == ('"scenario-1"', '"dashboard"', "8080")
    assert json.loads(standin.databag("ingress", "ingress", "dashboard/0")["host"]).startswith("dashboard-0.")


@pytest.mark.parametrize("text", [RULES, MALFORMED, "--file=x", "[]"])
def test_rules_arrive_in_the_databag_as_they_are(text, standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    implementation.relate(gateway, APP, text)
    assert standin.databag("ingress", "istio-request-auth", "dashboard") == {"jwt_rules": text}


def test_rules_are_replaced_taken_back_and_withdrawn(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    for published in (RULES, "[]", "[]", None):
        implementation.relate(gateway, APP, published)
    assert standin.databag("ingress", "istio-request-auth", "dashboard") == {}
    implementation.withdraw(gateway, APP)
    assert standin.said("remove-relation") == [["dashboard", "ingress:istio-request-auth"]]
    assert not standin["apps"]["ingress"]["pending"], "its hooks have run"


def test_forward_auth_waits_for_what_the_ingress_asks_of_the_mesh(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    implementation.enable_forward_auth(gateway, "suite-authz")
    mesh = standin.databag("ingress", "istio-ingress-config", "istio-k8s")
    assert mesh == {"ext_authz_provider_name": "suite-authz"}
    assert "decisions_address" in standin.databag("ingress", "forward-auth", "oauth2-proxy")
    implementation.disable_forward_auth(gateway)
    assert standin.databag("ingress", "istio-ingress-config", "istio-k8s") == {}


@pytest.mark.parametrize("lag", [0, 1, 7])
def test_a_change_returns_after_its_hooks_however_long_the_old_state_is_shown(
    lag, standin, implementation, gateway
) -> None:
    implementation.expose(gateway, APP, 8080)
    standin.set(lag=lag)
    for published in (RULES, "[]", RULES):
        implementation.relate(gateway, APP, published)
        ingress = standin["apps"]["ingress"]
        assert (ingress["pending"], ingress["history"][-1]["status"]) == ([], "idle")


def test_a_hook_of_something_else_is_not_the_one_that_is_waited_for(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    standin.set(meanwhile=["config-changed", "idle"])
    for published in (RULES, "[]"):
        implementation.relate(gateway, APP, published)
        assert not standin["apps"]["ingress"]["pending"]


def test_a_controller_that_tells_older_history_again_is_not_believed(
    standin, implementation, gateway
) -> None:
    standin.set(forgetful=3)
    implementation.expose(gateway, APP, 8080)
    for published in (RULES, "[]", RULES, "[]"):
        implementation.relate(gateway, APP, published)
        assert not standin["apps"]["ingress"]["pending"]


def test_a_model_that_does_not_settle(standin, start) -> None:
    standin.set(lag=0)
    with start(patience=SHORT) as running:
        gateway = running.place("ingress")
        running.create_gateway(gateway)
        running.expose(gateway, APP, 8080)
        standin.set(lag=10_000)
        with pytest.raises(ImplementationFailed) as late:
            running.relate(gateway, APP, RULES)
    told = str(late.value)
    assert told.startswith("ingress/0 acts on the change: not within 2 s")
    assert "its hook istio-request-auth-relation-created has not run; look at juju status" in told
    assert len(told.splitlines()) == 1


def test_a_requirer_that_never_becomes_ready(standin, start) -> None:
    standin.set(lag=0)
    with start(patience=SHORT) as running:
        gateway = running.place("ingress")
        running.create_gateway(gateway)
        standin.set(lag=10_000)
        with pytest.raises(
            EnvironmentFailed, match=r"dashboard/0 is waiting \(installing agent\).*driver.patience"
        ):
            running.expose(gateway, APP, 8080)


def test_a_hook_that_fails_is_told_and_the_scenario_goes_on(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    standin.set(raises="istio-request-auth-relation-changed")
    implementation.relate(gateway, APP, RULES)
    assert implementation.status(gateway) == Status(
        "error", 'hook failed: "istio-request-auth-relation-changed"'
    )
    ((line, entry),) = implementation.take_complaints()
    assert line == 'the unit ingress/0: hook failed: "istio-request-auth-relation-changed"'
    assert entry["log"].endswith("boom")
    assert not list(implementation.take_complaints())


def test_what_has_failed_is_tried_again_with_the_next_change(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    standin.set(raises="istio-request-auth-relation-changed")
    implementation.relate(gateway, APP, RULES)
    standin.set(raises="")
    implementation.relate(gateway, APP, "[]")
    assert standin.said("resolved") == [["ingress/0"]] * 2, (
        "before the rules were written, and before they changed"
    )
    assert not standin["apps"]["ingress"]["pending"]
    assert implementation.status(gateway).state == "active"


def test_a_failed_ingress_is_replaced_for_the_next_scenario(standin, implementation, gateway) -> None:
    standin.set(raises="ingress-relation-joined")
    assert implementation.expose(gateway, APP, 8080) == "/scenario-1-dashboard", "there is no answer"
    implementation.abandon(gateway)
    standin.set(raises="")
    implementation.create_gateway(implementation.place("ingress"))
    assert [each[1] for each in standin.said("deploy")].count("ingress") == 2


def test_the_end_of_a_scenario_ends_its_relations_and_the_next_one_uses_the_applications(
    standin, implementation, gateway
) -> None:
    for _ in range(2):
        implementation.create_gateway(gateway)
        implementation.expose(gateway, APP, 8080)
        implementation.abandon(gateway)
        assert standin["relations"] == []
    assert sorted(each[1] for each in standin.said("deploy")) == ["dashboard", "ingress"]


def test_the_end_of_the_run_removes_what_was_deployed_and_nothing_else(standin, start) -> None:
    with start() as first:  # leaves an application as a user would have it
        first._model.deploy("mine", first._given.requirer, {})
    with start(ingress={"application": "mine"}) as running:
        gateway = running.place("front")
        running.create_gateway(gateway)
        running.expose(gateway, APP, 8080)
        running.abandon(gateway)
    assert standin.said("remove-application") == [["--no-prompt", "dashboard", "--force"]]


def test_an_application_that_is_there_is_one_gateway_and_is_not_removed(standin, start) -> None:
    with start() as first:
        first._model.deploy("mine", first._given.requirer, {})
    with start(ingress={"application": "mine"}) as running:
        gateway = running.place("front")
        assert gateway == GatewayName("live", "mine")
        running.create_gateway(gateway)
        with pytest.raises(Unsupported, match="a second gateway"):
            running.place("side")
        with pytest.raises(Unsupported, match="deployed by somebody else"):
            running.remove_gateway(gateway)


def test_what_a_model_cannot_express(standin, implementation, gateway) -> None:
    with pytest.raises(Unsupported, match="edge-2 is no name of a Juju application"):
        implementation.place("edge-2")
    with pytest.raises(Unsupported, match="in another model"):
        implementation.relate(gateway, APP, RULES)
    standin.set(endpoints=["ingress"])
    implementation.expose(gateway, APP, 8080)
    with pytest.raises(Unsupported, match=r'has no "istio-request-auth" relation\); see driver.requirer'):
        implementation.relate(gateway, APP, RULES)


def test_an_ingress_that_others_use_is_not_judged(standin, start) -> None:
    with start() as first:
        first._model.deploy("mine", first._given.requirer, {})
        first._model.integrate("other", "mine:istio-request-auth")
    with (
        start(ingress={"application": "mine"}, patience=SHORT) as running,
        pytest.raises(EnvironmentFailed, match="there are relations over istio-request-auth; remove them"),
    ):
        running.create_gateway(running.place("front"))


def test_an_application_of_the_same_name_is_not_touched(standin, implementation, gateway) -> None:
    implementation._model.deploy("dashboard", implementation._given.requirer, {})
    with pytest.raises(
        EnvironmentFailed, match="has an application dashboard already: take a model of its own"
    ):
        implementation.expose(gateway, APP, 8080)


def test_no_juju(on_path, start) -> None:
    with pytest.raises(EnvironmentFailed, match="there is no juju on PATH; install its client"), start():
        pass


@pytest.mark.parametrize(
    "changes, cause",
    [
        ({"name": "other"}, r"juju status \(model live\): model live not found"),
        ({"fail": {"status": "unable to connect to API"}}, "unable to connect to API"),
        ({"type": "iaas"}, "needs a model on Kubernetes"),
    ],
)
def test_a_model_that_cannot_be_used(changes, cause, standin, start) -> None:
    standin.set(**changes)
    with pytest.raises(EnvironmentFailed, match=cause), start():
        pass


def test_a_model_in_another_cluster(standin, start) -> None:
    with (
        pytest.raises(EnvironmentFailed, match="the environment's cluster has no namespace live"),
        start(Namespaces(())),
    ):
        pass


def test_a_command_that_fails(standin, implementation) -> None:
    standin.set(fail={"deploy": 'charm "istio-ingress-k8s" not found'})
    with pytest.raises(EnvironmentFailed) as failed:
        implementation.create_gateway(implementation.place("front"))
    first, *_ = str(failed.value).splitlines()
    assert first == 'juju deploy istio-ingress-k8s front (model live): charm "istio-ingress-k8s" not found'


def test_an_application_that_is_not_there(standin, start) -> None:
    with (
        start(ingress={"application": "mine"}) as running,
        pytest.raises(EnvironmentFailed, match=r"has no application mine \(it has: none\)"),
    ):
        running.create_gateway(running.place("front"))


@pytest.mark.parametrize(
    "options, key",
    [
        ({"jujuModel": "m", "charm": "x"}, "driver.charm: is for a simulated Juju"),
        ({"jujuModel": "m", "makeInterpreter": True}, "driver.makeInterpreter: is for a simulated Juju"),
        ({"patience": 5}, "driver.patience: is for a live model: name it with driver.jujuModel"),
        ({"jujuModel": "m", "ingress": {}}, "driver.ingress: .*one of application and deploy"),
        (
            {"jujuModel": "m", "requirer": {"charms": "x"}},
            r"driver.requirer.charms: unknown key \(valid: charm,",
        ),
    ],
)
def test_options_that_are_wrong(options, key) -> None:
    with pytest.raises(TargetError, match=key):
        CharmDriver.from_options(options, None)


@pytest.mark.parametrize("name", ["live", "ctrl:live", "ctrl:admin/live", "admin/live"])
def test_controller_and_owner_are_no_part_of_the_namespace(name) -> None:
    driver = CharmDriver.from_options({"jujuModel": name}, None)
    assert driver._model.namespace == "live"


@pytest.mark.parametrize("answer", ["", "no JSON", "{}", "[]"])
def test_a_juju_that_answers_something_else(answer, on_path, start) -> None:
    program = on_path / "juju"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    with (
        pytest.raises(EnvironmentFailed, match=r"juju status \(model live\): answers what cannot be read: "),
        start(),
    ):
        pass


def test_a_gateway_is_removed_and_may_come_back(standin, implementation, gateway) -> None:
    implementation.expose(gateway, APP, 8080)
    implementation.remove_gateway(gateway)
    assert "ingress" not in standin["apps"]
    implementation.create_gateway(gateway)
    assert implementation.expose(gateway, APP, 8080) == "/by-ingress/dashboard"
