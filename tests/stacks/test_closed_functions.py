"""The page's service control policy closes our functions to all but those who call them as roles of the account.

Services that call them are not asked: such a policy concerns users and roles alone.
"""

from __future__ import annotations

import json

import pytest

from integration.aws_plane.iam import Principal, judge, statements
from integration.names import Names
from integration.operations.registry import grants
from tests.docs.pages import DOCS

ACCOUNT = "123456789012"
USERS = ("{schedule}", "cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1", "Operators")
OTHERS = ("Administrator", "ci", "OperatorsOfSomethingElse")


@pytest.fixture(scope="module")
def policy():
    text = (DOCS / "security.md").read_text().partition("#### Functions closed by an organisation")[2]
    document = text.partition("```json\n")[2].partition("```")[0]
    return statements(json.loads(document), "organisation")


@pytest.fixture
def schedule(plain):
    """The role's name begins with the stack's first 24 characters, as CloudFormation makes names of two parts."""
    target = plain.only("AWS::Scheduler::Schedule")["Properties"]["Target"]["RoleArn"]["Fn::GetAtt"][0]
    assert "RoleName" not in plain.of_type("AWS::IAM::Role")[target]["Properties"]
    return f"{Names().servicenow_stack[:24]}-{target[:24]}-AbCdEf123456"


def may_invoke(policy, role, function):
    """Whatever its own policies grant."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    resource = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    granted = statements({"Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}, "own")
    caller = Principal("AWS", (arn,))
    return judge([*granted, *policy], [], caller, "lambda:InvokeFunction", resource, {"aws:PrincipalArn": arn}).allowed


@pytest.mark.parametrize("name", ["", "blue"])
@pytest.mark.parametrize("owner", [each for each in grants() if each != "poll_schedule"])
def test_only_its_users_may_invoke_a_function(owner, name, policy, schedule):
    function = Names(name).of(owner)
    asked = {who.format(schedule=schedule): True for who in USERS} | dict.fromkeys(OTHERS, False)
    assert {role: may_invoke(policy, role, function) for role in asked} == asked


def test_other_functions_stay_as_they_are(policy):
    assert may_invoke(policy, "ci", "somebody-elses")
