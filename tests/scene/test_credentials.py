from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.identity.recipes import RECIPES
from gwjwt.scene.credentials import CREDENTIALS, NO_TOKEN, SESSION_COOKIE, Credentials, read_credentials

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789- ", min_size=1, max_size=12)


@pytest.mark.parametrize(
    "phrase,expected",
    [
        ("no token", NO_TOKEN),
        ("the session cookie", SESSION_COOKIE),
        ('a valid token of "accounts"', Credentials("valid", "accounts")),
        (
            'the session cookie and an expired token of "accounts"',
            Credentials("expired", "accounts", cookie=True),
        ),
        ('a valid token of "a" for no audience', Credentials("valid", "a", None)),
        ('a valid token of "a" for the audience "x"', Credentials("valid", "a", "x")),
        ('a valid token of "a" for the audiences "x", "y"', Credentials("valid", "a", ("x", "y"))),
        ('a valid token of "a" for the audiences "x"', Credentials("valid", "a", ("x",))),
        ('a valid token of "a" in "X-Jwt"', Credentials("valid", "a", None, "X-Jwt", "")),
        ('the header "Authorization: Basic eA=="', Credentials(extra=("Authorization", "Basic eA=="))),
        (
            'a valid token of "a" and the header "X-User: root"',
            Credentials("valid", "a", extra=("X-User", "root")),
        ),
        (
            'the session cookie and the header "X-User: "',
            Credentials(cookie=True, extra=("X-User", "")),
        ),
        (
            'a valid token of "a" in "X-Jwt" after "Token "',
            Credentials("valid", "a", None, "X-Jwt", "Token "),
        ),
    ],
)
def test_a_phrase_says_what_the_request_carries(phrase: str, expected: Credentials) -> None:
    assert read_credentials(phrase) == expected
    assert re.fullmatch(CREDENTIALS, phrase)


@pytest.mark.parametrize(
    "phrase", ["", "a token", "a valid token", 'a valid token of "a" after "x"', "no token please"]
)
def test_anything_else_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="not a description"):
        read_credentials(phrase)
    assert not re.fullmatch(CREDENTIALS, phrase)


@given(st.sampled_from(sorted(RECIPES)), NAMES, NAMES, st.booleans())
def test_every_recipe_can_be_named_with_any_issuer_and_header(
    recipe: str, issuer: str, header: str, cookie: bool
) -> None:
    start = "the session cookie and " if cookie else ""
    article = "an" if recipe[0] in "aeiou" else "a"
    found = read_credentials(f'{start}{article} {recipe} token of "{issuer}" in "{header}"')
    assert found == Credentials(recipe, issuer, None, header, "", cookie)
