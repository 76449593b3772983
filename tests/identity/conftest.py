from collections.abc import Iterator

import pytest

from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop


@pytest.fixture(scope="session")
def background() -> Iterator[BackgroundLoop]:
    with BackgroundLoop("identity-tests") as loop:
        yield loop


@pytest.fixture
def issuers(background: BackgroundLoop) -> Iterator[IssuerHost]:
    with IssuerHost(background) as host:
        yield host
