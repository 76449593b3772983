"""The scene of ``istio-ingress-jwt``: ingress gateways, what is exposed through them, and policies by selector."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from gwjwt.drivers.istio_ingress import Allowance, Exposure, IngressState, Trust
from gwjwt.drivers.protocol import Configuration
from gwjwt.environments.protocol import Environment
from gwjwt.identity.issuer import Issuer
from gwjwt.rules import ClaimToHeader, JWTRule
from gwjwt.scene.ground import Ground
from gwjwt.scene.ingress_inspection import IngressInspection
from gwjwt.scene.ingress_requests import IngressRequests
from gwjwt.scene.ingress_stage import IngressStage, Selected
from gwjwt.scene.sender import EvidenceLog
from gwjwt.words import AppName, GatewayName

_LABEL = "istio"
"""By which the document selects the ingress gateway."""


class IngressScene:
    """One scenario's world, as ``Scene`` is that of the charm's profile. A change is live with the next request.

    It has two namespaces: one for the gateways and the policies at them, which is ``istio-system`` in the document, and
    one for the apps, their Gateways and their VirtualServices. The labels of its gateways are its own too, since a
    Gateway selects workloads of every namespace.
    """

    def __init__(self, environment: Environment, configuration: Configuration, log: EvidenceLog) -> None:
        self._environment, self._configuration, self._log = environment, configuration, log
        self._ground = Ground(environment, configuration.settle)

    def __enter__(self) -> Self:
        self._run = secrets.token_hex(3)
        self._system, self._apps = self._ground.new_namespace(), self._ground.new_namespace()
        self._stage = stage = IngressStage(IngressState(GatewayName(self._system, "ingress")))
        issuers, environment = self._ground.issuers, self._environment
        self.requests = IngressRequests(environment, stage, issuers, self._log, self._ground.require_live)
        self.inspect = IngressInspection(environment.kubeconfig, stage, issuers)
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            self._ground.leave(leaving)
            leaving.callback(self._configuration.abandon, self._stage.state.gateway)

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""
        return self._ground.issuers.named(name)

    def run_gateway(self, gateway: str) -> None:
        """A gateway workload with a label of its own; nothing leads through it yet."""
        labels = {_LABEL: f"{gateway}-{self._run}"}
        self._environment.deploy_gateway(GatewayName(self._system, gateway), labels)
        self._stage.workloads[gateway] = Selected(self._system, labels)

    def expose(self, app: str, gateway: str, host: str = "*") -> None:
        """An app with a recording workload, to which a Gateway and a VirtualService lead."""
        name = AppName(self._apps, app)
        port = self._environment.deploy_workload(name)
        exposure = Exposure(name, port, self._stage.workloads[gateway].labels, host)
        self._stage.exposures[app] = exposure, GatewayName(self._system, gateway)
        with self._changing():
            self._stage.state = self._stage.state.exposing(exposure)

    def give_sidecar(self, app: str) -> None:
        """The app becomes a part of the mesh, so that calls from inside of it can be made and policies select it."""
        name = self._stage.app(app)
        self._environment.deploy_sidecar(name)
        self._stage.workloads[app] = Selected(name.namespace, {"app": app})

    def trust(self, workload: str, issuers: Sequence[str], **fields: Any) -> None:
        """The workload's one RequestAuthentication trusts these issuers; ``fields`` are those of a ``JWTRule``."""
        selected = self._stage.workloads[workload]
        known = [self.issuer(each) for each in issuers]
        rules = tuple(JWTRule(issuer=each.iss, jwks_uri=each.jwks_uri, **fields) for each in known)
        with self._changing():
            trust = Trust(f"{self._short(workload)}-jwt", selected.namespace, selected.labels, rules)
            self._stage.state = self._stage.state.trusting(trust)

    def allow(self, workload: str, *principals: str) -> None:
        """The workload's one ALLOW policy requires a request principal that one of these patterns matches."""
        selected = self._stage.workloads[workload]
        name = f"{self._short(workload)}-jwt-policy"
        with self._changing():
            allowance = Allowance(name, selected.namespace, selected.labels, principals)
            self._stage.state = self._stage.state.allowing(allowance)

    def remove_policies(self, workload: str) -> None:
        """Nothing is demanded at the workload any more."""
        with self._changing():
            namespace = self._stage.workloads[workload].namespace
            self._stage.state = self._stage.state.without_policies(namespace)

    def decodes_to(self, recipe: str, issuer: str, expected: str) -> None:
        self._ground.issuers.decodes_to(recipe, issuer, expected)

    def open_app(self) -> None:
        """See ``ProtectingScene``: a backend behind the ingress gateway."""
        self.run_gateway("ingressgateway")
        self.expose("backend", "ingressgateway")

    def protect_app(self, issuer: str, *, claim: ClaimToHeader | None = None) -> None:
        self.protect_app_by([issuer], claim_to_headers=None if claim is None else [claim])

    def protect_app_by(self, issuers: Sequence[str], **fields: Any) -> None:
        """See ``AtlasScene``."""
        self.trust("ingressgateway", issuers, **fields)
        self.allow("ingressgateway", *(f"{self.issuer(each).iss}/*" for each in issuers))

    def lay_open(self) -> None:
        self.remove_policies("ingressgateway")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._ground.telling():
            yield
            self._configuration.bring(self._stage.state)

    def _short(self, workload: str) -> str:
        """As the document names policies: ``ingress-jwt`` for ``ingressgateway``, ``backend-jwt`` for ``backend``."""
        return workload.removesuffix("gateway")
