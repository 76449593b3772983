"""Tokens by recipe: one valid kind, and the ways in which a token can be wrong.

A recipe is named in the words that a feature uses (``expired``, ``foreign-key``). ``gwjwt.identity.recipes``
holds them; this module has what they are made of.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gwjwt.identity.keys import SigningKey, base64url
from gwjwt.identity.secrets import KNOWN, fingerprint

Claims = Mapping[str, Any]

LIFETIME = 3600
"""Seconds from ``iat`` to ``exp`` of a valid token."""

FAR_FROM_NOW = 300
"""Seconds between now and a limit of the validity period that a recipe breaks; Envoy allows a skew of 60."""


@dataclass(frozen=True)
class Token:
    """A token as it is sent, with what may be told about it. Two tokens are equal if they are sent alike."""

    encoded: str = field(repr=False)
    recipe: str
    issuer: str
    """The name of the issuer that minted it, which need not be the ``iss`` that it carries."""
    header: Mapping[str, Any] = field(compare=False)
    claims: Claims = field(compare=False)
    """What header and payload say after decoding; empty where they cannot be decoded."""

    @property
    def fingerprint(self) -> str:
        """The start of the SHA-256 of ``encoded``, in hexadecimal digits."""
        return fingerprint(self.encoded)

    @property
    def label(self) -> str:
        """What stands in a report in place of the token."""
        return f"<{self.recipe} token of {self.issuer}, sha256:{self.fingerprint}>"

    def __str__(self) -> str:
        return self.label


class Signer(Protocol):
    """Who mints a token: an issuer, or somebody who pretends to be one."""

    @property
    def name(self) -> str: ...

    @property
    def iss(self) -> str: ...

    @property
    def key(self) -> SigningKey: ...

    @property
    def retired_key(self) -> SigningKey:
        """The key with which the issuer signed before the one it has now."""

    @property
    def strange_key(self) -> SigningKey:
        """A key of the same algorithm that the issuer has never published."""

    def further_key(self, name: str) -> SigningKey:
        """A key that it has published beside the one that signs."""


@dataclass(frozen=True)
class Draft:
    """A token before it is signed. A recipe changes it and returns the compact form."""

    signer: Signer
    header: Mapping[str, Any]
    claims: Claims
    helper: Signer | None = None
    """Another issuer, for recipes that mix two."""
    key: SigningKey | None = None
    """The key that signs; None: the one with which the signer signs now."""

    def signed_by(self, key: SigningKey) -> Draft:
        """The same, to be signed with another key, which the header names."""
        return replace(self, key=key).naming(alg=key.algorithm, kid=key.kid)

    def naming(self, **header: object) -> Draft:
        """The same with other header parameters; None leaves one out."""
        return replace(self, header=_without_none({**self.header, **header}))

    def claiming(self, **claims: object) -> Draft:
        """The same with other claims; None leaves one out."""
        return replace(self, claims=_without_none({**self.claims, **claims}))

    @property
    def signing_input(self) -> str:
        """RFC 7515, section 5.1: encoded header, a dot, encoded payload."""
        return f"{segment(self.header)}.{segment(self.claims)}"

    def signed(self, key: SigningKey | None = None) -> str:
        """The token with the issuer's signature, or with that of another key."""
        return sign(self.signing_input, key or self.key or self.signer.key)


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def segment(content: object) -> str:
    """One JSON part of a token, encoded."""
    return base64url(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def sign(signing_input: str, key: SigningKey) -> str:
    """The signing input, a dot, its signature."""
    return f"{signing_input}.{base64url(key.sign(signing_input.encode()))}"


def read_segment(encoded: str) -> dict[str, Any]:
    """What a header or payload segment says, unverified; empty if it is not an encoded JSON object."""
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        return {}
    return content if isinstance(content, dict) else {}


Audience = str | list[str] | None


def draft(
    signer: Signer, claims: Claims | None = None, audience: Audience = None, helper: Signer | None = None
) -> Draft:
    """Draft a valid token of the signer.

    ``iss``, ``sub``, ``email`` and ``name`` differ from each other and between issuers, so that a header
    which carries the wrong one is seen. ``aud`` is there only if asked for.
    """
    now = int(time.time())
    standard: dict[str, Any] = {
        "iss": signer.iss,
        "sub": f"subject-of-{signer.name}",
        "email": f"user@{signer.name}.example.test",
        "name": f"User of {signer.name}",
        "iat": now,
        "exp": now + LIFETIME,
        "aud": audience,
    }
    header = {"alg": signer.key.algorithm, "typ": "JWT", "kid": signer.key.kid}
    return Draft(signer, header, _without_none({**standard, **(claims or {})}), helper)


def finish(encoded: str, recipe: str, signer: Signer) -> Token:
    """The token that these characters are, known to the redactor from now on."""
    header, _, rest = encoded.partition(".")
    payload = rest.partition(".")[0]
    token = Token(encoded, recipe, signer.name, read_segment(header), read_segment(payload))
    KNOWN.remember(encoded, token.label)
    return token
