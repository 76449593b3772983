"""The probe against real sockets: recording backends, and servers that misbehave."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gwjwt.identity.certificates import Certificate, self_signed
from gwjwt.traffic.evidence import NONCE, FailureKind, Presented, Request
from gwjwt.traffic.probe import BODY_LIMIT, Probe, UnsendableRequest
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, Endpoint

SHOP = AppName("market", "shop")
CART = AppName("market", "cart")


@contextmanager
def answering(conduct: Callable[[socket.socket], None]) -> Iterator[Endpoint]:
    """A server that reads the head of one request and then does as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                conduct(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Endpoint(*listening.getsockname())
        thread.join()


def serving(workloads, app=SHOP) -> Endpoint:
    return Endpoint("127.0.0.1", workloads.deploy(app))


def test_an_exchange_holds_what_both_sides_saw(probe, workloads):
    exchange = probe.send(serving(workloads), Request("/a?b=c", "POST", (("X-One", "1"),)))

    assert exchange.response.status == 200
    assert exchange.failure is None
    assert exchange.milliseconds > 0
    [received] = exchange.received
    assert (received.app, received.method, received.path) == (SHOP, "POST", "/a?b=c")
    assert received.header("x-one") == ["1"]
    assert received.header(NONCE) == [exchange.nonce]


def test_headers_keep_order_case_and_repeats(probe, workloads):
    sent = (("X-B", "1"), ("x-a", "2"), ("X-b", "3"), ("X-B", "1"))
    [received] = probe.send(serving(workloads), Request("/", headers=sent)).received

    assert (
        tuple(pair for pair in received.headers if pair[0].lower().startswith("x-") and pair[0] != NONCE)
        == sent
    )


def test_nothing_is_added_but_host_and_nonce(probe, workloads):
    [received] = probe.send(serving(workloads), Request("/")).received

    assert [name.lower() for name, _ in received.headers] == ["host", NONCE]


def test_the_host_header_can_be_chosen(probe, workloads):
    [received] = probe.send(serving(workloads), Request("/", host="shop.example.test")).received

    assert received.header("host") == ["shop.example.test"]


@pytest.mark.parametrize("path", ["/a/../b", "/a//b", "/%2e%2e/x", "/a%2Fb?x=%20&y=+", "/?", "/a;b=c"])
def test_the_target_is_sent_as_it_is_written(probe, workloads, path):
    [received] = probe.send(serving(workloads), Request(path)).received

    assert received.path == path


def test_a_presented_token_is_sent_with_its_prefix(probe, workloads, issuer):
    token = issuer.token()
    request = (
        Request("/").with_header("X-Jwt", Presented(token, "Token ")).with_parameter("t", Presented(token))
    )
    [received] = probe.send(serving(workloads), request).received

    assert received.header("x-jwt") == [f"Token {token.encoded}"]
    assert received.path == f"/?t={token.encoded}"


def test_parameters_are_escaped_and_follow_a_query_that_is_there(probe, workloads):
    request = Request("/?a=1").with_parameter("b c", "d&é")
    [received] = probe.send(serving(workloads), request).received

    assert received.path == "/?a=1&b%20c=d%26%C3%A9"


@pytest.mark.parametrize(
    "value,arrives", [("Bearer ", "Bearer"), (" x ", "x"), ("", ""), ("grün", "grün"), ("a\tb", "a\tb")]
)
def test_odd_values_are_sent(probe, workloads, value, arrives):
    [received] = probe.send(serving(workloads), Request("/", headers=(("X-Odd", value),))).received

    assert received.header("x-odd") == [arrives]


@pytest.mark.parametrize("headers", [(("X-Bad", "a\nb"),), (("bad name", "x"),)])
def test_what_is_not_http_is_the_callers_mistake(probe, workloads, headers):
    with pytest.raises(UnsendableRequest):
        probe.send(serving(workloads), Request("/", headers=headers))


def test_every_request_has_a_connection_and_a_nonce_of_its_own(probe, workloads):
    endpoint = serving(workloads)
    nonces = {probe.send(endpoint, Request("/")).nonce for _ in range(5)}

    assert len(nonces) == 5
    with answering(lambda connection: connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")) as once:
        assert probe.send(once, Request("/")).response.status == 204


def test_redirects_are_not_followed(probe):
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    with answering(lambda connection: connection.sendall(answer)) as endpoint:
        response = probe.send(endpoint, Request("/")).response

    assert response.status == 302
    assert response.header("Location") == ["http://127.0.0.1:1/"]


def test_proxies_of_the_environment_are_not_used(workloads, authorizer, arrivals, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Probe(workloads, authorizer, Deadlines(), arrivals) as probe:
        assert probe.send(serving(workloads), Request("/")).response.status == 200


def test_a_long_body_is_cut(probe):
    body = b"x" * (BODY_LIMIT * 3)
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    with answering(lambda connection: connection.sendall(answer)) as endpoint:
        assert len(probe.send(endpoint, Request("/")).response.body) == BODY_LIMIT


def test_a_refused_connection_is_told(probe):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        endpoint = Endpoint(*gone.getsockname())
    exchange = probe.send(endpoint, Request("/"))

    assert exchange.response is None
    assert exchange.failure_kind is FailureKind.REFUSED
    assert exchange.failure.startswith("connection refused")


def test_silence_is_told(probe):
    released = threading.Event()
    with answering(lambda _: released.wait()) as endpoint:
        exchange = probe.send(endpoint, Request("/"))
        released.set()

    assert exchange.failure_kind is FailureKind.TIMED_OUT
    assert "0.3 s" in exchange.failure


def test_a_body_that_never_ends_is_told(probe):
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        connection.settimeout(0.01)
        try:
            while True:
                connection.sendall(b"1\r\nx\r\n")
                _listen(connection)
        except OSError:
            return

    with answering(drip) as endpoint:
        exchange = probe.send(endpoint, Request("/"))

    assert exchange.response is None or len(exchange.response.body) == BODY_LIMIT
    if exchange.response is None:
        assert exchange.failure_kind is FailureKind.TIMED_OUT


def _listen(connection: socket.socket) -> None:
    try:
        if connection.recv(1) == b"":
            raise ConnectionResetError
    except TimeoutError:
        return


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"],
    ids=["nothing", "another protocol", "a body cut short"],
)
def test_an_answer_that_is_no_http_is_told(probe, answer):
    with answering(lambda connection: connection.sendall(answer)) as endpoint:
        exchange = probe.send(endpoint, Request("/"))

    assert exchange.response is None
    assert exchange.failure_kind in {FailureKind.NOT_HTTP, FailureKind.BROKEN_OFF}


def test_a_request_that_is_forwarded_although_it_is_refused_is_seen(probe, workloads):
    """A gateway that writes to the backend, does not wait for it, and answers 403."""
    backend = serving(workloads)
    forwarded: list[socket.socket] = []

    def leak(connection: socket.socket) -> None:
        upstream = socket.create_connection((backend.host, backend.port))
        forwarded.append(upstream)
        upstream.sendall(f"GET /leak HTTP/1.1\r\nhost: x\r\n{NONCE}: {nonces[-1]}\r\n\r\n".encode())
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    nonces: list[str] = []
    for _ in range(20):
        with _knowing_the_nonce(leak, nonces) as endpoint:
            exchange = probe.send(endpoint, Request("/"))
        assert exchange.response.status == 403
        assert [each.path for each in exchange.received] == ["/leak"]
    for upstream in forwarded:
        upstream.close()


@contextmanager
def _knowing_the_nonce(conduct: Callable[[socket.socket], None], nonces: list[str]) -> Iterator[Endpoint]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                head = connection.recv(65536).decode()
                nonces.append(head.partition(f"{NONCE}: ")[2].partition("\r\n")[0])
                conduct(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Endpoint(*listening.getsockname())
        thread.join()


def test_what_arrives_later_is_found_by_looking_again(probe, workloads):
    backend = serving(workloads)
    with answering(
        lambda connection: connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    ) as e:
        exchange = probe.send(e, Request("/"))
    assert exchange.received == ()

    with socket.create_connection((backend.host, backend.port)) as late:
        late.sendall(f"GET / HTTP/1.1\r\nhost: x\r\n{NONCE}: {exchange.nonce}\r\n\r\n".encode())
        assert [each.app for each in probe.look_again(exchange).received] == [SHOP]


def test_it_can_be_closed_twice(workloads, authorizer, arrivals):
    probe = Probe(workloads, authorizer, Deadlines(), arrivals)
    probe.close()
    probe.close()


@contextmanager
def encrypted(made: Certificate, folder: Path) -> Iterator[tuple[Endpoint, list[str]]]:
    """A server that answers one handshake with this certificate, and notes the names that it is asked for."""
    asked: list[str] = []
    (folder / "server.pem").write_text(made.key + made.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            plain, _ = listening.accept()
            with plain, suppress(ssl.SSLError), context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield Endpoint(*listening.getsockname(), server_name="shop.example"), asked
        thread.join()


def test_a_tls_server_is_asked_for_by_name(probe, tmp_path):
    made = self_signed("shop.example")
    probe.trust(made.certificate)
    with encrypted(made, tmp_path) as (endpoint, asked):
        exchange = probe.send(endpoint, Request("/", host="shop.example"))
    assert exchange.response.status == 204
    assert asked == ["shop.example"]


@pytest.mark.parametrize("hostname, trusted", [("shop.example", False), ("other.example", True)])
def test_a_tls_server_that_is_not_who_it_should_be_gives_no_answer(probe, tmp_path, hostname, trusted):
    made = self_signed(hostname)
    if trusted:
        probe.trust(made.certificate)
    with encrypted(made, tmp_path) as (endpoint, _):
        exchange = probe.send(endpoint, Request("/"))
    assert exchange.response is None
    assert "certificate verify failed" in exchange.failure
