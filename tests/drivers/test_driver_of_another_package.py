"""The driver that docs/drivers.md shows, installed as a package of its own, found by its entry point and run."""

import base64
import hashlib
import importlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gwjwt.drivers.registry import driver_names, make_driver
from gwjwt.errors import TargetError
from gwjwt.rules import JWTRule, publish
from gwjwt.waiting import Deadlines
from gwjwt.words import AppName, GatewayName

GUIDE = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text(encoding="utf-8")
[CODE] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
[ENTRY_POINTS] = re.findall(
    r"```toml\n\[project\.entry-points\.(\"gwjwt\.drivers\"\]\n.*?)```", GUIDE, re.DOTALL
)


def wheel(folder, code):
    """What a build backend makes of such a project."""
    info = "acme_gwjwt-1.0.dist-info"
    files = {
        "acme_gwjwt.py": code,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-gwjwt\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[gwjwt.drivers]\nacme = acme_gwjwt:AcmeDriver\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text.encode())}\n" for name, text in files.items())
    file = folder / "acme_gwjwt-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return file


def _digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def offer(monkeypatch, tmp_path, code=CODE):
    """Make the package importable, as it would be after an installation."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel(tmp_path, code)) as archive:
        archive.extractall(installed)
    make_importable(monkeypatch, installed)


def make_importable(monkeypatch, folder):
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "acme_gwjwt", raising=False)
    importlib.invalidate_caches()


def test_the_guides_driver_is_short_and_its_entry_point_is_the_one_that_is_searched():
    assert len(CODE.splitlines()) < 60
    assert ENTRY_POINTS == '"gwjwt.drivers"]\nacme = "acme_gwjwt:AcmeDriver"\n'


def test_the_guides_driver_is_found_and_runs(monkeypatch, tmp_path, cluster, namespace):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--target", tmp_path / "installed", wheel(tmp_path, CODE)], check=True)
    make_importable(monkeypatch, tmp_path / "installed")
    assert "acme" in driver_names()
    driver = make_driver("acme", {"gatewayClass": "acme"}, None)
    gateway, app = GatewayName(namespace, "ing"), AppName(namespace, "a")
    with driver.start(cluster, Deadlines()) as implementation:
        implementation.create_gateway(gateway)
        implementation.expose(gateway, app, 80)
        implementation.relate(
            gateway, app, publish([JWTRule(issuer="https://a.example", jwks_uri="https://a.example/jwks")])
        )
        implementation.enable_forward_auth(gateway, "authorizer")
        implementation.settle()
        [made] = cluster.list("gateway.networking.k8s.io/v1", "Gateway", namespace)
        assert made["spec"]["gatewayClassName"] == "acme"
        authentications = implementation.request_authentications(gateway)
        policies = implementation.authorization_policies(gateway)
    assert [each["metadata"]["name"] for each in authentications] == ["request-auth-a-ing"]
    assert {each["metadata"]["name"] for each in policies} == {"deny-without-jwt-ing", "ext-authz-ing"}


def test_the_guides_driver_refuses_a_wrong_option(monkeypatch, tmp_path):
    offer(monkeypatch, tmp_path)
    with pytest.raises(TargetError, match=r"driver\.gatewayClas: unknown key \(valid: gatewayClass\)"):
        make_driver("acme", {"gatewayClas": "x"}, None)


@pytest.mark.parametrize(
    "code, said",
    [
        (
            "import no_such_module\n",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("class Other: pass\n", "cannot be imported: AttributeError: .*has no attribute 'AcmeDriver'"),
        ("def broken(:\n", "cannot be imported: SyntaxError: invalid syntax"),
        ("raise RuntimeError('no licence\\nfound')\n", "cannot be imported: RuntimeError: no licence found"),
        ("class AcmeDriver: pass\n", "is no driver: it has no from_options"),
    ],
)
def test_a_driver_that_cannot_be_used_is_told_without_a_traceback(monkeypatch, tmp_path, code, said):
    offer(monkeypatch, tmp_path, code)
    with pytest.raises(TargetError, match=said):
        make_driver("acme", {}, Path("target.yaml"))
