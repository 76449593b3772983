"""Documents as pages: links, clauses, and that no text becomes more than text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwjwt.site.documents import BrokenLink, documents_of
from gwjwt.site.markdown import html, named_clauses, parse

CLAUSES = {"CHARM-DENY-01", "CHARM-DENY-02", "CHARM-DENY-03"}
PLACES = {"features/doors": "profiles/doors.html"}


def shown(text):
    return str(html(parse(text, CLAUSES), lambda address, _: address, lambda each: f"{each}.html", CLAUSES))


@pytest.fixture
def documents(tmp_path):
    def made(**texts):
        for name, text in texts.items():
            file = tmp_path / ("README.md" if name == "README" else f"docs/{name}.md")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        return {each.file: each for each in documents_of(tmp_path, CLAUSES, PLACES)}

    return made


def test_links_between_documents_lead_to_their_pages(documents):
    made = documents(
        README="# Top\n[one](docs/one.md) [doors](features/doors)",
        one="# One\n[two](two.md#a-part) [back](../README.md) [out](https://example.test/x)",
        two="# Two\n## A part\n[here](#a-part)",
    )
    assert 'href="one.html"' in made["README.md"].body
    assert 'href="../profiles/doors.html"' in made["README.md"].body
    assert 'href="two.html#a-part"' in made["docs/one.md"].body
    assert 'href="overview.html"' in made["docs/one.md"].body
    assert 'href="https://example.test/x"' in made["docs/one.md"].body
    assert 'href="#a-part"' in made["docs/two.md"].body


@pytest.mark.parametrize(
    "link, words",
    [
        ("three.md", "leads to nothing that has a page"),
        ("../features/windows", "leads to nothing that has a page"),
        ("#nowhere", "docs/one.md has no such heading"),
        ("one.md#nowhere", "docs/one.md has no such heading"),
        ("javascript:alert(1)", "leads to nothing|never"),
    ],
)
def test_a_broken_link_is_told_with_its_line(link, words, documents):
    text = f"# One\n\nSome words\nand [a link]({link}).\n"
    if link.startswith("javascript"):
        assert "href" not in documents(one=text)["docs/one.md"].body  # the reader takes it for no link at all
        return
    with pytest.raises(BrokenLink, match=rf"docs/one.md:4: the link to {re.escape(link)}.*({words})"):
        documents(one=text)


def test_a_clause_in_a_text_leads_to_its_page():
    made = shown("CHARM-DENY-01 and CHARM-NONE-01, `CHARM-DENY-02`, CHARM-DENY-01 to -03, [CHARM-DENY-02](x)")
    assert made.count('<a href="CHARM-DENY-01.html" class="clause">CHARM-DENY-01</a>') == 2
    assert '<a href="CHARM-DENY-03.html" class="clause">-03</a>' in made
    assert "CHARM-NONE-01.html" not in made
    assert "CHARM-DENY-02.html" not in made


@pytest.mark.parametrize(
    "text, named",
    [
        ("CHARM-DENY-01", ["CHARM-DENY-01"]),
        ("CHARM-DENY-01 and -03", ["CHARM-DENY-01", "CHARM-DENY-03"]),
        ("CHARM-DENY-01 to -03", ["CHARM-DENY-01", "CHARM-DENY-02", "CHARM-DENY-03"]),
        ("CHARM-DENY-01 and 3 others", ["CHARM-DENY-01"]),
        ("XCHARM-DENY-01 CHARM-DENY-011", []),
    ],
)
def test_which_clauses_a_text_names(text, named):
    assert named_clauses(text, CLAUSES) == named


def test_a_mention_is_found_below_its_heading_or_at_its_bold_beginning():
    parsed = parse(
        "# Top\n\n## A part\n\nCHARM-DENY-01 here.\n\n* **Bold words.** CHARM-DENY-02\n  is there.\n", CLAUSES
    )
    places = {
        clause: [(each.title, each.anchor) for each in found] for clause, found in parsed.mentions.items()
    }
    assert places == {
        "CHARM-DENY-01": [("A part", "a-part")],
        "CHARM-DENY-02": [("Bold words", "bold-words")],
    }
    assert {"top", "a-part", "bold-words"} <= parsed.anchors


def test_headings_of_the_same_words_have_anchors_that_differ():
    assert [each.anchor for each in parse("# A\n## B\n## B\n", CLAUSES).headings] == ["a", "b", "b-1"]


def test_raw_html_is_text_but_for_a_line_break_in_a_table():
    made = shown("<script>alert(1)</script>\n\n| a |\n| --- |\n| one<br>two <b>x</b> |\n")
    assert "<script" not in made
    assert "one<br>two &lt;b&gt;x" in made


@given(st.text(alphabet=st.sampled_from("<>\"'&/=[]()!`*_|\n abimgscrpt:#-"), max_size=80))
def test_no_text_of_a_document_opens_an_element_of_its_own(text):
    allowed = re.compile(
        r"</?(p|a|em|strong|code|pre|ul|ol|li|h[1-6]|hr|br|blockquote|img|table|thead|tbody|tr|th|td|div)\b"
    )
    for tag in re.findall(r"<[/a-z!][^>]*", shown(text)):
        assert allowed.match(tag), tag
        assert not re.search(r"\son\w+=", re.sub(r'"[^"]*"', '""', tag))
