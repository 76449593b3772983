"""The driver for a controller: templates make the vendor's custom resources, conditions say when it has acted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.cluster.definitions import install
from gwjwt.cluster.informer import Informer
from gwjwt.drivers.controller_options import REFERENCE_TEMPLATES, ControllerOptions, read_controller_options
from gwjwt.drivers.manifests import RenderedImplementation, checked_templates
from gwjwt.drivers.options import file_name, path_option
from gwjwt.drivers.progress import Progress
from gwjwt.drivers.protocol import Deployment, Implementation, Status
from gwjwt.drivers.rendering import BadManifests, Manifest, Templates, read_manifests
from gwjwt.errors import ImplementationFailed, TargetError, Unsupported
from gwjwt.local.processes import RunDirectory
from gwjwt.reference.controller import ReferenceController
from gwjwt.reference.faults import named
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually
from gwjwt.words import GatewayName

_MANAGER = "gwjwt-controller"


class ControllerDriver:
    """Applies custom resources and waits for a controller; without options, for the bundled reference."""

    name = "controller"

    def __init__(
        self, options: ControllerOptions, templates: Templates, definitions: list[Manifest], folder: Path
    ) -> None:
        self._options, self._templates = options, templates
        self._definitions, self._folder = definitions, folder
        self.profiles, self.features = options.profiles, options.features

    @classmethod
    def from_options(cls, options: Mapping[str, Any], target_file: Path | None) -> Self:
        """Make the driver from a target file's ``driver`` section.

        Raises:
            TargetError: a wrong option, templates that cannot work, definitions that cannot be read.
        """
        read = read_controller_options(options, target_file)
        templates = checked_templates(read.templates or REFERENCE_TEMPLATES, target_file)
        definitions = [each for file in read.definitions for each in _read_definitions(file, target_file)]
        return cls(read, templates, definitions, target_file.parent if target_file else Path.cwd())

    @contextmanager
    def start(self, cluster: Cluster, deadlines: Deadlines) -> Iterator[Implementation]:
        with (
            self.deploy(cluster, deadlines) as controller,
            self.join(cluster, deadlines, controller) as implementation,
        ):
            yield implementation

    @contextmanager
    def start_through(
        self, kubeconfig: Path, cluster: Cluster, deadlines: Deadlines
    ) -> Iterator[Implementation]:
        with (
            Cluster(kubeconfig) as own,
            self.deploy(own, deadlines) as controller,
            self.join(cluster, deadlines, controller) as implementation,
        ):
            if controller is None:
                raise Unsupported("the controller is not started by the suite: there is no driver.command")
            yield implementation

    @contextmanager
    def deploy(self, cluster: Cluster, deadlines: Deadlines) -> Iterator[Deployment | None]:
        with ExitStack() as stack:
            self._install(cluster, deadlines.start)
            yield self._start_controller(stack, cluster, deadlines)

    @contextmanager
    def join(
        self, cluster: Cluster, deadlines: Deadlines, deployment: Deployment | None
    ) -> Iterator[Implementation]:
        conditions = self._options.conditions
        with ExitStack() as stack:
            caches = [
                stack.enter_context(cache) for cache in self._caches(cluster, deployment, deadlines.start)
            ]
            progress = Progress(cluster, _MANAGER, conditions, caches, deployment, deadlines.settle)
            yield stack.enter_context(ControlledImplementation(cluster, self._templates, progress))

    def _install(self, cluster: Cluster, deadline: float) -> None:
        try:
            install(cluster, self._definitions, _MANAGER, deadline)
        except ApiRefused as refused:
            raise ImplementationFailed(f"the API rejected a definition: {refused.message}") from refused

    def _caches(self, cluster: Cluster, controller: Deployment | None, deadline: float) -> Iterator[Informer]:
        """A cache for each kind that has conditions, as soon as the API knows the kind."""
        for api_version, kind in sorted({(each.api_version, each.kind) for each in self._options.conditions}):
            _await_kind(cluster, api_version, kind, controller, deadline)
            yield Informer(cluster, api_version, kind)

    def _start_controller(
        self, stack: ExitStack, cluster: Cluster, deadlines: Deadlines
    ) -> Deployment | None:
        options = self._options
        if options.implementation == "reference":
            fault = named(options.fault) if options.fault else None
            return stack.enter_context(ReferenceController(cluster, fault, deadlines))
        if options.command:
            home = stack.enter_context(RunDirectory())
            environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig.absolute())}
            started = home.start("controller", options.command, env=environment, cwd=self._folder)
            return stack.enter_context(started)
        return None


class ControlledImplementation(RenderedImplementation):
    """Custom resources in the cluster, and a controller that acts on them."""

    def __init__(self, cluster: Cluster, templates: Templates, progress: Progress) -> None:
        super().__init__(cluster, templates, progress)
        self._progress = progress

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete what is left, while the controller is there to take down what it made of it."""
        super().__exit__(kind, error, trace)
        self._progress.await_all()

    def settle(self) -> None:
        """Return when every custom resource that was written meets its conditions, or has gone."""
        super().settle()
        self._progress.await_all()

    def status(self, gateway: GatewayName) -> Status:
        written = super().status(gateway)
        return written if written.state == "error" else self._progress.status(gateway)


def _await_kind(
    cluster: Cluster, api_version: str, kind: str, controller: Deployment | None, deadline: float
) -> None:
    """A controller may install its own definitions while it starts."""

    def known() -> None:
        if controller:
            controller.check()
        if not cluster.serves(api_version, kind):
            raise NotYet("neither driver.definitions nor the controller has installed its definition")

    try:
        eventually(f"the API knows the kind {kind} in {api_version}", known, deadline)
    except TimedOut as late:
        raise ImplementationFailed(str(late)) from late


def _read_definitions(file: Path, target_file: Path | None) -> list[Manifest]:
    path = path_option(target_file, file)
    try:
        return read_manifests(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadManifests) as error:
        raise TargetError(file_name(target_file), "driver.definitions", str(error)) from error
