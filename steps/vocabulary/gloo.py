"""Gloo Mesh: workspaces, the routes inside a mesh, and the policies on routes and destinations."""

from __future__ import annotations

from pytest_bdd import given, step, then, when

from gwjwt.scene import Credentials, GlooScene
from gwjwt.scene.gloo_terms import Terms, read_terms
from steps.vocabulary.phrases import phrase


def _labels(text: str) -> dict[str, str]:
    """As the feature writes labels: ``route: httpbin, tier: edge``."""
    pairs = (pair.split(":") for pair in text.split(","))
    return {name.strip(): value.strip() for name, value in pairs}


@given(phrase("a workspace {workspace:Name} in which {client:Name} calls {app:Name}"))
def open_workspace(scene: GlooScene, workspace: str, client: str, app: str) -> None:
    scene.open_workspace(workspace, client, app)


@given(phrase("{client:Name} calls from the workspace {workspace:Name} too"))
def add_client(scene: GlooScene, client: str, workspace: str) -> None:
    scene.add_client(client, workspace)


@given(phrase("the app {app:Name} is in the workspace {workspace:Name} too"))
def add_app(scene: GlooScene, app: str, workspace: str) -> None:
    scene.add_app(app, workspace)


@given(phrase("the mesh route {route:Name} to {app:Name} is labelled {labels:Name}"))
def route(scene: GlooScene, route: str, app: str, labels: str) -> None:
    scene.route(route, app, _labels(labels))


@given(phrase("the mesh route {route:Name} to {app:Name} has no label"))
def route_without_label(scene: GlooScene, route: str, app: str) -> None:
    scene.route(route, app, {})


@given(phrase("the route table of {app:Name} itself is labelled {labels:Name}"))
def label_table(scene: GlooScene, app: str, labels: str) -> None:
    scene.label_table(app, _labels(labels))


@given(phrase("the ingress gateway {gateway:Name} lets requests in on the route {route:Name} to {app:Name}"))
def let_in(scene: GlooScene, gateway: str, route: str, app: str) -> None:
    scene.let_in(gateway, route, app)


@step(phrase("the JWT policy {policy:Name} protects the routes labelled {labels:Name}"))
def protect_routes(scene: GlooScene, policy: str, labels: str) -> None:
    scene.protect(policy, Terms(), labels=_labels(labels))


@step(phrase("the JWT policy {policy:Name} protects the routes labelled {labels:Name} with"))
def protect_routes_with(scene: GlooScene, policy: str, labels: str, docstring: str) -> None:
    scene.protect(policy, read_terms(docstring), labels=_labels(labels))


@step(phrase("the JWT policy {policy:Name} protects the destination {app:Name}"))
def protect_destination(scene: GlooScene, policy: str, app: str) -> None:
    scene.protect(policy, Terms(), destination=app)


@step(phrase("the JWT policy {policy:Name} protects the destination {app:Name} with"))
def protect_destination_with(scene: GlooScene, policy: str, app: str, docstring: str) -> None:
    scene.protect(policy, read_terms(docstring), destination=app)


@step(phrase("the JWT policy {policy:Name} of the workspace {workspace:Name} has no selector"))
def protect_everything(scene: GlooScene, policy: str, workspace: str) -> None:
    scene.protect(policy, Terms(), workspace=workspace)


@step(phrase("the JWT policy {policy:Name} is deleted"))
def delete_policy(scene: GlooScene, policy: str) -> None:
    scene.delete_policy(policy)


@when(phrase("the route table with {route:Name} is deleted"))
def delete_table(scene: GlooScene, route: str) -> None:
    scene.delete_table_of(route)


@given(phrase("the authorizer decides about the routes labelled {labels:Name}"))
def authorize(scene: GlooScene, labels: str) -> None:
    scene.authorize(_labels(labels))


@step(phrase("a request for {path:Name} on {route:Name} with {credentials:Credentials} gets 401"))
def on_path(scene: GlooScene, path: str, route: str, credentials: Credentials) -> None:
    scene.requests.on_path(route, path, credentials)


@step(phrase("a request of {client:Name} on {route:Name} with {credentials:Credentials} is admitted"))
def client_admitted(scene: GlooScene, client: str, route: str, credentials: Credentials) -> None:
    scene.requests.client_admitted(client, route, credentials)


@step(phrase("a request of {client:Name} on {route:Name} with {credentials:Credentials} gets 401"))
def client_refused(scene: GlooScene, client: str, route: str, credentials: Credentials) -> None:
    scene.requests.client_refused(client, route, credentials)


@step(phrase("a direct call to {app:Name} with {credentials:Credentials} is admitted"))
def direct_admitted(scene: GlooScene, app: str, credentials: Credentials) -> None:
    scene.requests.direct_admitted(app, credentials)


@step(phrase("a direct call to {app:Name} with {credentials:Credentials} gets 401"))
def direct_refused(scene: GlooScene, app: str, credentials: Credentials) -> None:
    scene.requests.direct_refused(app, credentials)


@then(
    phrase("a request without the header of {route:Name} and with {credentials:Credentials} finds no route")
)
def unmatched(scene: GlooScene, route: str, credentials: Credentials) -> None:
    scene.requests.unmatched(route, credentials)


@then(
    phrase(
        "a request with the header of {route:Name} for the host {host:Name} and with {credentials:Credentials} "
        "finds no route"
    )
)
def unmatched_for_host(scene: GlooScene, route: str, host: str, credentials: Credentials) -> None:
    scene.requests.unmatched_for_host(route, host, credentials)


@then(phrase("what went on {route:Name} finds no route, while a direct call to {app:Name} is admitted"))
def no_longer_routed(scene: GlooScene, route: str, app: str) -> None:
    scene.requests.no_longer_routed(route, app)


@then(phrase("at {gateway:Name} what goes on {route:Name} finds no route, while {instead:Name} does"))
def not_at_gateway(scene: GlooScene, gateway: str, route: str, instead: str) -> None:
    scene.requests.not_at_gateway(route, gateway, instead)


@then("the client is challenged for a Bearer token for the URL that it asked for")
def challenges_with_url(scene: GlooScene) -> None:
    scene.requests.challenges_with_url()


@step(phrase("the workload sees {values:Names} in {header:Name}"))
def sees_values(scene: GlooScene, values: list[str], header: str) -> None:
    scene.requests.sees_values(header, values)


@then("the workload sees no query parameter")
def sees_no_parameters(scene: GlooScene) -> None:
    scene.requests.sees_no_parameters()


@then(phrase("the authorizer has seen {value:Name} in {header:Name}"))
def authorizer_sees(scene: GlooScene, value: str, header: str) -> None:
    scene.requests.authorizer_sees(header, value)
