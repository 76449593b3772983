"""It is known who asked for something that a real cluster has and the embedded API has not."""

import pytest

from gwjwt.environments.embedded.api.missing import Missed, resources_of_a_real_cluster
from gwjwt.environments.embedded.api.registry import Registry, built_in_resources


@pytest.fixture
def registry():
    registry = Registry()
    registry.install(built_in_resources())
    return registry


@pytest.mark.parametrize(
    "asked, shown",
    [
        ("/apis/batch/v1/namespaces/m/cronjobs", "apis/batch/v1/cronjobs"),
        ("/apis/batch/v1/cronjobs", "apis/batch/v1/cronjobs"),
        ("/apis/batch/v1/namespaces/m/jobs/a/status", "apis/batch/v1/jobs"),
        ("/api/v1/nodes/a", "api/v1/nodes"),
        ("/apis/networking.istio.io/v1alpha3/envoyfilters", "apis/networking.istio.io/v1alpha3/envoyfilters"),
        ("/apis/batch/v1", "apis/batch/v1"),
        ("/apis/batch/v1/", "apis/batch/v1"),
    ],
)
def test_a_resource_or_version_of_a_real_cluster_is_missed(registry, asked, shown):
    missed = Missed()
    missed.note(asked, registry)
    assert missed.paths() == [shown]


@pytest.mark.parametrize(
    "asked",
    [
        "/apis/batch/v2/cronjobs",
        "/apis/batch/v1/carpets",
        "/apis/gateway.networking.k8s.io/v1alpha2/namespaces/m/tcproutes",
        "/apis/monitoring.coreos.com/v1",
        "/api/v1/namespaces/m/cronjobs",
        "/apis/apps/v1",
        "/apis",
        "/metrics",
        "/",
    ],
)
def test_what_no_cluster_has_is_not_missed(registry, asked):
    missed = Missed()
    missed.note(asked, registry)
    assert missed.paths() == []


def test_it_is_forgotten_with_its_namespace(registry):
    missed = Missed()
    for asked in ("namespaces/m/cronjobs", "namespaces/n/cronjobs", "namespaces/m/jobs", "jobs"):
        missed.note(f"/apis/batch/v1/{asked}", registry)
    missed.forget("m")
    assert missed.paths() == ["apis/batch/v1/cronjobs", "apis/batch/v1/jobs"]
    missed.forget("n")
    assert missed.paths() == ["apis/batch/v1/jobs"]


def test_a_request_that_is_answered_is_never_missed(api, raw):
    assert raw.send("GET", "/apis/apps/v1/namespaces/default/deployments").status == 200
    assert raw.send("GET", "/apis/apps/v1/namespaces/default/deployments/none").status == 404
    assert raw.send("GET", "/apis/policy/v1/namespaces/default/poddisruptionbudgets").status == 404
    assert api.missed.paths() == ["apis/policy/v1/poddisruptionbudgets"]


def test_all_kinds_of_kubernetes_that_are_served_are_those_of_a_real_cluster():
    real = resources_of_a_real_cluster()
    assert all(one.plural in real[one.api_version] for one in built_in_resources())
