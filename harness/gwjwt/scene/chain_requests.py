"""Requests to the apps of a scenario of ``istio-end-user-auth``, each of which calls the next one."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence

from gwjwt.environments.protocol import Environment
from gwjwt.errors import ClauseViolated, Inconclusive
from gwjwt.scene.chain_stage import ChainStage
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.judged import JudgedRequests
from gwjwt.scene.mesh_calls import MeshCalls
from gwjwt.scene.sender import EvidenceLog, Sender
from gwjwt.scene.stage import HTTP_PORT
from gwjwt.traffic import judgement
from gwjwt.traffic.evidence import Exchange
from gwjwt.words import AppName


class ChainRequests(JudgedRequests):
    """``JudgedRequests``, where one that passes reaches the app and each app behind it."""

    def __init__(
        self,
        environment: Environment,
        stage: ChainStage,
        issuers: Issuers,
        log: EvidenceLog,
        go_live: Callable[[], None],
    ) -> None:
        """``go_live`` returns when everything that was changed is live; called before each request."""
        super().__init__(Sender(environment, issuers, log), issuers, log)
        self._mesh = MeshCalls(environment, self._sender)
        self._stage, self._go_live = stage, go_live

    def every_app(self) -> Sequence[str]:
        """The one that users call."""
        return [self._stage.apps[0].name]

    def workload(self, app: str) -> AppName:
        return self._stage.named(app)

    def way(self, app: str) -> judgement.Way:
        return self._stage.chain_from(app)

    def passing(self, app: str) -> Credentials | None:
        return self._stage.passing(app)

    def openings(self, app: str) -> MutableMapping[str, Exchange]:
        del app
        return {}  # nothing is remembered: some credentials pass at any time

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
        """A request to ``/APP``, as it is called in the document."""
        del port  # a sidecar has one
        self._go_live()
        path = f"/{app}{below.rstrip('/')}"
        exchange = self._mesh.call(self.workload(app), credentials, method=method, path=path, purpose=purpose)
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange

    def tells_client_of(self, text: str) -> None:
        """The body of the last answer holds this text."""
        judgement.require_told(self._sent[-1], text)

    def not_restarted(self) -> None:
        """The last app of the chain has gone on counting from the first request that passed to the last one."""
        passed = [each for each in self._sent if judgement.is_admitted(each, self._stage.apps)]
        if len(passed) < 2:  # noqa: PLR2004  # before and after
            raise Inconclusive("no two requests have passed whose counts could be compared")
        before, after = (judgement.count_of_last(each) for each in (passed[0], passed[-1]))
        if after <= before:
            raise ClauseViolated(f"the last app counted {before} before and {after} after: it was restarted")

    def record(self, app: str, credentials: Credentials) -> None:
        """Record, without a judgement, what becomes of a request (decision D25)."""
        exchange = self.send(app, credentials)
        status = exchange.response.status if exchange.response else exchange.failure
        arrived = "reaches" if exchange.received else "does not reach"
        self._log.record_only(f"the request gets {status} and {arrived} {app}")
