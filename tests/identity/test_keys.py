import jwt
import pytest

from gwjwt.identity.keys import (
    ALGORITHMS,
    AlgorithmName,
    KeyPool,
    UnknownAlgorithm,
    algorithm_named,
    published_set,
    thumbprint,
)

RFC_7638_EXAMPLE = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
    "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
    "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
    "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
RFC_8037_EXAMPLE = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.mark.parametrize(
    "jwk,expected",
    [
        (RFC_7638_EXAMPLE, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (RFC_8037_EXAMPLE, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
    ids=["RFC 7638 section 3.1", "RFC 8037 appendix A.3"],
)
def test_thumbprints_are_those_of_the_standards(jwk, expected):
    assert thumbprint(jwk) == expected


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_published_key_verifies_what_the_private_key_signs(algorithm: AlgorithmName):
    key = KeyPool().take(algorithm)

    [jwk] = jwt.PyJWKSet.from_dict(dict(published_set((key,)))).keys

    assert jwk.Algorithm.verify(b"message", jwk.key, key.sign(b"message"))
    assert not jwk.Algorithm.verify(b"another", jwk.key, key.sign(b"message"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_published_key_holds_nothing_private(algorithm: AlgorithmName):
    jwk = KeyPool().take(algorithm).jwk

    assert not set(jwk) & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    assert jwk["kid"] == thumbprint(jwk)
    assert jwk["use"] == "sig"
    assert jwk["alg"] == algorithm


def test_a_key_shows_nothing_of_itself():
    assert "private" not in repr(KeyPool().take("ES256"))


def test_two_holders_never_have_the_same_key():
    pool = KeyPool()
    first, second = pool.take("RS256"), pool.take("RS256")

    assert first.kid != second.kid


def test_an_rsa_key_is_used_again_only_after_it_was_given_back():
    pool = KeyPool()
    first = pool.take("RS256")
    pool.give_back(first)

    assert pool.take("RS256") is first
    assert pool.take("RS256") is not first


def test_an_unknown_algorithm_is_named_with_the_choices():
    with pytest.raises(UnknownAlgorithm, match=r"'RS1'.*ES256, RS256, EdDSA"):
        algorithm_named("RS1")
