"""What becomes of a Gateway beside its configuration: a Deployment and a Service, as an ingress charm waits for them.

istiod's own deployment controller stays switched off: it applies both anew after each event near a Gateway, and each
of these applies, which change nothing, has the Gateway's status written again. That was a quarter of all requests to
the API server. Both are made once here, by the names, labels and ports that Istio gives them.
Source: Istio documentation, "Kubernetes Gateway API", automated deployment.
"""

from __future__ import annotations

from collections.abc import Mapping

from gwjwt.cluster import Object
from gwjwt.environments.local_istio.mesh import CLASS_LABEL, GATEWAY_CLASS, NAME_LABEL

READY = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
"""The status of a Deployment whose one pod is there."""


def infrastructure_name(gateway: str) -> str:
    return f"{gateway}-{GATEWAY_CLASS}"


def deployment(gateway: Object) -> Object:
    labels = _selector(gateway)
    container = {"name": "istio-proxy", "image": "envoy"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(gateway),
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(gateway: Object, bound: Mapping[int, int]) -> Object:
    """The Service of a Gateway; ``bound`` tells by the port of a listener where Envoy binds it."""
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


def service_ports(gateway: Object, bound: Mapping[int, int]) -> list[Object]:
    """One for each port that listeners share, called as the first of them is."""
    first = {each["port"]: each for each in reversed(gateway["spec"]["listeners"])}
    return [
        {
            "name": listener["name"].replace(".", "-")[:63],
            "port": port,
            "protocol": "TCP",
            "appProtocol": listener["protocol"].lower(),
            "targetPort": bound[port],
        }
        for port, listener in sorted(first.items())
    ]


def _metadata(gateway: Object) -> Object:
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


def _selector(gateway: Object) -> dict[str, str]:
    return {NAME_LABEL: gateway["metadata"]["name"]}
