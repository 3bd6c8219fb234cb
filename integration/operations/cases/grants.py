"""Rights of the functions that keep cases and incidents in step, by owner; docs/permissions.md is made of them."""

from __future__ import annotations

from integration.operations.stacks.permissions import (
    ANYTHING,
    BEHIND_THE_TABLE,
    CREDENTIALS,
    DATA_KEY,
    DUE_INDEX,
    LOGS,
    PUBLISH,
    QUEUE,
    TABLE,
    Grant,
    consumer,
    schedule,
)

CASES = "arn:{partition}:security-ir:{region}:{account}:case/*"
MEMBERSHIPS = "arn:{partition}:security-ir:{region}:{account}:membership/*"

WHOLE_PASS = (
    Grant(
        (
            "security-ir:GetCase", "security-ir:ListComments", "security-ir:ListInvestigations",
            "security-ir:ListTagsForResource", "security-ir:GetCaseAttachmentDownloadUrl",
        ),
        (CASES,), "read a case",
    ),
    Grant(
        (
            "security-ir:UpdateCase", "security-ir:UpdateCaseStatus", "security-ir:CloseCase",
            "security-ir:CreateCaseComment", "security-ir:GetCaseAttachmentUploadUrl",
        ),
        (CASES,), "bring a case in step",
    ),
    Grant(("security-ir:ListMemberships",), (ANYTHING,), "the membership; the action knows no resource"),
    Grant(("security-ir:GetMembership",), (MEMBERSHIPS,), "its response team: domains of watchers, new records"),
    Grant(
        (
            "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query",
        ),
        (TABLE,), "links, claims, ledger",
    ),
    BEHIND_THE_TABLE,
    *CREDENTIALS,
    LOGS,
)  # fmt: skip
CASE_FOR_INCIDENT = (
    Grant(
        ("security-ir:CreateCase", "security-ir:TagResource"), (CASES,),
        "a case for an incident; the tag tells whose it is",
    ),
    Grant(("kms:GenerateDataKey", "kms:Decrypt"), (DATA_KEY,), "a creation in flight keeps its request, encrypted"),
)  # fmt: skip

GRANTS: dict[str, tuple[Grant, ...]] = {
    "poller": (
        Grant(("security-ir:ListCases",), (ANYTHING,), "what changed on AWS; the action knows no resource"),
        Grant(("dynamodb:Query",), (DUE_INDEX,), "links somebody must look at"),
        Grant(("dynamodb:GetItem", "dynamodb:PutItem"), (TABLE,), "cursors and what was published lately"),
        Grant(("dynamodb:BatchGetItem",), (TABLE,), "whether a record it told some minutes ago is known by now"),
        PUBLISH,
        Grant(
            ("sqs:SendMessage",), (QUEUE + "{names.cases_queue}", QUEUE + "{names.incidents_queue}"),
            "which link to look at, at a pace",
        ),
        BEHIND_THE_TABLE,
        *CREDENTIALS,
        LOGS,
    ),
    "servicenow_client": (
        *WHOLE_PASS,
        Grant(("kms:Decrypt",), (DATA_KEY,), "the request of a case that another pass made and could not link"),
        *consumer("cases_queue"),
    ),
    "security_ir_client": (*WHOLE_PASS, *CASE_FOR_INCIDENT, *consumer("incidents_queue", "backfill_queue")),
    "poll_schedule": schedule("poll_schedule", "poller", "poll"),
}  # fmt: skip
