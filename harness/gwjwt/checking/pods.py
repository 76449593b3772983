"""Which proxies serve the gateways of a folder: Istio's policies reach pods by namespace and labels.

Source: Istio documentation, Gateway ``selector``; its installation by Helm and by istioctl, for the labels and the
namespace of a gateway whose Deployment is not in the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gwjwt.checking.folder import Folder
from gwjwt.checking.manifests import GATEWAY_API, ISTIO, Found
from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.selection import PolicyTarget
from gwjwt.words import GatewayName

ROOT_NAMESPACE = "istio-system"
_INSTALLED: Mapping[str, Mapping[str, str]] = {
    "ingressgateway": {"istio": "ingressgateway", "app": "istio-ingressgateway"},
    "ingress": {"istio": "ingress", "app": "istio-ingress"},
}
_CLASSES = frozenset({"istio", "istio-remote"})
_ISTIO_CONTROLLERS = frozenset({"istio.io/gateway-controller", "istio.io/unmanaged-gateway"})


@dataclass(frozen=True)
class Proxy:
    """The pods of one gateway: a Gateway of the Gateway API, or what Gateways of Istio select."""

    name: GatewayName
    target: PolicyTarget
    gateways: tuple[Found, ...]
    assumed: str = ""
    """What the folder does not say about the pods, in one sentence."""

    @property
    def of_gateway_api(self) -> bool:
        return self.target.gateway is not None

    def __str__(self) -> str:
        return str(self.gateways[0])

    def reached_by(self, policy: Found) -> bool:
        """Whether Istio applies this policy to the pods."""
        return selection.policy_reaches(policy.manifest, self.target, ROOT_NAMESPACE)


def istio_class(folder: Folder, gateway: Found) -> bool:
    """Whether Istio serves a Gateway of the Gateway API."""
    name = gateway.spec.get("gatewayClassName")
    own = {
        each.name
        for each in folder.of(GATEWAY_API, "GatewayClass")
        if each.spec.get("controllerName") in _ISTIO_CONTROLLERS
    }
    return name in _CLASSES | own


def proxies(folder: Folder, gateway_namespace: str | None = None) -> list[Proxy]:
    """The proxies that serve the folder's Gateways.

    Args:
        folder: what was found.
        gateway_namespace: where the pods are that a Gateway of Istio selects, if their Deployment is not in the folder.
    """
    found = [_of_gateway_api(each) for each in folder.of(GATEWAY_API, "Gateway") if istio_class(folder, each)]
    by_pods: dict[GatewayName, Proxy] = {}
    for gateway in folder.of(ISTIO, "Gateway"):
        proxy = _selected(folder, gateway, gateway_namespace)
        known = by_pods.get(proxy.name)
        if known is not None:
            labels = {**known.target.labels, **proxy.target.labels}
            target = PolicyTarget(proxy.target.namespace, labels)
            proxy = Proxy(proxy.name, target, (*known.gateways, gateway), known.assumed)
        by_pods[proxy.name] = proxy
    return [*found, *by_pods.values()]


def _of_gateway_api(gateway: Found) -> Proxy:
    target = selection.target_of(gateway.manifest)
    return Proxy(GatewayName(gateway.namespace, gateway.name), target, (gateway,))


def _selected(folder: Folder, gateway: Found, gateway_namespace: str | None) -> Proxy:
    selector: Mapping[str, str] = gateway.spec.get("selector") or {}
    for deployment in (*folder.of("apps", "Deployment"), *folder.of("apps", "DaemonSet")):
        template = deployment.spec.get("template") or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        if selector and selector.items() <= labels.items():
            name = GatewayName(deployment.namespace, deployment.name)
            return Proxy(name, PolicyTarget(deployment.namespace, dict(labels)), (gateway,))
    labels = {**_INSTALLED.get(selector.get("istio", ""), {}), **selector}
    namespace = gateway_namespace or ROOT_NAMESPACE
    shown = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
    way_out = "" if gateway_namespace else " (--gateway-namespace names another)"
    assumed = f"the pods that {gateway} selects run in {namespace} with the labels {shown}{way_out}"
    text = "-".join(["pods", *(f"{key}-{value}" for key, value in sorted(selector.items()))])
    return Proxy(
        GatewayName(namespace, _dns_label(text)), PolicyTarget(namespace, labels), (gateway,), assumed
    )


def _dns_label(text: str) -> str:
    return "".join(each if each.isalnum() else "-" for each in text.lower()).strip("-")[:60].strip("-")
