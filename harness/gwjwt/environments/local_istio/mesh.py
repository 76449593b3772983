"""What istiod is told about its mesh, and from which template it makes gateways.

Source: Istio documentation, MeshConfig; the chart istio-discovery, files/kube-gateway.yaml, for the template.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gwjwt.cluster import Object
from gwjwt.traffic.authorizer import Authorizer

ROOT_NAMESPACE = "istio-system"
GATEWAY_CLASS = "istio"
NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
CLASS_LABEL = "gateway.networking.k8s.io/gateway-class-name"
_AUTHORIZER_HOST = "authorizer.gwjwt.internal"

_METADATA = """  name: {{.DeploymentName | quote}}
  namespace: {{.Namespace | quote}}
  labels:
    {{- toJsonMap .InfrastructureLabels
      (strdict "gateway.networking.k8s.io/gateway-name" .Name
        "gateway.networking.k8s.io/gateway-class-name" (toString .Spec.GatewayClassName)
        "gateway.istio.io/managed" "istio.io-gateway-controller") | nindent 4 }}
  ownerReferences:
    - apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      name: {{.Name | quote}}
      uid: "{{.UID}}"
"""
_TEMPLATE = (
    """apiVersion: apps/v1
kind: Deployment
metadata:
"""
    + _METADATA
    + """spec:
  selector:
    matchLabels:
      "{{.GatewayNameLabel}}": {{.Name | quote}}
  template:
    metadata:
      labels:
        "{{.GatewayNameLabel}}": {{.Name | quote}}
    spec:
      containers:
        - name: istio-proxy
          image: envoy
---
apiVersion: v1
kind: Service
metadata:
"""
    + _METADATA
    + """spec:
  type: {{ .ServiceType | quote }}
  ports:
  {{- range $key, $val := .Ports }}
    - name: {{ $val.Name | quote }}
      port: {{ $val.Port }}
      protocol: TCP
      appProtocol: {{ $val.AppProtocol }}
  {{- end }}
  selector:
    "{{.GatewayNameLabel}}": {{.Name | quote}}
"""
)
"""The chart's template without what only a container needs: the same Deployment and Service by name and labels."""


def write_mesh(directory: Path, authorizer: Authorizer) -> Path:
    """Write the mesh configuration and the gateway template below istiod's working directory.

    Returns:
        the mesh configuration's file.
    """
    inject = directory / "var" / "lib" / "istio" / "inject"
    inject.mkdir(parents=True)
    config = {"policy": "enabled", "defaultTemplates": [], "templates": {"kube-gateway": _TEMPLATE}}
    (inject / "config").write_text(json.dumps(config))
    (inject / "values").write_text(json.dumps({"global": {}}))
    file = directory / "mesh.yaml"
    file.write_text(json.dumps(mesh_config(authorizer)))
    return file


def mesh_config(authorizer: Authorizer) -> dict[str, Any]:
    """MeshConfig: plain text to the workloads, since nobody issues certificates, and the suite's authorizer."""
    return {
        "enableAutoMtls": False,
        "defaultProviders": {},
        "rootNamespace": ROOT_NAMESPACE,
        "accessLogFile": "",
        "extensionProviders": [
            {
                "name": authorizer.provider,
                "envoyExtAuthzHttp": {
                    "service": _AUTHORIZER_HOST,
                    "port": authorizer.endpoint.port,
                    "includeRequestHeadersInCheck": list(authorizer.include_request_headers),
                    "headersToUpstreamOnAllow": list(authorizer.headers_to_upstream),
                    "headersToDownstreamOnDeny": list(authorizer.headers_to_downstream),
                },
            }
        ],
    }


def authorizer_entry(authorizer: Authorizer) -> Object:
    """The authorizer as a service of the mesh."""
    where = authorizer.endpoint
    return external_service("gwjwt-authorizer", ROOT_NAMESPACE, _AUTHORIZER_HOST, where.port, where.port)


def external_service(name: str, namespace: str, host: str, port: int, listening: int) -> Object:
    """A ServiceEntry for something that listens on this machine's loopback address.

    An EndpointSlice cannot say that: the Kubernetes API refuses loopback addresses in it.
    """
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "hosts": [host],
            "location": "MESH_EXTERNAL",
            "resolution": "STATIC",
            "ports": [{"name": "http", "number": port, "protocol": "HTTP", "targetPort": listening}],
            "endpoints": [{"address": "127.0.0.1"}],
        },
    }
