"""A port of a Gateway as an Envoy listener."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from envoy.config.core.v3 import address_pb2, base_pb2
from envoy.config.listener.v3 import listener_components_pb2, listener_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from envoy.type.v3 import percent_pb2
from google.protobuf import duration_pb2, wrappers_pb2

from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.translate import tls
from gwjwt.environments.embedded.gateway.translate.routes import PlacedRoute
from gwjwt.words import GatewayName

_TRUE = wrappers_pb2.BoolValue(value=True)
_FALSE = wrappers_pb2.BoolValue(value=False)
_ROUTER = hcm.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router_pb2.Router()))


def listener_name(gateway: GatewayName, port: int) -> str:
    """Name the listener after the Gateway and the port that it declares."""
    return f"{gateway}:{port}"


def filter_chain(
    filters: Iterable[hcm.HttpFilter],
    routes: Mapping[str, Sequence[PlacedRoute]],
    *,
    inbound: bool = False,
    transport_socket: base_pb2.TransportSocket | None = None,
    server_name: str | None = None,
) -> listener_components_pb2.FilterChain:
    """Build what serves the connections of a listener, or those of one server name.

    Args:
        filters: in their order; the router is added.
        routes: by hostname, ``*`` for all others. Without a route the answer is 404.
        inbound: of a sidecar, where requests come from the mesh; else of a gateway, at the edge.
        transport_socket: what terminates TLS; None for plain text.
        server_name: for the connections that ask for it in their handshake; None for all.
    """
    manager = hcm.HttpConnectionManager(
        stat_prefix="gateway",
        route_config=_route_configuration(routes, count_attempts=not inbound),
        http_filters=[*filters, _ROUTER],
        server_name="istio-envoy",
        # Nothing is traced, but with it Envoy tells the backend which route was taken, as it does for Istio.
        tracing=hcm.HttpConnectionManager.Tracing(random_sampling=percent_pb2.Percent(value=0)),
        use_remote_address=_FALSE if inbound else _TRUE,
        normalize_path=_TRUE,
        stream_idle_timeout=duration_pb2.Duration(seconds=0),
    )
    network_filter = listener_components_pb2.Filter(
        name="envoy.filters.network.http_connection_manager", typed_config=pack(manager)
    )
    names = [server_name] if server_name else []
    return listener_components_pb2.FilterChain(
        filters=[network_filter],
        filter_chain_match=listener_components_pb2.FilterChainMatch(server_names=names) if names else None,
        transport_socket=transport_socket,
    )


def listener(
    name: str,
    bound_port: int,
    chains: Sequence[listener_components_pb2.FilterChain],
    *,
    inbound: bool = False,
) -> listener_pb2.Listener:
    """Build the listener.

    Args:
        name: unique in this Envoy.
        bound_port: on 127.0.0.1; a port in use is refused, not shared.
        chains: one, or one for each server name.
        inbound: as for ``filter_chain``.
    """
    encrypted = any(each.HasField("transport_socket") for each in chains)
    return listener_pb2.Listener(
        name=name,
        address=address_pb2.Address(
            socket_address=address_pb2.SocketAddress(address="127.0.0.1", port_value=bound_port)
        ),
        filter_chains=chains,
        listener_filters=[tls.INSPECTOR] if encrypted else [],
        traffic_direction=base_pb2.INBOUND if inbound else base_pb2.OUTBOUND,
        enable_reuse_port=_FALSE,
    )


def _route_configuration(
    routes: Mapping[str, Sequence[PlacedRoute]], *, count_attempts: bool
) -> route_pb2.RouteConfiguration:
    hosts = [
        route_components_pb2.VirtualHost(
            name=hostname,
            domains=[hostname],
            routes=[placed.route for placed in sorted(each, key=lambda placed: placed.precedence)],
            include_request_attempt_count=count_attempts,
        )
        for hostname, each in sorted(routes.items())
    ]
    return route_pb2.RouteConfiguration(
        virtual_hosts=hosts,
        ignore_port_in_host_matching=True,
        validate_clusters=_FALSE,  # a route may name a Service that nobody has made
    )
