"""The rules that an application publishes, as the relation carries them.

Source: seed "Add JWT request authentication to your charm", section "Define and publish JWT rules": six fields, of
which only ``issuer`` is required. On the wire they are a JSON list of objects; a field that is not given is absent or
null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError


class MalformedRules(ValueError):
    """The published text is not a list of rules; the message says where."""


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ClaimToHeader(_Published):
    header: str
    claim: str


class FromHeader(_Published):
    name: str
    prefix: str | None = None


class JWTRule(_Published):
    """One issuer to trust and how to handle its tokens."""

    issuer: str
    jwks_uri: str | None = None
    audiences: list[str] | None = None
    forward_original_token: bool | None = None
    claim_to_headers: list[ClaimToHeader] | None = None
    from_headers: list[FromHeader] | None = None


_RULES = TypeAdapter(list[JWTRule])


def publish(rules: Iterable[JWTRule]) -> str:
    """The text that a requirer writes into its databag: a JSON list, fields not given left out."""
    return json.dumps([rule.model_dump(exclude_none=True) for rule in rules])


def read(text: str) -> list[JWTRule]:
    """The rules in a published text, in their order.

    Raises:
        MalformedRules: not JSON, not a list, or one rule that does not have the documented shape (decision D4: one
            bad rule makes the whole list malformed).
    """
    try:
        return _RULES.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "rules"
        raise MalformedRules(f"{where}: {first['msg']}") from error
