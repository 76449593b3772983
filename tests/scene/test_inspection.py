"""What the implementation says of a gateway is judged as it says it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gwjwt.drivers.protocol import Status
from gwjwt.errors import ClauseViolated
from gwjwt.scene.inspection import Inspection
from gwjwt.scene.stage import GatewayState, Stage
from gwjwt.words import GatewayName


@pytest.mark.parametrize("state", ["blocked", "waiting", "error"])
def test_only_active_is_active(state):
    front = GatewayName("ns", "front")
    implementation = SimpleNamespace(status=lambda gateway: Status(state, f"of {gateway.name}"))
    inspection = Inspection(implementation, Stage({"front": GatewayState(front)}), None)
    with pytest.raises(ClauseViolated, match=f'expected "front" to be active, it is {state}: of front'):
        inspection.is_active("front")
