"""HTTPRoutes as Envoy routes.

Source: Gateway API, HTTPRoute: precedence of matches (exact path, longest prefix, method, number of headers,
number of query parameters, oldest route), filters and weighted backends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from envoy.config.core.v3 import base_pb2
from envoy.config.route.v3 import route_components_pb2 as envoy_route
from envoy.type.matcher.v3 import regex_pb2, string_pb2
from google.protobuf import duration_pb2, wrappers_pb2

from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only

ClusterOf: TypeAlias = Callable[[Manifest, str], str | None]
"""The cluster for a ``backendRef`` of a route in a namespace; None if there is no such Service port."""

BLACK_HOLE = "BlackHoleCluster"
"""Takes the share of a backend that does not exist; nobody is there, so it answers 503."""

_APPEND = base_pb2.HeaderValueOption.HeaderAppendAction
_EVERYTHING = {"path": {"type": "PathPrefix", "value": "/"}}


@dataclass(frozen=True)
class PlacedRoute:
    """An Envoy route with its place in the order of precedence; smaller comes first."""

    precedence: tuple[Any, ...]
    route: envoy_route.Route


def routes_of(http_route: Manifest, cluster_of: ClusterOf) -> Iterator[PlacedRoute]:
    """Translate all matches of all rules of an HTTPRoute.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec = http_route.get("spec") or {}
    only(spec, ("parentRefs", "hostnames", "rules"), "spec")
    metadata = http_route["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    age = str(metadata.get("creationTimestamp") or "")
    for i, rule in enumerate(spec.get("rules") or [{}]):
        where = f"spec.rules[{i}]"
        only(rule, ("name", "matches", "filters", "backendRefs"), where)
        for j, match in enumerate(rule.get("matches") or [_EVERYTHING]):
            path = f"{where}.matches[{j}]"
            route = envoy_route.Route(name=f"{namespace}.{name}.{i}.{j}", match=_match(match, path))
            _set_action(route, rule, namespace, cluster_of, where)
            _apply_filters(route, match, rule, where)
            yield PlacedRoute((*_precedence(match), age, namespace, name, i, j), route)


def _match(match: Manifest, path: str) -> envoy_route.RouteMatch:
    only(match, ("path", "headers", "method", "queryParams"), path)
    found = envoy_route.RouteMatch(
        headers=[
            envoy_route.HeaderMatcher(
                name=each["name"].lower(), string_match=_value(each, f"{path}.headers[{i}]")
            )
            for i, each in enumerate(match.get("headers") or ())
        ],
        query_parameters=[
            envoy_route.QueryParameterMatcher(
                name=each["name"], string_match=_value(each, f"{path}.queryParams[{i}]")
            )
            for i, each in enumerate(match.get("queryParams") or ())
        ],
    )
    if match.get("method"):
        exact = string_pb2.StringMatcher(exact=match["method"])
        found.headers.append(envoy_route.HeaderMatcher(name=":method", string_match=exact))
    kind, value = _path(match)
    if kind == "Exact":
        found.path = value
    elif kind == "RegularExpression":
        found.safe_regex.regex = value
    elif kind != "PathPrefix":
        raise FieldNotSupported(f"{path}.path.type {kind}")
    elif value == "/":
        found.prefix = value
    else:
        found.path_separated_prefix = value
    return found


def _path(match: Manifest) -> tuple[str, str]:
    wanted = match.get("path") or {}
    kind, value = wanted.get("type") or "PathPrefix", wanted.get("value") or "/"
    if kind == "PathPrefix":
        value = value.rstrip("/") or "/"
    return kind, value


def _value(wanted: Manifest, path: str) -> string_pb2.StringMatcher:
    kind = wanted.get("type") or "Exact"
    if kind == "Exact":
        return string_pb2.StringMatcher(exact=wanted["value"])
    if kind == "RegularExpression":
        return string_pb2.StringMatcher(safe_regex=regex_pb2.RegexMatcher(regex=wanted["value"]))
    raise FieldNotSupported(f"{path}.type {kind}")


def _precedence(match: Manifest) -> tuple[int, int, int, int, int]:
    kind, value = _path(match)
    rank = {"Exact": 0, "PathPrefix": 1}.get(kind, 2)
    method = 0 if match.get("method") else 1
    return rank, -len(value), method, -len(match.get("headers") or ()), -len(match.get("queryParams") or ())


def _set_action(
    route: envoy_route.Route, rule: Manifest, namespace: str, cluster_of: ClusterOf, path: str
) -> None:
    clusters = []
    for i, backend in enumerate(rule.get("backendRefs") or ()):
        only(backend, ("group", "kind", "name", "namespace", "port", "weight"), f"{path}.backendRefs[{i}]")
        clusters.append((cluster_of(backend, namespace), backend.get("weight", 1)))
    usable = [(cluster, weight) for cluster, weight in clusters if cluster is not None and weight > 0]
    if not usable:
        route.direct_response.status = 500
        return
    action = route.route
    action.timeout.CopyFrom(duration_pb2.Duration(seconds=0))
    # A connection that the backend closes just as a request goes out is not the backend's answer.
    action.retry_policy.retry_on = "connect-failure,refused-stream,reset-before-request"
    action.retry_policy.num_retries.value = 2
    if len(usable) == 1 and len(clusters) == 1:
        action.cluster = usable[0][0]
        route.decorator.operation = _operation(rule["backendRefs"][0], namespace)
        return
    for cluster, weight in clusters:
        action.weighted_clusters.clusters.add(
            name=cluster or BLACK_HOLE, weight=wrappers_pb2.UInt32Value(value=weight)
        )


def _operation(backend: Manifest, namespace: str) -> str:
    """What Envoy tells the backend about the route (``x-envoy-decorator-operation``), in Istio's words.

    Source: istio, pilot/pkg/networking/core/route, ``GetRouteOperation``; a prefix that ends at a path's segment is
    none to it.
    """
    where = backend.get("namespace", namespace)
    return f"{backend['name']}.{where}.svc.cluster.local:{backend.get('port', 80)}/*"


def _apply_filters(route: envoy_route.Route, match: Manifest, rule: Manifest, path: str) -> None:
    for i, wanted in enumerate(rule.get("filters") or ()):
        where = f"{path}.filters[{i}]"
        kind = wanted["type"]
        if kind == "RequestHeaderModifier":
            _modify_headers(route, wanted.get("requestHeaderModifier") or {}, where)
        elif kind == "URLRewrite":
            _rewrite(route, match, wanted.get("urlRewrite") or {}, where)
        else:
            raise FieldNotSupported(f"{where}.type {kind}")


def _modify_headers(route: envoy_route.Route, wanted: Manifest, path: str) -> None:
    only(wanted, ("set", "add", "remove"), f"{path}.requestHeaderModifier")
    actions = {"set": _APPEND.OVERWRITE_IF_EXISTS_OR_ADD, "add": _APPEND.APPEND_IF_EXISTS_OR_ADD}
    for key, action in actions.items():
        for each in wanted.get(key) or ():
            route.request_headers_to_add.add(
                header=base_pb2.HeaderValue(key=each["name"], value=each["value"]), append_action=action
            )
    route.request_headers_to_remove.extend(wanted.get("remove") or ())


def _rewrite(route: envoy_route.Route, match: Manifest, wanted: Manifest, path: str) -> None:
    if not route.HasField("route"):
        return
    only(wanted, ("hostname", "path"), f"{path}.urlRewrite")
    if wanted.get("hostname"):
        route.route.host_rewrite_literal = wanted["hostname"]
    replacement = wanted.get("path")
    if not replacement:
        return
    kind, prefix = _path(match)
    if replacement.get("type") != "ReplacePrefixMatch" or kind != "PathPrefix":
        raise FieldNotSupported(f"{path}.urlRewrite.path.type {replacement.get('type')}")
    new = (replacement.get("replacePrefixMatch") or "/").rstrip("/")
    if prefix == "/":
        route.route.regex_rewrite.pattern.regex = "^/(.*)"
        route.route.regex_rewrite.substitution = f"{_literal(new)}/\\1"
    elif new:
        route.route.prefix_rewrite = new
    else:
        # A plain prefix rewrite to "/" would leave two slashes in front of what follows.
        route.route.regex_rewrite.pattern.regex = f"^{re.escape(prefix)}/*(.*)"
        route.route.regex_rewrite.substitution = "/\\1"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")
