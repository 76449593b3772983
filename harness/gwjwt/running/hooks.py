"""The pytest hook through which others listen to a run."""

from __future__ import annotations

import pytest

from gwjwt.reporting.events import Event


@pytest.hookspec
def pytest_gwjwt_event(event: Event) -> None:
    """Take one event of the run. Called in the process that the user started, in the order of the events.

    With no implementation of this hook, no events are made.
    """
