"""Objects that refer to what nobody has made: said in their status, as their product says it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.environments.embedded.gateway import objects
from gwjwt.environments.embedded.gateway.status import StatusWriter
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, well_formed


@dataclass(frozen=True)
class Referrer:
    """A kind of objects that refer to others."""

    kind: str
    refers_to: frozenset[str]
    """A write to one of these kinds, or to its own, is a reason to look again."""
    missing: Callable[[objects.ObjectSource, Manifest], Iterable[str]]
    """In the product's words, each thing that the object refers to and that is not there."""
    status: Callable[[Sequence[str]], Mapping[str, Any]]
    """What stands in the status for that; also for nothing, once there was something."""


class References:
    """Looks again after every write to one of the kinds that refer or are referred to. Lives on the loop's thread."""

    def __init__(
        self, source: objects.ObjectSource, write: StatusWriter | None, referrers: Sequence[Referrer]
    ) -> None:
        self._source, self._write, self._referrers = source, write, referrers
        self._told: dict[str, dict[str, list[str]]] = {each.kind: {} for each in referrers}
        self._due: set[str] = set()

    def changed(self, kind: str) -> None:
        """An object of this kind was written."""
        if self._write is None:
            return
        affected = {each.kind for each in self._referrers if kind == each.kind or kind in each.refers_to}
        if affected and not self._due:
            asyncio.get_running_loop().call_soon(self._look)
        self._due |= affected

    def _look(self) -> None:
        due, self._due = self._due, set()
        for each in self._referrers:
            if each.kind in due:
                self._look_at(each)

    def _look_at(self, referrer: Referrer) -> None:
        if self._write is None:
            return
        present = {str(each["metadata"]["uid"]): each for each in self._source.list(referrer.kind)}
        told = {uid: words for uid, words in self._told[referrer.kind].items() if uid in present}
        self._told[referrer.kind] = told
        for uid, each in present.items():
            missing = self._missing(referrer, each)
            if missing != told.get(uid, []):
                told[uid] = missing
                metadata = each["metadata"]
                self._write(referrer.kind, metadata["namespace"], metadata["name"], referrer.status(missing))

    def _missing(self, referrer: Referrer, manifest: Manifest) -> list[str]:
        try:
            with well_formed():
                return list(dict.fromkeys(referrer.missing(self._source, manifest)))
        except FieldNotSupported:
            return []  # translating it says so


def names(source: objects.ObjectSource, kind: str) -> set[tuple[str, str]]:
    """Namespace and name of every object of a kind."""
    return {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in source.list(kind)}
