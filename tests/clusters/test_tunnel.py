"""The tunnel, with its far end as a process on loopback: what a pod in a cluster would run."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwjwt.cluster.connection import ApiConnection
from gwjwt.environments.cluster import far_end
from gwjwt.environments.cluster.tunnel import Tunnel
from gwjwt.errors import EnvironmentDied, EnvironmentFailed
from gwjwt.local.background import BackgroundLoop
from gwjwt.local.loopback import HOST
from gwjwt.local.processes import RunDirectory, Supervised
from gwjwt.traffic.evidence import NONCE
from gwjwt.traffic.workload import WorkloadHost
from gwjwt.waiting import NotYet, eventually
from gwjwt.words import AppName

SECRET = "only-for-this-test"
SECONDS = 20.0
APP = AppName("shop", "dashboard")


@dataclass(frozen=True)
class Pod:
    process: Supervised
    port: int

    def tunnel(self, loop: BackgroundLoop, secret: str = SECRET) -> Tunnel:
        return Tunnel(loop, ApiConnection(f"http://{HOST}:{self.port}", {}, None, None), "", secret, SECONDS)


@pytest.fixture
def loop() -> Iterator[BackgroundLoop]:
    with BackgroundLoop() as loop:
        yield loop


@pytest.fixture
def pod() -> Iterator[Pod]:
    with RunDirectory() as directory:
        secret = directory.path / "secret"
        secret.write_text(SECRET)
        # Alone, as in a pod: without this package and without what is installed.
        options = [f"--address={HOST}", "--port=0", f"--secret-file={secret}"]
        process = directory.start("far-end", ["python3", "-I", "-S", "-B", str(far_end.__file__), *options])

        def listens() -> int:
            process.check()
            if told := re.search(r"listens on (\d+)", process.last_lines()):
                return int(told[1])
            raise NotYet(process.last_lines())

        yield Pod(process, eventually("the far end listens", listens, SECONDS))


@pytest.fixture
def tunnel(pod: Pod, loop: BackgroundLoop) -> Iterator[Tunnel]:
    with pod.tunnel(loop) as tunnel:
        yield tunnel


@pytest.fixture
def backends(loop: BackgroundLoop) -> Iterator[WorkloadHost]:
    with WorkloadHost(loop) as host:
        yield host


def request_with(nonce: str) -> bytes:
    return (
        f"GET /orders HTTP/1.1\r\nHost: shop.test\r\n{NONCE}: {nonce}\r\nConnection: close\r\n\r\n".encode()
    )


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), SECONDS)


def read_all(connection: socket.socket) -> bytes:
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


def test_a_request_to_the_far_end_reaches_the_backend_here(tunnel: Tunnel, backends: WorkloadHost) -> None:
    published, nonce = tunnel.publish(backends.deploy(APP)), secrets.token_hex(8)
    with connect(published) as client:
        client.sendall(request_with(nonce))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200")
    [received] = backends.received(nonce)
    assert (received.app, received.path) == (APP, "/orders")


def test_what_has_reached_the_far_end_is_on_record_after_the_sync(
    tunnel: Tunnel, backends: WorkloadHost
) -> None:
    """Nobody waits for the answers: only the sync can have them on record."""
    published = tunnel.publish(backends.deploy(APP))
    for _ in range(25):
        nonces = [secrets.token_hex(8) for _ in range(3)]
        clients = [connect(published) for _ in nonces]
        for client, nonce in zip(clients, nonces, strict=True):
            client.sendall(request_with(nonce))
        tunnel.let_arrivals_in()
        assert [len(backends.received(nonce)) for nonce in nonces] == [1, 1, 1]
        for client in clients:
            client.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.one_of(st.integers(0, 200), st.integers(65_000, 200_000)), seed=st.integers(0, 2**32))
def test_every_byte_comes_through_in_both_directions(tunnel: Tunnel, size: int, seed: int) -> None:
    content = (seed.to_bytes(5, "big") * (size // 5 + 1))[:size]
    with socket.create_server((HOST, 0)) as server:
        published = tunnel.publish(server.getsockname()[1])
        with connect(published) as client:
            server.settimeout(SECONDS)
            inside, _ = server.accept()
            with inside:
                inside.settimeout(SECONDS)
                client.sendall(content)
                there = b""
                while len(there) < size:
                    there += inside.recv(65536)
                inside.sendall(there)
            back = read_all(client)
        tunnel.withdraw(published)
    assert there == content
    assert back == content


def test_a_port_that_was_withdrawn_takes_no_connection(tunnel: Tunnel, backends: WorkloadHost) -> None:
    published = tunnel.publish(backends.deploy(APP))
    connect(published).close()
    tunnel.withdraw(published)
    tunnel.let_arrivals_in()
    with pytest.raises(ConnectionRefusedError):
        connect(published)


def test_a_port_here_leads_to_what_the_far_end_reaches(tunnel: Tunnel, backends: WorkloadHost) -> None:
    gate = tunnel.lead_to(HOST, backends.deploy(APP))
    with connect(gate.port) as client:
        client.sendall(request_with("through"))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_port_here_that_leads_to_nothing_ends_the_connection(tunnel: Tunnel) -> None:
    with socket.create_server((HOST, 0)) as server:
        unused = server.getsockname()[1]
    with connect(tunnel.lead_to(HOST, unused).port) as client:
        assert read_all(client) == b""


def test_who_does_not_know_the_secret_is_refused(pod: Pod, loop: BackgroundLoop) -> None:
    with pytest.raises(EnvironmentFailed, match="403"), pod.tunnel(loop, secret="guessed"):
        pass


def test_a_second_tunnel_is_refused_while_there_is_one(pod: Pod, loop: BackgroundLoop) -> None:
    with pod.tunnel(loop), pytest.raises(EnvironmentFailed, match="409"), pod.tunnel(loop):
        pass
    with pod.tunnel(loop) as later:
        later.check()


def test_the_death_of_the_far_end_is_told(pod: Pod, tunnel: Tunnel) -> None:
    tunnel.check()
    os.kill(pod.process.pid, signal.SIGKILL)
    assert pod.process.ended_within(SECONDS)

    def told() -> None:
        try:
            tunnel.let_arrivals_in()
        except EnvironmentDied:
            return
        raise NotYet("it still answers")

    eventually("the tunnel ends", told, SECONDS)
    with pytest.raises(EnvironmentDied, match="the tunnel into the cluster"):
        tunnel.check()
