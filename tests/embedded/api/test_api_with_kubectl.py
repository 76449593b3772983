"""The API through kubectl. These tests need a kubectl on the PATH."""

import json
import os
import shutil
import subprocess

import pytest

MANIFESTS = """
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: ra}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: ing}]
  jwtRules: [{issuer: "https://issuer.test", jwksUri: "http://keys.test/"}]
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {ports: [{port: 80}], selector: {app: a}}
"""


@pytest.fixture
def kubectl(api, namespace, tmp_path):
    program = shutil.which("kubectl")
    assert program, "kubectl is not on the PATH"

    def run(*arguments, stdin="", fails=False):
        environment = {**os.environ, "KUBECONFIG": str(api.kubeconfig), "HOME": str(tmp_path)}
        command = [program, "--namespace", namespace, *arguments]
        done = subprocess.run(
            command, input=stdin, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stderr if fails else done.stdout

    return run


def test_apply_and_again(kubectl):
    assert kubectl("apply", "-f", "-", stdin=MANIFESTS).splitlines() == [
        "requestauthentication.security.istio.io/ra created",
        "service/app created",
    ]
    assert kubectl("apply", "-f", "-", stdin=MANIFESTS).splitlines() == [
        "requestauthentication.security.istio.io/ra unchanged",
        "service/app unchanged",
    ]
    changed = MANIFESTS.replace("port: 80", "port: 81").replace("issuer.test", "other.test")
    assert kubectl("apply", "-f", "-", stdin=changed).splitlines() == [
        "requestauthentication.security.istio.io/ra configured",
        "service/app configured",
    ]
    assert kubectl("get", "service", "app", "-o", "jsonpath={.spec.ports[*].port}") == "81"


def test_server_side_apply(kubectl):
    kubectl("apply", "--server-side", "-f", "-", stdin=MANIFESTS)
    other = MANIFESTS.replace("issuer.test", "other.test")
    refused = kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other, fails=True)
    assert 'conflict with "kubectl": .spec.jwtRules' in refused
    kubectl("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", stdin=other)


def test_get_describe_and_explain(kubectl):
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert "requestauthentication.security.istio.io/ra" in kubectl("get", "ra,service", "-o", "name")
    header, row = kubectl("get", "service").splitlines()
    assert (header.split(), row.split()[:2]) == (["NAME", "TYPE", "CLUSTER-IP", "AGE"], ["app", "ClusterIP"])
    assert "Jwks Uri:  http://keys.test/" in kubectl("describe", "ra", "ra")
    assert "jwksUri" in kubectl("explain", "requestauthentication.spec.jwtRules")


def test_create_label_annotate_patch(kubectl):
    kubectl("create", "configmap", "cm", "--from-literal=a=1")
    kubectl("create", "secret", "generic", "s", "--from-literal=a=1")
    kubectl("create", "serviceaccount", "sa")
    kubectl("create", "service", "clusterip", "svc", "--tcp=80:8080")
    assert kubectl("get", "secret", "s", "-o", "jsonpath={.data.a} {.type}") == "MQ== Opaque"
    assert kubectl("get", "service", "svc", "-o", "jsonpath={.spec.ports[0].targetPort}") == "8080"
    kubectl("label", "configmap", "cm", "l=1")
    kubectl("annotate", "configmap", "cm", "n=1")
    kubectl("patch", "configmap", "cm", "-p", '{"data":{"b":"2"}}')
    kubectl("patch", "configmap", "cm", "--type=json", "-p", '[{"op":"remove","path":"/data/a"}]')
    made = json.loads(kubectl("get", "configmap", "cm", "-o", "json"))
    assert (made["data"], made["metadata"]["labels"], made["metadata"]["annotations"]) == (
        {"b": "2"},
        {"l": "1"},
        {"n": "1"},
    )


def test_a_refusal_is_shown(kubectl):
    bad = MANIFESTS.replace("https://issuer.test", "")
    shown = kubectl("apply", "-f", "-", stdin=bad, fails=True)
    assert 'The RequestAuthentication "ra" is invalid: spec.jwtRules[0].issuer: Invalid value: "":' in shown
    unknown = MANIFESTS.replace("targetRefs", "targets")
    assert 'strict decoding error: unknown field "spec.targets"' in kubectl(
        "apply", "-f", "-", stdin=unknown, fails=True
    )


def test_wait_and_delete(kubectl):
    kubectl("create", "namespace", "made-by-kubectl")
    kubectl("wait", "--for=jsonpath={.status.phase}=Active", "namespace/made-by-kubectl", "--timeout=5s")
    kubectl("delete", "namespace", "made-by-kubectl", "--timeout=5s")
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    kubectl("delete", "-f", "-", "--timeout=5s", stdin=MANIFESTS)
    kubectl("wait", "--for=delete", "requestauthentication/ra", "--timeout=5s")
    assert "not found" in kubectl("get", "ra", "ra", fails=True)


def test_diff(kubectl):
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert kubectl("diff", "-f", "-", stdin=MANIFESTS) == ""
