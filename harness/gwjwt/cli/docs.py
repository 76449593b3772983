"""``gwjwt docs``: the documentation site in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from gwjwt.errors import UsageError
from gwjwt.site.book import Sources, read_book
from gwjwt.site.output import write_site
from gwjwt.site.rendering import site_files
from gwjwt.specification.root import suite_root


def write_docs(output: Path, sources: Sources, stream: TextIO, *, quiet: bool) -> None:
    """Write the site, and say where it begins.

    Args:
        output: the folder of the site.
        sources: what is shown beside the suite; without a folder of reports, those of the checkout.
        stream: takes the line about it.
        quiet: whether there is no such line.

    Raises:
        UsageError: something that is shown cannot be read, or the folder is not that of a site.
    """
    if sources.reports is None:
        own = suite_root() / "reports"
        sources = Sources(own if own.is_dir() else None, sources.faults, sources.atlas)
    elif not sources.reports.is_dir():
        raise UsageError(f"{sources.reports}: is no folder; `gwjwt publish` makes one")
    texts = dict(site_files(read_book(sources)))
    write_site(output, texts)
    if not quiet:
        pages = sum(path.endswith(".html") for path in texts)
        stream.write(f"wrote {pages} pages; begin with {output / 'index.html'}\n")
