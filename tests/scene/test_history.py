"""How open a gateway was on the way is seen from the writes that an API accepted."""

from __future__ import annotations

import pytest

from gwjwt.cluster import Reference
from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.reference.policies import desired
from gwjwt.reference.resources import ForwardAuth, Relation, State
from gwjwt.rules import JWTRule, publish
from gwjwt.scene.history import PolicyHistory
from gwjwt.words import AppName, GatewayName


@pytest.fixture
def gateway(namespace):
    return GatewayName(namespace, "front")


@pytest.fixture
def policies(gateway):
    """The policies by name: of forward-auth alone, and of forward-auth beside an application with valid rules."""
    authorizer = (ForwardAuth(gateway, "authorizer"),)
    relation = Relation(gateway, AppName(gateway.namespace, "a"), publish([JWTRule(issuer="https://a")]))
    alone, beside = State((), authorizer), State((relation,), authorizer)
    return [{each["metadata"]["name"]: each for each in desired(state)} for state in (alone, beside)]


def put(cluster, *manifests):
    for each in manifests:
        cluster.apply(each, "test")


@pytest.mark.parametrize("first", ["deny-without-jwt-front", "ext-authz-front"])
def test_an_application_that_integrates_beside_forward_auth(cluster, gateway, policies, first):
    alone, beside = policies
    put(cluster, *alone.values())
    with PolicyHistory(cluster, gateway, 5) as history:
        second = ({"deny-without-jwt-front", "ext-authz-front"} - {first}).pop()
        put(cluster, beside[first], beside[second])
        history.change_ends()
    if first.startswith("deny"):
        history.require_never_more_open()
    else:
        with pytest.raises(ClauseViolated, match=r"requests with a Bearer value .* not after write 1"):
            history.require_never_more_open()


def test_a_policy_that_goes_too_early_is_noticed(cluster, gateway, policies):
    alone, beside = policies
    put(cluster, *beside.values())
    with PolicyHistory(cluster, gateway, 5) as history:
        cluster.delete(Reference.of(beside["deny-without-jwt-front"]))
        put(cluster, alone["ext-authz-front"])
        history.change_ends()
    with pytest.raises(ClauseViolated, match="not after write 1"):
        history.require_never_more_open()


def test_what_a_change_opens_for_good_is_no_gap(cluster, gateway, policies):
    _, beside = policies
    put(cluster, *beside.values())
    with PolicyHistory(cluster, gateway, 5) as history:
        for each in beside.values():
            cluster.delete(Reference.of(each))
        history.change_ends()
        put(cluster, *beside.values())
        history.change_ends()
    history.require_never_more_open()


def test_without_a_write_there_is_nothing_to_see(cluster, gateway, policies):
    put(cluster, *policies[1].values())
    with PolicyHistory(cluster, gateway, 5) as history:
        history.change_ends()
    with pytest.raises(Inconclusive, match="no order to see"):
        history.require_never_more_open()
