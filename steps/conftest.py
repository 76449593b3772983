"""The fixtures of the suite: an environment and an implementation for the session, a scene for each scenario."""

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
        yield environment


@pytest.fixture(scope="session")
def implementation(
    gwjwt_target: Target, gwjwt_driver: Driver, gwjwt_shared: Joined | None, environment: Environment
) -> Iterator[Implementation]:
    deadlines = gwjwt_target.deadlines
    with ExitStack() as running:
        cluster = running.enter_context(Cluster(environment.kubeconfig))
        if gwjwt_shared and isinstance(gwjwt_driver, DeployingDriver):
            started = gwjwt_driver.join(cluster, deadlines, gwjwt_shared.deployment())
        else:
            started = gwjwt_driver.start(cluster, deadlines)
        yield running.enter_context(started)


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
    request: pytest.FixtureRequest, gwjwt_profile: str, environment: Environment, evidence_log: EvidenceLog
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
