"""The default environment: everything from packages, in one process and one Envoy beside it.

A Kubernetes API, a control plane and the suite's own servers share one background loop; the gateways are listeners of a
real Envoy. It knows exactly when a change is live: when Envoy has acknowledged the configuration that holds it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

from gwjwt import __version__
from gwjwt.environments.embedded import infrastructure
from gwjwt.environments.embedded.api import KubernetesApi
from gwjwt.environments.embedded.api.errors import NotFound
from gwjwt.environments.embedded.faults.wrong import WrongGateway
from gwjwt.environments.embedded.gateway import EmbeddedGateway, ExtensionProvider, Mesh, Workload
from gwjwt.environments.embedded.gateway.proxies import compiled
from gwjwt.environments.protocol import EnvironmentDescription
from gwjwt.errors import EnvironmentFailed
from gwjwt.identity.issuer import IssuerHost
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import let_arrivals_in
from gwjwt.local.processes import RunDirectory
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, Endpoint, GatewayName

_SERVICE_PORT = 80


class EmbeddedEnvironment:
    """A context manager; entering starts everything, leaving ends it and leaves no process, port or folder.

    Args:
        deadlines: how long anything may take.
        wrong: what the gateways do wrong on purpose.
    """

    def __init__(self, deadlines: Deadlines, wrong: WrongGateway | None = None) -> None:
        self._deadlines, self._wrong = deadlines, wrong
        self._parts = ExitStack()
        self._deployed: defaultdict[str, list[AppName]] = defaultdict(list)

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            enter = starting.enter_context
            self._directory = enter(RunDirectory())
            self._loop = enter(BackgroundLoop())
            self._workloads = enter(WorkloadHost(self._loop))
            self.issuers = enter(IssuerHost(self._loop))
            self.authorizer = enter(Authorizer(self._loop))
            arrivals = partial(let_arrivals_in, self._loop)
            self.probe = enter(Probe(self._workloads, self.authorizer, self._deadlines, arrivals))
            self._api = enter(KubernetesApi(self._loop, self._directory.path))
            self._gateway = enter(
                EmbeddedGateway(
                    self._loop,
                    self._wrong.hear(self._api.store) if self._wrong else self._api.store,
                    self._directory,
                    self._mesh(),
                    self._deadlines,
                    self._write_status,
                    translate=self._wrong.translate if self._wrong else compiled,
                )
            )
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def description(self) -> EnvironmentDescription:
        versions = {"gwjwt": __version__, "envoy": self._gateway.version}
        return EnvironmentDescription("embedded", versions, "acknowledged")

    @property
    def kubeconfig(self) -> Path:
        return self._api.kubeconfig

    def create_namespace(self, name: str) -> None:
        self._create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def delete_namespace(self, name: str) -> None:
        store, gone = self._api.store, threading.Event()

        def notice(event: str, manifest: Mapping[str, Any], _version: int) -> None:
            if (
                event == "DELETED"
                and manifest["kind"] == "Namespace"
                and manifest["metadata"]["name"] == name
            ):
                gone.set()

        def begin() -> Callable[[], None]:
            unsubscribe = store.subscribe(notice)
            store.delete("Namespace", None, name)
            return unsubscribe

        unsubscribe = self._loop.call(begin)
        in_time = gone.wait(self._deadlines.settle)
        self._loop.call(unsubscribe)
        if not in_time:
            held = [
                f"{each['kind']} {each['metadata']['name']}" for each in self._loop.call(store.inside, name)
            ]
            cause = f"namespace {name} has not gone within {self._deadlines.settle:g} s, held by {', '.join(held)}"
            raise EnvironmentFailed("the embedded Kubernetes API", cause)
        self._loop.call(self._api.missed.forget, name)
        self._gateway.stop_workloads(name)
        self._gateway.settle()
        for app in self._deployed.pop(name, ()):
            self._workloads.remove(app)

    def deploy_workload(self, app: AppName) -> int:
        port = self._workloads.deploy(app)
        self._deployed[app.namespace].append(app)
        return self.deploy_service(app, Endpoint("127.0.0.1", port))

    def deploy_service(self, name: AppName, endpoint: Endpoint) -> int:
        metadata = {"name": name.name, "namespace": name.namespace}
        ports = [{"name": "http", "port": _SERVICE_PORT, "targetPort": endpoint.port}]
        self._create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports}})
        self._create(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {**metadata, "labels": {"kubernetes.io/service-name": name.name}},
                "addressType": "IPv4",
                "endpoints": [{"addresses": [endpoint.host], "conditions": {"ready": True}}],
                "ports": [{"name": "http", "port": endpoint.port, "protocol": "TCP"}],
            }
        )
        return _SERVICE_PORT

    def deploy_gateway(self, gateway: GatewayName, labels: Mapping[str, str]) -> None:
        self._gateway.run_workload(Workload(gateway, dict(labels)))

    def deploy_sidecar(self, app: AppName, labels: Mapping[str, str] | None = None) -> None:
        own = {"app": app.name} if labels is None else dict(labels)
        self._gateway.run_workload(Workload(_sidecar(app), own, app, _SERVICE_PORT))

    def sidecar(self, app: AppName) -> Endpoint:
        return self._gateway.endpoint(_sidecar(app), _SERVICE_PORT)

    def chain(self, app: AppName, to: AppName) -> None:
        self._workloads.chain(app, to, self.sidecar(to))

    def deploy_client(self, app: AppName) -> None:
        self._gateway.run_workload(Workload(_client(app), {"app": app.name}, app, _SERVICE_PORT, calls=True))

    def client(self, app: AppName) -> Endpoint:
        return self._gateway.endpoint(_client(app), _SERVICE_PORT)

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        return self._gateway.endpoint(gateway, port)

    def settle(self) -> None:
        self._gateway.settle()

    def check(self, within: float = 0.0) -> None:
        self._gateway.check(within)
        for own in (self._workloads, self.issuers, self.authorizer):
            own.check()
        if missed := self._loop.call(self._api.missed.paths):
            cause = f"the embedded API does not serve {', '.join(missed)}; use --environment local-istio"
            raise EnvironmentFailed("the embedded Kubernetes API", cause)

    def _create(self, manifest: dict[str, Any]) -> None:
        self._loop.call(self._api.store.create, manifest)

    def _write_status(self, kind: str, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        store = self._api.store
        with suppress(NotFound):  # it was deleted while its gateway was brought up to date
            written = store.replace({**store.get(kind, namespace, name), "status": status}, status=True)
            if kind == "Gateway":
                infrastructure.deploy(store, written)

    def _mesh(self) -> Mesh:
        authorizer = self.authorizer
        provider = ExtensionProvider(
            authorizer.provider,
            authorizer.endpoint,
            authorizer.include_request_headers,
            authorizer.headers_to_upstream,
            authorizer.headers_to_downstream,
        )
        return Mesh((provider,))


def _sidecar(app: AppName) -> GatewayName:
    """Its name among the proxies: no Gateway of the Gateway API has an underscore in its name."""
    return GatewayName(app.namespace, f"{app.name}_sidecar")


def _client(app: AppName) -> GatewayName:
    """As ``_sidecar``, for the side at which the app's own requests go out."""
    return GatewayName(app.namespace, f"{app.name}_client")
