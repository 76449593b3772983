"""ExtAuthPolicies and the servers that they name as Envoy's ext_authz filter.

Source: Gloo Mesh API reference, ExtAuthPolicy (``customAuth``: a server of the user's own) and ExtAuthServer
(``httpService``: it is asked over HTTP).
"""

from __future__ import annotations

from gwjwt.environments.embedded.gateway.mesh import ExtensionProvider
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, Manifest, only
from gwjwt.environments.embedded.gateway.translate.gloo.tables import reference, service_of
from gwjwt.words import AppName, Endpoint


def server_of(policy: Manifest) -> AppName:
    """The ExtAuthServer that decides.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec = policy.get("spec") or {}
    only(spec, ("applyToRoutes", "applyToDestinations", "config"), "spec")
    config = spec.get("config") or {}
    only(config, ("customAuth", "server"), "spec.config")
    only(config.get("customAuth") or {}, (), "spec.config.customAuth")
    if "customAuth" not in config or not config.get("server"):
        raise FieldNotSupported("spec.config without customAuth and server")
    return reference(config["server"], policy["metadata"]["namespace"], "spec.config.server")


def service_of_server(server: Manifest) -> tuple[AppName, int]:
    """The Service, with its port, behind an ExtAuthServer.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    wanted = (server.get("spec") or {})["destinationServer"]
    return service_of(wanted, server["metadata"]["namespace"], "spec.destinationServer")


def provider_of(server: Manifest) -> ExtensionProvider:
    """How the server is asked.

    Raises:
        FieldNotSupported: with the path of the field.
    """
    spec, metadata = server.get("spec") or {}, server["metadata"]
    only(spec, ("destinationServer", "httpService"), "spec")
    http = spec.get("httpService")
    if http is None:
        raise FieldNotSupported("spec without httpService")
    only(http, ("request", "response"), "spec.httpService")
    request, response = http.get("request") or {}, http.get("response") or {}
    only(request, ("allowedHeaders",), "spec.httpService.request")
    only(response, ("allowedUpstreamHeaders", "allowedClientHeaders"), "spec.httpService.response")
    app, port = service_of_server(server)
    return ExtensionProvider(
        f"{metadata['namespace']}/{metadata['name']}",
        Endpoint(
            f"{app.name}.{app.namespace}", port
        ),  # the Host that it is asked with; the cluster says where it is
        tuple(request.get("allowedHeaders") or ()),
        tuple(response.get("allowedUpstreamHeaders") or ()),
        tuple(response.get("allowedClientHeaders") or ()),
    )
