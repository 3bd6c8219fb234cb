"""Woken by its queue; what else calls it asks for a poll."""

from __future__ import annotations

from functools import cache
from typing import Any

from integration.aws.queue import Queue
from integration.aws.table import Table as Rows
from integration.clients.servicenow.table import Table
from integration.connection.runtime import runtime
from integration.connection.wiring import Connection
from integration.reconcile.batch import Batch
from integration.toys.declaration import ENV_QUEUE, ENV_TABLE, MADE, TOY
from integration.toys.poll import Sources, poll_of
from integration.toys.reconciler import Reconciler, claims, wish_of

HERE = runtime("toy_worker", TOY)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "Records" not in event:
        polled = _poll().run()
        return {"found": dict(polled.found), "due": polled.due}
    return Batch(
        read=wish_of,
        run=lambda wish, deadline: _reconciler().run(wish.key, deadline),
        facts=lambda made: ({MADE: 1.0}, {"toy": made}),
        tried=lambda _record, _error, _tries: None,
        telemetry=HERE.telemetry,
        sqs=lambda: HERE.client("sqs"),
        at_once=1,
    ).handle(event, context)


@cache
def _rows() -> Rows:
    return Rows(HERE.client("dynamodb"), HERE.environment[ENV_TABLE])


@cache
def _instance() -> Table:
    return Table(Connection(HERE).http)


def _reconciler() -> Reconciler:
    return Reconciler(claims(_rows()), _instance())


def _poll() -> Any:
    queue = Queue(HERE.client("sqs"), HERE.environment[ENV_QUEUE])
    return poll_of(Sources(_rows(), claims(_rows()), queue), _instance())
