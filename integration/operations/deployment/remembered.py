"""Fills in options that were not given from what is deployed; removing a protection takes an explicit word.

Read from the stacks and the settings, so it holds for what an earlier release deployed, too.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.connection.declaration import CONNECTION
from integration.operations.deployment.cdk import QUALIFIER
from integration.operations.deployment.cloudformation import GONE, integration_stacks, present
from integration.operations.deployment.request import OWN_TAGS
from integration.operations.terminal.failure import Failure
from integration.registry import INTEGRATIONS
from integration.workspaces.names import ACCOUNT, SETTING_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.names import Names
    from integration.operations.deployment.cloudformation import Stacks
    from integration.operations.deployment.request import Request

WORD = "--weaken"
_BOUNDARY, _QUALIFIER = re.compile(r"policy/([\w+=,.@/-]+)"), re.compile(r"cdk-(\w+)-assets")
_SETTINGS: Mapping[str, Any] = {
    "gate_answers_to": (), "gate_allowed_ips": (), SETTING_NAMESPACE: ACCOUNT,
    "incident_filter": "", "case_tag": "", "audience": "", "mapping": {}, "max_attachment_mb": None,
    "new_cases_per_hour": None, n.SIGNING_KEY: "",
}  # fmt: skip
"""Options that stand in the parameter `settings` under their own names, and what their absence there means."""


def deployed_options(stacks: Stacks, names: Names, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Field of `Request` → value as deployed; empty where nothing stands. Raises `RemoteError`."""
    common, there = stacks.get(names.common_stack), integration_stacks(stacks, names)
    servicenow = there[names.servicenow_stack]
    if common is None or servicenow is None or servicenow.status in GONE:
        return {}
    template = stacks.template(names.servicenow_stack)
    receivers = [each["Properties"] for each in _all(stacks.template(names.common_stack), "AWS::SNS::Subscription")]
    return {
        **{name: _stored(settings.get(name) or absent) for name, absent in _SETTINGS.items()},
        "integrations": tuple(each.key for each in present(there, names) if each is not CONNECTION),
        "log_level": servicenow.parameters.get("logLevel") or "error",
        "setup": _setup(template),
        "log_policy": "account" if list(_all(template, "AWS::Logs::ResourcePolicy")) else "group",
        "allowed_ips": _addresses(template),
        "alarm_emails": tuple(each["Endpoint"] for each in receivers if each.get("Protocol") == "email"),
        "alarm_topic": _other_topic(template),
        **_guardrails(template),
    }


def _stored(value: Any) -> Any:
    """JSON knows lists alone."""
    return tuple(value) if isinstance(value, list) else value


def deployed_qualifier(stacks: Stacks, names: Names) -> str:
    """Of the bootstrap it was deployed with; empty: the CDK's own, or nothing stands. Raises `RemoteError`."""
    stack = stacks.get(names.servicenow_stack)
    standing = stack is not None and stack.status not in GONE
    return str(_guardrails(stacks.template(names.servicenow_stack))["qualifier"]) if standing else ""


def completed(request: Request, deployed: Mapping[str, Any]) -> Request:
    """What was not given is taken from what is deployed; which integrations there are is added to."""
    named = {*request.integrations, *deployed.get("integrations", ())}
    integrations = tuple(each.key for each in INTEGRATIONS if each.key in named)
    kept = {name: value for name, value in deployed.items() if name not in request.given}
    return replace(request, **kept | {"integrations": integrations})


def weakened(request: Request, deployed: Mapping[str, Any]) -> list[str]:
    """What this run would take away of what protects or tells; empty before the first deployment."""
    return [said for said, gone in _losses(request, deployed) if gone] if deployed else []


def refuse_weaker(request: Request, deployed: Mapping[str, Any]) -> None:
    """Raises `Failure` unless the word was given: a job that lost a variable must not open anything."""
    said = weakened(request, deployed)
    if said and not request.weaken:
        raise Failure(
            "Nothing was changed, since this would take away what protects the deployment:\n  " + "\n  ".join(said),
            f"Leave these options out to keep what is deployed, or add {WORD} if it is meant.",
        )


def _losses(request: Request, deployed: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    heard = deployed["alarm_emails"] or deployed["alarm_topic"]
    yield (
        f"--incident-filter: every new incident would become a case, not only {deployed['incident_filter']!r}",
        bool(deployed["incident_filter"]) and not request.incident_filter,
    )
    yield (
        f"--allowed-ips: anybody could call the webhook, not only {', '.join(deployed['allowed_ips'])}",
        bool(deployed["allowed_ips"]) and _open(request.allowed_ips),
    )
    yield (
        f"--gate-allowed-ips: anybody could call the gate's hooks, not only {', '.join(deployed['gate_allowed_ips'])}",
        bool(deployed["gate_allowed_ips"]) and _open(request.gate_allowed_ips),
    )
    yield (
        f"--no-permissions-boundary: nothing would bound the roles, not even {deployed['permissions_boundary']}",
        bool(deployed["permissions_boundary"]) and not request.permissions_boundary,
    )
    yield (
        "--signing-key: the functions could read a private key again, which no KMS key keeps",
        bool(deployed[n.SIGNING_KEY]) and not request.signing_key,
    )
    yield (
        "--alarm-email: nobody would be told of alarms",
        bool(heard) and not (request.alarm_emails or request.alarm_topic),
    )


def _open(networks: tuple[str, ...]) -> bool:
    return not networks or any(ipaddress.ip_network(each).prefixlen == 0 for each in networks)


def _all(template: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (each for each in (template.get("Resources") or {}).values() if each["Type"] == kind)


def _addresses(template: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the API's resource policy: who is not denied."""
    policies = [each["Properties"].get("Policy") or {} for each in _all(template, "AWS::ApiGateway::RestApi")]
    conditions = [said.get("Condition") or {} for policy in policies for said in policy.get("Statement") or ()]
    found = [each.get("NotIpAddress", {}).get("aws:SourceIp") for each in conditions]
    return tuple(str(one) for each in found if each for one in ([each] if isinstance(each, str) else each))


def _other_topic(template: Mapping[str, Any]) -> str:
    """An action of the alarms that is a plain ARN; our own topic is a reference."""
    actions = [each["Properties"].get("AlarmActions") or () for each in _all(template, "AWS::CloudWatch::Alarm")]
    return next((one for each in actions for one in each if isinstance(one, str)), "")


def _guardrails(template: Mapping[str, Any]) -> dict[str, Any]:
    """What an organisation asks of every resource, read off one function and one role."""
    nothing: Mapping[str, Any] = {}
    function = next((each["Properties"] for each in _all(template, "AWS::Lambda::Function")), nothing)
    role = next((each["Properties"] for each in _all(template, "AWS::IAM::Role")), nothing)
    network = function.get("VpcConfig") or {}
    tags = [(each["Key"], each["Value"]) for each in function.get("Tags") or ()]
    bound = _BOUNDARY.findall(json.dumps(role.get("PermissionsBoundary") or ""))
    bucket = _QUALIFIER.findall(json.dumps(function.get("Code") or ""))
    return {
        "subnets": tuple(network.get("SubnetIds") or ()),
        "security_groups": tuple(network.get("SecurityGroupIds") or ()),
        "tags": tuple(each for each in tags if each[0] not in OWN_TAGS),
        "permissions_boundary": bound[-1] if bound else "",
        "qualifier": bucket[0] if bucket and bucket[0] != QUALIFIER else "",
    }


def _setup(template: Mapping[str, Any]) -> str:
    functions = [each["Properties"] for each in _all(template, "AWS::Lambda::Function")]
    variables = [(each.get("Environment") or {}).get("Variables") or {} for each in functions]
    return next((str(each[n.ENV_SETUP]) for each in variables if n.ENV_SETUP in each), "rest")
