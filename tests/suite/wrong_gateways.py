"""Gateways that do something else than they were told: each stands between the probe and the real one.

A pytest plugin. The environment variable ``GWJWT_WRONG_GATEWAY`` names the one to use.
"""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.words import Endpoint

Answer = tuple[int, list[tuple[str, str]], bytes]
Forward = Callable[[], Answer]

REFUSAL: Answer = (403, [], b"RBAC: access denied")


def always_refuses(_forward: Forward) -> Answer:
    return REFUSAL


def refuses_before_it_forwards(forward: Forward) -> Answer:
    threading.Thread(target=forward, daemon=True).start()
    return REFUSAL


def unavailable_instead_of_refusing(forward: Forward) -> Answer:
    status, headers, body = forward()
    return (503, [], b"no healthy upstream") if status in {401, 403} else (status, headers, body)


WRONG = {
    each.__name__: each
    for each in (
        always_refuses,
        refuses_before_it_forwards,
        unavailable_instead_of_refusing,
    )
}


@contextmanager
def standing_before(real: Endpoint, conduct: Callable[[Forward], Answer]) -> Iterator[Endpoint]:
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


@pytest.fixture(autouse=True)
def wrong_gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every gateway and every sidecar of a scenario gets a wrong one in front of it."""
    conduct = WRONG[os.environ["GWJWT_WRONG_GATEWAY"]]
    opened = []

    def wrong(real: Callable[..., Endpoint]) -> Callable[..., Endpoint]:
        def endpoint(*arguments: object) -> Endpoint:
            context = standing_before(real(*arguments), conduct)
            opened.append(context)
            return context.__enter__()

        return endpoint

    for method in ("endpoint", "sidecar"):
        monkeypatch.setattr(EmbeddedEnvironment, method, wrong(getattr(EmbeddedEnvironment, method)))
    yield
    for context in opened:
        context.__exit__(None, None, None)
