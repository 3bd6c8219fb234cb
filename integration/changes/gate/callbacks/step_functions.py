"""A task of Step Functions that waits for its token. Source: botocore's model of SendTaskSuccess, SendTaskFailure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import error_for
from integration.changes.gate.callbacks import DELIVERED, GONE

if TYPE_CHECKING:
    from integration.changes.gate.waiter import Answer, Waiter

REJECTED = "ChangeRejected"
"""What the state machine catches."""
CAUSE_MOST = 1000
_DONE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""The first answer counts; the token of a second one is none any more."""


def answer(client: Any, waiter: Waiter, said: Answer) -> str:
    """`client`: boto3 Step Functions. Approved is the task's success, rejected its failure with `ChangeRejected`."""
    reason = said.told(CAUSE_MOST)
    try:
        if said.approved:
            output = json.dumps({"approved": True, "number": said.number, "reason": reason})
            client.send_task_success(taskToken=waiter.secret, output=output)
        else:
            client.send_task_failure(taskToken=waiter.secret, error=REJECTED, cause=reason)
    except ClientError as error:
        if error.response["Error"]["Code"] in _DONE:
            return GONE
        raise error_for(error, "send_task_result", write=True) from None
    except BotoCoreError as error:
        raise error_for(error, "send_task_result", write=True) from None
    return DELIVERED
