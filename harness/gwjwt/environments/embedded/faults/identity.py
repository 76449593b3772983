"""Gateways that tell the workload somebody else's identity, or show it what it must not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from envoy.config.common.mutation_rules.v3 import mutation_rules_pb2 as mutation_rules
from envoy.config.core.v3 import base_pb2
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2 as header_mutation
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm

from gwjwt.environments.embedded.faults.wrong import (
    Manager,
    Snapshot,
    WrongGateway,
    edit_providers,
    insert,
    lua,
    providers_of,
    reading_rules,
    rules_of,
)
from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.translate.fields import Manifest

_Option = base_pb2.HeaderValueOption
_ASIDE = "x-sent-by-the-client-"


def _mutation(*mutations: mutation_rules.HeaderMutation) -> hcm.HttpFilter:
    config = header_mutation.HeaderMutation(mutations=header_mutation.Mutations(request_mutations=mutations))
    return hcm.HttpFilter(name="envoy.filters.http.header_mutation", typed_config=pack(config))


def _copy(source: str, to: str, action: Any) -> mutation_rules.HeaderMutation:
    value = base_pb2.HeaderValue(key=to, value=f"%REQ({source})%")
    return mutation_rules.HeaderMutation(append=_Option(header=value, append_action=action))


def _mapped(manager: Manager) -> list[str]:
    return sorted(
        {each.header_name for provider in providers_of(manager) for each in provider.claim_to_headers}
    )


def _keeping(action: Any) -> Callable[[Manager, Snapshot], None]:
    """Put what the client has sent back, once the claims are in their headers."""

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        for name in _mapped(manager):
            aside = _ASIDE + name
            insert(manager, _mutation(_copy(name, aside, _Option.OVERWRITE_IF_EXISTS_OR_ADD)))
            back = (_copy(aside, name, action), mutation_rules.HeaderMutation(remove=aside))
            insert(manager, _mutation(*back), -1)

    return configure


def _with_value(value: str) -> Callable[[Manager, Snapshot], None]:
    """Give a mapped header this value where the token has no claim."""

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        for name in _mapped(manager):
            header = base_pb2.HeaderValue(key=name, value=value)
            added = _Option(header=header, append_action=_Option.ADD_IF_ABSENT, keep_empty_value=True)
            insert(manager, _mutation(mutation_rules.HeaderMutation(append=added)), -1)

    return configure


def _unmapped(rule: dict[str, Any]) -> Manifest:
    return {key: value for key, value in rule.items() if key != "outputClaimToHeaders"}


def _first_mapping(rule: dict[str, Any]) -> Manifest:
    mappings = rule.get("outputClaimToHeaders")
    return {**rule, "outputClaimToHeaders": mappings[:1]} if mappings else rule


def _subject_for_all(rule: dict[str, Any]) -> Manifest:
    mappings = [{**each, "claim": "sub"} for each in rule.get("outputClaimToHeaders") or ()]
    return {**rule, "outputClaimToHeaders": mappings} if mappings else rule


def _claims_unasked(rule: dict[str, Any]) -> Manifest:
    mappings = rule.get("outputClaimToHeaders") or [
        {"header": f"x-jwt-claim-{claim}", "claim": claim} for claim in ("sub", "email")
    ]
    return {**rule, "outputClaimToHeaders": mappings}


def _mapped_by_any_rule(snapshot: Snapshot) -> Snapshot:
    mappings = [each for rule in rules_of(snapshot) for each in rule.get("outputClaimToHeaders") or ()]
    if not mappings:
        return snapshot
    return reading_rules(lambda rule: {**rule, "outputClaimToHeaders": mappings})(snapshot)


def _payload_in_a_header(manager: Manager, _snapshot: Snapshot) -> None:
    def change(provider: jwt_authn.JwtProvider) -> None:
        provider.forward_payload_header = "x-jwt-payload"

    edit_providers(manager, change)


def _forwarded(manager: Manager, _snapshot: Snapshot) -> None:
    def change(provider: jwt_authn.JwtProvider) -> None:
        provider.forward = True

    edit_providers(manager, change)


_REMEMBER_PATH = """
function envoy_on_request(handle)
  handle:streamInfo():dynamicMetadata():set("as-sent", "path", handle:headers():get(":path"))
end
"""
_RESTORE_PATH = """
function envoy_on_request(handle)
  handle:headers():replace(":path", handle:streamInfo():dynamicMetadata():get("as-sent")["path"])
end
"""


def _query_kept(manager: Manager, _snapshot: Snapshot) -> None:
    insert(manager, lua("remember-path", _REMEMBER_PATH))
    insert(manager, lua("restore-path", _RESTORE_PATH), -1)


def _never_forwarded(rule: dict[str, Any]) -> Manifest:
    return {**rule, "forwardOriginalToken": False}


GATEWAYS = (
    WrongGateway("spoofed-header-wins", configure=_keeping(_Option.OVERWRITE_IF_EXISTS)),
    WrongGateway("claim-appended-to-spoofed-header", configure=_keeping(_Option.APPEND_IF_EXISTS_OR_ADD)),
    WrongGateway("spoofed-header-for-missing-claim", configure=_keeping(_Option.ADD_IF_ABSENT)),
    WrongGateway("missing-claim-invented", configure=_with_value("anonymous")),
    WrongGateway("empty-header-for-missing-claim", configure=_with_value("")),
    WrongGateway("no-claim-mapped", read=reading_rules(_unmapped)),
    WrongGateway("first-mapping-only", read=reading_rules(_first_mapping)),
    WrongGateway("subject-in-every-header", read=reading_rules(_subject_for_all)),
    WrongGateway("claims-mapped-unasked", read=reading_rules(_claims_unasked)),
    WrongGateway("mappings-of-all-rules", read=_mapped_by_any_rule),
    WrongGateway("payload-in-a-header", configure=_payload_in_a_header),
    WrongGateway("token-kept", configure=_forwarded),
    WrongGateway("token-left-in-the-query", configure=_query_kept),
    WrongGateway("token-never-kept", read=reading_rules(_never_forwarded)),
)
