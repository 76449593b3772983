"""The evidence of one scenario as a reader meets it: by step, requests with what all sides saw, judgements, figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = Mapping[str, Any]
"""A line of evidence.jsonl."""

_ADDED_BY_PROXIES = (
    "connection", "content-length", "date", "server", "x-envoy-", "x-forwarded-for", "x-forwarded-proto",
    "x-gwjwt-nonce", "x-request-id",
)  # fmt: skip
"""How the names of headers begin that a proxy, or the suite for its own purposes, adds to whatever it passes on."""

_LONGEST_BODY = 2000
"""Characters of a body that are shown."""


@dataclass(frozen=True)
class Seen:
    """What one side saw or said of a request: a line that says which side, and a text as it was on the wire."""

    side: str
    text: str


@dataclass(frozen=True)
class Request:
    """A request with what became of it."""

    line: str
    """Method, target and tokens."""
    outcome: str
    """The status, or why there was none."""
    purpose: str
    milliseconds: float | None
    seen: tuple[Seen, ...]
    curl: str
    left_out: int = 0
    """How many headers are not told."""


@dataclass(frozen=True)
class Finding:
    """A judgement, an observation or a measurement, in words; ``holds`` is None where nothing is judged."""

    text: str
    holds: str | None = None


@dataclass
class Step:
    """A step and all that happened in it."""

    keyword: str
    text: str
    line: int | None
    at: float
    """Milliseconds since the scenario began."""
    until: float | None = None
    happened: list[Request | Finding] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(isinstance(each, Request) for each in self.happened)


def steps_of(entries: Sequence[Entry], *, seconds: float, whole: bool) -> list[Step]:
    """What happened, step by step.

    Args:
        entries: those of one scenario, in their order.
        seconds: how long it took.
        whole: with every header; else without those that proxies add.
    """
    steps: list[Step] = []
    for entry in entries:
        if entry.get("purpose") == "step":
            at = float(entry.get("atMilliseconds", 0.0))
            if steps:
                steps[-1].until = at
            keyword, _, text = str(entry.get("step", "")).partition(" ")
            steps.append(Step(keyword, text, entry.get("line"), at))
            continue
        if not steps:
            steps.append(Step("", "", None, 0.0))
        steps[-1].happened.append(_happened(entry, whole=whole))
    if steps:
        steps[-1].until = max(seconds * 1000, steps[-1].at)
    return steps


def _happened(entry: Entry, *, whole: bool) -> Request | Finding:
    if "nonce" in entry and "request" in entry:
        return _request(entry, whole=whole)
    match entry.get("purpose"):
        case "judgement":
            words = str(entry.get("function", "")).removeprefix("require_").replace("_", " ")
            told = ", ".join(_told_arguments(entry.get("arguments", {})))
            return Finding(f"{words}: {told}" if told else words, str(entry.get("outcome", "")))
        case "observation":
            return Finding(f"recorded: {entry.get('text', '')}")
        case "watched" if "passage" in entry:
            return Finding(passage_told(entry["passage"]))
        case _:
            bare = {key: value for key, value in entry.items() if key not in {"scenario", "entry"}}
            return Finding(compact(bare))


def passage_told(passage: Mapping[str, Any]) -> str:
    """What got through while one change was made."""
    admitted, sent = passage.get("admitted", 0), passage.get("sent", 0)
    told = f"change {passage.get('change')}: {admitted} of {sent} requests with {passage.get('with')} got through"
    return f"{told}, within {passage.get('windowMilliseconds', 0):g} ms" if admitted else told


def _told_arguments(arguments: Mapping[str, Any]) -> Iterator[str]:
    """What a judgement was told to find, without the requests that it was made of."""
    for name, value in arguments.items():
        match value:
            case {"nonce": _}:
                continue
            case {"app": app}:
                yield f"at {app}"
            case dict() if len(value) == 1 and name in value:
                yield f"{name} {compact(value[name])}"
            case _:
                yield f"{name} {value if isinstance(value, str) else compact(value)}"


def _request(entry: Entry, *, whole: bool) -> Request:
    request, client = entry["request"], entry.get("client", {})
    tokens = [_token_name(each) for each in request.get("tokens", [])]
    account = _Account(whole=whole)
    seen = [
        *(Seen("token", _token(each)) for each in request.get("tokens", [])),
        Seen(
            "client", account.message(_status_line(client), client.get("headers", []), client.get("body", ""))
        ),
        *(
            Seen(
                f"{each.get('app', 'workload')}",
                account.message(f"{each.get('method')} {each.get('path')}", each.get("headers", [])),
            )
            for each in entry.get("backends", [])
        ),
        *(
            Seen(
                f"authorizer: {each.get('decision')}",
                account.message(f"{each.get('path')} gets {each.get('status')}", each.get("headers", [])),
            )
            for each in entry.get("authorizer", [])
        ),
    ]
    return Request(
        line=f"{request.get('method')} {request.get('target')} with {' and '.join(tokens) or 'no token'}",
        outcome=_status_line(client),
        purpose=str(entry.get("purpose", "")),
        milliseconds=entry.get("milliseconds"),
        seen=tuple(seen),
        curl=str(entry.get("curl", "")),
        left_out=account.left_out,
    )


def _status_line(client: Mapping[str, Any]) -> str:
    return str(client["status"]) if "status" in client else str(client.get("failure", "no answer"))


def _token_name(token: Mapping[str, Any]) -> str:
    issuer = token.get("issuer")
    return f"{token.get('recipe')} token" + (f" of {issuer}" if issuer else "")


def _token(token: Mapping[str, Any]) -> str:
    parts = [_token_name(token), str(token.get("fingerprint", ""))]
    return "\n".join(
        [", ".join(filter(None, parts)), compact(token.get("header", {})), compact(token.get("claims", {}))]
    )


class _Account:
    """Writes messages, and counts the headers that it leaves out."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self.left_out = 0

    def message(self, first: str, headers: Iterable[Sequence[str]], body: str = "") -> str:
        lines = [first]
        for name, value in headers:
            if self._whole or not name.lower().startswith(_ADDED_BY_PROXIES):
                lines.append(f"{name}: {value}")
            else:
                self.left_out += 1
        if body:
            lines += ["", shortened(body)]
        return "\n".join(lines)


def shortened(text: str, most: int = _LONGEST_BODY) -> str:
    """The text, or its beginning with a word about the rest."""
    rest = len(text) - most
    return f"{text[:most]}… ({rest} more characters in evidence.jsonl)" if rest > 0 else text


def compact(value: Any) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False)
