"""The command with ``--juju-model``, as its user runs it."""

from __future__ import annotations

import pytest

ONE = ("--clause", "CHARM-DENY-01")
MISUSE, NOTHING_JUDGED = 2, 3


def test_without_juju_nothing_is_judged(judge, on_path) -> None:
    outcome = judge("--driver", "charm", "--juju-model", "live", *ONE)
    assert outcome.code == NOTHING_JUDGED
    first, *_ = outcome.reasons.splitlines()
    assert first == (
        "the environment failed: juju status (model live): there is no juju on PATH; install its client, "
        "and log in to the controller"
    )


def test_a_model_that_is_not_there(judge, standin) -> None:
    outcome = judge("--juju-model", "elsewhere", *ONE)
    assert outcome.code == NOTHING_JUDGED
    assert "juju status (model elsewhere): model elsewhere not found" in outcome.reasons


def test_a_model_that_is_not_on_the_environment_s_cluster(judge, standin) -> None:
    outcome = judge("--juju-model", "live", *ONE)
    assert outcome.code == NOTHING_JUDGED
    assert (
        "the model live: the environment's cluster has no namespace live; take the environment"
        in outcome.reasons
    )
    assert "live Juju model live: waits up to 300 s" in " ".join(outcome.report["policy"]["remarks"])
    assert not standin.said("deploy")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (
            ("--juju-model", "live", "-n", "2"),
            "-n 2: a live Juju model takes one scenario at a time; leave -n out",
        ),
        (
            ("--juju-model", "live", "--driver", "manifests"),
            "--juju-model: only for --driver charm, not manifests",
        ),
        (("--juju-model", "live", "--charm", "."), "driver.charm: is for a simulated Juju"),
    ],
)
def test_wrong_use(arguments, words, judge) -> None:
    outcome = judge(*arguments, *ONE)
    assert outcome.code == MISUSE
    assert words in outcome.text
    assert len(outcome.text.strip().splitlines()) == 1
