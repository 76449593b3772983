"""What a driver is: it turns the suite's intents into actions on one implementation.

The words are the user's. No Kubernetes detail is in them, and a driver learns about the environment only what
``start`` is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from gwjwt.cluster import Cluster
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName, Listener

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Status:
    """What the implementation says of a gateway: ``active``, ``blocked``, ``waiting`` or ``error``, and why."""

    state: Literal["active", "blocked", "waiting", "error"]
    message: str = ""


class Implementation(Protocol):
    """One live implementation under test.

    Every action returns when the implementation has been told; ``settle`` returns when it has acted.
    """

    def create_gateway(self, gateway: GatewayName) -> None:
        """Make a gateway with one HTTP listener on port 80."""

    def remove_gateway(self, gateway: GatewayName) -> None: ...

    def abandon(self, gateway: GatewayName) -> None:
        """The scenario is over: its namespaces go away with all that is in them. Keep nothing of it elsewhere."""

    def listen(self, gateway: GatewayName, listener: Listener) -> None:
        """Give the gateway one more listener; every route is reached there too.

        Raises:
            Unsupported: the driver cannot express such a listener.
        """

    def expose(self, gateway: GatewayName, app: AppName, port: int, *, authenticated: bool = True) -> str:
        """Route to the app's Service on ``port``; returns the path prefix under which it is reached.

        ``authenticated=False`` takes the implementation's entry for routes that ask for no login: the external
        authorizer is not asked about them, while the gateway-wide JWT rules hold for them too (decision D2).
        """

    def relate(self, gateway: GatewayName, app: AppName, published: str | None) -> None:
        """The app asks the gateway for JWT authentication and publishes this text; None: nothing published yet.

        Called again for an app that is related already, it replaces what the app had published.
        """

    def withdraw(self, gateway: GatewayName, app: AppName) -> None:
        """The app ends its relation to the gateway."""

    def enable_forward_auth(self, gateway: GatewayName, provider: str | None) -> None:
        """The external authorizer that the mesh knows as ``provider`` decides for this gateway from now on.

        None: forward-auth is wanted, but its provider has not said yet where it decides (decision D11).
        """

    def disable_forward_auth(self, gateway: GatewayName) -> None: ...

    def settle(self) -> None:
        """Return when the implementation has acted on everything it was told.

        Raises:
            ImplementationFailed: it rejected something, or did not settle within the deadline.
        """

    def request_authentications(self, gateway: GatewayName) -> list[Manifest]:
        """All RequestAuthentications that an operator sees in the gateway's namespace."""

    def authorization_policies(self, gateway: GatewayName) -> list[Manifest]:
        """All AuthorizationPolicies that an operator sees in the gateway's namespace."""

    def status(self, gateway: GatewayName) -> Status: ...


class Wanted(Protocol):
    """All that a user wants of a gateway product at one moment, in the words of one profile.

    Each such profile has one class for it, a frozen dataclass such as ``istio_ingress.IngressState``.
    """

    @property
    def gateway(self) -> GatewayName:
        """The gateway that it is about; its namespace is where an object goes that names none."""

    def as_json(self) -> dict[str, Any]:
        """What a template sees as variables, and a command as JSON."""


class Configuration(Protocol):
    """A gateway product in a cluster, configured as its user wants it; nothing is there before the first ``bring``.

    The product itself, with its gateways and its definitions, is a part of the environment.
    """

    def bring(self, wanted: Wanted) -> None:
        """Make this what is wanted of its gateway, in the place of what was wanted before.

        Objects that are no longer wanted go, new ones are created, others are left alone or changed.
        """

    def abandon(self, gateway: GatewayName) -> None:
        """The scenario is over: its namespaces go away with all that is in them. Keep nothing of it elsewhere."""

    def settle(self) -> None:
        """Return when the product has been told all of it.

        Raises:
            ImplementationFailed: the API rejected something; in its words.
        """


@dataclass(frozen=True)
class Declaration:
    """An endpoint as a charm declares it; ``role`` is ``provides``, ``requires`` or, for an unknown one, ``none``."""

    endpoint: str
    role: str
    interface: str | None
    limit: int | None


@dataclass(frozen=True)
class LibraryCall:
    """What one publish call of the interface's library has led to."""

    databag: Mapping[str, str]
    """The application databag as that unit has written it; empty when it has written nothing."""
    raised: str | None
    """What it raised, as one line."""


@runtime_checkable
class ApplicationSide(Protocol):
    """An implementation that shows the application's end of the relation, too (``@feature:RequirerLibrary``)."""

    def gateway_endpoint(self) -> Declaration:
        """The endpoint at which the gateway takes rules."""

    def app_endpoint(self, endpoint: str) -> Declaration:
        """The endpoint of an application that publishes."""

    def library(self) -> frozenset[str]:
        """The names that the library exports where the application runs."""

    def publish_with_library(
        self, gateway: GatewayName, app: AppName, text: str, *, endpoint: str, leader: bool
    ) -> LibraryCall:
        """Have a unit of the app publish the rules in this JSON text by one call of the library."""


@dataclass(frozen=True)
class LogLine:
    """One line of what the implementation logs; ``level`` as Python's ``logging`` names it."""

    level: str
    message: str


@runtime_checkable
class Logging(Protocol):
    """An implementation whose log an operator reads (``@feature:CharmLog``)."""

    def log(self, gateway: GatewayName) -> Sequence[LogLine]:
        """All that it has logged since the gateway was created."""


@runtime_checkable
class Complaining(Protocol):
    """An implementation that has more to tell than its status, such as the traceback of what went wrong in it."""

    def take_complaints(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """What has come up since the last call: each as one line for a reader, and as an entry of the evidence."""


@runtime_checkable
class Placing(Protocol):
    """An implementation that decides itself where a gateway is; its apps stay in the scenario's namespace."""

    def place(self, gateway: str) -> GatewayName:
        """The full name of the gateway that a scenario calls so; ``create_gateway`` follows with it."""


@runtime_checkable
class Solitary(Protocol):
    """A driver whose implementation cannot serve several test processes."""

    @property
    def solitary(self) -> str:
        """Why not, in words for the user."""


@runtime_checkable
class Remarking(Protocol):
    """A driver with something that a report has to say beside the verdicts."""

    @property
    def remarks(self) -> tuple[str, ...]: ...


class Driver(Protocol):
    """Made from a target file's ``driver`` section; found by the entry-point group ``gwjwt.drivers``."""

    @property
    def name(self) -> str: ...

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles that it can express."""

    @property
    def features(self) -> frozenset[str]:
        """The optional features (tags ``@feature:…``) that the implementation claims through it."""

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        """Bring up the implementation in a cluster; leaving the context takes it down again."""


@runtime_checkable
class ConfiguringDriver(Driver, Protocol):
    """A driver that also expresses profiles of gateway products, beside the charm's, which ``start`` is for."""

    def configure(self, profile: str, cluster: Cluster) -> AbstractContextManager[Configuration]:
        """Configure the product that this profile is about; leaving the context takes back what is left.

        Raises:
            Unsupported: this driver does not express the profile so.
        """


@runtime_checkable
class ReroutableDriver(Driver, Protocol):
    """A driver that decides by which way its implementation finds the Kubernetes API."""

    def start_through(
        self, kubeconfig: Path, cluster: Cluster, deadlines: Deadlines
    ) -> AbstractContextManager[Implementation]:
        """As ``start``, but the implementation goes by this kubeconfig to the same API; the suite by ``cluster``.

        Raises:
            Unsupported: nothing of the implementation is started here.
        """


class Deployment(Protocol):
    """The part of an implementation that is in a cluster once, such as a controller that was started for it."""

    def check(self) -> None:
        """Raise ``EnvironmentFailed`` when it does not run any more."""

    def when_it_ends(self, callback: Callable[[], None]) -> None:
        """Call back, from whatever thread, when it ends by itself; where another process has it, nobody does."""


@runtime_checkable
class DeployingDriver(Driver, Protocol):
    """A driver whose implementation has such a part.

    Where several test processes share a cluster, one of them calls ``deploy``, and each calls ``join`` instead of
    ``start``.
    """

    def deploy(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Deployment | None]:
        """Bring up what is there once; None: nothing of it runs here."""

    def join(
        self, cluster: Cluster, deadlines: Deadlines, deployment: Deployment | None
    ) -> AbstractContextManager[Implementation]:
        """Use what another process has brought up."""
