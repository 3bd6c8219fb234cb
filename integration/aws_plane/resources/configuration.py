"""SSM parameters, secrets and their rotation, alarms and dashboards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource
from integration.aws_plane.rotation import Rotation
from integration.aws_plane.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.world import World


def _parameter(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("Name"), 512)
    options = {"Tier": p["Tier"]} if "Tier" in p else {}
    world.moto("ssm").put_parameter(Name=name, Type=p["Type"], Value=p["Value"], Overwrite=True, **options)
    return Made(name, {"Type": p["Type"], "Value": p["Value"]})


def _change_parameter(world: World, resource: Resource, _made: Made) -> Made:
    return _parameter(world, resource)


def _drop_parameter(world: World, _resource: Resource, made: Made) -> None:
    world.moto("ssm").delete_parameter(Name=made.physical_id)


def _secret(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("Name"), 512)
    options = {key: p[key] for key in ("KmsKeyId", "Description") if key in p}
    if "GenerateSecretString" in p:
        options["SecretString"] = _generated(world, p["GenerateSecretString"])
    arn = world.moto("secretsmanager").create_secret(Name=name, **options)["ARN"]
    world.gateway.known(f"secret:{name}", arn)
    if "KmsKeyId" in p:
        world.keys[arn] = p["KmsKeyId"]
    return Made(arn, {"Id": arn, "_name": name})


_PASSWORD = (
    "PasswordLength", "ExcludeCharacters", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase",
    "ExcludeLowercase", "IncludeSpace", "RequireEachIncludedType",
)  # fmt: skip


def _generated(world: World, how: Mapping[str, Any]) -> str:
    """A JSON object with the password under `GenerateStringKey`, or the password alone."""
    options = {key: how[key] for key in _PASSWORD if key in how}
    password: str = world.moto("secretsmanager").get_random_password(**options)["RandomPassword"]
    if "GenerateStringKey" not in how:
        return password
    return json.dumps(json.loads(how["SecretStringTemplate"]) | {how["GenerateStringKey"]: password})


def _keep_secret(_world: World, _resource: Resource, made: Made) -> Made:
    """How the first value was generated does not concern the value it has now."""
    return made


def _drop_secret(world: World, _resource: Resource, made: Made) -> None:
    world.moto("secretsmanager").delete_secret(SecretId=made.physical_id, ForceDeleteWithoutRecovery=True)
    world.keys.pop(made.physical_id, None)


def _rotation(world: World, resource: Resource) -> Made:
    p = resource.properties
    arn, rules = p["SecretId"], p.get("RotationRules", {})
    if "AutomaticallyAfterDays" not in rules:
        raise UnknownResource(f"{resource.logical_id}: the plane rotates by AutomaticallyAfterDays only")
    world.rotations.add(Rotation(arn, p["RotationLambdaARN"].rpartition(":")[2], rules))
    every = int(rules["AutomaticallyAfterDays"]) * 86400
    world.clock.add(Schedule(f"rotate {arn}", every, lambda: world.rotations.rotate_later(arn), at_once=False))
    later = world.rotations.rotate_later if p.get("RotateImmediatelyOnUpdate", True) else world.rotations.test_later
    later(arn)
    return Made(arn)


def _drop_rotation(world: World, _resource: Resource, made: Made) -> None:
    world.clock.remove(f"rotate {made.physical_id}")
    world.rotations.remove(made.physical_id)


def _alarm(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("AlarmName"), 255)
    options = {k: v for k, v in resource.properties.items() if k not in ("AlarmName", "Tags")}
    world.moto("cloudwatch").put_metric_alarm(AlarmName=name, **options)
    return Made(name, {"Arn": world.place.arn("cloudwatch", f"alarm:{name}")})


def _drop_alarm(world: World, _resource: Resource, made: Made) -> None:
    world.moto("cloudwatch").delete_alarms(AlarmNames=[made.physical_id])


def _dashboard(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("DashboardName"), 255)
    world.moto("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=resource.properties["DashboardBody"])
    return Made(name)


def _drop_dashboard(world: World, _resource: Resource, made: Made) -> None:
    world.moto("cloudwatch").delete_dashboards(DashboardNames=[made.physical_id])


_ALARM = (
    "AlarmName", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions",
    "EvaluationPeriods", "MetricName", "Metrics", "Namespace", "OKActions", "Period", "Statistic", "ExtendedStatistic",
    "Threshold", "TreatMissingData", "ActionsEnabled", "Unit",
)  # fmt: skip
KINDS = {
    "AWS::SSM::Parameter": Kind(
        _parameter, _drop_parameter, ("Name", "Type", "Value", "Tier"), TAGS | {"Description": "for people"},
        _change_parameter,
    ),
    "AWS::SecretsManager::Secret": Kind(
        _secret, _drop_secret,
        ("Name", "Description", "KmsKeyId", "GenerateSecretString", "GenerateSecretString.GenerateStringKey",
         "GenerateSecretString.SecretStringTemplate", *(f"GenerateSecretString.{name}" for name in _PASSWORD)),
        TAGS, _keep_secret,
    ),
    "AWS::SecretsManager::RotationSchedule": Kind(
        _rotation, _drop_rotation,
        ("SecretId", "RotationLambdaARN", "RotationRules", "RotationRules.AutomaticallyAfterDays",
         "RotateImmediatelyOnUpdate"),
    ),
    "AWS::CloudWatch::Alarm": Kind(_alarm, _drop_alarm, _ALARM, TAGS),
    "AWS::CloudWatch::Dashboard": Kind(_dashboard, _drop_dashboard, ("DashboardName", "DashboardBody"), TAGS),
}  # fmt: skip
