"""What a request and the object in it must agree on: the namespace and the name."""

from __future__ import annotations

from gwjwt.environments.embedded.api.errors import BadRequest
from gwjwt.environments.embedded.api.resources import Manifest, Resource


def agreed_namespace(resource: Resource, namespace: str | None, shaped: Manifest) -> str | None:
    """The namespace of the request, which the object may repeat but not contradict."""
    given = shaped["metadata"].get("namespace")
    if not resource.namespaced:
        return None
    if given and namespace and given != namespace:
        raise BadRequest(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return namespace or given or "default"


def require_name(name: str, shaped: Manifest) -> None:
    """Refuse a replace whose object has no name.

    Raises:
        BadRequest: always then.
    """
    if not shaped["metadata"].get("name"):
        raise BadRequest(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )


def addressed_to(name: str, resource: Resource, namespace: str | None, shaped: Manifest) -> Manifest:
    """The object with its name, which must not be another one than the request's."""
    agreed_namespace(resource, namespace, shaped)
    given = shaped["metadata"].setdefault("name", name)
    if given != name:
        raise BadRequest(f"the name of the object ({given}) does not match the name on the URL ({name})")
    return shaped
