"""istiod as a process on loopback, ready by its own word, and started again when it ends.

Source: Istio's pilot-discovery reference.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from gwjwt.environments.local_istio.assets import Assets
from gwjwt.environments.local_istio.control_plane import COLLECT_LESS, await_ready, options
from gwjwt.environments.local_istio.mesh import ROOT_NAMESPACE, write_mesh
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.ports import HOST, PortPool
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.waiting import Deadlines, NotYet

_PROBE_SECONDS = 2.0
_UNTIL_TOLD = 1.0
"""Seconds from a broken connection to the word that the process has ended, on a machine that is busy."""
_RESTARTS = 3
"""How often it may end in one run."""


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
        further: Mapping[str, str],
    ) -> None:
        """``debounce`` is how long istiod gathers changes (PILOT_DEBOUNCE_AFTER), such as ``10ms``.

        ``further`` are more variables of its environment.
        """
        self._further = further
        self._assets, self._directory, self._deadlines = assets, directory, deadlines
        self._kubeconfig, self._debounce = kubeconfig, debounce
        self.port, self._http, self._monitoring = ports.take(), ports.take(), ports.take()
        self._parts = ExitStack()
        self._home = directory.path / "istiod"
        self._starts = 0
        self._restarting = threading.Lock()

    def start(self, providers: Iterable[str]) -> None:
        """Start it with these extension providers in its mesh; ``await_ready`` waits."""
        self._home.mkdir(mode=0o700)
        self._mesh = write_mesh(self._home, providers)
        self._launch()

    def _launch(self) -> None:
        self._starts += 1
        flags = {
            "kubeconfig": self._kubeconfig,
            "meshConfig": self._mesh,
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
        argv = [str(self._assets.istiod), "discovery", *options(flags)]
        name = "istiod" if self._starts == 1 else f"istiod-{self._starts}"
        started = self._directory.start(name, argv, env=self._environment(), cwd=self._home)
        self.process: Supervised = self._parts.enter_context(started)

    def __enter__(self) -> Self:
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

        await_ready("istiod", ready, self._deadlines.start, self.process)

    def check(self, within: float = 0.0) -> None:
        """Raise if istiod has ended. It is started again, as a cluster would: who asks next finds it ready.

        ``within`` is for who has reason to believe that it has: how long to wait for the word of it, in seconds.

        Raises:
            EnvironmentFailed: it has ended, and is there again.
            EnvironmentDied: it has ended too often.
        """
        with self._restarting:
            if not self.process.ended_within(within):
                return
            failure = self.process.failure()
            if self._starts > _RESTARTS:
                raise failure
            self._launch()
            self.await_ready()
        raise EnvironmentFailed(failure.what, f"{failure.cause}; it has been started again", failure.log)

    def knows_endpoint(self, address: str) -> bool:
        """Whether an endpoint with this IP address is known, which it is when its pod is; True if istiod is not there.

        One that is started later has read all pods before it serves anybody.
        """
        try:
            return f'"{address}"' in self._client.get("/debug/endpointShardz").text
        except httpx.HTTPError:
            return True

    def debug(self, page: str) -> Any:
        """What istiod tells about itself under ``/debug/``.

        Raises:
            EnvironmentFailed: it has died or does not answer.
        """
        self.check()
        try:
            answer = self._client.get(f"/debug/{page}")
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            self.check(_UNTIL_TOLD)
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
            # It applies a Gateway's Deployment and Service anew after each event near it, and each time has the status
            # of the Gateway written again: a quarter of all requests to the API server. The kubelet makes them once.
            "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER": "false",
            "ENABLE_CA_SERVER": "false",
            # Nobody issues certificates to Envoys here, so istiod believes what they say of themselves.
            "XDS_AUTH_PLAINTEXT": "true",
            "TRUSTED_GATEWAY_CIDR": f"{HOST}/32",
            "INJECTION_WEBHOOK_CONFIG_NAME": "",
            "VALIDATION_WEBHOOK_CONFIG_NAME": "",
            **COLLECT_LESS,
            **self._further,
        }
