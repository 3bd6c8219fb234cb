"""Faults that tests and the console set: which calls and which events go wrong, how, and how often."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import jsonschema

ERROR_KINDS = ("400", "inactive", "402", "403", "404", "409", "423", "429", "500")
CALL_KINDS = (
    "latency", *ERROR_KINDS, "reset-before", "reset-after", "timeout", "timeout-after", "html", "truncated",
)  # fmt: skip
EVENT_KINDS = ("lost", "doubled", "late", "disordered")


@dataclass(slots=True)
class Rule:
    """`operation` or `event` is a glob over operation names or detail-types. `times` None: until removed.

    The first `skip` matches pass untouched. `latency_s` delays any kind of call; `delay_s` is for late events and the
    longest a disordered one waits; `hold_s` is how long a timeout holds the line.
    """

    kind: str
    operation: str = ""
    event: str = ""
    times: int | None = 1
    skip: int = 0
    latency_s: float = 0.0
    delay_s: float = 2.0
    hold_s: float = 120.0
    retry_after_s: int = 1
    status: int = 503

    def meets(self, name: str, glob: str) -> bool:
        """Whether the rule strikes now; counts the match."""
        if not glob or not fnmatchcase(name, glob) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """Rules in the order they were set; the first that strikes decides."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, values: Any) -> None:
        """Raises jsonschema.ValidationError for a rule that could not mean anything."""
        jsonschema.validate(values, SCHEMA)
        self.rules.append(Rule(**values))

    def take_call(self, operation: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.meets(operation, rule.operation)), None)

    def take_event(self, detail_type: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.meets(detail_type, rule.event)), None)

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules]


_seconds = {"type": "number", "minimum": 0}
_options = {
    "times": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    "skip": {"type": "integer", "minimum": 0},
    "latency_s": _seconds,
    "delay_s": _seconds,
    "hold_s": _seconds,
    "retry_after_s": {"type": "integer", "minimum": 0},
    "status": {"type": "integer", "minimum": 200, "maximum": 599},
}
SCHEMA: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "required": [target, "kind"],
            "additionalProperties": False,
            "properties": {target: {"type": "string", "minLength": 1}, "kind": {"enum": list(kinds)}, **_options},
        }
        for target, kinds in (("operation", CALL_KINDS), ("event", EVENT_KINDS))
    ]
}
