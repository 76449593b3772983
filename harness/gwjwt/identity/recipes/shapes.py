"""What is no token at all, or none that can be read."""

from __future__ import annotations

import secrets

from gwjwt.identity.keys import base64url
from gwjwt.identity.recipes.registry import register
from gwjwt.identity.tokens import Draft, segment, sign


@register("refused")
def not_a_jwt(_good: Draft) -> str:
    """Random characters without a dot, like an opaque access token."""
    return secrets.token_urlsafe(32)


@register("refused")
def two_segments(good: Draft) -> str:
    """Header and payload only (RFC 7515, section 7.1: three parts)."""
    return good.signing_input


@register("refused")
def four_segments(good: Draft) -> str:
    """A valid token and one part more (RFC 7515, section 7.1: three parts)."""
    return f"{good.signed()}.{segment(dict(good.header))}"


@register("refused")
def undecodable_header(good: Draft) -> str:
    """The header has a length that base64url cannot have (RFC 7515, section 5.2)."""
    header, _, payload = good.signing_input.partition(".")
    return sign(f"{header}{'A' * ((1 - len(header)) % 4)}.{payload}", good.signer.key)


@register("refused")
def header_not_json(good: Draft) -> str:
    """The header decodes to text that is not JSON (RFC 7515, section 5.2)."""
    return sign(f"{base64url(b'alg: ES256, typ: JWT, not json')}.{segment(good.claims)}", good.signer.key)


@register("refused")
def payload_not_json(good: Draft) -> str:
    """The payload decodes to text that is not JSON (RFC 7519, section 7.2); the signature is right."""
    return sign(f"{segment(good.header)}.{base64url(b'sub: somebody, not json')}", good.signer.key)


@register("refused")
def payload_a_list(good: Draft) -> str:
    """The payload is JSON, but no object (RFC 7519, section 7.2); the signature is right."""
    return sign(f"{segment(good.header)}.{segment([dict(good.claims)])}", good.signer.key)


@register("refused")
def empty(_good: Draft) -> str:
    """No character at all where a token should stand."""
    return ""
