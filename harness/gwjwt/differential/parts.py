"""What there is to compare of one request: its parts by name, each with its values in an order of their own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gwjwt.differential.documents import Entry
from gwjwt.differential.names import ExchangeNames, Names

Parts = Mapping[str, tuple[str, ...]]
"""A part that is not there has no values."""

_NO_BEHAVIOUR = {"milliseconds", "curl", "nonce"}
"""Of an entry: how long it took, and what only repeats the rest."""

_NOT_PLAIN = {"request", "client", "backends", "authorizer"} | _NO_BEHAVIOUR


def parts_of_all(entries: Sequence[Entry]) -> list[Parts]:
    """The parts of each entry of a scenario, without what must differ between runs."""
    names = Names()
    names.learn(text for entry in entries for text in _sent(entry))
    return [_parts(entry, names) for entry in entries]


def title(parts: Parts) -> str:
    """The request, on one line after a colon; empty for evidence of something else."""
    return "".join(f": {line}" for line in parts.get("request", ()))


def _sent(entry: Entry) -> Iterator[str]:
    request = entry.get("request") or {}
    yield from (request.get("endpoint") or "", request.get("target") or "")


def _parts(entry: Entry, names: Names) -> Parts:
    request = entry.get("request")
    if request is None:
        return {key: (names.common(json.dumps(value, sort_keys=True)),) for key, value in entry.items()}
    fingerprints = [each["fingerprint"] for each in request["tokens"]]
    own = ExchangeNames(names, entry["nonce"], fingerprints)
    others = {key: (own.common(str(value)),) for key, value in entry.items() if key not in _NOT_PLAIN}
    return {
        **others,
        **_request(request, own),
        **_client(entry["client"], own),
        **_recorded("backend", entry["backends"], ("app", "method", "path"), own),
        **_recorded("authorizer", entry["authorizer"], ("path", "decision", "status"), own),
    }


def _request(request: Mapping[str, Any], names: ExchangeNames) -> Parts:
    tokens = [f"<{each['recipe']} token of {each['issuer']}>" for each in request["tokens"]]
    line = f"{request['method']} {request['target']} with {' and '.join(tokens) or 'no token'}"
    return {
        "request": (names.common(line),),
        "request endpoint": (names.common(request["endpoint"]),),
        "request host": (names.common(request["host"] or ""),),
        **_headers("request", request["headers"], names),
    }


def _client(client: Mapping[str, Any], names: ExchangeNames) -> Parts:
    if "failure" in client:
        return {"client failure": (names.common(str(client["failure"])),)}
    return {
        "client status": (str(client["status"]),),
        "client body": (names.common(client["body"]),),
        **_headers("client", client["headers"], names),
    }


def _recorded(
    who: str, records: Sequence[Mapping[str, Any]], keys: Iterable[str], names: ExchangeNames
) -> Parts:
    """What a side that records has seen, and of each record its headers."""
    found: dict[str, tuple[str, ...]] = {
        who: tuple(names.common(" ".join(str(record[key]) for key in keys)) for record in records)
    }
    for number, record in enumerate(records, start=1):
        found |= _headers(who if len(records) == 1 else f"{who} {number}", record["headers"], names)
    return found


def _headers(who: str, headers: Iterable[Sequence[str]], names: ExchangeNames) -> Parts:
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        values[f"{who} header {name.lower()}"].append(names.header(name.lower(), value))
    return {name: tuple(sorted(each)) for name, each in values.items()}
