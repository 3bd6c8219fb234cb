"""The account itself: who is asking, the roles of the bootstrap, API Gateway's one role for logs, schedules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from integration.aws_plane import error_shapes

if TYPE_CHECKING:
    from integration.aws_plane.calls import Call
    from integration.aws_plane.deployment import Stacks, Standing
    from integration.aws_plane.gateway import Caller, Handler
    from integration.aws_plane.http_server import Request, Response
    from integration.aws_plane.iam import Role
    from integration.aws_plane.usage import ApiKey

OPERATOR_KEY = "AKIALOCALOPERATOR000"
LOG_ROLE = "/cloudwatchRoleArn"


class AccountApi:
    def __init__(self, stacks: Stacks, account: str, operator_secret: str) -> None:
        self._stacks, self._account, self._secret = stacks, account, operator_secret
        self._withdrawn: set[str] = set()
        """Roles for logs that were taken back by UpdateAccount."""

    @property
    def handlers(self) -> dict[str, Handler]:
        return {
            "sts:GetCallerIdentity": self._identity,
            "sts:AssumeRole": self._assume_role,
            "apigateway:GetAccount": self._gateway,
            "apigateway:UpdateAccount": self._change_gateway,
            "apigateway:GetRestApis": self._apis,
            "apigateway:GetApiKey": self._api_key,
            "scheduler:ListSchedules": self._schedules,
            "scheduler:GetSchedule": self._schedule,
            "iam:GetRole": self._get_role,
            "iam:ListRoles": self._roles,
            "iam:DeleteRole": self._delete_role,
        }

    def _identity(self, _call: Call, caller: Caller, _request: Request) -> Response:
        """A root user's id is its account's."""
        user = self._account if caller.role is None else caller.function
        inner = f"<Arn>{caller.principal}</Arn><UserId>{user}</UserId><Account>{self._account}</Account>"
        return error_shapes.query_answer("GetCallerIdentity", inner)

    def _assume_role(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """The roles of `cdk bootstrap`, which may deploy: here they are the operator."""
        role = str(call.parameters["RoleArn"])
        session = (
            f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/{call.parameters['RoleSessionName']}"
        )
        inner = (
            f"<Credentials><AccessKeyId>{OPERATOR_KEY}</AccessKeyId><SecretAccessKey>{self._secret}</SecretAccessKey>"
            "<SessionToken>local</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>{session}</Arn><AssumedRoleId>AROA:local</AssumedRoleId></AssumedRoleUser>"
        )
        return error_shapes.query_answer("AssumeRole", inner)

    def _gateway(self, _call: Call, _caller: Caller, _request: Request) -> Response:
        roles = sorted(self._log_roles() - self._withdrawn)
        return error_shapes.answer({"cloudwatchRoleArn": roles[0]} if roles else {})

    def _change_gateway(self, call: Call, caller: Caller, request: Request) -> Response:
        """Taking the role back is all an operator of ours does."""
        asked = [(each["op"], each["path"], each["value"]) for each in call.parameters["patchOperations"]]
        if asked != [("replace", LOG_ROLE, "")]:
            return error_shapes.error("apigateway", 501, "NotImplemented", f"the local plane does not do {asked}")
        self._withdrawn |= self._log_roles()
        return self._gateway(call, caller, request)

    def _schedules(self, _call: Call, _caller: Caller, _request: Request) -> Response:
        told = [_told(each) for each in self._standing("AWS::Scheduler::Schedule")]
        return error_shapes.answer({"Schedules": [{**each, "Target": {"Arn": each["Target"]["Arn"]}} for each in told]})

    def _schedule(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """With what only GetSchedule tells: expression, window, the target's role and input."""
        name, group = call.parameters["Name"], call.parameters.get("groupName", "default")
        for each in self._standing("AWS::Scheduler::Schedule"):
            told = _told(each)
            if (told["Name"], told["GroupName"]) == (name, group):
                more = ("ScheduleExpression", "FlexibleTimeWindow", "Description")
                return error_shapes.answer(told | {k: v for k, v in each.resource.properties.items() if k in more})
        return error_shapes.error("scheduler", 404, "ResourceNotFoundException", f"Schedule {name} does not exist.")

    def _standing(self, resource_type: str) -> list[Standing]:
        standing = [s for stack in self._stacks.deployed.values() for s in stack.resources.values()]
        return [s for s in standing if s.resource.type == resource_type]

    def _log_roles(self) -> set[str]:
        """Set by AWS::ApiGateway::Account, once per account and region."""
        given = [s.resource.properties for s in self._standing("AWS::ApiGateway::Account")]
        return {str(each["CloudWatchRoleArn"]) for each in given}

    def _apis(self, _call: Call, _caller: Caller, _request: Request) -> Response:
        found = [{"id": key, "name": api.name} for key, api in self._stacks.world.apis.items()]
        return error_shapes.answer({"item": found})

    def _api_key(self, call: Call, _caller: Caller, _request: Request) -> Response:
        key = self._stacks.world.usage.keys.get(call.parameters["api_Key"])
        if key is None:
            return error_shapes.error("apigateway", 404, "NotFoundException", "Invalid API Key identifier specified")
        return error_shapes.answer(_shown(key, call.parameters.get("includeValue")))

    def _get_role(self, call: Call, _caller: Caller, _request: Request) -> Response:
        role = self._role(call)
        if role is None:
            return _no_role(call)
        return error_shapes.query_answer("GetRole", f"<Role>{_described(role)}</Role>")

    def _roles(self, _call: Call, _caller: Caller, _request: Request) -> Response:
        told = "".join(f"<member>{_described(role)}</member>" for role in self._stacks.world.roles.values())
        return error_shapes.query_answer("ListRoles", f"<IsTruncated>false</IsTruncated><Roles>{told}</Roles>")

    def _delete_role(self, call: Call, _caller: Caller, _request: Request) -> Response:
        """A role that a stack retained; its policies go with it, attached or not."""
        role = self._role(call)
        if role is None:
            return _no_role(call)
        del self._stacks.world.roles[role.arn]
        return error_shapes.query_answer("DeleteRole", "")

    def _role(self, call: Call) -> Role | None:
        roles = self._stacks.world.roles.values()
        return next((role for role in roles if role.name == call.parameters["RoleName"]), None)


def _shown(key: ApiKey, with_value: str | None) -> dict[str, Any]:
    """The value only where it is asked for."""
    told = {"id": key.id, "name": key.name, "enabled": key.enabled}
    return told | ({"value": key.value} if with_value == "true" else {})


def _described(role: Role) -> str:
    return (
        f"<Path>/</Path><RoleName>{role.name}</RoleName><RoleId>AROA{role.name}</RoleId><Arn>{role.arn}</Arn>"
        f"<CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>"
        f"{quote(json.dumps(role.trust_document))}</AssumeRolePolicyDocument>"
    )


def _told(schedule: Standing) -> dict[str, Any]:
    made, properties = schedule.made, schedule.resource.properties
    return {
        "Name": made.physical_id, "Arn": made.attributes["Arn"], "GroupName": properties.get("GroupName", "default"),
        "State": properties.get("State", "ENABLED"), "Target": properties["Target"],
    }  # fmt: skip


def _no_role(call: Call) -> Response:
    message = f"The role with name {call.parameters['RoleName']} cannot be found."
    return error_shapes.error("iam", 404, "NoSuchEntity", message)
