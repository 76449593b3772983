"""Istio's samples: what was published verifies, and no changed copy does."""

from __future__ import annotations

import base64

import jwt
import pytest

from gwjwt.identity import istio_samples
from gwjwt.identity.published import UnknownToken
from gwjwt.identity.secrets import KNOWN

CHANGED = ["tampered-header", "tampered-payload", "tampered-signature"]


def verify(encoded: str) -> dict[str, object]:
    [key] = jwt.PyJWKSet.from_dict(istio_samples.KEY_SET).keys
    found: dict[str, object] = jwt.decode(encoded, key.key, algorithms=["RS256"])
    return found


def octets(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def test_the_sample_token_verifies_with_the_sample_key_set() -> None:
    token = istio_samples.istio_samples().token("sample")
    assert verify(token.encoded) == token.claims
    assert token.claims["iss"] == token.claims["sub"] == istio_samples.ISSUER


def test_the_tutorial_s_invalid_token_differs_in_its_last_character_and_what_that_decodes_to() -> None:
    right, wrong = istio_samples.SAMPLE, istio_samples.TUTORIAL_INVALID
    assert right[:-1] == wrong[:-1]
    assert octets(right.rpartition(".")[2]) != octets(wrong.rpartition(".")[2])
    with pytest.raises(jwt.InvalidTokenError):
        verify(wrong)


@pytest.mark.parametrize("kind", CHANGED)
def test_a_changed_copy_differs_in_the_octets_of_one_segment_and_does_not_verify(kind: str) -> None:
    samples = istio_samples.istio_samples()
    right, wrong = (samples.token(each).encoded.split(".") for each in ("sample", kind))
    assert [octets(a) != octets(b) for a, b in zip(right, wrong, strict=True)] == [
        kind == each for each in CHANGED
    ]
    with pytest.raises(jwt.InvalidSignatureError):
        verify(".".join(wrong))


def test_what_was_not_published_is_told_with_what_was() -> None:
    with pytest.raises(
        UnknownToken, match=r"no token 'expired' \(there are: sample, tutorial-invalid, tampered-header"
    ):
        istio_samples.istio_samples().token("expired")
    with pytest.raises(UnknownToken, match="sample for reports"):
        istio_samples.istio_samples().token("sample", audience="reports")


def test_a_report_knows_the_tokens() -> None:
    token = istio_samples.istio_samples().token("tutorial invalid")
    assert KNOWN.label(token.encoded) == token.label
