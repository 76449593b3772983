"""Who plays the namespace controller deletes everything, and nothing that a finalizer holds."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from gwjwt.cluster import Cluster, Object, Reference
from gwjwt.environments.local_istio.environment import LocalIstioEnvironment
from gwjwt.waiting import NotYet, eventually

HOLD = "example.com/hold"
SECONDS = 10.0

RULES = {"selector": {"matchLabels": {"app": "none"}}}
KINDS = [("v1", "ConfigMap", {}), ("v1", "Service", {"spec": {"ports": [{"port": 80}]}}),
         ("security.istio.io/v1", "RequestAuthentication", {"spec": RULES})]  # fmt: skip


def made(
    cluster: Cluster, kind: tuple[str, str, Object], namespace: str, name: str, *finalizers: str
) -> Reference:
    metadata = {"name": name, "namespace": namespace, "finalizers": list(finalizers)}
    manifest = {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, **kind[2]}
    return Reference.of(cluster.create(manifest))


@pytest.mark.parametrize("kind", KINDS, ids=[each[1] for each in KINDS])
def test_what_a_finalizer_holds_stays_until_it_is_let_go(
    environment: LocalIstioEnvironment, cluster: Cluster, kind: tuple[str, str, Object]
) -> None:
    namespace = f"leaving-{secrets.token_hex(3)}"
    environment.create_namespace(namespace)
    held = made(cluster, kind, namespace, "held", HOLD)
    free = made(cluster, kind, namespace, "free")

    def leaving() -> None:
        found = cluster.get(held)
        assert found is not None, "it has gone against its finalizer"
        if "deletionTimestamp" not in found["metadata"] or cluster.get(free) is not None:
            raise NotYet(str(found["metadata"]))

    def gone() -> None:
        if cluster.get(Reference("v1", "Namespace", "", namespace)) is not None:
            raise NotYet("the namespace is still there")

    with ThreadPoolExecutor(1) as beside:
        deletion = beside.submit(environment.delete_namespace, namespace)
        eventually("the held object is being deleted, and the other has gone", leaving, SECONDS)
        cluster.merge(held, {"metadata": {"finalizers": None}})
        deletion.result(SECONDS)
    eventually("the namespace goes", gone, SECONDS)
    assert cluster.get(held) is None
