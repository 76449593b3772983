"""What somebody else needs to talk to the same Kubernetes API, as one who keeps a WebSocket to it does."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ApiConnection:
    """Where the API is, and how it knows us."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    """Those of every request; they hold credentials."""
    tls: ssl.SSLContext | None
    """None: the API speaks plain HTTP."""
    proxy: str | None


def connection(configuration: Any, headers: Mapping[str, str]) -> ApiConnection:
    """The connection that the official client's configuration describes."""
    url: str = configuration.host.rstrip("/")
    return ApiConnection(
        url, headers, _tls(configuration) if url.startswith("https:") else None, configuration.proxy
    )


def _tls(configuration: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
