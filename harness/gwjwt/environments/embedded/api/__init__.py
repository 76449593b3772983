"""The Kubernetes API of the embedded environment: in memory, on loopback, for kubectl and the usual clients."""

from gwjwt.environments.embedded.api.server import KubernetesApi
from gwjwt.environments.embedded.api.store import Store

__all__ = ["KubernetesApi", "Store"]
