"""Issuers: who mints tokens and publishes the keys that verify them.

Each has a key set URL of its own, so that nothing that was cached for one can serve another.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from gwjwt.errors import EnvironmentDied
from gwjwt.identity.keys import (
    POOL,
    RSA,
    RSA_BITS,
    AlgorithmName,
    SigningKey,
    algorithm_named,
    generate,
    published_set,
)
from gwjwt.identity.recipes import mint
from gwjwt.identity.tokens import Audience, Claims, Signer, Token
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import LoopbackServer
from gwjwt.words import Endpoint

_KEY_SETS = "/jwks"
_DISCOVERY = "/.well-known/openid-configuration"


class Issuer:
    """One issuer. Its name is the scenario's; its ``iss`` is what tokens and rules carry."""

    def __init__(
        self, name: str, url: str, iss: str, algorithm: AlgorithmName, background: BackgroundLoop
    ) -> None:
        self.name = name
        self.url = url
        """Its own place on the host."""
        self.iss = iss
        self.algorithm = algorithm
        self._background = background
        self._keys = [POOL.take(algorithm)]
        self._published = tuple(self._keys)
        self._further: dict[str, SigningKey] = {}
        self._edition = 1
        self._status = 200
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._fetches = 0

    @property
    def jwks_uri(self) -> str:
        """Where its key set is served."""
        return f"{self.url}{_KEY_SETS}/{self._edition}.json"

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        return self._keys[-1]

    @property
    def retired_key(self) -> SigningKey:
        """The key that signed before the last rotation.

        Raises:
            ValueError: there was none yet.
        """
        if len(self._keys) == 1:
            raise ValueError(f"the issuer {self.name} has always signed with the same key")
        return self._keys[-2]

    @cached_property
    def strange_key(self) -> SigningKey:
        """A key of the same algorithm that is never published."""
        return POOL.take(self.algorithm)

    @property
    def jwks(self) -> Mapping[str, Any]:
        """The published key set."""
        return published_set(self._published)

    @property
    def answers(self) -> bool:
        """Whether its key set can be fetched now."""
        return self._status == web.HTTPOk.status_code and self._speaks.is_set()

    @property
    def fetches(self) -> int:
        """How often the key set was asked for, whatever the answer was."""
        return self._fetches

    def token(
        self,
        recipe: str = "valid",
        claims: Claims | None = None,
        audience: Audience = None,
        helper: Signer | None = None,
    ) -> Token:
        """A token by recipe; ``gwjwt.identity.recipes.mint`` says what the arguments mean."""
        return mint(recipe, self, claims, audience, helper)

    def rotate(self, *, keep_old: bool = False) -> None:
        """Sign with a new key from now on. The key set holds that one only, or the earlier ones behind it."""
        self._keys.append(POOL.take(self.algorithm))
        self._published = tuple(reversed(self._keys)) if keep_old else (self.key,)

    def publish_elsewhere(self) -> None:
        """Have ``jwks_uri`` be another from now on, so that who remembers a key set by its URI fetches it anew.

        The earlier places keep answering, with the same set.
        """
        self._edition += 1

    def publish_another_key_first(self) -> None:
        """Begin the key set with a key of the same algorithm that signs no token."""
        self._published = (POOL.take(self.algorithm), *self._published)

    def publish_beside(
        self,
        name: str,
        algorithm: AlgorithmName,
        bits: int = RSA_BITS,
        published_as: Mapping[str, str | None] | None = None,
    ) -> None:
        """Have the key set hold one more key, which ``further_key`` gives by this name.

        Args:
            name: of the key, for who asks for it.
            algorithm: for which it is published.
            bits: the size of an RSA key.
            published_as: members of its JWK that are others than usual; None leaves one out.
        """
        private = self._rsa.private if bits == RSA_BITS and algorithm in RSA else generate(algorithm, bits)
        self._further[name] = SigningKey(algorithm, private, published_as or {})
        self._published = (*self._published, self._further[name])

    def further_key(self, name: str) -> SigningKey:
        """The key that was published beside under this name.

        Raises:
            ValueError: there is none.
        """
        if name not in self._further:
            raise ValueError(f"the issuer {self.name} has published no key {name} beside its own")
        return self._further[name]

    @cached_property
    def _rsa(self) -> SigningKey:
        """Of which all the further RSA keys have their numbers: a new one takes long."""
        return POOL.take("RS256")

    def serve_normally(self) -> None:
        """Answer with the key set again, after ``fail`` or ``hang``."""
        self._answer_with(200)

    def fail(self, status: int = 503) -> None:
        """Answer every fetch with this status instead of the key set."""
        self._answer_with(status)

    def hang(self) -> None:
        """Accept every fetch and leave it without an answer, until told otherwise or the host closes."""
        self._background.call(self._speaks.clear)

    def _answer_with(self, status: int) -> None:
        self._status = status
        self._background.call(self._speaks.set)

    async def answer(self, path: str) -> web.StreamResponse:
        """What the host answers for a path below the issuer's own."""
        wants_keys = path.startswith(f"{_KEY_SETS}/")
        if wants_keys:
            self._fetches += 1
        await self._speaks.wait()
        if self._status != web.HTTPOk.status_code:
            return web.json_response({"error": "the issuer fails on purpose"}, status=self._status)
        if wants_keys:
            return web.json_response(self.jwks)
        if path == _DISCOVERY:
            return web.json_response(self._discovery())
        return web.json_response({"error": "no such document"}, status=404)

    def _discovery(self) -> Mapping[str, Any]:
        """OpenID Connect Discovery 1.0, section 3: the members that a verifier reads."""
        return {
            "issuer": self.iss,
            "jwks_uri": self.jwks_uri,
            "id_token_signing_alg_values_supported": [self.algorithm],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }

    def close(self) -> None:
        """End every hanging answer and give the keys back."""
        self._answer_with(503)
        for key in self._keys:
            POOL.give_back(key)
        for name in ("strange_key", "_rsa"):
            if name in self.__dict__:
                POOL.give_back(self.__dict__[name])


class IssuerHost:
    """A context manager around the HTTP server that all issuers of one test process share."""

    def __init__(self, background: BackgroundLoop) -> None:
        self._background = background
        self._server = LoopbackServer(background, self._serve)
        self._issuers: dict[str, Issuer] = {}
        self._places = (f"/issuers/{number}" for number in itertools.count(1))
        self._elsewhere: str | None = None

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for issuer in tuple(self._issuers.values()):
            self.remove(issuer)
        self._server.close()

    @property
    def endpoint(self) -> Endpoint:
        """Where its server listens."""
        return self._server.endpoint

    def known_at(self, url: str) -> None:
        """Gateways reach the server at this URL, which leads to ``endpoint``: issuers say so from now on."""
        self._elsewhere = url

    def check(self) -> None:
        """Return if the issuers can be reached, whatever they answer.

        Raises:
            EnvironmentDied: they cannot.
        """
        if not self._server.listens:
            raise EnvironmentDied("the issuers", "their server does not listen any more")

    def answers(self, place: str) -> bool:
        """Whether a key set, or an ``iss`` that leads to one, is of an issuer here that answers with its keys."""
        return any(
            issuer.answers and place in (issuer.jwks_uri, issuer.iss) for issuer in self._issuers.values()
        )

    def create(
        self,
        name: str,
        *,
        iss: str | None = None,
        algorithm: str = "ES256",
        discoverable: bool = False,
    ) -> Issuer:
        """A new issuer with a key that no other has.

        Args:
            name: for tokens' labels and claims. Several issuers may have the same one.
            iss: its ``iss``; by default ``https://<name>.example.test``.
            algorithm: of its keys; one of ``gwjwt.identity.keys.ALGORITHMS``.
            discoverable: its ``iss`` is its URL, so that discovery by OpenID Connect finds the key set.

        Raises:
            UnknownAlgorithm: with the names there are.
        """
        place = next(self._places)
        url = self.endpoint.url(place) if self._elsewhere is None else f"{self._elsewhere}{place}"
        default = url if discoverable else f"https://{name}.example.test"
        issuer = Issuer(name, url, iss or default, algorithm_named(algorithm), self._background)
        self._issuers[place] = issuer
        return issuer

    def remove(self, issuer: Issuer) -> None:
        """Stop serving the issuer; its URLs answer 404 from now on."""
        for place, known in tuple(self._issuers.items()):
            if known is issuer:
                del self._issuers[place]
                issuer.close()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        for place, issuer in self._issuers.items():
            if request.path.startswith(f"{place}/"):
                return await issuer.answer(request.path.removeprefix(place))
        return web.json_response({"error": "no such issuer"}, status=404)
