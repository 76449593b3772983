"""Faults of the manifests for ``gloo-jwt-policy``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gwjwt.reference.faults.manifests import Change, Manifest, ManifestFault, dropping, editing, without

_PROFILE = "gloo-jwt-policy"
_ISSUER = "https://dev.example.com"
_OTHER_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)
"""The example key of RFC 7515, appendix A.3, in PEM; no issuer of a scenario has it."""

Edit = Callable[[dict[str, Any]], Mapping[str, Any]]


def _config(edit: Edit) -> Change:
    return editing("JWTPolicy", lambda spec: {**spec, "config": edit(dict(spec["config"]))})


def _provider(edit: Edit) -> Change:
    """Replace every provider of every policy by what is made of it."""
    return _config(
        lambda config: {
            **config,
            "providers": {name: edit(dict(each)) for name, each in config["providers"].items()},
        }
    )


def _source(edit: Edit) -> Change:
    """Replace every configured token source by what is made of it."""

    def edited(provider: dict[str, Any]) -> Mapping[str, Any]:
        if "tokenSource" not in provider:
            return provider
        return {**provider, "tokenSource": edit(dict(provider["tokenSource"]))}

    return _provider(edited)


def _claims(edit: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Change:
    return _provider(
        lambda provider: {
            **provider,
            "claimsToHeaders": [edit(each) for each in provider.get("claimsToHeaders", ())],
        }
    )


def _routes(edit: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]) -> Change:
    """Replace every http route of every table by what is made of it and of the table."""

    def edited(table: Manifest) -> Manifest:
        if table["kind"] != "RouteTable":
            return table
        return {
            **table,
            "spec": {**table["spec"], "http": [edit(each, table) for each in table["spec"]["http"]]},
        }

    return lambda manifests: [edited(each) for each in manifests]


def _lingering(kind: str) -> Change:
    """Objects of a kind stay for as long as the Workspace of their namespace does."""
    known: dict[tuple[str, str], Manifest] = {}

    def lingering(manifests: Sequence[Manifest]) -> list[Manifest]:
        now = {(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in manifests}
        namespaces = {
            one["name"]
            for each in manifests
            if each["kind"] == "Workspace"
            for cluster in each["spec"]["workloadClusters"]
            for one in cluster["namespaces"]
        }
        known.update({key: each for key, each in now.items() if each["kind"] == kind})
        stayed = [each for key, each in known.items() if key[0] in namespaces and key not in now]
        return [*manifests, *stayed]

    return lingering


def _first_by_name(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Of the policies that select the same, only the one whose name comes first."""

    def selects(policy: Manifest) -> tuple[Any, Any]:
        return policy["spec"].get("applyToRoutes"), policy["spec"].get("applyToDestinations")

    def is_beaten(policy: Manifest) -> bool:
        return policy["kind"] == "JWTPolicy" and any(
            each["kind"] == "JWTPolicy"
            and selects(each) == selects(policy)
            and each["metadata"]["name"] < policy["metadata"]["name"]
            for each in manifests
        )

    return [each for each in manifests if not is_beaten(each)]


def _only_the_guide_s_issuer(manifests: Sequence[Manifest]) -> list[Manifest]:
    def is_another_s(policy: Manifest) -> bool:
        if policy["kind"] != "JWTPolicy":
            return False
        providers = policy["spec"]["config"]["providers"].values()
        return all(each.get("issuer") not in (None, _ISSUER) for each in providers)

    return [each for each in manifests if not is_another_s(each)]


def _at_every_gateway(manifests: Sequence[Manifest]) -> list[Manifest]:
    gateways = [
        {key: each["metadata"][key] for key in ("name", "namespace")}
        for each in manifests
        if each["kind"] == "VirtualGateway"
    ]
    return (
        editing(
            "RouteTable", lambda spec: {**without(spec, "workloadSelectors"), "virtualGateways": gateways}
        )(manifests)
        if gateways
        else list(manifests)
    )


def _never_all_routes(spec: dict[str, Any]) -> Mapping[str, Any]:
    if spec.get("applyToRoutes") or spec.get("applyToDestinations"):
        return spec
    return {**spec, "applyToRoutes": [{"route": {"labels": {"no": "route"}}}]}


def _of_routes_for_all_destinations(spec: dict[str, Any]) -> Mapping[str, Any]:
    return {**spec, "applyToDestinations": [{"selector": {}}]} if spec.get("applyToRoutes") else spec


def _of_destinations_for_all_routes(spec: dict[str, Any]) -> Mapping[str, Any]:
    return {**spec, "applyToRoutes": [{"route": {}}]} if spec.get("applyToDestinations") else spec


def _by_provider_too(spec: dict[str, Any]) -> Mapping[str, Any]:
    if not spec.get("applyToRoutes"):
        return spec
    names = [
        {"route": {"labels": {"route": name}}} for name in spec["config"]["providers"] if ":" not in name
    ]
    return {**spec, "applyToRoutes": [*spec["applyToRoutes"], *names]}


def _named_issuer(config: dict[str, Any]) -> Mapping[str, Any]:
    providers = {
        name: {**each, "issuer": name} if "://" in name else each
        for name, each in config["providers"].items()
    }
    return {**config, "providers": providers}


def _one_provider_for_each_place(config: dict[str, Any]) -> Mapping[str, Any]:
    providers = {}
    for name, each in config["providers"].items():
        for part in ("headers", "queryParameters"):
            source = {part: each.get("tokenSource", {}).get(part, [])}
            if source[part]:
                providers[f"{name}-{part}"] = {**each, "tokenSource": source}
    return {**config, "providers": providers or config["providers"]}


def _bare_header_too(config: dict[str, Any]) -> Mapping[str, Any]:
    providers = {}
    for name, each in config["providers"].items():
        bare = [{"name": one["name"]} for one in each.get("tokenSource", {}).get("headers", ())]
        providers[name] = each
        if bare:
            providers[f"{name}-bare"] = {**each, "tokenSource": {"headers": bare}}
    return {**config, "providers": providers}


def _phases_swapped(config: dict[str, Any]) -> Mapping[str, Any]:
    other = {"preAuthz": "postAuthz", "postAuthz": "preAuthz"}
    return {**config, "phase": {other[name]: value for name, value in config["phase"].items()}}


def _priorities_negated(config: dict[str, Any]) -> Mapping[str, Any]:
    return {
        **config,
        "phase": {
            name: {"priority": 1 - 2 * value.get("priority", 0)} for name, value in config["phase"].items()
        },
    }


def _first_provider_only(config: dict[str, Any]) -> Mapping[str, Any]:
    first = next(iter(config["providers"].items()))
    return {**config, "providers": dict([first])}


def _swapped_claims(each: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**each, "claim": {"org": "email", "email": "org", "group": "scope"}[each["claim"]]}


def _another_key(provider: dict[str, Any]) -> Mapping[str, Any]:
    return {**provider, "local": {"inline": _OTHER_KEY}} if "local" in provider else provider


def _remote_key_replaced(provider: dict[str, Any]) -> Mapping[str, Any]:
    return (
        {**without(provider, "remote"), "local": {"inline": _OTHER_KEY}} if "remote" in provider else provider
    )


def _fault(name: str, summary: str, clauses: str, change: Change) -> ManifestFault:
    return ManifestFault(
        f"gloo-{name}", summary, _PROFILE, tuple(f"GLOO-{each}" for each in clauses.split()), change
    )


_CLAIMS = "CLAIM-01 CLAIM-02 CLAIM-03 CLAIM-05 CLAIM-06 CLAIM-07 CLAIM-09"
"""What is seen where claims of a token in X-Auth are handed on."""
_TOKENS = f"{_CLAIMS} CLAIM-04 TOKEN-01 TOKEN-03 TOKEN-05 JWT-01 ISS-01 ISS-02 ISS-03 KEY-01 PROVIDER-01 PROVIDER-03"
"""What is seen where a token in X-Auth passes."""
_REFUSALS = (
    "DENY-01 DENY-02 DENY-03 DENY-04 OK-01 OK-03 TOKEN-02 TOKEN-04 TOKEN-08 PROVIDER-02 ROUTE-01 ROUTE-02 "
    "ROUTE-03 ROUTE-04 ROUTE-05 LEVEL-01 MATCH-01 MATCH-02 EW-02 MULTI-01 MULTI-02 MULTI-03 MULTI-04 PHASE-01 "
    "PHASE-02 PHASE-03 PHASE-04 CLEAN-01"
)
"""What is seen where something is denied, which is paired with a token in X-Auth that passes."""

FAULTS = (
    _fault(
        "policy-dropped",
        "no JWTPolicy is written",
        f"{_TOKENS} {_REFUSALS} OK-02 TOKEN-06 KEY-02",
        dropping("JWTPolicy"),
    ),
    _fault(
        "header-dropped",
        "X-Auth is not looked at",
        f"{_TOKENS} {_REFUSALS} CLAIM-08 KEY-02 FWD-01",
        _source(lambda source: without(source, "headers")),
    ),
    _fault(
        "query-dropped",
        "auth_token is not looked at",
        "OK-01 OK-02 OK-03 TOKEN-02 TOKEN-03",
        _source(lambda source: without(source, "queryParameters")),
    ),
    _fault(
        "more-sources",
        "the default places are looked at beside the configured ones",
        "TOKEN-04 TOKEN-08",
        _source(
            lambda source: {
                "headers": [*source.get("headers", ()), {"name": "Authorization", "prefix": "Bearer "}],
                "queryParameters": [*source.get("queryParameters", ()), "access_token"],
            }
        ),
    ),
    _fault(
        "prefix-optional",
        "a second provider looks at X-Auth without a prefix",
        "TOKEN-05 DENY-04 ISS-01 PHASE-01 PHASE-03 PHASE-04",
        _config(_bare_header_too),
    ),
    _fault(
        "default-sources",
        "with no token source X-Auth is looked at",
        "TOKEN-06 TOKEN-08 PHASE-02",
        _provider(lambda provider: {"tokenSource": {"headers": [{"name": "X-Auth"}]}, **provider}),
    ),
    _fault(
        "one-token-is-enough", "a provider for each place", "TOKEN-03", _config(_one_provider_for_each_place)
    ),
    _fault(
        "token-kept",
        "the token is sent on",
        "OK-03",
        _provider(lambda provider: {**provider, "keepToken": True}),
    ),
    _fault(
        "claims-dropped",
        "claims are not mapped to headers",
        f"{_CLAIMS} OK-02 MULTI-01 PHASE-01 PHASE-02",
        _provider(lambda provider: without(provider, "claimsToHeaders")),
    ),
    _fault(
        "claims-always",
        "the organisation is handed on in any case",
        "CLAIM-04 CLAIM-09",
        _provider(
            lambda provider: {
                **provider,
                "claimsToHeaders": [
                    *(each for each in provider.get("claimsToHeaders", ()) if each["claim"] != "org"),
                    *(
                        [each for each in provider.get("claimsToHeaders", ()) if each["claim"] == "org"]
                        or [{"claim": "org", "header": "x-org"}]
                    ),
                ],
            }
        ),
    ),
    _fault(
        "claims-swapped",
        "claims are in each other's headers",
        f"{_CLAIMS} OK-02 MULTI-01 PHASE-01 PHASE-02",
        _claims(_swapped_claims),
    ),
    _fault(
        "append-inverted",
        "what is to be appended overwrites, and the other way round",
        "CLAIM-05 CLAIM-06",
        _claims(lambda each: {**each, "append": not each["append"]}),
    ),
    _fault(
        "issuer-dropped",
        "issuers are not checked",
        "ISS-01 ISS-03 DENY-04 PROVIDER-01",
        _provider(lambda provider: without(provider, "issuer")),
    ),
    _fault(
        "issuer-added",
        "an issuer is checked where none is set",
        "ISS-02",
        _provider(lambda provider: {"issuer": _ISSUER, **provider}),
    ),
    _fault(
        "another-key",
        "the key in the policy is somebody else's",
        f"{_TOKENS} {_REFUSALS} OK-02 CLAIM-08 TOKEN-06 FWD-01",
        _provider(_another_key),
    ),
    _fault(
        "remote-key-replaced",
        "a key in the policy, in place of the one to be fetched",
        "KEY-02",
        _provider(_remote_key_replaced),
    ),
    _fault(
        "provider-s-name-matters",
        "a provider's name is its issuer if it looks like one",
        "PROVIDER-01",
        _config(_named_issuer),
    ),
    _fault(
        "one-provider", "only the first provider of a policy", "PROVIDER-03", _config(_first_provider_only)
    ),
    _fault(
        "selected-by-provider",
        "the provider's name selects routes",
        "PROVIDER-02",
        editing("JWTPolicy", _by_provider_too),
    ),
    _fault(
        "all-routes",
        "a selector of routes is left out",
        "ROUTE-01 ROUTE-02 PROVIDER-02 MULTI-04 FWD-01",
        editing("JWTPolicy", lambda spec: without(spec, "applyToRoutes")),
    ),
    _fault(
        "no-routes",
        "without a selector a policy is for no route",
        "ROUTE-03 ROUTE-04",
        editing("JWTPolicy", _never_all_routes),
    ),
    _fault(
        "table-s-labels",
        "a route has the labels of its table as well",
        "ROUTE-01",
        _routes(lambda route, table: {**route, "labels": {**table["metadata"]["labels"], **route["labels"]}}),
    ),
    _fault(
        "one-workspace",
        "a workspace takes in all namespaces",
        "ROUTE-04",
        editing(
            "Workspace", lambda _spec: {"workloadClusters": [{"name": "*", "namespaces": [{"name": "*"}]}]}
        ),
    ),
    _fault(
        "destinations-too",
        "a policy for routes is for all destinations as well",
        "ROUTE-01 ROUTE-02 PROVIDER-02 EW-02 FWD-01 MULTI-01 MULTI-04",
        editing("JWTPolicy", _of_routes_for_all_destinations),
    ),
    _fault(
        "routes-too",
        "a policy for a destination is for all routes as well",
        "ROUTE-05 LEVEL-01 PHASE-03 PHASE-04",
        editing("JWTPolicy", _of_destinations_for_all_routes),
    ),
    _fault(
        "destination-forgotten",
        "a selector of destinations is left out",
        "ROUTE-05 LEVEL-01 MULTI-02 PHASE-03 PHASE-04",
        editing("JWTPolicy", lambda spec: without(spec, "applyToDestinations")),
    ),
    _fault(
        "first-by-name", "of several policies the first by name counts", "MULTI-01 MULTI-02", _first_by_name
    ),
    _fault(
        "one-issuer",
        "policies of other issuers are left out",
        "MULTI-03 MULTI-04 ISS-03",
        _only_the_guide_s_issuer,
    ),
    _fault("phases-swapped", "the phases are each other's", "PHASE-01 PHASE-02", _config(_phases_swapped)),
    _fault(
        "priorities-inverted",
        "the highest priority runs first",
        "PHASE-03 PHASE-04",
        _config(_priorities_negated),
    ),
    _fault(
        "every-request-matches",
        "routes ask for no header",
        "MATCH-01 EW-01 ROUTE-01 ROUTE-02 ROUTE-03 ROUTE-05 LEVEL-01 PROVIDER-02 FWD-01 MULTI-04",
        _routes(lambda route, _table: without(route, "matchers")),
    ),
    _fault(
        "one-client",
        "the routes are for one workload",
        "MATCH-02 ROUTE-04",
        editing(
            "RouteTable",
            lambda spec: (
                {**spec, "workloadSelectors": [{"selector": {"labels": {"app": "sleep"}}}]}
                if "workloadSelectors" in spec
                else spec
            ),
        ),
    ),
    _fault(
        "one-destination",
        "all routes of a table go where the first one goes",
        "FWD-01 ROUTE-05 LEVEL-01",
        _routes(lambda route, table: {**route, "forwardTo": table["spec"]["http"][0]["forwardTo"]}),
    ),
    _fault("exposed", "the routes of the mesh are at the ingress gateway", "EW-01", _at_every_gateway),
    _fault("policies-linger", "a policy that is deleted stays", "CLEAN-01 MULTI-03", _lingering("JWTPolicy")),
    _fault("tables-linger", "a table that is deleted stays", "CLEAN-02", _lingering("RouteTable")),
)
