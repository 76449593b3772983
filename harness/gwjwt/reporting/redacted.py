"""Secrets taken out of whole documents."""

from __future__ import annotations

from typing import Any

from gwjwt.redaction import redact


def redacted(content: Any) -> Any:
    """The JSON-like content with every secret in its texts taken out; all else stays as it is."""
    match content:
        case str():
            return redact(content)
        case dict():
            return {key: redacted(value) for key, value in content.items()}
        case list() | tuple():
            return [redacted(value) for value in content]
        case _:
            return content
