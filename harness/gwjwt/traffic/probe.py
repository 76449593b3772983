"""The probe: sends one request and returns what all sides saw.

Nothing else in the suite sends requests of its own; an app of a chain passes on what it has received.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import httpx

from gwjwt.traffic.evidence import (
    NONCE,
    Consulted,
    Exchange,
    FailureKind,
    Presented,
    Received,
    Request,
    Response,
)
from gwjwt.traffic.workload import headers_as_sent
from gwjwt.waiting import Deadlines
from gwjwt.words import Endpoint

BODY_LIMIT = 4096
"""Bytes of a body that are read; the connection is closed after them."""


class UnsendableRequest(ValueError):
    """A scenario asks for what cannot be written as HTTP, such as a line break in a header."""


class Workloads(Protocol):
    """What the probe asks of the backends."""

    def received(self, nonce: str) -> tuple[Received, ...]:
        """All that is on record as having arrived with this nonce."""


class Consultations(Protocol):
    """What the probe asks of the authorizer."""

    def consulted(self, nonce: str) -> tuple[Consulted, ...]:
        """All that it is on record to have been asked with this nonce."""


class Probe:
    """A context manager around an HTTP transport that makes a new connection for every request.

    A kept-alive connection may still be served by a gateway's old configuration, so none is kept. No proxy
    of the environment is used, no redirect followed, no header added but ``Host`` and the nonce.

    Why no arrival can be missed: a backend records a request before it answers, so an answer that a gateway
    relays is on record before the client has it. A gateway that refuses a request and yet forwards it may do
    so before its refusal or after it. What it sent before stands in a backend's socket by then, and is let
    in before the evidence is read. What it sends soon after is found by ``look_again``, once a paired request
    has gone the same way. A gateway that forwards later still, when it has handled other requests since,
    is not found out.
    """

    def __init__(
        self,
        workloads: Workloads,
        authorizer: Consultations,
        deadlines: Deadlines,
        let_arrivals_in: Callable[[], None],
    ) -> None:
        """``let_arrivals_in`` returns when all that stood in a socket of theirs at the call is on record."""
        self._workloads = workloads
        self._authorizer = authorizer
        self._let_arrivals_in = let_arrivals_in
        self._seconds = deadlines.request
        self._timeout = httpx.Timeout(deadlines.request, pool=None).as_dict()
        self._trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # The transport alone: what a client does around it, such as to follow redirects, is not wanted here.
        self._transport = httpx.HTTPTransport(
            # Only what ``trust`` was given counts; httpx's own context would read all CA certificates, for 30 ms.
            verify=self._trusted,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the transport. May be called again."""
        self._transport.close()

    def trust(self, certificate: str) -> None:
        """Take a server's certificate (PEM) for good from now on, for the names in it."""
        self._trusted.load_verify_locations(cadata=certificate)

    def send(self, endpoint: Endpoint, request: Request) -> Exchange:
        """Send the request on a new connection. What went wrong on the way is in the exchange, never raised.

        It is given up when the deadline passes without any progress, or before the end of the body.

        Raises:
            UnsendableRequest: it cannot be written as HTTP.
        """
        nonce = secrets.token_hex(8)
        message = self._message(endpoint, request, nonce)
        begun = time.perf_counter()
        response, kind, failure = self._exchange(message)
        exchange = Exchange(
            endpoint,
            request,
            nonce,
            response,
            failure,
            milliseconds=(time.perf_counter() - begun) * 1000,
            failure_kind=kind,
        )
        return self.look_again(exchange)

    def look_again(self, exchange: Exchange) -> Exchange:
        """The same exchange with what has arrived at backends and authorizer by now."""
        self._let_arrivals_in()
        return replace(
            exchange,
            received=self._workloads.received(exchange.nonce),
            consulted=self._authorizer.consulted(exchange.nonce),
        )

    def _message(self, endpoint: Endpoint, request: Request, nonce: str) -> httpx.Request:
        host = request.host or f"{endpoint.host}:{endpoint.port}"
        headers = [
            ("Host", host),
            (NONCE, nonce),
            *((name, _plain(value)) for name, value in request.headers),
        ]
        return httpx.Request(
            request.method,
            endpoint.url(),
            headers=[(name.encode(), _field_value(value)) for name, value in headers],
            # The target goes out as it is written: a URL would lose its dot segments and odd escapes.
            extensions={
                "target": _bytes(request.target(_parameter)),
                "timeout": self._timeout,
                **({"sni_hostname": endpoint.server_name} if endpoint.server_name else {}),
            },
        )

    def _exchange(self, message: httpx.Request) -> tuple[Response | None, FailureKind | None, str | None]:
        until = time.monotonic() + self._seconds
        try:
            answer = self._transport.handle_request(message)
            try:
                return self._read(answer, until), None, None
            finally:
                answer.close()
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
            raise UnsendableRequest(str(error)) from error
        except httpx.TimeoutException as error:
            return _failed(FailureKind.TIMED_OUT, f"nothing within {self._seconds:g} s", error)
        except httpx.ConnectError as error:
            return _failed(FailureKind.REFUSED, "no connection", error)
        except httpx.NetworkError as error:
            return _failed(FailureKind.BROKEN_OFF, "the connection broke", error)
        except httpx.RemoteProtocolError as error:
            return _failed(FailureKind.NOT_HTTP, "the answer is not HTTP, or was cut", error)

    def _read(self, answer: httpx.Response, until: float) -> Response:
        body = b""
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) >= BODY_LIMIT:
                break
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the body goes on and on")
        text = body[:BODY_LIMIT].decode("utf-8", "replace")
        return Response(answer.status_code, headers_as_sent(answer.headers.raw), text)


def _failed(kind: FailureKind, what: str, error: httpx.HTTPError) -> tuple[None, FailureKind, str]:
    detail = str(error)
    return None, kind, f"{kind}: {what}" + (f" ({detail})" if detail else "")


def _plain(value: str | Presented) -> str:
    return value.value if isinstance(value, Presented) else value


def _parameter(value: str | Presented) -> str:
    return quote(_plain(value).encode("utf-8", "surrogateescape"), safe="")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _field_value(text: str) -> bytes:
    """The value without blanks at its ends: no part of it (RFC 9110, section 5.5), and refused by h11."""
    return _bytes(text).strip(b" \t")
