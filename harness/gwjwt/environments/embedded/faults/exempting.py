"""Letting requests with a certain header past every check of a gateway."""

from __future__ import annotations

from envoy.config.rbac.v3 import rbac_pb2
from envoy.config.route.v3 import route_components_pb2 as route
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2 as rbac_filter
from envoy.type.matcher.v3 import string_pb2
from google.protobuf import any_pb2

from gwjwt.environments.embedded.faults.wrong import Manager, edit_authorization, edit_validation
from gwjwt.environments.embedded.gateway.ads import pack


def admit_matching(manager: Manager, name: str, value: string_pb2.StringMatcher) -> None:
    """Neither validate a token nor deny anything where a header has such a value."""
    header = route.HeaderMatcher(name=name, string_match=value)
    exempt_from_validation(manager, header)
    exempt_from_authorization(manager, header)


def exempt_from_validation(manager: Manager, header: route.HeaderMatcher) -> None:
    """Validate no token of requests that match."""

    def change(authentication: jwt_authn.JwtAuthentication) -> None:
        rules = list(authentication.rules)
        match = route.RouteMatch(prefix="/", headers=[header])
        del authentication.rules[:]
        authentication.rules.extend([jwt_authn.RequirementRule(match=match), *rules])

    edit_validation(manager, change)
    for host in manager.route_config.virtual_hosts:
        unchecked = [_unchecked(each, header) for each in host.routes if _is_checked(each)]
        routes = [*unchecked, *host.routes]
        del host.routes[:]
        host.routes.extend(routes)


def _is_checked(each: route.Route) -> bool:
    """Whether the route itself says by what its tokens are validated, as those of Gloo Mesh do."""
    return any(_says_how(config) for config in each.typed_per_filter_config.values())


def _says_how(config: any_pb2.Any) -> bool:
    return bool(config.Is(jwt_authn.PerRouteConfig.DESCRIPTOR))


def _unchecked(each: route.Route, header: route.HeaderMatcher) -> route.Route:
    """The same route, of requests that match, without validation."""
    found = route.Route()
    found.CopyFrom(each)
    found.match.headers.append(header)
    for config in found.typed_per_filter_config.values():
        if _says_how(config):
            config.CopyFrom(pack(jwt_authn.PerRouteConfig(disabled=True)))
    return found


def exempt_from_authorization(manager: Manager, header: route.HeaderMatcher) -> None:
    """Deny nothing that matches, and allow it all."""
    matching = rbac_pb2.Principal(header=header)

    def change(rbac: rbac_filter.RBAC) -> None:
        if rbac.rules.action == rbac_pb2.RBAC.ALLOW:
            everything = rbac_pb2.Permission(any=True)
            exempt = rbac_pb2.Policy(permissions=[everything], principals=[matching])
            rbac.rules.policies["exempt"].CopyFrom(exempt)
            return
        for policy in rbac.rules.policies.values():
            others = [_and_not(each, matching) for each in policy.principals]
            del policy.principals[:]
            policy.principals.extend(others)

    edit_authorization(manager, change)


def _and_not(principal: rbac_pb2.Principal, matching: rbac_pb2.Principal) -> rbac_pb2.Principal:
    both = rbac_pb2.Principal.Set(ids=[principal, rbac_pb2.Principal(not_id=matching)])
    return rbac_pb2.Principal(and_ids=both)
