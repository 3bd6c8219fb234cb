"""A table of rows, some of which somebody must look at by some time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb

from integration import names as n

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct

TEXT, NUMBER = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER


def due_table(scope: Construct, name: str, key: kms.IKey, *, lasting: bool) -> None:
    """The construct `Table` in `scope`. `lasting`: protected, and retained even if its stack goes."""
    table = dynamodb.Table(
        scope,
        "Table",
        table_name=name,
        partition_key=dynamodb.Attribute(name="PK", type=TEXT),
        sort_key=dynamodb.Attribute(name="SK", type=TEXT),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        time_to_live_attribute=n.REMOVE_AT,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=lasting or None,
        removal_policy=RemovalPolicy.RETAIN if lasting else RemovalPolicy.DESTROY,
    )
    table.add_global_secondary_index(
        index_name=n.DUE_INDEX,
        partition_key=dynamodb.Attribute(name=n.DUE_SHARD, type=TEXT),
        sort_key=dynamodb.Attribute(name=n.DUE, type=NUMBER),
        projection_type=dynamodb.ProjectionType.ALL,
    )
