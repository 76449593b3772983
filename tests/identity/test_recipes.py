"""PyJWT, as a verifier that knows nothing of the recipes, says what is wrong with each token."""

import hmac
import json
import time
from contextlib import nullcontext
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gwjwt.identity.issuer import Issuer, IssuerHost
from gwjwt.identity.keys import ALGORITHMS
from gwjwt.identity.recipes import RECIPES, UnknownRecipe, always_refused, mint, recipe
from gwjwt.identity.tokens import Token

AUDIENCE = "https://api.example.test"

NAMED_ERRORS = {
    "expired": jwt.ExpiredSignatureError,
    "not-yet-valid": jwt.ImmatureSignatureError,
    "expiry-is-text": jwt.DecodeError,
    "foreign-issuer": jwt.InvalidIssuerError,
    "issuer-with-a-slash": jwt.InvalidIssuerError,
    "no-issuer": jwt.MissingRequiredClaimError,
    "foreign-key": jwt.InvalidSignatureError,
    "tampered-header": jwt.InvalidSignatureError,
    "tampered-payload": jwt.InvalidSignatureError,
    "tampered-signature": jwt.InvalidSignatureError,
    "truncated-signature": jwt.InvalidSignatureError,
    "empty-signature": jwt.InvalidSignatureError,
    "signature-of-another-token": jwt.InvalidSignatureError,
    "alg-none": jwt.InvalidAlgorithmError,
    "alg-none-in-mixed-case": jwt.InvalidAlgorithmError,
    "alg-none-with-a-signature": jwt.InvalidAlgorithmError,
    "unknown-alg": jwt.InvalidAlgorithmError,
    "another-alg": jwt.InvalidAlgorithmError,
    "hs256-with-the-public-key": jwt.InvalidAlgorithmError,
    "hs256-with-the-public-jwk": jwt.InvalidAlgorithmError,
    "hs256-with-an-empty-secret": jwt.InvalidAlgorithmError,
}


@pytest.fixture(params=ALGORITHMS)
def issuer(request: pytest.FixtureRequest, issuers: IssuerHost) -> Issuer:
    return issuers.create("accounts", algorithm=request.param)


def verify(token: Token, issuer: Issuer, **options: Any) -> dict[str, Any]:
    """What a careful verifier does that trusts this issuer and nobody else."""
    keys = {jwk.key_id: jwk for jwk in jwt.PyJWKSet.from_dict(dict(issuer.jwks)).keys}
    kid = jwt.get_unverified_header(token.encoded).get("kid")
    if kid is not None and kid not in keys:
        raise jwt.InvalidKeyError(f"no key {kid}")
    key = keys[kid] if kid else next(iter(keys.values()))
    return jwt.decode(
        token.encoded,
        key,
        algorithms=[issuer.algorithm],
        issuer=issuer.iss,
        leeway=60,
        options={"verify_aud": "audience" in options},
        **options,
    )


def test_a_valid_token_verifies_and_says_who_it_is_for(issuer):
    token = issuer.token()
    claims = verify(token, issuer)

    assert claims == token.claims
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 60
    assert len({claims["iss"], claims["sub"], claims["email"], claims["name"]}) == 4
    assert "aud" not in claims


@pytest.mark.parametrize("name", [each.name for each in RECIPES.values() if each.outcome == "depends"])
def test_what_depends_on_the_rules_is_in_order_apart_from_that(issuer, name):
    issuer.rotate(keep_old=True)
    if name == "unknown-critical-header":
        with pytest.raises(jwt.InvalidTokenError, match=r"(?i)critical"):
            verify(issuer.token(name), issuer)
    elif name == "signature-with-dangling-bits":  # PyJWT makes use of the choice that RFC 4648 leaves
        dangling = len(issuer.token(name).encoded.rpartition(".")[2]) % 4
        with pytest.raises(jwt.DecodeError, match="padding") if dangling else nullcontext():
            verify(issuer.token(name), issuer)
    else:
        verify(issuer.token(name, audience=AUDIENCE), issuer)


@pytest.mark.parametrize("name", [each.name for each in always_refused()])
def test_what_is_always_refused_does_not_verify(issuer, name):
    with pytest.raises(jwt.PyJWTError) as caught:
        verify(issuer.token(name), issuer)

    assert isinstance(caught.value, NAMED_ERRORS.get(name, jwt.PyJWTError))


def test_the_retired_key_verifies_only_while_it_is_published(issuer):
    with pytest.raises(ValueError, match="accounts has always signed with the same key"):
        issuer.token("retired-key")
    issuer.rotate()

    with pytest.raises(jwt.InvalidKeyError):
        verify(issuer.token("retired-key"), issuer)


@pytest.mark.parametrize(
    "name", ["foreign-issuer", "issuer-with-a-slash", "no-issuer", "expired", "not-yet-valid"]
)
def test_a_token_with_wrong_claims_has_the_trusted_signature(issuer, name):
    token = issuer.token(name)

    jwt.decode(
        token.encoded,
        jwt.PyJWK.from_dict(dict(issuer.key.jwk)),
        algorithms=[issuer.algorithm],
        options={"verify_exp": False, "verify_nbf": False, "verify_aud": False},
    )


@pytest.mark.parametrize("name,claim", [("expired", "exp"), ("not-yet-valid", "nbf")])
def test_limits_of_validity_are_far_from_now(issuer, name, claim):
    assert abs(issuer.token(name).claims[claim] - time.time()) >= 120


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["https://other.example.test", AUDIENCE]])
def test_the_audience_is_as_asked_for(issuer, audience):
    token = issuer.token(audience=audience)

    assert token.claims["aud"] == audience
    verify(token, issuer, audience=AUDIENCE)


@pytest.mark.parametrize("name", ["wrong-audience", "no-audience"])
def test_audience_recipes_have_the_last_word(issuer, name):
    with pytest.raises((jwt.InvalidAudienceError, jwt.MissingRequiredClaimError)):
        verify(issuer.token(name, audience=AUDIENCE), issuer, audience=AUDIENCE)


def test_no_subject_means_none_at_all(issuer):
    assert "sub" not in issuer.token("no-subject").claims
    assert issuer.token("empty-subject").claims["sub"] == ""


def test_claims_are_added_replaced_and_left_out(issuer):
    claims = issuer.token(claims={"email": "x@y.test", "groups": ["a", "b"], "name": None}).claims

    assert claims["email"] == "x@y.test"
    assert claims["groups"] == ["a", "b"]
    assert "name" not in claims


def test_the_key_of_another_issuer_verifies_only_with_that_issuer(issuers):
    ours, theirs = issuers.create("ours"), issuers.create("theirs")
    token = ours.token("key-of-another-issuer", helper=theirs)

    assert token.claims["iss"] == ours.iss
    assert token.header["kid"] == theirs.key.kid
    jwt.decode(token.encoded, jwt.PyJWK.from_dict(dict(theirs.key.jwk)), algorithms=["ES256"])


@pytest.mark.parametrize(
    "name,secret",
    [
        ("hs256-with-the-public-key", lambda key: key.public_pem),
        ("hs256-with-the-public-jwk", lambda key: json.dumps(dict(key.jwk)).encode()),
        ("hs256-with-an-empty-secret", lambda _: b""),
    ],
)
def test_hmac_recipes_are_what_a_careless_verifier_would_accept(issuer, name, secret):
    signing_input, _, signature = issuer.token(name).encoded.rpartition(".")
    expected = hmac.digest(secret(issuer.key), signing_input.encode(), "sha256")

    assert jwt.utils.base64url_decode(signature) == expected


def test_a_changed_signature_decodes_to_other_bytes(issuer):
    good, bad = issuer.token(), issuer.token("tampered-signature")
    decoded = [jwt.utils.base64url_decode(token.encoded.rpartition(".")[2]) for token in (good, bad)]

    assert len(decoded[0]) == len(decoded[1])
    assert bad.encoded.rpartition(".")[2][-2:] == jwt.utils.base64url_encode(decoded[1]).decode()[-2:]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_says_what_it_is_and_shows_no_token(issuers, name):
    issuer = issuers.create("accounts")
    issuer.rotate()
    token = issuer.token(name)

    assert recipe(name).summary
    assert token.recipe == name
    assert token.label == f"<{name} token of accounts, sha256:{token.fingerprint}>"
    assert str(token) == token.label
    if token.encoded:
        assert token.encoded not in repr(token)


@pytest.mark.parametrize("spelling", ["not yet valid", "Not-Yet-Valid", " not-yet-valid "])
def test_names_are_read_as_prose(issuers, spelling):
    assert issuers.create("accounts").token(spelling).recipe == "not-yet-valid"


def test_an_unknown_recipe_is_named_with_the_choices(issuers):
    with pytest.raises(UnknownRecipe, match=r"'stale'.*expired, not-yet-valid"):
        mint("stale", issuers.create("accounts"))


def test_tokens_that_are_sent_alike_are_equal(issuers):
    issuer = issuers.create("accounts", algorithm="EdDSA")
    claims = {"iat": 0, "exp": 1}

    assert issuer.token(claims=claims) == issuer.token(claims=claims)
    assert issuer.token(claims=claims) != issuer.token(claims={**claims, "sub": "another"})
    assert len({issuer.token(claims=claims), issuer.token(claims=claims)}) == 1


@settings(max_examples=40, deadline=None)
@given(
    value=st.recursive(
        st.text(st.characters(codec="utf-8")) | st.integers(-(2**53), 2**53) | st.booleans(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
        ),
        max_leaves=5,
    )
)
def test_any_claim_arrives_as_it_was_given(signer, value):
    token = mint("valid", signer, {"claim": value})

    assert token.claims["claim"] == value
    assert verify(token, signer)["claim"] == value


@pytest.fixture(scope="session")
def signer(background):
    with IssuerHost(background) as host:
        yield host.create("accounts")
