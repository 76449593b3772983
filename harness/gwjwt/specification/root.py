"""Where the suite lives: the folder that holds ``features/`` and ``steps/``."""

from __future__ import annotations

import os
from pathlib import Path

from gwjwt.errors import UsageError

VARIABLE = "GWJWT_SUITE_ROOT"
"""Environment variable that points at another suite, for those who write their own features."""


def suite_root() -> Path:
    """The folder with ``features/clauses.yaml`` and ``steps/``.

    In order: ``$GWJWT_SUITE_ROOT``, the copy inside an installed wheel, the checkout around the package.

    Raises:
        UsageError: there is none, or the variable points at a folder that is not a suite.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        root = Path(chosen).resolve()
        if not _is_suite(root):
            raise UsageError(f"{VARIABLE}={chosen}: no features/clauses.yaml in that folder")
        return root
    package = Path(__file__).resolve().parent.parent
    for root in (package / "suite", package.parent.parent):
        if _is_suite(root):
            return root
    raise UsageError(
        f"no suite beside the package: reinstall it, or set {VARIABLE} to a folder with features/ and steps/"
    )


def _is_suite(root: Path) -> bool:
    return (root / "features" / "clauses.yaml").is_file()
