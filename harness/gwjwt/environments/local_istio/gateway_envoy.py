"""One gateway's Envoy: how it starts, and what its admin interface tells about the configuration it runs.

Sources: Istio's bootstrap of a gateway proxy (node id and metadata), Envoy's administration interface.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import httpx

from gwjwt.environments.embedded.gateway import envoy
from gwjwt.environments.gateway_infrastructure import NAME_LABEL, infrastructure_name
from gwjwt.environments.local_istio.warm_envoys import WarmEnvoys
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST
from gwjwt.local.processes import Supervised
from gwjwt.waiting import NotYet
from gwjwt.words import GatewayName

_SECONDS = 2.0
_STATE = (
    r"^(cluster_manager\.cds\.|listener_manager\.lds\.|http\..*\.rds\.).*(version_text|update_rejected)$"
    r"|_warming$|warming_clusters$"
)
_COUNTS = r"^listener_manager\.(lds\.version_text|total_listeners_(active|warming|draining))$"
_LISTENERS = "listener_manager.lds.version_text"
_KEPT_STATISTICS = [
    {"prefix": "listener_manager."},
    {"prefix": "cluster_manager."},
    {"suffix": ".version_text"},
    {"suffix": ".update_rejected"},
]
"""Those that are read here. To make all the others would be a sixth of what an Envoy costs."""


@dataclass(frozen=True)
class Identity:
    """Who an Envoy says it is: the pod that it would run in, and the gateway that it serves."""

    gateway: GatewayName
    """For a sidecar, the name that it has among the proxies."""
    pod: str
    address: str
    """The pod's IP address."""
    labels: Mapping[str, str]
    """Of the pod."""
    role: Literal["router", "sidecar"] = "router"
    service_account: str = "default"
    """Of the pod."""

    @classmethod
    def of_gateway(cls, gateway: GatewayName, address: str) -> Self:
        """The pod that the Deployment for a Gateway of the Gateway API asks for."""
        made = infrastructure_name(gateway.name)
        return cls(gateway, f"{made}-0", address, {NAME_LABEL: gateway.name}, service_account=made)

    @property
    def node(self) -> dict[str, Any]:
        namespace = self.gateway.namespace
        return {
            "id": f"{self.role}~{self.address}~{self.pod}.{namespace}~{namespace}.svc.cluster.local",
            "cluster": f"{self.gateway.name}.{namespace}",
        }

    @property
    def credentials(self) -> dict[str, str]:
        """What istiod takes it for: it hands certificates to proxies of a known identity only (XFCC header, SPIFFE)."""
        identity = f"spiffe://cluster.local/ns/{self.gateway.namespace}/sa/{self.service_account}"
        return {"key": "x-forwarded-client-cert", "value": f"URI={identity}"}


@dataclass(frozen=True, order=True)
class Mark:
    """What follows a change, to find out when the change is live. Marks of one run are in order."""

    run: str
    number: int

    def __str__(self) -> str:
        return f"gwjwt-{self.run}-{self.number}"

    @classmethod
    def read(cls, text: str) -> Mark | None:
        found = re.fullmatch(r"gwjwt-([0-9a-f]+)-([0-9]+)", text)
        return cls(found[1], int(found[2])) if found else None


@dataclass(frozen=True, order=True)
class Push:
    """A version of istiod such as ``2026-01-02T03:04:05Z/17``; a new istiod has a later time, and counts from 1."""

    time: str
    number: int

    @classmethod
    def of(cls, version: str) -> Self:
        time, _, count = version.strip('"').rpartition("/")
        return cls(time, int(count) if count.isdigit() else 0)


class GatewayEnvoy:
    """A running Envoy that gets its configuration from istiod; ``stop`` ends it."""

    def __init__(
        self,
        warm: WarmEnvoys,
        identity: Identity,
        istiod_port: int,
        admin_port: int,
        istio_version: str,
    ) -> None:
        self.identity, self.admin_port = identity, admin_port
        name = f"envoy-{identity.gateway.namespace}-{identity.gateway.name}"
        bootstrap = _bootstrap(identity, istiod_port, admin_port, istio_version)
        self.process: Supervised = warm.take(name, json.dumps(bootstrap))
        self._url = f"http://{HOST}:{admin_port}"
        self._first_seen: tuple[Mark, Push] | None = None
        """The mark that was asked for last, and the push at which the listeners were first seen with it."""
        self._in_vain: tuple[str, str] | None = None
        """The counts of the listeners when they were looked at and did not carry the mark, and what they carried."""

    def stop(self) -> None:
        self.process.stop()

    def require_mark(self, client: httpx.Client, mark: Mark, ports: Collection[int]) -> None:
        """Return when Envoy runs the configuration that carries the mark, in every part of it, on these ports.

        The mark, or a later one, stands in the listeners. istiod sends one push after the other, each in the order of
        clusters, listeners, routes. So the clusters are there, if none of them warms up; and the routes are when they
        have the version of the listeners, or the listeners that of a push after the one that they were first seen at.

        Raises:
            NotYet: with what it runs instead.
            EnvironmentFailed: it died, or refused a configuration; with its own words.
        """
        self.process.check()
        self._require_listeners(client, mark, ports)
        self._require_routes(client, mark)

    def _require_listeners(self, client: httpx.Client, mark: Mark, ports: Collection[int]) -> None:
        """Look at what Envoy says of its listeners, which is long, only when they have changed since the last look."""
        counts = self._get(client, f"/stats?filter={_COUNTS}").text
        if self._in_vain is not None and self._in_vain[0] == counts:
            raise NotYet(self._in_vain[1])
        try:
            self._look_at_listeners(client, mark, ports)
        except NotYet as seen:
            self._in_vain = counts, str(seen)
            raise
        self._in_vain = None

    def _look_at_listeners(self, client: httpx.Client, mark: Mark, ports: Collection[int]) -> None:
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
            marks = [Mark.read(name) for name in names]
            if not marks or any(seen is None or seen.run != mark.run or seen < mark for seen in marks):
                raise NotYet(f"its listener carries the mark {', '.join(sorted(names)) or 'of nobody'}")

    def _require_routes(self, client: httpx.Client, mark: Mark) -> None:
        stats = self._get(client, f"/stats?filter={_STATE}").text
        values = dict(line.split(": ", 1) for line in stats.splitlines() if ": " in line)
        warming = [name for name, value in values.items() if "warming" in name and value != "0"]
        if warming:
            raise NotYet(f"{', '.join(warming)}")
        rejected = [
            name for name, value in values.items() if name.endswith("update_rejected") and value != "0"
        ]
        if rejected:
            raise EnvironmentFailed(
                f"Envoy of {self.identity.gateway}", f"refused: {rejected}", self.process.last_lines()
            )
        listeners = Push.of(values.get(_LISTENERS, ""))
        if self._first_seen is None or self._first_seen[0] != mark:
            self._first_seen = mark, listeners
        behind = {
            name: text
            for name, text in values.items()
            if ".rds." in name
            and name.endswith("version_text")
            and text != '""'
            and Push.of(text) < listeners
        }
        if behind and listeners == self._first_seen[1]:
            raise NotYet(f"behind {listeners}: {behind}")

    def _get(self, client: httpx.Client, path: str) -> httpx.Response:
        try:
            return client.get(self._url + path, timeout=_SECONDS)
        except httpx.HTTPError as error:
            self.process.check()
            raise NotYet(f"its admin interface: {error}") from error


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
        "LABELS": dict(identity.labels),
        **({"INTERCEPTION_MODE": "NONE"} if identity.role == "sidecar" else {}),
    }
    plain = envoy.bootstrap(istiod_port)
    [control_plane] = plain["dynamic_resources"]["ads_config"]["grpc_services"]
    control_plane["initial_metadata"] = [identity.credentials]
    plain["stats_config"] = {"stats_matcher": {"inclusion_list": {"patterns": _KEPT_STATISTICS}}}
    address = {"socket_address": {"address": HOST, "port_value": admin_port}}
    return {**plain, "node": {**identity.node, "metadata": metadata}, "admin": {"address": address}}
