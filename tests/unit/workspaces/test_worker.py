"""What becomes of a message: one pass, one line without names, and another message where time ran out."""

from __future__ import annotations

import importlib
import io
import json
import re
import time
from types import SimpleNamespace

import pytest

from integration.aws.telemetry import Telemetry
from integration.clients.errors import Unavailable
from integration.workspaces.messages import LOOK, ORDER, WORKSPACE, due_event
from integration.workspaces.model import Phase
from integration.workspaces.names import DUE, LOG_KEYS, METRICS, ORDERED
from integration.workspaces.passes import handle
from integration.workspaces.sweep import Swept
from tests.fakes.workspaces import System, ada

LEFT_S = 180.0


class Context:
    def get_remaining_time_in_millis(self):
        return LEFT_S * 1000


class Worker:
    def __init__(self):
        self.log, self.woken, self.letters = io.StringIO(), [], []
        self.system = System(now=time.time())
        self.telemetry = Telemetry("worker", "test", "info", self.log, metrics=METRICS, log_keys=LOG_KEYS)

    # a client of SQS
    class meta:  # noqa: N801 - a boto3 client's own word
        endpoint_url = "https://sqs"

    def change_message_visibility(self, **_asked):
        self.letters.append("back")

    def send_message(self, **_asked):
        self.letters.append("dead")

    def handle(self, kind, detail, receives=1):
        body = json.dumps({"detail-type": kind, "detail": detail})
        record = {
            "messageId": "m1", "body": body, "receiptHandle": "r", "eventSourceARN": "arn:aws:sqs:e:1:q",
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }  # fmt: skip
        system = self.system
        runs = {WORKSPACE: system.reconciler.run, ORDER: system.ordering.run, LOOK: system.unheard.run}
        answer = handle({"Records": [record]}, Context(), lambda: runs, self.woken.extend, self.telemetry, lambda: self)
        return answer["batchItemFailures"]

    def due(self, kind, key):
        return self.handle(DUE, due_event(kind, key).detail)

    @property
    def lines(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def told(self, name):
        """A word, or the one value of a metric."""
        found = next(line[name] for line in self.lines if name in line)
        return found[0] if isinstance(found, list) else found


@pytest.fixture
def worker():
    return Worker()


def test_an_order_of_the_catalog_is_delivered_and_measured(worker):
    worker.system.ordered("a" * 32, ada(number="RITM0010001"))
    assert worker.handle(ORDERED, {"sys_id": "a" * 32}) == []
    [row] = worker.system.rows().values()
    assert (row.phase, worker.told("WorkspacesMade")) == (Phase.READY, 1)
    assert worker.told("WorkspaceDelivery") == 0
    assert worker.told("workspace") == row.id


def test_no_line_holds_a_name(worker):
    worker.system.ordered("a" * 32, ada())
    worker.handle(ORDERED, {"sys_id": "a" * 32})
    said = re.sub(r"[0-9a-f-]{12,}", "", worker.log.getvalue().lower())  # an id may hold these letters
    assert "ada" not in said.replace("spa", "")


def test_a_request_item_of_another_catalog_item_is_done_with(worker):
    assert worker.handle(ORDERED, {"sys_id": "b" * 32}) == []
    assert worker.system.rows() == {}


def test_what_used_its_time_up_is_woken_at_once(worker):
    """The making goes on in the next pass, not in the next minute."""
    key = worker.system.reconciler.accept(ada(), begins=False).row.id
    worker.system.at_call = lambda _number, name: setattr(
        worker.system, "now", worker.system.now + (LEFT_S if name == "create bucket" else 0)
    )
    assert worker.due(WORKSPACE, key) == []
    assert worker.woken == [key]


def test_orders_that_a_look_found_are_counted(worker):
    """How often news is lost is seen, and no such metric comes while none is."""
    minute = str(int(worker.system.now // 60))
    worker.due(LOOK, minute)
    assert "WorkspaceOrdersFound" not in worker.log.getvalue()
    lost = ["c" * 32, "d" * 32]
    for key in lost:
        worker.system.ordered(key, ada())
        worker.system.orders.items[key].changed -= 121
    assert worker.due(LOOK, minute) == []
    assert (worker.told("WorkspaceOrdersFound"), worker.system.woken) == (2, lost)


def test_a_store_that_does_not_answer_keeps_the_message(worker):
    key = worker.system.reconciler.accept(ada(), begins=False).row.id
    worker.system.fails["create bucket"] = Unavailable("aws", "no answer")
    assert worker.due(WORKSPACE, key) == [{"itemIdentifier": "m1"}]
    assert worker.letters == ["back"]


def test_what_cannot_be_delivered_is_counted_as_blocked(worker):
    key = worker.system.reconciler.accept(ada(), begins=False).row.id
    worker.system.buckets.most = 0
    assert worker.due(WORKSPACE, key) == []
    assert worker.told("WorkspacesBlocked") == 1


def test_what_names_nothing_goes_to_the_dead_letters(worker):
    assert worker.handle(DUE, {"kind": ORDER}) == []
    assert worker.letters == ["dead"]


def test_an_end_is_counted_once(worker):
    key = worker.system.reconciler.accept(ada(), begins=False).row.id
    worker.due(WORKSPACE, key)
    worker.system.records.end(key, "asked", worker.system.now)
    worker.due(WORKSPACE, key)
    worker.due(WORKSPACE, key)
    assert worker.system.row(key).phase is Phase.GONE
    assert sum("WorkspacesGone" in line for line in worker.lines) == 1


def test_every_metric_there_is_is_emitted_by_somebody(worker, monkeypatch):
    """What an alarm or a page names and nobody emits is always quiet: by the worker, or by the reaper each minute."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    reaper = importlib.import_module("lambdas.workspace_reaper.index")
    monkeypatch.setattr(reaper, "HERE", SimpleNamespace(telemetry=worker.telemetry))
    monkeypatch.setattr(reaper, "_sweep", lambda: SimpleNamespace(run=lambda: Swept(2, 950.0)))
    reaper.handler({}, None)
    test_an_order_of_the_catalog_is_delivered_and_measured(worker)
    [row] = worker.system.rows().values()
    worker.system.records.end(row.id, "asked", worker.system.now)
    worker.due(WORKSPACE, row.id)
    test_what_cannot_be_delivered_is_counted_as_blocked(worker)
    test_orders_that_a_look_found_are_counted(worker)
    assert worker.told("WorkspacesWaiting") == 950
    assert {name for line in worker.lines for name in line} >= METRICS
