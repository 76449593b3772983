"""Bringing the objects of this application to what is wanted: apply it, then delete what nobody wants any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from lightkube import ApiError, Client
from lightkube.generic_resource import create_namespaced_resource

Manifest = dict[str, Any]

_GATEWAY_API, _SECURITY = "gateway.networking.k8s.io", "security.istio.io"
_POLICIES = ("RequestAuthentication", "AuthorizationPolicy")
_ROUTES = ("HTTPRoute", "Gateway")
_KINDS = {
    "Gateway": create_namespaced_resource(_GATEWAY_API, "v1", "Gateway", "gateways"),
    "HTTPRoute": create_namespaced_resource(_GATEWAY_API, "v1", "HTTPRoute", "httproutes"),
    "RequestAuthentication": create_namespaced_resource(
        _SECURITY, "v1", "RequestAuthentication", "requestauthentications"
    ),
    "AuthorizationPolicy": create_namespaced_resource(
        _SECURITY, "v1", "AuthorizationPolicy", "authorizationpolicies"
    ),
}


class Objects:
    """All objects that carry this application's labels."""

    def __init__(self, client: Client, namespace: str, labels: Mapping[str, str]) -> None:
        self._client, self._namespace = client, namespace
        self._labels: dict[str, Any] = dict(labels)

    def bring_policies(self, wanted: Sequence[Manifest]) -> dict[str, str]:
        """Apply what closes first, delete what opens last. Returns the rules that the API rejects, with its words.

        Rejected rules are not in force, in no older version either. A DENY policy that is there already may get a
        narrower scope: then the external authorizer has to be in its place before.
        """
        found = self._found(_POLICIES, self._namespace)
        narrowing = any(name.startswith("deny-") for _, _, name in found)
        rejected = {}
        for manifest in sorted(wanted, key=lambda each: narrowing and each["spec"].get("action") != "CUSTOM"):
            try:
                self._apply(manifest)
            except ApiError as error:
                if manifest["kind"] != "RequestAuthentication" or error.status.code not in _REJECTIONS:
                    raise
                rejected[str(manifest["metadata"]["name"])] = str(error.status.message)
        kept = {_key(each) for each in wanted if each["metadata"]["name"] not in rejected}
        self._delete(sorted(found - kept, key=lambda key: key[2].startswith("deny-")))
        return rejected

    def bring_routes(self, wanted: Sequence[Manifest]) -> None:
        found = self._found(_ROUTES, "*")
        for manifest in wanted:
            self._apply(manifest)
        self._delete(found - {_key(each) for each in wanted})

    def _apply(self, manifest: Manifest) -> None:
        self._client.apply(_KINDS[manifest["kind"]].from_dict(manifest), force=True)

    def _found(self, kinds: Sequence[str], namespace: str) -> set[tuple[str, str, str]]:
        return {
            (kind, str(each.metadata.namespace), str(each.metadata.name))
            for kind in kinds
            for each in self._client.list(_KINDS[kind], namespace=namespace, labels=self._labels)
            if each.metadata
        }

    def _delete(self, keys: Sequence[tuple[str, str, str]] | set[tuple[str, str, str]]) -> None:
        for kind, namespace, name in keys:
            try:
                self._client.delete(_KINDS[kind], name, namespace=namespace)
            except ApiError as error:
                if error.status.code != HTTPStatus.NOT_FOUND:
                    raise


_REJECTIONS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


def _key(manifest: Manifest) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata["namespace"], metadata["name"]
