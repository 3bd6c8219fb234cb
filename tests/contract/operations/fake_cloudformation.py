# ruff: noqa: N803 - argument names are boto3's own
"""CloudFormation and the CDK CLI as far as a deployment sees them. Only for tests of the command line."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError


@dataclass
class FakeStack:
    template: dict
    status: str = "CREATE_COMPLETE"
    outputs: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    resources: dict = field(default_factory=dict)
    statuses: dict = field(default_factory=dict)
    protected: bool = False


@dataclass
class FakeCloudFormation:
    """`then`: stack → statuses it shows one after the other, the last one for good."""

    stacks: dict = field(default_factory=dict)
    then: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)
    refusals: dict = field(default_factory=dict)

    def describe_stacks(self, StackName):
        if StackName not in self.stacks:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}},
                "DescribeStacks",
            )
        stack = self.stacks[StackName]
        if self.then.get(StackName):
            stack.status = self.then[StackName].pop(0)
        parameters = stack.template.get("Parameters", {})
        return {"Stacks": [{
            "StackName": StackName, "StackStatus": stack.status, "EnableTerminationProtection": stack.protected,
            "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in stack.outputs.items()],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v.get("Default", "")} for k, v in parameters.items()],
        }]}  # fmt: skip

    def describe_events(self, StackName, Filters):
        assert Filters == {"FailedEvents": True}
        return {"OperationEvents": self.refusals.get(StackName, [])}

    def get_template(self, StackName, TemplateStage):
        return {"TemplateBody": self.stacks[StackName].template}

    def continue_update_rollback(self, StackName):
        self.calls.append(("continue", StackName))
        self.stacks[StackName].status = "UPDATE_ROLLBACK_COMPLETE"
        return {}

    def update_termination_protection(self, StackName, EnableTerminationProtection):
        self.stacks[StackName].protected = EnableTerminationProtection
        return {"StackId": StackName}

    def delete_stack(self, StackName):
        if self.stacks[StackName].protected:
            said = f"Stack [{StackName}] cannot be deleted while TerminationProtection is enabled"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": said}}, "DeleteStack")
        self.calls.append(("delete", StackName))
        del self.stacks[StackName]
        return {}

    def get_paginator(self, operation):
        return {"list_stack_resources": Pages(self._resources), "describe_stack_events": Pages(self._events)}[operation]

    def _resources(self, StackName):
        stack = self.stacks[StackName]
        return {"StackResourceSummaries": [
            {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": place,
             "ResourceStatus": stack.statuses.get(name, "CREATE_COMPLETE")}
            for name, (kind, place) in stack.resources.items()
        ]}  # fmt: skip

    def _events(self, StackName):
        return {"StackEvents": self.stacks[StackName].events if StackName in self.stacks else []}


@dataclass
class Pages:
    answer: object

    def paginate(self, **asked):
        yield self.answer(**asked)


@dataclass
class FakeCdk:
    """The runner of `Cdk`: npm installs a package.json, `deploy` puts the assembly's templates into CloudFormation.

    `outputs` by stack name; `fails`: stack → the reason CloudFormation gives for a failed resource.
    """

    cloudformation: FakeCloudFormation
    outputs: dict
    version: str
    fails: dict = field(default_factory=dict)
    commands: list = field(default_factory=list)
    environments: list = field(default_factory=list)

    def __call__(self, command, environment, on_line):
        self.commands.append(list(command))
        self.environments.append(dict(environment))
        if "ci" in command:
            package = Path(command[command.index("--prefix") + 1]) / "node_modules" / "aws-cdk"
            package.mkdir(parents=True)
            (package / "package.json").write_text(json.dumps({"version": self.version}))
            return 0
        return self._deploy(command, on_line)

    @property
    def deployments(self):
        return [self._stacks_of(command) for command in self.commands if "deploy" in command]

    def _stacks_of(self, command):
        return command[command.index("deploy") + 1 : command.index("--app")]

    def _deploy(self, command, on_line):
        assembly = Path(command[command.index("--app") + 1])
        for name in self._stacks_of(command):
            template = json.loads((assembly / f"{name}.template.json").read_text())
            on_line(f"{name} |  1/12 | 1:02:03 PM | CREATE_IN_PROGRESS   | AWS::KMS::Key | DataKey/Key (X)")
            if name in self.fails:
                self._fail(name, template, self.fails[name])
                on_line(f" ❌  {name} failed: Error: The stack named {name} failed creation")
                return 1
            former = self.cloudformation.stacks.get(name)
            kinds = {key: (each["Type"], key.lower()) for key, each in template.get("Resources", {}).items()}
            self.cloudformation.stacks[name] = FakeStack(
                template, "UPDATE_COMPLETE" if former else "CREATE_COMPLETE", self.outputs.get(name, {}), [], kinds
            )
        return 0

    def _fail(self, name, template, reason):
        event = {
            "Timestamp": datetime.now(UTC), "LogicalResourceId": "ServiceNowResources",
            "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason,
        }  # fmt: skip
        self.cloudformation.stacks[name] = FakeStack(template, "ROLLBACK_COMPLETE", {}, [event])
