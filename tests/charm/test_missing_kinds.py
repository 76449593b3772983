"""A charm is not blamed for asking the embedded API for what only a real cluster serves."""

from __future__ import annotations

import pytest

DENY = "charm-request-auth/fail-closed/the-policy-has-one-rule-that-nothing-narrows"
CRON_JOB = ("batch", "v1", "CronJob", "cronjobs")
CARPET = ("textiles.example", "v1", "Carpet", "carpets")


@pytest.fixture
def listing(charm_with):
    """The reference charm, which first lists what a cluster has of a kind."""

    def make(kind, around="{}"):
        asking = f"""
            from lightkube.core.generic_client import httpx
            from lightkube.generic_resource import create_namespaced_resource
            client = lightkube.Client(namespace=self.model.name)
            {around.format(f"list(client.list(create_namespaced_resource{kind}))")}
"""
        call = "        self._ask_mesh()\n"
        return charm_with("src/charm.py", call, f"        if True:{asking}{call}")

    return make


CAREFUL = "try: {}\n            except httpx.HTTPStatusError: pass"


def test_a_charm_that_cannot_do_without_a_kind_is_not_judged(judge, listing) -> None:
    outcome = judge("--charm", listing(CRON_JOB), "--scenario", DENY)
    assert outcome.verdicts == {DENY: "error"}
    said = "the embedded API does not serve apis/batch/v1/cronjobs; use --environment local-istio"
    assert said in outcome.reasons


def test_a_charm_that_cannot_do_without_a_kind_that_no_cluster_has_fails(judge, listing) -> None:
    outcome = judge("--charm", listing(CARPET), "--scenario", DENY)
    assert outcome.verdicts == {DENY: "failed"}


@pytest.mark.parametrize("kind", [CRON_JOB, CARPET], ids=lambda kind: kind[2])
def test_a_charm_that_does_without_goes_on(kind, judge, listing) -> None:
    outcome = judge("--charm", listing(kind, CAREFUL), "--scenario", DENY)
    assert outcome.verdicts == {DENY: "passed"}
