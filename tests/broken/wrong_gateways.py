"""Gateways that do something else than they were told: each stands between the probe and the real one."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gwjwt.words import Endpoint

Answer = tuple[int, list[tuple[str, str]], bytes]
Forward = Callable[[], Answer]
Conduct = Callable[[Forward], Answer]

REFUSAL: Answer = (403, [], b"RBAC: access denied")
A_MOMENT = 0.03
"""Ten times what a request takes on loopback, in seconds."""


def always(status: HTTPStatus) -> Conduct:
    def answer(_forward: Forward) -> Answer:
        return (status, [], status.phrase.encode())

    return answer


def always_refuses(_forward: Forward) -> Answer:
    return REFUSAL


def refuses_before_it_forwards(forward: Forward) -> Answer:
    threading.Thread(target=forward, daemon=True).start()
    return REFUSAL


def unavailable_instead_of_refusing(forward: Forward) -> Answer:
    status, headers, body = forward()
    return (503, [], b"no healthy upstream") if status in {401, 403} else (status, headers, body)


def let_pass(seconds: float) -> None:
    threading.Event().wait(seconds)


def takes_its_time(forward: Forward) -> Answer:
    let_pass(A_MOMENT)
    return forward()


def lives_an_hour_ago(forward: Forward) -> Answer:
    status, headers, body = forward()
    others = [(name, value) for name, value in headers if name.lower() != "date"]
    return (status, [*others, ("date", formatdate(time.time() - 3600, usegmt=True))], body)


@contextmanager
def standing_before(real: Endpoint, conduct: Conduct) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            def forward() -> Answer:
                connection = http.client.HTTPConnection(real.host, real.port)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders()
                response = connection.getresponse()
                answer = response.status, response.getheaders(), response.read()
                connection.close()
                return answer

            status, headers, body = conduct(forward)
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command != "HEAD" else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield Endpoint("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()
            serving.join()


@contextmanager
def nobody(_real: Endpoint) -> Iterator[Endpoint]:
    """A port that was somebody's a moment ago."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        gone = Endpoint("127.0.0.1", server.server_address[1])
    yield gone
