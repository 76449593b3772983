"""JWTPolicies as Envoy's jwt_authn filters.

Source: Gloo Mesh API reference, JWTPolicy; Envoy documentation, "JWT Authentication" (several tokens for one provider
must all be valid; the header of a mapped claim is removed before the claim is added).

A claim that is to be appended is not left to jwt_authn, which would overwrite: it leaves the payload in the metadata,
and a header_mutation filter behind it appends from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from envoy.config.common.mutation_rules.v3 import mutation_rules_pb2
from envoy.config.core.v3 import base_pb2
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.environments.embedded.gateway.translate.gloo.tables import service_of
from gwjwt.environments.embedded.gateway.translate.jwt import KeySource
from gwjwt.environments.embedded.gateway.translate.matchers import JWT_FILTER
from gwjwt.words import AppName

PHASES = ("preAuthz", "postAuthz")
_PROVIDER_FIELDS = ("issuer", "audiences", "claimsToHeaders", "keepToken", "local", "remote", "tokenSource")
_ACTION = base_pb2.HeaderValueOption.HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD


@dataclass(frozen=True, order=True)
class Place:
    """Where in the chain a policy's check runs: the lowest first. Two at the same place run in the order of names."""

    phase: int
    priority: int


@dataclass(frozen=True)
class JwtCheck:
    """One policy, translated."""

    name: str
    place: Place
    providers: Mapping[str, jwt_authn.JwtProvider]
    requirement: jwt_authn.JwtRequirement
    appended: tuple[mutation_rules_pb2.HeaderMutation, ...]
    """What is to be appended to the request once a token is valid."""


def key_sources(policy: Manifest) -> Iterator[KeySource]:
    """Where the keys are of the providers that do not carry them."""
    for name, provider in _providers(policy).items():
        source = _key_source(provider, f"spec.config.providers[{name}]")
        if source is not None:
            yield source


def key_services(policy: Manifest) -> Iterator[AppName]:
    """The Services that stand for the places of remote keys."""
    namespace = policy["metadata"]["namespace"]
    for name, provider in _providers(policy).items():
        if provider.get("remote"):
            where = f"spec.config.providers[{name}].remote.destinationRef"
            yield service_of(provider["remote"]["destinationRef"], namespace, where)[0]


def jwt_check(policy: Manifest, key_sets: Mapping[KeySource, str]) -> JwtCheck:
    """Translate a policy.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec = policy.get("spec") or {}
    only(spec, ("applyToRoutes", "applyToDestinations", "config"), "spec")
    config = spec.get("config") or {}
    only(config, ("phase", "providers"), "spec.config")
    metadata = policy["metadata"]
    own = f"{metadata['namespace']}/{metadata['name']}"
    wanted = _providers(policy)
    if not wanted:
        raise FieldNotSupported("spec.config without providers")
    named = {
        f"{own}/{name}": (f"spec.config.providers[{name}]", each) for name, each in sorted(wanted.items())
    }
    requirements = [jwt_authn.JwtRequirement(provider_name=name) for name in named]
    any_of = jwt_authn.JwtRequirementOrList(requirements=requirements)
    return JwtCheck(
        own,
        _place(config.get("phase") or {}),
        {
            name: _provider(_payload(own, i), each, where, key_sets)
            for i, (name, (where, each)) in enumerate(named.items())
        },
        requirements[0] if len(requirements) == 1 else jwt_authn.JwtRequirement(requires_any=any_of),
        tuple(
            mutation
            for i, (_, each) in enumerate(named.values())
            for mutation in _appended(_payload(own, i), each)
        ),
    )


def _providers(policy: Manifest) -> Mapping[str, Manifest]:
    found: Mapping[str, Manifest] = ((policy.get("spec") or {}).get("config") or {}).get("providers") or {}
    return found


def _place(phase: Manifest) -> Place:
    """Gloo Mesh API reference, JWTPolicy ``phase``: without one, after the authorization."""
    only(phase, PHASES, "spec.config.phase")
    named = [each for each in PHASES if each in phase]
    if len(named) > 1:
        raise FieldNotSupported("spec.config.phase with both phases")
    name = named[0] if named else "postAuthz"
    return Place(PHASES.index(name), int((phase.get(name) or {}).get("priority") or 0))


def _key_source(provider: Manifest, where: str) -> KeySource | None:
    remote, local = provider.get("remote"), provider.get("local")
    if bool(remote) == bool(local):
        raise FieldNotSupported(f"{where} without exactly one of local and remote")
    if not remote:
        return None
    only(remote, ("url", "destinationRef", "enableAsyncFetch"), f"{where}.remote")
    return KeySource(provider.get("issuer") or where, remote["url"])


def _payload(policy: str, number: int) -> str:
    """Where in the metadata a provider leaves the payload. Its own name may hold the colon of Envoy's format."""
    return f"{policy}/{number}"


def _provider(
    payload: str, provider: Manifest, where: str, key_sets: Mapping[KeySource, str]
) -> jwt_authn.JwtProvider:
    only(provider, _PROVIDER_FIELDS, where)
    source = _key_source(provider, where)
    sources = provider.get("tokenSource") or {}
    only(sources, ("headers", "queryParameters"), f"{where}.tokenSource")
    return jwt_authn.JwtProvider(
        issuer=provider.get("issuer") or "",
        audiences=provider.get("audiences") or (),
        local_jwks=base_pb2.DataSource(
            inline_string=key_sets[source] if source else _local_keys(provider["local"], f"{where}.local")
        ),
        forward=bool(provider.get("keepToken")),
        from_headers=[
            jwt_authn.JwtHeader(name=each["name"], value_prefix=each.get("prefix") or "")
            for each in sources.get("headers") or ()
        ],
        from_params=sources.get("queryParameters") or (),
        claim_to_headers=[
            jwt_authn.JwtClaimToHeader(header_name=each["header"], claim_name=each["claim"])
            for each in provider.get("claimsToHeaders") or ()
            if not each.get("append")
        ],
        payload_in_metadata=payload,
    )


def _appended(payload: str, provider: Manifest) -> Iterator[mutation_rules_pb2.HeaderMutation]:
    for each in provider.get("claimsToHeaders") or ():
        if each.get("append"):
            value = f"%DYNAMIC_METADATA({JWT_FILTER}:{payload}:{each['claim']})%"
            header = base_pb2.HeaderValue(key=each["header"], value=value)
            yield mutation_rules_pb2.HeaderMutation(
                append=base_pb2.HeaderValueOption(header=header, append_action=_ACTION)
            )


def mutations(check: JwtCheck) -> header_mutation_pb2.HeaderMutationPerRoute:
    """What a route with this policy has appended to its requests."""
    return header_mutation_pb2.HeaderMutationPerRoute(
        mutations=header_mutation_pb2.Mutations(request_mutations=check.appended)
    )


def _local_keys(local: Manifest, where: str) -> str:
    """The public key in PEM as a JWK Set, which is what Envoy reads. It has no ``kid``: every token is tried."""
    only(local, ("inline",), where)
    try:
        key = load_pem_public_key(str(local["inline"]).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FieldNotSupported(f"{where}.inline, which is no public key in PEM ({error}),") from error
    if isinstance(key, rsa.RSAPublicKey):
        return f'{{"keys": [{RSAAlgorithm.to_jwk(key)}]}}'
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f'{{"keys": [{ECAlgorithm.to_jwk(key)}]}}'
    raise FieldNotSupported(f"{where}.inline with a key that is neither RSA nor EC")
