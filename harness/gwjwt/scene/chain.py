"""The scene of ``istio-end-user-auth``: a chain of apps in the mesh, one of which authenticates users."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from itertools import pairwise
from typing import Self

from gwjwt import timings
from gwjwt.cluster import ApiRefused, Cluster
from gwjwt.drivers.end_user_auth import EndUserAuthentication, EndUserState
from gwjwt.drivers.protocol import Configuration, Manifest
from gwjwt.environments.protocol import Environment
from gwjwt.errors import ClauseViolated, Unsupported
from gwjwt.identity import istio_samples
from gwjwt.identity.issuer import Issuer
from gwjwt.rules import ClaimToHeader
from gwjwt.scene.chain_requests import ChainRequests
from gwjwt.scene.chain_stage import ChainStage
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.ground import Ground
from gwjwt.scene.sender import EvidenceLog
from gwjwt.words import AppName, GatewayName

_NOT_TO_BE_THERE = {
    "networking.istio.io/v1": ("VirtualService", "DestinationRule", "Gateway"),
    "security.istio.io/v1": ("RequestAuthentication", "AuthorizationPolicy", "PeerAuthentication"),
}
"""Source: seed, section "Before Start"; the three of ``security`` are what became of its kind ``policy``."""


class ChainScene:
    """One scenario's world, as ``Scene`` is that of the charm's profile. A change is live with the next request."""

    def __init__(self, environment: Environment, configuration: Configuration, log: EvidenceLog) -> None:
        self._environment, self._configuration, self._log = environment, configuration, log
        self._ground = Ground(environment, configuration.settle)

    def __enter__(self) -> Self:
        self._namespace = self._ground.new_namespace()
        self._stage = ChainStage(EndUserState(GatewayName(self._namespace, "chain")))
        self._samples = istio_samples.istio_samples()
        issuers = self._ground.issuers
        issuers.adopt(self._samples)
        self.requests = ChainRequests(
            self._environment, self._stage, issuers, self._log, self._ground.require_live
        )
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            self._ground.leave(leaving)
            leaving.callback(self._configuration.abandon, self._stage.state.gateway)

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""
        return self._ground.issuers.named(name)

    def run(self, apps: Sequence[str]) -> None:
        """Apps with sidecars, each of which calls the next one before it answers."""
        names = [AppName(self._namespace, each) for each in apps]
        for each in names:
            self._environment.deploy_workload(each)
            self._environment.deploy_sidecar(each)
        for app, to in pairwise(names):
            self._environment.chain(app, to)
        self._stage.apps = tuple(names)
        with self._changing():
            self._stage.state = EndUserState(GatewayName(self._namespace, apps[0]))

    def authenticate(self, app: str, issuer: str, *, required: bool = True) -> None:
        """The app validates the tokens of this issuer, whose keys stand in the manifest itself."""
        minting = self._ground.issuers.minting(issuer)
        recipe = "sample" if minting is self._samples else "valid"
        with self._changing():
            authentication = EndUserAuthentication(
                self._stage.named(app), {"app": app}, minting.iss, json.dumps(minting.jwks), required
            )
            self._stage.state = self._stage.state.authenticating(authentication)
            self._stage.holder = Credentials(recipe, issuer)

    def clean_up(self) -> None:
        """The manifest is deleted."""
        with self._changing():
            self._stage.state = self._stage.state.cleaned_up()

    def open_app(self) -> None:
        """See ``ProtectingScene``: the tutorial's three apps."""
        self.run(["customer", "preference", "recommendation"])

    def protect_app(self, issuer: str, *, claim: ClaimToHeader | None = None) -> None:
        if claim is not None:
            raise Unsupported("the tutorial maps no claims to headers")
        self.authenticate("customer", issuer)

    def lay_open(self) -> None:
        self.clean_up()

    def is_free(self) -> None:
        """The namespace of the apps holds none of the kinds that the document wants gone.

        Raises:
            ClauseViolated: with what is there.
        """
        with timings.phase("kubernetes"), Cluster(self._environment.kubeconfig) as cluster:
            found = [
                f"{each['kind']} {each['metadata']['name']}"
                for version, kinds in _NOT_TO_BE_THERE.items()
                for kind in kinds
                for each in _listed(cluster, version, kind, self._namespace)
            ]
        if found:
            raise ClauseViolated(f"the namespace holds {', '.join(found)}; delete that first")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._ground.telling():
            yield
            self._configuration.bring(self._stage.state)


def _listed(cluster: Cluster, version: str, kind: str, namespace: str) -> Sequence[Manifest]:
    try:
        return cluster.list(version, kind, namespace)
    except ApiRefused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:  # a kind that the API does not know has no objects
            return ()
        raise
