"""What a user wants of Gloo Mesh: the intents of the profile ``gloo-jwt-policy``.

Source: seed "JWT for mesh routes", its two tables of settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from gwjwt.words import AppName, GatewayName

PROFILE = "gloo-jwt-policy"

Phase = Literal["preAuthz", "postAuthz"]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Workspace:
    """Whose resources belong together: those of some namespaces."""

    name: str
    namespaces: tuple[str, ...]


@dataclass(frozen=True)
class MeshRoute:
    """Requests that carry a header of this name go to an app's Service."""

    name: str
    header: str
    app: AppName
    port: int
    """Of the app's Service."""
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class RouteTable:
    """The routes of a host, for every workload of the workspace, or at a virtual gateway."""

    name: str
    namespace: str
    host: str
    routes: tuple[MeshRoute, ...] = ()
    labels: Labels = field(default_factory=dict)
    gateway: str | None = None
    """The virtual gateway in the same namespace; None: the routes are those of the workloads inside the mesh."""


@dataclass(frozen=True)
class VirtualGateway:
    """The workloads with these labels serve on port 80 the hosts of the tables that name this gateway."""

    name: str
    namespace: str
    selector: Labels


@dataclass(frozen=True)
class RemoteKeys:
    """A key set that is fetched from a URL; a Service of the mesh stands for the place."""

    url: str
    service: AppName
    port: int


@dataclass(frozen=True)
class ClaimHeader:
    claim: str
    header: str
    append: bool


@dataclass(frozen=True)
class Provider:
    """Whose tokens are valid, where they are looked for, and what of them is told to the app."""

    name: str
    issuer: str | None
    """None: not checked."""
    keys: str | RemoteKeys
    """A public key in PEM, or where the keys are."""
    headers: tuple[tuple[str, str], ...] = ()
    """Name and prefix of each header that is looked at; without these and ``parameters``, the product's own places."""
    parameters: tuple[str, ...] = ()
    claims: tuple[ClaimHeader, ...] = ()


@dataclass(frozen=True)
class JwtPolicy:
    """Requests on some routes, or to some destinations, need a valid token."""

    name: str
    namespace: str
    providers: tuple[Provider, ...]
    route_labels: Labels | None = None
    """None: no route selector."""
    destinations: tuple[AppName, ...] = ()
    phase: Phase = "preAuthz"
    priority: int | None = None


@dataclass(frozen=True)
class Authorization:
    """An external authorizer, a Service that speaks HTTP, decides about the routes with these labels."""

    name: str
    namespace: str
    route_labels: Labels
    service: AppName
    port: int
    request_headers: tuple[str, ...]
    """What the authorizer sees of a request beside Host, method and path."""
    upstream_headers: tuple[str, ...]
    """What it may set on a request that it allows."""
    client_headers: tuple[str, ...]
    """What the client gets of its answer when it does not allow."""


@dataclass(frozen=True)
class GlooState:
    """All of it at one moment. Each method gives the state with one wish more, or less."""

    gateway: GatewayName
    """The scenario's namespace and the name by which its wishes belong together."""
    workspaces: tuple[Workspace, ...] = ()
    tables: tuple[RouteTable, ...] = ()
    gateways: tuple[VirtualGateway, ...] = ()
    policies: tuple[JwtPolicy, ...] = ()
    """In the order in which they are to be created."""
    authorizations: tuple[Authorization, ...] = ()

    def in_workspace(self, workspace: Workspace) -> GlooState:
        return replace(self, workspaces=(*self.workspaces, workspace))

    def routing(self, table: RouteTable) -> GlooState:
        """With this table, in place of one of the same name."""
        known = {(each.namespace, each.name): each for each in self.tables}
        return replace(self, tables=tuple({**known, (table.namespace, table.name): table}.values()))

    def opening(self, gateway: VirtualGateway) -> GlooState:
        return replace(self, gateways=(*self.gateways, gateway))

    def protecting(self, policy: JwtPolicy) -> GlooState:
        """With this policy, in place of one of the same name, which then keeps its place."""
        known = {(each.namespace, each.name): each for each in self.policies}
        return replace(self, policies=tuple({**known, (policy.namespace, policy.name): policy}.values()))

    def authorizing(self, authorization: Authorization) -> GlooState:
        return replace(self, authorizations=(*self.authorizations, authorization))

    def without_policy(self, name: str) -> GlooState:
        return replace(self, policies=tuple(each for each in self.policies if each.name != name))

    def without_table(self, name: str) -> GlooState:
        return replace(self, tables=tuple(each for each in self.tables if each.name != name))

    def as_json(self) -> dict[str, Any]:
        """docs/drivers.md describes every field."""
        return {
            "gateway": asdict(self.gateway),
            "workspaces": [asdict(each) for each in self.workspaces],
            "tables": [asdict(each) for each in self.tables],
            "gateways": [asdict(each) for each in self.gateways],
            "policies": [_policy(each) for each in self.policies],
            "authorizations": [asdict(each) for each in self.authorizations],
        }


def _policy(policy: JwtPolicy) -> dict[str, Any]:
    providers = [_provider(each) for each in policy.providers]
    return {**asdict(policy), "providers": providers}


def _provider(provider: Provider) -> dict[str, Any]:
    local = provider.keys if isinstance(provider.keys, str) else None
    remote = None if isinstance(provider.keys, str) else asdict(provider.keys)
    headers = [{"name": name, "prefix": prefix} for name, prefix in provider.headers]
    known = {key: value for key, value in asdict(provider).items() if key != "keys"}
    return {**known, "headers": headers, "local": local, "remote": remote}


def sample_states() -> list[GlooState]:
    """States that go through the branches of a usual template, to find its mistakes before anything runs."""
    bare = GlooState(GatewayName("mesh", "sample")).in_workspace(Workspace("sample", ("mesh",)))
    app, labels = AppName("mesh", "httpbin"), {"route": "httpbin"}
    route = MeshRoute("httpbin-mesh", "X-httpbin-mesh", app, 80, labels)
    routing = bare.routing(
        RouteTable("www-example-com", "mesh", "www.example.com", (route,), {"table": "mesh"})
    )
    entering = routing.opening(VirtualGateway("entry", "mesh", {"istio": "entry"})).routing(
        RouteTable("entry", "mesh", "www.example.com", (replace(route, labels={}),), gateway="entry")
    )
    provider = Provider(
        "dev-example",
        "https://dev.example.com",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        (("X-Auth", "Bearer "), ("X-Bare", "")),
        ("auth_token",),
        (ClaimHeader("org", "x-org", append=True), ClaimHeader("email", "x-email", append=False)),
    )
    remote = Provider("other", None, RemoteKeys("http://keys.example/jwks", app, 80))
    protecting = entering.protecting(
        JwtPolicy("jwt-policy", "mesh", (provider, remote), labels, (app,), priority=1)
    )
    everything = protecting.protecting(JwtPolicy("for-all", "mesh", (remote,), phase="postAuthz"))
    names = ("cookie",), ("authorization",), ("location",)
    return [
        bare,
        routing,
        entering,
        protecting,
        everything,
        everything.authorizing(Authorization("authorizer", "mesh", labels, app, 80, *names)),
    ]
