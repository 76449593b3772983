"""What a scenario of ``gloo-jwt-policy`` has set up, by the names that the feature uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gwjwt.drivers.gloo_jwt import GlooState, JwtPolicy, MeshRoute, Provider, RouteTable
from gwjwt.scene.credentials import NO_TOKEN, Credentials
from gwjwt.traffic.evidence import Exchange
from gwjwt.words import AppName, Endpoint, GatewayName


@dataclass
class GlooStage:
    """All of it."""

    state: GlooState
    apps: dict[str, tuple[AppName, int]] = field(default_factory=dict)
    """Apps and the ports of their Services."""
    clients: dict[str, AppName] = field(default_factory=dict)
    """Workloads that call others, in the order in which they came."""
    gateways: dict[str, GatewayName] = field(default_factory=dict)
    signers: dict[str, str] = field(default_factory=dict)
    """By policy, the issuer whose tokens its first provider verifies."""
    openings: dict[str, Exchange] = field(default_factory=dict)
    """By route: a request without a token that was admitted."""
    endpoints: dict[AppName | GatewayName, Endpoint] = field(default_factory=dict)

    def found(self, route: str) -> tuple[RouteTable, MeshRoute]:
        """The route of that name, with its table."""
        for table in self.state.tables:
            for each in table.routes:
                if each.name == route:
                    return table, each
        raise ValueError(f'there is no route "{route}"')

    def routes(self) -> Sequence[str]:
        """All routes of workloads inside the mesh."""
        return [each.name for table in self.state.tables if table.gateway is None for each in table.routes]

    def caller(self, namespace: str) -> AppName:
        """The first client of a namespace."""
        return next(each for each in self.clients.values() if each.namespace == namespace)

    def passing(self, route: str, issuers: Mapping[str, str]) -> Credentials:
        """Credentials that the documentation lets through on this route now; see ``credentials``."""
        table, found = self.found(route)
        labels = found.labels

        def selected(policy: JwtPolicy) -> bool:
            if policy.route_labels is not None:
                return policy.route_labels.items() <= labels.items()
            return not policy.destinations

        own = self._first(table.namespace, selected)
        asked = any(each.route_labels.items() <= labels.items() for each in self.state.authorizations)
        return self.credentials([own, self.of_destination(found.app)], issuers, asked=asked)

    def of_destination(self, app: AppName) -> JwtPolicy | None:
        """The policy that takes effect on a destination."""
        return self._first(app.namespace, lambda policy: app in policy.destinations)

    def credentials(
        self, policies: Sequence[JwtPolicy | None], issuers: Mapping[str, str], *, asked: bool = False
    ) -> Credentials:
        """A token for each of the policies where it looks for one, and a session if an authorizer is asked."""
        tokens = [
            _satisfying(each.providers[0], self.signers[each.name])
            for each in policies
            if each is not None and self.signers[each.name] in issuers.values()
        ]
        different = list(dict.fromkeys(tokens))
        if not different:
            return replace(NO_TOKEN, cookie=asked)
        second = different[1] if len(different) > 1 else None
        return replace(different[0], second=second, cookie=asked)

    def _first(self, namespace: str, selected: Callable[[JwtPolicy], bool]) -> JwtPolicy | None:
        """Of several policies of a workspace only the one that was created first takes effect."""
        workspace = self._workspace(namespace)
        policies = [each for each in self.state.policies if self._workspace(each.namespace) == workspace]
        return next((each for each in policies if selected(each)), None)

    def _workspace(self, namespace: str) -> str:
        return next(each.name for each in self.state.workspaces if namespace in each.namespaces)


def _satisfying(provider: Provider, issuer: str) -> Credentials:
    """The guide's sample token in the first place where the provider looks."""
    if provider.headers:
        name, prefix = provider.headers[0]
        return Credentials("developer", issuer, header=name, prefix=prefix)
    return Credentials("developer", issuer, parameter=provider.parameters[0] if provider.parameters else None)
