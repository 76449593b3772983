"""The shared templates: what is put into them stays text, whatever it is."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Template, UndefinedError

from gwjwt.pages.rendering import anchor, page_templates, script_source, stylesheet

HOSTILE = [
    "</code></pre><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "'><img src=x>",
    "{{ 7 * 7 }}",
    "&lt;",
]

MACROS = {
    "badge": "{{ m.badge(text, text) }}",
    "clause": '{{ m.clause(text, title=text) }}{{ m.clause(text, "#x", text) }}',
    "code": "{{ m.code(text, text, text) }}",
    "table": '{{ m.table(text, [text, "#" ~ text], [[text, text]]) }}',
    "facts": "{{ m.facts([(text, text)]) }}",
    "tally": "{{ m.tally({text: 3}) }}",
}


@cache
def template(source: str) -> Template:
    source = '{% import "macros.html.j2" as m %}' + source
    return page_templates(DictLoader({"page": source})).get_template("page")


def rendered(source: str, **values: object) -> str:
    return template(source).render(**values)


class Seen(HTMLParser):
    """The elements and the attributes' names, as a browser takes them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))


@pytest.mark.parametrize("macro", MACROS)
@given(text=st.sampled_from(HOSTILE) | st.text(min_size=1))
def test_no_text_adds_an_element_or_an_attribute(macro: str, text: str) -> None:
    text = text.removeprefix("#")  # marks a column of numbers
    assert (
        Seen(rendered(MACROS[macro], text=text or "x")).elements
        == Seen(rendered(MACROS[macro], text="x")).elements
    )


def test_a_verdict_is_told_in_words_and_not_by_colour_alone() -> None:
    assert "failed</span>" in rendered('{{ m.badge("failed") }}')


def test_a_name_that_nobody_has_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendered("{{ forgotten }}")


@given(one=st.text(), other=st.text())
def test_texts_that_differ_have_anchors_that_differ(one: str, other: str) -> None:
    assert (anchor(one) == anchor(other)) == (one == other)


@given(text=st.text())
def test_an_anchor_needs_no_escaping(text: str) -> None:
    assert re.fullmatch("[A-Za-z0-9_-]+", anchor(text))


def test_a_page_of_its_own_has_the_stylesheet_inside_and_a_site_s_page_refers_to_it() -> None:
    source = '{% extends "base.html.j2" %}{% block title %}Title{% endblock %}'
    templates = page_templates(DictLoader({"page": source}))
    assert stylesheet() in templates.get_template("page").render()
    of_a_site = templates.get_template("page").render(stylesheet_href="style.css")
    assert '<link rel="stylesheet" href="style.css">' in of_a_site
    assert "<style>" not in of_a_site


def test_nothing_in_the_stylesheet_is_fetched() -> None:
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


def test_a_script_is_named_by_its_digest() -> None:
    """The example of CSP level 3, section 8.3 (hash usage for inline scripts)."""
    assert script_source("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
