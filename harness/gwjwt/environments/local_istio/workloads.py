"""Recording backends behind Services of the mesh.

The Service has no selector, and a ServiceEntry with the Service's own host name tells istiod that its one endpoint is
on loopback, which the Kubernetes API allows in no EndpointSlice.
"""

from __future__ import annotations

from collections import defaultdict

from gwjwt.cluster import Cluster
from gwjwt.environments.local_istio.mesh import external_service
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.words import AppName

SERVICE_PORT = 80


class MeshWorkloads:
    """Deploys backends into namespaces, and takes them away with their namespace."""

    def __init__(self, cluster: Cluster, host: WorkloadHost) -> None:
        self._cluster, self._host = cluster, host
        self._deployed: defaultdict[str, list[AppName]] = defaultdict(list)

    def deploy(self, app: AppName) -> int:
        """Start the app's backend; returns its Service's port."""
        listening = self._host.deploy(app)
        self._deployed[app.namespace].append(app)
        name, namespace = app.name, app.namespace
        ports = [{"name": "http", "port": SERVICE_PORT, "targetPort": listening}]
        self._cluster.create(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"ports": ports},
            }
        )
        host = f"{name}.{namespace}.svc.cluster.local"
        self._cluster.create(external_service(name, namespace, host, SERVICE_PORT, listening))
        return SERVICE_PORT

    def listening(self, app: AppName) -> int:
        """The port on loopback of a backend that has been deployed."""
        return self._host.deploy(app)

    def forget(self, namespace: str) -> None:
        """Stop the backends of a namespace that has gone."""
        for app in self._deployed.pop(namespace, ()):
            self._host.remove(app)
