from collections.abc import Callable, Iterator
from functools import partial

import pytest

from gwjwt.identity.issuer import Issuer, IssuerHost
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import let_arrivals_in
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import Deadlines


@pytest.fixture(scope="session")
def background() -> Iterator[BackgroundLoop]:
    with BackgroundLoop("traffic-tests") as loop:
        yield loop


@pytest.fixture(scope="session")
def issuer(background: BackgroundLoop) -> Iterator[Issuer]:
    with IssuerHost(background) as host:
        issuer = host.create("accounts")
        issuer.rotate()  # some kinds of tokens need a key that it had before
        yield issuer


@pytest.fixture
def workloads(background: BackgroundLoop) -> Iterator[WorkloadHost]:
    with WorkloadHost(background) as host:
        yield host


@pytest.fixture
def authorizer(background: BackgroundLoop) -> Iterator[Authorizer]:
    with Authorizer(background) as running:
        yield running


@pytest.fixture
def arrivals(background: BackgroundLoop) -> Callable[[], None]:
    return partial(let_arrivals_in, background)


@pytest.fixture
def probe(workloads: WorkloadHost, authorizer: Authorizer, arrivals: Callable[[], None]) -> Iterator[Probe]:
    with Probe(workloads, authorizer, Deadlines(request=0.3), arrivals) as client:
        yield client
