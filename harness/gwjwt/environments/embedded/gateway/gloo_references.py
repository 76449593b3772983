"""Objects of Gloo Mesh that refer to what nobody has made, or that belong to no workspace.

Source: Gloo Mesh documentation, troubleshooting: the state of a resource, with a message, in ``status.common.State``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gwjwt.environments.embedded.gateway import objects
from gwjwt.environments.embedded.gateway.references import Referrer, names
from gwjwt.environments.embedded.gateway.translate.fields import Manifest
from gwjwt.environments.embedded.gateway.translate.gloo import authorization, jwt_policies, selecting, tables
from gwjwt.environments.embedded.gateway.translate.gloo.compile import gateways_of
from gwjwt.words import AppName


def _of_table(source: objects.ObjectSource, table: Manifest) -> Iterator[str]:
    yield from _workspace(source, table)
    spec = table.get("spec") or {}
    if not spec.get("virtualGateways") and not spec.get("workloadSelectors"):
        yield "neither virtualGateways nor workloadSelectors"
    known = names(source, "VirtualGateway")
    for namespace, name in gateways_of(table):
        if (namespace, name) not in known:
            yield f"VirtualGateway {namespace}/{name} not found"
    for app in tables.backends(table):
        yield from _service(source, app)


def _of_jwt_policy(source: objects.ObjectSource, policy: Manifest) -> Iterator[str]:
    yield from _workspace(source, policy)
    for app in jwt_policies.key_services(policy):
        yield from _service(source, app)


def _of_ext_auth_policy(source: objects.ObjectSource, policy: Manifest) -> Iterator[str]:
    yield from _workspace(source, policy)
    server = authorization.server_of(policy)
    if (server.namespace, server.name) not in names(source, "ExtAuthServer"):
        yield f"ExtAuthServer {server} not found"


def _of_server(source: objects.ObjectSource, server: Manifest) -> Iterator[str]:
    yield from _service(source, authorization.service_of_server(server)[0])


def _service(source: objects.ObjectSource, app: AppName) -> Iterator[str]:
    if (app.namespace, app.name) not in names(source, "Service"):
        yield f"Service {app} not found"


def _workspace(source: objects.ObjectSource, manifest: Manifest) -> Iterator[str]:
    namespace = manifest["metadata"]["namespace"]
    if namespace not in selecting.workspaces(source.list("Workspace"), [namespace]):
        yield f"no Workspace has the namespace {namespace}"


def _status(missing: Sequence[str]) -> dict[str, Any]:
    if not missing:
        return {"common": {"State": {"approval": "ACCEPTED"}}}
    return {"common": {"State": {"approval": "WARNING", "message": "; ".join(missing)}}}


REFERRERS = (
    Referrer("RouteTable", frozenset({"Workspace", "VirtualGateway", "Service"}), _of_table, _status),
    Referrer("JWTPolicy", frozenset({"Workspace", "Service"}), _of_jwt_policy, _status),
    Referrer("ExtAuthPolicy", frozenset({"Workspace", "ExtAuthServer"}), _of_ext_auth_policy, _status),
    Referrer("ExtAuthServer", frozenset({"Service"}), _of_server, _status),
)
