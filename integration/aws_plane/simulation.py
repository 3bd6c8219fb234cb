"""SimulatePrincipalPolicy, by the engine that judges every call. Source: IAM API reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from integration.aws_plane import error_shapes
from integration.aws_plane.iam import Principal, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.aws_plane.calls import Call
    from integration.aws_plane.gateway import Caller
    from integration.aws_plane.http_server import Request, Response
    from integration.aws_plane.iam import Role
    from integration.aws_plane.world import World


class Simulation:
    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, call: Call, _caller: Caller, _request: Request) -> Response:
        source = call.parameters["PolicySourceArn"]
        role = self._world.roles.get(source) or self._world.bootstrapped.get(source)
        if role is None:
            return error_shapes.error("iam", 404, "NoSuchEntity", f"The entity {source} cannot be found.")
        context = dict(_context(call.parameters))
        found = [
            _result(role, action, resource, context)
            for action in _members(call.parameters, r"ActionNames\.member\.\d+")
            for resource in _members(call.parameters, r"ResourceArns\.member\.\d+") or ["*"]
        ]
        inner = f"<IsTruncated>false</IsTruncated><EvaluationResults>{''.join(found)}</EvaluationResults>"
        return error_shapes.query_answer("SimulatePrincipalPolicy", inner)


def _members(asked: Mapping[str, str], pattern: str) -> list[str]:
    return [value for key, value in asked.items() if re.fullmatch(pattern, key)]


def _context(asked: Mapping[str, str]) -> Iterator[tuple[str, str | list[str]]]:
    for key, name in asked.items():
        if key.endswith(".ContextKeyName"):
            entry = re.escape(key.removesuffix("ContextKeyName"))
            yield name, _members(asked, entry + r"ContextKeyValues\.member\.\d+")


def _result(role: Role, action: str, resource: str, context: Mapping[str, str | list[str]]) -> str:
    caller = Principal("AWS", (role.arn,))
    verdict = judge(role.statements, [], caller, action, resource, context)
    within = role.bounds(action, resource, context)
    decision = "explicitDeny" if verdict.explicit_deny else "allowed" if verdict.allowed and within else "implicitDeny"
    bounded = (
        ""
        if role.boundary is None
        else f"<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{str(within).lower()}"
        "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}"
        f"</EvalResourceName><EvalDecision>{decision}</EvalDecision>{bounded}</member>"
    )
