"""The refusals of a Kubernetes API, each of which is a ``Status`` object with a code, a reason and a message.

Source: ``k8s.io/apimachinery/pkg/api/errors``. A name in these messages is the plural with its group
(``requestauthentications.security.istio.io``), except for an invalid object, which is named by its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gwjwt.environments.embedded.api import field_errors
from gwjwt.environments.embedded.api.field_errors import FieldError
from gwjwt.errors import GwjwtError

if TYPE_CHECKING:
    from gwjwt.environments.embedded.api.resources import Resource


class ApiRefusal(GwjwtError):
    """The API does not do what was asked; ``status`` is the body of its answer."""

    code = 500
    reason = "InternalError"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message, self.details = message, details
        self.warnings: list[str] = []
        """For the client's user, as of an accepted write."""

    @property
    def status(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = dict(self.details)
        body["code"] = self.code
        return body


class BadRequest(ApiRefusal):
    code, reason = 400, "BadRequest"


class Unauthorized(ApiRefusal):
    code, reason = 401, "Unauthorized"

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class PathNotFound(ApiRefusal):
    """Nothing is served under this path."""

    code, reason = 404, "NotFound"

    def __init__(self) -> None:
        super().__init__("the server could not find the requested resource", {})


class MethodNotAllowed(ApiRefusal):
    code, reason = 405, "MethodNotAllowed"

    def __init__(
        self, message: str = "the server does not allow this method on the requested resource"
    ) -> None:
        super().__init__(message, {})


class NotSupported(ApiRefusal):
    """A custom kind does not have this verb here."""

    code, reason = 405, "MethodNotAllowed"

    def __init__(self, resource: Resource, verb: str) -> None:
        message = f'{verb} is not supported on resources of kind "{resource.qualified}"'
        super().__init__(message, _named(resource, ""))


class NotAcceptable(ApiRefusal):
    code, reason = 406, "NotAcceptable"


class UnsupportedMediaType(ApiRefusal):
    code, reason = 415, "UnsupportedMediaType"


class NotImplementedHere(ApiRefusal):
    """A real API server can do this; the embedded one refuses it aloud instead of ignoring it."""

    code, reason = 501, "NotImplemented"

    def __init__(self, what: str) -> None:
        super().__init__(f"the embedded Kubernetes API does not support {what}")


class Unknown(ApiRefusal):
    """What the API server answers to an error that it has no reason for."""

    code, reason = 500, ""


class NotFound(ApiRefusal):
    code, reason = 404, "NotFound"

    def __init__(self, resource: Resource, name: str) -> None:
        super().__init__(f'{resource.qualified} "{name}" not found', _named(resource, name))


class AlreadyExists(ApiRefusal):
    code, reason = 409, "AlreadyExists"

    def __init__(self, resource: Resource, name: str) -> None:
        super().__init__(f'{resource.qualified} "{name}" already exists', _named(resource, name))


class Conflict(ApiRefusal):
    """A stale resourceVersion or an unmet precondition."""

    code, reason = 409, "Conflict"

    def __init__(self, resource: Resource, name: str, why: str) -> None:
        message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
        super().__init__(message, _named(resource, name))


class PreconditionFailed(Conflict):
    """A DELETE that was meant for another object or version; it is named by its kind."""

    def __init__(self, resource: Resource, name: str, why: str) -> None:
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        details = {**_named(resource, name), "kind": resource.kind}
        ApiRefusal.__init__(self, f'Operation cannot be fulfilled on {kind} "{name}": {why}', details)


STALE = "the object has been modified; please apply your changes to the latest version and try again"


class ApplyConflict(ApiRefusal):
    """Server-side apply would change fields that other managers own."""

    code, reason = 409, "Conflict"

    def __init__(self, message: str, causes: Sequence[Mapping[str, str]]) -> None:
        super().__init__(message, {"causes": list(causes)})


class Invalid(ApiRefusal):
    """The object breaks its schema or a rule of its kind."""

    code, reason = 422, "Invalid"

    def __init__(self, resource: Resource, name: str, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        unique = list(dict.fromkeys(str(error) for error in errors))
        text = unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
        causes = [{"reason": error.reason, "message": error.body, "field": error.field} for error in errors]
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        details = {**_named(resource, name), "kind": resource.kind, "causes": causes}
        super().__init__(f'{kind} "{name}" is invalid: {text}', details)


class VersionRequired(Invalid):
    """A replace that names no resourceVersion, of a kind that demands one; it is named by its plural."""

    def __init__(self, resource: Resource, name: str) -> None:
        error = field_errors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
        super().__init__(resource, name, [error])
        self.message = f'{resource.qualified} "{name}" is invalid: {error}'
        self.details = {**(self.details or {}), "kind": resource.plural}


class Forbidden(ApiRefusal):
    code, reason = 403, "Forbidden"

    def __init__(
        self, resource: Resource, name: str, why: str, causes: Sequence[Mapping[str, str]] = ()
    ) -> None:
        details = _named(resource, name)
        if causes:
            details["causes"] = list(causes)
        super().__init__(f'{resource.qualified} "{name}" is forbidden: {why}', details)


class Expired(ApiRefusal):
    """The history that a watch or a continued list needs is gone."""

    code, reason = 410, "Expired"


class TooLargeResourceVersion(ApiRefusal):
    """Asked for a state that has not happened yet."""

    code, reason = 504, "Timeout"

    def __init__(self, asked: int, current: int) -> None:
        super().__init__(
            f"Timeout: Too large resource version: {asked}, current: {current}",
            {
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                "retryAfterSeconds": 1,
            },
        )


def _named(resource: Resource, name: str) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.plural
    return details
