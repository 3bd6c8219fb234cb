"""Hours of a deployment within seconds: the clock of everything is set forward, the poll's own schedule included."""

import pytest

from integration.module import Module
from integration.operations.local.system import Options, start
from tests.e2e.shift import Shift

LINKS = 4
MINUTE, QUARTER = 60, 900


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


def waiting(shift):
    return {name: depth.total for name, depth in shift.plane.queues.items() if depth.total}


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


def test_hours_of_an_outage_leave_one_message_per_link_and_end_in_step(shift):
    """Sweeps do not pile up behind the messages that wait, each for itself, until the instance is back."""
    pairs = [shift.opened() for _ in range(LINKS)]
    shift.quiet()
    shift.break_servicenow(kind="hibernation", path="/api/*", times=None)
    for pair in pairs:
        shift.respond(pair.case_id, "comment", body="Is anybody there?")
    for _ in range(4 * 4):
        pass_time(shift, QUARTER)
    assert sum(waiting(shift).values()) <= 2 * (LINKS + 1)
    shift.mend()
    for _ in range(4):
        pass_time(shift, 5 * MINUTE)
    assert waiting(shift) == {}
    for pair in pairs:
        assert sum("Is anybody there?" in note for note in shift.notes(pair)) == 1
