"""One clock for every process: whoever follows is ahead by what it was set forward, from the next look on."""

import re
import subprocess
import sys
import time

import pytest

from integration.aws_plane.hours import Hours
from integration.aws_plane.schedules import Clock, Schedule
from integration.aws_plane.signing import moment

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


SIGNER = """import boto3, local_clock
local_clock.sign_by_it(__import__("botocore.compat").compat)
s3 = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
                  config=boto3.session.Config(signature_version="s3v4"))
print(s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}, 60))
"""


def test_an_address_is_dated_by_it(tmp_path):
    """Else one that was signed an hour forward would be over before it is used."""
    hours = Hours(tmp_path / "clock")
    hours.forward(36 * 3600)
    made = subprocess.check_output([sys.executable, "-c", SIGNER], env=hours.environment(), text=True)
    date = re.search(r"X-Amz-Date=(\w+)", made)[1]
    assert hours.now() - moment(date) == pytest.approx(0, abs=60)


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
