from __future__ import annotations

import os
import shutil

from hypothesis import settings

from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE
from gwjwt.errors import EnvironmentFailed

settings.register_profile("gwjwt", deadline=None, max_examples=60)
settings.load_profile("gwjwt")

WITHOUT_KUBECTL = shutil.which("kubectl") is None and "CI" not in os.environ
"""Nobody has to install kubectl to work on the suite; in CI its absence fails the tests that need it."""


def istio_is_missing() -> bool:
    """Nobody has to build Istio either; ``make test-istio`` does, and runs what needs it."""
    try:
        find_assets(DEFAULT_RELEASE)
    except EnvironmentFailed:
        return True
    return False


LEFT_OUT = {
    "embedded/api/test_api_with_kubectl.py": WITHOUT_KUBECTL,
    "istio": istio_is_missing(),
}
collect_ignore = [name for name, left_out in LEFT_OUT.items() if left_out]


def pytest_report_header() -> list[str]:
    return [f"left out, as its programs are missing: {name}" for name in collect_ignore]
