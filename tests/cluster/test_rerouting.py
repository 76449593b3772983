"""Another way to the API that a kubeconfig leads to, with everything else as it was."""

import json

import pytest
import yaml

from gwjwt.cluster.rerouting import Unreroutable, Way
from gwjwt.words import Endpoint

RELAY = Endpoint("127.0.0.1", 4711)


def kubeconfig(folder, cluster, user=None):
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "other", "cluster": {"server": "http://other"}},
            {"name": "c", "cluster": cluster},
        ],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file = folder / "original"
    file.write_text(yaml.safe_dump(content))
    return file


def rerouted(file, folder):
    way = Way(file)
    path = way.through(RELAY, folder)
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text())
    other, own = (each["cluster"] for each in content["clusters"])
    assert other == {"server": "http://other"}
    return way.server, own, content["users"][0]["user"]


def test_plain_http(tmp_path):
    file = kubeconfig(tmp_path, {"server": "http://127.0.0.1:8001/prefix"}, {"token": "t"})
    server, cluster, user = rerouted(file, tmp_path)
    assert server == Endpoint("127.0.0.1", 8001)
    assert cluster == {"server": "http://127.0.0.1:4711/prefix"}
    assert user == {"token": "t"}


def test_the_certificate_stays_the_one_of_the_server_s_own_host(tmp_path):
    server, cluster, _ = rerouted(kubeconfig(tmp_path, {"server": "https://api.example.test"}), tmp_path)
    assert server == Endpoint("api.example.test", 443)
    assert cluster == {"server": "https://127.0.0.1:4711", "tls-server-name": "api.example.test"}


def test_a_name_that_the_user_gave_the_certificate_stays(tmp_path):
    given = {"server": "https://10.0.0.1:6443", "tls-server-name": "kubernetes"}
    _, cluster, _ = rerouted(kubeconfig(tmp_path, given), tmp_path)
    assert cluster["tls-server-name"] == "kubernetes"


def test_files_are_still_found(tmp_path):
    cluster = {"server": "https://10.0.0.1:6443", "certificate-authority": "ca.crt"}
    user = {"client-key": "/absolute/key", "exec": {"command": "./login"}}
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    _, cluster, user = rerouted(kubeconfig(tmp_path, cluster, user), folder)
    assert cluster["certificate-authority"] == str(tmp_path / "ca.crt")
    assert user == {"client-key": "/absolute/key", "exec": {"command": str(tmp_path / "login")}}


def test_a_command_of_the_path_stays_one(tmp_path):
    user = {"exec": {"command": "aws"}}
    _, _, user = rerouted(kubeconfig(tmp_path, {"server": "https://10.0.0.1:6443"}, user), tmp_path)
    assert user == {"exec": {"command": "aws"}}


@pytest.mark.parametrize(
    "cluster", [{}, {"server": "ftp://x"}, {"server": "http://x", "proxy-url": "http://proxy"}]
)
def test_there_is_no_other_way(tmp_path, cluster):
    file = kubeconfig(tmp_path, cluster)
    with pytest.raises(Unreroutable, match=f"kubeconfig {file}: "):
        Way(file)


def test_no_file(tmp_path):
    with pytest.raises(Unreroutable, match="nothing-here"):
        Way(tmp_path / "nothing-here")
