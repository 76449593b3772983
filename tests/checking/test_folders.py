"""Folders as platform teams have them: five that are subtly wrong, each in another way, and one that is right."""

from __future__ import annotations

import pytest

from .conftest import FOLDERS, run_check

WRONG = {
    "nothing-requires-a-token": (
        {("open", "shop.example.com/"), ("open", "shop.example.com/admin")},
        "RequestAuthentication shop/accounts only refuses bad tokens, and nothing requires one",
        "platform/request-authentication.yaml:1",
    ),
    "policies-beside-the-app": (
        {
            ("open", "orders.example.com/api/orders"),
            ("open", "orders.example.com/internal/metrics"),
            ("spoofed-header", "orders.example.com/api/orders"),
            ("spoofed-header", "orders.example.com/internal/metrics"),
        },
        "AuthorizationPolicy orders/orders-require-jwt selects istio=ingressgateway, the labels of the gateway's pods,",
        "orders/security.yaml:20",
    ),
    "public-prefix-too-wide": (
        {("open", "library.example.org/publications-admin")},
        "AuthorizationPolicy istio-system/require-library-card rules[0] exempts /public*, which takes",
        "30-authorization.yaml:1",
    ),
    "tokens-for-other-services": (
        {
            ("other-audience", "partners.parcels.example.net/v2/track"),
            ("other-audience", "partners.parcels.example.net/v2/labels"),
            ("spoofed-header", "partners.parcels.example.net/v2/track"),
            ("spoofed-header", "partners.parcels.example.net/v2/labels"),
        },
        "jwtRules[0] of RequestAuthentication parcels/partners names no audiences",
        "partners/policies.yaml:1",
    ),
    "partners-in-admin": (
        {("other-issuer", "shop.example.com/admin"), ("other-issuer", "shop.example.com/partner-api")},
        'AuthorizationPolicy edge/with-a-token rules[0] asks for any principal ("*"), and 2 issuers are trusted',
        "ingress/tokens.yaml:27",
    ),
}
REQUIRING = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: require-token, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
  action: DENY
  rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]
"""
PARTNERS_KEYS = "    jwksUri: https://sso.example.net/jwks\n"
AUDIENCE_AND_HEADER = """\
    audiences: [partners]
    outputClaimToHeaders: [{header: X-Parcels-User, claim: email}]
"""
WAYS_OUT = {
    "nothing-requires-a-token": ("platform/require.yaml", None, REQUIRING),
    "policies-beside-the-app": ("orders/security.yaml", "namespace: orders", "namespace: istio-system"),
    "public-prefix-too-wide": ("30-authorization.yaml", '["/public*"]', '["/public", "/public/*"]'),
    "tokens-for-other-services": (
        "partners/policies.yaml",
        PARTNERS_KEYS,
        PARTNERS_KEYS + AUDIENCE_AND_HEADER,
    ),
    "partners-in-admin": ("ingress/tokens.yaml", '["*"]', '["https://staff.example.com/*"]'),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_folder_that_is_wrong(name):
    findings, why, file = WRONG[name]
    checked = run_check(FOLDERS / name, "--format", "json")
    assert checked.code == 1, checked.err
    assert checked.findings() == findings
    told = checked.document["findings"]
    explained = [each for each in told if each["why"].startswith(why)]
    assert explained, told
    assert explained[0]["objects"][0]["file"] == str(FOLDERS / name / file)


@pytest.mark.parametrize("name", WRONG)
def test_the_way_out_is_one(name, folder_of):
    file, old, new = WAYS_OUT[name]
    folder = folder_of(name)
    changed = new if old is None else (folder / file).read_text().replace(old, new)
    assert old is None or old in (folder / file).read_text()
    (folder / file).write_text(changed)
    checked = run_check(folder, "--format", "json")
    assert checked.document["findings"] == []
    assert checked.code == 0


def test_a_folder_that_is_right():
    checked = run_check(FOLDERS / "everything-is-right", "--format", "json")
    assert checked.code == 0, checked.err
    document = checked.document
    assert document["findings"] == []
    assert {each["path"] for each in document["routes"]} >= {"/api/bookings", "/api/payments", "/healthz"}
    assert {each["at"] for each in document["openOnPurpose"]} == {"booking.example.com/healthz"}
    for each in document["routes"]:
        outcomes = {answer["question"]: answer["outcome"] for answer in each["answers"]}
        assert outcomes["valid"] == "passed"
        assert outcomes["expired"] == outcomes["tampered"] == outcomes["foreign issuer"] == "refused"
        assert outcomes["no token"] == ("passed" if each["path"] == "/healthz" else "refused")


def test_a_folder_that_is_right_says_nothing_if_asked_to():
    checked = run_check(FOLDERS / "everything-is-right", "--quiet")
    assert (checked.code, checked.out, checked.err) == (0, "", "")


def test_what_is_not_rendered_or_no_manifest_is_told(folder_of):
    folder = folder_of("everything-is-right")
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: booking\nversion: 1.0.0\n")
    (chart / "templates" / "gateway.yaml").write_text(
        "{{- if .Values.gateway }}\nkind: Gateway\n{{- end }}\n"
    )
    (folder / "alone.yaml").write_text("kind: Gateway\nmetadata: {{ .name }}\n")
    patched = folder / "overlays" / "prod"
    patched.mkdir(parents=True)
    (patched / "kustomization.yaml").write_text("resources: [../../routes]\nnamePrefix: prod-\n")
    (folder / "NOTES.txt").write_text("read me")
    checked = run_check(folder, "--format", "json")
    document = checked.document
    assert document["notRendered"] == [
        f"{chart}: a Helm chart; render it first: helm template {chart} > rendered.yaml",
        f"{patched}: a kustomization with namePrefix; render it first: kustomize build {patched} > rendered.yaml",
        f"{folder / 'alone.yaml'}: a template; render it first, and check what comes out",
    ]
    assert document["skippedFiles"] == 1
    assert document["files"] == 3, "routes/ belongs to the kustomization"
    assert any("no route in the folder leads to Gateway booking/edge" in each for each in document["assumed"])


def test_markdown_has_a_table_and_the_findings():
    checked = run_check(FOLDERS / "public-prefix-too-wide", "--format", "markdown")
    assert checked.code == 1
    lines = checked.out.splitlines()
    assert lines[0].startswith("# 1 finding: ")
    assert any(each.startswith("* **library.example.org/publications-admin and below") for each in lines)
    assert any(each.startswith("| /publications-admin | passes | passes | 401 |") for each in lines)


EXPECTED = """
apiVersion: gwjwt.dev/v1alpha1
kind: CheckExpectations
expected:
- {{finding: open, path: /publi*, reason: being moved{expires}}}
{more}
"""


@pytest.mark.parametrize(
    "expires, more, code, told",
    [
        ("", "", 0, "0 findings"),
        (", expires: 2001-01-31", "", 1, "expected[0].expires: expired on 2001-01-31: being moved"),
        (
            "",
            "- {finding: spoofed-header, reason: known}",
            1,
            "expected[1]: expects spoofed-header, which was not",
        ),
        ("", "- {finding: opened, reason: known}", 2, "expected[1].finding"),
        ("", "- {finding: open, reason: ''}", 2, "expected[1].reason"),
    ],
)
def test_findings_that_are_accepted(expires, more, code, told, tmp_path):
    file = tmp_path / "accepted.yaml"
    file.write_text(EXPECTED.format(expires=expires, more=more))
    checked = run_check(FOLDERS / "public-prefix-too-wide", "--expect", file)
    assert checked.code == code, checked.out + checked.err
    assert told in checked.out + checked.err
