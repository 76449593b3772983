"""The templates' environment: autoescaping, strict about names, with the shared base, macros and stylesheet."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_HERE: Final = "gwjwt.pages"


def page_templates(own: BaseLoader) -> Environment:
    """The environment of a package that makes pages.

    Everything that is put into a template is escaped. A name that nobody has given is an error. Beside ``base.html.j2``
    and ``macros.html.j2`` its templates have ``stylesheet`` (the CSS, for a ``style`` element), the filter ``anchor``
    (an ``id`` out of any text) and the filter ``script_source`` (what a Content-Security-Policy calls a script).

    Args:
        own: where the package's own templates are. One of the names above does not replace the shared template.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(_HERE, "templates"), own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["stylesheet"] = Markup(stylesheet())  # noqa: S704  # our own file, and CSS is no HTML
    environment.filters["anchor"] = anchor
    environment.filters["script_source"] = script_source
    return environment


@cache
def stylesheet() -> str:
    """The one stylesheet: a page of its own has it inside, a site beside its pages."""
    return files(_HERE).joinpath("style.css").read_text(encoding="utf-8")


def anchor(text: str) -> str:
    """An ``id`` that is made of this text alone and of characters that no URL and no selector has to escape.

    Texts that differ have anchors that differ: what had to be replaced is told apart by a digest.
    """
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "-" for each in text)
    if kept == text and kept:
        return kept
    return f"{kept}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def script_source(script: str) -> str:
    """The script's name in a Content-Security-Policy (CSP level 3, section 2.3.1): it runs, and no other does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
