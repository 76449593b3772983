"""What istiod reads from the mesh configuration, as far as a gateway needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwjwt.words import AppName, Endpoint, GatewayName


@dataclass(frozen=True)
class ExtensionProvider:
    """An HTTP authorizer (``envoyExtAuthzHttp``) under the name that CUSTOM policies use."""

    name: str
    endpoint: Endpoint
    include_request_headers: tuple[str, ...] = ()
    """Sent to the authorizer beside Host, method, path, Content-Length and Authorization."""
    headers_to_upstream_on_allow: tuple[str, ...] = ()
    """Taken over from its answer into the request; they replace what the client sent."""
    headers_to_downstream_on_deny: tuple[str, ...] = ()
    """Taken over from its answer to the client; empty: all of them."""


@dataclass(frozen=True)
class Mesh:
    """The mesh configuration of the embedded gateway."""

    extension_providers: tuple[ExtensionProvider, ...] = ()
    root_namespace: str = "istio-system"
    """Policies here reach the gateways of every namespace."""
    gateway_class: str = "istio"
    """Gateways of other classes are left alone."""
    providers: dict[str, ExtensionProvider] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "providers", {each.name: each for each in self.extension_providers})


@dataclass(frozen=True)
class Workload:
    """A proxy that Istio knows by the labels of its pod, and not as a Gateway of the Gateway API.

    Without an app it is a gateway that Gateways of ``networking.istio.io`` or VirtualGateways of Gloo Mesh select; with
    one, a side of the app's sidecar: that at which requests come in or, of an app that ``calls``, that at which its
    own requests go out.
    """

    name: GatewayName
    labels: Mapping[str, str]
    app: AppName | None = None
    port: int = 80
    """The port of the app's Service."""
    calls: bool = False
