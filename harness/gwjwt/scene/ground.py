"""What every scenario has of its own, whatever its profile is about: namespaces, issuers, and changes that go live."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from gwjwt import timings
from gwjwt.cluster import Cluster
from gwjwt.environments.protocol import Environment
from gwjwt.identity.certificates import self_signed
from gwjwt.scene.issuers import Issuers


class Ground:
    """Belongs to one scenario; ``leave`` takes all of it down."""

    def __init__(self, environment: Environment, settle: Callable[[], None]) -> None:
        """``settle`` returns when the implementation has acted on all that it was told."""
        self._environment, self._settle = environment, settle
        self.issuers = Issuers(environment.issuers)
        self._namespaces: list[str] = []
        self._live = True

    def new_namespace(self) -> str:
        name = f"gwjwt-{secrets.token_hex(4)}"
        self._environment.create_namespace(name)
        self._namespaces.append(name)
        return name

    def certify(self, hostname: str | None, namespace: str) -> str:
        """The name of a new Secret with a certificate for this host, which the probe trusts from now on."""
        if hostname is None:
            raise ValueError("a certificate needs a host name")
        made = self_signed(hostname)
        name = f"tls-{secrets.token_hex(4)}"
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": {"tls.crt": made.certificate, "tls.key": made.key},
        }
        with Cluster(self._environment.kubeconfig) as cluster:
            cluster.create(secret)
        self._environment.probe.trust(made.certificate)
        return name

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Inside, the implementation is told something, on which it has acted at the end; see ``require_live``."""
        self._live = False
        with timings.phase("kubernetes"):
            yield
            self._settle()

    def require_live(self) -> None:
        """Return when the last change is live at the gateways."""
        if self._live:
            return
        with timings.phase("gateway"):
            self._environment.settle()
        self._live = True

    def leave(self, leaving: ExitStack) -> None:
        """Have all of it taken down when this stack unwinds; what is pushed after goes before."""
        leaving.callback(self.issuers.close)
        leaving.enter_context(timings.phase("kubernetes"))
        for namespace in reversed(self._namespaces):
            leaving.callback(self._environment.delete_namespace, namespace)
