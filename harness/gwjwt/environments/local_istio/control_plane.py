"""etcd and kube-apiserver as processes on loopback, each ready by its own word.

Sources: the reference pages of kube-apiserver and etcd.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gwjwt.environments.local_istio.assets import Assets
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST, PortPool
from gwjwt.local.processes import RunDirectory, Supervised
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
COLLECT_LESS = {"GOGC": "800"}
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
        further: Mapping[str, str] | None = None,
    ) -> None:
        """``seed`` is an etcd data folder to start from, which is copied; None: an empty one.

        ``further`` are more flags of the API server.
        """
        self._further = further or {}
        self._assets, self._directory, self._ports = assets, directory, ports
        self._deadlines, self._seed = deadlines, seed
        self._parts = ExitStack()
        self.data = directory.path / "etcd"
        self.kubeconfig = directory.path / "kubeconfig"

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            if self._seed is not None:
                _copy_folder(self._seed, self.data)
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
        argv = [str(self._assets.etcd), *options(flags)]
        return self._directory.start("etcd", argv, env={**os.environ, **COLLECT_LESS})

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
            # Of one server there is nothing to elect, and the Service "kubernetes" is for pods.
            "endpoint-reconciler-type": "none",
            "enable-priority-and-fairness": "false",
            "profiling": "false",
            # A cache has to be asked every tenth of a second whether it is up to date (KEP-2340); etcd always is.
            "watch-cache": "false",
            **self._further,
        }
        argv = [str(self._assets.kube_apiserver), *options(flags)]
        # Asked to end, it would wait a second for clients that have ended before it; all state is etcd's.
        return self._directory.start(
            "kube-apiserver", argv, env={**os.environ, **COLLECT_LESS}, stateless=True
        )

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

        await_ready("kube-apiserver", answers, self._deadlines.start, self._apiserver)

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


def await_ready(what: str, attempt: Callable[[], None], seconds: float, process: Supervised) -> None:
    """Wait for a program's own word that it is ready; what it said last stands in the failure."""
    try:
        eventually(f"{what} is ready", attempt, seconds)
    except TimedOut as late:
        raise EnvironmentFailed(what, str(late), process.last_lines()) from late


def _copy_folder(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target)
    except shutil.Error as error:  # its one argument lists what could not be copied, with the reason
        reasons = sorted({str(reason).partition(": ")[0] for _, _, reason in error.args[0]})
        raise EnvironmentFailed("local-istio", f"cannot write {target}: {'; '.join(reasons)}") from error
    except OSError as error:
        raise EnvironmentFailed("local-istio", f"cannot write {target}: {error.strerror}") from error


def options(flags: dict[str, Any]) -> list[str]:
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
