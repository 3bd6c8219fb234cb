"""The CloudFormation API, as the CDK CLI and our own command line use it."""

import json

import pytest

NAME = "TinyApplication"


@pytest.fixture
def cloudformation(fresh, stacks, until):
    """A client, with the state stack deployed through it."""
    client = fresh.boto3_client("cloudformation")
    change(client, "TinyState", stacks.STATE, until)
    return client


def change(client, name, template, until, kind="CREATE", **parameters):
    """A change set, executed; the stack when nothing moves any more."""
    made = client.create_change_set(
        StackName=name, ChangeSetName="c", ChangeSetType=kind, TemplateBody=json.dumps(template.body),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )  # fmt: skip
    described = client.describe_change_set(ChangeSetName=made["Id"])
    if described["Status"] == "FAILED":
        return described
    client.execute_change_set(ChangeSetName="c", StackName=name)

    def settled():
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        return stack if not stack["StackStatus"].endswith("_IN_PROGRESS") else None

    return until(settled)


def test_a_change_set_makes_a_stack_that_can_be_looked_at(fresh, cloudformation, stacks, until):
    stack = change(cloudformation, NAME, stacks.application(), until, instance="dev12345")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Parameters"] == [{"ParameterKey": "instance", "ParameterValue": "dev12345"}]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    assert outputs["Url"] == fresh.webhook_url
    resources = cloudformation.list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    assert ("Bus", "tiny-bus") in {(r["LogicalResourceId"], r["PhysicalResourceId"]) for r in resources}
    assert cloudformation.get_template(StackName=NAME)["TemplateBody"] == stacks.application().body
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    assert (events[0]["LogicalResourceId"], events[0]["ResourceStatus"]) == (NAME, "CREATE_COMPLETE")


def test_the_same_again_is_a_failed_change_set(cloudformation, stacks, until):
    change(cloudformation, NAME, stacks.application(), until, instance="a")
    again = change(cloudformation, NAME, stacks.application(), until, "UPDATE", instance="a")
    assert (again["Status"], again["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in again["StatusReason"]
    cloudformation.delete_change_set(StackName=NAME, ChangeSetName="c")
    cloudformation.delete_change_set(StackName=NAME, ChangeSetName="c")
    changed = change(cloudformation, NAME, stacks.application(), until, "UPDATE", instance="b")
    assert changed["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failure_is_rolled_back_and_its_reason_is_an_event(fresh, cloudformation, stacks, until):
    stack = change(cloudformation, NAME, stacks.application(wish="fail"), until, instance="a")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    (failed,) = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert failed["LogicalResourceId"] == "Resource"
    assert "business_rule_admin is missing" in failed["ResourceStatusReason"]
    assert "tiny-queue" not in fresh.queues


def test_a_failed_update_leaves_what_was(fresh, cloudformation, stacks, until):
    change(cloudformation, NAME, stacks.application(), until, instance="a")
    stack = change(cloudformation, NAME, stacks.application(wish="fail"), until, "UPDATE", instance="b")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert fresh.boto3_client("ssm").get_parameter(Name="/Tiny/instance")["Parameter"]["Value"] == "a"


def test_a_deleted_stack_is_gone(fresh, cloudformation, stacks, until):
    change(cloudformation, NAME, stacks.application(), until, instance="a")
    cloudformation.delete_stack(StackName=NAME)

    def missing():
        try:
            cloudformation.describe_stacks(StackName=NAME)
        except cloudformation.exceptions.ClientError as error:
            return "does not exist" in str(error)
        return False

    until(missing)
    assert fresh.queues == {}
    cloudformation.delete_stack(StackName=NAME)


def test_parameters_that_are_missing_or_unknown_are_refused(cloudformation, stacks, until):
    for given, message in (({}, "instance.* must have values"), ({"instance": "a", "odd": "b"}, "odd.* do not exist")):
        with pytest.raises(cloudformation.exceptions.ClientError, match=message):
            change(cloudformation, NAME, stacks.application(), until, **given)


def test_the_roles_of_the_bootstrap_may_be_assumed(fresh):
    fresh.cloudformation.bootstrap()
    role = "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-us-east-1"
    told = fresh.boto3_client("sts").assume_role(RoleArn=role, RoleSessionName="cdk")
    assert told["Credentials"]["AccessKeyId"]
    version = fresh.boto3_client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
    assert int(version) >= 6
