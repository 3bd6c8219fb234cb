"""DynamoDB, S3, KMS: made in moto through their ordinary APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration.aws_plane.iam import statements
from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.world import World


class CannotReplace(RuntimeError):
    """A change that would replace a resource that keeps state; a person decides that, not a deployment."""


def _table(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("TableName"), 255)
    passed = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode", "DeletionProtectionEnabled")
    options = {key: p[key] for key in passed if key in p}
    encryption = p.get("SSESpecification", {})
    if encryption:
        options["SSESpecification"] = {"Enabled" if k == "SSEEnabled" else k: v for k, v in encryption.items()}
    arn = world.moto("dynamodb").create_table(TableName=name, **options)["TableDescription"]["TableArn"]
    if "TimeToLiveSpecification" in p:
        world.moto("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=p["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in p:
        world.moto("dynamodb").update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=p["PointInTimeRecoverySpecification"]
        )
    if "KMSMasterKeyId" in encryption:
        world.keys[arn] = encryption["KMSMasterKeyId"]
    return Made(name, {"Arn": arn})


def _keep_table(_world: World, resource: Resource, made: Made) -> Made:
    """Time to live and the like may change on AWS; nothing of it shows here."""
    if resource.named(resource.properties.get("TableName"), 255) != made.physical_id:
        raise CannotReplace(f"{resource.logical_id}: a table of another name would lose every link")
    return made


def _drop_table(world: World, _resource: Resource, made: Made) -> None:
    world.moto("dynamodb").update_table(TableName=made.physical_id, DeletionProtectionEnabled=False)
    world.moto("dynamodb").delete_table(TableName=made.physical_id)
    world.keys.pop(made.attributes["Arn"], None)


def make_bucket(s3: Any, name: str, region: str) -> None:
    """In the region; us-east-1 is what no constraint means, and its name is no constraint (S3 API, CreateBucket)."""
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where)


def _bucket(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("BucketName"), 63).lower()
    arn = f"arn:aws:s3:::{name}"
    s3 = world.moto("s3")
    make_bucket(s3, name, world.place.region)
    if "VersioningConfiguration" in p:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=p["VersioningConfiguration"])
    if "PublicAccessBlockConfiguration" in p:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=p["PublicAccessBlockConfiguration"])
    _describe_bucket(s3, name, p)
    for rule in p.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", []):
        _encrypt(world, name, rule)
    return Made(name, {"Arn": arn, "DomainName": f"{name}.s3.amazonaws.com"})


def _describe_bucket(s3: Any, name: str, p: Mapping[str, Any]) -> None:
    """What is kept and shown, and does nothing here."""
    if p.get("Tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": p["Tags"]})
    if rules := p.get("LifecycleConfiguration", {}).get("Rules"):
        told = {"Rules": [_lifecycle(name, rule) for rule in rules]}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=told)


def _lifecycle(bucket: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation's words for a rule as those of S3's API. Raises UnknownResource for one that nobody thought of."""
    found: dict[str, Any] = {"Filter": {"Prefix": rule.get("Prefix", "")}}
    for name, value in rule.items():
        match name:
            case "Status" | "AbortIncompleteMultipartUpload" | "NoncurrentVersionExpiration":
                found[name] = value
            case "Id":
                found["ID"] = value
            case "ExpirationInDays":
                found["Expiration"] = {"Days": value}
            case "ExpiredObjectDeleteMarker":
                found["Expiration"] = {"ExpiredObjectDeleteMarker": value}
            case "Transitions":
                found[name] = [{"StorageClass": t["StorageClass"], "Days": t["TransitionInDays"]} for t in value]
            case "Prefix":
                pass
            case _:
                raise UnknownResource(f"{bucket}: lifecycle rule with {name}")
    return found


def _encrypt(world: World, bucket: str, rule: Mapping[str, Any]) -> None:
    default = rule["ServerSideEncryptionByDefault"]
    configuration = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    world.moto("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
    if "KMSMasterKeyID" in default:
        world.keys[f"arn:aws:s3:::{bucket}"] = default["KMSMasterKeyID"]


def _keep_bucket(world: World, resource: Resource, made: Made) -> Made:
    _describe_bucket(world.moto("s3"), made.physical_id, resource.properties)
    return made


def _drop_bucket(world: World, _resource: Resource, made: Made) -> None:
    """As on AWS, a bucket with objects in it stays and the deletion fails."""
    world.moto("s3").delete_bucket(Bucket=made.physical_id)
    world.keys.pop(f"arn:aws:s3:::{made.physical_id}", None)


def _bucket_policy(world: World, resource: Resource) -> Made:
    bucket = resource.properties["Bucket"]
    arn = f"arn:aws:s3:::{bucket}"
    world.policies[arn] = statements(resource.properties["PolicyDocument"], f"{bucket}/policy")
    return Made(f"{bucket}-policy", {"Bucket": bucket})


def _drop_bucket_policy(world: World, _resource: Resource, made: Made) -> None:
    world.policies.pop(f"arn:aws:s3:::{made.attributes['Bucket']}", None)


def _key(world: World, resource: Resource) -> Made:
    p = resource.properties
    described = world.moto("kms").create_key(Description=p.get("Description", ""))["KeyMetadata"]
    arn = described["Arn"]
    world.policies[arn] = statements(p["KeyPolicy"], f"{resource.logical_id}/policy")
    if p.get("EnableKeyRotation"):
        world.moto("kms").enable_key_rotation(KeyId=arn)
    return Made(described["KeyId"], {"Arn": arn, "KeyId": described["KeyId"]})


def _change_key(world: World, resource: Resource, made: Made) -> Made:
    world.policies[made.attributes["Arn"]] = statements(
        resource.properties["KeyPolicy"], f"{resource.logical_id}/policy"
    )
    return made


def _drop_key(world: World, _resource: Resource, made: Made) -> None:
    world.moto("kms").schedule_key_deletion(KeyId=made.physical_id, PendingWindowInDays=7)
    world.policies.pop(made.attributes["Arn"], None)


def _alias(world: World, resource: Resource) -> Made:
    name, target = resource.properties["AliasName"], resource.properties["TargetKeyId"]
    world.moto("kms").create_alias(AliasName=name, TargetKeyId=target)
    world.gateway.known(name, target)
    return Made(name)


def _drop_alias(world: World, _resource: Resource, made: Made) -> None:
    world.moto("kms").delete_alias(AliasName=made.physical_id)


KINDS = {
    "AWS::DynamoDB::Table": Kind(
        _table,
        _drop_table,
        (
            "TableName", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode",
            "SSESpecification", "TimeToLiveSpecification", "PointInTimeRecoverySpecification",
            "DeletionProtectionEnabled",
        ),
        TAGS,
        _keep_table,
    ),
    "AWS::S3::Bucket": Kind(
        _bucket,
        _drop_bucket,
        (
            "BucketName", "VersioningConfiguration", "PublicAccessBlockConfiguration", "BucketEncryption", "Tags",
            "LifecycleConfiguration",
        ),
        {
            "OwnershipControls": "there are no other accounts and no ACLs here",
        },
        _keep_bucket,
    ),
    "AWS::S3::BucketPolicy": Kind(_bucket_policy, _drop_bucket_policy, ("Bucket", "PolicyDocument")),
    "AWS::KMS::Key": Kind(
        _key,
        _drop_key,
        ("Description", "KeyPolicy", "EnableKeyRotation"),
        TAGS | {"PendingWindowInDays": "nothing here lives for days"},
        _change_key,
    ),
    "AWS::KMS::Alias": Kind(_alias, _drop_alias, ("AliasName", "TargetKeyId")),
}  # fmt: skip
