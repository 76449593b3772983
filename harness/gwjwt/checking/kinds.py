"""Objects in a folder that a check does not read: those that may decide who gets in are named, the others counted."""

from __future__ import annotations

from collections import Counter

from gwjwt.checking.folder import Folder
from gwjwt.checking.manifests import GATEWAY_API, ISTIO, SECURITY, Found
from gwjwt.checking.notes import Notes
from gwjwt.checking.pods import istio_class

_READ = {
    (SECURITY, "RequestAuthentication"),
    (SECURITY, "AuthorizationPolicy"),
    (GATEWAY_API, "Gateway"),
    (GATEWAY_API, "GatewayClass"),
    (GATEWAY_API, "HTTPRoute"),
    (ISTIO, "Gateway"),
    (ISTIO, "VirtualService"),
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
    ("apps", "StatefulSet"),
    ("", "Namespace"),
    ("", "Service"),
}
_MAY_DECIDE = {
    (ISTIO, "EnvoyFilter"): "changes Envoy's own configuration",
    ("extensions.istio.io", "WasmPlugin"): "adds a filter to Envoy",
    (GATEWAY_API, "GRPCRoute"): "routes gRPC",
    (GATEWAY_API, "TLSRoute"): "routes TLS",
    (GATEWAY_API, "TCPRoute"): "routes TCP",
    ("networking.k8s.io", "Ingress"): "routes by an ingress controller",
    ("install.istio.io", "IstioOperator"): "configures the mesh",
    ("sailoperator.io", "Istio"): "configures the mesh",
}
_PRODUCTS_OF_OTHERS = (
    "gloo.solo.io",
    "gateway.envoyproxy.io",
    "projectcontour.io",
    "traefik.io",
    "konghq.com",
)


def note_other_kinds(folder: Folder, notes: Notes) -> None:
    """Note every object that the check passes over."""
    passed_over: Counter[str] = Counter()
    for each in folder.objects:
        why = _why_it_may_decide(folder, each)
        if why:
            notes.leave_out(why, each)
        elif (each.group, each.kind) not in _READ:
            passed_over[each.kind] += 1
    if passed_over:
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(passed_over.items()))
        notes.leave_out(f"kinds that have no say at a gateway: {counted}")


def _why_it_may_decide(folder: Folder, found: Found) -> str:
    if (found.group, found.kind) == (GATEWAY_API, "Gateway") and not istio_class(folder, found):
        return f"is of the class {found.spec.get('gatewayClassName')}, which is no ingress gateway of Istio's"
    if (found.group, found.kind, found.name) == ("", "ConfigMap", "istio"):
        return "configures the mesh"
    if found.group.endswith(_PRODUCTS_OF_OTHERS):
        return "is for another gateway product"
    return _MAY_DECIDE.get((found.group, found.kind), "")
