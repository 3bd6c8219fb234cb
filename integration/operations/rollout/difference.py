"""What a deployment would change, by resource: the difference of two templates, before anything is done."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.operations.terminal.output import many

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

CAREFUL = (
    "AWS::IAM::", "AWS::KMS::", "AWS::Events::EventBusPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
    "AWS::S3::BucketPolicy",
)  # fmt: skip
"""Types whose change an administrator will want to read."""
_SAYS_NOTHING = {"AWS::CDK::Metadata"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource (or `Parameters`, `Outputs`) of one stack; `verb` is create, change or remove."""

    stack: str
    verb: str
    type: str
    name: str
    fields: tuple[str, ...] = ()

    @property
    def careful(self) -> bool:
        return self.type.startswith(CAREFUL)


def differences(stack: str, wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> Iterator[Difference]:
    """`there` None: the stack does not exist."""
    wanted = _as_told(wanted)
    ours, theirs = _resources(wanted), _resources(there or {})
    for name, resource in ours.items():
        if name not in theirs:
            yield Difference(stack, "create", resource["Type"], name)
        elif fields := _changed(resource, theirs[name]):
            yield Difference(stack, "change", resource["Type"], name, fields)
    for name in theirs.keys() - ours.keys():
        yield Difference(stack, "remove", theirs[name]["Type"], name)
    for part in ("Parameters", "Outputs"):
        if there is not None and (fields := _members(wanted.get(part) or {}, there.get(part) or {})):
            yield Difference(stack, "change", part, part, fields)


def _as_told(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """CloudFormation gives every character beyond ASCII back as a question mark."""
    text = json.dumps(template, ensure_ascii=False)
    told: dict[str, Any] = json.loads(text.encode("ascii", "replace").decode())
    return told


def summed(changes: Sequence[Difference], new: Collection[str]) -> list[tuple[str, str, str, str]]:
    """Rows for a person: of a stack in `new` one per type with its number, else one per resource."""
    counted = Counter((c.stack, c.type) for c in changes if c.stack in new)
    rows = [("create", stack, kind, many(number, "resource")) for (stack, kind), number in sorted(counted.items())]
    single = [c for c in changes if c.stack not in new]
    return rows + [(c.verb, c.stack, c.type, c.name + (f": {', '.join(c.fields)}" if c.fields else "")) for c in single]


def _resources(template: Mapping[str, Any]) -> dict[str, Any]:
    resources = template.get("Resources") or {}
    return {name: each for name, each in resources.items() if each["Type"] not in _SAYS_NOTHING}


def _changed(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the properties, or of the attributes beside them, that differ."""
    own = {key: value for key, value in ours.items() if key not in ("Properties", "Metadata")}
    others = {key: value for key, value in theirs.items() if key not in ("Properties", "Metadata")}
    return (*_members(ours.get("Properties") or {}, theirs.get("Properties") or {}), *_members(own, others))


def _members(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)))
