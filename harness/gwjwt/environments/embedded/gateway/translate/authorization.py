"""AuthorizationPolicies as HTTP filters: CUSTOM before the tokens are read, then DENY, then ALLOW.

Source: Istio documentation, "Authorization Policy", section on implicit enablement and precedence; filter
layout as istiod makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from envoy.config.rbac.v3 import rbac_pb2
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2 as rbac_filter_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.mesh import ExtensionProvider
from gwjwt.environments.embedded.gateway.translate import ext_authz, rbac
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only

RBAC_FILTER = "envoy.filters.http.rbac"
_DRY_RUN = "istio.io/dry-run"
_ACTIONS = ("ALLOW", "DENY", "CUSTOM")


def action_of(policy: Manifest) -> str:
    """The policy's action after a check that all its fields are known; ALLOW is the default."""
    spec = policy.get("spec") or {}
    only(spec, ("action", "rules", "targetRefs", "targetRef", "selector", "provider"), "spec")
    if (policy["metadata"].get("annotations") or {}).get(_DRY_RUN, "").lower() in ("true", "1", "t"):
        raise FieldNotSupported(f"metadata.annotations[{_DRY_RUN}]")
    action = str(spec.get("action") or "ALLOW")
    if action not in _ACTIONS:
        raise FieldNotSupported(f"spec.action {action}")
    return action


def rules_of(policy: Manifest, port: int) -> dict[str, rbac_pb2.Policy]:
    """Translate the rules by name, for the declared listener port; without rules, one that never matches."""
    metadata = policy["metadata"]
    label = f"ns[{metadata['namespace']}]-policy[{metadata['name']}]"
    rules = (policy.get("spec") or {}).get("rules") or []
    if not rules:
        return {f"{label}-rule[0]": rbac.NO_REQUEST}
    return {
        f"{label}-rule[{i}]": rbac.rule_policy(rule or {}, f"spec.rules[{i}]", port)
        for i, rule in enumerate(rules)
    }


def allow_and_deny_filters(
    policies: Sequence[tuple[str, Mapping[str, rbac_pb2.Policy]]],
) -> list[hcm.HttpFilter]:
    """Build the enforcing filters from pairs of action and rules.

    Any DENY rule refuses; then one ALLOW rule must match if there is an ALLOW policy at all.
    """
    filters = []
    for action, code in (("DENY", rbac_pb2.RBAC.DENY), ("ALLOW", rbac_pb2.RBAC.ALLOW)):
        rules = [rules for each, rules in policies if each == action]
        if rules:
            filters.append(rbac_filter(rules=_merged(code, rules)))
    return filters


def custom_filters(
    policies: Sequence[tuple[str, Mapping[str, rbac_pb2.Policy]]],
    providers: Mapping[str, ExtensionProvider],
) -> list[hcm.HttpFilter]:
    """Build the filters of the CUSTOM policies, given as pairs of provider name and rules.

    A provider that the mesh does not know, or several different ones at a gateway, refuse what their rules
    match: istiod then denies, since it cannot ask.
    """
    names = sorted({provider for provider, _ in policies})
    filters = []
    for name in names:
        rules = [rules for provider, rules in policies if provider == name]
        prefix = ext_authz.rule_prefix(name)
        merged = _merged(rbac_pb2.RBAC.DENY, rules, prefix)
        known = providers.get(name)
        if known is None or len(names) > 1:
            filters.append(rbac_filter(rules=merged))
            continue
        filters.append(rbac_filter(shadow_rules=merged, shadow_rules_stat_prefix=ext_authz.SHADOW_PREFIX))
        filters.append(ext_authz.ext_authz_filter(known, RBAC_FILTER))
    return filters


def deny_everything() -> hcm.HttpFilter:
    """Build the filter that closes a gateway whose policies cannot be translated."""
    rules = {"closed-because-of-an-unsupported-policy": rbac.EVERY_REQUEST}
    return rbac_filter(rules=_merged(rbac_pb2.RBAC.DENY, [rules]))


def rbac_filter(**config: object) -> hcm.HttpFilter:
    return hcm.HttpFilter(name=RBAC_FILTER, typed_config=pack(rbac_filter_pb2.RBAC(**config)))


def _merged(action: int, rules: Sequence[Mapping[str, rbac_pb2.Policy]], prefix: str = "") -> rbac_pb2.RBAC:
    return rbac_pb2.RBAC(
        action=action, policies={prefix + name: policy for each in rules for name, policy in each.items()}
    )
