"""Judgements written down beside the evidence, and made again from what was written.

Evidence holds no secrets, so what is compared is what may be told: a token by its label, in which the fingerprint tells
tokens apart. A value that is hidden altogether cannot be compared, and is never taken for equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from gwjwt.redaction import HIDDEN, redact_header
from gwjwt.traffic import judgement, routing
from gwjwt.traffic.account import told
from gwjwt.traffic.evidence import Consulted, Exchange, Headers, Presented, Received, Request, Response
from gwjwt.traffic.judgements import JUDGING, Judgement, Outcome, outcome_of
from gwjwt.words import AppName, Endpoint

JUDGEMENT = "judgement"
"""The purpose of an entry that tells of a judgement, beside those of requests."""

MODULES = (judgement, routing)
"""Where the judging functions are: whoever repeats one needs them imported."""


class Unrepeatable(ValueError):
    """The judgement cannot be made again: it is no judgement, what it is about is missing, or a value is hidden."""


class Hidden(Unrepeatable):
    """What was compared is a secret, so that the evidence does not show it."""


def as_entry(made: Judgement) -> dict[str, Any]:
    """A judgement as JSON. An exchange in it is named by its nonce; its evidence is an entry of its own.

    Keys: ``purpose``, ``function``, ``arguments``, ``outcome``.
    """
    header = made.arguments.get("name", made.arguments.get("header"))
    return {
        "purpose": JUDGEMENT,
        "function": made.function,
        "arguments": {name: _shown(value, name, header) for name, value in made.arguments.items()},
        "outcome": made.outcome.value,
    }


def _shown(value: object, parameter: str, header: object) -> Any:
    match value:
        case Exchange():
            return {"nonce": value.nonce}
        case AppName():
            return {"app": str(value)}
        case frozenset():
            return {"statuses": sorted(value)}
        case int() | None:
            return value
        case str() | Presented():
            return _shown_text(value, header if parameter in {"value", "values"} else None)
        case Iterable():
            shown = [_shown(each, parameter, header) for each in value]
            return {"apps": [each["app"] for each in shown]} if _is_chain(value) else shown
    raise TypeError(f"{parameter}: a judgement cannot take {type(value).__name__}")


def _is_chain(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(each, AppName) for each in value)


def _shown_text(value: str | Presented, header: object) -> str:
    """The text in the form in which the evidence has it: that of a header's value, or of any other text."""
    if isinstance(value, Presented):
        return told(value.prefix + value.token.label)
    return told(redact_header(header, value) if isinstance(header, str) else value)


def exchange_in(entry: Mapping[str, Any]) -> Exchange:
    """The exchange that an entry is evidence of (see ``gwjwt.traffic.account.as_evidence``), as far as it is told.

    Raises:
        Unrepeatable: it is evidence of no exchange.
    """
    try:
        request, client = entry["request"], entry["client"]
        url = urlsplit(request["endpoint"])
        return Exchange(
            Endpoint(str(url.hostname), int(url.port or 0)),
            Request(request["target"], request["method"], _headers(request["headers"]), request["host"]),
            entry["nonce"],
            Response(client["status"], _headers(client["headers"]), client["body"])
            if "status" in client
            else None,
            client.get("failure"),
            tuple(
                Received(_app(each["app"]), each["method"], each["path"], _headers(each["headers"]))
                for each in entry["backends"]
            ),
            tuple(
                Consulted(each["path"], _headers(each["headers"]), each["decision"], each["status"])
                for each in entry["authorizer"]
            ),
            entry["milliseconds"],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unrepeatable(f"this is no evidence of a request: {error!r}") from error


def recipes_in(entry: Mapping[str, Any]) -> list[str]:
    """The kinds of the tokens that the request presents which an entry is evidence of.

    Raises:
        Unrepeatable: it is evidence of no request.
    """
    try:
        return [str(token["recipe"]) for token in entry["request"]["tokens"]]
    except (KeyError, TypeError) as error:
        raise Unrepeatable(f"this is no evidence of a request: {error!r}") from error


def repeat(entry: Mapping[str, Any], exchanges: Mapping[str, Exchange]) -> Outcome:
    """Make the judgement again.

    Args:
        entry: of ``as_entry``.
        exchanges: what is known of each request by its nonce, when the judgement was made.

    Raises:
        Unrepeatable: it is no judgement of this suite, or about a request that is not there.
        Hidden: it compares something that the evidence may not show.
    """
    try:
        judge, arguments = JUDGING[entry["function"]], entry["arguments"]
        known = {name: _read(value, exchanges) for name, value in arguments.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unrepeatable(f"this is no judgement that can be made again: {error!r}") from error
    if HIDDEN in str(known.get("value", "")):
        raise Hidden(f"{entry['function']} compares what the evidence may not show")
    try:
        return outcome_of(lambda: judge(**known))
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise Unrepeatable(f"{entry['function']} cannot be made again of this: {error!r}") from error


def _read(value: Any, exchanges: Mapping[str, Exchange]) -> Any:
    match value:
        case {"nonce": str(nonce)}:
            return exchanges[nonce]
        case {"app": str(app)}:
            return _app(app)
        case {"apps": list(apps)}:
            return tuple(map(_app, apps))
        case {"statuses": list(statuses)}:
            return frozenset(statuses)
        case str() | int() | list() | None:
            return value
        case _:
            raise ValueError(f"{value!r} is no argument of a judgement")


def _app(text: str) -> AppName:
    namespace, _, name = text.partition("/")
    return AppName(namespace, name)


def _headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    return tuple((str(name), str(value)) for name, value in pairs)
