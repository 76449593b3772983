"""Routes as the embedded gateway can serve them, each with a backend of the suite's own behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gwjwt.checking.manifests import GATEWAY_API, Found, Manifest, is_a
from gwjwt.checking.notes import Notes
from gwjwt.checking.stand_ins import PORT, StandIns
from gwjwt.environments.embedded.gateway.translate import routes, virtual
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, well_formed

_NO_SAY_IN_HTTP_ROUTE = ("timeouts", "retry", "sessionPersistence")
_NO_SAY_AS_FILTER = ("URLRewrite", "ResponseHeaderModifier", "RequestMirror", "CORS")
_NO_SAY_IN_VIRTUAL_SERVICE = (
    "timeout",
    "retries",
    "corsPolicy",
    "rewrite",
    "mirror",
    "mirrors",
    "mirrorPercent",
    "mirror_percent",
    "mirrorPercentage",
    "fault",
)
_ANSWERS_ITSELF = ("redirect", "directResponse")


def localized(route: Found, stand_ins: StandIns, notes: Notes) -> Manifest | None:
    """The route with what the embedded gateway can serve of it; None if that is nothing."""
    if is_a(route, GATEWAY_API, "HTTPRoute"):
        kept = [each for each in _http_rules(route, stand_ins, notes) if _serves(route, "rules", each, notes)]
        return _with(route, "rules", kept)
    kept = [each for each in _http(route, stand_ins, notes) if _serves(route, "http", each, notes)]
    manifest = _with(route, "http", kept)
    if manifest is not None:
        spec = {
            key: manifest["spec"][key] for key in ("hosts", "gateways", "http") if key in manifest["spec"]
        }
        return {**manifest, "spec": spec}
    return None


def _with(route: Found, key: str, rules: Sequence[Manifest]) -> Manifest | None:
    return {**route.manifest, "spec": {**route.spec, key: list(rules)}} if rules else None


def _serves(route: Found, key: str, rule: Manifest, notes: Notes) -> bool:
    """Whether the embedded gateway can express this rule; if not, it is noted."""
    alone: dict[str, Any] = {**route.manifest, "spec": {key: [rule]}}
    try:
        with well_formed():
            if key == "rules":
                list(routes.routes_of(alone, lambda _backend, _namespace: "outbound|80||a.b"))
            else:
                list(virtual.routes_of(alone, 0, lambda _app: PORT))
    except FieldNotSupported as error:
        field = error.field.removeprefix(f"spec.{key}[0].")
        notes.leave_out(f"a route with {field}, which the embedded gateway does not serve", route, whole=True)
        return False
    return True


def _http_rules(route: Found, stand_ins: StandIns, notes: Notes) -> Iterator[Manifest]:
    for rule in route.spec.get("rules") or [{}]:
        filters = list(rule.get("filters") or ())
        if any(each["type"] == "RequestRedirect" for each in filters):
            notes.leave_out("a rule of it redirects and forwards nothing", route)
            continue
        backend = next((each for each in rule.get("backendRefs") or () if each.get("weight", 1) > 0), None)
        if backend is None:
            notes.leave_out("a rule of it has no backend and forwards nothing", route)
            continue
        _tell_left_out(route, [key for key in _NO_SAY_IN_HTTP_ROUTE if rule.get(key)], notes)
        _tell_left_out(route, [each["type"] for each in filters if each["type"] in _NO_SAY_AS_FILTER], notes)
        service = stand_ins.of(route, backend.get("namespace") or route.namespace, backend["name"])
        kept = {key: value for key, value in rule.items() if key not in _NO_SAY_IN_HTTP_ROUTE}
        kept["backendRefs"] = [{"name": service.name, "port": PORT}]
        remaining = [each for each in filters if each["type"] not in _NO_SAY_AS_FILTER]
        if filters:
            kept["filters"] = remaining
        yield kept


def _http(route: Found, stand_ins: StandIns, notes: Notes) -> Iterator[Manifest]:
    for http in route.spec.get("http") or ():
        if any(http.get(each) for each in _ANSWERS_ITSELF):
            notes.leave_out("a route of it answers without a backend and forwards nothing", route)
            continue
        _tell_left_out(route, [key for key in _NO_SAY_IN_VIRTUAL_SERVICE if http.get(key)], notes)
        kept = {key: value for key, value in http.items() if key not in _NO_SAY_IN_VIRTUAL_SERVICE}
        kept["headers"] = _of_requests(http)
        destinations = http.get("route") or ()
        if destinations:
            service = stand_ins.of(route, *_service(route, str(destinations[0]["destination"]["host"])))
            host = f"{service.name}.{service.namespace}.svc.cluster.local"
            stand_in = {"destination": {"host": host, "port": {"number": PORT}}}
            kept["route"] = [{**stand_in, "headers": _of_requests(destinations[0])}]
        yield kept


def _of_requests(changed: Manifest) -> Manifest:
    """The changes to headers without those of responses, which let nobody in."""
    request = (changed.get("headers") or {}).get("request")
    return {"request": request} if request else {}


def _service(route: Found, host: str) -> tuple[str, str]:
    """Namespace and name of what a destination's host names; of a host outside the mesh, the route's namespace."""
    name, _, rest = host.partition(".")
    if not rest:
        return route.namespace, name
    if host.endswith(".svc.cluster.local"):
        return rest.partition(".")[0], name
    return route.namespace, host


def _tell_left_out(route: Found, what: list[str], notes: Notes) -> None:
    if what:
        notes.leave_out(f"{', '.join(what)}: left out, as it does not decide who gets in", route)
