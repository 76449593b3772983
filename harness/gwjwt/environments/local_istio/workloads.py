"""Recording backends behind Services of the mesh.

The Service has no selector, and a ServiceEntry with the Service's own host name tells istiod that its one endpoint is
on loopback, which the Kubernetes API allows in no EndpointSlice.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from gwjwt.cluster import Cluster
from gwjwt.environments.local_istio.mesh import external_service
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.words import AppName, Endpoint

SERVICE_PORT = 80


class MeshWorkloads:
    """Deploys backends into namespaces, and takes them away with their namespace.

    A context manager around a thread that writes one object while we write the other.
    """

    def __init__(self, cluster: Cluster, host: WorkloadHost) -> None:
        self._cluster, self._host = cluster, host
        self._deployed: defaultdict[str, list[AppName]] = defaultdict(list)
        self._beside = ThreadPoolExecutor(1, "gwjwt-workloads")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beside.shutdown()

    def deploy(self, app: AppName) -> int:
        """Start the app's backend; returns its Service's port."""
        listening = self._host.deploy(app)
        self._deployed[app.namespace].append(app)
        name, namespace = app.name, app.namespace
        ports = [{"name": "http", "port": SERVICE_PORT, "targetPort": listening}]
        service = {  # without a cluster IP, of which the API server would keep an object
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": "None", "ports": ports},
        }
        made = self._beside.submit(self._cluster.create, service)
        host = f"{name}.{namespace}.svc.cluster.local"
        self._cluster.create(external_service(name, namespace, host, SERVICE_PORT, listening))
        made.result()
        return SERVICE_PORT

    def listening(self, app: AppName) -> int:
        """The port on loopback of a backend that has been deployed."""
        return self._host.deploy(app)

    def chain(self, app: AppName, to: AppName, endpoint: Endpoint) -> None:
        """Have the app's backend call another one, which is reached there."""
        self._host.chain(app, to, endpoint)

    def forget(self, namespace: str) -> None:
        """Stop the backends of a namespace that has gone."""
        for app in self._deployed.pop(namespace, ()):
            self._host.remove(app)
