"""The scene of ``gloo-jwt-policy``: workspaces, route tables, and policies on routes and destinations."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Self

from gwjwt.drivers.gloo_jwt import (
    Authorization,
    ClaimHeader,
    GlooState,
    JwtPolicy,
    MeshRoute,
    Provider,
    RemoteKeys,
    RouteTable,
    VirtualGateway,
    Workspace,
)
from gwjwt.drivers.protocol import Configuration
from gwjwt.environments.protocol import CallingEnvironment, Environment
from gwjwt.errors import Unsupported
from gwjwt.identity.issuer import Issuer
from gwjwt.rules import ClaimToHeader
from gwjwt.scene.gloo_requests import GlooRequests
from gwjwt.scene.gloo_stage import GlooStage
from gwjwt.scene.gloo_terms import Terms
from gwjwt.scene.ground import Ground
from gwjwt.scene.sender import EvidenceLog
from gwjwt.words import AppName, Endpoint, GatewayName

HOST = "www.example.com"
_TABLE = "www-example-com"
_POLICY = "jwt-policy"
_PROTECTED = {"route": "httpbin"}
"""The labels by which the guide's policy selects the guide's route."""


class GlooScene:
    """One scenario's world, as ``Scene`` is that of the charm's profile. A change is live with the next request.

    Each workspace has one namespace, for its clients, its apps, its table and its policies.
    """

    def __init__(self, environment: Environment, configuration: Configuration, log: EvidenceLog) -> None:
        """Raises ``Unsupported`` where no workload inside a mesh can call another."""
        if not isinstance(environment, CallingEnvironment):
            raise Unsupported("in this environment no workload of the mesh can call another")
        self._environment, self._configuration, self._log = environment, configuration, log
        self._ground = Ground(environment, configuration.settle)

    def __enter__(self) -> Self:
        self._environment.authorizer.reset()
        self._run = secrets.token_hex(3)
        self._management = self._ground.new_namespace()
        self._namespaces: dict[str, str] = {}
        self._stage = GlooStage(GlooState(GatewayName(self._management, "gloo")))
        issuers, live = self._ground.issuers, self._ground.require_live
        self.requests = GlooRequests(self._environment, self._stage, issuers, self._log, live)
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as leaving:  # what fails to go does not keep the rest
            self._ground.leave(leaving)
            leaving.callback(self._configuration.abandon, self._stage.state.gateway)

    def issuer(self, name: str) -> Issuer:
        """The issuer of that name; it comes into being, with a key of its own, when it is first named."""
        return self._ground.issuers.named(name)

    def sign_with(self, issuer: str, algorithm: str) -> None:
        """The issuer signs with this algorithm; to be said before anything else names it."""
        self._ground.issuers.create(issuer, algorithm=algorithm)

    def open_workspace(self, workspace: str, client: str, app: str) -> None:
        """A workspace with one namespace, one workload that calls and one that is called."""
        self._namespaces[workspace] = namespace = self._ground.new_namespace()
        with self._changing():
            known = Workspace(f"{workspace}-{self._run}", (namespace,))
            self._stage.state = self._stage.state.in_workspace(known)
        self.add_client(client, workspace)
        self.add_app(app, workspace)

    def add_client(self, client: str, workspace: str) -> None:
        self._stage.clients[client] = name = AppName(self._namespaces[workspace], client)
        self._environment.deploy_client(name)

    def add_app(self, app: str, workspace: str) -> None:
        name = AppName(self._namespaces[workspace], app)
        self._stage.apps[app] = name, self._environment.deploy_workload(name)

    def route(self, route: str, app: str, labels: Mapping[str, str]) -> None:
        """One more route in the table of the app's workspace; it matches requests with a header that has its name."""
        name, port = self._stage.apps[app]
        known = next(
            (
                each
                for each in self._stage.state.tables
                if each.namespace == name.namespace and not each.gateway
            ),
            RouteTable(_TABLE, name.namespace, HOST, labels={"table": "mesh"}),
        )
        wanted = MeshRoute(route, f"X-{route}", name, port, labels)
        with self._changing():
            self._stage.state = self._stage.state.routing(replace(known, routes=(*known.routes, wanted)))

    def label_table(self, app: str, labels: Mapping[str, str]) -> None:
        """Put labels on the table of the app's workspace itself, beside those of its routes."""
        namespace = self._stage.apps[app][0].namespace
        [known] = [each for each in self._stage.state.tables if each.namespace == namespace]
        with self._changing():
            self._stage.state = self._stage.state.routing(replace(known, labels=labels))

    def let_in(self, gateway: str, route: str, app: str) -> None:
        """An ingress gateway with a virtual gateway and a table of its own, of which the route is the only one."""
        name, port = self._stage.apps[app]
        labels = {"istio": f"{gateway}-{self._run}"}
        self._stage.gateways[gateway] = workload = GatewayName(name.namespace, gateway)
        self._environment.deploy_gateway(workload, labels)
        wanted = MeshRoute(route, f"X-{route}", name, port)
        table = RouteTable(f"{gateway}-hosts", name.namespace, HOST, (wanted,), gateway=gateway)
        with self._changing():
            state = self._stage.state.opening(VirtualGateway(gateway, name.namespace, labels))
            self._stage.state = state.routing(table)

    def protect(
        self,
        policy: str,
        terms: Terms,
        *,
        labels: Mapping[str, str] | None = None,
        destination: str | None = None,
        workspace: str | None = None,
    ) -> None:
        """Create the policy, or update it; without labels and destination it selects nothing."""
        namespace = self._namespaces[workspace] if workspace else next(iter(self._namespaces.values()))
        destinations = (self._stage.apps[destination][0],) if destination else ()
        providers = (self._provider(terms, namespace), *(self._further(each, terms) for each in terms.also))
        wanted = JwtPolicy(policy, namespace, providers, labels, destinations, terms.phase, terms.priority)
        self._stage.signers[policy] = terms.signer
        with self._changing():
            self._stage.state = self._stage.state.protecting(wanted)

    def delete_policy(self, policy: str) -> None:
        with self._changing():
            self._stage.state = self._stage.state.without_policy(policy)

    def delete_table_of(self, route: str) -> None:
        table, _ = self._stage.found(route)
        with self._changing():
            self._stage.state = self._stage.state.without_table(table.name)

    def authorize(self, labels: Mapping[str, str]) -> None:
        """The environment's authorizer decides about the routes with these labels."""
        authorizer, namespace = self._environment.authorizer, next(iter(self._namespaces.values()))
        service = AppName(namespace, "authorizer")
        port = self._environment.deploy_service(service, authorizer.endpoint)
        wanted = Authorization(
            "authorizer",
            namespace,
            labels,
            service,
            port,
            (*authorizer.include_request_headers, "x-org"),
            authorizer.headers_to_upstream,
            authorizer.headers_to_downstream,
        )
        with self._changing():
            self._stage.state = self._stage.state.authorizing(wanted)

    def decodes_to(self, recipe: str, issuer: str, expected: str) -> None:
        self._ground.issuers.decodes_to(recipe, issuer, expected)

    def open_app(self) -> None:
        """See ``ProtectingScene``: httpbin, and the guide's route to it."""
        self.open_workspace("bookinfo", "sleep", "httpbin")
        self.route("httpbin-mesh", "httpbin", _PROTECTED)

    def protect_app(self, issuer: str, *, claim: ClaimToHeader | None = None) -> None:
        claims = {} if claim is None else {claim.claim: claim.header}
        self.protect(
            _POLICY, Terms(issuer=self.issuer(issuer).iss, signer=issuer, claims=claims), labels=_PROTECTED
        )

    def lay_open(self) -> None:
        self.delete_policy(_POLICY)

    def _provider(self, terms: Terms, namespace: str) -> Provider:
        signer = self.issuer(terms.signer)
        claims = tuple(ClaimHeader(claim, header, terms.append) for claim, header in terms.claims.items())
        keys: str | RemoteKeys = signer.key.public_pem.decode()
        if terms.keys == "remote":
            keys = self._remote_keys(signer, namespace)
        return Provider(terms.provider, terms.issuer, keys, tuple(terms.headers.items()), terms.query, claims)

    def _further(self, issuer: str, terms: Terms) -> Provider:
        signer = self.issuer(issuer)
        places = tuple(terms.headers.items()), terms.query
        return Provider(signer.name, signer.iss, signer.key.public_pem.decode(), *places)

    def _remote_keys(self, signer: Issuer, namespace: str) -> RemoteKeys:
        service = AppName(namespace, "keys")
        host, _, port = signer.jwks_uri.removeprefix("http://").partition("/")[0].partition(":")
        return RemoteKeys(
            signer.jwks_uri, service, self._environment.deploy_service(service, Endpoint(host, int(port)))
        )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._ground.telling():
            yield
            self._configuration.bring(self._stage.state)
