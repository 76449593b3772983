from concurrent.futures import ThreadPoolExecutor

import httpx
import jwt
import pytest

from gwjwt.identity.issuer import Issuer, IssuerHost
from gwjwt.identity.keys import ALGORITHMS
from gwjwt.identity.recipes import mint_from
from gwjwt.identity.tokens import draft
from gwjwt.local.background import BackgroundLoop


def fetch(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=5)


def accepts(issuer: Issuer, encoded: str) -> bool:
    """Whether a verifier that fetches the key set now would take the token."""
    keys = jwt.PyJWKSet.from_dict(fetch(issuer.jwks_uri).json()).keys
    wanted = jwt.get_unverified_header(encoded)["kid"]
    return any(
        jwt.decode(encoded, key, algorithms=[issuer.algorithm]) is not None
        for key in keys
        if key.key_id == wanted
    )


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_the_key_set_it_serves_verifies_its_tokens(issuers, algorithm):
    issuer = issuers.create("accounts", algorithm=algorithm)

    assert accepts(issuer, issuer.token().encoded)


def test_issuers_have_keys_and_places_of_their_own(issuers):
    first, second = issuers.create("accounts"), issuers.create("accounts")

    assert first.jwks_uri != second.jwks_uri
    assert first.key.kid != second.key.kid
    assert fetch(first.jwks_uri).json() != fetch(second.jwks_uri).json()


def test_iss_is_a_name_unless_another_is_wanted(issuers):
    assert issuers.create("accounts").iss == "https://accounts.example.test"
    assert issuers.create("accounts", iss="any-text").iss == "any-text"


def test_discovery_leads_to_the_key_set(issuers):
    issuer = issuers.create("accounts", discoverable=True)
    document = fetch(f"{issuer.iss}/.well-known/openid-configuration").json()

    assert document["issuer"] == issuer.iss
    assert document["jwks_uri"] == issuer.jwks_uri


def test_fetches_of_the_key_set_are_counted(issuers):
    issuer, other = issuers.create("accounts"), issuers.create("other")
    fetch(issuer.jwks_uri)
    issuer.fail()
    fetch(issuer.jwks_uri)

    assert issuer.fetches == 2
    assert other.fetches == 0


def test_a_rotation_replaces_the_key(issuers):
    issuer = issuers.create("accounts")
    before = issuer.token().encoded
    issuer.rotate()

    assert not accepts(issuer, before)
    assert accepts(issuer, issuer.token().encoded)


def test_a_rotation_may_keep_the_earlier_keys(issuers):
    issuer = issuers.create("accounts")
    before = issuer.token().encoded
    issuer.rotate(keep_old=True)

    assert accepts(issuer, before)
    assert accepts(issuer, issuer.token().encoded)
    assert fetch(issuer.jwks_uri).json()["keys"][0]["kid"] == issuer.key.kid


def test_its_key_set_moves_and_stays_where_it_was(issuers):
    issuer = issuers.create("accounts")
    former = issuer.jwks_uri
    issuer.publish_elsewhere()

    assert issuer.jwks_uri != former
    assert fetch(issuer.jwks_uri).json() == fetch(former).json() == issuer.jwks
    assert issuer.fetches == 2


def test_it_fails_on_request_and_recovers(issuers):
    issuer = issuers.create("accounts")
    issuer.fail(502)
    assert fetch(issuer.jwks_uri).status_code == 502

    issuer.serve_normally()
    assert fetch(issuer.jwks_uri).json() == issuer.jwks


def test_a_hanging_fetch_is_answered_once_it_serves_again(issuers):
    issuer = issuers.create("accounts")
    issuer.hang()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(issuer.jwks_uri, trust_env=False, timeout=0.05)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(fetch, issuer.jwks_uri)
        issuer.serve_normally()
        assert waiting.result().json() == issuer.jwks


def test_hanging_fetches_end_when_the_host_closes(background: BackgroundLoop):
    with ThreadPoolExecutor(1) as pool:
        with IssuerHost(background) as host:
            issuer = host.create("accounts")
            issuer.hang()
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(issuer.jwks_uri, trust_env=False, timeout=0.05)
            waiting = pool.submit(_outcome, issuer.jwks_uri)
        assert waiting.result() != 200


def _outcome(url: str) -> int | None:
    try:
        return fetch(url).status_code
    except httpx.TransportError:
        return None


def test_a_removed_issuer_is_gone(issuers):
    issuer = issuers.create("accounts")
    issuers.remove(issuer)

    assert fetch(issuer.jwks_uri).status_code == 404


def test_nothing_listens_after_the_host_has_closed(background):
    with IssuerHost(background) as host:
        uri = host.create("accounts").jwks_uri

    with pytest.raises(httpx.ConnectError):
        fetch(uri)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_beside_the_issuer_s_own_is_published_and_signs(issuers, algorithm):
    issuer = issuers.create("accounts")
    issuer.publish_beside("more", algorithm)
    token = mint_from(draft(issuer).signed_by(issuer.further_key("more")), "valid", "mine")

    assert token.label.startswith("<mine token of accounts, ")
    published = {each["kid"]: each for each in issuer.jwks["keys"]}
    key = jwt.PyJWK.from_dict(published[token.header["kid"]])
    assert jwt.decode(token.encoded, key, algorithms=[algorithm])["iss"] == issuer.iss
    assert set(published) >= {issuer.key.kid, token.header["kid"]}


def test_a_key_is_published_as_it_is_told(issuers):
    issuer = issuers.create("accounts")
    issuer.publish_beside("odd", "RS256", 1024, {"kid": issuer.key.kid, "use": "enc", "alg": None})
    own, odd = issuer.jwks["keys"]

    assert (odd["kid"], odd["use"]) == (own["kid"], "enc")
    assert "alg" not in odd
    assert issuer.further_key("odd").private.key_size == 1024
    with pytest.raises(ValueError, match="no key other beside its own"):
        issuer.further_key("other")
