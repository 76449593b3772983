"""What is said about one mistake each, where everything else is right."""

from __future__ import annotations

import re

import pytest

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: NS}
spec:
  selector: {istio: edge-NS}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
"""
ROUTES = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: NS}
spec:
  hosts: [shop.example.com, api.example.com]
  gateways: [edge]
  http:
  - {match: [{uri: {prefix: /admin}}], route: [{destination: {host: admin}}]}
  - {match: [{uri: {prefix: /}}], route: [{destination: {host: shop}}]}
"""
TRUST = """
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: trust, namespace: NS}
spec:
  selector: {matchLabels: {istio: edge-NS}}
  jwtRules:
  - {issuer: "https://id.example.com", jwksUri: "https://id.example.com/keys", audiences: [shop]}
"""


def policy(spec: str, *, name: str = "guard", metadata: str = "") -> str:
    return f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}, namespace: NS{metadata}}}
spec: {{selector: {{matchLabels: {{istio: edge-NS}}}}, {spec}}}
"""


ANYBODY = 'notRequestPrincipals: ["*"]'
DENY = f"action: DENY, rules: [{{from: [{{source: {{{ANYBODY}}}}}]}}]"
DRY_RUN = ', annotations: {istio.io/dry-run: "true"}'


def together(*texts: str) -> str:
    """One file with the gateway and all that."""
    return "---".join([GATEWAY, *texts])


def deny_where(operation: str) -> str:
    return (
        f"action: DENY, rules: [{{from: [{{source: {{{ANYBODY}}}}}], to: [{{operation: {{{operation}}}}}]}}]"
    )


def allow(rule: str) -> str:
    return f"action: ALLOW, rules: [{{{rule}}}]"


def findings_of(checked) -> set[tuple[str, str]]:
    return {
        (each.kind, f"{each.entry.hostname}{each.entry.path}")
        for each in checked.findings
        if not each.entry.path.endswith("gwjwt-check")
    }


EVERYWHERE = {("open", f"{host}.example.com{path}") for host in ("shop", "api") for path in ("/", "/admin")}
CASES = {
    "dry run": ([policy(DENY, metadata=DRY_RUN)], EVERYWHERE, "AuthorizationPolicy NS/guard is a dry run"),
    "denies those who have a token": (
        [policy('action: DENY, rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]')],
        EVERYWHERE,
        "AuthorizationPolicy NS/guard rules[0] denies requestPrincipals, that is those who have a token",
    ),
    "allows those who have none": (
        [policy(allow(f"from: [{{source: {{{ANYBODY}}}}}]"))],
        EVERYWHERE,
        "AuthorizationPolicy NS/guard rules[0] allows notRequestPrincipals, that is those who have no token",
    ),
    "one host only": (
        [policy(deny_where('hosts: [shop.example.com, "shop.example.com:*"]'))],
        {each for each in EVERYWHERE if each[1].startswith("api")},
        "AuthorizationPolicy NS/guard rules[0] demands a token only for the hosts shop.example.com, ",
    ),
    "one method only": (
        [policy(deny_where("methods: [POST, PUT]"))],
        EVERYWHERE,
        "AuthorizationPolicy NS/guard rules[0] demands a token only for the methods POST, PUT, and not for GET",
    ),
    "what is below, and not the path itself": (
        [policy(deny_where('paths: ["/admin/*"]')), policy(deny_where('notPaths: ["/admin*"]'), name="rest")],
        {("open", "shop.example.com/admin"), ("open", "api.example.com/admin")},
        "AuthorizationPolicy NS/guard rules[0] demands a token only for the paths /admin/*, and not for /admin",
    ),
    "another port than the gateway's": (
        [policy(deny_where('ports: ["8443"]'))],
        EVERYWHERE,
        "AuthorizationPolicy NS/guard rules[0] demands a token only for the ports 8443, and not for 80",
    ),
    "ALLOW policies add up": (
        [
            policy(allow('from: [{source: {requestPrincipals: ["https://id.example.com/*"]}}]')),
            policy(allow("to: [{operation: {methods: [GET]}}]"), name="reading"),
        ],
        EVERYWHERE,
        "AuthorizationPolicy NS/reading rules[0] allows it and asks for no principal; ALLOW policies add up,",
    ),
    "a header of the client's": (
        [policy(allow('when: [{key: "request.headers[x-staff]", values: ["yes"]}]'))],
        {(kind.replace("open", "claimed-by-header"), place) for kind, place in EVERYWHERE},
        "AuthorizationPolicy NS/guard rules[0] goes by the request header x-staff, which any client can send",
    ),
    "a host with a port": (
        [policy(deny_where("hosts: [shop.example.com, api.example.com]"))],
        {(kind.replace("open", "around"), place) for kind, place in EVERYWHERE},
        "AuthorizationPolicy NS/guard rules[0] goes by hosts, and a host with a port is another one for it",
    ),
    "no policy at all": (
        [],
        EVERYWHERE,
        "RequestAuthentication NS/trust only refuses bad tokens, and nothing requires one",
    ),
    "a class of pods that is not there": (
        [policy(DENY).replace("istio: edge-NS", "istio: ingressgateway")],
        EVERYWHERE,
        "RequestAuthentication NS/trust only refuses bad tokens, and nothing requires one",
    ),
    "a target of another kind": (
        [
            policy(DENY).replace(
                "selector: {matchLabels: {istio: edge-NS}}",
                "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]",
            )
        ],
        EVERYWHERE,
        "AuthorizationPolicy NS/guard targets Gateway edge, and Gateway NS/edge is served by pods that only a selector",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_found_and_explained(name, check_files):
    policies, expected, why = CASES[name]
    files = {f"policy-{index}.yaml": text for index, text in enumerate(policies)}
    checked = check_files({"gateway.yaml": GATEWAY, "routes.yaml": ROUTES, "trust.yaml": TRUST, **files})
    assert findings_of(checked) == expected
    namespace = checked.proxies[0].target.namespace
    told = {each.cause.why.replace(namespace, "NS") for each in checked.findings if each.entry.own}
    assert all(each.startswith(why) for each in told), told


def test_two_slashes_get_past_a_policy_that_goes_by_paths(check_files):
    guard = policy(deny_where('notPaths: ["//*"]'))
    routes = ROUTES.replace("{prefix: /admin}", "{regex: '/+admin.*'}")
    checked = check_files({"all.yaml": together(routes, TRUST, guard)})
    assert ("around", "shop.example.com/") in findings_of(checked)


BEHIND = """
apiVersion: v1
kind: Service
metadata: {name: SERVICE, namespace: NS}
spec: {selector: {app.kubernetes.io/name: SERVICE}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: SERVICE, namespace: NS}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: SERVICE}}
  template:
    metadata: {labels: {app.kubernetes.io/name: SERVICE, tier: web}}
    spec: {containers: [{name: app, image: app}]}
"""
AT_THE_PODS = "tier: web"


def for_pods(text: str) -> str:
    return text.replace("istio: edge-NS", AT_THE_PODS)


def with_pods(*texts: str) -> str:
    """One file with routes to two apps, the pods of both, and all that."""
    apps = [BEHIND.replace("SERVICE", each) for each in ("admin", "shop")]
    return together(ROUTES, *apps, *texts)


def test_policies_for_the_pods_behind_are_enforced_there(check_files):
    checked = check_files({"all.yaml": with_pods(for_pods(TRUST), for_pods(policy(DENY)))})
    assert (checked.findings, checked.closed) == ((), ())
    assert sorted(each.partition("/")[2] for each in checked.notes.assumed if "sidecar" in each) == [
        "admin have a sidecar",
        "shop have a sidecar",
    ]


def test_policies_for_some_of_the_pods_leave_the_others_open(check_files):
    """Both apps validate tokens; only one of them demands any."""
    guard = policy(DENY).replace("istio: edge-NS", "app.kubernetes.io/name: admin")
    checked = check_files({"all.yaml": with_pods(for_pods(TRUST), guard)})
    assert findings_of(checked) == {each for each in EVERYWHERE if not each[1].endswith("/admin")}
    assert {each.cause.why.partition(" NS")[0].partition("/")[2] for each in checked.findings} == {
        "trust only refuses bad tokens, and nothing requires one"
    }


def test_a_token_that_the_gateway_does_not_forward_lets_nobody_in(check_files):
    both = [TRUST, for_pods(TRUST).replace("name: trust", "name: again"), for_pods(policy(DENY))]
    checked = check_files({"all.yaml": with_pods(*both)})
    assert checked.findings == ()
    assert len(checked.closed) == len(checked.observed)
    forwarding = TRUST.replace("audiences: [shop]", "audiences: [shop], forwardOriginalToken: true")
    checked = check_files({"all.yaml": with_pods(forwarding, *both[1:])})
    assert (checked.findings, checked.closed) == ((), ())


@pytest.mark.parametrize("namespace, who_gets_in", [("NS", True), ("elsewhere", False)])
def test_the_gateway_is_a_peer_of_the_pods(namespace, who_gets_in, check_files):
    peer = f"from: [{{source: {{namespaces: [{namespace}], requestPrincipals: ['*']}}}}]"
    checked = check_files({"all.yaml": with_pods(for_pods(TRUST), for_pods(policy(allow(peer))))})
    assert checked.findings == ()
    assert bool(checked.closed) is not who_gets_in


@pytest.mark.parametrize("label", ["istio-injection: disabled", "istio.io/dataplane-mode: ambient"])
def test_pods_without_a_sidecar_enforce_nothing(label, check_files):
    mesh = f"\napiVersion: v1\nkind: Namespace\nmetadata: {{name: NS, labels: {{{label}}}}}\n"
    checked = check_files({"all.yaml": with_pods(for_pods(TRUST), for_pods(policy(DENY)), mesh)})
    assert findings_of(checked) == EVERYWHERE
    told = f"has the label {label.replace(': ', '=')}: no sidecar enforces it"
    assert all(each.cause.why.endswith(told) for each in checked.findings)


def test_what_a_sidecar_here_cannot_enforce_is_said_beside_the_finding(check_files):
    guard = for_pods(policy(deny_where('ports: ["8080"]')))
    checked = check_files({"all.yaml": with_pods(TRUST, guard)})
    assert findings_of(checked) == EVERYWHERE
    assert "unless a sidecar of" in checked.findings[0].what


def test_a_principal_that_nobody_has_lets_nobody_in(check_files):
    guard = policy(allow('from: [{source: {requestPrincipals: ["https://id.example.com//*"]}}]'))
    checked = check_files({"all.yaml": together(ROUTES, TRUST, guard)})
    assert checked.findings == ()
    [why] = {why for _, why in checked.closed}
    assert (
        'names the principal "https://id.example.com//*", and the trusted issuers are https://id.example.com'
        in why
    )


def test_claims_and_subjects_that_policies_ask_for_are_in_the_valid_token(check_files):
    guard = policy(
        allow(
            'from: [{source: {requestPrincipals: ["https://id.example.com/robot"]}}], '
            'when: [{key: "request.auth.claims[realm][roles]", values: [admin]}, '
            "{key: request.auth.audiences, values: [backoffice]}]"
        )
    )
    checked = check_files({"all.yaml": together(ROUTES, TRUST, guard)})
    assert (checked.findings, checked.closed) == ((), ())


def test_what_cannot_be_enforced_leaves_the_gateway_unchecked(check_files):
    guard = policy(deny_where('notPaths: ["/{*}/status"]'))
    checked = check_files({"all.yaml": together(ROUTES, TRUST, guard)})
    assert checked.observed == ()
    [left_out] = [each for each in checked.notes.unchecked if each.whole]
    assert "paths with the template" in str(left_out)
    assert "nothing is known of Gateway" in str(left_out)


def test_a_route_that_cannot_be_served_is_named(check_files):
    routes = ROUTES.replace("{uri: {prefix: /admin}}", "{uri: {prefix: /admin}, ignoreUriCase: true}")
    checked = check_files({"all.yaml": together(routes, TRUST, policy(DENY))})
    assert {each.entry.path for each in checked.observed} >= {"/"}
    [left_out] = [each for each in checked.notes.unchecked if each.whole]
    assert "a route with match[0].ignoreUriCase" in str(left_out)


@pytest.mark.parametrize(
    "spec, told",
    [
        ("action: CUSTOM, provider: {name: login}, rules: [{}]", "asks the external authorizer login"),
        ("action: AUDIT, rules: [{}]", "only audits"),
        ("rules: [{from: [{source: {namespaces: [shop]}}]}]", "calls from inside the mesh"),
    ],
)
def test_what_is_left_out_of_policies_is_named(spec, told, check_files):
    files = [GATEWAY, ROUTES, TRUST, policy(DENY), policy(spec, name="other")]
    checked = check_files({"all.yaml": together(*files[1:])})
    assert findings_of(checked) == set()
    assert [each for each in checked.notes.unchecked if told in str(each)]


def test_who_calls_from_inside_the_mesh_is_not_who_calls_from_outside(check_files):
    """An ALLOW policy for a namespace of the mesh opens nothing to clients of the gateway, and closes all else."""
    inside = policy("rules: [{from: [{source: {namespaces: [shop]}}]}]")
    checked = check_files({"all.yaml": together(ROUTES, TRUST, inside)})
    assert checked.findings == ()
    assert len(checked.closed) == len(checked.observed)


ELSEWHERE = (
    TRUST.replace("edge-NS", "other-NS")
    .replace("audiences: [shop]", "audiences: [shop], outputClaimToHeaders: [{header: X-User, claim: sub}]")
    .replace("name: trust", "name: writing")
)


@pytest.mark.parametrize("where", ["the route", "its destination", "nobody"])
def test_a_header_that_the_route_removes_is_not_spoofed(where, check_files):
    removing = ", headers: {request: {remove: [x-user]}}"
    by_route = removing if where == "the route" else ""
    by_destination = removing if where == "its destination" else ""
    routes = re.sub(
        r"route: \[\{destination: (\{.*?\})\}\]",
        rf"route: [{{destination: \1{by_destination}}}]{by_route}",
        ROUTES,
    )
    checked = check_files({"all.yaml": together(routes, TRUST, policy(DENY), ELSEWHERE)})
    assert {kind for kind, _ in findings_of(checked)} == ({"spoofed-header"} if where == "nobody" else set())


REGULAR = [
    "/api/[a-z]+/items",
    "/v[0-9]+/orders",
    "/files/.*",
    "/(?:de|en)/start",
    r"/users/\d+",
    "/a?b",
    "/x/[^/]+",
]


@pytest.mark.parametrize("pattern", REGULAR)
def test_routes_by_regular_expressions_are_asked(pattern, check_files):
    routes = ROUTES.replace("{prefix: /admin}", f"{{regex: '{pattern}'}}")
    checked = check_files({"all.yaml": together(routes, TRUST, policy(DENY))})
    asked = {each.entry.path for each in checked.observed if each.entry.backend.endswith("/admin")}
    assert [each for each in asked if re.fullmatch(pattern, each)]
    assert (checked.findings, checked.closed) == ((), ())
    assert not any(each.whole for each in checked.notes.unchecked)


def test_other_kinds_are_named_or_counted(check_files):
    others = "---".join(
        f"\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: NS}}\n"
        for version, kind in [
            ("networking.istio.io/v1alpha3", "EnvoyFilter"),
            ("v1", "ConfigMap"),
            ("v1", "Secret"),
        ]
    )
    checked = check_files({"all.yaml": together(ROUTES, TRUST, policy(DENY), others)})
    said = [str(each) for each in checked.notes.unchecked]
    assert any("EnvoyFilter" in each and "changes Envoy's own configuration" in each for each in said)
    assert "kinds that have no say at a gateway: 1 ConfigMap, 1 Secret" in said
