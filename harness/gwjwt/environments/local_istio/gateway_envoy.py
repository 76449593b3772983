"""One gateway's Envoy: how it starts, and what its admin interface tells about the configuration it runs.

Sources: Istio's bootstrap of a gateway proxy (node id and metadata), Envoy's administration interface.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gwjwt.environments.embedded.gateway import envoy
from gwjwt.environments.local_istio.mesh import NAME_LABEL
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.waiting import NotYet
from gwjwt.words import GatewayName

_DRAIN_SECONDS = 1
_SECONDS = 2.0
_STATE = (
    r"^(cluster_manager\.cds\.|listener_manager\.lds\.|http\..*\.rds\.).*(version_text|update_rejected)$"
    r"|_warming$|warming_clusters$"
)


@dataclass(frozen=True)
class Identity:
    """Who an Envoy says it is: the pod that it would run in, and the gateway that it serves."""

    gateway: GatewayName
    pod: str
    address: str
    """The pod's IP address."""

    @property
    def node(self) -> dict[str, Any]:
        namespace = self.gateway.namespace
        return {
            "id": f"router~{self.address}~{self.pod}.{namespace}~{namespace}.svc.cluster.local",
            "cluster": f"{self.gateway.name}.{namespace}",
        }


class GatewayEnvoy:
    """A running Envoy that gets its configuration from istiod; ``stop`` ends it."""

    def __init__(
        self,
        directory: RunDirectory,
        identity: Identity,
        istiod_port: int,
        admin_port: int,
        istio_version: str,
    ) -> None:
        self.identity, self.admin_port = identity, admin_port
        name = f"envoy-{identity.gateway.namespace}-{identity.gateway.name}"
        file = directory.path / f"{name}.json"
        file.write_text(json.dumps(_bootstrap(identity, istiod_port, admin_port, istio_version)))
        arguments = ["--config-path", str(file), "--concurrency", "1", "--disable-hot-restart"]
        arguments += ["--drain-time-s", str(_DRAIN_SECONDS), "--drain-strategy", "immediate"]
        arguments += ["--log-level", "warning"]
        self.process: Supervised = directory.start(name, [str(envoy.binary()), *arguments], env={})
        self._url = f"http://{HOST}:{admin_port}"

    def stop(self) -> None:
        self.process.stop()

    def require_mark(self, client: httpx.Client, mark: str, ports: Collection[int]) -> None:
        """Return when Envoy runs the configuration that carries the mark, in every part of it, on these ports.

        The mark stands in the listeners; routes and clusters of the same push carry the version that istiod gave
        to that push, and Envoy has it acknowledged.

        Raises:
            NotYet: with what it runs instead.
            EnvironmentFailed: it died, or refused a configuration; with its own words.
        """
        self.process.check()
        self._require_listeners(client, mark, ports)
        self._require_one_version(client)

    def _require_listeners(self, client: httpx.Client, mark: str, ports: Collection[int]) -> None:
        dump = self._get(client, "/config_dump?resource=dynamic_listeners").json()
        found = dump.get("configs", [])
        for each in found:
            if error := each.get("error_state"):
                raise EnvironmentFailed(
                    f"Envoy of {self.identity.gateway}", str(error.get("details")), self.process.last_lines()
                )
        live = [each["active_state"]["listener"] for each in found if "active_state" in each]
        bound = {each["address"]["socket_address"]["port_value"] for each in live}
        # Before istiod knows where a port is mapped to, it has Envoy bind the port itself.
        if bound != set(ports):
            raise NotYet(f"listeners are live on {sorted(bound)}, not on {sorted(ports)}")
        for each in live:
            names = set(_server_names(each))
            if names != {mark}:
                raise NotYet(f"its listener carries the mark {', '.join(sorted(names)) or 'of nobody'}")

    def _require_one_version(self, client: httpx.Client) -> None:
        stats = self._get(client, f"/stats?filter={_STATE}").text
        values = dict(line.split(": ", 1) for line in stats.splitlines() if ": " in line)
        versions = {
            name: value.strip('"')
            for name, value in values.items()
            if name.endswith("version_text") and value != '""'
        }
        warming = [name for name, value in values.items() if "warming" in name and value != "0"]
        if warming:
            raise NotYet(f"{', '.join(warming)}")
        lds = _push(versions.get("listener_manager.lds.version_text", ""))
        behind = {name: text for name, text in versions.items() if _push(text) < lds}
        if behind:
            raise NotYet(f"behind push {lds}: {behind}")
        rejected = [
            name for name, value in values.items() if name.endswith("update_rejected") and value != "0"
        ]
        if rejected:
            raise EnvironmentFailed(
                f"Envoy of {self.identity.gateway}", f"refused: {rejected}", self.process.last_lines()
            )

    def _get(self, client: httpx.Client, path: str) -> httpx.Response:
        try:
            return client.get(self._url + path, timeout=_SECONDS)
        except httpx.HTTPError as error:
            self.process.check()
            raise NotYet(f"its admin interface: {error}") from error


def _push(version: str) -> tuple[str, int]:
    """Time and count in a version of istiod, such as ``2026-01-02T03:04:05Z/17``; a new istiod counts from 1 again."""
    time, _, count = version.rpartition("/")
    return time, int(count) if count.isdigit() else 0


def _server_names(node: object) -> Iterator[str]:
    """Every ``server_name`` of an HTTP connection manager in a listener."""
    if isinstance(node, Mapping):
        if "http_filters" in node:
            yield str(node.get("server_name"))
        for key, value in node.items():
            if key != "http_filters":
                yield from _server_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _server_names(value)


def _bootstrap(identity: Identity, istiod_port: int, admin_port: int, istio_version: str) -> dict[str, Any]:
    metadata = {
        "NAMESPACE": identity.gateway.namespace,
        "NAME": identity.pod,
        "CLUSTER_ID": "Kubernetes",
        "ISTIO_VERSION": istio_version,
        "LABELS": {NAME_LABEL: identity.gateway.name},
    }
    plain = envoy.bootstrap(istiod_port)
    del plain["stats_config"]  # the versions of the configuration are among the statistics
    address = {"socket_address": {"address": HOST, "port_value": admin_port}}
    return {**plain, "node": {**identity.node, "metadata": metadata}, "admin": {"address": address}}
