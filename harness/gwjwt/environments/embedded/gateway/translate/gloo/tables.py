"""RouteTables as Envoy routes.

Source: Gloo Mesh API reference, RouteTable: the routes of a table are tried in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from envoy.config.route.v3 import route_components_pb2 as envoy_route
from envoy.type.matcher.v3 import regex_pb2, string_pb2
from google.protobuf import duration_pb2

from gwjwt.environments.embedded.gateway.translate.clusters import destination, service_cluster_name
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.environments.embedded.gateway.translate.gloo.selecting import check_workloads
from gwjwt.words import AppName

_SPEC_FIELDS = ("hosts", "virtualGateways", "workloadSelectors", "http")


@dataclass(frozen=True)
class TableRoute:
    """One match of one route, with what policies select it by."""

    precedence: tuple[Any, ...]
    labels: Mapping[str, str]
    app: AppName
    route: envoy_route.Route


def reference(ref: Manifest, namespace: str, where: str) -> AppName:
    """The object that a reference names, by default in the namespace of the one that refers."""
    only(ref, ("name", "namespace"), where)
    return AppName(ref.get("namespace") or namespace, ref["name"])


def service_of(wanted: Manifest, namespace: str, where: str) -> tuple[AppName, int]:
    """The Service and its port that a destination names."""
    only(wanted, ("kind", "ref", "port", "weight"), where)
    if wanted.get("kind") not in (None, "", "SERVICE"):
        raise FieldNotSupported(f"{where}.kind {wanted['kind']}")
    port = wanted.get("port") or {}
    only(port, ("number",), f"{where}.port")
    return reference(wanted["ref"], namespace, f"{where}.ref"), int(port["number"])


def backends(table: Manifest) -> Iterator[AppName]:
    """The Services that the table sends requests to, as far as they can be read."""
    namespace = table["metadata"]["namespace"]
    for route in (table.get("spec") or {}).get("http") or ():
        for wanted in (route.get("forwardTo") or {}).get("destinations") or ():
            ref = wanted.get("ref") or {}
            if ref.get("name"):
                yield AppName(ref.get("namespace") or namespace, ref["name"])


def routes_of(table: Manifest, age: int) -> Iterator[TableRoute]:
    """Translate all matches of all routes, each with its place in the order; ``age`` is how many tables are older.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec = table.get("spec") or {}
    only(spec, _SPEC_FIELDS, "spec")
    check_workloads(spec.get("workloadSelectors") or (), "spec.workloadSelectors")
    namespace = table["metadata"]["namespace"]
    for i, wanted in enumerate(spec.get("http") or ()):
        where = f"spec.http[{i}]"
        only(wanted, ("name", "labels", "matchers", "forwardTo"), where)
        only(wanted.get("forwardTo") or {}, ("destinations",), f"{where}.forwardTo")
        destinations = (wanted.get("forwardTo") or {}).get("destinations") or []
        if len(destinations) != 1:
            raise FieldNotSupported(f"{where}.forwardTo.destinations with {len(destinations)} destinations")
        app, port = service_of(destinations[0], namespace, f"{where}.forwardTo.destinations[0]")
        for j, matcher in enumerate(wanted.get("matchers") or [{}]):
            route = envoy_route.Route(match=_match(matcher, f"{where}.matchers[{j}]"))
            forward(route, service_cluster_name(app, port))
            yield TableRoute((age, i, j), wanted.get("labels") or {}, app, route)


def forward(route: envoy_route.Route, cluster: str) -> None:
    """Send what the route matches to a Service's cluster; one that does not exist is answered 503."""
    route.route.cluster = cluster
    route.route.timeout.CopyFrom(duration_pb2.Duration(seconds=0))
    # As for HTTPRoutes: a connection that the backend closes is not the backend's answer.
    route.route.retry_policy.retry_on = "connect-failure,refused-stream,reset-before-request"
    route.route.retry_policy.num_retries.value = 2
    host, port = destination(cluster)
    route.decorator.operation = f"{host}:{port}/*"


def _match(matcher: Manifest, where: str) -> envoy_route.RouteMatch:
    only(matcher, ("name", "uri", "headers", "method"), where)
    headers = [_header(each, f"{where}.headers[{i}]") for i, each in enumerate(matcher.get("headers") or ())]
    found = envoy_route.RouteMatch(headers=headers)
    if matcher.get("method"):
        exact = string_pb2.StringMatcher(exact=matcher["method"])
        found.headers.append(envoy_route.HeaderMatcher(name=":method", string_match=exact))
    uri = matcher.get("uri") or {}
    only(uri, ("exact", "prefix", "regex"), f"{where}.uri")
    if uri.get("exact"):
        found.path = uri["exact"]
    elif uri.get("regex"):
        found.safe_regex.regex = uri["regex"]
    else:
        found.prefix = uri.get("prefix") or "/"
    return found


def _header(wanted: Manifest, where: str) -> envoy_route.HeaderMatcher:
    """Without a value the header only has to be there."""
    only(wanted, ("name", "value", "regex", "invertMatch"), where)
    matcher = envoy_route.HeaderMatcher(
        name=wanted["name"].lower(), invert_match=bool(wanted.get("invertMatch"))
    )
    value = wanted.get("value")
    if not value:
        matcher.present_match = True
    elif wanted.get("regex"):
        matcher.string_match.safe_regex.CopyFrom(regex_pb2.RegexMatcher(regex=value))
    else:
        matcher.string_match.exact = value
    return matcher
