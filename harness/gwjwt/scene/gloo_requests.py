"""Requests of a scenario of ``gloo-jwt-policy``: calls from inside the mesh on a route, or around it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import replace

from gwjwt.environments.protocol import CallingEnvironment
from gwjwt.scene.authorized import AuthorizedRequests
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.gloo_stage import GlooStage
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.sender import EvidenceLog
from gwjwt.scene.stage import HTTP_PORT
from gwjwt.traffic import judgement, routing
from gwjwt.traffic.evidence import Exchange, Request
from gwjwt.words import AppName, Endpoint, GatewayName

UNAUTHORIZED = frozenset({401})


class GlooRequests(AuthorizedRequests):
    """``JudgedRequests`` where an app of the feature is a route, and the first client of its workspace calls."""

    def __init__(
        self,
        environment: CallingEnvironment,
        stage: GlooStage,
        issuers: Issuers,
        log: EvidenceLog,
        go_live: Callable[[], None],
    ) -> None:
        """``go_live`` returns when everything that was changed is live; called before each request."""
        super().__init__(environment, issuers, log)
        self._mesh, self._stage, self._go_live = environment, stage, go_live

    def every_app(self) -> Sequence[str]:
        return self._stage.routes()

    def workload(self, app: str) -> AppName:
        return self._stage.found(app)[1].app

    def passing(self, app: str) -> Credentials | None:
        return self._stage.passing(app, self._issuers.verifiable())

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
        del port  # a route has none of its own
        request = self._request(app, credentials, method=method, below=below)
        return self._send(self._caller(app), request, purpose)

    def on_path(self, route: str, path: str, credentials: Credentials) -> None:
        """A request for this path on the route is refused with 401."""
        self.judge_refusal(route, self.send(route, credentials, below=path), UNAUTHORIZED, below=path)

    def client_admitted(self, client: str, route: str, credentials: Credentials) -> None:
        """The call of this client on the route reaches the app."""
        exchange = self._on_route(route, credentials, caller=self._stage.clients[client])
        judgement.require_admitted(exchange, self.workload(route))

    def client_refused(self, client: str, route: str, credentials: Credentials) -> None:
        """The call of this client on the route is refused with 401, and one that must pass reaches the app."""
        caller = self._stage.clients[client]
        exchange = self._on_route(route, credentials, caller=caller)
        control = self._on_route(route, self._must_pass(route), caller=caller, purpose="paired")
        judgement.require_refused(
            self._sender.look_again(exchange), control, UNAUTHORIZED, self.workload(route)
        )

    def direct_admitted(self, app: str, credentials: Credentials) -> None:
        """A call to the app's own Service, around every host of a table, reaches it."""
        judgement.require_admitted(self._direct(app, credentials), self._stage.apps[app][0])

    def direct_refused(self, app: str, credentials: Credentials) -> None:
        """Such a call is refused with 401, and one that must pass reaches the app."""
        name = self._stage.apps[app][0]
        exchange = self._direct(app, credentials)
        control = self._direct(app, self._passing_directly(app), purpose="paired")
        judgement.require_refused(self._sender.look_again(exchange), control, UNAUTHORIZED, name)

    def unmatched(self, route: str, credentials: Credentials) -> None:
        """Without the header that the route asks for there is no route, with it there is."""
        marked = self._request(route, credentials)
        self._require_no_route(route, replace(marked, headers=marked.headers[1:]))

    def unmatched_for_host(self, route: str, host: str, credentials: Credentials) -> None:
        """For another host there is no route."""
        self._require_no_route(route, replace(self._request(route, credentials), host=host))

    def no_longer_routed(self, route: str, app: str) -> None:
        """What the route took before its table went finds no route now, and a direct call still reaches the app."""
        before = self.opening(route)
        self._go_live()
        exchange = self._sender.send(before.endpoint, before.request)
        control = self._direct(app, self._passing_directly(app), purpose="paired")
        routing.require_no_route(self._sender.look_again(exchange), control, self._stage.apps[app][0])

    def not_at_gateway(self, route: str, gateway: str, instead: str) -> None:
        """The route's requests find none at the gateway, which lets those of another table in."""
        name = self._stage.gateways[gateway]
        exchange = self._on_route(route, self._must_pass(route), caller=name)
        control = self._on_route(instead, self._must_pass(instead), caller=name, purpose="paired")
        routing.require_no_route(self._sender.look_again(exchange), control, self.workload(instead))

    def challenges_with_url(self) -> None:
        """The last answer challenges the client for a Bearer token for the URL that it asked for."""
        exchange = self._sent[-1]
        request = exchange.request
        routing.require_challenge_for(exchange, f"http://{request.host}{request.path}")

    def sees_values(self, header: str, values: Sequence[str]) -> None:
        routing.require_values(self._sent[-1], header, values)

    def sees_no_parameters(self) -> None:
        routing.require_no_parameters(self._sent[-1])

    def authorizer_sees(self, header: str, value: str) -> None:
        routing.require_shown_to_authorizer(self._sent[-1], header, value)

    def _require_no_route(self, route: str, request: Request) -> None:
        exchange = self._send(self._caller(route), request, "judged")
        control = self._on_route(route, self._must_pass(route), purpose="paired")
        routing.require_no_route(self._sender.look_again(exchange), control, self.workload(route))

    def _must_pass(self, route: str) -> Credentials:
        return self._stage.passing(route, self._issuers.verifiable())

    def _passing_directly(self, app: str) -> Credentials:
        policy = self._stage.of_destination(self._stage.apps[app][0])
        return self._stage.credentials([policy], self._issuers.verifiable())

    def _on_route(
        self,
        route: str,
        credentials: Credentials,
        caller: AppName | GatewayName | None = None,
        purpose: str = "judged",
    ) -> Exchange:
        return self._send(caller or self._caller(route), self._request(route, credentials), purpose)

    def _caller(self, route: str) -> AppName:
        return self._stage.caller(self.workload(route).namespace)

    def _request(
        self, route: str, credentials: Credentials, *, method: str = "GET", below: str = "/"
    ) -> Request:
        table, found = self._stage.found(route)
        headers = ((found.header, "yes"), *self._headers(credentials))
        return Request(below, method, headers, table.host, self._sender.query(credentials))

    def _direct(self, app: str, credentials: Credentials, purpose: str = "judged") -> Exchange:
        name, port = self._stage.apps[app]
        host = f"{name.name}.{name.namespace}:{port}"
        request = Request(
            "/", headers=self._headers(credentials), host=host, query=self._sender.query(credentials)
        )
        return self._send(self._stage.caller(name.namespace), request, purpose)

    def _send(self, caller: AppName | GatewayName, request: Request, purpose: str) -> Exchange:
        self._go_live()
        if caller not in self._stage.endpoints:
            self._stage.endpoints[caller] = self._endpoint(caller)
        exchange = self._sender.send(self._stage.endpoints[caller], request, purpose)
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange

    def _endpoint(self, caller: AppName | GatewayName) -> Endpoint:
        return self._mesh.client(caller) if isinstance(caller, AppName) else self._mesh.endpoint(caller)
