"""Whoever stops after any write leaves a gateway that is no more open than both ends."""

from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.cluster import Reference
from gwjwt.cluster.writes import Apply, plan
from gwjwt.drivers.bundled import CHARM, bundled_templates
from gwjwt.drivers.manifests import checked_templates
from gwjwt.drivers.state import Relation as WantedRelation
from gwjwt.drivers.state import Route, WantedState
from gwjwt.reference.policies import desired
from gwjwt.reference.resources import ForwardAuth, Relation, State
from gwjwt.rules import JWTRule, publish
from gwjwt.words import AppName, GatewayName

GATEWAY = GatewayName("m", "ing")
APPS = [AppName("m", "a"), AppName("m", "b")]
PUBLISHED = [None, "not json", *(publish([JWTRule(issuer=issuer)]) for issuer in ("https://a", "https://b"))]

relations = st.dictionaries(st.sampled_from(APPS), st.sampled_from(PUBLISHED))
situations = st.tuples(relations, st.none() | st.sampled_from(["one", "two"]))


class Fate(IntEnum):
    """What becomes of a request without a validated principal, the stricter the lower."""

    REFUSED = 0
    AUTHORIZER_DECIDES = 1
    ADMITTED = 2


def fate(objects, *, bearer):
    """The fate of a request that has a Bearer value that does not validate, or none at all."""
    policies = [each["spec"] for each in objects.values() if each["kind"] == "AuthorizationPolicy"]
    if any(_matches(each, bearer) for each in policies if each["action"] == "DENY"):
        return Fate.REFUSED
    if any(_matches(each, bearer) for each in policies if each["action"] == "CUSTOM"):
        return Fate.AUTHORIZER_DECIDES
    return Fate.ADMITTED


def _matches(policy, bearer):
    [rule] = policy["rules"]
    return all(("values" in condition) == bearer for condition in rule.get("when", []))


def by_reference(manifests):
    return {Reference.of(each): each for each in manifests}


def policies(situation):
    related, provider = situation
    forward_auths = (ForwardAuth(GATEWAY, provider),) if provider else ()
    relations = tuple(Relation(GATEWAY, app, published) for app, published in related.items())
    return by_reference(desired(State(relations, forward_auths)))


TEMPLATES = checked_templates(bundled_templates(CHARM), None)


def rendered(situation):
    related, provider = situation
    state = WantedState(GATEWAY, (Route.to(APPS[0], 80),))
    state = state.authorized_by(provider) if provider else state
    for app, published in related.items():
        state = state.relating(WantedRelation(app, published))
    return by_reference(TEMPLATES.render(state))


def prefixes(before, after):
    objects = dict(before)
    yield dict(objects)
    for write in plan(before, after):
        if isinstance(write, Apply):
            objects[Reference.of(write.manifest)] = write.manifest
        else:
            del objects[write.reference]
        yield dict(objects)


@pytest.mark.parametrize("wanted", [policies, rendered], ids=["reference", "manifests"])
@given(first=situations, second=situations)
def test_no_prefix_of_a_plan_is_more_open_than_both_ends(wanted, first, second):
    before, after = wanted(first), wanted(second)
    steps = list(prefixes(before, after))
    assert steps[-1] == after
    for bearer in (True, False):
        allowed = max(fate(before, bearer=bearer), fate(after, bearer=bearer))
        assert all(fate(step, bearer=bearer) <= allowed for step in steps)


def test_a_route_loses_its_login_after_the_gateway_has_closed():
    def state(*paths, relations=()):
        return by_reference(desired(State(relations, (ForwardAuth(GATEWAY, "one", paths),))))

    writes = plan(state("/a"), state("/a", "/b", relations=(Relation(GATEWAY, APPS[0], "not json"),)))
    assert [each.manifest["spec"]["action"] for each in writes] == ["DENY", "CUSTOM"]


@given(situation=situations)
def test_nothing_is_written_when_nothing_differs(situation):
    assert plan(policies(situation), policies(situation)) == []


def test_a_gateway_opens_last_and_closes_first():
    kinds = ["AuthorizationPolicy", "RequestAuthentication", "Gateway", "HTTPRoute"]
    state = rendered(({APPS[0]: PUBLISHED[2]}, None))
    assert [write.manifest["kind"] for write in plan({}, state)] == kinds
    assert [write.reference.kind for write in plan(state, {})] == [
        "HTTPRoute",
        "Gateway",
        "RequestAuthentication",
        "AuthorizationPolicy",
    ]
