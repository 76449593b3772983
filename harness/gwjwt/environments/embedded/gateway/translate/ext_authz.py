"""An HTTP authorizer as Envoy's ext_authz filter, asked only for requests that a CUSTOM policy matches.

Source: Istio documentation, MeshConfig ``envoyExtAuthzHttp``; Envoy documentation, "External Authorization".
The RBAC filter in front of it only evaluates the rules (shadow mode) and leaves the name of the rule that
matched.
"""

from __future__ import annotations

from collections.abc import Sequence

from envoy.config.core.v3 import config_source_pb2, http_uri_pb2
from envoy.extensions.filters.http.ext_authz.v3 import ext_authz_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from envoy.type.matcher.v3 import metadata_pb2, string_pb2, value_pb2
from google.protobuf import duration_pb2

from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.mesh import ExtensionProvider
from gwjwt.environments.embedded.gateway.translate.matchers import text

EXT_AUTHZ_FILTER = "envoy.filters.http.ext_authz"
SHADOW_PREFIX = "istio_ext_authz_"
_RULE_PREFIX = "istio-ext-authz"
_TIMEOUT_SECONDS = 600
"""istiod's default: the request's own deadline is the shorter one."""


def rule_prefix(provider: str) -> str:
    """What the names of a provider's rules start with, so that its filter knows them."""
    return f"{_RULE_PREFIX}-{provider}-"


def cluster_name(provider: ExtensionProvider) -> str:
    return f"ext-authz|{provider.name}"


def ext_authz_filter(provider: ExtensionProvider, rbac_filter_name: str) -> hcm.HttpFilter:
    """Build the filter; an authorizer that cannot be reached means 403 (Istio's ``failOpen: false``)."""
    config = ext_authz_config(provider, cluster_name(provider))
    config.filter_enabled_metadata.CopyFrom(_matched(provider.name, rbac_filter_name))
    return hcm.HttpFilter(name=EXT_AUTHZ_FILTER, typed_config=pack(config))


def ext_authz_config(provider: ExtensionProvider, cluster: str) -> ext_authz_pb2.ExtAuthz:
    """The filter's configuration for an HTTP authorizer behind a cluster, asked about every request."""
    service = ext_authz_pb2.HttpService(
        server_uri=http_uri_pb2.HttpUri(
            uri=provider.endpoint.url("/"),
            cluster=cluster,
            timeout=duration_pb2.Duration(seconds=_TIMEOUT_SECONDS),
        )
    )
    if provider.headers_to_upstream_on_allow:
        service.authorization_response.allowed_upstream_headers.CopyFrom(
            _names(provider.headers_to_upstream_on_allow)
        )
    if provider.headers_to_downstream_on_deny:
        service.authorization_response.allowed_client_headers.CopyFrom(
            _names(provider.headers_to_downstream_on_deny)
        )
    config = ext_authz_pb2.ExtAuthz(
        http_service=service,
        transport_api_version=config_source_pb2.ApiVersion.V3,
    )
    if provider.include_request_headers:
        config.allowed_headers.CopyFrom(_names(provider.include_request_headers))
    return config


def _names(headers: Sequence[str]) -> string_pb2.ListStringMatcher:
    patterns = []
    for header in headers:
        pattern = text(header)
        if not pattern.HasField("safe_regex"):
            pattern.ignore_case = True
        patterns.append(pattern)
    return string_pb2.ListStringMatcher(patterns=patterns)


def _matched(provider: str, rbac_filter_name: str) -> metadata_pb2.MetadataMatcher:
    return metadata_pb2.MetadataMatcher(
        filter=rbac_filter_name,
        path=[metadata_pb2.MetadataMatcher.PathSegment(key=f"{SHADOW_PREFIX}shadow_effective_policy_id")],
        value=value_pb2.ValueMatcher(string_match=string_pb2.StringMatcher(prefix=rule_prefix(provider))),
    )
