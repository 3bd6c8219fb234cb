"""The wrapped command runs as it would alone: streams, exit codes, signals. Children are real, and some get killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from integration.changes import exits
from integration.changes.command import Command, Interrupted, Log, NoCommand, Signals, must_be_there
from integration.operations.waiting import until

PATIENCE_S = 20


def shell(script, log=None, **environ):
    return Command(["sh", "-c", script], {"PATH": os.environ["PATH"], **environ}, log)


def ended(command):
    command.start()
    return command.wait(PATIENCE_S)


CODES = {
    "its own": ("exit 7", 7), "none": ("true", 0), "one of ours": ("exit 83", 83), "SIGTERM": ("kill -TERM $$", 143),
    "SIGKILL": ("kill -9 $$", 137),
    "not found in a shell": ("/no/such/thing 2>/dev/null", 127), "255": ("exit 255", 255),
}  # fmt: skip


@pytest.mark.parametrize("case", CODES)
def test_the_code_is_the_one_a_shell_would_have(case):
    script, code = CODES[case]
    assert ended(shell(script)) == code


@pytest.mark.parametrize("logged", [False, True])
def test_with_or_without_a_log_the_code_is_the_same(logged):
    assert ended(shell("exit 9", Log(()) if logged else None)) == 9


def test_every_code_of_ours_says_what_comes_next():
    assert set(exits.NEXT) == set(exits.MEANINGS)


def test_codes_that_would_mean_the_change_come_back_as_one():
    assert {code: exits.of_command(code) for code in (0, 1, 79, 80, 86, 87, 137)} == {
        0: 0, 1: 1, 79: 79, 80: 1, 86: 1, 87: 87, 137: 137,
    }  # fmt: skip


@pytest.fixture
def files(tmp_path):
    (tmp_path / "plain.txt").write_text("echo never")
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("word", "code", "said"),
    [
        ("no-such-command-there", 127, "is not there"),
        ("{0}/missing", 127, "is not there"),
        ("{0}/plain.txt", 126, "chmod"),
        ("{0}", 126, "chmod"),
    ],
)
def test_what_cannot_run_is_told_before_anything_is_changed(files, word, code, said):
    with pytest.raises(NoCommand, match=said) as error:
        must_be_there([word.format(files)])
    assert error.value.code == code


def test_what_is_there_passes(files):
    must_be_there(["sh", "-c", "exit 1"])
    must_be_there([str(files / "broken")])


@pytest.mark.parametrize(("name", "code"), [("broken", 127), ("plain.txt", 126), ("missing", 127)])
def test_what_cannot_run_after_all_has_ended(files, name, code):
    """A start never raises: the change is in Implement by then, and gets its result."""
    command = Command([str(files / name)], {})
    command.start()
    assert (command.wait(1), command.started, command.running) == (code, True, False)


def test_it_sees_the_environment_it_is_given_when_it_starts(tmp_path):
    environ = {"PATH": os.environ["PATH"]}
    command = Command(["sh", "-c", f'echo "$CHANGE_NUMBER" > {tmp_path}/seen'], environ)
    environ["CHANGE_NUMBER"] = "CHG0030001"
    assert ended(command) == 0
    assert (tmp_path / "seen").read_text() == "CHG0030001\n"


GROUP = "import os, sys; open(sys.argv[1], 'w').write(f'{os.getpid()} {os.getpgrp()}')"


def test_it_leads_a_group_of_its_own(tmp_path):
    """So that a signal of ours reaches what it started, and nothing else."""
    command = Command([sys.executable, "-c", GROUP, str(tmp_path / "group")], dict(os.environ))
    assert ended(command) == 0
    pid, group = map(int, (tmp_path / "group").read_text().split())
    assert pid == group != os.getpgrp()


def test_a_wait_that_ends_early_says_so():
    command = shell("sleep 60")
    command.start()
    assert command.wait(0.05) is None
    assert command.running
    command.terminate(PATIENCE_S)
    assert command.wait(1) == 143


def test_what_does_not_listen_is_killed_with_all_it_started(tmp_path):
    command = shell(
        f"trap '' TERM; (trap '' TERM; echo $$ > {tmp_path}/there; sleep 60) & while :; do sleep 0.05; done"
    )
    command.start()
    until((tmp_path / "there").exists)
    command.terminate(0.2)
    assert command.wait(PATIENCE_S) == 137


OUTPUT = """
import os, sys, time
os.write(1, b"first\\xff\\n"); os.write(2, b"to err\\n"); os.write(1, b"no end")
"""
WRAPPED = """
import os, sys
from integration.changes.command import Command, Log
command = Command([sys.executable, "-c", {script!r}], dict(os.environ), {log})
print("before")
command.start()
sys.exit(command.wait(20))
"""


@pytest.mark.parametrize("log", ["None", "Log(['hidden'])"])
def test_output_passes_byte_by_byte(log):
    """Also bytes that are no text, a last line without its end, and after what we said before."""
    done = subprocess.run(
        [sys.executable, "-c", WRAPPED.format(script=OUTPUT, log=log)], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"before\nfirst\xff\nno end", b"to err\n")


@pytest.mark.parametrize("log", ["None", "Log(())"])
def test_output_passes_as_it_comes(log):
    """The child waits for an answer to what it wrote: who buffers hangs."""
    asking = "import sys; print('?', flush=True); sys.exit(int(input()))"
    process = subprocess.Popen(
        [sys.executable, "-c", WRAPPED.format(script=asking, log=log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert [process.stdout.readline(), process.stdout.readline()] == [b"before\n", b"?\n"]
    process.communicate(b"5\n", timeout=PATIENCE_S)
    assert process.returncode == 5


def test_the_log_keeps_the_end_without_secrets():
    log = Log(["hunter2"], limit=40)
    assert ended(shell("printf 'hunt'; sleep 0.1; printf 'er2 and %050d' 0; echo 'to err hunter2' >&2", log)) == 0
    kept = log.content()
    assert kept.startswith(b"[")
    assert b"left out]\n" in kept
    assert b"hunter2" not in kept


def test_two_streams_do_not_mix_within_a_line():
    """However their pieces come, and whatever is held back of each for a secret that may end in the next."""
    log = Log(["hunter2"])
    out, err = log.stream(), log.stream()
    for stream, piece in (
        (out, b"hunt"),
        (err, b"err hun"),
        (out, b"er2 and\nmore"),
        (err, b"ter2\n"),
        (out, b" of it"),
    ):
        stream.feed(piece)
    for stream in (out, err):
        stream.feed(b"", last=True)
    assert sorted(log.content().splitlines(keepends=True)) == [b"*** and\n", b"err ***\n", b"more of it\n"]


def test_a_reader_that_left_stops_neither_the_command_nor_the_log(tmp_path):
    """Our standard output is closed: the deployment still comes to its end."""
    script = f"for i in 1 2 3; do echo line; sleep 0.1; done; echo last; touch {tmp_path}/done"
    code = (
        "import os, sys\nfrom integration.changes.command import Command, Log\nlog = Log(())\n"
        f"command = Command(['sh', '-c', {script!r}], dict(os.environ), log)\n"
        "command.start(); ended = command.wait(20)\nassert b'last' in log.content()\nos._exit(ended)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(PATIENCE_S) == 0
    assert (tmp_path / "done").exists()


def test_what_a_daemon_holds_open_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("integration.changes.command.STREAMS_S", 0.1)
    command = shell("sleep 30 & echo done", Log(()))
    began = time.monotonic()
    assert ended(command) == 0
    assert time.monotonic() - began < 10
    command.passed_on(signal.SIGKILL)


# -------------------------------------------------------------------------------------------------------------- signals
@pytest.fixture
def raised():
    """Sends a signal to this process, from beside the main thread, as a CI does."""

    def send(number):
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()

    return send


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_running_command_and_not_us(number, tmp_path):
    command = shell(f"trap 'exit 42' {number.name[3:]}; touch {tmp_path}/there; while :; do sleep 0.02; done")
    with Signals(command):
        command.start()
        until((tmp_path / "there").exists)
        os.kill(os.getpid(), number)
        assert command.wait(PATIENCE_S) == 42


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_is_interrupted_with_a_shell_s_code(raised, number):
    with Signals(shell("true")) as signals:
        raised(number)
        with pytest.raises(Interrupted) as ended_by:
            signals.sleep(PATIENCE_S)
    assert ended_by.value.code == 128 + number


def test_a_signal_between_two_sleeps_cuts_no_call_and_ends_the_next_sleep():
    with Signals(shell("true")) as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            signals.sleep(PATIENCE_S)


def test_after_a_signal_nothing_is_started(tmp_path):
    """It came while Implement was written: the change gets its end, the command no beginning."""
    command = shell(f"touch {tmp_path}/started")
    with Signals(command):
        os.kill(os.getpid(), signal.SIGTERM)
        command.start()
        assert command.wait(1) == 143
    assert list(tmp_path.iterdir()) == []


def test_a_signal_in_the_moment_of_the_start_is_not_lost(monkeypatch):
    """Between the system's call and its answer nobody knows the process yet."""
    command, begin = shell("exec sleep 60"), subprocess.Popen
    with Signals(command):

        def interrupted(*words, **more):
            process = begin(*words, **more)
            os.kill(os.getpid(), signal.SIGTERM)
            return process

        monkeypatch.setattr(subprocess, "Popen", interrupted)
        command.start()
        assert command.wait(PATIENCE_S) == 143


class Terminal:
    def isatty(self):
        return True


def test_at_a_terminal_the_command_may_read_and_hears_ctrl_c_once(monkeypatch, tmp_path):
    """It is in our group there, which the terminal itself tells; of anything else it is told by us."""
    monkeypatch.setattr(sys, "stdin", Terminal())
    script = f"trap 'echo x >> heard' INT; {sys.executable} -c \"{GROUP}\" group; while :; do sleep 0.02; done"
    monkeypatch.chdir(tmp_path)
    command = shell(script)
    command.start()
    until(lambda: (tmp_path / "group").exists() and (tmp_path / "group").read_text())
    assert int((tmp_path / "group").read_text().split()[1]) == os.getpgrp()
    command.passed_on(signal.SIGINT)
    command.terminate(PATIENCE_S)
    assert command.wait(1) == 143
    assert not (tmp_path / "heard").exists()


def test_the_record_of_an_ended_command_is_not_interrupted(raised):
    """Its last calls may have to be repeated, and waited for."""
    command = shell("true")
    with Signals(command) as signals:
        assert ended(command) == 0
        raised(signal.SIGTERM)
        signals.sleep(0.3)


def test_handlers_are_as_they_were():
    before = signal.getsignal(signal.SIGTERM)
    with Signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
