"""The charm driver and its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

import gwjwt.reference
from gwjwt.cluster import Cluster
from gwjwt.drivers.charm.application_side import BUNDLED as APPLICATION
from gwjwt.drivers.charm.application_side import Application
from gwjwt.drivers.charm.implementation import CharmImplementation
from gwjwt.drivers.charm.interpreter import given_interpreter, made_interpreter, own_interpreter
from gwjwt.drivers.charm.live.driver import LiveCharmDriver
from gwjwt.drivers.charm.live.implementation import Surroundings
from gwjwt.drivers.charm.live.model import LiveModel
from gwjwt.drivers.charm.live.options import INGRESS, REQUIRER, CharmToDeploy, Ingress
from gwjwt.drivers.charm.process import CharmSource, running
from gwjwt.drivers.charm.relations import Endpoints
from gwjwt.drivers.manifests import DEFAULT_PROFILES
from gwjwt.drivers.options import Options, file_name, path_option, read_options
from gwjwt.drivers.protocol import Driver, Implementation
from gwjwt.errors import EnvironmentFailed, TargetError
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines

REFERENCE = Path(gwjwt.reference.__path__[0]) / "charm"
APPLICATION_SIDE = "RequirerLibrary"
"""The feature of scenarios that look at the application's end of the relation."""
LOG = "CharmLog"
"""The feature of scenarios that look into the ingress charm's log."""

SHORTENED = "simulated Juju: a charm's sleep is shortened to at most 1 s, and its clock skips the rest"


class CharmOptions(Options):
    """The ``driver`` section of a target file for ``name: charm``; without any, the bundled reference charm."""

    charm: Path | None = None
    """A folder with ``charmcraft.yaml`` and ``src/charm.py``."""
    interpreter: Path | None = None
    """The Python that has what the charm needs, and ``ops[testing]``."""
    make_interpreter: bool = False
    """Make one of the charm's requirements."""
    application: Path | None = None
    """The charm at the other end; by default one of the suite's own. It publishes its configuration ``jwt-rules``
    on the endpoint that its configuration ``endpoint`` names."""
    config: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """The charm's configuration."""
    endpoints: Endpoints = Endpoints()
    juju_model: str | None = Field(default=None, min_length=1)
    """A live model, instead of a simulated one; as ``juju -m`` takes it."""
    ingress: Ingress = INGRESS
    """Live: the application to test, or the charm to deploy."""
    requirer: CharmToDeploy = REQUIRER
    """Live: the charm at the other end of all relations."""
    patience: float = Field(default=300.0, gt=0)
    """Live: seconds that one change may take in the model."""
    profiles: frozenset[str] = DEFAULT_PROFILES
    features: frozenset[str] = frozenset()


class CharmDriver:
    """Runs an ingress charm's hooks in the charm's own interpreter, against the Kubernetes API of the environment."""

    name = "charm"
    remarks = (SHORTENED,)

    def __init__(self, source: CharmSource, application: CharmSource, options: CharmOptions) -> None:
        self._source, self._application, self._options = source, application, options
        self.profiles, self.features = options.profiles, options.features | {APPLICATION_SIDE, LOG}

    @classmethod
    def from_options(cls, options: Mapping[str, Any], target_file: Path | None) -> Driver:
        """Make the driver from a target file's ``driver`` section; the one for a live model if it names one.

        Raises:
            TargetError: a wrong option.
            EnvironmentFailed: the folder is no charm, or there is no interpreter for it.
        """
        read = read_options(CharmOptions, options, target_file)
        _require_one_mode(read, target_file)
        if read.juju_model:
            return _live(read.juju_model, read, target_file)
        if read.interpreter and read.make_interpreter:
            raise TargetError(
                file_name(target_file), "driver.makeInterpreter", "stands beside driver.interpreter"
            )
        folder = _checked_charm(path_option(target_file, read.charm) if read.charm else REFERENCE)
        own = own_interpreter()
        if read.interpreter:
            interpreter = given_interpreter(path_option(target_file, read.interpreter).absolute())
        elif read.make_interpreter:
            interpreter = made_interpreter(folder)
        else:
            interpreter = own
        other = path_option(target_file, read.application) if read.application else APPLICATION
        application = CharmSource("application", _checked_charm(other, "driver.application"), own)
        return cls(CharmSource(folder.name, folder, interpreter), application, read)

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        return self.start_through(cluster.kubeconfig, cluster, deadlines)

    @contextmanager
    def start_through(
        self, kubeconfig: Path, cluster: Cluster, deadlines: Deadlines
    ) -> Iterator[Implementation]:
        sources = [self._source, self._application]
        with (
            RunDirectory() as home,
            running(home, sources, kubeconfig, deadlines.start) as (charm, application),
        ):
            yield CharmImplementation(
                cluster, charm, Application(application), self._options.endpoints, self._options.config
            )


def _checked_charm(folder: Path, key: str = "driver.charm") -> Path:
    folder = folder.resolve()
    for needed in ("charmcraft.yaml", "src/charm.py"):
        if not (folder / needed).is_file():
            raise EnvironmentFailed(key, f"{folder} is no charm: there is no {needed} in it")
    return folder


_SIMULATED, _LIVE = (
    ("charm", "interpreter", "make_interpreter", "application"),
    ("ingress", "requirer", "patience"),
)


def _require_one_mode(read: CharmOptions, target_file: Path | None) -> None:
    """Raise ``TargetError`` for an option of the other mode."""
    for name in _SIMULATED if read.juju_model else _LIVE:
        if name in read.model_fields_set:
            key = f"driver.{CharmOptions.model_fields[name].alias}"
            problem = (
                "is for a simulated Juju: leave it out, or driver.jujuModel"
                if read.juju_model
                else "is for a live model: name it with driver.jujuModel"
            )
            raise TargetError(file_name(target_file), key, problem)


def _live(model: str, read: CharmOptions, target_file: Path | None) -> Driver:
    ingress = read.ingress
    if ingress.deploy:
        ingress = Ingress(deploy=ingress.deploy.beside(target_file))
    surroundings = Surroundings(
        ingress, read.requirer.beside(target_file), read.endpoints, read.config, read.patience
    )
    return LiveCharmDriver(LiveModel(model), surroundings, read.profiles, read.features)
