"""Secrets taken out of whole documents."""

from __future__ import annotations

from typing import Any

from gwjwt.traffic.redaction import redact


def redacted(content: Any) -> Any:
    """The JSON-like content with every secret in its texts taken out; keys and other values stay as they are."""
    match content:
        case str():
            return redact(content)
        case dict():
            return {key: redacted(value) for key, value in content.items()}
        case list() | tuple():
            return [redacted(value) for value in content]
        case _:
            return content
