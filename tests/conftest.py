from __future__ import annotations

import itertools
import os
import shutil

import pytest
from hypothesis import settings

from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.api import KubernetesApi
from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.background import BackgroundLoop

settings.register_profile("gwjwt", deadline=None, max_examples=60)
settings.load_profile("gwjwt")

WITHOUT_KUBECTL = shutil.which("kubectl") is None and "CI" not in os.environ
"""Nobody has to install kubectl to work on the suite; in CI its absence fails the tests that need it."""


def istio_is_missing() -> bool:
    """Nobody has to build Istio either; ``make test-istio`` does, and runs what needs it."""
    try:
        find_assets(DEFAULT_RELEASE)
    except EnvironmentFailed:
        return True
    return False


LEFT_OUT = {
    "embedded/api/test_api_with_kubectl.py": WITHOUT_KUBECTL,
    "istio": istio_is_missing(),
    "leftovers/test_runs_on_istio.py": istio_is_missing(),
}
collect_ignore = [name for name, left_out in LEFT_OUT.items() if left_out]


def pytest_report_header() -> list[str]:
    return [f"left out, as its programs are missing: {name}" for name in collect_ignore]


_numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with (
        BackgroundLoop() as loop,
        KubernetesApi(loop, tmp_path_factory.mktemp("api")) as api,
        Cluster(api.kubeconfig) as connected,
    ):
        yield connected


@pytest.fixture
def namespace(cluster):
    name = f"model-{next(_numbers)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name
