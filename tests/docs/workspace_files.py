"""`spa-creator-stack.yaml` and `spa-creator-policy.json`: the stack of workspaces and its roles, from the template."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from integration.operations.commands.template_export import portable
from integration.operations.local.templates import synthesised
from integration.workspaces import names as w
from integration.workspaces.declaration import WORKSPACES

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = "# Written by `make docs` from what `workspace deploy` deploys; `template-export` writes it for your options.\n"
ROLE = "AWS::IAM::Role"
NOTED = {"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["W3005"]}}}}
"""The CDK writes DependsOn where a reference says so already; harmless, and not ours to change."""


class Dumper(yaml.SafeDumper):
    """CloudFormation takes no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def stack() -> str:
    return HEAD + yaml.dump(NOTED | portable(deployed()), Dumper=Dumper, sort_keys=False, width=120)


def policy() -> str:
    """Each statement of each role; what only a deployment knows stands as `Fn::Sub` writes it."""
    said = [
        {"Sid": f"{part}{number}", **plain(statement)}
        for part, statements in roles(deployed()).items()
        for number, statement in enumerate(statements, 1)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": said}, indent=2) + "\n"


@cache
def deployed() -> Mapping[str, Any]:
    """The template, as the local system deploys it."""
    [path] = [each for each in synthesised(["--with", WORKSPACES.key]) if each.name == f"{w.STACK}.template.json"]
    template: dict[str, Any] = json.loads(path.read_text())
    return template


def roles(template: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Part of the stack → statements of its role."""
    made = {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == ROLE}
    return {
        name.partition("Role")[0]: [s for each in role["Policies"] for s in each["PolicyDocument"]["Statement"]]
        for name, role in made.items()
    }


def plain(value: Any) -> Any:
    match value:
        case {"Ref": name} | {"Fn::ImportValue": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": ["", parts]}:
            return "".join(plain(each) for each in parts)
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
    return value
