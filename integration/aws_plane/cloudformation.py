"""The CloudFormation API over the plane's stacks: what the CDK CLI and our own command line ask.

Changes run in the background, as on AWS; whoever asked looks at status and events. Source: API reference.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

from integration.aws_plane import error_shapes
from integration.aws_plane.change_set import (
    ChangeSet,
    ChangeSetNotFound,
    Invalid,
    changes_of,
    members,
    parameters_of,
    whole,
)
from integration.aws_plane.deployment import DeploymentFailed, Stacks
from integration.aws_plane.existing import CHECK, taken
from integration.aws_plane.iam import Role, statements
from integration.aws_plane.resources.storage import make_bucket
from integration.aws_plane.template import Template

if TYPE_CHECKING:
    from integration.aws_plane.calls import Call
    from integration.aws_plane.gateway import Caller
    from integration.aws_plane.history import History
    from integration.aws_plane.http_server import Request, Response

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
BOOTSTRAP = "hnb659fds"
"""CDK's default qualifier: of the bucket for assets, the roles and the version parameter."""
BOOTSTRAP_VERSION = "30"


ADMINISTRATOR = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass
class CloudFormation:
    stacks: Stacks
    moto: Callable[[str], Any]
    account: str
    region: str
    _change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    _working: list[threading.Thread] = field(default_factory=list)

    def bootstrap(self, policies: Sequence[Mapping[str, Any]] = (ADMINISTRATOR,)) -> None:
        """What `cdk bootstrap` leaves that a deployment needs: the bucket for assets, the version, and the role of
        CloudFormation with these policies, which SimulatePrincipalPolicy can be asked about.
        """
        name = f"cdk-{BOOTSTRAP}-cfn-exec-role-{self.account}-{self.region}"
        arn = f"arn:aws:iam::{self.account}:role/{name}"
        given = [s for number, policy in enumerate(policies) for s in statements(policy, f"{name}/{number}")]
        self.stacks.world.bootstrapped[arn] = Role(name, arn, [], given)
        bucket = f"cdk-{BOOTSTRAP}-assets-{self.account}-{self.region}"
        make_bucket(self.moto("s3"), bucket, self.region)
        self.moto("ssm").put_parameter(
            Name=f"/cdk-bootstrap/{BOOTSTRAP}/version", Type="String", Value=BOOTSTRAP_VERSION, Overwrite=True
        )

    def answer(self, call: Call, _caller: Caller, _request: Request) -> Response:
        known: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
            "DescribeStacks": self._describe_stacks, "ListStacks": self._list_stacks,
            "GetTemplate": self._get_template, "ListStackResources": self._list_resources,
            "DescribeStackResources": self._describe_resources, "DescribeStackEvents": self._events,
            "CreateChangeSet": self._create_change_set, "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._execute, "DeleteChangeSet": self._delete_change_set,
            "DeleteStack": self._delete_stack, "DescribeEvents": self._operation_events,
            "UpdateTerminationProtection": self._protect,
        }  # fmt: skip
        if call.operation not in known:
            return error_shapes.error("cloudformation", 400, "InvalidAction", f"the local plane does not answer {call}")
        try:
            result = known[call.operation](call.parameters)
        except Invalid as error:
            return error_shapes.error("cloudformation", error.status, error.code, str(error))
        return error_shapes.query_answer(call.operation, _element(result), NAMESPACE)

    def wait(self) -> None:
        """Until nothing changes any more."""
        for thread in self._working:
            thread.join()

    # ---- looking

    def _history(self, asked: Mapping[str, str]) -> History:
        name = asked.get("StackName", "")
        for history in self.stacks.histories.values():
            if name in (history.name, history.id):
                return history
        raise Invalid(f"Stack with id {name} does not exist")

    def _describe_stacks(self, asked: Mapping[str, str]) -> dict[str, Any]:
        wanted = [self._history(asked)] if "StackName" in asked else list(self.stacks.histories.values())
        return {"Stacks": [self._described(history) for history in wanted]}

    def _described(self, history: History) -> dict[str, Any]:
        stack = self.stacks.deployed.get(history.name)
        told = {
            "StackId": history.id, "StackName": history.name, "StackStatus": history.status,
            "CreationTime": history.created, "LastUpdatedTime": history.changed or history.created,
            "DisableRollback": False, "EnableTerminationProtection": history.protected,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in history.parameters.items()],
            "Tags": [{"Key": k, "Value": v} for k, v in history.tags.items()],
            "Outputs": [
                {"OutputKey": k, "OutputValue": v} for k, v in (stack.outputs if stack else {}).items()
            ],
        }  # fmt: skip
        return told | ({"StackStatusReason": history.reason} if history.reason else {})

    def _list_stacks(self, _asked: Mapping[str, str]) -> dict[str, Any]:
        return {"StackSummaries": [
            {"StackId": h.id, "StackName": h.name, "StackStatus": h.status, "CreationTime": h.created}
            for h in self.stacks.histories.values()
        ]}  # fmt: skip

    def _get_template(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Empty for a stack in review, which has a change set only."""
        template = self._history(asked).template
        body = json.dumps(template.body) if template else ""
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def _resources(self, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        history = self._history(asked)
        stack = self.stacks.deployed.get(history.name)
        for logical, standing in (stack.resources if stack else {}).items():
            yield {
                "LogicalResourceId": logical, "PhysicalResourceId": standing.made.physical_id,
                "ResourceType": standing.resource.type, "ResourceStatus": "CREATE_COMPLETE",
                "LastUpdatedTimestamp": history.changed, "Timestamp": history.changed,
                "StackName": history.name, "StackId": history.id,
            }  # fmt: skip

    def _list_resources(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return {"StackResourceSummaries": list(self._resources(asked))}

    def _describe_resources(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return {"StackResources": list(self._resources(asked))}

    def _events(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """The latest first. A missing stack is told in words of this operation's own, which the CDK CLI compares."""
        try:
            history = self._history(asked)
        except Invalid:
            raise Invalid(f"Stack [{asked.get('StackName')}] does not exist") from None
        return {"StackEvents": [
            {
                "StackId": history.id, "EventId": e.id, "StackName": history.name, "LogicalResourceId": e.logical_id,
                "PhysicalResourceId": e.physical_id, "ResourceType": e.type, "Timestamp": e.at,
                "ResourceStatus": e.status, **({"ResourceStatusReason": e.reason} if e.reason else {}),
            }
            for e in reversed(history.events)
        ]}  # fmt: skip

    # ---- changing

    def _create_change_set(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """An update without changes is FAILED, as on AWS; a new stack stands in review until it is executed."""
        updating = asked.get("ChangeSetType", "UPDATE") == "UPDATE"
        history = self._history(asked) if updating else self.stacks.history(asked["StackName"])
        if history.moving:
            raise Invalid(f"Stack:{history.id} is in {history.status} state and can not be updated.")
        template = Template(history.name, self._body(asked))
        parameters = parameters_of(asked, history, template)
        made = ChangeSet(
            asked["ChangeSetName"],
            f"{history.id.replace(':stack/', ':changeSet/')}/{uuid4()}",
            template,
            parameters,
            changes_of(history, template),
            tags={each["Key"]: each["Value"] for each in members(asked, "Tags")},
        )
        made.conflicts = self._conflicts(made)
        if made.conflicts:
            made.fail(
                f"The following hook(s)/validation failed: [{CHECK}]. To troubleshoot Early Validation errors, use the"
                " DescribeEvents API for detailed failure information."
            )
        if history.made and (history.template, history.tags, dict(history.parameters)) == (
            template, made.tags, whole(template, parameters),
        ):  # fmt: skip
            made.fail(
                "The submitted information didn't contain changes. Submit different information to create a change set."
            )
        self._change_sets[history.name] = made
        return {"Id": made.id, "StackId": history.id}

    def _conflicts(self, change_set: ChangeSet) -> dict[str, str]:
        """Logical id → the name that is taken, of what would be made."""
        added = [c["ResourceChange"] for c in change_set.changes if c["ResourceChange"]["Action"] == "Add"]
        resources = change_set.template.resources
        found = {
            each["LogicalResourceId"]: taken(
                self.stacks.world, each["ResourceType"], resources[each["LogicalResourceId"]].get("Properties", {})
            )
            for each in added
        }
        return {logical: name for logical, name in found.items() if name}

    def _operation_events(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """DescribeEvents, as far as validation goes: of a change set, or of a stack's last one."""
        if "ChangeSetName" in asked:
            found, history = self._change_set(asked)
        else:
            history = self._history(asked)
            if history.name not in self._change_sets:
                return {"OperationEvents": []}
            found = self._change_sets[history.name]
        now = history.created
        return {"OperationEvents": [
            {
                "EventId": str(uuid4()), "StackId": history.id, "OperationId": found.id, "Timestamp": now,
                "OperationType": "CREATE_CHANGESET", "EventType": "VALIDATION_ERROR", "LogicalResourceId": logical,
                "PhysicalResourceId": name, "ResourceType": found.template.resources[logical]["Type"],
                "ValidationFailureMode": "FAIL", "ValidationName": "NAME_CONFLICT_VALIDATION",
                "ValidationStatus": "FAILED", "ValidationPath": f"/Resources/{logical}",
                "ValidationStatusReason": f"Resource of type '{found.template.resources[logical]['Type']}' with"
                f" identifier '{name}' already exists.",
            }
            for logical, name in found.conflicts.items()
        ]}  # fmt: skip

    def _body(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """Inline, or from the bucket of assets, where the CDK CLI puts it."""
        if "TemplateBody" in asked:
            text: str | bytes = asked["TemplateBody"]
        else:
            parts = urlsplit(asked["TemplateURL"])
            first, _, rest = unquote(parts.path).lstrip("/").partition("/")
            virtual = (parts.hostname or "").startswith("cdk-")
            bucket, key = (
                ((parts.hostname or "").partition(".")[0], unquote(parts.path)[1:]) if virtual else (first, rest)
            )
            text = self.moto("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        body: Mapping[str, Any] = json.loads(text)
        return body

    def _change_set(self, asked: Mapping[str, str]) -> tuple[ChangeSet, History]:
        """By its ARN, or by its name and the stack."""
        wanted = asked["ChangeSetName"]
        for stack, found in self._change_sets.items():
            if found.id == wanted or (
                found.name == wanted and asked.get("StackName", "") in (stack, self.stacks.history(stack).id)
            ):
                return found, self.stacks.history(stack)
        raise ChangeSetNotFound(f"ChangeSet [{wanted}] does not exist")

    def _describe_change_set(self, asked: Mapping[str, str]) -> dict[str, Any]:
        found, history = self._change_set(asked)
        told = {
            "ChangeSetName": found.name, "ChangeSetId": found.id, "StackId": history.id, "StackName": history.name,
            "Status": found.status, "ExecutionStatus": found.execution, "Changes": found.changes,
            "CreationTime": history.created,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in found.parameters.items()],
        }  # fmt: skip
        return told | ({"StatusReason": found.reason} if found.reason else {})

    def _execute(self, asked: Mapping[str, str]) -> dict[str, Any]:
        found, history = self._change_set(asked)
        if found.execution != "AVAILABLE":
            raise Invalid(f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]")
        found.execution = "EXECUTE_IN_PROGRESS"
        history.tags = found.tags
        history.status = "UPDATE_IN_PROGRESS" if history.made else "CREATE_IN_PROGRESS"
        self._begin(lambda: self.stacks.deploy([found.template], {history.name: found.parameters}))
        return {}

    def _delete_change_set(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Succeeds as long as the stack exists, even where the change set does not."""
        if "StackName" in asked:
            self._history(asked)
        try:
            _, history = self._change_set(asked)
        except ChangeSetNotFound:
            return {}
        del self._change_sets[history.name]
        return {}

    def _delete_stack(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Deleting what is not there succeeds; one whose creation was rolled back has nothing to delete."""
        try:
            history = self._history(asked)
        except Invalid:
            return {}
        if history.protected:
            raise Invalid(f"Stack [{history.name}] cannot be deleted while TerminationProtection is enabled")
        if history.name not in self.stacks.deployed:
            del self.stacks.histories[history.name]
            return {}
        history.status = "DELETE_IN_PROGRESS"
        self._begin(lambda: self.stacks.destroy(history.name), history)
        return {}

    def _protect(self, asked: Mapping[str, str]) -> dict[str, Any]:
        history = self._history(asked)
        history.protected = asked["EnableTerminationProtection"] == "true"
        return {"StackId": history.id}

    def _begin(self, work: Callable[[], None], deleting: History | None = None) -> None:
        """A failure stands in the stack's events, where whoever asked looks for it."""

        def quietly() -> None:
            try:
                work()
            except DeploymentFailed as error:
                if deleting and deleting.moving:
                    deleting.become("DELETE_FAILED", str(error))

        thread = threading.Thread(target=quietly, name="cloudformation", daemon=True)
        self._working.append(thread)
        thread.start()


def _element(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_element(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_element(inner)}</member>" for inner in value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
