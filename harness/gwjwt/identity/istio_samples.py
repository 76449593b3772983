"""What Istio publishes for its examples: a key set and a token that it verifies (security/tools/jwt/samples)."""

from __future__ import annotations

from gwjwt.identity.published import PublishedIssuer

ISSUER = "testing@secure.istio.io"
KEY_SET = {
    "keys": [
        {
            "e": "AQAB",
            "kid": "DHFbpoIUqrY8t2zpA2qXfCmr5VO5ZEr4RzHU_-envvQ",
            "kty": "RSA",
            "n": (
                "xAE7eB6qugXyCAG3yhh7pkDkT65pHymX-P7KfIupjf59vsdo91bSP9C8H07pSAGQO1MV_xFj9VswgsCg4R6otmg5PV2He95l"
                "ZdHtOcU5DXIg_pbhLdKXbi66GlVeK6ABZOUW3WYtnNHD-91gVuoeJT_DwtGGcp4ignkgXfkiEm4sw-4sfb4qdt5oLbyVpmW6"
                "x9cfa7vs2WTfURiCrBoUqgBo_-4WTiULmmHSGZHOjzwa8WtrtOQGsAFjIbno85jp6MnGGGZPYZbDAa_b3y5u-YpW7ypZrvD8"
                "BgtKVjgtQgZhLAGezMt0ua3DRrWnKqTZ0BJ_EyxOGuHJrLsn00fnMQ"
            ),
        }
    ]
}
_HEADER = "eyJhbGciOiJSUzI1NiIsImtpZCI6IkRIRmJwb0lVcXJZOHQyenBBMnFYZkNtcjVWTzVaRXI0UnpIVV8tZW52dlEiLCJ0eXAiOiJKV1QifQ"
_PAYLOAD = (
    "eyJleHAiOjQ2ODU5ODk3MDAsImZvbyI6ImJhciIsImlhdCI6MTUzMjM4OTcwMCwiaXNzIjoidGVzdGluZ0BzZWN1cmUuaXN0aW8uaW8i"
    "LCJzdWIiOiJ0ZXN0aW5nQHNlY3VyZS5pc3Rpby5pbyJ9"
)
_SIGNATURE = (
    "CfNnxWP2tcnR9q0vxyxweaF3ovQYHYZl82hAUsn21bwQd9zP7c-LS9qd_vpdLG4Tn1A15NxfCjp5f7QNBUo-KC9PJqYpgGbaXhaGx7bE"
    "dFWjcwv3nZzvc7M__ZpaCERdwU7igUmJqYGBYQ51vr2njU9ZimyKkfDe3axcyiBZde7G6dabliUosJvvKOPcKIWPccCgefSj_GNfwIip"
    "3-SsFdlR7BtbVUcqR-yv-XOxJ3Uc1MI0tz3uMiiZcyPV7sNCU4KRnemRIMHVOfuvHsU60_GhGbiSFzgPTAa9WTltbnarTbxudb_YEOx1"
    "2JiwYToeX0DCPb43W1tzIBxgm8NxUg"
)
SAMPLE = f"{_HEADER}.{_PAYLOAD}.{_SIGNATURE}"
"""``demo.jwt``. It does not expire before 2118."""

TUTORIAL_INVALID = f"{SAMPLE[:-1]}U"
"""The invalid token of the tutorial's walk-through: the sample with another last character."""


def istio_samples() -> PublishedIssuer:
    """Istio's sample issuer, with the tutorial's two tokens."""
    return PublishedIssuer(
        ISSUER, KEY_SET, {"sample": SAMPLE, "tutorial-invalid": TUTORIAL_INVALID}, changing="sample"
    )
