"""The templates that come with the suite: for each profile that manifests can express, the documented behaviour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gwjwt.drivers import end_user_auth, gloo_jwt, istio_ingress, samples
from gwjwt.drivers.protocol import Wanted

CHARM = "charm-request-auth"
_TEMPLATES = Path(__file__).parent / "templates"

SAMPLES: dict[str, Callable[[], Sequence[Wanted]]] = {
    CHARM: samples.sample_states,
    gloo_jwt.PROFILE: gloo_jwt.sample_states,
    istio_ingress.PROFILE: istio_ingress.sample_states,
    end_user_auth.PROFILE: end_user_auth.sample_states,
}
"""By profile: states on which templates are tried before anything runs."""

PRODUCTS: dict[str, str] = {
    CHARM: "Istio",
    gloo_jwt.PROFILE: "Gloo Mesh",
    istio_ingress.PROFILE: "Istio",
    end_user_auth.PROFILE: "Istio",
}
"""By profile: the gateway product that has to be there, under the name that environments know it by."""


def bundled_templates(profile: str) -> Path:
    """The folder of the bundled templates of a profile, one of ``SAMPLES``."""
    return _TEMPLATES / profile
