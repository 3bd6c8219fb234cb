"""Hours of a deployment within seconds: the clock of everything is set forward, the poll's own schedule included."""

import pytest

from integration.local.running import Options, start
from integration.model import Module
from tests.e2e.shift import Shift

MINUTE = 60


@pytest.fixture(scope="module")
def shift():
    with start(Options(module=Module.ITSM)) as running:
        yield Shift(running)


def pass_time(shift, seconds):
    """So many seconds at once, and all that falls due by then."""
    polls = shift.plane.functions[shift.names.poller].started
    shift.running.forward(seconds)
    shift.until(lambda: shift.plane.functions[shift.names.poller].started > polls)
    shift.quiet()


def test_a_file_arrives_a_minute_after_a_scan_of_two(shift):
    """A look wanted in half a minute comes then, though the poll has told of the link a minute ago."""
    pair = shift.opened()
    with shift.switched("security_ir", scan_delay_s=120):
        shift.attach_to_case(pair.case_id, "trail.json", b"{}")
        shift.quiet()
        pass_time(shift, MINUTE)
        assert shift.files(pair.sys_id) == []
        for _ in range(3):
            pass_time(shift, MINUTE)
    assert [file["file_name"] for file in shift.files(pair.sys_id)] == ["trail.json"]
