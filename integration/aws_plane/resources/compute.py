"""Roles, functions, event source mappings, schedules, custom resources: the plane's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from integration.aws_plane.authority import Need
from integration.aws_plane.calls import Call
from integration.aws_plane.custom_resource import Asked
from integration.aws_plane.event_sources import Poller, Source
from integration.aws_plane.function import DEFAULT_CONCURRENCY, Definition
from integration.aws_plane.iam import Role, Statement, statements
from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource, nothing
from integration.aws_plane.schedules import Schedule, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.world import World

MANAGED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "service-role/AWSLambdaBasicExecutionRole": (
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"), ("*",),
    ),
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs": (
        (
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
            "logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents",
        ), ("*",),
    ),
}  # fmt: skip
"""AWS's managed policies that templates of ours name: (actions, resources). Source: IAM managed policy reference."""


def _role(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("RoleName"))
    arn = f"arn:aws:iam::{world.place.account}:role{p.get('Path', '/')}{name}"
    role = world.roles.setdefault(arn, Role(name, arn, []))
    role.trust_document = p["AssumeRolePolicyDocument"]
    role.trust = statements(role.trust_document, f"{name}/trust")
    role.statements = [s for policy in p.get("Policies", []) for s in _inline(name, policy)]
    role.boundary = _boundary(world, p["PermissionsBoundary"]) if "PermissionsBoundary" in p else None
    role.statements += [_managed(name, arn) for arn in p.get("ManagedPolicyArns", [])]
    return Made(name, {"Arn": arn, "RoleId": f"AROA{name}"})


def _boundary(world: World, policy_arn: str) -> list[Statement]:
    """Of a policy somebody made in the account; AWS refuses a role whose boundary does not exist."""
    policies = world.moto("iam")
    version = policies.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
    document = policies.get_policy_version(PolicyArn=policy_arn, VersionId=version)["PolicyVersion"]["Document"]
    return statements(document, f"{policy_arn.rpartition('/')[2]}/boundary")


def _inline(role: str, policy: Mapping[str, Any]) -> list[Statement]:
    return statements(policy["PolicyDocument"], f"{role}/{policy['PolicyName']}")


def _managed(role: str, policy_arn: str) -> Statement:
    name = policy_arn.partition(":policy/")[2]
    if name not in MANAGED:
        raise UnknownResource(f"{role}: the plane does not know the managed policy {name}")
    actions, resources = MANAGED[name]
    return Statement(f"{role}/{name}/0", True, actions, resources)


def _change_role(world: World, resource: Resource, made: Made) -> Made:
    """Another name makes another role; the former stands until whoever replaced it takes it away."""
    changed = _role(world, resource)
    return Made(changed.physical_id, changed.attributes, replaces=changed.physical_id != made.physical_id)


def _drop_role(world: World, _resource: Resource, made: Made) -> None:
    del world.roles[made.attributes["Arn"]]


def _policy(world: World, resource: Resource) -> Made:
    """Attached to the roles it names, besides what they have inline."""
    p = resource.properties
    for role in _roles_named(world, p["Roles"]):
        kept = [s for s in role.statements if not s.origin.startswith(f"{role.name}/{p['PolicyName']}/")]
        role.statements = kept + _inline(role.name, p)
    return Made(p["PolicyName"])


def _roles_named(world: World, names: list[str]) -> list[Role]:
    return [role for role in world.roles.values() if role.name in names]


def _change_policy(world: World, resource: Resource, _made: Made) -> Made:
    return _policy(world, resource)


def _drop_policy(world: World, resource: Resource, made: Made) -> None:
    for role in _roles_named(world, resource.properties["Roles"]):
        role.statements = [s for s in role.statements if not s.origin.startswith(f"{role.name}/{made.physical_id}/")]


def _function(world: World, resource: Resource) -> Made:
    p = resource.properties
    name = resource.named(p.get("FunctionName"))
    role = world.roles.get(p["Role"])
    if role is None or not role.trusts("lambda.amazonaws.com"):
        raise UnknownResource(f"{name}: its role cannot be assumed by Lambda: {p['Role']}")
    logging = p.get("LoggingConfig", {})
    arn = world.place.arn("lambda", f"function:{name}")
    reserved = p.get("ReservedConcurrentExecutions")
    world.functions.concurrency.reserve(name, None if reserved is None else int(reserved))
    world.functions.define(
        Definition(
            name=name,
            arn=arn,
            handler=p["Handler"],
            role=role,
            variables={k: str(v) for k, v in p.get("Environment", {}).get("Variables", {}).items()},
            timeout_s=float(p.get("Timeout", 3)),
            memory_mib=int(p.get("MemorySize", 128)),
            concurrency=DEFAULT_CONCURRENCY if reserved is None else int(reserved),
            log_format=logging.get("LogFormat", "Text"),
            log_group=logging.get("LogGroup", ""),
        )
    )
    return Made(name, {"Arn": arn})


def _change_function(world: World, resource: Resource, _made: Made) -> Made:
    return _function(world, resource)


def _drop_function(world: World, _resource: Resource, made: Made) -> None:
    world.functions.remove(made.physical_id)


def _permission(world: World, resource: Resource) -> Made:
    p = resource.properties
    function = world.functions[p["FunctionName"]]
    document = {"Statement": [{
        "Effect": "Allow",
        "Action": p["Action"],
        "Principal": {"Service": p["Principal"]},
        "Resource": function.definition.arn,
        "Condition": _source(p),
    }]}  # fmt: skip
    made = Made(resource.named(None, 100), {"_function": function.name})
    function.permissions[:] = [s for s in function.permissions if not s.origin.startswith(made.physical_id)]
    function.permissions += statements(document, made.physical_id)
    return made


def _source(properties: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "SourceArn" in properties:
        found["ArnLike"] = {"aws:SourceArn": properties["SourceArn"]}
    if "SourceAccount" in properties:
        found["StringEquals"] = {"aws:SourceAccount": properties["SourceAccount"]}
    return found


def _drop_permission(world: World, _resource: Resource, made: Made) -> None:
    if made.attributes["_function"] in world.functions:
        function = world.functions[made.attributes["_function"]]
        function.permissions[:] = [s for s in function.permissions if not s.origin.startswith(made.physical_id)]


def _mapping(world: World, resource: Resource) -> Made:
    p = resource.properties
    function, queue_arn = world.functions[p["FunctionName"]], p["EventSourceArn"]
    if queue_arn.split(":")[2] != "sqs":
        raise UnknownResource(f"{resource.logical_id}: the plane maps queues only")
    _may_poll(world, resource, queue_arn)
    url = world.moto("sqs").get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
    source = Source(
        url,
        queue_arn,
        int(p.get("BatchSize", 10)),
        int(p.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)),
        "ReportBatchItemFailures" in p.get("FunctionResponseTypes", []),
        p.get("Enabled", True),
        float(_visibility(world, url)),
    )
    poller = Poller(source, function, world.moto("sqs"), world.place.region)
    made = Made(resource.named(None, 100), {"Id": resource.named(None, 100)})
    world.pollers[made.physical_id] = poller
    poller.start()
    return made


def _visibility(world: World, url: str) -> str:
    asked = {"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]}
    found: dict[str, str] = world.moto("sqs").get_queue_attributes(**asked)["Attributes"]
    return found["VisibilityTimeout"]


def _may_poll(world: World, resource: Resource, queue_arn: str) -> None:
    """AWS refuses to create a mapping whose function's role cannot poll (CreateEventSourceMapping)."""
    role = world.functions[resource.properties["FunctionName"]].definition.role
    for operation in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        call = Call("sqs", operation)
        needed = [Need(f"sqs:{operation}", queue_arn, implicit=True)]
        if world.gateway.refused(role, resource.logical_id, needed, call):
            message = f"the provided execution role does not have permissions to call {operation} on SQS"
            raise UnknownResource(f"{resource.logical_id}: {message}")


def _drop_mapping(world: World, _resource: Resource, made: Made) -> None:
    world.pollers.pop(made.physical_id).stop()


def _invoke_config(world: World, resource: Resource) -> Made:
    p = resource.properties
    function = world.functions[p["FunctionName"]]
    function.retries = int(p.get("MaximumRetryAttempts", 2))
    function.event_age_s = float(p.get("MaximumEventAgeInSeconds", 6 * 3600))
    return Made(resource.named(None, 100))


def _change_invoke_config(world: World, resource: Resource, _made: Made) -> Made:
    return _invoke_config(world, resource)


def _group(_world: World, resource: Resource) -> Made:
    return Made(resource.properties["Name"])


def _schedule(world: World, resource: Resource) -> Made:
    p = resource.properties
    name, target = resource.named(p.get("Name")), p["Target"]
    if target["Arn"].split(":")[2] != "lambda":
        raise UnknownResource(f"{resource.logical_id}: the plane's schedules start functions only")
    role = world.roles[target["RoleArn"]]
    if not role.trusts("scheduler.amazonaws.com"):
        raise UnknownResource(f"{resource.logical_id}: its role cannot be assumed by EventBridge Scheduler")

    def fire() -> None:
        needed = [Need("lambda:InvokeFunction", target["Arn"], implicit=True)]
        if world.gateway.refused(role, name, needed, Call("lambda", "Invoke")) is None:
            world.functions.later(target["Arn"], json.loads(target.get("Input", "{}")))

    if p.get("State", "ENABLED") == "ENABLED":
        world.clock.add(Schedule(name, seconds_between(p["ScheduleExpression"]), fire))
    return Made(name, {"Arn": world.place.arn("scheduler", f"schedule/{p.get('GroupName', 'default')}/{name}")})


def _drop_schedule(world: World, _resource: Resource, made: Made) -> None:
    world.clock.remove(made.physical_id)


def _asked(resource: Resource) -> Asked:
    p = resource.properties
    rest = {k: v for k, v in p.items() if k != "ServiceTimeout"}
    timeout_s = float(p.get("ServiceTimeout", 3600))
    function = p["ServiceToken"].rpartition(":")[2]
    return Asked(resource.stack, resource.stack_id, resource.logical_id, resource.type, function, rest, timeout_s)


def _custom(world: World, resource: Resource) -> Made:
    answer = world.custom.ask("Create", _asked(resource))
    return Made(answer["PhysicalResourceId"], answer.get("Data") or {})


def _change_custom(world: World, resource: Resource, made: Made, old: Mapping[str, Any]) -> Made:
    """Another physical id means the old one was replaced, so it is deleted, as CloudFormation does after the update."""
    asked = _asked(resource)
    answer = world.custom.ask("Update", asked, made.physical_id, old)
    if answer["PhysicalResourceId"] != made.physical_id:
        world.custom.ask("Delete", asked, made.physical_id)
    return Made(answer["PhysicalResourceId"], answer.get("Data") or {})


def _drop_custom(world: World, resource: Resource, made: Made) -> None:
    world.custom.ask("Delete", _asked(resource), made.physical_id)


_IN_LAMBDA = {
    "Architectures": "functions run on this machine's processor",
    "Code": "functions run from the repository; a test imports every handler from the bundle",

    "Runtime": "functions run on this machine's Python",
    "Description": "for people",
    "VpcConfig": "there is no network but this machine's",
    "TracingConfig": "there is no X-Ray here",
}  # fmt: skip
KINDS = {
    "AWS::IAM::Role": Kind(
        _role, _drop_role,
        (
            "RoleName", "Path", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "PermissionsBoundary",
        ),
        TAGS | {"Description": "for people", "MaxSessionDuration": "a session lasts an hour at most"}, _change_role,
    ),
    "AWS::IAM::Policy": Kind(_policy, _drop_policy, ("PolicyName", "PolicyDocument", "Roles"), {}, _change_policy),
    "AWS::Lambda::Function": Kind(
        _function, _drop_function,
        (
            "FunctionName", "Handler", "Role", "Environment", "Environment.Variables", "Timeout", "MemorySize",
            "ReservedConcurrentExecutions", "LoggingConfig", "LoggingConfig.LogFormat", "LoggingConfig.LogGroup",
        ),
        TAGS | _IN_LAMBDA | {"LoggingConfig.ApplicationLogLevel": "the functions set their own level"},
        _change_function,
    ),
    "AWS::Lambda::Permission": Kind(
        _permission, _drop_permission, ("Action", "FunctionName", "Principal", "SourceArn", "SourceAccount")
    ),
    "AWS::Lambda::EventInvokeConfig": Kind(
        _invoke_config, nothing, ("FunctionName", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
        {"Qualifier": "there is only $LATEST"},
        _change_invoke_config,
    ),
    "AWS::Lambda::EventSourceMapping": Kind(
        _mapping, _drop_mapping,
        (
            "FunctionName", "EventSourceArn", "BatchSize", "FunctionResponseTypes", "Enabled", "ScalingConfig",
            "ScalingConfig.MaximumConcurrency",
        ),
        TAGS,
    ),
    "AWS::Scheduler::ScheduleGroup": Kind(_group, nothing, ("Name",), TAGS),
    "AWS::Scheduler::Schedule": Kind(
        _schedule, _drop_schedule,
        ("Name", "GroupName", "ScheduleExpression", "State", "Target", "Target.Arn", "Target.RoleArn", "Target.Input"),
        {
            "Description": "for people",
            "FlexibleTimeWindow": "fires on time",
            "Target.DeadLetterConfig": "starting a function on one machine does not fail",
            "Target.RetryPolicy": "starting a function on one machine does not fail",
        },
    ),
}  # fmt: skip
_ANY = ("*",)
CUSTOM = Kind(_custom, _drop_custom, _ANY)
"""For `Custom::…` and `AWS::CloudFormation::CustomResource`: every property is the function's."""
change_custom = _change_custom
