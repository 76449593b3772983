"""What a wrong gateway is: a change of what it reads, of how Envoy is configured, or of when it hears of changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

from envoy.config.listener.v3 import listener_pb2
from envoy.extensions.filters.http.jwt_authn.v3 import config_pb2 as jwt_authn
from envoy.extensions.filters.http.lua.v3 import lua_pb2
from envoy.extensions.filters.http.rbac.v3 import rbac_pb2 as rbac_filter
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from google.protobuf import any_pb2
from google.protobuf.message import Message

from gwjwt.environments.embedded.gateway import proxies
from gwjwt.environments.embedded.gateway.ads import pack, resource
from gwjwt.environments.embedded.gateway.objects import ObjectSource
from gwjwt.environments.embedded.gateway.translate.authorization import RBAC_FILTER
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import Manifest

Snapshot = proxies.Snapshot
Manager: TypeAlias = hcm.HttpConnectionManager
_Message = TypeVar("_Message", bound=Message)


def as_it_is(snapshot: Snapshot) -> Snapshot:
    return snapshot


def nothing(_manager: Manager, _snapshot: Snapshot) -> None:
    """Leave Envoy's configuration alone."""


def at_once(source: ObjectSource) -> ObjectSource:
    return source


@dataclass(frozen=True)
class WrongGateway:
    """One wrong behaviour of a gateway under its name."""

    name: str
    read: Callable[[Snapshot], Snapshot] = as_it_is
    """From the objects that reach it to those that it believes to have."""
    configure: Callable[[Manager, Snapshot], None] = nothing
    """Changes the connection manager of each of its listeners."""
    hear: Callable[[ObjectSource], ObjectSource] = at_once
    """From the Kubernetes API's objects to those that it hears of."""

    def translate(self, snapshot: Snapshot) -> CompiledGateway:
        """What ``proxies.compiled`` does, with the fault in it."""
        read = self.read(snapshot)
        compiled = proxies.compiled(read)
        for name, each in compiled.listeners.items():
            compiled.listeners[name] = resource(self._changed(each.body, read))
        return compiled

    def _changed(self, body: any_pb2.Any, snapshot: Snapshot) -> listener_pb2.Listener:
        listener = unpacked(body, listener_pb2.Listener)
        for chain in listener.filter_chains:
            for network_filter in chain.filters:
                manager = unpacked(network_filter.typed_config, hcm.HttpConnectionManager)
                self.configure(manager, snapshot)
                network_filter.typed_config.CopyFrom(pack(manager))
        return listener


def unpacked(body: any_pb2.Any, kind: type[_Message]) -> _Message:
    message: _Message = kind()
    if not body.Unpack(message):
        raise ValueError(f"{body.type_url} is no {kind.DESCRIPTOR.full_name}")
    return message


def reading_rules(change: Callable[[dict[str, Any]], Manifest]) -> Callable[[Snapshot], Snapshot]:
    """Read every rule of every RequestAuthentication as what is made of it."""

    def policy(each: Manifest) -> Manifest:
        spec = each.get("spec") or {}
        return {
            **each,
            "spec": {**spec, "jwtRules": [change(dict(rule)) for rule in spec.get("jwtRules") or ()]},
        }

    def read(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, request_authentications=tuple(map(policy, snapshot.request_authentications)))

    return read


def rules_of(snapshot: Snapshot) -> list[Manifest]:
    """The rules of all RequestAuthentications that reach the gateway."""
    return [
        rule
        for each in snapshot.request_authentications
        for rule in (each.get("spec") or {}).get("jwtRules") or ()
    ]


def edit_providers(manager: Manager, change: Callable[[jwt_authn.JwtProvider], None]) -> None:
    """Change every provider of the filter that validates tokens."""

    def config(authentication: jwt_authn.JwtAuthentication) -> None:
        for provider in authentication.providers.values():
            change(provider)

    edit_validation(manager, config)


def providers_of(manager: Manager) -> list[jwt_authn.JwtProvider]:
    """Those of all filters that validate tokens."""
    found: list[jwt_authn.JwtProvider] = []
    edit_providers(manager, found.append)
    return found


def edit_validation(manager: Manager, change: Callable[[jwt_authn.JwtAuthentication], None]) -> None:
    """Change the filters that validate tokens: Istio's one, or one for each policy of Gloo Mesh."""
    for each in manager.http_filters:
        if each.typed_config.Is(jwt_authn.JwtAuthentication.DESCRIPTOR):
            authentication = unpacked(each.typed_config, jwt_authn.JwtAuthentication)
            change(authentication)
            each.typed_config.CopyFrom(pack(authentication))


def edit_authorization(manager: Manager, change: Callable[[rbac_filter.RBAC], None]) -> None:
    """Change every filter that enforces DENY or ALLOW rules."""
    for each in manager.http_filters:
        if each.name == RBAC_FILTER:
            rbac = unpacked(each.typed_config, rbac_filter.RBAC)
            if rbac.HasField("rules"):
                change(rbac)
                each.typed_config.CopyFrom(pack(rbac))


def lua(name: str, code: str) -> hcm.HttpFilter:
    """A filter that runs this code."""
    config = lua_pb2.Lua()
    config.default_source_code.inline_string = code
    return hcm.HttpFilter(name=name, typed_config=pack(config))


def insert(manager: Manager, added: hcm.HttpFilter, place: int = 0) -> None:
    """Put a filter before the one that is at a place now; negative places count from the router."""
    filters = list(manager.http_filters)
    filters.insert(place, added)
    del manager.http_filters[:]
    manager.http_filters.extend(filters)
