"""The type of a permission, and those that several integrations need; each room's `grants` has its own.

`roles` renders them into the templates, the docs into docs/permissions.md. A resource is an ARN pattern with `{words}`
that `roles.render` fills in. `implicit` marks what AWS does in the role's name (the queue's poller, KMS behind a table,
logs), so no call of ours shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def named(declared: str) -> str:
    """What `Names.of` will make of it, as part of a resource."""
    return f"{{names.{declared}}}" if hasattr(Names, declared) else declared + "{suffix}"


def consumer(*queues: str) -> tuple[Grant, ...]:
    """`queues` are named by `Names.of`."""
    own = tuple(QUEUE + named(queue) for queue in queues)
    return (
        Grant(
            ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), own, "its queue's poller",
            implicit=True,
        ),
        Grant(("sqs:ChangeMessageVisibility",), own, "wait longer while the instance is down"),
        Grant(("sqs:SendMessage",), tuple(q + "{dead}" for q in own), "put aside what failed unexpectedly five times"),
    )  # fmt: skip


def schedule(name: str, started: str, what: str) -> tuple[Grant, ...]:
    """Of the schedule `name` that starts the function `started`, both named by `Names.of`; `what` it does."""
    return (
        Grant(("lambda:InvokeFunction",), (FUNCTION + named(started),), f"start a {what}", implicit=True),
        Grant(("sqs:SendMessage",), (QUEUE + named(name) + "{dead}",), f"a {what} not started", implicit=True),
    )


def granted(grants: Iterable[Grant], *, signing_key: bool) -> tuple[Grant, ...]:
    """`grants` where a key of KMS signs us in, or none does."""
    return tuple(WITH_SIGNING_KEY.get(grant, grant) if signing_key else grant for grant in grants)
