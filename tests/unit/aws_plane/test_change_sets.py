"""Change sets of the plane's CloudFormation, read by botocore's own parser."""

import json
from types import SimpleNamespace

import pytest
from botocore.parsers import create_parser

from integration.aws_plane.authority import Place
from integration.aws_plane.calls import Call, model
from integration.aws_plane.cloudformation import CloudFormation
from integration.aws_plane.deployment import Stacks
from integration.aws_plane.organisation import Organisation
from integration.aws_plane.world import World

PLACE = Place("123456789012", "us-east-1")
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "one", "AssumeRolePolicyDocument": {"Statement": []}}}
TEMPLATE = json.dumps({"Parameters": {"Colour": {"Type": "String", "Default": "blue"}}, "Resources": {"One": ROLE}})


@pytest.fixture
def cloudformation():
    nobody = SimpleNamespace()
    world = World(PLACE, nobody, nobody, nobody, nobody, nobody, nobody, Organisation(PLACE), {}, {})
    return CloudFormation(Stacks(world, "http://127.0.0.1"), nobody, PLACE.account, PLACE.region)


@pytest.fixture
def ask(cloudformation):
    def asked(operation, **given):
        answer = cloudformation.answer(Call("cloudformation", operation, given), None, None)
        shape = model("cloudformation").operation_model(operation).output_shape
        raw = {"body": answer.body, "headers": {}, "status_code": answer.status}
        return create_parser("query").parse(raw, shape)

    return asked


@pytest.fixture
def described(ask):
    """A change set of the template for this stack, made and looked at."""

    def made(stack, kind):
        ask("CreateChangeSet", StackName=stack, ChangeSetName="c", ChangeSetType=kind, TemplateBody=TEMPLATE)
        return ask("DescribeChangeSet", StackName=stack, ChangeSetName="c")

    return made


def test_one_without_changes_fails_and_cannot_be_executed(cloudformation, ask, described):
    new = described("S", "CREATE")
    change = {"Action": "Add", "LogicalResourceId": "One", "ResourceType": "AWS::IAM::Role"}
    assert (new["Status"], new["Changes"]) == ("CREATE_COMPLETE", [{"Type": "Resource", "ResourceChange": change}])
    ask("ExecuteChangeSet", StackName="S", ChangeSetName="c")
    cloudformation.wait()
    assert ask("DescribeStacks", StackName="S")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    again = described("S", "UPDATE")
    assert (again["Status"], again["ExecutionStatus"], again["Changes"]) == ("FAILED", "UNAVAILABLE", [])
    assert again["StatusReason"].startswith("The submitted information didn't contain changes.")
    assert ask("ExecuteChangeSet", StackName="S", ChangeSetName="c")["Error"]["Code"] == "ValidationError"


def test_a_name_that_is_taken_fails_it_before_anything_is_made(cloudformation, ask, described):
    described("S", "CREATE")
    ask("ExecuteChangeSet", StackName="S", ChangeSetName="c")
    cloudformation.wait()
    second = described("Second", "CREATE")
    assert (second["Status"], second["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    [event] = ask("DescribeEvents", StackName="Second")["OperationEvents"]
    assert (event["LogicalResourceId"], event["PhysicalResourceId"]) == ("One", "one")


def test_what_is_not_there_is_told_by_its_code(ask, described):
    described("S", "CREATE")
    assert ask("DescribeChangeSet", StackName="S", ChangeSetName="d")["Error"]["Code"] == "ChangeSetNotFound"
    unknown = {"Parameters.member.1.ParameterKey": "Shape", "Parameters.member.1.ParameterValue": "round"}
    asked = {"StackName": "S", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": TEMPLATE, **unknown}
    assert ask("CreateChangeSet", **asked)["Error"]["Message"] == "Parameters: [Shape] do not exist in the template"
