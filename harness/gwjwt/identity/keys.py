"""Signing keys, as an issuer holds them: private here, public as a JWK (RFC 7517).

Key objects are kept and never parsed again, since that costs a hundred times more than a signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from gwjwt.errors import UsageError

AlgorithmName = Literal["ES256", "RS256", "EdDSA"]
"""``alg`` values (RFC 7518, section 3.1; RFC 8037) that Envoy verifies and this suite signs with."""

ALGORITHMS: tuple[AlgorithmName, ...] = get_args(AlgorithmName)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_RSA_BITS = 2048
_RSA_EXPONENT = 65537
_SIGNERS: Mapping[AlgorithmName, Algorithm] = {
    "ES256": ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
    "EdDSA": OKPAlgorithm(),
}
_REQUIRED_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}


def base64url(data: bytes) -> str:
    """RFC 7515, section 2: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class UnknownAlgorithm(UsageError):
    """A feature or a call names an algorithm that the suite does not sign with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown signing algorithm {name!r} (valid: {', '.join(ALGORITHMS)})")


def algorithm_named(name: str) -> AlgorithmName:
    """The algorithm with this ``alg`` value.

    Raises:
        UnknownAlgorithm: with the names there are.
    """
    for known in ALGORITHMS:
        if name == known:
            return known
    raise UnknownAlgorithm(name)


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638: the SHA-256 of the key's required members, sorted and without white space, in base64url."""
    required = {name: jwk[name] for name in _REQUIRED_MEMBERS[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True)
    return base64url(hashlib.sha256(canonical.encode()).digest())


@dataclass(frozen=True, eq=False)
class SigningKey:
    """A private key with its algorithm."""

    algorithm: AlgorithmName
    private: PrivateKey = field(repr=False)

    @cached_property
    def _public_members(self) -> Mapping[str, str]:
        members = _SIGNERS[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {name: members[name] for name in _REQUIRED_MEMBERS[members["kty"]]}

    @cached_property
    def kid(self) -> str:
        """The key's thumbprint."""
        return thumbprint(self._public_members)

    @cached_property
    def jwk(self) -> Mapping[str, str]:
        """The public key as a member of a JWK Set."""
        return {**self._public_members, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    @cached_property
    def public_pem(self) -> bytes:
        """The public key as SubjectPublicKeyInfo in PEM: what an attacker can make from the published JWK."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """The signature in JOSE form (RFC 7518, section 3.4: r and s side by side for ES256)."""
        signature: bytes = _SIGNERS[self.algorithm].sign(message, self.private)
        return signature


def _generate(algorithm: AlgorithmName) -> PrivateKey:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS)


class KeyPool:
    """Hands out keys so that no two holders have the same one at a time.

    A new RSA key takes 10 to 160 ms, so those come back into the pool when their holder is gone. The others
    take microseconds and are always fresh.
    """

    def __init__(self) -> None:
        self._free: list[SigningKey] = []
        self._lock = threading.Lock()

    def take(self, algorithm: AlgorithmName) -> SigningKey:
        """A key that nobody else holds."""
        if algorithm == "RS256":
            with self._lock:
                if self._free:
                    return self._free.pop()
        return SigningKey(algorithm, _generate(algorithm))

    def give_back(self, key: SigningKey) -> None:
        """The holder is gone and no gateway trusts the key any more."""
        if key.algorithm == "RS256":
            with self._lock:
                self._free.append(key)


POOL = KeyPool()


def published_set(keys: tuple[SigningKey, ...]) -> Mapping[str, Any]:
    """The JWK Set (RFC 7517, section 5) that holds these keys."""
    return {"keys": [dict(key.jwk) for key in keys]}
