"""The jobs give up on no event, and take an answer they cannot read for a refusal."""

import pytest
from botocore.exceptions import EndpointConnectionError

from integration.emulators.security_ir import Service
from integration.emulators.security_ir.jobs import Jobs
from integration.emulators.security_ir.people import attach


class Bus:
    """Answers in turn with what it was given: an answer of PutEvents, or an error to raise; then takes everything."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.taken = []

    def put_events(self, *, Entries):  # noqa: N803 - boto3's name
        answer = self._answers.pop(0) if self._answers else {"FailedEntryCount": 0}
        if isinstance(answer, Exception):
            raise answer
        if answer == {"FailedEntryCount": 0}:
            self.taken += Entries
        return answer


def jobs_of(account, bus):
    jobs = Jobs(account.service, "http://127.0.0.1:1")
    jobs._client = bus
    return jobs


@pytest.mark.parametrize(
    "refusal", [{"FailedEntryCount": 1}, {}, EndpointConnectionError(endpoint_url="http://127.0.0.1:1")]
)
def test_a_refused_event_is_sent_again_after_a_pause(sender, refusal):
    sender.create()
    bus = Bus(refusal)
    jobs = jobs_of(sender, bus)
    jobs.work()
    jobs.work()
    (event,) = sender.service.outbox.events
    assert (event.state, event.attempts) == ("waiting", 1), "not again before the pause is over"
    sender.clock.advance(1)
    jobs.work()
    jobs.work()
    assert (event.state, event.attempts, len(bus.taken)) == ("sent", 2, 1)


def test_pauses_grow_to_half_a_minute_and_never_end(sender):
    sender.create()
    jobs = jobs_of(sender, Bus(*[{"FailedEntryCount": 1}] * 2000))
    (event,) = sender.service.outbox.events
    for _ in range(2000):
        sender.clock.advance(max(0.0, event.due - sender.clock()))
        jobs.work()
    assert (event.state, event.attempts) == ("waiting", 2000)
    assert event.due - sender.clock() == pytest.approx(30)


def test_many_go_ten_at_a_time_and_only_the_refused_one_again(sender):
    for number in range(12):
        sender.create(title=f"Case {number}")
    told = [{"EventId": "1"}] * 9
    bus = Bus({"FailedEntryCount": 1, "Entries": [*told[:4], {"ErrorCode": "InternalFailure"}, *told[4:]]})
    jobs = jobs_of(sender, bus)
    jobs.work()
    states = [event.state for event in sender.service.outbox.events]
    assert (states.count("sent"), states[4], len(bus.taken)) == (11, "waiting", 2)
    sender.clock.advance(1)
    jobs.work()
    assert {event.state for event in sender.service.outbox.events} == {"sent"}
    assert len(bus.taken) == 3


def test_an_address_that_is_none_is_refused_at_once():
    with pytest.raises(ValueError, match="HTTP URL"):
        Service(events_url="localhost:4566")


def test_scans_end_at_the_jobs_round_and_are_told_at_once(sender):
    case_id = sender.create()
    sender.service.switches.update({"scan_delay_s": 5})
    attach(sender.service, sender.caller, sender.case(case_id), "a.txt", b"hello")
    bus = Bus()
    jobs = jobs_of(sender, bus)
    jobs.work()
    assert [entry["DetailType"] for entry in bus.taken] == ["Case Created"]
    sender.clock.advance(5)
    jobs.work()
    assert [entry["DetailType"] for entry in bus.taken] == ["Case Created", "Case Updated"]
