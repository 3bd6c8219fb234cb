"""API keys, usage plans and who is in one: what AWS::ApiGateway::{ApiKey,UsagePlan,UsagePlanKey} make."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from integration.aws_plane.resources.gateway_api import short_id
from integration.aws_plane.resources.kinds import TAGS, Kind, Made, Resource, UnknownResource
from integration.aws_plane.usage import ApiKey, Plan

if TYPE_CHECKING:
    from integration.aws_plane.world import World

_PEOPLE = {"Description": "for people"}


def _key(world: World, resource: Resource) -> Made:
    """Without a value API Gateway makes one, of forty letters and digits. Names need not be unique."""
    p, made = resource.properties, short_id(resource)
    value = p.get("Value") or secrets.token_hex(20)
    if not (20 <= len(value) <= 128 and value.isascii() and value.isalnum()):
        raise UnknownResource(f"{resource.logical_id}: a key has 20 to 128 letters and digits")
    world.usage.keys[made] = ApiKey(made, resource.named(p.get("Name")), value, bool(p.get("Enabled")))
    return Made(made, {"APIKeyId": made})


def _change_key(world: World, resource: Resource, made: Made) -> Made:
    """Its value stays; another name or value is another key, as CloudFormation replaces it."""
    p, before = resource.properties, world.usage.keys[made.physical_id]
    world.usage.keys[made.physical_id] = ApiKey(
        before.id, resource.named(p.get("Name")), p.get("Value") or before.value, bool(p.get("Enabled"))
    )
    return made


def _drop_key(world: World, _resource: Resource, made: Made) -> None:
    world.usage.keys.pop(made.physical_id, None)
    world.usage.members -= {each for each in world.usage.members if each[1] == made.physical_id}


def _plan(world: World, resource: Resource) -> Made:
    p, made = resource.properties, short_id(resource)
    throttle, quota = p.get("Throttle", {}), p.get("Quota", {})
    stages = frozenset((each["ApiId"], each["Stage"]) for each in p.get("ApiStages", []))
    world.usage.forget(made)
    world.usage.plans[made] = Plan(
        made, stages, float(throttle["RateLimit"]) if "RateLimit" in throttle else None,
        int(throttle.get("BurstLimit", 0)), int(quota.get("Limit", 0)), quota.get("Period", "DAY"),
        int(quota.get("Offset", 0)), _methods(p.get("ApiStages", [])),
    )  # fmt: skip
    return Made(made, {"Id": made})


def _methods(stages: list[Any]) -> dict[tuple[str, str, str], tuple[float, int]]:
    """(API, stage, `/path/VERB`) → rate and burst of one key there."""
    return {
        (each["ApiId"], each["Stage"], method): (float(told["RateLimit"]), int(told["BurstLimit"]))
        for each in stages
        for method, told in each.get("Throttle", {}).items()
    }


def _drop_plan(world: World, _resource: Resource, made: Made) -> None:
    world.usage.plans.pop(made.physical_id, None)
    world.usage.forget(made.physical_id)


def _member(world: World, resource: Resource) -> Made:
    p = resource.properties
    if p["KeyType"] != "API_KEY":
        raise UnknownResource(f"{resource.logical_id}: {p['KeyType']}")
    world.usage.members.add((p["UsagePlanId"], p["KeyId"]))
    return Made(f"{p['KeyId']}:{p['UsagePlanId']}", {"Id": f"{p['KeyId']}:{p['UsagePlanId']}"})


def _drop_member(world: World, _resource: Resource, made: Made) -> None:
    key, plan = made.physical_id.split(":")
    world.usage.members.discard((plan, key))


KINDS = {
    "AWS::ApiGateway::ApiKey": Kind(
        _key, _drop_key, ("Name", "Value", "Enabled"),
        TAGS | _PEOPLE | {"StageKeys": "a usage plan names the stages"}, _change_key,
    ),
    "AWS::ApiGateway::UsagePlan": Kind(
        _plan, _drop_plan,
        (
            "ApiStages", "ApiStages.ApiId", "ApiStages.Stage", "ApiStages.Throttle",
            "Throttle", "Throttle.RateLimit", "Throttle.BurstLimit",
            "Quota", "Quota.Limit", "Quota.Period", "Quota.Offset",
        ),
        TAGS | _PEOPLE | {"UsagePlanName": "for people"},
        lambda world, resource, _made: _plan(world, resource),
    ),
    "AWS::ApiGateway::UsagePlanKey": Kind(_member, _drop_member, ("KeyId", "KeyType", "UsagePlanId")),
}  # fmt: skip
