"""What the wrong gateways of the embedded environment violate."""

from __future__ import annotations

from gwjwt.faults.catalogue import CataloguedFault, Level
from gwjwt.reporting.verdict import Verdict


def _gateway(name: str, summary: str, *clauses: str, level: Level = "gateway") -> CataloguedFault:
    return CataloguedFault(name, level, summary, clauses)


_ADMITTING = (
    "CHARM-VALIDATE-01",
    "CHARM-DENY-04",
    "CHARM-BEARER-04",
    "CHARM-UNION-01",
    "CHARM-UNION-02",
    "CHARM-FIELD-AUD-01",
    "CHARM-FIELD-AUD-03",
    "CHARM-REMOVE-02",
    "CHARM-MALFORMED-05",
    "CHARM-MALFORMED-07",
    "CHARM-FIELD-CLAIM-01",
    "CHARM-FIELD-JWKS-01",
    "ISTIO-VALIDTOKEN-01",
    "ISTIO-ALLOW-01",
    "ISTIO-ALLOW-02",
)
"""Clauses that say which requests pass."""

_TOKENS = (
    _gateway(
        "clock-ignored",
        "expired tokens and those that are not valid yet pass as valid",
        "CHARM-VALIDATE-04",
        "CHARM-DENY-03",
        "CHARM-SCOPE-01",
        "CHARM-BEARER-03",
        "ISTIO-ALLOW-05",
        "ISTIO-GOAL-01",
    ),
    _gateway(
        "shape-of-a-jwt-suffices",
        "whatever looks like a signed JWT passes unverified",
        "CHARM-VALIDATE-02",
        "CHARM-VALIDATE-03",
        "CHARM-DENY-03",
        "CHARM-BROWSER-02",
        "CHARM-UNION-03",
        "ISTIO-VALID-01",
        "ISTIO-GOAL-01",
    ),
    _gateway(
        "no-jwt-passes",
        "a Bearer value that has not three segments is not checked",
        "CHARM-VALIDATE-06",
        "CHARM-BEARER-03",
        "ISTIO-ALLOW-05",
    ),
    _gateway("unsigned-passes", "a token without a signature passes", "CHARM-VALIDATE-06", "ISTIO-VALID-01"),
    _gateway(
        "audience-ignored",
        "the audience of a token is not checked",
        "CHARM-FIELD-AUD-02",
        "CHARM-UNION-04",
        "ISTIO-VALID-03",
    ),
    _gateway("first-audience-only", "only the first of several audiences is accepted", "CHARM-FIELD-AUD-03"),
    _gateway(
        "audience-demanded-unasked",
        "a rule without audiences demands the issuer's name as the audience",
        "CHARM-FIELD-AUD-01",
    ),
    _gateway(
        "audience-of-another-rule",
        "the audiences of one rule are demanded from the tokens of every issuer",
        "CHARM-UNION-04",
        "CHARM-PUBLISH-01",
    ),
    _gateway(
        "any-known-key",
        "a token of one issuer may be signed with the key of another",
        "CHARM-FIELD-JWKS-01",
        "CHARM-UNION-04",
    ),
    _gateway("first-key-only", "only the first key of a key set is used", "CHARM-FIELD-JWKS-01"),
    _gateway("elliptic-keys-only", "only keys on elliptic curves are used", "CHARM-FIELD-JWKS-01"),
    _gateway(
        "nothing-discovered",
        "the key set of an issuer without jwks_uri is not looked for",
        "CHARM-FIELD-JWKS-02",
    ),
    _gateway("open-without-keys", "nothing is demanded while keys cannot be fetched", "CHARM-FIELD-JWKS-03"),
    _gateway(
        "issuer-ignored",
        "the issuer that a token names is not compared with the rule's",
        "CHARM-FIELD-ISSUER-02",
        "CHARM-VALIDATE-03",
        "ISTIO-VALID-02",
    ),
    _gateway(
        "issuer-that-begins-alike",
        "an issuer is trusted whose name begins with that of a rule",
        "CHARM-FIELD-ISSUER-02",
        "ISTIO-VALID-02",
    ),
    _gateway(
        "first-policy-only",
        "only one RequestAuthentication of a gateway is enforced",
        "CHARM-UNION-01",
        "CHARM-UNION-02",
        "CHARM-MULTI-01",
    ),
    _gateway("first-rule-of-each-policy", "only the first rule of a list is enforced", "CHARM-PUBLISH-01"),
    _gateway(
        "places-ignored",
        "tokens are looked for as if the rule named no place",
        "CHARM-FIELD-FROM-01",
        "CHARM-FIELD-FROM-02",
        "CHARM-FIELD-FROM-03",
        "CHARM-FIELD-FROM-04",
    ),
    _gateway("first-place-only", "only the first of several places is looked at", "CHARM-FIELD-FROM-04"),
    _gateway(
        "bearer-place-kept",
        "a Bearer token is found although the rule names other places",
        "CHARM-FIELD-FROM-03",
    ),
    _gateway(
        "prefix-always-bearer",
        "every place is expected to have the prefix Bearer",
        "CHARM-FIELD-FROM-01",
        "CHARM-FIELD-FROM-02",
    ),
    _gateway(
        "wrong-header",
        "tokens are looked for in another header",
        "CHARM-FIELD-FROM-01",
        "CHARM-FIELD-FROM-05",
        "CHARM-VALIDATE-01",
        "ISTIO-VALIDTOKEN-01",
    ),
    _gateway(
        "invalid-token-as-none",
        "a request with an invalid token is treated like one without",
        "ISTIO-ALLOW-05",
    ),
)

_IDENTITY = (
    _gateway("spoofed-header-wins", "the client's own value of a mapped header is kept", "CHARM-CLAIMS-05"),
    _gateway(
        "claim-appended-to-spoofed-header",
        "the claim is put beside the client's own value instead of in its place",
        "CHARM-CLAIMS-05",
    ),
    _gateway(
        "spoofed-header-for-missing-claim",
        "the client's own value is kept where the token has no such claim",
        "CHARM-CLAIMS-05",
    ),
    _gateway("missing-claim-invented", "a mapped header gets a value that no claim has", "CHARM-CLAIMS-04"),
    _gateway(
        "no-claim-mapped",
        "claims are not copied into headers",
        "CHARM-CLAIMS-01",
        "CHARM-CLAIMS-02",
        "CHARM-CLAIMS-03",
        "CHARM-SCOPE-03",
        "CHARM-BROWSER-01",
        "ISTIO-VALID-04",
        "ISTIO-PROPAGATE-01",
    ),
    _gateway("first-mapping-only", "only the first mapping of a rule is applied", "CHARM-CLAIMS-03"),
    _gateway(
        "subject-in-every-header",
        "every mapped header gets the subject",
        "CHARM-CLAIMS-01",
        "CHARM-CLAIMS-02",
        "CHARM-CLAIMS-03",
    ),
    _gateway("claims-mapped-unasked", "claims that no rule maps arrive in headers", "CHARM-FIELD-CLAIM-02"),
    _gateway(
        "mappings-of-all-rules", "the mappings of every rule are applied to every token", "CHARM-UNION-04"
    ),
    _gateway(
        "token-kept",
        "the workload sees the token, asked for or not",
        "CHARM-FIELD-FWD-02",
        "CHARM-FIELD-FWD-03",
    ),
    _gateway(
        "token-never-kept",
        "the workload never sees the token",
        "CHARM-FIELD-FWD-01",
        "ISTIO-PROPAGATE-01",
    ),
)

_REFUSALS = (
    _gateway(
        "open",
        "no policy is enforced",
        "CHARM-DENY-01",
        "CHARM-DENY-02",
        "CHARM-DENY-03",
        "CHARM-SCOPE-01",
        "CHARM-SCOPE-02",
        "CHARM-ROLE-01",
        "CHARM-ISOLATE-01",
        "CHARM-REMOVE-01",
        "ISTIO-NOTOKEN-01",
        "ISTIO-ALLOW-04",
        "ISTIO-RA-01",
        "ISTIO-FLOW-01",
    ),
    _gateway(
        "closed",
        "every request is refused",
        *_ADMITTING,
        "CHARM-CREATE-02",
        "CHARM-ISOLATE-02",
        "CHARM-REMOVE-03",
        "CHARM-MALFORMED-08",
        "CHARM-ROLE-02",
        "ISTIO-GW-01",
        "ISTIO-RA-03",
    ),
    _gateway(
        "deny-ignored",
        "DENY policies are not enforced",
        "CHARM-DENY-01",
        "CHARM-DENY-02",
        "CHARM-DENY-06",
        "CHARM-TYPE-01",
        "CHARM-SINGLE-02",
        "CHARM-SINGLE-03",
        "CHARM-MALFORMED-01",
        "CHARM-MALFORMED-02",
        "CHARM-MALFORMED-03",
        "CHARM-MALFORMED-06",
        "CHARM-MALFORMED-10",
        "CHARM-MALFORMED-11",
    ),
    _gateway(
        "allow-ignored",
        "ALLOW policies are not enforced",
        "ISTIO-NOTOKEN-01",
        "ISTIO-ALLOW-03",
        "ISTIO-ALLOW-04",
        "ISTIO-GOAL-01",
    ),
    _gateway("post-unchecked", "POST requests are not checked", "CHARM-DENY-02", "ISTIO-ALLOW-04"),
    _gateway(
        "head-and-options-unchecked",
        "HEAD and OPTIONS requests are not checked",
        "CHARM-DENY-02",
        "ISTIO-ALLOW-04",
    ),
    _gateway("queries-unchecked", "requests with a query are not checked", "CHARM-DENY-02", "ISTIO-ALLOW-04"),
    _gateway(
        "deep-paths-unchecked", "only the first segment of a path is guarded", "CHARM-DENY-02", "ISTIO-GW-03"
    ),
    _gateway(
        "first-route-only",
        "only the first route of a gateway is guarded",
        "CHARM-SCOPE-01",
        "CHARM-SCOPE-02",
        "CHARM-SCOPE-06",
        "CHARM-SINGLE-03",
        "CHARM-UNION-03",
    ),
    _gateway("first-host-only", "only the first hostname of a gateway is guarded", "ISTIO-GW-03"),
    _gateway("cookie-suffices", "a cookie lets a request pass", "CHARM-DENY-05", "CHARM-BEARER-03"),
    _gateway("basic-suffices", "the scheme Basic lets a request pass", "CHARM-DENY-05"),
    _gateway("unknown-scheme-suffices", "a scheme other than Bearer lets a request pass", "CHARM-DENY-05"),
    _gateway("subject-not-needed", "a token without a subject names a principal", "CHARM-DENY-06"),
    _gateway(
        "checked-after-forwarding",
        "a request is refused after it has reached the workload",
        "CHARM-VALIDATE-05",
        "CHARM-VALIDATE-02",
        "ISTIO-BEFORE-01",
    ),
    _gateway(
        "validated-before-the-login",
        "tokens are looked for before the authorizer has added one",
        "CHARM-BROWSER-01",
        "CHARM-BROWSER-02",
    ),
    _gateway(
        "authorizer-never-asked",
        "the external authorizer is never asked",
        "CHARM-BEARER-02",
        "CHARM-BROWSER-03",
        "CHARM-BEARER-06",
        "CHARM-SINGLE-04",
        "CHARM-MALFORMED-11",
        "CHARM-ROLE-04",
    ),
    _gateway(
        "authorizer-asked-about-all",
        "the external authorizer is asked about valid Bearer tokens too",
        "CHARM-BEARER-05",
    ),
    _gateway(
        "authorizer-decides-alone",
        "nothing more is demanded of anybody while there is an authorizer",
        "CHARM-BEARER-03",
        "CHARM-BROWSER-02",
        "CHARM-SINGLE-04",
        "CHARM-SCOPE-07",
        "CHARM-MALFORMED-11",
    ),
    _gateway(
        "any-principal-allowed",
        "an ALLOW policy admits the principals of every issuer",
        "ISTIO-ALLOW-03",
    ),
    _gateway(
        "asterisk-taken-literally",
        "the pattern ISSUER/* admits nobody but a subject of that very name",
        "ISTIO-ALLOW-01",
        "ISTIO-ALLOW-02",
        "ISTIO-VALIDTOKEN-01",
    ),
)

_ANSWERS = (
    CataloguedFault(
        "unavailable-instead-of-refusing",
        "gateway",
        "a refusal is a 503, which may as well be an outage",
        ("CHARM-DENY-02", "CHARM-DENY-03", "CHARM-VALIDATE-02", "ISTIO-NOTOKEN-01", "ISTIO-ALLOW-05"),
        seen_as=Verdict.INCONCLUSIVE,
    ),
    _gateway(
        "unauthorized-without-a-token", "a missing token is answered 401 instead of 403", "ISTIO-NOTOKEN-01"
    ),
    _gateway(
        "forbidden-for-an-invalid-token",
        "an invalid token is answered like a missing one",
        "ISTIO-ALLOW-05",
    ),
)

_TIME = (
    _gateway(
        "one-in-twenty-refused", "one request in twenty is refused at random", *_ADMITTING, level="time"
    ),
    _gateway(
        "late-by-two-seconds",
        "a change of a policy takes effect two seconds after it should",
        "CHARM-REQ-02",
        "CHARM-CREATE-01",
        "CHARM-DENY-02",
        "CHARM-MALFORMED-06",
        "CHARM-MALFORMED-07",
        "CHARM-REMOVE-01",
        "CHARM-REMOVE-03",
        "CHARM-BEARER-06",
        "ISTIO-NOTOKEN-01",
        level="time",
    ),
    _gateway(
        "old-state-for-a-moment",
        "for 0.3 s after a change the gateway goes by what was there before",
        "CHARM-REQ-02",
        "CHARM-MALFORMED-06",
        "CHARM-REMOVE-01",
        "CHARM-BEARER-06",
        level="time",
    ),
    _gateway(
        "open-for-a-moment",
        "for 0.3 s after a change of a policy the gateway goes without it",
        "CHARM-REQ-02",
        "CHARM-BEARER-06",
        "CHARM-ORDER-01",
        level="time",
    ),
    _gateway(
        "policies-never-forgotten",
        "a policy that has been deleted stays in force",
        "CHARM-REMOVE-01",
        "CHARM-REMOVE-03",
        "CHARM-MALFORMED-06",
        "CHARM-MALFORMED-08",
        level="time",
    ),
)

GATEWAYS = (*_TOKENS, *_IDENTITY, *_REFUSALS, *_ANSWERS, *_TIME)
