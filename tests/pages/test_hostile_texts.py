"""Whatever a report, its evidence or a kill matrix says stays text on the page, and harmless in the Markdown."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwjwt.reporting.markdown import summary_markdown
from gwjwt.reporting.page.kill_matrix import kill_pictures
from gwjwt.reporting.page.render import report_page

ATTACKS = (
    "</script><script>window.hurt = 1</script>",
    "</code></pre></details><img src=x onerror='window.hurt = 1'>",
    '" onmouseover="window.hurt = 1" x="',
    "' autofocus onfocus='window.hurt = 1",
    "</style><style>*{display:none}</style>",
    "<!--",
    "]]><svg onload=window.hurt=1>",
    "&lt;b&gt; &#60;b&#62;",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2028\u0000",
)
COUNTS = dict.fromkeys(
    (
        "passed",
        "failed",
        "inconclusive",
        "error",
        "unsupported",
        "recorded",
        "expected-failure",
        "unexpected-pass",
    ),
    1,
)


def report(text: str) -> dict:
    name = re.sub(r"[\[\]/]", "_", text)  # those take an id apart
    scenarios = [
        {
            "id": f"{name}/{number}/{name}", "profile": text, "title": text, "clauses": [text], "level": "core",
            "verdict": verdict, "reason": text, "step": text, "attempts": 1, "startSeconds": number * 1.0,
            "durationSeconds": 1.0, "worker": text, "evidence": {"entries": 1, "digest": text},
        }
        for number, verdict in enumerate(("passed", "failed", "recorded", "unsupported", "error"))
    ]  # fmt: skip
    level = {"result": "failed", "statistics": COUNTS}
    return {
        "suite": {"version": text, "featuresDigest": text},
        "implementation": {"organization": text, "project": text, "url": text, "version": text, "contact": [text]},
        "driver": text,
        "environment": {"kind": text, "versions": {text: text}},
        "policy": {"settling": text, "order": text, "deadlines": {text: 1.0}, "remarks": [text]},
        "startedAt": "2026-05-01T00:00:00.000+00:00",
        "durationSeconds": 2.0,
        "run": {"selected": 5, "interrupted": True, "problems": [{"what": text, "reason": text}], "fault": text},
        "profiles": [
            {
                "name": text, "result": "failed", "core": level,
                "extended": {**level, "supportedFeatures": [text], "unsupportedFeatures": [text]},
            }
        ],
        "scenarios": scenarios,
        "clauses": [{"id": text, "level": "core", "scenarios": [scenarios[0]["id"]], "verdict": "failed"}],
        "digest": text,
    }  # fmt: skip


def evidence(text: str) -> list[dict]:
    headers = [["content-type", text], [f"x{text}", text]]
    request = {"method": text, "target": text, "host": text, "headers": headers, "endpoint": text}
    token = {
        "recipe": text,
        "issuer": text,
        "fingerprint": text,
        "header": {text: text},
        "claims": {text: text},
    }
    entries = [
        {"purpose": "step", "step": f"Given {text}", "line": 1, "atMilliseconds": 0.5},
        {
            "purpose": "judged", "nonce": text, "request": {**request, "tokens": [token]}, "curl": text,
            "client": {"status": 200, "headers": headers, "body": text}, "milliseconds": 1.0,
            "backends": [{"app": text, "method": text, "path": text, "headers": headers}],
            "authorizer": [{"path": text, "headers": headers, "decision": text, "status": 200}],
        },
        {"purpose": "judgement", "function": text, "arguments": {text: text}, "outcome": "violated"},
        {"purpose": "observation", "text": text},
        {"purpose": "watched", "passage": {"change": text, "with": text, "sent": 2, "admitted": 1,
         "closedBefore": True, "closedAfter": True, "windowMilliseconds": 3.0}},
        {"purpose": text, text: text},
    ]  # fmt: skip
    return [
        {"scenario": each["id"], "entry": number, **entry}
        for each in report(text)["scenarios"]
        for number, entry in enumerate(entries, start=1)
    ]


def faults(text: str) -> dict:
    caught = [{"scenario": text, "step": text, "reason": text}]
    row = {"name": text, "profile": text, "summary": text, "killed": False, "killers": caught}
    return {
        "faults": [
            {**row, "elsewhere": [f"{text} 2"], "unjudged": [{"scenario": f"{text} 3", "reason": text}]}
        ]
    }


def page(text: str) -> str:
    return report_page(report(text), evidence(text), kill_pictures(faults(text), "faults.json"))


class Structure(HTMLParser):
    """Elements with the names of their attributes, as a browser takes them, and the text between."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
PLAIN = Structure(page("plain")).elements


@given(st.sampled_from(ATTACKS) | st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_adds_an_element_or_an_attribute(text: str) -> None:
    text = f"x{text}x"  # neither empty nor blank at the ends, where other words stand on the page
    assert Structure(page(text)).elements == PLAIN


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_text_itself_is_there_to_be_read(attack: str) -> None:
    shown = "".join(Structure(page(f"x{attack}x")).texts)
    assert shown.count(f"x{attack}x".replace("\u0000", "\ufffd")) > len(report("")["scenarios"])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_browser_runs_nothing_and_complains_of_nothing(attack: str, visit, tmp_path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(attack), encoding="utf-8")
    with visit(file.as_uri()) as opened:
        opened.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert opened.evaluate("window.hurt") is None
        assert opened.locator("details.scenario").count() == len(report(attack)["scenarios"])
        assert opened.locator("#filter").is_visible()


@given(st.sampled_from(ATTACKS) | st.text(alphabet="`~|<>\n\\ *_[]()!@#ab", min_size=1))
def test_no_text_leaves_its_place_in_the_markdown(text: str) -> None:
    plain, hostile = (summary_markdown(report(each)) for each in ("plain", f"x{text}x"))

    def frame(markdown: str) -> list[str]:
        """The lines with a meaning of their own; what is in code blocks is text."""
        kept, fence = [], ""
        for line in markdown.split("\n"):
            if fence:
                fence = "" if line == fence else fence
            elif line.startswith("```"):
                fence = line.removesuffix("text")
            else:
                kept.append(line)
        assert not fence
        return [CODE_SPAN.sub("code", line) for line in kept]

    cells = [line.count("|") for line in frame(hostile)]
    assert cells == [line.count("|") for line in frame(plain)]
    assert "".join(frame(hostile)).count("<") == "".join(frame(plain)).count("<")


def test_evidence_for_which_there_is_no_room_is_left_out_with_a_word_about_it() -> None:
    whole = report_page(report("plain"), evidence("plain"))
    room = len(whole.encode()) - 10
    cut = report_page(report("plain"), evidence("plain"), largest=room)
    assert len(cut.encode()) <= room
    assert "there was no room on this page" in cut
    assert "there was no room on this page" not in whole
    assert json.dumps({"plain": "plain"}) in cut, "what did not pass keeps its evidence"


def test_the_room_is_given_to_what_did_not_pass_first() -> None:
    least, most = (len(report_page(report("plain"), evidence("plain"), largest=each)) for each in (0, 10**9))
    shown = [
        {
            each.split('"', 2)[1]
            for each in report_page(report("plain"), evidence("plain"), largest=room).split("data-verdict=")[
                1:
            ]
            if "not shown here" not in each
        }
        for room in range(least, most, (most - least) // 8)
    ]
    assert {"failed", "error"} in shown
    assert all(each >= {"failed", "error"} for each in shown if each - {"failed", "error"})
