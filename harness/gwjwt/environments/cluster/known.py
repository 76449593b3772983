"""The cluster that the user names, checked before anything is made in it; several test processes may share it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import yaml

from gwjwt import __version__
from gwjwt.cluster import Cluster, Reference
from gwjwt.cluster.kubeconfig import default_kubeconfig, with_context
from gwjwt.environments.cluster.access import (
    GATEWAY_API,
    needed,
    require_class,
    require_rights,
    told_of_refusals,
)
from gwjwt.environments.cluster.namespaces import remove_definitions
from gwjwt.environments.cluster.options import ClusterOptions
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import RunDirectory

_GONE_WITHIN = 30.0
"""Seconds that a definition has to go."""


class TargetCluster(Protocol):
    """What a test process needs of a cluster that it may share."""

    def kubeconfig(self) -> Path: ...

    def options(self) -> ClusterOptions: ...

    def description(self) -> EnvironmentDescription: ...

    def run(self) -> str:
        """What the labels of all that is made tell the run by."""

    def lease_provider(self) -> str | None:
        """An extension provider that no other process uses; None: the mesh has none.

        Raises:
            EnvironmentFailed: there are fewer than processes.
        """


class KnownCluster:
    """A context manager; inside of it the kubeconfig that it has written leads to the cluster."""

    def __init__(self, options: ClusterOptions) -> None:
        self._options = options
        self._run = secrets.token_hex(4)
        self._free = list(reversed(options.extension_providers))
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        content = with_context(self._options.kubeconfig or default_kubeconfig(), self._options.context)
        with ExitStack() as starting:
            directory = starting.enter_context(RunDirectory())
            self._kubeconfig = directory.path / "kubeconfig"
            _write_private(self._kubeconfig, yaml.safe_dump(content))
            with Cluster(self._kubeconfig) as cluster, told_of_refusals():
                require_rights(cluster, needed(self._options))
                require_class(cluster, self._options.gateway_class)
                self._description = _described(cluster, self._options)
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._parts, Cluster(self._kubeconfig) as cluster:
            remove_definitions(cluster, _GONE_WITHIN)

    def kubeconfig(self) -> Path:
        return self._kubeconfig

    def options(self) -> ClusterOptions:
        return self._options

    def description(self) -> EnvironmentDescription:
        return self._description

    def run(self) -> str:
        return self._run

    def lease_provider(self) -> str | None:
        if not self._options.extension_providers:
            return None
        if not self._free:
            cause = "there are fewer environment.extensionProviders than test processes"
            raise EnvironmentFailed("cluster", cause)
        return self._free.pop()


class JoinedCluster:
    """A ``TargetCluster`` that another process has."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def kubeconfig(self) -> Path:
        return Path(self._ask("kubeconfig"))

    def options(self) -> ClusterOptions:
        options: ClusterOptions = self._ask("options")
        return options

    def description(self) -> EnvironmentDescription:
        description: EnvironmentDescription = self._ask("description")
        return description

    def run(self) -> str:
        return str(self._ask("run"))

    def lease_provider(self) -> str | None:
        provider: str | None = self._ask("lease_provider")
        return provider


def _described(cluster: Cluster, options: ClusterOptions) -> EnvironmentDescription:
    reference = Reference(f"{GATEWAY_API}/v1", "GatewayClass", "", options.gateway_class)
    found = cluster.get(reference) or {"spec": {}}
    versions = {
        "gwjwt": __version__,
        "kubernetes": cluster.version(),
        "gatewayClass": options.gateway_class,
        "controller": str(found["spec"].get("controllerName", "unknown")),
        "settleTime": f"{options.settle_time:g}s",
    }
    return EnvironmentDescription("cluster", versions, "polled")


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
