"""Nothing that the suite starts outlives it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gwjwt.errors import EnvironmentFailed
from gwjwt.local.processes import RunDirectory
from gwjwt.waiting import NotYet, eventually

STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
)
FAMILY = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"

WORKER = """
import signal, sys
from gwjwt.local.processes import RunDirectory
with RunDirectory() as directory, directory.start("family", [sys.executable, "-c", {family!r}]) as child:
    child.pid
    print(directory.path, child.log, flush=True)
    {ending}
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").exists() else True


def gone(pid: int) -> None:
    def attempt() -> None:
        if alive(pid):
            raise NotYet(f"process {pid} runs")

    eventually(f"end of process {pid}", attempt, 5)


def first_line(log: Path) -> str:
    def attempt() -> str:
        text = log.read_text() if log.exists() else ""
        if "\n" not in text:
            raise NotYet("an empty log")
        return text.split("\n", 1)[0]

    return eventually("a line in the log", attempt, 5)


@pytest.fixture
def directory():
    with RunDirectory() as made:
        yield made


def test_a_run_directory_is_private_and_goes_away():
    with RunDirectory() as directory:
        assert directory.path.stat().st_mode & 0o777 == 0o700
        assert directory.path.name.startswith("gwjwt-")
        (directory.path / "kubeconfig").write_text("secret")
    assert not directory.path.exists()


def test_output_goes_to_the_log_and_the_end_is_told_with_its_cause(directory):
    child = directory.start("talker", [sys.executable, "-c", "print('last words'); raise SystemExit(3)"])
    assert child.ended_within(5)
    with pytest.raises(EnvironmentFailed) as told:
        child.check()
    assert (told.value.what, told.value.cause, told.value.log) == (
        "talker",
        "exited with code 3",
        "last words",
    )


def test_a_killed_program_is_told_by_its_signal(directory):
    child = directory.start("victim", ["sleep", "60"])
    child.check()
    os.kill(child.pid, signal.SIGKILL)
    assert child.ended_within(5)
    with pytest.raises(EnvironmentFailed, match="victim: killed by SIGKILL"):
        child.check()


def test_whoever_asked_hears_of_the_end_but_not_of_a_wanted_one(directory):
    heard = []
    child = directory.start("quick", ["true"])
    child.ended_within(5)
    child.when_it_ends(lambda: heard.append("quick"))
    stopped = directory.start("stopped", ["sleep", "60"])
    stopped.when_it_ends(lambda: heard.append("stopped"))
    stopped.stop()
    assert heard == ["quick"]


def test_environment_and_working_directory_are_those_that_were_given(directory, tmp_path):
    code = "import os; print(os.getcwd(), sorted(set(os.environ) - {'LC_CTYPE', '__CF_USER_TEXT_ENCODING'}))"
    child = directory.start("curious", [sys.executable, "-c", code], env={"ONLY": "1"}, cwd=tmp_path)
    assert child.ended_within(5)
    assert child.last_lines() == f"{tmp_path.resolve()} ['ONLY']"


def test_stopping_ends_a_program_that_ignores_the_polite_signal(directory):
    with directory.start("stubborn", [sys.executable, "-c", STUBBORN]) as child:
        assert first_line(child.log) == "ready"
        child.stop(0.05)
    assert not child.running
    gone(child.pid)


def test_children_of_a_program_go_with_it(directory):
    with directory.start("family", [sys.executable, "-c", FAMILY]) as child:
        grandchild = int(first_line(child.log))
        assert alive(grandchild)
    gone(grandchild)


def test_a_program_that_is_not_there(directory):
    with pytest.raises(EnvironmentFailed, match="nothing: there is no program /no/such/program"):
        directory.start("nothing", ["/no/such/program"])
    broken = directory.path / "broken"
    broken.write_text("not a program")
    broken.chmod(0o700)
    child = directory.start("broken", [str(broken)])
    with pytest.raises(EnvironmentFailed, match="broken: "):
        _ = child.pid


def test_a_program_is_in_a_session_that_ctrl_c_does_not_reach(directory):
    with directory.start("apart", ["sleep", "60"]) as child:
        assert os.getpgid(child.pid) == child.pid
        assert os.getsid(child.pid) != os.getsid(0)


def test_the_death_of_the_guard_takes_nothing_along_unnoticed():
    with RunDirectory() as directory:
        child = directory.start("orphan", ["sleep", "60"])
        pid = child.pid
        os.kill(os.getsid(pid), signal.SIGKILL)
        assert child.ended_within(5)
        with pytest.raises(EnvironmentFailed, match="guard"):
            child.check()
    gone(pid)
    assert not directory.path.exists()


@pytest.mark.parametrize(
    "ending, number",
    [
        ("pass", None),
        ("raise KeyError('a failing test')", None),
        ("signal.pause()", signal.SIGINT),
        ("signal.pause()", signal.SIGTERM),
        ("signal.pause()", signal.SIGKILL),
    ],
)
def test_nothing_is_left_however_a_worker_ends(ending, number, tmp_path):
    code = WORKER.format(family=FAMILY, ending=ending)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    ) as worker:
        folder, log = (Path(each) for each in worker.stdout.readline().split())
        assert folder.parent == tmp_path
        if number is not None:
            grandchild = int(first_line(log))
            worker.send_signal(number)
            worker.wait()
            gone(grandchild)

    def removed() -> None:
        if any(tmp_path.iterdir()):
            raise NotYet(str(list(tmp_path.iterdir())))

    eventually("removal of the run directory", removed, 5)


def test_a_program_that_gets_another_name_says_so_and_keeps_its_log(directory):
    with directory.start("someone", [sys.executable, "-c", "print('hello'); exit(3)"]) as program:
        program.rename("front")
        assert program.ended_within(5)
        assert program.log == directory.path / "front.log"
        assert [each.name for each in directory.path.iterdir()] == ["front.log"]
        with pytest.raises(EnvironmentFailed, match=r"^front: exited with code 3\nhello$"):
            program.check()
