"""Where a request can come in: each gateway with each hostname and each path of a route."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gwjwt.checking.manifests import GATEWAY_API, Found, Manifest, is_a
from gwjwt.checking.notes import Notes
from gwjwt.checking.pods import Proxy
from gwjwt.checking.stand_ins import StandIn
from gwjwt.environments.embedded.gateway import selection
from gwjwt.environments.embedded.gateway.translate import virtual
from gwjwt.environments.embedded.gateway.translate.workloads import hosts_in_common

BELOW = "gwjwt-check"
"""A segment that no route and no policy names."""


_SIMPLE = {
    r"\[\^[^\]]*\][+*]?|\\d[+*]?": "1",
    r"\[\\?(.)[^\]]*\][+*]?": r"\1",
    r"\\w[+*]?|\.[+*]?(?=[)/?$]|$)|\.[+*]": "a",
    r"\((?:\?:)?([^()|]*)[^()]*\)\??": r"\1",
    r"[\\?]": "",
}
"""Parts of regular expressions, each with a text that it matches in most cases."""


@dataclass(frozen=True)
class RoutedPath:
    """What one match of a route asks of a request."""

    path: str
    prefix: bool
    """Whether paths below it are taken too."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    in_segments: bool = True
    """Whether a prefix ends with a segment, as the Gateway API has it and a VirtualService has not."""

    def takes(self, path: str) -> bool:
        start = self.path.rstrip("/") + "/" if self.in_segments else self.path
        return path == self.path or (self.prefix and path.startswith(start))


@dataclass(frozen=True)
class Entry:
    """One path of one hostname at one gateway."""

    proxy: Proxy
    port: int
    hostname: str
    """As the route has it: ``*`` is any, ``*.example.com`` any below."""
    routed: RoutedPath
    path: str
    """The one that is asked for."""
    route: Found
    stand_in: StandIn
    """What is behind the route."""

    @property
    def host(self) -> str:
        """A host name that fits."""
        if self.hostname == "*":
            return f"{BELOW}.example.test"
        return self.hostname.replace("*", BELOW, 1)

    @property
    def own(self) -> bool:
        """Whether the path is the route's own, and not another one that it takes as well."""
        return self.path == self.routed.path

    @property
    def backend(self) -> str:
        """``namespace/name`` of the Service that the route names."""
        return self.stand_in.backend

    def reached_by(self, policy: Found) -> bool:
        """Whether the gateway, or the sidecar behind it, enforces the policy."""
        return self.proxy.reached_by(policy) or self.stand_in.reached_by(policy)

    def at(self, path: str) -> Entry:
        return replace(self, path=path)

    def __str__(self) -> str:
        return f"{self.hostname}{self.path}"


@dataclass(frozen=True)
class Local:
    """A route as its file has it, as the embedded gateway serves it, and what is behind it."""

    found: Found
    manifest: Manifest
    stand_ins: Mapping[str, StandIn]
    """By the Service that the manifest names, ``namespace/name``."""


def entries(
    proxy: Proxy, gateways: Sequence[Manifest], routes: Iterable[Local], notes: Notes
) -> Iterator[Entry]:
    """The entries of a proxy at the routes' own paths.

    Args:
        proxy: the pods.
        gateways: its Gateways as they are served.
        routes: all routes as they are served.
        notes: takes the matches for which no request can be made up.
    """
    for local in routes:
        of_gateway_api = is_a(local.found, GATEWAY_API, "HTTPRoute")
        if of_gateway_api != proxy.of_gateway_api:
            continue
        read = _http_route if of_gateway_api else _virtual_service
        matched = list(read(local, notes))
        places = _attached if of_gateway_api else _bound
        for port, hostname in dict.fromkeys(p for each in gateways for p in places(each, local.manifest)):
            for routed, service in matched:
                stand_in = local.stand_ins[f"{local.found.namespace}/{service}"]
                yield Entry(proxy, port, hostname, routed, routed.path, local.found, stand_in)


def _attached(gateway: Manifest, route: Manifest) -> Iterator[tuple[int, str]]:
    own = gateway["metadata"]["namespace"], gateway["metadata"]["name"]
    namespace = route["metadata"]["namespace"]
    for listener in gateway["spec"]["listeners"]:
        if not selection.allows_namespace(listener, gateway, namespace, "spec.listeners"):
            continue
        for parent, ref in selection.parents(route):
            named = ref.get("sectionName") in (None, listener["name"])
            if (
                (parent.namespace, parent.name) == own
                and named
                and ref.get("port") in (None, listener["port"])
            ):
                for hostname in selection.hostnames_in_common(listener, route):
                    yield listener["port"], hostname


def _bound(gateway: Manifest, virtual_service: Manifest) -> Iterator[tuple[int, str]]:
    own = gateway["metadata"]["namespace"], gateway["metadata"]["name"]
    if own in virtual.gateways_of(virtual_service):
        for server in gateway["spec"]["servers"]:
            for host in hosts_in_common(gateway, server, virtual_service):
                yield server["port"]["number"], host


def _http_route(local: Local, notes: Notes) -> Iterator[tuple[RoutedPath, str]]:
    for rule in local.manifest["spec"]["rules"]:
        [backend] = rule["backendRefs"]
        for match in rule.get("matches") or [{}]:
            wanted = match.get("path") or {}
            kind, value = wanted.get("type") or "PathPrefix", wanted.get("value") or "/"
            path = _sample(value) if kind == "RegularExpression" else value
            headers = [_pair(each) for each in match.get("headers") or ()]
            query = [_pair(each) for each in match.get("queryParams") or ()]
            if path is None or None in headers or None in query:
                notes.leave_out(
                    f"a match that no request was found for: {json.dumps(match)}", local.found, whole=True
                )
                continue
            routed = RoutedPath(
                path if path == "/" else path.rstrip("/"),
                kind == "PathPrefix",
                match.get("method") or "GET",
                tuple(each for each in headers if each),
                tuple(each for each in query if each),
            )
            yield routed, backend["name"]


def _pair(wanted: Manifest) -> tuple[str, str] | None:
    value = wanted["value"]
    sample = _sample(value) if wanted.get("type") == "RegularExpression" else value
    return None if sample is None else (wanted["name"], sample)


def _virtual_service(local: Local, notes: Notes) -> Iterator[tuple[RoutedPath, str]]:
    for http in local.manifest["spec"]["http"]:
        backend = http["route"][0]["destination"]["host"].partition(".")[0]
        for match in http.get("match") or [{}]:
            path = _text(match.get("uri") or {"prefix": "/"})
            method = _text(match.get("method") or {"exact": "GET"})
            headers = {name: _text(wanted) for name, wanted in (match.get("headers") or {}).items()}
            if path is None or method is None or None in headers.values():
                notes.leave_out(
                    f"a match that no request was found for: {json.dumps(match)}", local.found, whole=True
                )
                continue
            prefix = "prefix" in (match.get("uri") or {"prefix": "/"})
            pairs = tuple((name, value) for name, value in headers.items() if value)
            yield RoutedPath(path, prefix, method, pairs, in_segments=False), backend


def _text(wanted: Manifest) -> str | None:
    if "regex" in wanted:
        return _sample(wanted["regex"])
    found: str = wanted["exact"] if "exact" in wanted else wanted["prefix"]
    return found


def _sample(pattern: str) -> str | None:
    """A text that a regular expression matches as a whole, if a simple one does; Envoy's are RE2."""
    plain = pattern.strip("^$")
    for complex_one, simple in _SIMPLE.items():
        plain = re.sub(complex_one, simple, plain)
    try:
        return plain if re.fullmatch(pattern, plain) else None
    except re.error:
        return None


def further(known: Sequence[Entry], patterns: Iterable[str]) -> Iterator[Entry]:
    """Entries at paths that the patterns of policies make interesting, each at the route that takes it."""
    paths = [path for pattern in patterns for path in _around(pattern)]
    for place in dict.fromkeys((each.port, each.hostname) for each in known):
        here = [each for each in known if (each.port, each.hostname) == place]
        taken = {each.path for each in here}
        for path in dict.fromkeys(path for path in paths if path not in taken):
            taking = [each for each in here if each.routed.takes(path)]
            if taking:
                yield max(taking, key=lambda each: len(each.routed.path)).at(path)
        for each in here:
            deeper = f"{each.routed.path.rstrip('/')}/{BELOW}"
            if each.routed.prefix and deeper not in taken:
                yield each.at(deeper)


def _around(pattern: str) -> list[str]:
    """Paths inside of a pattern and beside it: at the end of a segment, within it, and below it."""
    if "{" in pattern or pattern in ("*", "/*"):
        return []
    if pattern.startswith("*"):
        return [f"/{BELOW}{pattern[1:]}"]
    stem = pattern.removesuffix("*")
    if stem.endswith("/"):
        return [stem.rstrip("/") or "/", f"{stem}{BELOW}"]
    return [stem, f"{stem}-{BELOW}", f"{stem}/{BELOW}"] if stem != pattern else [stem, f"{stem}/"]
