from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.scene.published import fill_in


def issuer(name: str) -> SimpleNamespace:
    return SimpleNamespace(iss=f"https://{name}", jwks_uri=f"http://keys/{name}")


def test_an_issuer_is_filled_in_where_the_text_names_it() -> None:
    text = '[{"issuer": "${accounts.issuer}", "jwks_uri": "${my-partners.jwks_uri}"}]'
    assert fill_in(text, issuer) == '[{"issuer": "https://accounts", "jwks_uri": "http://keys/my-partners"}]'


def test_a_misspelt_placeholder_is_not_published_as_it_stands() -> None:
    with pytest.raises(ValueError, match="placeholder"):
        fill_in("${accounts.isuer}", issuer)


@given(st.text().filter(lambda text: "$" not in text))
def test_everything_else_is_published_as_it_stands(text: str) -> None:
    assert fill_in(text, issuer) == text
