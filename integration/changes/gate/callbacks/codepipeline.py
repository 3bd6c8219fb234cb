"""A manual approval of CodePipeline. Source: botocore's model of PutApprovalResult; user guide, "Approve or reject"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import error_for
from integration.changes.gate.callbacks import DELIVERED, GONE

if TYPE_CHECKING:
    from integration.changes.gate.waiter import Answer, Waiter

SUMMARY_MOST = 512
_DONE = frozenset({
    "ApprovalAlreadyCompletedException", "InvalidApprovalTokenException", "PipelineNotFoundException",
    "StageNotFoundException", "ActionNotFoundException",
})  # fmt: skip
"""The token is another one once the stage was tried again or overtaken."""


def answer(client: Any, waiter: Waiter, said: Answer) -> str:
    """`client`: boto3 CodePipeline."""
    result = {"summary": said.told(SUMMARY_MOST), "status": said.word.capitalize()}
    try:
        client.put_approval_result(
            pipelineName=waiter.address["pipeline"],
            stageName=waiter.address["stage"],
            actionName=waiter.address["action"],
            result=result,
            token=waiter.secret,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _DONE:
            return GONE
        raise error_for(error, "put_approval_result", write=True) from None
    except BotoCoreError as error:
        raise error_for(error, "put_approval_result", write=True) from None
    return DELIVERED
