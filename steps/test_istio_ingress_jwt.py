"""Binds the features of the profile istio-ingress-jwt."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_bdd import scenarios

from gwjwt.drivers.protocol import Configuration
from gwjwt.environments.protocol import Environment
from gwjwt.scene import IngressScene
from gwjwt.scene.sender import EvidenceLog

scenarios("../features/istio-ingress-jwt")


@pytest.fixture
def scene(
    environment: Environment, configured: Callable[[str], Configuration], evidence_log: EvidenceLog
) -> Iterator[IngressScene]:
    with IngressScene(environment, configured("istio-ingress-jwt"), evidence_log) as scene:
        yield scene
