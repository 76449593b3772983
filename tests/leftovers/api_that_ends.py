"""The embedded Kubernetes API goes away in the middle of the run. A pytest plugin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gwjwt.environments.embedded.api import KubernetesApi

_STEPS_BEFORE_IT = 40


@pytest.fixture(scope="session", autouse=True)
def _remembered() -> Iterator[None]:
    """Remember the API that the environment opens."""
    with pytest.MonkeyPatch.context() as patch:
        real = KubernetesApi.__enter__

        def enter(self: KubernetesApi) -> KubernetesApi:
            _OPENED.append(self)
            return real(self)

        patch.setattr(KubernetesApi, "__enter__", enter)
        yield


_OPENED: list[KubernetesApi] = []
_STEPS: list[str] = []


def pytest_bdd_before_step(step: object) -> None:
    _STEPS.append(str(step))
    if len(_STEPS) == _STEPS_BEFORE_IT:
        [api] = _OPENED
        api.__exit__(None, None, None)
