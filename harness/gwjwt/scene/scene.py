"""The scene: what the steps call. It carries out intents, sends requests and judges the answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, Self

from gwjwt import timings
from gwjwt.drivers.protocol import Complaining, Implementation
from gwjwt.environments.protocol import Environment
from gwjwt.errors import ClauseViolated
from gwjwt.identity.issuer import Issuer
from gwjwt.identity.tokens import Token
from gwjwt.scene.application import ApplicationEnd
from gwjwt.scene.controls import opening, passing_credentials
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.scene.inspection import Inspection
from gwjwt.scene.published import fill_in
from gwjwt.scene.stage import GatewayState, Route, Stage
from gwjwt.traffic import judgement
from gwjwt.traffic.account import as_evidence
from gwjwt.traffic.evidence import Exchange, Presented, Request
from gwjwt.words import AppName, GatewayName

FORBIDDEN = frozenset({403})
"""Decision D1: without any token the answer is 403; of a bad token the documentation only says that it is refused."""

DOCUMENTED_DEFECTS = (
    "expired",
    "not-yet-valid",
    "tampered-payload",
    "tampered-signature",
    "foreign-issuer",
    "foreign-key",
)


class EvidenceLog(Protocol):
    """Where each exchange goes, for the report."""

    def append(self, entry: Mapping[str, Any]) -> None: ...

    def complain(self, line: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry that the implementation itself has to tell; the line goes to whoever reads of a failure."""


class Scene:
    """One scenario's world. Names, namespace, issuers, keys and gateways belong to it alone.

    Every action returns when the change is live at the gateway; what a request shows afterwards is judged at once and
    once. Use it as a context manager: leaving it takes down what was built.
    """

    def __init__(self, environment: Environment, implementation: Implementation, log: EvidenceLog) -> None:
        self._environment, self._implementation, self._log = environment, implementation, log
        self._stage = Stage()
        self._issuers: dict[str, Issuer] = {}
        self._namespaces: list[str] = []
        self._sent: list[Exchange] = []
        self._invalid: list[tuple[str, Exchange]] = []
        self._added: Token | None = None
        self._live = True
        self.inspect = Inspection(implementation, self._stage, self.issuer)
        self.application = ApplicationEnd(implementation)

    def __enter__(self) -> Self:
        self._environment.authorizer.reset()
        self._cookie = self._environment.authorizer.approve(f"approved-{secrets.token_hex(4)}")
        self._namespace = self._new_namespace()
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            for issuer in self._issuers.values():
                leaving.callback(self._environment.issuers.remove, issuer)
            leaving.enter_context(timings.phase("kubernetes"))
            for namespace in reversed(self._namespaces):
                leaving.callback(self._environment.delete_namespace, namespace)
            for gateway in reversed(self._stage.gateways.values()):
                leaving.callback(self._implementation.abandon, gateway.name)

    def serve(self, gateway: str, apps: Iterable[str]) -> None:
        """A gateway with a route to each of these apps, each with a recording workload behind it.

        It is live with the first change of its rules, or with the first request to it.
        """
        with self._telling():
            name = GatewayName(self._namespace, gateway)
            self._implementation.create_gateway(name)
            self._stage.gateways[gateway] = GatewayState(name)
            for app in apps:
                who = AppName(self._namespace, app)
                port = self._environment.deploy_workload(who)
                prefix = self._implementation.expose(name, who, port)
                self._stage.routes[app] = Route(who, gateway, prefix)

    def place_elsewhere(self, app: str) -> None:
        """An app that lives in a namespace of its own."""
        self._stage.elsewhere[app] = AppName(self._new_namespace(), app)

    def gateway(self, name: str) -> GatewayName:
        """The full name of a gateway that this scene serves."""
        return self._stage.gateways[name].name

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""
        return self._issuers.get(name) or self.sign_with(name, "ES256")

    def sign_with(self, name: str, algorithm: str) -> Issuer:
        if name in self._issuers:
            raise ValueError(f"the issuer {name} signs with {self._issuers[name].algorithm} already")
        self._issuers[name] = self._environment.issuers.create(name, algorithm=algorithm)
        return self._issuers[name]

    def publish(self, app: str, text: str | None, gateway: str | None = None) -> None:
        """The app asks its gateway for request authentication and publishes this text (None: nothing)."""
        state = self._stage.gateways[gateway] if gateway else self._stage.gateway_of(app)
        filled = fill_in(text, self.issuer) if text is not None else None
        with self._changing():
            self._implementation.relate(state.name, self._app(app), filled)
            state.relations[app] = filled

    def publish_with_library(self, app: str, text: str, endpoint: str, *, leader: bool) -> None:
        """A unit of the app publishes by one call of the interface's library; the leader's rules count."""
        state = self._stage.gateway_of(app)
        filled = fill_in(text, self.issuer)
        with self._changing():
            call = self.application.publish(
                state.name, self._app(app), filled, endpoint=endpoint, leader=leader
            )
            if leader and call.raised is None:
                state.relations[app] = filled

    def leave(self, app: str) -> None:
        """The app ends its relation to its gateway."""
        state = self._stage.gateway_of(app)
        with self._changing():
            self._implementation.withdraw(state.name, self._app(app))
            del state.relations[app]

    def forward_auth(self, gateway: str, *, active: bool) -> None:
        state = self._stage.gateways[gateway]
        with self._changing():
            if active:
                self._implementation.enable_forward_auth(state.name, self._environment.authorizer.provider)
            else:
                self._implementation.disable_forward_auth(state.name)
            state.forward_auth = active

    def authorizer_adds(self, credentials: Credentials) -> None:
        """The authorizer adds this token to the requests that it approves, as a Bearer token."""
        self._added = self._mint(credentials)
        self._environment.authorizer.add_token(self._added)

    def admitted(self, apps: str | None, credentials: Credentials) -> None:
        """A request to this app (None: to every app with a route) passes, and its own workload records it."""
        for app in self._apps(apps):
            exchange = self.send(app, credentials)
            judgement.require_admitted(exchange, self._stage.routes[app].app)
            state = self._stage.gateway_of(app)
            if credentials == NO_TOKEN and not state.relations:
                state.openings[app] = exchange

    def refused(self, apps: str | None, credentials: Credentials) -> None:
        """A request to this app is refused, reaches no workload, and a request that must pass beside it does."""
        for app in self._apps(apps):
            statuses = FORBIDDEN if credentials.none else judgement.REFUSALS
            self._judge_refusal(app, self.send(app, credentials), statuses)

    def forbidden(self, app: str, method: str, below: str) -> None:
        """A request without any token gets 403, whatever its method and path (decision D1)."""
        exchange = self.send(app, NO_TOKEN, method=method, below=below)
        self._judge_refusal(app, exchange, FORBIDDEN, method=method, below=below)

    def admitted_by_authorizer(self, app: str, credentials: Credentials) -> None:
        exchange = self.send(app, credentials)
        judgement.require_admitted(exchange, self._stage.routes[app].app)
        judgement.require_consulted(exchange)

    def refused_after_approval(self, app: str, credentials: Credentials) -> None:
        """The authorizer lets the request pass, perhaps with a token added, and the gateway refuses it all the same."""
        exchange = self.send(app, credentials)
        judgement.require_approved(exchange)
        self._judge_refusal(app, exchange, judgement.REFUSALS)

    def sent_to_login(self, apps: str | None, credentials: Credentials) -> None:
        """The client gets the authorizer's own answer, and the workload nothing."""
        for app in self._apps(apps):
            judgement.require_login_redirect(self.send(app, credentials))

    def send_every_invalid(self, issuer: str) -> None:
        """Send each documented kind of invalid token of this issuer to every app, for ``all_refused``."""
        self._invalid = [
            (app, self.send(app, Credentials(recipe, issuer)))
            for app in self._stage.routes
            for recipe in DOCUMENTED_DEFECTS
        ]

    def all_refused(self) -> None:
        """Each of the requests of ``send_every_invalid`` was refused, and no workload has received any."""
        if not self._invalid:
            raise ValueError("no invalid token was sent")
        for app, exchange in self._invalid:
            self._judge_refusal(app, exchange, judgement.REFUSALS)

    def sees_claim(self, claim: str, header: str, *, added: bool = False) -> None:
        """The workload saw a claim of the token (or of the one that the authorizer added), once and byte for byte."""
        exchange = self._sent[-1]
        [token] = (self._added,) if added else exchange.request.tokens
        if token is None:
            raise ValueError("the authorizer adds no token")
        judgement.require_header(exchange, header, str(token.claims[claim]))

    def sees_token(self, header: str) -> None:
        """The workload saw the header as the client sent it."""
        [sent] = [value for name, value in self._sent[-1].request.headers if name.lower() == header.lower()]
        judgement.require_header(self._sent[-1], header, sent)

    def sees_no(self, header: str) -> None:
        judgement.require_no_header(self._sent[-1], header)

    def key_set_fetched(self, issuer: str) -> None:
        if not self.issuer(issuer).fetches:
            raise ClauseViolated(f"nobody has fetched the key set of {issuer} from its jwks_uri")

    def send(
        self,
        app: str,
        credentials: Credentials,
        *,
        method: str = "GET",
        below: str = "/",
        purpose: str = "judged",
    ) -> Exchange:
        """One request on a fresh connection; it is kept as evidence."""
        route = self._stage.routes[app]
        gateway = self._stage.gateways[route.gateway]
        request = Request(route.path(below), method, self._headers(credentials))
        if not self._live:
            self._go_live()
        gateway.endpoint = gateway.endpoint or self._environment.endpoint(gateway.name)
        with timings.phase("requests"):
            exchange = self._environment.probe.send(gateway.endpoint, request)
        self._log.append({"purpose": purpose, **as_evidence(exchange)})
        if exchange.response is None:
            self._environment.check()  # silence of a gateway that has died says nothing about the implementation
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._telling():
            yield
        self._go_live()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        self._live = False
        with timings.phase("kubernetes"):
            yield
            self._implementation.settle()
        if isinstance(self._implementation, Complaining):
            for line, entry in self._implementation.take_complaints():
                self._log.complain(line, entry)

    def _go_live(self) -> None:
        with timings.phase("gateway"):
            self._environment.settle()
        self._live = True

    def _judge_refusal(
        self, app: str, exchange: Exchange, statuses: frozenset[int], *, method: str = "GET", below: str = "/"
    ) -> None:
        """Judge after a paired request that differs in nothing but what it carries."""
        state = self._stage.gateway_of(app)
        credentials = passing_credentials(state, self._issuers)
        if credentials is None:
            control = opening(state, app)
        else:
            control = self.send(app, credentials, method=method, below=below, purpose="paired")
        seen = self._environment.probe.look_again(exchange)
        judgement.require_refused(seen, control, statuses, self._stage.routes[app].app)

    def _headers(self, credentials: Credentials) -> tuple[tuple[str, str | Presented], ...]:
        headers: list[tuple[str, str | Presented]] = []
        if credentials.recipe is not None:
            headers.append((credentials.header, Presented(self._mint(credentials), credentials.prefix)))
        if credentials.cookie:
            headers.append(("Cookie", self._cookie))
        return tuple(headers)

    def _mint(self, credentials: Credentials) -> Token:
        if credentials.recipe is None or credentials.issuer is None:
            raise ValueError("these credentials have no token")
        audience = credentials.audience
        claim = list(audience) if isinstance(audience, tuple) else audience
        return self.issuer(credentials.issuer).token(credentials.recipe, audience=claim)

    def _apps(self, app: str | None) -> Sequence[str]:
        return [app] if app is not None else list(self._stage.routes)

    def _app(self, app: str) -> AppName:
        return self._stage.elsewhere[app] if app in self._stage.elsewhere else self._stage.routes[app].app

    def _new_namespace(self) -> str:
        name = f"gwjwt-{secrets.token_hex(4)}"
        self._environment.create_namespace(name)
        self._namespaces.append(name)
        return name
