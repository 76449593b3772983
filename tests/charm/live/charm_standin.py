"""What the charm in the stand-in's model does: the bundled Istio policies for what its relations say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gwjwt.cluster import Cluster, Reference
from gwjwt.drivers.bundled import CHARM, bundled_templates
from gwjwt.drivers.rendering import Templates
from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.words import AppName, GatewayName


def wanted(state: Mapping[str, Any], app: str) -> WantedState:
    gateway = GatewayName(state["name"], app)
    found, provider = WantedState(gateway), None
    for relation in state["relations"]:
        (other, _), (ingress, endpoint) = relation["ends"]
        bag, own = relation["bags"].get(other, {}), relation["bags"].get(app, {})
        if ingress != app:
            continue
        if endpoint == "ingress" and "name" in bag:
            who = AppName(json.loads(bag["model"]), json.loads(bag["name"]))
            path = json.loads(own["ingress"])["url"].removeprefix("http://192.0.2.1")
            found = found.exposing(Route(who, path, json.loads(bag["port"])))
        elif endpoint == "istio-request-auth":
            found = found.relating(Relation(AppName(gateway.namespace, other), bag.get("jwt_rules")))
        elif endpoint == "istio-ingress-config":
            provider = bag.get("ext_authz_provider_name")
    return found.authorized_by(provider) if provider else found


def reconcile(state: dict[str, Any], app: str, kubeconfig: str) -> None:
    with Cluster(Path(kubeconfig)) as cluster:
        manifests = Templates(bundled_templates(CHARM)).render(wanted(state, app))
        written = {Reference.of(each): each for each in manifests}
        for manifest in written.values():
            cluster.apply(manifest, "charm")
        for reference in {Reference(*each) for each in state["applied"]} - set(written):
            cluster.delete(reference)
        state["applied"] = [list(each) for each in written]
