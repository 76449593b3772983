import json
import socket

import pytest
from aiohttp import web

from gwjwt.local.loopback import LoopbackServer
from gwjwt.traffic.evidence import NONCE, Request
from gwjwt.words import AppName, Endpoint

SHOP = AppName("market", "shop")
CART = AppName("market", "cart")


def endpoint(workloads, app) -> Endpoint:
    return Endpoint("127.0.0.1", workloads.deploy(app))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PURGE"])
def test_every_method_and_path_is_answered_by_name(probe, workloads, method):
    exchange = probe.send(endpoint(workloads, SHOP), Request("/any/where", method))

    assert exchange.response.status == 200
    assert exchange.response.body == f'{{"app": "market/shop", "nonce": "{exchange.nonce}"}}'


def test_each_app_answers_and_records_for_itself(probe, workloads):
    shop, cart = endpoint(workloads, SHOP), endpoint(workloads, CART)

    assert [each.app for each in probe.send(shop, Request("/")).received] == [SHOP]
    assert [each.app for each in probe.send(cart, Request("/")).received] == [CART]


def test_deploying_again_changes_nothing(workloads):
    assert workloads.deploy(SHOP) == workloads.deploy(SHOP)


def test_one_nonce_can_arrive_at_several_backends(workloads):
    for app in (SHOP, CART, SHOP):
        _send_raw(workloads, app, f"GET /{app.name} HTTP/1.1\r\nhost: x\r\n{NONCE}: n1\r\n\r\n".encode())

    assert [each.path for each in workloads.received("n1")] == ["/shop", "/cart", "/shop"]


def test_a_repeated_nonce_header_is_found_under_both(workloads):
    _send_raw(workloads, SHOP, f"GET / HTTP/1.1\r\nhost: x\r\n{NONCE}: n2\r\n{NONCE}: n3\r\n\r\n".encode())

    assert workloads.received("n2") == workloads.received("n3") != ()


def test_bytes_that_are_no_text_are_recorded(workloads):
    _send_raw(workloads, SHOP, b"GET / HTTP/1.1\r\nhost: x\r\nx-gwjwt-nonce: n4\r\nx-raw: \xff\xfe\r\n\r\n")
    [received] = workloads.received("n4")

    assert received.header("x-raw")[0].encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_a_request_with_a_body_is_recorded_and_answered(workloads):
    head = b"POST / HTTP/1.1\r\nhost: x\r\nx-gwjwt-nonce: n5\r\ncontent-length: 4\r\n\r\n"
    assert b"200 OK" in _send_raw(workloads, SHOP, head + b"body")

    assert len(workloads.received("n5")) == 1


def test_a_removed_app_no_longer_listens_and_its_records_are_gone(probe, workloads):
    shop, cart = endpoint(workloads, SHOP), endpoint(workloads, CART)
    nonce = probe.send(shop, Request("/")).nonce
    kept = probe.send(cart, Request("/")).nonce
    workloads.remove(SHOP)

    assert probe.send(shop, Request("/")).response is None
    assert workloads.received(nonce) == ()
    assert len(workloads.received(kept)) == 1


def test_a_removed_app_can_come_back(probe, workloads):
    workloads.deploy(SHOP)
    workloads.remove(SHOP)

    assert probe.send(endpoint(workloads, SHOP), Request("/")).response.status == 200


def test_removing_what_is_not_there_is_fine(workloads):
    workloads.remove(SHOP)


def test_removal_closes_kept_alive_connections(workloads):
    with socket.create_connection(("127.0.0.1", workloads.deploy(SHOP))) as kept:
        kept.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200")
        workloads.remove(SHOP)
        kept.settimeout(5)
        assert kept.recv(1) == b""


def test_an_arrival_is_seen_without_waiting_for_the_answer(workloads, arrivals):
    """What stands in the backend's socket counts, on a new connection and on one that is kept alive."""
    port = workloads.deploy(SHOP)
    for number in range(100):
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            for which in ("new", "kept"):
                nonce = f"{which}-{number}"
                upstream.sendall(f"GET / HTTP/1.1\r\nhost: x\r\n{NONCE}: {nonce}\r\n\r\n".encode())
                arrivals()
                assert len(workloads.received(nonce)) == 1


def chained(workloads) -> Endpoint:
    """The first of two apps, the second of which is called "cart"."""
    first, second = endpoint(workloads, SHOP), endpoint(workloads, CART)
    workloads.chain(SHOP, CART, second)
    return first


def test_an_app_of_a_chain_calls_the_next_one_with_the_headers_that_came_in(probe, workloads):
    exchange = probe.send(
        chained(workloads), Request("/shop", headers=(("X-Trace", "7"), ("Authorization", "t")))
    )

    assert [each.app for each in exchange.received] == [SHOP, CART]
    assert [each.header("x-trace") for each in exchange.received] == [["7"], ["7"]]
    assert [each.header("authorization") for each in exchange.received] == [["t"], ["t"]]
    assert exchange.received[1].header("host") != exchange.received[0].header("host")


def test_a_chain_says_who_took_part_and_its_last_app_counts(probe, workloads):
    first = chained(workloads)
    said = [json.loads(probe.send(first, Request("/")).response.body)["says"] for _ in range(2)]

    assert said == [f"shop => cart v1 from 'market/cart': {count}" for count in (1, 2)]


def test_an_app_that_was_started_again_counts_from_one(probe, workloads):
    probe.send(chained(workloads), Request("/"))
    workloads.remove(CART)

    exchange = probe.send(chained(workloads), Request("/"))
    assert json.loads(exchange.response.body)["says"].endswith(": 1")


def test_a_chain_passes_a_refusal_of_the_next_one_on(probe, workloads, background):
    async def refuse(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=403, text="RBAC: access denied")

    first = endpoint(workloads, SHOP)
    with LoopbackServer(background, refuse) as proxy:
        workloads.chain(SHOP, CART, proxy.endpoint)
        exchange = probe.send(first, Request("/"))

    assert exchange.response.status == 403
    assert json.loads(exchange.response.body)["says"] == "shop => Error: 403 - RBAC: access denied"


def test_a_chain_that_ends_nowhere_is_unavailable(probe, workloads):
    first = chained(workloads)
    workloads.remove(CART)
    exchange = probe.send(first, Request("/"))

    assert exchange.response.status == 503
    assert "Error: 503" in exchange.response.body


def _send_raw(workloads, app: AppName, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", workloads.deploy(app))) as connection:
        connection.settimeout(5)
        connection.sendall(message)
        return connection.recv(65536)
