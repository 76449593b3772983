"""A Juju that is simulated as far as a charm can notice: which hooks run, in which order, and what an error stops.

Source: Juju, "Hook" and "Relation" of the reference documentation.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gwjwt.drivers.charm.process import CharmProcess, HookRaised
from gwjwt.drivers.charm.relations import Databag, Published
from gwjwt.drivers.protocol import LogLine

_FIRST_RELATION = 100
"""Peer relations have the ids below."""


@dataclass(frozen=True)
class Failure:
    """A hook that raised."""

    hook: str
    cause: str
    trace: str


@dataclass
class Relation:
    """A relation of the unit with another application."""

    id: int
    endpoint: str
    app: str
    remote: Published
    answer: Databag = field(default_factory=dict)
    """What the charm has published itself, as application."""


@dataclass(frozen=True)
class _Hook:
    event: str
    relation: Relation | None = None
    peer: str | None = None
    afterwards: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        of = self.relation.endpoint if self.relation else self.peer
        event = self.event.replace("_", "-")
        return f"{of}-{event}" if of else event


class Unit:
    """One unit of a deployed charm.

    A hook that raises puts the unit into the error state: later hooks wait, and the failed one is tried again before
    each of them and by ``retry``, as Juju does by default.
    """

    def __init__(
        self,
        process: CharmProcess,
        app: str,
        model: str,
        *,
        key: str = "",
        leader: bool = True,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Deploy it; no hook has run yet. ``key`` tells it from others of its name in its process."""
        self._process, self._key = process, key or f"{model}/{app}"
        self._pending: deque[_Hook] = deque()
        self._numbers = itertools.count(_FIRST_RELATION)
        self._relations: dict[tuple[str, str], Relation] = {}
        self.failure: Failure | None = None
        self.failures: list[Failure] = []
        """All of them, for whoever collects evidence."""
        self.status: dict[str, tuple[str, str]] = {}
        self.log: list[LogLine] = []
        process.ask("deploy", unit=self._key, app=app, model=model, leader=leader, config=dict(config or {}))

    def install(self) -> None:
        """The hooks of a new unit, in Juju's order."""
        peers = [name for name, each in self._process.endpoints.items() if each["role"] == "peers"]
        created = [_Hook("relation_created", peer=name) for name in peers]
        self._run(
            _Hook("install"), *created, _Hook("leader_elected"), _Hook("config_changed"), _Hook("start")
        )

    def relation(self, endpoint: str, app: str) -> Relation | None:
        return self._relations.get((endpoint, app))

    def relate(self, endpoint: str, app: str, remote: Published) -> Relation:
        """Integrate with an application that publishes this, or have it publish this instead."""
        known = self.relation(endpoint, app)
        if known:
            self._publish(known, remote)
            self._run(_Hook("relation_changed", known))
            return known
        made = Relation(next(self._numbers), endpoint, app, Published())
        self._relations[endpoint, app] = made
        self._tell(made, with_unit=False)
        self._run(_Hook("relation_created", made))
        self._publish(made, remote)
        self._run(_Hook("relation_joined", made), _Hook("relation_changed", made))
        return made

    def end_relation(self, endpoint: str, app: str) -> None:
        """The other unit departs, then the relation breaks. Hooks of it that still wait are left out."""
        ended = self._relations.pop((endpoint, app))
        waiting = list(self._pending)
        self._pending = deque(
            hook
            for index, hook in enumerate(waiting)
            if hook.relation is not ended or (index == 0 and self.failure)
        )
        self._run(
            _Hook("relation_departed", ended, afterwards=lambda: self._tell(ended, with_unit=False)),
            _Hook(
                "relation_broken",
                ended,
                afterwards=lambda: self._process.ask("end", unit=self._key, relation=ended.id),
            ),
        )

    def configure(self, config: Mapping[str, Any]) -> None:
        """``juju config``."""
        self._process.ask("change", unit=self._key, config=dict(config))
        self._run(_Hook("config_changed"))

    def remove(self) -> None:
        """The application is removed: its relations end, then its last unit goes."""
        for endpoint, app in list(self._relations):
            self.end_relation(endpoint, app)
        self._process.ask("change", unit=self._key, planned_units=0)
        self._run(_Hook("stop"), _Hook("remove"))

    def forget(self) -> None:
        self._process.ask("forget", unit=self._key)

    def retry(self) -> None:
        """Try again what has failed."""
        self._run()

    def _publish(self, relation: Relation, remote: Published) -> None:
        relation.remote = remote
        self._tell(relation, with_unit=True)

    def _tell(self, relation: Relation, *, with_unit: bool) -> None:
        self._process.ask(
            "relate",
            unit=self._key,
            relation=relation.id,
            endpoint=relation.endpoint,
            app=relation.app,
            app_data=dict(relation.remote.app),
            unit_data=dict(relation.remote.unit) if with_unit else None,
        )

    def _run(self, *hooks: _Hook) -> None:
        self._pending.extend(hooks)
        while self._pending:
            hook = self._pending[0]
            try:
                self._fire(hook)
            except HookRaised as raised:
                self._fail(Failure(hook.name, raised.cause, raised.trace))
                return
            self.failure = None
            self._pending.popleft()
            if hook.afterwards:
                hook.afterwards()

    def _fail(self, failure: Failure) -> None:
        if self.failure is None or self.failure.hook != failure.hook:
            self.failures.append(failure)
        self.failure = failure

    def _fire(self, hook: _Hook) -> None:
        subject = {"relation": hook.relation.id} if hook.relation else {}
        peer = {"peer": hook.peer} if hook.peer else {}
        told = self._process.fire(self._key, hook.event, **subject, **peer)
        self.status = {whose: (told[whose][0], told[whose][1]) for whose in ("app", "unit") if whose in told}
        self.log += [LogLine(level, message) for level, message in told.get("log", ())]
        for relation in self._relations.values():
            relation.answer = told.get("databags", {}).get(str(relation.id), relation.answer)
