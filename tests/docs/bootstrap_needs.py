"""What CloudFormation asks of its role for the resources of templates: actions, each on the ARN it is asked for.

Actions are those of bootstrap_policy. An action that does not take the resource itself is asked on those of the
deployment it takes: `iam:PassRole` on roles, `s3:GetObject` on the functions' archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.docs import authorization
from tests.docs import bootstrap_policy as policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ARCHIVE = "arn:aws:s3:::cdk-hnb659fds-assets-ACCOUNT-REGION/made.zip"
REGIONAL = "REGION:ACCOUNT:"
ARNS = {
    "ApiGateway": "apigateway:REGION::/restapis/made/{name}",
    "ApiGateway::Account": "apigateway:REGION::/account",
    "ApiGateway::RestApi": "apigateway:REGION::/restapis",
    "CloudWatch::Alarm": f"cloudwatch:{REGIONAL}alarm:{{name}}",
    "CloudWatch::Dashboard": "cloudwatch::ACCOUNT:dashboard/{name}",
    "DynamoDB": f"dynamodb:{REGIONAL}table/{{name}}",
    "Events::EventBus": f"events:{REGIONAL}event-bus/{{name}}",
    "Events::Rule": f"events:{REGIONAL}rule/{{within}}{{name}}",
    "IAM": "iam::ACCOUNT:role/{name}",
    "KMS::Alias": f"kms:{REGIONAL}{{name}}",
    "KMS::Key": f"kms:{REGIONAL}key/{{name}}",
    "Lambda": f"lambda:{REGIONAL}function:{{name}}",
    "Lambda::EventSourceMapping": f"lambda:{REGIONAL}event-source-mapping:{{name}}",
    "Logs::LogGroup": f"logs:{REGIONAL}log-group:{{name}}",
    "S3": "s3:::{name}",
    "SNS": f"sns:{REGIONAL}{{name}}",
    "SQS": f"sqs:{REGIONAL}{{name}}",
    "SSM": f"ssm:{REGIONAL}parameter{{name}}",
    "Scheduler::Schedule": f"scheduler:{REGIONAL}schedule/{{within}}{{name}}",
    "Scheduler::ScheduleGroup": f"scheduler:{REGIONAL}schedule-group/{{name}}",
    "SecretsManager": f"secretsmanager:{REGIONAL}secret:{{name}}-AbCdEf",
}
"""Of a type, else of its service; what has no ARN of its own has that of what it belongs to."""
NAMES = (
    "AlarmName", "AliasName", "BucketName", "DashboardName", "FunctionName", "LogGroupName", "QueueName", "SecretId",
    "TableName", "TopicName", "TopicArn", "Bucket", "Queues", "Topics", "Name",
)  # fmt: skip
"""Properties that hold a resource's name, or refer to what it belongs to."""
WITHIN = ("EventBusName", "GroupName")


class Asked(NamedTuple):
    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()


class Needs:
    """Of the stacks of one deployment, by stack name."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]]) -> None:
        self._resources = {
            logical: (stack, resource)
            for stack, template in templates.items()
            for logical, resource in template["Resources"].items()
        }
        self._arns = {logical: self._arn(logical) for logical in self._resources}

    def all(self) -> Iterator[Asked]:
        for logical, (_, resource) in self._resources.items():
            for action in sorted(_actions(resource)):
                yield from self._asked(action, logical)

    def _asked(self, action: str, logical: str) -> Iterator[Asked]:
        for each in self._taken(action, logical):
            arn = self._arns.get(each, each)
            if each in self._resources and action in CONDITIONS:
                _, role = self._resources[each]
                key, values = CONDITIONS[action]
                yield from (Asked(action, arn, ((key, value),)) for value in values(role["Properties"]))
            else:
                yield Asked(action, arn)

    def _taken(self, action: str, logical: str) -> Sequence[str]:
        """The resource, else those the action takes, else anything."""
        if action in authorization.METHODS or self._fits(action, self._arns[logical]):
            return [logical]
        fitting = [each for each, arn in self._arns.items() if self._fits(action, arn)]
        return fitting or ([ARCHIVE] if self._fits(action, ARCHIVE) else ["*"])

    @staticmethod
    def _fits(action: str, arn: str) -> bool:
        return arn != "*" and any(authorization.fits(arn, each) for each in authorization.formats(action))

    def _arn(self, logical: str) -> str:
        _, resource = self._resources[logical]
        _, service, kind = resource["Type"].split("::") if resource["Type"].startswith("AWS::") else ("", "", "")
        pattern = ARNS.get(f"{service}::{kind}", ARNS.get(service))
        if pattern is None:
            return "*"
        properties = resource.get("Properties", {})
        within = "".join(f"{self._text(properties[each])}/" for each in WITHIN if each in properties)
        return f"arn:aws:{pattern.format(name=self._name(logical), within=within)}"

    def _name(self, logical: str) -> str:
        """As given, else as CloudFormation makes one."""
        stack, resource = self._resources[logical]
        properties = resource.get("Properties", {})
        made = f"{stack}-{logical}-made"
        name = next((self._text(properties[each]) for each in NAMES if each in properties), made)
        return name.lower() if resource["Type"] == "AWS::S3::Bucket" else name

    def _text(self, value: Any) -> str:
        """A property as text: what it refers to goes by its name."""
        if isinstance(value, list):
            return self._text(value[0])
        if isinstance(value, str):
            return value
        ((function, inner),) = value.items()
        if function == "Fn::Join":
            return "".join(self._text(each) for each in inner[1])
        return self._name(inner if function == "Ref" else inner[0])


def _actions(resource: Mapping[str, Any]) -> frozenset[str]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if kind.startswith("Custom::"):
        return frozenset({"lambda:InvokeFunction"})
    asked = policy.asked_for(kind)
    if kind not in policy.TYPES:  # what is left out was weighed for our types only
        return asked
    return frozenset(each for each in asked if each in policy.EXTRA or not policy.unused(each, properties))


def _trusted(role: Mapping[str, Any]) -> Iterator[str]:
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        yield from authorization.listed(statement["Principal"]["Service"])


def _managed(role: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        authorization.text(each).replace("arn:Partition", "arn:aws") for each in role.get("ManagedPolicyArns", ())
    )


CONDITIONS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "iam:PassRole": ("iam:PassedToService", _trusted),
    "iam:AttachRolePolicy": ("iam:PolicyARN", _managed),
    "iam:DetachRolePolicy": ("iam:PolicyARN", _managed),
}
"""Actions on a role → the key the policies ask for, and its values for the role."""
