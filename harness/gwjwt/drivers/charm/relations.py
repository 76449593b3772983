"""What the suite's intents mean on the endpoints of an ingress charm: endpoint names and databags, as plain data.

Whoever carries the intents out, on a simulated Juju or a real one, writes these texts and reads these keys. Sources:
the interfaces ``istio_request_auth``, ``ingress`` (v2), ``istio_ingress_route``, ``forward_auth`` and
``istio_ingress_config``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gwjwt.drivers.options import Options
from gwjwt.drivers.state import Route
from gwjwt.errors import Unsupported
from gwjwt.words import GatewayName, Listener

Databag = Mapping[str, str]

MESH_APP, LOGIN_APP, LISTENERS_APP = "istio-k8s", "oauth2-proxy", "listeners"
"""The applications at the other end that are no workloads: the mesh's charm, the external authorizer's, and one that
asks for listeners."""

_LOGIN_PORT = 4180
_HEADERS_OF_LOGIN = (
    "authorization",
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-access-token",
)


class Endpoints(Options):
    """The ingress charm's names of its endpoints (``endpoints`` in a target file)."""

    request_auth: str = "istio-request-auth"
    ingress: str = "ingress"
    ingress_unauthenticated: str = "ingress-unauthenticated"
    ingress_route: str = "istio-ingress-route"
    forward_auth: str = "forward-auth"
    ingress_config: str = "istio-ingress-config"

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.model_dump().values())


@dataclass(frozen=True)
class Published:
    """What one side of a relation has written."""

    app: Databag = field(default_factory=dict)
    unit: Databag = field(default_factory=dict)


def rules(text: str | None) -> Published:
    """The databag of an application that publishes this text as its rules; None: nothing."""
    return Published({} if text is None else {"jwt_rules": text})


def ingress(route: Route) -> Published:
    """An application that asks for a route to its Service."""
    asked = {
        "model": route.app.namespace,
        "name": route.app.name,
        "port": route.port,
        "strip-prefix": False,
        "redirect-https": False,
    }
    host = f"{route.app.name}-0.{route.app.name}-endpoints.{route.app.namespace}.svc.cluster.local"
    return Published(
        {key: json.dumps(value) for key, value in asked.items()}, {"host": json.dumps(host), "ip": "null"}
    )


def path_of(answer: Databag, route: Route) -> str:
    """The path prefix that the ingress has answered with; the interface's own rule if it has not answered."""
    try:
        url = json.loads(answer["ingress"])["url"]
        return urlsplit(url).path.rstrip("/") or route.path
    except (KeyError, TypeError, ValueError):
        return route.path


def require_plain(listener: Listener) -> None:
    """Raise ``Unsupported`` for what the interface ``istio_ingress_route`` has no word for."""
    if listener.hostname or listener.certificate:
        what = "a host name" if listener.certificate is None else "a certificate"
        raise Unsupported(f"the interface istio_ingress_route asks for no listener with {what}")


def listeners(gateway: GatewayName, ports: Iterable[int], routes: Iterable[Route]) -> Published:
    """An application that asks for HTTP listeners on these ports, with every route on each of them."""
    listening = [{"port": port, "protocol": "HTTP"} for port in ports]
    config = {
        "model": gateway.namespace,
        "listeners": listening,
        "http_routes": [
            {
                "name": f"{route.app.name}-{listener['port']}",
                "listener": listener,
                "backends": [{"service": route.app.name, "port": route.port}],
                "matches": [{"path": {"type": "PathPrefix", "value": route.path}}],
            }
            for listener in listening
            for route in routes
        ],
        "grpc_routes": [],
    }
    return Published({"config": json.dumps(config)})


def authorizer(gateway: GatewayName, protected: Iterable[str], *, ready: bool) -> Published:
    """The provider of forward-auth; before it is ready it has not said where it decides."""
    if not ready:
        return Published()
    address = f"http://{LOGIN_APP}.{gateway.namespace}.svc.cluster.local:{_LOGIN_PORT}/"
    return Published(
        {
            "decisions_address": address,
            "app_names": json.dumps(sorted(protected)),
            "headers": json.dumps(list(_HEADERS_OF_LOGIN)),
        }
    )


def mesh(asked: Databag, provider: str | None) -> Published:
    """The mesh's charm: it names the extension provider that it has made of what the ingress asked for."""
    if provider is None or not asked.get("ext_authz_service_name") or not asked.get("ext_authz_port"):
        return Published()
    return Published({"ext_authz_provider_name": provider})
