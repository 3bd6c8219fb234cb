"""A change set: what CloudFormation is asked to make of a template, before anything is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.aws_plane.history import History
    from integration.aws_plane.template import Template


class Invalid(ValueError):
    """A ValidationError; the message is CloudFormation's."""

    code, status = "ValidationError", 400


class ChangeSetNotFound(Invalid):
    code, status = "ChangeSetNotFound", 404


@dataclass
class ChangeSet:
    name: str
    id: str
    template: Template
    parameters: Mapping[str, str]
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    conflicts: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def fail(self, reason: str) -> None:
        self.status, self.execution, self.reason = "FAILED", "UNAVAILABLE", reason


def parameters_of(asked: Mapping[str, str], history: History, template: Template) -> dict[str, str]:
    found = {}
    for entry in members(asked, "Parameters"):
        name = entry["ParameterKey"]
        if entry.get("UsePreviousValue") == "true":
            found[name] = history.parameters[name]
        else:
            found[name] = entry.get("ParameterValue", "")
    unknown = sorted(set(found) - set(template.parameters))
    if unknown:
        raise Invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = sorted(n for n, told in template.parameters.items() if n not in found and "Default" not in told)
    if missing:
        raise Invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return found


def whole(template: Template, parameters: Mapping[str, str]) -> dict[str, str]:
    defaults = {name: str(told["Default"]) for name, told in template.parameters.items() if "Default" in told}
    return {**defaults, **parameters}


def changes_of(history: History, template: Template) -> list[dict[str, Any]]:
    before = history.template.resources if history.template and history.made else {}
    actions = {
        **{name: "Add" for name in template.resources if name not in before},
        **{name: "Modify" for name, told in template.resources.items() if name in before and before[name] != told},
        **{name: "Remove" for name in before if name not in template.resources},
    }
    kinds = {**before, **template.resources}
    return [
        {"Type": "Resource", "ResourceChange": {
            "Action": action, "LogicalResourceId": name, "ResourceType": kinds[name]["Type"],
        }}
        for name, action in actions.items()
    ]  # fmt: skip


def members(asked: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """`Parameters.member.1.ParameterKey=…` → [{ParameterKey: …}]."""
    found: dict[int, dict[str, str]] = {}
    for key, value in asked.items():
        parts = key.split(".")
        if len(parts) == 4 and parts[:2] == [name, "member"]:
            found.setdefault(int(parts[2]), {})[parts[3]] = value
    return [found[number] for number in sorted(found)]
