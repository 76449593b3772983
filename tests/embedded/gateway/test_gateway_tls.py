"""Listeners that terminate TLS, on a real Envoy."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl

import pytest

from gwjwt.errors import EnvironmentFailed
from gwjwt.identity.certificates import self_signed

FIRST, SECOND = "a.example.test", "b.example.test"


def secret(name, hostname, **other):
    made = self_signed(hostname)
    data = {"tls.crt": made.certificate, "tls.key": made.key, **other}
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return made.certificate, {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "m", "generation": 1},
        "data": encoded,
    }


def https(name, hostname=None, secret="one", **tls):
    named = {"hostname": hostname} if hostname else {}
    references = {"certificateRefs": [{"name": secret}], **tls}
    return {"name": name, "port": 443, "protocol": "HTTPS", "tls": references, **named}


def listening(k8s, *listeners):
    made = k8s.gateway()
    made["spec"]["listeners"] += listeners
    return made


def status_over_tls(world, k8s, hostname, trusted):
    endpoint = world.gateway.endpoint(k8s.name, 443)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=trusted)
    connection = http.client.HTTPConnection(hostname)
    with (
        socket.create_connection((endpoint.host, endpoint.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=hostname) as connection.sock,
    ):
        connection.request("GET", "/")
        return connection.getresponse().status


def test_each_host_name_has_its_own_certificate_and_a_policy_covers_all(world, k8s):
    (first, one), (second, two) = secret("one", FIRST), secret("two", SECOND)
    gateway = listening(k8s, https("a", FIRST), https("b", SECOND, "two"))
    world.apply(one, two, gateway)
    assert status_over_tls(world, k8s, FIRST, first) == 200
    assert status_over_tls(world, k8s, SECOND, second) == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        status_over_tls(world, k8s, SECOND, first)

    world.apply(k8s.policy("DENY", {}))
    assert status_over_tls(world, k8s, FIRST, first) == 403
    assert status_over_tls(world, k8s, SECOND, second) == 403
    assert world.get().status == 403


def test_a_changed_secret_is_served(world, k8s):
    first, one = secret("one", FIRST)
    world.apply(one, listening(k8s, https("a", FIRST)))
    assert status_over_tls(world, k8s, FIRST, first) == 200

    other, again = secret("one", FIRST)
    world.apply(again)
    assert status_over_tls(world, k8s, FIRST, other) == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        status_over_tls(world, k8s, FIRST, first)


def test_a_secret_that_comes_later_is_used(world, k8s):
    with pytest.raises(EnvironmentFailed, match="a Secret one that is not there of Gateway m/ing"):
        world.apply(listening(k8s, https("a", FIRST)))
    first, one = secret("one", FIRST)
    world.apply(one)
    assert status_over_tls(world, k8s, FIRST, first) == 200


@pytest.mark.parametrize(
    "listener, told",
    [
        (https("a", mode="Passthrough"), "spec.listeners[1].tls.mode Passthrough"),
        (https("a", certificateRefs=[]), "spec.listeners[1].tls.certificateRefs with 0 entries"),
        (https("a", frontendValidation={"x": 1}), "spec.listeners[1].tls.frontendValidation"),
        (
            https("a", certificateRefs=[{"name": "one", "namespace": "other"}]),
            "spec.listeners[1].tls.certificateRefs[0].namespace",
        ),
        (https("a", secret="bad"), "the Secret bad without a readable tls.key"),
        ({**https("a"), "port": 80}, "spec.listeners[1].protocol HTTPS on a port of HTTP"),
    ],
)
def test_what_cannot_be_served_is_refused_by_its_field(world, k8s, listener, told):
    _, one = secret("one", FIRST)
    _, bad = secret("bad", FIRST)
    bad["data"]["tls.key"] = "%"
    with pytest.raises(EnvironmentFailed) as refused:
        world.apply(one, bad, listening(k8s, listener))
    assert told in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)


def test_listeners_for_several_host_names_share_a_port(world, k8s):
    named = {"name": "a", "port": 80, "protocol": "HTTP", "hostname": FIRST}
    world.apply(listening(k8s, named), k8s.policy("DENY", {"to": [{"operation": {"hosts": [FIRST]}}]}))
    assert world.get(Host=FIRST).status == 403
    assert world.get().status == 200
