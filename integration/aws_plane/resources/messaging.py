"""SQS, EventBridge, SNS, log groups: made in moto through their ordinary APIs.

moto delivers whatever a rule matches; whether AWS would (queue policy, log resource policy) is checked when the
deployment is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integration.aws_plane.authority import bus_arn
from integration.aws_plane.iam import Principal, judge, statements
from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource, nothing
from integration.aws_plane.world import World, policy_of

MATCHERS = frozenset({
    "exists", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "wildcard", "cidr",
})  # fmt: skip
"""What moto's matcher knows; it would take an unknown operator as a match."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_QUEUE = {
    "VisibilityTimeout": "VisibilityTimeout", "MessageRetentionPeriod": "MessageRetentionPeriod",
    "DelaySeconds": "DelaySeconds", "ReceiveMessageWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "KmsMasterKeyId": "KmsMasterKeyId", "SqsManagedSseEnabled": "SqsManagedSseEnabled",
    "RedrivePolicy": "RedrivePolicy",
}  # fmt: skip


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    found = {name: properties[name] for name in _QUEUE if name in properties}
    return {k: json.dumps(v) if isinstance(v, dict) else str(v).lower() if isinstance(v, bool) else str(v)
            for k, v in found.items()}  # fmt: skip


def _queue(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("QueueName"), 80)
    url = world.moto("sqs").create_queue(QueueName=name, Attributes=_attributes(resource.properties))["QueueUrl"]
    arn = world.place.arn("sqs", name)
    key = resource.properties.get("KmsMasterKeyId")
    if key:
        world.keys[arn] = key
    return Made(f"{world.gateway.url}/{world.place.account}/{name}", {"Arn": arn, "QueueName": name, "_url": url})


def _change_queue(world: World, resource: Resource, made: Made) -> Made:
    if resource.named(resource.properties.get("QueueName"), 80) != made.attributes["QueueName"]:
        raise UnknownResource(f"{resource.logical_id}: a queue cannot be renamed; its messages would be lost")
    world.moto("sqs").set_queue_attributes(
        QueueUrl=made.attributes["_url"], Attributes=_attributes(resource.properties)
    )
    return made


def _drop_queue(world: World, _resource: Resource, made: Made) -> None:
    world.moto("sqs").delete_queue(QueueUrl=made.attributes["_url"])
    world.keys.pop(made.attributes["Arn"], None)


def _queue_policy(world: World, resource: Resource) -> Made:
    arns = [world.place.arn("sqs", url.rpartition("/")[2]) for url in resource.properties["Queues"]]
    for arn in arns:
        world.policies[arn] = statements(resource.properties["PolicyDocument"], f"{arn.rpartition(':')[2]}/policy")
    return Made(resource.named(None), {"_arns": arns})


def _drop_queue_policy(world: World, _resource: Resource, made: Made) -> None:
    for arn in made.attributes["_arns"]:
        world.policies.pop(arn, None)


def _bus(world: World, resource: Resource) -> Made:
    name = resource.properties["Name"]
    arn = world.moto("events").create_event_bus(Name=name)["EventBusArn"]
    return Made(name, {"Arn": arn, "Name": name})


def _drop_bus(world: World, _resource: Resource, made: Made) -> None:
    world.moto("events").delete_event_bus(Name=made.physical_id)


def _bus_policy(world: World, resource: Resource) -> Made:
    """One statement of the bus's policy, known by its id."""
    p = resource.properties
    arn, said = bus_arn(p.get("EventBusName"), world.place), p["StatementId"]
    held = world.policies.setdefault(arn, [])
    held += statements({"Statement": p["Statement"]}, f"{arn.rpartition('/')[2]}/{said}")
    return Made(f"{arn}|{said}")


def _drop_bus_policy(world: World, _resource: Resource, made: Made) -> None:
    arn, _, said = made.physical_id.partition("|")
    held = world.policies[arn]
    held[:] = [s for s in held if not s.origin.startswith(f"{arn.rpartition('/')[2]}/{said}/")]


def _rule(world: World, resource: Resource) -> Made:
    p = resource.properties
    name, bus = resource.named(p.get("Name")), p.get("EventBusName", "default")
    bad = sorted(set(_operators(p["EventPattern"])) - MATCHERS)
    if bad:
        raise UnknownResource(f"{resource.logical_id}: event pattern operator {', '.join(bad)}")
    arn = world.place.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
    events = world.moto("events")
    events.put_rule(
        Name=name, EventBusName=bus, EventPattern=json.dumps(p["EventPattern"]), State=p.get("State", "ENABLED")
    )
    _set_targets(world, resource, name, bus)
    targets = [t["Arn"] for t in p.get("Targets", [])]
    world.checks[arn] = lambda: _undeliverable(world, name, arn, targets)
    return Made(name if bus == "default" else f"{bus}|{name}", {"Arn": arn, "_name": name, "_bus": bus})


def _set_targets(world: World, resource: Resource, name: str, bus: str) -> None:
    wanted = [{"Id": t["Id"], "Arn": t["Arn"].removesuffix(":*")} for t in resource.properties.get("Targets", [])]
    for target in wanted:
        if target["Arn"].split(":")[2] not in ("sqs", "logs"):
            raise UnknownResource(f"{resource.logical_id}: the plane's rules reach queues and log groups only")
    world.moto("events").put_targets(Rule=name, EventBusName=bus, Targets=wanted)


def _operators(pattern: Any) -> Iterator[str]:
    """The operators inside the lists of a pattern: `{"detail": {"n": [{"prefix": "x"}]}}` → prefix."""
    if isinstance(pattern, Mapping):
        for value in pattern.values():
            yield from _operators(value)
    elif isinstance(pattern, list):
        for item in pattern:
            if isinstance(item, Mapping):
                yield from item


def _undeliverable(world: World, rule: str, rule_arn: str, targets: Iterable[str]) -> Iterator[str]:
    """AWS would drop these events without a word."""
    events = Principal("Service", ("events.amazonaws.com",))
    context = {
        "aws:SourceArn": rule_arn, "aws:SourceAccount": world.place.account, "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
    }  # fmt: skip
    for target in targets:
        service = target.split(":")[2]
        needed = ("sqs:SendMessage",) if service == "sqs" else ("logs:CreateLogStream", "logs:PutLogEvents")
        touched = target if service == "sqs" else target.removesuffix(":*") + ":*"
        for action in needed:
            if not judge([], policy_of(world.policies, touched), events, action, touched, context).allowed:
                yield f"rule {rule} may not {action} on {target}: its resource policy does not let EventBridge in"


def _drop_rule(world: World, resource: Resource, made: Made) -> None:
    name, bus = made.attributes["_name"], made.attributes["_bus"]
    ids = [target["Id"] for target in resource.properties.get("Targets", [])]
    world.moto("events").remove_targets(Rule=name, EventBusName=bus, Ids=ids)
    world.moto("events").delete_rule(Name=name, EventBusName=bus)
    world.checks.pop(made.attributes["Arn"], None)


def _topic(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("TopicName"), 256)
    arn = world.moto("sns").create_topic(Name=name)["TopicArn"]
    if "KmsMasterKeyId" in resource.properties:
        world.keys[arn] = resource.properties["KmsMasterKeyId"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _drop_topic(world: World, _resource: Resource, made: Made) -> None:
    world.moto("sns").delete_topic(TopicArn=made.physical_id)
    world.keys.pop(made.physical_id, None)


def _topic_policy(world: World, resource: Resource) -> Made:
    for arn in resource.properties["Topics"]:
        world.policies[arn] = statements(resource.properties["PolicyDocument"], f"{resource.logical_id}/policy")
    return Made(resource.named(None), {"_arns": resource.properties["Topics"]})


def _subscription(world: World, resource: Resource) -> Made:
    p = resource.properties
    if p["Protocol"] == "email" and not _ADDRESS.fullmatch(p["Endpoint"]):
        raise ValueError("Invalid parameter: Email address")
    made = world.moto("sns").subscribe(
        TopicArn=p["TopicArn"], Protocol=p["Protocol"], Endpoint=p["Endpoint"], ReturnSubscriptionArn=True
    )
    return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})


def _drop_subscription(world: World, _resource: Resource, made: Made) -> None:
    world.moto("sns").unsubscribe(SubscriptionArn=made.physical_id)


def _log_group(world: World, resource: Resource) -> Made:
    name = resource.named(resource.properties.get("LogGroupName"), 512)
    world.moto("logs").create_log_group(logGroupName=name)
    return _set_log_group(world, resource, Made(name, {"Arn": world.place.arn("logs", f"log-group:{name}:*")}))


def _set_log_group(world: World, resource: Resource, made: Made) -> Made:
    p, name = resource.properties, made.physical_id
    if "RetentionInDays" in p:
        world.moto("logs").put_retention_policy(logGroupName=name, retentionInDays=p["RetentionInDays"])
    arn = made.attributes["Arn"].removesuffix(":*")
    world.policies.pop(arn, None)
    if "ResourcePolicyDocument" in p:
        world.policies[arn] = statements(p["ResourcePolicyDocument"], f"{name}/policy")
    return made


def _drop_log_group(world: World, _resource: Resource, made: Made) -> None:
    world.policies.pop(made.attributes["Arn"].removesuffix(":*"), None)
    world.moto("logs").delete_log_group(logGroupName=made.physical_id)


def _log_policy(world: World, resource: Resource) -> Made:
    document = json.loads(resource.properties["PolicyDocument"])
    name = resource.properties["PolicyName"]
    world.moto("logs").put_resource_policy(policyName=name, policyDocument=json.dumps(document))
    held = world.policies.setdefault("logs", [])
    held[:] = [s for s in held if not s.origin.startswith(f"{name}/")] + statements(document, name)
    return Made(name)


def _drop_log_policy(world: World, _resource: Resource, made: Made) -> None:
    world.moto("logs").delete_resource_policy(policyName=made.physical_id)
    held = world.policies.get("logs", [])
    held[:] = [s for s in held if not s.origin.startswith(f"{made.physical_id}/")]


KINDS = {
    "AWS::SQS::Queue": Kind(_queue, _drop_queue, ("QueueName", *_QUEUE), TAGS, _change_queue),
    "AWS::SQS::QueuePolicy": Kind(_queue_policy, _drop_queue_policy, ("Queues", "PolicyDocument")),
    "AWS::Events::EventBus": Kind(
        _bus, _drop_bus, ("Name",), TAGS | {"Description": "for people"}, lambda _world, _resource, made: made
    ),
    "AWS::Events::EventBusPolicy": Kind(
        _bus_policy, _drop_bus_policy, ("EventBusName", "StatementId", "Statement"), {}, None
    ),
    "AWS::Events::Rule": Kind(
        _rule,
        _drop_rule,
        ("Name", "EventBusName", "EventPattern", "State", "Targets", "Targets.Arn", "Targets.Id"),
        TAGS | {
            "Description": "for people",
            "Targets.DeadLetterConfig": "delivery within one machine does not fail; the queue itself is made",
            "Targets.RetryPolicy": "delivery within one machine does not fail",
        },
    ),
    "AWS::SNS::Topic": Kind(_topic, _drop_topic, ("TopicName", "KmsMasterKeyId"), TAGS),
    "AWS::SNS::TopicPolicy": Kind(_topic_policy, nothing, ("Topics", "PolicyDocument")),
    "AWS::SNS::Subscription": Kind(
        _subscription, _drop_subscription, ("TopicArn", "Protocol", "Endpoint"),
        {"RedrivePolicy": "delivery within one machine does not fail; the queue itself is made"},
    ),
    "AWS::Logs::LogGroup": Kind(
        _log_group, _drop_log_group, ("LogGroupName", "RetentionInDays", "ResourcePolicyDocument"), TAGS,
        _set_log_group,
    ),
    "AWS::Logs::ResourcePolicy": Kind(_log_policy, _drop_log_policy, ("PolicyName", "PolicyDocument"), {}, None),
}  # fmt: skip
