"""etcd, kube-apiserver and istiod as processes on loopback, each ready by its own word.

Sources: the reference pages of kube-apiserver and etcd; Istio's pilot-discovery reference.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import ssl
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gwjwt.environments.local_istio.assets import Assets
from gwjwt.environments.local_istio.mesh import ROOT_NAMESPACE, write_mesh
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST, PortPool
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.waiting import Deadlines, NotYet, TimedOut, eventually

_CERTIFICATE = "apiserver.crt"
_PROBE_SECONDS = 2.0
_NOT_ADMITTED_BY = (
    "ServiceAccount",
    "LimitRanger",
    "ResourceQuota",
    "Priority",
    "DefaultTolerationSeconds",
    "TaintNodesByCondition",
    "RuntimeClass",
    "PodSecurity",
)
"""Admission plugins that speak of pods that run somewhere, and of quotas; here none do, and there are none."""
_COLLECT_LESS = {"GOGC": "400"}
"""Go's garbage collector took a fifth of the API server's time; its heap is small and may grow."""


class KubernetesControlPlane:
    """etcd and kube-apiserver. A context manager; inside of it the API is ready and ``kubeconfig`` leads to it."""

    def __init__(
        self,
        assets: Assets,
        directory: RunDirectory,
        ports: PortPool,
        deadlines: Deadlines,
        seed: Path | None,
    ) -> None:
        """``seed`` is an etcd data folder to start from, which is copied; None: an empty one."""
        self._assets, self._directory, self._ports = assets, directory, ports
        self._deadlines, self._seed = deadlines, seed
        self._parts = ExitStack()
        self.data = directory.path / "etcd"
        self.kubeconfig = directory.path / "kubeconfig"

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            if self._seed is not None:
                shutil.copytree(self._seed, self.data)
            self.etcd_url = f"http://{HOST}:{self._ports.take()}"
            self._etcd = starting.enter_context(self._start_etcd())
            self._apiserver = starting.enter_context(self._start_apiserver())
            self._await_ready()
            self._parts = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    @property
    def processes(self) -> tuple[Supervised, ...]:
        return (self._etcd, self._apiserver)

    def _start_etcd(self) -> Supervised:
        client, peer = self.etcd_url, f"http://{HOST}:{self._ports.take()}"
        flags = {
            "name": "gwjwt",
            "data-dir": self.data,
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"gwjwt={peer}",
            "log-level": "warn",
            # A run's data need not survive the machine.
            "unsafe-no-fsync": "true",
        }
        if self._seed is not None:
            flags["force-new-cluster"] = "true"  # the seed's member listened on other ports
        argv = [str(self._assets.etcd), *_options(flags)]
        return self._directory.start("etcd", argv, env={**os.environ, **_COLLECT_LESS})

    def _start_apiserver(self) -> Supervised:
        home = self._directory.path / "apiserver"
        home.mkdir(mode=0o700)
        token, self._port = secrets.token_urlsafe(24), self._ports.take()
        tokens, key = home / "tokens.csv", home / "service-accounts.key"
        _write_private(tokens, f'{token},gwjwt,gwjwt,"system:masters"\n')
        _write_private(key, _new_key())
        self._credentials = token
        flags = {
            "etcd-servers": self.etcd_url,
            "bind-address": HOST,
            "advertise-address": HOST,
            "secure-port": self._port,
            "cert-dir": home,
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
            "service-account-issuer": "https://kubernetes.default.svc",
            "token-auth-file": tokens,
            "authorization-mode": "RBAC",
            "service-cluster-ip-range": "10.96.0.0/16",
            "disable-admission-plugins": ",".join(_NOT_ADMITTED_BY),
            # For ``gwjwt.environments.local_istio.admission``; both are beta, and off where nobody asks.
            "feature-gates": "MutatingAdmissionPolicy=true",
            "runtime-config": "admissionregistration.k8s.io/v1beta1=true",
            # Of one server there is nothing to elect, and the Service "kubernetes" is for pods.
            "endpoint-reconciler-type": "none",
            "enable-priority-and-fairness": "false",
            "profiling": "false",
            # A cache has to be asked every tenth of a second whether it is up to date (KEP-2340); etcd always is.
            "watch-cache": "false",
        }
        argv = [str(self._assets.kube_apiserver), *_options(flags)]
        return self._directory.start("kube-apiserver", argv, env={**os.environ, **_COLLECT_LESS})

    def _await_ready(self) -> None:
        def answers() -> None:
            for process in self.processes:
                process.check()
            certificate = self._directory.path / "apiserver" / _CERTIFICATE
            if not certificate.is_file():
                raise NotYet("it has not made its certificate")
            try:
                answer = httpx.get(
                    f"https://{HOST}:{self._port}/readyz",
                    headers={"Authorization": f"Bearer {self._credentials}"},
                    verify=ssl.create_default_context(cafile=str(certificate)),
                    timeout=_PROBE_SECONDS,
                    trust_env=False,
                )
            except (httpx.HTTPError, ssl.SSLError) as error:
                raise NotYet(f"no answer: {error}") from error
            if answer.status_code != httpx.codes.OK:
                raise NotYet(f"/readyz answers {answer.status_code}: {answer.text[-200:]}")
            self._write_kubeconfig(certificate)

        _await("kube-apiserver", answers, self._deadlines.start, self._apiserver)

    def _write_kubeconfig(self, certificate: Path) -> None:
        authority = base64.b64encode(certificate.read_bytes()).decode()
        cluster = {"server": f"https://{HOST}:{self._port}", "certificate-authority-data": authority}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "gwjwt", "cluster": cluster}],
            "users": [{"name": "gwjwt", "user": {"token": self._credentials}}],
            "contexts": [{"name": "gwjwt", "context": {"cluster": "gwjwt", "user": "gwjwt"}}],
            "current-context": "gwjwt",
        }
        _write_private(self.kubeconfig, json.dumps(content, indent=1))


class Istiod:
    """Istio's control plane. A context manager; inside of it istiod serves configurations on ``port``."""

    def __init__(
        self,
        assets: Assets,
        directory: RunDirectory,
        ports: PortPool,
        deadlines: Deadlines,
        kubeconfig: Path,
        debounce: str,
    ) -> None:
        """``debounce`` is how long istiod gathers changes (PILOT_DEBOUNCE_AFTER), such as ``10ms``."""
        self._assets, self._directory, self._deadlines = assets, directory, deadlines
        self._kubeconfig, self._debounce = kubeconfig, debounce
        self.port, self._http, self._monitoring = ports.take(), ports.take(), ports.take()
        self._parts = ExitStack()

    def start(self, authorizer: Authorizer) -> None:
        """Start it; ``await_ready`` waits."""
        home = self._directory.path / "istiod"
        home.mkdir(mode=0o700)
        mesh = write_mesh(home, authorizer)
        flags = {
            "kubeconfig": self._kubeconfig,
            "meshConfig": mesh,
            "grpcAddr": f"{HOST}:{self.port}",
            "httpAddr": f"{HOST}:{self._http}",
            "monitoringAddr": f"{HOST}:{self._monitoring}",
            "httpsAddr": "",
            "secureGRPCAddr": "",
            "ctrlz_port": 0,
            # client-go's own brake on requests, made for clusters that are shared
            "kubernetesApiQPS": 1000,
            "kubernetesApiBurst": 2000,
            "shutdownDuration": "1s",
            "log_as_json": "false",
        }
        argv = [str(self._assets.istiod), "discovery", *_options(flags)]
        self.process = self._directory.start("istiod", argv, env=self._environment(), cwd=home)

    def __enter__(self) -> Self:
        self._parts.enter_context(self.process)
        self._client = self._parts.enter_context(
            httpx.Client(base_url=f"http://{HOST}:{self._http}", trust_env=False, timeout=_PROBE_SECONDS)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def await_ready(self) -> None:
        def ready() -> None:
            self.process.check()
            try:
                answer = self._client.get("/ready")
            except httpx.HTTPError as error:
                raise NotYet(f"no answer: {error}") from error
            if answer.status_code != httpx.codes.OK:
                raise NotYet(f"/ready answers {answer.status_code}")

        _await("istiod", ready, self._deadlines.start, self.process)

    def debug(self, page: str) -> Any:
        """What istiod tells about itself under ``/debug/``.

        Raises:
            EnvironmentFailed: it has died or does not answer.
        """
        self.process.check()
        try:
            answer = self._client.get(f"/debug/{page}")
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            self.process.check()
            raise EnvironmentFailed("istiod", f"/debug/{page}: {error}", self.process.last_lines()) from error

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self._directory.path),
            "POD_NAME": "istiod-gwjwt",
            "POD_NAMESPACE": ROOT_NAMESPACE,
            "CLUSTER_ID": "Kubernetes",
            "PILOT_DEBOUNCE_AFTER": self._debounce,
            "PILOT_ENABLE_ALPN_FILTER": "false",
            "PILOT_ENABLE_METADATA_EXCHANGE": "false",
            "PILOT_ENABLE_ANALYSIS": "false",
            "PILOT_ENABLE_IP_AUTOALLOCATE": "false",
            **_COLLECT_LESS,
            "ENABLE_CA_SERVER": "false",
            "INJECTION_WEBHOOK_CONFIG_NAME": "",
            "VALIDATION_WEBHOOK_CONFIG_NAME": "",
        }


def _await(what: str, attempt: Any, seconds: float, process: Supervised) -> None:
    try:
        eventually(f"{what} is ready", attempt, seconds)
    except TimedOut as late:
        raise EnvironmentFailed(what, str(late), process.last_lines()) from late


def _options(flags: dict[str, Any]) -> list[str]:
    return [f"--{name}={value}" for name, value in flags.items()]


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)


def _new_key() -> str:
    """The key that signs service account tokens, which nobody asks for; the API server does not start without."""
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()
