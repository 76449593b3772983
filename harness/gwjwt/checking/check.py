"""The whole of a check: a folder becomes objects on the embedded gateway, those are asked, and the answers judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gwjwt.checking import local_gateways, local_policies, local_routes
from gwjwt.checking.answers import Observed
from gwjwt.checking.asking import Bench
from gwjwt.checking.entries import Entry, Local, entries, further
from gwjwt.checking.findings import Finding, Findings, undecided
from gwjwt.checking.folder import Folder
from gwjwt.checking.kinds import note_other_kinds
from gwjwt.checking.manifests import GATEWAY_API, ISTIO, SECURITY, Found, Manifest
from gwjwt.checking.notes import Notes
from gwjwt.checking.pods import ROOT_NAMESPACE, Proxy, proxies
from gwjwt.checking.surroundings import Surroundings
from gwjwt.checking.trust import LocalIssuers, identity_headers, rules_in
from gwjwt.cluster import ApiRefused, Cluster, Reference
from gwjwt.environments.protocol import Environment
from gwjwt.errors import TargetError, UsageError
from gwjwt.redaction import redact

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
        self._notes, self._stand_ins = Notes(), local_routes.StandIns()
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
        surroundings, locals_ = self._localized()
        served = self._served(surroundings)
        asked = self._deploy(surroundings, locals_, served)
        headers = _identity_headers(surroundings, asked)
        benches = {proxy.name: self._bench(surroundings, proxy, headers) for proxy, _ in served}
        observed = tuple(benches[each.proxy.name].observe(each) for each in asked)
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

    def _localized(self) -> tuple[Surroundings, list[Local]]:
        authentications = self._folder.of(SECURITY, "RequestAuthentication")
        policies = self._folder.of(SECURITY, "AuthorizationPolicy")
        enforced = [(each, local_policies.localized(each, self._notes)) for each in policies]
        return (
            Surroundings(
                self._proxies,
                tuple(authentications),
                tuple(policies),
                tuple((each, manifest) for each, manifest in enforced if manifest is not None),
                tuple(
                    rule
                    for each in authentications
                    if _has_issuers(each)
                    for rule in self._issuers.trusted(each)
                ),
            ),
            [*self._localized_routes()],
        )

    def _localized_routes(self) -> Iterable[Local]:
        for each in self._of((GATEWAY_API, "HTTPRoute"), (ISTIO, "VirtualService")):
            manifest = local_routes.localized(each, self._stand_ins, self._notes)
            if manifest is not None:
                yield Local(each, manifest, self._stand_ins.names)

    def _served(self, surroundings: Surroundings) -> list[tuple[Proxy, list[Manifest]]]:
        """The proxies that can be served, each with its Gateways as they are; the others are noted."""
        served = []
        for proxy in self._proxies:
            policies = [
                (each, self._issuers.localized(each)) for each in surroundings.request_authentications
            ]
            in_the_way = [
                (policy, field)
                for policy, manifest in (*policies, *surroundings.enforced)
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
        routes: list[Local],
        served: Sequence[tuple[Proxy, list[Manifest]]],
    ) -> list[Entry]:
        asked: list[Entry] = []
        for proxy, gateways in served:
            found = list(entries(proxy, gateways, routes, self._notes))
            if not found:
                routes.append(self._catch_all(proxy))
                found = list(entries(proxy, gateways, routes[-1:], self._notes))
            patterns = [
                pattern
                for rule in surroundings.rules_at(proxy)
                for operation in rule.operations
                for pattern in (*(operation.get("paths") or ()), *(operation.get("notPaths") or ()))
            ]
            asked += [*found, *further(found, patterns)]
            if not proxy.of_gateway_api:
                self._environment.deploy_gateway(proxy.name, proxy.target.labels)
        for app in self._stand_ins.apps:
            self._environment.deploy_workload(app)
        self._write(surroundings, routes, served)
        self._environment.settle()
        return asked

    def _catch_all(self, proxy: Proxy) -> Local:
        """A route for every path of a gateway to which no route of the folder leads."""
        gateway = proxy.gateways[0]
        self._notes.assume(f"no route in the folder leads to {gateway}: one for every path stands in")
        found = Found(_route_of(gateway), gateway.place)
        manifest = local_routes.localized(found, self._stand_ins, self._notes)
        assert manifest is not None
        return Local(found, manifest, self._stand_ins.names)

    def _write(
        self,
        surroundings: Surroundings,
        routes: Sequence[Local],
        served: Sequence[tuple[Proxy, list[Manifest]]],
    ) -> None:
        here = [proxy for proxy, _ in served]
        reaching = [
            *(
                self._issuers.localized(each)
                for each in surroundings.request_authentications
                if any(proxy.reached_by(each) for proxy in here)
            ),
            *(
                manifest
                for each, manifest in surroundings.enforced
                if any(proxy.reached_by(each) for proxy in here)
            ),
        ]
        for manifest in (
            *reaching,
            *(m for _, gateways in served for m in gateways),
            *(r.manifest for r in routes),
        ):
            self._cluster.create({key: value for key, value in manifest.items() if key != "status"})

    def _bench(
        self, surroundings: Surroundings, proxy: Proxy, identity_headers: Mapping[str, tuple[str, ...]]
    ) -> Bench:
        return Bench(
            self._environment,
            tuple(surroundings.trust_at(proxy)),
            tuple(surroundings.rules_at(proxy)),
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
        rules = surroundings.trust_at(entry.proxy)
        headers = [header for each in rules for header in each.identity_headers]
        found[entry.backend] = tuple(dict.fromkeys([*found.get(entry.backend, ()), *headers, *of_lost]))
    return found


def _has_issuers(found: Found) -> bool:
    return all(each.get("issuer") for each in rules_in(found))


def _route_of(gateway: Found) -> Manifest:
    metadata = {"name": f"{gateway.name}-every-path", "namespace": gateway.namespace}
    if gateway.group == GATEWAY_API:
        parents = [{"name": gateway.name}]
        rules = [{"backendRefs": [{"name": "stand-in", "port": local_routes.PORT}]}]
        spec: Manifest = {"parentRefs": parents, "rules": rules}
        return {"apiVersion": f"{GATEWAY_API}/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec}
    http = [{"route": [{"destination": {"host": "stand-in"}}]}]
    spec = {"hosts": ["*"], "gateways": [gateway.name], "http": http}
    return {"apiVersion": f"{ISTIO}/v1", "kind": "VirtualService", "metadata": metadata, "spec": spec}
