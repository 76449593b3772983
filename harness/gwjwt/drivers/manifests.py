"""The driver for whoever keeps policies as manifests: a pure function from the wanted state to Kubernetes objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import Field

from gwjwt.cluster import Cluster
from gwjwt.drivers.applied import Applied, ClusterWriter, Writer
from gwjwt.drivers.bundled import CHARM, SAMPLES, bundled_templates
from gwjwt.drivers.command import Command
from gwjwt.drivers.configured import RenderedConfiguration
from gwjwt.drivers.options import Options, file_name, path_option, read_options
from gwjwt.drivers.protocol import Configuration, Implementation, Status
from gwjwt.drivers.rendering import BadManifests, Renderer, Templates
from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.errors import ImplementationFailed, TargetError, Unsupported
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName, Listener

DEFAULT_PROFILES = frozenset({CHARM})
"""What a driver expresses whose templates or command are not said to be for another profile."""
_ISTIO = "security.istio.io/v1"
_MANAGER = "gwjwt-manifests"


class ManifestsOptions(Options):
    """The ``driver`` section of a target file for ``name: manifests``; without any, the bundled manifests."""

    templates: Path | None = None
    """A folder; with several profiles it has a folder for each, which has the profile's name."""
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    """For one profile."""
    profiles: frozenset[str] | None = Field(default=None, min_length=1)
    features: frozenset[str] = frozenset()


class ManifestsDriver:
    """Renders manifests, applies them, and has nothing to wait for but the API's acceptance."""

    name = "manifests"

    def __init__(self, renderers: Mapping[str, Renderer], features: frozenset[str]) -> None:
        """``renderers`` by the profile that each expresses."""
        self._renderers = renderers
        self.profiles, self.features = frozenset(renderers), features

    @classmethod
    def from_options(cls, options: Mapping[str, Any], target_file: Path | None) -> Self:
        """Raises ``TargetError`` for a wrong option, and for templates or a command that cannot work."""
        read = read_options(ManifestsOptions, options, target_file)
        where = file_name(target_file)
        if read.command and read.templates:
            raise TargetError(where, "driver.command", "stands beside driver.templates")
        everything = frozenset(SAMPLES)
        profiles = read.profiles or (DEFAULT_PROFILES if read.command or read.templates else everything)
        if unknown := sorted(profiles - everything):
            raise TargetError(where, "driver.profiles", f"{unknown[0]!r} is unknown", sorted(everything))
        if read.command and len(profiles) > 1:
            raise TargetError(where, "driver.command", "is for one profile, and driver.profiles has several")
        return cls({each: _renderer(read, each, profiles, target_file) for each in profiles}, read.features)

    @contextmanager
    def start(self, cluster: Cluster, deadlines: Deadlines) -> Iterator[Implementation]:
        del deadlines  # acceptance by the API is all that there is to wait for
        renderer = self._renderer(CHARM)
        with RenderedImplementation(cluster, renderer, ClusterWriter(cluster, _MANAGER)) as implementation:
            yield implementation

    @contextmanager
    def configure(self, profile: str, cluster: Cluster) -> Iterator[Configuration]:
        renderer = self._renderer(profile)
        with RenderedConfiguration(cluster, renderer, ClusterWriter(cluster, _MANAGER)) as configuration:
            yield configuration

    def _renderer(self, profile: str) -> Renderer:
        if profile not in self._renderers:
            raise Unsupported(f"the driver {self.name!r} has no templates for the profile {profile}")
        return self._renderers[profile]


def _renderer(
    options: ManifestsOptions, profile: str, profiles: Collection[str], target_file: Path | None
) -> Renderer:
    if options.command:
        return checked_command(options.command, target_file, profile)
    if options.templates is None:
        return checked_templates(bundled_templates(profile), target_file, profile)
    folder = options.templates / profile if len(profiles) > 1 else options.templates
    return checked_templates(folder, target_file, profile)


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

    def listen(self, gateway: GatewayName, listener: Listener) -> None:
        self._bring(self._states[gateway].listening(listener))

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


def checked_command(arguments: tuple[str, ...], target_file: Path | None, profile: str = CHARM) -> Command:
    """The command, after trying it on a gateway that has nothing yet.

    Raises:
        TargetError: it cannot be started, fails, does not end, or prints no manifests.
    """
    command = Command(arguments, target_file.parent if target_file else Path.cwd())
    try:
        command.render(SAMPLES[profile]()[0])
    except BadManifests as error:
        problem = " ".join(str(error).split())
        raise TargetError(file_name(target_file), "driver.command", problem) from error
    return command


def checked_templates(folder: Path, target_file: Path | None, profile: str = CHARM) -> Templates:
    """The templates of a folder, after trying them on samples.

    Raises:
        TargetError: there is no such folder, or a template in it cannot work; names its file and line.
    """
    where, folder = file_name(target_file), path_option(target_file, folder)
    if not folder.is_dir():
        raise TargetError(where, "driver.templates", f"there is no folder {folder}")
    try:
        templates = Templates(folder)
        for state in SAMPLES[profile]():
            templates.render(state)
    except BadManifests as error:
        raise TargetError(where, "driver.templates", str(error)) from error
    return templates
