"""The verdict is what the gateway does, whatever the manifests say: the right folder on gateways that do wrong."""

from __future__ import annotations

import pytest

from gwjwt.checking.check import Check
from gwjwt.checking.folder import read_folder
from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.environments.embedded.faults import WRONG_GATEWAYS
from gwjwt.waiting import Deadlines

from .conftest import FOLDERS

SEEN_AS = {
    "open": {"open", "spoofed-header"},
    "deny-ignored": {"open"},
    "checked-after-forwarding": {"open"},
    "clock-ignored": {"forged-token"},
    "shape-of-a-jwt-suffices": {"forged-token", "other-audience"},
    "audience-ignored": {"other-audience"},
    "cookie-suffices": {"token-elsewhere"},
    "spoofed-header-wins": {"spoofed-header"},
}


def checked_on(fault: str):
    with (
        EmbeddedEnvironment(Deadlines(), WRONG_GATEWAYS[fault]) as environment,
        Cluster(environment.kubeconfig) as cluster,
    ):
        return Check(read_folder(FOLDERS / "everything-is-right"), environment, cluster).run()


@pytest.mark.parametrize("fault", SEEN_AS)
def test_a_gateway_that_lets_too_much_through_is_found_out(fault):
    checked = checked_on(fault)
    assert {each.kind for each in checked.findings if each.entry.path != "/healthz"} == SEEN_AS[fault]


def test_a_gateway_that_lets_nobody_in_has_no_finding_and_is_told():
    checked = checked_on("closed")
    assert checked.findings == ()
    assert len(checked.closed) == len(checked.observed) > 0
