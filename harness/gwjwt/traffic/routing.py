"""Verdicts about where a request is led and what of it is changed on the way. As in ``judgement``, pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import NoReturn

from gwjwt.errors import ClauseViolated, Inconclusive, Observation
from gwjwt.redaction import redact_header
from gwjwt.traffic.account import describe, told
from gwjwt.traffic.evidence import Exchange
from gwjwt.traffic.judgement import is_admitted
from gwjwt.traffic.judgements import judging
from gwjwt.words import AppName


@judging
def require_no_route(exchange: Exchange, control: Exchange, at: AppName) -> None:
    """No route matches the request: 404 from the proxy itself, while the control, which one matches, is admitted.

    Raises:
        ClauseViolated: it reached a backend, or was answered with something else that is final.
        Inconclusive: no answer, a 5xx, or a control that was not admitted.
    """
    expected = "no route matches: 404, and no backend receives it"
    if exchange.received:
        _fail(ClauseViolated, expected, "it reached a backend", exchange)
    if not is_admitted(control, at):
        _fail(Inconclusive, expected, "the paired request was not admitted", exchange)
    status = exchange.response.status if exchange.response else None
    if status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _fail(Inconclusive, expected, "there is no answer that says so", exchange)
    if status != HTTPStatus.NOT_FOUND:
        _fail(ClauseViolated, expected, f"the answer is {status}", exchange)


@judging
def require_challenge_for(exchange: Exchange, url: str) -> None:
    """The client is challenged for a Bearer token, once, and the realm is what it asked for (RFC 6750, section 3).

    Raises:
        ClauseViolated: there is no challenge, or another one.
    """
    expected = f'the challenge Bearer realm="{url}"'
    found = exchange.response.header("www-authenticate") if exchange.response else []
    if found != [f'Bearer realm="{url}"']:
        shown = " and ".join(redact_header("www-authenticate", each) for each in found) or "none"
        _fail(ClauseViolated, expected, f"the challenge is {shown}", exchange)


@judging
def require_values(exchange: Exchange, header: str, values: Sequence[str]) -> None:
    """The backend received these values of the header in this order, in one line or in several (decision D21).

    Raises:
        ClauseViolated: it received others.
        Inconclusive: there is no single arrival to look at.
    """
    expected = f"the backend receives {header} with {', '.join(values)}"
    if len(exchange.received) != 1:
        _fail(Inconclusive, expected, f"it arrived {len(exchange.received)} times", exchange)
    lines = exchange.received[0].header(header)
    found = [value.strip() for line in lines for value in line.split(",")]
    if found != list(values):
        _fail(
            ClauseViolated,
            expected,
            f"it received {redact_header(header, ', '.join(found)) or 'none'}",
            exchange,
        )


@judging
def require_no_parameters(exchange: Exchange) -> None:
    """The backend received the request without any query parameter.

    Raises:
        ClauseViolated: it has one.
        Inconclusive: there is no single arrival to look at.
    """
    expected = "the backend receives no query parameter"
    if len(exchange.received) != 1:
        _fail(Inconclusive, expected, f"it arrived {len(exchange.received)} times", exchange)
    if "?" in exchange.received[0].path:
        _fail(ClauseViolated, expected, "it received some", exchange)


@judging
def require_shown_to_authorizer(exchange: Exchange, header: str, value: str) -> None:
    """The authorizer was asked about this request, and saw the header with this value.

    Raises:
        ClauseViolated: it was not asked, or saw something else.
    """
    expected = f"the authorizer is shown {header}: {value}"
    if not exchange.consulted:
        _fail(ClauseViolated, expected, "it was not asked", exchange)
    headers = exchange.consulted[-1].headers
    if [text for name, text in headers if name.lower() == header.lower()] != [value]:
        _fail(ClauseViolated, expected, "it was shown something else", exchange)


def _fail(kind: type[Observation], expected: str, problem: str, exchange: Exchange) -> NoReturn:
    raise kind(told(f"expected:      {expected}\nbut:           {problem}\n") + describe(exchange))
