"""The requests of one scenario: sends them, keeps them as evidence, and has the answers judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from gwjwt.environments.protocol import Environment
from gwjwt.errors import Inconclusive
from gwjwt.scene.authorized import AuthorizedRequests
from gwjwt.scene.controls import passing_credentials
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.openings import UNVALIDATED
from gwjwt.scene.sender import EvidenceLog
from gwjwt.scene.stage import HTTP_PORT, Origin, Stage
from gwjwt.traffic import judgement
from gwjwt.traffic.account import describe
from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.traffic.leak_watch import Attempt
from gwjwt.words import AppName, Endpoint


class Requests(AuthorizedRequests):
    """Through the gateways of the charm's profile, where apps publish rules and an external authorizer may decide."""

    def __init__(
        self,
        environment: Environment,
        stage: Stage,
        issuers: Issuers,
        log: EvidenceLog,
        go_live: Callable[[], None],
    ) -> None:
        """Send requests of this scenario.

        Args:
            environment: where to.
            stage: what the scenario has set up by now.
            issuers: who mints the tokens.
            log: where each exchange is kept.
            go_live: called before each request; returns when everything that was changed is live.
        """
        super().__init__(environment, issuers, log)
        self._stage, self._go_live = stage, go_live
        self._origin = Origin()

    @contextmanager
    def towards(self, origin: Origin) -> Iterator[None]:
        """Inside, every request goes to this origin, the paired ones too."""
        before, self._origin = self._origin, origin
        try:
            yield
        finally:
            self._origin = before

    def kept_out(self, app: str, credentials: Credentials) -> None:
        """No workload receives it; whether the gateway or the authorizer answers is open (decision D6)."""
        exchange = self.send(app, credentials)
        judgement.require_kept_out(*self.with_control(app, exchange))

    def reaches_nobody(self, apps: str | None, credentials: Credentials) -> None:
        """No workload receives it, not even because there is no gateway any more (decision D11)."""
        for app in self._apps(apps):
            exchange = self.send(app, credentials)
            judgement.require_no_arrival(self._sender.look_again(exchange))

    def every_app(self) -> Sequence[str]:
        return list(self._stage.routes)

    def workload(self, app: str) -> AppName:
        return self._stage.routes[app].app

    def passing(self, app: str) -> Credentials | None:
        return passing_credentials(self._stage.gateway_of(app), self._issuers.verifiable())

    def openings(self, app: str) -> MutableMapping[str, Exchange]:
        return self._stage.gateway_of(app).openings

    def admitted_openly(self, app: str, exchange: Exchange) -> None:
        if not self._stage.gateway_of(app).relations:
            super().admitted_openly(app, exchange)

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
        endpoint, request = self._prepared(app, credentials, method, below, port)
        exchange = self._sender.send(endpoint, request, purpose)
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange

    def unvalidated(self, gateway: str) -> list[Attempt]:
        """A request of each kind that nobody can validate, for each app behind this gateway."""
        return [
            Attempt(f"{what} to {app}", *self._prepared(app, credentials))
            for app in self.every_app()
            if self._stage.gateway_of(app) is self._stage.gateways[gateway]
            for what, credentials in UNVALIDATED.items()  # innermost, so that no kind pauses for long
        ]

    def require_controls(self) -> None:
        """To every app, a request that has to pass now does so: a refusal there was not for want of a gateway.

        Raises:
            Inconclusive: it does not.
        """
        for app in self.every_app():
            credentials = self.passing(app)
            if credentials is None:
                raise Inconclusive(f"nothing may pass to {app} now, so that refusals prove nothing")
            control = self.send(app, credentials, purpose="paired")
            if not judgement.is_admitted(control, self.workload(app)):
                raise Inconclusive(f"a request that has to pass to {app} did not:\n{describe(control)}")

    def _prepared(
        self,
        app: str,
        credentials: Credentials,
        method: str = "GET",
        below: str = "/",
        port: int = HTTP_PORT,
    ) -> tuple[Endpoint, Request]:
        """Where the request goes, and the request; everything that was changed before is live."""
        route = self._stage.routes[app]
        gateway = self._stage.gateways[route.gateway]
        origin = self._origin
        query = self._sender.query(credentials)
        request = Request(route.path(below), method, self._headers(credentials), origin.host, query)
        self._go_live()
        if port not in gateway.endpoints:
            gateway.endpoints[port] = self._environment.endpoint(gateway.name, port)
        return replace(gateway.endpoints[port], server_name=origin.host if origin.tls else None), request
