"""The cluster of another process, which has it made for several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Self

from gwjwt.environments.local_istio.pods import Workload
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.words import GatewayName


class JoinedCluster:
    """An ``IstioCluster`` that asks the process that has it. A context manager with nothing to release."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        """``ask`` calls a method of the cluster by its name."""
        self._ask = ask

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def kubeconfig(self) -> Path:
        found: Path = self._ask("kubeconfig")
        return found

    def description(self) -> EnvironmentDescription:
        found: EnvironmentDescription = self._ask("description")
        return found

    def lease_provider(self) -> str:
        return str(self._ask("lease_provider"))

    def create_namespace(self, name: str) -> None:
        self._ask("create_namespace", name)

    def delete_namespace(self, name: str) -> None:
        self._ask("delete_namespace", name)

    def run(self, workload: Workload) -> None:
        self._ask("run", workload)

    def ports(self, gateway: GatewayName) -> Mapping[int, int] | None:
        found: Mapping[int, int] | None = self._ask("ports", gateway)
        return found

    def settle(self, namespaces: Collection[str]) -> None:
        self._ask("settle", namespaces)

    def check(self) -> None:
        self._ask("check")
