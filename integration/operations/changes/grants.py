"""Rights of the gate's functions, by owner; docs/permissions.md is made of them."""

from __future__ import annotations

from integration.changes.gate.names import FRONT_DOOR, GATE, QUEUE, SCHEDULE, TABLE
from integration.operations.stacks.permissions import (
    ANYTHING,
    BEHIND_THE_TABLE,
    CREDENTIALS,
    DATA_KEY,
    LOGS,
    SECRET,
    SETTINGS,
    Grant,
    consumer,
    named,
    schedule,
)
from integration.operations.stacks.permissions import QUEUE as QUEUES

ROWS = "arn:{partition}:dynamodb:{region}:{account}:table/" + named(TABLE)
EVENTS = QUEUES + named(QUEUE)
PIPELINES = "arn:{partition}:codepipeline:{region}:{account}:*"
HOOKS_SECRET = (
    Grant(("secretsmanager:GetSecretValue",), (SECRET,), "who may ask, and by what the gate is let in elsewhere"),
    Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
)

GRANTS: dict[str, tuple[Grant, ...]] = {
    GATE: (
        Grant(("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"), (ROWS,), "who waits"),
        Grant(("dynamodb:Query",), (ROWS + "/index/{due_index}",), "whose moment has come"),
        BEHIND_THE_TABLE,
        Grant(("kms:GenerateDataKey", "kms:Decrypt"), (DATA_KEY,), "asks and tokens rest encrypted"),
        Grant(("sqs:SendMessage",), (EVENTS,), "what the sweep found"),
        Grant(("codepipeline:PutApprovalResult",), (PIPELINES,), "answer an approval, of whichever pipeline asks"),
        Grant(
            ("states:SendTaskSuccess", "states:SendTaskFailure"), (ANYTHING,),
            "answer a task; a token names no state machine",
        ),
        *HOOKS_SECRET,
        *consumer(QUEUE),
        *CREDENTIALS,
        LOGS,
    ),
    FRONT_DOOR: (
        Grant(("ssm:GetParameter",), (SETTINGS,), "which addresses may be answered"),
        Grant(("sqs:SendMessage",), (EVENTS,), "what a pipeline asks"),
        *HOOKS_SECRET,
        LOGS,
    ),
    SCHEDULE: schedule(SCHEDULE, GATE, "sweep"),
}  # fmt: skip
