"""The contract of a resource type, and the refusal of whatever it does not know."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integration.aws_plane.world import World


class UnknownResource(ValueError):
    """A type, or a property of a type, that the plane neither uses nor ignores for a stated reason."""


@dataclass(frozen=True)
class Resource:
    """One resource of one stack with its properties resolved."""

    stack: str
    stack_id: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]

    def named(self, name: Any, longest: int = 64) -> str:
        """The template's own name, else one made as CloudFormation does, but the same every time."""
        if name:
            return str(name)
        digest = hashlib.sha256(f"{self.stack}/{self.logical_id}".encode()).hexdigest()[:12]
        return f"{self.stack}-{self.logical_id}"[: longest - 13] + "-" + digest


@dataclass(frozen=True)
class Made:
    """`physical_id` is what Ref gives; `attributes` are what GetAtt gives. `replaces`: the former still stands."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    replaces: bool = False


def nothing(_world: World, _resource: Resource, _made: Made) -> None:
    """For types whose trace goes with the resource they belong to."""


@dataclass(frozen=True)
class Kind:
    """`used` and `ignored` name properties; a dotted path (`Target.Arn`) narrows the objects inside.

    Without `update` a changed resource is deleted and made again.
    """

    create: Callable[[World, Resource], Made]
    delete: Callable[[World, Resource, Made], None]
    used: tuple[str, ...]
    ignored: Mapping[str, str] = field(default_factory=dict)
    update: Callable[[World, Resource, Made], Made] | None = None


TAGS = {"Tags": "nothing here is found or billed by tag"}
"""Ignored by most types."""


def check(kind: Kind, resource: Resource) -> None:
    """Raises UnknownResource naming every property that nobody thought about."""
    known = {*kind.used, *kind.ignored}
    unknown = sorted(set(_unknown(resource.properties, "", known, kind.ignored)))
    if unknown:
        raise UnknownResource(
            f"{resource.stack}/{resource.logical_id} ({resource.type}): the plane does not know {', '.join(unknown)}"
        )


def _unknown(value: Any, prefix: str, known: set[str], ignored: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _unknown(each, prefix, known, ignored)
    if not isinstance(value, Mapping):
        return
    for name, inner in value.items():
        path = f"{prefix}{name}"
        if path not in known:
            yield path
        elif path not in ignored and any(other.startswith(path + ".") for other in known):
            yield from _unknown(inner, path + ".", known, ignored)
