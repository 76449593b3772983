"""What a user wants of an app in the mesh: the intents of the profile ``istio-end-user-auth``.

Source: seed "End-user authentication with JWT" of the Istio tutorial. Its one manifest, whose text it does not show,
was a ``Policy`` of ``authentication.istio.io/v1alpha1``; what that asked for takes two kinds today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gwjwt.words import AppName, GatewayName

PROFILE = "istio-end-user-auth"


@dataclass(frozen=True)
class EndUserAuthentication:
    """An app validates the tokens of one issuer."""

    app: AppName
    selector: Mapping[str, str]
    """The labels of the app's pods."""
    issuer: str
    jwks: str
    """The issuer's key set as JSON (RFC 7517, section 5)."""
    required: bool = True
    """Whether a request without a valid token is refused."""


@dataclass(frozen=True)
class EndUserState:
    """All of it at one moment. Each method gives the state after one step of the document."""

    gateway: GatewayName
    """The namespace of the apps, and the one that users call."""
    authentication: EndUserAuthentication | None = None

    def authenticating(self, authentication: EndUserAuthentication) -> EndUserState:
        return replace(self, authentication=authentication)

    def cleaned_up(self) -> EndUserState:
        return replace(self, authentication=None)

    def as_json(self) -> dict[str, Any]:
        """docs/drivers.md describes every field."""
        return {
            "gateway": asdict(self.gateway),
            "authentication": None if self.authentication is None else asdict(self.authentication),
        }


def sample_states() -> list[EndUserState]:
    """States that go through the branches of a usual template, to find its mistakes before anything runs."""
    app = AppName("sample", "app")
    bare = EndUserState(GatewayName("sample", "app"))
    applied = EndUserAuthentication(app, {"app": "app"}, "https://issuer.example", '{"keys": []}')
    return [bare, *(bare.authenticating(replace(applied, required=each)) for each in (True, False))]
