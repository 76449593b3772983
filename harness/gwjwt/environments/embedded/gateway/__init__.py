"""The embedded gateway: a control plane for the supported subset of Istio, and one real Envoy."""

from gwjwt.environments.embedded.gateway.embedded_gateway import EmbeddedGateway
from gwjwt.environments.embedded.gateway.mesh import ExtensionProvider, Mesh, Workload
from gwjwt.environments.embedded.gateway.objects import ObjectSource

__all__ = ["EmbeddedGateway", "ExtensionProvider", "Mesh", "ObjectSource", "Workload"]
