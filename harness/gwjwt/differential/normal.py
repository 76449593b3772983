"""An exchange without what differs between any two runs: names, ports, nonces, times and fingerprints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAMESPACE = re.compile(r"gwjwt-[0-9a-f]{8}")
_ADDRESS = re.compile(r"\b127\.0\.0\.1:\d+")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{12}")

_OF_ONE_REQUEST = frozenset({"date", "x-request-id", "x-envoy-upstream-service-time"})
"""Headers that say something about one request and nothing about how it was judged."""


class Names:
    """Gives the namespaces of one scenario the names that they have by the order of their appearance."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def plain(self, text: str, nonce: str) -> str:
        """The text, equal in every run of the scenario that went the same way."""
        if nonce:
            text = text.replace(nonce, "<nonce>")
        text = _NAMESPACE.sub(lambda found: self._name(found[0]), text)
        return _FINGERPRINT.sub("sha256:<fingerprint>", _ADDRESS.sub("127.0.0.1:<port>", text))

    def _name(self, found: str) -> str:
        return self._known.setdefault(found, f"<namespace {len(self._known) + 1}>")


def parts(exchange: Mapping[str, Any], names: Names) -> dict[str, str]:
    """What of an exchange is compared, by the name of the part."""
    nonce = exchange["nonce"]
    client = exchange["client"]
    found = {"status": str(client.get("status", client.get("failure", "")))}
    if "body" in client:
        found["body of the answer"] = client["body"]
    found |= _headers(client.get("headers", ()), "of the answer")
    found["arrived at"] = ", ".join(sorted(each["app"] for each in exchange["backends"])) or "no backend"
    for each in exchange["backends"]:
        where = f"at {each['app']}"
        found[f"request line {where}"] = f"{each['method']} {each['path']}"
        found |= _headers(each["headers"], where)
    decisions = [each["decision"] for each in exchange["authorizer"]]
    found["authorizer"] = "; ".join(decisions) or "not asked"
    for each in exchange["authorizer"]:
        found["request line at the authorizer"] = each["path"]
        found |= _headers(each["headers"], "at the authorizer")
    return {names.plain(name, nonce): names.plain(value, nonce) for name, value in found.items()}


def _headers(headers: list[list[str]] | tuple[()], where: str) -> dict[str, str]:
    """By name; several of one name stand in their order, since their order means something (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower not in _OF_ONE_REQUEST:
            key = f"header {lower} {where}"
            found[key] = f"{found[key]} | {value}" if key in found else value
    return found
