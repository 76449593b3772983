"""The fixtures of the suite: an environment and an implementation for the session, a scene for each scenario.

A plugin and no ``conftest.py``: pytest imports that also in a process that only hands scenarios to others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack

import pytest

from gwjwt import timings
from gwjwt.cluster import Cluster
from gwjwt.drivers.protocol import Configuration, ConfiguringDriver, DeployingDriver, Driver, Implementation
from gwjwt.environments.protocol import Environment
from gwjwt.environments.registry import start_environment
from gwjwt.errors import Unsupported
from gwjwt.running.access import require_access
from gwjwt.running.implementations import Implementations
from gwjwt.running.sharing import Joined
from gwjwt.scene import AnyScene, ChainScene, GlooScene, IngressScene, Scene
from gwjwt.scene.sender import EvidenceLog
from gwjwt.target import Target


@pytest.fixture(scope="session")
def environment(
    gwjwt_target: Target,
    gwjwt_shared: Joined | None,
    announce_environment: Callable[[Environment], None],
) -> Iterator[Environment]:
    target = gwjwt_target
    with ExitStack() as running:
        with timings.phase("start"):
            if gwjwt_shared:
                starting = gwjwt_shared.environment(target)
            else:
                starting = start_environment(target.environment, target.environment_options, target.deadlines)
            environment = running.enter_context(starting)
            announce_environment(environment)
            require_access(target.environment, target.driver, environment.kubeconfig)
        yield environment


@pytest.fixture(scope="session")
def implementations(
    gwjwt_target: Target, gwjwt_driver: Driver, gwjwt_shared: Joined | None, environment: Environment
) -> Iterator[Implementations]:
    is_deployed = gwjwt_shared and isinstance(gwjwt_driver, DeployingDriver)
    shared = gwjwt_shared.deployment() if gwjwt_shared and is_deployed else None
    with Implementations(gwjwt_driver, environment.kubeconfig, gwjwt_target.deadlines, shared) as running:
        yield running


@pytest.fixture
def way(implementations: Implementations) -> Iterator[Implementations]:
    """The way from the implementation to the Kubernetes API; what one scenario puts there is gone for the next."""
    yield implementations
    implementations.at_full_speed()


@pytest.fixture
def implementation(implementations: Implementations) -> Implementation:
    """As the scenario wants it: the step that asks for a delay comes before the first that needs it."""
    return implementations.get()


@pytest.fixture(scope="session")
def configured(gwjwt_driver: Driver, environment: Environment) -> Iterator[Callable[[str], Configuration]]:
    """The product that a profile is about, as the driver configures it; from its first scenario to the end."""
    with ExitStack() as running:
        cluster = running.enter_context(Cluster(environment.kubeconfig))

        @functools.cache
        def configure(profile: str) -> Configuration:
            if not isinstance(gwjwt_driver, ConfiguringDriver):
                raise Unsupported(f"the driver {gwjwt_driver.name!r} configures no gateway product")
            return running.enter_context(gwjwt_driver.configure(profile, cluster))

        yield configure


PRODUCTS: Mapping[
    str, Callable[[Environment, Configuration, EvidenceLog], AbstractContextManager[AnyScene]]
] = {
    "gloo-jwt-policy": GlooScene,
    "istio-end-user-auth": ChainScene,
    "istio-ingress-jwt": IngressScene,
}
"""By profile: the scenes of those that are about a gateway product."""


@pytest.fixture
def scene(
    request: pytest.FixtureRequest,
    gwjwt_profile: str,
    environment: Environment,
    evidence_log: EvidenceLog,
    implementations: Implementations,
) -> Iterator[AnyScene]:
    """The world of the running scenario, as its profile has it."""
    made: AbstractContextManager[AnyScene]
    if gwjwt_profile in PRODUCTS:
        configured = request.getfixturevalue("configured")
        made = PRODUCTS[gwjwt_profile](environment, configured(gwjwt_profile), evidence_log)
    else:
        implementation, target = map(request.getfixturevalue, ("implementation", "gwjwt_target"))
        made = Scene(environment, implementation, evidence_log, target.deadlines)
    with made as scene:
        yield scene
        implementations.at_full_speed()  # nobody looks at how it takes down what was built
