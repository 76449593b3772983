"""What istiod is told about its mesh. Source: Istio documentation, MeshConfig."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gwjwt.cluster import Object
from gwjwt.traffic.authorizer import PROVIDER, Authorizer

ROOT_NAMESPACE = "istio-system"
MANAGER = "gwjwt-environment"
"""The field manager of what the environment itself writes."""
_AUTHORIZER_PORT = 80
_LIVES = 5
"""pytest-xdist replaces a process that died, at most four times as many as there are."""


def provider_names(tenants: int) -> tuple[str, ...]:
    """The extension providers of a mesh for so many test processes, and for those that take the place of lost ones."""
    count = 1 if tenants == 1 else tenants * _LIVES
    return (PROVIDER, *(f"{PROVIDER}-{number}" for number in range(2, count + 1)))


def write_mesh(directory: Path, providers: Iterable[str]) -> Path:
    """Write the mesh configuration below istiod's working directory, and return its file."""
    file = directory / "mesh.yaml"
    file.write_text(json.dumps(mesh_config(providers)))
    return file


def mesh_config(providers: Iterable[str]) -> dict[str, Any]:
    """MeshConfig: plain text to the workloads, since nobody issues certificates, and the suite's authorizers.

    A provider whose service nobody has entered is none: istiod resolves it when a policy names it.
    """
    return {
        "enableAutoMtls": False,
        "defaultProviders": {},
        "rootNamespace": ROOT_NAMESPACE,
        "accessLogFile": "",
        "extensionProviders": [
            {
                "name": provider,
                "envoyExtAuthzHttp": {
                    "service": _authorizer_host(provider),
                    "port": _AUTHORIZER_PORT,
                    "includeRequestHeadersInCheck": list(Authorizer.include_request_headers),
                    "headersToUpstreamOnAllow": list(Authorizer.headers_to_upstream),
                    "headersToDownstreamOnDeny": list(Authorizer.headers_to_downstream),
                },
            }
            for provider in providers
        ],
    }


def authorizer_entry(authorizer: Authorizer) -> Object:
    """The authorizer as a service of the mesh, where its extension provider looks for it."""
    provider = authorizer.provider
    return external_service(
        provider, ROOT_NAMESPACE, _authorizer_host(provider), _AUTHORIZER_PORT, authorizer.endpoint.port
    )


def _authorizer_host(provider: str) -> str:
    return f"{provider}.gwjwt.internal"


def external_service(name: str, namespace: str, host: str, port: int, listening: int) -> Object:
    """A ServiceEntry for something that listens on this machine's loopback address.

    An EndpointSlice cannot say that: the Kubernetes API refuses loopback addresses in it.
    """
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "hosts": [host],
            "location": "MESH_EXTERNAL",
            "resolution": "STATIC",
            "ports": [{"name": "http", "number": port, "protocol": "HTTP", "targetPort": listening}],
            "endpoints": [{"address": "127.0.0.1"}],
        },
    }
