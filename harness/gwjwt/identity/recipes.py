"""The ways in which a token can be right or wrong, each under the name that features use.

Read by name from ``RECIPES``. A recipe gets the draft of a valid token and returns the token as it is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gwjwt.errors import UsageError
from gwjwt.identity.keys import base64url
from gwjwt.identity.tokens import (
    FAR_FROM_NOW,
    LIFETIME,
    Audience,
    Claims,
    Draft,
    Signer,
    Token,
    draft,
    finish,
    segment,
    sign,
)

Outcome = Literal["accepted", "refused", "depends"]
"""What a gateway that trusts the issuer must do with such a token: whatever else it does, or by its rules."""

Bake = Callable[[Draft], str]


@dataclass(frozen=True)
class Recipe:
    """One way to make a token."""

    name: str
    outcome: Outcome
    bake: Bake

    @property
    def summary(self) -> str:
        """What is right or wrong with the token, and the source that says so."""
        return " ".join((self.bake.__doc__ or "").split())


class UnknownRecipe(UsageError):
    """A feature names a recipe that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown kind of token {name!r} (valid: {', '.join(RECIPES)})")


RECIPES: dict[str, Recipe] = {}


def _recipe(outcome: Outcome) -> Callable[[Bake], Bake]:
    def register(bake: Bake) -> Bake:
        name = bake.__name__.replace("_", "-")
        RECIPES[name] = Recipe(name, outcome, bake)
        return bake

    return register


def recipe(name: str) -> Recipe:
    """The recipe of that name, in which blanks and hyphens are alike.

    Raises:
        UnknownRecipe: with the names there are.
    """
    known = RECIPES.get(name.strip().lower().replace(" ", "-"))
    if known is None:
        raise UnknownRecipe(name)
    return known


def always_refused() -> tuple[Recipe, ...]:
    """The recipes whose tokens no gateway may accept, whatever its rules say."""
    return tuple(each for each in RECIPES.values() if each.outcome == "refused")


def mint(
    name: str,
    signer: Signer,
    claims: Claims | None = None,
    audience: Audience = None,
    helper: Signer | None = None,
) -> Token:
    """Make a token by recipe.

    Args:
        name: of the recipe.
        signer: the issuer whose valid token is the starting point.
        claims: added to the standard ones or in their place; None leaves one out. The recipe decides last.
        audience: the ``aud`` claim, a string or a list; none if not given.
        helper: another issuer, for the recipes that mix two.

    Raises:
        UnknownRecipe: there is no such recipe.
    """
    chosen = recipe(name)
    return finish(chosen.bake(draft(signer, claims, audience, helper)), chosen.name, signer)


@_recipe("accepted")
def valid(good: Draft) -> str:
    """A signed token inside its validity period (RFC 7519, section 7.1)."""
    return good.signed()


@_recipe("depends")
def no_expiry(good: Draft) -> str:
    """No exp, which is optional (RFC 7519, 4.1.4): Envoy takes such a token for ever."""
    return good.claiming(exp=None).signed()


@_recipe("refused")
def expired(good: Draft) -> str:
    """``exp`` lies in the past (RFC 7519, 4.1.4), further than any clock skew."""
    limit = int(time.time()) - FAR_FROM_NOW
    return good.claiming(iat=limit - LIFETIME, exp=limit).signed()


@_recipe("refused")
def not_yet_valid(good: Draft) -> str:
    """``nbf`` lies in the future (RFC 7519, 4.1.5), further than any clock skew."""
    return good.claiming(nbf=int(time.time()) + FAR_FROM_NOW).signed()


@_recipe("refused")
def expiry_is_text(good: Draft) -> str:
    """``exp`` is no number of seconds (RFC 7519, section 2, NumericDate)."""
    return good.claiming(exp="tomorrow").signed()


@_recipe("refused")
def foreign_issuer(good: Draft) -> str:
    """``iss`` names somebody whom nobody trusts (RFC 7519, 4.1.1); the trusted key has signed."""
    return good.claiming(iss="https://foreign.example.test").signed()


@_recipe("refused")
def issuer_with_a_slash(good: Draft) -> str:
    """``iss`` has a slash too many at its end: it is compared as it stands (RFC 7519, section 2)."""
    return good.claiming(iss=f"{good.claims['iss']}/").signed()


@_recipe("refused")
def no_issuer(good: Draft) -> str:
    """No iss, so no rule of the gateway applies (Istio, RequestAuthentication, jwtRules.issuer)."""
    return good.claiming(iss=None).signed()


@_recipe("depends")
def wrong_audience(good: Draft) -> str:
    """``aud`` names somebody else (RFC 7519, 4.1.3); refused where a rule restricts the audiences."""
    return good.claiming(aud="https://elsewhere.example.test").signed()


@_recipe("depends")
def no_audience(good: Draft) -> str:
    """No aud (RFC 7519, 4.1.3); refused where a rule restricts the audiences."""
    return good.claiming(aud=None).signed()


@_recipe("depends")
def no_subject(good: Draft) -> str:
    """No sub (RFC 7519, 4.1.2): the signature verifies, but Istio makes a principal only of iss and sub."""
    return good.claiming(sub=None).signed()


@_recipe("depends")
def empty_subject(good: Draft) -> str:
    """``sub`` is an empty string: as little a principal for Istio as no sub."""
    return good.claiming(sub="").signed()


@_recipe("refused")
def foreign_key(good: Draft) -> str:
    """Issuer and kid are right, but the signature is by a key that the issuer has never published."""
    return good.signed(good.signer.strange_key)


@_recipe("refused")
def unknown_kid(good: Draft) -> str:
    """``kid`` and key are not in the issuer's key set (RFC 7515, 4.1.4)."""
    return good.naming(kid=good.signer.strange_key.kid).signed(good.signer.strange_key)


@_recipe("depends")
def no_kid(good: Draft) -> str:
    """No kid, which is optional (RFC 7515, 4.1.4): Envoy then tries every key of the set."""
    return good.naming(kid=None).signed()


@_recipe("refused")
def key_of_another_issuer(good: Draft) -> str:
    """Key and kid are those of another issuer that the gateway may trust too.

    RFC 8725, section 3.8: the key must belong to the issuer; keys are not pooled.
    """
    other = good.helper.key if good.helper else good.signer.strange_key
    return good.naming(kid=other.kid, alg=other.algorithm).signed(other)


@_recipe("refused")
def embedded_key(good: Draft) -> str:
    """The header brings the attacker's own public key along in jwk (RFC 7515, 4.1.3; CVE-2018-0114)."""
    mine = good.signer.strange_key
    return good.naming(jwk=dict(mine.jwk), kid=mine.kid).signed(mine)


@_recipe("refused")
def foreign_key_set(good: Draft) -> str:
    """The header points at the attacker's key set in jku (RFC 7515, 4.1.2; RFC 8725, 3.10)."""
    mine = good.signer.strange_key
    return good.naming(jku="https://attacker.example.test/jwks.json", kid=mine.kid).signed(mine)


@_recipe("refused")
def tampered_header(good: Draft) -> str:
    """The header was changed after signing; alg and kid are as they were (RFC 7515, section 5.2)."""
    _, payload, signature = good.signed().split(".")
    return f"{segment({**good.header, 'cty': 'changed'})}.{payload}.{signature}"


@_recipe("refused")
def tampered_payload(good: Draft) -> str:
    """The subject was changed after signing (RFC 7515, section 5.2)."""
    header, _, signature = good.signed().split(".")
    forged = {**good.claims, "sub": "attacker", "email": "attacker@example.test"}
    return f"{header}.{segment(forged)}.{signature}"


@_recipe("refused")
def tampered_signature(good: Draft) -> str:
    """One bit of the signature is another, in its middle: a change of the last character can decode alike."""
    signature = bytearray(good.signer.key.sign(good.signing_input.encode()))
    signature[len(signature) // 2] ^= 1
    return f"{good.signing_input}.{base64url(bytes(signature))}"


@_recipe("refused")
def truncated_signature(good: Draft) -> str:
    """Half of the signature."""
    signature = good.signer.key.sign(good.signing_input.encode())
    return f"{good.signing_input}.{base64url(signature[: len(signature) // 2])}"


@_recipe("refused")
def empty_signature(good: Draft) -> str:
    """Nothing after the second dot, though alg promises a signature."""
    return f"{good.signing_input}."


@_recipe("refused")
def signature_of_another_token(good: Draft) -> str:
    """A signature that the trusted key has made, but over other claims."""
    return f"{good.signing_input}.{good.claiming(sub='somebody-else').signed().rpartition('.')[2]}"


@_recipe("refused")
def alg_none(good: Draft) -> str:
    """Not secured at all (RFC 7519, section 6; RFC 8725, section 2.1)."""
    return f"{good.naming(alg='none', kid=None).signing_input}."


@_recipe("refused")
def alg_none_in_mixed_case(good: Draft) -> str:
    """``alg`` is NoNe, to get past a filter that looks for none (RFC 8725, section 2.1)."""
    return f"{good.naming(alg='NoNe', kid=None).signing_input}."


@_recipe("refused")
def alg_none_with_a_signature(good: Draft) -> str:
    """``alg`` is none beside a signature by the trusted key (RFC 7518, section 3.6: it must be empty)."""
    return good.naming(alg="none").signed()


@_recipe("refused")
def no_alg(good: Draft) -> str:
    """No alg, which is mandatory (RFC 7515, 4.1.1)."""
    return good.naming(alg=None).signed()


@_recipe("refused")
def unknown_alg(good: Draft) -> str:
    """An alg that nobody has registered (RFC 7515, section 5.2)."""
    return good.naming(alg="XS256").signed()


@_recipe("refused")
def another_alg(good: Draft) -> str:
    """``alg`` names another algorithm than that of key and signature (RFC 8725, section 3.1)."""
    return good.naming(alg="ES256" if good.header["alg"] == "RS256" else "RS256").signed()


@_recipe("refused")
def hs256_with_the_public_key(good: Draft) -> str:
    """HMAC with the published key's PEM text as its secret (RFC 8725, section 2.1; CVE-2015-9235)."""
    return _hmac(good, good.signer.key.public_pem)


@_recipe("refused")
def hs256_with_the_public_jwk(good: Draft) -> str:
    """HMAC with the published key's JWK text as its secret (RFC 8725, section 2.1)."""
    return _hmac(good, json.dumps(dict(good.signer.key.jwk)).encode())


@_recipe("refused")
def hs256_with_an_empty_secret(good: Draft) -> str:
    """HMAC with an empty secret (CVE-2017-11424 and its like)."""
    return _hmac(good, b"")


def _hmac(good: Draft, secret: bytes) -> str:
    signing_input = good.naming(alg="HS256").signing_input
    return f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


@_recipe("depends")
def unknown_critical_header(good: Draft) -> str:
    """``crit`` demands an unheard-of extension (RFC 7515, 4.1.11: refuse; Envoy does not read ``crit``)."""
    return good.naming(crit=["https://example.test/unheard-of"]).signed()


@_recipe("refused")
def not_a_jwt(_good: Draft) -> str:
    """Random characters without a dot, like an opaque access token."""
    return secrets.token_urlsafe(32)


@_recipe("refused")
def two_segments(good: Draft) -> str:
    """Header and payload only (RFC 7515, section 7.1: three parts)."""
    return good.signing_input


@_recipe("refused")
def four_segments(good: Draft) -> str:
    """A valid token and one part more (RFC 7515, section 7.1: three parts)."""
    return f"{good.signed()}.{segment(dict(good.header))}"


@_recipe("refused")
def undecodable_header(good: Draft) -> str:
    """The header has a length that base64url cannot have (RFC 7515, section 5.2)."""
    header, _, payload = good.signing_input.partition(".")
    return sign(f"{header}{'A' * ((1 - len(header)) % 4)}.{payload}", good.signer.key)


@_recipe("refused")
def header_not_json(good: Draft) -> str:
    """The header decodes to text that is not JSON (RFC 7515, section 5.2)."""
    return sign(f"{base64url(b'alg: ES256, typ: JWT, not json')}.{segment(good.claims)}", good.signer.key)


@_recipe("refused")
def payload_not_json(good: Draft) -> str:
    """The payload decodes to text that is not JSON (RFC 7519, section 7.2); the signature is right."""
    return sign(f"{segment(good.header)}.{base64url(b'sub: somebody, not json')}", good.signer.key)


@_recipe("refused")
def payload_a_list(good: Draft) -> str:
    """The payload is JSON, but no object (RFC 7519, section 7.2); the signature is right."""
    return sign(f"{segment(good.header)}.{segment([dict(good.claims)])}", good.signer.key)


@_recipe("refused")
def empty(_good: Draft) -> str:
    """No character at all where a token should stand."""
    return ""
