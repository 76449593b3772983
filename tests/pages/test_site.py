"""The documentation site in a browser, opened from its folder: one page of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gwjwt.site.book import Sources, read_book
from gwjwt.site.output import write_site
from gwjwt.site.rendering import site_files
from gwjwt.specification.root import suite_root

OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
PHONE = 360
ALONE = {"preload": False}
"""Axe would fetch the stylesheet once more, which a page from a file cannot."""

KINDS = (
    "index.html",
    "profiles/charm-request-auth.html",
    "behaviours/index.html",
    "behaviours/charm-request-auth/fail-closed.html",
    "behaviours/shared/validation/a-token-with-one-defect-does-not.html",
    "clauses/index.html",
    "clauses/CHARM-ORDER-01.html",
    "steps/index.html",
    "steps/requests.html",
    "decisions/index.html",
    "faults/index.html",
    "faults/deny-dropped.html",
    "reports/index.html",
    "atlas/index.html",
    "docs/index.html",
    "docs/drivers.html",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_site(folder, dict(site_files(read_book(Sources(suite_root() / "reports")))))
    return folder


@pytest.fixture
def visit_site(browser, site):
    """A context manager that opens a page; in the end nothing may have been fetched from afar or complained of."""

    @contextmanager
    def visiting(path: str, *, width: int = 1200, **wanted: object) -> Iterator[Page]:
        complaints: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, **wanted)
        page = context.new_page()
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda sent: complaints.append(f"failed: {sent.url}"))
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((site.as_uri(), "data:"))
                else complaints.append(f"fetched {sent.url}")
            ),
        )
        page.goto((site / path).as_uri())
        yield page
        context.close()
        assert complaints == []

    return visiting


@pytest.fixture
def report_pages(site):
    return [each.relative_to(site).as_posix() for each in sorted(site.glob("reports/*/*/*.html"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_is_no_barrier_that_can_be_found_by_a_program(visit_site, report_pages, scheme):
    for path in (*KINDS, *report_pages[:1]):
        with visit_site(path, color_scheme=scheme) as page:
            page.evaluate(OPEN_ALL)
            found = Axe().run(page, options=ALONE)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_on_a_phone_nothing_has_to_be_scrolled_sideways(visit_site, report_pages):
    for path in (*KINDS, *report_pages[:1]):
        with visit_site(path, width=PHONE) as page:
            page.evaluate(OPEN_ALL)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, path


def test_a_clause_is_found_with_the_keyboard_alone(visit_site):
    with visit_site("docs/findings.html") as page:
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("charm-order-01")
        expect(page.locator(".search ol a .found").first).to_have_text("CHARM-ORDER-01")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("CHARM-ORDER-01")


def test_words_find_what_has_all_of_them(visit_site):
    with visit_site("index.html") as page:
        page.get_by_role("searchbox").fill("malformed gateway CLOSED")
        entries = page.locator(".search ol a")
        expect(entries.first).to_be_visible()
        for words in entries.evaluate_all("found => found.map((each) => each.textContent.toLowerCase())"):
            assert all(word in words for word in ("malformed", "gateway", "closed"))
        page.get_by_role("searchbox").fill("no such thing anywhere")
        expect(page.locator(".search [role=status]")).to_have_text("0 found")
        expect(page.locator(".search ol")).to_be_hidden()


def test_arrows_go_through_what_was_found_and_escape_ends_it(visit_site):
    with visit_site("index.html") as page:
        page.keyboard.press("/")
        page.keyboard.type("forward-auth")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(page.locator(".search ol a").nth(1)).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".search ol")).to_be_hidden()


def test_a_slash_in_the_field_is_a_slash(visit_site):
    with visit_site("index.html") as page:
        page.keyboard.press("/")
        page.keyboard.type("a/b")
        expect(page.get_by_role("searchbox")).to_have_value("a/b")


def test_without_scripts_the_pages_are_there_and_the_search_is_not(visit_site):
    with visit_site("clauses/CHARM-DENY-01.html", java_script_enabled=False) as page:
        expect(page.get_by_role("heading", level=1)).to_contain_text("CHARM-DENY-01")
        expect(page.locator(".search")).to_be_hidden()


def test_a_row_of_examples_can_be_linked(visit_site):
    with visit_site("behaviours/shared/validation/a-token-with-one-defect-does-not.html") as page:
        row = page.locator("tr[id]").last
        page.goto(f"{page.url}#{row.get_attribute('id')}")
        expect(row).to_be_in_viewport()
