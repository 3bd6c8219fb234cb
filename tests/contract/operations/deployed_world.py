"""What a deployment meets in the tests of its steps: an account whose CloudFormation and CDK CLI only remember."""

import json
from dataclasses import dataclass, field

import boto3

from integration import names as n
from integration.names import Names
from integration.operations.deployment.cdk import QUALIFIER, Cdk
from integration.operations.deployment.request import request_of
from integration.operations.rollout.assembly import Assembly
from integration.operations.rollout.steps import Steps
from integration.operations.terminal.output import Output
from tests.contract.operations.fake_cloudformation import FakeCdk, FakeCloudFormation

NAMES = Names()
STACKS = (NAMES.state_stack, NAMES.common_stack, NAMES.servicenow_stack)
SECRET = "a-very-secret-secret"


def demanded(request):
    """Of the function, where an organisation asks for it."""
    network = {"SubnetIds": list(request.subnets), "SecurityGroupIds": list(request.security_groups)}
    tags = [{"Key": key, "Value": value} for key, value in request.tags]
    code = {"S3Bucket": f"cdk-{request.qualifier or QUALIFIER}-assets-123456789012-us-east-1"}
    return {"Tags": tags, "Code": code} | ({"VpcConfig": network} if request.subnets else {})


def bounded(request):
    policy = f"arn:aws:iam::123456789012:policy/{request.permissions_boundary}"
    return {"PermissionsBoundary": policy} if request.permissions_boundary else {}


@dataclass(frozen=True)
class Operator:
    """An account whose CloudFormation is the fake one."""

    session: object
    account_id: str
    region: str
    arn: str
    cloudformation: FakeCloudFormation = field(compare=False)
    inner: object = None
    ends_soon = False

    def client(self, service):
        return self.cloudformation if service == "cloudformation" else self.inner.client(service)

    @property
    def security_ir(self):
        return self.inner.security_ir

    def security_ir_in(self, region):
        return self.inner.security_ir_in(region)

    @property
    def environment(self):
        return self.inner.environment


@dataclass
class World:
    account: Operator
    cdk: FakeCdk
    instance: object
    key: object
    folder: object
    revisions: list = field(default_factory=list)

    @property
    def cloudformation(self):
        return self.cdk.cloudformation

    def request(self, **more):
        return request_of(
            NAMES, self.instance.url, "client-1", SECRET, self.instance.user, self.key, "itsm", **more
        )  # fmt: skip

    def steps(self, **more):
        return Steps(
            self.request(**more), self.account, Cdk(self.account, self.cdk), Output(), lambda: self.folder / "f.zip",
            self.synthesise,
        )  # fmt: skip

    def deploy(self, **more):
        return self.steps(**more).run(yes=True)

    def synthesise(self, request, settings, code, revision, account, *, api_log_role=True):
        """Three small templates that change with what the real ones change with."""
        self.revisions.append(revision)
        folder = self.folder / "assembly"
        folder.mkdir(exist_ok=True)
        given = {"settings": settings, "revision": revision, "level": request.log_level}
        given["Environment"] = {"Variables": {"SETUP_MODE": request.setup}}
        denied = {"Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": list(request.allowed_ips)}}}
        actions = [{"Ref": "Topic"}, *([request.alarm_topic] if request.alarm_topic else [])]
        mails = {
            f"Mail{number}": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email", "Endpoint": each}}
            for number, each in enumerate(request.alarm_emails)
        }
        templates = {
            NAMES.state_stack: {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}}}},
            NAMES.common_stack: {"Resources": {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {}}, **mails}},
            NAMES.servicenow_stack: {
                "Resources": {
                    "Function": {"Type": "AWS::Lambda::Function", "Properties": given | demanded(request)},
                    "Role": {"Type": "AWS::IAM::Role", "Properties": bounded(request)},
                    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": actions}},
                    "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Policy": {"Statement": [denied]}}},
                },
                "Parameters": {
                    "integrationModule": {"Default": request.module.value},
                    "logLevel": {"Default": request.log_level},
                },
            },
        }
        for name, template in templates.items():
            (folder / f"{name}.template.json").write_text(json.dumps(template))
        return Assembly(folder, templates)

    def settings(self):
        template = self.cloudformation.stacks[NAMES.servicenow_stack].template
        return json.loads(template["Resources"]["Function"]["Properties"]["settings"])

    def store_settings(self):
        """What CloudFormation would have done with the template's parameter."""
        name = NAMES.parameter_prefix + n.PARAM_SETTINGS
        boto3.client("ssm").put_parameter(Name=name, Value=json.dumps(self.settings()), Type="String", Overwrite=True)
