"""The requests of one scenario: sends them, keeps them as evidence, and has the answers judged."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from gwjwt import timings
from gwjwt.environments.protocol import Environment
from gwjwt.errors import ClauseViolated
from gwjwt.identity.tokens import Token
from gwjwt.scene.controls import opening, passing_credentials
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.stage import HTTP_PORT, Stage
from gwjwt.traffic import judgement
from gwjwt.traffic.account import as_evidence
from gwjwt.traffic.evidence import Exchange, Presented, Request

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

    def record_only(self, observation: str) -> None:
        """The scenario tells what is there and judges nothing beside."""


class Requests:
    """What a scenario sends and what becomes of it; every method raises an ``Observation`` if it is not as it says."""

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
        self._environment, self._stage, self._issuers, self._log = environment, stage, issuers, log
        self._go_live = go_live
        self._sent: list[Exchange] = []
        self._invalid: list[tuple[str, Exchange]] = []
        self._added: Token | None = None
        self._cookie = environment.authorizer.approve(f"approved-{secrets.token_hex(4)}")

    def authorizer_adds(self, credentials: Credentials) -> None:
        """The authorizer adds this token to the requests that it approves, as a Bearer token."""
        self._added = self._mint(credentials)
        self._environment.authorizer.add_token(self._added)

    def admitted(self, apps: str | None, credentials: Credentials, *, port: int = HTTP_PORT) -> None:
        """A request to this app (None: to every app with a route) passes, and its own workload records it."""
        for app in self._apps(apps):
            exchange = self.send(app, credentials, port=port)
            judgement.require_admitted(exchange, self._stage.routes[app].app)
            state = self._stage.gateway_of(app)
            if credentials == NO_TOKEN and not state.relations:
                state.openings[app] = exchange

    def refused(self, apps: str | None, credentials: Credentials, *, port: int = HTTP_PORT) -> None:
        """A request to this app is refused, reaches no workload, and a request that must pass beside it does."""
        for app in self._apps(apps):
            statuses = FORBIDDEN if credentials.none else judgement.REFUSALS
            self._judge_refusal(app, self.send(app, credentials, port=port), statuses, port=port)

    def forbidden(self, app: str, method: str, below: str) -> None:
        """A request without any token gets 403, whatever its method and path (decision D1)."""
        exchange = self.send(app, NO_TOKEN, method=method, below=below)
        self._judge_refusal(app, exchange, FORBIDDEN, method=method, below=below)

    def kept_out(self, app: str, credentials: Credentials) -> None:
        """No workload receives it; whether the gateway or the authorizer answers is open (decision D6)."""
        exchange = self.send(app, credentials)
        judgement.require_kept_out(*self._with_control(app, exchange))

    def reaches_nobody(self, apps: str | None, credentials: Credentials) -> None:
        """No workload receives it, not even because there is no gateway any more (decision D11)."""
        for app in self._apps(apps):
            exchange = self.send(app, credentials)
            judgement.require_no_arrival(self._environment.probe.look_again(exchange))

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

    def not_asked(self) -> None:
        """The authorizer was not asked about the last request."""
        judgement.require_not_consulted(self._sent[-1])

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

    def sees_no_claim(self) -> None:
        """The workload saw no header that holds what the token claims."""
        exchange = self._sent[-1]
        [token] = exchange.request.tokens
        judgement.require_no_value(exchange, [str(value) for value in token.claims.values()])

    def sees_token(self, header: str) -> None:
        """The workload saw the header as the client sent it."""
        [sent] = [value for name, value in self._sent[-1].request.headers if name.lower() == header.lower()]
        judgement.require_header(self._sent[-1], header, sent)

    def sees_no(self, header: str) -> None:
        judgement.require_no_header(self._sent[-1], header)

    def record_header(self, header: str) -> None:
        """Record, without a judgement, what the workload saw in a header."""
        [received] = self._sent[-1].received
        self._log.record_only(
            f"the workload sees {header}: {', '.join(received.header(header)) or 'nothing'}"
        )

    def key_set_fetched(self, issuer: str) -> None:
        if not self._issuers.named(issuer).fetches:
            raise ClauseViolated(f"nobody has fetched the key set of {issuer} from its jwks_uri")

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
        """One request on a fresh connection; it is kept as evidence."""
        route = self._stage.routes[app]
        gateway = self._stage.gateways[route.gateway]
        request = Request(route.path(below), method, self._headers(credentials))
        self._go_live()
        if port not in gateway.endpoints:
            gateway.endpoints[port] = self._environment.endpoint(gateway.name, port)
        with timings.phase("requests"):
            exchange = self._environment.probe.send(gateway.endpoints[port], request)
        self._log.append({"purpose": purpose, **as_evidence(exchange)})
        if exchange.response is None:
            self._environment.check()  # silence of a gateway that has died says nothing about the implementation
        if purpose == "judged":
            self._sent.append(exchange)
        return exchange

    def _judge_refusal(
        self,
        app: str,
        exchange: Exchange,
        statuses: frozenset[int],
        *,
        method: str = "GET",
        below: str = "/",
        port: int = HTTP_PORT,
    ) -> None:
        seen, control = self._with_control(app, exchange, method=method, below=below, port=port)
        judgement.require_refused(seen, control, statuses, self._stage.routes[app].app)

    def _with_control(
        self, app: str, exchange: Exchange, *, method: str = "GET", below: str = "/", port: int = HTTP_PORT
    ) -> tuple[Exchange, Exchange]:
        """The exchange as it is known after a paired request that differs in nothing but what it carries, and that."""
        state = self._stage.gateway_of(app)
        credentials = passing_credentials(state, self._issuers.verifiable())
        if credentials is None:
            control = opening(state, app)
        else:
            control = self.send(app, credentials, method=method, below=below, port=port, purpose="paired")
        return self._environment.probe.look_again(exchange), control

    def _headers(self, credentials: Credentials) -> tuple[tuple[str, str | Presented], ...]:
        headers: list[tuple[str, str | Presented]] = []
        if credentials.recipe is not None:
            headers.append((credentials.header, Presented(self._mint(credentials), credentials.prefix)))
        if credentials.cookie:
            headers.append(("Cookie", self._cookie))
        if credentials.extra is not None:
            headers.append(credentials.extra)
        return tuple(headers)

    def _mint(self, credentials: Credentials) -> Token:
        if credentials.recipe is None or credentials.issuer is None:
            raise ValueError("these credentials have no token")
        audience = credentials.audience
        claim = list(audience) if isinstance(audience, tuple) else audience
        return self._issuers.named(credentials.issuer).token(credentials.recipe, audience=claim)

    def _apps(self, app: str | None) -> Sequence[str]:
        return [app] if app is not None else list(self._stage.routes)
