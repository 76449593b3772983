"""A headless Chromium of the distribution, and the page of a run in which scenarios passed, failed and were not run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SELECTED = (
    "bearer-scope",
    "openings/forward-auth-comes-and-goes-beside-related-applications",
    "application-side/one-call-takes-a-list-of-rules-with-all-six-fields",
)


class Made(NamedTuple):
    """A folder of reports."""

    folder: Path

    @property
    def page(self) -> str:
        return (self.folder / "report.html").as_uri()

    @property
    def report(self):
        return json.loads((self.folder / "report.json").read_text(encoding="utf-8"))

    @property
    def entries(self):
        return [json.loads(line) for line in (self.folder / "evidence.jsonl").read_text().splitlines()]


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("out")
    command = [sys.executable, "-m", "gwjwt", "run", "--quiet", "--fault", "deny-dropped", "-n", "2"]
    selected = [f"--scenario=charm-request-auth/{each}" for each in SELECTED]
    ended = subprocess.run(
        [*command, *selected, "--report-dir", str(folder)], check=False, timeout=120, capture_output=True
    )
    assert ended.returncode == 1, ended.stderr
    return Made(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail(
            "no Chromium: install the package chromium-headless-shell, or chromium, of your distribution"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """A context manager that opens a page, and in the end requires that nothing was complained of or fetched."""

    @contextmanager
    def visiting(url: str, *, width: int = 1200, **wanted: object) -> Iterator[Page]:
        complaints: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, **wanted)
        page = context.new_page()
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda sent: None if sent.url in {url, "data:,"} else complaints.append(f"fetched {sent.url}"),
        )
        page.goto(url)
        yield page
        context.close()
        assert complaints == []

    return visiting
