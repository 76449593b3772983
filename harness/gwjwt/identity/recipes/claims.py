"""Tokens that say the right or the wrong thing, all signed by the trusted key."""

from __future__ import annotations

import time

from gwjwt.identity.recipes.registry import register
from gwjwt.identity.tokens import FAR_FROM_NOW, LIFETIME, Draft

_DEVELOPER = {
    "sub": None,
    "name": None,
    "aud": None,
    "exp": 4804324736,
    "iat": 1648651136,
    "org": "internal",
    "email": "dev1@solo.io",
    "group": "engineering",
    "scope": "is:developer",
}


@register("accepted")
def valid(good: Draft) -> str:
    """A signed token inside its validity period (RFC 7519, section 7.1)."""
    return good.signed()


@register("accepted")
def sample(good: Draft) -> str:
    """The claims of Istio's sample token (security/tools/jwt/samples/demo.jwt), whose ``sub`` is its iss."""
    plain = good.claiming(email=None, name=None, aud=None)
    return plain.claiming(sub=good.claims["iss"], foo="bar", iat=1532389700, exp=4685989700).signed()


@register("accepted")
def developer(good: Draft) -> str:
    """The claims of Solo's sample token (gloo-mesh-use-cases, gloo-gateway/jwt/dev-example.jwt)."""
    return good.claiming(**_DEVELOPER).signed()


@register("accepted")
def developer_without_email(good: Draft) -> str:
    """Solo's sample token without its email."""
    return good.claiming(**{**_DEVELOPER, "email": None}).signed()


@register("accepted")
def developer_without_org(good: Draft) -> str:
    """Solo's sample token without its org."""
    return good.claiming(**{**_DEVELOPER, "org": None}).signed()


@register("depends")
def no_expiry(good: Draft) -> str:
    """No exp, which is optional (RFC 7519, 4.1.4): Envoy takes such a token for ever."""
    return good.claiming(exp=None).signed()


@register("refused")
def expired(good: Draft) -> str:
    """``exp`` lies in the past (RFC 7519, 4.1.4), further than any clock skew."""
    limit = int(time.time()) - FAR_FROM_NOW
    return good.claiming(iat=limit - LIFETIME, exp=limit).signed()


@register("refused")
def not_yet_valid(good: Draft) -> str:
    """``nbf`` lies in the future (RFC 7519, 4.1.5), further than any clock skew."""
    return good.claiming(nbf=int(time.time()) + FAR_FROM_NOW).signed()


@register("refused")
def expiry_is_text(good: Draft) -> str:
    """``exp`` is no number of seconds (RFC 7519, section 2, NumericDate)."""
    return good.claiming(exp="tomorrow").signed()


@register("refused")
def foreign_issuer(good: Draft) -> str:
    """``iss`` names somebody whom nobody trusts (RFC 7519, 4.1.1); the trusted key has signed."""
    return good.claiming(iss="https://foreign.example.test").signed()


@register("refused")
def issuer_with_a_slash(good: Draft) -> str:
    """``iss`` has a slash too many at its end: it is compared as it stands (RFC 7519, section 2)."""
    return good.claiming(iss=f"{good.claims['iss']}/").signed()


@register("refused")
def no_issuer(good: Draft) -> str:
    """No iss, so no rule of the gateway applies (Istio, RequestAuthentication, jwtRules.issuer)."""
    return good.claiming(iss=None).signed()


@register("depends")
def wrong_audience(good: Draft) -> str:
    """``aud`` names somebody else (RFC 7519, 4.1.3); refused where a rule restricts the audiences."""
    return good.claiming(aud="https://elsewhere.example.test").signed()


@register("depends")
def no_audience(good: Draft) -> str:
    """No aud (RFC 7519, 4.1.3); refused where a rule restricts the audiences."""
    return good.claiming(aud=None).signed()


@register("depends")
def no_subject(good: Draft) -> str:
    """No sub (RFC 7519, 4.1.2): the signature verifies, but Istio makes a principal only of iss and sub."""
    return good.claiming(sub=None).signed()


@register("depends")
def empty_subject(good: Draft) -> str:
    """``sub`` is an empty string: as little a principal for Istio as no sub."""
    return good.claiming(sub="").signed()
