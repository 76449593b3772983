"""One environment and one deployment of the implementation for all test processes, in the process that starts them.

pytest-xdist's workers ask over a connection on loopback, with a key that only they are given (``multiprocessing``'s
managers). It is started while the workers come up; who asks before it is ready waits, and is told if it does not start.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing.managers import BaseManager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from gwjwt.cluster import Cluster
from gwjwt.drivers.protocol import DeployingDriver, Deployment, Driver
from gwjwt.environments.registry import Ask, join_environment, shareable_environment
from gwjwt.errors import EnvironmentDied
from gwjwt.local.ports import HOST
from gwjwt.running.plan import RunPlan
from gwjwt.target import Target
from gwjwt.waiting import Deadlines

if TYPE_CHECKING:  # loads HTTP servers and clients, which a process that only has workers may have no use for
    from gwjwt.environments.protocol import Environment, Shareable

_KEY = "gwjwt_shared"
_ENVIRONMENT, _DEPLOYMENT = "environment", "deployment"


class _Shared(NamedTuple):
    environment: Shareable
    deployment: Deployment | None


class _Counter:
    """Where workers ask. Each call comes in a thread of its own."""

    def __init__(self, shared: Future[_Shared]) -> None:
        self._shared = shared

    def ask(self, part: str, method: str, *arguments: object) -> Any:
        found = getattr(self._shared.result(), part)
        return None if found is None else getattr(found, method)(*arguments)


class _Manager(BaseManager):
    pass


_Manager.register("counter")


class SharedEnvironment:
    """A pytest plugin for the process that has the workers; does nothing for an environment that is not shared."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._parts = ExitStack()
        self._where: tuple[int, str] | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: list[object]) -> None:
        target = self._plan.target
        environment = shareable_environment(
            target.environment, target.environment_options, target.deadlines, len(specs)
        )
        if environment is not None:
            running = _running(environment, self._plan.driver, target.deadlines)
            self._where = self._parts.enter_context(_served(running))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if self._where is not None:
            node.workerinput[_KEY] = list(self._where)

    def pytest_unconfigure(self) -> None:
        self._parts.close()


@contextmanager
def _running(
    environment: AbstractContextManager[Shareable], driver: Driver, deadlines: Deadlines
) -> Iterator[_Shared]:
    with ExitStack() as stack:
        shared = stack.enter_context(environment)
        deployment = None
        if isinstance(driver, DeployingDriver):
            cluster = stack.enter_context(Cluster(shared.kubeconfig()))
            deployment = stack.enter_context(driver.deploy(cluster, deadlines))
        yield _Shared(shared, deployment)


@contextmanager
def _served(running: AbstractContextManager[_Shared]) -> Iterator[tuple[int, str]]:
    """Enter it in a thread and let workers ask for it; where, and with which key."""
    key = secrets.token_hex(16)
    with ThreadPoolExecutor(1, "gwjwt-shared") as thread:
        shared = thread.submit(running.__enter__)
        counter = _Counter(shared)

        class Manager(BaseManager):
            pass

        Manager.register("counter", callable=lambda: counter, exposed=("ask",))
        server = Manager((HOST, 0), key.encode()).get_server()
        threading.Thread(target=server.serve_forever, name="gwjwt-counter", daemon=True).start()
        _, port = cast("tuple[str, int]", server.address)
        try:
            yield port, key
        finally:
            if shared.exception() is None:
                running.__exit__(None, None, None)


class _JoinedDeployment:
    """A ``Deployment`` that another process has."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def check(self) -> None:
        self._ask("check")

    def when_it_ends(self, callback: Callable[[], None]) -> None:
        del callback


class Joined:
    """What this worker shares with others: takes the place of an environment and a driver of its own."""

    def __init__(self, port: int, key: str) -> None:
        manager = _Manager((HOST, port), key.encode())
        manager.connect()
        self._counter = manager.counter()  # type: ignore[attr-defined]  # made by register

    @classmethod
    def of(cls, config: pytest.Config) -> Joined | None:
        where = getattr(config, "workerinput", {}).get(_KEY)
        return None if where is None else cls(*where)

    def environment(self, target: Target) -> AbstractContextManager[Environment]:
        return join_environment(target.environment, self._ask(_ENVIRONMENT), target.deadlines)

    def deployment(self) -> Deployment:
        return _JoinedDeployment(self._ask(_DEPLOYMENT))

    def _ask(self, part: str) -> Ask:
        def ask(method: str, *arguments: object) -> Any:
            try:
                return self._counter.ask(part, method, *arguments)
            except (ConnectionError, EOFError) as error:
                raise EnvironmentDied("the process that has the environment", "it has ended") from error

        return ask
