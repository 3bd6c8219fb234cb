"""Log groups, each with a retention, that go with their stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from integration import constants

if TYPE_CHECKING:
    from constructs import Construct


def log_group(scope: Construct, construct_id: str, name: str) -> logs.LogGroup:
    """The group `name`, kept for `LOG_RETENTION_DAYS`."""
    group = logs.LogGroup(scope, construct_id, log_group_name=name, removal_policy=RemovalPolicy.DESTROY)
    written(group).retention_in_days = constants.LOG_RETENTION_DAYS
    return group


def written(group: logs.LogGroup) -> logs.CfnLogGroup:
    """As it stands in the template."""
    return group.node.default_child  # type: ignore[return-value]  # what a LogGroup wraps
