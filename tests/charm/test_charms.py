"""Charms as their authors bring them: the reference, and two that are built in another way."""

from __future__ import annotations

from pathlib import Path

FOREIGN = Path(__file__).with_name("foreign")
PASSED = 0
OTHER_LISTENER = "charm-request-auth/reach/a-listener-of-another-kind-demands-a-token-like-the-first-one"
NOT_ON_ANY_ENDPOINT = {f"{OTHER_LISTENER}[{case}]" for case in ("host-name", "tls")}
OF_FORWARD_AUTH = ("charm-request-auth/bearer-scope/", "charm-request-auth/browser-login/")


def test_the_reference_charm_shows_all_of_the_profile(judge) -> None:
    outcome = judge("--driver", "charm", "-n", "2")
    assert outcome.code == PASSED, outcome.text
    unsupported = {name for name, verdict in outcome.verdicts.items() if verdict == "unsupported"}
    assert unsupported == NOT_ON_ANY_ENDPOINT
    assert set(outcome.verdicts.values()) == {"passed", "recorded", "unsupported"}


def test_nothing_is_left_of_the_charm_s_temporary_folders(judge, tmp_path, monkeypatch) -> None:
    """ops.testing makes some for each unit, which it takes away only at an end of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    outcome = judge("--driver", "charm", "--clause", "CHARM-MULTI-01")
    assert outcome.code == PASSED, outcome.text
    assert list(folder.iterdir()) == []


def test_the_report_says_that_time_was_shortened(judge) -> None:
    outcome = judge("--driver", "charm", "--clause", "CHARM-CREATE-02")
    assert outcome.report
    [remark] = outcome.report["policy"]["remarks"]
    assert "sleep is shortened" in remark


def test_one_that_waits_in_the_hook_and_names_its_endpoints_otherwise(judge) -> None:
    """Holistic, lightkube, files beside its source, the gateway's Deployment and Service polled with ``time.sleep``."""
    scenarios = [
        f"charm-request-auth/{name}" for name in ("inspection", "fail-closed", "bearer-scope", "isolation")
    ]
    chosen = [argument for name in scenarios for argument in ("--scenario", name)]
    outcome = judge(FOREIGN / "waiting-ingress.yaml", "-n", "2", *chosen)
    assert outcome.code == PASSED, outcome.text
    assert set(outcome.verdicts.values()) == {"passed"}


def test_one_that_works_event_by_event(judge) -> None:
    """The kubernetes client, in-cluster configuration, stored state, deferred events; no forward-auth at all."""
    scenarios = [f"charm-request-auth/{name}" for name in ("union", "naming", "lifecycle", "bearer-scope")]
    chosen = [argument for name in scenarios for argument in ("--scenario", name)]
    outcome = judge("--charm", FOREIGN / "clientset-ingress", "-n", "2", *chosen)
    assert outcome.code == PASSED, outcome.text
    unsupported = {name for name, verdict in outcome.verdicts.items() if verdict == "unsupported"}
    assert unsupported == {name for name in outcome.verdicts if name.startswith(OF_FORWARD_AUTH)}
    assert {verdict for name, verdict in outcome.verdicts.items() if name not in unsupported} == {"passed"}


def test_a_hook_that_raises_leaves_the_gateway_to_be_judged_as_it_is(judge) -> None:
    """This charm raises at malformed rules, after it has closed the gateway: nothing is open, nobody else is served."""
    closed = "charm-request-auth/fail-closed/malformed-rules-keep-the-gateway-closed[not-json]"
    beside = (
        "charm-request-auth/fail-closed/"
        "the-valid-application-s-tokens-work-beside-a-malformed-application[malformed-comes-first]"
    )
    outcome = judge("--charm", FOREIGN / "clientset-ingress", "--scenario", closed, "--scenario", beside)
    assert outcome.verdicts == {closed: "passed", beside: "failed"}
    hook = "istio-request-auth-relation-changed"
    assert f"the charm edge raised in {hook}: JSONDecodeError" in outcome.reasons
    kept = str(outcome.evidence)
    assert "rules = json.loads(event.relation.data[event.app]" in kept
    assert f"'hook': '{hook}'" in kept
