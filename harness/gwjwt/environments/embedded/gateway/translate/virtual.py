"""VirtualServices as Envoy routes.

Source: Istio documentation, VirtualService: the routes of a host are tried in their order; short names of hosts and of
Gateways are those of the VirtualService's own namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from envoy.config.core.v3 import base_pb2
from envoy.config.route.v3 import route_components_pb2 as envoy_route
from envoy.type.matcher.v3 import regex_pb2, string_pb2
from google.protobuf import duration_pb2

from gwjwt.environments.embedded.gateway.translate.clusters import service_cluster_name
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.environments.embedded.gateway.translate.routes import PlacedRoute
from gwjwt.words import AppName

PortOf: TypeAlias = Callable[[AppName], int | None]

_SERVICE_HOST = ".svc.cluster.local"
_APPEND = base_pb2.HeaderValueOption.HeaderAppendAction
_MATCH_FIELDS = ("name", "uri", "method", "headers")


def gateways_of(virtual_service: Manifest) -> Iterator[tuple[str, str]]:
    """Namespace and name of each Gateway that it names; ``mesh``, which stands for all sidecars, is none."""
    own = virtual_service["metadata"]["namespace"]
    for each in (virtual_service.get("spec") or {}).get("gateways") or ():
        namespace, _, name = str(each).rpartition("/")
        if each != "mesh":
            yield (own if namespace in ("", ".") else namespace), name


def backends(virtual_service: Manifest) -> Iterable[AppName]:
    """The Services that it sends requests to."""
    for route in _http(virtual_service):
        for each in route.get("route") or ():
            app = _service(virtual_service, each.get("destination") or {})
            if app is not None:
                yield app


def routes_of(virtual_service: Manifest, age: int, port_of: PortOf) -> Iterator[PlacedRoute]:
    """Translate its routes, each with its place in the order.

    Args:
        virtual_service: the object.
        age: how many older ones there are.
        port_of: gives the port of a Service that has no other, or None.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec = virtual_service.get("spec") or {}
    only(spec, ("hosts", "gateways", "http"), "spec")
    for i, http in enumerate(_http(virtual_service)):
        where = f"spec.http[{i}]"
        only(http, ("name", "match", "route", "headers"), where)
        for j, match in enumerate(http.get("match") or [{}]):
            route = envoy_route.Route(match=_match(match, f"{where}.match[{j}]"))
            _forward(route, virtual_service, http, where, port_of)
            _change_headers(route, http.get("headers") or {}, f"{where}.headers")
            yield PlacedRoute((age, i, j), route)


def _http(virtual_service: Manifest) -> list[Manifest]:
    found: list[Manifest] = (virtual_service.get("spec") or {}).get("http") or []
    return found


def _service(virtual_service: Manifest, destination: Manifest) -> AppName | None:
    """The Service that a destination's host names, if it is the name of one."""
    host = str(destination.get("host") or "")
    if "." not in host:
        return AppName(virtual_service["metadata"]["namespace"], host) if host else None
    if not host.endswith(_SERVICE_HOST):
        return None
    name, _, namespace = host.removesuffix(_SERVICE_HOST).partition(".")
    return AppName(namespace, name)


def _forward(
    route: envoy_route.Route, virtual_service: Manifest, http: Manifest, where: str, port_of: PortOf
) -> None:
    destinations = http.get("route") or []
    if len(destinations) != 1:
        raise FieldNotSupported(f"{where}.route with {len(destinations)} destinations")
    [wanted] = destinations
    only(wanted, ("destination", "weight", "headers"), f"{where}.route[0]")
    _change_headers(route, wanted.get("headers") or {}, f"{where}.route[0].headers")
    destination = wanted["destination"]
    only(destination, ("host", "port"), f"{where}.route[0].destination")
    app = _service(virtual_service, destination)
    if app is None:
        raise FieldNotSupported(f"{where}.route[0].destination.host {destination['host']}")
    number = (destination.get("port") or {}).get("number") or port_of(app)
    # A Service or a port that nobody has made is a cluster that does not exist: Envoy answers 503.
    route.route.cluster = service_cluster_name(app, number or 80)
    route.route.timeout.CopyFrom(duration_pb2.Duration(seconds=0))
    # As for HTTPRoutes: a connection that the backend closes is not the backend's answer.
    route.route.retry_policy.retry_on = "connect-failure,refused-stream,reset-before-request"
    route.route.retry_policy.num_retries.value = 2
    path = route.match.path or route.match.safe_regex.regex or f"{route.match.prefix}*"
    route.decorator.operation = f"{app.name}.{app.namespace}{_SERVICE_HOST}:{number or 80}{path}"


def _change_headers(route: envoy_route.Route, wanted: Manifest, path: str) -> None:
    """What a VirtualService changes in the headers of a request before its backend gets it."""
    only(wanted, ("request",), path)
    changes = wanted.get("request") or {}
    only(changes, ("set", "add", "remove"), f"{path}.request")
    actions = {"set": _APPEND.OVERWRITE_IF_EXISTS_OR_ADD, "add": _APPEND.APPEND_IF_EXISTS_OR_ADD}
    for key, action in actions.items():
        for name, value in (changes.get(key) or {}).items():
            if name.lower() in ("host", ":authority"):
                raise FieldNotSupported(f"{path}.request.{key}.{name}")
            header = base_pb2.HeaderValue(key=name, value=value)
            route.request_headers_to_add.add(header=header, append_action=action)
    route.request_headers_to_remove.extend(changes.get("remove") or ())


def _match(match: Manifest, path: str) -> envoy_route.RouteMatch:
    only(match, _MATCH_FIELDS, path)
    found = envoy_route.RouteMatch(
        headers=[
            envoy_route.HeaderMatcher(name=name.lower(), string_match=_text(wanted, f"{path}.headers.{name}"))
            for name, wanted in (match.get("headers") or {}).items()
        ]
    )
    if match.get("method"):
        found.headers.append(
            envoy_route.HeaderMatcher(name=":method", string_match=_text(match["method"], f"{path}.method"))
        )
    uri = match.get("uri") or {"prefix": "/"}
    only(uri, ("exact", "prefix", "regex"), f"{path}.uri")
    if "exact" in uri:
        found.path = uri["exact"]
    elif "regex" in uri:
        found.safe_regex.regex = uri["regex"]
    else:
        found.prefix = uri["prefix"]
    return found


def _text(wanted: Manifest, path: str) -> string_pb2.StringMatcher:
    only(wanted, ("exact", "prefix", "regex"), path)
    if "exact" in wanted:
        return string_pb2.StringMatcher(exact=wanted["exact"])
    if "prefix" in wanted:
        return string_pb2.StringMatcher(prefix=wanted["prefix"])
    if "regex" in wanted:
        return string_pb2.StringMatcher(safe_regex=regex_pb2.RegexMatcher(regex=wanted["regex"]))
    raise FieldNotSupported(f"{path} without exact, prefix or regex")
