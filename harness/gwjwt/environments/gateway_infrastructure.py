"""What Istio makes of a Gateway beside its configuration, and ingress charms wait for: a Deployment and a Service.

Source: Istio documentation, "Kubernetes Gateway API", automated deployment: both are called ``<gateway>-<class>``,
belong to the Gateway and go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.cluster import Object

GATEWAY_CLASS = "istio"
NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
CLASS_LABEL = "gateway.networking.k8s.io/gateway-class-name"

READY = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
"""The status of a Deployment whose one pod is there."""


def reachable_at(address: str) -> Object:
    """The status of a Service whose load balancer has this address."""
    return {"loadBalancer": {"ingress": [{"ip": address}]}}


def infrastructure_name(gateway: str) -> str:
    return f"{gateway}-{GATEWAY_CLASS}"


def deployment(gateway: Mapping[str, Any], image: str) -> Object:
    """The Deployment of a Gateway, with one proxy of this container image."""
    labels = _selector(gateway)
    container = {"name": "istio-proxy", "image": image}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(gateway),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(gateway: Mapping[str, Any], bound: Mapping[int, int] | None = None) -> Object:
    """The Service of a Gateway; ``bound`` tells by the port of a listener where the proxy binds it, if elsewhere."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(gateway),
        "spec": {
            "type": "LoadBalancer",
            "allocateLoadBalancerNodePorts": False,  # there are no nodes
            "selector": _selector(gateway),
            "ports": service_ports(gateway, bound),
        },
    }


def service_ports(gateway: Mapping[str, Any], bound: Mapping[int, int] | None = None) -> list[Object]:
    """One for each port that listeners share, called as the first of them is."""
    first = {each["port"]: each for each in reversed(gateway["spec"]["listeners"])}
    return [
        {
            "name": listener["name"].replace(".", "-")[:63],
            "port": port,
            "protocol": "TCP",
            "appProtocol": listener["protocol"].lower(),
            "targetPort": port if bound is None else bound[port],
        }
        for port, listener in sorted(first.items())
    ]


def _metadata(gateway: Mapping[str, Any]) -> Object:
    metadata = gateway["metadata"]
    owner = {"apiVersion": gateway["apiVersion"], "kind": "Gateway"}
    return {
        "name": infrastructure_name(metadata["name"]),
        "namespace": metadata["namespace"],
        "labels": {
            **_selector(gateway),
            CLASS_LABEL: GATEWAY_CLASS,
            "gateway.istio.io/managed": "istio.io-gateway-controller",
        },
        "ownerReferences": [{**owner, "name": metadata["name"], "uid": metadata["uid"]}],
    }


def _selector(gateway: Mapping[str, Any]) -> dict[str, str]:
    return {NAME_LABEL: gateway["metadata"]["name"]}
