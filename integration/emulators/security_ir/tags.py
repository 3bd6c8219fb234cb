"""Tags of cases and memberships, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import require_tags
from .errors import invalid, not_found
from .model import shape
from .records import Case

if TYPE_CHECKING:
    from .records import Caller, Fields, Membership
    from .service import World


def _resource(world: World, arn: str) -> Case | Membership:
    """Raises ApiError ResourceNotFoundException, also for an ARN of another account or region."""
    owner, _, name = arn.rpartition(":")
    kind, _, resource_id = name.partition("/")
    known: dict[str, Case] | dict[str, Membership] = world.cases if kind == "case" else world.memberships
    if owner != f"arn:aws:security-ir:{world.region}:{world.account}" or resource_id not in known:
        raise not_found(f"Resource {arn} was not found")
    return known[resource_id]


def tag_resource(world: World, caller: Caller, ask: Fields) -> Fields:
    resource = _resource(world, ask["resourceArn"])
    tags = resource.tags | require_tags(ask["tags"])
    if len(tags) > shape("TagMap").metadata["max"]:
        raise invalid("A resource holds no more tags")
    resource.tags = tags
    _record(world, caller, resource)
    return {}


def untag_resource(world: World, caller: Caller, ask: Fields) -> Fields:
    resource = _resource(world, ask["resourceArn"])
    resource.tags = {key: value for key, value in resource.tags.items() if key not in ask["tagKeys"]}
    _record(world, caller, resource)
    return {}


def list_tags_for_resource(world: World, _: Caller, ask: Fields) -> Fields:
    return {"tags": _resource(world, ask["resourceArn"]).tags}


def _record(world: World, caller: Caller, resource: Case | Membership) -> None:
    if isinstance(resource, Case):
        world.record(resource, caller, "TagsUpdated", "Updated the tags of the case")
