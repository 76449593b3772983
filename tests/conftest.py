from __future__ import annotations

import os
import shutil

from hypothesis import settings

settings.register_profile("gwjwt", deadline=None, max_examples=60)
settings.load_profile("gwjwt")

WITHOUT_KUBECTL = shutil.which("kubectl") is None and "CI" not in os.environ
"""Nobody has to install kubectl to work on the suite; in CI its absence fails the tests that need it."""

collect_ignore = ["embedded/api/test_api_with_kubectl.py"] if WITHOUT_KUBECTL else []


def pytest_report_header() -> list[str]:
    left_out = "kubectl is not on the PATH: test_api_with_kubectl.py is left out (in CI it is not)"
    return [left_out] if WITHOUT_KUBECTL else []
