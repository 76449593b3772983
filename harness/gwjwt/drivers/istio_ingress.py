"""What a user wants of an Istio ingress gateway: the intents of the profile ``istio-ingress-jwt``.

Source: seed "Istio Hands-on Part 7 - End-User Authentication with JWT", both of its steps 2 and 3 and steps 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gwjwt.rules import ClaimToHeader, FromHeader, JWTRule
from gwjwt.words import AppName, GatewayName

PROFILE = "istio-ingress-jwt"


@dataclass(frozen=True)
class Exposure:
    """Requests to a host, ``*`` for any, that arrive at a gateway's port go to an app's Service."""

    app: AppName
    port: int
    """Of the app's Service."""
    selector: Mapping[str, str]
    """The labels of the gateway's workload, which may be in another namespace."""
    host: str = "*"
    gateway_port: int = 80


@dataclass(frozen=True)
class Trust:
    """The workloads of a namespace that have these labels validate the tokens of some issuers."""

    name: str
    namespace: str
    selector: Mapping[str, str]
    rules: tuple[JWTRule, ...]


@dataclass(frozen=True)
class Allowance:
    """The workloads of a namespace that have these labels admit the holders of validated tokens, and nobody else."""

    name: str
    namespace: str
    selector: Mapping[str, str]
    request_principals: tuple[str, ...]
    """Patterns such as ``ISSUER/*``."""


@dataclass(frozen=True)
class IngressState:
    """All of it at one moment. Each method gives the state with one wish more, or less."""

    gateway: GatewayName
    exposures: tuple[Exposure, ...] = ()
    trusts: tuple[Trust, ...] = ()
    allowances: tuple[Allowance, ...] = ()

    def exposing(self, exposure: Exposure) -> IngressState:
        others = tuple(each for each in self.exposures if each.app != exposure.app)
        return replace(self, exposures=(*others, exposure))

    def trusting(self, trust: Trust) -> IngressState:
        known = {(each.namespace, each.name): each for each in self.trusts}
        return replace(self, trusts=tuple({**known, (trust.namespace, trust.name): trust}.values()))

    def allowing(self, allowance: Allowance) -> IngressState:
        known = {(each.namespace, each.name): each for each in self.allowances}
        key = allowance.namespace, allowance.name
        return replace(self, allowances=tuple({**known, key: allowance}.values()))

    def without_policies(self, namespace: str) -> IngressState:
        """With neither trust nor allowance in this namespace."""
        return replace(
            self,
            trusts=tuple(each for each in self.trusts if each.namespace != namespace),
            allowances=tuple(each for each in self.allowances if each.namespace != namespace),
        )

    def as_json(self) -> dict[str, Any]:
        """docs/drivers.md describes every field."""
        return {
            "gateway": asdict(self.gateway),
            "exposures": [
                {
                    "app": asdict(each.app),
                    "port": each.port,
                    "selector": dict(each.selector),
                    "host": each.host,
                    "gatewayPort": each.gateway_port,
                }
                for each in self.exposures
            ],
            "trusts": [
                {
                    "name": each.name,
                    "namespace": each.namespace,
                    "selector": dict(each.selector),
                    "rules": [rule.model_dump() for rule in each.rules],
                }
                for each in self.trusts
            ],
            "allowances": [
                {
                    "name": each.name,
                    "namespace": each.namespace,
                    "selector": dict(each.selector),
                    "requestPrincipals": list(each.request_principals),
                }
                for each in self.allowances
            ],
        }


def sample_states() -> list[IngressState]:
    """States that go through the branches of a usual template, to find its mistakes before anything runs."""
    gateway, app, labels = GatewayName("system", "gateway"), AppName("sample", "app"), {"istio": "gateway"}
    full = JWTRule(
        issuer="https://issuer.example",
        jwks_uri="https://issuer.example/jwks",
        audiences=["app"],
        forward_original_token=True,
        claim_to_headers=[ClaimToHeader(header="x-user", claim="sub")],
        from_headers=[FromHeader(name="Authorization", prefix="Bearer "), FromHeader(name="X-Jwt")],
    )
    bare = IngressState(gateway)
    exposed = bare.exposing(Exposure(app, 80, labels))
    trusting = exposed.trusting(
        Trust("ingress-jwt", "system", labels, (full, JWTRule(issuer="https://other.example")))
    )
    allowing = trusting.allowing(
        Allowance("ingress-jwt-policy", "system", labels, ("https://issuer.example/*",))
    )
    return [bare, exposed, trusting, allowing]
