"""The aggregated discovery service that feeds one Envoy over incremental (delta) xDS.

Source: Envoy documentation, "xDS REST and gRPC protocol", incremental variant and "ACK and NACK". Clusters go
out before the listeners that need them, and go away after those that needed them (make before break). Every
response has a nonce, so that its acknowledgement, or its refusal with Envoy's own words, is known for each
listener.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import grpc
import grpc.aio
from envoy.service.discovery.v3 import discovery_pb2
from google.protobuf import any_pb2
from google.protobuf.message import Message

from gwjwt.errors import EnvironmentFailed

_SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
_PREFIX = "type.googleapis.com/"
CLUSTERS = _PREFIX + "envoy.config.cluster.v3.Cluster"
LISTENERS = _PREFIX + "envoy.config.listener.v3.Listener"

Refusal: TypeAlias = str | None
"""Envoy's own words about a configuration that it did not take; None for an acknowledgement."""


class EnvoyGone(EnvironmentFailed):
    """The connection to Envoy is lost; its process knows why."""


@dataclass(frozen=True)
class Resource:
    """A cluster or listener as it goes over the wire; equal content has an equal version."""

    name: str
    version: str
    body: any_pb2.Any


def resource(message: Message) -> Resource:
    """Wrap an Envoy message that has a ``name``."""
    body = pack(message)
    version = hashlib.blake2b(body.value, digest_size=8).hexdigest()
    return Resource(message.name, version, body)


def pack(message: Message) -> any_pb2.Any:
    """Serialize a message; maps come out in a fixed order, so that equal configurations are equal bytes."""
    return any_pb2.Any(
        type_url=_PREFIX + message.DESCRIPTOR.full_name, value=message.SerializeToString(deterministic=True)
    )


@dataclass
class _Stream:
    """What one connection of Envoy knows, and what it has not answered yet."""

    context: Any
    sent: dict[str, dict[str, str]] = field(default_factory=lambda: {CLUSTERS: {}, LISTENERS: {}})
    unanswered: dict[str, asyncio.Future[Refusal]] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    nonces: int = 0
    unused_clusters: list[str] = field(default_factory=list)
    """What no acknowledged listener needs any more; it goes with the next message about clusters."""


class AdsServer:
    """Serves the wanted clusters and listeners to one Envoy. All methods run on one asyncio loop."""

    def __init__(self) -> None:
        self._wanted: dict[str, dict[str, Resource]] = {CLUSTERS: {}, LISTENERS: {}}
        self._stream: _Stream | None = None
        self._subscribed = asyncio.Event()
        self._server: Any = None

    async def start(self) -> int:
        """Listen on loopback and return the port."""
        handler = grpc.stream_stream_rpc_method_handler(
            self._serve,
            request_deserializer=discovery_pb2.DeltaDiscoveryRequest.FromString,
            response_serializer=discovery_pb2.DeltaDiscoveryResponse.SerializeToString,
        )
        # Without so_reuseport=0 the kernel may give the port to a second server of the same user.
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(_SERVICE, {"DeltaAggregatedResources": handler}),)
        )
        port: int = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return port

    async def stop(self) -> None:
        server, self._server = self._server, None  # gRPC's own thread ends with the last server object
        if server is not None:
            await server.stop(None)

    async def connected(self) -> None:
        """Return when Envoy has acknowledged its first listeners."""
        await self._subscribed.wait()

    async def push(
        self, clusters: Mapping[str, Resource], listeners: Mapping[str, Resource]
    ) -> dict[str, Refusal]:
        """Make these the served configuration; return Envoy's answer for every listener that changed.

        Raises:
            EnvoyGone: Envoy is not connected, or goes away meanwhile.
            EnvironmentFailed: it refuses a cluster.
        """
        self._wanted = {CLUSTERS: dict(clusters), LISTENERS: dict(listeners)}
        stream = self._stream
        if stream is None:
            raise EnvoyGone("the embedded gateway", "Envoy is not connected to the control plane")
        async with stream.writing:
            answers = await self._write_changes(stream)
            await asyncio.gather(*answers.values())
            refused = {name: answer.result() for name, answer in answers.items()}
            words = refused.pop(CLUSTERS, None)
            if words is not None:
                raise EnvironmentFailed("the embedded gateway", f"Envoy refused its clusters: {words}")
            # A listener that was refused goes on with its old configuration, which needs its old clusters.
            stream.unused_clusters = [] if any(refused.values()) else self._gone(stream, CLUSTERS)
        return refused

    async def _write_changes(self, stream: _Stream) -> dict[str, asyncio.Future[Refusal]]:
        answers: dict[str, asyncio.Future[Refusal]] = {}
        clusters = self._changed(stream, CLUSTERS)
        if clusters:
            unused = [name for name in stream.unused_clusters if name not in self._wanted[CLUSTERS]]
            answers[CLUSTERS] = await self._send(stream, CLUSTERS, clusters, unused)
        for changed in self._changed(stream, LISTENERS):
            answers[changed.name] = await self._send(stream, LISTENERS, [changed])
        for gone in self._gone(stream, LISTENERS):
            answers[gone] = await self._send(stream, LISTENERS, [], [gone])
        return answers

    def _changed(self, stream: _Stream, type_url: str) -> list[Resource]:
        known = stream.sent[type_url]
        return [
            wanted for wanted in self._wanted[type_url].values() if known.get(wanted.name) != wanted.version
        ]

    def _gone(self, stream: _Stream, type_url: str) -> list[str]:
        return [name for name in stream.sent[type_url] if name not in self._wanted[type_url]]

    async def _send(
        self, stream: _Stream, type_url: str, resources: list[Resource], removed: list[str] | None = None
    ) -> asyncio.Future[Refusal]:
        stream.nonces += 1
        nonce = str(stream.nonces)
        answer: asyncio.Future[Refusal] = asyncio.get_running_loop().create_future()
        stream.unanswered[nonce] = answer
        known = stream.sent[type_url]
        known.update({each.name: each.version for each in resources})
        for name in removed or ():
            known.pop(name, None)
        await stream.context.write(
            discovery_pb2.DeltaDiscoveryResponse(
                type_url=type_url,
                nonce=nonce,
                system_version_info=nonce,
                resources=[
                    discovery_pb2.Resource(name=each.name, version=each.version, resource=each.body)
                    for each in resources
                ],
                removed_resources=removed or (),
            )
        )
        return answer

    async def _serve(
        self, requests: AsyncIterator[discovery_pb2.DeltaDiscoveryRequest], context: Any
    ) -> None:
        stream = _Stream(context)
        self._stream = stream
        try:
            async for request in requests:
                if request.response_nonce:
                    self._note_answer(stream, request)
                elif request.type_url in stream.sent:
                    await self._greet(stream, request)
        finally:
            if self._stream is stream:
                self._stream = None
            lost = EnvoyGone("the embedded gateway", "Envoy closed its stream to the control plane")
            for answer in stream.unanswered.values():
                if not answer.done():
                    answer.set_exception(lost)
                    answer.exception()  # a push that was cancelled does not ask any more

    async def _greet(self, stream: _Stream, request: discovery_pb2.DeltaDiscoveryRequest) -> None:
        """Answer a subscription with everything; unanswered, Envoy waits 15 s for its first listeners."""
        known_before = set(request.initial_resource_versions)
        async with stream.writing:
            wanted = self._wanted[request.type_url]
            answer = await self._send(
                stream, request.type_url, list(wanted.values()), sorted(known_before - wanted.keys())
            )
        if request.type_url == LISTENERS:
            answer.add_done_callback(lambda _: self._subscribed.set())

    @staticmethod
    def _note_answer(stream: _Stream, request: discovery_pb2.DeltaDiscoveryRequest) -> None:
        answer = stream.unanswered.pop(request.response_nonce, None)
        if answer is not None and not answer.done():
            refused = request.HasField("error_detail")
            answer.set_result(request.error_detail.message if refused else None)
