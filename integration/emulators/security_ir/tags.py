"""Tags of cases and memberships, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import require_tags
from .errors import invalid, not_found
from .model import shape
from .records import Case

if TYPE_CHECKING:
    from .records import Caller, Fields, Membership
    from .service import Service


def _resource(service: Service, arn: str) -> Case | Membership:
    """Raises ApiError ResourceNotFoundException, also for an ARN of another account or region."""
    owner, _, name = arn.rpartition(":")
    kind, _, resource_id = name.partition("/")
    known: dict[str, Case] | dict[str, Membership] = service.cases if kind == "case" else service.memberships
    if owner != f"arn:aws:security-ir:{service.region}:{service.account}" or resource_id not in known:
        raise not_found(f"Resource {arn} was not found")
    return known[resource_id]


def tag_resource(service: Service, caller: Caller, ask: Fields) -> Fields:
    resource = _resource(service, ask["resourceArn"])
    tags = resource.tags | require_tags(ask["tags"])
    if len(tags) > shape("TagMap").metadata["max"]:
        raise invalid("A resource holds no more tags")
    resource.tags = tags
    _record(service, caller, resource)
    return {}


def untag_resource(service: Service, caller: Caller, ask: Fields) -> Fields:
    resource = _resource(service, ask["resourceArn"])
    resource.tags = {key: value for key, value in resource.tags.items() if key not in ask["tagKeys"]}
    _record(service, caller, resource)
    return {}


def list_tags_for_resource(service: Service, _: Caller, ask: Fields) -> Fields:
    return {"tags": _resource(service, ask["resourceArn"]).tags}


def _record(service: Service, caller: Caller, resource: Case | Membership) -> None:
    if isinstance(resource, Case):
        service.record(resource, caller, "TagsUpdated", "Updated the tags of the case")
