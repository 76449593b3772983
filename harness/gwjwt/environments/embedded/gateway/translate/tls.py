"""Listeners that terminate TLS, with a certificate out of a Secret.

Source: Gateway API, ``GatewayTLSConfig``; Kubernetes, Secrets of the type ``kubernetes.io/tls``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence

from envoy.config.core.v3 import base_pb2
from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.listener.tls_inspector.v3 import tls_inspector_pb2
from envoy.extensions.transport_sockets.tls.v3 import common_pb2, tls_pb2

from gwjwt.environments.embedded.gateway.ads import pack
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only

_FIELDS = ("mode", "certificateRefs")
_REFERENCE_FIELDS = ("group", "kind", "name")

INSPECTOR = listener_components_pb2.ListenerFilter(
    name="envoy.filters.listener.tls_inspector", typed_config=pack(tls_inspector_pb2.TlsInspector())
)
"""Reads the server name of a handshake, by which a filter chain is chosen."""


def secret_names(gateway: Manifest) -> Iterator[str]:
    """The Secrets that its listeners name, in its own namespace."""
    for listener in (gateway.get("spec") or {}).get("listeners") or ():
        for reference in (listener.get("tls") or {}).get("certificateRefs") or ():
            yield reference["name"]


def transport_socket(
    listener: Manifest, secrets: Mapping[str, Manifest], path: str
) -> base_pb2.TransportSocket:
    """The server's end of TLS for a listener of the protocol HTTPS; ``secrets`` by name.

    Raises:
        FieldNotSupported: the listener asks for something else, or there is no such Secret.
    """
    tls = listener.get("tls") or {}
    only(tls, _FIELDS, f"{path}.tls")
    if tls.get("mode", "Terminate") != "Terminate":
        raise FieldNotSupported(f"{path}.tls.mode {tls['mode']}")
    references: Sequence[Manifest] = tls.get("certificateRefs") or ()
    if len(references) != 1:
        raise FieldNotSupported(f"{path}.tls.certificateRefs with {len(references)} entries")
    only(references[0], _REFERENCE_FIELDS, f"{path}.tls.certificateRefs[0]")
    name = references[0]["name"]
    if name not in secrets:
        raise FieldNotSupported(f"{path}.tls.certificateRefs[0]: a Secret {name} that is not there")
    data = secrets[name].get("data") or {}
    certificate = common_pb2.TlsCertificate(
        certificate_chain=_inline(data, "tls.crt", name), private_key=_inline(data, "tls.key", name)
    )
    context = tls_pb2.DownstreamTlsContext(
        common_tls_context=tls_pb2.CommonTlsContext(
            tls_certificates=[certificate], alpn_protocols=["h2", "http/1.1"]
        )
    )
    return base_pb2.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))


def _inline(data: Mapping[str, str], key: str, secret: str) -> base_pb2.DataSource:
    try:
        return base_pb2.DataSource(inline_bytes=base64.b64decode(data[key], validate=True))
    except (KeyError, binascii.Error) as error:
        raise FieldNotSupported(f"the Secret {secret} without a readable {key}") from error
