"""A permissions boundary takes rights away that a role has; what anybody may do can be asked beforehand."""

import json

import pytest
from botocore.exceptions import ClientError

from integration.local.plane.deployment import DeploymentFailed
from integration.local.plane.plane import ACCOUNT, Plane
from integration.local.plane.template import Template
from tests.docs import bootstrap_policy
from tests.docs.authorization import ANYTHING

EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
RIGHTS = {"Statement": [{"Effect": "Allow", "Action": ["ssm:GetParameter", "sqs:SendMessage"], "Resource": "*"}]}


def bounded(policy):
    boundary = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{policy}"}
    properties = {
        "RoleName": "bounded", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": boundary,
        "Policies": [{"PolicyName": "p", "PolicyDocument": RIGHTS}],
    }  # fmt: skip
    return Template("Bounded", {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})


def own_policies():
    return [json.loads(bootstrap_policy.text(part)) for part in bootstrap_policy.PARTS]


@pytest.fixture(scope="module")
def account():
    """Bootstrapped with our least-privilege policies; its organisation made a boundary."""
    with Plane() as plane:
        here = [
            json.loads(json.dumps(p).replace("REGION", "us-east-1").replace("ACCOUNT", ACCOUNT)) for p in own_policies()
        ]
        plane.cloudformation.bootstrap(here)
        plane.boto3_client("iam").create_policy(PolicyName="Boundary", PolicyDocument=json.dumps(BOUNDARY))
        yield plane


def decisions(account, source, actions, resource=ANYTHING):
    asked = {"PolicySourceArn": source, "ActionNames": actions, "ResourceArns": [resource]}
    results = account.boto3_client("iam").simulate_principal_policy(**asked)["EvaluationResults"]
    return {each["EvalActionName"]: each["EvalDecision"] for each in results}


def test_a_boundary_takes_away_what_it_does_not_allow(account):
    account.deploy([bounded("Boundary")])
    told = decisions(
        account, f"arn:aws:iam::{ACCOUNT}:role/bounded", ["ssm:GetParameter", "sqs:SendMessage", "s3:GetObject"]
    )
    assert told == {"ssm:GetParameter": "allowed", "sqs:SendMessage": "implicitDeny", "s3:GetObject": "implicitDeny"}


def test_a_boundary_that_does_not_exist_is_refused(account):
    with pytest.raises(DeploymentFailed, match="NoSuchEntity"):
        account.deploy([bounded("Nowhere")])


def test_our_bootstrap_policies_let_addresses_be_limited(account):
    """`--allowed-ips`: a policy on the API has a right of its own besides the right to change the API."""
    api = "arn:aws:apigateway:us-east-1::/restapis/a1b2c3"
    assert decisions(account, EXECUTION_ROLE, ["apigateway:UpdateRestApiPolicy", "apigateway:PATCH"], api) == {
        "apigateway:UpdateRestApiPolicy": "allowed",
        "apigateway:PATCH": "allowed",
    }


def test_our_bootstrap_policies_let_a_boundary_be_set_and_not_taken_off(account):
    role = f"arn:aws:iam::{ACCOUNT}:role/SecurityIncidentResponseServiceNow-Role"
    actions = ["iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"]
    assert decisions(account, EXECUTION_ROLE, actions, role) == dict(
        zip(actions, ["allowed", "implicitDeny"], strict=True)
    )


def test_nobody_can_be_asked_about_who_is_not_there(account):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        decisions(account, f"arn:aws:iam::{ACCOUNT}:role/nobody", ["s3:GetObject"])
