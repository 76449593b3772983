import json

from gwjwt.drivers.state import Relation, Route, WantedState
from gwjwt.rules import JWTRule, publish
from gwjwt.words import AppName, GatewayName, Listener

APP, OTHER = AppName("m", "a"), AppName("elsewhere", "b")
BARE = WantedState(GatewayName("m", "ing"))


def test_the_state_is_json_with_what_a_template_needs():
    state = BARE.exposing(Route.to(APP, 8080)).relating(Relation(APP, publish([JWTRule(issuer="i")])))
    state = state.listening(Listener(8443, "a.example", "secret"))
    assert json.loads(json.dumps(state.authorized_by("authorizer").as_json())) == {
        "gateway": {"namespace": "m", "name": "ing"},
        "extraListeners": [{"port": 8443, "hostname": "a.example", "certificate": "secret"}],
        "routes": [
            {
                "app": {"namespace": "m", "name": "a"},
                "path": "/m-a",
                "port": 8080,
                "authenticated": True,
            }
        ],
        "relations": [
            {
                "app": {"namespace": "m", "name": "a"},
                "published": '[{"issuer": "i"}]',
                "rules": [
                    {
                        "issuer": "i",
                        "jwks_uri": None,
                        "audiences": None,
                        "forward_original_token": None,
                        "claim_to_headers": None,
                        "from_headers": None,
                    }
                ],
            }
        ],
        "forwardAuth": {"provider": "authorizer"},
    }


def test_text_without_usable_rules_is_kept_and_read_as_none():
    for published in (None, "[]", "not json", "[{}]"):
        assert BARE.relating(Relation(APP, published)).as_json()["relations"] == [
            {"app": {"namespace": "m", "name": "a"}, "published": published, "rules": None}
        ]


def test_an_application_that_publishes_again_keeps_its_place():
    state = BARE.relating(Relation(APP, "1")).relating(Relation(OTHER, "2")).relating(Relation(APP, "3"))
    assert state.relations == (Relation(APP, "3"), Relation(OTHER, "2"))
    assert state.withdrawing(APP).relations == (Relation(OTHER, "2"),)


def test_an_application_has_one_route():
    assert BARE.exposing(Route.to(APP, 1)).exposing(Route.to(APP, 2)).routes == (Route(APP, "/m-a", 2),)


def test_forward_auth_goes_as_it_came():
    assert BARE.authorized_by("x").without_forward_auth() == BARE
    assert BARE.authorized_by(None).without_forward_auth() == BARE


def test_forward_auth_without_an_address_names_no_provider():
    assert BARE.authorized_by(None).as_json()["forwardAuth"] == {"provider": None}
