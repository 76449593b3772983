"""The whole of a check: a folder becomes objects on the embedded gateway, those are asked, and the answers judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gwjwt.checking import local_gateways, local_policies, local_routes
from gwjwt.checking.answers import Observed
from gwjwt.checking.asking import Bench
from gwjwt.checking.entries import Entry, Local, entries, further
from gwjwt.checking.findings import Finding, Findings, undecided
from gwjwt.checking.folder import Folder
from gwjwt.checking.kinds import note_other_kinds
from gwjwt.checking.manifests import GATEWAY_API, ISTIO, SECURITY, Found, Manifest, is_a
from gwjwt.checking.notes import Notes
from gwjwt.checking.pods import ROOT_NAMESPACE, Proxy, proxies
from gwjwt.checking.policies import paths_in
from gwjwt.checking.stand_ins import PORT, StandIn, StandIns
from gwjwt.checking.surroundings import Surroundings
from gwjwt.checking.trust import LocalIssuers, TrustRule, identity_headers, rules_in
from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.translate import virtual
from gwjwt.environments.protocol import CallingEnvironment, Environment
from gwjwt.errors import TargetError, UsageError
from gwjwt.redaction import redact

Policy: TypeAlias = tuple[Found, Manifest]
"""An object of the folder, and the manifest that is enforced in its place."""
Served: TypeAlias = tuple[Proxy, list[Manifest]]
"""A proxy, and its Gateways as they are served."""

_READ = (
    (SECURITY, "RequestAuthentication"),
    (SECURITY, "AuthorizationPolicy"),
    (GATEWAY_API, "Gateway"),
    (GATEWAY_API, "HTTPRoute"),
    (ISTIO, "Gateway"),
    (ISTIO, "VirtualService"),
)


@dataclass(frozen=True)
class Checked:
    """What a check has found."""

    folder: Folder
    proxies: tuple[Proxy, ...]
    observed: tuple[Observed, ...]
    findings: tuple[Finding, ...]
    on_purpose: tuple[tuple[Entry, str], ...]
    closed: tuple[tuple[Entry, str], ...]
    notes: Notes


class Check:
    """One folder on one environment, which is used up afterwards."""

    def __init__(
        self, folder: Folder, environment: Environment, cluster: Cluster, gateway_namespace: str | None = None
    ) -> None:
        self._folder, self._environment, self._cluster = folder, environment, cluster
        self._notes = Notes()
        self._issuers = LocalIssuers(environment.issuers, self._notes)
        self._proxies = tuple(proxies(folder, gateway_namespace))

    def run(self) -> Checked:
        """Do it all.

        Raises:
            UsageError: the folder has no gateway that could be checked.
            TargetError: the Kubernetes API does not accept an object.
            EnvironmentFailed: the embedded gateway broke.
        """
        note_other_kinds(self._folder, self._notes)
        if not self._proxies:
            raise UsageError(
                f"{self._folder.path}: no gateway in it: a Gateway of Istio, or one of the Gateway API of a class of "
                "Istio's; name a folder that has the gateway too"
            )
        self._require_acceptable()
        policies = self._localized_policies()
        self._stand_ins = self._stand_ins_behind(policies)
        routes = list(self._localized_routes())
        surroundings = Surroundings(
            self._proxies,
            tuple(self._folder.of(SECURITY, "RequestAuthentication")),
            tuple(self._folder.of(SECURITY, "AuthorizationPolicy")),
            tuple(each for each in policies if each[0].kind == "AuthorizationPolicy"),
            tuple(self._trust()),
            tuple(self._stand_ins),
        )
        served = self._served(policies)
        asked = self._deploy(surroundings, policies, routes, served)
        headers = _identity_headers(surroundings, asked)
        observed = tuple(self._bench(surroundings, each, headers).observe(each) for each in asked)
        return self._judged(surroundings, observed)

    def _of(self, *kinds: tuple[str, str]) -> list[Found]:
        return [each for group, kind in kinds for each in self._folder.of(group, kind)]

    def _require_acceptable(self) -> None:
        wanted = {each.namespace for each in self._of(*_READ)} | {
            each.name.namespace for each in self._proxies
        }
        for namespace in sorted(wanted | {ROOT_NAMESPACE}):
            if self._cluster.get(Reference("v1", "Namespace", "", namespace)) is None:
                self._environment.create_namespace(namespace)
        for each in self._of(*_READ):
            try:
                self._cluster.require_acceptable(each.manifest)
            except ApiRefused as refused:
                problem = f"the Kubernetes API does not accept it: {redact(refused.message)}"
                raise TargetError(str(each.place), str(each), problem) from refused

    def _require_namespaces(self, names: Iterable[str]) -> None:
        for name in sorted(set(names)):
            if self._cluster.get(Reference("v1", "Namespace", "", name)) is None:
                self._environment.create_namespace(name)

    def _localized_policies(self) -> list[Policy]:
        """The policies that are enforced, each as the embedded gateway can enforce it."""
        namespaces = {each.target.namespace for each in self._proxies}
        authentications = self._of((SECURITY, "RequestAuthentication"))
        found: list[Policy] = [(each, self._issuers.localized(each)) for each in authentications]
        for each in self._of((SECURITY, "AuthorizationPolicy")):
            callers = () if self._reaches_a_gateway(each) else namespaces
            manifest = local_policies.localized(each, callers, self._notes)
            if manifest is not None:
                found.append((each, manifest))
        return found

    def _reaches_a_gateway(self, policy: Found) -> bool:
        return any(each.reached_by(policy) for each in self._proxies)

    def _stand_ins_behind(self, policies: Sequence[Policy]) -> StandIns:
        behind = [each for each in policies if not self._reaches_a_gateway(each[0])]
        beyond = [
            policy
            for policy, manifest in policies
            if local_policies.unsupported(policy, manifest) or local_policies.goes_by_port(policy)
        ]
        return StandIns(self._folder, [policy for policy, _ in behind], beyond)

    def _trust(self) -> Iterator[TrustRule]:
        for each in self._of((SECURITY, "RequestAuthentication")):
            if all(rule.get("issuer") for rule in rules_in(each)):
                yield from self._issuers.trusted(each)

    def _routes(self) -> list[Found]:
        return self._of((GATEWAY_API, "HTTPRoute"), (ISTIO, "VirtualService"))

    def _localized_routes(self) -> Iterable[Local]:
        for each in self._routes():
            manifest = local_routes.localized(each, self._stand_ins, self._notes)
            if manifest is not None:
                yield Local(each, manifest, self._stand_ins.by_service())

    def _served(self, policies: Sequence[Policy]) -> list[Served]:
        """The proxies that can be served, each with its Gateways as they are; the others are noted."""
        served = []
        for proxy in self._proxies:
            in_the_way = [
                (policy, field)
                for policy, manifest in policies
                if proxy.reached_by(policy) and (field := local_policies.unsupported(policy, manifest))
            ]
            for policy, field in in_the_way:
                what = f"{field}, which the embedded gateway cannot enforce, so nothing is known of {proxy}"
                self._notes.leave_out(what, policy, whole=True)
            local = local_gateways.of_gateway_api if proxy.of_gateway_api else local_gateways.of_istio
            gateways = [found for each in proxy.gateways if (found := local(each, self._notes)) is not None]
            if gateways and not in_the_way:
                self._notes.assume(proxy.assumed)
                served.append((proxy, gateways))
        return served

    def _deploy(
        self,
        surroundings: Surroundings,
        policies: Sequence[Policy],
        routes: list[Local],
        served: Sequence[Served],
    ) -> list[Entry]:
        """Bring everything onto the environment, and say where to ask."""
        asked: list[Entry] = []
        for proxy, gateways in served:
            found = list(entries(proxy, gateways, routes, self._notes))
            if not found and not any(_leads_to(each, proxy) for each in self._routes()):
                routes.append(self._catch_all(proxy))
                found = list(entries(proxy, gateways, routes[-1:], self._notes))
            rules = [rule for each in found for rule in surroundings.rules_at(each)]
            asked += [*found, *further(found, paths_in(rules))]
            if not proxy.of_gateway_api:
                self._environment.deploy_gateway(proxy.name, proxy.target.labels)
        self._require_namespaces(each.app.namespace for each in self._stand_ins)
        self._write(
            *(
                manifest
                for policy, manifest in policies
                if any(at.reached_by(policy) for at in (*(proxy for proxy, _ in served), *self._stand_ins))
            ),
            *(manifest for _, gateways in served for manifest in gateways),
        )
        for each in self._stand_ins:
            self._put_in(each)
        self._write(*(each.manifest for each in routes))
        self._environment.settle()
        return asked

    def _put_in(self, stand_in: StandIn) -> None:
        self._environment.deploy_workload(stand_in.app)
        if stand_in.sidecar:
            assert isinstance(self._environment, CallingEnvironment)
            self._notes.assume(stand_in.assumed)
            self._environment.deploy_sidecar(stand_in.app, stand_in.pods.labels)
            self._environment.deploy_service(stand_in.service, self._environment.sidecar(stand_in.app))

    def _catch_all(self, proxy: Proxy) -> Local:
        """A route for every path of a gateway to which no route of the folder leads."""
        gateway = proxy.gateways[0]
        self._notes.assume(f"no route in the folder leads to {gateway}: one for every path stands in")
        found = Found(_route_of(gateway), gateway.place)
        manifest = local_routes.localized(found, self._stand_ins, self._notes)
        assert manifest is not None
        return Local(found, manifest, self._stand_ins.by_service())

    def _write(self, *manifests: Manifest) -> None:
        for each in manifests:
            self._cluster.create({key: value for key, value in each.items() if key != "status"})

    def _bench(
        self, surroundings: Surroundings, entry: Entry, identity_headers: Mapping[str, tuple[str, ...]]
    ) -> Bench:
        return Bench(
            self._environment,
            tuple(surroundings.trust_at(entry)),
            tuple(surroundings.rules_at(entry)),
            self._issuers.stranger,
            identity_headers,
        )

    def _judged(self, surroundings: Surroundings, observed: tuple[Observed, ...]) -> Checked:
        judge = Findings(surroundings)
        for each in observed:
            if nothing_said := undecided(each):
                self._notes.leave_out(nothing_said, each.entry.route, whole=True)
        return Checked(
            self._folder,
            self._proxies,
            observed,
            tuple(finding for each in observed for finding in judge.of(each)),
            tuple((each.entry, why) for each in observed if (why := judge.on_purpose(each))),
            tuple((each.entry, why) for each in observed if (why := judge.closed(each))),
            self._notes,
        )


def _identity_headers(surroundings: Surroundings, asked: Sequence[Entry]) -> dict[str, tuple[str, ...]]:
    """By backend, the headers of rules at any gateway that leads to it, and of rules that reach no gateway."""
    lost = [each for each in surroundings.request_authentications if surroundings.reaches_nothing(each)]
    of_lost = [header for each in lost for rule in rules_in(each) for header in identity_headers(rule)]
    found: dict[str, tuple[str, ...]] = {}
    for entry in asked:
        rules = surroundings.trust_at(entry)
        headers = [header for each in rules for header in each.identity_headers]
        found[entry.backend] = tuple(dict.fromkeys([*found.get(entry.backend, ()), *headers, *of_lost]))
    return found


def _leads_to(route: Found, proxy: Proxy) -> bool:
    """Whether a route names one of the gateways, served or not."""
    if is_a(route, ISTIO, "VirtualService"):
        named = set(virtual.gateways_of(route.manifest))
    else:
        named = {(each.namespace, each.name) for each, _ in selection.parents(route.manifest)}
    return any((each.namespace, each.name) in named for each in proxy.gateways)


def _route_of(gateway: Found) -> Manifest:
    metadata = {"name": f"{gateway.name}-every-path", "namespace": gateway.namespace}
    if gateway.group == GATEWAY_API:
        parents = [{"name": gateway.name}]
        rules = [{"backendRefs": [{"name": "stand-in", "port": PORT}]}]
        spec: Manifest = {"parentRefs": parents, "rules": rules}
        return {"apiVersion": f"{GATEWAY_API}/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec}
    http = [{"route": [{"destination": {"host": "stand-in"}}]}]
    spec = {"hosts": ["*"], "gateways": [gateway.name], "http": http}
    return {"apiVersion": f"{ISTIO}/v1", "kind": "VirtualService", "metadata": metadata, "spec": spec}
