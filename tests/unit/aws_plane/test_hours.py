"""One clock for every process: whoever follows is ahead by what it was set forward, from the next look on."""

import subprocess
import sys
import threading
import time

import pytest

from integration.aws_plane.hours import Hours
from integration.aws_plane.schedules import Clock, Schedule

FOLLOWER = "import time\nfor _ in range(2):\n    print(time.time(), flush=True)\n    input()\n"


def test_a_process_that_runs_already_follows(tmp_path):
    """The functions stay warm while hours go by."""
    hours = Hours(tmp_path / "clock")
    process = subprocess.Popen(
        [sys.executable, "-c", FOLLOWER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=hours.environment()
    )
    with process:
        before = float(process.stdout.readline())
        hours.forward(7200)
        process.stdin.write(b"\n")
        process.stdin.flush()
        after = float(process.stdout.readline())
        process.communicate(b"\n")
    assert 7200 <= after - before < 7260
    assert hours.now() - time.time() == pytest.approx(7200, abs=1)


def test_time_does_not_run_backwards(tmp_path):
    with pytest.raises(ValueError, match="backwards"):
        Hours(tmp_path / "clock").forward(-1)


def test_a_schedule_whose_time_has_come_fires_once_however_many_times_over():
    clock, fired = Clock(), []
    clock.add(Schedule("each minute", 60, lambda: fired.append(1), at_once=False))
    clock.start()
    clock.forward(3600)
    deadline = time.monotonic() + 10
    while not fired and time.monotonic() < deadline:
        pass
    clock.stop()
    assert len(fired) == 1


def test_a_schedule_whose_function_is_gone_ends_no_other():
    """Taken away between the look at the clock and the call."""
    fired, clock = threading.Event(), Clock()
    clock.add(Schedule("of what is gone", 60, fire=lambda: {}["gone"]))
    clock.add(Schedule("of what is there", 60, fire=fired.set))
    clock.start()
    assert fired.wait(10)
    clock.stop()
