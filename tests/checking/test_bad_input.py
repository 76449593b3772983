"""Mistakes of the call and of the files: one line that names the file, and the exit code 2."""

from __future__ import annotations

import pytest

from .conftest import FOLDERS, run_check

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
"""
POLICY = """apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: require-token, namespace: istio-system}
spec:
  action: DENY
  rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]
"""


@pytest.mark.parametrize(
    "files, told",
    [
        ({"README.md": "# nothing"}, "no Kubernetes manifest in it (1 other files)"),
        ({"values.yaml": "replicas: 3\n"}, "no Kubernetes manifest in it (1 other files)"),
        ({"policy.yaml": POLICY}, "no gateway in it"),
        ({"gateway.yaml": GATEWAY.replace("edge, ", "edge,\n ]")}, "gateway.yaml:5: YAML: "),
        (
            {"gateway.yaml": GATEWAY.replace("name: edge, ", "")},
            "gateway.yaml:2: Gateway: metadata.name: must be text",
        ),
        (
            {"gateway.yaml": GATEWAY.replace("shop}", "[shop]}")},
            "gateway.yaml:2: Gateway edge: metadata.namespace: ",
        ),
        ({"gateway.yaml": b"\xff\xfe"}, "gateway.yaml: file: is not UTF-8"),
        (
            {"a.yaml": GATEWAY, "b.yaml": POLICY, "old/b.yml": f"---\n---\n{POLICY}"},
            "old/b.yml:3: AuthorizationPolicy istio-system/require-token: stands in {folder}/b.yaml:1 too; keep one",
        ),
        (
            {"a.yaml": GATEWAY, "b.yaml": POLICY.replace("notRequestPrincipals", "notRequestPrincipal")},
            "b.yaml:1: AuthorizationPolicy istio-system/require-token: the Kubernetes API does not accept it: ",
        ),
        (
            {
                "a.yaml": GATEWAY,
                "b.yaml": f"{GATEWAY}---\n{POLICY.replace('DENY', 'REFUSE')}".replace("edge", "two"),
            },
            "b.yaml:9: AuthorizationPolicy istio-system/require-token: the Kubernetes API does not accept it: ",
        ),
    ],
)
def test_a_folder_that_cannot_be_checked(files, told, tmp_path):
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    checked = run_check(tmp_path)
    assert checked.code == 2, checked.out
    assert told.format(folder=tmp_path) in checked.err
    assert checked.err.startswith(f"gwjwt: {tmp_path}")
    assert len(checked.err.splitlines()) == 1
    assert checked.out == ""


def test_a_folder_that_is_not_there(tmp_path):
    checked = run_check(tmp_path / "policies")
    assert (checked.code, checked.err) == (
        2,
        f"gwjwt: {tmp_path / 'policies'}: no such folder; name the one that holds your manifests\n",
    )


def test_expectations_that_are_not_there(tmp_path):
    checked = run_check(FOLDERS / "everything-is-right", "--expect", tmp_path / "accepted.yaml")
    assert (checked.code, checked.err) == (
        2,
        f"gwjwt: {tmp_path / 'accepted.yaml'}: file: no such file or directory\n",
    )
