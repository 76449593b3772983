"""The controller in a Kubernetes API: what an operator applies, and what is there then."""

import threading

import pytest

from gwjwt.cluster import ApiRefused, Reference
from gwjwt.cluster.informer import Informer
from gwjwt.reference.controller import ReferenceController
from gwjwt.reference.faults import FAULTS, UnknownFault, named
from gwjwt.reference.resources import API_VERSION, FINALIZER
from gwjwt.rules import JWTRule, publish
from gwjwt.waiting import NotYet, eventually

ISTIO = "security.istio.io/v1"
RULES = publish([JWTRule(issuer="https://a.example", jwks_uri="https://a.example/jwks")])
OTHER_RULES = publish([JWTRule(issuer="https://b.example"), JWTRule(issuer="https://c.example")])
REJECTED = publish([JWTRule(issuer="https://a.example", jwks_uri="ftp://a.example/jwks")])
BEARER = {"key": "request.headers[authorization]", "values": ["Bearer *"]}


class Operator:
    """Applies custom resources and waits for their condition."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace = cluster, namespace

    def relate(self, app, published, gateway="ing"):
        spec = {"gateway": gateway, "app": {"namespace": "apps", "name": app}}
        if published is not None:
            spec["published"] = published
        return self._apply("JWTRelation", app, spec)

    def authorize(self, provider):
        return self._apply("ForwardAuth", "ing", {"gateway": "ing", "provider": provider})

    def delete(self, kind, name):
        reference = Reference(API_VERSION, kind, self.namespace, name)
        self.cluster.delete(reference)

        def gone():
            if self.cluster.get(reference):
                raise NotYet("it is still there")

        eventually(f"{reference} is gone", gone, 10)

    def policies(self):
        found = [
            *self.cluster.list(ISTIO, "RequestAuthentication", self.namespace),
            *self.cluster.list(ISTIO, "AuthorizationPolicy", self.namespace),
        ]
        return {each["metadata"]["name"]: each["spec"] for each in found}

    def condition(self, kind, name, generation=0):
        found = self.cluster.get(Reference(API_VERSION, kind, self.namespace, name))
        for condition in found.get("status", {}).get("conditions", []):
            if condition["observedGeneration"] >= generation:
                return condition
        raise NotYet(f"status {found.get('status')}")

    def _apply(self, kind, name, spec):
        metadata = {"name": name, "namespace": self.namespace}
        manifest = {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
        generation = self.cluster.apply(manifest, "operator")["metadata"]["generation"]
        return eventually(
            f"{kind} {name} is acted upon", lambda: self.condition(kind, name, generation), deadline=10
        )


@pytest.fixture
def operator(cluster, namespace):
    return Operator(cluster, namespace)


@pytest.fixture
def controller(cluster):
    with ReferenceController(cluster) as running:
        yield running


def test_publishing_valid_rules_creates_both_resources(controller, operator):
    condition = operator.relate("a", RULES)
    assert (condition["type"], condition["status"], condition["reason"]) == ("Ready", "True", "RulesApplied")
    assert set(operator.policies()) == {"request-auth-a-ing", "deny-without-jwt-ing"}


@pytest.mark.parametrize(
    "published, reason", [(None, "NoRules"), ("[]", "NoRules"), ("no rules", "MalformedRules")]
)
def test_an_application_without_usable_rules_closes_the_gateway(controller, operator, published, reason):
    condition = operator.relate("a", published)
    assert (condition["status"], condition["reason"]) == ("True", reason)
    assert "apps/a" in condition["message"]
    assert set(operator.policies()) == {"deny-without-jwt-ing"}


def test_rules_follow_what_is_published_last(controller, operator):
    operator.relate("a", RULES)
    operator.relate("a", OTHER_RULES)
    rules = operator.policies()["request-auth-a-ing"]["jwtRules"]
    assert rules == [{"issuer": "https://b.example"}, {"issuer": "https://c.example"}]


def test_rules_that_only_the_api_rejects_are_not_enforced_and_nothing_older_is(controller, operator):
    operator.relate("a", RULES)
    condition = operator.relate("a", REJECTED)
    assert condition["reason"] == "RejectedByApi"
    assert "http" in condition["message"]
    assert set(operator.policies()) == {"deny-without-jwt-ing"}
    assert operator.relate("a", RULES)["reason"] == "RulesApplied"
    assert set(operator.policies()) == {"request-auth-a-ing", "deny-without-jwt-ing"}


def test_rejected_rules_do_not_exempt_bearer_requests_from_the_authorizer(controller, operator):
    operator.authorize("authorizer")
    operator.relate("a", REJECTED)
    assert operator.policies()["ext-authz-ing"]["rules"] == [{}]


def test_forward_auth_narrows_the_deny_and_its_end_widens_it(controller, operator):
    operator.relate("a", RULES)
    operator.authorize("authorizer")
    assert operator.policies()["deny-without-jwt-ing"]["rules"][0]["when"] == [BEARER]
    operator.delete("ForwardAuth", "ing")
    assert "when" not in operator.policies()["deny-without-jwt-ing"]["rules"][0]
    assert set(operator.policies()) == {"request-auth-a-ing", "deny-without-jwt-ing"}


def test_policies_are_gone_before_the_relation_is(controller, operator):
    operator.relate("a", RULES)
    operator.relate("b", "no rules")
    operator.delete("JWTRelation", "a")
    assert set(operator.policies()) == {"deny-without-jwt-ing"}
    operator.delete("JWTRelation", "b")
    assert operator.policies() == {}


def test_a_policy_that_somebody_deletes_comes_back(controller, operator):
    operator.relate("a", RULES)
    operator.cluster.delete(
        Reference(ISTIO, "AuthorizationPolicy", operator.namespace, "deny-without-jwt-ing")
    )

    def back():
        if "deny-without-jwt-ing" not in operator.policies():
            raise NotYet("there is no DENY")

    eventually("the DENY is back", back, 10)


def test_a_name_that_another_relation_holds_is_told(controller, operator):
    operator.relate("a", RULES, gateway="b-c")
    assert operator.relate("a-b", RULES, gateway="c")["reason"] == "NameTaken"
    assert set(operator.policies()) == {"request-auth-a-b-c", "deny-without-jwt-b-c", "deny-without-jwt-c"}


def test_policies_of_others_are_left_alone(controller, operator):
    metadata = {"name": "mine", "namespace": operator.namespace}
    spec = {"action": "ALLOW", "rules": [{}]}
    kind = {"apiVersion": ISTIO, "kind": "AuthorizationPolicy"}
    operator.cluster.create({**kind, "metadata": metadata, "spec": spec})
    operator.relate("a", RULES)
    operator.delete("JWTRelation", "a")
    assert operator.policies() == {"mine": spec}


def test_a_namespace_can_be_deleted_with_all_that_is_in_it(controller, operator):
    operator.relate("a", RULES)
    operator.authorize("authorizer")
    namespace = Reference("v1", "Namespace", "", operator.namespace)
    operator.cluster.delete(namespace)

    def gone():
        if operator.cluster.get(namespace):
            raise NotYet("the namespace is still there")

    eventually("the namespace is gone", gone, 10)
    controller.check()


def test_what_was_applied_while_no_controller_ran_is_acted_upon(cluster, operator):
    with ReferenceController(cluster):
        operator.relate("a", RULES)
    metadata = {"name": "b", "namespace": operator.namespace, "finalizers": [FINALIZER]}
    spec = {"gateway": "ing", "app": {"namespace": "apps", "name": "b"}}
    cluster.apply(
        {"apiVersion": API_VERSION, "kind": "JWTRelation", "metadata": metadata, "spec": spec}, "operator"
    )
    cluster.delete(Reference(API_VERSION, "JWTRelation", operator.namespace, "a"))
    with ReferenceController(cluster):
        eventually("b is acted upon", lambda: operator.condition("JWTRelation", "b"), 10)
    assert set(operator.policies()) == {"deny-without-jwt-ing"}


def test_stopping_leaves_no_thread(cluster, namespace):
    before = set(threading.enumerate())
    with ReferenceController(cluster):
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize(
    "spec", [{}, {"gateway": "ing"}, {"gateway": "", "app": {"namespace": "m", "name": "a"}}]
)
def test_the_definitions_refuse_what_says_too_little(controller, operator, spec):
    with pytest.raises(ApiRefused, match=r"is invalid: \[?spec"):
        operator.cluster.create(
            {
                "apiVersion": API_VERSION,
                "kind": "JWTRelation",
                "metadata": {"name": "x", "namespace": operator.namespace},
                "spec": spec,
            }
        )


def test_an_informer_knows_own_writes_at_once_and_the_writes_of_others_soon(cluster, namespace):
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": namespace}}
    changed = []
    with Informer(cluster, "v1", "ConfigMap", on_change=changed.append) as cache:
        cache.remember(cluster.create(manifest))
        assert cache.get(namespace, "x")["metadata"]["name"] == "x"
        cluster.apply({**manifest, "data": {"k": "v"}}, "other")
        cache.wait("data", lambda: None if cache.get(namespace, "x").get("data") else "no data", 10)
        cluster.delete(manifest)
        cache.wait("deletion", lambda: "still there" if cache.get(namespace, "x") else None, 10)
    assert changed[-1]["metadata"]["name"] == "x"


def test_every_fault_names_clauses_and_an_unknown_one_is_refused():
    assert all(fault.clauses and fault.summary for fault in FAULTS.values())
    with pytest.raises(UnknownFault, match="deny-dropped"):
        named("deny-droped")


def faulty(cluster, name):
    return ReferenceController(cluster, named(name))


def test_deny_dropped(cluster, operator):
    with faulty(cluster, "deny-dropped"):
        operator.relate("a", RULES)
        assert set(operator.policies()) == {"request-auth-a-ing"}


def test_names_swapped(cluster, operator):
    with faulty(cluster, "names-swapped"):
        operator.relate("a", RULES)
        assert set(operator.policies()) == {"request-auth-ing-a", "deny-without-jwt-ing"}


def test_one_issuer_only(cluster, operator):
    with faulty(cluster, "one-issuer-only"):
        operator.relate("a", OTHER_RULES)
        operator.relate("b", RULES)
        assert operator.policies()["request-auth-a-ing"]["jwtRules"] == [{"issuer": "https://b.example"}]
        assert set(operator.policies()) == {"request-auth-a-ing", "deny-without-jwt-ing"}


def test_deny_kept_after_last_removal(cluster, operator):
    with faulty(cluster, "deny-kept-after-last-removal"):
        operator.relate("a", RULES)
        operator.delete("JWTRelation", "a")
        assert set(operator.policies()) == {"deny-without-jwt-ing"}


def test_bearer_scope_missing(cluster, operator):
    with faulty(cluster, "bearer-scope-missing"):
        operator.relate("a", RULES)
        operator.authorize("authorizer")
        assert "when" not in operator.policies()["deny-without-jwt-ing"]["rules"][0]


def test_bearer_scope_left_behind(cluster, operator):
    with faulty(cluster, "bearer-scope-left-behind"):
        operator.relate("a", RULES)
        assert "when" not in operator.policies()["deny-without-jwt-ing"]["rules"][0]
        operator.authorize("authorizer")
        operator.delete("ForwardAuth", "ing")
        assert operator.policies()["deny-without-jwt-ing"]["rules"][0]["when"] == [BEARER]
