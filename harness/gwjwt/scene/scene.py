"""The scene: what the steps call. It carries out intents and keeps what the scenario has set up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, Self

from gwjwt import timings
from gwjwt.cluster import Cluster
from gwjwt.drivers.protocol import Complaining, Implementation, Placing
from gwjwt.environments.protocol import Environment
from gwjwt.identity.issuer import Issuer
from gwjwt.rules import ClaimToHeader, JWTRule, publish
from gwjwt.scene.application import ApplicationEnd
from gwjwt.scene.ground import Ground
from gwjwt.scene.history import PolicyHistory
from gwjwt.scene.inspection import Inspection
from gwjwt.scene.openings import Openings
from gwjwt.scene.published import fill_in
from gwjwt.scene.requests import Requests
from gwjwt.scene.sender import EvidenceLog
from gwjwt.scene.stage import GatewayState, Origin, Route, Stage
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName, Listener


class Scene:
    """One scenario's world. Names, namespace, issuers, keys and gateways belong to it alone.

    Every action returns when the change is live at the gateway; what a request shows afterwards is judged at once and
    once. Use it as a context manager: leaving it takes down what was built.
    """

    def __init__(
        self,
        environment: Environment,
        implementation: Implementation,
        log: EvidenceLog,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._environment, self._implementation, self._log = environment, implementation, log
        self._deadlines = deadlines or Deadlines()
        self._stage = Stage()
        self._ground = Ground(environment, implementation.settle)
        self._history: PolicyHistory | None = None
        self._openings: Openings | None = None
        self._watching = ExitStack()
        self.inspect = Inspection(implementation, self._stage, self.issuer)
        self.application = ApplicationEnd(implementation)

    def __enter__(self) -> Self:
        self._environment.authorizer.reset()
        self.requests = Requests(
            self._environment, self._stage, self._ground.issuers, self._log, self._ground.require_live
        )
        self._namespace = self._ground.new_namespace()
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            self._ground.leave(leaving)
            for gateway in reversed(self._stage.gateways.values()):
                leaving.callback(self._implementation.abandon, gateway.name)
            leaving.push(self._watching)

    def serve(self, gateway: str, apps: Iterable[str]) -> None:
        """A gateway with a route to each of these apps, each with a recording workload behind it.

        It is live with the first change of its rules, or with the first request to it.
        """
        with self._telling():
            name = self._place(gateway)
            self._implementation.create_gateway(name)
            self._stage.gateways[gateway] = GatewayState(name)
            for app in apps:
                self._expose(name, app, authenticated=True)

    def expose(self, gateway: str, app: str, *, authenticated: bool = True) -> None:
        """One more app behind a gateway that is there; ``authenticated`` as in ``Implementation.expose``."""
        with self._changing():
            self._expose(self.gateway(gateway), app, authenticated=authenticated)

    def listen(self, gateway: str, origin: Origin) -> None:
        """One more listener of a gateway that is there; for TLS with a certificate that the probe trusts."""
        name = self.gateway(gateway)
        with self._changing():
            certificate = self._ground.certify(origin.host, name.namespace) if origin.tls else None
            listener = Listener(origin.port, origin.host, certificate)
            self._implementation.listen(name, listener)

    def place_elsewhere(self, app: str) -> None:
        """An app that lives in a namespace of its own."""
        self._stage.elsewhere[app] = AppName(self._ground.new_namespace(), app)

    def gateway(self, name: str) -> GatewayName:
        """The full name of a gateway that this scene serves."""
        return self._stage.gateways[name].name

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""
        return self._ground.issuers.named(name)

    def sign_with(self, name: str, algorithm: str) -> None:
        self._ground.issuers.create(name, algorithm=algorithm)

    def make_discoverable(self, name: str) -> None:
        """An issuer whose ``iss`` leads to its key set, by OpenID Connect Discovery."""
        self._ground.issuers.create(name, discoverable=True)

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

    def open_app(self) -> None:
        """See ``ProtectingScene``: an app behind the gateway, and one beside it."""
        self.serve("front", ["dashboard", "catalogue"])

    def protect_app(self, issuer: str, *, claim: ClaimToHeader | None = None) -> None:
        self.protect_app_by([issuer], claim_to_headers=None if claim is None else [claim])

    def protect_app_by(self, issuers: Sequence[str], **fields: Any) -> None:
        """See ``AtlasScene``."""
        known = [self.issuer(each) for each in issuers]
        rules = [JWTRule(issuer=each.iss, jwks_uri=each.jwks_uri, **fields) for each in known]
        self.publish("dashboard", publish(rules))

    def lay_open(self) -> None:
        self.leave("dashboard")

    def enable_forward_auth(self, gateway: str, *, decides: bool = True) -> None:
        """The gateway is related to the authorizer; unless it ``decides``, that has not said where it does."""
        state = self._stage.gateways[gateway]
        provider = self._environment.authorizer.provider if decides else None
        with self._changing():
            self._implementation.enable_forward_auth(state.name, provider)
            state.forward_auth = decides
            if decides:
                state.endpoints.clear()  # an implementation may take the gateway down while it waits for the address

    def disable_forward_auth(self, gateway: str) -> None:
        state = self._stage.gateways[gateway]
        with self._changing():
            self._implementation.disable_forward_auth(state.name)
            state.forward_auth = False

    def watch_policies(self, gateway: str) -> None:
        """From now on note every write to the policies of this gateway."""
        cluster = self._watching.enter_context(Cluster(self._environment.kubeconfig))
        history = PolicyHistory(cluster, self.gateway(gateway), self._deadlines.settle)
        self._history = self._watching.enter_context(history)

    def never_more_open(self) -> None:
        """No write since ``watch_policies`` has left a gateway open that was closed before and after its change."""
        if self._history is None:
            raise ValueError("nobody has watched the policies")
        self._history.require_never_more_open()

    def watch_openings(self, gateway: str) -> None:
        """From now on send what nobody can validate to every app behind this gateway, all the time."""
        attempts = self.requests.unvalidated(gateway)
        watch = Openings(self._environment, attempts, self._log, self._deadlines.settle)
        self._openings = self._watching.enter_context(watch)

    @property
    def openings(self) -> Openings:
        """What ``watch_openings`` has seen."""
        if self._openings is None:
            raise ValueError("nobody has watched for openings")
        return self._openings

    def no_opening(self) -> None:
        """Nothing got through where the gateway is closed at both ends, and what has to pass does so now."""
        self.openings.require_none()
        self.requests.require_controls()

    def record_openings(self) -> None:
        """Record what got through; what has to pass does so now."""
        self.requests.require_controls()
        self.openings.record()

    def _place(self, gateway: str) -> GatewayName:
        if isinstance(self._implementation, Placing):
            return self._implementation.place(gateway)
        return GatewayName(self._namespace, gateway)

    def _expose(self, gateway: GatewayName, app: str, *, authenticated: bool) -> None:
        who = AppName(self._namespace, app)
        port = self._environment.deploy_workload(who)
        prefix = self._implementation.expose(gateway, who, port, authenticated=authenticated)
        self._stage.routes[app] = Route(who, gateway.name, prefix)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._openings.change() if self._openings else nullcontext():
            with self._telling():
                yield
            self._ground.require_live()
        if self._history:
            with timings.phase("kubernetes"):
                self._history.change_ends()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        with self._ground.telling():
            yield
        if isinstance(self._implementation, Complaining):
            for line, entry in self._implementation.take_complaints():
                self._log.complain(line, entry)

    def _app(self, app: str) -> AppName:
        return self._stage.elsewhere[app] if app in self._stage.elsewhere else self._stage.routes[app].app
