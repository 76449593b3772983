"""What the suite tests when nobody names an implementation: the bundled reference of every profile.

For the charm's profile that is the reference controller, for a profile of a gateway product the bundled manifests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from gwjwt.cluster import Cluster
from gwjwt.drivers.bundled import CHARM, SAMPLES, bundled_templates
from gwjwt.drivers.controller import ControllerDriver
from gwjwt.drivers.manifests import ManifestsDriver, checked_templates
from gwjwt.drivers.options import Options, file_name, read_options
from gwjwt.drivers.protocol import Configuration, Deployment, Implementation, Wanted
from gwjwt.drivers.rendering import Manifest, Renderer
from gwjwt.errors import TargetError
from gwjwt.reference.faults import FAULTS, MANIFEST_FAULTS, ManifestFault
from gwjwt.waiting import Deadlines
from gwjwt.words import GatewayName


class ReferenceOptions(Options):
    """The ``driver`` section of a target file for ``name: reference``."""

    fault: str | None = None


class ReferenceDriver:
    """The driver ``controller`` with the reference, and the driver ``manifests`` with the bundled templates."""

    name = "reference"
    profiles = frozenset(SAMPLES)

    def __init__(self, controller: ControllerDriver, manifests: ManifestsDriver) -> None:
        self._controller, self._manifests = controller, manifests
        self.features = controller.features

    @classmethod
    def from_options(cls, options: Mapping[str, Any], target_file: Path | None) -> Self:
        """Make the driver from a target file's ``driver`` section.

        Raises:
            TargetError: an unknown option or fault.
        """
        fault = read_options(ReferenceOptions, options, target_file).fault
        if fault is not None and fault not in {**FAULTS, **MANIFEST_FAULTS}:
            choices = (*FAULTS, *MANIFEST_FAULTS)
            raise TargetError(file_name(target_file), "driver.fault", f"{fault!r} is unknown", choices)
        controller = ControllerDriver.from_options({"fault": fault if fault in FAULTS else None}, target_file)
        renderers = {each: _renderer(each, fault) for each in cls.profiles - {CHARM}}
        return cls(controller, ManifestsDriver(renderers, frozenset()))

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        return self._controller.start(cluster, deadlines)

    def start_through(
        self, kubeconfig: Path, cluster: Cluster, deadlines: Deadlines
    ) -> AbstractContextManager[Implementation]:
        return self._controller.start_through(kubeconfig, cluster, deadlines)

    def deploy(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Deployment | None]:
        return self._controller.deploy(cluster, deadlines)

    def join(
        self, cluster: Cluster, deadlines: Deadlines, deployment: Deployment | None
    ) -> AbstractContextManager[Implementation]:
        return self._controller.join(cluster, deadlines, deployment)

    def configure(self, profile: str, cluster: Cluster) -> AbstractContextManager[Configuration]:
        return self._manifests.configure(profile, cluster)


@dataclass(frozen=True)
class _Wrong:
    """The bundled templates, with one thing wrong in what comes out of them."""

    right: Renderer
    fault: ManifestFault

    def render(self, state: Wanted) -> Iterable[Manifest]:
        taken_for = _TakenFor(state.gateway, self.fault.belief(state.as_json()))
        return [dict(each) for each in self.fault.change(list(self.right.render(taken_for)))]


@dataclass(frozen=True)
class _TakenFor:
    """A ``Wanted``: what somebody believes to be wanted."""

    gateway: GatewayName
    variables: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return self.variables


def _renderer(profile: str, fault: str | None) -> Renderer:
    right = checked_templates(bundled_templates(profile), None, profile)
    wrong = MANIFEST_FAULTS.get(fault or "")
    return _Wrong(right, wrong) if wrong is not None and wrong.profile == profile else right
