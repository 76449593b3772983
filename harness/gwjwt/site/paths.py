"""Where each page of the site is. Others link here, so a path follows from an id alone and stays."""

from __future__ import annotations

import posixpath
from functools import cache

from gwjwt.specification.features import slug

HOME = "index.html"
BEHAVIOURS = "behaviours/index.html"
CLAUSES = "clauses/index.html"
DECISIONS = "decisions/index.html"
SENTENCES = "steps/index.html"
FAULTS = "faults/index.html"
REPORTS = "reports/index.html"
ATLAS = "atlas/index.html"
DOCUMENTS = "docs/index.html"
SCHEMA = "schema/conformance-report.v1alpha1.schema.json"
STYLE = "assets/style.css"
SCRIPT = "assets/site.js"
SEARCH_INDEX = "assets/search-index.js"


def profile_page(profile: str) -> str:
    return f"profiles/{profile}.html"


def topic_page(folder: str, topic: str) -> str:
    """The page of a feature file."""
    return f"behaviours/{folder}/{topic}.html"


def behaviour_page(folder: str, topic: str, rule: str) -> str:
    """The page of one Rule."""
    return f"behaviours/{folder}/{topic}/{slug(rule)}.html"


def clause_page(clause: str) -> str:
    return f"clauses/{clause}.html"


def decision_place(decision: str) -> str:
    return f"{DECISIONS}#{decision}"


def sentences_page(topic: str) -> str:
    """The page of one module of the vocabulary."""
    return f"steps/{topic}.html"


def fault_page(fault: str) -> str:
    return f"faults/{fault}.html"


def report_page(project: str, version: str, environment: str) -> str:
    return f"reports/{project}/{version}/{environment}.html"


def atlas_place(row: str) -> str:
    return f"{ATLAS}#row-{row}"


def href(page: str, target: str) -> str:
    """The link from one page to a place on another, which may have a fragment."""
    path, mark, fragment = target.partition("#")
    if path == page and fragment:
        return f"#{fragment}"
    return _way(posixpath.dirname(page) or ".", path) + mark + fragment


@cache
def _way(folder: str, path: str) -> str:
    return posixpath.relpath(path, folder)
