"""What a user writes about a cluster: the options, the kubeconfig, and what the rights for it are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gwjwt.cluster.kubeconfig import with_context
from gwjwt.environments.cluster.options import AddressMode, ClusterOptions, read_cluster_options
from gwjwt.errors import TargetError, UsageError
from gwjwt.running.access import access_objects, rights_for

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "lab",
    "contexts": [
        {"name": "lab", "context": {"cluster": "one", "user": "me", "namespace": "kept"}},
        {"name": "other", "context": {"cluster": "two", "user": "you"}},
    ],
    "clusters": [
        {"name": "one", "cluster": {"server": "https://one.test", "certificate-authority": "ca.crt"}},
        {"name": "two", "cluster": {"server": "https://two.test"}},
    ],
    "users": [
        {"name": "me", "user": {"tokenFile": "token"}},
        {"name": "you", "user": {"client-certificate": "/etc/you.crt", "client-key": "you.key"}},
    ],
}


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(KUBECONFIG))
    return file


def test_the_current_context_alone_with_its_files_made_absolute(kubeconfig: Path) -> None:
    found = with_context(kubeconfig, None)
    assert found["current-context"] == "lab"
    assert [each["cluster"]["server"] for each in found["clusters"]] == ["https://one.test"]
    assert found["clusters"][0]["cluster"]["certificate-authority"] == str(kubeconfig.parent / "ca.crt")
    assert found["users"][0]["user"] == {"tokenFile": str(kubeconfig.parent / "token")}
    assert found["contexts"][0]["context"] == {"cluster": "lab", "user": "lab", "namespace": "kept"}


def test_another_context(kubeconfig: Path) -> None:
    found = with_context(kubeconfig, "other")
    assert found["users"][0]["user"] == {
        "client-certificate": "/etc/you.crt",
        "client-key": str(kubeconfig.parent / "you.key"),
    }


def test_a_context_that_is_not_there_is_told_with_those_that_are(kubeconfig: Path) -> None:
    with pytest.raises(UsageError, match=r"no context 'prod' \(contexts: lab, other\)"):
        with_context(kubeconfig, "prod")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "current-context: x\ncontexts: 3", "\x00"])
def test_what_is_no_kubeconfig_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(UsageError, match=str(file)) as caught:
        with_context(file, None)
    assert "\n" not in str(caught.value)


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        with_context(tmp_path / "missing", None)


def test_options_are_read_by_the_names_of_the_file() -> None:
    read = read_cluster_options(
        {"gatewayClass": "mine", "address": "portForward", "extensionProviders": ["a"], "settleTime": 2},
        "t.yaml",
    )
    assert (read.gateway_class, read.address, read.extension_providers, read.settle_time) == (
        "mine",
        AddressMode.PORT_FORWARD,
        ("a",),
        2.0,
    )


@pytest.mark.parametrize(
    "options, told",
    [
        ({"gateway_class": "x"}, r"t.yaml: environment.gateway_class: unknown key \(valid: .*gatewayClass"),
        ({"address": "dns"}, "t.yaml: environment.address: .*portForward.* 'dns'"),
        ({"namespacePrefix": "Upper"}, "environment.namespacePrefix"),
        ({"settleTime": -1}, "environment.settleTime"),
    ],
)
def test_wrong_options_name_file_and_key(options: dict[str, object], told: str) -> None:
    with pytest.raises(TargetError, match=told):
        read_cluster_options(options, "t.yaml")


def test_no_right_that_the_options_do_not_need() -> None:
    least = rights_for("manifests", ClusterOptions(address=AddressMode.PORT_FORWARD))
    resources = {each.resource for each in least}
    assert resources.isdisjoint({"nodes", "serviceentries", "customresourcedefinitions"})
    with_all = rights_for("reference", ClusterOptions(extension_providers=("p",)))
    assert {"nodes", "serviceentries", "customresourcedefinitions"} <= {each.resource for each in with_all}
    assert not any("*" in (each.group, each.resource, *each.verbs) for each in with_all)


def test_the_account_is_bound_to_its_role_in_its_namespace() -> None:
    role, account, binding = access_objects("manifests", ClusterOptions(), "suite", "ci")
    assert account["metadata"] == {"name": "suite", "namespace": "ci"}
    assert binding["roleRef"]["name"] == role["metadata"]["name"] == "suite"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "suite", "namespace": "ci"}]


def test_rights_of_an_unknown_driver_are_not_guessed() -> None:
    with pytest.raises(UsageError, match="--driver charm: its rights are not known"):
        rights_for("charm", ClusterOptions())
