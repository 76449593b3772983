from __future__ import annotations

import asyncio

from gwjwt.environments.embedded.faults.over_time import DelayedPolicies

POLICY = {"kind": "AuthorizationPolicy", "metadata": {"namespace": "a", "name": "deny"}, "spec": {}}
CHANGED = {**POLICY, "spec": {"action": "DENY"}}
ROUTE = {"kind": "HTTPRoute", "metadata": {"namespace": "a", "name": "route"}}


class Source:
    """Tells its one subscriber of what is written."""

    def list(self, kind, namespace=None):
        return [ROUTE] if kind == "HTTPRoute" else [CHANGED]

    def subscribe(self, callback):
        self.tell = callback
        return lambda: None


def heard_from(seconds=0.05, **how):
    source, heard = Source(), []
    late = DelayedPolicies(source, seconds, **how)
    late.subscribe(lambda event, manifest, _version: heard.append((event, manifest["kind"])))
    return source, late, heard


def test_a_policy_is_heard_of_late_and_everything_else_at_once():
    async def course():
        source, late, heard = heard_from()
        source.tell("ADDED", ROUTE, 1)
        source.tell("ADDED", POLICY, 2)
        assert heard == [("ADDED", "HTTPRoute")]
        assert list(late.list("AuthorizationPolicy")) == []
        assert list(late.list("HTTPRoute")) == [ROUTE]
        await asyncio.sleep(0.2)
        assert heard[1:] == [("ADDED", "AuthorizationPolicy")]
        assert list(late.list("AuthorizationPolicy", "a")) == [POLICY]
        assert list(late.list("AuthorizationPolicy", "b")) == []

    asyncio.run(course())


def test_until_then_a_changed_policy_is_gone_if_the_gateway_is_to_be_open():
    async def course():
        source, late, heard = heard_from(open_meanwhile=True)
        source.tell("ADDED", POLICY, 1)
        await asyncio.sleep(0.2)
        source.tell("MODIFIED", CHANGED, 2)
        assert heard[-1] == ("DELETED", "AuthorizationPolicy")
        assert list(late.list("AuthorizationPolicy")) == []
        await asyncio.sleep(0.2)
        assert list(late.list("AuthorizationPolicy")) == [CHANGED]

    asyncio.run(course())


def test_the_end_of_a_policy_is_never_heard_of_by_who_forgets_nothing():
    async def course():
        source, late, heard = heard_from(0.0, forgets=False)
        source.tell("ADDED", POLICY, 1)
        await asyncio.sleep(0.05)
        source.tell("DELETED", POLICY, 2)
        await asyncio.sleep(0.05)
        assert heard == [("ADDED", "AuthorizationPolicy")]
        assert list(late.list("AuthorizationPolicy")) == [POLICY]

    asyncio.run(course())
