import socket

import httpx
import pytest
from aiohttp import web

from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer, let_arrivals_in


@pytest.fixture(scope="module")
def background():
    with BackgroundLoop("loopback-tests") as loop:
        yield loop


async def hello(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text=f"{request.method} {request.path}")


def test_it_serves_every_method_and_path_on_loopback_only(background):
    with LoopbackServer(background, hello) as server:
        assert server.endpoint.host == "127.0.0.1"
        answer = httpx.request("PURGE", server.endpoint.url("/x"), trust_env=False)

    assert answer.text == "PURGE /x"


def test_servers_have_ports_of_their_own(background):
    with LoopbackServer(background, hello) as first, LoopbackServer(background, hello) as second:
        assert first.endpoint.port != second.endpoint.port


def test_nothing_listens_afterwards_not_even_after_a_failure(background):
    with pytest.raises(ZeroDivisionError), LoopbackServer(background, hello) as server:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.endpoint.host, server.endpoint.port))


def test_idle_and_half_sent_connections_are_closed(background):
    with LoopbackServer(background, hello) as server:
        address = (server.endpoint.host, server.endpoint.port)
        idle, half = socket.create_connection(address), socket.create_connection(address)
        half.sendall(b"GET / HTTP/1.1\r\nhost:")
        let_arrivals_in(background)
    for connection in (idle, half):
        with connection:
            connection.settimeout(5)
            assert connection.recv(1) == b""


def test_it_can_be_closed_twice(background):
    with LoopbackServer(background, hello) as server:
        server.close()


def test_what_was_sent_before_is_handled_after(background):
    seen: list[str] = []

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response()

    with LoopbackServer(background, note) as server:
        for number in range(50):
            with socket.create_connection((server.endpoint.host, server.endpoint.port)) as connection:
                connection.sendall(f"GET /{number} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
                let_arrivals_in(background)
                assert seen[-1] == f"/{number}"
