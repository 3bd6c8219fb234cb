"""A batch costs the time of its slowest lane, and messages about one record keep their order."""

import json
import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from integration.cases import messages
from integration.reconcile import batch

PATIENCE_S = 5.0


class Reconciler:
    """Notes who is under way; `together` passes wait for each other, so that they end only side by side."""

    def __init__(self, together=1):
        self.barrier, self.order, self.most = threading.Barrier(together), [], 0
        self._running, self._lock = 0, threading.Lock()

    def run(self, wake, deadline):
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
            self.order.append((wake.key, wake.sent))
        self.barrier.wait(PATIENCE_S)
        with self._lock:
            self._running -= 1


def parts(reconciler, *, ready=True):
    telemetry = SimpleNamespace(emit=lambda *_: None, apart=nullcontext)
    rules, table = SimpleNamespace(table="incident"), SimpleNamespace(put=lambda _row: None)
    runtime = SimpleNamespace(telemetry=telemetry)
    return SimpleNamespace(ready=ready, reconciler=reconciler, rules=rules, runtime=runtime, table=table)


def message(number, case_id):
    event = {
        "source": "security-ir", "time": f"2026-11-21T10:00:{number:02d}Z", "detail": {"caseId": case_id},
    }  # fmt: skip
    return {"messageId": str(number), "body": json.dumps(event), "attributes": {"ApproximateReceiveCount": "1"}}


def handle(records, made):
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 180_000)
    return messages.handle({"Records": records}, context, made)["batchItemFailures"]


def test_passes_about_different_records_run_side_by_side():
    reconciler = Reconciler(together=messages.AT_ONCE)
    assert handle([message(n, f"case{n}") for n in range(messages.AT_ONCE)], parts(reconciler)) == []
    assert reconciler.most == messages.AT_ONCE


def test_messages_about_one_record_go_one_after_the_other():
    reconciler = Reconciler()
    assert handle([message(n, "case") for n in range(5)], parts(reconciler)) == []
    assert (reconciler.most, reconciler.order) == (1, sorted(reconciler.order))


def test_a_cold_container_makes_its_parts_in_one_thread():
    reconciler = Reconciler()
    handle([message(n, f"case{n}") for n in range(5)], parts(reconciler, ready=False))
    assert reconciler.most == 1


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"detail": 1}', '{"detail": {}}'])
def test_what_cannot_be_read_does_not_keep_the_rest_from_its_pass(body, monkeypatch):
    reconciler = Reconciler()
    monkeypatch.setattr(batch, "_carried_out", lambda ends, record, parts: ends.action == "acknowledge")
    bad = message(1, "x") | {"body": body}
    began = time.monotonic()
    assert handle([bad, message(2, "case")], parts(reconciler)) == [{"itemIdentifier": "1"}]
    assert [key for key, _ in reconciler.order] == ["case"]
    assert time.monotonic() - began < PATIENCE_S
