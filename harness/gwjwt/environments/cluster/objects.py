"""What the environment makes in the cluster; all of it carries the labels of its run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gwjwt.cluster import Object
from gwjwt.environments.cluster import far_end

MANAGED_BY = {"app.kubernetes.io/managed-by": "gwjwt"}
RUN_LABEL = "gwjwt.dev/run"
FAR_END = "gwjwt-far-end"
CONTROL_PORT = 8080
SERVICE_PORT = 80
_APP = "app.kubernetes.io/name"
_SECRET = "secret"  # noqa: S105  # a file's name
_PROGRAM = "far_end.py"
_USER = 65532


class RunObjects:
    """Makes the manifests of one run."""

    def __init__(self, run: str, namespace: str) -> None:
        """``namespace`` is where the suite's own pod is."""
        self.labels = {**MANAGED_BY, RUN_LABEL: run}
        self.namespace = namespace

    def new_namespace(self, name: str) -> Object:
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": self.labels}}

    def far_end(self, image: str, secret: str) -> list[Object]:
        """The pod of the far end, and what it needs; the program comes in a ConfigMap."""
        program = Path(far_end.__file__).read_text(encoding="utf-8")
        selector = {_APP: FAR_END}
        template = {
            "metadata": {"labels": {**self.labels, **selector, "sidecar.istio.io/inject": "false"}},
            "spec": _pod(image),
        }
        deployment = {"replicas": 1, "selector": {"matchLabels": selector}, "template": template}
        port = {"name": "control", "port": CONTROL_PORT, "targetPort": CONTROL_PORT}
        return [
            self._made("v1", "ConfigMap", self.namespace, FAR_END, data={_PROGRAM: program}),
            self._made("v1", "Secret", self.namespace, FAR_END, stringData={_SECRET: secret}),
            self._made(
                "v1", "Service", self.namespace, FAR_END, spec={"selector": selector, "ports": [port]}
            ),
            self._made("apps/v1", "Deployment", self.namespace, FAR_END, spec=deployment),
        ]

    def service(self, name: str, namespace: str) -> Object:
        """A Service without a selector: what it leads to, ``endpoint`` says, or nothing does."""
        ports = [{"name": "http", "port": SERVICE_PORT, "appProtocol": "http"}]
        return self._made("v1", "Service", namespace, name, spec={"ports": ports})

    def endpoint(self, name: str, namespace: str, address: str, port: int) -> Object:
        """The one endpoint of a Service: a port of the far end's pod.

        Source: Kubernetes documentation, "Services without selectors".
        """
        made = self._made(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            namespace,
            name,
            addressType="IPv4",
            endpoints=[{"addresses": [address], "conditions": {"ready": True}}],
            ports=[{"name": "http", "port": port, "protocol": "TCP", "appProtocol": "http"}],
        )
        named = {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "gwjwt"}
        made["metadata"]["labels"] = {**self.labels, **named}
        return made

    def authorizer_entry(self, provider: str, address: str, port: int) -> Object:
        """The authorizer as a service of the mesh, where the extension provider of that name looks for it."""
        spec = {
            "hosts": [authorizer_host(provider)],
            "location": "MESH_EXTERNAL",
            "resolution": "STATIC",
            "ports": [{"name": "http", "number": SERVICE_PORT, "protocol": "HTTP", "targetPort": port}],
            "endpoints": [{"address": address}],
        }
        return self._made("networking.istio.io/v1", "ServiceEntry", self.namespace, provider, spec=spec)

    def _made(self, api_version: str, kind: str, namespace: str, name: str, **content: Any) -> Object:
        metadata = {"name": name, "namespace": namespace, "labels": dict(self.labels)}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}

    def mark_route(
        self, gateway: str, namespace: str, listener: str, path: str, mark: Mapping[str, str]
    ) -> Object:
        """A route of a gateway that answers with a mark, in a header, whatever else it answers."""
        header = {"set": [{"name": name, "value": value} for name, value in mark.items()]}
        rule = {
            "matches": [{"path": {"type": "Exact", "value": path}}],
            "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": header}],
            "backendRefs": [{"name": MARK_SERVICE, "port": SERVICE_PORT}],
        }
        spec = {"parentRefs": [{"name": gateway, "sectionName": listener}], "rules": [rule]}
        return self._made(
            "gateway.networking.k8s.io/v1", "HTTPRoute", namespace, f"gwjwt-mark-{gateway}", spec=spec
        )


MARK_SERVICE = "gwjwt-mark"


def authorizer_host(provider: str) -> str:
    """The host that the extension provider has to name."""
    return f"{provider}.gwjwt.internal"


def _pod(image: str) -> Object:
    """A pod that the Pod Security Standard "restricted" admits."""
    probe = {"httpGet": {"path": "/ready", "port": CONTROL_PORT}, "periodSeconds": 1}
    container = {
        "name": "far-end",
        "image": image,
        "command": ["python3", "-I", "-B", f"/gwjwt/{_PROGRAM}"],
        "args": ["--address=0.0.0.0", f"--port={CONTROL_PORT}", f"--secret-file=/gwjwt-secret/{_SECRET}"],
        "ports": [{"name": "control", "containerPort": CONTROL_PORT}],
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "program", "mountPath": "/gwjwt", "readOnly": True},
            {"name": "secret", "mountPath": "/gwjwt-secret", "readOnly": True},
        ],
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "program", "configMap": {"name": FAR_END}},
            {"name": "secret", "secret": {"secretName": FAR_END}},
        ],
    }
