"""The embedded Kubernetes API answers as a real kube-apiserver does.

The calls stand in the YAML files of ``api_calls``. A case is a sequence of calls, played in a namespace of its own:

* ``do``: the method and the path. A path without a slash at its start is that of a kind of ``PLURALS``.
* ``body``, ``merge``, ``json``, ``strategic``, ``apply``: what is sent, and with which media type; ``apiVersion`` and
  ``kind`` are filled in. ``raw`` is sent as it stands, with the media type ``type``. ``accept`` is what is asked for.
* In texts, ``$ns`` is the namespace, and ``${0.metadata.uid}`` what the answer to the first call had there.
  ``{$repeat: [3, x]}`` is a list of three, or a text three times.
* ``differs``, of a case: why the two answer differently. Such a case fails when they agree.

Source of what is compared: Kubernetes documentation, "Kubernetes API Concepts".
"""

from __future__ import annotations

import json
import re
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from gwjwt.environments.embedded.api import KubernetesApi
from gwjwt.environments.embedded.api.missing import resources_of_a_real_cluster
from gwjwt.environments.local_istio.assets import find_assets
from gwjwt.environments.local_istio.control_plane import KubernetesControlPlane
from gwjwt.environments.local_istio.seed import existing_seed, make_seed
from gwjwt.environments.local_istio.versions import DEFAULT_RELEASE
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.ports import PortPool
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import Deadlines
from gwjwt.yaml_documents import document

DEADLINES = Deadlines(start=60.0, settle=20.0)
GATEWAY_API, SECURITY = "gateway.networking.k8s.io/v1", "security.istio.io/v1"
NETWORKING = "networking.istio.io/v1"
PLURALS = {
    "namespaces": ("v1", "Namespace"),
    "configmaps": ("v1", "ConfigMap"),
    "secrets": ("v1", "Secret"),
    "services": ("v1", "Service"),
    "gateways": (GATEWAY_API, "Gateway"),
    "httproutes": (GATEWAY_API, "HTTPRoute"),
    "grpcroutes": (GATEWAY_API, "GRPCRoute"),
    "virtualservices": (NETWORKING, "VirtualService"),
    "destinationrules": (NETWORKING, "DestinationRule"),
    "horizontalpodautoscalers": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "requestauthentications": (SECURITY, "RequestAuthentication"),
    "authorizationpolicies": (SECURITY, "AuthorizationPolicy"),
}
MEDIA_TYPES = {
    "body": "application/json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
CASES = [
    case
    for file in sorted(Path(__file__).with_name("api_calls").glob("*.yaml"))
    for case in document(file.read_text(encoding="utf-8"))
]


class Server:
    """One of the two APIs, reached over HTTP through its kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        read = json.loads(kubeconfig.read_text())
        cluster, user = read["clusters"][0]["cluster"], read["users"][0]["user"]
        authority = cluster.get("certificate-authority-data")
        self._client = httpx.Client(
            base_url=cluster["server"],
            headers={"Authorization": f"Bearer {user['token']}", "User-Agent": "agreement/1"},
            verify=ssl.create_default_context(cadata=b64decode(authority).decode()) if authority else True,
            trust_env=False,
            timeout=20.0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def play(self, case: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to the calls of a case, without what differs between any two servers."""
        namespace = f"case-{case['case']}"
        created = self._client.post("/api/v1/namespaces", json={"metadata": {"name": namespace}})
        assert created.status_code == 201, created.text
        answers: list[Any] = []
        shown: list[dict[str, Any]] = []
        for call in case["calls"]:
            answer = self._send(namespace, filled(call, namespace, answers))
            answers.append(body_of(answer))
            shown.append(
                {
                    "call": call["do"],
                    "status": answer.status_code,
                    "warnings": answer.headers.get_list("Warning"),
                    "body": comparable(answers[-1]),
                }
            )
        return shown

    def discovered(self) -> dict[str, list[str]]:
        """The plurals of all resources, by group and version."""
        groups = self._get("/apis")["groups"]
        versions = ["v1", *(each["groupVersion"] for group in groups for each in group["versions"])]
        return {
            version: sorted(each["name"] for each in listed["resources"] if "/" not in each["name"])
            for version in versions
            for listed in [self._get(f"/apis/{version}" if "/" in version else f"/api/{version}")]
        }

    def _get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def _send(self, namespace: str, call: dict[str, Any]) -> httpx.Response:
        method, path = call["do"].split(" ", 1)
        content, media_type = content_of(call)
        headers = {"Content-Type": media_type} if media_type else {}
        headers["Accept"] = call.get("accept", "application/json")
        return self._client.request(method, path_of(path, namespace), content=content, headers=headers)


def content_of(call: dict[str, Any]) -> tuple[str | None, str]:
    """What is sent, and as what."""
    if "raw" in call:
        raw = call["raw"] if isinstance(call["raw"], str) else json.dumps(call["raw"])
        return raw, call.get("type", "application/json")
    for key, media_type in MEDIA_TYPES.items():
        if key in call:
            content = call[key]
            if key in {"body", "apply"}:
                plural = [part for part in re.split("[ /?]", call["do"]) if part in PLURALS][-1]
                content = {**dict(zip(("apiVersion", "kind"), PLURALS[plural], strict=True)), **content}
            return json.dumps(content), media_type
    return None, ""


def path_of(path: str, namespace: str) -> str:
    if path.startswith("/"):
        return path
    plural = re.split("[/?]", path)[0]
    version = PLURALS[plural][0]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/{path}" if plural == "namespaces" else f"{root}/namespaces/{namespace}/{path}"


def body_of(answer: httpx.Response) -> Any:
    """The JSON of an answer; a list of events if it is that of a watch."""
    if "watch=true" in answer.request.url.query.decode() and answer.status_code == httpx.codes.OK:
        return [json.loads(line) for line in answer.text.splitlines()]
    return answer.json() if answer.text.startswith(("{", "[")) else answer.text


def filled(value: Any, namespace: str, answers: list[Any]) -> Any:
    """A call with what stands for its namespace, for earlier answers and for repetitions."""

    def found(match: re.Match[str]) -> str:
        if match[0] == "$ns":
            return namespace
        first, *names = match[1].split(".")
        answer = answers[int(first)]
        for name in names:
            answer = answer[name]
        return str(answer)

    if isinstance(value, str):
        return re.sub(r"\$(?:ns|\{([^}]*)\})", found, value)
    if isinstance(value, list):
        return [filled(each, namespace, answers) for each in value]
    if isinstance(value, dict) and value.keys() == {"$repeat"}:
        count, one = value["$repeat"]
        return count * one if isinstance(one, str) else count * [one]
    if isinstance(value, dict):
        return {name: filled(each, namespace, answers) for name, each in value.items()}
    return value


OF_THE_SERVER = {
    "uid",
    "resourceVersion",
    "continue",
    "creationTimestamp",
    "deletionTimestamp",
    "time",
    "clusterIP",
}
IN_TEXTS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uid>"),
    (
        re.compile(
            r"(resource ?version in object meta: |resource version: \d+, current: )\d+", re.IGNORECASE
        ),
        r"\1<version>",
    ),
    (re.compile(r"(version in record \()\d+", re.IGNORECASE), r"\1<version>"),
    (re.compile(r"\bNot_[a-z0-9]{5}\b"), "Not_<random>"),
    # The whole object, whose fields stand in another order.
    (re.compile(r'(patch: |^)Invalid value: "\{.*\}": '), r"\1Invalid value: <object>: "),
    (re.compile(r"10\.96\.\d+\.\d+"), "<address>"),
)


def comparable(value: Any) -> Any:
    """An answer without what is a server's own: identities, versions, times, random names and addresses."""
    if isinstance(value, str):
        for pattern, instead in IN_TEXTS:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if not isinstance(value, dict):
        return value
    shown = {name: comparable(each) for name, each in value.items()}
    for name in OF_THE_SERVER & value.keys():
        if value[name] and value[name] != "None":
            shown[name] = f"<{name}>"
    if "causes" in (value.get("details") or {}):
        put_causes_in_order(shown)
    prefix = value.get("generateName")
    if prefix and len(value.get("name", "")) == len(prefix) + 5 and value["name"].startswith(prefix):
        shown["name"] = f"{prefix}<random>"
    if "managedFields" in shown:
        shown["managedFields"].sort(
            key=lambda one: [one.get("operation"), one.get("manager"), one.get("subresource", "")]
        )
    return shown


def put_causes_in_order(status: dict[str, Any]) -> None:
    """An API server goes through the fields of an object in random order, and so through what is wrong with it."""
    causes = status["details"]["causes"]
    causes.sort(key=lambda cause: (cause.get("field", ""), cause["message"]))
    complaints = sorted(
        {f"{cause.get('field')}: {cause['message']}" for cause in causes}, key=len, reverse=True
    )
    left = status["message"]
    for complaint in complaints:
        left = left.replace(complaint, "<complaint>")
    status["message"] = [left, *sorted(complaints)]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with (
        BackgroundLoop() as loop,
        KubernetesApi(loop, tmp_path_factory.mktemp("api")) as api,
        Server(api.kubeconfig) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def real() -> Iterator[Server]:
    assets = find_assets(DEFAULT_RELEASE)
    seed = existing_seed(assets) or make_seed(assets, DEADLINES)
    with ExitStack() as parts:
        directory, ports = parts.enter_context(RunDirectory()), parts.enter_context(PortPool())
        kubernetes = parts.enter_context(KubernetesControlPlane(assets, directory, ports, DEADLINES, seed))
        yield parts.enter_context(Server(kubernetes.kubeconfig))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_both_answer_alike(real: Server, embedded: Server, case: dict[str, Any]) -> None:
    expected, actual = real.play(case), embedded.play(case)
    if case.get("differs"):
        assert actual != expected, "they agree: the case declares a difference that there is not"
    else:
        assert actual == expected


def test_it_is_known_what_a_real_cluster_serves(real: Server) -> None:
    assert resources_of_a_real_cluster() == real.discovered()


def test_the_cases_have_names_of_their_own() -> None:
    assert len({case["case"] for case in CASES}) == len(CASES)
