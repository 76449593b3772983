"""Gateways that refuse whom they should admit, or the other way round, and those that ask the wrong one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from envoy.config.rbac.v3 import rbac_pb2
from envoy.config.route.v3 import route_components_pb2 as route
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2 as rbac_filter
from envoy.type.matcher.v3 import string_pb2
from envoy.type.v3 import percent_pb2

from gwjwt.environments.embedded.faults.exempting import admit_matching, exempt_from_authorization
from gwjwt.environments.embedded.faults.tokens import invalid_as_missing
from gwjwt.environments.embedded.faults.wrong import (
    Manager,
    Snapshot,
    WrongGateway,
    edit_authorization,
    insert,
    lua,
    unpacked,
)
from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.translate import matchers
from gwjwt.environments.embedded.gateway.translate.authorization import RBAC_FILTER, deny_everything
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.matchers import JWT_FILTER

_ENFORCING = (JWT_FILTER, RBAC_FILTER)
_ANY = string_pb2.StringMatcher(safe_regex=matchers.regex(".*").safe_regex)


def _action(policy: Manifest) -> str:
    return str((policy.get("spec") or {}).get("action") or "ALLOW")


def _ignoring(action: str) -> Callable[[Snapshot], Snapshot]:
    def read(snapshot: Snapshot) -> Snapshot:
        kept = tuple(each for each in snapshot.authorization_policies if _action(each) != action)
        return replace(snapshot, authorization_policies=kept)

    return read


def _no_policies(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, request_authentications=(), authorization_policies=())


def _closed(manager: Manager, _snapshot: Snapshot) -> None:
    insert(manager, deny_everything())


def _except(name: str, pattern: str) -> Callable[[Manager, Snapshot], None]:
    value = string_pb2.StringMatcher(safe_regex=matchers.regex(pattern).safe_regex)

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        admit_matching(manager, name, value)

    return configure


def _except_of_authorization(name: str) -> Callable[[Manager, Snapshot], None]:
    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        exempt_from_authorization(manager, route.HeaderMatcher(name=name, string_match=_ANY))

    return configure


def _off_on(places: slice) -> Callable[[Manager, Snapshot], None]:
    """Every check off on some of the routes, in their order of precedence."""

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        off = pack(route.FilterConfig(disabled=True))
        routes = [each for host in manager.route_config.virtual_hosts for each in host.routes]
        for each in routes[places]:
            for name in _ENFORCING:
                each.typed_per_filter_config[name].CopyFrom(off)

    return configure


def _first_host_only(manager: Manager, _snapshot: Snapshot) -> None:
    off = pack(route.FilterConfig(disabled=True))
    for host in manager.route_config.virtual_hosts[1:]:
        for name in _ENFORCING:
            host.typed_per_filter_config[name].CopyFrom(off)


def _named_hosts_unchecked(manager: Manager, _snapshot: Snapshot) -> None:
    off = pack(route.FilterConfig(disabled=True))
    for host in manager.route_config.virtual_hosts:
        if "*" not in host.domains:
            for name in _ENFORCING:
                host.typed_per_filter_config[name].CopyFrom(off)


def _one_in_twenty_unchecked(manager: Manager, _snapshot: Snapshot) -> None:
    """Before each route the same one for one request in twenty, with every check off."""
    off = pack(route.FilterConfig(disabled=True))
    one_in_twenty = percent_pb2.FractionalPercent(numerator=5)
    for host in manager.route_config.virtual_hosts:
        routes = []
        for each in host.routes:
            unchecked = route.Route()
            unchecked.CopyFrom(each)
            unchecked.match.runtime_fraction.default_value.CopyFrom(one_in_twenty)
            for name in _ENFORCING:
                unchecked.typed_per_filter_config[name].CopyFrom(off)
            routes += [unchecked, each]
        del host.routes[:]
        host.routes.extend(routes)


def _issuer_suffices(manager: Manager, _snapshot: Snapshot) -> None:
    """Whoever has a validated token is somebody, with a subject or without."""
    validated = rbac_pb2.Principal(metadata=matchers.claim_text("iss", matchers.ANY_TEXT))
    nobody = rbac_pb2.Principal(not_id=validated)

    def change(rbac: rbac_filter.RBAC) -> None:
        if rbac.rules.action != rbac_pb2.RBAC.DENY:
            return
        for policy in rbac.rules.policies.values():
            narrowed = [
                rbac_pb2.Principal(and_ids=rbac_pb2.Principal.Set(ids=[each, nobody]))
                for each in policy.principals
            ]
            del policy.principals[:]
            policy.principals.extend(narrowed)

    edit_authorization(manager, change)


_TURN_INTO_REFUSAL = """
function envoy_on_response(handle)
  local seen = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.rbac") or {}
  if seen["shadow_engine_result"] == "denied" then
    handle:headers():replace(":status", "403")
  end
end
"""


def _after_forwarding(manager: Manager, snapshot: Snapshot) -> None:
    """Find out only when the answer comes back that the request should have been refused."""
    invalid_as_missing(manager, snapshot)

    def change(rbac: rbac_filter.RBAC) -> None:
        rbac.shadow_rules.CopyFrom(rbac.rules)
        rbac.ClearField("rules")

    edit_authorization(manager, change)
    insert(manager, lua("refuse-late", _TURN_INTO_REFUSAL))


def _validating_before_asking(manager: Manager, _snapshot: Snapshot) -> None:
    """Look for tokens before the authorizer has had the chance to add one."""
    validating = [each for each in manager.http_filters if each.name == JWT_FILTER]
    others = [each for each in manager.http_filters if each.name != JWT_FILTER]
    del manager.http_filters[:]
    manager.http_filters.extend([*validating, *others])


def _trusting_the_authorizer(snapshot: Snapshot) -> Snapshot:
    """Demand nothing more of anybody while there is an authorizer."""
    if not any(_action(each) == "CUSTOM" for each in snapshot.authorization_policies):
        return snapshot
    return replace(_ignoring("DENY")(snapshot), request_authentications=())


def _asking_about_all(manager: Manager, _snapshot: Snapshot) -> None:
    for each in manager.http_filters:
        if each.name == RBAC_FILTER:
            rbac = unpacked(each.typed_config, rbac_filter.RBAC)
            for policy in rbac.shadow_rules.policies.values():
                del policy.principals[:]
                policy.principals.append(rbac_pb2.Principal(any=True))
            each.typed_config.CopyFrom(pack(rbac))


def _any_principal(policy: Manifest) -> Manifest:
    spec = policy.get("spec") or {}
    if _action(policy) != "ALLOW":
        return policy
    rules = [{"from": [{"source": {"requestPrincipals": ["*"]}}]} for _ in spec.get("rules") or ()]
    return {**policy, "spec": {**spec, "rules": rules}}


def _literal_asterisk(policy: Manifest) -> Manifest:
    def source(each: dict[str, Any]) -> Manifest:
        names = each["source"].get("requestPrincipals")
        if not names:
            return each
        literal = [f"{name[:-1]}%2A" if name.endswith("/*") else name for name in names]
        return {"source": {**each["source"], "requestPrincipals": literal}}

    spec = policy.get("spec") or {}
    rules = [
        {**rule, "from": [source(each) for each in rule["from"]]} if rule.get("from") else rule
        for rule in spec.get("rules") or ()
    ]
    return {**policy, "spec": {**spec, "rules": rules}}


def _reading_policies(change: Callable[[Manifest], Manifest]) -> Callable[[Snapshot], Snapshot]:
    def read(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, authorization_policies=tuple(map(change, snapshot.authorization_policies)))

    return read


GATEWAYS = (
    WrongGateway("open", read=_no_policies),
    WrongGateway("closed", configure=_closed),
    WrongGateway("deny-ignored", read=_ignoring("DENY")),
    WrongGateway("allow-ignored", read=_ignoring("ALLOW")),
    WrongGateway("post-unchecked", configure=_except(":method", "POST")),
    WrongGateway("head-and-options-unchecked", configure=_except(":method", "HEAD|OPTIONS")),
    WrongGateway("queries-unchecked", configure=_except(":path", r".*\?.*")),
    WrongGateway("deep-paths-unchecked", configure=_except(":path", r"/[^/]*/[^/]+.*")),
    WrongGateway("first-route-only", configure=_off_on(slice(1, None))),
    WrongGateway("first-route-open", configure=_off_on(slice(0, 1))),
    WrongGateway("last-route-open", configure=_off_on(slice(-1, None))),
    WrongGateway("first-host-only", configure=_first_host_only),
    WrongGateway("named-hosts-unchecked", configure=_named_hosts_unchecked),
    WrongGateway("one-in-twenty-unchecked", configure=_one_in_twenty_unchecked),
    WrongGateway("cookie-suffices", configure=_except_of_authorization("cookie")),
    WrongGateway("basic-suffices", configure=_except("authorization", "Basic .*")),
    WrongGateway("unknown-scheme-suffices", configure=_except("authorization", "[ac-zAC-Z][A-Za-z]* .*")),
    WrongGateway("subject-not-needed", configure=_issuer_suffices),
    WrongGateway("checked-after-forwarding", configure=_after_forwarding),
    WrongGateway("validated-before-the-login", configure=_validating_before_asking),
    WrongGateway("authorizer-never-asked", read=_ignoring("CUSTOM")),
    WrongGateway("authorizer-asked-about-all", configure=_asking_about_all),
    WrongGateway("authorizer-decides-alone", read=_trusting_the_authorizer),
    WrongGateway("any-principal-allowed", read=_reading_policies(_any_principal)),
    WrongGateway("asterisk-taken-literally", read=_reading_policies(_literal_asterisk)),
)
