"""What a translation gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from gwjwt.environments.embedded.gateway.ads import Resource
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.words import GatewayName


@dataclass(frozen=True)
class RouteParent:
    """What became of an HTTPRoute at one of its ``parentRefs`` to the gateway."""

    ref: Manifest
    accepted: str = "Accepted"
    """The reason of the Accepted condition; any other value than ``Accepted`` means that it is not."""
    resolved: str = "ResolvedRefs"
    """The same for the backends."""
    message: str = ""


@dataclass
class CompiledGateway:
    """The outcome for one gateway. Equal input gives equal resources, byte for byte."""

    gateway: GatewayName
    listeners: dict[str, Resource] = field(default_factory=dict)
    clusters: dict[str, Resource] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Sentences that name what is not supported."""
    attached: dict[str, int] = field(default_factory=dict)
    """Routes at each of the Gateway's listeners, by its name."""
    refused_listeners: dict[str, str] = field(default_factory=dict)
    """Listeners that cannot be served, with the reason."""
    parents: dict[tuple[str, str], list[RouteParent]] = field(default_factory=dict)
    """By namespace and name of the HTTPRoute."""
