"""What must differ between two runs (names made up for a run, ports, times), replaced by what both have in common.

A name becomes a number by its first appearance, so what is told apart in a run stays told apart: the namespace of
another app, the port of another gateway and the token of somebody else are still differences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMESPACE = re.compile(r"(?<![\w-])(gwjwt-)([0-9a-f]{8})(?![0-9a-f])")
_PORT = re.compile(r"(?<![\d.])(127\.0\.0\.1:)(\d{2,5})(?!\d)")
_FINGERPRINT = re.compile(r"(sha256:)([0-9a-f]{12})(?![0-9a-f])")

_OWN_TO_EACH_REQUEST = {
    "date": re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT"),
    "x-request-id": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "x-envoy-upstream-service-time": re.compile(r"\d+"),
}
"""Headers whose value is another one each time, with the form that it must have to count as such."""


class Names:
    """The names that one run made up for one scenario."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Number the names in these texts before any other."""
        for text in texts:
            self.common(text)

    def common(self, text: str) -> str:
        """The text as it reads in every run."""
        for pattern in (_NAMESPACE, _PORT):
            text = pattern.sub(self._numbered, text)
        return text

    def _numbered(self, found: re.Match[str]) -> str:
        prefix, name = found.groups()
        numbers = self._numbers.setdefault(prefix, {})
        return f"{prefix}#{numbers.setdefault(name, len(numbers) + 1)}"


class ExchangeNames:
    """What one request brought along, on top of the names of its scenario."""

    def __init__(self, scenario: Names, nonce: str, fingerprints: Iterable[str]) -> None:
        """``fingerprints``: of the tokens that the request presents, in their order."""
        self._scenario = scenario
        self._nonce = nonce
        self._tokens: dict[str, int] = {}
        for each in fingerprints:
            self._tokens.setdefault(each.removeprefix("sha256:"), len(self._tokens) + 1)

    def common(self, text: str) -> str:
        """The text as it reads in every run; ``sha256:#1`` is the first token of the request."""
        if self._nonce:
            text = text.replace(self._nonce, "<nonce>")
        return self._scenario.common(_FINGERPRINT.sub(self._token, text))

    def header(self, name: str, value: str) -> str:
        """The value of a header as it reads in every run."""
        pattern = _OWN_TO_EACH_REQUEST.get(name)
        return f"<any {name}>" if pattern and pattern.fullmatch(value) else self.common(value)

    def _token(self, found: re.Match[str]) -> str:
        number = self._tokens.get(found[2])
        return f"{found[1]}#{number}" if number else f"{found[1]}<of another request>"
