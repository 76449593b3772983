"""Keys that the control plane fetches, seen through a real Envoy."""

from __future__ import annotations

import json
import threading

import pytest

from gwjwt.waiting import NotYet, eventually


class Keys:
    """An issuer's HTTP answers: its key set, a discovery document, or whatever a test sets."""

    def __init__(self, issuer):
        self.issuer, self.status, self.text = issuer, 200, None

    def __call__(self, path, headers):
        if path.endswith("openid-configuration"):
            document = {"jwks_uri": f"http://{headers['host']}/keys"}
            return self.status, {}, json.dumps(document).encode()
        return self.status, {}, (self.text or self.issuer.jwks).encode()


@pytest.fixture
def keys(issuer):
    return Keys(issuer)


@pytest.fixture
def server(http_server, keys):
    with http_server(keys) as running:
        yield running


def rule(issuer, uri):
    return {"issuer": issuer.name, "jwksUri": uri}


def test_keys_come_from_the_uri_once(world, k8s, issuer, server):
    world.apply(k8s.request_authentication(rule(issuer, server.url("/keys"))))
    assert world.get(**issuer.bearer()).status == 200
    world.apply(k8s.policy("DENY", k8s.deny_without_token))
    assert world.get(**issuer.bearer()).status == 200
    assert [path for path, _ in server.requests] == ["/keys"]


def test_keys_are_discovered_from_the_issuer(world, k8s, issuer, server):
    issuer.name = server.url()
    world.apply(k8s.request_authentication({"issuer": issuer.name}))
    assert world.get(**issuer.bearer()).status == 200
    assert [path for path, _ in server.requests] == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize("broken", ["not json", "[]", "{}"])
def test_what_is_no_key_set_means_that_tokens_are_refused(world, k8s, issuer, server, keys, broken):
    keys.text = broken
    world.apply(k8s.request_authentication(rule(issuer, server.url("/keys"))))
    answer = world.get(**issuer.bearer())
    assert (answer.status, answer.body) == (401, "Jwt verification fails")
    assert world.get().status == 200


def test_a_failed_fetch_is_tried_again_with_the_next_change(world, k8s, issuer, server, keys):
    keys.status = 503
    world.apply(k8s.request_authentication(rule(issuer, server.url("/keys"))))
    assert world.get(**issuer.bearer()).status == 401
    keys.status = 200
    world.apply(k8s.policy("DENY", k8s.deny_without_token))
    assert world.get(**issuer.bearer()).status == 200


def test_a_failed_fetch_is_tried_again_by_itself(world, k8s, issuer, server, keys, monkeypatch):
    monkeypatch.setattr("gwjwt.environments.embedded.gateway.keysets._FIRST_RETRY", 0.01)
    keys.status = 503
    world.apply(k8s.request_authentication(rule(issuer, server.url("/keys"))))
    keys.status = 200

    def attempt():
        answer = world.get(**issuer.bearer())
        if answer.status != 200:
            raise NotYet(answer.body)

    eventually("the keys", attempt, 5)


def test_an_issuer_that_is_not_there_means_401(world, k8s, issuer, ports):
    world.apply(k8s.request_authentication(rule(issuer, f"http://127.0.0.1:{ports.take()}/keys")))
    assert world.get(**issuer.bearer()).status == 401


def test_rotated_keys_are_used_after_a_refresh(world, k8s, issuer, server, keys):
    world.apply(k8s.request_authentication(rule(issuer, server.url("/keys"))))
    keys.issuer = type(issuer)(kid="k2")
    assert world.get(**keys.issuer.bearer()).status == 401
    world.gateway.refresh_keys()
    assert world.get(**keys.issuer.bearer()).status == 200
    assert world.get(**issuer.bearer()).status == 401


def test_a_hanging_issuer_does_not_delay_a_policy_for_ever(world, k8s, issuer, http_server):
    released = threading.Event()

    def hang(path, headers):
        released.wait(10)
        return 200, {}, b"{}"

    with http_server(hang) as hanging:
        world.apply(
            k8s.request_authentication({**rule(issuer, hanging.url("/keys")), "timeout": "0.2s"}),
            k8s.policy("DENY", k8s.deny_without_token),
        )
        assert world.get().status == 403
        assert world.get(**issuer.bearer()).status == 401
        released.set()
