"""What the plane tells of a queue is what SQS's GetQueueAttributes tells."""

import boto3
import pytest
from moto import mock_aws
from moto.sqs.models import sqs_backends

from integration.aws_plane.depths import Depth, answer, depths


@pytest.fixture
def sqs(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


def test_visible_in_flight_and_delayed_are_told_apart(sqs):
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    sqs.create_queue(QueueName="empty")
    for delay in (0, 0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    found = depths(answer(sqs_backends["123456789012"]["us-east-1"].queues.values()))
    assert found == {"events": Depth(visible=2, in_flight=1, delayed=1), "empty": Depth(0, 0, 0)}
    kinds = ("", "NotVisible", "Delayed")
    assert [int(told[f"ApproximateNumberOfMessages{kind}"]) for kind in kinds] == [2, 1, 1]
    assert found["events"].total == 4
