"""What a check has found, as text, Markdown or a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gwjwt.checking.answers import Observed, Question
from gwjwt.checking.check import Checked
from gwjwt.checking.findings import Finding
from gwjwt.checking.grouping import Told, told

_COLUMNS = (
    Question.NO_TOKEN,
    Question.VALID,
    Question.FOREIGN_ISSUER,
    Question.FOREIGN_KEY,
    Question.TAMPERED,
    Question.EXPIRED,
    Question.OTHER_AUDIENCE,
    Question.ELSEWHERE,
)
_SPOOFED = "own header"
_HEAD = ("path", *_COLUMNS, _SPOOFED)


def as_text(checked: Checked, findings: Sequence[Finding], refused: Sequence[str]) -> Iterator[str]:
    """Lines for a terminal: a table for each gateway and host, then the findings, then what was not checked.

    Args:
        checked: what was found.
        findings: those that nobody expects.
        refused: what is wrong with the expectations, one line each.
    """
    for title, rows in _tables(checked):
        yield title
        yield from _aligned([_HEAD, *rows])
        yield ""
    for each in told(findings):
        yield f"finding: {_sentence(each, checked)}"
        yield from (f"  {name:<9}{words}" for name, words in _explanation(each).items())
        yield ""
    yield from refused
    yield from _remarks(checked)
    yield _summary(checked, findings)


def as_markdown(checked: Checked, findings: Sequence[Finding], refused: Sequence[str]) -> Iterator[str]:
    """The same as Markdown, as for a CI summary; the findings come first."""
    yield f"# {_summary(checked, findings)}"
    yield ""
    for each in told(findings):
        explained = "".join(f"<br>{name} {_escaped(words)}" for name, words in _explanation(each).items())
        yield f"* **{_escaped(_sentence(each, checked))}**{explained}"
    yield from (f"* {_escaped(each)}" for each in refused)
    for title, rows in _tables(checked):
        yield ""
        yield f"## {_escaped(title)}"
        yield ""
        yield _row(_HEAD)
        yield _row(["---"] * len(_HEAD))
        yield from map(_row, rows)
    yield ""
    yield from (f"* {_escaped(each)}" for each in _remarks(checked))


def as_document(checked: Checked, findings: Sequence[Finding], refused: Sequence[str]) -> dict[str, Any]:
    """The same for a program, with every answer."""
    folder, notes = checked.folder, checked.notes
    return {
        "folder": folder.path,
        "files": folder.files,
        "skippedFiles": folder.skipped,
        "notRendered": list(folder.not_rendered),
        "routes": [_entry(each) for each in checked.observed],
        "findings": [_finding(each) for each in findings],
        "expectations": list(refused),
        "openOnPurpose": [{"at": str(entry), "why": why} for entry, why in checked.on_purpose],
        "closed": [{"at": str(entry), "why": why} for entry, why in checked.closed],
        "replaced": notes.replaced,
        "assumed": notes.assumed,
        "notChecked": [{"what": str(each), "routesLeftOut": each.whole} for each in notes.unchecked],
    }


def _summary(checked: Checked, findings: Sequence[Finding]) -> str:
    gateways = len({each.entry.proxy.name for each in checked.observed})
    requests = sum(len(each.answers) for each in checked.observed)
    return (
        f"{_counted(len(told(findings)), 'finding')}: {_counted(len(checked.observed), 'path')} of "
        f"{_counted(gateways, 'gateway')} asked with {_counted(requests, 'request')}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _tables(checked: Checked) -> Iterator[tuple[str, list[Sequence[str]]]]:
    """For each gateway, port and host a title and the rows, one for each path that shows something of its own."""
    by_place: dict[tuple[str, int, str], list[Observed]] = {}
    for each in checked.observed:
        entry = each.entry
        by_place.setdefault((str(entry.proxy), entry.port, entry.hostname), []).append(each)
    for (proxy, port, hostname), observed in by_place.items():
        host = "any host" if hostname == "*" else hostname
        yield f"{proxy}, port {port}, {host}", list(_rows(observed))


def _rows(observed: Sequence[Observed]) -> Iterator[Sequence[str]]:
    own = {id(each.entry.routed): _cells(each) for each in observed if each.entry.own}
    for each in observed:
        cells = _cells(each)
        if each.entry.own or cells != own.get(id(each.entry.routed)):
            method = each.entry.routed.method
            path = each.entry.path if method == "GET" else f"{method} {each.entry.path}"
            yield (path, *cells)


def _cells(observed: Observed) -> tuple[str, ...]:
    spoofed = any(each.spoofed for each in observed.answers)
    mark = "arrives" if spoofed else "removed" if observed.identity_headers else "-"
    return (*(observed.shown(each) for each in _COLUMNS), mark)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _sentence(group: Told, checked: Checked) -> str:
    finding = group.first
    proxy = finding.entry.proxy
    ports = {each.entry.port for each in checked.observed if each.entry.proxy.name == proxy.name}
    port = f", port {', '.join(map(str, group.ports))}" if len(ports) > 1 else ""
    return f"{group.where} {finding.what} ({finding.kind}, {proxy}{port})"


def _explanation(group: Told) -> dict[str, str]:
    finding = group.first
    files = {"see:": ", ".join(finding.files)} if finding.files else {}
    return {"because:": finding.cause.why, "way out:": finding.cause.cure, **files}


def _remarks(checked: Checked) -> Iterator[str]:
    for title, entries in (("open on purpose", checked.on_purpose), ("nobody gets in", checked.closed)):
        reasons: dict[tuple[str, str], list[str]] = {}
        for entry, why in entries:
            paths = reasons.setdefault((entry.hostname, why), [])
            if entry.path not in paths:
                paths.append(entry.path)
        for (host, why), paths in reasons.items():
            yield f"{title}: {'any host' if host == '*' else host} {', '.join(paths)}: {why}"
    notes = checked.notes
    yield from (f"replaced: {each}" for each in notes.replaced)
    yield from (f"assumed: {each}" for each in notes.assumed)
    yield from (f"not checked: {each}" for each in (*checked.folder.not_rendered, *notes.unchecked))
    if checked.folder.skipped:
        yield f"skipped: {_counted(checked.folder.skipped, 'file')} without manifests"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def _entry(observed: Observed) -> dict[str, Any]:
    entry = observed.entry
    return {
        "gateway": str(entry.proxy),
        "port": entry.port,
        "hostname": entry.hostname,
        "path": entry.path,
        "method": entry.routed.method,
        "route": str(entry.route),
        "file": str(entry.route.place),
        "backend": entry.backend,
        "answers": [
            {
                "question": each.question,
                "outcome": each.outcome,
                "status": each.status,
                "issuer": each.issuer or None,
                "spoofedHeaders": list(each.spoofed),
                "detail": each.detail or None,
            }
            for each in observed.answers
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    entry = finding.entry
    return {
        "finding": finding.kind,
        "gateway": str(entry.proxy),
        "port": entry.port,
        "hostname": entry.hostname,
        "path": entry.path,
        "what": finding.what,
        "why": finding.cause.why,
        "wayOut": finding.cause.cure,
        "objects": [{"object": str(each), "file": str(each.place)} for each in finding.cause.objects],
    }
