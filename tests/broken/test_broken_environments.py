"""In a broken place nothing passes that should not, and each verdict says what is broken: see ``breakages``.

One profile is enough to try each breakage on; ``make broken`` tries them on all.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from breakages import BREAKAGES, WHOLE
from suite_runs import Uses, Verdicts, affected, untrue, uses_when_whole, verdicts_in

PROFILE = "--gwjwt-profile=istio-ingress-jwt"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdicts, Uses]:
    return uses_when_whole(tmp_path_factory.mktemp("whole"), PROFILE)


def test_every_scenario_passes_in_a_whole_place(whole: tuple[Verdicts, Uses]) -> None:
    verdicts, uses = whole
    assert untrue(WHOLE, verdicts, uses) == []
    assert "passed" in verdicts.values()


@pytest.mark.parametrize("breakage", [each for each in BREAKAGES if each != WHOLE])
def test_no_verdict_is_untrue(breakage: str, whole: tuple[Verdicts, Uses], tmp_path: Path) -> None:
    _, uses = whole
    assert affected(breakage, uses)
    assert untrue(breakage, verdicts_in(breakage, tmp_path, PROFILE), uses) == []
