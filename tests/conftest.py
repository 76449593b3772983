from __future__ import annotations

import itertools

import pytest
from hypothesis import settings

from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.api import KubernetesApi
from gwjwt.local.background import BackgroundLoop

settings.register_profile("gwjwt", deadline=None, max_examples=60)
settings.load_profile("gwjwt")

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
