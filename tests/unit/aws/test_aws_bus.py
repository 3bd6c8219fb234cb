from __future__ import annotations

import json

import pytest
from botocore.exceptions import ReadTimeoutError

from integration.aws.bus import Bus, Event
from integration.clients.errors import Misconfigured, Unavailable


class Events:
    """PutEvents as the API answers it: 200, and an error code per entry that failed. `codes` by caseId, used up."""

    def __init__(self, **codes):
        self.codes, self.taken, self.calls = codes, [], 0

    def put_events(self, Entries):  # noqa: N803 - boto3's own name
        assert len(Entries) <= 10
        self.calls += 1
        results = [self.result(entry) for entry in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def result(self, entry):
        case_id = json.loads(entry["Detail"])["caseId"]
        if self.codes.get(case_id):
            return {"ErrorCode": self.codes[case_id].pop(0)}
        self.taken.append(case_id)
        return {"EventId": case_id}


def events(count):
    return [Event("security-ir", "CaseUpdated", {"caseId": str(number)}) for number in range(count)]


def publish(client, count):
    Bus(client, "bus", sleep=lambda _: None).publish(events(count))


def test_ten_entries_a_call():
    client = Events()
    publish(client, 23)
    assert client.taken == [str(number) for number in range(23)]
    assert client.calls == 3


def test_nothing_is_no_call():
    client = Events()
    publish(client, 0)
    assert client.calls == 0


def test_only_what_failed_is_sent_again():
    """200 says nothing: the published sample loses these."""
    client = Events(**{"1": ["ThrottlingException"], "3": ["InternalFailure", "InternalException"]})
    publish(client, 5)
    assert sorted(client.taken) == ["0", "1", "2", "3", "4"]
    assert client.calls == 3


def test_what_keeps_failing_is_said():
    with pytest.raises(Unavailable, match="1 events"):
        publish(Events(**{"1": ["ThrottlingException"] * 9}), 3)


def test_what_will_never_be_taken_is_a_setting():
    with pytest.raises(Misconfigured, match="NotAuthorized"):
        publish(Events(**{"1": ["NotAuthorizedForDetailTypeException"]}), 3)


def test_no_answer():
    class Silent:
        def put_events(self, **_):
            raise ReadTimeoutError(endpoint_url="https://x")

    with pytest.raises(Unavailable) as caught:
        publish(Silent(), 1)
    assert caught.value.outcome_unknown


def test_an_entry_as_the_bus_wants_it(client):
    """moto checks the form."""
    client("events").create_event_bus(Name="security-incident-event-bus")
    Bus(client("events"), "security-incident-event-bus").publish(events(1))
    entry = Bus(None, "b")._entry(Event("s", "t", {"caseId": "1", "sweep": True}, ["arn:x"]))
    assert entry == {
        "EventBusName": "b", "Source": "s", "DetailType": "t", "Detail": '{"caseId":"1","sweep":true}',
        "Resources": ["arn:x"],
    }  # fmt: skip
