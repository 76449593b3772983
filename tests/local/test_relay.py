"""A relay passes everything through unchanged, later if asked to, and not before its gate opens."""

import socket
import threading
import time

import httpx
import pytest
from aiohttp import web

from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer
from gwjwt.local.relay import Relay
from gwjwt.words import Endpoint

LARGE = b"x" * 3_000_000


async def answer(request):
    body = await request.read()
    return web.Response(body=body or LARGE)


@pytest.fixture(scope="module")
def background():
    with BackgroundLoop("relay-tests") as loop:
        yield loop


@pytest.fixture
def server(background):
    with LoopbackServer(background, answer) as server:
        yield server


@pytest.fixture
def relay(background, server):
    with Relay(background, server.endpoint) as relay:
        yield relay


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as client:
        yield client


def test_what_is_sent_and_answered_stays_what_it_is(relay, client):
    assert client.get(relay.endpoint.url()).content == LARGE
    sent = LARGE[:1_000_000]  # aiohttp takes no more than 1 MiB
    assert client.post(relay.endpoint.url(), content=sent).content == sent


def test_an_answer_that_never_ends_arrives_piece_by_piece(background, client):
    goes_on = threading.Event()

    async def stream(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await background.loop.run_in_executor(None, goes_on.wait, 10)
        await response.write(b"second")
        return response

    with (
        LoopbackServer(background, stream) as server,
        Relay(background, server.endpoint) as relay,
        client.stream("GET", relay.endpoint.url()) as response,
    ):
        pieces = response.iter_raw()
        assert next(pieces) == b"first"
        goes_on.set()
        assert next(pieces) == b"second"


def test_each_call_takes_the_delay_longer_from_when_it_is_set(relay, client):
    client.get(relay.endpoint.url())
    relay.delay = 0.2
    began = time.monotonic()
    client.post(relay.endpoint.url(), content=b"a")
    client.post(relay.endpoint.url(), content=b"b")
    assert time.monotonic() - began >= 0.4
    relay.delay = 0.0
    assert client.post(relay.endpoint.url(), content=b"c").content == b"c"


def test_nothing_goes_on_while_the_gate_is_closed(background, client):
    arrived = []

    async def note(request):
        arrived.append(await request.text())
        return web.Response()

    opening = threading.Event()
    with LoopbackServer(background, note) as server, Relay(background, server.endpoint) as relay:
        relay.gate = lambda: arrived.append("gate") or opening.wait(10)
        sending = threading.Thread(
            target=client.post, args=[relay.endpoint.url()], kwargs={"content": b"call"}
        )
        sending.start()
        threading.Timer(0.1, lambda: arrived.append("opens") or opening.set()).start()
        sending.join()
    assert arrived == ["gate", "opens", "call"]


def test_a_gate_that_fails_lets_calls_through(relay, client):
    relay.gate = lambda: 1 / 0
    assert client.post(relay.endpoint.url(), content=b"call").content == b"call"


def test_who_calls_a_server_that_is_gone_has_the_connection_closed(background, client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gone = Endpoint(*unused.getsockname())
        with Relay(background, gone) as relay, pytest.raises(httpx.TransportError):
            client.get(relay.endpoint.url())


def test_nothing_is_left_of_it(background, server, client):
    with Relay(background, server.endpoint) as relay:
        client.get(relay.endpoint.url())
    with pytest.raises(httpx.TransportError):
        client.get(relay.endpoint.url())
