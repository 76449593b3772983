from __future__ import annotations

import itertools

import pytest

from gwjwt import errors
from gwjwt.reporting.verdict import Verdict, reason_of, verdict_of, worst


@pytest.mark.parametrize(
    "error, verdict",
    [
        (AssertionError("x"), Verdict.FAILED),
        (errors.ClauseViolated("x"), Verdict.FAILED),
        (errors.ImplementationFailed("x"), Verdict.FAILED),
        (errors.Inconclusive("x"), Verdict.INCONCLUSIVE),
        (errors.Unsupported("x"), Verdict.UNSUPPORTED),
        (errors.EnvironmentFailed("envoy", "died"), Verdict.ERROR),
        (errors.TargetError("t.yaml", "driver", "wrong"), Verdict.ERROR),
        (KeyError("x"), Verdict.ERROR),
        (TimeoutError(), Verdict.ERROR),
    ],
)
def test_what_an_exception_says_about_the_implementation(error, verdict):
    assert verdict_of(error) is verdict


def test_reasons_are_in_the_users_words_and_bugs_show_their_place():
    assert reason_of(errors.ClauseViolated("expected 403")) == "expected 403"
    assert reason_of(errors.EnvironmentFailed("envoy", "died", "last line")) == (
        "the environment failed: envoy: died\nlast line"
    )
    with pytest.raises(KeyError) as raised:
        {}["x"]
    assert reason_of(raised.value).startswith("KeyError: 'x' (at ")
    assert "test_verdict.py:" in reason_of(raised.value)


def test_one_bad_verdict_decides_and_an_observation_does_not_outweigh_a_pass():
    assert worst([]) is None
    assert worst([Verdict.PASSED, Verdict.RECORDED]) is Verdict.PASSED
    assert worst([Verdict.PASSED, Verdict.ERROR, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    for pair in itertools.permutations([Verdict.PASSED, Verdict.FAILED, Verdict.ERROR]):
        assert worst(pair) is Verdict.FAILED
