"""Signals and deaths of the tool and of its command, as processes: one change, its true result, nothing left undone."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

import pytest

from integration.operations.waiting import until
from tests.contract.pipelines.conftest import PROGRAM, WISH
from tests.contract.pipelines.conftest import STANDARD as WITH_AN_ITEM

STANDARD = WITH_AN_ITEM[: WITH_AN_ITEM.index("--cmdb-ci")]
"""Without an item no conflicts are checked, which takes a second."""
CLOSED, IMPLEMENT, ASSESS = "3", "-1", "-4"
LOOP = "trap '{trap}' INT TERM; touch there; while :; do sleep 0.05; done"


@pytest.fixture
def there(tmp_path):
    """Waits until the command runs."""
    return lambda: until((tmp_path / "there").exists)


def of_this_run(instance, environ):
    return instance.of_run(environ["GITHUB_RUN_ID"])


def only(instance, environ):
    (row,) = of_this_run(instance, environ)
    return row


PASSED_ON = {
    "SIGTERM that the command obeys": (signal.SIGTERM, "", 143, "unsuccessful"),
    "SIGINT that it obeys": (signal.SIGINT, "trap - INT; kill -INT $$", 130, "unsuccessful"),
    "SIGTERM that it ends well after": (signal.SIGTERM, "exit 0", 0, "successful"),
    "SIGTERM that it ends badly after": (signal.SIGTERM, "exit 9", 9, "unsuccessful"),
}


@pytest.mark.parametrize("case", PASSED_ON)
def test_a_signal_reaches_the_command_and_its_result_the_record(started, there, instance, environ, case):
    """The change is closed with what really happened, though the pipeline was told to end."""
    number, trap, code, result = PASSED_ON[case]
    script = LOOP.format(trap=trap) if trap else "touch there; exec sleep 60"
    process = started("run", *STANDARD, "--", "sh", "-c", script)
    there()
    process.send(number)
    assert process.ended() == code, process.err
    row = only(instance, environ)
    assert (row["state"], row["close_code"]) == (CLOSED, result)


def test_a_killed_command_is_a_failed_one(started, there, instance, environ, tmp_path):
    process = started("run", *STANDARD, "--", "sh", "-c", "echo $$ > pid; touch there; exec sleep 60")
    there()
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert process.ended() == 137, process.err
    assert only(instance, environ)["close_code"] == "unsuccessful"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_waits_ends_at_once_and_leaves_the_change_to_a_re_run(
    started, instance, environ, outputs, tmp_path, number
):
    process = started("run", *WISH, "--", "touch", "deployed")
    until(lambda: [row for row in of_this_run(instance, environ) if row["state"] == ASSESS])
    until((tmp_path / "outputs").exists)
    process.send(number)
    assert process.ended() == 128 + number, process.err
    assert only(instance, environ)["state"] == ASSESS
    told = outputs()
    assert (told["CHANGE_OUTCOME"], told["CHANGE_STARTED"]) == ("interrupted", "false")
    assert told["CHANGE_NUMBER"] == only(instance, environ)["number"], "later steps still know which"
    assert not (tmp_path / "deployed").exists()


def test_a_killed_tool_leaves_the_command_running_and_the_next_try_says_so(started, there, instance, environ, tmp_path):
    """A deployment cut in the middle is worse than one nobody watches. The re-run finds the change, and closes it."""
    first = started("run", *STANDARD, "--", "sh", "-c", "touch there; sleep 0.5; touch ended")
    there()
    first.send(signal.SIGKILL)
    first.ended()
    until((tmp_path / "ended").exists)
    assert only(instance, environ)["state"] == IMPLEMENT
    again = started("run", *STANDARD, "--", "touch", "again", env={"GITHUB_RUN_ATTEMPT": "2"})
    assert again.ended() == 0, again.err
    assert "a try before began and never told its end" in again.err
    assert (tmp_path / "again").exists()
    row = only(instance, environ)
    assert (row["state"], row["close_code"]) == (CLOSED, "successful")


def test_what_a_killed_tool_owes_is_settled(started, there, instance, environ, tmp_path):
    first = started("run", *STANDARD, "--", "sh", "-c", "touch there; sleep 0.5; touch ended")
    there()
    first.send(signal.SIGKILL)
    first.ended()
    target = ("--app", "shop", "--version", "2.3.0", "--environment", "production", "--type", "standard")
    unknown = started("settle", *target)
    assert unknown.ended() == 85, unknown.err
    settled = started("settle", *target, "--outcome", "successful")
    assert settled.ended() == 0, settled.err
    row = only(instance, environ)
    assert (row["state"], row["close_code"]) == (CLOSED, "successful")


@pytest.mark.usefixtures("approving")
def test_a_tool_killed_while_it_waits_is_gone_on_with(started, instance, environ, tmp_path):
    first = started("run", *WISH, "--poll-interval", "600", "--", "touch", "deployed")
    until(lambda: of_this_run(instance, environ))
    first.send(signal.SIGKILL)
    first.ended()
    again = started("run", *WISH, "--poll-interval", "5", "--", "touch", "deployed", env={"GITHUB_RUN_ATTEMPT": "2"})
    assert again.ended() == 0, again.err
    assert only(instance, environ)["state"] == CLOSED


def test_the_same_run_started_twice_runs_its_command_once_at_most(started, instance, environ, tmp_path):
    """Two jobs of one run that nobody made parts, at the same moment: one waits for nobody, the other is told why.
    Where each finds the other's note, nobody knows who was first: both are told, and the change is cancelled.
    """
    script = "echo x >> ran; while [ ! -f go ]; do sleep 0.05; done"
    both = [started("run", *STANDARD, "--", "sh", "-c", script) for _ in range(2)]
    until(lambda: [each for each in both if each.popen.poll() is not None])
    (tmp_path / "go").touch()
    codes, said = sorted(each.ended() for each in both), [each.err for each in both]
    ran = (tmp_path / "ran").read_text() if (tmp_path / "ran").exists() else ""
    assert (codes, ran) in (([0, 85], "x\n"), ([85, 85], "")), said
    told = [each.err for each in both if each.popen.returncode == 85]
    assert all("has not told its end: jobs side by side are told apart by --part 1/2" in each for each in told), said
    states = sorted(row["state"] for row in of_this_run(instance, environ))
    assert states in ([CLOSED], [CLOSED, "4"]) if ran else set(states) == {"4"}, said


def test_a_job_that_comes_while_another_s_command_runs_starts_none(started, there, instance, environ, tmp_path):
    """It is told which job that is; the re-run of that job goes on, though nobody knows how its command ended."""
    script = "touch there; while [ ! -f go ]; do sleep 0.05; done"
    first = started("run", *STANDARD, "--", "sh", "-c", script, env={"GITHUB_JOB": "deploy"})
    there()
    second = started("run", *STANDARD, "--", "touch", "again", env={"GITHUB_JOB": "smoke"})
    assert second.ended() == 85, second.err
    assert "job deploy (attempt 1) of this run began CHG" in second.err
    first.send(signal.SIGKILL)
    (tmp_path / "go").touch()
    first.ended()
    assert started("run", *STANDARD, "--", "touch", "again", env={"GITHUB_JOB": "deploy"}).ended() == 85
    assert not (tmp_path / "again").exists()
    rerun = {"GITHUB_JOB": "deploy", "GITHUB_RUN_ATTEMPT": "2"}
    assert started("run", *STANDARD, "--", "touch", "again", env=rerun).ended() == 0
    assert only(instance, environ)["state"] == CLOSED


def test_five_parts_share_a_change_that_the_last_one_closes(started, instance, environ):
    parts = [
        started("run", *STANDARD, "--part", f"{number}/5", "--", "sh", "-c", f"exit {3 if number == 4 else 0}")
        for number in range(1, 6)
    ]
    codes = [each.ended() for each in parts]
    assert codes == [0, 0, 0, 3, 0], [each.err for each in parts]
    live = [row for row in of_this_run(instance, environ) if row["state"] != "4"]
    assert [(row["state"], row["close_code"]) for row in live] == [(CLOSED, "unsuccessful")]
    tasks = [t for t in instance.people.rows("change_task", change_request=live[0]["sys_id"]) if t["correlation_id"]]
    marks = sorted(task["correlation_id"].rpartition("/")[2] for task in tasks)
    assert marks == [f"{number}-5" for number in range(1, 6)], [each.err for each in parts]


CLOSED_STREAMS = {
    "standard input": "<&-", "standard output": ">&-", "standard error": "2>&-", "all three": "<&- >&- 2>&-",
    "standard error is full": "2>/dev/full", "standard output is full": ">/dev/full",
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSED_STREAMS)
def test_streams_that_nobody_holds_keep_nothing_from_its_end(environ, instance, tmp_path, case):
    """Neither does the command write into a connection of ours that took the number of one."""
    words = shlex.join([*PROGRAM, "run", *STANDARD, "--json", "--", "sh", "-c", "echo words; touch there"])
    done = subprocess.run(["sh", "-c", f"{words} {CLOSED_STREAMS[case]}"], env=environ, cwd=tmp_path, check=False)
    assert (done.returncode, (tmp_path / "there").exists()) == (0, True)
    row = only(instance, environ)
    assert (row["state"], row["close_code"]) == (CLOSED, "successful")


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_full_disk_for_what_later_steps_read_is_told_and_no_more(started, instance, environ, name):
    process = started("run", *STANDARD, "--", "true", env={name: "/dev/full"})
    assert process.ended() == 0, process.err
    assert "cannot be written: No space left on device" in process.err
    assert only(instance, environ)["close_code"] == "successful"
