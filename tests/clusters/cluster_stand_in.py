"""A cluster for tests: local-istio's control plane and gateways, and what it lacks of a cluster that runs pods.

Processes stand in for pods, and one table for the network: an address of a pod, at a port, is a port on loopback. It
serves what asks for such an address: the API server (as a konnectivity server would), istiod's fetches of key sets (as
an HTTP proxy), and Envoys, for which endpoints are written as loopback. It also does what is a namespace controller's,
a Deployment controller's, and a cloud's, which gives each gateway a node port.

Sources: Kubernetes documentation, "Set up Konnectivity service", EgressSelectorConfiguration; RFC 9110, section 9.3.6.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kubernetes import client, config

from gwjwt.cluster import ApiRefused, Cluster, Object, Reference
from gwjwt.cluster.informer import Informer
from gwjwt.environments.cluster.objects import CONTROL_PORT, FAR_END, MANAGED_BY
from gwjwt.environments.cluster.options import ClusterOptions
from gwjwt.environments.gateway_infrastructure import NAME_LABEL
from gwjwt.environments.local_istio.istio_cluster import LocalCluster, Wiring
from gwjwt.environments.local_istio.options import LocalIstioOptions
from gwjwt.local.background import BackgroundLoop, Jobs
from gwjwt.local.loopback import HOST, listening_socket
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.running.access import access_objects
from gwjwt.waiting import Deadlines, NotYet, eventually

DEADLINES = Deadlines(start=120.0, settle=60.0, request=20.0, stop=20.0)
ACCOUNT = "gwjwt"
ACCOUNTS = "gwjwt-accounts"
PROVIDER = "gwjwt-authorizer"
"""An extension provider that local-istio's mesh has; it looks for the host that the environment declares."""
_FOREIGN = {"multicluster.kubernetes.io/service-name": "stand-in"}
"""Istio leaves EndpointSlices of the MCS API to their controller: what leads to a pod's address is led elsewhere."""
_LISTENS = re.compile(r"listens on (\d+)")
_GONE = {404, 409}
_INVALID = 422
_SLICES = "discovery.k8s.io/v1"


class ClusterStandIn:
    """A context manager around all of it."""

    def __init__(self) -> None:
        self._network: dict[str, int] = {}
        """By ``host:port`` as somebody in the cluster would ask for it: the port on loopback."""
        self._pods: dict[str, Supervised] = {}
        self._parts = ExitStack()
        self._count = 0
        self.runs_pods = self.empties_namespaces = True
        """A test may have it leave something undone, as a cluster in trouble does."""

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            enter = starting.enter_context
            self.directory = enter(RunDirectory())
            loop = enter(BackgroundLoop("stand-in"))
            proxy = loop.run(self._open(self.directory.path / "egress"))
            starting.callback(lambda: loop.run(self._close()))
            wiring = Wiring(self._api_server_flags(), {"HTTP_PROXY": f"http://{HOST}:{proxy}"})
            self.local = enter(LocalCluster(LocalIstioOptions(), DEADLINES, wiring=wiring))
            self.admin = enter(Cluster(self.local.kubeconfig()))
            self._jobs = enter(Jobs("stand-in"))
            self._prepare()
            for each in self._controllers():
                enter(each)
            self._parts = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def restricted(self, driver: str, options: ClusterOptions) -> Path:
        """The kubeconfig of a new account with the rights that ``gwjwt rbac`` prints, and no others."""
        self._count += 1
        name = f"{ACCOUNT}-{self._count}"
        for each in access_objects(driver, options, name, ACCOUNTS):
            self.admin.apply(each, "test")
        api = client.CoreV1Api(
            config.new_client_from_config(str(self.local.kubeconfig()), persist_config=False)
        )
        asked = client.AuthenticationV1TokenRequest(
            spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=7200)
        )
        with api.api_client:
            token = api.create_namespaced_service_account_token(name, ACCOUNTS, asked).status.token
        content = json.loads(self.local.kubeconfig().read_text())
        content["users"][0]["user"] = {"token": token}
        content["contexts"].append({"name": "elsewhere", "context": {"cluster": "gwjwt", "user": "gwjwt"}})
        file = self.directory.path / f"{name}.kubeconfig"
        file.write_text(json.dumps(content))
        return file

    def everything(self) -> set[str]:
        """All objects of all kinds, but for events, leases and the accounts of tests."""
        found = set()
        for api_version in self.admin.groups():
            for each in self.admin.kinds(api_version):
                if each.kind not in ("Event", "Lease"):
                    found |= {str(Reference.of(o)) for o in self.admin.list(api_version, each.kind)}
        for api_version, kind in (
            ("v1", "Namespace"),
            ("v1", "Node"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ):
            found |= {str(Reference.of(o)) for o in self.admin.list(api_version, kind)}
        return {each for each in found if f" {ACCOUNTS}/" not in each}

    def _api_server_flags(self) -> dict[str, str]:
        transport = {"uds": {"udsName": str(self.directory.path / "egress")}}
        selection = {
            "name": "cluster",
            "connection": {"proxyProtocol": "HTTPConnect", "transport": transport},
        }
        file = self.directory.path / "egress.json"
        content = {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [selection],
        }
        file.write_text(json.dumps(content))
        return {"egress-selector-config-file": str(file), "service-node-port-range": "1024-65535"}

    def _prepare(self) -> None:
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "loopback"}}
        self.admin.create(node)
        status = {"addresses": [{"type": "InternalIP", "address": HOST}]}
        self.admin.patch_status(Reference("v1", "Node", "", "loopback"), status)
        accounts = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ACCOUNTS}}
        self.admin.create(accounts)
        gateway_class = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": "istio"},
            "spec": {"controllerName": "istio.io/gateway-controller"},
        }
        self.admin.apply(gateway_class, "test")

    def _controllers(self) -> list[Informer]:
        ours = dict(MANAGED_BY)
        return [
            self._controller("apps/v1", "Deployment", ours, self._run_pod),
            self._controller("v1", "Namespace", ours, self._delete_namespace),
            self._controller(_SLICES, "EndpointSlice", ours, self._lead_slice),
            self._controller("networking.istio.io/v1", "ServiceEntry", ours, self._lead_entry),
            self._controller("v1", "Service", None, self._give_node_port),
        ]

    def _controller(
        self, api_version: str, kind: str, labels: dict[str, str] | None, act: Callable[[Object], None]
    ) -> Informer:
        def job(changed: Object) -> None:
            try:
                act(changed)
            except ApiRefused as refused:
                if refused.status not in _GONE and "being terminated" not in refused.message:
                    raise

        return Informer(
            self.admin, api_version, kind, labels, on_change=lambda each: self._jobs.add(lambda: job(each))
        )

    def _run_pod(self, deployment: Object) -> None:
        namespace = deployment["metadata"]["namespace"]
        if not self.runs_pods or deployment["metadata"]["name"] != FAR_END or namespace in self._pods:
            return
        template = deployment["spec"]["template"]
        container = template["spec"]["containers"][0]
        home = self.directory.path / f"pod-{namespace}"
        mounts = self._volumes(namespace, template["spec"]["volumes"], container["volumeMounts"], home)
        argv = [self._inside(each, mounts) for each in (*container["command"], *container["args"])]
        process = self.directory.start(f"pod-{namespace}", [sys.executable, *argv[1:]])
        self._pods[namespace] = process

        def listens() -> int:
            process.check()
            if told := _LISTENS.search(process.last_lines()):
                return int(told[1])
            raise NotYet(process.last_lines())

        port = eventually("a pod listens", listens, DEADLINES.start)
        address = f"198.19.0.{len(self._pods)}"
        self._network[f"{address}:{CONTROL_PORT}"] = port
        self._write_pod(namespace, template, address)

    def _volumes(
        self, namespace: str, volumes: list[Object], mounts: list[Object], home: Path
    ) -> dict[str, str]:
        """Write what is mounted; by the path in the container, where it is."""
        found = {}
        for volume, mount in zip(volumes, mounts, strict=True):
            folder = home / volume["name"]
            folder.mkdir(parents=True)
            api = self.admin
            if "configMap" in volume:
                source = api.get(Reference("v1", "ConfigMap", namespace, volume["configMap"]["name"])) or {}
                files = {name: text.encode() for name, text in source["data"].items()}
            else:
                source = api.get(Reference("v1", "Secret", namespace, volume["secret"]["secretName"])) or {}
                files = {name: _decoded(text) for name, text in source["data"].items()}
            for name, content in files.items():
                (folder / name).write_bytes(content)
            found[mount["mountPath"]] = str(folder)
        return found

    @staticmethod
    def _inside(argument: str, mounts: dict[str, str]) -> str:
        known = {"--address=0.0.0.0": f"--address={HOST}", f"--port={CONTROL_PORT}": "--port=0"}
        for path, folder in sorted(mounts.items(), reverse=True):
            if f"{path}/" in argument:
                return argument.replace(f"{path}/", f"{folder}/")
        return known.get(argument, argument)

    def _write_pod(self, namespace: str, template: Object, address: str) -> None:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{FAR_END}-0",
                "namespace": namespace,
                "labels": template["metadata"]["labels"],
            },
            "spec": {"containers": [{"name": "far-end", "image": "process"}]},
        }
        made = self.admin.create(pod)
        status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
        self.admin.patch_status(Reference.of(pod), status)
        target = {
            "kind": "Pod",
            "name": pod["metadata"]["name"],
            "namespace": namespace,
            "uid": made["metadata"]["uid"],
        }
        metadata = {"name": FAR_END, "namespace": namespace}
        port = {"name": "control", "port": CONTROL_PORT, "protocol": "TCP"}
        self.admin.create(
            {
                "apiVersion": "v1",
                "kind": "Endpoints",
                "metadata": metadata,
                "subsets": [{"addresses": [{"ip": address, "targetRef": target}], "ports": [port]}],
            }
        )
        endpoint = {"addresses": [address], "conditions": {"ready": True}, "targetRef": target}
        self.admin.create(
            {
                "apiVersion": _SLICES,
                "kind": "EndpointSlice",
                "metadata": {**metadata, "labels": {"kubernetes.io/service-name": FAR_END}},
                "addressType": "IPv4",
                "endpoints": [endpoint],
                "ports": [port],
            }
        )
        ready = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
        self.admin.patch_status(Reference("apps/v1", "Deployment", namespace, FAR_END), ready)

    def _delete_namespace(self, namespace: Object) -> None:
        name = namespace["metadata"]["name"]
        if not self.empties_namespaces:
            return
        if "deletionTimestamp" not in namespace["metadata"] or not self.admin.get(
            Reference("v1", "Namespace", "", name)
        ):
            return
        if name in self._pods:
            self._pods[name].stop()
        for each in self.admin.list("v1", "Service", name):
            self.admin.delete(
                each
            )  # the API frees node ports and cluster IPs of what is deleted through it alone
        self.local.delete_namespace(name)

    def _lead_slice(self, found: Object) -> None:
        metadata = found["metadata"]
        if "deletionTimestamp" in metadata or _FOREIGN.items() <= metadata["labels"].items():
            return
        self.admin.merge(Reference.of(found), {"metadata": {"labels": _FOREIGN}})
        name, namespace, port = metadata["name"], metadata["namespace"], found["ports"][0]["port"]
        host = f"{name}.{namespace}.svc.cluster.local"
        self._network[f"{host}:80"] = port
        entry = {
            "apiVersion": "networking.istio.io/v1",
            "kind": "ServiceEntry",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "hosts": [host],
                "location": "MESH_EXTERNAL",
                "resolution": "STATIC",
                "ports": [{"name": "http", "number": 80, "protocol": "HTTP", "targetPort": port}],
                "endpoints": [{"address": HOST}],
            },
        }
        self.admin.create(entry)

    def _lead_entry(self, entry: Object) -> None:
        if entry["spec"]["endpoints"][0]["address"] != HOST and "deletionTimestamp" not in entry["metadata"]:
            self.admin.merge(Reference.of(entry), {"spec": {"endpoints": [{"address": HOST}]}})

    def _give_node_port(self, service: Object) -> None:
        if NAME_LABEL not in service["metadata"].get("labels", {}) or not service["status"]["loadBalancer"]:
            return  # who has made it writes its status right after: two writes at once lose a node port for good

        def given() -> None:
            current = self.admin.get(Reference.of(service)) or {"spec": {"ports": []}}
            ports = current["spec"]["ports"]
            wanted = [{**each, "nodePort": each["targetPort"]} for each in ports]
            try:
                if ports != wanted:
                    self.admin.merge(Reference.of(service), {"spec": {"ports": wanted}})
            except ApiRefused as refused:
                if refused.status != _INVALID:
                    raise
                # The API server allocates a port again when another write has come between, and finds it taken.
                raise NotYet(refused.message) from refused

        eventually("the gateway has its node port", given, DEADLINES.settle)

    async def _open(self, egress: Path) -> int:
        listening = listening_socket()
        self._servers = [
            await asyncio.start_unix_server(self._egress, egress),
            await asyncio.start_server(self._fetch, sock=listening),
        ]
        return int(listening.getsockname()[1])

    async def _close(self) -> None:
        for server in self._servers:
            server.close()

    async def _egress(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """``CONNECT host:port``, as the API server asks its proxy."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await self._lead(head.split(" ")[1], b"", b"HTTP/1.1 200 OK\r\n\r\n", reader, writer)

    async def _fetch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """``GET http://host/path``, as istiod asks its proxy."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, url, rest = head.split(" ", 2)
        host, _, path = url.removeprefix("http://").partition("/")
        origin = f"{method} /{path} {rest}".encode()
        await self._lead(host if ":" in host else f"{host}:80", origin, b"", reader, writer)

    async def _lead(
        self,
        where: str,
        sent: bytes,
        answer: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._network.get(where, 0))
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        far_writer.write(sent)
        writer.write(answer)
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # a reset ends it like any other end
    finally:
        writer.close()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
