"""Every driver that ships, through the protocol, on a Kubernetes API."""

import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwjwt.cluster import Reference
from gwjwt.drivers.controller_options import REFERENCE_TEMPLATES
from gwjwt.drivers.protocol import Driver, Implementation
from gwjwt.drivers.registry import make_driver
from gwjwt.errors import EnvironmentFailed, ImplementationFailed
from gwjwt.rules import JWTRule, publish
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName

RULES = publish([JWTRule(issuer="https://a.example", jwks_uri="https://a.example/jwks")])
REJECTED = publish([JWTRule(issuer="")])
DEADLINES = Deadlines()


@pytest.fixture(params=["manifests", "controller"])
def implementation(request, cluster):
    with make_driver(request.param, {}, None).start(cluster, DEADLINES) as started:
        yield started


@pytest.fixture
def gateway(implementation, namespace):
    name = GatewayName(namespace, "ing")
    implementation.create_gateway(name)
    return name


def app(gateway, name="a"):
    return AppName(gateway.namespace, name)


def objects(implementation, gateway):
    implementation.settle()
    found = [
        *implementation.request_authentications(gateway),
        *implementation.authorization_policies(gateway),
    ]
    return {each["metadata"]["name"]: each for each in found}


def http(cluster, kind, namespace):
    return cluster.list("gateway.networking.k8s.io/v1", kind, namespace)


def test_a_gateway_with_a_route_comes_and_goes(cluster, implementation, gateway):
    assert implementation.expose(gateway, app(gateway), 8080) == f"/{gateway.namespace}-a"
    [made] = http(cluster, "Gateway", gateway.namespace)
    assert [(each["port"], each["protocol"]) for each in made["spec"]["listeners"]] == [(80, "HTTP")]
    [route] = http(cluster, "HTTPRoute", gateway.namespace)
    [rule] = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": f"/{gateway.namespace}-a"}}]
    assert [(each["name"], each["port"]) for each in rule["backendRefs"]] == [("a", 8080)]
    implementation.relate(gateway, app(gateway), RULES)
    implementation.remove_gateway(gateway)
    assert objects(implementation, gateway) == {}
    assert http(cluster, "Gateway", gateway.namespace) == http(cluster, "HTTPRoute", gateway.namespace) == []


def test_the_life_of_the_relations(implementation, gateway):
    a, b = app(gateway, "a"), app(gateway, "b")
    assert objects(implementation, gateway) == {}
    implementation.relate(gateway, a, None)
    assert set(objects(implementation, gateway)) == {"deny-without-jwt-ing"}
    implementation.relate(gateway, a, RULES)
    implementation.relate(gateway, b, RULES)
    both = {"deny-without-jwt-ing", "request-auth-a-ing", "request-auth-b-ing"}
    assert set(objects(implementation, gateway)) == both
    implementation.relate(gateway, b, "no rules")
    assert set(objects(implementation, gateway)) == {"deny-without-jwt-ing", "request-auth-a-ing"}
    implementation.withdraw(gateway, a)
    assert set(objects(implementation, gateway)) == {"deny-without-jwt-ing"}
    implementation.withdraw(gateway, b)
    assert objects(implementation, gateway) == {}


def test_the_life_of_forward_auth(implementation, gateway):
    implementation.enable_forward_auth(gateway, "authorizer")
    assert set(objects(implementation, gateway)) == {"ext-authz-ing"}
    implementation.relate(gateway, app(gateway), RULES)
    found = objects(implementation, gateway)
    assert found["ext-authz-ing"]["spec"]["provider"] == {"name": "authorizer"}
    assert "when" in found["deny-without-jwt-ing"]["spec"]["rules"][0]
    implementation.disable_forward_auth(gateway)
    found = objects(implementation, gateway)
    assert set(found) == {"request-auth-a-ing", "deny-without-jwt-ing"}
    assert "when" not in found["deny-without-jwt-ing"]["spec"]["rules"][0]


def test_an_application_that_comes_back_at_once_is_related(implementation, gateway):
    for _ in range(5):
        implementation.relate(gateway, app(gateway), RULES)
        implementation.withdraw(gateway, app(gateway))
    implementation.relate(gateway, app(gateway), RULES)
    assert set(objects(implementation, gateway)) == {"request-auth-a-ing", "deny-without-jwt-ing"}


def test_rules_that_only_the_api_rejects_leave_the_gateway_closed_and_are_told(implementation, gateway):
    implementation.relate(gateway, app(gateway), RULES)
    implementation.relate(gateway, app(gateway), REJECTED)
    assert set(objects(implementation, gateway)) == {"deny-without-jwt-ing"}
    status = implementation.status(gateway)
    assert status.state == "active"
    assert "should be at least 1 chars long" in status.message
    implementation.relate(gateway, app(gateway), RULES)
    assert set(objects(implementation, gateway)) == {"request-auth-a-ing", "deny-without-jwt-ing"}


def test_two_gateways_of_one_namespace_have_a_status_each(implementation, gateway):
    other = GatewayName(gateway.namespace, "other")
    implementation.create_gateway(other)
    implementation.relate(gateway, app(gateway), REJECTED)
    implementation.settle()
    assert "should be at least 1 chars long" in implementation.status(gateway).message
    assert "chars long" not in implementation.status(other).message


@pytest.mark.parametrize("name", ["manifests", "controller"])
def test_leaving_takes_down_what_is_left(cluster, namespace, name):
    threads = set(threading.enumerate())
    gateway = GatewayName(namespace, "ing")
    with make_driver(name, {}, None).start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        implementation.relate(gateway, app(gateway), RULES)
        implementation.settle()
    assert http(cluster, "Gateway", namespace) == []
    assert cluster.list("security.istio.io/v1", "RequestAuthentication", namespace) == []
    assert cluster.list("security.istio.io/v1", "AuthorizationPolicy", namespace) == []
    assert set(threading.enumerate()) == threads


def test_a_namespace_that_went_away_is_nobodys_business_any_more(cluster, implementation, gateway):
    implementation.relate(gateway, app(gateway), RULES)
    implementation.settle()
    cluster.delete(Reference("v1", "Namespace", "", gateway.namespace))
    implementation.settle()


def test_a_fault_reaches_the_reference(cluster, namespace):
    gateway = GatewayName(namespace, "ing")
    driver = make_driver("controller", {"fault": "deny-dropped"}, None)
    with driver.start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        implementation.relate(gateway, app(gateway), RULES)
        assert set(objects(implementation, gateway)) == {"request-auth-a-ing"}


TEMPLATE = """
apiVersion: {api_version}
kind: {kind}
metadata:
  name: {{{{ gateway.name }}}}
spec: {{}}
"""


def test_a_manifest_that_the_api_rejects_fails_the_scenario_once(cluster, namespace, tmp_path):
    text = TEMPLATE.format(api_version="gateway.networking.k8s.io/v1", kind="Gateway")
    (tmp_path / "gateway.yaml.j2").write_text(text)
    gateway = GatewayName(namespace, "ing")
    driver = make_driver("manifests", {"templates": "."}, tmp_path / "target.yaml")
    with driver.start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        with pytest.raises(ImplementationFailed, match=r"rejected.*gatewayClassName"):
            implementation.settle()
        assert implementation.status(gateway).state == "error"
        implementation.settle()


DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gatewayauths.acme.example
spec:
  group: acme.example
  scope: Namespaced
  names: {plural: gatewayauths, singular: gatewayauth, kind: GatewayAuth, listKind: GatewayAuthList}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
VENDOR = {
    "definitions": ["crd.yaml"],
    "templates": ".",
    "conditions": [{"apiVersion": "acme.example/v1", "kind": "GatewayAuth", "type": "Programmed"}],
}
SOON = Deadlines(settle=0.05)


@pytest.fixture
def vendor_file(tmp_path):
    (tmp_path / "crd.yaml").write_text(DEFINITION)
    text = TEMPLATE.format(api_version="acme.example/v1", kind="GatewayAuth")
    (tmp_path / "auth.yaml.j2").write_text(text.replace("{}", "{relations: {{ relations | length }}}"))
    return tmp_path / "target.yaml"


def condition(status, generation):
    return {"conditions": [{"type": "Programmed", "status": status, "observedGeneration": generation}]}


def test_a_vendors_resource_has_settled_when_its_condition_speaks_of_this_generation(
    cluster, namespace, vendor_file
):
    gateway = GatewayName(namespace, "ing")
    resource = Reference("acme.example/v1", "GatewayAuth", namespace, "ing")
    with make_driver("controller", VENDOR, vendor_file).start(cluster, SOON) as implementation:
        implementation.create_gateway(gateway)
        with pytest.raises(ImplementationFailed, match="has no condition Programmed"):
            implementation.settle()
        assert implementation.status(gateway).state == "waiting"

        cluster.patch_status(resource, condition("True", 1))
        implementation.relate(gateway, app(gateway), None)
        with pytest.raises(ImplementationFailed, match=r"Programmed=True .of generation 1, not 2."):
            implementation.settle()

        implementation.withdraw(gateway, app(gateway))
        cluster.patch_status(resource, condition("False", 3))
        with pytest.raises(ImplementationFailed, match="Programmed=False"):
            implementation.settle()


def test_a_vendors_resource_settles_and_goes_when_its_finalizer_does(cluster, namespace, vendor_file):
    gateway = GatewayName(namespace, "ing")
    resource = Reference("acme.example/v1", "GatewayAuth", namespace, "ing")
    with make_driver("controller", VENDOR, vendor_file).start(cluster, SOON) as implementation:
        implementation.create_gateway(gateway)
        cluster.merge(resource, {"metadata": {"finalizers": ["acme.example/busy"]}})
        cluster.patch_status(resource, condition("True", 1))
        implementation.settle()
        implementation.remove_gateway(gateway)
        with pytest.raises(ImplementationFailed, match=r"still there, held by .'acme.example/busy'"):
            implementation.settle()
        cluster.merge(resource, {"metadata": {"finalizers": None}})
        implementation.settle()


def test_a_controller_that_died_is_not_the_implementations_failure(cluster, namespace, vendor_file):
    code = "import os, sys; sys.exit('nothing to do with ' + os.environ['KUBECONFIG'])"
    options = {**VENDOR, "command": [sys.executable, "-S", "-c", code]}
    gateway = GatewayName(namespace, "ing")
    with make_driver("controller", options, vendor_file).start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        with pytest.raises(EnvironmentFailed, match="controller: exited with code 1\nnothing to do with /"):
            implementation.settle()


def test_a_controller_of_its_own_process_is_started_and_stopped(cluster, namespace, tmp_path):
    options = {
        "command": [sys.executable, "-m", "gwjwt.reference", "--fault", "deny-dropped"],
        "templates": str(REFERENCE_TEMPLATES),
        "conditions": [
            {"apiVersion": "reference.gwjwt.dev/v1alpha1", "kind": kind, "type": "Ready"}
            for kind in ("JWTRelation", "ForwardAuth")
        ],
    }
    gateway = GatewayName(namespace, "ing")
    driver = make_driver("controller", options, tmp_path / "target.yaml")
    with driver.start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        implementation.relate(gateway, app(gateway), RULES)
        assert set(objects(implementation, gateway)) == {"request-auth-a-ing"}
        implementation.remove_gateway(gateway)
        assert objects(implementation, gateway) == {}


def test_a_kind_that_nobody_defines_is_told(cluster, tmp_path):
    (tmp_path / "auth.yaml.j2").write_text(TEMPLATE.format(api_version="none.example/v1", kind="Unheard"))
    conditions = [{"apiVersion": "none.example/v1", "kind": "Unheard", "type": "Ready"}]
    driver = make_driver("controller", {"templates": ".", "conditions": conditions}, tmp_path / "target.yaml")
    said = "knows the kind Unheard in none.example/v1: .* neither driver.definitions nor the controller"
    with pytest.raises(ImplementationFailed, match=said), driver.start(cluster, Deadlines(start=0.05)):
        pass


APPS = st.sampled_from(["a", "b"])
INTENTS = st.lists(
    st.tuples(st.just("relate"), APPS, st.sampled_from([None, "no rules", RULES, REJECTED]))
    | st.tuples(st.just("withdraw"), APPS)
    | st.tuples(st.just("authorize"), st.booleans())
    | st.just(("settle",)),
    max_size=12,
)


@pytest.mark.parametrize("name", ["manifests", "controller"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(intents=INTENTS, number=st.uuids())
def test_any_sequence_of_intents_ends_as_documented(cluster, name, intents, number):
    gateway = GatewayName(f"model-{number}", "ing")
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": gateway.namespace}}
    cluster.apply(manifest, "test")
    related, authorized = {}, False
    with make_driver(name, {}, None).start(cluster, DEADLINES) as implementation:
        implementation.create_gateway(gateway)
        for intent in intents:
            match intent:
                case ("relate", who, published):
                    related[who] = published
                    implementation.relate(gateway, app(gateway, who), published)
                case ("withdraw", who):
                    related.pop(who, None)
                    implementation.withdraw(gateway, app(gateway, who))
                case ("authorize", True):
                    authorized = True
                    implementation.enable_forward_auth(gateway, "authorizer")
                case ("authorize", False):
                    authorized = False
                    implementation.disable_forward_auth(gateway)
                case _:
                    implementation.settle()
        found = objects(implementation, gateway)
    trusted = {f"request-auth-{who}-ing" for who, published in related.items() if published == RULES}
    deny = {"deny-without-jwt-ing"} if related else set()
    assert set(found) == trusted | deny | ({"ext-authz-ing"} if authorized else set())
    if related:
        assert ("when" in found["deny-without-jwt-ing"]["spec"]["rules"][0]) == authorized


def test_the_drivers_are_what_the_protocol_says(implementation):
    started: Implementation = implementation
    drivers: list[Driver] = [make_driver(name, {}, None) for name in ("manifests", "controller")]
    assert [each.name for each in drivers] == ["manifests", "controller"]
    assert callable(started.settle)
