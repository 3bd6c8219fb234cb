"""Reads our stacks from CloudFormation: status, outputs, parameters, why one failed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import registry
from integration.aws.errors import AwsError, error_for, raising_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integration.declaration import Integration
    from integration.names import Names
    from integration.operations.deployment.account import Account
    from integration.operations.terminal.output import Tick

GONE = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")
"""A stack in these holds nothing."""
LONGEST_WAIT_S, LOOK_S = 3600.0, 5.0
_NO_REASON = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


class StackFailed(AwsError):
    """A stack ended otherwise than wanted; the message holds its status and the first reason."""


@dataclass(frozen=True)
class Stack:
    """`parameters` and `outputs` by key; texts, never secret. `protected`: against deletion."""

    name: str
    status: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    protected: bool = False

    @property
    def moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def stuck(self) -> bool:
        """Nothing can be deployed onto it before its rollback is continued."""
        return self.status == "UPDATE_ROLLBACK_FAILED"

    @property
    def usable(self) -> bool:
        return self.status in {
            "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        }  # fmt: skip


def all_names(names: Names, integrations: Iterable[Integration]) -> tuple[str, ...]:
    """In the order they are deployed."""
    return names.state_stack, names.common_stack, *registry.stacks(names, integrations)


def lasting(names: Names) -> tuple[str, ...]:
    """The stacks that hold data, which only `--delete-data` removes."""
    return names.state_stack, *registry.kept(names)


def integration_stacks(stacks: Stacks, names: Names) -> dict[str, Stack | None]:
    """By name: the stack that each integration there could be stands in. Raises `RemoteError`."""
    return {name: stacks.get(name) for name in registry.stacks(names)}


def present(there: Mapping[str, Stack | None], names: Names) -> tuple[Integration, ...]:
    """The integrations that a deployment has, by `integration_stacks`."""

    def stands(integration: Integration) -> bool:
        stack = there[names.of(integration.stack)] if registry.deploys(integration) else None
        return (
            stack is not None
            and stack.status not in GONE
            and (not integration.output or integration.output in stack.outputs)
        )

    return tuple(each for each in registry.INTEGRATIONS if stands(each))


def owners(name: str, names: Names) -> tuple[Integration, ...]:
    """Whose stack this is, or what it keeps; nobody's where several share it."""
    whose = [each for each in registry.INTEGRATIONS if name in (names.of(each.stack), names.of(each.keeps))]
    return tuple(whose) if len(whose) == 1 else ()


class Stacks:
    """Every method raises `RemoteError`. `sleep` pauses between two looks."""

    def __init__(self, account: Account, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._sleep = account.client("cloudformation"), sleep

    def get(self, name: str) -> Stack | None:
        """None: there is no such stack."""
        try:
            found = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error.response.get("Error", {}).get("Message", "")):
                return None
            raise error_for(error, "describe_stacks") from None
        except BotoCoreError as error:
            raise error_for(error, "describe_stacks") from None
        return Stack(
            name,
            str(found["StackStatus"]),
            {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs") or ()},
            {each["ParameterKey"]: str(each.get("ParameterValue", "")) for each in found.get("Parameters") or ()},
            str(found.get("StackStatusReason") or ""),
            bool(found.get("EnableTerminationProtection")),
        )

    def template(self, name: str) -> Mapping[str, Any]:
        body = self._call("get_template", StackName=name, TemplateStage="Original")["TemplateBody"]
        return body if isinstance(body, Mapping) else {}

    def resources(self, name: str) -> dict[str, tuple[str, str]]:
        """Logical id → (type, physical id)."""
        return {r["LogicalResourceId"]: _kind_and_place(r) for r in self._listed(name)}

    def left_behind(self, name: str) -> list[tuple[str, str]]:
        """(type, physical id) of what a rollback made by itself and kept, since its policy says Retain."""
        return [_kind_and_place(r) for r in self._listed(name) if r["ResourceStatus"] == "DELETE_SKIPPED"]

    def _listed(self, name: str) -> list[dict[str, Any]]:
        with raising_ours("list_stack_resources"):
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=name)
            return [each for page in pages for each in page["StackResourceSummaries"]]

    def settled(self, name: str, tick: Tick = lambda *_: None) -> Stack | None:
        """The stack once nothing moves any more. Raises `StackFailed` where that takes over an hour."""
        until = time.monotonic() + LONGEST_WAIT_S
        while True:
            stack = self.get(name)
            if stack is None or not stack.moving:
                return stack
            if time.monotonic() > until:
                raise StackFailed(f"{name} is still {stack.status} after an hour")
            tick(f"{name} is {stack.status}", 0, 0)
            self._sleep(LOOK_S)

    def continue_rollback(self, name: str) -> None:
        self._call("continue_update_rollback", StackName=name)

    def unprotect(self, name: str) -> None:
        """Of a stack that is to be deleted after all; gone already is done."""
        if self.get(name) is not None:
            self._call("update_termination_protection", StackName=name, EnableTerminationProtection=False)

    def delete(self, name: str, tick: Tick) -> None:
        """Until it is gone; gone already is done. Raises `StackFailed`."""
        if self.get(name) is None:
            return
        self._call("delete_stack", StackName=name)
        tick(name, 0, 0)
        left = self.settled(name, tick)
        if left is not None and left.status != "DELETE_COMPLETE":
            reasons = self.failures(name)
            raise StackFailed(f"{name} is {left.status}: {reasons[0] if reasons else left.reason}")

    def failures(self, name: str, since: float = 0) -> list[str]:
        """Why resources failed, `<logical id>: <reason>`, the first failure first; later than `since` (epoch s)."""
        return _reasons([event for event in self._events(name) if event["Timestamp"].timestamp() > since])

    def refusals(self, name: str, since: float) -> list[str]:
        """Why a change set was refused before anything began, `<resource>: <reason>`; later than `since` (epoch s).

        Source: CloudFormation user guide, "Validate stack deployments": the reasons stand in DescribeEvents alone.
        """
        try:
            found = self._client.describe_events(StackName=name, Filters={"FailedEvents": True})["OperationEvents"]
        except (ClientError, BotoCoreError):
            return []  # who may not ask has the CDK CLI's own words
        return list(dict.fromkeys(
            f"{each.get('PhysicalResourceId') or each.get('LogicalResourceId')}: {each['ValidationStatusReason']}"
            for each in reversed(found)
            if each.get("ValidationStatusReason") and each["Timestamp"].timestamp() > since
        ))  # fmt: skip

    def latest_event(self, name: str) -> float:
        """Its time, by AWS's clock; 0 where there is none."""
        return max((event["Timestamp"].timestamp() for event in self._events(name)), default=0)

    def _events(self, name: str) -> list[dict[str, Any]]:
        """Those of a stack that is gone cannot be asked for by its name."""
        try:
            pages = self._client.get_paginator("describe_stack_events").paginate(StackName=name)
            return [event for page in pages for event in page["StackEvents"]]
        except ClientError as error:
            if "does not exist" in str(error.response.get("Error", {}).get("Message", "")):
                return []
            raise error_for(error, "describe_stack_events") from None
        except BotoCoreError as error:
            raise error_for(error, "describe_stack_events") from None

    def _call(self, operation: str, **asked: Any) -> dict[str, Any]:
        with raising_ours(operation):
            answer: dict[str, Any] = getattr(self._client, operation)(**asked)
        return answer


def _kind_and_place(resource: Mapping[str, Any]) -> tuple[str, str]:
    return str(resource["ResourceType"]), str(resource.get("PhysicalResourceId") or "")


def _reasons(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """CloudFormation lists the latest first."""
    failed = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if str(event.get("ResourceStatus", "")).endswith("_FAILED")
        and event.get("ResourceStatusReason")
        and not str(event["ResourceStatusReason"]).startswith(_NO_REASON)
    ]
    return list(dict.fromkeys(failed))
