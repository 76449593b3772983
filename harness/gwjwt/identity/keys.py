"""Signing keys, as an issuer holds them: private here, public as a JWK (RFC 7517).

Key objects are kept and never parsed again, since that costs a hundred times more than a signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm, RSAPSSAlgorithm

from gwjwt.errors import UsageError

AlgorithmName = Literal[
    "ES256", "RS256", "EdDSA", "ES384", "ES512", "RS384", "RS512", "PS256", "PS384", "PS512"
]
"""``alg`` values (RFC 7518, section 3.1; RFC 8037) that this suite signs with."""

ALGORITHMS: tuple[AlgorithmName, ...] = get_args(AlgorithmName)

RSA: frozenset[AlgorithmName] = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
"""Those of ``ALGORITHMS`` for which one RSA key will do."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

RSA_BITS = 2048
"""What RFC 7518, section 3.3, demands at least."""
_RSA_EXPONENT = 65537
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}
_SIGNERS: Mapping[AlgorithmName, Algorithm] = {
    "ES256": ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1),
    "ES384": ECAlgorithm(ECAlgorithm.SHA384, ec.SECP384R1),
    "ES512": ECAlgorithm(ECAlgorithm.SHA512, ec.SECP521R1),
    "RS256": RSAAlgorithm(RSAAlgorithm.SHA256),
    "RS384": RSAAlgorithm(RSAAlgorithm.SHA384),
    "RS512": RSAAlgorithm(RSAAlgorithm.SHA512),
    "PS256": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256),
    "PS384": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA384),
    "PS512": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA512),
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
    published_as: Mapping[str, str | None] = field(default_factory=dict)
    """Members of its JWK that are others than usual; None leaves one out."""

    @cached_property
    def _public_members(self) -> Mapping[str, str]:
        members = _SIGNERS[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {name: members[name] for name in _REQUIRED_MEMBERS[members["kty"]]}

    @cached_property
    def kid(self) -> str:
        """The key's thumbprint, unless it is published under another name."""
        return self.published_as.get("kid") or thumbprint(self._public_members)

    @cached_property
    def jwk(self) -> Mapping[str, str]:
        """The public key as a member of a JWK Set."""
        usual = {**self._public_members, "kid": self.kid, "use": "sig", "alg": self.algorithm}
        return {name: value for name, value in {**usual, **self.published_as}.items() if value is not None}

    @cached_property
    def public_pem(self) -> bytes:
        """The public key as SubjectPublicKeyInfo in PEM: what an attacker can make from the published JWK."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """The signature in JOSE form (RFC 7518, section 3.4: r and s side by side for ES256)."""
        signature: bytes = _SIGNERS[self.algorithm].sign(message, self.private)
        return signature


def generate(algorithm: AlgorithmName, bits: int = RSA_BITS) -> PrivateKey:
    """A new private key; ``bits`` is the size of an RSA key."""
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(_RSA_EXPONENT, bits)


class KeyPool:
    """Hands out keys so that no two holders have the same one at a time.

    A new RSA key takes 10 to 160 ms, so those come back into the pool when their holder is gone. The others
    take microseconds and are always fresh.
    """

    def __init__(self) -> None:
        self._free: defaultdict[AlgorithmName, list[SigningKey]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, algorithm: AlgorithmName) -> SigningKey:
        """A key that nobody else holds."""
        with self._lock:
            if self._free[algorithm]:
                return self._free[algorithm].pop()
        return SigningKey(algorithm, generate(algorithm))

    def give_back(self, key: SigningKey) -> None:
        """The holder is gone and no gateway trusts the key any more."""
        if isinstance(key.private, rsa.RSAPrivateKey):
            with self._lock:
                self._free[key.algorithm].append(key)


POOL = KeyPool()


def published_set(keys: tuple[SigningKey, ...]) -> Mapping[str, Any]:
    """The JWK Set (RFC 7517, section 5) that holds these keys."""
    return {"keys": [dict(key.jwk) for key in keys]}
