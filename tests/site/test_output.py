"""The folder of a site: nothing of anybody else's is touched, and nothing old is left."""

from __future__ import annotations

import json

import pytest

from gwjwt.errors import UsageError
from gwjwt.site.output import MARK, write_site


def files(folder):
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_a_page_that_is_gone_is_taken_away_with_its_folder(tmp_path):
    folder = tmp_path / "site"
    write_site(folder, {"index.html": "one", "clauses/A.html": "a", "clauses/B/C.html": "c"})
    write_site(folder, {"index.html": "two", "clauses/A.html": "a"})
    assert files(folder) == {"index.html", "clauses/A.html", MARK}
    assert not (folder / "clauses" / "B").exists()
    assert (folder / "index.html").read_text() == "two"


def test_what_is_as_it_was_is_not_written_again(tmp_path):
    write_site(tmp_path / "site", {"index.html": "one"})
    before = (tmp_path / "site" / "index.html").stat().st_mtime_ns
    write_site(tmp_path / "site", {"index.html": "one"})
    assert (tmp_path / "site" / "index.html").stat().st_mtime_ns == before


def test_a_folder_that_is_no_site_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is not empty and was not made by `gwjwt docs`.*--output"):
        write_site(tmp_path, {"index.html": "one"})
    assert files(tmp_path) == {"letters.txt"}


def test_what_somebody_has_put_beside_the_pages_stays(tmp_path):
    write_site(tmp_path / "site", {"index.html": "one", "old.html": "old"})
    (tmp_path / "site" / "CNAME").write_text("docs.example.test")
    write_site(tmp_path / "site", {"index.html": "two"})
    assert files(tmp_path / "site") == {"index.html", "CNAME", MARK}


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "site").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write_site(tmp_path / "site", {"index.html": "one"})


@pytest.mark.parametrize("mark", ["{", '{"a": 1}', "[1]"])
def test_a_mark_that_nobody_here_has_written_is_told(mark, tmp_path):
    (tmp_path / MARK).write_text(mark)
    with pytest.raises(UsageError, match=MARK):
        write_site(tmp_path, {"index.html": "one"})


def test_a_mark_leads_to_nothing_outside(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / MARK).write_text(json.dumps(["../letters.txt"]))
    write_site(folder, {"index.html": "one"})
    assert (tmp_path / "letters.txt").read_text() == "mine"
