"""Finds what would stop a deployment half-way, before anything is made: names, quotas, rights of the CDK's role.

Every look is read-only; what the person may not look at is said and skipped, since the deployment needs no such right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration import registry
from integration.aws.errors import error_for
from integration.clients.errors import Misconfigured, RemoteError
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.deployment.cdk import QUALIFIER
from integration.operations.deployment.cloudformation import GONE, Stacks, all_names
from integration.registry import DEFAULT

if TYPE_CHECKING:
    from integration.names import Names
    from integration.operations.deployment.account import Account

POLICIES = Path(__file__).resolve().parents[3] / "docs"
LOG_POLICIES = 10
"""Resource policies of CloudWatch Logs without a group, per account and region; AWS raises it for nobody."""
CONCURRENT = 30
"""Three queues at five passes each, poll, webhook and authorizer."""
_ABSENT = re.compile(r"NotFound|NonExistent|DoesNotExist|NoSuchEntity")
FREE = "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id "
ELSE = "Remove it if nobody needs it (AWS's published sample has some of these names), or deploy with --name."


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a fixed name of ours, in which stack, and the call that finds it."""

    stack: str
    what: str
    name: str
    service: str
    operation: str
    argument: str


def named(names: Names, integrations: Iterable[str] = DEFAULT) -> Iterator[Named]:
    """Of a deployment with these."""
    state, common, servicenow = names.state_stack, names.common_stack, names.servicenow_stack
    yield Named(state, "table", names.table, "dynamodb", "describe_table", "TableName")
    yield Named(state, "key alias", names.data_key_alias, "kms", "describe_key", "KeyId")
    yield Named(common, "event bus", names.bus, "events", "describe_event_bus", "Name")
    yield Named(servicenow, "secret", names.webhook_secret, "secretsmanager", "describe_secret", "SecretId")
    for each in registry.with_connection(integrations):
        stack = names.of(each.stack)
        for function in each.functions:
            yield Named(stack, "function", names.of(function.owner), "lambda", "get_function", "FunctionName")
        for queue in registry.queues(names, [each]):
            yield Named(stack, "queue", queue, "sqs", "get_queue_url", "QueueName")


Look = Callable[[], Iterator[Verdict]]


def preflight(account: Account, names: Names, qualifier: str = "") -> Iterator[Verdict]:
    """Every look, one after the other; none raises."""
    yield from obstacles(account, names)
    yield from _looked({
        "concurrency": lambda: _concurrency(account),
        "api log role": lambda: _api_log_role(account),
        "guardrails": lambda: _guardrails(account, qualifier or QUALIFIER),
    })  # fmt: skip


def obstacles(
    account: Account,
    names: Names,
    log_policy: str = "group",
    alarm_topic: str = "",
    integrations: Iterable[str] = DEFAULT,
) -> Iterator[Verdict]:
    """Those of them that would certainly roll a deployment back."""
    yield from _looked({
        "names": lambda: _names(account, names, integrations),
        "parameters": lambda: _parameters(account, names),
        "log policies": lambda: _log_policies(account, names) if log_policy == "account" else iter(()),
        "alarm topic": lambda: _topic(account, alarm_topic) if alarm_topic else iter(()),
    })  # fmt: skip


def _looked(looks: Mapping[str, Look]) -> Iterator[Verdict]:
    for subject, look in looks.items():
        try:
            yield from look()
        except RemoteError as error:
            yield skip(subject, f"could not be looked at: {error}")


def _names(account: Account, names: Names, integrations: Iterable[str]) -> Iterator[Verdict]:
    """Those of stacks that do not stand: whatever has such a name is somebody else's, or was left behind."""
    standing, unseen = _standing(account, names), []
    for each in named(names, integrations):
        if each.stack in standing:
            continue
        try:
            found = _called(account, each.service, each.operation, **{each.argument: each.name})
        except Misconfigured:
            unseen.append(f"{each.service}:{each.operation.title().replace('_', '')}")
            continue
        if found and found.get("DeletedDate"):
            told = f"the {each.what} {each.name} is scheduled for deletion, which keeps its name"
            yield fail("names", told, FREE + each.name)
        elif found:
            yield fail("names", f"the {each.what} {each.name} exists and is not of this deployment", ELSE)
    if unseen:
        yield skip("names", f"not all could be looked for: {', '.join(dict.fromkeys(unseen))}")


def _parameters(account: Account, names: Names) -> Iterator[Verdict]:
    """The functions read all that lies directly below the path: what others keep there, they would read as well."""
    there = {each.removeprefix(names.parameter_prefix) for each in _parameters_below(account, names.parameter_prefix)}
    ours = {value for key, value in vars(n).items() if key.startswith("PARAM_")}
    made = ours - {n.PARAM_CLIENT_SECRET}  # that one we write ourselves
    if taken := sorted(there & made if names.servicenow_stack not in _standing(account, names) else ()):
        yield fail(
            "parameters",
            f"{', '.join(taken)} exist below {names.parameter_prefix} and are not of this deployment",
            ELSE,
        )
    if others := sorted(there - ours):
        told = f"{', '.join(others)} of somebody else lie below {names.parameter_prefix}, where the functions read all"
        yield warn("parameters", told, "Deploy with --name, whose parameters have a path of their own.")


def _parameters_below(account: Account, path: str) -> Iterator[str]:
    asked = {"Path": path}
    while asked:
        found = _called(account, "ssm", "get_parameters_by_path", **asked) or {}
        yield from (each["Name"] for each in found.get("Parameters") or ())
        asked = {"Path": path, "NextToken": found["NextToken"]} if found.get("NextToken") else {}


def _concurrency(account: Account) -> Iterator[Verdict]:
    limits = (_called(account, "lambda", "get_account_settings") or {}).get("AccountLimit") or {}
    free = int(limits.get("UnreservedConcurrentExecutions", CONCURRENT))
    if free < CONCURRENT:
        yield warn(
            "concurrency",
            f"{free} functions may run at once here; under load events wait for minutes, and the alarm Throttles rings",
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
            "--desired-value 1000, or lower PASSES_AT_ONCE in integration/constants.py.",
        )
    else:
        yield ok("concurrency", f"{free} functions may run at once")


def _log_policies(account: Account, names: Names) -> Iterator[Verdict]:
    answer = _called(account, "logs", "describe_resource_policies", limit=LOG_POLICIES) or {}
    there = [str(each.get("policyName")) for each in answer.get("resourcePolicies") or ()]
    if len(there) >= LOG_POLICIES and names.notifications_rule not in there:
        told = f"all {LOG_POLICIES} of this account and region are taken"
        yield fail("log policies", told, "Leave --log-policy out.")


def _topic(account: Account, arn: str) -> Iterator[Verdict]:
    """An alarm tells topics of its own region only (CloudWatch user guide, "Alarm actions")."""
    region = arn.split(":")[3]
    if region != account.region:
        told = f"{arn} is in {region}, and an alarm of {account.region} tells topics there"
        yield fail("alarm topic", told, f"Give a topic of {account.region}: aws sns list-topics")
    elif _called(account, "sns", "get_topic_attributes", TopicArn=arn) is None:
        yield fail("alarm topic", f"{arn} does not exist", f"aws sns list-topics --region {account.region}")


def _api_log_role(account: Account) -> Iterator[Verdict]:
    """API Gateway keeps the ARN of a role that was deleted, and then writes no log."""
    arn = str((_called(account, "apigateway", "get_account") or {}).get("cloudwatchRoleArn") or "")
    if arn and _called(account, "iam", "get_role", RoleName=arn.rpartition("/")[2]) is None:
        yield warn("api log role", f"API Gateway is to log as {arn}, which is gone: it writes no log", CLEAR)


CLEAR = "aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=''"


def _guardrails(account: Account, qualifier: str) -> Iterator[Verdict]:
    """What the CDK's execution role may not do of what our stacks need, by its policies and the organisation's.

    IAM simulates service control policies without their conditions, so this warns. Statements with conditions of ours
    are left out: they would need their context.
    """
    name = f"cdk-{qualifier}-cfn-exec-role"
    role = f"arn:aws:iam::{account.account_id}:role/{name}-{account.account_id}-{account.region}"
    denied = sorted({action for said in _statements(account, qualifier) for action in _denied(account, role, *said)})
    if denied:
        told = f"{', '.join(denied[:8])}{' and more' if len(denied) > 8 else ''} denied to {name}"
        yield warn(
            "guardrails",
            told,
            "See the policies of the bootstrap and of the organisation: docs/CDK_BOOTSTRAP_POLICY.md.",
        )
    else:
        yield ok("guardrails", f"{name} may do what the stacks need")


def _statements(account: Account, qualifier: str) -> Iterator[tuple[list[str], list[str]]]:
    """(actions, resources they are needed on) of the least-privilege policy."""
    for path in sorted(POLICIES.glob("cdk-bootstrap-policy-*.json")):
        text = path.read_text(encoding="utf-8").replace(QUALIFIER, qualifier)
        text = text.replace("ACCOUNT", account.account_id).replace("REGION", account.region)
        for each in json.loads(text)["Statement"]:
            if each["Effect"] == "Allow" and "Condition" not in each:
                resources = [each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"]
                actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
                yield actions, [each if each == "*" else each.replace("*", "x") for each in resources]


def _denied(account: Account, role: str, actions: list[str], resources: list[str]) -> set[str]:
    """Those allowed on none of the resources: a statement may hold actions of several kinds of them."""
    found = _called(
        account, "iam", "simulate_principal_policy",
        PolicySourceArn=role, ActionNames=actions, ResourceArns=resources, MaxItems=1000,
    )  # fmt: skip
    results = (found or {}).get("EvaluationResults") or ()
    return {each["EvalActionName"] for each in results} - {
        each["EvalActionName"]
        for each in results
        for decided in (each, *(each.get("ResourceSpecificResults") or ()))
        if "allowed" in (decided.get("EvalDecision"), decided.get("EvalResourceDecision"))
    }


def _standing(account: Account, names: Names) -> set[str]:
    stacks = [Stacks(account).get(each) for each in all_names(names, registry.INTEGRATIONS)]
    return {each.name for each in stacks if each and each.status not in GONE}


def _called(account: Account, service: str, operation: str, **asked: Any) -> dict[str, Any] | None:
    """None: there is no such thing. Raises `RemoteError`."""
    try:
        answer: dict[str, Any] = getattr(account.client(service), operation)(**asked)
    except ClientError as error:
        if _ABSENT.search(str(error.response.get("Error", {}).get("Code"))):
            return None
        raise error_for(error, operation) from None
    except BotoCoreError as error:
        raise error_for(error, operation) from None
    return answer
