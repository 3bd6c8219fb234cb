"""Every right of every role, as data: rendered into the template by `roles`, into docs/permissions.md by the docs.

A resource is an ARN pattern with `{words}` that `roles.render` fills in. `implicit` marks what AWS does in the
role's name (the queue's poller, KMS behind a table, logs), so no call of ours shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from integration import names as n

CASES = "arn:{partition}:security-ir:{region}:{account}:case/*"
MEMBERSHIPS = "arn:{partition}:security-ir:{region}:{account}:membership/*"
TABLE = "arn:{partition}:dynamodb:{region}:{account}:table/{names.table}"
DUE_INDEX = TABLE + "/index/{due_index}"
BUS = "arn:{partition}:events:{region}:{account}:event-bus/{names.bus}"
PARAMETERS = "arn:{partition}:ssm:{region}:{account}:parameter{path}"
SETTINGS = "arn:{partition}:ssm:{region}:{account}:parameter{path}/settings"
KEY_OBJECT = "{key_bucket}/{key_object}"
DATA_KEY = "{data_key}"
SIGNING_KEY = "{signing_key}"
SECRET = "{secret}"  # noqa: S105 - a word to be filled with an ARN
QUEUE = "arn:{partition}:sqs:{region}:{account}:"
FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:"
OWN_LOG = "arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{function}:*"
ANYTHING = "*"


@dataclass(frozen=True)
class Grant:
    """`via` limits a KMS right to calls these services make in the role's name, `rows` a right on the table to these
    partitions.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    reason: str
    implicit: bool = False
    via: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


LOGS = Grant(("logs:CreateLogStream", "logs:PutLogEvents"), (OWN_LOG,), "its own log", implicit=True)
IN_A_VPC = Grant(
    (
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    ),
    (ANYTHING,), "its network interfaces; only with `--subnets`", implicit=True,
)  # fmt: skip
"""Of every function. Source: AWS's managed policy AWSLambdaVPCAccessExecutionRole."""
KEY_OBJECT_READ = Grant(("s3:GetObject",), (KEY_OBJECT,), "the private key that signs the assertion")
BEHIND_CREDENTIALS = Grant(
    ("kms:Decrypt",), (DATA_KEY,), "behind the parameter and the object", implicit=True, via=("ssm", "s3")
)
WITH_SIGNING_KEY = {
    KEY_OBJECT_READ: Grant(("kms:Sign",), (SIGNING_KEY,), "sign the assertion"),
    BEHIND_CREDENTIALS: Grant(("kms:Decrypt",), (DATA_KEY,), "behind the parameter", implicit=True, via=("ssm",)),
}
"""Grant → what stands in its place where a key of KMS signs: nobody reads a key then."""
CREDENTIALS = (
    Grant(
        ("ssm:GetParametersByPath",),
        (PARAMETERS, PARAMETERS + "/"),
        "credentials and settings; direct children only, so the default deployment cannot read a named one's",
    ),
    KEY_OBJECT_READ,
    BEHIND_CREDENTIALS,
)
BEHIND_THE_TABLE = Grant(
    (
        "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey",
    ),
    (DATA_KEY,), "behind the table", implicit=True, via=("dynamodb",),
)  # fmt: skip
PUBLISH = Grant(("events:PutEvents",), (BUS,), "say which case or incident to look at")


def _consumer(*queues: str) -> tuple[Grant, ...]:
    own = tuple(QUEUE + "{names." + queue + "}" for queue in queues)
    return (
        Grant(
            ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), own, "its queue's poller",
            implicit=True,
        ),
        Grant(("sqs:ChangeMessageVisibility",), own, "wait longer while the instance is down"),
        Grant(("sqs:SendMessage",), tuple(q + "{dead}" for q in own), "put aside what failed unexpectedly five times"),
    )  # fmt: skip


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
        *_consumer("cases_queue"),
    ),
    "security_ir_client": (*WHOLE_PASS, *CASE_FOR_INCIDENT, *_consumer("incidents_queue", "backfill_queue")),
    "notifications_handler": (
        Grant(("ssm:GetParameter",), (SETTINGS,), "the instance whose events count"),
        PUBLISH,
        Grant(("dynamodb:PutItem",), (TABLE,), "when the instance last told something", rows=(n.HEARD,)),
        BEHIND_THE_TABLE,
        LOGS,
    ),
    "authorizer": (
        Grant(("secretsmanager:GetSecretValue",), (SECRET,), "compare the token"),
        Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
        LOGS,
    ),
    "resource_setup": (
        Grant(("secretsmanager:GetSecretValue",), (SECRET,), "the token the instance will send"),
        Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
        *CREDENTIALS,
        LOGS,
    ),
    "token_rotation": (
        Grant(
            (
                "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            (SECRET,), "make, hand over and finish a new token",
        ),
        Grant(
            ("kms:Decrypt", "kms:GenerateDataKey"), (DATA_KEY,), "behind the secret", implicit=True,
            via=("secretsmanager",),
        ),
        *CREDENTIALS,
        LOGS,
    ),
    "poll_schedule": (
        Grant(("lambda:InvokeFunction",), (FUNCTION + "{names.poller}",), "start a poll", implicit=True),
        Grant(("sqs:SendMessage",), (QUEUE + "{names.poll_schedule}{dead}",), "a poll not started", implicit=True),
    ),
}  # fmt: skip
"""By the attribute of `Names` that names the function (or schedule) whose role it is."""


def grants(owner: str, *, signing_key: bool) -> tuple[Grant, ...]:
    """Of the role of `owner`, a key of GRANTS."""
    return tuple(WITH_SIGNING_KEY.get(grant, grant) if signing_key else grant for grant in GRANTS[owner])
