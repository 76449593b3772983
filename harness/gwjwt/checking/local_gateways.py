"""Gateways as the embedded one can serve them: in plain text, whoever may attach a route."""

from __future__ import annotations

from collections.abc import Iterator

from gwjwt.checking.manifests import Found, Manifest
from gwjwt.checking.notes import Notes

_TLS_ENDS_HERE = ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")
_PLAIN = ("HTTP", "HTTP2", "GRPC")


def of_gateway_api(gateway: Found, notes: Notes) -> Manifest | None:
    """The Gateway with plain listeners; None if no listener of it speaks HTTP."""
    listeners = list(_listeners(gateway, notes))
    if not listeners:
        return None
    spec = {**gateway.spec, "gatewayClassName": "istio", "listeners": listeners}
    spec.pop("addresses", None)
    return {**gateway.manifest, "spec": spec}


def _listeners(gateway: Found, notes: Notes) -> Iterator[Manifest]:
    for each in gateway.spec["listeners"]:
        protocol = each["protocol"]
        if protocol not in ("HTTP", "HTTPS"):
            notes.leave_out(f"the listener {each['name']} speaks {protocol}, no HTTP", gateway)
            continue
        kept = {key: value for key, value in each.items() if key != "tls"}
        if protocol == "HTTPS":
            notes.replace(f"TLS of {gateway}: by plain HTTP on the same port")
            kept["protocol"] = "HTTP"
        namespaces = (each.get("allowedRoutes") or {}).get("namespaces") or {}
        if namespaces.get("from") == "Selector":
            notes.leave_out(f"which namespaces may attach to the listener {each['name']}: all may", gateway)
            kept["allowedRoutes"] = {**each["allowedRoutes"], "namespaces": {"from": "All"}}
        yield kept


def of_istio(gateway: Found, notes: Notes) -> Manifest | None:
    """The Gateway with plain servers; None if no server of it speaks HTTP."""
    servers = list(_servers(gateway, notes))
    return {**gateway.manifest, "spec": {**gateway.spec, "servers": servers}} if servers else None


def _servers(gateway: Found, notes: Notes) -> Iterator[Manifest]:
    for index, each in enumerate(gateway.spec.get("servers") or ()):
        tls, port = each.get("tls") or {}, each["port"]
        protocol, mode = str(port["protocol"]).upper(), str(tls.get("mode") or "SIMPLE")
        ends_tls = protocol == "HTTPS" and mode in _TLS_ENDS_HERE
        if tls.get("httpsRedirect"):
            notes.leave_out(f"servers[{index}] redirects to HTTPS and forwards nothing", gateway)
            continue
        if not ends_tls and protocol not in _PLAIN:
            notes.leave_out(f"servers[{index}] speaks {protocol} {mode}, no HTTP that it could read", gateway)
            continue
        if ends_tls:
            notes.replace(f"TLS of {gateway}: by plain HTTP on the same port")
        kept = {key: value for key, value in each.items() if key in ("name", "hosts")}
        yield {**kept, "port": {"number": port["number"], "name": port["name"], "protocol": "HTTP"}}
