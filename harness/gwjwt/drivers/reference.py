"""What the suite tests when nobody names an implementation: the bundled reference of every profile.

For the charm's profile that is the reference controller, for a profile of a gateway product the bundled manifests.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from gwjwt.cluster import Cluster
from gwjwt.drivers.bundled import CHARM, SAMPLES
from gwjwt.drivers.controller import ControllerDriver
from gwjwt.drivers.manifests import ManifestsDriver
from gwjwt.drivers.options import Options, file_name, read_options
from gwjwt.drivers.protocol import Configuration, Deployment, Implementation
from gwjwt.errors import TargetError
from gwjwt.reference.faults import UnknownFault, named
from gwjwt.waiting import Deadlines


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
        if fault is not None:
            try:
                named(fault)
            except UnknownFault as unknown:
                where = file_name(target_file)
                raise TargetError(
                    where, "driver.fault", f"{fault!r} is unknown", unknown.choices
                ) from unknown
        controller = ControllerDriver.from_options({"fault": fault}, target_file)
        others = sorted(cls.profiles - {CHARM})
        return cls(controller, ManifestsDriver.from_options({"profiles": others}, target_file))

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        return self._controller.start(cluster, deadlines)

    def deploy(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Deployment | None]:
        return self._controller.deploy(cluster, deadlines)

    def join(
        self, cluster: Cluster, deadlines: Deadlines, deployment: Deployment | None
    ) -> AbstractContextManager[Implementation]:
        return self._controller.join(cluster, deadlines, deployment)

    def configure(self, profile: str, cluster: Cluster) -> AbstractContextManager[Configuration]:
        return self._manifests.configure(profile, cluster)
