"""The two kinds of resources as an operator reads them."""

from __future__ import annotations

from pytest_bdd import given, step, then

from gwjwt.scene import Scene
from steps.vocabulary.phrases import phrase


@then(phrase("the RequestAuthentication {name:Name} exists"))
def request_authentication_exists(scene: Scene, name: str) -> None:
    scene.inspect.request_authentication_exists(name)


@then(phrase("the AuthorizationPolicy {name:Name} exists"))
def authorization_policy_exists(scene: Scene, name: str) -> None:
    scene.inspect.authorization_policy_exists(name)


@then(phrase("no RequestAuthentication targets {gateway:Name}"))
def no_request_authentication(scene: Scene, gateway: str) -> None:
    scene.inspect.count_request_authentications(gateway, 0)


@then(phrase("{count:d} RequestAuthentications target {gateway:Name}"))
@then(phrase("{count:d} RequestAuthentication targets {gateway:Name}"))
def count_request_authentications(scene: Scene, count: int, gateway: str) -> None:
    scene.inspect.count_request_authentications(gateway, count)


@then(phrase("exactly one RequestAuthentication trusts {issuer:Name}"))
def exactly_one_trusts(scene: Scene, issuer: str) -> None:
    scene.inspect.exactly_one_trusts(issuer)


@then(phrase("no RequestAuthentication trusts {issuer:Name}"))
def nobody_trusts(scene: Scene, issuer: str) -> None:
    scene.inspect.nobody_trusts(issuer)


@then(phrase("the resource that trusts {issuer:Name} trusts no other issuer"))
def trusts_only(scene: Scene, issuer: str) -> None:
    scene.inspect.trusts_only(issuer)


@then(phrase("the resource that trusts {issuer:Name} holds the rules"))
def holds_rules(scene: Scene, issuer: str, docstring: str) -> None:
    scene.inspect.holds_rules(issuer, docstring)


@then(phrase("the resource that trusts {issuer:Name} maps {claim:Name} to {header:Name}"))
def maps(scene: Scene, issuer: str, claim: str, header: str) -> None:
    scene.inspect.maps(issuer, claim, header)


@then(phrase("the resource that trusts {issuer:Name} takes tokens from {header:Name} after {prefix:Name}"))
def takes_tokens_after(scene: Scene, issuer: str, header: str, prefix: str) -> None:
    scene.inspect.takes_tokens_from(issuer, header, prefix)


@then(phrase("the resource that trusts {issuer:Name} takes tokens from {header:Name} without a prefix"))
def takes_tokens_bare(scene: Scene, issuer: str, header: str) -> None:
    scene.inspect.takes_tokens_from(issuer, header, None)


@then(phrase("the resource that trusts {issuer:Name} leaves out {field:Name}"))
def leaves_out(scene: Scene, issuer: str, field: str) -> None:
    scene.inspect.leaves_out(issuer, field)


@then(phrase("the resource that trusts {issuer:Name} is a RequestAuthentication of {api_version:Name}"))
def is_request_authentication(scene: Scene, issuer: str, api_version: str) -> None:
    scene.inspect.is_request_authentication(issuer, api_version)


@then(phrase("the resource that trusts {issuer:Name} is in the namespace of {gateway:Name}"))
def authentication_is_beside(scene: Scene, issuer: str, gateway: str) -> None:
    scene.inspect.authentication_is_beside(issuer, gateway)


@then(phrase("the resource that trusts {issuer:Name} targets the Gateway {gateway:Name} and nothing else"))
def authentication_targets(scene: Scene, issuer: str, gateway: str) -> None:
    scene.inspect.authentication_targets(issuer, gateway)


@then(
    phrase(
        "the policy that demands a JWT on {gateway:Name} is an AuthorizationPolicy of {api_version:Name} "
        "with the action DENY"
    )
)
def is_deny_policy(scene: Scene, gateway: str, api_version: str) -> None:
    scene.inspect.is_deny_policy(gateway, api_version)


@then(phrase("the policy that demands a JWT on {gateway:Name} is in the namespace of {place:Name}"))
def demand_is_beside(scene: Scene, gateway: str, place: str) -> None:
    scene.inspect.demand_is_beside(gateway, place)


@then(
    phrase(
        "the policy that demands a JWT on {gateway:Name} targets the Gateway {target:Name} and nothing else"
    )
)
def demand_targets(scene: Scene, gateway: str, target: str) -> None:
    scene.inspect.demand_targets(gateway, target)


@then(phrase("the policy that demands a JWT on {gateway:Name} covers all requests"))
def covers_all_requests(scene: Scene, gateway: str) -> None:
    scene.inspect.covers_all_requests(gateway)


@step(phrase("the policy that demands a JWT on {gateway:Name} covers Bearer requests only"))
def covers_bearer_requests(scene: Scene, gateway: str) -> None:
    scene.inspect.covers_bearer_requests(gateway)


@then(phrase("no policy on {gateway:Name} demands a JWT of Bearer requests only"))
def not_narrowed(scene: Scene, gateway: str) -> None:
    scene.inspect.not_narrowed(gateway)


@given(phrase("every write to the policies of {gateway:Name} is watched"))
def watch_policies(scene: Scene, gateway: str) -> None:
    scene.watch_policies(gateway)


@then("no write has opened the gateway on the way")
def never_more_open(scene: Scene) -> None:
    scene.never_more_open()


@then(phrase("a policy demands a JWT on {gateway:Name}"))
def somebody_demands_jwt(scene: Scene, gateway: str) -> None:
    scene.inspect.somebody_demands_jwt(gateway)


@then(phrase("no policy demands a JWT on {gateway:Name}"))
def nobody_demands_jwt(scene: Scene, gateway: str) -> None:
    scene.inspect.nobody_demands_jwt(gateway)


@then(phrase("exactly one DENY policy targets {gateway:Name}"))
def one_deny_policy(scene: Scene, gateway: str) -> None:
    scene.inspect.one_deny_policy(gateway)


@then(phrase("no policy hands requests of {gateway:Name} to an external authorizer"))
def no_external_authorizer(scene: Scene, gateway: str) -> None:
    scene.inspect.no_external_authorizer(gateway)


@then(phrase("the namespace of {app:Name} holds neither kind of resource"))
def namespace_is_untouched(scene: Scene, app: str) -> None:
    scene.inspect.namespace_is_untouched(app)


@given(phrase("an operator has read the resource that trusts {issuer:Name}"))
def remember(scene: Scene, issuer: str) -> None:
    scene.inspect.remember(issuer)


@then("the operator reads the same resource as before")
def unchanged(scene: Scene) -> None:
    scene.inspect.unchanged()
