"""The page of a report in a browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
OPEN_ONE_OF_EACH = """() => {
  for (const verdict of ["passed", "failed", "unsupported"]) {
    const scenario = document.querySelector(`details.scenario[data-verdict=${verdict}]`);
    for (const each of [scenario, ...scenario.querySelectorAll("details")]) each.open = true;
  }
  for (const each of document.querySelectorAll("details:not(details details, .scenario)")) each.open = true;
}"""
SHOWN = "details.scenario:not([hidden])"
PHONE = 360


def focused(page) -> str:
    return page.evaluate(
        "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_is_no_barrier_that_can_be_found_by_a_program(visit, made, scheme):
    with visit(made.page, color_scheme=scheme) as page:
        page.evaluate(OPEN_ONE_OF_EACH)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_light_and_dark_are_not_the_same(visit, made):
    def paper(scheme: str) -> str:
        with visit(made.page, color_scheme=scheme) as page:
            return page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert paper("light") != paper("dark")


def test_on_a_phone_nothing_has_to_be_scrolled_sideways(visit, made):
    with visit(made.page, width=PHONE) as page:
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_every_link_leads_somewhere(visit, made):
    with visit(made.page) as page:
        targets = page.eval_on_selector_all(
            "a[href]", "found => found.map((each) => each.getAttribute('href'))"
        )
        assert len(targets) > len(made.report["scenarios"])
        within = {each[1:] for each in targets if each.startswith("#")}
        ids = page.eval_on_selector_all("[id]", "found => found.map((each) => each.id)")
        assert within <= set(ids)
        assert len(ids) == len(set(ids))
        assert all((made.folder / each).is_file() for each in targets if not each.startswith("#"))


def test_what_is_counted_is_what_the_report_says(visit, made):
    with visit(made.page) as page:
        for profile in made.report["profiles"]:
            card = page.locator(".profiles .card").filter(has_text=profile["name"])
            for level in ("core", "extended"):
                shown = (
                    card.locator("dl > div").filter(has=page.locator(f"dt:text('{level}')")).locator(".words")
                )
                counted = [f"{count} {name}" for name, count in profile[level]["statistics"].items() if count]
                assert (
                    shown.inner_text().replace("\n", " ").split() == " ".join(counted or ["none run"]).split()
                )
        for verdict in {each["verdict"] for each in made.report["scenarios"]}:
            number = sum(each["verdict"] == verdict for each in made.report["scenarios"])
            assert page.locator(f"details.scenario[data-verdict={verdict}]").count() == number


def test_a_run_with_a_fault_is_not_taken_for_a_conformance_report(visit, made):
    with visit(made.page) as page:
        assert "no conformance report" in page.locator(".notice").inner_text()
        assert "deny-dropped" in page.locator(".notice").inner_text()
        assert "conformance report" not in page.title()


@pytest.mark.parametrize(
    "field, key",
    [("verdict", "verdict"), ("level", "level"), ("profile", "profile"), ("clause", "clauses")],
)
def test_the_filter_shows_what_fits_and_nothing_else(visit, made, field, key):
    def has(section, value) -> bool:
        return value in section[key] if isinstance(section[key], list) else value == section[key]

    with visit(made.page) as page:
        values = page.eval_on_selector_all(f"#by-{field} option", "found => found.map((each) => each.value)")[
            1:
        ]
        assert values
        for value in values[:4]:
            page.select_option(f"#by-{field}", value)
            fitting = sum(has(each, value) for each in made.report["scenarios"])
            assert page.locator(SHOWN).count() == fitting
            assert page.locator("#count").inner_text() == f"{fitting} of {len(made.report['scenarios'])}"
        page.get_by_text("Show all").click()
        expect(page.locator(SHOWN)).to_have_count(len(made.report["scenarios"]))


def test_the_filter_by_topic_and_text(visit, made):
    with visit(made.page) as page:
        page.select_option("#by-topic", "bearer-scope")
        topical = sum("/bearer-scope/" in each["id"] for each in made.report["scenarios"])
        assert page.locator(SHOWN).count() == topical
        page.fill("#by-text", "LOGIN page")
        found = page.locator(SHOWN)
        assert 0 < found.count() < topical
        assert all("login" in text.lower() for text in found.all_text_contents())
        page.fill("#by-text", "no scenario has these words")
        assert found.count() == 0
        assert page.locator("#none").is_visible()


def test_the_keyboard_is_enough(visit, made):
    with visit(made.page) as page:
        page.keyboard.press("Tab")
        assert focused(page) == "skip"
        assert page.locator(".skip").bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        assert focused(page) == "main"
        page.keyboard.press("/")
        assert focused(page) == "by-text"
        page.keyboard.type("a/b")
        assert page.input_value("#by-text") == "a/b"
        page.keyboard.press("Escape")
        expect(page.locator("#by-text")).to_have_value("")
        summary = page.locator("details.scenario[data-verdict=passed] > summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("details.scenario[data-verdict=passed]").first.get_attribute("open") is not None
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_a_link_to_a_scenario_opens_it_even_if_the_filter_hides_it(visit, made):
    with visit(made.page) as page:
        page.select_option("#by-verdict", "unsupported")
        link = page.locator("#timeline ~ .scroll a").first
        target = link.get_attribute("href")[1:]
        link.click()
        linked = page.locator(f"[id='{target}']")
        expect(linked).to_have_attribute("open", "")
        expect(linked).to_be_visible()
        page.locator("rect[data-to]").last.click()
        expect(page.locator(f":target:not([id='{target}'])")).to_have_attribute("open", "")


def test_without_scripts_everything_but_the_filter_is_there(visit, made):
    with visit(made.page, java_script_enabled=False) as page:
        assert not page.locator("#filter").is_visible()
        assert page.locator("details.scenario").count() == len(made.report["scenarios"])
        scenario = page.locator("details.scenario[data-verdict=passed]").first
        scenario.locator("> summary").click()
        assert scenario.locator(".steps").is_visible()


def test_on_paper_there_is_no_navigation_and_the_ground_is_white(visit, made):
    with visit(made.page, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator(".top nav").is_visible()
        assert not page.locator("#filter").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf().startswith(b"%PDF")


def test_a_scenario_tells_its_steps_its_requests_and_how_to_repeat_them(visit, made):
    failed = next(each for each in made.report["scenarios"] if each["verdict"] == "failed")
    own = [each for each in made.entries if each["scenario"] == failed["id"]]
    with visit(made.page) as page:
        page.evaluate(OPEN_ALL)
        scenario = page.locator("details.scenario").filter(has=page.get_by_text(failed["id"], exact=True))
        text = scenario.inner_text()
        assert failed["reason"].split("\n")[0] in text
        for entry in own:
            if entry["purpose"] == "step":
                assert entry["step"] in text
            elif "curl" in entry:
                assert entry["curl"] in text
                assert str(entry["client"]["status"]) in text
            elif entry["purpose"] == "judgement":
                assert entry["outcome"] in text
