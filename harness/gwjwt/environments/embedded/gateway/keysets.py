"""Key sets that the control plane fetches itself, as istiod does, and hands inline to Envoy.

As long as a set could not be fetched, a key that nobody has stands in for it: tokens of that issuer are
refused with 401. Source: Istio documentation, JWTRule ``jwksUri``; OpenID Connect Discovery 1.0, section 4.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from gwjwt.environments.embedded.gateway.translate.jwt import KeySource
from gwjwt.errors import GwjwtError

_DISCOVERY = "/.well-known/openid-configuration"
_FIRST_RETRY = 1.0
_LONGEST_RETRY = 60.0
_MODULUS_BYTES = 256


class FetchFailed(GwjwtError):
    """A key set could not be had; the message says why. Never leaves this module."""


@dataclass
class _Entry:
    keys: str
    fetched: bool = False
    failures: int = 0
    cause: str = ""
    overdue: bool = False
    """The last fetch had no answer in time."""
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = field(default=None)


class KeySets:
    """Key sets by their source, fetched in the background of one asyncio loop.

    Args:
        changed: called on the loop with a source whose keys are others than before.
        refresh_interval: seconds after which a set is fetched again (istiod: 20 minutes).
    """

    def __init__(
        self,
        changed: Callable[[KeySource], None],
        refresh_interval: float = 1200.0,
    ) -> None:
        self._changed = changed
        self._refresh_interval = refresh_interval
        self._entries: dict[KeySource, _Entry] = {}
        self._session: aiohttp.ClientSession | None = None

    def want(self, sources: Iterable[KeySource], *, retry: bool) -> Mapping[KeySource, str]:
        """The keys as they are now; what is missing, with ``retry`` also what failed, is on its way."""
        found = {}
        for source in sources:
            entry = self._entries.setdefault(source, _Entry(keys_of_nobody(source)))
            if entry.task is None and not entry.fetched and (retry or not entry.failures):
                self._fetch_later(source, entry)
            found[source] = entry.keys
        return found

    def keep_only(self, sources: Iterable[KeySource]) -> None:
        """Forget the sets that no rule refers to any more."""
        for source in self._entries.keys() - set(sources):
            self._drop(self._entries.pop(source))

    async def fetched(self, grace: float | None = None) -> None:
        """Return when no fetch is under way, or after ``grace`` seconds."""
        tasks = [entry.task for entry in self._entries.values() if entry.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)

    @property
    def fetching(self) -> bool:
        return any(entry.task is not None for entry in self._entries.values())

    async def refresh(self) -> None:
        """Fetch every set again now; return when all answers are in."""
        for source, entry in self._entries.items():
            if entry.task is None:
                self._fetch_later(source, entry)
        await self.fetched()

    def failures(self) -> dict[KeySource, str]:
        """The sources that could not be fetched, with the cause."""
        return {source: entry.cause for source, entry in self._entries.items() if entry.cause}

    def overdue(self) -> list[KeySource]:
        """The sources that have not answered in time when they were asked last, and whose keys nobody has."""
        return [source for source, entry in self._entries.items() if entry.overdue and not entry.fetched]

    async def close(self) -> None:
        self.keep_only(())
        if self._session is not None:
            await self._session.close()

    def _fetch_later(self, source: KeySource, entry: _Entry) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        entry.task = asyncio.get_running_loop().create_task(self._update(source, entry))

    async def _update(self, source: KeySource, entry: _Entry) -> None:
        before = entry.keys
        try:
            async with asyncio.timeout(source.timeout):
                entry.keys = await self._fetch(source)
        except (FetchFailed, TimeoutError) as error:
            entry.failures, entry.overdue = entry.failures + 1, isinstance(error, TimeoutError)
            entry.cause = str(error) or f"{source.jwks_uri}: no answer within {source.timeout:g} s"
            pause = min(_FIRST_RETRY * 2 ** (entry.failures - 1), _LONGEST_RETRY)
        else:
            entry.fetched, entry.failures, entry.cause, entry.overdue = True, 0, "", False
            pause = self._refresh_interval
        finally:
            entry.task = None
        entry.timer = asyncio.get_running_loop().call_later(pause, self._fetch_later, source, entry)
        if entry.keys != before:
            self._changed(source)

    async def _fetch(self, source: KeySource) -> str:
        uri = source.jwks_uri or await self._discover(source.issuer)
        text = await self._get(uri)
        if not isinstance(_parse(text, uri).get("keys"), list):
            raise FetchFailed(f"{uri}: not a JSON Web Key Set")
        return text

    async def _discover(self, issuer: str) -> str:
        uri = issuer.rstrip("/") + _DISCOVERY
        found = _parse(await self._get(uri), uri).get("jwks_uri")
        if not isinstance(found, str):
            raise FetchFailed(f"{uri}: no jwks_uri")
        return found

    async def _get(self, uri: str) -> str:
        if self._session is None:
            # No connection is kept: an issuer that is gone for a while must not leave a dead one behind.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        try:
            async with self._session.get(uri) as response:
                text = await response.text()
                if response.status != HTTPStatus.OK:
                    raise FetchFailed(f"{uri}: status {response.status}")
                return text
        except (aiohttp.ClientError, ValueError) as error:
            raise FetchFailed(f"{uri}: {error or type(error).__name__}") from error

    @staticmethod
    def _drop(entry: _Entry) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        if entry.task is not None:
            entry.task.cancel()


def keys_of_nobody(source: KeySource) -> str:
    """A valid key set with an RSA key whose private half does not exist, other for each source.

    The key has no ``kid``, as the one that istiod makes: it is tried for every token, and verifies none.
    """
    # 2048 bits, odd as every RSA modulus: Envoy refuses a key set with anything else.
    text = f"no keys could be fetched for {source.issuer} from {source.jwks_uri}".encode()
    modulus = text[: _MODULUS_BYTES - 1].ljust(_MODULUS_BYTES - 1, b".") + b"!"
    number = base64.urlsafe_b64encode(modulus).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "RSA", "e": "AQAB", "n": number}]})


def _parse(text: str, uri: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise FetchFailed(f"{uri}: not JSON") from error
    if not isinstance(found, dict):
        raise FetchFailed(f"{uri}: not a JSON object")
    return found
