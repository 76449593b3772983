"""Which objects reach a gateway.

Source: Istio documentation, "Policy attachment" (``targetRefs`` reach a Gateway of the same namespace, a
``selector`` matches the labels of the gateway's Pods, policies of the root namespace reach every namespace);
Gateway API, "Cross-Namespace routing" for ``parentRefs`` and ``allowedRoutes``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest
from gwjwt.words import AppName, GatewayName

GATEWAY_GROUP = "gateway.networking.k8s.io"
_SERVICE_DOMAIN = ".svc.cluster.local"
GATEWAY_NAME_LABEL = f"{GATEWAY_GROUP}/gateway-name"


def workload_labels(gateway: Manifest) -> dict[str, str]:
    """The labels of the gateway's Pods: Istio copies the Gateway's own and adds the gateway's name."""
    infrastructure = (gateway.get("spec") or {}).get("infrastructure") or {}
    return {
        **(gateway["metadata"].get("labels") or {}),
        **(infrastructure.get("labels") or {}),
        GATEWAY_NAME_LABEL: gateway["metadata"]["name"],
    }


@dataclass(frozen=True)
class PolicyTarget:
    """What policies are for: the pods with these labels, and the Gateway, if they are those of one."""

    namespace: str
    labels: Mapping[str, str]
    gateway: str | None = None


def target_of(gateway: Manifest) -> PolicyTarget:
    """A Gateway of the Gateway API as a target of policies."""
    metadata = gateway["metadata"]
    return PolicyTarget(metadata["namespace"], workload_labels(gateway), metadata["name"])


def policy_reaches(policy: Manifest, target: PolicyTarget, root_namespace: str) -> bool:
    """Whether a RequestAuthentication or AuthorizationPolicy applies to the target."""
    spec = policy.get("spec") or {}
    namespace = policy["metadata"]["namespace"]
    target_refs = spec.get("targetRefs") or ([spec["targetRef"]] if spec.get("targetRef") else [])
    if target_refs:
        return namespace == target.namespace and any(
            _is_gateway(ref)
            and ref["name"] == target.gateway
            and ref.get("namespace") in (None, "", namespace)
            for ref in target_refs
        )
    if namespace not in (target.namespace, root_namespace):
        return False
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    return bool(wanted.items() <= target.labels.items())


def rule_reaches(rule: Manifest, proxy_namespace: str, app: AppName, root_namespace: str) -> bool:
    """Whether a DestinationRule is for what a proxy of a namespace sends to a Service.

    Source: Istio documentation, DestinationRule (a short host is one of the rule's own namespace) and "Cross namespace
    configuration" (rules are looked for in the namespaces of the client and the Service and in the root namespace).
    """
    own = rule["metadata"]["namespace"]
    host = str((rule.get("spec") or {}).get("host") or "")
    if "." not in host and not host.startswith("*"):
        host = f"{host}.{own}{_SERVICE_DOMAIN}"
    service = f"{app.name}.{app.namespace}{_SERVICE_DOMAIN}"
    return own in (proxy_namespace, app.namespace, root_namespace) and _covers(host, service)


def selects(gateway: Manifest, labels: Mapping[str, str]) -> bool:
    """Whether a Gateway of ``networking.istio.io`` is for pods with these labels, whatever their namespace."""
    wanted = (gateway.get("spec") or {}).get("selector") or {}
    return bool(wanted.items() <= labels.items())


def parents(route: Manifest) -> Iterable[tuple[GatewayName, Manifest]]:
    """The Gateways that a route names, each with its ``parentRef``."""
    own_namespace = route["metadata"]["namespace"]
    for ref in (route.get("spec") or {}).get("parentRefs") or ():
        if _is_gateway({"group": GATEWAY_GROUP, "kind": "Gateway", **ref}):
            yield GatewayName(ref.get("namespace") or own_namespace, ref["name"]), ref


def allows_namespace(listener: Manifest, gateway: Manifest, namespace: str, path: str) -> bool:
    """Whether a listener takes routes from a namespace (``allowedRoutes``, by default its own only)."""
    namespaces = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    allowed = namespaces.get("from") or "Same"
    if allowed == "All":
        return True
    if allowed == "Same":
        return bool(namespace == gateway["metadata"]["namespace"])
    if allowed == "None":
        return False
    raise FieldNotSupported(f"{path}.allowedRoutes.namespaces.from {allowed}")


def hostnames_in_common(listener: Manifest, route: Manifest) -> list[str]:
    """The hostnames for which the route applies at the listener; ``*`` stands for all, empty for none.

    Source: Gateway API, HTTPRoute ``hostnames``: the intersection; ``*.`` stands for one or more labels.
    """
    offered = listener.get("hostname") or "*"
    wanted = (route.get("spec") or {}).get("hostnames") or ["*"]
    found = []
    for hostname in wanted:
        if _covers(offered, hostname):
            found.append(hostname)
        elif _covers(hostname, offered):
            found.append(offered)
    return list(dict.fromkeys(found))


def _covers(wide: str, narrow: str) -> bool:
    if wide in ("*", narrow):
        return True
    return wide.startswith("*.") and narrow.endswith(wide[1:]) and len(narrow) > len(wide) - 1


def _is_gateway(ref: Manifest) -> bool:
    return ref.get("group") == GATEWAY_GROUP and ref.get("kind") == "Gateway"
