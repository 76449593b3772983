"""An Istio ingress gateway, what is exposed through it, and the policies that a user attaches by selector."""

from __future__ import annotations

from pytest_bdd import given, step, then

from gwjwt.scene import Credentials, IngressScene
from steps.vocabulary.phrases import phrase


@given(phrase("an ingress gateway {gateway:Name}"))
def run_gateway(scene: IngressScene, gateway: str) -> None:
    scene.run_gateway(gateway)


@given(phrase("{app:Name} is exposed through {gateway:Name}"))
def expose(scene: IngressScene, app: str, gateway: str) -> None:
    scene.expose(app, gateway)


@given(phrase("{app:Name} is exposed through {gateway:Name} for the host {host:Name}"))
def expose_host(scene: IngressScene, app: str, gateway: str, host: str) -> None:
    scene.expose(app, gateway, host)


@given(phrase("{app:Name} has a sidecar"))
def give_sidecar(scene: IngressScene, app: str) -> None:
    scene.give_sidecar(app)


@step(phrase("a RequestAuthentication on {workload:Name} trusts {issuers:Names}"))
def trust(scene: IngressScene, workload: str, issuers: list[str]) -> None:
    scene.trust(workload, issuers)


@step(
    phrase("a RequestAuthentication on {workload:Name} trusts {issuer:Name} for the audience {audience:Name}")
)
def trust_for(scene: IngressScene, workload: str, issuer: str, audience: str) -> None:
    scene.trust(workload, [issuer], audiences=[audience])


@step(phrase("a RequestAuthentication on {workload:Name} trusts {issuer:Name} and forwards its tokens"))
def trust_and_forward(scene: IngressScene, workload: str, issuer: str) -> None:
    scene.trust(workload, [issuer], forward_original_token=True)


@step(phrase("an ALLOW policy on {workload:Name} requires a principal of {issuer:Name}"))
def allow(scene: IngressScene, workload: str, issuer: str) -> None:
    scene.allow(workload, f"{scene.issuer(issuer).iss}/*")


@step(phrase("an ALLOW policy on {workload:Name} requires a principal like {pattern:Name}"))
def allow_like(scene: IngressScene, workload: str, pattern: str) -> None:
    scene.allow(workload, pattern)


@step(phrase("a request to {app:Name} for the host {host:Name} with {credentials:Credentials} is admitted"))
def admitted_for_host(scene: IngressScene, app: str, host: str, credentials: Credentials) -> None:
    scene.requests.admitted_for_host(app, host, credentials)


@then(phrase("{app:Name} has been asked nothing: the gateway itself has refused"))
def refused_at_gateway(scene: IngressScene, app: str) -> None:
    scene.requests.refused_at_gateway(app)


@step(phrase("a call from inside the mesh to {app:Name} with {credentials:Credentials} is admitted"))
def admitted_in_mesh(scene: IngressScene, app: str, credentials: Credentials) -> None:
    scene.requests.admitted_in_mesh(app, credentials)


@then(
    phrase(
        "what becomes of a call from inside the mesh to {app:Name} with {credentials:Credentials} is recorded"
    )
)
def record_in_mesh(scene: IngressScene, app: str, credentials: Credentials) -> None:
    scene.requests.record_in_mesh(app, credentials)


@then(phrase("the RequestAuthentication on {gateway:Name} names {issuer:Name}, its key set and the workload"))
def trusts(scene: IngressScene, gateway: str, issuer: str) -> None:
    scene.inspect.trusts(gateway, issuer)


@then(phrase("both policies are beside {gateway:Name} and select its workload"))
def policies_select(scene: IngressScene, gateway: str) -> None:
    scene.inspect.policies_select(gateway)


@then(
    phrase("a Gateway opens port 80 of {gateway:Name} for any host, and a VirtualService leads to {app:Name}")
)
def exposed(scene: IngressScene, gateway: str, app: str) -> None:
    scene.inspect.exposed(app, gateway)
