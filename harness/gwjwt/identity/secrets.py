"""The tokens that this process has minted, so that a report can recognise each and every larger piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_GRAM = 16


def fingerprint(encoded: str) -> str:
    """Twelve hexadecimal digits that tell two tokens apart and give neither away."""
    return hashlib.sha256(encoded.encode()).hexdigest()[:12]


class KnownTokens:
    """Encoded tokens with the label that may be shown in place of each.

    The segments of a token are indexed by their consecutive pieces of 16 characters. So each part of a
    segment that is at least 31 characters long holds one of them, wherever it was cut. A token with fewer
    than 16 characters is no secret and is not kept.
    """

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._grams: set[str] = set()

    def remember(self, encoded: str, label: str) -> None:
        """From now on ``encoded`` is to be shown as ``label``."""
        if len(encoded) < _GRAM or encoded in self._labels:
            return
        self._labels[encoded] = label
        for segment in encoded.split("."):
            self._grams.update(segment[at : at + _GRAM] for at in range(0, len(segment) - _GRAM + 1, _GRAM))

    def label(self, text: str) -> str | None:
        """What to show in place of this token; None if it is not one, but perhaps a piece of one."""
        return self._labels.get(text)

    def holds_piece(self, text: str) -> bool:
        """Whether a piece of a known token, cut anywhere, stands somewhere in the text."""
        return any(text[at : at + _GRAM] in self._grams for at in range(len(text) - _GRAM + 1))

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._labels))


KNOWN = KnownTokens()
"""Every token that this process has minted."""
