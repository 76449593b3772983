"""Faults of the manifests for ``gloo-jwt-policy``."""

from __future__ import annotations

from gwjwt.reference.faults import gloo_changes as change
from gwjwt.reference.faults.manifests import Change, ManifestFault, dropping, editing, without

_PROFILE = "gloo-jwt-policy"


def _fault(name: str, summary: str, clauses: str, change: Change) -> ManifestFault:
    violated = tuple(f"GLOO-{each}" for each in clauses.split())
    return ManifestFault(f"gloo-{name}", summary, _PROFILE, violated, change)


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
        change.source(lambda source: without(source, "headers")),
    ),
    _fault(
        "query-dropped",
        "auth_token is not looked at",
        "OK-01 OK-02 OK-03 TOKEN-02 TOKEN-03",
        change.source(lambda source: without(source, "queryParameters")),
    ),
    _fault(
        "more-sources",
        "the default places are looked at beside the configured ones",
        "TOKEN-04 TOKEN-08",
        change.source(
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
        change.config(change.bare_header_too),
    ),
    _fault(
        "default-sources",
        "with no token source X-Auth is looked at",
        "TOKEN-06 TOKEN-08 PHASE-02",
        change.provider(lambda provider: {"tokenSource": {"headers": [{"name": "X-Auth"}]}, **provider}),
    ),
    _fault(
        "one-token-is-enough",
        "a provider for each place",
        "TOKEN-03",
        change.config(change.one_provider_for_each_place),
    ),
    _fault(
        "token-kept",
        "the token is sent on",
        "OK-03",
        change.provider(lambda provider: {**provider, "keepToken": True}),
    ),
    _fault(
        "claims-dropped",
        "claims are not mapped to headers",
        f"{_CLAIMS} OK-02 MULTI-01 PHASE-01 PHASE-02",
        change.provider(lambda provider: without(provider, "claimsToHeaders")),
    ),
    _fault(
        "claims-always",
        "the organisation is handed on in any case",
        "CLAIM-04 CLAIM-09",
        change.provider(
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
        change.claims(change.swapped_claims),
    ),
    _fault(
        "append-inverted",
        "what is to be appended overwrites, and the other way round",
        "CLAIM-05 CLAIM-06",
        change.claims(lambda each: {**each, "append": not each["append"]}),
    ),
    _fault(
        "issuer-dropped",
        "issuers are not checked",
        "ISS-01 ISS-03 DENY-04 PROVIDER-01",
        change.provider(lambda provider: without(provider, "issuer")),
    ),
    _fault(
        "issuer-added",
        "an issuer is checked where none is set",
        "ISS-02",
        change.provider(lambda provider: {"issuer": change.ISSUER, **provider}),
    ),
    _fault(
        "another-key",
        "the key in the policy is somebody else's",
        f"{_TOKENS} {_REFUSALS} OK-02 CLAIM-08 TOKEN-06 FWD-01",
        change.provider(change.another_key),
    ),
    _fault(
        "remote-key-replaced",
        "a key in the policy, in place of the one to be fetched",
        "KEY-02",
        change.provider(change.remote_key_replaced),
    ),
    _fault(
        "provider-s-name-matters",
        "a provider's name is its issuer if it looks like one",
        "PROVIDER-01",
        change.config(change.named_issuer),
    ),
    _fault(
        "one-provider",
        "only the first provider of a policy",
        "PROVIDER-03",
        change.config(change.first_provider_only),
    ),
    _fault(
        "selected-by-provider",
        "the provider's name selects routes",
        "PROVIDER-02",
        editing("JWTPolicy", change.by_provider_too),
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
        editing("JWTPolicy", change.never_all_routes),
    ),
    _fault(
        "table-s-labels",
        "a route has the labels of its table as well",
        "ROUTE-01",
        change.routes(
            lambda route, table: {**route, "labels": {**table["metadata"]["labels"], **route["labels"]}}
        ),
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
        "ROUTE-01 ROUTE-02 PROVIDER-02 EW-02 FWD-01 MULTI-04 PHASE-03 PHASE-04",
        editing("JWTPolicy", change.of_routes_for_all_destinations),
    ),
    _fault(
        "routes-too",
        "a policy for a destination is for all routes as well",
        "ROUTE-05 LEVEL-01",
        editing("JWTPolicy", change.of_destinations_for_all_routes),
    ),
    _fault(
        "destination-forgotten",
        "a selector of destinations is left out",
        "ROUTE-05 LEVEL-01 MULTI-02 PHASE-03 PHASE-04",
        editing("JWTPolicy", lambda spec: without(spec, "applyToDestinations")),
    ),
    _fault(
        "first-by-name",
        "of several policies the first by name counts",
        "MULTI-01 MULTI-02",
        change.first_by_name,
    ),
    _fault(
        "created-again",
        "a policy that is changed is deleted and created again, and is the youngest from then on",
        "MULTI-01",
        change.created_again,
    ),
    _fault(
        "one-issuer",
        "policies of other issuers are left out",
        "MULTI-03 MULTI-04 ISS-03",
        change.only_the_guide_s_issuer,
    ),
    _fault(
        "phases-swapped",
        "the phases are each other's",
        "PHASE-01 PHASE-02",
        change.config(change.phases_swapped),
    ),
    _fault(
        "priorities-inverted",
        "the highest priority runs first",
        "PHASE-03 PHASE-04",
        change.config(change.priorities_negated),
    ),
    _fault(
        "every-request-matches",
        "routes ask for no header",
        "MATCH-01 EW-01 ROUTE-01 ROUTE-02 ROUTE-05 LEVEL-01 PROVIDER-02 FWD-01 MULTI-04",
        change.routes(lambda route, _table: without(route, "matchers")),
    ),
    _fault(
        "one-client",
        "the labels are on the routes of one workload, and other workloads have routes without",
        "MATCH-02",
        change.labelled_for_one_client,
    ),
    _fault(
        "one-destination",
        "all routes of a table go where the first one goes",
        "FWD-01 ROUTE-05 LEVEL-01",
        change.routes(lambda route, table: {**route, "forwardTo": table["spec"]["http"][0]["forwardTo"]}),
    ),
    _fault("exposed", "the routes of the mesh are at the ingress gateway", "EW-01", change.at_every_gateway),
    _fault(
        "policies-linger",
        "a policy that is deleted stays",
        "CLEAN-01 MULTI-03",
        change.lingering("JWTPolicy"),
    ),
    _fault("tables-linger", "a table that is deleted stays", "CLEAN-02", change.lingering("RouteTable")),
)
