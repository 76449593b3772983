"""Calls from inside the mesh: they arrive at the inbound side of an app's sidecar."""

from __future__ import annotations

from gwjwt.environments.protocol import Environment
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.sender import Sender
from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.words import AppName, Endpoint


class MeshCalls:
    """Those of one scenario."""

    def __init__(self, environment: Environment, sender: Sender) -> None:
        self._environment, self._sender = environment, sender
        self._endpoints: dict[AppName, Endpoint] = {}

    def call(
        self,
        app: AppName,
        credentials: Credentials,
        *,
        method: str = "GET",
        path: str = "/",
        purpose: str = "judged",
    ) -> Exchange:
        """One call, kept as evidence."""
        if app not in self._endpoints:
            self._endpoints[app] = self._environment.sidecar(app)
        host = f"{app.name}.{app.namespace}.svc.cluster.local"
        headers, query = self._sender.headers(credentials), self._sender.query(credentials)
        request = Request(path, method, headers, host, query)
        return self._sender.send(self._endpoints[app], request, purpose)
