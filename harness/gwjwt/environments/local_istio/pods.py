"""The objects that stand for a proxy's pod in the Kubernetes API, and those that tell istiod what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gwjwt.cluster import Object
from gwjwt.environments.local_istio.gateway_envoy import Identity
from gwjwt.local.ports import HOST
from gwjwt.words import GatewayName


@dataclass(frozen=True)
class Workload:
    """A pod that no Gateway of the Gateway API stands for: an ingress gateway, or an app with a sidecar."""

    name: GatewayName
    """Among the proxies."""
    labels: Mapping[str, str]
    behind: int | None = None
    """Of a sidecar: where its app listens on loopback."""


def gateway_service(workload: Workload, bound: int) -> Object:
    """The Service of an ingress gateway, by which istiod finds the port to bind for port 80 of a Gateway."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": workload.name.name, "namespace": workload.name.namespace},
        "spec": {
            "selector": dict(workload.labels),
            "ports": [{"name": "http", "port": 80, "targetPort": bound}],
        },
    }


def sidecar_scope(workload: Workload, bound: int) -> Object:
    """What has istiod make one inbound listener, with a port of its own: nothing redirects connections here.

    Source: Istio documentation, Sidecar, ``ingress`` with ``captureMode: NONE``. It sees no other service.
    """
    ingress = {
        "port": {"number": bound, "name": "http", "protocol": "HTTP"},
        "bind": HOST,
        "captureMode": "NONE",
        "defaultEndpoint": f"{HOST}:{workload.behind}",
    }
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Sidecar",
        "metadata": {"name": workload.labels["app"], "namespace": workload.name.namespace},
        "spec": {
            "workloadSelector": {"labels": dict(workload.labels)},
            "ingress": [ingress],
            "egress": [{"hosts": ["~/*"]}],
        },
    }


def pod(identity: Identity) -> Object:
    """A pod that no node runs: without a node it is also deleted without one."""
    labels = dict(identity.labels)
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
        "ports": endpoint_ports(ports),
    }


def endpoint_ports(ports: Sequence[Object]) -> list[Object]:
    """Of an EndpointSlice, from those of its Service."""
    return [{"name": each["name"], "port": each["targetPort"], "protocol": "TCP"} for each in ports]
