"""From evidence to a verdict. Pure functions: they return if all is well and raise a typed error if not.

What proves nothing never counts as a refusal: a 404, a 5xx, a time-out, a broken connection are
inconclusive, and so is a refusal whose paired request did not succeed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import NoReturn

from gwjwt.errors import ClauseViolated, Inconclusive, Observation
from gwjwt.redaction import redact_header
from gwjwt.traffic.account import describe, describe_backends, describe_client, describe_request, told
from gwjwt.traffic.evidence import AUTHORIZER_MARKER, LOGIN_PAGE, MARKER, Exchange, Presented, Received
from gwjwt.traffic.judgements import judging
from gwjwt.words import AppName

REFUSALS = frozenset({int(HTTPStatus.UNAUTHORIZED), int(HTTPStatus.FORBIDDEN)})
"""The statuses with which a gateway refuses (decision D1)."""


UPSTREAM_TIME = "x-envoy-upstream-service-time"


Way = AppName | tuple[AppName, ...]
"""Who receives a request that passes: one app, or those of a chain, each called by the one before."""


def is_admitted(exchange: Exchange, at: Way | None = None) -> bool:
    """Whether the request arrived exactly once, at that app if one is named, and its own answer came back.

    At a chain it has to arrive exactly once at each of the apps, in their order.
    """
    response, apps = exchange.response, [each.app for each in exchange.received]
    if response is None or response.status != HTTPStatus.OK or not apps:
        return False
    wanted = apps[:1] if at is None else _apps(at)
    return apps == wanted and _is_answer_of(apps[0], exchange)


def is_kept_out(exchange: Exchange) -> bool:
    """Whether the gateway refused it or had the authorizer answer, and no backend has it."""
    answered = _status(exchange) in REFUSALS or _is_answer_of_authorizer(exchange)
    return answered and not exchange.received


@judging
def require_admitted(exchange: Exchange, at: Way) -> None:
    """The request reached the app, exactly once, or each app of a chain, and the client got the (first) app's answer.

    Raises:
        ClauseViolated: it was refused, or answered by the authorizer, or it arrived elsewhere or repeatedly.
        Inconclusive: there is no answer that says so: no connection, a time-out, 404, 5xx.
    """
    if is_admitted(exchange, at):
        return
    wanted = _apps(at)
    expected = f"admitted: 200 from {wanted[0]}, which records the request exactly once"
    if len(wanted) > 1:
        expected += f", and so does each of {', '.join(map(str, wanted[1:]))} behind it"
    apps = [each.app for each in exchange.received]
    if any(app not in wanted for app in apps):
        _fail(ClauseViolated, expected, "it arrived elsewhere", exchange)
    if any(apps.count(app) > 1 for app in wanted):
        _fail(ClauseViolated, expected, f"it arrived {len(apps)} times", exchange)
    if _status(exchange) in REFUSALS:
        _fail(ClauseViolated, expected, "it was refused", exchange)
    if _is_answer_of_authorizer(exchange):
        _fail(ClauseViolated, expected, "the authorizer answered instead", exchange)
    _fail(
        Inconclusive,
        expected,
        "the answer says neither yes nor no",
        exchange,
    )


@judging
def require_refused(
    exchange: Exchange,
    control: Exchange,
    statuses: frozenset[int] = REFUSALS,
    at: Way | None = None,
) -> None:
    """The request was refused by the gateway, on purpose and before any backend.

    Args:
        exchange: the judged request. Look at it again after the control was sent: see ``Probe``.
        control: the paired request, which differs in what makes the first one wrong. That it is admitted
            shows that route, backend and nonce work, so that the absence of the first means something.
        statuses: the documented ones.
        at: the app behind the route, or the chain, which must be what admits the control.

    Raises:
        ClauseViolated: it reached a backend, whatever the client saw; or the refusal has another status than
            documented; or the authorizer answered it.
        Inconclusive: another answer, none at all, or a control that was not admitted.
    """
    expected = f"refused with {_either(statuses)}, and no backend receives it"
    _require_no_arrival(exchange, expected)
    status = _status(exchange)
    if _is_answer_of_authorizer(exchange):
        _fail(ClauseViolated, expected, "the authorizer answered instead of a refusal", exchange)
    if status not in statuses | REFUSALS:
        _fail(Inconclusive, expected, "the answer is no refusal, and none of a backend either", exchange)
    _require_control(control, expected, exchange, at)
    if status not in statuses:
        _fail(ClauseViolated, expected, "it was refused with another status than documented", exchange)


@judging
def require_no_arrival(exchange: Exchange) -> None:
    """No backend received the request, whatever the client was told, if anything. Look at it again before.

    Raises:
        ClauseViolated: it reached a backend.
    """
    _require_no_arrival(exchange, "no backend receives it")


@judging
def require_kept_out(exchange: Exchange, control: Exchange) -> None:
    """No backend received the request; whether gateway or authorizer answered is open (decision D6).

    Raises:
        ClauseViolated: it reached a backend.
        Inconclusive: no answer of gateway or authorizer, or a control that was not admitted.
    """
    expected = f"kept out: refused with {_either(REFUSALS)} or answered by the authorizer"
    _require_no_arrival(exchange, expected)
    if not is_kept_out(exchange):
        _fail(Inconclusive, expected, "the answer is neither", exchange)
    _require_control(control, expected, exchange)


@judging
def require_authorizer_answer(exchange: Exchange, status: int | None = None) -> None:
    """The client got the authorizer's own answer to this request, and no backend received it.

    Args:
        exchange: the judged request.
        status: the one expected, such as 302 for the login redirect; None expects what the authorizer gave.

    Raises:
        ClauseViolated: it reached a backend, or the gateway refused it, or changed the authorizer's status.
        Inconclusive: no answer, or one of which nobody knows the origin.
    """
    expected = "answered by the authorizer" + (f" with {status:d}" if status else "")
    _require_no_arrival(exchange, expected)
    if exchange.consulted and _is_answer_of_authorizer(exchange):
        given = exchange.consulted[-1].status
        if _status(exchange) != (given if status is None else status):
            _fail(ClauseViolated, expected, f"the authorizer's status was {given}", exchange)
        return
    if _status(exchange) in REFUSALS:
        _fail(ClauseViolated, expected, "the gateway refused it", exchange)
    _fail(Inconclusive, expected, "the answer is not the authorizer's", exchange)


@judging
def require_login_redirect(exchange: Exchange) -> None:
    """The authorizer sent the client to its login page, and no backend received the request.

    Raises:
        ClauseViolated: it reached a backend, or the gateway refused it, or it was sent somewhere else.
        Inconclusive: no answer, or one of which nobody knows the origin.
    """
    require_authorizer_answer(exchange, HTTPStatus.FOUND)
    places = exchange.response.header("location") if exchange.response else []
    if places != [LOGIN_PAGE]:
        _fail(ClauseViolated, f"sent to {LOGIN_PAGE}", f"it was sent to {places}", exchange)


@judging
def require_consulted(exchange: Exchange) -> None:
    """The authorizer was asked about this request.

    Raises:
        ClauseViolated: it was not, and the request was forwarded or refused.
        Inconclusive: it was not, and nothing tells whether anybody decided about the request.
    """
    _require_asked(exchange, "the authorizer is asked")


@judging
def require_approved(exchange: Exchange) -> None:
    """The authorizer was asked about this request, and allowed it.

    Raises:
        ClauseViolated: it was not asked, or did not allow it.
        Inconclusive: as in ``require_consulted``.
    """
    expected = "the authorizer is asked and allows it"
    _require_asked(exchange, expected)
    if exchange.consulted[-1].status != HTTPStatus.OK:
        _fail(ClauseViolated, expected, "it did not allow it", exchange)


def _require_asked(exchange: Exchange, expected: str) -> None:
    if exchange.consulted:
        return
    decided = exchange.received or _status(exchange) in REFUSALS
    _fail(ClauseViolated if decided else Inconclusive, expected, "it was not asked", exchange)


@judging
def require_not_consulted(exchange: Exchange) -> None:
    """The authorizer was not asked about this request.

    Raises:
        ClauseViolated: it was.
    """
    if exchange.consulted:
        _fail(ClauseViolated, "the authorizer is not asked", "it was", exchange)


@judging
def require_header(exchange: Exchange, name: str, value: str | Presented) -> None:
    """The backend received the header exactly once, with exactly this value.

    Raises:
        ClauseViolated: it is missing, repeated, or has another value.
        Inconclusive: there is no single arrival to look at.
    """
    wanted = value.value if isinstance(value, Presented) else value
    shown = value.shown if isinstance(value, Presented) else redact_header(name, value)
    expected = f"the backend receives {name}: {shown}, exactly once"
    found = _single_arrival(exchange, expected).header(name)
    if found != [wanted]:
        _fail(ClauseViolated, expected, f"it received {_listed(name, found)}", exchange)


@judging
def require_no_header(exchange: Exchange, name: str) -> None:
    """The backend received the request without this header.

    Raises:
        ClauseViolated: it has the header.
        Inconclusive: there is no single arrival to look at.
    """
    expected = f"the backend receives no {name}"
    found = _single_arrival(exchange, expected).header(name)
    if found:
        _fail(ClauseViolated, expected, f"it received {_listed(name, found)}", exchange)


@judging
def require_no_value(exchange: Exchange, values: Iterable[str]) -> None:
    """The backend received the request without a header that has one of these values.

    Raises:
        ClauseViolated: a header has.
        Inconclusive: there is no single arrival to look at.
    """
    expected, unwanted = "the backend receives no header with a claim of the token", set(values)
    for name, value in _single_arrival(exchange, expected).headers:
        if value in unwanted:
            _fail(ClauseViolated, expected, f"it received {_listed(name, [value])}", exchange)


@judging
def require_answered_by_gateway(refusal: Exchange, admitted: Exchange) -> None:
    """The gateway itself gave the one answer, and passed the other on from behind it.

    Source: Envoy documentation, HTTP header ``x-envoy-upstream-service-time``: how long what is behind it has taken.

    Raises:
        ClauseViolated: the refusal came from behind the gateway.
        Inconclusive: nothing tells answers from behind it.
    """
    expected = "the gateway itself refuses, and nothing behind it is asked"
    if admitted.response is None or not admitted.response.header(UPSTREAM_TIME):
        _fail(Inconclusive, expected, "an answer from behind the gateway cannot be told", admitted)
    if refusal.response is None or refusal.response.header(UPSTREAM_TIME):
        _fail(ClauseViolated, expected, "the refusal comes from behind the gateway", refusal)


@judging
def require_body(exchange: Exchange, text: str) -> None:
    """The client got exactly this text.

    Raises:
        ClauseViolated: it got another one, or no answer.
    """
    if exchange.response is None or exchange.response.body != text:
        _fail(ClauseViolated, f"the client is told {text!r}", "it is not", exchange)


@judging
def require_told(exchange: Exchange, text: str) -> None:
    """The client was told this text, among whatever else.

    Raises:
        ClauseViolated: it was not, or got no answer.
    """
    if exchange.response is None or text not in exchange.response.body:
        _fail(ClauseViolated, f"the client is told {text!r}", "it is not", exchange)


def count_of_last(exchange: Exchange) -> int:
    """How many requests the last app of a chain had received since it was started, by the answer to this one.

    Raises:
        Inconclusive: the answer does not come from the end of a chain.
    """
    found = re.search(r": (\d+)\"}$", exchange.response.body) if exchange.response else None
    if found is None:
        _fail(
            Inconclusive,
            "the answer tells how many requests the last app has received",
            "it does not",
            exchange,
        )
    return int(found[1])


@judging
def require_challenge(exchange: Exchange, error: str) -> None:
    """The client got one challenge for a Bearer token, with this error (RFC 6750, section 3).

    Raises:
        ClauseViolated: it got none, another one, or no answer.
    """
    found = exchange.response.header("www-authenticate") if exchange.response else []
    expected = f"the client gets a challenge for a Bearer token with the error {error}"
    if len(found) != 1 or not found[0].startswith("Bearer ") or f'error="{error}"' not in found[0]:
        _fail(ClauseViolated, expected, f"it gets {_listed('www-authenticate', found)}", exchange)


def _apps(at: Way) -> list[AppName]:
    return list(at) if isinstance(at, tuple) else [at]


def _require_no_arrival(exchange: Exchange, expected: str) -> None:
    if exchange.received:
        _fail(ClauseViolated, expected, "it reached a backend", exchange)


def _require_control(control: Exchange, expected: str, exchange: Exchange, at: Way | None = None) -> None:
    if not is_admitted(control, at):
        seen = f"{describe_client(control)}; {describe_backends(control)}"
        paired = f"the paired request, {describe_request(control)}, was not admitted: {seen}"
        _fail(Inconclusive, expected, paired, exchange)


def _single_arrival(exchange: Exchange, expected: str) -> Received:
    if len(exchange.received) != 1:
        _fail(Inconclusive, expected, f"it arrived {len(exchange.received)} times", exchange)
    return exchange.received[0]


def _status(exchange: Exchange) -> int | None:
    return exchange.response.status if exchange.response else None


def _is_answer_of(app: AppName, exchange: Exchange) -> bool:
    """Whether the body is the one that this app's backend made for this very request."""
    try:
        body = json.loads(exchange.response.body) if exchange.response else None
    except ValueError:
        return exchange.request.method == "HEAD"
    return isinstance(body, dict) and body.get(MARKER) == str(app) and body.get("nonce") == exchange.nonce


def _is_answer_of_authorizer(exchange: Exchange) -> bool:
    """Whether the answer carries the mark that the authorizer made for this very request."""
    return exchange.response is not None and exchange.response.header(AUTHORIZER_MARKER) == [exchange.nonce]


def _either(statuses: frozenset[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))


def _listed(name: str, values: Iterable[str]) -> str:
    shown = [redact_header(name, value) for value in values]
    return " and ".join(f"{name}: {value}" for value in shown) if shown else f"no {name}"


def _fail(kind: type[Observation], expected: str, problem: str, exchange: Exchange) -> NoReturn:
    raise kind(told(f"expected:      {expected}\nbut:           {problem}\n") + describe(exchange))
