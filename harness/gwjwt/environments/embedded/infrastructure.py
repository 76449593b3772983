"""What Istio makes of a Gateway beside serving it: a Deployment and a Service, as an ingress charm waits for them.

Source: Istio, "Kubernetes Gateway API", automated deployment: both are called ``<gateway>-<class>``, belong to the
Gateway and go with it. Nothing runs behind them here; the one Envoy serves all gateways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwjwt.environments.embedded.api.errors import AlreadyExists
from gwjwt.environments.embedded.api.store import Store

_ADDRESS = "127.0.0.1"
_NAME_LABEL = "gateway.networking.k8s.io/gateway-name"


def deploy(store: Store, gateway: Mapping[str, Any]) -> None:
    """Create both with the status of what is ready, unless they are there."""
    metadata, spec = gateway["metadata"], gateway["spec"]
    labels = {_NAME_LABEL: metadata["name"]}
    owner = {
        "apiVersion": gateway["apiVersion"],
        "kind": "Gateway",
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    beside = {
        "name": f"{metadata['name']}-{spec['gatewayClassName']}",
        "namespace": metadata["namespace"],
        "labels": labels,
        "ownerReferences": [owner],
    }
    by_port = {each["port"]: each["name"] for each in reversed(spec["listeners"])}  # the first one names it
    ports = [{"name": name, "port": port} for port, name in sorted(by_port.items())]
    container = {"name": "istio-proxy", "image": "auto"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": beside,
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": beside,
        "spec": {"type": "LoadBalancer", "selector": labels, "ports": ports},
    }
    _create(store, deployment, {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1})
    _create(store, service, {"loadBalancer": {"ingress": [{"ip": _ADDRESS}]}})


def _create(store: Store, manifest: dict[str, Any], status: Mapping[str, Any]) -> None:
    try:
        created = store.create(manifest)
    except AlreadyExists:
        return
    store.replace({**created, "status": status}, status=True)
