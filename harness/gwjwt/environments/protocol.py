"""What an environment is: the place where an implementation is tested.

It has a Kubernetes API, gateways that serve, workloads that record what reaches them, an issuer and an authorizer. It
knows neither profiles nor drivers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from gwjwt.identity.issuer import IssuerHost
from gwjwt.traffic.authorizer import Authorizer
from gwjwt.traffic.probe import Probe
from gwjwt.words import AppName, Endpoint, GatewayName


@dataclass(frozen=True)
class EnvironmentDescription:
    """What a report says about the place of a run."""

    kind: str
    versions: Mapping[str, str]
    settling: Literal["acknowledged", "polled"]
    """How it is known that a change is live: by the gateway's acknowledgement, or by polling."""


class Shareable(Protocol):
    """What several test processes may share of an environment.

    Its methods are called from several threads, and what they take, return and raise can be pickled.
    """

    def kubeconfig(self) -> Path: ...


class Environment(Protocol):
    """A running environment. Every method raises ``EnvironmentFailed`` when a part of it has died."""

    @property
    def description(self) -> EnvironmentDescription: ...

    @property
    def kubeconfig(self) -> Path:
        """The way to its Kubernetes API, for drivers and for kubectl."""

    @property
    def issuers(self) -> IssuerHost: ...

    @property
    def authorizer(self) -> Authorizer:
        """The external authorizer, known to the mesh under ``authorizer.provider``."""

    @property
    def probe(self) -> Probe: ...

    def create_namespace(self, name: str) -> None: ...

    def delete_namespace(self, name: str) -> None:
        """Delete a namespace with all that is in it.

        Returns when it is certain that it goes: nothing in it is held back. Whoever holds an object back by a finalizer
        has until the settling deadline. What then still has to stop may do so later.
        """

    def deploy_workload(self, app: AppName) -> int:
        """Start a recording backend behind a Service named like the app, and return the Service's port.

        The workload goes away with its namespace.
        """

    def deploy_gateway(self, gateway: GatewayName, labels: Mapping[str, str]) -> None:
        """Run a gateway workload whose pod has these labels.

        What it serves, Gateways of ``networking.istio.io`` say, or VirtualGateways of Gloo Mesh. Its Service has the
        gateway's name and the port 80. It goes away with its namespace.
        """

    def deploy_sidecar(self, app: AppName, labels: Mapping[str, str] | None = None) -> None:
        """Take the app, which has its workload already, into the mesh: its pod has a sidecar and these labels.

        Without any, it has the label ``app`` with the app's name.

        The sidecar goes away with its namespace.
        """

    def sidecar(self, app: AppName) -> Endpoint:
        """Where calls from inside the mesh arrive at the app: the inbound side of its sidecar."""

    def chain(self, app: AppName, to: AppName) -> None:
        """From now on the app calls another one before it answers, with the headers that came in.

        Both have sidecars; the call arrives at the inbound side of the other one's.
        """

    def endpoint(self, gateway: GatewayName, port: int = 80) -> Endpoint:
        """Where the listener that the Gateway declares on ``port`` can be reached.

        For the workload of ``deploy_gateway``, the one that a Gateway which selects it declares.

        Raises:
            ImplementationFailed: there is no such Gateway or listener within the settling deadline.
        """

    def settle(self) -> None:
        """Return when everything that the Kubernetes API has accepted so far is live at the gateways.

        Raises:
            EnvironmentFailed: the gateway refused the configuration (with its own words), or died.
        """

    def check(self, within: float = 0.0) -> None:
        """Return if the gateways are there, whatever they answer, and the suite's own servers can be reached.

        Asked before anything is said against the implementation. ``within`` is for who has reason to believe that
        something has died: how long the word of it may take, in seconds.

        Raises:
            EnvironmentFailed: one of them has died.
        """


@runtime_checkable
class CallingEnvironment(Environment, Protocol):
    """An environment in which workloads of the mesh can call others, as profiles about routes inside a mesh need."""

    def deploy_client(self, app: AppName) -> None:
        """Run a workload that calls others, with a sidecar; its pod has the label ``app``.

        It goes away with its namespace.
        """

    def client(self, app: AppName) -> Endpoint:
        """Where the app's own requests go out: the outbound side of its sidecar."""

    def deploy_service(self, name: AppName, endpoint: Endpoint) -> int:
        """Make a Service that leads to something outside of the cluster, and return the Service's port.

        It goes away with its namespace.
        """
