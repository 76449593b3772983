"""What an operator sees: the resources in the gateway's namespace and the implementation's own status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from gwjwt import timings
from gwjwt.drivers.protocol import Implementation, Logging, LogLine, Manifest
from gwjwt.errors import ClauseViolated, Unsupported
from gwjwt.identity.issuer import Issuer
from gwjwt.scene import policies
from gwjwt.scene.published import fill_in
from gwjwt.scene.stage import Stage
from gwjwt.words import GatewayName

_WARNINGS = frozenset({"WARNING", "ERROR", "CRITICAL"})


class Inspection:
    """Judges resources; every method raises ``ClauseViolated`` with what is there instead."""

    def __init__(self, implementation: Implementation, stage: Stage, issuer: Callable[[str], Issuer]) -> None:
        self._implementation, self._stage, self._issuer = implementation, stage, issuer
        self._read: tuple[str, Manifest] | None = None
        self._log_read: dict[str, int] = {}

    def request_authentication_exists(self, name: str) -> None:
        self._named(name, "RequestAuthentication", self._all_authentications())

    def authorization_policy_exists(self, name: str) -> None:
        self._named(name, "AuthorizationPolicy", self._all_policies())

    def count_request_authentications(self, gateway: str, expected: int) -> None:
        found = self._authentications(gateway)
        if len(found) != expected:
            raise ClauseViolated(
                f'expected {expected} RequestAuthentications on "{gateway}"; there {policies.listing(found)}'
            )

    def exactly_one_trusts(self, issuer: str) -> None:
        self._trusting(issuer)

    def nobody_trusts(self, issuer: str) -> None:
        policies.none_of(self._all_trusting(issuer), f'RequestAuthentication that trusts "{issuer}"')

    def trusts_only(self, issuer: str) -> None:
        policies.require_equal(
            "trusted issuers", [self._issuer(issuer).iss], policies.issuers_of(self._trusting(issuer))
        )

    def holds_rules(self, issuer: str, expected: str) -> None:
        """The resource's ``jwtRules`` deep-equal this JSON, order included."""
        wanted = json.loads(fill_in(expected, self._issuer))
        policies.require_equal("spec.jwtRules", wanted, policies.rules_of(self._trusting(issuer)))

    def maps(self, issuer: str, claim: str, header: str) -> None:
        rule = policies.only_rule_of(self._trusting(issuer))
        policies.require_equal(
            "outputClaimToHeaders", [{"header": header, "claim": claim}], rule.get("outputClaimToHeaders")
        )

    def takes_tokens_from(self, issuer: str, header: str, prefix: str | None) -> None:
        rule = policies.only_rule_of(self._trusting(issuer))
        source = {"name": header} if prefix is None else {"name": header, "prefix": prefix}
        policies.require_equal("fromHeaders", [source], rule.get("fromHeaders"))

    def leaves_out(self, issuer: str, field: str) -> None:
        rule = policies.only_rule_of(self._trusting(issuer))
        policies.require_equal(f"spec.jwtRules[].{field}", None, rule.get(field))

    def is_request_authentication(self, issuer: str, api_version: str) -> None:
        found = self._trusting(issuer)
        policies.require_equal(
            "kind", ["RequestAuthentication", api_version], [found["kind"], found["apiVersion"]]
        )

    def is_deny_policy(self, gateway: str, api_version: str) -> None:
        found = self._demanding(gateway)
        kind = [found["kind"], found["apiVersion"], found["spec"].get("action")]
        policies.require_equal("kind and action", ["AuthorizationPolicy", api_version, "DENY"], kind)

    def somebody_demands_jwt(self, gateway: str) -> None:
        self._demanding(gateway)

    def nobody_demands_jwt(self, gateway: str) -> None:
        found = policies.demanding_jwt(self._policies(gateway))
        policies.none_of(found, f'policy that demands a JWT on "{gateway}"')

    def covers_all_requests(self, gateway: str) -> None:
        self._denies(gateway, policies.ANY_REQUEST)

    def not_narrowed(self, gateway: str) -> None:
        """Whoever demands a JWT demands it of every request; a gateway that is not there demands nothing."""
        for found in policies.demanding_jwt(self._policies(gateway)):
            policies.require_equal("spec.rules", policies.ANY_REQUEST, found["spec"].get("rules"))

    def covers_bearer_requests(self, gateway: str) -> None:
        self._denies(gateway, policies.BEARER_REQUEST)

    def one_deny_policy(self, gateway: str) -> None:
        among = self._policies(gateway)
        policies.only(policies.with_action(among, "DENY"), f'DENY policy on "{gateway}"', among)

    def no_external_authorizer(self, gateway: str) -> None:
        policies.none_of(policies.with_action(self._policies(gateway), "CUSTOM"), "CUSTOM policy")

    def authentication_targets(self, issuer: str, gateway: str) -> None:
        self._targets_only(self._trusting(issuer), gateway)

    def demand_targets(self, gateway: str, target: str) -> None:
        self._targets_only(self._demanding(gateway), target)

    def authentication_is_beside(self, issuer: str, gateway: str) -> None:
        self._is_beside(self._trusting(issuer), gateway)

    def demand_is_beside(self, gateway: str, place: str) -> None:
        self._is_beside(self._demanding(gateway), place)

    def namespace_is_untouched(self, app: str) -> None:
        place = GatewayName(self._stage.elsewhere[app].namespace, "none")
        with timings.phase("kubernetes"):
            found = [
                *self._implementation.request_authentications(place),
                *self._implementation.authorization_policies(place),
            ]
        policies.none_of(found, f'resource in the namespace of "{app}"')

    def remember(self, issuer: str) -> None:
        self._read = issuer, self._trusting(issuer)

    def unchanged(self) -> None:
        """The resource that was read before is the same one and has not been written since."""
        if self._read is None:
            raise ValueError("no resource has been read yet")
        issuer, before = self._read
        now = self._trusting(issuer)
        keys = ("name", "uid", "resourceVersion", "generation")
        policies.require_equal(
            f'the resource that trusts "{issuer}"',
            {key: before["metadata"].get(key) for key in keys},
            {key: now["metadata"].get(key) for key in keys},
        )

    def is_active(self, gateway: str) -> None:
        with timings.phase("kubernetes"):
            status = self._implementation.status(self._stage.gateways[gateway].name)
        if status.state != "active":
            raise ClauseViolated(f'expected "{gateway}" to be active, it is {status.state}: {status.message}')

    def read_log(self, gateway: str) -> None:
        self._log_read[gateway] = len(self._log(gateway))

    def warns_of(self, gateway: str, app: str) -> None:
        """Since ``read_log`` the implementation's log has got a warning or an error that names this app."""
        new = self._log(gateway)[self._log_read[gateway] :]
        warnings = [line.message for line in new if line.level in _WARNINGS]
        if not any(re.search(rf"\b{re.escape(app)}\b", message) for message in warnings):
            said = "; ".join(warnings) or "nothing"
            raise ClauseViolated(f'expected the log of "{gateway}" to warn of "{app}", it warns of {said}')

    def _log(self, gateway: str) -> Sequence[LogLine]:
        if not isinstance(self._implementation, Logging):
            raise Unsupported("the driver does not show the implementation's log")
        return self._implementation.log(self._stage.gateways[gateway].name)

    def _named(self, name: str, kind: str, among: Sequence[Manifest]) -> None:
        policies.only([found for found in among if policies.name_of(found) == name], f"{kind} {name}", among)

    def _denies(self, gateway: str, rules: Sequence[Manifest]) -> None:
        spec = self._demanding(gateway)["spec"]
        policies.require_equal("spec.action", "DENY", spec.get("action"))
        policies.require_equal("spec.rules", rules, spec.get("rules"))

    def _targets_only(self, manifest: Manifest, gateway: str) -> None:
        reference = [{"group": policies.GATEWAY_GROUP, "kind": "Gateway", "name": gateway}]
        spec = manifest["spec"]
        policies.require_equal("spec.targetRefs", reference, spec.get("targetRefs"))
        policies.require_equal("spec.selector", None, spec.get("selector"))
        for rule in spec.get("rules", []):
            policies.require_equal("spec.rules[].to", None, rule.get("to"))

    def _is_beside(self, manifest: Manifest, gateway: str) -> None:
        namespace = self._stage.gateways[gateway].name.namespace
        policies.require_equal("metadata.namespace", namespace, policies.namespace_of(manifest))

    def _trusting(self, issuer: str) -> Manifest:
        what = f'RequestAuthentication that trusts "{issuer}"'
        return policies.only(self._all_trusting(issuer), what, self._all_authentications())

    def _all_trusting(self, issuer: str) -> list[Manifest]:
        iss = self._issuer(issuer).iss
        return [found for found in self._all_authentications() if iss in policies.issuers_of(found)]

    def _demanding(self, gateway: str) -> Manifest:
        among = self._policies(gateway)
        return policies.only(
            policies.demanding_jwt(among), f'policy that demands a JWT on "{gateway}"', among
        )

    def _authentications(self, gateway: str) -> list[Manifest]:
        return policies.reaching(self._all_authentications(), self._stage.gateways[gateway].name)

    def _policies(self, gateway: str) -> list[Manifest]:
        return policies.reaching(self._all_policies(), self._stage.gateways[gateway].name)

    def _all_authentications(self) -> list[Manifest]:
        with timings.phase("kubernetes"):
            return self._implementation.request_authentications(self._any_gateway())

    def _all_policies(self) -> list[Manifest]:
        with timings.phase("kubernetes"):
            return self._implementation.authorization_policies(self._any_gateway())

    def _any_gateway(self) -> GatewayName:
        """All gateways of a scene share one namespace, so any of them leads to all resources."""
        return next(iter(self._stage.gateways.values())).name
