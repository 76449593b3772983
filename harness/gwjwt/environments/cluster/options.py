"""The ``environment`` section of a target file for ``kind: cluster``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gwjwt.errors import TargetError


class AddressMode(StrEnum):
    """How the gateway is reached from where the suite runs."""

    AUTO = "auto"
    """The first of the others that takes a connection."""
    LOAD_BALANCER = "loadBalancer"
    """At the address in the Gateway's status."""
    NODE_PORT = "nodePort"
    """At an address of a node, at the node port of the gateway's Service."""
    PORT_FORWARD = "portForward"
    """At a port on loopback that leads to the gateway's Service, through the suite's own pod."""


class ClusterOptions(BaseModel):
    """Which cluster, and what of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=None, populate_by_name=True)

    kubeconfig: Path | None = None
    """None: where kubectl looks."""
    context: str | None = None
    """None: the kubeconfig's current one."""
    image: str = "python:3.12-slim"
    """Any image with Python 3.9 or newer as ``python3``, such as a mirror's."""
    gateway_class: Annotated[str, Field(alias="gatewayClass")] = "istio"
    address: AddressMode = AddressMode.AUTO
    namespace_prefix: Annotated[
        str, Field(alias="namespacePrefix", pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")
    ] = "gwjwt-run"
    """How the namespace of the suite's own pod begins."""
    cluster_domain: Annotated[str, Field(alias="clusterDomain")] = "cluster.local"
    extension_providers: Annotated[tuple[str, ...], Field(alias="extensionProviders")] = ()
    """The extension providers of the mesh that lead to the suite's authorizers, one for each test process."""
    settle_time: Annotated[float, Field(alias="settleTime", ge=0.0, le=60.0)] = 1.0
    """Seconds after the gateway has answered with the mark of a change, until requests are judged."""


def read_cluster_options(options: Mapping[str, Any], where: str) -> ClusterOptions:
    """The options, checked; ``where`` is the file that they stand in.

    Raises:
        TargetError: an unknown key or a wrong value.
    """
    keys = [field.alias or name for name, field in ClusterOptions.model_fields.items()]
    for key in options:
        if key not in keys:
            raise TargetError(where, f"environment.{key}", "unknown key", keys)
    try:
        return ClusterOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise TargetError(
            where, f"environment.{key}", f"{first['msg']}, but is {first['input']!r}"
        ) from error
