"""The charm driver on a live model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from gwjwt.cluster import Cluster
from gwjwt.drivers.charm.live.implementation import LiveImplementation, Surroundings
from gwjwt.drivers.charm.live.model import LiveModel
from gwjwt.drivers.protocol import Implementation
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import Deadlines


class LiveCharmDriver:
    """Drives the ingress charm in a Juju model; the model's namespace has to be one of the environment's cluster."""

    name = "charm"
    solitary = "a live Juju model takes one scenario at a time"

    def __init__(
        self, model: LiveModel, surroundings: Surroundings, profiles: frozenset[str], features: frozenset[str]
    ) -> None:
        self._model, self._surroundings = model, surroundings
        self.profiles, self.features = profiles, features
        patience = f"{surroundings.patience:g} s"
        self.remarks = (
            f"live Juju model {model.name}: waits up to {patience} for each change, not deadlines.settle",
        )

    def start(self, cluster: Cluster, deadlines: Deadlines) -> AbstractContextManager[Implementation]:
        del deadlines  # a model's hooks are no match for them; see the remarks
        return self._running(cluster)

    @contextmanager
    def _running(self, cluster: Cluster) -> Iterator[Implementation]:
        self._require_model(cluster)
        implementation = LiveImplementation(cluster, self._model, self._surroundings)
        try:
            yield implementation
        finally:
            implementation.release()

    def _require_model(self, cluster: Cluster) -> None:
        model, namespace = self._model.status().model, self._model.namespace
        what = f"the model {self._model.name}"
        if model.type != "caas":
            raise EnvironmentFailed(what, f"is of type {model.type}; an ingress needs a model on Kubernetes")
        if namespace not in {each["metadata"]["name"] for each in cluster.list("v1", "Namespace")}:
            cause = (
                f"the environment's cluster has no namespace {namespace}; take the environment whose cluster "
                f"is Juju's cloud {model.cloud}"
            )
            raise EnvironmentFailed(what, cause)
