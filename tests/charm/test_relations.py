"""What intents mean on the endpoints of an ingress charm, as the interfaces have it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.drivers.charm import relations
from gwjwt.drivers.state import Route
from gwjwt.errors import Unsupported
from gwjwt.words import AppName, GatewayName, Listener

GATEWAY = GatewayName("model", "front")
ROUTE = Route.to(AppName("apps", "dashboard"), 8080)


@given(st.text())
def test_any_text_is_published_as_it_is(text) -> None:
    assert relations.rules(text).app == {"jwt_rules": text}


def test_nothing_published_is_an_empty_databag() -> None:
    assert relations.rules(None).app == {}


def test_every_value_of_the_ingress_interface_is_json() -> None:
    asked = relations.ingress(ROUTE)
    assert {key: json.loads(value) for key, value in asked.app.items()} == {
        "model": "apps",
        "name": "dashboard",
        "port": 8080,
        "strip-prefix": False,
        "redirect-https": False,
    }
    assert set(asked.unit) == {"host", "ip"}


@pytest.mark.parametrize(
    "answer, path",
    [
        ({"ingress": '{"url": "http://10.0.0.1/apps-dashboard"}'}, "/apps-dashboard"),
        ({"ingress": '{"url": "https://gateway.example:8443/other/"}'}, "/other"),
        ({"ingress": '{"url": "http://10.0.0.1"}'}, "/apps-dashboard"),
        ({"ingress": "null"}, "/apps-dashboard"),
        ({"ingress": "not json"}, "/apps-dashboard"),
        ({}, "/apps-dashboard"),
    ],
)
def test_the_path_is_the_one_that_the_ingress_answers_with(answer, path) -> None:
    assert relations.path_of(answer, ROUTE) == path


def test_every_route_is_asked_for_on_every_listener() -> None:
    other = Route.to(AppName("apps", "catalogue"), 80)
    config = json.loads(relations.listeners(GATEWAY, [8080, 9090], [ROUTE, other]).app["config"])
    assert [each["port"] for each in config["listeners"]] == [8080, 9090]
    assert {(each["listener"]["port"], each["backends"][0]["service"]) for each in config["http_routes"]} == {
        (port, app) for port in (8080, 9090) for app in ("dashboard", "catalogue")
    }


def test_an_authorizer_that_is_not_ready_says_nothing() -> None:
    assert relations.authorizer(GATEWAY, ["dashboard"], ready=False).app == {}
    published = relations.authorizer(GATEWAY, ["dashboard"], ready=True).app
    assert published["decisions_address"].startswith("http://")
    assert json.loads(published["app_names"]) == ["dashboard"]
    assert "authorization" in json.loads(published["headers"])


@pytest.mark.parametrize(
    "asked, provider, answered",
    [
        ({"ext_authz_service_name": "login", "ext_authz_port": "80"}, "authorizer", True),
        ({"ext_authz_service_name": "login", "ext_authz_port": "80"}, None, False),
        ({"ext_authz_service_name": "", "ext_authz_port": ""}, "authorizer", False),
        ({}, "authorizer", False),
    ],
)
def test_the_mesh_answers_what_it_was_asked_for(asked, provider, answered) -> None:
    assert relations.mesh(asked, provider).app == ({"ext_authz_provider_name": provider} if answered else {})


@pytest.mark.parametrize(
    "listener, what",
    [(Listener(80, "a.example"), "a host name"), (Listener(443, "a.example", "secret"), "a certificate")],
)
def test_listeners_that_the_interface_has_no_word_for_are_not_supported(listener, what):
    with pytest.raises(Unsupported, match=what):
        relations.require_plain(listener)
    relations.require_plain(Listener(8080))
