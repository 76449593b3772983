"""The fixtures of the suite: an environment and an implementation for the session, a scene for each scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from gwjwt import timings
from gwjwt.cluster import Cluster
from gwjwt.drivers.protocol import Driver, Implementation
from gwjwt.environments.protocol import Environment, EnvironmentDescription
from gwjwt.environments.registry import start_environment
from gwjwt.scene import Scene
from gwjwt.scene.requests import EvidenceLog
from gwjwt.target import Target


@pytest.fixture(scope="session")
def environment(
    gwjwt_target: Target, announce_environment: Callable[[EnvironmentDescription], None]
) -> Iterator[Environment]:
    target = gwjwt_target
    with ExitStack() as running:
        with timings.phase("start"):
            starting = start_environment(target.environment, target.environment_options, target.deadlines)
            environment = running.enter_context(starting)
            announce_environment(environment.description)
        yield environment


@pytest.fixture(scope="session")
def implementation(
    gwjwt_target: Target, gwjwt_driver: Driver, environment: Environment
) -> Iterator[Implementation]:
    with (
        Cluster(environment.kubeconfig) as cluster,
        gwjwt_driver.start(cluster, gwjwt_target.deadlines) as started,
    ):
        yield started


@pytest.fixture
def scene(
    environment: Environment,
    implementation: Implementation,
    evidence_log: EvidenceLog,
    gwjwt_target: Target,
) -> Iterator[Scene]:
    with Scene(environment, implementation, evidence_log, gwjwt_target.deadlines) as scene:
        yield scene
