"""What a scenario of ``istio-ingress-jwt`` has set up, by the names that the feature uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwjwt.drivers.istio_ingress import Allowance, Exposure, IngressState, Trust
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.traffic.evidence import Exchange
from gwjwt.words import AppName, Endpoint, GatewayName


@dataclass(frozen=True)
class Selected:
    """A workload, as policies select it."""

    namespace: str
    labels: Mapping[str, str]

    def has(self, policy: Trust | Allowance) -> bool:
        """Whether the policy applies to it."""
        return policy.namespace == self.namespace and policy.selector.items() <= self.labels.items()


@dataclass
class IngressStage:
    """All of it."""

    state: IngressState
    workloads: dict[str, Selected] = field(default_factory=dict)
    """Gateways, and the apps that have a sidecar."""
    exposures: dict[str, tuple[Exposure, GatewayName]] = field(default_factory=dict)
    """By app: how it is exposed, and at which gateway."""
    endpoints: dict[GatewayName, Endpoint] = field(default_factory=dict)
    openings: dict[str, Exchange] = field(default_factory=dict)
    """By app: a request without a token that was admitted."""

    def app(self, name: str) -> AppName:
        return self.exposures[name][0].app

    def passing(self, workload: Selected, issuers: Mapping[str, str]) -> Credentials | None:
        """Credentials that the documentation lets through this workload now; None: nothing may pass.

        Source: Istio documentation, AuthorizationPolicy: without an ALLOW policy everything is allowed, with one
        or more what one of them matches; a principal is ``ISSUER/SUBJECT``.

        Args:
            workload: where the request arrives.
            issuers: the names of the issuers whose tokens can be verified, by their ``iss``.
        """
        allowances = [each for each in self.state.allowances if workload.has(each)]
        if not allowances:
            return NO_TOKEN
        patterns = {pattern for each in allowances for pattern in each.request_principals}
        rules = [rule for each in self.state.trusts if workload.has(each) for rule in each.rules]
        for rule in rules:
            if patterns & {"*", f"{rule.issuer}/*"} and rule.issuer in issuers:
                audience = rule.audiences[0] if rule.audiences else None
                return Credentials("valid", issuers[rule.issuer], audience)
            if f"{rule.issuer}/{rule.issuer}" in patterns or f"*/{rule.issuer}" in patterns:
                return Credentials("sample", issuers[rule.issuer])
        return None
