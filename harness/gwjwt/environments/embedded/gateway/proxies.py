"""The kinds of proxies as the control plane treats them alike.

They are Gateways of the Gateway API, workloads that Istio's kinds configure, and workloads that those of Gloo Mesh do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gwjwt.environments.embedded.gateway import objects, selection
from gwjwt.environments.embedded.gateway.snapshot import GatewaySnapshot, GlooSnapshot, WorkloadSnapshot
from gwjwt.environments.embedded.gateway.translate import jwt
from gwjwt.environments.embedded.gateway.translate.compile import compile_gateway, declared_ports
from gwjwt.environments.embedded.gateway.translate.compiled import CompiledGateway
from gwjwt.environments.embedded.gateway.translate.fields import FieldNotSupported, well_formed
from gwjwt.environments.embedded.gateway.translate.gloo import compile as gloo
from gwjwt.environments.embedded.gateway.translate.gloo import jwt_policies
from gwjwt.environments.embedded.gateway.translate.workloads import compile_workload, served_ports

Snapshot: TypeAlias = GatewaySnapshot | WorkloadSnapshot | GlooSnapshot
Translate: TypeAlias = Callable[[Snapshot], CompiledGateway]


def ports_of(snapshot: Snapshot) -> set[int]:
    if isinstance(snapshot, GatewaySnapshot):
        return declared_ports(snapshot.gateway)
    return gloo.served_ports(snapshot) if isinstance(snapshot, GlooSnapshot) else served_ports(snapshot)


def target_of(snapshot: Snapshot) -> selection.PolicyTarget:
    if isinstance(snapshot, GatewaySnapshot):
        return selection.target_of(snapshot.gateway)
    return objects.target_of_workload(snapshot.workload)


def compiled(snapshot: Snapshot) -> CompiledGateway:
    if isinstance(snapshot, GatewaySnapshot):
        return compile_gateway(snapshot)
    return gloo.compile_gloo(snapshot) if isinstance(snapshot, GlooSnapshot) else compile_workload(snapshot)


def dependencies(snapshot: Snapshot) -> frozenset[objects.ObjectKey]:
    """What has to be looked at again when it changes; of Gloo Mesh's kinds and its Services, that is everything."""
    return frozenset() if isinstance(snapshot, GlooSnapshot) else objects.dependencies(snapshot)


def key_sources(snapshot: Snapshot) -> set[jwt.KeySource]:
    sources: set[jwt.KeySource] = set()
    for each in snapshot.request_authentications:
        try:
            with well_formed():
                found = {jwt.key_source(rule) for rule in jwt.rules_of(each)}
        except FieldNotSupported:
            continue  # compiling says so
        sources |= {source for source in found if source is not None}
    for policy in snapshot.jwt_policies if isinstance(snapshot, GlooSnapshot) else ():
        try:
            with well_formed():
                sources |= set(jwt_policies.key_sources(policy))
        except FieldNotSupported:
            continue  # as above
    return sources
