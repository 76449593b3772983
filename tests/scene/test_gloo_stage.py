"""What may pass on a mesh route right now, as the guide says: the other half of every refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwjwt.drivers.gloo_jwt import (
    Authorization,
    GlooState,
    JwtPolicy,
    MeshRoute,
    Provider,
    RouteTable,
    Workspace,
)
from gwjwt.scene.credentials import NO_TOKEN, SESSION_COOKIE, Credentials
from gwjwt.scene.gloo_stage import GlooStage
from gwjwt.scene.gloo_terms import Terms, read_terms
from gwjwt.words import AppName, GatewayName

HTTPBIN, ORDERS = AppName("one", "httpbin"), AppName("two", "orders")
ISSUERS = {"https://a.example": "a", "https://b.example": "b"}
IN_HEADER = Credentials("developer", "a", header="X-Auth")


def policy(name: str, **how: object) -> JwtPolicy:
    provider = Provider("p", None, "PEM", (("X-Auth", "Bearer "),))
    wanted = JwtPolicy(name, "one", (provider,), {"route": "a"})
    return replace(wanted, **how)


def stage(*policies: JwtPolicy) -> GlooStage:
    a = MeshRoute("a", "X-a", HTTPBIN, 80, {"route": "a", "tier": "x"})
    plain = MeshRoute("plain", "X-plain", HTTPBIN, 80)
    state = GlooState(GatewayName("m", "g")).in_workspace(Workspace("one", ("one",)))
    state = state.in_workspace(Workspace("two", ("two",)))
    state = state.routing(RouteTable("t", "one", "h", (a, plain)))
    state = state.routing(RouteTable("t", "two", "h", (MeshRoute("other", "X-other", ORDERS, 80),)))
    for each in policies:
        state = state.protecting(each)
    signers = {each.name: "b" if each.name.startswith("b") else "a" for each in policies}
    return GlooStage(state, signers=signers)


def test_without_a_policy_a_request_without_a_token_passes() -> None:
    assert stage().passing("a", ISSUERS) == NO_TOKEN


def test_a_policy_is_for_the_routes_with_its_labels() -> None:
    given = stage(policy("p"))
    assert given.passing("a", ISSUERS) == IN_HEADER
    assert given.passing("plain", ISSUERS) == NO_TOKEN


def test_a_policy_without_a_selector_is_for_all_routes_of_its_workspace() -> None:
    given = stage(policy("p", route_labels=None))
    assert given.passing("plain", ISSUERS) == IN_HEADER
    assert given.passing("other", ISSUERS) == NO_TOKEN


def test_a_policy_for_a_destination_is_for_every_route_to_it_and_for_nothing_else() -> None:
    given = stage(policy("p", route_labels=None, destinations=(HTTPBIN,)))
    assert given.passing("plain", ISSUERS) == IN_HEADER
    assert given.passing("other", ISSUERS) == NO_TOKEN
    assert given.of_destination(ORDERS) is None


def test_of_several_policies_the_first_one_counts_also_after_an_update() -> None:
    first, second = policy("z"), policy("b")
    assert stage(first, second, replace(first, priority=3)).passing("a", ISSUERS) == IN_HEADER
    assert stage(second, first).passing("a", ISSUERS) == replace(IN_HEADER, issuer="b")


def test_a_route_and_its_destination_may_need_a_token_each() -> None:
    other = Provider("p", None, "PEM", parameters=("token",))
    given = stage(policy("z"), policy("b", route_labels=None, destinations=(HTTPBIN,), providers=(other,)))
    second = Credentials("developer", "b", parameter="token")
    assert given.passing("a", ISSUERS) == replace(IN_HEADER, second=second)


@pytest.mark.parametrize("policies, expected", [([], SESSION_COOKIE), ([policy("p")], None)])
def test_where_the_authorizer_is_asked_the_session_comes_along(policies, expected) -> None:
    given = stage(*policies)
    wanted = Authorization("x", "one", {"tier": "x"}, HTTPBIN, 80, (), (), ())
    given.state = given.state.authorizing(wanted)
    assert given.passing("a", ISSUERS) == (expected or replace(IN_HEADER, cookie=True))
    assert not given.passing("plain", ISSUERS).cookie


def test_terms_are_those_of_the_guide_unless_something_else_is_said() -> None:
    assert read_terms("") == Terms()
    assert read_terms("issuer: null\nquery: [t]") == Terms(issuer=None, query=("t",))


@pytest.mark.parametrize(
    "text, words",
    [
        ("isuer: a", "isuer: unknown key"),
        ("phase: later", "phase"),
        ("a: [", "expected"),
        ("query: 1", "query"),
    ],
)
def test_a_mistake_in_them_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_terms(text)
