"""What is told of an exchange: short texts for failure messages, a curl line, and a record for reports.

All of it is free of secrets: a token appears as its label, with its claims at most.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gwjwt.identity.tokens import Token
from gwjwt.redaction import redact, redact_header
from gwjwt.traffic.evidence import Exchange, Headers, Presented

_BODY_SHOWN = 200


def told(text: str) -> str:
    """A text as it may be told: without secrets, and with escapes for bytes that are no UTF-8."""
    return _printable(redact(text))


def curl(exchange: Exchange) -> str:
    """The command that repeats the request.

    A label such as ``<expired token of accounts, sha256:…>`` stands in place of a token.
    """
    request = exchange.request
    words = ["curl", "-sS", "-i", "--path-as-is"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET":
        words += ["-X", request.method]
    if request.host is not None:
        words += ["-H", f"Host: {request.host}"]
    for name, value in request.headers:
        shown = _shown_header(name, value)
        words += ["-H", f"{name}: {shown}" if shown else f"{name};"]
    endpoint, target = exchange.endpoint, request.target(_shown_parameter)
    if endpoint.server_name is None:
        return told(shlex.join([*words, endpoint.url(target)]))
    named = replace(endpoint, host=endpoint.server_name)
    resolved = f"{endpoint.server_name}:{endpoint.port}:{endpoint.host}"
    return told(shlex.join([*words, "--insecure", "--resolve", resolved, named.url(target)]))


def describe_request(exchange: Exchange) -> str:
    """Method, target and tokens, on one line."""
    request = exchange.request
    tokens = "".join(f" with {token.label}" for token in request.tokens)
    return told(f"{request.method} {request.target(_shown_parameter)}") + (tokens or " with no token")


def describe_client(exchange: Exchange) -> str:
    """What the client saw, on one line: status and the start of the body, or why there is no answer."""
    response = exchange.response
    if response is None:
        return told(exchange.failure or "no answer")
    location = "".join(f" to {value}" for value in response.header("location"))
    body = " ".join(told(response.body).split())[:_BODY_SHOWN]
    return told(f"{response.status}{location}") + (f' "{body}"' if body else " with an empty body")


def describe_backends(exchange: Exchange) -> str:
    """What the backends saw, on one line."""
    seen = [f"{each.app} received {each.method} {each.path}" for each in exchange.received]
    return told("; ".join(seen)) if seen else "no backend received it"


def describe_authorizer(exchange: Exchange) -> str:
    """What the authorizer was asked and decided, on one line."""
    seen = [each.decision for each in exchange.consulted]
    return told("; ".join(seen)) if seen else "not asked"


def describe(exchange: Exchange) -> str:
    """All sides of the exchange, one per line, and how to repeat it."""
    lines = [
        f"request:       {describe_request(exchange)}",
        f"client saw:    {describe_client(exchange)}",
        f"backends saw:  {describe_backends(exchange)}",
        f"authorizer:    {describe_authorizer(exchange)}",
        f"repeat with:   {curl(exchange)}",
    ]
    return "\n".join(lines)


def as_evidence(exchange: Exchange) -> dict[str, Any]:
    """The exchange as JSON can hold it, for a report that others can verify.

    Keys: ``request`` (endpoint, method, target, host, headers, tokens), ``nonce``, ``client`` (status,
    headers and body, or failure), ``backends``, ``authorizer``, ``milliseconds``, ``curl``. Headers are
    pairs in their order.
    """
    request, response = exchange.request, exchange.response
    client: dict[str, Any] = {"failure": told(exchange.failure or "no answer")}
    if response is not None:
        client = {
            "status": response.status,
            "headers": _shown_headers(response.headers),
            "body": told(response.body),
        }
    return {
        "request": {
            "endpoint": exchange.endpoint.url(""),
            "method": request.method,
            "target": told(request.target(_shown_parameter)),
            "host": request.host,
            "headers": [
                [told(name), _printable(_shown_header(name, value))] for name, value in request.headers
            ],
            "tokens": [_shown_token(token) for token in request.tokens],
        },
        "nonce": exchange.nonce,
        "client": client,
        "backends": [
            {
                "app": str(each.app),
                "method": each.method,
                "path": told(each.path),
                "headers": _shown_headers(each.headers),
            }
            for each in exchange.received
        ],
        "authorizer": [
            {
                "path": told(each.path),
                "headers": _shown_headers(each.headers),
                "decision": told(each.decision),
                "status": each.status,
            }
            for each in exchange.consulted
        ],
        "milliseconds": round(exchange.milliseconds, 2),
        "curl": curl(exchange),
    }


def _shown_token(token: Token) -> Mapping[str, Any]:
    return {
        "recipe": token.recipe,
        "issuer": token.issuer,
        "fingerprint": f"sha256:{token.fingerprint}",
        "header": _writable(token.header),
        "claims": _writable(token.claims),
    }


def _writable(members: Mapping[str, Any]) -> Any:
    """The same with ``?`` for each half of a surrogate pair, which JSON can say and UTF-8 cannot (RFC 8259, 8.2)."""
    return json.loads(json.dumps(dict(members), ensure_ascii=False).encode("utf-8", "replace"))


def _shown_header(name: str, value: str | Presented) -> str:
    return value.shown if isinstance(value, Presented) else redact_header(name, value)


def _shown_parameter(value: str | Presented) -> str:
    return value.shown if isinstance(value, Presented) else redact(value)


def _shown_headers(headers: Headers) -> list[list[str]]:
    return [[told(name), _printable(redact_header(name, value))] for name, value in headers]


def _printable(text: str) -> str:
    """Bytes that are no UTF-8 were kept as surrogates, which nothing can write."""
    return text.encode("utf-8", "backslashreplace").decode()
