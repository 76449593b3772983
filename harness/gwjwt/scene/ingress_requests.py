"""Requests to the apps of a scenario of ``istio-ingress-jwt``: through an ingress gateway, or from inside the mesh."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence

from gwjwt.environments.protocol import Environment
from gwjwt.errors import Inconclusive
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.ingress_stage import IngressStage
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.judged import JudgedRequests
from gwjwt.scene.mesh_calls import MeshCalls
from gwjwt.scene.sender import EvidenceLog, Sender
from gwjwt.scene.stage import HTTP_PORT
from gwjwt.traffic import judgement
from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.words import AppName


class IngressRequests(JudgedRequests):
    """``JudgedRequests``, where a refusal is paired with a request of the same host and path."""

    def __init__(
        self,
        environment: Environment,
        stage: IngressStage,
        issuers: Issuers,
        log: EvidenceLog,
        go_live: Callable[[], None],
    ) -> None:
        """``go_live`` returns when everything that was changed is live; called before each request."""
        super().__init__(Sender(environment, issuers, log), issuers, log)
        self._environment, self._stage, self._go_live = environment, stage, go_live
        self._mesh = MeshCalls(environment, self._sender)

    def every_app(self) -> Sequence[str]:
        return list(self._stage.exposures)

    def workload(self, app: str) -> AppName:
        return self._stage.app(app)

    def passing(self, app: str) -> Credentials | None:
        gateway = self._stage.exposures[app][1]
        return self._stage.passing(self._stage.workloads[gateway.name], self._issuers.verifiable())

    def openings(self, app: str) -> MutableMapping[str, Exchange]:
        del app  # those of all apps are kept in one place
        return self._stage.openings

    def send(
        self,
        app: str,
        credentials: Credentials,
        *,
        method: str = "GET",
        below: str = "/",
        port: int = HTTP_PORT,
        purpose: str = "judged",
    ) -> Exchange:
        return self._send(app, credentials, method=method, below=below, purpose=purpose, port=port)

    def admitted_for_host(self, app: str, host: str, credentials: Credentials) -> None:
        """A request to the gateway with this Host header reaches the app."""
        judgement.require_admitted(self._send(app, credentials, host=host), self.workload(app))

    def refused_at_gateway(self, app: str) -> None:
        """The last request to this app was refused by the gateway itself, and the app's answers come through it.

        Envoy adds ``x-envoy-upstream-service-time`` to answers that came from behind it.
        """
        refusal, admitted = self._sent[-1], self._send(app, self._must_pass(app), purpose="paired")
        judgement.require_answered_by_gateway(refusal, admitted)

    def called_in_mesh(self, app: str, credentials: Credentials) -> Exchange:
        """A call from inside the mesh, which arrives at the app's sidecar; kept as evidence, not judged."""
        self._go_live()
        exchange = self._mesh.call(self.workload(app), credentials)
        self._sent.append(exchange)
        return exchange

    def admitted_in_mesh(self, app: str, credentials: Credentials) -> None:
        """A call from inside the mesh reaches the app."""
        judgement.require_admitted(self.called_in_mesh(app, credentials), self.workload(app))

    def record_in_mesh(self, app: str, credentials: Credentials) -> None:
        """Record, without a judgement, what becomes of a call from inside the mesh (decision D17)."""
        exchange = self.called_in_mesh(app, credentials)
        status = exchange.response.status if exchange.response else exchange.failure
        arrived = "reaches" if exchange.received else "does not reach"
        self._log.record_only(f"a call from inside the mesh gets {status} and {arrived} the workload")

    def _must_pass(self, app: str) -> Credentials:
        credentials = self.passing(app)
        if credentials is None:
            raise Inconclusive(f'nothing may pass to "{app}" now')
        return credentials

    def _send(
        self,
        app: str,
        credentials: Credentials,
        *,
        method: str = "GET",
        below: str = "/",
        host: str | None = None,
        port: int = HTTP_PORT,
        purpose: str = "judged",
    ) -> Exchange:
        exposure, gateway = self._stage.exposures[app]
        own_host = None if exposure.host == "*" else exposure.host
        carried = self._sender.headers(credentials), host or own_host, self._sender.query(credentials)
        request = Request(below, method, *carried)
        self._go_live()
        if gateway not in self._stage.endpoints:
            self._stage.endpoints[gateway] = self._environment.endpoint(gateway, port)
        exchange = self._sender.send(self._stage.endpoints[gateway], request, purpose)
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange
