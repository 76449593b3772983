"""Binds the features of the profile istio-end-user-auth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_bdd import scenarios

from gwjwt.drivers.protocol import Configuration
from gwjwt.environments.protocol import Environment
from gwjwt.scene import ChainScene
from gwjwt.scene.sender import EvidenceLog

scenarios("../features/istio-end-user-auth")


@pytest.fixture
def scene(
    environment: Environment, configured: Callable[[str], Configuration], evidence_log: EvidenceLog
) -> Iterator[ChainScene]:
    with ChainScene(environment, configured("istio-end-user-auth"), evidence_log) as scene:
        yield scene
