"""Tokens that the trusted key has signed, written in a way that two readers may take for two different things."""

from __future__ import annotations

import json
import secrets

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gwjwt.identity.keys import base64url
from gwjwt.identity.recipes.registry import register
from gwjwt.identity.tokens import Draft, segment, sign


def _with_payload(good: Draft, text: bytes) -> str:
    """Signed over a payload as it is written, which no JSON library would write so."""
    return sign(f"{segment(good.header)}.{base64url(text)}", good.signer.key)


def _members(good: Draft, *more: tuple[str, object]) -> bytes:
    """The claims as one JSON object, with members of their own at the end, whatever stands there already."""
    pairs = [*good.claims.items(), *more]
    return ("{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}").encode()


@register("depends")
def own_issuer_last(good: Draft) -> str:
    """``iss`` stands there twice, the trusted one last (RFC 7519, section 4: refuse, or take the last)."""
    foreign = good.claiming(iss="https://foreign.example.test")
    return _with_payload(good, _members(foreign, ("iss", good.claims["iss"])))


@register("refused")
def foreign_issuer_last(good: Draft) -> str:
    """``iss`` stands there twice, a foreign one last (RFC 7519, section 4: refuse, or take the last)."""
    return _with_payload(good, _members(good, ("iss", "https://foreign.example.test")))


@register("depends")
def two_subjects(good: Draft) -> str:
    """``sub`` stands there twice (RFC 7519, section 4: refuse, or take the last)."""
    return _with_payload(good, _members(good, ("sub", "the-last-subject")))


@register("depends")
def escaped_names(good: Draft) -> str:
    """The name ``iss`` is written with an escape, which means the same (RFC 8259, section 8.3)."""
    return _with_payload(good, _members(good).replace(b'"iss"', b'"\\u0069ss"'))


@register("depends")
def spaced_payload(good: Draft) -> str:
    """White space around and inside the payload's JSON, which means nothing (RFC 8259, section 2)."""
    return _with_payload(good, f"\n {json.dumps(dict(good.claims), indent=2)}\n".encode())


@register("depends")
def payload_with_a_byte_order_mark(good: Draft) -> str:
    """A byte order mark before the payload's JSON (RFC 8259, section 8.1: must not be sent, may be ignored)."""
    return _with_payload(good, b"\xef\xbb\xbf" + _members(good))


@register("refused")
def payload_not_utf8(good: Draft) -> str:
    """A byte in a claim that is no UTF-8 (RFC 7519, section 7.2)."""
    return _with_payload(good, _members(good, ("name", "Ren?e")).replace(b"Ren?e", b"Ren\xe9e"))


@register("refused")
def text_after_the_payload(good: Draft) -> str:
    """Something follows the payload's JSON object (RFC 7519, section 7.2)."""
    return _with_payload(good, _members(good) + b" and more")


@register("depends")
def lone_surrogate(good: Draft) -> str:
    """A claim with half of a surrogate pair, which no UTF-8 can say (RFC 8259, section 8.2)."""
    return _with_payload(good, _members(good, ("nickname", "\ud83d")))


@register("refused")
def blank_inside(good: Draft) -> str:
    """A blank inside of the payload (RFC 7515, section 5.2: no white space)."""
    header, payload, signature = good.signed().split(".")
    return f"{header}.{payload[:8]} {payload[8:]}.{signature}"


@register("refused")
def der_signature(good: Draft) -> str:
    """The right signature in another form: ASN.1 instead of the two numbers (RFC 7518, section 3.4)."""
    signature = good.signer.key.sign(good.signing_input.encode())
    half = len(signature) // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    return f"{good.signing_input}.{base64url(encode_dss_signature(*numbers))}"


@register("refused")
def zero_signature(good: Draft) -> str:
    """Nothing but zeros, which a careless check of ECDSA takes for valid (CVE-2022-21449)."""
    return f"{good.signing_input}.{base64url(bytes(64))}"


@register("refused")
def encrypted(_good: Draft) -> str:
    """Five segments, as an encrypted token has them (RFC 7516, section 3.1)."""
    header = segment({"alg": "dir", "enc": "A256GCM", "typ": "JWT"})
    return ".".join([header, "", *(base64url(secrets.token_bytes(size)) for size in (12, 96, 16))])


@register("refused")
def json_serialized(good: Draft) -> str:
    """The flattened JSON serialization (RFC 7515, section 7.2.2); a JWT is always compact (RFC 7519, section 1)."""
    header, payload, signature = good.signed().split(".")
    return json.dumps({"protected": header, "payload": payload, "signature": signature})


@register("refused")
def nested(good: Draft) -> str:
    """The payload is a whole valid token (RFC 7519, section 5.2, cty JWT)."""
    inner = base64url(good.signed().encode())
    return sign(f"{segment({**good.header, 'cty': 'JWT'})}.{inner}", good.signer.key)


@register("depends")
def padded_segments(good: Draft) -> str:
    """Each segment is padded with = (RFC 7515, section 2: without)."""
    header, payload = (_padded(part) for part in good.claiming(pad="x").signing_input.split("."))
    signature = good.signer.key.sign(f"{header}.{payload}".encode())
    return f"{header}.{payload}.{_padded(base64url(signature))}"


@register("depends")
def signature_with_dangling_bits(good: Draft) -> str:
    """The last character has bits that no octet needs, and one is set (RFC 4648, section 3.5: may be refused).

    A signature of a length without such bits stays as it is.
    """
    token = good.signed()
    if len(token.rpartition(".")[2]) % 4 == 0:
        return token
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


def _padded(part: str) -> str:
    return part + "=" * (-len(part) % 4)
