"""Everything in the folder that can explain what a gateway lets through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gwjwt.checking.entries import Entry
from gwjwt.checking.local_policies import action_of, is_dry_run
from gwjwt.checking.manifests import GATEWAY_API, Found, Manifest
from gwjwt.checking.pods import ROOT_NAMESPACE, Proxy
from gwjwt.checking.policies import Rule, Target, rules_of
from gwjwt.checking.stand_ins import StandIn
from gwjwt.checking.trust import TrustRule, identity_headers, rules_in


class Enforcing(Protocol):
    """Where policies are enforced: a gateway, a sidecar, or the way through both."""

    def reached_by(self, policy: Found) -> bool: ...


@dataclass(frozen=True)
class Surroundings:
    """The policies of a folder, and the proxies that they may reach."""

    proxies: tuple[Proxy, ...]
    request_authentications: tuple[Found, ...]
    authorization_policies: tuple[Found, ...]
    enforced: tuple[tuple[Found, Manifest], ...]
    """AuthorizationPolicies that are enforced, with the manifest that is."""
    trust: tuple[TrustRule, ...]
    stand_ins: tuple[StandIn, ...]

    def rules_at(self, at: Enforcing) -> list[Rule]:
        """The rules that decide at a gateway, or on the whole way of an entry."""
        reaching = [each for each in self.enforced if at.reached_by(each[0])]
        return [rule for policy, manifest in reaching for rule in rules_of(policy, manifest)]

    def trust_at(self, at: Enforcing) -> list[TrustRule]:
        """The rules by which tokens are validated there."""
        return [each for each in self.trust if at.reached_by(each.found)]

    def asks_somebody_else(self, at: Enforcing) -> list[Found]:
        """CUSTOM policies there, whose authorizer nobody can ask here."""
        return [
            each
            for each in self.authorization_policies
            if action_of(each) == "CUSTOM" and not is_dry_run(each) and at.reached_by(each)
        ]

    def reaches_nothing(self, policy: Found) -> bool:
        enforcing: tuple[Enforcing, ...] = (*self.proxies, *self.stand_ins)
        return not any(each.reached_by(policy) for each in enforcing)

    def for_pods_behind(self, entry: Entry) -> list[Found]:
        """Policies that reach nothing here and may be for the pods behind the entry."""
        namespace = entry.stand_in.pods.namespace
        return [
            each
            for each in (*self.request_authentications, *self.authorization_policies)
            if each.namespace == namespace and self.reaches_nothing(each) and not self.is_for_gateways(each)
        ]

    def is_for_gateways(self, policy: Found) -> bool:
        """Whether a policy that reaches no gateway was meant for one: by its targetRefs, or by a gateway's labels."""
        if target_refs(policy):
            return True
        wanted = (policy.spec.get("selector") or {}).get("matchLabels") or {}
        return bool(wanted) and any(wanted.items() <= each.target.labels.items() for each in self.proxies)

    def writers(self, header: str) -> list[Found]:
        """The RequestAuthentications with a rule that writes an identity header."""
        return [
            each
            for each in self.request_authentications
            if any(header in identity_headers(rule) for rule in rules_in(each))
        ]


def target(entry: Entry) -> Target:
    return Target(entry.host, entry.path, entry.routed.method, entry.port)


def target_refs(policy: Found) -> Sequence[Manifest]:
    spec = policy.spec
    return spec.get("targetRefs") or ([spec["targetRef"]] if spec.get("targetRef") else [])


def why_it_misses(policy: Found, proxy: Proxy) -> str:
    """Why a policy does not reach the pods of a gateway, in a clause that follows the policy's name."""
    here = proxy.target.namespace
    if target_refs(policy):
        return _why_it_targets_another(policy, proxy)
    wanted = (policy.spec.get("selector") or {}).get("matchLabels") or {}
    shown = ", ".join(f"{key}={value}" for key, value in wanted.items())
    if not wanted:
        return f"is for the pods of its own namespace {policy.namespace}, but those of {proxy} run in {here}"
    if wanted.items() <= proxy.target.labels.items():
        return (
            f"selects {shown}, the labels of the gateway's pods, but a selector only reaches pods of the policy's own "
            f"namespace {policy.namespace} (or, from {ROOT_NAMESPACE}, of all), and the pods of {proxy} run in {here}"
        )
    own = ", ".join(f"{key}={value}" for key, value in proxy.target.labels.items())
    return f"selects {shown}, but the pods of {proxy} have {own}"


def _why_it_targets_another(policy: Found, proxy: Proxy) -> str:
    references = target_refs(policy)
    named = ", ".join(f"{each.get('kind')} {each.get('name')}" for each in references)
    if proxy.target.gateway is None:
        return f"targets {named}, and {proxy} is served by pods that only a selector reaches"
    if strange := [each for each in references if each.get("group") != GATEWAY_API]:
        return f"targets {named} of the group {strange[0].get('group') or '(none)'}, which is no Gateway"
    if proxy.target.gateway in [each.get("name") for each in references]:
        return f"targets {named} of its own namespace {policy.namespace}, but {proxy} is in {proxy.target.namespace}"
    return f"targets {named} in {policy.namespace}, but this gateway is {proxy}"
