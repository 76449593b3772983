"""The driver for whoever keeps policies as manifests: a pure function from the wanted state to Kubernetes objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import Field

from gwjwt.cluster import Cluster
from gwjwt.drivers.applied import Applied, ClusterWriter, Writer
from gwjwt.drivers.command import Command
from gwjwt.drivers.options import Options, file_name, path_option, read_options
from gwjwt.drivers.protocol import Implementation, Status
from gwjwt.drivers.rendering import BadManifests, Renderer, Templates
from gwjwt.drivers.samples import sample_states
from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.errors import ImplementationFailed, TargetError
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName

DEFAULT_PROFILES = frozenset({"charm-request-auth"})
BUNDLED = Path(__file__).parent / "templates" / "istio"
"""The documented behaviour of the charm profile as plain Istio policies."""
_ISTIO = "security.istio.io/v1"


class ManifestsOptions(Options):
    """The ``driver`` section of a target file for ``name: manifests``; without any, the bundled Istio policies."""

    templates: Path | None = None
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    profiles: frozenset[str] = DEFAULT_PROFILES
    features: frozenset[str] = frozenset()


class ManifestsDriver:
    """Renders manifests, applies them, and has nothing to wait for but the API's acceptance."""

    name = "manifests"

    def __init__(self, renderer: Renderer, profiles: frozenset[str], features: frozenset[str]) -> None:
        self._renderer = renderer
        self.profiles, self.features = profiles, features

    @classmethod
    def from_options(cls, options: Mapping[str, Any], target_file: Path | None) -> Self:
        """Raises ``TargetError`` for a wrong option, and for templates or a command that cannot work."""
        read = read_options(ManifestsOptions, options, target_file)
        if read.command:
            if read.templates:
                raise TargetError(file_name(target_file), "driver.command", "stands beside driver.templates")
            renderer: Renderer = checked_command(read.command, target_file)
        else:
            renderer = checked_templates(read.templates or BUNDLED, target_file)
        return cls(renderer, read.profiles, read.features)

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        del deadlines  # acceptance by the API is all that there is to wait for
        return self._running(cluster)

    @contextmanager
    def _running(self, cluster: Cluster) -> Iterator[Implementation]:
        writer = ClusterWriter(cluster, "gwjwt-manifests")
        with RenderedImplementation(cluster, self._renderer, writer) as implementation:
            yield implementation


class RenderedImplementation:
    """Keeps the wanted state of each gateway, and writes what it renders to after every change."""

    def __init__(self, cluster: Cluster, renderer: Renderer, writer: Writer) -> None:
        self._cluster, self._renderer = cluster, renderer
        self._applied = Applied(writer)
        self._states: dict[GatewayName, WantedState] = {}
        self._unreported: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        namespaces = {each["metadata"]["name"] for each in self._cluster.list("v1", "Namespace")}
        self._applied.delete_all(namespaces)

    def create_gateway(self, gateway: GatewayName) -> None:
        self._applied.forget(gateway)
        self._bring(WantedState(gateway))

    def remove_gateway(self, gateway: GatewayName) -> None:
        del self._states[gateway]
        self._applied.bring(gateway, [])

    def abandon(self, gateway: GatewayName) -> None:
        del self._states[gateway]
        self._applied.forget(gateway)

    def listen(self, gateway: GatewayName, port: int) -> None:
        self._bring(self._states[gateway].listening(port))

    def expose(self, gateway: GatewayName, app: AppName, port: int, *, authenticated: bool = True) -> str:
        route = Route.to(app, port, authenticated=authenticated)
        self._bring(self._states[gateway].exposing(route))
        return route.path

    def relate(self, gateway: GatewayName, app: AppName, published: str | None) -> None:
        self._bring(self._states[gateway].relating(Relation(app, published)))

    def withdraw(self, gateway: GatewayName, app: AppName) -> None:
        self._bring(self._states[gateway].withdrawing(app))

    def enable_forward_auth(self, gateway: GatewayName, provider: str | None) -> None:
        self._bring(self._states[gateway].authorized_by(provider))

    def disable_forward_auth(self, gateway: GatewayName) -> None:
        self._bring(self._states[gateway].without_forward_auth())

    def settle(self) -> None:
        """Everything was told to the API already; what it rejected is said once.

        A rejected RequestAuthentication is no failure: its rules count as malformed (decision D3), see ``status``.
        """
        rejected, self._unreported = self._unreported, []
        if rejected:
            raise ImplementationFailed("the API rejected what was rendered: " + "; ".join(rejected))

    def request_authentications(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "RequestAuthentication", gateway.namespace))

    def authorization_policies(self, gateway: GatewayName) -> list[Mapping[str, Any]]:
        return list(self._cluster.list(_ISTIO, "AuthorizationPolicy", gateway.namespace))

    def status(self, gateway: GatewayName) -> Status:
        rejections = self._applied.rejections(gateway)
        message = "; ".join(f"{each}: {rejection.message}" for each, rejection in rejections.items())
        failed = any(reference.kind != "RequestAuthentication" for reference in rejections)
        return Status("error" if failed else "active", message)

    def _bring(self, state: WantedState) -> None:
        self._states[state.gateway] = state
        known = list(self._applied.rejections(state.gateway).values())
        self._applied.bring(state.gateway, self._renderer.render(state))
        for reference, rejection in self._applied.rejections(state.gateway).items():
            if reference.kind != "RequestAuthentication" and rejection not in known:
                self._unreported.append(f"{reference}: {rejection.message}")


def checked_command(arguments: tuple[str, ...], target_file: Path | None) -> Command:
    """The command, after trying it on a gateway that has nothing yet.

    Raises:
        TargetError: it cannot be started, fails, does not end, or prints no manifests.
    """
    command = Command(arguments, target_file.parent if target_file else Path.cwd())
    try:
        command.render(sample_states()[0])
    except BadManifests as error:
        problem = " ".join(str(error).split())
        raise TargetError(file_name(target_file), "driver.command", problem) from error
    return command


def checked_templates(folder: Path, target_file: Path | None) -> Templates:
    """The templates of a folder, after trying them on samples.

    Raises:
        TargetError: there is no such folder, or a template in it cannot work; names its file and line.
    """
    where, folder = file_name(target_file), path_option(target_file, folder)
    if not folder.is_dir():
        raise TargetError(where, "driver.templates", f"there is no folder {folder}")
    try:
        templates = Templates(folder)
        for state in sample_states():
            templates.render(state)
    except BadManifests as error:
        raise TargetError(where, "driver.templates", str(error)) from error
    return templates
