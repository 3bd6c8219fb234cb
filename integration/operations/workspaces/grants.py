"""Rights of the functions of workspaces, and of the role that signs addresses, by owner."""

from __future__ import annotations

from integration.operations.stacks.permissions import (
    BEHIND_THE_TABLE,
    CREDENTIALS,
    DATA_KEY,
    LOGS,
    SECRET,
    Grant,
    consumer,
    named,
    schedule,
)
from integration.operations.stacks.permissions import QUEUE as QUEUES
from integration.workspaces.names import BACKEND, CREATOR, FILES_ROLE, QUEUE, REAPER, SCHEDULE, TABLE, WORKER

ROWS = "arn:{partition}:dynamodb:{region}:{account}:table/" + named(TABLE)
ORDERS = QUEUES + named(QUEUE)
BUCKETS = "arn:{partition}:s3:::{buckets}*"
"""Of this deployment, in either namespace: those made before it was changed stay in use."""
ARCHIVED = "{archive}/*"
KEY = "arn:{partition}:apigateway:{region}::/apikeys/{api_key}"

LINKS = (
    Grant(("secretsmanager:GetSecretValue",), (SECRET,), "what signs links"),
    Grant(("kms:Decrypt",), (DATA_KEY,), "behind the secret", implicit=True, via=("secretsmanager",)),
)
NAMES_IN = Grant(("kms:GenerateDataKey",), (DATA_KEY,), "names of people rest encrypted")
NAMES_OUT = Grant(("kms:Decrypt",), (DATA_KEY,), "names of people, shown to their workspace")
PASSES = (
    Grant(
        (
            "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        ),
        (ROWS,), "rows, places, orders",
    ),
    BEHIND_THE_TABLE,
    NAMES_IN,
    Grant(
        (
            "s3:CreateBucket", "s3:TagResource", "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning",
            "s3:PutBucketCORS", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy",
        ),
        (BUCKETS,), "make a workspace's bucket, tagged and set",
    ),
    Grant(("s3:DeleteObject",), (BUCKETS + "/*",), "remove the file of the check"),
    Grant(("sts:AssumeRole",), ("{files_role}",), "sign addresses, for one bucket at a time"),
    Grant(("sqs:SendMessage",), (ORDERS,), "passes that go on later"),
    *LINKS,
)  # fmt: skip

GRANTS: dict[str, tuple[Grant, ...]] = {
    CREATOR: (*PASSES, Grant(("apigateway:GET",), (KEY,), "the key that machines show"), LOGS),
    BACKEND: (
        Grant(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"), (ROWS,), "whose link it is; its wishes"),
        BEHIND_THE_TABLE,
        NAMES_OUT,
        Grant(("sts:AssumeRole",), ("{files_role}",), "list files and sign addresses, for one bucket at a time"),
        Grant(("sqs:SendMessage",), (ORDERS,), "passes that carry wishes out"),
        *LINKS,
        LOGS,
    ),
    WORKER: (
        *PASSES,
        Grant(("dynamodb:Query",), (ROWS,), "what a person has, what a workspace reserved"),
        NAMES_OUT,
        Grant(
            ("s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteBucket"),
            (BUCKETS,), "what is there when it ends, and that nothing is left",
        ),
        Grant(
            ("s3:GetObjectVersion", "s3:DeleteObjectVersion"),
            (BUCKETS + "/*",), "copy files into the archive, then delete what its manifest names",
        ),
        Grant(("s3:GetObject", "s3:PutObject"), (ARCHIVED,), "the archive: files, manifests, proofs"),
        *consumer(QUEUE),
        *CREDENTIALS,
        LOGS,
    ),
    REAPER: (
        Grant(("dynamodb:Query",), (ROWS + "/index/{due_index}",), "whose moment has come"),
        BEHIND_THE_TABLE,
        Grant(("sqs:SendMessage",), (ORDERS,), "what the sweep found"),
        LOGS,
    ),
    SCHEDULE: schedule(SCHEDULE, REAPER, "sweep"),
    FILES_ROLE: (
        Grant(("s3:ListBucket", "s3:ListBucketVersions"), (BUCKETS,), "list files"),
        Grant(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
            (BUCKETS + "/*",), "files of the one bucket that each session names",
        ),
    ),
}  # fmt: skip
