"""The units of one application, and waiting for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from gwjwt.drivers.charm.live.agent import Agent, Noted, failure, outstanding
from gwjwt.drivers.charm.live.model import LiveModel
from gwjwt.errors import EnvironmentFailed, ImplementationFailed
from gwjwt.waiting import NotYet, TimedOut, eventually

WAY_OUT = "look at juju status and juju debug-log, or give it longer with driver.patience"


class IngressUnits:
    """All units of an ingress application that is deployed, or is being so."""

    def __init__(self, model: LiveModel, app: str, patience: float) -> None:
        """Wait until every unit is there, active and idle.

        Raises:
            ImplementationFailed: not within ``patience`` seconds.
            EnvironmentFailed: the model has no such application.
        """
        self.app, self._model, self._patience = app, model, patience
        self._agents: list[Agent] = []
        if model.app(app) is None:
            names = ", ".join(sorted(model.status().apps)) or "none"
            raise EnvironmentFailed(f"the model {model.name}", f"has no application {app} (it has: {names})")
        try:
            self._agents = [
                Agent(unit, partial(model.history, unit)) for unit in _ready(model, app, patience)
            ]
        except TimedOut as late:
            raise ImplementationFailed(f"{late}; {WAY_OUT}") from late

    @contextmanager
    def acting(self, hooks: Sequence[str]) -> Iterator[Mapping[str, list[Noted]]]:
        """Make one change inside of it; on leaving, every unit has run these hooks because of it, or has failed.

        What the units have noted is then in the mapping.

        Raises:
            ImplementationFailed: a unit has not run them within the time.
        """
        acted = self._tried_again()
        marks = [(agent, agent.mark()) for agent in self._agents if agent.unit not in acted]
        yield acted
        for agent, mark in marks:
            acted[agent.unit] = self._await(agent, mark, hooks)

    def in_error(self) -> bool:
        return any(agent.failure() for agent in self._agents)

    def require_pristine(self, endpoints: Collection[str]) -> None:
        """Return when nobody is related over these endpoints, as it has to be when a scenario begins.

        Raises:
            EnvironmentFailed: a unit is in the error state, or there are relations that stay.
        """

        def pristine() -> None:
            app = self._model.app(self.app)
            if related := sorted(set(app.relations).intersection(endpoints) if app else ()):
                raise NotYet(f"there are relations over {', '.join(related)}")

        for agent in self._agents:
            if words := agent.failure():
                cause = f"{agent.unit} is in error before the scenario begins: {words}; juju resolved {agent.unit}"
                raise EnvironmentFailed(f"the model {self._model.name}", cause)
        try:
            eventually(f"{self.app} is without relations", pristine, self._patience)
        except TimedOut as late:
            way_out = "remove them: an ingress that is shared cannot be judged"
            raise EnvironmentFailed(f"the model {self._model.name}", f"{late}; {way_out}") from late

    def await_gone(self) -> None:
        """Return when the model has no such application any more; raises ``ImplementationFailed`` when it keeps it."""

        def gone() -> None:
            if app := self._model.app(self.app):
                raise NotYet(f"it is {app.life or 'alive'}, with {len(app.units)} units")

        try:
            eventually(f"{self.app} leaves the model {self._model.name}", gone, self._patience)
        except TimedOut as late:
            raise ImplementationFailed(f"{late}; {WAY_OUT}") from late

    def _tried_again(self) -> dict[str, list[Noted]]:
        """The units that were in the error state and have failed once more."""
        again = {}
        for agent in self._agents:
            if agent.failure():
                mark = agent.mark()
                self._model.retry(agent.unit)
                again[agent.unit] = self._await(agent, mark, ())
        return {unit: news for unit, news in again.items() if failure(news)}

    def _await(self, agent: Agent, mark: int, hooks: Sequence[str]) -> list[Noted]:
        def acted() -> list[Noted]:
            news = agent.since(mark)
            if words := outstanding(news, hooks):
                raise NotYet(words)
            return news

        try:
            return eventually(f"{agent.unit} acts on the change", acted, self._patience)
        except TimedOut as late:
            raise ImplementationFailed(f"{late}; {WAY_OUT}") from late


def deployed(model: LiveModel, app: str, patience: float) -> str:
    """The leading unit of an application of ours, once it is active and idle.

    Raises:
        EnvironmentFailed: not within ``patience`` seconds.
    """
    try:
        _ready(model, app, patience)
    except TimedOut as late:
        raise EnvironmentFailed(f"the model {model.name}", f"{late}; {WAY_OUT}") from late
    found = model.app(app)
    return next((name for name, unit in (found.units if found else {}).items() if unit.leader), f"{app}/0")


def _ready(model: LiveModel, app: str, patience: float) -> list[str]:
    """The names of its units, as soon as each of them is active and idle.

    No older state can satisfy it: the application has just been deployed, or is not the subject of a change.
    """

    def ready() -> list[str]:
        found = model.app(app)
        if found is None or not found.units:
            raise NotYet("it has no unit yet")
        if len(found.units) < found.scale:
            raise NotYet(f"it has {len(found.units)} of {found.scale} units")
        for name, unit in found.units.items():
            workload, agent = unit.workload_status, unit.juju_status
            if (workload.current, agent.current) != ("active", "idle"):
                message = f" ({workload.message})" if workload.message else ""
                raise NotYet(f"{name} is {workload.current}{message}, its agent {agent.current}")
        return sorted(found.units)

    return eventually(f"{app} is active and idle", ready, patience)
