"""The environment ``cluster``, with an account that has the rights of ``gwjwt rbac`` alone, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_stand_in import DEADLINES, PROVIDER, ClusterStandIn

from gwjwt.cli import main
from gwjwt.cluster import ApiRefused, Object, Reference
from gwjwt.environments.cluster.environment import ClusterEnvironment
from gwjwt.environments.cluster.known import KnownCluster
from gwjwt.environments.cluster.objects import RunObjects
from gwjwt.environments.cluster.options import AddressMode, ClusterOptions
from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import run_to_its_end
from gwjwt.waiting import Deadlines, NotYet, eventually

OPTIONS = ClusterOptions(address=AddressMode.NODE_PORT, extension_providers=(PROVIDER,))
SCENARIOS = (
    "charm-request-auth/rule-fields/several-rules-of-one-application-are-all-effective",
    "charm-request-auth/claims/several-mappings-of-one-rule-are-applied-independently-of-each-other",
    "charm-request-auth/inspection/the-deny-policy-is-among-the-authorizationpolicies-of-the-namespace",
)
MINUTES = 10


@pytest.fixture(scope="module")
def stand_in() -> Iterator[ClusterStandIn]:
    with ClusterStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def nothing_left(stand_in: ClusterStandIn) -> Iterator[None]:
    before = stand_in.everything()
    yield
    assert stand_in.everything() - before == set()


def write_target(stand_in: ClusterStandIn, folder: Path, driver: str) -> Path:
    environment: dict[str, Any] = {
        "kind": "cluster",
        "kubeconfig": str(stand_in.restricted(driver, OPTIONS)),
        "address": "nodePort",
        "extensionProviders": [PROVIDER],
    }
    target = {
        "apiVersion": "gwjwt.dev/v1alpha1",
        "kind": "Target",
        "driver": {"name": driver},
        "profiles": ["charm-request-auth"],
        "environment": environment,
        "deadlines": {"start": DEADLINES.start, "settle": DEADLINES.settle, "request": DEADLINES.request},
    }
    file = folder / "target.yaml"
    file.write_text(json.dumps(target))
    return file


def run_of(target: Path, *further: str) -> list[str]:
    wanted = [f"--scenario={each}" for each in SCENARIOS]
    return [sys.executable, "-m", "gwjwt", "run", str(target), *wanted, *further]


def account(stand_in: ClusterStandIn, **changed: object) -> ClusterOptions:
    options = OPTIONS.model_copy(update=changed)
    return options.model_copy(update={"kubeconfig": stand_in.restricted("manifests", options)})


@pytest.mark.parametrize("driver", ["reference", "manifests"])
def test_scenarios_pass_with_these_rights_alone(
    stand_in: ClusterStandIn, tmp_path: Path, driver: str, nothing_left: None
) -> None:
    command = run_of(write_target(stand_in, tmp_path, driver), "--json")
    ended = run_to_its_end(command, seconds=60.0 * MINUTES)
    assert ended.exit_code == 0, ended.complaint
    report = json.loads(ended.output)
    assert "'settleTime': '1s'" in str(report)


def test_a_wrong_implementation_is_seen(stand_in: ClusterStandIn, tmp_path: Path, nothing_left: None) -> None:
    command = run_of(write_target(stand_in, tmp_path, "reference"), "--fault", "claims-not-mapped")
    ended = run_to_its_end(command, seconds=60.0 * MINUTES)
    assert ended.exit_code == 1, ended.output


def test_nothing_is_left_after_an_interrupt(
    stand_in: ClusterStandIn, tmp_path: Path, nothing_left: None
) -> None:
    target = write_target(stand_in, tmp_path, "reference")
    running = stand_in.directory.start("interrupted", run_of(target))

    def under_way() -> None:
        running.check()
        if "running" not in running.last_lines() or not leftovers(stand_in):
            raise NotYet(running.last_lines())

    eventually("the run is under way", under_way, DEADLINES.start)
    os.kill(running.pid, signal.SIGINT)
    assert running.ended_within(60.0 * MINUTES)
    assert running.exit_code == 3, running.last_lines()


def test_rights_that_are_missing_are_listed_with_their_commands(
    stand_in: ClusterStandIn, nothing_left: None
) -> None:
    fewer = account(stand_in, address=AddressMode.PORT_FORWARD, extension_providers=())
    more = fewer.model_copy(update={"address": AddressMode.NODE_PORT, "extension_providers": (PROVIDER,)})
    with pytest.raises(EnvironmentFailed) as caught, KnownCluster(more):
        pass
    told = str(caught.value).splitlines()
    assert [line.strip() for line in told if line.startswith("  ")] == [
        "kubectl auth can-i list nodes --all-namespaces",
        "kubectl auth can-i create serviceentries.networking.istio.io --all-namespaces",
    ]


def test_a_gateway_class_that_is_not_there(stand_in: ClusterStandIn, nothing_left: None) -> None:
    with pytest.raises(EnvironmentFailed, match=r"no gateway class 'mine' .kubectl get gatewayclasses"):
        KnownCluster(account(stand_in, gateway_class="mine")).__enter__()


def test_what_the_api_refuses_to_admit(stand_in: ClusterStandIn, nothing_left: None) -> None:
    with admission_refuses(stand_in), pytest.raises(EnvironmentFailed, match="no pods of strangers"):
        ClusterEnvironment(KnownCluster(account(stand_in)), DEADLINES).__enter__()


def test_a_pod_that_does_not_start(
    stand_in: ClusterStandIn, monkeypatch: pytest.MonkeyPatch, nothing_left: None
) -> None:
    monkeypatch.setattr(stand_in, "runs_pods", False)
    short = Deadlines(start=3.0, settle=DEADLINES.settle)
    with pytest.raises(EnvironmentFailed, match=r"has no pod .kubectl describe pods --namespace gwjwt-run-"):
        ClusterEnvironment(KnownCluster(account(stand_in)), short).__enter__()


def test_a_namespace_that_is_stuck_in_deletion(
    stand_in: ClusterStandIn, monkeypatch: pytest.MonkeyPatch, nothing_left: None
) -> None:
    short = Deadlines(start=DEADLINES.start, settle=5.0)
    with ClusterEnvironment(KnownCluster(account(stand_in)), DEADLINES) as environment:
        environment.create_namespace("gwjwt-stuck")
        monkeypatch.setattr(stand_in, "empties_namespaces", False)
        monkeypatch.setattr(environment._namespaces, "_hold", short.settle)
        with pytest.raises(EnvironmentFailed, match=r"Terminating .kubectl get namespace gwjwt-stuck"):
            environment.delete_namespace("gwjwt-stuck")
        monkeypatch.setattr(stand_in, "empties_namespaces", True)
        stand_in.local.delete_namespace("gwjwt-stuck")


def test_what_a_killed_run_left_is_listed_and_deleted(
    stand_in: ClusterStandIn, capsys: pytest.CaptureFixture[str], nothing_left: None
) -> None:
    for run, name in (("aaaa", "gwjwt-first"), ("bbbb", "gwjwt-second")):
        stand_in.admin.create(RunObjects(run, name).new_namespace(name))
    where = ["clean", "--kubeconfig", str(account(stand_in).kubeconfig)]
    assert main([*where, "--dry-run"]) == 0
    listed = capsys.readouterr().out
    assert "gwjwt-first\trun aaaa" in listed
    assert "gwjwt-second\trun bbbb" in listed
    assert main([*where, "--run", "bbbb"]) == 0
    assert leftovers(stand_in) == {"gwjwt-first"}
    assert main(where) == 0
    assert leftovers(stand_in) == set()


def leftovers(stand_in: ClusterStandIn) -> set[str]:
    labels = {"app.kubernetes.io/managed-by": "gwjwt"}
    return {each["metadata"]["name"] for each in stand_in.admin.list("v1", "Namespace", None, labels)}


class admission_refuses:  # noqa: N801  # reads as what it does
    """Inside, the API server refuses Deployments: a policy of admission, as a webhook would be."""

    def __init__(self, stand_in: ClusterStandIn) -> None:
        self._admin = stand_in.admin

    def __enter__(self) -> None:
        api_version = "admissionregistration.k8s.io/v1"
        rule = {
            "apiGroups": ["apps"],
            "apiVersions": ["v1"],
            "operations": ["CREATE"],
            "resources": ["deployments"],
        }
        self._objects: list[Object] = [
            {
                "apiVersion": api_version,
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": "strangers"},
                "spec": {
                    "matchConstraints": {"resourceRules": [rule]},
                    "validations": [{"expression": "false", "message": "no pods of strangers"}],
                },
            },
            {
                "apiVersion": api_version,
                "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": {"name": "strangers"},
                "spec": {"policyName": "strangers", "validationActions": ["Deny"]},
            },
        ]
        for each in self._objects:
            self._admin.create(each)
        self._await(admits=False)

    def __exit__(self, *_: object) -> None:
        for each in self._objects:
            self._admin.delete(each)
        self._await(admits=True)

    def _await(self, *, admits: bool) -> None:
        """The API server takes up policies, and drops them, some time after they are written."""

        def taken_up() -> None:
            if self._admits() is not admits:
                raise NotYet(f"it {'refuses' if admits else 'admits'}")

        eventually("the policy is taken up", taken_up, DEADLINES.settle)

    def _admits(self) -> bool:
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "x"}]}}
        tried = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "x", "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
        }
        try:
            self._admin.create(tried)
        except ApiRefused as refused:
            if "no pods of strangers" in refused.message:
                return False
            raise
        self._admin.delete(Reference.of(tried))
        return True
