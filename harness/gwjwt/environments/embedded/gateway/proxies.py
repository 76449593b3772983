"""The two kinds of proxies, Gateways of the Gateway API and workloads, as the control plane treats them alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gwjwt.environments.embedded.gateway import objects, selection
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot, WorkloadSnapshot
from gwjwt.environments.embedded.gateway.translate import jwt
from gwjwt.environments.embedded.gateway.translate.compile import compile_gateway, declared_ports
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, well_formed
from gwjwt.environments.embedded.gateway.translate.workloads import compile_workload, served_ports

Snapshot: TypeAlias = GatewaySnapshot | WorkloadSnapshot
Translate: TypeAlias = Callable[[Snapshot], CompiledGateway]


def ports_of(snapshot: Snapshot) -> set[int]:
    if isinstance(snapshot, GatewaySnapshot):
        return declared_ports(snapshot.gateway)
    return served_ports(snapshot)


def target_of(snapshot: Snapshot) -> selection.PolicyTarget:
    if isinstance(snapshot, GatewaySnapshot):
        return selection.target_of(snapshot.gateway)
    return objects.target_of_workload(snapshot.workload)


def compiled(snapshot: Snapshot) -> CompiledGateway:
    if isinstance(snapshot, GatewaySnapshot):
        return compile_gateway(snapshot)
    return compile_workload(snapshot)


def key_sources(snapshot: Snapshot) -> set[jwt.KeySource]:
    sources: set[jwt.KeySource] = set()
    for each in snapshot.request_authentications:
        try:
            with well_formed():
                found = {jwt.key_source(rule) for rule in jwt.rules_of(each)}
        except FieldNotSupported:
            continue  # compiling says so
        sources |= {source for source in found if source is not None}
    return sources
