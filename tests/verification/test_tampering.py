"""A report that was changed is refused with the reason, also if the digests were made anew to fit."""

from __future__ import annotations

import json
import lzma

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwjwt.errors import UsageError
from gwjwt.specification.catalogue import load_catalogue
from gwjwt.verification.verify import verify

CATALOGUE = load_catalogue()

SETTINGS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)


def entry(handed, purpose, scenario=None, **wanted):
    return next(
        each
        for each in handed.entries
        if each["purpose"] == purpose
        and scenario in (None, each["scenario"])
        and all(each.get(key) == value for key, value in wanted.items())
    )


def refused_request(handed):
    """The request of the first refusal, and the refusal."""
    judgement = entry(handed, "judgement", function="require_refused")
    nonce = judgement["arguments"]["exchange"]["nonce"]
    return entry(handed, "judged", nonce=nonce), judgement


def verdict(handed):
    each = next(each for each in handed.report["scenarios"] if each["verdict"] == "recorded")
    each["verdict"] = "passed"


def failure_hidden(handed):
    """A failure that somebody has only taken out of the report."""
    request, judgement = refused_request(handed)
    request["backends"] = entry(handed, "paired")["backends"]
    judgement["outcome"] = "violated"


def outcome(handed):
    request, _ = refused_request(handed)
    request["client"]["status"] = 200


def arrived(handed):
    request, _ = refused_request(handed)
    request["backends"] = entry(handed, "paired")["backends"]


def control_gone(handed):
    _, judgement = refused_request(handed)
    paired = next(
        each for each in handed.entries if each.get("nonce") == judgement["arguments"]["control"]["nonce"]
    )
    handed.entries.remove(paired)


def expectation(handed):
    _, judgement = refused_request(handed)
    judgement["function"] = "require_no_arrival"
    judgement["arguments"] = {"exchange": judgement["arguments"]["exchange"]}


def other_token(handed):
    request, _ = refused_request(handed)
    request["request"]["tokens"] = [{"recipe": "valid", "issuer": "x", "fingerprint": "sha256:0"}]


def deadline(handed):
    handed.report["policy"]["deadlines"]["request"] = 0.01


def long_deadline(handed):
    handed.report["policy"]["deadlines"]["settle"] = 3600.0


def removed(handed):
    gone = handed.report["scenarios"].pop(0)
    handed.entries = [each for each in handed.entries if each["scenario"] != gone["id"]]


def nothing_run(handed):
    handed.report["scenarios"], handed.entries = [], []
    handed.report["run"]["selected"] = 0


def skipped_core(handed):
    each = next(each for each in handed.report["scenarios"] if each["level"] == "core")
    each["verdict"] = "unsupported"


def features(handed):
    handed.report["suite"]["featuresDigest"] = "sha256:" + "0" * 64


def version(handed):
    handed.report["suite"]["version"] = "99.0"


def statistics(handed):
    handed.report["profiles"][0]["core"]["statistics"]["passed"] += 1


def clause(handed):
    handed.report["clauses"][0]["verdict"] = "not-run"


def feature_claimed(handed):
    handed.report["claims"]["features"].append("Teleport")


def profile_claimed(handed):
    handed.report["claims"]["profiles"].append("istio-ingress-jwt")


def interrupted(handed):
    handed.report["run"]["interrupted"] = True


def faulty(handed):
    handed.report["run"]["fault"] = "clock-ignored"


def tried_again(handed):
    handed.report["scenarios"][0]["attempts"] = 2


def expected_failure(handed):
    handed.report["scenarios"][0]["verdict"] = "expected-failure"


def line_removed(handed):
    handed.entries.remove(entry(handed, "judgement"))


def line_added(handed):
    handed.entries.insert(1, dict(handed.entries[0]))


def step_removed(handed):
    gone = entry(handed, "step")
    handed.entries.remove(gone)
    own = [each for each in handed.entries if each["scenario"] == gone["scenario"]]
    for number, each in enumerate(own, start=1):
        each["entry"] = number


def unknown_key(handed):
    handed.report["signature"] = "trust me"


WAYS = {
    verdict: "verdict: is passed, but the evidence shows recorded",
    failure_hidden: "verdict: is passed, but the evidence shows failed",
    outcome: "outcome: is 'holds', but require_refused finds",
    arrived: "outcome: is 'holds', but require_refused finds 'violated'",
    control_gone: "no judgement that can be made again",
    expectation: "was judged as it says, by require_refused",
    other_token: "was judged as it says, by require_refused",
    deadline: "policy.deadlines.request: is 0.01 s; from 2 to 30 s are allowed",
    long_deadline: "policy.deadlines.settle: is 3600 s",
    removed: "is missing: the run was not a full one",
    nothing_run: "scenarios: no scenario was run",
    skipped_core: "a core scenario was skipped",
    features: "suite.featuresDigest: the run had other features",
    version: "suite.version: is 99.0",
    statistics: "profiles[0].core.statistics.passed: is",
    clause: "clauses[0].verdict: is 'not-run', but what follows",
    feature_claimed: "claims.features: this suite has no optional feature Teleport",
    profile_claimed: "is missing: the run was not a full one",
    interrupted: "run.interrupted: the run was interrupted",
    faulty: "run.fault: the fault clock-ignored was switched on",
    tried_again: "scenarios[0].attempts: the suite tries every scenario once",
    expected_failure: "expected-failure is no finding",
    line_removed: "was judged as it says, by",
    line_added: "entry: is 1, but comes as number 2",
    step_removed: "the steps are not those of the feature",
    unknown_key: "signature: unknown key",
}


def test_the_report_of_a_run_is_verified(handed, tmp_path):
    assert handed.refusals(tmp_path) == []
    assert handed.remade().refusals(tmp_path) == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_tampered_report_is_refused_with_the_reason_although_its_digests_fit(way, handed, tmp_path):
    way(handed)
    found = handed.remade().refusals(tmp_path)
    assert any(WAYS[way] in each for each in found), found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_without_new_digests_it_is_seen_that_something_was_changed(way, handed, tmp_path):
    way(handed)
    handed.lines = [json.dumps(each, ensure_ascii=False) for each in handed.entries]
    found = "\n".join(handed.refusals(tmp_path))
    seen = ("is not that of the content", "an entry was changed", "entries, here are", "unknown key")
    assert any(each in found for each in seen), found


def places(value, path=()):
    """Every value in a document that is no mapping and no list."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*path, index))
    else:
        yield path


def changed(value):
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case _:
            return "x"


def change(document, path):
    *above, last = path
    for part in above:
        document = document[part]
    document[last] = changed(document[last])


@given(data=st.data())
@SETTINGS
def test_any_single_edit_of_the_report_is_found(data, run, tmp_path):
    handed = run.copy()
    change(handed.report, data.draw(st.sampled_from(list(places(handed.report)))))
    assert handed.refusals(tmp_path)


@given(data=st.data())
@SETTINGS
def test_any_edit_of_what_follows_is_found_although_the_digests_fit(data, run, tmp_path):
    """Not so what a run alone knows: names, times, versions of the environment, words of a reason."""
    handed = run.copy()
    own = {"suite", "claims", "run", "profiles", "clauses"}
    keys = {"id", "profile", "title", "clauses", "level", "verdict", "attempts"}
    wanted = [
        path
        for path in places(handed.report)
        if path[0] in own or (path[0] == "scenarios" and path[2] in keys)
    ]
    change(handed.report, data.draw(st.sampled_from(wanted)))
    assert handed.remade().refusals(tmp_path)


@given(data=st.data())
@SETTINGS
def test_any_single_edit_of_a_line_of_evidence_is_found(data, run, tmp_path):
    handed = run.copy()
    number = data.draw(st.integers(0, len(handed.lines) - 1))
    line = handed.lines[number]
    place = data.draw(st.integers(0, len(line)))
    what = data.draw(st.sampled_from(["insert", "remove", "line", "twice"]))
    match what:
        case "insert":
            handed.lines[number] = line[:place] + data.draw(st.sampled_from('0a "}\r')) + line[place:]
        case "remove" if place < len(line):
            handed.lines[number] = line[:place] + line[place + 1 :]
        case "twice":
            handed.lines.insert(number, line)
        case _:
            del handed.lines[number]
    assert handed.refusals(tmp_path)


def compressed(folder, content):
    (folder / "evidence.jsonl.xz").write_bytes(lzma.compress(content))
    (folder / "evidence.jsonl").unlink()


def test_compressed_evidence_is_judged_like_any_other(handed, tmp_path):
    assert handed.refusals(tmp_path) == []
    content = (tmp_path / "evidence.jsonl").read_bytes()
    compressed(tmp_path, content)
    assert verify(tmp_path, CATALOGUE).refusals == ()
    changed = content.replace(b'"status": 403', b'"status": 200', 1)
    assert changed != content
    (tmp_path / "evidence.jsonl.xz").write_bytes(lzma.compress(changed))
    assert any("evidence.jsonl.xz" in each.file for each in verify(tmp_path, CATALOGUE).refusals)


def test_evidence_that_is_there_twice_is_refused(handed, tmp_path):
    handed.refusals(tmp_path)
    (tmp_path / "evidence.jsonl.xz").write_bytes(lzma.compress(b""))
    assert "evidence.jsonl.xz: stands beside evidence.jsonl" in str(verify(tmp_path, CATALOGUE).refusals[0])


@pytest.mark.parametrize("damage", [lambda content: content[:-20], lambda content: b"no" + content])
def test_compressed_evidence_that_is_not_whole_is_told(damage, handed, tmp_path):
    handed.refusals(tmp_path)
    compressed(tmp_path, (tmp_path / "evidence.jsonl").read_bytes())
    file = tmp_path / "evidence.jsonl.xz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UsageError, match=r"evidence.jsonl.xz: is not whole"):
        verify(tmp_path, CATALOGUE)
