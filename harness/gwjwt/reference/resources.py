"""The controller's own custom resources, read from the API's objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from gwjwt.rules import JWTRule, MalformedRules, read
from gwjwt.words import AppName, GatewayName

API_VERSION = "reference.gwjwt.dev/v1alpha1"
FINALIZER = "reference.gwjwt.dev/policies"

Reason = Literal["RulesApplied", "NoRules", "MalformedRules", "RejectedByApi", "NameTaken"]


@dataclass(frozen=True)
class Reading:
    """What became of the text that an application published."""

    reason: Reason
    message: str
    rules: tuple[JWTRule, ...] = ()


@dataclass(frozen=True)
class Relation:
    """An application that is related to a gateway, and the text that it published, if any."""

    gateway: GatewayName
    app: AppName
    published: str | None = None
    rejection: str | None = None
    """The API server's words when it did not accept these very rules."""

    @classmethod
    def of(cls, resource: Mapping[str, Any], rejection: str | None = None) -> Relation:
        spec, namespace = resource["spec"], resource["metadata"]["namespace"]
        return cls(
            gateway=GatewayName(namespace, spec["gateway"]),
            app=AppName(spec["app"]["namespace"], spec["app"]["name"]),
            published=spec.get("published"),
            rejection=rejection,
        )

    @cached_property
    def reading(self) -> Reading:
        """Malformed is also what only the API server rejects: nothing of it may be enforced."""
        if self.published is None:
            return Reading("NoRules", f"{self.app} has published no rules")
        try:
            rules = tuple(read(self.published))
        except MalformedRules as malformed:
            return Reading("MalformedRules", f"the rules of {self.app} are malformed: {malformed}")
        if not rules:
            return Reading("NoRules", f"{self.app} has published an empty list of rules")
        if self.rejection:
            return Reading("RejectedByApi", f"the rules of {self.app} are refused: {self.rejection}")
        return Reading("RulesApplied", f"the rules of {self.app} are applied", rules)


@dataclass(frozen=True)
class ForwardAuth:
    """An external authorizer that decides for a gateway."""

    gateway: GatewayName
    provider: str | None
    """None: it is not known yet where the authorizer decides."""
    without_login: tuple[str, ...] = ()
    """Path prefixes about which it is not asked."""

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> ForwardAuth:
        spec = resource["spec"]
        gateway = GatewayName(resource["metadata"]["namespace"], spec["gateway"])
        return cls(gateway, spec.get("provider"), tuple(spec.get("withoutLogin", ())))


@dataclass(frozen=True)
class State:
    """Everything that the controller is told about one namespace."""

    relations: tuple[Relation, ...] = ()
    forward_auths: tuple[ForwardAuth, ...] = ()

    def gateways(self) -> list[GatewayName]:
        related = {each.gateway for each in self.relations}
        return sorted(related | {each.gateway for each in self.forward_auths})

    def relations_of(self, gateway: GatewayName) -> list[Relation]:
        """In a fixed order, so that the same state always gives the same policies."""
        return sorted((each for each in self.relations if each.gateway == gateway), key=lambda each: each.app)

    def provider_of(self, gateway: GatewayName) -> str | None:
        providers = (each.provider for each in self.forward_auths if each.gateway == gateway)
        return min((each for each in providers if each), default=None)

    def paths_without_login(self, gateway: GatewayName) -> list[str]:
        return sorted(
            path for each in self.forward_auths if each.gateway == gateway for path in each.without_login
        )
