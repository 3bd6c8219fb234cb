"""Native events reach a queue behind a rule on the default bus, as they would in an account."""

import json
import time

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from integration.emulators.security_ir import Service, create_app, serve
from integration.operations.waiting import until
from tests.contract.emulators.security_ir.conftest import CASE, REAL

pytestmark = pytest.mark.skipif(REAL, reason="watches the bus of the emulator; a real one takes a deployment")


class Bus:
    """A queue that gets every event of Security Incident Response from the default bus."""

    def __init__(self, url):
        aws = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self._sqs = boto3.client("sqs", **aws)
        self._queue = self._sqs.create_queue(QueueName="events")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        events = boto3.client("events", **aws)
        events.put_rule(Name="native", EventPattern=json.dumps({"source": ["aws.security-ir"]}))
        events.put_targets(Rule="native", Targets=[{"Id": "queue", "Arn": arn}])

    def receive(self, count):
        """So many events, waited for up to five seconds."""
        found, end = [], time.monotonic() + 5
        while len(found) < count and time.monotonic() < end:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found


@pytest.fixture
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    requests.post(f"{url}/moto-api/reset", timeout=10)
    yield url
    server.stop()


def client_of(url):
    return boto3.client(
        "security-ir", endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


def test_events_are_delivered_in_the_documented_shape(moto):
    bus = Bus(moto)
    with serve(create_app(Service(events_url=moto))) as url:
        client = client_of(url)
        case_id = client.create_case(**CASE)["caseId"]
        client.create_case_comment(caseId=case_id, body="Secret text")
        client.close_case(caseId=case_id)
        events = bus.receive(3)
    assert [event["detail-type"] for event in events] == ["Case Created", "Case Comment Added", "Case Closed"]
    assert [event["detail"] for event in events] == [
        {"caseId": case_id, "createdBy": "111122223333"},
        {"caseId": case_id, "createdBy": "111122223333"},
        {"caseId": case_id},
    ]
    arn = f"arn:aws:security-ir:us-east-1:111122223333:case/{case_id}"
    assert {(event["source"], *event["resources"]) for event in events} == {("aws.security-ir", arn)}
    assert "Secret" not in json.dumps(events)


def test_events_are_doubled_lost_and_swapped(moto):
    bus = Bus(moto)
    with serve(create_app(Service(events_url=moto))) as url:
        for rule in (
            {"event": "Case Comment Added", "kind": "lost"},
            {"event": "Case Created", "kind": "disordered", "delay_s": 60},
            {"event": "Case Closed", "kind": "doubled"},
        ):
            assert requests.post(f"{url}/_admin/faults", json=rule, timeout=10).ok
        client = client_of(url)
        case_id = client.create_case(**CASE)["caseId"]
        client.create_case_comment(caseId=case_id, body="Hello")
        client.close_case(caseId=case_id)
        names = [event["detail-type"] for event in bus.receive(3)]
        states = {(each["event"]["detail-type"], each["state"]) for each in _events(url)}
        assert _events(url, "lost") == [each for each in _events(url) if each["state"] == "lost"] != []
    assert names == ["Case Closed", "Case Closed", "Case Created"]
    assert ("Case Comment Added", "lost") in states


def test_an_event_waits_for_a_bus_that_is_away():
    """Delivery is durable: the event arrives once the bus is back."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    port = server.get_host_and_port()[1]
    requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=10)
    bus = Bus(f"http://127.0.0.1:{port}")
    server.stop()  # its queue and rule stay: moto keeps them in this process
    with serve(create_app(Service(events_url=f"http://127.0.0.1:{port}"))) as url:
        client_of(url).create_case(**CASE)
        until(lambda: _events(url)[0]["attempts"] >= 1)
        assert _events(url)[0]["state"] == "waiting"
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port)
        server.start()
        try:
            (event,) = bus.receive(1)
            until(lambda: _events(url)[0]["state"] == "sent")
        finally:
            server.stop()
    assert event["detail-type"] == "Case Created"


def test_a_scan_ends_by_itself_and_says_so(moto):
    bus = Bus(moto)
    with serve(create_app(Service(events_url=moto))) as url:
        requests.patch(f"{url}/_admin/config", json={"scan_delay_s": 0.2}, timeout=10)
        case_id = client_of(url).create_case(**CASE)["caseId"]
        added = requests.post(f"{url}/_admin/cases/{case_id}/attachments?name=a.txt", data=b"hello", timeout=10)
        assert added.ok
        created, scanned = bus.receive(2)
    assert created["detail-type"] == "Case Created"
    assert scanned["detail"] == {"caseId": case_id, "updatedBy": "security-ir.amazonaws.com"}


def _events(url, state=None):
    return requests.get(f"{url}/_admin/events", params={"state": state}, timeout=10).json()["events"]
