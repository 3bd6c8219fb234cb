"""A mapping beside its queue: it ends when it is told to, and gives nothing back that is worked on."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from integration.aws_plane.event_sources import Poller, Source
from integration.operations.waiting import until

MESSAGE = {"MessageId": "1", "ReceiptHandle": "first", "Body": "{}", "Attributes": {}}


class Queue:
    """Answers once it is let; notes what became visible again."""

    exceptions = SimpleNamespace(ReceiptHandleIsInvalid=LookupError, MessageNotInflight=LookupError)

    def __init__(self, *messages):
        self.messages, self.asked, self.let, self.visible = list(messages), threading.Event(), threading.Event(), []

    def receive_message(self, **_):
        self.asked.set()
        assert self.let.wait(10)
        return {"Messages": [self.messages.pop(0)] if self.messages else []}

    def change_message_visibility(self, **asked):
        self.visible.append(asked["ReceiptHandle"])


@pytest.fixture
def mapped():
    """A mapping of this queue, of a function that keeps each message until it is let."""
    made = []

    def start(queue):
        over = threading.Event()

        def invoke(_event):
            over.wait(10)
            return SimpleNamespace(error="failed", answer=None)

        source = Source("http://host/1/queue", "arn:aws:sqs:us-east-1:1:queue", concurrency=2)
        poller = Poller(source, SimpleNamespace(name="function", invoke=invoke), queue, "us-east-1")
        made.append((poller, over, queue))
        poller.start()
        return poller

    yield start
    for poller, over, queue in made:
        over.set()
        queue.let.set()
        poller.stop()


def test_a_mapping_that_is_looking_at_its_queue_ends_with_that_look(mapped):
    """Else it would glance at an empty queue once more, seconds later."""
    queue = Queue()
    poller = mapped(queue)
    assert queue.asked.wait(10)
    stopping = threading.Thread(target=poller.stop)
    stopping.start()
    assert poller._over.wait(10)
    queue.let.set()
    stopping.join(2)
    assert not stopping.is_alive()


def test_what_came_back_by_itself_is_not_made_visible_while_it_is_worked_on(mapped):
    """SQS takes a former receipt as well, and a second worker would get the message."""
    queue = Queue(MESSAGE | {"ReceiptHandle": "second"})
    poller = mapped(queue)
    poller.unfinished[MESSAGE["MessageId"]] = MESSAGE
    queue.let.set()
    until(lambda: poller.batches)
    assert (poller.redeliver(), queue.visible) == (0, [])
