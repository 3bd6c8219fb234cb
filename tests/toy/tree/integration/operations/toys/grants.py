"""Rights of the toy's worker."""

from __future__ import annotations

from integration.operations.stacks.permissions import CREDENTIALS, LOGS, QUEUE, Grant, consumer, named
from integration.toys.declaration import QUEUE as EVENTS
from integration.toys.declaration import TABLE, WORKER

ROWS = "arn:{partition}:dynamodb:{region}:{account}:table/" + named(TABLE)
GRANTS: dict[str, tuple[Grant, ...]] = {
    WORKER: (
        Grant(
            ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"), (ROWS,), "rows"
        ),
        Grant(("dynamodb:Query",), (ROWS + "/index/{due_index}",), "what waits"),
        Grant(("sqs:SendMessage",), (QUEUE + named(EVENTS),), "what no event told"),
        *consumer(EVENTS),
        *CREDENTIALS,
        LOGS,
    )
}
