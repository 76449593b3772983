"""What may be broken in the place of a run, the part that each breakage takes away, and what may then be said.

A pytest plugin: the environment variable ``GWJWT_BREAKAGE`` names the breakage. Which parts each scenario depends on is
written to the file that ``GWJWT_USES`` names, one JSON line for each scenario.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import get_type_hints

import pytest
import wrong_gateways as wrong

from gwjwt.cluster import Cluster
from gwjwt.environments.embedded.environment import EmbeddedEnvironment
from gwjwt.environments.protocol import Environment
from gwjwt.identity.issuer import Issuer
from gwjwt.identity.recipes import recipe
from gwjwt.identity.tokens import Token
from gwjwt.running.binding import scenario_of
from gwjwt.scene.credentials import Credentials
from gwjwt.scene.judged import JudgedRequests
from gwjwt.scene.sender import Sender
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.traffic.probe import Probe
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.words import AppName, Endpoint

Uses = set[str]
Instead = Callable[[Endpoint], AbstractContextManager[Endpoint]]
Outage = Callable[[EmbeddedEnvironment, pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Breakage:
    """A scenario that depends on all of ``parts`` notices it; ``right`` are the verdicts that are then true."""

    parts: Uses
    right: frozenset[str]
    gateway: Instead | None = None
    outage: Outage | None = None


def behaves(conduct: wrong.Conduct) -> Instead:
    return partial(wrong.standing_before, conduct=conduct)


def without_backends(environment: EmbeddedEnvironment, patch: pytest.MonkeyPatch) -> None:
    deploy = WorkloadHost.deploy

    def deployed_and_gone(self: WorkloadHost, app: AppName) -> int:
        port = deploy(self, app)
        self._servers[app].close()
        return port

    patch.setattr(WorkloadHost, "deploy", deployed_and_gone)


def without_issuers(environment: EmbeddedEnvironment, patch: pytest.MonkeyPatch) -> None:
    environment.issuers._server.close()


def without_an_api(environment: EmbeddedEnvironment, patch: pytest.MonkeyPatch) -> None:
    environment._loop.run(environment._api._stop())


def with_a_slow_api(environment: EmbeddedEnvironment, patch: pytest.MonkeyPatch) -> None:
    send = Cluster._send

    def sent_late(self: Cluster, *arguments: object, **named: object) -> object:
        wrong.let_pass(wrong.A_MOMENT)
        return send(self, *arguments, **named)

    patch.setattr(Cluster, "_send", sent_late)


PROVES_NOTHING = frozenset({"inconclusive"})
SPEAKS_AGAINST = frozenset({"failed", "inconclusive"})
NOTHING_SAID = frozenset({"error"})
AS_EVER = frozenset({"passed", "recorded"})

WHOLE = "nothing"
BREAKAGES = {
    WHOLE: Breakage({"gateway"}, AS_EVER),
    "the gateway knows no route": Breakage(
        {"gateway"}, PROVES_NOTHING, behaves(wrong.always(HTTPStatus.NOT_FOUND))
    ),
    "the gateway answers 502": Breakage(
        {"gateway"}, PROVES_NOTHING, behaves(wrong.always(HTTPStatus.BAD_GATEWAY))
    ),
    "the gateway answers 503": Breakage(
        {"gateway"}, PROVES_NOTHING, behaves(wrong.always(HTTPStatus.SERVICE_UNAVAILABLE))
    ),
    "the gateway answers 200": Breakage({"gateway"}, SPEAKS_AGAINST, behaves(wrong.always(HTTPStatus.OK))),
    "the gateway answers 401": Breakage(
        {"gateway"}, SPEAKS_AGAINST, behaves(wrong.always(HTTPStatus.UNAUTHORIZED))
    ),
    "the gateway answers 403": Breakage(
        {"gateway"}, SPEAKS_AGAINST, behaves(wrong.always(HTTPStatus.FORBIDDEN))
    ),
    "the gateway does not listen": Breakage({"gateway"}, PROVES_NOTHING, wrong.nobody),
    "the gateway lives an hour ago": Breakage({"gateway"}, NOTHING_SAID, behaves(wrong.lives_an_hour_ago)),
    "the gateway refuses and forwards": Breakage(
        {"gateway"}, SPEAKS_AGAINST, behaves(wrong.refuses_before_it_forwards)
    ),
    "the gateway answers 503 instead of refusing": Breakage(
        {"refusals"}, PROVES_NOTHING, behaves(wrong.unavailable_instead_of_refusing)
    ),
    "the gateway refuses everything in Istio's words": Breakage(
        {"gateway"}, SPEAKS_AGAINST, behaves(wrong.always_refuses)
    ),
    "the gateway takes its time": Breakage({"gateway"}, AS_EVER, behaves(wrong.takes_its_time)),
    "the API takes its time": Breakage({"API"}, AS_EVER, outage=with_a_slow_api),
    "the API is dead": Breakage({"API"}, NOTHING_SAID, outage=without_an_api),
    "the backends are dead": Breakage({"backends"}, NOTHING_SAID, outage=without_backends),
    "the issuers are dead": Breakage({"issuers", "tokens to accept"}, NOTHING_SAID, outage=without_issuers),
}


@pytest.fixture(autouse=True)
def breakage(
    environment: Environment, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    chosen = BREAKAGES[os.environ["GWJWT_BREAKAGE"]]
    assert isinstance(environment, EmbeddedEnvironment)
    scenario = scenario_of(request.node, load_catalogue())
    uses: Uses = set()
    note_uses(uses, monkeypatch)
    with ExitStack() as opened:
        if chosen.gateway is not None:
            for name, real in places_of_gateways():
                monkeypatch.setattr(EmbeddedEnvironment, name, put_before(real, chosen.gateway, opened))
        if chosen.outage is not None:
            chosen.outage(environment, monkeypatch)
        yield
    # Each scenario is to find out by itself: a death that an earlier one has told would be an error in all the others.
    request.config.pluginmanager.get_plugin("gwjwt-judge")._died = None
    if "GWJWT_USES" in os.environ and scenario is not None:
        with Path(os.environ["GWJWT_USES"]).open("a") as file:
            file.write(json.dumps({"scenario": scenario.id, "uses": sorted(uses)}) + "\n")


def places_of_gateways() -> list[tuple[str, Callable[..., Endpoint]]]:
    """The methods of an environment that tell where a gateway or a sidecar can be reached."""
    methods = inspect.getmembers(EmbeddedEnvironment, inspect.isfunction)
    return [(name, method) for name, method in methods if get_type_hints(method).get("return") is Endpoint]


def put_before(real: Callable[..., Endpoint], instead: Instead, opened: ExitStack) -> Callable[..., Endpoint]:
    def endpoint(*arguments: object) -> Endpoint:
        return opened.enter_context(instead(real(*arguments)))

    return endpoint


def note_uses(uses: Uses, patch: pytest.MonkeyPatch) -> None:
    """Have each part of the environment that the scenario depends on noted when it is made use of."""
    for owner, method, part in (
        (Probe, "send", "gateway"),
        (WorkloadHost, "_record", "backends"),
        (Issuer, "answer", "issuers"),
        (Cluster, "_send", "API"),
        (JudgedRequests, "judge_refusal", "refusals"),
    ):
        patch.setattr(owner, method, noting(getattr(owner, method), part, uses))
    mint = Sender.mint

    def minted(self: Sender, credentials: Credentials) -> Token:
        if recipe(str(credentials.recipe)).outcome != "refused":
            uses.add("tokens to accept")
        return mint(self, credentials)

    patch.setattr(Sender, "mint", minted)


def noting(real: Callable[..., object], part: str, uses: Uses) -> Callable[..., object]:
    def noted(*arguments: object, **named: object) -> object:
        uses.add(part)
        return real(*arguments, **named)

    return noted
