"""Tokens that are signed by the wrong key, in the wrong way, over something else, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json

from gwjwt.identity.keys import base64url
from gwjwt.identity.recipes.registry import register
from gwjwt.identity.tokens import Draft, segment


@register("refused")
def foreign_key(good: Draft) -> str:
    """Issuer and kid are right, but the signature is by a key that the issuer has never published."""
    return good.signed(good.signer.strange_key)


@register("depends")
def retired_key(good: Draft) -> str:
    """By the key that signed before the last rotation: good as long as it is published (RFC 7517, section 5)."""
    old = good.signer.retired_key
    return good.naming(kid=old.kid).signed(old)


@register("refused")
def unknown_kid(good: Draft) -> str:
    """``kid`` and key are not in the issuer's key set (RFC 7515, 4.1.4)."""
    return good.naming(kid=good.signer.strange_key.kid).signed(good.signer.strange_key)


@register("depends")
def no_kid(good: Draft) -> str:
    """No kid, which is optional (RFC 7515, 4.1.4): Envoy then tries every key of the set."""
    return good.naming(kid=None).signed()


@register("refused")
def key_of_another_issuer(good: Draft) -> str:
    """Key and kid are those of another issuer that the gateway may trust too.

    RFC 8725, section 3.8: the key must belong to the issuer; keys are not pooled.
    """
    other = good.helper.key if good.helper else good.signer.strange_key
    return good.naming(kid=other.kid, alg=other.algorithm).signed(other)


@register("refused")
def embedded_key(good: Draft) -> str:
    """The header brings the attacker's own public key along in jwk (RFC 7515, 4.1.3; CVE-2018-0114)."""
    mine = good.signer.strange_key
    return good.naming(jwk=dict(mine.jwk), kid=mine.kid).signed(mine)


@register("refused")
def foreign_key_set(good: Draft) -> str:
    """The header points at the attacker's key set in jku (RFC 7515, 4.1.2; RFC 8725, 3.10)."""
    mine = good.signer.strange_key
    return good.naming(jku="https://attacker.example.test/jwks.json", kid=mine.kid).signed(mine)


@register("refused")
def tampered_header(good: Draft) -> str:
    """The header was changed after signing; alg and kid are as they were (RFC 7515, section 5.2)."""
    _, payload, signature = good.signed().split(".")
    return f"{segment({**good.header, 'cty': 'changed'})}.{payload}.{signature}"


@register("refused")
def tampered_payload(good: Draft) -> str:
    """The subject was changed after signing (RFC 7515, section 5.2)."""
    header, _, signature = good.signed().split(".")
    forged = {**good.claims, "sub": "attacker", "email": "attacker@example.test"}
    return f"{header}.{segment(forged)}.{signature}"


@register("refused")
def tampered_signature(good: Draft) -> str:
    """One bit of the signature is another, in its middle: a change of the last character can decode alike."""
    signature = bytearray(good.signer.key.sign(good.signing_input.encode()))
    signature[len(signature) // 2] ^= 1
    return f"{good.signing_input}.{base64url(bytes(signature))}"


@register("refused")
def truncated_signature(good: Draft) -> str:
    """Half of the signature."""
    signature = good.signer.key.sign(good.signing_input.encode())
    return f"{good.signing_input}.{base64url(signature[: len(signature) // 2])}"


@register("refused")
def empty_signature(good: Draft) -> str:
    """Nothing after the second dot, though alg promises a signature."""
    return f"{good.signing_input}."


@register("refused")
def signature_of_another_token(good: Draft) -> str:
    """A signature that the trusted key has made, but over other claims."""
    return f"{good.signing_input}.{good.claiming(sub='somebody-else').signed().rpartition('.')[2]}"


@register("refused")
def alg_none(good: Draft) -> str:
    """Not secured at all (RFC 7519, section 6; RFC 8725, section 2.1)."""
    return f"{good.naming(alg='none', kid=None).signing_input}."


@register("refused")
def alg_none_in_mixed_case(good: Draft) -> str:
    """``alg`` is NoNe, to get past a filter that looks for none (RFC 8725, section 2.1)."""
    return f"{good.naming(alg='NoNe', kid=None).signing_input}."


@register("refused")
def alg_none_with_a_signature(good: Draft) -> str:
    """``alg`` is none beside a signature by the trusted key (RFC 7518, section 3.6: it must be empty)."""
    return good.naming(alg="none").signed()


@register("refused")
def no_alg(good: Draft) -> str:
    """No alg, which is mandatory (RFC 7515, 4.1.1)."""
    return good.naming(alg=None).signed()


@register("refused")
def unknown_alg(good: Draft) -> str:
    """An alg that nobody has registered (RFC 7515, section 5.2)."""
    return good.naming(alg="XS256").signed()


@register("refused")
def another_alg(good: Draft) -> str:
    """``alg`` names another algorithm than that of key and signature (RFC 8725, section 3.1)."""
    return good.naming(alg="ES256" if good.header["alg"] == "RS256" else "RS256").signed()


@register("refused")
def hs256_with_the_public_key(good: Draft) -> str:
    """HMAC with the published key's PEM text as its secret (RFC 8725, section 2.1; CVE-2015-9235)."""
    return _hmac(good, good.signer.key.public_pem)


@register("refused")
def hs256_with_the_public_jwk(good: Draft) -> str:
    """HMAC with the published key's JWK text as its secret (RFC 8725, section 2.1)."""
    return _hmac(good, json.dumps(dict(good.signer.key.jwk)).encode())


@register("refused")
def hs256_with_an_empty_secret(good: Draft) -> str:
    """HMAC with an empty secret (CVE-2017-11424 and its like)."""
    return _hmac(good, b"")


def _hmac(good: Draft, secret: bytes) -> str:
    signing_input = good.naming(alg="HS256").signing_input
    return f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


@register("depends")
def unknown_critical_header(good: Draft) -> str:
    """``crit`` demands an unheard-of extension (RFC 7515, 4.1.11: refuse; Envoy does not read ``crit``)."""
    return good.naming(crit=["https://example.test/unheard-of"]).signed()
