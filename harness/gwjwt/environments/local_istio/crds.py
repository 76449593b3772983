"""The custom resource definitions of Istio and of the Gateway API, as their own modules ship them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.cluster.definitions import install
from gwjwt.environments.local_istio.assets import definition_files
from gwjwt.errors import EnvironmentFailed
from gwjwt.waiting import TimedOut
from gwjwt.yaml_documents import documents

_MANAGER = "gwjwt-environment"
_AT_ONCE = 4
"""Connections that the client keeps open."""


def install_definitions(cluster: Cluster, folder: Path, deadline: float) -> None:
    """Apply all of them at the same time and return when the API serves them, within ``deadline`` seconds.

    Raises:
        EnvironmentFailed: the API refuses one, or does not serve it in time.
    """

    def one(definition: dict[str, Any]) -> None:
        install(cluster, [definition], _MANAGER, deadline)

    try:
        with ThreadPoolExecutor(_AT_ONCE, "gwjwt-definitions") as pool:
            list(pool.map(one, _definitions(folder)))
    except (ApiRefused, TimedOut) as error:
        raise EnvironmentFailed("custom resource definitions", str(error)) from error


def _definitions(folder: Path) -> Iterator[dict[str, Any]]:
    for file in definition_files(folder):
        for each in documents(file.read_text(encoding="utf-8")):
            if each["kind"] == "CustomResourceDefinition":
                yield each
