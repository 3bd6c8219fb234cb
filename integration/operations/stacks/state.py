"""The stack that outlives the others: the KMS key, the table, the private key's bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from integration import names as n
from integration.operations.stacks.due_table import due_table

if TYPE_CHECKING:
    from integration.names import Names
    from integration.operations.stacks.deployment import Deployment


class StateStack(Stack):
    """Kept by `destroy` unless told otherwise: protected, and every resource is retained even if the stack goes."""

    def __init__(self, scope: Construct, deployment: Deployment, **options: object) -> None:
        super().__init__(scope, deployment.names.state_stack, termination_protection=True, **options)  # type: ignore[arg-type]  # jsii's typed kwargs
        self.data_key = DataKey(self, deployment.names).key
        LinkTable(self, deployment.names, self.data_key)
        self.key_bucket = KeyBucket(self, self.data_key).bucket
        if deployment.api_log_role:
            ApiLogs(self)
        CfnOutput(self, n.OUTPUT_KEY_BUCKET, value=self.key_bucket.bucket_name)
        CfnOutput(self, n.OUTPUT_DATA_KEY, value=self.data_key.key_arn)


class DataKey(Construct):
    """One customer key for table, key bucket, token, alarm topic and creations in flight."""

    def __init__(self, scope: Construct, names: Names) -> None:
        super().__init__(scope, "DataKey")
        stack = Stack.of(self)
        self.key = kms.Key(
            self,
            "Key",
            alias=names.data_key_alias,
            description=f"Cases and incidents in step: {names.table}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsReachTheTopic",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key's policy: this key
                conditions={
                    "ArnLike": {"aws:SourceArn": alarm_arns(stack, names)},
                    "StringEquals": {"aws:SourceAccount": stack.account},
                },
            )
        )


def alarm_arns(stack: Stack, names: Names) -> str:
    """Every alarm of the deployment."""
    return f"arn:{stack.partition}:cloudwatch:{stack.region}:{stack.account}:alarm:{names.alarm_prefix}*"


class LinkTable(Construct):
    """Links, ledgers, incident rows; `due` finds what somebody must look at."""

    def __init__(self, scope: Construct, names: Names, key: kms.IKey) -> None:
        super().__init__(scope, "LinkTable")
        due_table(self, names.table, key, lasting=True)


class KeyBucket(Construct):
    """Holds the one private key; versions of replaced keys go after thirty days."""

    def __init__(self, scope: Construct, key: kms.IKey) -> None:
        super().__init__(scope, "KeyBucket")
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(30))],
            removal_policy=RemovalPolicy.RETAIN,
        )


class ApiLogs(Construct):
    """API Gateway writes logs only through one role per account and region: without a name, since IAM knows no regions.

    Retained: taking it away would silence every other API of the account that came to rely on it.
    """

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "ApiLogs")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "apigateway.amazonaws.com",
                # Where it says on whose behalf it comes, that must be us; it is not documented to say so always, nor
                # in which form it would name an API.
                conditions={"StringEqualsIfExists": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            ],
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN)
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
