"""Switches of an emulated service: what no source settles, and what a test wants otherwise, each described once.

A subclass is a dataclass whose members are made by `switch`. Names are those of `PATCH /_admin/config`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import jsonschema

if TYPE_CHECKING:
    from collections.abc import Sequence

SHAPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": 0},
    "int | None": {"type": ["integer", "null"], "minimum": 0},
    "float": {"type": "number", "minimum": 0},
    "float | None": {"type": ["number", "null"], "minimum": 0},
    "str": {"type": "string"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    "dict[str, str]": {"type": "object", "additionalProperties": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Switch:
    """`kinder`: a value that hides mistakes the platform shows, if any. `source`: addresses, repositories with paths.

    `schema` narrows what the type allows.
    """

    decides: str
    kinder: Any = None
    source: str = ""
    schema: dict[str, Any] | None = None


def switch(
    default: Any,
    decides: str,
    *,
    among: Sequence[str] = (),
    schema: dict[str, Any] | None = None,
    kinder: Any = None,
    source: str = "",
) -> Any:
    """A member of `Switches`; `among` lists its values where they are few."""
    described = Switch(decides, kinder, source, {"enum": list(among)} if among else schema)
    return field(default_factory=partial(deepcopy, default), metadata={"switch": described})


@dataclass
class Switches:
    """Those of every emulator."""

    latency_s: float = switch(0.0, "before every answer")

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return schema_of(cls)

    def update(self, values: Any) -> None:
        """Set some switches. Raises jsonschema.ValidationError, and then none is set."""
        check(values, type(self))
        for name, value in values.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def described(switches: type[Switches]) -> dict[str, Switch]:
    return {each.name: each.metadata["switch"] for each in fields(switches)}


def check(values: Any, kind: Any) -> None:
    """By the kind's `schema()`. Raises jsonschema.ValidationError."""
    error = jsonschema.exceptions.best_match(_validator(kind).iter_errors(values))
    if error:
        raise error


@cache
def _validator(kind: Any) -> Any:
    """Whether the schema is one is looked at once: that takes far longer than a look at values."""
    jsonschema.Draft202012Validator.check_schema(kind.schema())
    return jsonschema.Draft202012Validator(kind.schema())


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of a dataclass: nothing but its members, what has no default is required."""
    narrowed = {each.name: each.metadata["switch"].schema for each in fields(kind) if "switch" in each.metadata}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [e.name for e in fields(kind) if e.default is MISSING and e.default_factory is MISSING],
        "properties": {each.name: narrowed.get(each.name) or SHAPES[str(each.type)] for each in fields(kind)},
    }
