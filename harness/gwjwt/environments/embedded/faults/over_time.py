"""Gateways that are right in the end, and wrong for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gwjwt.environments.embedded.faults.wrong import WrongGateway
from gwjwt.environments.embedded.gateway.objects import POLICY_KINDS as ISTIO_KINDS
from gwjwt.environments.embedded.gateway.objects import Changed, ObjectKey, ObjectSource
from gwjwt.environments.embedded.gateway.translate.fields import Manifest

_POLICY_KINDS = (*ISTIO_KINDS, "JWTPolicy")
_Believed = dict[ObjectKey, Manifest]


class DelayedPolicies:
    """An ``ObjectSource`` that tells of a policy's changes late.

    Args:
        seconds: how late.
        open_meanwhile: whether the policy is as good as deleted until then; else it stays as it was.
        forgets: whether it ever tells of the end of a policy.
    """

    def __init__(
        self, source: ObjectSource, seconds: float, *, open_meanwhile: bool = False, forgets: bool = True
    ) -> None:
        self._source, self._seconds = source, seconds
        self._open_meanwhile, self._forgets = open_meanwhile, forgets
        self._believed: _Believed = {}

    def list(self, kind: str, namespace: str | None = None) -> Iterable[Manifest]:
        if kind not in _POLICY_KINDS:
            return self._source.list(kind, namespace)
        return [
            manifest
            for (known, place, _), manifest in sorted(self._believed.items())
            if known == kind and namespace in (None, place)
        ]

    def subscribe(self, callback: Changed) -> Callable[[], None]:
        def changed(event: str, manifest: Mapping[str, Any], version: int) -> None:
            if manifest["kind"] not in _POLICY_KINDS:
                callback(event, manifest, version)
                return
            if event == "DELETED" and not self._forgets:
                return
            known = self._believed.get(_key(manifest))
            if self._open_meanwhile and known is not None:
                self._believe("DELETED", known)
                callback("DELETED", known, version)
            later = asyncio.get_running_loop().call_later
            later(self._seconds, self._tell, callback, event, manifest, version)

        return self._source.subscribe(changed)

    def _tell(self, callback: Changed, event: str, manifest: Mapping[str, Any], version: int) -> None:
        self._believe(event, manifest)
        callback(event, manifest, version)

    def _believe(self, event: str, manifest: Mapping[str, Any]) -> None:
        if event == "DELETED":
            self._believed.pop(_key(manifest), None)
        else:
            self._believed[_key(manifest)] = manifest


def _key(manifest: Mapping[str, Any]) -> ObjectKey:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata["namespace"], metadata["name"]


def _late(seconds: float, **how: bool) -> Callable[[ObjectSource], ObjectSource]:
    return lambda source: DelayedPolicies(source, seconds, **how)


GATEWAYS = (
    WrongGateway("late-by-two-seconds", hear=_late(2.0)),
    WrongGateway("old-state-for-a-moment", hear=_late(0.3)),
    WrongGateway("open-for-a-moment", hear=_late(0.3, open_meanwhile=True)),
    WrongGateway("policies-never-forgotten", hear=_late(0.0, forgets=False)),
)
