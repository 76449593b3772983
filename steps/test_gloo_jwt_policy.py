"""Binds the features of the profile gloo-jwt-policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_bdd import scenarios

from gwjwt.drivers.protocol import Configuration
from gwjwt.environments.protocol import Environment
from gwjwt.scene import GlooScene
from gwjwt.scene.sender import EvidenceLog

scenarios("../features/gloo-jwt-policy")


@pytest.fixture
def scene(
    environment: Environment, configured: Callable[[str], Configuration], evidence_log: EvidenceLog
) -> Iterator[GlooScene]:
    with GlooScene(environment, configured("gloo-jwt-policy"), evidence_log) as scene:
        yield scene
