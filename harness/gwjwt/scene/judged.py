"""What every profile asks of requests: that one passes, that one is refused, what the workload sees of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol

from gwjwt.errors import ClauseViolated
from gwjwt.identity.issuer import Issuer
from gwjwt.identity.tokens import Token
from gwjwt.rules import ClaimToHeader
from gwjwt.scene.controls import opening
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.scene.issuers import Issuers
from gwjwt.scene.sender import EvidenceLog, Sender
from gwjwt.scene.stage import HTTP_PORT
from gwjwt.traffic import judgement
from gwjwt.traffic.evidence import Exchange
from gwjwt.words import AppName

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


class JudgedRequests(ABC):
    """The requests of one scenario; every method raises an ``Observation`` if it is not as it says.

    A profile says how an app is reached, and what must pass beside a refusal.
    """

    def __init__(self, sender: Sender, issuers: Issuers, log: EvidenceLog) -> None:
        self._sender, self._issuers, self._log = sender, issuers, log
        self._sent: list[Exchange] = []
        self._invalid: list[tuple[str, Exchange]] = []
        self._added: Token | None = None
        """What an external authorizer adds, where there is one."""

    @abstractmethod
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

    @abstractmethod
    def every_app(self) -> Sequence[str]:
        """All apps that can be reached."""

    @abstractmethod
    def workload(self, app: str) -> AppName:
        """Who is behind that name."""

    def way(self, app: str) -> judgement.Way:
        """Who receives a request to this app that passes: nobody else, unless a profile says so."""
        return self.workload(app)

    @abstractmethod
    def passing(self, app: str) -> Credentials | None:
        """Credentials that the documentation lets through to this app now; None: nothing may pass."""

    @abstractmethod
    def openings(self, app: str) -> MutableMapping[str, Exchange]:
        """Where the requests without a token that this app and others have admitted are kept, by app."""

    def opening(self, app: str) -> Exchange:
        """The request without a token that the app received earlier.

        Raises:
            Inconclusive: there was none, so that a refusal now would prove nothing.
        """
        return opening(self.openings(app), app)

    def admitted_openly(self, app: str, exchange: Exchange) -> None:
        """A request without a token has passed; see ``opening``."""
        self.openings(app)[app] = exchange

    def admitted(self, apps: str | None, credentials: Credentials, *, port: int = HTTP_PORT) -> None:
        """A request to this app (None: to every app with a route) passes, and its own workload records it."""
        for app in self._apps(apps):
            exchange = self.send(app, credentials, port=port)
            judgement.require_admitted(exchange, self.way(app))
            if credentials == NO_TOKEN:
                self.admitted_openly(app, exchange)

    def refused(
        self,
        apps: str | None,
        credentials: Credentials,
        *,
        port: int = HTTP_PORT,
        statuses: frozenset[int] | None = None,
    ) -> None:
        """A request to this app is refused, reaches no workload, and a request that must pass beside it does."""
        for app in self._apps(apps):
            wanted = statuses or (FORBIDDEN if credentials.none else judgement.REFUSALS)
            self.judge_refusal(app, self.send(app, credentials, port=port), wanted, port=port)

    def gets(self, app: str, method: str, below: str, credentials: Credentials, status: int) -> None:
        """A request with this method to this path is refused with this status."""
        exchange = self.send(app, credentials, method=method, below=below)
        self.judge_refusal(app, exchange, frozenset({status}), method=method, below=below)

    def send_every_invalid(self, issuer: str) -> None:
        """Send each documented kind of invalid token of this issuer to every app, for ``all_refused``."""
        self._invalid = [
            (app, self.send(app, Credentials(recipe, issuer)))
            for app in self.every_app()
            for recipe in DOCUMENTED_DEFECTS
        ]

    def all_refused(self) -> None:
        """Each of the requests of ``send_every_invalid`` was refused, and no workload has received any."""
        if not self._invalid:
            raise ValueError("no invalid token was sent")
        for app, exchange in self._invalid:
            self.judge_refusal(app, exchange, judgement.REFUSALS)

    def sees_claim(self, claim: str, header: str, *, added: bool = False) -> None:
        """The workload saw a claim of the token (or of the one that the authorizer added), once and byte for byte."""
        exchange = self._sent[-1]
        [token] = (self._added,) if added else exchange.request.tokens
        if token is None:
            raise ValueError("the authorizer adds no token")
        judgement.require_header(exchange, header, str(token.claims[claim]))

    def sees_no_claim(self) -> None:
        """The workload saw no header that holds what the token claims, one by one or as the encoded payload."""
        exchange = self._sent[-1]
        [token] = exchange.request.tokens
        payload = token.encoded.split(".")[1]
        judgement.require_no_value(exchange, [payload, *(str(value) for value in token.claims.values())])

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

    def tells_client(self, text: str) -> None:
        """The body of the last answer is this text."""
        judgement.require_body(self._sent[-1], text)

    def challenges(self, error: str) -> None:
        """The last answer challenges the client for a Bearer token and names this error (RFC 6750, section 3)."""
        judgement.require_challenge(self._sent[-1], error)

    def key_set_fetched(self, issuer: str) -> None:
        if not self._issuers.named(issuer).fetches:
            raise ClauseViolated(f"nobody has fetched the key set of {issuer} from its jwks_uri")

    def judge_refusal(
        self,
        app: str,
        exchange: Exchange,
        statuses: frozenset[int],
        *,
        method: str = "GET",
        below: str = "/",
        port: int = HTTP_PORT,
    ) -> None:
        seen, control = self.with_control(app, exchange, method=method, below=below, port=port)
        judgement.require_refused(seen, control, statuses, self.way(app))

    def with_control(
        self, app: str, exchange: Exchange, *, method: str = "GET", below: str = "/", port: int = HTTP_PORT
    ) -> tuple[Exchange, Exchange]:
        """The exchange as it is known after a paired request that differs in nothing but what it carries, and that."""
        credentials = self.passing(app)
        if credentials is None:
            control = self.opening(app)
        else:
            control = self.send(app, credentials, method=method, below=below, port=port, purpose="paired")
        return self._sender.look_again(exchange), control

    def _apps(self, app: str | None) -> Sequence[str]:
        return [app] if app is not None else list(self.every_app())


class AnyScene(Protocol):
    """What the scenes of all profiles have, for the steps that serve several of them."""

    @property
    def requests(self) -> JudgedRequests: ...

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""


class ProtectingScene(AnyScene, Protocol):
    """What the scenes have for the behaviours that several documents share: their app, protected and not.

    Each document's own way there is a matter of its scene, so a shared scenario says nothing of it.
    """

    def open_app(self) -> None:
        """What the document starts from: an app that anybody can call."""

    def protect_app(self, issuer: str, *, claim: ClaimToHeader | None = None) -> None:
        """As the document has it: only holders of valid tokens of this issuer get to the app.

        With a ``claim`` that is handed on to the app.

        Raises:
            Unsupported: the document knows no such mapping.
        """

    def lay_open(self) -> None:
        """The document's way back."""


class AtlasScene(ProtectingScene, Protocol):
    """What the scenes have in which the token atlas can be looked at."""

    def protect_app_by(self, issuers: Sequence[str], **fields: Any) -> None:
        """As ``protect_app``, by one rule for each of these issuers; ``fields`` are those of a ``JWTRule``."""
