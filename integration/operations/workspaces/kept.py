"""The stack that outlives that of the functions: the table of workspaces, and the archive of those that ended.

`delete-stack` of the other one, and `destroy` without `--delete-data`, leave both; each bucket of a workspace too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from integration.operations.stacks.due_table import due_table
from integration.operations.workspaces.outputs import OUTPUT_ARCHIVE
from integration.workspaces import names as w

if TYPE_CHECKING:
    from integration.operations.stacks.base import Base

REPLACED_KEPT = Duration.days(30)


class KeptStack(Stack):
    def __init__(self, base: Base) -> None:
        names = base.deployment.names
        super().__init__(base.app, names.of(w.STATE_STACK), termination_protection=True, **base.options)  # type: ignore[arg-type]  # jsii's typed kwargs
        self.add_stack_dependency(base.common)
        key = kms.Key.from_key_arn(self, "DataKey", base.state.data_key.key_arn)
        due_table(self, names.of(w.TABLE), key, lasting=True)
        self.archive = self._archive()
        CfnOutput(self, OUTPUT_ARCHIVE, value=self.archive.bucket_name)

    def _archive(self) -> s3.Bucket:
        """SSE-S3: a copy then has the ETag of its file, by which it is compared."""
        return s3.Bucket(
            self,
            "Archive",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=REPLACED_KEPT)],
            removal_policy=RemovalPolicy.RETAIN,
        )
