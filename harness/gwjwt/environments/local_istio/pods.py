"""The objects that stand for a gateway's pod in the Kubernetes API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gwjwt.cluster import Object
from gwjwt.environments.local_istio.gateway_envoy import Identity
from gwjwt.environments.local_istio.mesh import NAME_LABEL


def pod(identity: Identity) -> Object:
    """A pod that no node runs: without a node it is also deleted without one."""
    labels = {NAME_LABEL: identity.gateway.name}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": identity.pod, "namespace": identity.gateway.namespace, "labels": labels},
        "spec": {"containers": [{"name": "istio-proxy", "image": "envoy"}]},
    }


def pod_status(identity: Identity) -> dict[str, Any]:
    return {
        "phase": "Running",
        "podIP": identity.address,
        "podIPs": [{"ip": identity.address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }


def endpoint_slice(service: Object, identity: Identity, ports: Sequence[Object]) -> Object:
    """The pod as the one endpoint of its Service, on the ports that Envoy binds."""
    metadata = service["metadata"]
    name, namespace = metadata["name"], metadata["namespace"]
    target = {"kind": "Pod", "name": identity.pod, "namespace": namespace}
    endpoint = {"addresses": [identity.address], "conditions": {"ready": True}, "targetRef": target}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "endpoints": [endpoint],
        "ports": [{"name": each["name"], "port": each["targetPort"], "protocol": "TCP"} for each in ports],
    }
