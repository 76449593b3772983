from __future__ import annotations

from collections.abc import Iterator

import pytest

from gwjwt.cluster import Cluster
from gwjwt.environments.local_istio.environment import LocalIstioEnvironment
from gwjwt.environments.local_istio.istio_cluster import LocalCluster
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.waiting import Deadlines

DEADLINES = Deadlines(start=60.0, settle=20.0)


@pytest.fixture(scope="module")
def environment() -> Iterator[LocalIstioEnvironment]:
    with LocalIstioEnvironment(LocalCluster(LocalIstioOptions(), DEADLINES), DEADLINES) as environment:
        yield environment


@pytest.fixture(scope="module")
def cluster(environment: LocalIstioEnvironment) -> Iterator[Cluster]:
    with Cluster(environment.kubeconfig) as cluster:
        yield cluster
