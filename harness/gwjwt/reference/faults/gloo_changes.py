"""Changes of the manifests for ``gloo-jwt-policy``, of which its faults are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gwjwt.reference.faults.manifests import Change, Manifest, editing, without

ISSUER = "https://dev.example.com"
_OTHER_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)
"""The example key of RFC 7515, appendix A.3, in PEM; no issuer of a scenario has it."""

Edit = Callable[[dict[str, Any]], Mapping[str, Any]]


def config(edit: Edit) -> Change:
    """Replace the ``config`` of every policy by what is made of it."""
    return editing("JWTPolicy", lambda spec: {**spec, "config": edit(dict(spec["config"]))})


def provider(edit: Edit) -> Change:
    """Replace every provider of every policy by what is made of it."""
    return config(
        lambda config: {
            **config,
            "providers": {name: edit(dict(each)) for name, each in config["providers"].items()},
        }
    )


def source(edit: Edit) -> Change:
    """Replace every configured token source by what is made of it."""

    def edited(provider: dict[str, Any]) -> Mapping[str, Any]:
        if "tokenSource" not in provider:
            return provider
        return {**provider, "tokenSource": edit(dict(provider["tokenSource"]))}

    return provider(edited)


def claims(edit: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Change:
    """Replace every mapping of a claim by what is made of it."""
    return provider(
        lambda provider: {
            **provider,
            "claimsToHeaders": [edit(each) for each in provider.get("claimsToHeaders", ())],
        }
    )


def routes(edit: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]) -> Change:
    """Replace every http route of every table by what is made of it and of the table."""

    def edited(table: Manifest) -> Manifest:
        if table["kind"] != "RouteTable":
            return table
        return {
            **table,
            "spec": {**table["spec"], "http": [edit(each, table) for each in table["spec"]["http"]]},
        }

    return lambda manifests: [edited(each) for each in manifests]


def lingering(kind: str) -> Change:
    """Objects of a kind stay for as long as the Workspace of their namespace does."""
    known: dict[tuple[str, str], Manifest] = {}

    def lingering(manifests: Sequence[Manifest]) -> list[Manifest]:
        now = {(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in manifests}
        namespaces = {
            one["name"]
            for each in manifests
            if each["kind"] == "Workspace"
            for cluster in each["spec"]["workloadClusters"]
            for one in cluster["namespaces"]
        }
        known.update({key: each for key, each in now.items() if each["kind"] == kind})
        stayed = [each for key, each in known.items() if key[0] in namespaces and key not in now]
        return [*manifests, *stayed]

    return lingering


def called_after_its_content(policy: Manifest) -> Manifest:
    """A policy that is changed is deleted and created again, for its name changes with its content."""
    digest = hashlib.sha256(json.dumps(policy["spec"], sort_keys=True).encode()).hexdigest()
    return {
        **policy,
        "metadata": {**policy["metadata"], "name": f"{policy['metadata']['name']}-{digest[:8]}"},
    }


def created_again(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Policies are created again instead of being changed."""
    return [called_after_its_content(each) if each["kind"] == "JWTPolicy" else each for each in manifests]


def first_by_name(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Of the policies that select the same, only the one whose name comes first."""

    def selects(policy: Manifest) -> tuple[Any, Any]:
        return policy["spec"].get("applyToRoutes"), policy["spec"].get("applyToDestinations")

    def is_beaten(policy: Manifest) -> bool:
        return policy["kind"] == "JWTPolicy" and any(
            each["kind"] == "JWTPolicy"
            and selects(each) == selects(policy)
            and each["metadata"]["name"] < policy["metadata"]["name"]
            for each in manifests
        )

    return [each for each in manifests if not is_beaten(each)]


def only_the_guide_s_issuer(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Without the policies that only trust others."""

    def is_another_s(policy: Manifest) -> bool:
        if policy["kind"] != "JWTPolicy":
            return False
        providers = policy["spec"]["config"]["providers"].values()
        return all(each.get("issuer") not in (None, ISSUER) for each in providers)

    return [each for each in manifests if not is_another_s(each)]


def at_every_gateway(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The tables for workloads inside the mesh are for every virtual gateway instead, where there is one."""
    gateways = [
        {key: each["metadata"][key] for key in ("name", "namespace")}
        for each in manifests
        if each["kind"] == "VirtualGateway"
    ]

    def exposed(spec: dict[str, Any]) -> Mapping[str, Any]:
        return {**without(spec, "workloadSelectors"), "virtualGateways": gateways} if gateways else spec

    return editing("RouteTable", exposed)(manifests)


def labelled_for_one_client(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The labels are on the routes of the workload sleep; any other one has the same routes without."""
    found: list[Manifest] = []
    for each in manifests:
        if each["kind"] != "RouteTable" or "workloadSelectors" not in each["spec"]:
            found.append(each)
            continue
        for_one = [{"selector": {"labels": {"app": "sleep"}}}]
        bare = [{**route, "labels": {}} for route in each["spec"]["http"]]
        name = f"{each['metadata']['name']}-others"
        found.append({**each, "spec": {**each["spec"], "workloadSelectors": for_one}})
        found.append(
            {**each, "metadata": {**each["metadata"], "name": name}, "spec": {**each["spec"], "http": bare}}
        )
    return found


def never_all_routes(spec: dict[str, Any]) -> Mapping[str, Any]:
    """A policy without a selector is for no route."""
    if spec.get("applyToRoutes") or spec.get("applyToDestinations"):
        return spec
    return {**spec, "applyToRoutes": [{"route": {"labels": {"no": "route"}}}]}


def of_routes_for_all_destinations(spec: dict[str, Any]) -> Mapping[str, Any]:
    """A policy for routes is for every destination too."""
    return {**spec, "applyToDestinations": [{"selector": {}}]} if spec.get("applyToRoutes") else spec


def of_destinations_for_all_routes(spec: dict[str, Any]) -> Mapping[str, Any]:
    """A policy for a destination is for every route too."""
    return {**spec, "applyToRoutes": [{"route": {}}]} if spec.get("applyToDestinations") else spec


def by_provider_too(spec: dict[str, Any]) -> Mapping[str, Any]:
    """A policy is also for routes that are labelled with its provider's name."""
    if not spec.get("applyToRoutes"):
        return spec
    names = [
        {"route": {"labels": {"route": name}}} for name in spec["config"]["providers"] if ":" not in name
    ]
    return {**spec, "applyToRoutes": [*spec["applyToRoutes"], *names]}


def named_issuer(config: dict[str, Any]) -> Mapping[str, Any]:
    """A provider's name is its issuer, if it looks like one."""
    providers = {
        name: {**each, "issuer": name} if "://" in name else each
        for name, each in config["providers"].items()
    }
    return {**config, "providers": providers}


def one_provider_for_each_place(config: dict[str, Any]) -> Mapping[str, Any]:
    """A provider for the header and one for the parameter, of which one is enough."""
    providers = {}
    for name, each in config["providers"].items():
        for part in ("headers", "queryParameters"):
            source = {part: each.get("tokenSource", {}).get(part, [])}
            if source[part]:
                providers[f"{name}-{part}"] = {**each, "tokenSource": source}
    return {**config, "providers": providers or config["providers"]}


def bare_header_too(config: dict[str, Any]) -> Mapping[str, Any]:
    """Beside each provider one that looks at the same header without a prefix."""
    providers = {}
    for name, each in config["providers"].items():
        bare = [{"name": one["name"]} for one in each.get("tokenSource", {}).get("headers", ())]
        providers[name] = each
        if bare:
            providers[f"{name}-bare"] = {**each, "tokenSource": {"headers": bare}}
    return {**config, "providers": providers}


def phases_swapped(config: dict[str, Any]) -> Mapping[str, Any]:
    """Before is after."""
    other = {"preAuthz": "postAuthz", "postAuthz": "preAuthz"}
    return {**config, "phase": {other[name]: value for name, value in config["phase"].items()}}


def priorities_negated(config: dict[str, Any]) -> Mapping[str, Any]:
    """The highest number runs first; without one it is one."""
    return {
        **config,
        "phase": {
            name: {"priority": 1 - 2 * value.get("priority", 0)} for name, value in config["phase"].items()
        },
    }


def first_provider_only(config: dict[str, Any]) -> Mapping[str, Any]:
    """The other providers are left out."""
    first = next(iter(config["providers"].items()))
    return {**config, "providers": dict([first])}


def swapped_claims(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """Each header carries another claim."""
    return {**each, "claim": {"org": "email", "email": "org", "group": "scope"}[each["claim"]]}


def another_key(provider: dict[str, Any]) -> Mapping[str, Any]:
    """A key in the policy is one that nobody signs with."""
    return {**provider, "local": {"inline": _OTHER_KEY}} if "local" in provider else provider


def remote_key_replaced(provider: dict[str, Any]) -> Mapping[str, Any]:
    """Keys that are to be fetched are replaced by such a key."""
    return (
        {**without(provider, "remote"), "local": {"inline": _OTHER_KEY}} if "remote" in provider else provider
    )
